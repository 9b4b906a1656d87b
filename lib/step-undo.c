/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a step is turned round, and what it means when the kernel refuses one. Pure.
 */
#include <errno.h>
#include <string.h>

#include "step-row.h"

/* ---- turning round ---- */

bool driver_needs_id(const struct memhp_device *device, enum driver driver)
{
	/*
	 * Kernels that bind hmem and CXL memory to kmem by themselves also show memmap_on_memory;
	 * there device_dax is the one that has to be told. Elsewhere device_dax takes everything
	 * and kmem nothing (drivers/dax/bus.c:dax_match_type, 6.1 and 6.12).
	 */
	bool kmem_by_itself =
		device->has_memmap_attribute && device->provider != NULL &&
		(strcmp(device->provider, "hmem") == 0 || strcmp(device->provider, "cxl") == 0);

	return driver == DRIVER_KMEM ? !kmem_by_itself : kmem_by_itself;
}

enum online_word word_for_zones(zone_set zones)
{
	if (zones == ZONE_BIT(ZONE_MOVABLE))
		return WORD_ONLINE_MOVABLE;
	if ((zones & ZONE_BIT(ZONE_MOVABLE)) == 0)
		return WORD_ONLINE_KERNEL;
	return WORD_ONLINE;
}

static size_t inverse_bind(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			   struct memhp_step inverse[STEP_INVERSE_MAX])
{
	bool give = driver_needs_id(&snapshot->devices[step->device], step->from);
	size_t count = 0;

	if (give)
		inverse[count++] = (struct memhp_step){ .kind = STEP_GIVE_ID,
							.device = step->device,
							.to = step->from };
	inverse[count++] = (struct memhp_step){
		.kind = STEP_BIND, .device = step->device, .from = DRIVER_NONE, .to = step->from
	};
	if (give)
		inverse[count++] = (struct memhp_step){ .kind = STEP_TAKE_ID,
							.device = step->device,
							.from = step->from };
	return count;
}

static size_t inverse_block(const struct memhp_step *step, const struct seen *before,
			    struct memhp_step *inverse)
{
	*inverse = (struct memhp_step){
		.kind = STEP_BLOCK,
		.device = step->device,
		.block = step->block,
		.from = step->to,
		.from_zones = step->to_zones,
		.to = before->value,
		.to_zones = before->zones,
		.word = WORD_OFFLINE,
	};
	if (before->value == MEMHP_STATE_ONLINE)
		inverse->word = word_for_zones(before->zones);
	return before->value == MEMHP_STATE_ONLINE || before->value == MEMHP_STATE_OFFLINE;
}

size_t step_inverse(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
		    const struct seen *before, struct memhp_step inverse[STEP_INVERSE_MAX])
{
	if (step->recovers)
		return 0;
	switch (step->kind) {
	case STEP_BLOCK:
		return inverse_block(step, before, inverse);
	case STEP_UNBIND:
		return inverse_bind(snapshot, step, inverse);
	case STEP_AUTO_ONLINE:
	case STEP_MEMMAP:
		inverse[0] = *step;
		inverse[0].from = step->to;
		inverse[0].to = before->value;
		return 1;
	case STEP_BIND:
		inverse[0] = (struct memhp_step){ .kind = STEP_UNBIND,
						  .device = step->device,
						  .from = step->to,
						  .to = DRIVER_NONE };
		inverse[1] = (struct memhp_step){ .kind = STEP_WAIT_GONE,
						  .device = step->device,
						  .from = step->to,
						  .to = DRIVER_NONE };
		return step->to == DRIVER_KMEM ? 2 : 1;
	case STEP_GIVE_ID:
		inverse[0] = (struct memhp_step){ .kind = STEP_TAKE_ID,
						  .device = step->device,
						  .from = step->to,
						  .to = DRIVER_NONE };
		return 1;
	case STEP_SIZE:
	case STEP_ALIGN:
		inverse[0] = *step;
		inverse[0].from_amount = step->to_amount;
		inverse[0].to_amount = before->amount;
		return 1;
	case STEP_CREATE:
	case STEP_DELETE:
		inverse[0] = *step;
		inverse[0].kind = step->kind == STEP_CREATE ? STEP_DELETE : STEP_CREATE;
		inverse[0].from = step->to;
		inverse[0].to = step->from;
		return 1;
	default:
		return 0;
	}
}

/* ---- what a refusal means ---- */

struct refusal {
	int rc;
	const char *text;
};

static const struct refusal offline_refusals[] = {
	{ -EBUSY, "it holds pages that the kernel cannot move" },
	{ -EINVAL, "the kernel never offlines it: it has holes, or spans zones or nodes" },
	{ -ETIME, "the time for putting things back was over, so it is left online" },
	{ -EPERM, "a driver or the architecture vetoed it" },
	{ -EINTR, "it was interrupted" },
	{ -ENOMEM, "there was no memory to move its pages to" },
	{ -ETIMEDOUT, "the kernel went on trying past the time given" },
	{ -ECANCELED, "it was interrupted" },
};

