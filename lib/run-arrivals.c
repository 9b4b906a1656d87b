/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run leaves for later ones to know: the word that the policy's took the place of in
 * auto_online_blocks, and which blocks have had their turn, so that nobody onlines again what somebody
 * has taken offline. Gone with the next boot.
 */
#include <errno.h>
#include <string.h>

#include "arrivals.h"
#include "run.h"

static const struct arrivals *arrivals_of(const struct run *run)
{
	return &run->plans[0]->before->arrivals;
}

static bool has_flag(const struct run *run, uint32_t flag)
{
	return (run->request->flags & flag) != 0;
}

static bool sets_word(const struct run *run)
{
	return run->request->operation == MEMHP_OPERATION_AUTO_ONLINE;
}

enum online_word run_standing_word(const struct run *run)
{
	const struct memhp_snapshot *before = run->plans[0]->before;
	const struct arrivals *arrivals = &before->arrivals;

	if (arrivals->set != WORD_OFFLINE || arrivals->replaced == WORD_OFFLINE ||
	    before->machine.auto_online != WORD_OFFLINE)
		return run_hidden_word(run);
	/* Put back in this run, or parked as before: either way nobody else onlines them. */
	if (has_flag(run, MEMHP_REQUEST_NEW) ||
	    (sets_word(run) && run->outcome == MEMHP_OUTCOME_DONE))
		return arrivals->replaced;
	return WORD_UNKNOWN;
}

static bool is_ours(const struct run *run, uint32_t number)
{
	size_t i;

	for (i = 0; i < run->apply.log_count; i++) {
		if (run->apply.log[i].step.kind == STEP_BLOCK &&
		    run->apply.log[i].step.block == number)
			return true;
	}
	return false;
}

bool run_is_unclaimed(const struct run *run, const struct memhp_snapshot *after,
		      const struct memhp_block *block)
{
	return block->state == MEMHP_STATE_OFFLINE && block->origin != MEMHP_ORIGIN_BOOT &&
	       !arrivals_have(arrivals_of(run), block->number) && !is_ours(run, block->number) &&
	       policy_section_of_block(&run->policy, after, block) == NULL;
}

/* ---- the word ---- */

/*
 * A rule would have onlined what is offline: at boot, when udev has not told of it yet, and what came since the rule is
 * out of force. In a system that is up, what the rule has left offline till now is so because somebody wants it.
 */
static bool waits_for_rule(const struct run *run)
{
	return run_hides_word(run) &&
	       (run->plans[0]->before->setup.udev_has_told == TRI_NO || run_has_hidden_word(run));
}

/* What is offline before the word is the policy's stays as somebody has it, if it was not to be onlined yet. */
static bool had_its_turn(const struct run *run, const struct memhp_block *block)
{
	const struct memhp_snapshot *before = run->plans[0]->before;

	return arrivals_have(&before->arrivals, block->number) ||
	       (before->arrivals.set == WORD_UNKNOWN && !waits_for_rule(run) &&
		block->state == MEMHP_STATE_OFFLINE &&
		policy_section_of_block(&run->policy, before, block) == NULL);
}

static bool is_seen_by_all(const struct run *run, const struct memhp_block *block)
{
	return true;
}

/* Added by this run: whoever asked for it has decided what becomes of it. */
static bool is_seen_by_others(const struct run *run, const struct memhp_block *block)
{
	const struct memhp_snapshot *before = run->plans[0]->before;
	size_t i;

	if (snapshot_block(before, block->number) != NULL)
		return arrivals_have(&before->arrivals, block->number);
	for (i = 0; i < run->plan_count; i++) {
		if (snapshot_block(run->plans[i]->predicted, block->number) != NULL)
			return true;
	}
	return false;
}

typedef bool (*seen_fn)(const struct run *run, const struct memhp_block *block);

/* The blocks of SNAPSHOT that had their turn, to be freed. -ENOMEM. */
static int collect(const struct run *run, const struct memhp_snapshot *snapshot, seen_fn is_seen,
		   struct arrivals *arrivals)
{
	struct block_run *runs = calloc(snapshot->block_count + 1, sizeof(*runs));
	size_t count = 0, i;

