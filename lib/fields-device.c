/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of devices, of their mappings and of the memory devices behind them.
 */
#include "fields.h"

#define D(member) AT(struct memhp_device, member)

static const struct memhp_device *device_of(const struct memhp_object *object)
{
	return object->item;
}

/* What a device has in blocks, as counted over those that exist. */
struct tally {
	uint64_t blocks;
	uint64_t online;
	uint64_t movable;
	uint64_t kernel;
};

static void tally_block(const struct memhp_block *block, struct tally *tally)
{
	tally->blocks++;
	if (block->state != MEMHP_STATE_ONLINE)
		return;
	tally->online++;
	tally->movable += block->zones == ZONE_BIT(ZONE_MOVABLE);
	tally->kernel +=
		block->zones != ZONES_NONE && (block->zones & (zone_set)~ZONES_KERNEL) == 0;
}

static void tally_device(const struct memhp_object *object, struct tally *tally)
{
	const struct memhp_snapshot *snapshot = object->owner;
	struct device_walk walk = { .device = (uint16_t)(device_of(object) - snapshot->devices) };
	const struct memhp_block *block;

	*tally = (struct tally){ 0 };
	while ((block = device_block_next(snapshot, &walk)) != NULL)
		tally_block(block, tally);
}

/*
 * Blocks are a dax device's or virtio_mem's by their addresses, an ACPI device's by its links. Where these are hidden,
 * that none was found to belong to a device that holds system RAM does not mean that it has none.
 */
static bool may_have_more(const struct memhp_object *object)
{
	const struct memhp_snapshot *snapshot = object->owner;
	const struct memhp_device *device = device_of(object);

	if (device_mode(device) != MEMHP_MODE_SYSTEM_RAM)
		return false;
	if (device->kind == MEMHP_DEVICE_ACPI)
		return device->mappings_errno != 0;
	return device->mappings_errno != 0 || !snapshot->machine.iomem_known ||
	       snapshot->machine.block_size == 0;
}

GETTER(get_tally)
{
	struct tally tally;

	tally_device(object, &tally);
	if (tally.blocks == 0 && may_have_more(object)) {
		value_null(ret_value);
		return;
	}
	value_uint(ret_value, *(const uint64_t *)((const char *)&tally + field->offset));
}

/* Bytes of the whole blocks in its mappings; false if mappings or block size are not known. */
static bool usable_bytes(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
			 uint64_t *ret_bytes)
{
	uint64_t bytes = 0;
	size_t mapping;

	if (device->mappings_errno != 0 || snapshot->machine.block_size == 0)
		return false;
	if (device->mapping_count == 0 && device->size != 0)
		return false;
	for (mapping = 0; mapping < device->mapping_count; mapping++) {
		uint32_t first, last;

		if (snapshot_mapping_blocks(snapshot, device, mapping, &first, &last))
			bytes += ((uint64_t)last - first + 1) * snapshot->machine.block_size;
	}
	*ret_bytes = bytes;
	return true;
}

bool device_trimmed_bytes(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
			  uint64_t *ret_bytes)
{
	uint64_t bytes;

	if (device->size == SIZE_UNKNOWN || !usable_bytes(snapshot, device, &bytes) ||
	    bytes > device->size)
		return false;
	*ret_bytes = device->size - bytes;
	return true;
}

GETTER(get_usable)
{
	uint64_t bytes;

	if (usable_bytes(object->owner, device_of(object), &bytes))
		value_uint(ret_value, bytes);
	else
		value_null(ret_value);
}

GETTER(get_trimmed)
{
	uint64_t bytes;

	if (device_trimmed_bytes(object->owner, device_of(object), &bytes))
		value_uint(ret_value, bytes);
	else
		value_null(ret_value);
}

GETTER(get_kind)
{
	value_text(ret_value, memhp_device_kind_to_string(device_of(object)->kind));
}

GETTER(get_mode)
{
	enum memhp_mode mode = device_mode(device_of(object));

	value_text(ret_value, mode != MEMHP_MODE_UNKNOWN ? memhp_mode_to_string(mode) : NULL);
}

GETTER(get_tier)
{
	const struct memhp_node *node =
		snapshot_node(object->owner, device_of(object)->target_node);

	value_known(ret_value, node != NULL ? node->tier : -1);
}

GETTER(get_mappings)
{
	if (device_of(object)->mappings_errno != 0)
		value_null(ret_value);
	else
		value_list(ret_value, device_of(object)->mapping_count);
}

ITEM_GETTER(get_mapping)
{
	value_object(ret_value, MEMHP_KIND_MAPPING, object->owner,
		     &device_of(object)->mappings[index]);
}

GETTER(get_memdevs)
{
	if (device_of(object)->unread & DEVICE_UNREAD_MEMDEVS)
		value_null(ret_value);
	else
		value_list(ret_value, device_of(object)->memdev_count);
}

ITEM_GETTER(get_memdev)
{
	value_object(ret_value, MEMHP_KIND_MEMDEV, object->owner,
		     &device_of(object)->memdevs[index]);
}

