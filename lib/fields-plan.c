/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a plan and of the request in it. What it consists of has files of its own.
 */
#include "fields.h"
#include "memmap.h"

/* ------------------------------------------------------------------------------------ request */

static const struct request *request_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_targets)
{
	value_list(ret_value, request_of(object)->target_count);
}

ITEM_GETTER(get_target)
{
	value_text(ret_value, request_of(object)->targets[index]);
}

/* The zone of the request itself: what the policy makes of it is seen in the steps. */
GETTER(get_zone_choice)
{
	enum memhp_zone_choice zone = request_of(object)->options.zone;

	value_text(ret_value, zone != MEMHP_ZONE_UNSET ? memhp_zone_choice_to_string(zone) : NULL);
}

GETTER(get_memmap_choice)
{
	enum memhp_memmap_choice memmap = request_of(object)->options.memmap_on_memory;

	value_text(ret_value,
		   memmap != MEMHP_MEMMAP_UNSET ? memhp_memmap_choice_to_string(memmap) : NULL);
}

GETTER(get_on_error)
{
	enum memhp_on_error on_error = request_of(object)->options.on_error;

	value_text(ret_value,
		   on_error != MEMHP_ON_ERROR_UNSET ? memhp_on_error_to_string(on_error) : NULL);
}

/* The row's offset is the bit that it shows. */
GETTER(get_flag)
{
	value_bool(ret_value, request_of(object)->options.flags & field->offset);
}

#define Q(member) AT(struct request, member)

const struct memhp_field request_fields[] = {
	LIST_ROW("targets", "TARGETS", STRING, SHOWN, get_targets, get_target,
		 "what it is about, as given"),
	ROW("zone", "ZONE", STRING, NONE, SHOWN, get_zone_choice, 0,
	    "zone asked for; null: as the policy says"),
	ROW("move", "MOVE", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_MOVE,
	    "whether blocks online in another zone are moved"),
	ROW("memmap_on_memory", "MEMMAP-ON-MEMORY", STRING, NONE, HIDDEN, get_memmap_choice, 0,
	    "whether added memory is to hold its own struct pages"),
	ROW("size", "SIZE", UINT, BYTES, HIDDEN, field_nonzero, Q(options.amount),
	    "how much of the targets, or of a device that is made; null: all"),
	ROW("align", "ALIGN", UINT, BYTES, HIDDEN, field_nonzero, Q(options.align),
	    "alignment of a device that is made; null: as its region has it"),
	ROW("contiguous", "CONTIGUOUS", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_CONTIGUOUS,
	    "whether that must be in one piece"),
	ROW("force", "FORCE", STRING, NONE, HIDDEN, field_text, Q(force),
	    "rules whose deny is lifted"),
	ROW("boot_memory", "BOOT-MEMORY", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_BOOT_MEMORY,
	    "whether boot memory may be touched"),
	ROW("yes", "YES", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_YES,
	    "whether the removal of everything is confirmed"),
	ROW("from_policy", "FROM-POLICY", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_FROM_POLICY,
	    "whether all comes from the policy"),
	ROW("new", "NEW", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_NEW,
	    "whether only blocks that have come since are meant"),
	ROW("restore", "RESTORE", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_RESTORE,
	    "whether auto_online_blocks is put back"),
	ROW("unbound", "UNBOUND", BOOL, NONE, HIDDEN, get_flag, MEMHP_REQUEST_UNBOUND,
	    "whether a removed device is left without a driver"),
	ROW("on_error", "ON-ERROR", STRING, NONE, HIDDEN, get_on_error, 0,
	    "what follows a failure; null: as the policy says"),
	END_ROW
};

/* --------------------------------------------------------------------------------------- plan */

#define P(member) AT(struct memhp_plan, member)

static const struct memhp_plan *plan_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_operation)
{
	enum memhp_operation operation = plan_of(object)->request.options.operation;

	value_text(ret_value,
		   operation != MEMHP_OPERATION_NONE ? memhp_operation_to_string(operation) : NULL);
}

GETTER(get_verdict)
{
	value_text(ret_value, memhp_verdict_to_string(plan_of(object)->verdict));
}

/* An object that lies in the plan, at the row's offset. */
GETTER(get_part)
{
	value_object(ret_value, field->item_kind, object->owner,
		     (const char *)object->item + field->offset);
}

GETTER(get_steps)
{
	value_list(ret_value, plan_of(object)->step_count);
}

ITEM_GETTER(get_step)
{
	value_object(ret_value, MEMHP_KIND_STEP, object->owner, &plan_of(object)->steps[index]);
}

static bool touches(const struct memhp_plan *plan, size_t device)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++)
		if (plan->steps[i].device == device)
			return true;
	return false;
}

