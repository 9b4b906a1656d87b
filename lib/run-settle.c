/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waits until a burst of hotplug is over: nothing has come, gone or changed for a while, and what is in kmem
 * is there as a whole. Reads only.
 */
#include <string.h>

#include "ctx.h"
#include "run.h"
#include "scan.h"

#define NSEC_PER_MSEC UINT64_C(1000000)
#define LOOK_INTERVAL (250 * NSEC_PER_MSEC)
#define QUIET_TIME (500 * NSEC_PER_MSEC)
#define DEFAULT_TIMEOUT 60

static bool same_blocks(const struct memhp_snapshot *a, const struct memhp_snapshot *b)
{
	size_t i;

	if (a->block_count != b->block_count)
		return false;
	for (i = 0; i < a->block_count; i++) {
		if (a->blocks[i].number != b->blocks[i].number ||
		    a->blocks[i].state != b->blocks[i].state)
			return false;
	}
	return true;
}

static bool same_devices(const struct memhp_snapshot *a, const struct memhp_snapshot *b)
{
	size_t i;

	if (a->device_count != b->device_count)
		return false;
	for (i = 0; i < a->device_count; i++) {
		if (strcmp(a->devices[i].name, b->devices[i].name) != 0 ||
		    a->devices[i].driver != b->devices[i].driver ||
		    a->devices[i].size != b->devices[i].size)
			return false;
	}
	return true;
}

/* The driver's link is there before its blocks are (drivers/base/dd.c:really_probe, 6.1 to 7.2). */
static bool is_whole(const struct memhp_snapshot *snapshot, const struct memhp_device *device)
{
	uint32_t first, last;
	size_t i;

	if (device->kind != MEMHP_DEVICE_DAX || device->driver != DRIVER_KMEM)
		return true;
	for (i = 0; i < device->mapping_count; i++) {
		if (snapshot_mapping_blocks(snapshot, device, i, &first, &last) &&
		    (snapshot_block(snapshot, first) == NULL ||
		     snapshot_block(snapshot, last) == NULL))
			return false;
	}
	return true;
}

static bool is_at_rest(const struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->device_count; i++) {
		if (!is_whole(snapshot, &snapshot->devices[i]))
			return false;
	}
	for (i = 0; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].state == MEMHP_STATE_GOING_OFFLINE)
			return false;
	}
	return true;
}

EXPORT int memhp_settle(struct memhp_ctx *ctx, uint32_t timeout_seconds)
{
	struct io *io = ctx->io;
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *before = NULL;
	uint64_t seconds = timeout_seconds != 0 ? timeout_seconds : DEFAULT_TIMEOUT;
	uint64_t start = io->ops->now(io), quiet = start, now = start, then;

	error_clear(&ctx->error);
	while (now < start + seconds * 1000 * NSEC_PER_MSEC) {
		struct memhp_snapshot *snapshot = NULL;
		int rc = scan(io, SCAN_DEVICES, &ctx->error, &snapshot);

		if (rc < 0)
			return rc;
		if (before == NULL || !same_blocks(before, snapshot) ||
		    !same_devices(before, snapshot) || !is_at_rest(snapshot))
			quiet = now;
		memhp_snapshot_unref(before);
		before = snapshot;
		if (now >= quiet + QUIET_TIME)
			return 0;
		rc = io->ops->sleep(io, LOOK_INTERVAL);
		if (rc < 0)
			return error_set(&ctx->error, MEMHP_ERROR_STOPPED, rc, "",
					 "interrupted before anything was changed");
		then = now;
		now = io->ops->now(io);
		/* On a recorded machine no time passes, and nothing will happen. */
		if (now == then)
			return 0;
	}
	return 0;
}
