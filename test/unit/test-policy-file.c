/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy files: which are read in which order, what is refused on which line, that iniparser sees what
 * our own pass sees, and that any bytes at all do no harm and nothing is printed.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy-file.h"
#include "tree.h"
#include "util.h"

/* ---- texts ---- */

static int read_text(const char *text, size_t len, struct memhp_error *error,
		     struct policy_entries *entries)
{
	error_clear(error);
	assert_int_equal(policy_entries_init(entries), 0);
	return policy_text_read("F", text, len, error, entries);
}

static void assert_entry(const struct policy_entry *entry, const char *section, const char *key,
			 const char *value, unsigned int line)
{
	assert_string_equal(entry->section, section);
	if (key == NULL) {
		assert_null(entry->key);
		assert_null(entry->value);
	} else {
		assert_string_equal(entry->key, key);
		assert_string_equal(entry->value, value);
	}
	assert_int_equal(entry->line, line);
}

static void test_lines(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf; a comment, na\xc3\xafve \\no\n"
		"# another \xff\xfe\n"
		"\n"
		"[Policy]\r\n"
		"zone = movable                 ; movable kernel auto balanced\r\n"
		"\tMOVE=no#x\n"
		"   movable-ratio-warn   =   3.5\t\n"
		"[ device 20-cxl ]   \n"
		"match-path = \"*/a;b#c/*\" ; \xe9\n"
		"match-name = 'dax*'\n"
		"match-region = a=b";
	struct policy_entries entries;
	struct memhp_error error;

	assert_int_equal(read_text(text, sizeof(text) - 1, &error, &entries), 0);
	assert_int_equal(entries.count, 8);
	assert_entry(&entries.items[0], "policy", NULL, NULL, 4);
	assert_entry(&entries.items[1], "policy", "zone", "movable", 5);
	assert_entry(&entries.items[2], "policy", "move", "no", 6);
	assert_entry(&entries.items[3], "policy", "movable-ratio-warn", "3.5", 7);
	assert_entry(&entries.items[4], "device 20-cxl", NULL, NULL, 8);
	assert_entry(&entries.items[5], "device 20-cxl", "match-path", "*/a;b#c/*", 9);
	assert_entry(&entries.items[6], "device 20-cxl", "match-name", "dax*", 10);
	assert_entry(&entries.items[7], "device 20-cxl", "match-region", "a=b", 11);
	policy_entries_clear(&entries);
}

static void test_nothing(void **state)
{
	static const char *const texts[] = { "",   "\n",	  "\r\n\r\n", "; only\n# comments",
					     "\t", "\xef\xbb\xbf" };
	struct policy_entries entries;
	struct memhp_error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(read_text(texts[i], strlen(texts[i]), &error, &entries), 0);
		assert_int_equal(entries.count, 0);
		policy_entries_clear(&entries);
	}
}

/* Each is refused, on the line that is said, with a word of the sentence. */
static const struct {
	const char *text;
	unsigned int line;
	const char *says;
} refused[] = {
	{ "zone = movable\n", 1, "before the first section" },
	{ "[policy]\nzone\n", 2, "neither a section" },
	{ "[policy]\nzone =\n", 2, "no value" },
	{ "[policy]\nzone = \t\n", 2, "no value" },
	{ "[policy]\nzone = ; movable\n", 2, "no value" },
	{ "[policy]\nzone = \"\"\n", 2, "no value" },
	{ "[policy]\nzone = \"movable\n", 2, "not closed" },
	{ "[policy]\nzone = 'movable\"\n", 2, "not closed" },
	{ "[policy]\nzone = \"movable\" kernel\n", 2, "behind the quoted" },
	{ "[policy]\nzone = \"mov\\able\"\n", 2, "backslash" },
	{ "[policy]\nzone = mov\"able\n", 2, "quote stands within" },
	{ "[policy]\n= movable\n", 2, "no key" },
	{ "[policy]\nzo ne = movable\n", 2, "no key" },
	{ "[policy]\nz\xc3\xb6ne = movable\n", 2, "no key" },
	{ "[policy]\nzone = mov\303\244ble\n", 2, "no key" },
	{ "[policy]\nzone = movable \\\nmove = no\n", 2, "backslash" },
	{ "; a comment \\\n[policy]\n", 1, "backslash" },
	{ "[policy\n", 1, "brackets" },
	{ "[policy] ; the policy\n", 1, "brackets" },
	{ "[]\n", 1, "a section's name" },
	{ "[\n", 1, "brackets" },
	{ "[ ]\n", 1, "a section's name" },
	{ "[device  x]\n", 1, "a section's name" },
	{ "[device\tx]\n", 1, "a section's name" },
	{ "[device a:b]\n", 1, "a section's name" },
	{ "[device [a]\n", 1, "a section's name" },
	{ "[device]x]\n", 1, "a section's name" },
	{ "[policy]\nzone = movable\n\nZone = kernel\n", 4, "line 2 of the same section" },
	{ "[policy]\n[rule owner]\n[Policy]\n", 3, "line 1 already" },
	{ "[policy]\nzone = mov\001able\n", 2, "control character" },
	{ "[policy]\n; \033[31m\n", 2, "control character" },
	{ "[policy]\rzone = movable\n", 1, "control character" },
	{ "[policy]\r\r\n", 1, "control character" },
};

