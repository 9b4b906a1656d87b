/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine whose memory blocks cannot be seen: all that it shows besides, for a recording of it. What
 * cannot be done with such a machine is refused by scan(), and where the recording is read back, again.
 */
#include <errno.h>

#include "scan-walk.h"

#define MEMORY_PATH "sys/devices/system/memory"

static int read_all(struct scan *scan)
{
	if (scan_around(scan) < 0)
		return -ENOMEM;
	if (scan_dax(scan) < 0 || scan_acpi(scan) < 0 || scan_virtio(scan) < 0)
		return -ENOMEM;
	return scan_firmware(scan);
}

static int note_why(struct scan *scan, int why)
{
	return scan_note(scan, MEMORY_PATH, why,
			 why == -ENOENT ? "there are no memory blocks to be seen" :
					  scan_errno_message(why));
}

int scan_bare(struct io *io, int why, struct memhp_error *error,
	      struct memhp_snapshot **ret_snapshot)
{
	_cleanup_(snapshot_cleanup) struct memhp_snapshot *snapshot = NULL;
	struct scan scan = { .io = io, .parts = SCAN_ALL | SCAN_SETUP };
	int rc = snapshot_new(&snapshot);

	if (rc < 0)
		return error_memory(error);
	scan.snapshot = snapshot;
	rc = read_all(&scan);
	if (rc == 0)
		rc = note_why(&scan, why);
	free(scan.text);
	if (rc < 0)
		return error_memory(error);
	*ret_snapshot = take_pointer(snapshot);
	return 0;
}
