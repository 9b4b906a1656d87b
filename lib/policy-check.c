/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of policy files against the keys that there are: each must be one that could count, whether
 * it does in the end or not. Takes nothing over. Pure.
 */
#include "policy.h"

#include <string.h>

#define SEPARATORS " \t,"

static int bad_value(struct memhp_error *error, const struct policy_entry *entry,
		     const char *expected)
{
	policy_error(error, entry->file, entry->line, "%s cannot be %s", entry->key, entry->value);
	return error_hint(error, "give %s", expected);
}

static int unknown_key(struct memhp_error *error, const struct policy_entry *entry,
		       const char *keys)
{
	policy_error(error, entry->file, entry->line, "there is no key %s in [%s]", entry->key,
		     entry->section);
	return error_hint(error, "its keys are %s", keys);
}

static void join_keys(char *buffer, size_t size, const struct policy_key *keys)
{
	size_t used = strlen(buffer);

	for (; keys->name != NULL && used < size; keys++) {
		text_format(buffer + used, size - used, "%s%s", used > 0 ? ", " : "", keys->name);
		used += strlen(buffer + used);
	}
}

static int check_policy(struct memhp_error *error, const struct policy_entry *entry)
{
	const struct policy_key *key = policy_key_by_name(policy_keys, entry->key);
	struct policy scratch;
	char keys[256] = "";

	if (key == NULL) {
		join_keys(keys, sizeof(keys), policy_keys);
		return unknown_key(error, entry, keys);
	}
	policy_default(&scratch);
	if (key->parse(entry->value, (char *)&scratch + key->offset) < 0)
		return bad_value(error, entry, key->expected);
	return 0;
}

static bool find_rule(const char *name, struct policy_rule *ret_rule)
{
	size_t i;

	for (i = 0; policy_rule(i, ret_rule); i++) {
		if (strcmp(ret_rule->name, name) == 0)
			return true;
	}
	return false;
}

static int check_severity(struct memhp_error *error, const struct policy_entry *entry)
{
	enum memhp_severity severity;
	struct policy_rule rule;

	if (strcmp(entry->key, SEVERITY_KEY) != 0)
		return unknown_key(error, entry, SEVERITY_KEY);
	if (policy_parse_severity(entry->value, &severity) < 0)
		return bad_value(error, entry, "deny, warn, info or off");
	if (!find_rule(entry->section + strlen(RULE_SECTION), &rule) || rule.may_be_lowered ||
	    severity >= rule.severity)
		return 0;
	policy_error(error, entry->file, entry->line,
		     "rule %s keeps machines alive: its severity cannot be %s", rule.name,
		     entry->value);
	return error_hint(error, "leave it at %s", memhp_severity_to_string(rule.severity));
}

bool policy_next_word(const char **text, char *word, size_t size)
{
	size_t len;

	*text += strspn(*text, SEPARATORS);
	len = strcspn(*text, SEPARATORS);
	if (len == 0 || len >= size)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return true;
}

static int check_match(struct memhp_error *error, const struct policy_entry *entry,
		       const struct match_key *key)
{
	const char *text = entry->value;
	char word[POLICY_LINE_MAX];
	bool any = false;

	for (; policy_next_word(&text, word, sizeof(word)); any = true) {
		struct match_item item = { .text = word };

		if (key->parse(word, &item) < 0)
			return bad_value(error, entry, key->expected);
	}
	return any ? 0 : bad_value(error, entry, key->expected);
}

static int check_device(struct memhp_error *error, const struct policy_entry *entry)
{
	const struct policy_key *key = policy_key_by_name(policy_device_keys, entry->key);
	const struct match_key *match = match_key_by_name(entry->key);
	struct policy_device scratch;
	char keys[256] = "";

	if (match != NULL)
		return check_match(error, entry, match);
	if (key == NULL) {
		join_keys(keys, sizeof(keys), policy_device_keys);
		for (match = match_keys; match->name != NULL; match++) {
			text_format(keys + strlen(keys), sizeof(keys) - strlen(keys), ", %s",
				    match->name);
		}
		return unknown_key(error, entry, keys);
	}
	if (key->parse(entry->value, (char *)&scratch + key->offset) < 0)
		return bad_value(error, entry, key->expected);
	return 0;
}

static bool names_one(const struct policy_entry *entry, const char *kind)
{
	return text_starts_with(entry->section, kind) &&
	       strchr(entry->section + strlen(kind), ' ') == NULL;
}

static int check_section(struct memhp_error *error, const struct policy_entry *entry)
{
	struct policy_rule rule;

	if (strcmp(entry->section, POLICY_SECTION) == 0 || names_one(entry, DEVICE_SECTION))
		return 0;
	if (names_one(entry, RULE_SECTION)) {
		if (find_rule(entry->section + strlen(RULE_SECTION), &rule))
			return 0;
		policy_error(error, entry->file, entry->line, "there is no such rule: %s",
			     entry->section + strlen(RULE_SECTION));
		return error_hint(error, "memhp list rules names them all");
	}
	policy_error(error, entry->file, entry->line, "there is no section [%s]", entry->section);
	return error_hint(
		error, "sections are [policy], [rule NAME] and [device NAME], names in one word");
}

int policy_check(const struct policy_entry *entry, struct memhp_error *error)
{
	if (entry->key == NULL)
		return check_section(error, entry);
	if (text_starts_with(entry->section, DEVICE_SECTION))
		return check_device(error, entry);
	if (text_starts_with(entry->section, RULE_SECTION))
		return check_severity(error, entry);
	return check_policy(error, entry);
}