static void test_refused(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;
	char object[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		int rc = read_text(refused[i].text, strlen(refused[i].text), &error, &entries);

		snprintf(object, sizeof(object), "F:%u", refused[i].line);
		if (rc != -EINVAL || error.kind != MEMHP_ERROR_POLICY ||
		    strcmp(error.object, object) != 0 ||
		    strstr(error.message, refused[i].says) == NULL)
			fail_msg("%s: %d %s: %s", refused[i].text, rc, error.object, error.message);
		policy_entries_clear(&entries);
	}
}

static void test_zero_byte(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;

	assert_int_equal(read_text("[policy]\nzone\0 = x\n", 19, &error, &entries), -EINVAL);
	assert_string_equal(error.object, "F:2");
	policy_entries_clear(&entries);
}

/* The longest line that counts, and one byte more; iniparser would split it. */
static void test_long_line(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;
	char text[2048] = "[policy]\nmatch-path = ";
	size_t head = strlen("[policy]\n");

	memset(text + strlen(text), 'x', POLICY_LINE_MAX - (strlen(text) - head));
	assert_int_equal(read_text(text, head + POLICY_LINE_MAX, &error, &entries), 0);
	assert_int_equal(strlen(entries.items[1].value), POLICY_LINE_MAX - strlen("match-path = "));
	policy_entries_clear(&entries);
	text[head + POLICY_LINE_MAX] = 'x';
	assert_int_equal(read_text(text, head + POLICY_LINE_MAX + 1, &error, &entries), -EINVAL);
	assert_string_equal(error.object, "F:2");
	policy_entries_clear(&entries);
}

/* A long path loses its beginning, never the line. */
static void test_long_name(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;
	char name[400];

	memset(name, 'd', sizeof(name));
	memcpy(name + sizeof(name) - 8, "/x.conf", 8);
	assert_int_equal(policy_entries_init(&entries), 0);
	assert_int_equal(policy_text_read(name, "\njunk\n", 6, &error, &entries), -EINVAL);
	assert_non_null(strstr(error.object, "/x.conf:2"));
	assert_int_equal(strncmp(error.object, "...", 3), 0);
	policy_entries_clear(&entries);
}

/* ---- iniparser sees the same ---- */

static void assert_same(const char *text, size_t len, const struct policy_entries *entries)
{
	char path[] = "/tmp/memhp-test-XXXXXX", name[2200];
	int fd = mkstemp(path);
	dictionary *seen;
	size_t i;

	assert_true(fd >= 0);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	seen = iniparser_load(path);
	unlink(path);
	assert_non_null(seen);
	assert_int_equal(seen->n, entries->count);
	for (i = 0; i < entries->count; i++) {
		const struct policy_entry *entry = &entries->items[i];

		if (entry->key == NULL) {
			assert_true(iniparser_find_entry(seen, entry->section));
			continue;
		}
		snprintf(name, sizeof(name), "%s:%s", entry->section, entry->key);
		assert_string_equal(iniparser_getstring(seen, name, ""), entry->value);
	}
	iniparser_freedict(seen);
}

