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
#define ATTEMPTS 4

static int scan_place_and_devices(struct scan *scan, unsigned int parts)
{
	if ((parts & SCAN_REGIONS) != 0 && (scan_regions(scan) < 0 || scan_firmware(scan) < 0))
		return -ENOMEM;
	if ((parts & SCAN_DEVICES) != 0 &&
	    (scan_dax(scan) < 0 || scan_acpi(scan) < 0 || scan_virtio(scan) < 0))
		return -ENOMEM;
	return 0;
}

/* Blocks are listed before nodes, so that one without a node link is known to be too new. */
static int scan_parts(struct scan *scan, unsigned int parts)
{
	int rc;

	if ((parts & SCAN_BLOCKS) != 0) {
		rc = scan_block_list(scan);
		if (rc < 0)
			return rc;
	}
	if ((parts & SCAN_MACHINE) != 0 && scan_machine(scan) < 0)
		return -ENOMEM;
	if ((parts & SCAN_SETUP) != 0 && scan_setup(scan) < 0)
		return -ENOMEM;
	if ((parts & SCAN_NODES) != 0 && (scan_nodes(scan) < 0 || scan_zones(scan) < 0))
		return -ENOMEM;
	if ((parts & SCAN_MACHINE) != 0) {
		scan_page_size(scan);
		if (scan_struct_page(scan) < 0)
			return -ENOMEM;
	}
	if ((parts & SCAN_BLOCKS) != 0 &&
	    (scan_block_nodes(scan) < 0 || scan_block_states(scan) < 0))
		return -ENOMEM;
	if (scan_place_and_devices(scan, parts) < 0)
		return -ENOMEM;
	if ((parts & SCAN_BLOCKS) == 0)
		return 0;
	if (scan_owners(scan) < 0)
		return -ENOMEM;
	scan_memmap(scan);
	return 0;
}

/* One attempt. RET_SAME: the blocks at its end were those at its beginning. */
static int scan_once(struct io *io, unsigned int parts, bool last, bool *ret_same,
		     struct memhp_snapshot **ret_snapshot)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	struct scan scan = { .io = io };
	bool same = true;
	int rc = snapshot_new(&snapshot);

	if (rc < 0)
		return rc;
	scan.snapshot = snapshot;
	rc = scan_parts(&scan, parts);
	if (rc == 0 && (parts & SCAN_BLOCKS) != 0)
		rc = scan_block_list_again(&scan, &same);
	if (rc == 0 && !same && last)
		rc = scan_note(&scan, MEMORY_PATH, -EAGAIN,
			       "blocks came and went all the time while they were read");
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

int scan(struct io *io, unsigned int parts, struct memhp_error *error,
	 struct memhp_snapshot **ret_snapshot)
{
	struct memhp_snapshot *snapshot = NULL;
	unsigned int attempt;
	bool same = false;
	int rc = 0;

	for (attempt = 0; attempt < ATTEMPTS && !same; attempt++) {
		snapshot = memhp_snapshot_unref(snapshot);
		rc = scan_once(io, parts, attempt == ATTEMPTS - 1, &same, &snapshot);
		if (rc < 0)
			return tell(error, rc);
	}
	*ret_snapshot = snapshot;
	return 0;
}

EXPORT int memhp_snapshot_new(struct memhp_ctx *ctx, struct memhp_snapshot **ret_snapshot)
{
	error_clear(&ctx->error);
	return scan(ctx->io, SCAN_ALL, &ctx->error, ret_snapshot);
}
