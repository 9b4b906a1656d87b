/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan-balance.c: --zone balanced, against every assignment of blocks to zones that there is on small
 * machines; and which blocks are taken, and when.
 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "case.h"

#define MIB (UINT64_C(1) << 20)
#define BLOCK_PAGES UINT64_C(32768)
#define MEMMAP_PAGES UINT64_C(512)

static enum zone_index zone_of(const struct memhp_plan *plan, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(plan->predicted, number);

	if (block == NULL || block->state != MEMHP_STATE_ONLINE)
		return ZONE_INDEX_NONE;
	return block->zones == ZONE_BIT(ZONE_MOVABLE) ? ZONE_MOVABLE :
	       block->zones & ZONES_KERNEL	      ? ZONE_NORMAL :
							ZONE_INDEX_NONE;
}

/* "kkm-" : in kernel zones, in Movable, not online, block by block from FIRST on. */
static void picture(const struct memhp_plan *plan, uint32_t first, size_t count, char *text)
{
	size_t i;

	for (i = 0; i < count; i++)
		text[i] = zone_of(plan, first + (uint32_t)i) == ZONE_MOVABLE ? 'm' :
			  zone_of(plan, first + (uint32_t)i) == ZONE_NORMAL  ? 'k' :
									       '-';
	text[count] = '\0';
}

static void expect(const char *machine, const char *request, uint32_t first, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("balance", machine);
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;
	char text[128];

	if (case_plan(test_case, request, &error, &plan) < 0)
		fail_msg("%s: %s", request, error.message);
	picture(plan, first, strlen(expected), text);
	if (strcmp(text, expected) != 0)
		fail_msg("%s: %s, and not %s", request, text, expected);
}

/* ---- every assignment ---- */

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

#define BLOCKS_MAX 10

/* A machine whose numbers are known without asking the library. */
struct small {
	char text[4096];
	char request[128];
	uint64_t kernel; /* pages, of what is no target */
	uint64_t movable;
	uint64_t unmanaged, cma; /* of Normal on node 0 */
	uint64_t limit;		 /* hundredths of a percent */
	uint32_t numbers[BLOCKS_MAX];
	uint64_t usable[BLOCKS_MAX]; /* pages, if it were in a kernel zone */
	size_t count;
	uint64_t normal; /* pages of Normal on node 0 that are managed to begin with, targets too */
	bool on, asked;	 /* the parameter, --memmap-on-memory */
};

static void say(struct small *small, const char *format, ...) PRINTF(2, 3);

static void say(struct small *small, const char *format, ...)
{
	size_t used = strlen(small->text);
	va_list list;

	va_start(list, format);
	vsnprintf(small->text + used, sizeof(small->text) - used, format, list);
	va_end(list);
}

/* What is no target: kernel memory, maybe some in Movable, maybe CMA. */
static void make_fixed(struct small *small, struct random *random)
{
	static const struct {
		const char *word;
		uint64_t limit;
	} ratios[] = { { "0.25", 2500 }, { "1", 10000 },    { "2.5", 25000 },
		       { "4", 40000 },	 { "301%", 30100 }, { "77%", 7700 } };
	unsigned int ratio = pick(random, ARRAY_SIZE(ratios));
	unsigned int normal = 1 + pick(random, 4), movable = pick(random, 3);

	small->limit = ratios[ratio].limit;
	small->on = pick(random, 2) == 0;
	small->unmanaged = pick(random, 1000);
	small->cma = pick(random, 3) == 0 ? pick(random, 9000) : 0;
	say(small, "policy movable-ratio-warn 0\npolicy movable-ratio-deny %s\n",
	    ratios[ratio].word);
	say(small, "memmap-on-memory %s\n", small->on ? "on" : "off");
	say(small, "node 0 cpu distance 10 20\nnode 1 distance 20 10\n");
	say(small, "blocks 0-%u online Normal node 0 boot\n", normal - 1);
	if (movable > 0)
		say(small, "blocks 20-%u online Movable node 0 boot\n", 19 + movable);
	small->kernel = normal * BLOCK_PAGES - small->unmanaged - small->cma;
	small->movable = movable * BLOCK_PAGES + small->cma;
	small->normal = normal * BLOCK_PAGES;
}