static const struct refusal online_refusals[] = {
	{ -EPERM, "a driver or the architecture vetoed it" },
	{ -ENOMEM, "there was no memory for what describes it" },
	{ -EBUSY, "its driver is being removed" },
	{ -EHWPOISON, "it holds poisoned pages" },
	{ -ENODEV, "it has gone with its device" },
	{ -ETIME, "the time for putting things back was over, so it is left offline" },
	{ -ETIMEDOUT, "the kernel did not finish in the time given" },
	{ -ECANCELED, "it was interrupted" },
};

static const struct refusal bind_refusals[] = {
	{ -ENOMEM, "there is no kernel memory for the struct pages of this memory" },
	{ -EBUSY, "the range is claimed already, perhaps since an earlier unbind that failed" },
	{ -EEXIST, "memory blocks exist there already" },
	{ -ENODEV, "the driver does not take this device" },
	{ -EINVAL, "no whole block fits in it, or it has no target node" },
	{ -ETIME, "the time for putting things back was over" },
};

static const struct refusal eject_refusals[] = {
	{ -ENODEV, "the kernel cannot eject this device" },
	{ -EAGAIN, "the kernel is busy with another eject" },
	{ -ENOMEM, "there was no memory to ask for it" },
	{ -ETIMEDOUT, "whether the kernel was asked for it is not known, so it may still go" },
	{ -ECANCELED, "whether the kernel was asked for it is not known, so it may still go" },
	{ -EINTR, "whether the kernel was asked for it is not known, so it may still go" },
};

static const struct refusal geometry_refusals[] = {
	{ -EBUSY, "a driver has it" },
	{ -ENOSPC, "there is not so much free in its region" },
	{ -EINVAL, "the kernel does not take this size or alignment" },
	{ -ENXIO, "its region is not there any more, or has no such device" },
	{ -EIO, "the kernel has taken it, and done nothing" },
	{ -EEXIST, "others make devices in this region at the same time, and one without a size "
		   "that is left "
		   "is this run's: which, cannot be told" },
};

static const struct refusal load_refusals[] = {
	{ -ENOENT, "this kernel has no such module" },
	{ -ENOSYS, "libkmod is not there to load it" },
};

static const char *find_refusal(const struct refusal *refusals, size_t count, int rc)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (refusals[i].rc == rc)
			return refusals[i].text;
	}
	return NULL;
}

/*
 * A block's state has four reasons for EINVAL (drivers/base/memory.c:state_store and
 * memory_block_offline, mm/memory_hotplug.c:offline_pages, 6.1 to 7.2): it is there already, which is
 * seen by looking; it is in no one zone; it has holes; or the word is not one of the kernel's.
 */
static const char *invalid_text(const struct memhp_snapshot *snapshot,
				const struct memhp_step *step, const struct seen *seen)
{
	const struct memhp_block *block = snapshot_block(snapshot, step->block);

	if (step->to == MEMHP_STATE_ONLINE)
		return "this kernel does not know the word, or was changing the block already";
	if (((seen->zones | step->from_zones) & ZONE_SPANS) != 0)
		return block != NULL && block->nodes != 0 ?
			       "it spans nodes, and the kernel never offlines such a block" :
			       "it spans zones, and the kernel never offlines such a block";
	if (block != NULL && (block->flags & BLOCK_HOLES) != 0)
		return "it has holes, and the kernel never offlines such a block";
	return NULL;
}

static const char *refusal_text(const struct memhp_step *step, int rc)
{
	switch (step->kind) {
	case STEP_BLOCK:
		return step->to == MEMHP_STATE_OFFLINE ?
			       find_refusal(offline_refusals, ARRAY_SIZE(offline_refusals), rc) :
			       find_refusal(online_refusals, ARRAY_SIZE(online_refusals), rc);
	case STEP_BIND:
	case STEP_GIVE_ID:
		return find_refusal(bind_refusals, ARRAY_SIZE(bind_refusals), rc);
	case STEP_EJECT:
		return find_refusal(eject_refusals, ARRAY_SIZE(eject_refusals), rc);
	case STEP_CREATE:
	case STEP_ALIGN:
	case STEP_SIZE:
	case STEP_DELETE:
		return find_refusal(geometry_refusals, ARRAY_SIZE(geometry_refusals), rc);
	case STEP_LOAD_MODULE:
		return find_refusal(load_refusals, ARRAY_SIZE(load_refusals), rc);
	default:
		return NULL;
	}
}

const char *step_doing(const struct memhp_step *step)
{
	static const char *const doing[STEP_KIND_COUNT] = {
		[STEP_AUTO_ONLINE] = "cannot be written: ",
		[STEP_LOAD_MODULE] = "cannot be loaded: ",
		[STEP_MEMMAP] = "memmap_on_memory cannot be set: ",
		[STEP_UNBIND] = "cannot be taken from its driver: ",
		[STEP_GIVE_ID] = "cannot be given to its driver: ",
		[STEP_BIND] = "cannot be bound: ",
		[STEP_TAKE_ID] = "its driver keeps its id: ",
		[STEP_WAIT_BLOCKS] = "was not added whole: ",
		[STEP_BLOCK] = "",
		[STEP_EJECT] = "cannot be ejected: ",
		[STEP_WAIT_EJECTED] = "was not ejected: ",
		[STEP_WAIT_GONE] = "was not removed: ",
		[STEP_CREATE] = "cannot be made: ",
		[STEP_ALIGN] = "its alignment cannot be set: ",
		[STEP_SIZE] = "its size cannot be set: ",
		[STEP_DELETE] = "cannot be taken away: ",
	};

	if (step->kind == STEP_BLOCK)
		return step->to == MEMHP_STATE_OFFLINE ? "cannot be taken offline: " :
							 "cannot be onlined: ";
	return doing[step->kind];
}

