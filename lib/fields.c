/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every value of every object by a row of a table: the public side and the walk over objects. The
 * rows themselves are in fields-*.c, by kind. Reads what it is given; keeps nothing.
 */
#include <errno.h>
#include <string.h>

#include "event.h"
#include "fields.h"
#include "policy-view.h"
#include "rule.h"

static const struct memhp_field *const tables[MEMHP_KIND_COUNT] = {
	[MEMHP_KIND_MACHINE] = machine_fields,
	[MEMHP_KIND_BUDGET] = budget_fields,
	[MEMHP_KIND_BLOCK] = block_fields,
	[MEMHP_KIND_RANGE] = range_fields,
	[MEMHP_KIND_DEVICE] = device_fields,
	[MEMHP_KIND_REGION] = region_fields,
	[MEMHP_KIND_NODE] = node_fields,
	[MEMHP_KIND_ZONE] = zone_fields,
	[MEMHP_KIND_MEMMAP] = memmap_fields,
	[MEMHP_KIND_NOTE] = note_fields,
	[MEMHP_KIND_ERROR] = error_fields,
	[MEMHP_KIND_RULE] = rule_fields,
	[MEMHP_KIND_PLAN] = plan_fields,
	[MEMHP_KIND_STEP] = step_fields,
	[MEMHP_KIND_CHANGE] = change_fields,
	[MEMHP_KIND_FINDING] = finding_fields,
	[MEMHP_KIND_REPORT] = report_fields,
	[MEMHP_KIND_RESULT] = result_fields,
	[MEMHP_KIND_DIFFERENCE] = difference_fields,
	[MEMHP_KIND_POLICY] = policy_fields,
	[MEMHP_KIND_POLICY_VALUE] = policy_value_fields,
	[MEMHP_KIND_POLICY_MATCH] = policy_match_fields,
	[MEMHP_KIND_CHECK] = check_fields,
	[MEMHP_KIND_EVENT] = event_fields,
	[MEMHP_KIND_POLICY_MISMATCH] = policy_mismatch_fields,
	[MEMHP_KIND_MAPPING] = mapping_fields,
	[MEMHP_KIND_MEMDEV] = memdev_fields,
	[MEMHP_KIND_BLOCK_COUNT] = block_count_fields,
	[MEMHP_KIND_REQUEST] = request_fields,
	[MEMHP_KIND_NODE_BUDGET] = node_budget_fields,
	[MEMHP_KIND_MEMMAP_COST] = memmap_cost_fields,
	[MEMHP_KIND_MEMMAP_SHARE] = memmap_share_fields,
};

/* ------------------------------------------------------------------------------------- fields */

EXPORT const struct memhp_field *memhp_field_get_first(enum memhp_kind kind)
{
	if ((unsigned int)kind >= MEMHP_KIND_COUNT)
		return NULL;
	return tables[kind];
}

EXPORT const struct memhp_field *memhp_field_get_next(const struct memhp_field *field)
{
	return field[1].key != NULL ? field + 1 : NULL;
}

EXPORT const struct memhp_field *memhp_field_get_by_key(enum memhp_kind kind, const char *key)
{
	const struct memhp_field *field;

	for (field = memhp_field_get_first(kind); field != NULL;
	     field = memhp_field_get_next(field))
		if (strcmp(field->key, key) == 0)
			return field;
	return NULL;
}

EXPORT const char *memhp_field_get_key(const struct memhp_field *field)
{
	return field->key;
}

EXPORT const char *memhp_field_get_column(const struct memhp_field *field)
{
	return field->column;
}

EXPORT const char *memhp_field_get_summary(const struct memhp_field *field)
{
	return field->summary;
}

EXPORT enum memhp_type memhp_field_get_type(const struct memhp_field *field)
{
	return field->type;
}

EXPORT enum memhp_type memhp_field_get_item_type(const struct memhp_field *field)
{
	return field->item_type;
}

EXPORT enum memhp_kind memhp_field_get_item_kind(const struct memhp_field *field)
{
	return field->item_kind;
}

EXPORT enum memhp_unit memhp_field_get_unit(const struct memhp_field *field)
{
	return field->unit;
}

EXPORT bool memhp_field_is_default(const struct memhp_field *field)
{
	return field->is_default;
}

