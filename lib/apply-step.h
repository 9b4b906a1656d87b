/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done to carry out, or to undo, one step. Private to apply*.c. */
#ifndef MEMHP_APPLY_STEP_H
#define MEMHP_APPLY_STEP_H

#include "apply.h"

void apply_look(struct apply *apply, const struct memhp_snapshot *snapshot,
		const struct memhp_step *step, struct seen *ret_seen);
/*
 * apply_act - STEP, which is that of LOG or undoes it, and read back: 0 when it holds afterwards. SEEN,
 * how its subject stood, becomes how it stands then.
 */
int apply_act(struct apply *apply, struct step_log *log, const struct memhp_step *step,
	      uint64_t deadline, struct seen *seen);
/* apply-undo.c: how long an undoing STEP may take, by itself. */
uint64_t apply_undo_deadline(const struct apply *apply, const struct memhp_step *step);
/* apply_explain - into LOG: why STEP failed with RC. */
void apply_explain(struct step_log *log, const struct memhp_step *step, int rc,
		   const struct seen *seen);

#endif