/* A device in kmem, with blocks in whatever state; its lines of blocks come after all devices. */
static void make_added(struct small *small, struct random *random, unsigned int index,
		       unsigned int node, unsigned int count, char *blocks, size_t size)
{
	static const char *const states[] = { "offline", "offline", "online Normal",
					      "online Movable" };
	bool asks = pick(random, 2) == 0;
	unsigned int i;

	say(small, "device dax%u.0 kmem node %u hmem memmap %s blocks %u-%u\n", index, node,
	    asks ? "on" : "off", 48 + index * 16, 47 + index * 16 + count);
	for (i = 0; i < count; i++) {
		size_t used = strlen(blocks), at = small->count++;
		const char *state = states[pick(random, ARRAY_SIZE(states))];

		small->numbers[at] = 48 + index * 16 + i;
		small->usable[at] = BLOCK_PAGES - (small->on && asks ? MEMMAP_PAGES : 0);
		if (node == 0 && strcmp(state, "online Normal") == 0)
			small->normal += small->usable[at];
		snprintf(blocks + used, size - used, "blocks %u %s node %u kmem dax%u.0 %s\n",
			 small->numbers[at], state, node, index,
			 small->on && asks ? "memmap-on-memory" : "memmap-elsewhere");
	}
}

static void make_absent(struct small *small, struct random *random, unsigned int index,
			unsigned int node, unsigned int count)
{
	static const char *const words[] = { "", " --memmap-on-memory on",
					     " --memmap-on-memory off" };
	bool asks = pick(random, 2) == 0;
	unsigned int i, word = small->asked ? 0 : pick(random, 3);

	say(small, "device dax%u.0 node %u hmem memmap %s blocks %u-%u\n", index, node,
	    asks ? "on" : "off", 48 + index * 16, 47 + index * 16 + count);
	if (word > 0)
		asks = word == 1;
	snprintf(small->request + strlen(small->request),
		 sizeof(small->request) - strlen(small->request), "%s", words[word]);
	for (i = 0; i < count; i++) {
		small->numbers[small->count] = 48 + index * 16 + i;
		small->usable[small->count++] =
			BLOCK_PAGES - (small->on && asks ? MEMMAP_PAGES : 0);
	}
}

static void make_small(struct small *small, struct random *random)
{
	bool added[2] = { pick(random, 2) == 0, pick(random, 2) == 0 };
	unsigned int node[2] = { pick(random, 2), pick(random, 2) };
	char blocks[2048] = "";

	*small = (struct small){ .request = "online --zone balanced" };
	make_fixed(small, random);
	for (unsigned int i = 0; i < 2; i++) {
		/* one word is for all that is added: where two could be, none is said */
		small->asked = added[0] || added[1] || i == 1;
		if (added[i])
			make_added(small, random, i, node[i], 1 + pick(random, 5), blocks,
				   sizeof(blocks));
		else
			make_absent(small, random, i, node[i], 1 + pick(random, 5));
		if (!added[i] && i == 0 && strstr(small->request, "memmap") != NULL)
			break;
	}
	say(small, "%s", blocks);
	say(small, "zone 0 Normal managed %llu cma %llu\n",
	    (unsigned long long)(small->normal - small->unmanaged) * 4096,
	    (unsigned long long)small->cma * 4096);
	strcat(small->request, small->count > 0 && strstr(small->text, "dax1.0") != NULL ?
				       " dax0.0 dax1.0" :
				       " dax0.0");
}

/* The fewest of all assignments that keep the ratio; all blocks if none does. */
static size_t fewest(const struct small *small)
{
	size_t best = small->count, mask, i;

	for (mask = 0; mask < (size_t)1 << small->count; mask++) {
		unsigned __int128 kernel = small->kernel, movable = small->movable;
		size_t count = 0;

		for (i = 0; i < small->count; i++) {
			bool is_kernel = (mask >> i & 1) != 0;

			kernel += is_kernel ? small->usable[i] : 0;
			movable += is_kernel ? 0 : BLOCK_PAGES;
			count += is_kernel;
		}
		if (count < best && movable * 10000 <= kernel * small->limit)
			best = count;
	}
	return best;
}

