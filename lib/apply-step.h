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
/* What STEP writes, or loads; no more. */
int apply_write(struct apply *apply, const struct memhp_snapshot *snapshot,
		const struct memhp_step *step, uint64_t deadline);
/* Whether the kernel may have done what it was told, whatever the write came back with. */
bool apply_may_have_acted(int rc);
/* apply-create.c: the same as apply_act(), for a step that makes a device. */
int apply_create(struct apply *apply, struct step_log *log, const struct memhp_step *step,
		 uint64_t deadline, struct seen *seen);
/* Before a device without a size that stands there already is used: LOG's BEFORE is then how it stands. */
void apply_wait_for_owner(struct apply *apply, struct step_log *log);
/* apply-undo.c: how long an undoing STEP may take, by itself. */
uint64_t apply_undo_deadline(const struct apply *apply, const struct memhp_step *step);
/* apply_explain - into LOG: why STEP failed with RC. */
void apply_explain(struct step_log *log, const struct memhp_step *step, int rc,
		   const struct seen *seen);

#endif
