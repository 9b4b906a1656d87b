/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What describes a dax device's memory while kmem does not have it: device_dax's own struct pages, and
 * what of them the kernel counts. Pure: sees snapshots alone.
 */
#include <string.h>

#include "memmap.h"

/* The kernel keeps two pages of struct pages for each mapping unit, and maps the rest to the second
 * (include/linux/mm.h:VMEMMAP_RESERVE_NR, 6.1 to 7.2). */
#define KEPT_PAGES 2

static uint64_t divide_up(uint64_t number, uint64_t by)
{
	return number / by + (number % by != 0);
}

/* ---- what there is to describe ---- */

/* SECTION_SIZE_BITS, 6.1 to 7.2. Where it is not known, no section is larger than a block. */
static uint64_t section_size(const struct machine *machine)
{
	static const struct section_row {
		const char *arch;
		uint64_t page_size; /* 0: all others */
		unsigned int bits;
	} rows[] = {
		{ "x86_64", 0, 27 }, { "aarch64", 65536, 29 }, { "aarch64", 0, 27 },
		{ "ppc64", 0, 24 },  { "ppc64le", 0, 24 },     { "riscv64", 0, 27 },
	};
	size_t i;

	for (i = 0; machine->arch != NULL && i < ARRAY_SIZE(rows); i++) {
		if (strcmp(machine->arch, rows[i].arch) == 0 &&
		    (rows[i].page_size == 0 || rows[i].page_size == machine->page_size))
			return MIN(UINT64_C(1) << rows[i].bits, machine->block_size);
	}
	return machine->block_size;
}

static bool is_of_boot(const struct memhp_snapshot *snapshot, uint64_t address)
{
	const struct memhp_block *block =
		snapshot_block(snapshot, (uint32_t)(address / snapshot->machine.block_size));

	return block != NULL && block->origin == MEMHP_ORIGIN_BOOT;
}

/*
 * What a namespace of persistent memory has before its device's mapping is described with it
 * (drivers/nvdimm/pfn_devs.c, 6.1 to 7.2): a header, and the struct pages themselves where they lie there.
 */
static uint64_t header_bytes(const struct memhp_snapshot *snapshot, const struct mapping *mapping)
{
	size_t i;

	for (i = 0; i < snapshot->region_count; i++) {
		const struct memhp_region *region = &snapshot->regions[i];

		if (region->end + 1 == mapping->start &&
		    text_starts_with(region->name, "namespace"))
			return mapping->start - region->start;
	}
	return 0;
}

/*
 * Bytes of [AT, END) whose struct pages must be made. A section that it shares with boot memory has them
 * all since boot (mm/sparse.c:section_activate, 6.1 to 7.2).
 */
static uint64_t undescribed_bytes(const struct memhp_snapshot *snapshot, uint64_t at, uint64_t end)
{
	uint64_t size = section_size(&snapshot->machine), bytes = end - at;

	if (at % size != 0 && is_of_boot(snapshot, at))
		bytes -= MIN(size - at % size, bytes);
	if (bytes > 0 && end % size != 0 && is_of_boot(snapshot, end - 1))
		bytes -= MIN(end % size, bytes);
	return bytes;
}

/* ---- how many pages that takes ---- */

static uint64_t all_pages(const struct memhp_snapshot *snapshot, uint64_t bytes)
{
	uint64_t page_size = snapshot->machine.page_size;
	uint64_t struct_page =
		snapshot_memmap_pages(snapshot) * page_size / snapshot_block_pages(snapshot);

	return divide_up(bytes / page_size * struct_page, page_size);
}

/*
 * Whether struct pages are mapped more than once: they have to be a power of two in size. 6.1 does it wherever
 * device_dax is, 6.12 and 7.2 on some architectures (include/linux/mm.h:__vmemmap_can_optimize,
 * ARCH_WANT_OPTIMIZE_DAX_VMEMMAP), powerpc with one of two kinds of page tables.
 */
static enum tristate shares_struct_pages(const struct machine *machine)
{
	static const char *const archs[] = { "x86_64", "riscv64" };
	uint64_t size = machine->struct_page_size;
	size_t i;

	if ((size & (size - 1)) != 0)
		return TRI_NO;
	for (i = 0; machine->arch != NULL && i < ARRAY_SIZE(archs); i++) {
		if (strcmp(machine->arch, archs[i]) == 0)
			return TRI_YES;
	}
	return TRI_UNKNOWN;
}

/*
 * device_dax maps units of its alignment, whose tail pages are all alike: of each, two pages are kept
 * (drivers/dax/device.c:dev_dax_probe). fsdev_dax does nothing of the kind (7.2).
 */