static size_t count_kernel(const struct small *small, const struct memhp_plan *plan)
{
	size_t count = 0, i;

	for (i = 0; i < small->count; i++) {
		assert_int_not_equal(zone_of(plan, small->numbers[i]), ZONE_INDEX_NONE);
		count += zone_of(plan, small->numbers[i]) == ZONE_NORMAL;
	}
	return count;
}

/* On what was predicted the same request has nothing to do. */
static void check_settled(const struct small *small, const struct test_case *test_case,
			  const struct memhp_plan *plan)
{
	static const struct lessons none;
	struct memhp_request options = plan->request.options;
	_cleanup_(plan_cleanup) struct memhp_plan *again = NULL;
	struct memhp_error error;

	assert_int_equal(
		plan_new(plan->predicted, &test_case->policy, &options, &none, &error, &again), 0);
	if (again->step_count > 0)
		fail_msg("%s%s: %zu steps the second time", small->text, small->request,
			 again->step_count);
}

static void try_small(uint64_t seed, size_t *some, size_t *all)
{
	struct random random = { .state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1 };
	struct small small;
	size_t expected, found;

	make_small(&small, &random);
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("small", small.text);
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;

	if (case_plan(test_case, small.request, &error, &plan) < 0)
		fail_msg("seed %llu: %s", (unsigned long long)seed, error.message);
	expected = fewest(&small);
	found = count_kernel(&small, plan);
	if (found != expected)
		fail_msg("seed %llu: %zu kernel blocks, and %zu would do:\n%s%s",
			 (unsigned long long)seed, found, expected, small.text, small.request);
	*some += found > 0 && found < small.count;
	*all += found == small.count;
	check_settled(&small, test_case, plan);
}

static void test_every_assignment(void **state)
{
	const char *one = getenv("MEMHP_TEST_SEED");
	size_t some = 0, all = 0;

	for (uint64_t seed = 1; one == NULL && seed <= 1500; seed++)
		try_small(seed, &some, &all);
	if (one != NULL)
		try_small(strtoull(one, NULL, 10), &some, &all);
	print_message("# %zu between none and all, %zu all\n", some, all);
	assert_true(one != NULL || (some > 300 && all > 50));
}

/* ---- how many ---- */

/* 4 of kernel memory; the limit is 4 : 1. */
#define FOUR                                                 \
	"node 0 cpu distance 10 20\nnode 1 distance 20 10\n" \
	"blocks 0-3 online Normal node 0 boot\n"

static void test_limit(void **state)
{
	/* 16 : 4 is within; of 17 one is enough, for 16 : 5; of 22 two, for 20 : 6 */
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-63\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-64\n",
	       "online --zone balanced dax0.0", 48, "kmmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-68\n",
	       "online --zone balanced dax0.0", 48, "kmmmmmmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-69\n",
	       "online --zone balanced dax0.0", 48, "kkmmmmmmmmmmmmmmmmmmmm");
}

/* The policy's limit, and what it takes of a block to describe itself: 126 of 128 MiB. */
static void test_policy_and_memmap(void **state)
{
	expect("policy movable-ratio-warn 1\npolicy movable-ratio-deny 1.5\n" FOUR
	       "device dax0.0 node 1 cxl memmap off blocks 48-53\n",
	       "online --zone balanced dax0.0", 48, "mmmmmm");
	/* 9 : 6 is within */
	expect("policy movable-ratio-warn 1\npolicy movable-ratio-deny 1.5\n" FOUR
	       "device dax0.0 node 1 cxl memmap off blocks 48-58\n",
	       "online --zone balanced dax0.0", 48, "kkmmmmmmmmm");
	/* but 9 : 5.97 is not */
	expect("policy movable-ratio-warn 1\npolicy movable-ratio-deny 1.5\nmemmap-on-memory "
	       "on\n" FOUR "device dax0.0 node 1 cxl memmap on blocks 48-58\n",
	       "online --zone balanced dax0.0", 48, "kkkmmmmmmmm");
	expect("policy movable-ratio-warn 1\npolicy movable-ratio-deny 1.5\nmemmap-on-memory "
	       "on\n" FOUR "device dax0.0 node 1 cxl memmap on blocks 48-58\n",
	       "online --zone balanced --memmap-on-memory off dax0.0", 48, "kkmmmmmmmmm");
}

