/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random machines, random requests: planned twice they are the same plan; carried out, the machine is
 * as predicted; planned on what was predicted nothing is left to do; nothing outside the target is
 * written; what was online, undone, is as before; and zones that are concluded are those that would be
 * read. A case is made from its number alone: run one with MEMHP_TEST_SEED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "../../lib/ctx.h"
#include "../../lib/scan.h"

#define CASES 3000
#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define LAST_BLOCK 200

struct random {
	uint64_t state;
};

/* xorshift64*: the same everywhere. */
static unsigned int pick(struct random *random, unsigned int count)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (unsigned int)((random->state * UINT64_C(2685821657736338717)) >> 33) % count;
}

static const char *one_of(struct random *random, const char *const *words, size_t count)
{
	return words[pick(random, (unsigned int)count)];
}
#define ONE_OF(random, words) one_of(random, words, ARRAY_SIZE(words))

static struct fakekern_config random_config(struct random *random)
{
	static const char *const auto_online[] = { "offline", "online", "online_kernel",
						   "online_movable" };
	static const char *const policies[] = { "contig-zones", "contig-zones", "auto-movable" };
	static const char *const memmap[] = { "N", "N", "Y", "force" };
	struct fakekern_config config = *kernel_rows[pick(random, 3)].config;

	if (pick(random, 2) == 0)
		config.auto_online = ONE_OF(random, auto_online);
	config.online_policy = ONE_OF(random, policies);
	config.memmap_on_memory = ONE_OF(random, memmap);
	config.movable_node = pick(random, 5) == 0;
	config.numa_blind = pick(random, 3) == 0;
	config.block_size = pick(random, 4) == 0 ? 256 * MIB : 128 * MIB;
	return config;
}

static void random_dax(struct random *random, struct fakekern *kernel, int index)
{
	struct fakekern_dax dax = { .provider = (enum fakekern_provider)pick(random, 3) };
	uint64_t at = 8 * GIB + (uint64_t)index * 4 * GIB;
	unsigned int mappings = 1 + pick(random, 3);
	char name[16];

	snprintf(name, sizeof(name), "dax%d.0", index);
	dax.name = name;
	dax.target_node = (int)pick(random, 3);
	for (unsigned int i = 0; i < mappings; i++) {
		uint64_t start = at + (pick(random, 3) == 0 ? pick(random, 100) * 2 * MIB : 0);

		dax.mappings[i].start = start;
		dax.mappings[i].size = (1 + pick(random, 6)) * 128 * MIB +
				       (pick(random, 3) == 0 ? pick(random, 60) * 2 * MIB : 0);
		at = (start + dax.mappings[i].size + GIB - 1) / GIB * GIB;
	}
	fakekern_add_dax(kernel, &dax);
}

/* What has happened to it before: blocks in all states and zones. */
static void random_past(struct random *random, struct fakekern *kernel)
{
	static const char *const words[] = { "offline",	      "offline",	"online",
					     "online_kernel", "online_movable", "online_movable" };
	unsigned int writes = pick(random, 2) * pick(random, 12);

	for (unsigned int i = 0; i < writes; i++) {
		char path[96];

		snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state",
			 32 + pick(random, LAST_BLOCK - 32));
		fakekern_write(kernel, path, ONE_OF(random, words));
	}
	for (uint32_t block = 32; block < LAST_BLOCK; block++) {
		if (pick(random, 60) == 0 && strcmp(fakekern_block(kernel, block), "absent") != 0)
			fakekern_trouble(kernel, block,
					 pick(random, 2) == 0 ? FAKEKERN_UNMOVABLE :
								FAKEKERN_REFUSES_ONLINE,
					 -12, pick(random, 3));
	}
}

