/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/arrivals.c: what is written is what is read; what is no such text is refused and changes nothing; sets of
 * blocks.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arrivals.h"

static int parse(const char *text, struct arena *arena, struct arrivals *arrivals)
{
	return arrivals_parse(text, strlen(text), arena, arrivals);
}

static void test_there_and_back(void **state)
{
	static const struct block_run runs[] = { { 0, 15 }, { 32, 32 } };
	struct arrivals arrivals = { .boot_id = "1b4e28ba",
				     .set = WORD_OFFLINE,
				     .replaced = WORD_ONLINE_MOVABLE,
				     .time = UINT64_MAX,
				     .runs = runs,
				     .run_count = 2 };
	struct arena *arena = arena_new();
	struct arrivals again;
	char *text = arrivals_format(&arrivals);

	assert_string_equal(text, "memhp-arrivals 1\n"
				  "boot 1b4e28ba\n"
				  "auto-online offline online_movable\n"
				  "time 18446744073709551615\n"
				  "seen 0-15\n"
				  "seen 32-32\n");
	assert_int_equal(parse(text, arena, &again), 0);
	assert_string_equal(again.boot_id, "1b4e28ba");
	assert_int_equal(again.set, WORD_OFFLINE);
	assert_int_equal(again.replaced, WORD_ONLINE_MOVABLE);
	assert_true(again.time == UINT64_MAX);
	assert_int_equal(again.run_count, 2);
	assert_true(arrivals_have(&again, 0) && arrivals_have(&again, 15) &&
		    arrivals_have(&again, 32));
	assert_false(arrivals_have(&again, 16) || arrivals_have(&again, 31) ||
		     arrivals_have(&again, 33));
	free(text);
	arena_free(arena);
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"memhp-arrivals 2\n",
		"memhp-journal 1\n",
		"memhp-arrivals 1\nseen 5\n",
		"memhp-arrivals 1\nseen 5-4\n",
		"memhp-arrivals 1\nseen 5-6 7\n",
		"memhp-arrivals 1\nseen 5-6\nseen 6-7\n",
		"memhp-arrivals 1\nseen 5-4294967296\n",
		"memhp-arrivals 1\nauto-online offline\n",
		"memhp-arrivals 1\nauto-online offline nothing\n",
		"memhp-arrivals 1\ntime soon\n",
		"memhp-arrivals 1\nwhat 1\n",
	};
	struct arena *arena = arena_new();
	struct arrivals arrivals = { .time = 4711 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(texts[i], arena, &arrivals), -EINVAL);
	assert_int_equal(arrivals.time, 4711);
	arena_free(arena);
}

static void test_sets(void **state)
{
	struct block_run runs[4];
	struct arena *arena = arena_new();
	struct arrivals arrivals = { .runs = runs };

	arrivals_append(runs, &arrivals.run_count, 0);
	arrivals_append(runs, &arrivals.run_count, 1);
	arrivals_append(runs, &arrivals.run_count, 2);
	arrivals_append(runs, &arrivals.run_count, 7);
	assert_int_equal(arrivals.run_count, 2);
	assert_int_equal(arrivals_remove(&arrivals, 1, arena), 0);
	assert_int_equal(arrivals.run_count, 3);
	assert_true(arrivals_have(&arrivals, 0) && arrivals_have(&arrivals, 2));
	assert_false(arrivals_have(&arrivals, 1));
	assert_int_equal(arrivals_remove(&arrivals, 7, arena), 0);
	assert_int_equal(arrivals_remove(&arrivals, 5, arena), 0);
	assert_int_equal(arrivals.run_count, 2);
	assert_false(arrivals_have(&arrivals, 7));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sets),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
