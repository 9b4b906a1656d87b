/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of [policy] and of [device X] but for match-, the defaults, and the rules that [rule X] may
 * name: what each key's text may be. Pure.
 */
#include <errno.h>
#include <string.h>

#include "parse.h"
#include "rule.h"

#define HUNDREDTHS 100		 /* of a percent */
#define WHOLE (100 * HUNDREDTHS) /* 1 : 1 */
#define SMALLEST_PAGE 4096

static int parse_yes_no(const char *text, void *member)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{ "yes", true },    { "no", false }, { "true", true },
		{ "false", false }, { "on", true },  { "off", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].word, text) == 0) {
			*(bool *)member = words[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_zone(const char *text, void *member)
{
	return memhp_zone_choice_from_string(text, member);
}

static int parse_memmap(const char *text, void *member)
{
	return memhp_memmap_choice_from_string(text, member);
}

static int parse_on_error(const char *text, void *member)
{
	return memhp_on_error_from_string(text, member);
}

static int parse_auto_online(const char *text, void *member)
{
	enum online_word word = online_word_from_name(text);

	if (word == WORD_UNKNOWN && strcmp(text, "keep") != 0)
		return -EINVAL;
	*(enum online_word *)member = word;
	return 0;
}

/*
 * A decimal number, exactly: WHOLE hundredths of a percent for each one, so that 3.5 is 35000. As many
 * decimals as that has noughts.
 */
static int parse_decimal(const char *text, size_t len, uint64_t unit, uint64_t *ret_value)
{
	const char *point = memchr(text, '.', len);
	size_t whole = point != NULL ? (size_t)(point - text) : len, i;
	uint64_t value, part = 0;

	if (whole == 0 || text[0] < '0' || text[0] > '9' || text[whole - 1] < '0' ||
	    text[whole - 1] > '9' || parse_uint(text, whole, 10, &value) < 0 ||
	    __builtin_mul_overflow(value, unit, &value))
		return -EINVAL;
	if (point != NULL && whole + 1 == len)
		return -EINVAL;
	for (i = whole + 1; i < len; i++) {
		unit /= 10;
		if (text[i] < '0' || text[i] > '9' || unit == 0)
			return -EINVAL;
		part += unit * (uint64_t)(text[i] - '0');
	}
	if (__builtin_add_overflow(value, part, ret_value))
		return -EINVAL;
	return 0;
}

static int parse_percent(const char *text, uint64_t *ret_value)
{
	size_t len = strlen(text);

	if (len == 0 || text[len - 1] != '%')
		return -EINVAL;
	return parse_decimal(text, len - 1, HUNDREDTHS, ret_value);
}

static int parse_ratio(const char *text, void *member)
{
	if (parse_percent(text, member) == 0)
		return 0;
	return parse_decimal(text, strlen(text), WHOLE, member);
}

/* The member is the struct policy itself: a reserve is two of its members. */
static int parse_reserve(const char *text, void *member)
{
	struct policy *policy = member;
	uint64_t value;

	if (parse_percent(text, &value) == 0 && value <= WHOLE) {
		policy->kernel_reserve_is_size = false;
		policy->kernel_reserve = value;
		return 0;
	}
	/* A bare 5 is a percentage without its sign, and no reserve of five bytes. */
	if (memhp_size_from_string(text, &value) < 0 || (value > 0 && value < SMALLEST_PAGE))
		return -EINVAL;
	policy->kernel_reserve_is_size = true;
	policy->kernel_reserve = value;
	return 0;
}

#define ZONES "movable, kernel, auto or balanced"
#define YES_NO "yes or no"
#define RATIO "a ratio as 3, 3.5 or 350%"
#define MEMMAP "on, off or auto"

const struct policy_key policy_keys[] = {
	{ "zone", "movable", ZONES, parse_zone, offsetof(struct policy, zone) },
	{ "move", "no", YES_NO, parse_yes_no, offsetof(struct policy, move) },
	{ "memmap-on-memory", "auto", MEMMAP, parse_memmap,
	  offsetof(struct policy, memmap_on_memory) },
	{ "movable-ratio-warn", "3", RATIO, parse_ratio,
	  offsetof(struct policy, movable_ratio_warn) },
	{ "movable-ratio-deny", "4", RATIO, parse_ratio,
	  offsetof(struct policy, movable_ratio_deny) },
	{ "kernel-reserve", "5%", "a percentage as 5%, or a size as 512M", parse_reserve, 0 },
	{ "on-error", "rollback", "rollback, keep or continue", parse_on_error,
	  offsetof(struct policy, on_error) },
	{ "auto-online", "keep", "keep, offline, online, online_kernel or online_movable",
	  parse_auto_online, offsetof(struct policy, auto_online) },
	{ NULL, NULL, NULL, NULL, 0 },
};

const struct policy_key policy_device_keys[] = {
	{ "online", NULL, YES_NO, parse_yes_no, offsetof(struct policy_device, online) },
	{ "zone", NULL, ZONES, parse_zone, offsetof(struct policy_device, zone) },
	{ "memmap-on-memory", NULL, MEMMAP, parse_memmap,
	  offsetof(struct policy_device, memmap_on_memory) },
	{ "keep-offline", NULL, YES_NO, parse_yes_no,
	  offsetof(struct policy_device, keep_offline) },
	{ NULL, NULL, NULL, NULL, 0 },
};

const struct policy_key *policy_key_by_name(const struct policy_key *keys, const char *name)
{
	const struct policy_key *key;

	for (key = keys; key->name != NULL; key++) {
		if (strcmp(key->name, name) == 0)
			return key;
	}
	return NULL;
}

int policy_parse_severity(const char *text, enum memhp_severity *ret_severity)
{
	enum memhp_severity severity;

	for (severity = MEMHP_SEVERITY_OFF; severity <= MEMHP_SEVERITY_DENY; severity++) {
		if (strcmp(memhp_severity_to_string(severity), text) == 0) {
			*ret_severity = severity;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * All rules by name, in the order of the manual; a file that names one of a later release is not broken,
 * so what they come to is said here until they are there.
 */
static const struct policy_rule rule_names[] = {
	{ "zone-allowed", MEMHP_SEVERITY_DENY, false },
	{ "movable-ratio", MEMHP_SEVERITY_DENY, true },
	{ "kernel-headroom", MEMHP_SEVERITY_DENY, true },
	{ "boot-memory", MEMHP_SEVERITY_DENY, false },
	{ "block-integrity", MEMHP_SEVERITY_DENY, false },
	{ "owner", MEMHP_SEVERITY_DENY, false },
	{ "granularity", MEMHP_SEVERITY_DENY, false },
	{ "memmap-host", MEMHP_SEVERITY_DENY, false },
	{ "capacity", MEMHP_SEVERITY_DENY, true },
	{ "unmovable", MEMHP_SEVERITY_DENY, true },
	{ "memmap-placement", MEMHP_SEVERITY_WARN, true },
	{ "permanent", MEMHP_SEVERITY_WARN, true },
	{ "gigantic-pages", MEMHP_SEVERITY_INFO, true },
	{ "auto-online", MEMHP_SEVERITY_WARN, true },
	{ "hwpoison", MEMHP_SEVERITY_DENY, false },
	{ "kdump", MEMHP_SEVERITY_INFO, true },
	{ "keep-offline", MEMHP_SEVERITY_DENY, true },
	{ "kernel-config", MEMHP_SEVERITY_WARN, true },
	{ "boot-parameters", MEMHP_SEVERITY_WARN, true },
	{ "udev-rules", MEMHP_SEVERITY_WARN, true },
};

/* Lowering what cannot be forced would be a way to force it. */
static bool may_be_lowered(const struct rule *rule)
{
	return rule->severity != MEMHP_SEVERITY_DENY || rule->forceable == FORCE_BY_NAME;
}

bool policy_rule(size_t index, struct policy_rule *ret_rule)
{
	const struct rule *rule;

	if (index >= ARRAY_SIZE(rule_names))
		return false;
	*ret_rule = rule_names[index];
	rule = rule_by_name(ret_rule->name);
	if (rule != NULL) {
		ret_rule->severity = rule->severity;
		ret_rule->may_be_lowered = may_be_lowered(rule);
	}
	return true;
}