static void test_from_policy(void **state)
{
	expect("policy zone balanced\n" FOUR "device dax0.0 node 1 cxl memmap off blocks 48-64\n",
	       "online dax0.0", 48, "kmmmmmmmmmmmmmmmm");
	/* by section: what goes elsewhere is weighed too */
	expect("policy device 10-all match-name dax0.0\npolicy device 10-all zone balanced\n" FOUR
	       "device dax0.0 node 1 cxl memmap off blocks 48-57\n"
	       "device dax1.0 node 1 cxl memmap off blocks 64-71\n",
	       "online dax0.0 dax1.0", 48, "kmmmmmmmmm------mmmmmmmm");
	expect("policy zone kernel\npolicy device 10-all match-name dax0.0\n"
	       "policy device 10-all zone balanced\n" FOUR
	       "device dax0.0 node 1 cxl memmap off blocks 48-68\n"
	       "device dax1.0 node 1 cxl memmap off blocks 80-80\n",
	       "online dax0.0 dax1.0", 48, "kmmmmmmmmmmmmmmmmmmmm-----------k");
	/* what is kept offline is not weighed */
	expect("policy device 10-trace match-range 0x180000000-0x187ffffff\n"
	       "policy device 10-trace keep-offline yes\n"
	       "policy zone balanced\n" FOUR
	       "device dax0.0 kmem node 1 cxl memmap off blocks 48-64\n"
	       "blocks 48-64 offline node 1 kmem dax0.0\n",
	       "online all", 48, "-mmmmmmmmmmmmmmmm");
}

static void test_size(void **state)
{
	const char *absent = FOUR "device dax0.0 node 1 cxl memmap off blocks 48-69\n";

	expect(absent, "online --zone balanced --size 2G dax0.0", 48, "mmmmmmmmmmmmmmmm------");
	expect(absent, "online --zone balanced --size 2177M dax0.0", 48, "kmmmmmmmmmmmmmmmmm----");
	/* what is online counts, and stays */
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-61 online Movable node 1 kmem dax0.0\n"
		    "blocks 62-69 offline node 1 kmem dax0.0\n",
	       "online --zone balanced --size 2176M dax0.0", 48, "mmmmmmmmmmmmmmkmm-----");
}

/* ---- which ones ---- */

static void test_lowest_first(void **state)
{
	/* two mappings, two devices: the lowest of all */
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-57 blocks 64-75\n",
	       "online --zone balanced dax0.0", 48, "kkmmmmmmmm------mmmmmmmmmmmm");
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-48\n"
		    "device dax1.0 node 1 cxl memmap off blocks 64-84\n",
	       "online --zone balanced dax1.0 dax0.0", 48, "k---------------kmmmmmmmmmmmmmmmmmmmm");
}

/* Near what the node has in kernel zones, so that these stay in one piece. */
static void test_near_kernel_zones(void **state)
{
	/* above */
	expect("node 0 cpu distance 10 20\nnode 1 distance 20 10\n"
	       "device dax0.0 node 0 hmem memmap off blocks 48-69\n"
	       "blocks 80-83 online Normal node 0 boot\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmmmmmmmmmkk");
	/* a node that has such memory before one that has none and can then be taken out */
	expect(FOUR "device dax0.0 node 1 cxl memmap off blocks 48-58\n"
		    "device dax1.0 node 0 hmem memmap off blocks 64-69\n",
	       "online --zone balanced dax0.0 dax1.0", 48, "mmmmmmmmmmm-----kmmmmm");
	/* beside blocks of the same device */
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-75\n"
		    "blocks 48-74 offline node 1 kmem dax0.0\n"
		    "blocks 75 online Normal node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmmmmmmmmmmmmmmkkk");
}

