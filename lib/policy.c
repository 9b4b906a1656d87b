/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the lines of policy files to the policy in force: later files win, key by key in [policy] and
 * [rule X], whole sections of [device X]. What a line may say is for policy-check.c. Pure.
 */
#include "policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct policy_store {
	unsigned int refcount;
	struct arena *arena;
};

struct builder {
	const struct policy_entries *entries;
	struct arena *arena;
	struct policy *policy;
	struct policy_value *values;
};

/* ---- what counts ---- */

static void add_value(struct builder *builder, const char *section, const char *key,
		      const char *value, struct policy_origin origin)
{
	builder->values[builder->policy->value_count++] = (struct policy_value){
		.section = section,
		.key = key,
		.value = value,
		.origin = origin,
	};
}

static struct policy_origin origin_of(const struct policy_entry *entry)
{
	return entry != NULL ? (struct policy_origin){ entry->file, entry->line } :
			       (struct policy_origin){ NULL, 0 };
}

/* The last line that sets KEY in SECTION, or NULL. */
static const struct policy_entry *last_entry(const struct builder *builder, const char *section,
					     const char *key)
{
	size_t i;

	for (i = builder->entries->count; i > 0; i--) {
		const struct policy_entry *entry = &builder->entries->items[i - 1];

		if (entry->key != NULL && strcmp(entry->key, key) == 0 &&
		    strcmp(entry->section, section) == 0)
			return entry;
	}
	return NULL;
}

static void take_policy(struct builder *builder)
{
	const struct policy_key *key;

	for (key = policy_keys; key->name != NULL; key++) {
		const struct policy_entry *entry = last_entry(builder, POLICY_SECTION, key->name);
		const char *text = entry != NULL ? entry->value : key->fallback;

		(void)key->parse(text, (char *)builder->policy + key->offset);
		add_value(builder, POLICY_SECTION, key->name, text, origin_of(entry));
	}
}

static int take_rules(struct builder *builder, size_t count)
{
	struct policy_severity *severities =
		arena_alloc(builder->arena, count * sizeof(*severities));
	struct policy_rule rule;
	size_t i;

	if (severities == NULL)
		return -ENOMEM;
	for (i = 0; policy_rule(i, &rule); i++) {
		char section[64];
		const struct policy_entry *entry;
		char *copy;

		text_format(section, sizeof(section), RULE_SECTION "%s", rule.name);
		entry = last_entry(builder, section, SEVERITY_KEY);
		copy = arena_copy(builder->arena, section);
		if (copy == NULL)
			return -ENOMEM;
		add_value(builder, copy, SEVERITY_KEY,
			  entry != NULL ? entry->value : memhp_severity_to_string(rule.severity),
			  origin_of(entry));
		if (entry == NULL)
			continue;
		severities[builder->policy->severity_count].rule = rule.name;
		(void)policy_parse_severity(
			entry->value, &severities[builder->policy->severity_count++].severity);
	}
	builder->policy->severities = severities;
	return 0;
}

static size_t count_words(const char *text)
{
	char word[POLICY_LINE_MAX];
	size_t count = 0;

	while (policy_next_word(&text, word, sizeof(word)))
		count++;
	return count;
}

static int take_match(const struct builder *builder, const struct policy_entry *entry,
		      const struct match_key *key, struct policy_match *match)
{
	struct match_item *items =
		arena_alloc(builder->arena, count_words(entry->value) * sizeof(*items));
	const char *text = entry->value;
	char word[POLICY_LINE_MAX];

	if (items == NULL)
		return -ENOMEM;
	*match = (struct policy_match){
		.key = key,
		.text = entry->value,
		.items = items,
		.origin = origin_of(entry),
	};
	while (policy_next_word(&text, word, sizeof(word))) {
		struct match_item *item = &items[match->item_count++];

		item->text = arena_copy(builder->arena, word);
		if (item->text == NULL)
			return -ENOMEM;
		(void)key->parse(item->text, item);
	}
	return 0;
}

/* The keys of the section that begins with HEAD. */
static int take_device(struct builder *builder, const struct policy_entry *head, size_t count,
		       struct policy_device *device)
{
	struct policy_match *matches = arena_alloc(builder->arena, count * sizeof(*matches));
	size_t i;

