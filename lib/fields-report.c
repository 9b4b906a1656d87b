/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a report: how a run ended, block by block, and where it differs from its plan.
 */
#include <string.h>

#include "fields.h"

static const struct memhp_report *report_of(const struct memhp_object *object)
{
	return object->item;
}

static const char *const by_words[] = {
	[BY_NOBODY] = NULL,
	[BY_MEMHP] = "memhp",
	[BY_OTHER] = "other",
};

/* ------------------------------------------------------------------------------------- blocks */

#define T(member) AT(struct memhp_result, member)

static const struct memhp_result *result_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_state)
{
	value_text(ret_value,
		   memhp_state_to_string(*((const uint8_t *)object->item + field->offset)));
}

GETTER(get_zone)
{
	value_text(ret_value, zone_set_word(*((const zone_set *)object->item + field->offset)));
}

GETTER(get_by)
{
	value_text(ret_value, by_words[result_of(object)->by]);
}

GETTER(get_errno)
{
	if (result_of(object)->rc < 0)
		value_uint(ret_value, (uint64_t)-result_of(object)->rc);
	else
		value_null(ret_value);
}

const struct memhp_field result_fields[] = {
	ROW("block", "BLOCK", UINT, NONE, SHOWN, field_uint32, T(block), "number of the block"),
	ROW("before", "BEFORE", STRING, NONE, SHOWN, get_state, T(before_state),
	    "state before the run"),
	ROW("before_zone", "BEFORE-ZONE", STRING, NONE, HIDDEN, get_zone, T(before_zones),
	    "zone before the run"),
	ROW("after", "AFTER", STRING, NONE, SHOWN, get_state, T(after_state), "state after it"),
	ROW("zone", "ZONE", STRING, NONE, SHOWN, get_zone, T(after_zones), "zone after it"),
	ROW("by", "BY", STRING, NONE, SHOWN, get_by, 0,
	    "who changed it: memhp or other; null: nobody"),
	ROW("errno", "ERRNO", UINT, NONE, SHOWN, get_errno, 0, "why it failed, as a number"),
	ROW("message", "MESSAGE", STRING, NONE, SHOWN, field_array, T(message),
	    "why it failed, in words"),
	END_ROW
};

/* -------------------------------------------------------------------------------- differences */

/*
 * A difference is shown block by block and kept by runs. Its item is the block itself: a block that
 * is neither predicted nor there cannot be different.
 */
const struct memhp_block *difference_block(const struct memhp_report *report, size_t index)
{
	size_t i;

	for (i = 0; i < report->differences.count; i++) {
		const struct memhp_change *run = &report->differences.items[i];
		size_t count = (size_t)run->last_block - run->first_block + 1;
		uint32_t number = run->first_block + (uint32_t)index;
		const struct memhp_block *block;

		if (index >= count) {
			index -= count;
			continue;
		}
		block = report->after != NULL ? snapshot_block(report->after, number) : NULL;
		if (block == NULL && report->plan != NULL)
			block = snapshot_block(report->plan->predicted, number);
		return block;
	}
	return NULL;
}

static const struct memhp_change *run_of(const struct memhp_object *object)
{
	const struct memhp_report *report = object->owner;
	uint32_t number = ((const struct memhp_block *)object->item)->number;
	size_t i;

	for (i = 0; i < report->differences.count; i++)
		if (number <= report->differences.items[i].last_block)
			break;
	return &report->differences.items[i];
}

GETTER(get_number)
{
	value_uint(ret_value, ((const struct memhp_block *)object->item)->number);
}

GETTER(get_predicted)
{
	const struct memhp_change *run = run_of(object);

	state_text(ret_value->buffer, sizeof(ret_value->buffer), run->from_state, run->from_zones);
	value_text(ret_value, ret_value->buffer);
}

GETTER(get_observed)
{
	const struct memhp_change *run = run_of(object);

	state_text(ret_value->buffer, sizeof(ret_value->buffer), run->to_state, run->to_zones);
	value_text(ret_value, ret_value->buffer);
}

const struct memhp_field difference_fields[] = {
	ROW("block", "BLOCK", UINT, NONE, SHOWN, get_number, 0, "number of the block"),
	ROW("predicted", "PREDICTED", STRING, NONE, SHOWN, get_predicted, 0,
	    "state and zone by the plan"),
	ROW("observed", "OBSERVED", STRING, NONE, SHOWN, get_observed, 0,
	    "state and zone as read back"),
	END_ROW
};

/* ------------------------------------------------------------------------------------- report */

GETTER(get_verdict)
{
	const struct memhp_plan *plan = report_of(object)->plan;

	value_text(ret_value, plan != NULL ? memhp_verdict_to_string(plan->verdict) : NULL);
}

GETTER(get_request)
{
	const struct memhp_plan *plan = report_of(object)->plan;

	if (plan != NULL)
		value_object(ret_value, MEMHP_KIND_REQUEST, plan, &plan->request);
	else
		value_null(ret_value);
}

