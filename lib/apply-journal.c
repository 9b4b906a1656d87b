/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeps the journal: what is changed for the time of a run only is saved before it is written and
 * struck out once it is put back, so that the next run can close what a killed one left open.
 */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "journal.h"

static int save(struct apply *apply)
{
	char text[JOURNAL_TEXT_SIZE];

	if (apply->journal.count == 0)
		return apply->io->ops->save(apply->io, JOURNAL_PATH, NULL);
	journal_format(&apply->journal, text);
	return apply->io->ops->save(apply->io, JOURNAL_PATH, text);
}

/* What there is, and what dax devices may bring, is not others'; where it does not fit, nothing is known. */
static bool know_all(struct journal *journal, const struct memhp_snapshot *snapshot)
{
	uint32_t first, last;
	size_t i, m;

	for (i = 0; i < snapshot->block_count; i++) {
		if (!journal_add_run(journal, snapshot->blocks[i].number,
				     snapshot->blocks[i].number))
			return false;
	}
	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];

		for (m = 0; device->kind == MEMHP_DEVICE_DAX && m < device->mapping_count; m++) {
			if (snapshot_mapping_blocks(snapshot, device, m, &first, &last) &&
			    !journal_add_run(journal, first, last))
				return false;
		}
	}
	return true;
}

static void know(struct journal *journal, const struct memhp_snapshot *snapshot)
{
	if (journal->run_count == 0 && !know_all(journal, snapshot))
		journal->run_count = 0;
}

int apply_journal_open(struct apply *apply, const struct memhp_snapshot *snapshot,
		       const struct memhp_step *step)
{
	struct journal before = apply->journal;
	struct bracket bracket;
	int rc;

	if (!step_bracket(snapshot, step, &bracket))
		return 0;
	rc = journal_add(&apply->journal, &bracket);
	if (bracket.kind == BRACKET_AUTO_ONLINE)
		know(&apply->journal, snapshot);
	if (rc == 0)
		rc = save(apply);
	/* What failed may have been done all the same: it is saved once more in the end. */
	apply->journal_rc = rc;
	if (rc < 0)
		apply->journal = before;
	return rc;
}

/* One that cannot be struck out does no harm now, but may later, when the machine has changed. */
static void strike_out(struct apply *apply, size_t index)
{
	journal_remove(&apply->journal, index);
	apply->journal_rc = save(apply);
}

/*
 * The word is back, or somebody has written another: what came while it was parked is left to do, and
 * stays noted until it is done. Where it is not known what came, nothing is left.
 */
static bool leave_others(struct journal *journal, size_t index)
{
	const struct bracket others = { .kind = BRACKET_OTHERS,
					.value = journal->brackets[index].value };

	if (journal->brackets[index].kind != BRACKET_AUTO_ONLINE || journal->run_count == 0 ||
	    journal_find(journal, &others) < journal->count)
		return false;
	journal->brackets[index] = others;
	return true;
}

void apply_journal_close(struct apply *apply, const struct memhp_snapshot *snapshot,
			 const struct memhp_step *step)
{
	size_t i;

	for (i = apply->journal.count; i-- > 0;) {
		if (!step_ends_bracket(snapshot, step, &apply->journal.brackets[i]))
			continue;
		if (leave_others(&apply->journal, i))
			apply->journal_rc = save(apply);
		else
			strike_out(apply, i);
	}
}

void apply_journal_forget(struct apply *apply, const struct memhp_snapshot *snapshot,
			  const struct memhp_step *step)
{
	struct bracket bracket;
	size_t index;

	if (!step_bracket(snapshot, step, &bracket))
		return;
	index = journal_find(&apply->journal, &bracket);
	if (index < apply->journal.count)
		strike_out(apply, index);
}

static bool is_left(const struct journal *journal, size_t index)
{
	return journal->brackets[index].kind == BRACKET_OTHERS && journal->run_count > 0;
}

void apply_journal_take(struct apply *apply, const struct memhp_snapshot *snapshot)
{
	const char *boot_id = snapshot->machine.boot_id;
	struct memhp_step step;
	size_t i;

	if (!snapshot->journal.alive)
		apply->journal = snapshot->journal;
	text_copy(apply->journal.boot_id, sizeof(apply->journal.boot_id),
		  boot_id != NULL ? boot_id : "");
	apply->journal.pid = apply->io->facts.pid;
	apply->journal.start_time = apply->io->facts.start_time;
	for (i = apply->journal.count; i-- > 0;) {
		if (is_left(&apply->journal, i) ||
		    step_recover(snapshot, &apply->journal.brackets[i], &step))
			continue;
		if (leave_others(&apply->journal, i))
			apply->journal_rc = save(apply);
		else
			strike_out(apply, i);
	}
	/* What was there when that run parked the word matters as long as that has consequences. */
	if (journal_find_kind(&apply->journal, BRACKET_AUTO_ONLINE) == NULL &&
	    journal_find_kind(&apply->journal, BRACKET_OTHERS) == NULL)
		apply->journal.run_count = 0;
}

/* BLOCK is not one of those that came. Where that does not fit, nothing is known of what came. */
static bool strike_block(struct journal *journal, uint32_t block)
{
	if (!journal_is_new(journal, block))
		return false;
	if (!journal_add_run(journal, block, block))
		journal->run_count = 0;
	return true;
}

void apply_journal_claim(struct apply *apply, uint32_t block)
{
	struct journal *journal = &apply->journal;

	if ((journal_find_kind(journal, BRACKET_AUTO_ONLINE) != NULL ||
	     journal_find_kind(journal, BRACKET_OTHERS) != NULL) &&
	    strike_block(journal, block))
		apply->journal_rc = save(apply);
}

/* A block that this run has put where it was to be is not the next one's: by then somebody may want it so. */
static void drop_dealt_with(struct apply *apply)
{
	struct journal *journal = &apply->journal;
	bool dropped = false;
	size_t i;

	for (i = 0; i < apply->log_count; i++) {
		const struct step_log *log = &apply->log[i];

		if (log->step.kind == STEP_BLOCK && log->done && !log->undone)
			dropped |= strike_block(journal, log->step.block);
	}
	if (dropped)
		apply->journal_rc = save(apply);
}

void apply_journal_settle(struct apply *apply, bool others_done)
{
	size_t i;

	if (!others_done && journal_find_kind(&apply->journal, BRACKET_OTHERS) != NULL)
		drop_dealt_with(apply);
	for (i = apply->journal.count; others_done && i-- > 0;) {
		if (apply->journal.brackets[i].kind == BRACKET_OTHERS)
			strike_out(apply, i);
	}
	if (apply->journal_rc < 0)
		apply->journal_rc = save(apply);
}
