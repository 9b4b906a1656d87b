/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's build options are packed where the kernel itself shows them; in a dump they stand as text,
 * which whoever reads them takes as well. Reads nothing.
 */
#include <errno.h>
#include <string.h>

#include "gunzip.h"
#include "scan-record.h"

#define CONFIG_MAX (4U * 1024 * 1024)

/* Where it cannot be unpacked, it is of no use to anybody who could not do so either. */
int scan_record_unpack(struct dump *dump, struct dump_entry *entry)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int rc;

	if (strcmp(entry->path, "proc/config.gz") != 0)
		return 0;
	rc = gunzip(entry->text, entry->count, CONFIG_MAX, &text, &len);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		entry->error = ENOENT;
		return 0;
	}
	entry->text = arena_copy_text(dump->arena, text, len);
	entry->count = len;
	return entry->text == NULL ? -ENOMEM : 0;
}
