/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a snapshot belongs to a target, as marks beside the snapshot's arrays.
 */
#ifndef MEMHP_SELECTION_H
#define MEMHP_SELECTION_H

#include "plan.h"

#define SELECTION_NODES_MAX 64

struct memhp_selection {
	unsigned int refcount;
	struct memhp_snapshot *snapshot;	/* counted */
	bool *blocks;				/* each as long as the snapshot's array */
	bool *devices;
	bool *nodes;
};

int selection_new(struct memhp_snapshot *snapshot, const char *text, struct memhp_error *error,
		  struct memhp_selection **ret_selection);
/* Whether OBJECT, of the selection's snapshot, belongs to it; kinds that are the machine's own do. */
bool selection_has(const struct memhp_selection *selection, const struct memhp_object *object);

#endif
