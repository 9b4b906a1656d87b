/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * udev-rules: rules of a distribution, or of somebody who was here before, that online memory blocks as
 * they appear, or have something run for them. A rule never sees more than one block, and no policy.
 */
#include <errno.h>
#include <string.h>

#include "../rule.h"
#include "../surroundings.h"

#define WORD_BIT(word) ((uint8_t)(1U << (word)))

/* What the policy has no objection to. */
static uint8_t wanted_words(const struct memhp_plan *plan)
{
	if (plan->policy.auto_online != WORD_UNKNOWN)
		return WORD_BIT(plan->policy.auto_online);
	switch (plan->policy.zone) {
	case MEMHP_ZONE_MOVABLE:
		return WORD_BIT(WORD_ONLINE_MOVABLE);
	case MEMHP_ZONE_KERNEL:
		return WORD_BIT(WORD_ONLINE_KERNEL);
	case MEMHP_ZONE_AUTO:
		return WORD_BIT(WORD_ONLINE);
	default:
		return 0;
	}
}

static void name_words(uint8_t words, char *text, size_t size)
{
	enum online_word word;

	text[0] = '\0';
	for (word = WORD_OFFLINE; word <= WORD_ONLINE_MOVABLE; word++) {
		if ((words & WORD_BIT(word)) != 0)
			text_format(text + strlen(text), size - strlen(text), "%s%s",
				    text[0] != '\0' ? " or " : "", online_word_name(word));
	}
}

/* A rule for machines of another kind does no harm to this one, and one as the policy has it none at all. */
static enum memhp_severity severity_of(const struct memhp_plan *plan, const struct udev_hit *hit)
{
	if (!hit->is_state || hit->hidden || !has_hotplug(plan))
		return MEMHP_SEVERITY_INFO;
	if (hit->words != 0 && (hit->words & ~wanted_words(plan)) == 0)
		return MEMHP_SEVERITY_INFO;
	return MEMHP_SEVERITY_WARN;
}

static void describe(const struct udev_hit *hit, struct memhp_finding *finding)
{
	const char *what = hit->is_block ? "memory block" : "dax device";
	char words[IO_NAME_MAX];

	name_words(hit->words, words, sizeof(words));
	if (!hit->is_state)
		text_format(finding->message, sizeof(finding->message),
			    "it %s %.80s for each %s that appears, and what that does is not known",
			    hit->certain ? "runs" : "may run", hit->text, what);
	else if (hit->words == 0)
		text_format(
			finding->message, sizeof(finding->message),
			"it %s \"%.60s\" to the state of each %s that appears, and what that comes "
			"to is not known",
			hit->certain ? "writes" : "may write", hit->text, what);
	else
		text_format(
			finding->message, sizeof(finding->message),
			"it %s %s to the state of each %s that appears, whatever the policy says",
			hit->certain ? "writes" : "may write", words, what);
}

/* While the policy has auto-online = offline (run-rules.c). */
static void describe_hidden(const struct udev_hit *hit, struct memhp_finding *finding)
{
	const char *name = strrchr(hit->file, '/');
	char words[IO_NAME_MAX];

	name_words(hit->words, words, sizeof(words));
	text_format(finding->message, sizeof(finding->message),
		    "it would write %.60s to the state of each memory block that appears, and is "
		    "out of force until the next boot, by /run/udev/rules.d/%.80s",
		    words[0] != '\0' ? words : hit->text, name != NULL ? name + 1 : hit->file);
	text_format(finding->remedy, sizeof(finding->remedy),
		    "memhp auto-online --restore has it in force again; a copy of the file without "
		    "it in /etc/udev/rules.d takes its place for good");
}

/* A file of the same name below /etc stands for the one of the distribution. */
static void advise(const struct udev_hit *hit, struct memhp_finding *finding)
{
	const char *name = strrchr(hit->file, '/');

	if (text_starts_with(hit->file, "etc/"))
		text_format(finding->remedy, sizeof(finding->remedy),
			    "take that rule out of the file, or let the policy say the same");
	else
		text_format(finding->remedy, sizeof(finding->remedy),
			    "a copy of the file without that rule as /etc/udev/rules.d/%.60s takes "
			    "its place",
			    name != NULL ? name + 1 : hit->file);
}

static int add(const struct memhp_plan *plan, struct findings *findings, const struct udev_hit *hit)
{
	struct memhp_finding *finding = finding_add(findings, &rule_udev_rules);

	if (finding == NULL)
		return -ENOMEM;
	finding->severity = severity_of(plan, hit);
	text_format(finding->subject, sizeof(finding->subject), "/%s:%u", hit->file, hit->line);
	if (hit->hidden) {
		describe_hidden(hit, finding);
		return 0;
	}
	describe(hit, finding);
	advise(hit, finding);
	return 0;
}

static bool matters(const struct memhp_plan *plan, const struct udev_hit *hit)
{
	/* Blocks are offline as they appear; what memhp's own rules run asks the policy. */
	if (hit->is_state)
		return hit->words != WORD_BIT(WORD_OFFLINE);
	return (hit->certain || hit->named) && strstr(hit->text, "memhp") == NULL &&
	       (hit->is_block || has_dax_memory(plan));
}

static int check(const struct memhp_plan *plan, struct findings *findings)
{
	const struct setup *setup = &plan->before->setup;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < setup->hit_count; i++) {
		if (matters(plan, &setup->hits[i]))
			rc = add(plan, findings, &setup->hits[i]);
	}
	return rc;
}

const struct rule rule_udev_rules = {
	.name = "udev-rules",
	.severity = MEMHP_SEVERITY_WARN,
	.forceable = FORCE_NOT_APPLICABLE,
	.operations = OPERATION_BIT(MEMHP_OPERATION_NONE),
	.summary = "a rule of udev onlines memory behind memhp's back",
	.check = check,
};