/* A wait that was given up says nothing of what comes yet. */
static bool is_open(int rc)
{
	return rc == -EINPROGRESS || rc == -ECANCELED;
}

void step_refusal(const struct memhp_snapshot *snapshot, const struct memhp_step *step, int rc,
		  const struct seen *seen, char *text, size_t size)
{
	const char *why = NULL;

	if (step->kind == STEP_BLOCK && rc == -EINVAL)
		why = invalid_text(snapshot, step, seen);
	if (why == NULL)
		why = refusal_text(step, rc);
	if (step->kind == STEP_WAIT_EJECTED)
		text_format(
			text, size,
			"the eject was asked for, but %u of its blocks are still there (the first "
			"is memory%u): kernel, firmware or hypervisor refused it, or is still at "
			"it",
			seen->pending, seen->first_pending);
	else if (step->kind == STEP_UNBIND && seen->pending > 0)
		text_format(text, size,
			    "%u of its blocks are not offline (the first is memory%u), and "
			    "an unbind would then lose its memory until the next reboot",
			    seen->pending, seen->first_pending);
	else if (step->kind == STEP_WAIT_BLOCKS)
		text_format(text, size, "%u of its blocks did not appear (the first is memory%u)",
			    seen->pending, seen->first_pending);
	else if (step->kind == STEP_WAIT_GONE && is_open(rc))
		text_format(text, size,
			    "%s: whether the kernel lets go of the memory is not known yet",
			    rc == -EINPROGRESS ? "the unbind has not come to its end" :
						 "the wait for it was interrupted");
	else if (step->kind == STEP_WAIT_GONE && seen->pending > 0)
		text_format(text, size,
			    "the kernel kept %u of its blocks (the first is memory%u); only a "
			    "reboot takes them out",
			    seen->pending, seen->first_pending);
	else if (step->kind == STEP_WAIT_GONE)
		text_copy(text, size,
			  "the kernel kept its range in /proc/iomem; only a reboot frees it");
	else if (rc == -EINPROGRESS)
		text_copy(text, size,
			  "the driver has not come to its end with it, and what comes of it is not "
			  "known yet");
	else if (rc == -ESTALE)
		text_copy(text, size, "somebody else has changed it meanwhile");
	else if (why != NULL)
		text_format(text, size, "%s (%s)", why, strerrorname_np(-rc));
	else
		text_copy(text, size,
			  rc < 0 ? strerror(-rc) : "it is not as it should be afterwards");
}

static bool brings_memory(const struct memhp_step *step)
{
	return (step->kind == STEP_BIND || step->kind == STEP_GIVE_ID) && step->to == DRIVER_KMEM;
}

const char *step_way_out(const struct memhp_step *step, int rc)
{
	bool offline = step->kind == STEP_BLOCK && step->to == MEMHP_STATE_OFFLINE;

	if (offline && rc == -EBUSY && (step->from_zones & ZONES_KERNEL) != 0)
		return "the kernel log names the page; memory in a kernel zone can often not be "
		       "emptied, so "
		       "keep it from going there (boot with memhp_default_state=offline)";
	if (offline && rc == -EBUSY)
		return "the kernel log names the page; end what holds it, or give --retries";
	if (offline && rc == -ETIMEDOUT)
		return "end what uses the memory, or give --block-timeout more seconds";
	if (rc == -EINPROGRESS && brings_memory(step))
		return "when it has, its memory is online or not as auto_online_blocks says, and "
		       "the same command tells what has come of it";
	if (rc == -EINPROGRESS || (step->kind == STEP_WAIT_GONE && is_open(rc)))
		return "when it has, the same command tells what has come of it";
	if (step->kind == STEP_WAIT_GONE)
		return "reboot; until then its blocks can still be onlined, and nothing else be "
		       "done "
		       "with it";
	if (step->kind == STEP_WAIT_EJECTED ||
	    (step->kind == STEP_EJECT && (rc == -ETIMEDOUT || rc == -ECANCELED || rc == -EINTR)))
		return "the kernel log says why; it may still go later, by itself";
	if (step->kind == STEP_BIND && step->to == DRIVER_DEVICE_DAX)
		return "remove --unbound leaves the device without a driver";
	if (step->kind == STEP_BIND && rc == -ENOMEM)
		return "free kernel-zone memory, or say --memmap-on-memory on where the kernel "
		       "allows it";
	if (step->kind == STEP_LOAD_MODULE && rc == -ENOENT)
		return "install the package of this kernel that has the module";
	return NULL;
}
