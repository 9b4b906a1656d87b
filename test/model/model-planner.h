/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of the model that plan share. */
#ifndef TEST_MODEL_PLANNER_H
#define TEST_MODEL_PLANNER_H

#include "model.h"

/* A dax device with all of its blocks, or a run of blocks. */
struct unit {
	int device;
	int first, last;
	bool whole;
	bool add, again;
};

struct planner {
	const struct policy *policy;
	const struct request *request;
	struct outcome *outcome;
	struct world *world;
	const bool *kernel_choice;
	struct unit units[BLOCKS];
	size_t unit_count;
	size_t blocks_left, moves_left;
	bool stopped;
};

/* model-units.c */
int unit_blocks(const struct planner *planner, const struct unit *unit, int *numbers);
void collect_units(struct planner *planner);

/* model-way.c */
void do_watch(struct planner *planner);
void do_note(struct planner *planner, struct step step);
void do_fail(struct planner *planner, enum failure failure);
void do_offline(struct planner *planner, int number);
void do_online(struct planner *planner, int number, enum word word);
void do_load(struct planner *planner, enum driver driver);
void do_bind(struct planner *planner, int index, enum driver driver);
void do_unbind(struct planner *planner, int index);
void do_add(struct planner *planner, int index);

#endif
