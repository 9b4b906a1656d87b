/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/io-dump*.c and lib/io-record*.c: what a dump says, what is wrong with one, and that a machine
 * that was recorded is the one that is read back.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctx.h"
#include "io-dump.h"
#include "model.h"
#include "scan-record.h"
#include "tree.h"

#define HEAD "memhp-dump 1\n\n"

static int parse(const char *text, struct memhp_error *error, struct dump **ret_dump)
{
	return dump_parse("machine.dump", strdup(text), strlen(text), error, ret_dump);
}

static struct io *io_of(const char *text)
{
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	struct dump *dump;
	struct io *io;
	int rc = parse(text, &error, &dump);

	if (rc < 0)
		print_message("%s\n", error.message);
	assert_int_equal(rc, 0);
	assert_int_equal(io_dump_new(dump, &io), 0);
	return io;
}

/* ---------------------------------------------------------------------------------- wrong ones */

static const struct {
	const char *text;
	const char *message;
} wrong[] = {
	{ "", "is no recorded machine: neither a dump nor a directory" },
	{ "\177ELF\n", "is no recorded machine: neither a dump nor a directory" },
	{ "memhp-dump 1x\n\nend\n", "is no recorded machine: neither a dump nor a directory" },
	{ "memhp-dump 2\n\nend\n", "is a dump of format 2, and format 1 is what can be read here" },
	{ HEAD "a = b\n", "was cut off: its last line, \"end\", is missing" },
	{ "memhp-dump 1\nfoo\n\nend\n",
	  "line 2: neither KEY: VALUE nor the blank line that ends the head" },
	{ "memhp-dump 1\npage-size: 4097\n\nend\n", "line 2: a value that makes no sense" },
	{ "memhp-dump 1\narch: x 86\n\nend\n", "line 2: a value that makes no sense" },
	{ HEAD "a\n\nend\n", "line 3: not PATH, a blank, and what is known of it" },
	{ HEAD "a ~ b\nend\n", "line 3: behind the path stands none of = << -> : ! ->! @" },
	{ HEAD "a/ = b\nend\n", "line 3: behind the path stands none of = << -> : ! ->! @" },
	{ HEAD "a : b\nend\n", "line 3: behind the path stands none of = << -> : ! ->! @" },
	{ HEAD "/a = b\nend\n", "line 3: a path that cannot be" },
	{ HEAD "a//b = b\nend\n", "line 3: a path that cannot be" },
	{ HEAD "a/../b = b\nend\n", "line 3: a path that cannot be" },
	{ HEAD "a/. = b\nend\n", "line 3: a path that cannot be" },
	{ HEAD "a\\x00b = b\nend\n", "line 3: a path that cannot be" },
	{ HEAD "a = \\q\nend\n", "line 3: a backslash that says nothing" },
	{ HEAD "a = \\xG0\nend\n", "line 3: a backslash that says nothing" },
	{ HEAD "a = \\ca\nend\n", "line 3: a backslash that says nothing" },
	{ HEAD "a = b\rc\nend\n", "line 3: a byte that a dump never holds" },
	{ HEAD "a ! EWHAT\nend\n", "line 3: an error that has no such name" },
	{ HEAD "a -> \nend\n", "line 3: a link that can lead nowhere" },
	{ HEAD "a << b\nend\n", "line 3: something behind <<" },
	{ HEAD "a @ b\nend\n", "line 3: something behind @" },
	{ HEAD "a/ @\nend\n", "line 3: behind the path stands none of = << -> : ! ->! @" },
	{ HEAD "a @\n\tb\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t1 |\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t1 | x\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t1 | 10000000000000000\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t1 | !EWHAT\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t2-1 | 1\nend\n", "line 4: not FIRST-LAST | WORD" },
	{ HEAD "a @\n\t1-5 | 1\n\t5 | 2\nend\n",
	  "line 5: words that do not come after those before them" },
	{ HEAD "\tb\nend\n", "line 3: an indented line that goes with nothing" },
	{ HEAD "a <<\n\tb\\c\n\tc\nend\n", "line 5: more of a file that ended with \\c" },
	{ HEAD "a = 1\nb = 1\na = 2\nend\n", "line 5: the same was told in line 3" },
	{ HEAD "a/ : b c b\nend\n", "line 3: a name that was told twice" },
	{ HEAD "a/ : b{1-5} b3\nend\n", "line 3: a name that was told twice" },
	{ HEAD "a/ : b{5-1}\nend\n", "line 3: numbers in braces that make no sense" },
	{ HEAD "a/ : b{1\nend\n", "line 3: numbers in braces that make no sense" },
	{ HEAD "a/ : b/c\nend\n", "line 3: a name that cannot be" },
	{ HEAD "a/ : ..\nend\n", "line 3: a name that cannot be" },
	{ HEAD "a/ : b{0-4294967295}\nend\n", "line 3: more names than a machine has" },
	{ HEAD "a/b* | c\n\t0-4294967295 | d\nend\n", "line 4: more names than a machine has" },
	{ HEAD "a/b* | c\n\t1 | d\n\t1 | d\nend\n",
	  "line 5: a row that does not come after the one before it" },
	{ HEAD "a/b* | c\n\t1 | d | e\nend\n", "line 4: more cells than the table has columns" },
	{ HEAD "a/b* | c | d\n\t1 | d\nend\n", "line 4: fewer cells than the table has columns" },
	{ HEAD "a/b* | c\n\tx | d\nend\n",
	  "line 4: a row that does not begin with a number, or FIRST-LAST" },
	{ HEAD "a/b* \nend\n", "line 3: a table without columns" },
	{ HEAD "a/b* | c\na/b* | c\nend\n", "line 4: a table that was told before" },
	{ HEAD "end\na = b\n", "line 4: something behind the line \"end\"" },
	{ HEAD "a = b\r\nend\n", "line 3: a byte that a dump never holds" },
	{ "memhp-dump 1\r\n\r\na = b\r\nc = d\nend\r\n",
	  "line 4: lines before this one end in CR LF, and it does not" },
	{ "memhp-dump 1\r\n\r\na = b\r\r\nend\r\n", "line 3: a byte that a dump never holds" },
	{ "memhp-dump 1\r\n\r\na = b\r\n", "was cut off: its last line, \"end\", is missing" },
	{ "memhp-dump 2\r\n\r\nend\r\n",
	  "is a dump of format 2, and format 1 is what can be read here" },
};

