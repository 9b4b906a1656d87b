/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must be known before a plan is made: block size, where devices lie, and by which section of the
 * policy they go. Nothing that could not be read is taken for something that is not so. Pure.
 */
#include <errno.h>
#include <string.h>

#include "journal.h"
#include "planner.h"

static int check_block_size(struct planner *planner)
{
	if (planner->plan->before->machine.block_size != 0)
		return 0;
	return error_set(planner->error, MEMHP_ERROR_UNSUPPORTED, -ENOTSUP, "block_size_bytes",
			 "the size of memory blocks is not known, so this kernel cannot hot-plug "
			 "memory, or memhp cannot read it");
}

static enum memhp_error_kind kind_of(int number)
{
	return number == EACCES ? MEMHP_ERROR_PRIVILEGE : MEMHP_ERROR_SYSTEM;
}

static int told(struct planner *planner, int number)
{
	if (number == EBUSY)
		return error_hint(planner->error,
				  "it is being bound or unbound, and this may wait for "
				  "somebody's change of other memory; try again");
	return number == EACCES ? error_hint(planner->error, "run as root") : -number;
}

int not_gone_yet(struct planner *planner, const struct memhp_device *device)
{
	error_set(
		planner->error, MEMHP_ERROR_SYSTEM, -EBUSY, device->name,
		"its driver has let go of it, but the kernel has its memory yet: another block is "
		"going offline, which that may wait for");
	return error_hint(planner->error,
			  "when that has ended, the same command tells what has come of it");
}

/* Which blocks a device has, or will have, must be known for anything to be said of it. */
static int check_mappings(struct planner *planner, const struct memhp_device *device)
{
	if (device->mappings_errno == 0)
		return 0;
	error_set(planner->error, kind_of(device->mappings_errno), -device->mappings_errno,
		  device->name, "its mappings cannot be read (%s), so its blocks are not known",
		  strerror(device->mappings_errno));
	return told(planner, device->mappings_errno);
}

/* What a section says of where memory goes is not passed over because a file cannot be read. */
static int check_section(struct planner *planner, const struct memhp_device *device)
{
	const struct policy_device *section =
		policy_unsure(&planner->plan->policy, planner->plan->before, device);

	if (section == NULL)
		return 0;
	error_set(
		planner->error, kind_of(device->unread_errno), -device->unread_errno,
		device->unread_path,
		"cannot be read (%s), so whether the policy's section [%s] is for %s is not known",
		strerror(device->unread_errno), section->section, device->name);
	return told(planner, device->unread_errno);
}

/* Where kmem has memory, there is a bus that it has it from. */
static int check_bus(struct planner *planner, const struct memhp_block *block)
{
	int number = planner->plan->before->machine.dax_errno;
	char name[IO_NAME_MAX];

	if (number == 0 || planner->plan->policy.device_count == 0 ||
	    block->origin != MEMHP_ORIGIN_KMEM || block->device != NO_DEVICE)
		return 0;
	text_format(name, sizeof(name), "memory%u", block->number);
	error_set(planner->error, kind_of(number), -number, name,
		  "the dax bus cannot be listed (%s), so by which of the policy's sections it goes "
		  "is not known",
		  strerror(number));
	return told(planner, number);
}

static bool goes_by_sections(const struct planner *planner)
{
	enum memhp_operation operation = planner->plan->request.options.operation;

	return operation == MEMHP_OPERATION_ADD || operation == MEMHP_OPERATION_ONLINE ||
	       operation == MEMHP_OPERATION_PLACE;
}

static int check_owners(struct planner *planner, const struct unit *unit)
{
	const struct memhp_snapshot *snapshot = planner->plan->before;
	uint16_t last = NO_DEVICE;
	size_t at = snapshot_block_index(snapshot, unit->run.first);
	int rc = 0;

	for (;
	     rc == 0 && at < snapshot->block_count && snapshot->blocks[at].number <= unit->run.last;
	     at++) {
		uint16_t owner = snapshot->blocks[at].device;

		rc = check_bus(planner, &snapshot->blocks[at]);
		if (rc == 0 && owner != NO_DEVICE && owner != last)
			rc = check_section(planner, &snapshot->devices[owner]);
		last = owner;
	}
	return rc;
}

