/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of rules and of what they find.
 */
#include "fields.h"
#include "rule.h"

#define F(member) AT(struct memhp_finding, member)

static const struct memhp_finding *finding_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_finding_rule)
{
	value_text(ret_value, finding_of(object)->rule->name);
}

GETTER(get_severity)
{
	value_text(ret_value, memhp_severity_to_string(finding_of(object)->severity));
}

GETTER(get_forced)
{
	value_bool(ret_value, finding_of(object)->forced);
}

GETTER(get_measure)
{
	if (finding_of(object)->has_measure)
		field_uint64(field, object, ret_value);
	else
		value_null(ret_value);
}

GETTER(get_unit)
{
	value_text(ret_value, finding_of(object)->has_measure ? finding_of(object)->unit : NULL);
}

const struct memhp_field finding_fields[] = {
	ROW("rule", "RULE", STRING, NONE, SHOWN, get_finding_rule, 0, "name of the rule"),
	ROW("severity", "SEVERITY", STRING, NONE, SHOWN, get_severity, 0, "info, warn or deny"),
	ROW("subject", "SUBJECT", STRING, NONE, SHOWN, field_array, F(subject), "what it is about"),
	ROW("message", "MESSAGE", STRING, NONE, SHOWN, field_array, F(message),
	    "what is the matter"),
	ROW("measured", "MEASURED", UINT, NONE, HIDDEN, get_measure, F(measured),
	    "what was measured, in `unit`"),
	ROW("limit", "LIMIT", UINT, NONE, HIDDEN, get_measure, F(limit),
	    "what is allowed, in `unit`"),
	ROW("unit", "UNIT", STRING, NONE, HIDDEN, get_unit, 0, "bytes, percent, blocks or pages"),
	ROW("remedy", "REMEDY", STRING, NONE, SHOWN, field_array, F(remedy), "the way out"),
	ROW("forced", "FORCED", BOOL, NONE, HIDDEN, get_forced, 0,
	    "whether a deny was lifted on request"),
	END_ROW
};

static const char *const forceable_words[] = {
	[FORCE_NEVER] = "no",
	[FORCE_BY_NAME] = "yes",
	[FORCE_BY_BOOT_MEMORY] = "boot-memory",
	[FORCE_NOT_APPLICABLE] = NULL,
};

static const struct rule *rule_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_rule_severity)
{
	value_text(ret_value, memhp_severity_to_string(rule_of(object)->severity));
}

GETTER(get_forceable)
{
	value_text(ret_value, forceable_words[rule_of(object)->forceable]);
}

GETTER(get_operations)
{
	value_list(ret_value, (size_t)__builtin_popcount(rule_of(object)->operations));
}

ITEM_GETTER(get_operation_item)
{
	unsigned int bits = rule_of(object)->operations;
	enum memhp_operation operation;

	for (; index > 0; index--)
		bits &= bits - 1;
	operation = (enum memhp_operation)__builtin_ctz(bits);
	value_text(ret_value, operation == MEMHP_OPERATION_NONE ?
				      "check" :
				      memhp_operation_to_string(operation));
}

const struct memhp_field rule_fields[] = {
	ROW("rule", "RULE", STRING, NONE, SHOWN, field_text, AT(struct rule, name),
	    "name of the rule"),
	ROW("severity", "SEVERITY", STRING, NONE, SHOWN, get_rule_severity, 0,
	    "what it says by default"),
	ROW("forceable", "FORCEABLE", STRING, NONE, SHOWN, get_forceable, 0,
	    "whether --force lifts it; boot-memory: --boot-memory does"),
	LIST_ROW("operations", "OPERATIONS", STRING, SHOWN, get_operations, get_operation_item,
		 "operations it bears on, and check"),
	ROW("summary", "SUMMARY", STRING, NONE, SHOWN, field_text, AT(struct rule, summary),
	    "when it speaks"),
	END_ROW
};
