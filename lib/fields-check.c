/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a check: a plan without steps, of which the machine as it is and the findings are left.
 */
#include "fields.h"

static const struct memhp_plan *plan_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_budget)
{
	value_object(ret_value, MEMHP_KIND_BUDGET, object->owner, &plan_of(object)->budget_before);
}

GETTER(get_verdict)
{
	value_text(ret_value, memhp_verdict_to_string(plan_of(object)->verdict));
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

const struct memhp_field check_fields[] = {
	OBJECT_ROW("budget", "BUDGET", BUDGET, get_budget, 0, "the machine's memory as it is"),
	ROW("verdict", "VERDICT", STRING, NONE, SHOWN, get_verdict, 0, "allow, warn or deny"),
	OBJECTS_ROW("findings", "FINDINGS", FINDING, get_findings, get_finding,
		    "what the rules say"),
	END_ROW
};