/* Of the devices in the plan; what one of them leaves out may not be known, then the sum is not. */
GETTER(get_trimmed)
{
	const struct memhp_snapshot *snapshot = plan_of(object)->before;
	uint64_t sum = 0, bytes;
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		if (!touches(plan_of(object), i))
			continue;
		if (!device_trimmed_bytes(snapshot, &snapshot->devices[i], &bytes)) {
			value_null(ret_value);
			return;
		}
		sum += bytes;
	}
	value_uint(ret_value, sum);
}

GETTER(get_changes)
{
	value_list(ret_value, plan_of(object)->changes.count);
}

ITEM_GETTER(get_change)
{
	value_object(ret_value, MEMHP_KIND_CHANGE, object->owner,
		     &plan_of(object)->changes.items[index]);
}

GETTER(get_findings)
{
	value_list(ret_value, plan_of(object)->findings.count);
}

ITEM_GETTER(get_finding)
{
	value_object(ret_value, MEMHP_KIND_FINDING, object->owner,
		     &plan_of(object)->findings.items[index]);
}

GETTER(get_reasons)
{
	value_list(ret_value, plan_of(object)->story.reasons.count);
}

ITEM_GETTER(get_reason)
{
	value_text(ret_value, plan_of(object)->story.reasons.items[index]);
}

GETTER(get_seconds)
{
	value_double(ret_value, plan_of(object)->story.seconds);
}

GETTER(get_undo)
{
	value_list(ret_value, plan_of(object)->story.undo.count);
}

ITEM_GETTER(get_undo_item)
{
	value_text(ret_value, plan_of(object)->story.undo.items[index]);
}

GETTER(get_undo_certain)
{
	if (plan_of(object)->story.undo.count > 0)
		value_bool(ret_value, plan_of(object)->story.undo_certain);
	else
		value_null(ret_value);
}

/* The device that is made or taken away, by its last step; one request makes one. */
GETTER(get_device)
{
	plan_device(plan_of(object), ret_value->buffer);
	value_text(ret_value, ret_value->buffer[0] != '\0' ? ret_value->buffer : NULL);
}

GETTER(get_node_budgets)
{
	value_list(ret_value, plan_of(object)->node_budget_count);
}

ITEM_GETTER(get_node_budget)
{
	value_object(ret_value, MEMHP_KIND_NODE_BUDGET, object->owner,
		     &plan_of(object)->node_budgets[index]);
}

GETTER(get_memmap_costs)
{
	value_list(ret_value, plan_of(object)->need_count);
}

ITEM_GETTER(get_memmap_cost)
{
	value_object(ret_value, MEMHP_KIND_MEMMAP_COST, object->owner,
		     &plan_of(object)->needs[index]);
}

/* What there is of memory, for the kernel or for programs, less what describes it. */
GETTER(get_usable_gained)
{
	const struct memhp_plan *plan = plan_of(object);
	__int128 pages = 0, bytes = plan->memmap_given;
	size_t i;

	if (plan->before->zone_count == 0) {
		value_null(ret_value);
		return;
	}
	for (i = 0; i < plan->before->zone_count; i++)
		pages -= plan->before->zones[i].managed;
	for (i = 0; i < plan->predicted->zone_count; i++)
		pages += plan->predicted->zones[i].managed;
	for (i = 0; i < plan->need_count; i++)
		bytes -= plan->needs[i].bytes;
	bytes += pages * plan->before->machine.page_size;
	if (bytes == (int64_t)bytes)
		value_int(ret_value, (int64_t)bytes);
	else
		value_null(ret_value);
}

GETTER(get_nodes_after)
{
	value_list(ret_value, plan_of(object)->predicted->node_count);
}

ITEM_GETTER(get_node_after)
{
	const struct memhp_snapshot *predicted = plan_of(object)->predicted;

	value_object(ret_value, MEMHP_KIND_NODE, predicted, &predicted->nodes[index]);
}

GETTER(get_zones_after)
{
	value_list(ret_value, plan_of(object)->predicted->zone_count);
}

ITEM_GETTER(get_zone_after)
{
	const struct memhp_snapshot *predicted = plan_of(object)->predicted;

	value_object(ret_value, MEMHP_KIND_ZONE, predicted, &predicted->zones[index]);
}

GETTER(get_memmap_pages_after)
{
	uint64_t counts[MEMMAP_COUNTS_MAX];

	if (memmap_counts(&plan_of(object)->predicted->machine, counts) == 1)
		value_uint(ret_value, counts[0]);
	else
		value_null(ret_value);
}

