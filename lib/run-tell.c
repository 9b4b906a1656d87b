/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stopped a run, as the error that its report carries: what it is about, why, and the way out. Of a
 * block that could not be emptied, also what is in it.
 */
#include <errno.h>

#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "rule.h"
#include "run.h"
#include "scan.h"

void run_tell_denied(struct run *run, const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->findings.count; i++) {
		const struct memhp_finding *finding = &plan->findings.items[i];

		if (finding->severity != MEMHP_SEVERITY_DENY)
			continue;
		error_set(&run->cause, MEMHP_ERROR_REFUSED, -EPERM, finding->subject, "%s: %s",
			  finding->rule->name, finding->message);
		error_hint(&run->cause, "%s", finding->remedy);
		return;
	}
}

static void tell_failed(struct run *run)
{
	const struct step_log *log = &run->apply.log[run->apply.failed - 1];
	char subject[IO_NAME_MAX];

	step_subject(log->snapshot, &log->step, subject);
	error_set(&run->cause,
		  run->apply.stopped_by == MEMHP_STOP_KERNEL ? MEMHP_ERROR_KERNEL :
		  run->apply.stopped_by == MEMHP_STOP_OTHER  ? MEMHP_ERROR_CHANGED :
							       MEMHP_ERROR_STOPPED,
		  log->rc, subject, "%s%s", step_doing(&log->step), log->message);
	if (step_way_out(&log->step, log->rc) != NULL)
		error_hint(&run->cause, "%s", step_way_out(&log->step, log->rc));
}

void run_tell_stopped(struct run *run)
{
	if (run->apply.failed > 0)
		tell_failed(run);
	else if (run->apply.stopped_by == MEMHP_STOP_TIMEOUT)
		error_set(&run->cause, MEMHP_ERROR_STOPPED, -ETIMEDOUT, "",
			  "the time given (%u seconds) is over", run->request->timeout_seconds);
	else
		error_set(&run->cause, MEMHP_ERROR_STOPPED, -ECANCELED, "", "interrupted");
}

void run_tell_surprised(struct run *run)
{
	const struct step_log *log = &run->apply.log[run->apply.log_count - 1];
	char subject[IO_NAME_MAX];

	run->apply.stopped_by = MEMHP_STOP_OTHER;
	step_subject(log->snapshot, &log->step, subject);
	error_set(&run->cause, MEMHP_ERROR_CHANGED, -EAGAIN, subject,
		  "something else keeps changing it");
	error_hint(&run->cause, "look for udev rules or daemons that online memory, and try again");
}

/* ---- what is in a block that would not go, or holds it up ---- */

/* Pages that keep a block online, or may; where only the kernel's own do, and what else is the kernel's. */
static const enum page_word keeping[] = { PAGE_RESERVED, PAGE_SLAB,    PAGE_TABLE,
					  PAGE_GIGANTIC, PAGE_OFFLINE, PAGE_POISONED };

static void tell_pages(const struct memhp_block *block, const struct block_pages *pages, char *text,
		       size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keeping); i++) {
		uint32_t count = pages->counts[keeping[i]];
		size_t used = strlen(text);

		if (count > 0)
			text_format(text + used, size - used, "%s%u %s", used > 0 ? ", " : "",
				    count, page_word_name(keeping[i]));
	}
	if (text[0] == '\0' && pages->counts[PAGE_OTHER] > 0 &&
	    block->zones != ZONE_BIT(ZONE_MOVABLE))
		text_format(text, size, "%u of the kernel's that no flag tells more of",
			    pages->counts[PAGE_OTHER]);
}

