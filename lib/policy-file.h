/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policy files to entries: etc/memhp.conf, etc/memhp.conf.d/ *.conf by name, and the file of --config.
 */
#ifndef MEMHP_POLICY_FILE_H
#define MEMHP_POLICY_FILE_H

#include "io.h"
#include "policy-entry.h"

/* The most that one file may hold. */
#define POLICY_FILE_MAX 65536

/*
 * policy_files_read - every line of all files, in the order in which they count. CONFIG is a path of
 * the user's, wherever IO's root is; NULL: none. It must exist; of the others none need to. ENTRIES
 * are to be cleared, also after a failure.
 */
int policy_files_read(struct io *io, const char *config, struct memhp_error *error,
		      struct policy_entries *entries);

/* policy_text_read - the same of one text that is called FILE; any bytes will do. */
int policy_text_read(const char *file, const char *text, size_t len, struct memhp_error *error,
		     struct policy_entries *entries);

#endif
