/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the memory blocks of this machine and onlines a device's memory into ZONE_MOVABLE. */
#include <memhp/libmemhp.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const char *targets[] = { argc > 1 ? argv[1] : NULL, NULL };
	struct memhp_request online = { .struct_size = sizeof(online),
					.targets = targets,
					.operation = MEMHP_OPERATION_ONLINE,
					.zone = MEMHP_ZONE_MOVABLE };
	struct memhp_report *report = NULL;
	struct memhp_snapshot *snapshot;
	struct memhp_ctx *ctx;
	const struct memhp_block *block;
	int rc = 0;

	if (memhp_ctx_new(&ctx) < 0 || memhp_snapshot_new(ctx, &snapshot) < 0)
		return 1;
	memhp_block_foreach(snapshot, block)
		printf("memory%u %s\n", memhp_block_get_number(block),
		       memhp_state_to_string(memhp_block_get_state(block)));
	if (argc > 1 && (rc = memhp_run(ctx, &online, &report)) < 0)
		fprintf(stderr, "%s: %s\n", memhp_error_get_object(memhp_ctx_get_error(ctx)),
			memhp_error_get_message(memhp_ctx_get_error(ctx)));
	if (report != NULL)
		printf("%s %s\n", argv[1],
		       memhp_outcome_to_string(memhp_report_get_outcome(report)));
	memhp_report_unref(report);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
	return rc < 0;
}
