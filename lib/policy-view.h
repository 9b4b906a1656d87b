/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy to look at: its values, and which section the devices and blocks of a target matched. Holds
 * what the rows of fields-policy.c show.
 */
#ifndef MEMHP_POLICY_VIEW_H
#define MEMHP_POLICY_VIEW_H

#include "plan.h"

/* A section that was not taken. */
struct policy_other {
	const struct policy_device *section;
	const struct policy_match *match;	/* the first key that did not hold; NULL: all of them did */
	const struct policy_device *earlier;	/* ... and this one was taken before it */
	char actual[256];			/* what there is instead, or "" */
};

/* A device, or a run of blocks of which all matched alike. */
struct policy_matched {
	char subject[IO_NAME_MAX];
	const struct policy_device *section;	/* NULL: none */
	struct policy_other *others;
	size_t other_count;
};

struct memhp_policy {
	unsigned int refcount;
	struct policy policy;
	struct policy_matched *matched;
	size_t matched_count;
	size_t matched_capacity;
};

/* policy_view_new - POLICY is copied. SNAPSHOT and TARGET may be NULL: nothing is matched then. */
int policy_view_new(const struct policy *policy, const struct memhp_snapshot *snapshot, const char *target,
		    struct memhp_error *error, struct memhp_policy **ret_view);

#endif
