/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who owns a block and where its memory came from, by the best evidence there is: iomem's entries of
 * drivers first, then ACPI's devices and the firmware's map. No kernel says it outright. What cannot
 * be told stays unknown. No I/O.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

/* A piece of address space that says something about the blocks in it. */
struct span {
	uint64_t start;
	uint64_t end;		/* inclusive */
	uint16_t device;	/* or NO_DEVICE */
	uint8_t origin;		/* enum memhp_origin; BOOT stands for plain "System RAM" */
};

struct spans {
	struct span *items;
	size_t count;
	size_t capacity;
};

static void spans_cleanup(struct spans *spans)
{
	free(spans->items);
}

static int add_span(struct spans *spans, uint64_t start, uint64_t end, enum memhp_origin origin,
		    uint16_t device)
{
	if (end < start)
		return 0;
	if (array_reserve(&spans->items, spans->count, &spans->capacity, sizeof(*spans->items)) < 0)
		return -ENOMEM;
	spans->items[spans->count++] = (struct span){ start, end, device, (uint8_t)origin };
	return 0;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* Sorts, and cuts what overlaps, so that a walk along the blocks is linear whatever was recorded. */
static void order_spans(struct spans *spans)
{
	size_t i, kept = 0;

	if (spans->count > 0)
		qsort(spans->items, spans->count, sizeof(*spans->items), compare_spans);
	for (i = 0; i < spans->count; i++) {
		struct span span = spans->items[i];

		if (kept > 0 && spans->items[kept - 1].end >= span.start) {
			if (spans->items[kept - 1].end >= span.end)
				continue;
			span.start = spans->items[kept - 1].end + 1;
		}
		spans->items[kept++] = span;
	}
	spans->count = kept;
}

/* What the spans say of one block. */
struct cover {
	uint64_t bytes;
	unsigned int origins;	/* bits by enum memhp_origin */
	uint16_t device;	/* of the first span that has one */
};

/* Blocks come ascending: AT is where the last block's walk stopped. */
static struct cover cover_block(const struct spans *spans, size_t *at, uint64_t start, uint64_t end)
{
	struct cover cover = { .device = NO_DEVICE };
	size_t i;

	while (*at < spans->count && spans->items[*at].end < start)
		(*at)++;
	for (i = *at; i < spans->count && spans->items[i].start <= end; i++) {
		const struct span *span = &spans->items[i];

		cover.bytes += MIN(span->end, end) - MAX(span->start, start) + 1;
		cover.origins |= 1U << span->origin;
		if (cover.device == NO_DEVICE)
			cover.device = span->device;
	}
	return cover;
}

/* ---- from what was read to spans ---- */

/* The device that a region of iomem is named after. */
static uint16_t device_of_region(const struct memhp_snapshot *snapshot, const char *name)
{
	size_t i;

	if (!text_starts_with(name, "dax") && !text_starts_with(name, "virtio"))
		return NO_DEVICE;
	for (i = 0; i < snapshot->device_count; i++) {
		if (strcmp(snapshot->devices[i].name, name) == 0)
			return (uint16_t)i;
	}
	return NO_DEVICE;
}

static enum memhp_origin origin_of_region(const char *name)
{
	if (strcmp(name, "System RAM (kmem)") == 0)
		return MEMHP_ORIGIN_KMEM;
	if (strcmp(name, "System RAM (virtio_mem)") == 0)
		return MEMHP_ORIGIN_VIRTIO_MEM;
	return strcmp(name, "System RAM") == 0 ? MEMHP_ORIGIN_BOOT : MEMHP_ORIGIN_UNKNOWN;
}

#define OWNER_DEPTH_MAX 16

/* All System RAM of iomem, each with the device that encloses it. */
static int collect_memory(struct memhp_snapshot *snapshot, struct spans *memory)
{
	uint16_t owners[OWNER_DEPTH_MAX];
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];
		uint16_t depth = MIN(region->depth, (uint16_t)(OWNER_DEPTH_MAX - 1));
		uint16_t owner = device_of_region(snapshot, region->name);

		if (owner == NO_DEVICE && depth > 0)
			owner = owners[depth - 1];
		owners[depth] = owner;
		if (!text_starts_with(region->name, "System RAM"))
			continue;
		if (owner != NO_DEVICE && snapshot->devices[owner].driver == DRIVER_NONE)
			snapshot->devices[owner].leaked = true;
		if (add_span(memory, region->start, region->end, origin_of_region(region->name),
			     owner) < 0)
			return -ENOMEM;
	}
	order_spans(memory);
	return 0;
}

