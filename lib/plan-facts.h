/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan depends on, as one text: its fingerprint. */
#ifndef MEMHP_PLAN_FACTS_H
#define MEMHP_PLAN_FACTS_H

#include "plan-steps.h"

/* How a fingerprint begins; another one is of another release, and cannot be compared. */
#define FACTS_VERSION "memhp1"

/*
 * plan_facts - VERSION;NAME=VALUE;... A value that is short stands there as it is, so that it can be told
 * what it was; any other by a digest, behind a #. To be freed. -ENOMEM.
 */
int plan_facts(const struct memhp_plan *plan, const struct units *units, char **ret_text);

#endif
