/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only writer. Takes steps one by one: look, act, read back; keeps a log of what was done, by
 * which it is undone. Knows nothing of targets, plans and rules.
 */
#ifndef MEMHP_APPLY_H
#define MEMHP_APPLY_H

#include "io.h"
#include "model.h"
#include "step.h"

/* One step as it went. */
struct step_log {
	struct memhp_step step;
	const struct memhp_snapshot *snapshot;	/* whose devices the step means; borrowed */
	struct seen before;
	uint8_t by;				/* enum by */
	bool done;
	bool outrun;				/* the kernel said that it was so already */
	bool acted;				/* the kernel may have acted on a write, though it does not hold */
	bool lost;				/* what it made is there, and cannot be told from what others made */
	bool unbinding;				/* the driver has let go, and the kernel may still be at it */
	bool undone;
	bool undo_failed;
	bool unnoted;				/* it was not written, for the journal could not be */
	int rc;					/* -errno of what failed, or 0 */
	char message[256];			/* ... in one clause */
};

enum apply_end {
	APPLY_DONE,
	APPLY_SURPRISE,		/* a subject stands where no step begins: plan again */
	APPLY_FAILED,		/* the kernel refused */
	APPLY_STOPPED,		/* timed out or cancelled */
};

struct apply {
	struct io *io;
	/* set by the caller */
	enum memhp_on_error on_error;
	uint64_t deadline;			/* of all forward work */
	uint64_t block_timeout;			/* nanoseconds for one step */
	uint64_t started;
	unsigned int retries;			/* of an offline that found the block busy */
	void (*progress)(void *data, const struct step_log *log, bool undo);
	void *progress_data;
	/* filled by apply */
	struct step_log *log;
	size_t log_count;
	size_t log_capacity;
	size_t write_count;			/* writes that the kernel may have acted on */
	size_t block_steps;			/* dealt with, forward and back */
	size_t failed;				/* index + 1 of the first failed entry, 0: none */
	enum memhp_stop stopped_by;
	bool leaked;				/* the kernel kept what a driver let go: nothing more is done */
	bool at_work;				/* ... or is at it yet, and whoever (un)binds would wait for that */
	uint64_t undo_limit;			/* when rolling back ends to take blocks offline; 0: none yet */
	bool undo_waited;			/* ... and to online them: one has had all its time for nothing */
	bool bind_refused;			/* a driver did not take a device without its id */
	struct journal journal;			/* brackets that are open, as saved */
	int journal_rc;				/* why it could not be brought up to what is so, or 0 */
	char *buffer;				/* for files that are read */
	size_t buffer_size;
};

int apply_init(struct apply *apply, struct io *io, struct memhp_error *error);
void apply_clear(struct apply *apply);

/*
 * apply_steps - carries out STEPS on the machine that SNAPSHOT describes. What it allocates it
 * allocates before the first write. Undoes nothing.
 */
int apply_steps(struct apply *apply, const struct memhp_snapshot *snapshot, const struct memhp_step *steps,
		size_t count, struct memhp_error *error, enum apply_end *ret_end);

/* apply_changed - this step is, or may be, this run's doing, and is to be undone if all is. */
bool apply_changed(const struct step_log *log);

/* apply_rollback - undoes all that was done, the last first. False: something could not be undone. */
bool apply_rollback(struct apply *apply);

/* apply_close_brackets - what was opened for the time of the run only is put back. Likewise. */
bool apply_close_brackets(struct apply *apply);

/*
 * apply_afterwards - STEPS that follow a run however it ended, and are no part of what it was asked
 * for: what fails is in the log alone. -ENOMEM.
 */
int apply_afterwards(struct apply *apply, const struct memhp_snapshot *snapshot,
		     const struct memhp_step *steps, size_t count);

/*
 * apply-journal.c. apply_journal_take - makes what a killed run left open this run's; what is void by
 * now is struck out. The lock is held. Before the first step.
 */
void apply_journal_take(struct apply *apply, const struct memhp_snapshot *snapshot);
/* Before a step is written; then it must not be, if this fails. */
int apply_journal_open(struct apply *apply, const struct memhp_snapshot *snapshot,
		       const struct memhp_step *step);
/* Before BLOCK is taken offline as asked: should the run be killed, the next one is not to online it. */
void apply_journal_claim(struct apply *apply, uint32_t block);
/* STEP holds. */
void apply_journal_close(struct apply *apply, const struct memhp_snapshot *snapshot,
			 const struct memhp_step *step);
/*
 * After the last step: what came while auto-online was parked is no longer noted if that is dealt with,
 * and else without the blocks that this run has dealt with; and once more what could not be saved.
 */
void apply_journal_settle(struct apply *apply, bool others_done);
/* apply-arrivals.c: what is remembered from run to run. -ENOMEM, or why it could not be saved. */
int apply_save_arrivals(struct apply *apply, const struct arrivals *arrivals);
/* ... and until the next boot: rules of udev that stand in for those of file NAME. NULL: no longer. */
#define RULES_PATH "run/udev/rules.d"
int apply_save_rules(struct apply *apply, const char *name, const char *text);
/* The kernel has not taken what was to open a bracket. */
void apply_journal_forget(struct apply *apply, const struct memhp_snapshot *snapshot,
			  const struct memhp_step *step);

#endif