/* Limits that small machines come near to. */
static void random_policy(struct random *random, struct fakekern *kernel)
{
	static const char *const ratios[] = { "0.1", "0.3", "60%" };
	char text[128];

	if (pick(random, 3) > 0)
		return;
	snprintf(text, sizeof(text),
		 "[policy]\nmovable-ratio-warn = 0.05\nmovable-ratio-deny = %s\n",
		 ONE_OF(random, ratios));
	fakekern_file(kernel, "etc/memhp.conf", text);
}

static struct fakekern *random_machine(struct random *random)
{
	struct fakekern_config config = random_config(random);
	struct fakekern *kernel = fakekern_new(&config);
	int devices = 1 + (int)pick(random, 3);

	fakekern_add_node(
		kernel, &(struct fakekern_node){ .node = 0,
						 .cpus = "0-1",
						 .memory = { { MIB, GIB - MIB }, { 4 * GIB, GIB } },
						 .taken = 64 * MIB });
	fakekern_set_distance(kernel, 0, 2, 24);
	for (int i = 0; i < devices; i++)
		random_dax(random, kernel, i);
	if (pick(random, 4) == 0)
		fakekern_load(kernel, "kmem");
	random_past(random, kernel);
	random_policy(random, kernel);
	return kernel;
}

/* Mostly of what is there. */
static void random_target(struct random *random, struct fakekern *kernel, char *text, size_t size)
{
	unsigned int block = 60 + pick(random, 120), length = pick(random, 5);
	unsigned int device = pick(random, 3);
	char path[64];

	snprintf(path, sizeof(path), "sys/bus/dax/devices/dax%u.0/size", device);
	if (fakekern_text(kernel, path)[0] == '\0' && pick(random, 10) > 0)
		device = 0;
	for (unsigned int i = 0; i < 120 && strcmp(fakekern_block(kernel, block), "absent") == 0;
	     i++)
		block = 60 + (block - 59) % 120;

	switch (pick(random, 8)) {
	case 0:
		snprintf(text, size, "%u-%u", block, block + length);
		return;
	case 1:
		snprintf(text, size, "node%u", pick(random, 3));
		return;
	case 2:
		snprintf(text, size, "all");
		return;
	case 3:
		snprintf(text, size, "dax0.0 dax1.0");
		return;
	default:
		snprintf(text, size, "dax%u.0", device);
	}
}

static void random_request(struct random *random, struct fakekern *kernel, char *text, size_t size)
{
	static const char *const operations[] = { "add",     "online", "online", "online",
						  "offline", "remove", "remove" };
	static const char *const zones[] = {
		"",	      " zone=movable",	" zone=movable", " zone=kernel",
		" zone=auto", " zone=balanced", " zone=balanced"
	};
	static const char *const others[] = { "",
					      "",
					      "",
					      " move",
					      " memmap=on",
					      " memmap=off",
					      " unbound",
					      " on-error=continue",
					      " on-error=keep" };
	const char *operation = ONE_OF(random, operations);
	char target[64];

	random_target(random, kernel, target, sizeof(target));
	snprintf(text, size, "%s%s%s yes %s", operation,
		 strcmp(operation, "online") == 0 ? ONE_OF(random, zones) : "",
		 ONE_OF(random, others), target);
}

/* --- what must hold --- */

static bool is_target(const struct memhp_plan *plan, uint32_t number)
{
	const struct memhp_block *before = snapshot_block(plan->before, number);
	const struct memhp_block *after = snapshot_block(plan->predicted, number);

	for (size_t i = 0; i < plan->target_count; i++) {
		const struct target *target = &plan->targets[i];

		for (size_t j = 0; j < target->run_count; j++) {
			if (number >= target->runs[j].first && number <= target->runs[j].last)
				return true;
		}
		for (size_t j = 0; j < target->device_count; j++) {
			if ((before != NULL && before->device == target->devices[j]) ||
			    (after != NULL && after->device == target->devices[j]))
				return true;
		}
	}
	return false;
}

