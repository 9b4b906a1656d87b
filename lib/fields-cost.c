/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of what a plan costs: the budget of each node, and the kernel memory that describes what
 * is added, with the nodes that it comes from.
 */
#include "fields.h"

/* An object that lies in the item, at the row's offset. */
GETTER(get_budget)
{
	value_object(ret_value, field->item_kind, object->owner,
		     (const char *)object->item + field->offset);
}

#define N(member) AT(struct node_budget, member)

const struct memhp_field node_budget_fields[] = {
	ROW("node", "NODE", UINT, NONE, SHOWN, field_int, N(node), "number of the node"),
	OBJECT_ROW("before", "BEFORE", BUDGET, get_budget, N(before), "its budget as it is"),
	OBJECT_ROW("lowest", "LOWEST", BUDGET, get_budget, N(lowest),
		   "its budget at the machine's leanest moment on the way"),
	OBJECT_ROW("after", "AFTER", BUDGET, get_budget, N(after), "its budget as it will be"),
	END_ROW
};

static const struct memmap_need *need_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_device)
{
	const struct memhp_plan *plan = object->owner;

	value_text(ret_value, snapshot_device_name(plan->before, need_of(object)->device));
}

GETTER(get_driver)
{
	value_text(ret_value, driver_name(need_of(object)->driver));
}

GETTER(get_shares)
{
	value_list(ret_value, need_of(object)->share_count);
}

ITEM_GETTER(get_share)
{
	const struct memhp_plan *plan = object->owner;

	value_object(ret_value, MEMHP_KIND_MEMMAP_SHARE, plan,
		     &plan->shares[need_of(object)->share_first + index]);
}

#define M(member) AT(struct memmap_need, member)

const struct memhp_field memmap_cost_fields[] = {
	ROW("device", "DEVICE", STRING, NONE, SHOWN, get_device, 0, "whose memory is described"),
	ROW("driver", "DRIVER", STRING, NONE, SHOWN, get_driver, 0, "the driver that does it"),
	ROW("kernel_zone_bytes", "KERNEL-ZONES", UINT, BYTES, SHOWN, field_uint64, M(bytes),
	    "struct pages that are taken from kernel zones"),
	ROW("on_memory_bytes", "ON-MEMORY", UINT, BYTES, SHOWN, field_uint64, M(on_memory_bytes),
	    "struct pages that lie on the memory itself"),
	ROW("room_bytes", "ROOM", UINT, BYTES, SHOWN, field_uint64, M(room),
	    "what there is for them in kernel zones then, less the policy's reserve"),
	OBJECTS_ROW("nodes", "NODES", MEMMAP_SHARE, get_shares, get_share,
		    "the nodes whose kernel zones give it, in the kernel's order"),
	END_ROW
};

const struct memhp_field memmap_share_fields[] = {
	ROW("node", "NODE", UINT, NONE, SHOWN, field_int, AT(struct memmap_share, node),
	    "number of the node"),
	ROW("kernel_zone_bytes", "KERNEL-ZONES", UINT, BYTES, SHOWN, field_uint64,
	    AT(struct memmap_share, bytes), "what its kernel zones give"),
	END_ROW
};