/* Whether FIELD is a row of the object's kind: it lies in that kind's table. */
static bool field_fits(const struct memhp_field *field, const struct memhp_object *object)
{
	const struct memhp_field *row = memhp_field_get_first(object->kind);

	/* By hand: this is asked for each value of each block. */
	while (row != NULL && row->key != NULL && row != field)
		row++;
	return row == field && row != NULL;
}

EXPORT int memhp_field_get(const struct memhp_field *field, const struct memhp_object *object,
			   struct memhp_value *ret_value)
{
	if (!field_fits(field, object))
		return -EINVAL;
	field->get(field, object, ret_value);
	return 0;
}

EXPORT int memhp_field_get_item(const struct memhp_field *field, const struct memhp_object *object,
				size_t index, struct memhp_value *ret_value)
{
	struct memhp_value list;

	if (!field_fits(field, object) || field->get_item == NULL)
		return -EINVAL;
	field->get(field, object, &list);
	if (list.type != MEMHP_TYPE_LIST || index >= list.count)
		return -ERANGE;
	field->get_item(object, index, ret_value);
	return 0;
}

/* ------------------------------------------------------------------------------------ cursors */

EXPORT struct memhp_object memhp_snapshot_get_object(const struct memhp_snapshot *snapshot,
						     enum memhp_kind kind)
{
	/* Of other kinds there are several, or none: no field fits what is no kind. */
	if (kind != MEMHP_KIND_MACHINE && kind != MEMHP_KIND_BUDGET)
		kind = MEMHP_KIND_COUNT;
	/* A budget without an item is worked out when asked; a plan's are kept in the plan. */
	return (struct memhp_object){ .kind = kind,
				      .owner = snapshot,
				      .item = kind == MEMHP_KIND_MACHINE ? &snapshot->machine :
									   NULL };
}

EXPORT struct memhp_object memhp_plan_get_object(const struct memhp_plan *plan)
{
	return (struct memhp_object){ .kind = MEMHP_KIND_PLAN, .owner = plan, .item = plan };
}

EXPORT struct memhp_object memhp_check_get_object(const struct memhp_plan *plan)
{
	return (struct memhp_object){ .kind = MEMHP_KIND_CHECK, .owner = plan, .item = plan };
}

EXPORT struct memhp_object memhp_policy_get_object(const struct memhp_policy *policy)
{
	return (struct memhp_object){ .kind = MEMHP_KIND_POLICY, .owner = policy, .item = policy };
}

EXPORT struct memhp_object memhp_report_get_object(const struct memhp_report *report)
{
	return (struct memhp_object){ .kind = MEMHP_KIND_REPORT, .owner = report, .item = report };
}

EXPORT void memhp_cursor_init(struct memhp_cursor *cursor, const void *owner, enum memhp_kind kind)
{
	*cursor = (struct memhp_cursor){ .kind = kind, .owner = owner, .end = SIZE_MAX };
}

/* Item INDEX of an array, NULL past its end. */
#define ITEM(array, array_count) (index < (array_count) ? (const void *)&(array)[index] : NULL)

static const void *snapshot_item(const struct memhp_snapshot *snapshot, enum memhp_kind kind,
				 size_t index)
{
	switch (kind) {
	case MEMHP_KIND_BLOCK:
		return ITEM(snapshot->blocks, snapshot->block_count);
	case MEMHP_KIND_DEVICE:
		return (snapshot->missing & SCAN_DEVICES) != 0 ?
			       NULL :
			       ITEM(snapshot->devices, snapshot->device_count);
	case MEMHP_KIND_REGION:
		return ITEM(snapshot->regions, snapshot->region_count);
	case MEMHP_KIND_NODE:
		return (snapshot->missing & SCAN_NODES) != 0 ?
			       NULL :
			       ITEM(snapshot->nodes, snapshot->node_count);
	case MEMHP_KIND_MEMMAP:
		return ITEM(snapshot->nodes, snapshot->node_count);
	case MEMHP_KIND_ZONE:
		return ITEM(snapshot->zones, snapshot->zone_count);
	case MEMHP_KIND_ERROR:
		return ITEM(snapshot->errors, snapshot->error_count);
	default:
		return NULL;
	}
}

