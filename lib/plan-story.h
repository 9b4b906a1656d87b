/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan has to tell besides its steps. */
#ifndef MEMHP_PLAN_STORY_H
#define MEMHP_PLAN_STORY_H

#include "plan.h"

/* plan_tell - fills in the story of a plan whose steps and changes are known. -ENOMEM. */
int plan_tell(struct memhp_plan *plan);
void texts_clear(struct texts *texts);

int texts_add(struct texts *texts, const char *text);	/* -ENOMEM */
/* plan-story-undo.c: the commands that undo it, but for what follows of geometry. -ENOMEM. */
int plan_tell_undo(struct memhp_plan *plan);
/* plan-drivers.c: blocks that a killed run has left offline, and that the plan is not about. -ENOMEM. */
int plan_tell_left(struct memhp_plan *plan);
/* plan-geometry.c: which devices are made and taken away, and how that is undone. -ENOMEM. */
int plan_tell_geometry(struct memhp_plan *plan);

#endif
