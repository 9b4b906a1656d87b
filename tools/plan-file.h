/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request in what `plan --json` has said. Whatever else stands in the file, steps and what lifts a
 * rule above all, is looked at only to refuse what memhp never says.
 */
#ifndef MEMHP_PLAN_FILE_H
#define MEMHP_PLAN_FILE_H

#include "opts.h"

#define PLAN_FILE_MAX (64U << 20)

struct plan_file {
	struct memhp_request request;	/* targets and fingerprint point into what follows */
	char **targets;			/* NULL-terminated */
	size_t target_count;
	char *fingerprint;
};

/* plan_file_read - "-" is standard input. Free with plan_file_clear(), also after a failure. */
void plan_file_read(const char *path, struct plan_file *ret_file, struct failure *failure);
/* plan_file_parse - the same of LEN bytes; PATH is named in sentences. */
void plan_file_parse(const char *path, const char *text, size_t len, struct plan_file *ret_file,
		     struct failure *failure);
void plan_file_clear(struct plan_file *file);

#endif