const struct memhp_field device_fields[] = {
	ROW("name", "NAME", STRING, NONE, SHOWN, field_text, D(name), "name of the device"),
	ROW("kind", "KIND", STRING, NONE, HIDDEN, get_kind, 0, "dax, acpi or virtio_mem"),
	ROW("driver", "DRIVER", STRING, NONE, HIDDEN, field_text, D(driver_name),
	    "driver that it is bound to"),
	ROW("mode", "MODE", STRING, NONE, SHOWN, get_mode, 0,
	    "devdax, system-ram, fsdev, unbound, leaked, empty"),
	ROW("size", "SIZE", UINT, BYTES, SHOWN, field_size, D(size), "size"),
	ROW("align", "ALIGN", UINT, BYTES, HIDDEN, field_nonzero, D(align),
	    "alignment of its mappings"),
	ROW("target_node", "NODE", UINT, NONE, SHOWN, field_int, D(target_node),
	    "node that its memory goes to"),
	ROW("path", "PATH", STRING, NONE, HIDDEN, field_text, D(path),
	    "its place below sys/devices"),
	ROW("region", "REGION", STRING, NONE, SHOWN, field_text, D(region),
	    "region that it was made from"),
	ROW("uuid", "UUID", STRING, NONE, HIDDEN, field_text, D(uuid),
	    "identifier of the region or namespace"),
	ROW("slot", "SLOT", UINT, NONE, HIDDEN, field_int, D(slot), "ACPI slot"),
	OBJECTS_ROW("mappings", "MAPPINGS", MAPPING, get_mappings, get_mapping,
		    "physical ranges that it consists of"),
	ROW("usable_bytes", "USABLE", UINT, BYTES, HIDDEN, get_usable, 0,
	    "whole blocks in its mappings"),
	ROW("trimmed_bytes", "TRIMMED", UINT, BYTES, HIDDEN, get_trimmed, 0,
	    "what whole blocks leave out"),
	ROW("block_count", "BLOCKS", UINT, BLOCKS, SHOWN, get_tally, AT(struct tally, blocks),
	    "its blocks that exist"),
	ROW("online_blocks", "ONLINE", UINT, BLOCKS, SHOWN, get_tally, AT(struct tally, online),
	    "those that are online"),
	ROW("movable_blocks", "MOVABLE", UINT, BLOCKS, SHOWN, get_tally, AT(struct tally, movable),
	    "those online in Movable"),
	ROW("kernel_blocks", "KERNEL", UINT, BLOCKS, SHOWN, get_tally, AT(struct tally, kernel),
	    "those online in a kernel zone"),
	ROW("memmap_on_memory", "MEMMAP-ON-MEMORY", BOOL, NONE, HIDDEN, field_tristate,
	    D(memmap_on_memory), "whether its memory is asked to hold its own struct pages"),
	ROW("tier", "TIER", UINT, NONE, HIDDEN, get_tier, 0, "memory tier of its node"),
	{ .key = "memdevs",
	  .column = "MEMDEVS",
	  .type = MEMHP_TYPE_LIST,
	  .is_default = SHOWN,
	  .get = get_memdevs,
	  .item_type = MEMHP_TYPE_OBJECT,
	  .item_kind = MEMHP_KIND_MEMDEV,
	  .get_item = get_memdev,
	  .summary = "CXL memory devices behind it: the cards" },
	END_ROW
};

/* ----------------------------------------------------------------------- mappings and memdevs */

GETTER(get_mapping_size)
{
	const struct mapping *mapping = object->item;

	value_extent(ret_value, mapping->start, mapping->end);
}

/* The whole blocks of a mapping, as kmem takes them: start rounded up, end rounded down. */
static bool mapping_blocks(const struct memhp_object *object, uint64_t *ret_first,
			   uint64_t *ret_last)
{
	uint64_t block_size = ((const struct memhp_snapshot *)object->owner)->machine.block_size;
	const struct mapping *mapping = object->item;

	if (block_size == 0)
		return false;
	*ret_first = mapping->start / block_size + (mapping->start % block_size != 0);
	*ret_last = mapping->end / block_size - (mapping->end % block_size != block_size - 1);
	return mapping->end >= block_size - 1 && *ret_first <= *ret_last;
}

GETTER(get_mapping_first)
{
	uint64_t first, last;

	value_known(ret_value, mapping_blocks(object, &first, &last) ? (int64_t)first : -1);
}

GETTER(get_mapping_last)
{
	uint64_t first, last;

	value_known(ret_value, mapping_blocks(object, &first, &last) ? (int64_t)last : -1);
}

const struct memhp_field mapping_fields[] = {
	ROW("start", "START", UINT, ADDRESS, SHOWN, field_uint64, AT(struct mapping, start),
	    "first address"),
	ROW("end", "END", UINT, ADDRESS, SHOWN, field_uint64, AT(struct mapping, end),
	    "last address"),
	ROW("size", "SIZE", UINT, BYTES, SHOWN, get_mapping_size, 0, "size"),
	ROW("first_block", "FIRST", UINT, NONE, SHOWN, get_mapping_first, 0,
	    "number of the first whole block"),
	ROW("last_block", "LAST", UINT, NONE, SHOWN, get_mapping_last, 0,
	    "number of the last whole block"),
	END_ROW
};

const struct memhp_field memdev_fields[] = {
	ROW("name", "NAME", STRING, NONE, SHOWN, field_text, AT(struct memdev, name),
	    "name of the memory device"),
	ROW("serial", "SERIAL", STRING, NONE, SHOWN, field_text, AT(struct memdev, serial),
	    "its serial number"),
	ROW("pci_address", "PCI", STRING, NONE, SHOWN, field_text, AT(struct memdev, pci_address),
	    "its PCI address"),
	END_ROW
};
