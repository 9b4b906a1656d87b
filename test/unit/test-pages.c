/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/pages.c: what a page is by its flags, and what a block's pages are by where they stand.
 */
#include "test.h"

#include <string.h>

#include "pages.h"

#define BIT(number) (UINT64_C(1) << (number))
#define UNKNOWN_BITS (BIT(27) | BIT(43) | BIT(63))
#define SELF_HOSTED BIT(37)
#define RESERVED BIT(32)
#define FREE BIT(10)
#define HUGE_HEAD (BIT(15) | BIT(17))
#define HUGE_TAIL (BIT(16) | BIT(17))

/* Words as kernels were seen to show them. */
static const struct {
	uint64_t flags;
	enum page_word word;
} pages[] = {
	{ 0, PAGE_OTHER },
	{ BIT(10), PAGE_FREE },
	{ BIT(5) | BIT(11) | BIT(12) | BIT(14), PAGE_ANONYMOUS },
	{ BIT(12) | BIT(16) | BIT(22), PAGE_ANONYMOUS },
	{ BIT(2) | BIT(3) | BIT(5), PAGE_FILE },
	{ BIT(5) | BIT(18), PAGE_FILE },
	{ BIT(3), PAGE_FILE },
	{ BIT(16) | BIT(22), PAGE_FILE },
	{ BIT(14), PAGE_FILE },
	{ BIT(7) | BIT(15), PAGE_SLAB },
	{ BIT(26) | BIT(11), PAGE_TABLE },
	{ BIT(15), PAGE_OTHER },
	{ BIT(11), PAGE_OTHER },
	{ BIT(17) | BIT(16), PAGE_HUGE },
	{ BIT(20), PAGE_ABSENT },
	{ BIT(23), PAGE_OFFLINE },
	{ BIT(19) | BIT(3) | BIT(5), PAGE_POISONED },
	{ BIT(22) | BIT(24), PAGE_OTHER },
	{ BIT(24) | BIT(32), PAGE_OTHER },
	{ BIT(32), PAGE_RESERVED },
	{ BIT(37), PAGE_OTHER },
};

static void test_words(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		assert_int_equal(page_word_of(pages[i].flags), pages[i].word);
		/* What a later kernel may show besides changes nothing. */
		assert_int_equal(page_word_of(pages[i].flags | UNKNOWN_BITS), pages[i].word);
	}
}

/* What a recording leaves out is not looked at. */
static void test_passing_flags(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		assert_int_equal(page_word_of(pages[i].flags & ~PAGE_FLAGS_PASSING), pages[i].word);
		assert_int_equal(page_word_of(pages[i].flags | PAGE_FLAGS_PASSING), pages[i].word);
	}
}

static void test_names(void **state)
{
	int word, other;

	for (word = 0; word < PAGE_WORDS; word++) {
		assert_non_null(page_word_name((enum page_word)word));
		for (other = 0; other < word; other++)
			assert_string_not_equal(page_word_name((enum page_word)word),
						page_word_name((enum page_word)other));
	}
	assert_null(page_word_name(PAGE_WORDS));
}

/* ---- blocks ---- */

/* COUNT times FLAGS; 0 times ends. */
struct part {
	uint64_t flags;
	uint64_t count;
};

static void count_parts(const struct part *parts, uint32_t counts[PAGE_WORDS])
{
	struct page_counter counter = { .counts = counts, .huge_pages = 512, .memmap_pages = 512 };
	uint64_t i;

	memset(counts, 0, PAGE_WORDS * sizeof(*counts));
	for (; parts->count > 0; parts++) {
		for (i = 0; i < parts->count; i++)
			page_counter_add(&counter, parts->flags);
	}
	page_counter_end(&counter);
}

static void test_memmap(void **state)
{
	static const struct part plain[] = { { SELF_HOSTED, 512 }, { FREE, 100 }, { 0, 0 } };
	static const struct part reserved[] = { { SELF_HOSTED | RESERVED, 512 },
						{ FREE, 1 },
						{ 0, 0 } };
	static const struct part padded[] = { { SELF_HOSTED, 1024 }, { FREE, 1 }, { 0, 0 } };
	static const struct part less[] = { { SELF_HOSTED, 511 }, { FREE, 1 }, { 0, 0 } };
	static const struct part less_reserved[] = { { SELF_HOSTED | RESERVED, 5 }, { 0, 0 } };
	static const struct part later[] = { { FREE, 1 }, { SELF_HOSTED, 512 }, { 0, 0 } };
	static const struct part in_use[] = { { SELF_HOSTED | BIT(5), 512 }, { 0, 0 } };
	uint32_t counts[PAGE_WORDS];

	count_parts(plain, counts);
	assert_int_equal(counts[PAGE_MEMMAP], 512);
	assert_int_equal(counts[PAGE_FREE], 100);
	assert_int_equal(counts[PAGE_OTHER], 0);
	count_parts(reserved, counts);
	assert_int_equal(counts[PAGE_MEMMAP], 512);
	assert_int_equal(counts[PAGE_RESERVED], 0);
	count_parts(padded, counts);
	assert_int_equal(counts[PAGE_MEMMAP], 1024);
	count_parts(less, counts);
	assert_int_equal(counts[PAGE_MEMMAP], 0);
	assert_int_equal(counts[PAGE_OTHER], 511);
	count_parts(less_reserved, counts);
	assert_int_equal(counts[PAGE_RESERVED], 5);
	count_parts(later, counts);
	assert_int_equal(counts[PAGE_MEMMAP], 0);
	assert_int_equal(counts[PAGE_OTHER], 512);
	count_parts(in_use, counts);
	assert_int_equal(counts[PAGE_FILE], 512);
}

static void test_huge(void **state)
{
	static const struct part two[] = { { HUGE_HEAD, 1 },   { HUGE_TAIL, 511 }, { HUGE_HEAD, 1 },
					   { HUGE_TAIL, 511 }, { FREE, 1 },	   { 0, 0 } };
	static const struct part inside[] = { { HUGE_TAIL, 32768 }, { 0, 0 } };
	static const struct part begins[] = { { HUGE_HEAD, 1 }, { HUGE_TAIL, 1023 }, { 0, 0 } };
	static const struct part ends[] = {
		{ HUGE_TAIL, 200 }, { HUGE_HEAD, 1 }, { HUGE_TAIL, 511 }, { 0, 0 }
	};
	uint32_t counts[PAGE_WORDS];

	count_parts(two, counts);
	assert_int_equal(counts[PAGE_HUGE], 1024);
	assert_int_equal(counts[PAGE_GIGANTIC], 0);
	assert_int_equal(counts[PAGE_FREE], 1);
	count_parts(inside, counts);
	assert_int_equal(counts[PAGE_GIGANTIC], 32768);
	count_parts(begins, counts);
	assert_int_equal(counts[PAGE_GIGANTIC], 1024);
	assert_int_equal(counts[PAGE_HUGE], 0);
	count_parts(ends, counts);
	assert_int_equal(counts[PAGE_GIGANTIC], 200);
	assert_int_equal(counts[PAGE_HUGE], 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words), cmocka_unit_test(test_passing_flags),
		cmocka_unit_test(test_names), cmocka_unit_test(test_memmap),
		cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
