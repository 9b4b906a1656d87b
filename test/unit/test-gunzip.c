/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/gunzip.c: what gzip packed, what it did not, and what says it did.
 */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "gunzip.h"

/* printf 'CONFIG_MIGRATION=y\n' | gzip -n */
static const unsigned char packed[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x73, 0xf6, 0xf7,
	0x73, 0xf3, 0x74, 0x8f, 0xf7, 0xf5, 0x74, 0x0f, 0x72, 0x0c, 0xf1, 0xf4, 0xf7,
	0xb3, 0xad, 0xe4, 0x02, 0x00, 0x27, 0xab, 0x2c, 0x05, 0x13, 0x00, 0x00, 0x00,
};

static void test_plain(void **state)
{
	char *text = NULL;
	size_t len = 0;

	assert_int_equal(gunzip("CONFIG_X=y\n", 11, 100, &text, &len), 0);
	assert_string_equal(text, "CONFIG_X=y\n");
	assert_int_equal(len, 11);
	free(text);
	assert_int_equal(gunzip("", 0, 100, &text, &len), 0);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(gunzip("CONFIG_X=y\n", 11, 10, &text, &len), -E2BIG);
}

#if HAVE_ZLIB
static void test_packed(void **state)
{
	char *text = NULL;
	size_t len = 0;

	assert_int_equal(gunzip(packed, sizeof(packed), 100, &text, &len), 0);
	assert_string_equal(text, "CONFIG_MIGRATION=y\n");
	assert_int_equal(len, 19);
	free(text);
	assert_int_equal(gunzip(packed, sizeof(packed), 19, &text, &len), 0);
	free(text);
	assert_int_equal(gunzip(packed, sizeof(packed), 18, &text, &len), -E2BIG);
}

/* Cut off anywhere, and with any byte of it changed: refused, or read, and nothing worse. */
static void test_broken(void **state)
{
	unsigned char changed[sizeof(packed)];
	char *text = NULL;
	size_t len, i;

	for (i = 2; i < sizeof(packed); i++)
		assert_int_equal(gunzip(packed, i, 100, &text, &len), -EINVAL);
	for (i = 2; i < sizeof(packed); i++) {
		int rc;

		memcpy(changed, packed, sizeof(packed));
		changed[i] ^= 0x55;
		rc = gunzip(changed, sizeof(changed), 100, &text, &len);
		if (rc == 0)
			free(text);
		else
			assert_true(rc == -EINVAL || rc == -E2BIG);
	}
}
#else
static void test_packed(void **state)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(gunzip(packed, sizeof(packed), 100, &text, &len), -ENOTSUP);
}

static void test_broken(void **state)
{
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
