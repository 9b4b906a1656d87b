/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zone-allowed: a block cannot go, or may not be moved, to the zone asked for. */
#include <errno.h>

#include "../rule.h"

static bool alike(const struct memhp_step *a, const struct memhp_step *b)
{
	return a->block + 1 == b->block && a->from == b->from && a->from_zones == b->from_zones &&
	       a->to_zones == b->to_zones;
}

static bool has_any_block(const struct memhp_snapshot *snapshot, uint16_t device)
{
	struct device_walk walk = { .device = device };

	return device_block_next(snapshot, &walk) != NULL;
}

/* A part that is not there may never come, and the others are there; where none is, that is nothing done. */
static void describe_missing(const struct memhp_plan *plan, const struct memhp_step *step,
			     struct memhp_finding *finding)
{
	if (!has_any_block(plan->before, step->device)) {
		text_copy(finding->message, sizeof(finding->message),
			  "not there: kmem has taken the device, but the kernel has added none of "
			  "its memory yet");
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "try again; if it stays so, the kernel log says why: remove the device "
			  "and online it again");
		return;
	}
	finding->severity = MEMHP_SEVERITY_WARN;
	text_copy(finding->message, sizeof(finding->message),
		  "not there: kmem has taken the device, but the kernel did not add this part "
		  "of it");
	text_copy(finding->remedy, sizeof(finding->remedy),
		  "the kernel log says why; remove the device and online it again");
}

static void describe(const struct memhp_plan *plan, struct memhp_finding *finding,
		     const struct memhp_step *step)
{
	char from[IO_NAME_MAX], to[IO_NAME_MAX];

	if (step->from_zones == ZONE_SPANS)
		text_copy(from, sizeof(from), "several zones");
	else
		zones_to_words(step->from_zones, from, sizeof(from));
	zones_to_words(step->to_zones, to, sizeof(to));
	if (step->from == MEMHP_STATE_ONLINE) {
		text_format(finding->message, sizeof(finding->message),
			    "online in %s already, and not to be moved to %s unasked", from, to);
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "name the dax device whose memory this is, or say --move");
	} else if (step->from == MEMHP_STATE_OFFLINE) {
		text_format(finding->message, sizeof(finding->message),
			    "the kernel does not offer %s for this memory (valid_zones)", to);
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "see candidate_zones in `memhp list blocks --json` for the zones it can "
			  "go to");
	} else if (step->from == MEMHP_STATE_ABSENT) {
		describe_missing(plan, step, finding);
	} else {
		text_format(finding->message, sizeof(finding->message), "its state is %s",
			    memhp_state_to_string(step->from));
		text_copy(finding->remedy, sizeof(finding->remedy),
			  "try again when nothing else is changing this memory");
	}
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	const struct memhp_step *refused = plan->refused;
	size_t first = 0, i;

	for (i = 0; i < plan->refused_count; i++) {
		struct memhp_finding *finding;

		if (i + 1 < plan->refused_count &&
		    (alike(&refused[i], &refused[i + 1]) || alike(&refused[i + 1], &refused[i])))
			continue;
		finding = finding_add(findings, &rule_zone_allowed);
		if (finding == NULL)
			return -ENOMEM;
		finding_subject(finding, MIN(refused[first].block, refused[i].block),
				MAX(refused[first].block, refused[i].block));
		finding_measure(finding, i - first + 1, 0, "blocks");
		describe(plan, finding, &refused[i]);
		first = i + 1;
	}
	return 0;
}

const struct rule rule_zone_allowed = {
	.name = "zone-allowed",
	.severity = MEMHP_SEVERITY_DENY,
	.forceable = FORCE_NEVER,
	.operations = OPERATION_BIT(MEMHP_OPERATION_ONLINE),
	.summary = "the block cannot go, or may not be moved, to the zone asked for",
	.check = check,
};
