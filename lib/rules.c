/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list of rules, and what happens to the findings they make: severities, forcing, the verdict.
 * What a rule looks for stands in its own file in rules/.
 */
#include <errno.h>
#include <string.h>

#include "rule.h"

/* clang-format off: one a line, so that work merges */
const struct rule *const rules[] = {
	&rule_zone_allowed,    &rule_movable_ratio,
	&rule_kernel_headroom, &rule_boot_memory,
	&rule_block_integrity, &rule_owner,
	&rule_granularity,     &rule_memmap_host,
	&rule_capacity,	       &rule_memmap_placement,
	&rule_permanent,       &rule_gigantic_pages,
	&rule_auto_online,     &rule_hwpoison,
	&rule_kdump,	       &rule_keep_offline,
	&rule_kernel_config,   &rule_boot_parameters,
	&rule_udev_rules,      NULL,
};
/* clang-format on */

const struct rule *rule_by_name(const char *name)
{
	size_t i;

	for (i = 0; rules[i] != NULL; i++) {
		if (strcmp(rules[i]->name, name) == 0)
			return rules[i];
	}
	return NULL;
}

struct memhp_finding *finding_add(struct findings *findings, const struct rule *rule)
{
	struct memhp_finding *finding;

	if (array_reserve(&findings->items, findings->count, &findings->capacity,
			  sizeof(*findings->items)) < 0)
		return NULL;
	finding = &findings->items[findings->count++];
	*finding = (struct memhp_finding){ .rule = rule, .severity = rule->severity };
	return finding;
}

void finding_subject(struct memhp_finding *finding, uint32_t first, uint32_t last)
{
	if (first == last)
		text_format(finding->subject, sizeof(finding->subject), "memory%u", first);
	else
		text_format(finding->subject, sizeof(finding->subject), "memory%u-%u", first, last);
}

void finding_measure(struct memhp_finding *finding, uint64_t measured, uint64_t limit,
		     const char *unit)
{
	finding->has_measure = true;
	finding->measured = measured;
	finding->limit = limit;
	finding->unit = unit;
}

void size_to_text(uint64_t bytes, char *text, size_t size)
{
	static const struct {
		unsigned int shift;
		bool whole; /* only where it comes out even */
		const char *name;
	} units[] = { { 40, true, "TiB" },
		      { 30, true, "GiB" },
		      { 20, false, "MiB" },
		      { 10, false, "KiB" },
		      { 0, false, "bytes" } };
	size_t i = 0;

	while (units[i].shift > 0 &&
	       (bytes >> units[i].shift == 0 ||
		(units[i].whole && bytes % (UINT64_C(1) << units[i].shift) != 0)))
		i++;
	text_format(text, size, "%llu %s", (unsigned long long)(bytes >> units[i].shift),
		    units[i].name);
}

static bool is_forced(const struct memhp_plan *plan, const struct rule *rule)
{
	const char *text = plan->request.options.force;
	size_t name = strlen(rule->name);

	if (rule->forceable == FORCE_BY_BOOT_MEMORY)
		return (plan->request.options.flags & MEMHP_REQUEST_BOOT_MEMORY) != 0;
	while (rule->forceable == FORCE_BY_NAME && text != NULL && *text != '\0') {
		size_t len = strcspn(text, ",");

		if (len == name && strncmp(text, rule->name, len) == 0)
			return true;
		text += len + (text[len] == ',');
	}
	return false;
}

/*
 * What the policy says of a rule: at most that severity; and that instead of the rule's usual one, be
 * it more or less. "off" leaves nothing of it.
 */
static void apply_policy(const struct memhp_plan *plan, const struct rule *rule,
			 struct findings *findings, size_t first)
{
	enum memhp_severity severity;
	size_t kept = first, i;

	if (!policy_severity(&plan->policy, rule->name, &severity))
		return;
	for (i = first; i < findings->count; i++) {
		struct memhp_finding *finding = &findings->items[i];

		if (finding->severity == rule->severity || finding->severity > severity)
			finding->severity = severity;
		if (severity != MEMHP_SEVERITY_OFF)
			findings->items[kept++] = *finding;
	}
	findings->count = kept;
}

/* What is placed is onlined. */
static unsigned int operation_bit(enum memhp_operation operation)
{
	return OPERATION_BIT(operation == MEMHP_OPERATION_PLACE ? MEMHP_OPERATION_ONLINE :
								  operation);
}

