/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One consistent moment: the parts of a scan in their order, and all of it again when blocks came or
 * went meanwhile. Names one directory, and leaves the reading to scan-*.c.
 */
#include <errno.h>

#include "ctx.h"
#include "scan-walk.h"

#define MEMORY_PATH "sys/devices/system/memory"
/* A machine that changes all the time is shown as it was last seen. */
enum attempt {
	ATTEMPT_FIRST, /* with conclusions, on a running kernel */
	ATTEMPT_SECOND,
	ATTEMPT_THIRD,
	ATTEMPT_LAST,
};

int scan_around(struct scan *scan)
{
	if (scan_machine(scan) < 0 || scan_journal(scan) < 0 || scan_regions(scan) < 0 ||
	    scan_nodes(scan) < 0 || scan_zones(scan) < 0)
		return -ENOMEM;
	scan_page_size(scan);
	if ((scan->parts & SCAN_SETUP) != 0 && scan_setup(scan) < 0)
		return -ENOMEM;
	return scan_struct_page(scan);
}

/* A kernel without memory hotplug has no blocks, and there is nothing more to be seen of them. */
static int scan_without_blocks(struct scan *scan)
{
	const struct setup *setup = &scan->snapshot->setup;

	if ((scan->parts & SCAN_SETUP) == 0)
		return -ENOENT;
	if (scan_around(scan) < 0)
		return -ENOMEM;
	if (setup->config == NULL || parse_config(setup->config, "CONFIG_MEMORY_HOTPLUG") == 'y')
		return -ENOENT;
	scan->no_blocks = true;
	return 0;
}

/*
 * Blocks are listed before nodes, so that one without a node link is known to be too new; and before
 * iomem, which has an entry for each block that there is. Their states come last, so that each that is
 * read is complete, and can be shown while others are read.
 */
static int scan_all(struct scan *scan)
{
	int rc = again_begin(scan);

	if (rc == 0)
		rc = scan->reuses ? again_copy_blocks(scan) : scan_block_list(scan);
	if (rc == -ENOENT)
		return scan_without_blocks(scan);
	if (rc < 0)
		return rc;
	if (scan_around(scan) < 0 || (!scan->reuses && scan_block_nodes(scan) < 0))
		return -ENOMEM;
	if (scan_dax(scan) < 0 || scan_acpi(scan) < 0 || scan_virtio(scan) < 0)
		return -ENOMEM;
	if (scan_firmware(scan) < 0 || scan_owners(scan) < 0 || scan_hidden_regions(scan) < 0)
		return -ENOMEM;
	scan->complete = scan_memmap_before(scan);
	if (scan_block_states(scan) < 0 || scan_arrivals(scan) < 0)
		return -ENOMEM;
	scan_memmap(scan);
	scan_leaving(scan->snapshot);
	return 0;
}

/* Whether what was read is of one moment: what it was concluded from has not changed meanwhile. */
static int scan_is_consistent(struct scan *scan, bool *ret_same)
{
	int rc = again_is_same(scan, ret_same);

	if (rc == 0 && *ret_same && scan->deduces)
		rc = deduce_still_holds(scan, ret_same);
	return rc;
}

/* What one scan is to read, and from what. */
struct order {
	struct io *io;
	unsigned int parts;
	const struct scan_watch *watch;
	const struct memhp_snapshot *base;
};

/* One attempt. RET_SAME: the blocks at its end were those at its beginning. */
static int scan_once(const struct order *order, enum attempt attempt, bool *ret_same,
		     struct memhp_snapshot **ret_snapshot)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	struct scan scan = {
		.io = order->io,
		.parts = order->parts,
		.watch = order->watch,
		.deduces = order->io->live && attempt == ATTEMPT_FIRST,
		.base = order->base,
		.reuses = order->base != NULL && attempt == ATTEMPT_FIRST,
	};
	bool same = true;
	int rc = snapshot_new(&snapshot);

	if (rc < 0)
		return rc;
	scan.snapshot = snapshot;
	snapshot->missing = SCAN_ALL & ~order->parts;
	rc = scan_all(&scan);
	if (rc == 0 && !scan.no_blocks)
		rc = scan_is_consistent(&scan, &same);
	if (rc == 0 && !same && attempt == ATTEMPT_LAST)
		rc = scan_note(&scan, MEMORY_PATH, -EAGAIN,
			       "blocks came and went all the time while they were read");
	if (rc == 0 && (same || attempt == ATTEMPT_LAST))
		scan_tell_all(&scan);
	free(scan.text);
	if (rc < 0)
		return rc;
	*ret_same = same;
	*ret_snapshot = take_pointer(snapshot);
	return 0;
}