static bool read_pages(struct run *run, struct memhp_snapshot *after, uint32_t number, char *text,
		       size_t size)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *with_pages = NULL;
	_cleanup_free_ bool *wanted = calloc(after->block_count + 1, sizeof(*wanted));
	size_t index = snapshot_block_index(after, number);
	const struct block_pages *pages;
	struct memhp_error error;

	error_clear(&error);
	text[0] = '\0';
	if (wanted == NULL || index >= after->block_count || after->blocks[index].number != number)
		return false;
	wanted[index] = true;
	if (scan_pages(run->io, after, wanted, &error, &with_pages) < 0)
		return false;
	pages = snapshot_pages_of(with_pages, number);
	if (pages != NULL && pages->error == 0)
		tell_pages(&after->blocks[index], pages, text, size);
	return text[0] != '\0';
}

/* Whether it was not done in time, for whatever reason. */
static bool may_have_waited(const struct step_log *log)
{
	return step_ejects(&log->step) || log->rc == -EINPROGRESS ||
	       (log->step.kind == STEP_BLOCK && log->rc == -ETIMEDOUT);
}

/* What a late eject takes offline is its own device's. */
static bool is_subject(const struct memhp_snapshot *after, const struct memhp_block *block,
		       const struct step_log *log)
{
	const char *device = snapshot_device_name(after, block->device);
	const char *ejected = snapshot_device_name(log->snapshot, log->step.device);

	if (log->step.kind == STEP_BLOCK)
		return log->step.block == block->number;
	return device != NULL && ejected != NULL && strcmp(device, ejected) == 0;
}

/*
 * One change of memory or processors at a time: who takes a block offline holds a lock on all of them until it
 * has come to its end (drivers/base/core.c:lock_device_hotplug, 6.1 to 7.2).
 */
static bool tell_holder(const struct memhp_snapshot *after, const struct step_log *log, char *text,
			size_t size)
{
	size_t i;

	for (i = 0; may_have_waited(log) && i < after->block_count; i++) {
		const struct memhp_block *block = &after->blocks[i];

		if (block->state != MEMHP_STATE_GOING_OFFLINE || is_subject(after, block, log))
			continue;
		text_format(
			text, size,
			"memory%u is going offline by somebody else's doing, and all else waits "
			"for that to end",
			block->number);
		return true;
	}
	return false;
}

static bool tell_contents(struct run *run, struct memhp_snapshot *after, const struct step_log *log,
			  char *text, size_t size)
{
	char pages[160];

	if (log->step.kind != STEP_BLOCK || log->step.to != MEMHP_STATE_OFFLINE ||
	    (log->rc != -EBUSY && log->rc != -ETIMEDOUT) ||
	    !read_pages(run, after, log->step.block, pages, sizeof(pages)))
		return false;
	text_format(text, size, "of its pages now: %s", pages);
	return true;
}

void run_inquire(struct run *run, struct memhp_snapshot *after)
{
	char more[200], message[sizeof(run->cause.message)];
	struct step_log *log;

	if (run->apply.failed == 0)
		return;
	log = &run->apply.log[run->apply.failed - 1];
	if (!tell_holder(after, log, more, sizeof(more)) &&
	    !tell_contents(run, after, log, more, sizeof(more)))
		return;
	text_format(message, sizeof(message), "%s; %s", log->message, more);
	text_copy(log->message, sizeof(log->message), message);
	if (run->cause.rc == log->rc)
		text_format(run->cause.message, sizeof(run->cause.message), "%s%s",
			    step_doing(&log->step), message);
}

void run_tell_left(struct run *run)
{
	char message[sizeof(run->cause.message)], subject[IO_NAME_MAX];
	size_t i;

	for (i = run->apply.log_count; i-- > 0;) {
		const struct step_log *log = &run->apply.log[i];

		if (!log->undo_failed || log->lost || log->step.kind == STEP_BLOCK)
			continue;
		step_subject(log->snapshot, &log->step, subject);
		text_format(message, sizeof(message), "%s; and %s could not be put back: %s",
			    run->cause.message, subject, log->message);
		text_copy(run->cause.message, sizeof(run->cause.message), message);
		return;
	}
}
