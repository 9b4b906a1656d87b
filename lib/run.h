/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run: the only place that knows all layers. run.c goes forward, run-finish.c looks once more,
 * run-tell.c says what stopped it, run-report.c what came of it.
 */
#ifndef MEMHP_RUN_H
#define MEMHP_RUN_H

#include "apply.h"
#include "plan.h"

/* Scan, plan, gate, apply: how often, where each time something else has changed meanwhile. */
#define RUN_ROUNDS 3

struct run {
	struct memhp_ctx *ctx;
	struct io *io;
	const struct memhp_request *request;
	struct apply apply;
	struct policy policy;			/* read once */
	int policy_rc;				/* why it could not be, and its words */
	struct memhp_error policy_error;
	struct memhp_plan *plans[RUN_ROUNDS];	/* one a round; the log points into their snapshots */
	size_t plan_count;
	struct memhp_snapshot *later;		/* counted; the log's last steps point into it */
	struct lessons lessons;
	enum memhp_outcome outcome;
	struct memhp_error cause;		/* what stopped it */
	bool others_done;			/* nothing that came while the word was parked is left to do */
	uint64_t started;
	size_t blocks_before;			/* that rounds before this one have dealt with */
};

/* run-tell.c: what stopped it. */
void run_tell_denied(struct run *run, const struct memhp_plan *plan);
void run_tell_stopped(struct run *run);
void run_tell_surprised(struct run *run);
/* What is no block's, and could not be put back; after all else has been told. */
void run_tell_left(struct run *run);
/*
 * run_inquire - what holds up what was not done, or is in a block that could not be emptied; AFTER is the
 * machine now.
 */
void run_inquire(struct run *run, struct memhp_snapshot *after);

/*
 * run-policy.c: the policy of CTX's machine and of its --config, to be cleared. After a failure it is
 * the default one, so that what else is wrong can be found.
 */
int run_load_policy(const struct memhp_ctx *ctx, struct memhp_error *error, struct policy *ret_policy);
/* What is open is closed, and what a policy has parked put back, above all where that policy is broken. */
bool run_is_without_policy(const struct memhp_request *request);
/* run_take_request - a caller's request as this library knows it. */
int run_take_request(const struct memhp_request *given, struct memhp_error *error,
		     struct memhp_request *ret_request);
/* What is wrong with a request comes before what is wrong with the user, or with the policy. */
bool run_error_is_first(enum memhp_error_kind kind);
/* run_settle - which of two failures is told: what it returns, and what is then in ERROR. */
int run_settle(int policy_rc, const struct memhp_error *policy_error, int rc, struct memhp_error *error);

/*
 * run-others.c: onlines memory that others brought while auto-online was parked. AFTER, the machine as
 * it is now, outlives the run's log. RET_COUNT: how many blocks. -ENOMEM.
 */
int run_online_others(struct run *run, const struct memhp_snapshot *after, size_t *ret_count);

/* Whether a killed run may have left such memory behind. */
bool run_has_left_others(const struct run *run);

/*
 * run-arrivals.c. run_standing_word - by which word this run onlines new blocks that no section of the policy is
 * for; WORD_UNKNOWN: it does not. run_is_unclaimed - whether BLOCK is one.
 */
enum online_word run_standing_word(const struct run *run);
bool run_is_unclaimed(const struct run *run, const struct memhp_snapshot *after,
		      const struct memhp_block *block);
/* Before a plan is carried out that changes the word for good: what was there is remembered first. */
int run_note_word(struct run *run, const struct memhp_plan *plan, struct memhp_error *error);
/* In the end: which blocks have had their turn. */
void run_note_arrivals(struct run *run, const struct memhp_snapshot *after);

/*
 * run-rules.c: rules of udev that online blocks. run_hidden_word - by which word this run onlines what such a rule
 * would have onlined, WORD_UNKNOWN: it does not. run_hides_word - whether this run takes a rule out of force that
 * alone onlines what the kernel leaves offline. run_has_hidden_word - whether an earlier one has.
 * run_settle_rules - in the end: which rules are in force.
 */
enum online_word run_hidden_word(const struct run *run);
bool run_hides_word(const struct run *run);
bool run_has_hidden_word(const struct run *run);
void run_settle_rules(struct run *run, const struct memhp_snapshot *after);

/*
 * run_report - fills REPORT with what came of it, held against AFTER, the machine as it was read last;
 * NULL: it could not be. Without memory for the blocks it goes without them, and says so.
 */
void run_report(const struct run *run, struct memhp_snapshot *after, struct memhp_report *report);

/* run-finish.c: after the last step. There is a report in any case, be it one of what could not be read. */
void run_finish(struct run *run, struct memhp_report *report);

#endif
