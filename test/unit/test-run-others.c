/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/run-others.c on the fake kernel: by which word memory of others is onlined, where a run that was killed has
 * left some as well; what of that stays noted, and what is told before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../scenario.h"
#include "small-machine.h"

#define AUTO_ONLINE "sys/devices/system/memory/auto_online_blocks"
#define JOURNAL "run/memhp/journal"
#define MEMORY112 "sys/devices/system/memory/memory112/state"
#define MOMENTS 400

/* dax0.0, which nobody uses: blocks 64 to 67. */
static struct fakekern *machine(void)
{
	struct fakekern_config config = fakekern_6_12;
	struct fakekern *kernel;

	config.modules[0] = NULL;
	kernel = fakekern_new(&config);
	small_boot_memory(kernel);
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } } });
	return kernel;
}

/* Blocks 112 and up. */
static void plug_dimm(struct fakekern *kernel, uint64_t size)
{
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){
					  .name = "PNP0C80:00", .start = 14 * GIB, .size = size });
}

static void leave(struct fakekern *kernel, const char *brackets)
{
	char text[256];

	snprintf(text, sizeof(text), "memhp-journal 1\nprocess 4711 12\n%s", brackets);
	fakekern_file(kernel, JOURNAL, text);
}

static void ask(struct fakekern *kernel, const char *request, enum memhp_outcome outcome)
{
	struct outcome got;

	request_run(request, fakekern_open(kernel), &got);
	assert_int_equal(got.rc, 0);
	if (got.report->outcome != outcome)
		fail_msg("%s: %s (%s)", request, outcome_name(&got), got.report->cause.message);
	outcome_clear(&got);
}

/* Killed while it was parked; somebody has written another word since, and writes the parked one later. */
static void test_word_of_somebody(void **state)
{
	struct fakekern *kernel = machine();

	fakekern_write(kernel, AUTO_ONLINE, "online_movable");
	leave(kernel, "auto-online online\nblocks 0 7\n");
	ask(kernel, "offline 2", MEMHP_OUTCOME_REFUSED);
	fakekern_write(kernel, AUTO_ONLINE, "offline");
	ask(kernel, "recover", MEMHP_OUTCOME_ALREADY);
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "offline");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	fakekern_free(kernel);
}

static void plug_while_parked(struct fakekern *kernel, void *data)
{
	bool *plugged = data;

	*plugged = strcmp(fakekern_text(kernel, AUTO_ONLINE), "offline") == 0;
	if (*plugged)
		plug_dimm(kernel, 256 * MIB);
}

/* A DIMM comes before operation N of a run, if the word is parked then. False: the run has ended before. */
static bool comes_at(size_t n, bool *plugged)
{
	struct fakekern *kernel = machine();
	struct outcome got;
	struct io *io;
	bool in;

	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
	leave(kernel, "others online_movable\nblocks 0 7\nblocks 64 67\n");
	io = fakekern_open(kernel);
	fakekern_before(io, n, plug_while_parked, plugged);
	request_run("online zone=movable dax0.0", io, &got);
	in = fakekern_logged(kernel) > n;
	assert_true(outcome_is_fine(&got));
	assert_string_equal(fakekern_text(kernel, AUTO_ONLINE), "online_kernel");
	if (*plugged) {
		assert_string_equal(fakekern_block(kernel, 112), "online Normal");
		assert_string_equal(fakekern_block(kernel, 113), "online Normal");
		assert_int_equal(got.report->recovered_count, 0);
	}
	outcome_clear(&got);
	fakekern_free(kernel);
	return in;
}

/* A killed run has left another word: by that is onlined what came while it was at work, and no other. */
static void test_own_word(void **state)
{
	size_t n, seen = 0;
	bool plugged = false;

	for (n = 0; n < MOMENTS && comes_at(n, &plugged); n++, plugged = false)
		seen += plugged;
	print_message("# came at %zu moments of %zu\n", seen, n);
	assert_true(seen > 5 && n < MOMENTS);
}

static void plug_held_up(struct fakekern *kernel, void *data)
{
	bool *plugged = data;

	*plugged = strcmp(fakekern_text(kernel, AUTO_ONLINE), "offline") == 0;
	if (!*plugged)
		return;
	plug_dimm(kernel, GIB);
	for (unsigned int block = 112; block < 120; block++)
		fakekern_trouble(kernel, block, FAKEKERN_HELD_UP, 0, 0);
}