GETTER(get_memmap_counts)
{
	uint64_t counts[MEMMAP_COUNTS_MAX];
	size_t count = memmap_counts(&plan_of(object)->predicted->machine, counts);

	if (count > 0)
		value_list(ret_value, count);
	else
		value_null(ret_value);
}

ITEM_GETTER(get_memmap_count)
{
	uint64_t counts[MEMMAP_COUNTS_MAX];

	memmap_counts(&plan_of(object)->predicted->machine, counts);
	value_uint(ret_value, counts[index]);
}

const struct memhp_field plan_fields[] = {
	ROW("operation", "OPERATION", STRING, NONE, SHOWN, get_operation, 0,
	    "add, online, offline, remove, create or destroy"),
	ROW("plan_id", "PLAN", STRING, NONE, SHOWN, field_array, P(plan_id),
	    "identifier made from the fingerprint"),
	ROW("fingerprint", "FINGERPRINT", STRING, NONE, HIDDEN, field_text, P(fingerprint),
	    "all that the plan depends on"),
	OBJECT_ROW("request", "REQUEST", REQUEST, get_part, P(request), "what was asked for"),
	ROW("verdict", "VERDICT", STRING, NONE, SHOWN, get_verdict, 0, "allow, warn or deny"),
	OBJECTS_ROW("steps", "STEPS", STEP, get_steps, get_step, "what is done, in order"),
	OBJECT_ROW("before", "BEFORE", BUDGET, get_part, P(budget_before), "the budget as it is"),
	OBJECT_ROW("after", "AFTER", BUDGET, get_part, P(budget_after), "the budget as it will be"),
	OBJECT_ROW("lowest", "LOWEST", BUDGET, get_part, P(budget_lowest),
		   "the budget at the leanest moment on the way"),
	OBJECTS_ROW("node_budgets", "NODE-BUDGETS", NODE_BUDGET, get_node_budgets, get_node_budget,
		    "the same of each node"),
	OBJECTS_ROW("memmap_costs", "MEMMAP-COSTS", MEMMAP_COST, get_memmap_costs, get_memmap_cost,
		    "what describes the memory that drivers take, and whose memory that is"),
	ROW("memmap_given_bytes", "MEMMAP-GIVEN", UINT, BYTES, HIDDEN, field_uint64,
	    P(memmap_given), "struct pages in kernel zones that drivers give back"),
	ROW("usable_gained_bytes", "GAINED", INT, BYTES, HIDDEN, get_usable_gained, 0,
	    "memory more than before for the kernel and for programs, less what describes it"),
	OBJECTS_ROW("nodes_after", "NODES", NODE, get_nodes_after, get_node_after,
		    "the nodes as they will be"),
	OBJECTS_ROW("zones_after", "ZONES", ZONE, get_zones_after, get_zone_after,
		    "the zones as they will be"),
	ROW("memmap_pages_after", "MEMMAP-PAGES", UINT, PAGES, HIDDEN, get_memmap_pages_after, 0,
	    "what nr_memmap_pages will say; null: this kernel does not count them, or one of "
	    "those in memmap_pages_may_be"),
	LIST_ROW("memmap_pages_may_be", "MEMMAP-PAGES-MAY-BE", UINT, HIDDEN, get_memmap_counts,
		 get_memmap_count,
		 "what nr_memmap_pages may say, ascending: two counts where nothing tells which of "
		 "device_dax's pages this kernel counts; null: it counts none, or it is not known"),
	ROW("device", "DEVICE", STRING, NONE, HIDDEN, get_device, 0,
	    "create, destroy: device that is made, or taken away (of several the last); null: "
	    "none"),
	OBJECTS_ROW("changes", "CHANGES", CHANGE, get_changes, get_change,
		    "runs of blocks that change alike"),
	ROW("trimmed_bytes", "TRIMMED", UINT, BYTES, HIDDEN, get_trimmed, 0,
	    "what whole blocks leave out of the plan's devices"),
	OBJECTS_ROW("findings", "FINDINGS", FINDING, get_findings, get_finding,
		    "what the rules say"),
	LIST_ROW("reasons", "REASONS", STRING, HIDDEN, get_reasons, get_reason,
		 "why there is anything to do"),
	ROW("estimated_seconds", "ESTIMATE", DOUBLE, SECONDS, HIDDEN, get_seconds, 0,
	    "about how long it will take on a server of today"),
	LIST_ROW("undo", "UNDO", STRING, HIDDEN, get_undo, get_undo_item,
		 "commands that undo it afterwards, in their order"),
	ROW("undo_certain", "UNDO-CERTAIN", BOOL, NONE, HIDDEN, get_undo_certain, 0,
	    "false: something is known that may stand in the way of that; null: nothing to undo"),
	END_ROW
};
