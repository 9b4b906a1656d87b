/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calls of the library take: a snapshot, a refresh, a look-up by address, a plan. One line each of
 * a name and a number, for test/bench/run, which puts them beside other programs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <memhp/libmemhp.h>

#include "alloc-fault.h"

#define LOOKUPS 1000000
#define FILES 1000000

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void check(struct memhp_ctx *ctx, int rc)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "library: %s\n", memhp_error_get_message(memhp_ctx_get_error(ctx)));
	exit(1);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

/* Nanoseconds for one address, of which as many hold a block as do not matter. */
static double time_lookups(const struct memhp_snapshot *snapshot)
{
	uint64_t size = memhp_snapshot_get_block_size(snapshot), random = 1, found = 0;
	uint64_t count = memhp_snapshot_get_block_count(snapshot);
	double begin = now();
	size_t i;

	for (i = 0; i < LOOKUPS; i++) {
		random = random * 6364136223846793005U + 1442695040888963407U;
		found += memhp_snapshot_get_block_by_address(
				 snapshot, (random >> 16) % (count * size)) != NULL;
	}
	begin = now() - begin;
	if (found == 0)
		fprintf(stderr, "library: no address was found\n");
	return begin / LOOKUPS;
}

static void read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[4096];

	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		fprintf(stderr, "library: %s cannot be read\n", path);
	close(fd);
}

/* What the reader beside this program does, within this one: no start of a process is in it. */
static void read_bare(const char *root, const struct memhp_snapshot *snapshot)
{
	static const char *const files[] = { "state", "valid_zones" };
	const struct memhp_block *block;
	char path[4096];
	size_t i;

	memhp_block_foreach(snapshot, block) {
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), "%s/sys/devices/system/memory/memory%u/%s",
				 root, memhp_block_get_number(block), files[i]);
			read_file(path);
		}
	}
}

/* Snapshots, refreshes and bare reading in turn, so that all see the same machine, busy as it may be. */
static void time_snapshots(struct memhp_ctx *ctx, const char *root, size_t rounds)
{
	double *scans = calloc(rounds, sizeof(*scans)), *bare = calloc(rounds, sizeof(*bare)),
	       *refreshes = calloc(rounds, sizeof(*refreshes));
	struct memhp_snapshot *snapshot = NULL, *base = NULL, *next = NULL;
	size_t i, allocations;
	double begin;

	alloc_fault_arm(SIZE_MAX);
	check(ctx, memhp_snapshot_new(ctx, &base));
	allocations = alloc_fault_disarm();
	/* Twice: the first opens what it keeps, the second has a count of events to go by. */
	for (i = 0; i < 2; i++) {
		check(ctx, memhp_snapshot_refresh(ctx, base, &next));
		memhp_snapshot_unref(base);
		base = next;
	}
	for (i = 0; i < rounds; i++) {
		begin = now();
		check(ctx, memhp_snapshot_new(ctx, &snapshot));
		scans[i] = now() - begin;
		memhp_snapshot_unref(snapshot);
		begin = now();
		check(ctx, memhp_snapshot_refresh(ctx, base, &next));
		refreshes[i] = now() - begin;
		begin = now();
		read_bare(root, next);
		bare[i] = now() - begin;
		memhp_snapshot_unref(base);
		base = next;
	}
	printf("blocks %zu\n", memhp_snapshot_get_block_count(base));
	printf("allocations %zu\n", allocations);
	printf("snapshot_ms %.3f\n", median(scans, rounds) / 1e6);
	printf("refresh_ms %.3f\n", median(refreshes, rounds) / 1e6);
	printf("bare_ms %.3f\n", median(bare, rounds) / 1e6);
	printf("lookup_ns %.1f\n", time_lookups(base));
	memhp_snapshot_unref(base);
	free(scans);
	free(bare);
	free(refreshes);
}

/* What a monitor of a big machine would do: of its limit, half is for what the library keeps. */
static void open_many(void)
{
	struct rlimit limit = { .rlim_cur = FILES, .rlim_max = FILES };

	if (setrlimit(RLIMIT_NOFILE, &limit) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* library [ROOT [ROUNDS]] */
int main(int argc, char **argv)
{
	const char *root = argc > 1 ? argv[1] : "";
	struct memhp_ctx *ctx;

	open_many();
	if (memhp_ctx_new(&ctx) < 0)
		return 1;
	if (root[0] != '\0')
		check(ctx, memhp_ctx_set_root(ctx, root));
	time_snapshots(ctx, root, argc > 2 ? (size_t)atoi(argv[2]) : 5);
	memhp_ctx_unref(ctx);
	return 0;
}