static const void *plan_item(const struct memhp_plan *plan, enum memhp_kind kind, size_t index)
{
	switch (kind) {
	case MEMHP_KIND_STEP:
		return ITEM(plan->steps, plan->step_count);
	case MEMHP_KIND_CHANGE:
		return ITEM(plan->changes.items, plan->changes.count);
	case MEMHP_KIND_FINDING:
		return ITEM(plan->findings.items, plan->findings.count);
	default:
		return NULL;
	}
}

static const void *policy_item(const struct memhp_policy *policy, enum memhp_kind kind,
			       size_t index)
{
	if (kind == MEMHP_KIND_POLICY_VALUE)
		return ITEM(policy->policy.values, policy->policy.value_count);
	return ITEM(policy->matched, policy->matched_count);
}

static const void *report_item(const struct memhp_report *report, enum memhp_kind kind,
			       size_t index)
{
	if (kind == MEMHP_KIND_DIFFERENCE)
		return difference_block(report, index);
	return ITEM(report->results, report->result_count);
}

static const void *event_item(const struct memhp_events *events, size_t index)
{
	return ITEM(events->items, events->count);
}

/* Kinds of which an owner has exactly one. */
static bool single_next(struct memhp_cursor *cursor, struct memhp_object object,
			struct memhp_object *ret_object)
{
	if (cursor->index++ > 0)
		return false;
	*ret_object = object;
	return true;
}

EXPORT void memhp_cursor_select(struct memhp_cursor *cursor,
				const struct memhp_selection *selection)
{
	cursor->selection = selection;
}

/* The next item of any kind, whether it belongs to the selection or not. */
static const void *next_item(struct memhp_cursor *cursor)
{
	_Static_assert(sizeof(struct range) <= sizeof(cursor->scratch), "a range fits in a cursor");
	_Static_assert(sizeof(struct note) <= sizeof(cursor->scratch), "a note fits in a cursor");
	switch (cursor->kind) {
	case MEMHP_KIND_RANGE:
		return range_next(cursor->owner, cursor->selection, &cursor->index,
				  (struct range *)cursor->scratch) ?
			       cursor->scratch :
			       NULL;
	case MEMHP_KIND_NOTE:
		return note_next(cursor->owner, &cursor->index, (struct note *)cursor->scratch) ?
			       cursor->scratch :
			       NULL;
	case MEMHP_KIND_RULE:
		return rules[cursor->index] != NULL ? rules[cursor->index++] : NULL;
	case MEMHP_KIND_STEP:
	case MEMHP_KIND_CHANGE:
	case MEMHP_KIND_FINDING:
		return plan_item(cursor->owner, cursor->kind, cursor->index++);
	case MEMHP_KIND_POLICY_VALUE:
	case MEMHP_KIND_POLICY_MATCH:
		return policy_item(cursor->owner, cursor->kind, cursor->index++);
	case MEMHP_KIND_RESULT:
	case MEMHP_KIND_DIFFERENCE:
		return report_item(cursor->owner, cursor->kind, cursor->index++);
	case MEMHP_KIND_EVENT:
		return event_item(cursor->owner, cursor->index++);
	default:
		return cursor->index >= cursor->end ?
			       NULL :
			       snapshot_item(cursor->owner, cursor->kind, cursor->index++);
	}
}

EXPORT bool memhp_cursor_next(struct memhp_cursor *cursor, struct memhp_object *ret_object)
{
	struct memhp_object object = { .kind = cursor->kind, .owner = cursor->owner };

	switch (cursor->kind) {
	case MEMHP_KIND_MACHINE:
	case MEMHP_KIND_BUDGET:
		object = memhp_snapshot_get_object(cursor->owner, cursor->kind);
		return single_next(cursor, object, ret_object);
	case MEMHP_KIND_PLAN:
		return single_next(cursor, memhp_plan_get_object(cursor->owner), ret_object);
	case MEMHP_KIND_CHECK:
		return single_next(cursor, memhp_check_get_object(cursor->owner), ret_object);
	case MEMHP_KIND_POLICY:
		return single_next(cursor, memhp_policy_get_object(cursor->owner), ret_object);
	case MEMHP_KIND_REPORT:
		return single_next(cursor, memhp_report_get_object(cursor->owner), ret_object);
	default:
		break;
	}
	do {
		object.item = next_item(cursor);
		if (object.item == NULL)
			return false;
	} while (cursor->selection != NULL && !selection_has(cursor->selection, &object));
	*ret_object = object;
	return true;
}
