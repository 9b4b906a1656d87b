/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules of udev that online memory blocks as they appear, while the policy has the kernel leave them offline: files
 * below run/ stand in for theirs until the next boot, or until the word is put back; and what such a rule would have
 * onlined the service onlines. Files below etc/ are the administrator's, and nothing can stand in for them.
 */
#include <errno.h>

#include "apply.h"
#include "run.h"

static const struct memhp_snapshot *before_of(const struct run *run)
{
	return run->plans[0]->before;
}

/* By which the kernel onlines what appears, the policy's word left aside. */
static enum online_word own_word(const struct memhp_snapshot *before)
{
	const struct arrivals *arrivals = &before->arrivals;

	return arrivals->set != WORD_UNKNOWN && arrivals->set == before->machine.auto_online ?
		       arrivals->replaced :
		       before->machine.auto_online;
}

/*
 * The word of a set. Of several, as where a rule asks whether the machine is a virtual one, that which leaves the zone
 * to the kernel. WORD_UNKNOWN: there is none.
 */
static enum online_word word_of(uint8_t words)
{
	enum online_word word;

	if ((words & 1U << WORD_ONLINE) != 0)
		return WORD_ONLINE;
	for (word = WORD_OFFLINE; word <= WORD_ONLINE_MOVABLE; word++) {
		if (words == 1U << word)
			return word;
	}
	return WORD_UNKNOWN;
}

/* Where the kernel itself leaves blocks offline, it must be known what the rule would have made of them. */
static bool can_hide(const struct memhp_snapshot *before, const struct udev_stand_in *stand_in)
{
	return stand_in->text != NULL &&
	       (own_word(before) != WORD_OFFLINE || word_of(stand_in->words) != WORD_UNKNOWN);
}

static enum online_word word_of_rules(const struct run *run, bool standing)
{
	const struct memhp_snapshot *before = before_of(run);
	size_t i;

	if (own_word(before) != WORD_OFFLINE || before->machine.auto_online != WORD_OFFLINE)
		return WORD_UNKNOWN;
	for (i = 0; i < before->setup.stand_in_count; i++) {
		const struct udev_stand_in *stand_in = &before->setup.stand_ins[i];

		if (can_hide(before, stand_in) && (stand_in->stands || !standing))
			return word_of(stand_in->words);
	}
	return WORD_UNKNOWN;
}

static bool restores(const struct run *run)
{
	return (run->request->flags & MEMHP_REQUEST_RESTORE) != 0;
}

enum online_word run_hidden_word(const struct run *run)
{
	bool is_new = (run->request->flags & MEMHP_REQUEST_NEW) != 0;

	return is_new || restores(run) ? word_of_rules(run, true) : WORD_UNKNOWN;
}

bool run_hides_word(const struct run *run)
{
	return !restores(run) && run->policy.auto_online == WORD_OFFLINE &&
	       word_of_rules(run, false) != WORD_UNKNOWN;
}

bool run_has_hidden_word(const struct run *run)
{
	return word_of_rules(run, true) != WORD_UNKNOWN;
}

/* ---- in the end ---- */

static bool has_ended_well(const struct run *run)
{
	return run->outcome == MEMHP_OUTCOME_DONE || run->outcome == MEMHP_OUTCOME_ALREADY;
}

static bool wants_hidden(const struct run *run, const struct memhp_snapshot *after)
{
	return !restores(run) && run->policy.auto_online == WORD_OFFLINE &&
	       after->machine.auto_online == WORD_OFFLINE;
}

static int settle(struct run *run, const struct udev_stand_in *stand_in, bool hides)
{
	bool wanted = hides && can_hide(before_of(run), stand_in);

	if (wanted ? stand_in->is_current : !stand_in->stands)
		return 0;
	return apply_save_rules(&run->apply, stand_in->name, wanted ? stand_in->text : NULL);
}

static void tell(struct run *run, const struct udev_stand_in *stand_in, int rc)
{
	char path[IO_PATH_MAX];

	run->outcome = MEMHP_OUTCOME_PARTIAL;
	run->apply.stopped_by = MEMHP_STOP_OTHER;
	text_format(path, sizeof(path), "/" RULES_PATH "/%s", stand_in->name);
	error_system(&run->cause, rc, path, "cannot be written");
}

void run_settle_rules(struct run *run, const struct memhp_snapshot *after)
{
	const struct setup *setup = &before_of(run)->setup;
	bool hides = wants_hidden(run, after);
	size_t i;

	if (run->request->operation != MEMHP_OPERATION_AUTO_ONLINE ||
	    (!restores(run) && !has_ended_well(run)))
		return;
	for (i = 0; i < setup->stand_in_count; i++) {
		int rc = settle(run, &setup->stand_ins[i], hides);

		if (rc < 0 && run->cause.kind == MEMHP_ERROR_NONE)
			tell(run, &setup->stand_ins[i], rc);
	}
}