/* What somebody's offline holds up is waited for once, and is left to the next run. */
static void test_held_up(void **state)
{
	bool plugged = false;

	for (size_t n = 0; n < MOMENTS && !plugged; n++) {
		struct fakekern *kernel = machine();
		uint64_t begin = fakekern_time(kernel);
		struct outcome got;
		struct io *io;

		fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
		io = fakekern_open(kernel);
		fakekern_before(io, n, plug_held_up, &plugged);
		request_run("online zone=movable block-timeout=5 dax0.0", io, &got);
		if (plugged) {
			assert_true(fakekern_time(kernel) - begin <= 10 * SECOND);
			assert_string_equal(fakekern_block(kernel, 64), "online Movable");
			assert_string_equal(fakekern_block(kernel, 119), "offline");
			assert_non_null(strstr(fakekern_text(kernel, JOURNAL), "others "));
		}
		outcome_clear(&got);
		fakekern_free(kernel);
	}
	assert_true(plugged);
}

static void grow_while_parked(struct fakekern *kernel, void *data)
{
	bool *grown = data;

	if (!*grown && strcmp(fakekern_text(kernel, AUTO_ONLINE), "offline") == 0)
		*grown = fakekern_plug(kernel, "virtio0", 2) == 2;
}

/* virtio-mem grows while a run has the word parked: by that word, and the report has it. */
static void test_virtio_mem(void **state)
{
	size_t n, seen = 0;

	for (n = 0; n < MOMENTS; n++) {
		struct fakekern *kernel = machine();
		struct outcome got;
		struct io *io;
		bool grown = false, in;

		fakekern_add_virtio_mem(kernel, "virtio0", 0,
					(struct fakekern_range){ 12 * GIB, GIB });
		fakekern_write(kernel, AUTO_ONLINE, "online_movable");
		io = fakekern_open(kernel);
		fakekern_before(io, n, grow_while_parked, &grown);
		request_run("online zone=kernel dax0.0", io, &got);
		in = fakekern_logged(kernel) > n;
		assert_true(outcome_is_fine(&got));
		if (grown) {
			assert_string_equal(fakekern_block(kernel, 96), "online Movable");
			assert_string_equal(fakekern_block(kernel, 97), "online Movable");
			assert_int_equal(got.report->results[got.report->result_count - 1].block,
					 97);
			seen++;
		}
		outcome_clear(&got);
		fakekern_free(kernel);
		if (!in)
			break;
	}
	assert_true(seen > 5 && n < MOMENTS);
}

/* One that it offlines itself is not left for the next run, though it cannot bring all of the rest to its end. */
static void test_dealt_with(void **state)
{
	struct fakekern *kernel = machine();

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plug_dimm(kernel, 128 * MIB);
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:01",
							   .start = 16 * GIB,
							   .size = 128 * MIB });
	fakekern_write(kernel, AUTO_ONLINE, "online_kernel");
	fakekern_write(kernel, "sys/devices/system/memory/memory112/state", "online_movable");
	leave(kernel, "others online_movable\nblocks 0 7\nblocks 64 67\n");
	fakekern_trouble(kernel, 128, FAKEKERN_REFUSES_ONLINE, -ETIMEDOUT, 1);
	ask(kernel, "offline 112", MEMHP_OUTCOME_PARTIAL);
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	assert_non_null(strstr(fakekern_text(kernel, JOURNAL), "others online_movable"));
	ask(kernel, "recover", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 128), "online Movable");
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	fakekern_free(kernel);
}

/* What is asked to be offline, and is so already, is nobody else's either. */
static void test_asked_offline(void **state)
{
	struct fakekern *kernel = machine();

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plug_dimm(kernel, 256 * MIB);
	fakekern_write(kernel, AUTO_ONLINE, "online");
	leave(kernel, "others online_movable\nblocks 0 7\n");
	ask(kernel, "offline 112", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 112), "offline");
	assert_string_equal(fakekern_block(kernel, 113), "online Movable");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	fakekern_free(kernel);
}

/* A request about one block of a DIMM says nothing of the others that were left. */
static void test_rest_of_device(void **state)
{
	static const char *const requests[] = { "online zone=kernel 112", "offline 112" };

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct fakekern *kernel = machine();

		fakekern_write(kernel, AUTO_ONLINE, "offline");
		plug_dimm(kernel, 384 * MIB);
		if (i == 1)
			fakekern_write(kernel, MEMORY112, "online_movable");
		leave(kernel, "auto-online online_movable\nblocks 0 7\n");
		ask(kernel, requests[i], MEMHP_OUTCOME_DONE);
		assert_string_equal(fakekern_block(kernel, 112),
				    i == 0 ? "online Normal" : "offline");
		assert_string_equal(fakekern_block(kernel, 113), "online Movable");
		assert_string_equal(fakekern_block(kernel, 114), "online Movable");
		assert_string_equal(fakekern_text(kernel, JOURNAL), "");
		fakekern_free(kernel);
	}
}

