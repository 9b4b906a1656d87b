/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario: a machine of the fake kernel, and requests made of it one after the other in a line of
 * text. Also what must hold after any run, whatever was asked and whatever went wrong: those checks
 * collect their failures and go on, so that one run of a test shows all that is wrong.
 */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include "fakekern.h"
#include "../lib/plan.h"

struct scenario {
	const char *name;
	void (*build)(struct fakekern *kernel);		/* nodes and devices */
	/*
	 * Requests, separated by "; ": `online zone=movable memmap=on move dax0.0`. The last may end
	 * in `= refused` or another outcome; without, it must be done or already so. The ones before
	 * it set the stage.
	 */
	const char *requests;
	const char *ends;				/* "64-67 online Movable, dax0.0 kmem" */
	const char *auto_online;			/* NULL: as the kernel boots */
	const char *memmap_on_memory;			/* the parameter; NULL: N */
	const char *kernels;				/* NULL: all; else such as "6.12 7.2" */
	bool faults;					/* one of those to try faults on */
	bool once;					/* a second time it is another request */
};

struct kernel_row {
	const char *name;
	const struct fakekern_config *config;
};
extern const struct kernel_row kernel_rows[3];
/* scenarios.c: the list. */
extern const struct scenario scenarios[];
extern const size_t scenario_count;
bool scenario_runs_on(const struct scenario *scenario, const struct kernel_row *row);

/* What is counted and what failed; printed as TAP comments. */
struct tally {
	size_t cases;
	size_t failures;
	bool quiet;			/* counts, does not say */
	char context[512];
};
void tally_context(struct tally *tally, const char *format, ...) PRINTF(2, 3);
/* Says so and goes on. */
void tally_fail(struct tally *tally, const char *format, ...) PRINTF(2, 3);
/* Prints the number of cases; ends the cmocka test if anything failed. */
void tally_end(struct tally *tally, const char *what);

/* One request, run. */
struct outcome {
	int rc;
	struct memhp_report *report;	/* NULL if rc < 0 */
	struct memhp_error error;
};
void outcome_clear(struct outcome *outcome);

/* The small machine: 1 GiB of node 0; devices start at 8 GiB, block 64. */
struct fakekern *scenario_machine(const struct scenario *scenario, const struct kernel_row *row);
/* Runs all requests but the last; false: one of them failed, which is said. */
bool scenario_prepare(const struct scenario *scenario, struct fakekern *kernel, struct tally *tally);
/* The last request. IO is freed by the run. */
void scenario_run(const struct scenario *scenario, struct io *io, struct outcome *ret_outcome);
const char *scenario_last(const struct scenario *scenario);	/* that request's text */
/* What the last request is to end in; MEMHP_OUTCOME_DONE stands for ALREADY too. */
enum memhp_outcome scenario_expected(const struct scenario *scenario);
/* Any request of that language. */
void request_run(const char *text, struct io *io, struct outcome *ret_outcome);
/*
 * scenarios_for_faults - calls FN for each scenario that faults are tried on, on each of its kernels;
 * with MEMHP_TEST_ALL in the environment, for all that are to end well.
 */
void scenarios_for_faults(struct tally *tally,
			  void (*fn)(const struct scenario *scenario, const struct kernel_row *row,
				     struct tally *tally));
bool outcome_is_fine(const struct outcome *outcome);	/* done or already */
const char *outcome_name(const struct outcome *outcome);

/* --- what must hold --- */

/* The machine is as SNAPSHOT has it, block by block. */
void check_blocks(struct tally *tally, struct fakekern *kernel, const struct memhp_snapshot *snapshot,
		  const char *what);
/* Each block of the report stands as it says. */
void check_report(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome);
/* The pictures are alike; says where they are not. */
void check_pictures(struct tally *tally, const char *before, const char *after, const char *what);
/* After any run, with BEFORE the picture of the machine before it. */
void check_any(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome,
	       const char *before);
/* Onlining goes up, offlining goes down, and no unbind comes while a block is online. */
void check_order(struct tally *tally, struct fakekern *kernel);
/* What the scenario says how it ends. */
void check_ends(struct tally *tally, struct fakekern *kernel, const char *ends);
void check_outcome(struct tally *tally, const struct scenario *scenario, const struct outcome *outcome);
void check_violations(struct tally *tally, struct fakekern *kernel);

#endif