static const char *const seeds[] = {
	"[policy]\nzone = movable ; a\nmove=no\n[rule owner]\nseverity = deny\n",
	"[device 20-cxl]\nmatch-path = \"*/a;b/*\" # c\r\nmatch-name='dax*'\n\n; \xc3\xa9\n",
	"\xef\xbb\xbf[policy]\r\nkernel-reserve = 5%\r\n[device x]\r\n",
	"[a]\nb=c\n[d]\nb = e;f\n g = h#\n",
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One byte of TEXT put in, taken out, changed or doubled; half of them are bytes that mean something. */
static size_t mutate(char *text, size_t len, size_t size, uint64_t *random)
{
	static const char letters[] = "[]=;#\"'\\ \t\r\n:axA5%\xef\xbb\xbf\xff\x80\x01\x7f";
	size_t at = len > 0 ? next_random(random) % len : 0;
	uint64_t choice = next_random(random);
	char letter = choice & 8 ? letters[(choice >> 8) % sizeof(letters)] : (char)(choice >> 16);

	if ((choice & 3) == 0 && len > 0) {
		memmove(text + at, text + at + 1, len - at - 1);
		return len - 1;
	}
	if ((choice & 3) == 1 && len > 0) {
		text[at] = letter;
		return len;
	}
	if (len == size)
		return len;
	memmove(text + at + 1, text + at, len - at);
	text[at] = letter;
	return len + 1;
}

/* What is printed while this is open lands in a file. */
static int silence(int fd, int *ret_saved)
{
	char path[] = "/tmp/memhp-test-XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	unlink(path);
	fflush(NULL);
	*ret_saved = dup(fd);
	dup2(file, fd);
	return file;
}

static size_t speak(int fd, int file, int saved)
{
	struct stat status;

	fflush(NULL);
	dup2(saved, fd);
	close(saved);
	assert_int_equal(fstat(file, &status), 0);
	close(file);
	return (size_t)status.st_size;
}

static void test_any_bytes(void **state)
{
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
	size_t accepted = 0, i, j, printed;
	int saved_out, saved_error, out, errors;

	out = silence(STDOUT_FILENO, &saved_out);
	errors = silence(STDERR_FILENO, &saved_error);
	for (i = 0; i < 20000; i++) {
		const char *seed = seeds[i % ARRAY_SIZE(seeds)];
		struct policy_entries entries;
		size_t len = strlen(seed);
		struct memhp_error error;
		char text[256];
		int rc;

		memcpy(text, seed, len);
		for (j = next_random(&random) % 8; j > 0; j--)
			len = mutate(text, len, sizeof(text), &random);
		rc = read_text(text, len, &error, &entries);
		if (rc == 0) {
			assert_same(text, len, &entries);
			accepted++;
		} else {
			assert_int_equal(error.kind, MEMHP_ERROR_POLICY);
			/* Our own pass lets nothing through that iniparser minds. */
			assert_null(strstr(error.message, "the parser of this file"));
		}
		policy_entries_clear(&entries);
	}
	printed = speak(STDERR_FILENO, errors, saved_error) + speak(STDOUT_FILENO, out, saved_out);
	assert_int_equal(printed, 0);
	assert_true(accepted > 1000);
}

/* ---- files ---- */

static int read_files(const struct test_tree *tree, const char *config, struct memhp_error *error,
		      struct policy_entries *entries)
{
	struct io *io = NULL;
	int rc;

	error_clear(error);
	assert_int_equal(io_root_new(tree->path, error, &io), 0);
	rc = policy_files_read(io, config, error, entries);
	io_free(io);
	return rc;
}

static void test_order(void **state)
{
	struct policy_entries entries;
	struct test_tree tree, other;
	struct memhp_error error;
	char config[256];

	test_tree_make(&tree);
	test_tree_make(&other);
	test_tree_file(&tree, "etc/memhp.conf", "[policy]\nzone = kernel\n");
	test_tree_file(&tree, "etc/memhp.conf.d/20-b.conf", "[policy]\nzone = auto\n");
	test_tree_file(&tree, "etc/memhp.conf.d/100-a.conf", "[policy]\nzone = movable\n");
	test_tree_file(&tree, "etc/memhp.conf.d/30-c.conf~", "junk\n");
	test_tree_file(&tree, "etc/memhp.conf.d/.hidden.conf", "junk\n");
	test_tree_file(&tree, "etc/memhp.conf.d/.conf", "junk\n");
	test_tree_file(&tree, "etc/memhp.conf.d/README", "junk\n");
	test_tree_file(&other, "own.conf", "[policy]\nmove = yes\n");
	snprintf(config, sizeof(config), "%s/own.conf", other.path);
	assert_int_equal(read_files(&tree, config, &error, &entries), 0);
	assert_int_equal(entries.count, 8);
	assert_string_equal(entries.items[1].file, "/etc/memhp.conf");
	assert_string_equal(entries.items[3].file, "/etc/memhp.conf.d/100-a.conf");
	assert_string_equal(entries.items[5].file, "/etc/memhp.conf.d/20-b.conf");
	assert_string_equal(entries.items[5].value, "auto");
	assert_string_equal(entries.items[7].file, config);
	policy_entries_clear(&entries);
	/* Nothing is there, and nothing is wrong with that; but --config was asked for. */
	test_tree_remove(&tree);
	test_tree_make(&tree);
	assert_int_equal(read_files(&tree, NULL, &error, &entries), 0);
	assert_int_equal(entries.count, 0);
	policy_entries_clear(&entries);
	assert_int_equal(read_files(&tree, "/nonexistent/own.conf", &error, &entries), -ENOENT);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	assert_string_equal(error.object, "/nonexistent/own.conf");
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
	test_tree_remove(&other);
}

/* Files of a recorded machine that lead out of it are not followed there. */
static void test_confined(void **state)
{
	struct policy_entries entries;
	struct test_tree tree, other;
	struct memhp_error error;
	char target[256];

	test_tree_make(&tree);
	test_tree_make(&other);
	test_tree_file(&other, "own.conf", "[policy]\nmove = yes\n");
	snprintf(target, sizeof(target), "%s/own.conf", other.path);
	test_tree_link(&tree, "etc/memhp.conf", target);
	assert_int_equal(read_files(&tree, NULL, &error, &entries), 0);
	assert_int_equal(entries.count, 0);
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
	test_tree_remove(&other);
}

static void test_sizes(void **state)
{
	_cleanup_free_ char *text = malloc(POLICY_FILE_MAX + 1);
	struct policy_entries entries;
	struct memhp_error error;
	struct test_tree tree;

	test_tree_make(&tree);
	memset(text, '\n', POLICY_FILE_MAX + 1);
	memcpy(text + POLICY_FILE_MAX - 18, "[policy]\nmove=yes\n", 18);
	test_tree_bytes(&tree, "etc/memhp.conf", text, POLICY_FILE_MAX);
	assert_int_equal(read_files(&tree, NULL, &error, &entries), 0);
	assert_int_equal(entries.count, 2);
	policy_entries_clear(&entries);
	test_tree_bytes(&tree, "etc/memhp.conf", text, POLICY_FILE_MAX + 1);
	assert_true(read_files(&tree, NULL, &error, &entries) < 0);
	assert_int_equal(error.kind, MEMHP_ERROR_POLICY);
	assert_string_equal(error.object, "/etc/memhp.conf");
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
}

static void test_unreadable(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;
	struct test_tree tree;

	test_tree_make(&tree);
	test_tree_directory(&tree, "etc/memhp.conf");
	assert_int_equal(read_files(&tree, NULL, &error, &entries), -EISDIR);
	assert_int_equal(error.kind, MEMHP_ERROR_SYSTEM);
	assert_string_equal(error.object, "/etc/memhp.conf");
	assert_non_null(strstr(error.message, "cannot be read"));
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
	test_tree_make(&tree);
	test_tree_directory(&tree, "etc/memhp.conf.d/x.conf");
	assert_int_equal(read_files(&tree, NULL, &error, &entries), -EISDIR);
	assert_string_equal(error.object, "/etc/memhp.conf.d/x.conf");
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
}

/* More lines than a policy can have, in files of which each is small enough. */
static void test_too_many(void **state)
{
	struct policy_entries entries;
	struct memhp_error error;
	struct test_tree tree;
	unsigned int i, j;

	test_tree_make(&tree);
	for (i = 0; i < 3; i++) {
		char path[64], text[40000] = "[policy]\n";
		size_t len = strlen(text);

		for (j = 0; j < 2000; j++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "k%u=%u\n", j, j);
		snprintf(path, sizeof(path), "etc/memhp.conf.d/%u.conf", i);
		test_tree_bytes(&tree, path, text, len);
	}
	assert_int_equal(read_files(&tree, NULL, &error, &entries), -EINVAL);
	assert_int_equal(error.kind, MEMHP_ERROR_POLICY);
	assert_non_null(strstr(error.object, "/etc/memhp.conf.d/2.conf:"));
	policy_entries_clear(&entries);
	test_tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	   cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_zero_byte),
		cmocka_unit_test(test_long_line),  cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_any_bytes),  cmocka_unit_test(test_order),
		cmocka_unit_test(test_confined),   cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("policy-file", tests, NULL, NULL);
}
