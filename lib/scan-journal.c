/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What runs have noted: what one has changed for its own time only, and whether it is still under way; and what
 * is remembered from run to run. The machine's boot id has been read.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "arrivals.h"
#include "journal.h"
#include "scan-walk.h"

/* udev's own notes: a file for each device that it has tagged. */
#define UDEV_DATA_PATH "run/udev/data/+memory:memory"
/* It may come to know of a block some time after it has appeared: microseconds. */
#define UDEV_DELAY UINT64_C(5000000)

/* When a process began; 0: there is no such process. */
static uint64_t start_time(struct scan *scan, uint64_t pid)
{
	char path[IO_PATH_MAX];
	struct piece text;
	uint64_t time;

	text_format(path, sizeof(path), "proc/%" PRIu64 "/stat", pid);
	if (scan_read(scan, path, &text) < 0 || parse_start_time(text.text, text.len, &time) < 0)
		return 0;
	return time;
}

/* A run of the process that asks is over by the time it asks: it holds the lock, or runs nothing. */
static bool is_alive(struct scan *scan, const struct journal *journal)
{
	return journal->pid != 0 && journal->pid != scan->io->facts.pid &&
	       start_time(scan, journal->pid) == journal->start_time;
}

int scan_journal(struct scan *scan)
{
	const char *boot_id = scan->snapshot->machine.boot_id;
	struct journal *journal = &scan->snapshot->journal;
	struct piece text;
	int rc = scan_read(scan, JOURNAL_PATH, &text);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	if (journal_parse(text.text, text.len, journal) < 0)
		return scan_note(scan, JOURNAL_PATH, -EINVAL, "not understood");
	/* What an earlier boot left open went with it. */
	if (boot_id != NULL && journal->boot_id[0] != '\0' &&
	    strcmp(boot_id, journal->boot_id) != 0)
		journal->count = 0;
	journal->alive = journal->count > 0 && is_alive(scan, journal);
	return 0;
}

/* What udev knew of a block before, it does not know of one that came in its place. */
static bool came_since(struct scan *scan, uint32_t number, uint64_t time)
{
	char path[IO_PATH_MAX];
	struct cursor lines;
	struct piece text, line;
	uint64_t when;

	text_format(path, sizeof(path), UDEV_DATA_PATH "%u", number);
	if (time == 0 || scan_read(scan, path, &text) < 0)
		return false;
	lines = cursor_of(text.text, text.len);
	while (parse_line(&lines, &line)) {
		if (piece_starts_with(line, "I:") &&
		    parse_uint(line.text + 2, line.len - 2, 10, &when) == 0)
			return when > time + UDEV_DELAY;
	}
	return false;
}

/* Of what is offline: what is online is as somebody has had it. */
static int forget_replaced(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct arrivals *arrivals = &snapshot->arrivals;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		if (block->state == MEMHP_STATE_OFFLINE && arrivals_have(arrivals, block->number) &&
		    came_since(scan, block->number, arrivals->time))
			rc = arrivals_remove(arrivals, block->number, snapshot->arena);
	}
	return rc;
}

int scan_arrivals(struct scan *scan)
{
	const char *boot_id = scan->snapshot->machine.boot_id;
	struct arrivals *arrivals = &scan->snapshot->arrivals;
	struct piece text;
	int rc;

	if ((scan->parts & SCAN_PLANNING) == 0)
		return 0;
	rc = scan_read(scan, ARRIVALS_PATH, &text);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	rc = arrivals_parse(text.text, text.len, scan->snapshot->arena, arrivals);
	if (rc == -EINVAL)
		return scan_note(scan, ARRIVALS_PATH, rc, "not understood");
	if (rc < 0)
		return rc;
	if (boot_id != NULL && arrivals->boot_id[0] != '\0' &&
	    strcmp(boot_id, arrivals->boot_id) != 0)
		*arrivals = (struct arrivals){ 0 };
	return forget_replaced(scan);
}
