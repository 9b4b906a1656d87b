/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recording a machine: what is asked for besides what a scan reads, and what of the answers is left
 * out. Private to scan-record*.c.
 */
#ifndef MEMHP_SCAN_RECORD_H
#define MEMHP_SCAN_RECORD_H

#include "io-dump.h"

/* scan_record_more - asks IO for all that may help to understand a report, by way of the recording. */
int scan_record_more(struct io *inner, struct io *recording, const char *kernel);
/* scan_record_policy - asks it for the files that a policy is read from. -ENOMEM. */
int scan_record_policy(struct io *recording);

/*
 * scan_record_trim - takes out of DUMP, which is sorted, what nobody reads, what only counts, and
 * what went away while it was recorded; with ANONYMOUS, also what tells whose machine it is. -ENOMEM.
 */
int scan_record_trim(struct dump *dump, bool anonymous);

/* scan_record_unpack - the text of an entry that the kernel has packed, instead of its bytes. -ENOMEM. */
int scan_record_unpack(struct dump *dump, struct dump_entry *entry);
/* scan_record_anonymous - takes out what tells whose machine it is; scan_record_trim() calls it. */
void scan_record_anonymous(struct dump *dump);

/* Whether PATH fits PATTERN, in which '*' stands for any part of a component. */
bool path_matches(const char *path, const char *pattern);

#endif
