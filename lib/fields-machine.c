/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of what a machine has one of (machine, budget) and of what could not be read.
 */
#include "fields.h"

#define M(member) AT(struct machine, member)

static const struct machine *machine_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_auto_online)
{
	enum online_word word = machine_of(object)->auto_online;

	value_text(ret_value, word != WORD_UNKNOWN ? online_word_name(word) : NULL);
}

GETTER(get_memmap_mode)
{
	enum memmap_mode mode = machine_of(object)->memmap_on_memory;

	value_text(ret_value, mode != MEMMAP_MODE_UNKNOWN ? memmap_mode_name(mode) : NULL);
}

const struct memhp_field machine_fields[] = {
	ROW("hostname", "HOSTNAME", STRING, NONE, SHOWN, field_text, M(hostname),
	    "name of the host"),
	ROW("boot_id", "BOOT-ID", STRING, NONE, HIDDEN, field_text, M(boot_id),
	    "identifier of this boot"),
	ROW("kernel", "KERNEL", STRING, NONE, SHOWN, field_text, M(kernel),
	    "release of the running kernel"),
	ROW("arch", "ARCH", STRING, NONE, SHOWN, field_text, M(arch),
	    "architecture, in the kernel's word"),
	ROW("page_size", "PAGE-SIZE", UINT, BYTES, HIDDEN, field_nonzero, M(page_size),
	    "size of a page"),
	ROW("struct_page_size", "STRUCT-PAGE", UINT, BYTES, HIDDEN, field_nonzero,
	    M(struct_page_size), "what the kernel spends on describing one page"),
	ROW("block_size", "BLOCK-SIZE", UINT, BYTES, SHOWN, field_nonzero, M(block_size),
	    "size of a memory block"),
	ROW("auto_online", "AUTO-ONLINE", STRING, NONE, SHOWN, get_auto_online, 0,
	    "what the kernel does with memory that is added: offline, online, online_kernel, "
	    "online_movable"),
	ROW("online_policy", "ONLINE-POLICY", STRING, NONE, HIDDEN, field_text, M(online_policy),
	    "how the kernel chooses a zone by itself: contig-zones or auto-movable"),
	ROW("auto_movable_ratio", "AUTO-MOVABLE-RATIO", UINT, PERCENT, HIDDEN, field_int64,
	    M(auto_movable_ratio), "movable to kernel memory that auto-movable keeps to"),
	ROW("auto_movable_numa_aware", "NUMA-AWARE", BOOL, NONE, HIDDEN, field_tristate,
	    M(auto_movable_numa_aware),
	    "whether auto-movable keeps to its ratio on each node as well"),
	ROW("memmap_on_memory", "MEMMAP-ON-MEMORY", STRING, NONE, SHOWN, get_memmap_mode, 0,
	    "whether added memory may hold its own memmap: off, on, force"),
	END_ROW
};

/*
 * A plan's budgets lie in the plan; a snapshot's is worked out when a value is asked for, which
 * costs a pass over zones and blocks and keeps a snapshot free of anything that is not read.
 */
static const struct memhp_budget *budget_of(const struct memhp_object *object,
					    struct memhp_budget *scratch)
{
	if (object->item != NULL)
		return object->item;
	budget_compute(object->owner, scratch);
	return scratch;
}

GETTER(get_budget)
{
	struct memhp_budget scratch;
	const char *budget = (const char *)budget_of(object, &scratch);

	value_known(ret_value, *(const int64_t *)(budget + field->offset));
}

GETTER(get_count)
{
	struct memhp_budget scratch;
	const char *budget = (const char *)budget_of(object, &scratch);

	value_uint(ret_value, *(const uint64_t *)(budget + field->offset));
}

GETTER(get_block_count)
{
	value_object(ret_value, MEMHP_KIND_BLOCK_COUNT, object->owner, object->item);
}

#define B(member) AT(struct memhp_budget, member)

const struct memhp_field budget_fields[] = {
	ROW("kernel_bytes", "KERNEL", UINT, BYTES, SHOWN, get_budget, B(kernel_bytes),
	    "memory that the kernel itself can use: managed less CMA, of all zones but Movable"),
	ROW("kernel_free_bytes", "KERNEL-FREE", UINT, BYTES, SHOWN, get_budget,
	    B(kernel_free_bytes), "free memory of these zones"),
	ROW("kernel_available_bytes", "KERNEL-AVAILABLE", UINT, BYTES, SHOWN, get_budget,
	    B(kernel_available_bytes),
	    "free above the high watermarks, and file pages, of these zones"),
	ROW("movable_bytes", "MOVABLE", UINT, BYTES, SHOWN, get_budget, B(movable_bytes),
	    "memory that only movable pages can use: Movable and CMA"),
	ROW("ratio_percent", "RATIO", UINT, PERCENT, SHOWN, get_budget, B(ratio_percent),
	    "movable to kernel memory, rounded down"),
	ROW("memmap_bytes", "MEMMAP", UINT, BYTES, SHOWN, get_budget, B(memmap_bytes),
	    "struct pages of all blocks, offline ones too"),
	ROW("memmap_on_memory_bytes", "ON-MEMORY", UINT, BYTES, SHOWN, get_budget,
	    B(memmap_on_memory_bytes), "the part of the memmap that lies on the memory itself"),
	ROW("offline_bytes", "OFFLINE", UINT, BYTES, SHOWN, get_budget, B(offline_bytes),
	    "memory of offline blocks"),
	OBJECT_ROW("block_count", "BLOCKS", BLOCK_COUNT, get_block_count, 0,
		   "how many blocks are where"),
	END_ROW
};

const struct memhp_field block_count_fields[] = {
	ROW("offline", "OFFLINE", UINT, BLOCKS, SHOWN, get_count, B(offline_blocks),
	    "blocks that are offline"),
	ROW("kernel", "KERNEL", UINT, BLOCKS, SHOWN, get_count, B(kernel_blocks),
	    "blocks online in a kernel zone"),
	ROW("movable", "MOVABLE", UINT, BLOCKS, SHOWN, get_count, B(movable_blocks),
	    "blocks online in Movable"),
	ROW("none", "NONE", UINT, BLOCKS, SHOWN, get_count, B(none_blocks),
	    "blocks that span several zones"),
	ROW("unknown", "UNKNOWN", UINT, BLOCKS, SHOWN, get_count, B(unknown_blocks),
	    "blocks whose state or zone could not be known"),
	END_ROW
};

const struct memhp_field error_fields[] = {
	ROW("path", "PATH", STRING, NONE, SHOWN, field_text, AT(struct scan_error, path),
	    "what could not be read"),
	ROW("errno", "ERRNO", UINT, NONE, SHOWN, field_int, AT(struct scan_error, rc),
	    "why, as a number"),
	ROW("message", "MESSAGE", STRING, NONE, SHOWN, field_text, AT(struct scan_error, message),
	    "why, in words"),
	END_ROW
};