/* ... and one about the DIMM does: what it leaves offline stays so. */
static void test_whole_device(void **state)
{
	struct fakekern *kernel = machine();

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plug_dimm(kernel, 384 * MIB);
	leave(kernel, "auto-online online_movable\nblocks 0 7\n");
	ask(kernel, "online zone=movable size=128M PNP0C80:00", MEMHP_OUTCOME_DONE);
	assert_string_equal(fakekern_block(kernel, 112), "online Movable");
	assert_string_equal(fakekern_block(kernel, 113), "offline");
	assert_string_equal(fakekern_block(kernel, 114), "offline");
	fakekern_free(kernel);
}

/* False: the run has ended before operation N. */
static bool killed_at(size_t n, bool takes_effect, size_t *taken)
{
	struct fakekern *kernel = machine();
	struct outcome got;
	struct io *io;
	bool killed, offline;

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plug_dimm(kernel, 128 * MIB);
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:01",
							   .start = 16 * GIB,
							   .size = 128 * MIB });
	fakekern_write(kernel, AUTO_ONLINE, "online_movable");
	fakekern_write(kernel, MEMORY112, "online_movable");
	leave(kernel, "others online_movable\nblocks 0 7\nblocks 64 67\n");
	io = fakekern_open(kernel);
	fakekern_kill(io, n, takes_effect);
	request_run("offline 112", io, &got);
	outcome_clear(&got);
	killed = fakekern_logged(kernel) == n + 1;
	offline = strcmp(fakekern_block(kernel, 112), "offline") == 0;
	*taken += killed && offline;
	request_run("recover", fakekern_open(kernel), &got);
	assert_true(outcome_is_fine(&got));
	outcome_clear(&got);
	assert_string_equal(fakekern_block(kernel, 112), offline ? "offline" : "online Movable");
	assert_string_equal(fakekern_block(kernel, 128), "online Movable");
	assert_string_equal(fakekern_text(kernel, JOURNAL), "");
	fakekern_free(kernel);
	return killed;
}

/* Killed as soon as it has taken offline what it was asked for: the next run is not to bring that back. */
static void test_killed_after_dealing(void **state)
{
	size_t n, taken = 0;

	for (n = 0; n < MOMENTS && killed_at(n, true, &taken); n++)
		killed_at(n, false, &taken);
	print_message("# it had been taken offline in %zu of %zu\n", taken, 2 * n);
	assert_true(taken > 5 && n < MOMENTS);
}

/* What a plan says of blocks that a killed run has left, "" if nothing. */
static void told(struct fakekern *kernel, const char *request, char text[256])
{
	struct outcome got;

	text[0] = '\0';
	request_run(request, fakekern_open(kernel), &got);
	assert_int_equal(got.rc, 0);
	for (size_t i = 0; i < got.report->plan->story.reasons.count; i++) {
		const char *reason = got.report->plan->story.reasons.items[i];

		if (strstr(reason, "appeared") != NULL)
			snprintf(text, 256, "%s", reason);
	}
	outcome_clear(&got);
}

static void check_told(uint64_t size, const char *left, const char *request, const char *wanted)
{
	struct fakekern *kernel = machine();
	char text[256];

	fakekern_write(kernel, AUTO_ONLINE, "offline");
	plug_dimm(kernel, size);
	leave(kernel, left);
	told(kernel, request, text);
	assert_string_equal(text, wanted);
	fakekern_free(kernel);
}

#define WHILE "appeared while a run that was killed had auto_online_blocks changed: afterwards "

static void test_told(void **state)
{
	const char *parked = "auto-online online\nblocks 0 7\n";

	check_told(256 * MIB, parked, "recover", "2 blocks " WHILE "they are onlined as it said");
	check_told(128 * MIB, parked, "recover", "1 block " WHILE "it is onlined as it said");
	check_told(128 * MIB, "others online\nblocks 0 7\n", "online zone=movable dax0.0",
		   "1 block " WHILE "it is onlined as it said");
	/* The request is about them. */
	check_told(256 * MIB, parked, "online zone=movable PNP0C80:00", "");
	check_told(256 * MIB, parked, "online zone=movable size=128M PNP0C80:00", "");
	check_told(256 * MIB, parked, "offline 112", "1 block " WHILE "it is onlined as it said");
	check_told(256 * MIB, parked, "online zone=movable 112",
		   "1 block " WHILE "it is onlined as it said");
	/* Nothing is done. */
	check_told(256 * MIB, parked, "offline 2", "");
	/* The word is not what was left. */
	check_told(256 * MIB, "id kmem dax0.0\nblocks 0 7\n", "recover", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word_of_somebody),
		cmocka_unit_test(test_own_word),
		cmocka_unit_test(test_held_up),
		cmocka_unit_test(test_virtio_mem),
		cmocka_unit_test(test_dealt_with),
		cmocka_unit_test(test_asked_offline),
		cmocka_unit_test(test_rest_of_device),
		cmocka_unit_test(test_whole_device),
		cmocka_unit_test(test_killed_after_dealing),
		cmocka_unit_test(test_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("run-others", tests, NULL, NULL);
}