static void check_targets(struct tally *tally, struct fakekern *kernel,
			  const struct memhp_plan *plan)
{
	for (size_t i = 0; i < fakekern_logged(kernel); i++) {
		const struct fakekern_operation *operation = fakekern_log(kernel, i);
		unsigned int number;

		if (operation->kind == FAKEKERN_WRITE &&
		    sscanf(operation->path, "sys/devices/system/memory/memory%u/", &number) == 1 &&
		    !is_target(plan, number))
			tally_fail(tally, "writes %s to memory%u, which is no target",
				   operation->word, number);
	}
}

static int plan_request(struct fakekern *kernel, struct memhp_snapshot *snapshot,
			const struct memhp_request *request, struct memhp_plan **ret_plan)
{
	struct memhp_ctx *ctx;

	assert_int_equal(ctx_new_with_io(fakekern_open(kernel), &ctx), 0);
	int rc = memhp_plan_new(ctx, snapshot, request, ret_plan);
	memhp_ctx_unref(ctx);
	return rc;
}

/* The same machine and request give the same plan; the machine that it leads to needs none. */
static void check_plan(struct tally *tally, struct fakekern *kernel, const struct memhp_plan *plan,
		       bool settled)
{
	struct memhp_request request = plan->request.options;
	struct memhp_plan *again = NULL, *after = NULL;

	if (plan_request(kernel, plan->before, &request, &again) < 0)
		tally_fail(tally, "cannot be planned twice");
	else if (again->step_count != plan->step_count ||
		 (plan->step_count > 0 && memcmp(again->steps, plan->steps,
						 plan->step_count * sizeof(*plan->steps)) != 0) ||
		 strcmp(again->plan_id, plan->plan_id) != 0)
		tally_fail(tally, "is another plan the second time: %zu and %zu steps, %s and %s",
			   plan->step_count, again->step_count, plan->plan_id, again->plan_id);
	if (!settled || plan->verdict == MEMHP_VERDICT_DENY)
		goto out;
	if (plan_request(kernel, plan->predicted, &request, &after) < 0)
		tally_fail(tally, "cannot be planned on what was predicted");
	else if (after->step_count > 0)
		tally_fail(tally, "still has %zu steps to do on what was predicted",
			   after->step_count);
out:
	memhp_plan_unref(again);
	memhp_plan_unref(after);
}

static void check_case(struct tally *tally, struct fakekern *kernel, const struct outcome *outcome,
		       const char *before, const char *auto_online, bool lasting)
{
	check_any(tally, kernel, outcome, before);
	if (strcmp(auto_online, fakekern_text(kernel, AUTO_ONLINE)) != 0)
		tally_fail(tally, "auto_online_blocks is %s, was %s",
			   fakekern_text(kernel, AUTO_ONLINE), auto_online);
	if (outcome->rc < 0)
		return;
	check_targets(tally, kernel, outcome->report->plan);
	check_plan(tally, kernel, outcome->report->plan, lasting);
	if (outcome->report->outcome == MEMHP_OUTCOME_DONE &&
	    outcome->report->differences.count > 0)
		tally_fail(tally, "done, but %zu differences", outcome->report->differences.count);
}

static void try_again(struct tally *tally, struct fakekern *kernel, const char *request)
{
	struct outcome outcome;

	request_run(request, fakekern_open(kernel), &outcome);
	if (outcome.rc < 0 || outcome.report->outcome != MEMHP_OUTCOME_ALREADY)
		tally_fail(tally, "the second time: %s (%s)", outcome_name(&outcome),
			   outcome.rc == 0 ? outcome.report->cause.message : "");
	outcome_clear(&outcome);
}

static struct memhp_snapshot *scan_as(struct fakekern *kernel, bool live, size_t *ret_operations)
{
	struct memhp_snapshot *snapshot = NULL;
	struct io *io = fakekern_open(kernel);

	io->live = live;
	assert_int_equal(scan(io, SCAN_ALL, NULL, &snapshot), 0);
	*ret_operations = fakekern_operations(io);
	io_free(io);
	return snapshot;
}

