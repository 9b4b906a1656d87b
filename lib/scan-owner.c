/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who owns a block and where its memory came from, by the best evidence there is: iomem's entries of
 * drivers first, then ACPI's devices and the firmware's map. No kernel says it outright. What cannot
 * be told stays unknown. No I/O.
 */
#include <errno.h>
#include <string.h>

#include "scan-span.h"
#include "scan-walk.h"

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
		/* What is being unbound is not what is left of that. */
		if (owner != NO_DEVICE && snapshot->devices[owner].driver == DRIVER_NONE &&
		    snapshot->devices[owner].mappings_errno != EBUSY)
			snapshot->devices[owner].leaked = true;
		if (spans_add(memory, region->start, region->end, origin_of_region(region->name),
			      owner) < 0)
			return -ENOMEM;
	}
	spans_order(memory);
	return 0;
}

/* Of any device, or none, where DEVICE is NO_DEVICE. */
static bool has_block_in(const struct memhp_snapshot *snapshot, uint16_t device,
			 enum memhp_state state)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		if ((device == NO_DEVICE || block->device == device) && block->state == state)
			return true;
	}
	return false;
}

/*
 * An unbind takes the driver's link away first, and then waits for whoever changes other memory (the lock of
 * drivers/base/core.c, 6.1 to 7.2). Memory that was online by then is left for good.
 */
void scan_leaving(struct memhp_snapshot *snapshot)
{
	uint16_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		struct memhp_device *device = &snapshot->devices[i];

		device->leaving = device->leaked &&
				  has_block_in(snapshot, NO_DEVICE, MEMHP_STATE_GOING_OFFLINE) &&
				  !has_block_in(snapshot, i, MEMHP_STATE_ONLINE);
	}
}

static int collect_firmware(const struct memhp_snapshot *snapshot, struct spans *firmware)
{
	size_t i;

	for (i = 0; i < snapshot->firmware_count; i++) {
		const struct firmware_range *range = &snapshot->firmware[i];

		if (strcmp(range->type, "System RAM") == 0 &&
		    spans_add(firmware, range->start, range->end, MEMHP_ORIGIN_BOOT, NO_DEVICE) < 0)
			return -ENOMEM;
	}
	spans_order(firmware);
	return 0;
}

static int collect_pmem(const struct memhp_snapshot *snapshot, struct spans *pmem)
{
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];

		if ((text_starts_with(region->name, "Persistent Memory") ||
		     text_starts_with(region->name, "namespace")) &&
		    spans_add(pmem, region->start, region->end, MEMHP_ORIGIN_UNKNOWN, NO_DEVICE) <
			    0)
			return -ENOMEM;
	}
	spans_order(pmem);
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
			    spans_add(mapped, first * size, last * size + (size - 1),
				      MEMHP_ORIGIN_KMEM, (uint16_t)i) < 0)
				return -ENOMEM;
		}
	}
	spans_order(mapped);
	return 0;
}

/* ---- evidence for one block ---- */

/* Devices that kmem has, or may have, on one node. */
struct node_kmem {
	uint64_t bytes;
	size_t count;
	uint16_t device; /* the last of them */
	bool unsure;	 /* a device whose driver, node or size is not known */
};

/* What can be said of all blocks of one node when iomem is hidden from us. */
struct node_verdict {
	struct node_kmem kmem;
	bool is_kmem;
};

struct evidence {
	const struct memhp_snapshot *snapshot;
	struct spans memory, firmware, pmem, mapped;
	size_t memory_at, firmware_at, pmem_at, mapped_at;
	bool has_virtio;
	uint8_t *acpi_exact; /* by device: added by ACPI, by the firmware map's own entries */
	struct node_verdict *nodes; /* as snapshot->nodes; only where iomem is hidden */
};

static void evidence_cleanup(struct evidence *evidence)
{
	spans_cleanup(&evidence->memory);
	spans_cleanup(&evidence->firmware);
	spans_cleanup(&evidence->pmem);
	spans_cleanup(&evidence->mapped);
	free(evidence->acpi_exact);
	free(evidence->nodes);
}

/*
 * add_memory() appends an entry to the firmware's map for just what was added, so entries that fill
 * a device's memory and do not reach beyond it are its own. Memory that was there at boot lies in
 * entries of the firmware's, which know nothing of devices.
 */