int rules_run(const struct memhp_plan *plan, struct findings *findings)
{
	unsigned int operation = operation_bit(plan->request.options.operation);
	size_t i, j;
	int rc;

	for (i = 0; rules[i] != NULL; i++) {
		size_t first = findings->count;

		if ((rules[i]->operations & operation) == 0)
			continue;
		rc = rules[i]->check(plan, findings);
		if (rc < 0)
			return rc;
		apply_policy(plan, rules[i], findings, first);
		for (j = first; j < findings->count; j++) {
			if (findings->items[j].severity != MEMHP_SEVERITY_DENY ||
			    !is_forced(plan, rules[i]))
				continue;
			findings->items[j].forced = true;
			findings->items[j].severity = MEMHP_SEVERITY_WARN;
		}
	}
	return 0;
}

int rules_find_crash_kernel(const struct memhp_plan *plan, struct findings *findings)
{
	size_t first = findings->count;
	int rc = kdump_find(plan, findings);

	if (rc == 0)
		apply_policy(plan, &rule_kdump, findings, first);
	return rc;
}

enum memhp_verdict findings_verdict(const struct findings *findings)
{
	enum memhp_verdict verdict = MEMHP_VERDICT_ALLOW;
	size_t i;

	for (i = 0; i < findings->count; i++) {
		if (findings->items[i].severity == MEMHP_SEVERITY_DENY)
			return MEMHP_VERDICT_DENY;
		if (findings->items[i].severity == MEMHP_SEVERITY_WARN)
			verdict = MEMHP_VERDICT_WARN;
	}
	return verdict;
}

static bool is_matched(const struct memhp_plan *plan, const struct memhp_step *step,
		       block_matches_fn matches)
{
	const struct memhp_block *block;

	if (step->kind != STEP_BLOCK || step->to != MEMHP_STATE_OFFLINE)
		return false;
	block = snapshot_block(plan->before, step->block);
	return block != NULL && matches(plan, block);
}

static int add_offlined(struct findings *findings, const struct rule *rule, uint32_t first,
			uint32_t last, const char *why, const char *remedy)
{
	struct memhp_finding *finding = finding_add(findings, rule);

	if (finding == NULL)
		return -ENOMEM;
	finding_subject(finding, first, last);
	finding_measure(finding, last - first + 1, 0, "blocks");
	text_copy(finding->message, sizeof(finding->message), why);
	text_copy(finding->remedy, sizeof(finding->remedy), remedy);
	return 0;
}

/* Blocks go offline downwards, so a run ends where the next number is not one less. */
int findings_of_offlined(const struct memhp_plan *plan, struct findings *findings,
			 const struct rule *rule, block_matches_fn matches, const char *why,
			 const char *remedy)
{
	uint32_t first = 0, last = 0;
	bool open = false;
	size_t i;
	int rc;

	for (i = 0; i < plan->step_count; i++) {
		uint32_t number = plan->steps[i].block;

		if (!is_matched(plan, &plan->steps[i], matches))
			continue;
		if (open && first == number + 1) {
			first = number;
			continue;
		}
		if (open) {
			rc = add_offlined(findings, rule, first, last, why, remedy);
			if (rc < 0)
				return rc;
		}
		first = last = number;
		open = true;
	}
	return open ? add_offlined(findings, rule, first, last, why, remedy) : 0;
}

int findings_of_left_out(struct findings *findings, const struct rule *rule,
			 const struct left_out *left_out, const char *why, const char *remedy)
{
	struct memhp_finding *finding;

	if (left_out->block_count == 0)
		return 0;
	finding = finding_add(findings, rule);
	if (finding == NULL)
		return -ENOMEM;
	finding->severity = MEMHP_SEVERITY_INFO;
	finding_subject(finding, left_out->first, left_out->last);
	finding_measure(finding, left_out->block_count, 0, "blocks");
	text_format(finding->message, sizeof(finding->message), "left out: %s", why);
	text_copy(finding->remedy, sizeof(finding->remedy), remedy);
	return 0;
}

void zones_to_words(zone_set zones, char *text, size_t size)
{
	if (zones == ZONES_KERNEL)
		text_copy(text, size, "a kernel zone");
	else if (zones == ZONES_UNKNOWN)
		text_copy(text, size, "any zone");
	else
		zones_to_text(zones, ',', text, size);
}