/* What a scan concludes of a running kernel is what it reads of a recording. Returns files not read. */
static size_t check_conclusions(struct tally *tally, struct fakekern *kernel)
{
	size_t fewer, more, i;
	struct memhp_snapshot *concluded = scan_as(kernel, true, &fewer);
	struct memhp_snapshot *read = scan_as(kernel, false, &more);

	if (concluded->block_count != read->block_count)
		tally_fail(tally, "%zu blocks are concluded, %zu read", concluded->block_count,
			   read->block_count);
	for (i = 0; i < MIN(concluded->block_count, read->block_count); i++) {
		if (memcmp(&concluded->blocks[i], &read->blocks[i], sizeof(read->blocks[i])) != 0)
			tally_fail(tally, "block %u: zones %#x are concluded, %#x read",
				   read->blocks[i].number, concluded->blocks[i].zones,
				   read->blocks[i].zones);
	}
	memhp_snapshot_unref(concluded);
	memhp_snapshot_unref(read);
	/* Zones are read once more where something was concluded. */
	return more + 1 > fewer ? more + 1 - fewer : 0;
}

static void try_case(struct tally *tally, uint64_t seed, size_t ends[8], size_t *concluded)
{
	struct random random = { .state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct fakekern *kernel = random_machine(&random);
	char request[160], auto_online[32];
	char *before = fakekern_picture(kernel);
	struct outcome outcome;
	bool lasting;

	random_request(&random, kernel, request, sizeof(request));
	snprintf(auto_online, sizeof(auto_online), "%s", fakekern_text(kernel, AUTO_ONLINE));
	tally_context(tally, "seed %llu: %s", (unsigned long long)seed, request);
	if (getenv("MEMHP_TEST_SEED") != NULL)
		printf("%s", before);
	*concluded += check_conclusions(tally, kernel);
	request_run(request, fakekern_open(kernel), &outcome);
	tally_context(tally, "seed %llu: %s: %s", (unsigned long long)seed, request,
		      outcome_name(&outcome));
	/* Blocks and nodes that are gone cannot be named again. */
	lasting = strncmp(request, "remove", 6) != 0 || strstr(request, "dax") != NULL;
	check_case(tally, kernel, &outcome, before, auto_online, lasting);
	if (getenv("MEMHP_TEST_SHOW") != NULL && !outcome_is_fine(&outcome))
		printf("# %s: %s\n", tally->context,
		       outcome.rc < 0 ? outcome.error.object : outcome.report->cause.message);
	ends[outcome.rc < 0 ? 7 : outcome.report->outcome]++;
	*concluded += check_conclusions(tally, kernel);
	if (outcome_is_fine(&outcome) && lasting)
		try_again(tally, kernel, request);
	outcome_clear(&outcome);
	tally->cases++;
	free(before);
	fakekern_free(kernel);
}

static void test_random_machines(void **state)
{
	const char *one = getenv("MEMHP_TEST_SEED"), *many = getenv("MEMHP_TEST_CASES");
	uint64_t count = many != NULL ? strtoull(many, NULL, 10) : CASES;
	struct tally tally = { 0 };
	size_t ends[8] = { 0 }, concluded = 0;

	for (uint64_t seed = 1; one == NULL && seed <= count; seed++)
		try_case(&tally, seed, ends, &concluded);
	if (one != NULL)
		try_case(&tally, strtoull(one, NULL, 10), ends, &concluded);
	for (int i = 0; i < 7; i++)
		printf("# %zu %s\n", ends[i], memhp_outcome_to_string((enum memhp_outcome)i));
	printf("# %zu errors\n", ends[7]);
	printf("# %zu zones concluded\n", concluded);
	assert_true(concluded > 0);
	tally_end(&tally, "random machines and requests");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_machines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("properties", tests, NULL, NULL);
}