	if (runs == NULL)
		return -ENOMEM;
	for (i = 0; i < snapshot->block_count; i++) {
		if (is_seen(run, &snapshot->blocks[i]))
			arrivals_append(runs, &count, snapshot->blocks[i].number);
	}
	*arrivals = *arrivals_of(run);
	text_copy(arrivals->boot_id, sizeof(arrivals->boot_id),
		  snapshot->machine.boot_id != NULL ? snapshot->machine.boot_id : "");
	arrivals->runs = runs;
	arrivals->run_count = count;
	return 0;
}

static const struct memhp_step *word_step(const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == STEP_AUTO_ONLINE && plan->steps[i].stands)
			return &plan->steps[i];
	}
	return NULL;
}

int run_note_word(struct run *run, const struct memhp_plan *plan, struct memhp_error *error)
{
	const struct memhp_step *step = word_step(plan);
	struct arrivals arrivals;
	int rc;

	if (step == NULL || has_flag(run, MEMHP_REQUEST_RESTORE))
		return 0;
	rc = collect(run, plan->before, had_its_turn, &arrivals);
	if (rc < 0)
		return error_memory(error);
	/* A word that somebody has written since is what there was before this one. */
	if (arrivals.set == WORD_UNKNOWN || arrivals.set != step->from)
		arrivals.replaced = step->from;
	arrivals.set = step->to;
	rc = apply_save_arrivals(&run->apply, &arrivals);
	free((void *)arrivals.runs);
	return rc < 0 ? error_system(error, rc, "/" ARRIVALS_PATH, "cannot be written") : 0;
}

/* ---- in the end ---- */

static bool is_same(const struct arrivals *a, const struct arrivals *b)
{
	return a->set == b->set && a->replaced == b->replaced && a->run_count == b->run_count &&
	       (a->run_count == 0 ||
		memcmp(a->runs, b->runs, a->run_count * sizeof(*a->runs)) == 0);
}

/* What stands now: the policy's word, or the one before it again. */
static void settle_word(const struct run *run, const struct memhp_snapshot *after,
			struct arrivals *arrivals)
{
	const struct memhp_step *step = word_step(run->plans[run->plan_count - 1]);
	bool restores = has_flag(run, MEMHP_REQUEST_RESTORE);

	if (step != NULL && !restores && run->outcome == MEMHP_OUTCOME_DONE) {
		if (arrivals->set == WORD_UNKNOWN || arrivals->set != step->from)
			arrivals->replaced = step->from;
		arrivals->set = step->to;
	}
	if ((restores && run->outcome != MEMHP_OUTCOME_FAILED) ||
	    arrivals->set != after->machine.auto_online || arrivals->set == arrivals->replaced) {
		arrivals->set = WORD_UNKNOWN;
		arrivals->replaced = WORD_UNKNOWN;
	}
}

static int note_arrivals(struct run *run, const struct memhp_snapshot *after)
{
	const struct memhp_plan *last = run->plans[run->plan_count - 1];
	bool takes = has_flag(run, MEMHP_REQUEST_NEW), sets = sets_word(run);
	const struct arrivals *before = arrivals_of(run);
	struct arrivals arrivals;
	int rc = 0;

	if (!takes && !sets && before->run_count == 0 && before->set == WORD_UNKNOWN)
		return 0;
	/* What came while the run was at work has its turn yet. */
	if (collect(run,
		    takes ? last->before :
		    sets  ? run->plans[0]->before :
			    after,
		    takes ? is_seen_by_all :
		    sets  ? had_its_turn :
			    is_seen_by_others,
		    &arrivals) < 0)
		return -ENOMEM;
	if (sets)
		settle_word(run, after, &arrivals);
	/* Before the word was written it was noted, which must not stand if the kernel has not taken it. */
	if (!is_same(&arrivals, before) || (sets && word_step(last) != NULL)) {
		arrivals.time = run->io->ops->now(run->io) / 1000;
		rc = apply_save_arrivals(&run->apply, &arrivals);
	}
	free((void *)arrivals.runs);
	return rc;
}

/* Without it later runs ask blocks twice that have had their turn. */
void run_note_arrivals(struct run *run, const struct memhp_snapshot *after)
{
	int rc = note_arrivals(run, after);

	if (rc == 0 || run->cause.kind != MEMHP_ERROR_NONE)
		return;
	if (run->outcome == MEMHP_OUTCOME_DONE || run->outcome == MEMHP_OUTCOME_ALREADY)
		run->outcome = MEMHP_OUTCOME_PARTIAL;
	run->apply.stopped_by = MEMHP_STOP_OTHER;
	error_system(&run->cause, rc, "/" ARRIVALS_PATH, "cannot be written");
}
