/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run has changed for its own time only, from the journal that it keeps, and whether that run
 * is still under way. The machine's boot id has been read.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "journal.h"
#include "scan-walk.h"

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
