/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Physical address space: what of proc/iomem bears on memory, and the firmware's own map. Draws no
 * conclusions; scan-owner.c does.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define IOMEM_PATH "proc/iomem"
#define FIRMWARE_PATH "sys/firmware/memmap"
#define DEPTH_MAX 16

/* What is kept, by how its name begins; NUMBERED: a number must follow. */
static const struct region_name {
	const char *prefix;
	bool numbered;
} region_names[] = {
	{ "System RAM", false }, { "Soft Reserved", false }, { "Persistent Memory", false },
	{ "CXL Window", false }, { "Crash kernel", false },  { "region", true },
	{ "dax", true },	 { "hmem.", true },	     { "virtio", true },
	{ "namespace", true },
};

static bool name_is_kept(struct piece name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(region_names); i++) {
		size_t len = strlen(region_names[i].prefix);

		if (!piece_starts_with(name, region_names[i].prefix))
			continue;
		if (!region_names[i].numbered ||
		    (name.len > len && name.text[len] >= '0' && name.text[len] <= '9'))
			return true;
	}
	return false;
}

/* The depth among what is kept, of each depth of the tree that leads to the current line. */
struct region_walk {
	bool kept[DEPTH_MAX];
	size_t capacity;
	bool any_address;
};

static uint16_t kept_depth(const struct region_walk *walk, unsigned int depth)
{
	uint16_t kept = 0;
	unsigned int i;

	for (i = 0; i < MIN(depth, (unsigned int)DEPTH_MAX); i++)
		kept += walk->kept[i];
	return kept;
}

/* Reserved pieces matter only inside of what is kept: they are memory that is not ours to move. */
static bool line_is_kept(const struct region_walk *walk, const struct iomem_line *line)
{
	if (piece_starts_with(line->name, "Reserved") || piece_starts_with(line->name, "reserved"))
		return kept_depth(walk, line->depth) > 0;
	return name_is_kept(line->name);
}

static int add_region(struct scan *scan, struct region_walk *walk, const struct iomem_line *line)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	bool kept = line_is_kept(walk, line);
	char *name;

	if (line->depth < DEPTH_MAX)
		walk->kept[line->depth] = kept;
	if (!kept)
		return 0;
	if (array_reserve(&snapshot->regions, snapshot->region_count, &walk->capacity,
			  sizeof(*snapshot->regions)) < 0)
		return -ENOMEM;
	name = arena_copy_text(snapshot->arena, line->name.text, line->name.len);
	if (name == NULL)
		return -ENOMEM;
	snapshot->regions[snapshot->region_count++] = (struct memhp_region){
		.start = line->start,
		.end = line->end,
		.name = name,
		.depth = kept_depth(walk, line->depth),
	};
	return 0;
}

/* To those without CAP_SYS_ADMIN every address is 0: names without places are worth nothing. */
static int hide_regions(struct scan *scan)
{
	scan->snapshot->region_count = 0;
	return scan_note(scan, IOMEM_PATH, -EPERM, "addresses are hidden without CAP_SYS_ADMIN");
}

int scan_regions(struct scan *scan)
{
	struct region_walk walk = { .capacity = 0 };
	struct iomem_line line;
	struct cursor cursor;
	struct piece text;
	int rc = scan_read(scan, IOMEM_PATH, &text);

	scan->snapshot->machine.iomem_silent = rc == -ENOENT || (rc == 0 && text.len == 0);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	cursor = cursor_of(text.text, text.len);
	while (parse_iomem(&cursor, &line)) {
		if (add_region(scan, &walk, &line) < 0)
			return -ENOMEM;
		walk.any_address |= line.end != 0;
	}
	scan->snapshot->machine.iomem_known = walk.any_address;
	return walk.any_address || text.len == 0 ? 0 : hide_regions(scan);
}

#define MEMBER(member) offsetof(struct firmware_range, member)

static const struct attribute firmware_type = { "type", take_text, MEMBER(type) };
static const struct attribute firmware_rows[] = {
	{ "start", take_hex, MEMBER(start) },
	{ "end", take_hex, MEMBER(end) },
};

/* Types that are memory; the bounds of all others need not be read. */
static bool type_matters(const char *type)
{
	return type != NULL &&
	       (text_starts_with(type, "System RAM") || text_starts_with(type, "Soft Reserved") ||
		text_starts_with(type, "Persistent Memory"));
}

static int add_firmware_range(struct scan *scan, const char *name, size_t *capacity)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct firmware_range range = { .end = 0 };
	char dir[IO_PATH_MAX];

	text_format(dir, sizeof(dir), FIRMWARE_PATH "/%s", name);
	if (scan_attribute(scan, dir, &firmware_type, &range) == -ENOMEM)
		return -ENOMEM;
	if (!type_matters(range.type))
		return 0;
	if (scan_attributes(scan, dir, firmware_rows, ARRAY_SIZE(firmware_rows), &range) < 0)
		return -ENOMEM;
	if (range.end <= range.start)
		return 0;
	if (array_reserve(&snapshot->firmware, snapshot->firmware_count, capacity,
			  sizeof(*snapshot->firmware)) < 0)
		return -ENOMEM;
	snapshot->firmware[snapshot->firmware_count++] = range;
	return 0;
}

/* Memory of ACPI devices of which no entry was found yet that is all theirs. */
static uint64_t acpi_bytes_without_entry(const struct memhp_snapshot *snapshot)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (device->kind == MEMHP_DEVICE_ACPI)
			bytes += device->size - MIN(device->size, firmware_share(snapshot, device));
	}
	return bytes;
}

/*
 * Whether the entries read so far tell where all memory came from. The kernel's own book says of most
 * of it that it is plain memory, or a driver's; what ACPI's devices added has entries to itself, and
 * they are the newest ones. Without that book, every entry counts.
 */
static bool is_enough(const struct scan *scan)
{
	return (scan->parts & SCAN_DEVICES) == 0 && scan->snapshot->machine.iomem_known &&
	       acpi_bytes_without_entry(scan->snapshot) == 0;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct firmware_range *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/*
 * What was added stands at the ends of the map: in front of the firmware's own entries if it was there
 * when the machine booted, else behind them (drivers/firmware/memmap.c, seen on 6.1 to 7.2).
 */
static size_t from_both_ends(size_t turn, size_t count)
{
	return turn % 2 == 0 ? count - 1 - turn / 2 : turn / 2;
}

int scan_firmware(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	struct memhp_snapshot *snapshot = scan->snapshot;
	size_t capacity = 0, i;

	if (scan_names(scan, FIRMWARE_PATH, "", &names) < 0)
		return -ENOMEM;
	snapshot->machine.has_firmware_map = names.count > 0;
	for (i = 0; i < names.count && !is_enough(scan); i++) {
		if (add_firmware_range(scan, names.items[from_both_ends(i, names.count)],
				       &capacity) < 0)
			return -ENOMEM;
	}
	if (snapshot->firmware_count > 0)
		qsort(snapshot->firmware, snapshot->firmware_count, sizeof(*snapshot->firmware),
		      compare_ranges);
	return 0;
}