static void test_wrong(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
		struct dump *dump = NULL;

		if (parse(wrong[i].text, &error, &dump) != -EINVAL)
			fail_msg("taken: %s", wrong[i].text);
		assert_null(dump);
		assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
		assert_string_equal(error.object, "machine.dump");
		assert_string_equal(error.message, wrong[i].message);
	}
}

/* ------------------------------------------------------------------------------------- answers */

static const char answers[] =
	"memhp-dump 1\nrecorded-by: hand\narch: aarch64\npage-size: 65536\nstruct-page-size: 64\n"
	"what-comes-later: 1\n\n"
	"# said by hand\n"
	"sys/one = 1\n"
	"sys/empty = \\c\n"
	"sys/newline =\n"
	"sys/bytes = a\\x00\\xffb\\\\\\t\\c\n"
	"sys/lines <<\n"
	"\tfirst\n"
	"\n"
	"\t\\e\n"
	"\t  third\\c\n"
	"sys/none ! EACCES\n"
	"sys/shut/ ! EACCES\n"
	"sys/shut/inner = 1\n"
	"sys/bus/dax0.0 -> ../devices/dax0.0\n"
	"sys/bus/dax0.0/size = 42\n"
	"sys/devices/dax0.0/align = 2\n"
	"sys/devices/dax0.0/driver -> /sys/bus/drivers/kmem\n"
	"sys/bus/round -> round\n"
	"sys/bus/drivers/ : kmem device_dax\n"
	"sys/memory/ : memory{2-4,30} probe\n"
	"sys/memory/memory* | state | valid_zones\n"
	"\t0-1 | online | none\n"
	"\t4 | !EIO | -\n"
	"\t7 | off\\x7cline | Normal Movable\n"
	"sys/memory/memory1/node0 -> ../../node/node0\n"
	"\nend\n";

static void must_read(struct io *io, const char *path, const void *bytes, size_t len)
{
	char buffer[256];
	size_t got = 0;

	if (io->ops->read(io, path, 0, buffer, sizeof(buffer), &got) != 0)
		fail_msg("%s cannot be read", path);
	assert_int_equal(got, len);
	assert_memory_equal(buffer, bytes, len);
}

