/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/journal.c: what is written is what is read; what is no journal is refused and changes nothing.
 */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "journal.h"

static const struct bracket parked = { .kind = BRACKET_AUTO_ONLINE, .value = WORD_ONLINE_MOVABLE };
static const struct bracket given = { .kind = BRACKET_ID,
				      .value = DRIVER_KMEM,
				      .device = "dax0.0" };

static void test_there_and_back(void **state)
{
	struct journal journal = { .boot_id = "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
				   .pid = 1234,
				   .start_time = UINT64_MAX };
	char text[JOURNAL_TEXT_SIZE];
	struct journal again;

	assert_int_equal(journal_add(&journal, &parked), 0);
	assert_int_equal(journal_add(&journal, &given), 0);
	journal_format(&journal, text);
	assert_string_equal(text, "memhp-journal 1\n"
				  "boot 1b4e28ba-2fa1-11d2-883f-0016d3cca427\n"
				  "process 1234 18446744073709551615\n"
				  "auto-online online_movable\n"
				  "id kmem dax0.0\n");
	assert_int_equal(journal_parse(text, strlen(text), &again), 0);
	assert_string_equal(again.boot_id, journal.boot_id);
	assert_int_equal(again.pid, 1234);
	assert_true(again.start_time == UINT64_MAX);
	assert_int_equal(again.count, 2);
	assert_int_equal(journal_find(&again, &parked), 0);
	assert_int_equal(journal_find(&again, &given), 1);
	journal_remove(&again, 0);
	assert_int_equal(again.count, 1);
	assert_int_equal(journal_find(&again, &given), 0);
	assert_int_equal(journal_find(&again, &parked), 1);
}

/* The word is back, but not all that came meanwhile is online. */
static void test_others(void **state)
{
	const struct bracket others = { .kind = BRACKET_OTHERS, .value = WORD_ONLINE_KERNEL };
	struct journal journal = { .count = 0 }, again;
	char text[JOURNAL_TEXT_SIZE];

	assert_int_equal(journal_add(&journal, &given), 0);
	assert_int_equal(journal_add(&journal, &others), 0);
	assert_null(journal_find_kind(&journal, BRACKET_AUTO_ONLINE));
	assert_true(journal_add_run(&journal, 0, 7));
	journal_format(&journal, text);
	assert_string_equal(text, "memhp-journal 1\nprocess 0 0\nid kmem dax0.0\n"
				  "others online_kernel\nblocks 0 7\n");
	assert_int_equal(journal_parse(text, strlen(text), &again), 0);
	assert_int_equal(again.count, 2);
	assert_int_equal(journal_find_kind(&again, BRACKET_OTHERS)->value, WORD_ONLINE_KERNEL);
}

/* What is in none of the runs has come since; without any, nothing is known. */
static void test_known_blocks(void **state)
{
	struct journal journal = { .count = 0 }, again;
	char text[JOURNAL_TEXT_SIZE];
	uint32_t i;

	assert_false(journal_is_new(&journal, 5));
	assert_true(journal_add_run(&journal, 0, 0) && journal_add_run(&journal, 1, 1));
	assert_true(journal_add_run(&journal, 9, 9) && journal_add_run(&journal, 64, 67));
	journal_format(&journal, text);
	assert_string_equal(text,
			    "memhp-journal 1\nprocess 0 0\nblocks 0 1\nblocks 9 9\nblocks 64 67\n");
	assert_int_equal(journal_parse(text, strlen(text), &again), 0);
	assert_false(journal_is_new(&again, 1) || journal_is_new(&again, 9) ||
		     journal_is_new(&again, 67));
	assert_true(journal_is_new(&again, 2) && journal_is_new(&again, 68));
	for (i = again.run_count; i < JOURNAL_RUNS_MAX; i++)
		assert_true(journal_add_run(&again, 100 + 2 * i, 100 + 2 * i));
	assert_false(journal_add_run(&again, 1000, 1000));
}

/* Blocks that go offline do so from the last to the first. */
static void test_descending(void **state)
{
	struct journal journal = { .count = 0 };
	uint32_t i;

	assert_true(journal_add_run(&journal, 0, 7));
	for (i = 1000; i > 0; i--)
		assert_true(journal_add_run(&journal, 100 + i, 100 + i));
	assert_int_equal(journal.run_count, 2);
	assert_true(journal_is_new(&journal, 100) && journal_is_new(&journal, 1101));
	assert_false(journal_is_new(&journal, 101) || journal_is_new(&journal, 1100));
}

static void test_boot_unknown(void **state)
{
	struct journal journal = { .count = 0 }, again;
	char text[JOURNAL_TEXT_SIZE];

	journal_format(&journal, text);
	assert_string_equal(text, "memhp-journal 1\nprocess 0 0\n");
	assert_int_equal(journal_parse(text, strlen(text), &again), 0);
	assert_string_equal(again.boot_id, "");
}

/* One bracket stands in it once, and it holds only so many; the text of a full one is whole. */
static void test_room(void **state)
{
	struct journal journal = { .count = 0 }, again;
	char text[JOURNAL_TEXT_SIZE];
	struct bracket bracket = given;
	size_t i;

	memset(journal.boot_id, 'b', sizeof(journal.boot_id) - 1);
	for (i = 0; i < JOURNAL_BRACKETS_MAX; i++) {
		memset(bracket.device, 'd', sizeof(bracket.device) - 1);
		bracket.device[sizeof(bracket.device) - 1] = '\0';
		bracket.device[0] = (char)('A' + i);
		assert_int_equal(journal_add(&journal, &bracket), 0);
		assert_int_equal(journal_add(&journal, &bracket), 0);
	}
	assert_int_equal(journal.count, JOURNAL_BRACKETS_MAX);
	assert_int_equal(journal_add(&journal, &parked), -ENOSPC);
	for (i = 0; i < JOURNAL_RUNS_MAX; i++)
		journal.runs[journal.run_count++] =
			(struct block_run){ UINT32_MAX - 2 * (uint32_t)i, UINT32_MAX };
	journal_format(&journal, text);
	assert_int_equal(journal_parse(text, strlen(text), &again), 0);
	assert_int_equal(again.run_count, JOURNAL_RUNS_MAX);
	assert_int_equal(again.count, JOURNAL_BRACKETS_MAX);
}

static void test_no_journal(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"memhp-journal 2\n",
		"memhp-journal 1\nauto-online\n",
		"memhp-journal 1\nauto-online offline\n",
		"memhp-journal 1\nauto-online perhaps\n",
		"memhp-journal 1\nauto-online online online\n",
		"memhp-journal 1\nothers\n",
		"memhp-journal 1\nothers offline\n",
		"memhp-journal 1\nid kmem\n",
		"memhp-journal 1\nid nobody dax0.0\n",
		"memhp-journal 1\nprocess 1\n",
		"memhp-journal 1\nprocess one 2\n",
		"memhp-journal 1\nboot\n",
		"memhp-journal 1\nlater words\n",
		"memhp-journal 1\nboot 0123456789012345678901234567890123456789\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct journal journal = { .pid = 77 };

		assert_int_equal(journal_parse(texts[i], strlen(texts[i]), &journal), -EINVAL);
		assert_int_equal(journal.pid, 77);
		assert_int_equal(journal.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_known_blocks),
		cmocka_unit_test(test_descending),     cmocka_unit_test(test_others),
		cmocka_unit_test(test_boot_unknown),   cmocka_unit_test(test_room),
		cmocka_unit_test(test_no_journal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
