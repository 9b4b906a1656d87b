/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy to look at: from a target to its devices and blocks, and for each of them the section that is
 * taken and what kept the others from it. Changes nothing, decides nothing.
 */
#include "policy-view.h"

#include <errno.h>
#include <string.h>

#include "plan-steps.h"

struct viewer {
	struct memhp_policy *view;
	const struct memhp_snapshot *snapshot;
};

/* ---- one subject ---- */

static void explain(struct policy_other *other, const struct policy_device *section,
		    const struct policy_device *taken, const struct policy_subject *subject)
{
	*other = (struct policy_other){
		.section = section,
		.match = policy_mismatch(section, subject),
	};
	if (other->match == NULL)
		other->earlier = taken;
	else
		other->match->key->show(subject, other->actual, sizeof(other->actual));
}

static int add_matched(struct viewer *viewer, const char *name, const struct policy_device *section,
		       const struct policy_subject *subject)
{
	struct memhp_policy *view = viewer->view;
	const struct policy *policy = &view->policy;
	struct policy_matched *matched;
	size_t i;

	if (array_reserve(&view->matched, view->matched_count, &view->matched_capacity,
			  sizeof(*view->matched)) < 0)
		return -ENOMEM;
	matched = &view->matched[view->matched_count];
	*matched = (struct policy_matched){ .section = section };
	matched->others = calloc(policy->device_count + 1, sizeof(*matched->others));
	if (matched->others == NULL)
		return -ENOMEM;
	view->matched_count++;
	text_copy(matched->subject, sizeof(matched->subject), name);
	for (i = 0; i < policy->device_count; i++) {
		if (&policy->devices[i] != section)
			explain(&matched->others[matched->other_count++], &policy->devices[i],
				section, subject);
	}
	return 0;
}

/* ---- runs of blocks ---- */

/* Blocks one after the other, of one owner, for which one section is taken. */
struct run {
	struct memhp_block first;
	uint32_t last;
	const struct policy_device *section;
	bool open;
};

static int close_run(struct viewer *viewer, struct run *run)
{
	struct policy_subject subject;
	char name[IO_NAME_MAX];

	if (!run->open)
		return 0;
	run->open = false;
	if (run->first.number == run->last)
		text_format(name, sizeof(name), "memory%u", run->last);
	else
		text_format(name, sizeof(name), "memory%u-%u", run->first.number, run->last);
	subject = policy_subject_of_block(viewer->snapshot, &run->first);
	return add_matched(viewer, name, run->section, &subject);
}

/* EXCEPT: the section that needs no word, for it is that of the whole device. */
static int take_block(struct viewer *viewer, struct run *run, const struct memhp_block *block,
		      bool is_part, const struct policy_device *except)
{
	const struct policy_device *section =
		policy_section_of_block(&viewer->view->policy, viewer->snapshot, block);
	int rc;

	if (run->open && section == run->section && block->number == run->last + 1 &&
	    block->device == run->first.device && block->node == run->first.node) {
		run->last = block->number;
		return 0;
	}
	rc = close_run(viewer, run);
	if (is_part && section == except)
		return rc;
	*run = (struct run){ *block, block->number, section, true };
	return rc;
}

/* A block of a device as it is, or as it will be once the device is added. */
static struct memhp_block block_of(const struct memhp_snapshot *snapshot, uint16_t device,
				   uint32_t number)
{
	const struct memhp_block *block = snapshot_block(snapshot, number);

	if (block != NULL && block->device == device)
		return *block;
	return (struct memhp_block){
		.number = number,
		.device = device,
		.node = (int16_t)snapshot->devices[device].target_node,
	};
}

/* The device as a whole, and then those of its blocks that another section is taken for. */
static int take_device(struct viewer *viewer, uint16_t index)
{
	const struct memhp_snapshot *snapshot = viewer->snapshot;
	const struct memhp_device *device = &snapshot->devices[index];
	struct policy_subject subject = policy_subject_of_device(snapshot, device);
	const struct policy_device *section =
		policy_section_of_device(&viewer->view->policy, snapshot, device);
	const struct unit unit = { .device = index };
	struct run run = { .open = false };
	uint32_t number;
	size_t i;
	int rc = add_matched(viewer, device->name, section, &subject);

	for (i = 0; rc == 0 && unit_block(snapshot, &unit, i, &number); i++) {
		struct memhp_block block = block_of(snapshot, index, number);

		rc = take_block(viewer, &run, &block, true, section);
	}
	return rc == 0 ? close_run(viewer, &run) : rc;
}

static int take_run(struct viewer *viewer, const struct block_run *blocks)
{
	const struct memhp_snapshot *snapshot = viewer->snapshot;
	struct run run = { .open = false };
	size_t i = snapshot_block_index(snapshot, blocks->first);
	int rc = 0;

	for (; rc == 0 && i < snapshot->block_count && snapshot->blocks[i].number <= blocks->last;
	     i++)
		rc = take_block(viewer, &run, &snapshot->blocks[i], false, NULL);
	return rc == 0 ? close_run(viewer, &run) : rc;
}

static int take_target(struct viewer *viewer, const struct target *target)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < target->device_count; i++)
		rc = take_device(viewer, target->devices[i]);
	for (i = 0; rc == 0 && i < target->run_count; i++)
		rc = take_run(viewer, &target->runs[i]);
	return rc;
}

/* ---- the view's life ---- */

int policy_view_new(const struct policy *policy, const struct memhp_snapshot *snapshot,
		    const char *target, struct memhp_error *error, struct memhp_policy **ret_view)
{
	struct memhp_policy *view = calloc(1, sizeof(*view));
	struct viewer viewer = { view, snapshot };
	struct target resolved = { 0 };
	int rc = 0;

	if (view == NULL)
		return error_memory(error);
	view->refcount = 1;
	policy_copy(policy, &view->policy);
	if (snapshot != NULL && target != NULL) {
		rc = target_resolve(snapshot, target, error, &resolved);
		if (rc == 0 && take_target(&viewer, &resolved) < 0)
			rc = error_memory(error);
		target_clear(&resolved);
	}
	if (rc < 0)
		memhp_policy_unref(view);
	else
		*ret_view = view;
	return rc;
}

EXPORT struct memhp_policy *memhp_policy_ref(struct memhp_policy *policy)
{
	if (policy != NULL)
		__atomic_add_fetch(&policy->refcount, 1, __ATOMIC_RELAXED);
	return policy;
}

EXPORT struct memhp_policy *memhp_policy_unref(struct memhp_policy *policy)
{
	size_t i;

	if (policy == NULL || __atomic_sub_fetch(&policy->refcount, 1, __ATOMIC_ACQ_REL) > 0)
		return NULL;
	for (i = 0; i < policy->matched_count; i++)
		free(policy->matched[i].others);
	free(policy->matched);
	policy_clear(&policy->policy);
	free(policy);
	return NULL;
}