static int collect_firmware(const struct memhp_snapshot *snapshot, struct spans *firmware)
{
	size_t i;

	for (i = 0; i < snapshot->firmware_count; i++) {
		const struct firmware_range *range = &snapshot->firmware[i];

		if (strcmp(range->type, "System RAM") == 0 &&
		    add_span(firmware, range->start, range->end, MEMHP_ORIGIN_BOOT, NO_DEVICE) < 0)
			return -ENOMEM;
	}
	order_spans(firmware);
	return 0;
}

static int collect_pmem(const struct memhp_snapshot *snapshot, struct spans *pmem)
{
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];

		if ((text_starts_with(region->name, "Persistent Memory") ||
		     text_starts_with(region->name, "namespace")) &&
		    add_span(pmem, region->start, region->end, MEMHP_ORIGIN_UNKNOWN, NO_DEVICE) < 0)
			return -ENOMEM;
	}
	order_spans(pmem);
	return 0;
}

/* The whole blocks of devices that kmem has, for those from whom iomem is hidden. */
static int collect_mappings(const struct memhp_snapshot *snapshot, struct spans *mapped)
{
	size_t i, m;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];
		uint32_t first, last;

		if (device->kind != MEMHP_DEVICE_DAX || device->driver != DRIVER_KMEM)
			continue;
		for (m = 0; m < device->mapping_count; m++) {
			uint64_t size = snapshot->machine.block_size;

			if (snapshot_mapping_blocks(snapshot, device, m, &first, &last) &&
			    add_span(mapped, first * size, last * size + (size - 1),
				     MEMHP_ORIGIN_KMEM, (uint16_t)i) < 0)
				return -ENOMEM;
		}
	}
	order_spans(mapped);
	return 0;
}

/* ---- evidence for one block ---- */

struct evidence {
	const struct memhp_snapshot *snapshot;
	struct spans memory, firmware, pmem, mapped;
	size_t memory_at, firmware_at, pmem_at, mapped_at;
	bool has_virtio;
	uint8_t *acpi_exact;	/* by device: added by ACPI, by the firmware map's own entries */
};

static void evidence_cleanup(struct evidence *evidence)
{
	spans_cleanup(&evidence->memory);
	spans_cleanup(&evidence->firmware);
	spans_cleanup(&evidence->pmem);
	spans_cleanup(&evidence->mapped);
	free(evidence->acpi_exact);
}

/*
 * add_memory() appends an entry to the firmware's map for just what was added, so entries that fill
 * a device's memory and do not reach beyond it are its own. Memory that was there at boot lies in
 * entries of the firmware's, which know nothing of devices.
 */
static bool has_own_entries(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	uint64_t covered = 0;
	size_t i, m;

	for (i = 0; i < snapshot->firmware_count; i++) {
		const struct firmware_range *range = &snapshot->firmware[i];

		if (strcmp(range->type, "System RAM") != 0)
			continue;
		for (m = 0; m < device->mapping_count; m++) {
			const struct mapping *mapping = &device->mappings[m];

			if (range->end < mapping->start || range->start > mapping->end)
				continue;
			if (range->start < mapping->start || range->end > mapping->end)
				return false;
			covered += range->end - range->start + 1;
		}
	}
	return device->size != 0 && covered == device->size;
}

