/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While auto-online is parked for a run, memory of others may appear: a DIMM that is plugged in, more
 * of virtio-mem. The kernel leaves it offline then, so it is onlined here by the word that was parked,
 * also where the run that had parked it was killed.
 */
#include <errno.h>
#include <string.h>

#include "journal.h"
#include "run.h"

/* The word that this run had taken away for a while; WORD_UNKNOWN: none. What stands is no such thing. */
static enum online_word parked_word(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->apply.log_count; i++) {
		const struct step_log *log = &run->apply.log[i];

		if (log->step.kind == STEP_AUTO_ONLINE && log->step.to == WORD_OFFLINE &&
		    !log->step.stands && apply_changed(log))
			return log->step.from;
	}
	return WORD_UNKNOWN;
}

/* What becomes of all of its blocks was for the request to say. */
static bool is_our_device(const struct run *run, const char *name)
{
	size_t plan, i;

	for (plan = 0; name != NULL && plan < run->plan_count; plan++) {
		const struct memhp_snapshot *before = run->plans[plan]->before;

		for (i = 0; i < before->device_count; i++) {
			if (strcmp(before->devices[i].name, name) == 0 &&
			    plan_takes_device(run->plans[plan], (uint16_t)i))
				return true;
		}
	}
	return false;
}

/* It was to change nothing, and what a killed run has left is for the next one. */
static bool is_refused(const struct run *run)
{
	return run->outcome == MEMHP_OUTCOME_REFUSED || run->outcome == MEMHP_OUTCOME_STALE;
}

/* What the journal of a killed run says of the word that it had parked; NULL: nothing. */
static const struct bracket *left_word(const struct run *run)
{
	const struct journal *journal = &run->plans[0]->before->journal;
	const struct bracket *parked = journal_find_kind(journal, BRACKET_AUTO_ONLINE);

	if (journal->alive || journal->run_count == 0 || is_refused(run))
		return NULL;
	return parked != NULL ? parked : journal_find_kind(journal, BRACKET_OTHERS);
}

/* No plan of this run brings it, or leaves it as it is now on purpose. */
static bool is_planned(const struct run *run, uint32_t number)
{
	size_t i, c;

	for (i = 0; i < run->plan_count; i++) {
		const struct memhp_plan *plan = run->plans[i];
		const struct memhp_block *before = snapshot_block(plan->before, number);

		if (before == NULL ? snapshot_block(plan->predicted, number) != NULL :
				     plan_offlines(plan, before))
			return true;
		for (c = 0; c < plan->changes.count; c++) {
			if (plan->changes.items[c].first_block <= number &&
			    number <= plan->changes.items[c].last_block)
				return true;
		}
	}
	return false;
}

/* It came during the run of one that was killed. */
static bool is_left(const struct run *run, const struct memhp_block *block)
{
	return left_word(run) != NULL &&
	       journal_is_new(&run->plans[0]->before->journal, block->number);
}

/* It came while this run had the word parked. */
static bool came_now(const struct run *run, const struct memhp_block *block)
{
	return parked_word(run) != WORD_UNKNOWN &&
	       snapshot_block(run->plans[0]->before, block->number) == NULL;
}

/* It came during the run, or during that of a killed one, and no plan of this run knows of it. */
static bool is_others(const struct run *run, const struct memhp_snapshot *after,
		      const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_OFFLINE &&
	       (came_now(run, block) || is_left(run, block)) && !is_planned(run, block->number) &&
	       !is_our_device(run, snapshot_device_name(after, block->device));
}

/* Which blocks nobody onlines but this run: by how the word came to be away. */
typedef bool (*others_fn)(const struct run *run, const struct memhp_snapshot *after,
			  const struct memhp_block *block);

static size_t count_others(const struct run *run, const struct memhp_snapshot *after, others_fn fn)
{
	size_t count = 0, i;

	for (i = 0; i < after->block_count; i++)
		count += fn(run, after, &after->blocks[i]);
	return count;
}

/* Where the kernel puts it is the kernel's affair. */
static void fill_steps(const struct run *run, const struct memhp_snapshot *after, others_fn fn,
		       enum online_word word, struct memhp_step *steps)
{
	size_t i;

	for (i = 0; i < after->block_count; i++) {
		if (!fn(run, after, &after->blocks[i]))
			continue;
		*steps++ = (struct memhp_step){
			.kind = STEP_BLOCK,
			.device = NO_DEVICE,
			.block = after->blocks[i].number,
			.from = MEMHP_STATE_OFFLINE,
			.to = MEMHP_STATE_ONLINE,
			.word = (uint8_t)(came_now(run, &after->blocks[i]) ? parked_word(run) :
									     word),
			.to_zones = ZONES_UNKNOWN | ZONE_SPANS,
			.recovers = fn == is_others && !came_now(run, &after->blocks[i]) &&
				    is_left(run, &after->blocks[i]),
		};
	}
}

bool run_has_left_others(const struct run *run)
{
	return left_word(run) != NULL;
}

/* A block that nobody got round to is onlined by the next run. */
static bool was_cut_short(const struct run *run, size_t count)
{
	const struct step_log *log = run->apply.log + run->apply.log_count;

	while (count-- > 0) {
		log--;
		if (!log->done &&
		    (log->rc == -ECANCELED || log->rc == -ETIMEDOUT || log->rc == -ETIME))
			return true;
	}
	return false;
}

int run_online_others(struct run *run, const struct memhp_snapshot *after, size_t *ret_count)
{
	const struct bracket *left = left_word(run);
	enum online_word word = left != NULL ? (enum online_word)left->value : parked_word(run);
	others_fn fn = word != WORD_UNKNOWN ? is_others : run_is_unclaimed;
	_cleanup_free_ struct memhp_step *steps = NULL;
	size_t count = 0;
	int rc = 0;

	if (word == WORD_UNKNOWN)
		word = run_standing_word(run);
	if (word != WORD_UNKNOWN)
		count = count_others(run, after, fn);
	if (count > 0) {
		steps = calloc(count, sizeof(*steps));
		if (steps == NULL)
			return -ENOMEM;
		fill_steps(run, after, fn, word, steps);
		rc = apply_afterwards(&run->apply, after, steps, count);
	}
	if (rc < 0)
		return rc;
	run->others_done = !is_refused(run) && !was_cut_short(run, count);
	*ret_count = count;
	return 0;
}
