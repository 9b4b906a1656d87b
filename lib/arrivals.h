/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered from run to run until the next boot, as a text under run/memhp: text to value and
 * back, and sets of blocks. Who reads and saves it is scan and apply.
 */
#ifndef MEMHP_ARRIVALS_H
#define MEMHP_ARRIVALS_H

#include "model.h"

#define ARRIVALS_PATH "run/memhp/arrivals"

/*
 * arrivals_parse - any bytes at all; runs are put in ARENA. -EINVAL: this is no such text, or one of a later
 * release; -ENOMEM. RET_ARRIVALS is then untouched.
 */
int arrivals_parse(const char *text, size_t len, struct arena *arena, struct arrivals *ret_arrivals);
/* The text, to be freed; NULL: no memory. */
char *arrivals_format(const struct arrivals *arrivals);

/* Whether NUMBER has had its turn. */
bool arrivals_have(const struct arrivals *arrivals, uint32_t number);
/* One block that comes after all others. RUNS has room for one run more. */
void arrivals_append(struct block_run *runs, size_t *count, uint32_t number);
/* -ENOMEM. */
int arrivals_remove(struct arrivals *arrivals, uint32_t number, struct arena *arena);

#endif
