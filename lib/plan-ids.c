/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names of a plan, and what of it is not as it was when another of the same request was made. Takes
 * any text for a fingerprint. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "plan-facts.h"
#include "uuid.h"

int plan_make_ids(struct memhp_plan *plan, struct memhp_error *error)
{
	struct units units = { 0 };
	int rc = units_collect(plan, error, &units);

	if (rc == 0 && plan_facts(plan, &units, &plan->fingerprint) < 0)
		rc = error_memory(error);
	if (rc == 0)
		uuid_from_text(plan->fingerprint, plan->plan_id);
	free(units.items);
	return rc;
}

/* ---- comparing ---- */

/* What facts are called to a person; PLURAL: of several. */
static const struct fact_name {
	const char *name;
	const char *text;
	bool plural;
} names[] = {
	{ "boot", "the boot id", false },
	{ "block-size", "the block size", false },
	{ "memmap-on-memory", "the parameter memmap_on_memory", false },
	{ "online-policy", "the parameter online_policy", false },
	{ "auto-movable-ratio", "the parameter auto_movable_ratio", false },
	{ "auto-movable-numa-aware", "the parameter auto_movable_numa_aware", false },
	{ "auto-online", "auto_online_blocks", false },
	{ "movable-node", "the boot parameter movable_node", false },
	{ "modules", "the drivers on the dax bus", true },
	{ "policy", "the policy", false },
	{ "request", "the request", false },
	{ "drivers", "the drivers of its devices", true },
	{ "target-nodes", "the nodes of its devices", true },
	{ "memmap-attributes", "memmap_on_memory of its devices", false },
	{ "mappings", "the mappings of its devices", true },
	{ "states", "the states of its blocks", true },
	{ "zones", "the zones of its blocks", true },
	{ "nodes", "the nodes of its blocks", true },
	{ "owners", "the owners of its blocks", true },
	{ "steps", "the steps", true },
};

struct fact {
	struct piece name;
	struct piece value;
};

/* The next NAME=VALUE; what has no = is a name without a value. */
static bool next_fact(struct cursor *cursor, struct fact *ret_fact)
{
	const char *start = cursor->at, *end, *equals;
	size_t len = (size_t)(cursor->end - start);

	if (len == 0)
		return false;
	end = memchr(start, ';', len);
	cursor->at = end != NULL ? end + 1 : cursor->end;
	end = end != NULL ? end : cursor->end;
	equals = memchr(start, '=', (size_t)(end - start));
	equals = equals != NULL ? equals : end;
	ret_fact->name = (struct piece){ start, (size_t)(equals - start) };
	ret_fact->value = (struct piece){ equals + (equals < end), 0 };
	ret_fact->value.len = (size_t)(end - ret_fact->value.text);
	return true;
}

static bool find_fact(const char *fingerprint, struct piece name, struct piece *ret_value)
{
	struct cursor cursor = cursor_of(fingerprint, strlen(fingerprint));
	struct fact fact;

	while (next_fact(&cursor, &fact)) {
		if (fact.name.len == name.len && memcmp(fact.name.text, name.text, name.len) == 0) {
			*ret_value = fact.value;
			return true;
		}
	}
	return false;
}

/* What can be shown of a value that may be anybody's: a digest cannot. */
static bool is_shown(struct piece value)
{
	size_t i;

	if (value.len == 0 || value.len > 100 || value.text[0] == '#')
		return false;
	for (i = 0; i < value.len; i++) {
		if (value.text[i] < '!' || value.text[i] > '~')
			return false;
	}
	return true;
}

static const struct fact_name *name_of(struct piece name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (piece_is(name, names[i].name))
			return &names[i];
	}
	return NULL;
}

static void describe(const struct fact_name *name, struct piece was, struct piece is, char *text,
		     size_t size)
{
	size_t used = strlen(text);

	text += used;
	size -= used;
	if (is_shown(was) && is_shown(is))
		text_format(text, size, "%s%s %s %.*s, %s %.*s", used > 0 ? "; " : "", name->text,
			    name->plural ? "were" : "was", (int)was.len, was.text,
			    name->plural ? "are" : "is", (int)is.len, is.text);
	else
		text_format(text, size, "%s%s %s not what %s", used > 0 ? "; " : "", name->text,
			    name->plural ? "are" : "is", name->plural ? "they were" : "it was");
}

static int tell(struct memhp_error *error, const char *what)
{
	error_set(error, MEMHP_ERROR_CHANGED, -ESTALE, "", "the machine is not as planned: %s",
		  what);
	return error_hint(error,
			  "plan again; --force, --boot-memory and --config count only where they "
			  "are given to apply itself");
}

int plan_compare(const struct memhp_plan *plan, const char *fingerprint, struct memhp_error *error)
{
	struct cursor cursor = cursor_of(plan->fingerprint, strlen(plan->fingerprint));
	char what[sizeof(error->message)] = "";
	struct fact fact;

	if (strcmp(fingerprint, plan->fingerprint) == 0)
		return 0;
	if (strncmp(fingerprint, FACTS_VERSION ";", strlen(FACTS_VERSION) + 1) != 0)
		return tell(error, "the plan was made by another release of memhp");
	(void)next_fact(&cursor, &fact);
	while (next_fact(&cursor, &fact)) {
		const struct fact_name *name = name_of(fact.name);
		struct piece was = { "", 0 };

		if (name == NULL)
			continue;
		if (find_fact(fingerprint, fact.name, &was) && was.len == fact.value.len &&
		    memcmp(was.text, fact.value.text, was.len) == 0)
			continue;
		/* That other facts lead to other steps is no news. */
		if (what[0] != '\0' && piece_is(fact.name, "steps"))
			continue;
		describe(name, was, fact.value, what, sizeof(what));
	}
	return tell(error, what[0] != '\0' ? what : "its fingerprint holds what it should not");
}