GETTER(get_plan_id)
{
	const struct memhp_plan *plan = report_of(object)->plan;

	value_text(ret_value, plan != NULL && plan->plan_id[0] != '\0' ? plan->plan_id : NULL);
}

GETTER(get_operation)
{
	const struct memhp_plan *plan = report_of(object)->plan;

	value_text(ret_value, plan != NULL ?
				      memhp_operation_to_string(plan->request.options.operation) :
				      NULL);
}

GETTER(get_findings)
{
	value_list(ret_value, report_of(object)->findings.count);
}

ITEM_GETTER(get_finding)
{
	const struct memhp_report *report = report_of(object);

	value_object(ret_value, MEMHP_KIND_FINDING, report->plan, &report->findings.items[index]);
}

GETTER(get_outcome)
{
	value_text(ret_value, memhp_outcome_to_string(report_of(object)->outcome));
}

GETTER(get_stopped_by)
{
	enum memhp_stop stop = report_of(object)->stopped_by;

	value_text(ret_value, stop != MEMHP_STOP_NONE ? memhp_stop_to_string(stop) : NULL);
}

GETTER(get_results)
{
	value_list(ret_value, report_of(object)->result_count);
}

ITEM_GETTER(get_result)
{
	value_object(ret_value, MEMHP_KIND_RESULT, object->owner,
		     &report_of(object)->results[index]);
}

GETTER(get_differences)
{
	const struct changes *runs = &report_of(object)->differences;
	size_t count = 0;
	size_t i;

	for (i = 0; i < runs->count; i++)
		count += (size_t)runs->items[i].last_block - runs->items[i].first_block + 1;
	value_list(ret_value, count);
}

ITEM_GETTER(get_difference)
{
	const struct memhp_block *block = difference_block(report_of(object), index);

	if (block != NULL)
		value_object(ret_value, MEMHP_KIND_DIFFERENCE, object->owner, block);
	else
		value_null(ret_value);
}

GETTER(get_device)
{
	const struct memhp_report *report = report_of(object);

	value_text(ret_value, report->device[0] != '\0' ? report->device : NULL);
}

GETTER(get_recovered)
{
	value_list(ret_value, report_of(object)->recovered_count);
}

ITEM_GETTER(get_recovered_item)
{
	const struct bracket *bracket = &report_of(object)->recovered[index];

	if (bracket->kind == BRACKET_AUTO_ONLINE)
		text_format(ret_value->buffer, sizeof(ret_value->buffer),
			    "auto_online_blocks is %s", online_word_name(bracket->value));
	else if (bracket->kind == BRACKET_OTHERS)
		text_format(ret_value->buffer, sizeof(ret_value->buffer),
			    "what appeared meanwhile is onlined by the word that was there, %s",
			    online_word_name(bracket->value));
	else
		text_format(ret_value->buffer, sizeof(ret_value->buffer),
			    "%s takes %s by its id no longer", driver_name(bracket->value),
			    bracket->device);
	value_text(ret_value, ret_value->buffer);
}

GETTER(get_seconds)
{
	/* Thousandths are as fine as a run is worth telling. */
	/* Not round(): a library more to load would be loaded for this alone. */
	value_double(ret_value, (double)(int64_t)(report_of(object)->seconds * 1000 + 0.5) / 1000);
}

const struct memhp_field report_fields[] = {
	ROW("operation", "OPERATION", STRING, NONE, SHOWN, get_operation, 0,
	    "add, online, offline, remove, create or destroy"),
	ROW("plan_id", "PLAN", STRING, NONE, SHOWN, get_plan_id, 0, "identifier of the plan"),
	OBJECT_ROW("request", "REQUEST", REQUEST, get_request, 0, "what was asked for"),
	ROW("verdict", "VERDICT", STRING, NONE, SHOWN, get_verdict, 0,
	    "what the rules said: allow, warn or deny"),
	OBJECTS_ROW("findings", "FINDINGS", FINDING, get_findings, get_finding,
		    "what the rules found"),
	ROW("outcome", "OUTCOME", STRING, NONE, SHOWN, get_outcome, 0,
	    "done, already, refused, stale, failed, rolled-back or partial"),
	ROW("stopped_by", "STOPPED-BY", STRING, NONE, SHOWN, get_stopped_by, 0,
	    "kernel, timeout, signal or other; null: nothing stopped it"),
	OBJECTS_ROW("blocks", "BLOCKS", RESULT, get_results, get_result, "every block dealt with"),
	OBJECTS_ROW("differences", "DIFFERENCES", DIFFERENCE, get_differences, get_difference,
		    "blocks that ended otherwise than planned"),
	ROW("device", "DEVICE", STRING, NONE, HIDDEN, get_device, 0,
	    "create, destroy: device that was to be made, or taken away; null: none"),
	LIST_ROW("recovered", "RECOVERED", STRING, SHOWN, get_recovered, get_recovered_item,
		 "what a killed run had left open, as it is again"),
	ROW("seconds", "SECONDS", DOUBLE, SECONDS, SHOWN, get_seconds, 0, "how long it took"),
	END_ROW
};