/*
 * A slot that is named as such, and is empty: that it has no memory is not that all of it is online. What other
 * devices have is not known to everybody.
 */
static int check_memory(struct planner *planner, const struct target *target,
			const struct memhp_device *device)
{
	const struct memhp_snapshot *before = planner->plan->before;
	struct device_walk walk = { .device = (uint16_t)(device - before->devices) };

	if (planner->plan->request.options.operation != MEMHP_OPERATION_ONLINE || target->whole ||
	    has_flag(planner, MEMHP_REQUEST_FROM_POLICY) || device->kind != MEMHP_DEVICE_ACPI ||
	    device_mode(device) != MEMHP_MODE_EMPTY || device_block_next(before, &walk) != NULL)
		return 0;
	error_set(planner->error, MEMHP_ERROR_TARGET, -ENOENT, device->name,
		  "this device has no memory");
	return error_hint(planner->error, "memhp list devices shows which have");
}

/* --from-policy: where a device lies that no section wants is nobody's question. */
static int check_targets(struct planner *planner)
{
	const struct memhp_plan *plan = planner->plan;
	size_t i, j;
	int rc = 0;

	for (i = 0; i < plan->target_count; i++) {
		for (j = 0; rc == 0 && j < plan->targets[i].device_count; j++) {
			const struct memhp_device *device =
				&plan->before->devices[plan->targets[i].devices[j]];

			if (plan_wants_device(plan, device))
				rc = check_mappings(planner, device);
			if (rc == 0)
				rc = check_memory(planner, &plan->targets[i], device);
		}
	}
	return rc;
}

/* Why the journal is not known; NULL: it is, or there is none. */
static const struct scan_error *journal_error(const struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->error_count; i++) {
		if (strcmp(snapshot->errors[i].path, JOURNAL_PATH) == 0)
			return &snapshot->errors[i];
	}
	return NULL;
}

/* What an earlier run left open is not known where its journal is not: that is not to have left nothing open. */
static int check_journal(struct planner *planner)
{
	const struct scan_error *found = journal_error(planner->plan->before);

	if (found == NULL)
		return 0;
	error_set(planner->error, MEMHP_ERROR_SYSTEM, -found->rc, "/" JOURNAL_PATH,
		  "what an earlier run left open cannot be found out: %s", found->message);
	return error_hint(planner->error,
			  "see to auto_online_blocks by hand, and remove that file");
}

/* What notes in the journal, on the way there or back, would write over what cannot be told from it. */
static bool may_note(const struct memhp_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		uint8_t kind = plan->steps[i].kind;

		if (kind == STEP_AUTO_ONLINE || kind == STEP_GIVE_ID || kind == STEP_BIND ||
		    kind == STEP_UNBIND)
			return true;
	}
	return false;
}

/* Whether what is left open stands in the way. A user who may not read it gets his plan, which writes nothing. */
static int check_left_open(struct planner *planner)
{
	const struct scan_error *found = journal_error(planner->plan->before);
	enum plan_use use = planner->lessons->use;
	bool denied = found != NULL && (found->rc == EACCES || found->rc == EPERM);

	if (use == PLAN_TO_COMPARE || (use == PLAN_TO_SHOW && denied))
		return 0;
	return check_journal(planner);
}

int check_noted(struct planner *planner)
{
	return may_note(planner->plan) ? check_left_open(planner) : 0;
}

int check_known(struct planner *planner)
{
	size_t i;
	int rc;

	if (planner->plan->request.options.operation == MEMHP_OPERATION_RECOVER)
		return check_journal(planner);
	/* A word that is parked is not the one that the policy's takes the place of. */
	if (planner->plan->request.options.operation == MEMHP_OPERATION_AUTO_ONLINE)
		return check_left_open(planner);
	rc = check_block_size(planner);
	if (rc == 0)
		rc = check_targets(planner);
	for (i = 0; rc == 0 && i < planner->units.count; i++) {
		const struct unit *unit = &planner->units.items[i];

		if (!goes_by_sections(planner))
			continue;
		rc = unit->device != NO_DEVICE ? check_section(planner, device_of(planner, unit)) :
						 check_owners(planner, unit);
	}
	return rc;
}