static int judge_devices(struct evidence *evidence)
{
	const struct memhp_snapshot *snapshot = evidence->snapshot;
	size_t i;

	evidence->acpi_exact = calloc(snapshot->device_count + 1, 1);
	if (evidence->acpi_exact == NULL)
		return -ENOMEM;
	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		evidence->has_virtio |= device->kind == MEMHP_DEVICE_VIRTIO_MEM;
		if (device->kind == MEMHP_DEVICE_ACPI)
			evidence->acpi_exact[i] = has_own_entries(snapshot, device);
	}
	return 0;
}

/* Memory that no driver claims: the firmware knew it at boot, or ACPI added it. */
static enum memhp_origin plain_origin(const struct evidence *evidence,
				      const struct memhp_block *block, bool in_firmware)
{
	if (!in_firmware)
		return MEMHP_ORIGIN_UNKNOWN;
	if (block->device != NO_DEVICE && evidence->acpi_exact[block->device])
		return MEMHP_ORIGIN_ACPI;
	return MEMHP_ORIGIN_BOOT;
}

/* What iomem says; it is the kernel's own book. */
static void judge_by_iomem(struct evidence *evidence, struct memhp_block *block, uint64_t start,
			   uint64_t end, bool in_firmware)
{
	struct cover cover = cover_block(&evidence->memory, &evidence->memory_at, start, end);
	unsigned int driven = cover.origins & ((1U << MEMHP_ORIGIN_KMEM) |
					       (1U << MEMHP_ORIGIN_VIRTIO_MEM));

	if (cover.bytes != end - start + 1)
		block->flags |= BLOCK_HOLES;
	if (driven != 0) {
		block->device = cover.device;
		if (driven == cover.origins && (driven & (driven - 1)) == 0)
			block->origin = (uint8_t)__builtin_ctz(driven);
		return;
	}
	if (cover.origins == 1U << MEMHP_ORIGIN_BOOT)
		block->origin = (uint8_t)plain_origin(evidence, block, in_firmware);
}

/* Devices that kmem has, or may have, on one node. */
struct node_kmem {
	uint64_t bytes;
	size_t count;
	uint16_t device;	/* the last of them */
	bool unsure;		/* a device whose driver, node or size is not known */
};

static struct node_kmem kmem_on_node(const struct memhp_snapshot *snapshot, int node)
{
	struct node_kmem kmem = { .device = NO_DEVICE };
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		if (device->kind != MEMHP_DEVICE_DAX)
			continue;
		if (device->driver == DRIVER_DEVICE_DAX || device->driver == DRIVER_FSDEV_DAX)
			continue;
		if (device->target_node != node && device->target_node != NODE_NONE)
			continue;
		/* A device without a driver may have left its blocks behind. */
		kmem.unsure |= device->driver != DRIVER_KMEM || device->size == SIZE_UNKNOWN ||
			       device->target_node == NODE_NONE;
		kmem.bytes += device->size == SIZE_UNKNOWN ? 0 : device->size;
		kmem.device = (uint16_t)i;
		kmem.count++;
	}
	return kmem;
}

static uint64_t bytes_on_node(const struct memhp_snapshot *snapshot, int node)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++)
		count += snapshot->blocks[i].node == node;
	return count * snapshot->machine.block_size;
}

/*
 * Without iomem: a node without processors whose blocks come to what kmem's devices there hold, but
 * for what is trimmed at both ends, has its blocks from them.
 */
static bool node_is_kmem(const struct memhp_snapshot *snapshot, int id, const struct node_kmem *kmem)
{
	const struct memhp_node *node = snapshot_node(snapshot, id);
	uint64_t bytes, trim = 2 * snapshot->machine.block_size * kmem->count;

	if (node == NULL || node->has_cpu != TRI_NO || kmem->count == 0 || kmem->unsure)
		return false;
	bytes = bytes_on_node(snapshot, id);
	return bytes <= kmem->bytes && kmem->bytes - bytes <= trim;
}

