/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/util.c: text into buffers, arrays that grow, the arena.
 */
#include "test.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "util.h"

static void test_text(void **state)
{
	char buffer[5] = "????";

	text_copy(buffer, sizeof(buffer), "abcdefgh");
	assert_string_equal(buffer, "abcd");
	text_copy(buffer, sizeof(buffer), "");
	assert_string_equal(buffer, "");
	text_copy(buffer, 0, "kept");
	assert_string_equal(buffer, "");
	text_format(buffer, sizeof(buffer), "%d", 123456);
	assert_string_equal(buffer, "1234");
	assert_true(text_starts_with("memory42", "memory"));
	assert_true(text_starts_with("memory42", ""));
	assert_false(text_starts_with("mem", "memory"));
}

static void test_array(void **state)
{
	size_t capacity = 0, count = 0;
	uint64_t *items = NULL;

	for (count = 0; count < 1000; count++) {
		assert_int_equal(array_reserve(&items, count, &capacity, sizeof(*items)), 0);
		assert_true(capacity > count);
		items[count] = count;
	}
	assert_int_equal(items[999], 999);
	capacity = SIZE_MAX / sizeof(*items);
	assert_int_equal(array_reserve(&items, capacity, &capacity, sizeof(*items)), -ENOMEM);
	assert_int_equal(capacity, SIZE_MAX / sizeof(*items));
	assert_int_equal(items[0], 0);
	free(items);
}

static void test_arena(void **state)
{
	static const char zeroes[40000];
	struct arena *arena = arena_new();
	char *copies[1000];
	unsigned int i;
	char *large;

	assert_non_null(arena);
	for (i = 0; i < 1000; i++) {
		copies[i] = arena_copy(arena, "a name of some length");
		assert_non_null(copies[i]);
		assert_int_equal((uintptr_t)copies[i] % alignof(max_align_t), 0);
	}
	large = arena_alloc(arena, sizeof(zeroes));
	assert_memory_equal(large, zeroes, sizeof(zeroes));
	memset(large, 'x', sizeof(zeroes));
	for (i = 0; i < 1000; i++)
		assert_string_equal(copies[i], "a name of some length");
	assert_string_equal(arena_copy_text(arena, "memory42/state", 8), "memory42");
	assert_string_equal(arena_copy_text(arena, "", 0), "");
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_copy_text(arena, "", SIZE_MAX));
	arena_free(arena);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
