/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rows of a policy: its values, what a target matched, and why it did not match the rest.
 */
#include "fields.h"
#include "policy-view.h"

static const struct memhp_policy *policy_of(const struct memhp_object *object)
{
	return object->owner;
}

/* An origin that lies in the item, at the row's offset. */
GETTER(get_line)
{
	const struct policy_origin *origin =
		(const void *)((const char *)object->item + field->offset);

	if (origin->file != NULL)
		value_uint(ret_value, origin->line);
	else
		value_null(ret_value);
}

GETTER(get_file)
{
	const struct policy_origin *origin =
		(const void *)((const char *)object->item + field->offset);

	value_text(ret_value, origin->file);
}

#define V(member) AT(struct policy_value, member)

const struct memhp_field policy_value_fields[] = {
	ROW("section", "SECTION", STRING, NONE, SHOWN, field_text, V(section),
	    "policy, rule NAME or device NAME"),
	ROW("key", "KEY", STRING, NONE, SHOWN, field_text, V(key), "name of the value"),
	ROW("value", "VALUE", STRING, NONE, SHOWN, field_text, V(value), "as it is written"),
	ROW("file", "FILE", STRING, NONE, SHOWN, get_file, V(origin),
	    "file that it comes from; null: built in"),
	ROW("line", "LINE", UINT, NONE, SHOWN, get_line, V(origin),
	    "line in that file; null: built in"),
	END_ROW
};

/* ---------------------------------------------------------------------------------- mismatches */

static const struct policy_other *other_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_other_section)
{
	value_text(ret_value, other_of(object)->section->section);
}

GETTER(get_other_key)
{
	const struct policy_match *match = other_of(object)->match;

	value_text(ret_value, match != NULL ? match->key->name : NULL);
}

GETTER(get_other_value)
{
	const struct policy_match *match = other_of(object)->match;

	value_text(ret_value, match != NULL ? match->text : NULL);
}

/* The line of the key; of the section where no key is to blame. */
static const struct policy_origin *other_origin(const struct memhp_object *object)
{
	const struct policy_other *other = other_of(object);

	return other->match != NULL ? &other->match->origin : &other->section->origin;
}

GETTER(get_other_file)
{
	value_text(ret_value, other_origin(object)->file);
}

GETTER(get_other_line)
{
	value_uint(ret_value, other_origin(object)->line);
}

GETTER(get_other_earlier)
{
	const struct policy_device *earlier = other_of(object)->earlier;

	value_text(ret_value, earlier != NULL ? earlier->section : NULL);
}

const struct memhp_field policy_mismatch_fields[] = {
	ROW("section", "SECTION", STRING, NONE, SHOWN, get_other_section, 0,
	    "section that was not taken"),
	ROW("key", "KEY", STRING, NONE, SHOWN, get_other_key, 0,
	    "first of its keys that does not hold; null: all do"),
	ROW("value", "VALUE", STRING, NONE, SHOWN, get_other_value, 0, "what that key wants"),
	ROW("actual", "ACTUAL", STRING, NONE, SHOWN, field_array, AT(struct policy_other, actual),
	    "what there is instead; null: nothing, or unknown"),
	ROW("earlier", "EARLIER", STRING, NONE, SHOWN, get_other_earlier, 0,
	    "section that was taken before it, though all its keys hold"),
	ROW("file", "FILE", STRING, NONE, SHOWN, get_other_file, 0, "file of the key"),
	ROW("line", "LINE", UINT, NONE, SHOWN, get_other_line, 0, "line of the key"),
	END_ROW
};

/* ------------------------------------------------------------------------------------- matches */

static const struct policy_matched *matched_of(const struct memhp_object *object)
{
	return object->item;
}

GETTER(get_section)
{
	const struct policy_device *section = matched_of(object)->section;

	value_text(ret_value, section != NULL ? section->section : NULL);
}

GETTER(get_section_file)
{
	const struct policy_device *section = matched_of(object)->section;

	value_text(ret_value, section != NULL ? section->origin.file : NULL);
}

GETTER(get_section_line)
{
	const struct policy_device *section = matched_of(object)->section;

	if (section != NULL)
		value_uint(ret_value, section->origin.line);
	else
		value_null(ret_value);
}

GETTER(get_others)
{
	value_list(ret_value, matched_of(object)->other_count);
}

ITEM_GETTER(get_other)
{
	value_object(ret_value, MEMHP_KIND_POLICY_MISMATCH, object->owner,
		     &matched_of(object)->others[index]);
}

const struct memhp_field policy_match_fields[] = {
	ROW("subject", "SUBJECT", STRING, NONE, SHOWN, field_array,
	    AT(struct policy_matched, subject), "device, or run of blocks"),
	ROW("section", "SECTION", STRING, NONE, SHOWN, get_section, 0,
	    "section that is taken for it; null: none"),
	ROW("file", "FILE", STRING, NONE, SHOWN, get_section_file, 0, "file of that section"),
	ROW("line", "LINE", UINT, NONE, SHOWN, get_section_line, 0, "its first line"),
	OBJECTS_ROW("others", "OTHERS", POLICY_MISMATCH, get_others, get_other,
		    "the other sections, and why they were not taken"),
	END_ROW
};

/* -------------------------------------------------------------------------------------- policy */

GETTER(get_values)
{
	value_list(ret_value, policy_of(object)->policy.value_count);
}

ITEM_GETTER(get_value)
{
	value_object(ret_value, MEMHP_KIND_POLICY_VALUE, object->owner,
		     &policy_of(object)->policy.values[index]);
}

GETTER(get_matched)
{
	value_list(ret_value, policy_of(object)->matched_count);
}

ITEM_GETTER(get_match)
{
	value_object(ret_value, MEMHP_KIND_POLICY_MATCH, object->owner,
		     &policy_of(object)->matched[index]);
}

const struct memhp_field policy_fields[] = {
	OBJECTS_ROW("values", "VALUES", POLICY_VALUE, get_values, get_value,
		    "every value in force, defaults too"),
	OBJECTS_ROW("matched", "MATCHED", POLICY_MATCH, get_matched, get_match,
		    "what the target's devices and blocks matched"),
	END_ROW
};