static int read_rc(struct io *io, const char *path)
{
	char buffer[256];
	size_t len;

	return io->ops->read(io, path, 0, buffer, sizeof(buffer), &len);
}

static void test_files(void **state)
{
	struct io *io = io_of(answers);
	char buffer[4];
	size_t len;

	must_read(io, "sys/one", "1\n", 2);
	must_read(io, "sys/empty", "", 0);
	must_read(io, "sys/newline", "\n", 1);
	must_read(io, "sys/bytes", "a\0\377b\\\t", 6);
	must_read(io, "sys/lines", "first\n\n  third", 14);
	must_read(io, "sys/memory/memory1/state", "online\n", 7);
	must_read(io, "sys/memory/memory7/state", "off|line\n", 9);
	assert_int_equal(read_rc(io, "sys/none"), -EACCES);
	assert_int_equal(read_rc(io, "sys/two"), -ENOENT);
	assert_int_equal(read_rc(io, "sys"), -EISDIR);
	assert_int_equal(read_rc(io, "sys/memory/memory1"), -EISDIR);
	assert_int_equal(read_rc(io, "sys/memory/memory2/state"), -ENOENT);
	assert_int_equal(read_rc(io, "sys/memory/memory4/state"), -EIO);
	assert_int_equal(read_rc(io, "sys/memory/memory4/valid_zones"), -ENOENT);
	assert_int_equal(read_rc(io, "sys/memory/memory04/state"), -ENOENT);
	assert_int_equal(read_rc(io, "sys/bus/round/x"), -ELOOP);
	/* As read(2) and the seam have it: from an offset, and with too little room. */
	assert_int_equal(io->ops->read(io, "sys/lines", 1, buffer, 4, &len), -E2BIG);
	assert_memory_equal(buffer, "irst", 4);
	assert_int_equal(io->ops->read(io, "sys/lines", 11, buffer, 4, &len), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(buffer, "ird", 3);
	assert_int_equal(io->ops->read(io, "sys/lines", 99, buffer, 4, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(io->facts.page_size, 65536);
	assert_int_equal(io->facts.struct_page_size, 64);
	assert_string_equal(io->facts.arch, "aarch64");
	assert_true(io->read_only);
	io_free(io);
}

static void test_links(void **state)
{
	struct io *io = io_of(answers);
	char link[IO_PATH_MAX];

	/* A file is there under either of its names, whichever was told. */
	must_read(io, "sys/devices/dax0.0/size", "42\n", 3);
	must_read(io, "sys/bus/dax0.0/size", "42\n", 3);
	must_read(io, "sys/bus/dax0.0/align", "2\n", 2);
	assert_int_equal(io->ops->readlink(io, "sys/bus/dax0.0/driver", link, sizeof(link)), 0);
	assert_string_equal(link, "/sys/bus/drivers/kmem");
	assert_int_equal(io->ops->readlink(io, "sys/bus/dax0.0", link, sizeof(link)), 0);
	assert_string_equal(link, "../devices/dax0.0");
	assert_int_equal(io->ops->readlink(io, "sys/bus/dax0.0", link, 17), -ENAMETOOLONG);
	assert_int_equal(io->ops->readlink(io, "sys/one", link, sizeof(link)), -EINVAL);
	assert_int_equal(io->ops->readlink(io, "sys/bus", link, sizeof(link)), -EINVAL);
	assert_int_equal(io->ops->readlink(io, "sys/two", link, sizeof(link)), -ENOENT);
	io_free(io);
}

static int add_name(void *data, const char *name, unsigned char type)
{
	char *text = data;

	strcat(text, name);
	strcat(text, " ");
	return 0;
}

static void must_list(struct io *io, const char *path, const char *names)
{
	char text[512] = "";

	assert_int_equal(io->ops->list(io, path, add_name, text), 0);
	assert_string_equal(text, names);
}

static void test_lists(void **state)
{
	struct io *io = io_of(answers);
	char text[512] = "";

	must_list(io, "", "sys ");
	must_list(io, "sys/bus/drivers", "device_dax kmem ");
	must_list(io, "sys/bus/dax0.0", "align driver size ");
	must_list(io, "sys/bus", "dax0.0 drivers round ");
	/* Told, then known from answers, then from the table; none of them twice. */
	must_list(io, "sys/memory",
		  "memory2 memory3 memory4 memory30 probe memory1 memory0 memory7 ");
	assert_int_equal(io->ops->list(io, "sys/shut", add_name, text), -EACCES);
	assert_int_equal(io->ops->list(io, "sys/two", add_name, text), -ENOENT);
	assert_int_equal(io->ops->list(io, "sys/one", add_name, text), -ENOTDIR);
	io_free(io);
}

static void must_give(struct io *io, uint64_t offset, size_t size, int rc, size_t wanted)
{
	uint64_t words[16];
	size_t len = 0;

	assert_int_equal(io->ops->read(io, "proc/words", offset, words, size, &len), rc);
	if (rc == 0)
		assert_int_equal(len, wanted);
	if (rc == 0 && wanted > 0)
		assert_int_equal(words[0], offset < 40 ? 0x80 : 0x400);
}

/* Words by number: what is not told is where a read ends. */
static void test_file_of_words(void **state)
{
	struct io *io = io_of(HEAD "proc/words @\n\t2-4 | 80\n\t5-8 | 400\n\tb | !EIO\n"
				   "\tc-ffffffffffffffff | 400\nproc/none @\nend\n");
	uint64_t words[8];
	char link[8];
	size_t len;

	must_give(io, 0, 64, 0, 0);
	must_give(io, 16, 64, 0, 56);
	must_give(io, 16, 24, -E2BIG, 0);
	must_give(io, 40, 64, 0, 32);
	must_give(io, 88, 8, -EIO, 0);
	must_give(io, 96, 128, -E2BIG, 0);
	must_give(io, UINT64_MAX - 7, 64, -E2BIG, 0);
	must_give(io, 17, 64, -EINVAL, 0);
	must_give(io, 16, 63, -EINVAL, 0);
	assert_int_equal(io->ops->read(io, "proc/words", 16, words, sizeof(words), &len), 0);
	assert_int_equal(words[2], 0x80);
	assert_int_equal(words[3], 0x400);
	assert_int_equal(io->ops->read(io, "proc/none", 0, words, sizeof(words), &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(io->ops->readlink(io, "proc/words", link, sizeof(link)), -EINVAL);
	io_free(io);
}

/* Every newline with a carriage return, as mail makes it: the same dump; its last line may have lost both. */
static void test_carriage_returns(void **state)
{
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	struct dump_text text = { .text = NULL }, wanted = { .text = NULL };
	char mailed[2 * sizeof(answers)];
	struct dump *dump, *plain;
	size_t i, len = 0;

	for (i = 0; answers[i] != '\0'; i++) {
		if (answers[i] == '\n')
			mailed[len++] = '\r';
		mailed[len++] = answers[i];
	}
	mailed[len - 2] = '\0';
	assert_int_equal(parse(mailed, &error, &dump), 0);
	assert_int_equal(parse(answers, &error, &plain), 0);
	assert_int_equal(dump_format(dump, &text), 0);
	assert_int_equal(dump_format(plain, &wanted), 0);
	assert_string_equal(text.text, wanted.text);
	free(text.text);
	free(wanted.text);
	dump_free(dump);
	dump_free(plain);
}

static void test_writes_are_refused(void **state)
{
	struct io *io = io_of(answers);
	char holder[8];

	assert_int_equal(io->ops->write(io, "sys/one", "2", IO_NO_DEADLINE), -EROFS);
	assert_int_equal(io->ops->load(io, "kmem", IO_NO_DEADLINE), -EROFS);
	assert_int_equal(io->ops->save(io, "run/memhp/x", "2"), -EROFS);
	assert_int_equal(io->ops->lock(io, "run/memhp/x", 0, holder, sizeof(holder)), -EROFS);
	io_free(io);
}

/* ---------------------------------------------------------------------------------- recordings */

static char *record(const char *root, uint32_t flags)
{
	struct memhp_snapshot *snapshot;
	struct memhp_ctx *ctx;
	char *text;
	size_t len;

	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, root), 0);
	assert_int_equal(memhp_record(ctx, flags, NULL, &text, &len, &snapshot), 0);
	assert_int_equal(strlen(text), len);
	assert_int_equal(memhp_snapshot_get_block_count(snapshot), 8);
	memhp_snapshot_unref(snapshot);
	memhp_ctx_unref(ctx);
	return text;
}

static struct memhp_snapshot *look_at(const char *root)
{
	struct memhp_snapshot *snapshot;
	struct memhp_ctx *ctx;

	assert_int_equal(memhp_ctx_new(&ctx), 0);
	assert_int_equal(memhp_ctx_set_root(ctx, root), 0);
	assert_int_equal(memhp_snapshot_new(ctx, &snapshot), 0);
	memhp_ctx_unref(ctx);
	return snapshot;
}

/* Every counter of a zone that is ever read has been recorded. */
static void assert_same_zones(const char *root, const char *dump)
{
	struct memhp_snapshot *machine = look_at(root), *recorded = look_at(dump);

	assert_int_equal(machine->zone_count, recorded->zone_count);
	assert_true(machine->zone_count > 0 && machine->zones[0].at_hand == 3);
	assert_memory_equal(machine->zones, recorded->zones,
			    machine->zone_count * sizeof(*machine->zones));
	memhp_snapshot_unref(machine);
	memhp_snapshot_unref(recorded);
}

/* A dump of what a dump holds is that dump. */
static void test_recording(void **state)
{
	struct test_tree tree;
	char *text, *again;
	char path[256];
	FILE *file;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	test_tree_file(&tree, "boot/config-6.12.95",
		       "CONFIG_MEMORY_HOTPLUG=y\nCONFIG_OTHER=y\n"
		       "# CONFIG_MHP_MEMMAP_ON_MEMORY is not set\n");
	test_tree_file(&tree, "etc/udev/rules.d/a.rules", "SUBSYSTEM==\"memory\", RUN+=\"x\"\n");
	test_tree_file(&tree, "etc/udev/rules.d/b.rules", "#\"memory\"\nSUBSYSTEM==\"net\"\n");
	text = record(tree.path, 0);
	assert_non_null(strstr(text, "\npage-size: 4096\n"));
	assert_non_null(strstr(text, "/memory* | state | valid_zones\n"
				     "\t0 | online | none\n\t1-3 | online | DMA32\n"));
	assert_non_null(strstr(text, "sys/devices/system/node/node0/ : memory{0-3}\n"));
	assert_non_null(strstr(text, "proc/vmstat <<\n\tnr_memmap_pages 2048\n"
				     "\tnr_memmap_boot_pages 2040\n"));
	assert_non_null(strstr(text, "boot/config-6.12.95 <<\n\tCONFIG_MEMORY_HOTPLUG=y\n"
				     "\t# CONFIG_MHP_MEMMAP_ON_MEMORY is not set\n\n"));
	assert_non_null(strstr(text, "etc/udev/rules.d/a.rules = SUBSYSTEM==\"memory\""));
	assert_null(strstr(text, "rules.d/b.rules"));
	assert_non_null(strstr(text, "count: 3\n"));
	assert_null(strstr(text, "nr_free_pages"));
	assert_non_null(strstr(text, "\tquiet movable_node\n") ?
				text :
				strstr(text, "proc/cmdline = quiet movable_node\n"));
	snprintf(path, sizeof(path), "%s/machine.dump", tree.path);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	again = record(path, 0);
	assert_string_equal(again, text);
	assert_same_zones(tree.path, path);
	free(text);
	free(again);
	test_tree_remove(&tree);
}

static void test_anonymous(void **state)
{
	struct test_tree tree;
	char *text;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	test_tree_file(&tree, "etc/memhp.conf",
		       "; of the host Little\n[policy]\nzone = movable\n"
		       "[device 1]\n match-serial = 0x1A2b ; ours\nmatch-uuid=ab-1\nmatch-pci = "
		       "0000:01\n");
	test_tree_file(&tree, "etc/memhp.conf.d/little.conf", "[policy]\nmove = no\n");
	test_tree_file(&tree, "sys/devices/platform/ACPI0012:00/ndbus0/region0/dax7.0/dax7.0/size",
		       "0\n");
	test_tree_file(&tree, "sys/devices/platform/ACPI0012:00/ndbus0/region0/dax7.0/uuid",
		       "f7c2c4ca-b420-47ed-85b7-0d9bfe7c446c\n");
	test_tree_link(&tree, "sys/bus/dax/devices/dax7.0",
		       "../../../devices/platform/ACPI0012:00/ndbus0/region0/dax7.0/dax7.0");
	text = record(tree.path, 0);
	assert_non_null(strstr(text, "f7c2c4ca"));
	free(text);
	text = record(tree.path, MEMHP_RECORD_ANONYMOUS);
	assert_null(strstr(text, "f7c2c4ca"));
	assert_null(strcasestr(text, "little"));
	assert_null(strstr(text, "0b6a4f0e"));
	assert_null(strstr(text, "quiet"));
	assert_null(strstr(text, "1A2b"));
	assert_non_null(strstr(text, "proc/cmdline = movable_node ...\n"));
	assert_non_null(strstr(text, "etc/memhp.conf <<\n\t; of the host xxxxxx\n\t[policy]\n"));
	assert_non_null(strstr(text, "\t match-serial = xxxxxx ; xxxx\n\tmatch-uuid=xx-x\n"
				     "\tmatch-pci = 0000:01\n"));
	assert_non_null(strstr(text, "etc/memhp.conf.d/xxxxxx.conf <<\n"));
	free(text);
	test_tree_remove(&tree);
}

/* A short name is masked where it stands by itself, and in no other word. */
static void test_anonymous_short_name(void **state)
{
	struct test_tree tree;
	char *text;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	test_tree_file(&tree, "proc/sys/kernel/hostname", "db\n");
	test_tree_file(&tree, "etc/memhp.conf", "; db, feedback of DB-1\n");
	text = record(tree.path, MEMHP_RECORD_ANONYMOUS);
	assert_non_null(strstr(text, "etc/memhp.conf = ; xx, feedback of xx-1\n"));
	free(text);
	test_tree_remove(&tree);
}

/* Without privilege, what cannot be read is told as that. */
static void test_unreadable(void **state)
{
	struct test_tree tree;
	char path[256];
	char *text;

	test_tree_make(&tree);
	test_tree_machine(&tree);
	test_tree_delete(&tree, "sys/devices/system/memory/memory2/state");
	test_tree_directory(&tree, "sys/devices/system/memory/memory2/state");
	snprintf(path, sizeof(path), "%s/proc/iomem", tree.path);
	test_tree_delete(&tree, "proc/iomem");
	test_tree_directory(&tree, "proc/iomem");
	text = record(tree.path, 0);
	assert_non_null(strstr(text, "\t2 | !EISDIR | -\n"));
	assert_non_null(strstr(text, "proc/iomem ! EISDIR\n"));
	free(text);
	test_tree_remove(&tree);
}

/* Blocks and files of directories that were gone when they were listed last are left out. */
static void test_vanished(void **state)
{
	static const char before[] = HEAD
		"sys/bus/ : dax1\nsys/bus/dax0/size = 1\nsys/bus/dax1/size = 1\n"
		"sys/memory/ : memory{0-1,3}\nsys/memory/memory* | state\n\t0-3 | online\nend\n";
	static const char after[] = "sys/bus/dax1/size = 1\n\n"
				    "sys/memory/memory* | state\n\t0-1 | online\n\t3 | online\n"
				    "\nend\n";
	struct memhp_error error = { .kind = MEMHP_ERROR_NONE };
	struct dump_text text = { .text = NULL };
	struct dump *dump;

	assert_int_equal(parse(before, &error, &dump), 0);
	assert_int_equal(scan_record_trim(dump, false), 0);
	assert_int_equal(dump_format(dump, &text), 0);
	assert_non_null(strstr(text.text, after));
	assert_null(strstr(text.text, "dax0"));
	free(text.text);
	dump_free(dump);
}

static void test_order(void **state)
{
	static const char *const paths[] = { "a",  "a/b",  "a/b/c", "a/b-c", "a-b", "a1",
					     "a2", "a2/x", "a10",   "a010",  "b",   NULL };
	size_t i, k;

	for (i = 0; paths[i] != NULL; i++) {
		for (k = 0; paths[k] != NULL; k++) {
			int order = path_compare(paths[i], paths[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_recording),
		cmocka_unit_test(test_writes_are_refused),
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_file_of_words),
		cmocka_unit_test(test_anonymous_short_name),
		cmocka_unit_test(test_carriage_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
