/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine as a whole: names, sizes, parameters of memory hotplug, counters. Nothing of a single
 * block, node or device.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define VMSTAT_PATH "proc/vmstat"
#define DAX_DRIVERS_PATH "sys/bus/dax/drivers"
#define MEMINFO_PATH "proc/meminfo"

static int take_online_word(struct scan *scan, struct piece text, void *member)
{
	struct cursor cursor = cursor_of(text.text, text.len);
	char name[32];
	struct piece word;

	if (!parse_word(&cursor, &word) || word.len >= sizeof(name))
		return -EINVAL;
	memcpy(name, word.text, word.len);
	name[word.len] = '\0';
	*(enum online_word *)member = online_word_from_name(name);
	return *(enum online_word *)member == WORD_UNKNOWN ? -EINVAL : 0;
}

static int take_memmap_mode(struct scan *scan, struct piece text, void *member)
{
	enum memmap_mode mode = parse_memmap_mode(text.text, text.len);

	*(enum memmap_mode *)member = mode;
	return mode == MEMMAP_MODE_UNKNOWN ? -EINVAL : 0;
}

/* Blocks are sections, or powers of two of them (drivers/base/memory.c:memory_dev_init, 6.12). */
static int take_block_size(struct scan *scan, struct piece text, void *member)
{
	uint64_t size = 0;
	int rc = take_hex(scan, text, &size);

	if (rc < 0)
		return rc;
	if (size == 0 || (size & (size - 1)) != 0)
		return -EINVAL;
	*(uint64_t *)member = size;
	return 0;
}

#define MEMORY "sys/devices/system/memory/"
#define PARAMETERS "sys/module/memory_hotplug/parameters/"
#define KERNEL "proc/sys/kernel/"
#define MEMBER(member) offsetof(struct machine, member)

static const struct attribute machine_rows[] = {
	{ MEMORY "block_size_bytes", take_block_size, MEMBER(block_size) },
	{ MEMORY "auto_online_blocks", take_online_word, MEMBER(auto_online) },
	{ PARAMETERS "online_policy", take_text, MEMBER(online_policy) },
	{ PARAMETERS "auto_movable_ratio", take_signed, MEMBER(auto_movable_ratio) },
	{ PARAMETERS "auto_movable_numa_aware", take_bool, MEMBER(auto_movable_numa_aware) },
	{ PARAMETERS "memmap_on_memory", take_memmap_mode, MEMBER(memmap_on_memory) },
	{ KERNEL "hostname", take_text, MEMBER(hostname) },
	{ KERNEL "osrelease", take_text, MEMBER(kernel) },
	{ KERNEL "random/boot_id", take_text, MEMBER(boot_id) },
	{ KERNEL "arch", take_text, MEMBER(arch) },
	{ "proc/cmdline", take_text, MEMBER(command_line) },
};

/* What plans and rules go by. */
static const struct attribute planning_rows[] = {
	{ MEMORY "crash_hotplug", take_bool, MEMBER(crash_hotplug) },
	{ "sys/kernel/kexec_crash_loaded", take_bool, MEMBER(crash_loaded) },
	{ "proc/sys/vm/movable_gigantic_pages", take_bool, MEMBER(movable_gigantic) },
};

/* Whether WORD stands by itself on the kernel's command line. */
static enum tristate has_parameter(const char *command_line, const char *parameter)
{
	struct cursor cursor;
	struct piece word;

	if (command_line == NULL)
		return TRI_UNKNOWN;
	cursor = cursor_of(command_line, strlen(command_line));
	while (parse_word(&cursor, &word)) {
		if (piece_is(word, parameter))
			return TRI_YES;
	}
	return TRI_NO;
}

/* These counters came with 6.11; a kernel without them does not count. */
static int scan_counters(struct scan *scan)
{
	struct machine *machine = &scan->snapshot->machine;
	struct piece text;
	uint64_t value;
	int rc = scan_read(scan, VMSTAT_PATH, &text);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	if (parse_counter(text.text, text.len, "nr_memmap_pages", &value) == 0 && value < INT64_MAX)
		machine->memmap_pages = (int64_t)value;
	if (parse_counter(text.text, text.len, "nr_memmap_boot_pages", &value) == 0 &&
	    value < INT64_MAX)
		machine->memmap_boot_pages = (int64_t)value;
	return 0;
}