uint64_t firmware_share(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
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
				return 0;
			covered += range->end - range->start + 1;
		}
	}
	return covered;
}

static bool has_own_entries(const struct memhp_snapshot *snapshot,
			    const struct memhp_device *device)
{
	return device->size != 0 && firmware_share(snapshot, device) == device->size;
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

/*
 * What iomem says; it is the kernel's own book. Where there is a firmware's map, all plain memory is in
 * it: the firmware's, and what was added and is not a driver's (mm/memory_hotplug.c:
 * add_memory_resource, 6.1 to 7.2). So that there is one tells as much as its entries.
 */
static void judge_by_iomem(struct evidence *evidence, struct memhp_block *block, uint64_t start,
			   uint64_t end)
{
	bool in_firmware = evidence->snapshot->machine.has_firmware_map;
	struct cover cover = spans_cover(&evidence->memory, &evidence->memory_at, start, end);
	unsigned int driven =
		cover.origins & ((1U << MEMHP_ORIGIN_KMEM) | (1U << MEMHP_ORIGIN_VIRTIO_MEM));

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

/*
 * Without iomem: a node without processors whose blocks come to what kmem's devices there hold, but
 * for what is trimmed at both ends, has its blocks from them.
 */
static bool node_is_kmem(const struct memhp_node *node, uint64_t block_size, uint64_t block_count,
			 const struct node_kmem *kmem)
{
	uint64_t bytes = block_count * block_size, trim = 2 * block_size * kmem->count;

	if (node->has_cpu != TRI_NO || kmem->count == 0 || kmem->unsure)
		return false;
	return bytes <= kmem->bytes && kmem->bytes - bytes <= trim;
}

static int judge_nodes(struct evidence *evidence)
{
	const struct memhp_snapshot *snapshot = evidence->snapshot;
	_cleanup_free_ uint32_t *counts = calloc(INT16_MAX + 1, sizeof(*counts));
	size_t i;

	evidence->nodes = calloc(snapshot->node_count + 1, sizeof(*evidence->nodes));
	if (evidence->nodes == NULL || counts == NULL)
		return -ENOMEM;
	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].node >= 0)
			counts[snapshot->blocks[i].node]++;
	}
	for (i = 0; i < snapshot->node_count; i++) {
		const struct memhp_node *node = &snapshot->nodes[i];

		evidence->nodes[i].kmem = kmem_on_node(snapshot, node->id);
		evidence->nodes[i].is_kmem =
			node_is_kmem(node, snapshot->machine.block_size, counts[node->id],
				     &evidence->nodes[i].kmem);
	}
	return 0;
}

/* What can be said without iomem: less, and never by guess. */
static void judge_blindly(struct evidence *evidence, struct memhp_block *block, uint64_t start,
			  uint64_t end, bool in_firmware)
{
	const struct memhp_node *node = snapshot_node(evidence->snapshot, block->node);
	const struct node_verdict *verdict;
	struct cover cover = spans_cover(&evidence->mapped, &evidence->mapped_at, start, end);

	if (cover.bytes == end - start + 1) {
		block->origin = MEMHP_ORIGIN_KMEM;
		block->device = cover.device;
		return;
	}
	if (node == NULL)
		return;
	verdict = &evidence->nodes[node - evidence->snapshot->nodes];
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
	if (judge_devices(evidence) < 0)
		return -ENOMEM;
	return snapshot->machine.iomem_known ? 0 : judge_nodes(evidence);
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
		in_firmware =
			spans_cover(&evidence.firmware, &evidence.firmware_at, start, end).bytes >
			0;
		if (snapshot->machine.iomem_known)
			judge_by_iomem(&evidence, block, start, end);
		else
			judge_blindly(&evidence, block, start, end, in_firmware);
		/* Memory that kmem added stands below Persistent Memory too, and shares with nobody. */
		if ((block->flags & BLOCK_HOLES) != 0 &&
		    spans_cover(&evidence.pmem, &evidence.pmem_at, start, end).bytes > 0)
			block->flags |= BLOCK_SHARES_PMEM;
	}
	place_devices(snapshot);
	return 0;
}