/* What is where it can be stays there: as much as is needed, and the lowest. */
static void test_staying(void **state)
{
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-69 online Normal node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "kkmmmmmmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-59 online Movable node 1 kmem dax0.0\n"
		    "blocks 60-61 online Normal node 1 kmem dax0.0\n"
		    "blocks 62-69 offline node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmkkmmmmmmmm");
	/* those that are offline come before those that would have to be moved */
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-67 online Movable node 1 kmem dax0.0\n"
		    "blocks 68-69 offline node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmmmmmmmmmkk");
	/* ... which only a named device's are, or with --move */
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-69 online Movable node 1 kmem dax0.0\n",
	       "online --zone balanced 48-69", 48, "mmmmmmmmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-69 online Movable node 1 kmem dax0.0\n",
	       "online --zone balanced --move 48-69", 48, "kkmmmmmmmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
		    "blocks 48-69 online Movable node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "kkmmmmmmmmmmmmmmmmmmmm");
	/* without --zone what is online is done already */
	expect("policy zone balanced\n" FOUR
	       "device dax0.0 kmem node 1 cxl memmap off blocks 48-69\n"
	       "blocks 48-68 online Movable node 1 kmem dax0.0\n"
	       "blocks 69 offline node 1 kmem dax0.0\n",
	       "online dax0.0", 48, "mmmmmmmmmmmmmmmmmmmmmk");
}

/* Where the kernel offers one zone alone, there is nothing to choose. */
static void test_candidates(void **state)
{
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-64\n"
		    "blocks 48-49 offline node 1 kmem dax0.0 candidates Movable\n"
		    "blocks 50-64 offline node 1 kmem dax0.0\n",
	       "online --zone balanced dax0.0", 48, "mmkmmmmmmmmmmmmmm");
	expect(FOUR "device dax0.0 kmem node 1 cxl memmap off blocks 48-64\n"
		    "blocks 48-63 offline node 1 kmem dax0.0\n"
		    "blocks 64 offline node 1 kmem dax0.0 candidates Normal\n",
	       "online --zone balanced dax0.0", 48, "mmmmmmmmmmmmmmmmk");
}

/* ---- when ---- */

static size_t step_of(const struct memhp_plan *plan, enum step_kind kind, uint16_t device)
{
	size_t i;

	for (i = 0; i < plan->step_count; i++) {
		if (plan->steps[i].kind == kind && plan->steps[i].device == device)
			return i;
	}
	fail_msg("no such step");
	return 0;
}

/* What has more kernel blocks than it costs comes first: they help to describe the other one. */
static void test_order(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("order", FOUR "device dax0.0 node 1 cxl memmap off blocks 48-303\n"
					 "device dax1.0 node 0 hmem memmap off blocks 512-567\n"
					 "zone 0 Normal free 64M\npolicy kernel-reserve 0\n");
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_int_equal(
		case_plan(test_case, "online --zone balanced dax0.0 dax1.0", &error, &plan), 0);
	assert_true(step_of(plan, STEP_BIND, 1) < step_of(plan, STEP_BIND, 0));
	assert_int_equal(plan->need_count, 2);
	assert_int_equal(plan->needs[0].device, 1);
	/* 112 MiB where there are 64: its own kernel blocks are no help */
	assert_int_equal(plan->needs[0].bytes, 112 * MIB);
	assert_int_equal(plan->needs[0].room, 64 * MIB);
	/* 512 MiB where 56 blocks have been added to kernel zones: those are */
	assert_int_equal(plan->needs[1].bytes, 512 * MIB);
	assert_true(plan->needs[1].room > 512 * MIB);
}

static void test_unknown(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("unknown", FOUR "device dax0.0 node 1 cxl memmap off blocks 48-64\n"
					   "zones unknown\n");
	struct memhp_plan *plan = NULL;
	struct memhp_error error;

	assert_true(case_plan(test_case, "online --zone balanced dax0.0", &error, &plan) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_UNSUPPORTED);
	assert_non_null(strstr(error.message, "zoneinfo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_assignment),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_policy_and_memmap),
		cmocka_unit_test(test_from_policy),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_lowest_first),
		cmocka_unit_test(test_near_kernel_zones),
		cmocka_unit_test(test_staying),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