	if (matches == NULL)
		return -ENOMEM;
	*device = (struct policy_device){
		.name = head->section + strlen(DEVICE_SECTION),
		.section = head->section,
		.origin = origin_of(head),
		.online = true,
		.matches = matches,
	};
	for (i = 1; i < count; i++) {
		const struct policy_entry *entry = &head[i];
		const struct match_key *match = match_key_by_name(entry->key);
		const struct policy_key *key = policy_key_by_name(policy_device_keys, entry->key);

		add_value(builder, entry->section, entry->key, entry->value, origin_of(entry));
		if (match == NULL)
			(void)key->parse(entry->value, (char *)device + key->offset);
		else if (take_match(builder, entry, match, &matches[device->match_count++]) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The lines of the section that begins at INDEX, its first one included. */
static size_t section_length(const struct policy_entries *entries, size_t index)
{
	size_t length = 1;

	while (index + length < entries->count && entries->items[index + length].key != NULL)
		length++;
	return length;
}

static bool is_replaced(const struct policy_entries *entries, size_t index)
{
	size_t i;

	for (i = index + 1; i < entries->count; i++) {
		if (entries->items[i].key == NULL &&
		    strcmp(entries->items[i].section, entries->items[index].section) == 0)
			return true;
	}
	return false;
}

static int compare_heads(const void *a, const void *b)
{
	const struct policy_entry *const *left = a, *const *right = b;

	return strcmp((*left)->section, (*right)->section);
}

/* A section without any key only takes away what an earlier file says of it. */
static int take_devices(struct builder *builder)
{
	const struct policy_entries *entries = builder->entries;
	const struct policy_entry **heads =
		arena_alloc(builder->arena, (entries->count + 1) * sizeof(*heads));
	struct policy_device *devices =
		arena_alloc(builder->arena, (entries->count + 1) * sizeof(*devices));
	size_t count = 0, i;

	if (heads == NULL || devices == NULL)
		return -ENOMEM;
	for (i = 0; i < entries->count; i++) {
		if (entries->items[i].key == NULL &&
		    text_starts_with(entries->items[i].section, DEVICE_SECTION) &&
		    section_length(entries, i) > 1 && !is_replaced(entries, i))
			heads[count++] = &entries->items[i];
	}
	if (count > 1)
		qsort(heads, count, sizeof(const struct policy_entry *), compare_heads);
	for (i = 0; i < count; i++) {
		size_t length = section_length(entries, (size_t)(heads[i] - entries->items));

		if (take_device(builder, heads[i], length, &devices[i]) < 0)
			return -ENOMEM;
	}
	builder->policy->devices = devices;
	builder->policy->device_count = count;
	return 0;
}

static int take_all(struct builder *builder)
{
	size_t keys = 0, rule_count = 0;
	struct policy_rule rule;

	while (policy_keys[keys].name != NULL)
		keys++;
	while (policy_rule(rule_count, &rule))
		rule_count++;
	builder->values =
		arena_alloc(builder->arena, (keys + rule_count + builder->entries->count) *
						    sizeof(*builder->values));
	if (builder->values == NULL)
		return -ENOMEM;
	builder->policy->values = builder->values;
	take_policy(builder);
	if (take_rules(builder, rule_count) < 0)
		return -ENOMEM;
	return take_devices(builder);
}

/* ---- a policy's life ---- */

int policy_new(struct policy_entries *entries, struct memhp_error *error, struct policy *ret_policy)
{
	struct policy policy;
	struct builder builder = { entries, entries->arena, &policy, NULL };
	size_t i;
	int rc;

	policy_default(&policy);
	for (i = 0; i < entries->count; i++) {
		rc = policy_check(&entries->items[i], error);
		if (rc < 0)
			return rc;
	}
	policy.store = malloc(sizeof(*policy.store));
	if (policy.store == NULL)
		return error_memory(error);
	if (take_all(&builder) < 0) {
		free(policy.store);
		return error_memory(error);
	}
	*policy.store =
		(struct policy_store){ .refcount = 1, .arena = take_pointer(entries->arena) };
	*ret_policy = policy;
	return 0;
}

void policy_default(struct policy *ret_policy)
{
	const struct policy_key *key;

	*ret_policy = (struct policy){ 0 };
	for (key = policy_keys; key->name != NULL; key++)
		(void)key->parse(key->fallback, (char *)ret_policy + key->offset);
}

void policy_copy(const struct policy *policy, struct policy *ret_copy)
{
	*ret_copy = *policy;
	if (policy->store != NULL)
		__atomic_add_fetch(&policy->store->refcount, 1, __ATOMIC_RELAXED);
}

void policy_clear(struct policy *policy)
{
	if (policy->store != NULL &&
	    __atomic_sub_fetch(&policy->store->refcount, 1, __ATOMIC_ACQ_REL) == 0) {
		arena_free(policy->store->arena);
		free(policy->store);
	}
	*policy = (struct policy){ 0 };
}

/* ---- what it says ---- */

bool policy_severity(const struct policy *policy, const char *rule,
		     enum memhp_severity *ret_severity)
{
	size_t i;

	for (i = 0; i < policy->severity_count; i++) {
		if (strcmp(policy->severities[i].rule, rule) == 0) {
			*ret_severity = policy->severities[i].severity;
			return true;
		}
	}
	return false;
}

uint64_t policy_reserve_bytes(const struct policy *policy, uint64_t kernel_bytes,
			      uint64_t page_size)
{
	unsigned __int128 bytes = policy->kernel_reserve;

	if (!policy->kernel_reserve_is_size)
		bytes = (bytes * kernel_bytes + 9999) / 10000;
	if (page_size != 0)
		bytes = (bytes + page_size - 1) / page_size * page_size;
	return bytes > UINT64_MAX ? UINT64_MAX : (uint64_t)bytes;
}