/* What can be said of all blocks of one node when iomem is hidden from us. */
struct node_verdict {
	struct node_kmem kmem;
	bool is_kmem;
	bool valid;
	int16_t node;
};

static void judge_node(const struct memhp_snapshot *snapshot, int16_t node,
		       struct node_verdict *verdict)
{
	if (verdict->valid && verdict->node == node)
		return;
	verdict->kmem = kmem_on_node(snapshot, node);
	verdict->is_kmem = node_is_kmem(snapshot, node, &verdict->kmem);
	verdict->node = node;
	verdict->valid = true;
}

/* What can be said without iomem: less, and never by guess. */
static void judge_blindly(struct evidence *evidence, struct memhp_block *block, uint64_t start,
			  uint64_t end, bool in_firmware, struct node_verdict *verdict)
{
	const struct memhp_snapshot *snapshot = evidence->snapshot;
	struct cover cover = cover_block(&evidence->mapped, &evidence->mapped_at, start, end);

	if (cover.bytes == end - start + 1) {
		block->origin = MEMHP_ORIGIN_KMEM;
		block->device = cover.device;
		return;
	}
	if (block->node == NODE_NONE)
		return;
	judge_node(snapshot, block->node, verdict);
	if (verdict->is_kmem && !evidence->has_virtio) {
		block->origin = MEMHP_ORIGIN_KMEM;
		if (verdict->kmem.count == 1)
			block->device = verdict->kmem.device;
	} else if (verdict->kmem.count == 0 && in_firmware) {
		block->origin = (uint8_t)plain_origin(evidence, block, in_firmware);
	}
}

static int collect(struct memhp_snapshot *snapshot, struct evidence *evidence)
{
	if (collect_memory(snapshot, &evidence->memory) < 0 ||
	    collect_firmware(snapshot, &evidence->firmware) < 0 ||
	    collect_pmem(snapshot, &evidence->pmem) < 0 ||
	    collect_mappings(snapshot, &evidence->mapped) < 0)
		return -ENOMEM;
	return judge_devices(evidence);
}

/* Devices that name no node of their own are on that of their first block. */
static void place_devices(struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];
		struct memhp_device *device;

		if (block->device == NO_DEVICE)
			continue;
		device = &snapshot->devices[block->device];
		if (device->kind != MEMHP_DEVICE_DAX && device->target_node == NODE_NONE)
			device->target_node = block->node;
	}
}

int scan_owners(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	_cleanup_(evidence_cleanup) struct evidence evidence = { .snapshot = snapshot };
	struct node_verdict verdict = { .valid = false };
	uint64_t size = snapshot->machine.block_size;
	size_t i;

	if (size == 0)
		return 0;
	if (collect(snapshot, &evidence) < 0)
		return -ENOMEM;
	for (i = 0; i < snapshot->block_count; i++) {
		struct memhp_block *block = &snapshot->blocks[i];
		uint64_t start, end;
		bool in_firmware;

		if (__builtin_mul_overflow(size, (uint64_t)block->number, &start) ||
		    __builtin_add_overflow(start, size - 1, &end))
			continue;
		in_firmware = cover_block(&evidence.firmware, &evidence.firmware_at, start, end)
				      .bytes > 0;
		if (snapshot->machine.iomem_known)
			judge_by_iomem(&evidence, block, start, end, in_firmware);
		else
			judge_blindly(&evidence, block, start, end, in_firmware, &verdict);
		/* Memory that kmem added stands below Persistent Memory too, and shares with nobody. */
		if ((block->flags & BLOCK_HOLES) != 0 &&
		    cover_block(&evidence.pmem, &evidence.pmem_at, start, end).bytes > 0)
			block->flags |= BLOCK_SHARES_PMEM;
	}
	place_devices(snapshot);
	return 0;
}