static int tell(struct memhp_error *error, int rc)
{
	if (rc == -ENOMEM)
		return error_memory(error);
	if (rc == -ENOENT)
		return error_set(error, MEMHP_ERROR_UNSUPPORTED, rc, "/" MEMORY_PATH,
				 "this machine shows no memory blocks: there is no /" MEMORY_PATH);
	return error_system(error, rc, "/" MEMORY_PATH, "cannot be read");
}

static int carry_out(const struct order *order, struct memhp_error *error,
		     struct memhp_snapshot **ret_snapshot)
{
	struct memhp_snapshot *snapshot = NULL;
	enum attempt attempt;
	bool same = false;
	int rc = 0;

	for (attempt = ATTEMPT_FIRST; attempt <= ATTEMPT_LAST && !same; attempt++) {
		snapshot = memhp_snapshot_unref(snapshot);
		rc = scan_once(order, attempt, &same, &snapshot);
		if (rc < 0)
			return tell(error, rc);
	}
	*ret_snapshot = snapshot;
	return 0;
}

int scan(struct io *io, unsigned int parts, struct memhp_error *error,
	 struct memhp_snapshot **ret_snapshot)
{
	return scan_streamed(io, parts, NULL, error, ret_snapshot);
}

int scan_streamed(struct io *io, unsigned int parts, const struct scan_watch *watch,
		  struct memhp_error *error, struct memhp_snapshot **ret_snapshot)
{
	const struct order order = { .io = io, .parts = parts, .watch = watch };

	return carry_out(&order, error, ret_snapshot);
}

int scan_again(struct io *io, const struct memhp_snapshot *base, struct memhp_error *error,
	       struct memhp_snapshot **ret_snapshot)
{
	const struct order order = {
		.io = io,
		.parts = SCAN_ALL & ~base->missing,
		.base = base,
	};
	int rc;

	if (io->ops->keep != NULL)
		io->ops->keep(io, true);
	rc = carry_out(&order, error, ret_snapshot);
	if (io->ops->keep != NULL)
		io->ops->keep(io, false);
	return rc;
}

/* Kinds that are not named here need no more than every scan reads. */
unsigned int scan_parts_of(unsigned int kinds)
{
	static const struct {
		enum memhp_kind kind;
		unsigned int parts;
	} rows[] = {
		{ MEMHP_KIND_NODE, SCAN_NODES },
		/* A device's tier is that of its node. */
		{ MEMHP_KIND_DEVICE, SCAN_DEVICES | SCAN_NODES },
		/* What iomem does not show stands in the firmware's whole map, and in devices. */
		{ MEMHP_KIND_REGION, SCAN_DEVICES },
	};
	unsigned int parts = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		parts |= (kinds & 1U << rows[i].kind) != 0 ? rows[i].parts : 0;
	return parts;
}

EXPORT int memhp_snapshot_new_of(struct memhp_ctx *ctx, uint32_t kinds,
				 struct memhp_snapshot **ret_snapshot)
{
	error_clear(&ctx->error);
	return scan(ctx->io, scan_parts_of(kinds), &ctx->error, ret_snapshot);
}

EXPORT int memhp_snapshot_new_streamed(struct memhp_ctx *ctx, uint32_t kinds, memhp_blocks_fn fn,
				       void *data, struct memhp_snapshot **ret_snapshot)
{
	const struct scan_watch watch = { .fn = fn, .data = data };

	error_clear(&ctx->error);
	return scan_streamed(ctx->io, scan_parts_of(kinds), fn != NULL ? &watch : NULL, &ctx->error,
			     ret_snapshot);
}

EXPORT int memhp_snapshot_new(struct memhp_ctx *ctx, struct memhp_snapshot **ret_snapshot)
{
	error_clear(&ctx->error);
	return scan(ctx->io, SCAN_ALL, &ctx->error, ret_snapshot);
}

EXPORT int memhp_snapshot_refresh(struct memhp_ctx *ctx, const struct memhp_snapshot *snapshot,
				  struct memhp_snapshot **ret_snapshot)
{
	error_clear(&ctx->error);
	return scan_again(ctx->io, snapshot, &ctx->error, ret_snapshot);
}