static int note_driver(void *data, const char *name, unsigned char type)
{
	struct machine *machine = data;

	machine->has_kmem |= driver_from_name(name) == DRIVER_KMEM;
	machine->has_device_dax |= driver_from_name(name) == DRIVER_DEVICE_DAX;
	return 0;
}

/* A kernel before 6.1 has no kernel.arch. */
static int scan_arch(struct scan *scan)
{
	struct machine *machine = &scan->snapshot->machine;

	if (machine->arch != NULL || scan->io->facts.arch[0] == '\0')
		return 0;
	machine->arch = arena_copy(scan->snapshot->arena, scan->io->facts.arch);
	return machine->arch == NULL ? -ENOMEM : 0;
}

static int scan_planning(struct scan *scan)
{
	struct machine *machine = &scan->snapshot->machine;

	if (scan_attributes(scan, "", planning_rows, ARRAY_SIZE(planning_rows), machine) < 0 ||
	    scan_counters(scan) < 0)
		return -ENOMEM;
	/* No dax bus, no drivers: that is an answer too. */
	(void)scan->io->ops->list(scan->io, DAX_DRIVERS_PATH, note_driver, machine);
	return 0;
}

/* The page size of the machine that was scanned, which need not be the one we run on. */
static uint64_t known_page_size(const struct scan *scan)
{
	const char *arch = scan->snapshot->machine.arch;

	if (scan->io->facts.page_size != 0)
		return scan->io->facts.page_size;
	/* Architectures that have only one. */
	return arch != NULL && (strcmp(arch, "x86_64") == 0 || strcmp(arch, "s390x") == 0) ? 4096 :
											     0;
}

int scan_machine(struct scan *scan)
{
	struct machine *machine = &scan->snapshot->machine;

	if (scan_attributes(scan, "", machine_rows, ARRAY_SIZE(machine_rows), machine) < 0 ||
	    scan_arch(scan) < 0)
		return -ENOMEM;
	machine->movable_node = has_parameter(machine->command_line, "movable_node");
	machine->page_size = known_page_size(scan);
	return (scan->parts & SCAN_PLANNING) == 0 ? 0 : scan_planning(scan);
}

/* The power of two next to BYTES / PAGES, if that is one a kernel can have. */
static uint64_t page_size_of(uint64_t bytes, uint64_t pages)
{
	uint64_t size;

	for (size = 4096; pages > 0 && size <= 262144; size *= 2) {
		uint64_t expected;

		if (__builtin_mul_overflow(pages, size, &expected))
			return 0;
		if (bytes >= expected - expected / 8 && bytes <= expected + expected / 8)
			return size;
	}
	return 0;
}

/*
 * Where nobody knows the page size: MemTotal in bytes and `managed` in pages count the same memory
 * (fs/proc/meminfo.c, mm/vmstat.c, 7.2), so their quotient is it.
 */
static uint64_t guess_page_size(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	uint64_t pages = 0, bytes = 0;
	struct piece text;
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++)
		pages += snapshot->zones[i].managed;
	for (i = 0; i < snapshot->node_count; i++) {
		if (snapshot->nodes[i].total_bytes != SIZE_UNKNOWN)
			bytes += snapshot->nodes[i].total_bytes;
	}
	if (bytes == 0 && pages > 0 && scan_read(scan, MEMINFO_PATH, &text) == 0)
		(void)parse_meminfo(text.text, text.len, "MemTotal:", &bytes);
	return page_size_of(bytes, pages);
}

void scan_page_size(struct scan *scan)
{
	struct machine *machine = &scan->snapshot->machine;

	if (machine->page_size == 0)
		machine->page_size = guess_page_size(scan);
	scan_one_node_size(scan);
}