static uint64_t kept_pages(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
			   enum driver driver, uint64_t bytes)
{
	if (driver != DRIVER_DEVICE_DAX || shares_struct_pages(&snapshot->machine) == TRI_NO ||
	    all_pages(snapshot, device->align) <= KEPT_PAGES)
		return all_pages(snapshot, bytes);
	return divide_up(bytes, device->align) * KEPT_PAGES;
}

struct taken {
	uint64_t all;	/* struct pages */
	uint64_t kept;	/* of which these are not the same page again */
	uint64_t pages; /* of which these do not lie on the memory itself */
};

static void add_taken(const struct memhp_snapshot *snapshot, const struct memhp_device *device,
		      enum driver driver, const struct mapping *mapping, struct taken *taken)
{
	uint64_t header = header_bytes(snapshot, mapping);
	uint64_t bytes = undescribed_bytes(snapshot, mapping->start - header, mapping->end + 1);
	uint64_t all = all_pages(snapshot, bytes);
	uint64_t kept = kept_pages(snapshot, device, driver, bytes);
	bool on_itself = all > 0 && header >= all * snapshot->machine.page_size;
	/* Where nobody knows it is the most that is taken, and the least that is given back. */
	bool all_taken =
		shares_struct_pages(&snapshot->machine) == TRI_UNKNOWN && device->driver != driver;

	/* What lies there is never shared (mm/sparse-vmemmap.c:vmemmap_can_optimize, 6.12 and 7.2). */
	taken->all += all;
	taken->kept += on_itself ? all : kept;
	taken->pages += on_itself ? 0 : all_taken ? all : kept;
}

static struct taken taken_by(const struct memhp_snapshot *snapshot,
			     const struct memhp_device *device, enum driver driver)
{
	struct taken taken = { 0 };
	size_t i;

	if ((driver != DRIVER_DEVICE_DAX && driver != DRIVER_FSDEV_DAX) ||
	    snapshot_block_pages(snapshot) == 0)
		return taken;
	for (i = 0; i < device->mapping_count; i++)
		add_taken(snapshot, device, driver, &device->mappings[i], &taken);
	return taken;
}

/* ---- what is counted ---- */

/* What of nr_memmap_pages is not for blocks; false where that is not known. */
static bool counted_beside_blocks(const struct memhp_snapshot *snapshot, uint64_t *ret_pages)
{
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].origin == MEMHP_ORIGIN_UNKNOWN)
			return false;
		if (snapshot->blocks[i].origin != MEMHP_ORIGIN_BOOT)
			pages += snapshot_memmap_pages(snapshot);
	}
	if (snapshot->machine.memmap_pages < 0 || (uint64_t)snapshot->machine.memmap_pages < pages)
		return false;
	*ret_pages = (uint64_t)snapshot->machine.memmap_pages - pages;
	return true;
}

/* Of device_dax's struct pages. */
enum counting {
	COUNTS_EITHER,
	COUNTS_ALL,  /* mm/sparse-vmemmap.c, 6.12 */
	COUNTS_KEPT, /* those alone that are kept: section_nr_vmemmap_pages, 7.2 */
};

/* No file says which; what is counted now does, if device_dax has a device. */
static enum counting counting_of(const struct memhp_snapshot *snapshot)
{
	struct taken now = { 0 };
	uint64_t beside;
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		struct taken one =
			taken_by(snapshot, &snapshot->devices[i], snapshot->devices[i].driver);

		now.all += one.all;
		now.kept += one.kept;
	}
	if (now.all == now.kept || snapshot->machine.memmap_uncounted != 0 ||
	    !counted_beside_blocks(snapshot, &beside) || (beside != now.all && beside != now.kept))
		return COUNTS_EITHER;
	return beside == now.all ? COUNTS_ALL : COUNTS_KEPT;
}

struct memmap_cost memmap_of_driver(const struct memhp_snapshot *snapshot,
				    const struct memhp_device *device, enum driver driver)
{
	struct taken taken = taken_by(snapshot, device, driver);
	enum counting counting = taken.all != taken.kept ? counting_of(snapshot) : COUNTS_EITHER;

	return (struct memmap_cost){
		.pages = taken.pages,
		.counted = counting == COUNTS_KEPT ? taken.kept : taken.all,
		.counted_kept = counting == COUNTS_ALL ? taken.all : taken.kept,
	};
}

size_t memmap_counts(const struct machine *machine, uint64_t *counts)
{
	int64_t all = machine->memmap_pages, kept = all - machine->memmap_uncounted;

	if (all < 0)
		return 0;
	counts[0] = (uint64_t)MIN(all, kept);
	counts[1] = (uint64_t)MAX(all, kept);
	return all == kept ? 1 : 2;
}
