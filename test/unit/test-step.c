/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/step*.c: for each kind of step what is read, what that says, what is written, how it is shown,
 * how it is turned round, and what a refusal means.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"

/* Two mappings, of two blocks and of one; the first has parts of blocks at its ends. */
static const char machine[] =
	"device dax0.0 kmem node 1 hmem memmap off range 0x17c000000-0x193ffffff blocks 60-60\n"
	"device dax1.0 device_dax node 1 pmem blocks 64-65\n"
	"blocks 0-15 online Normal node 0 boot\n"
	"blocks 48-49 online Movable node 1 kmem dax0.0\n"
	"blocks 60 offline node 1 kmem dax0.0\n";

struct fixture {
	struct test_case *test_case;
	const struct memhp_snapshot *snapshot;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.test_case = case_parse("step", machine);
	fixture.snapshot = fixture.test_case->snapshot;
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	case_free(((struct fixture *)*state)->test_case);
	return 0;
}

#define BLOCK(from_state, from_set, to_state, to_set, written)                      \
	{                                                                           \
		.kind = STEP_BLOCK, .device = 0, .block = 48, .from = (from_state), \
		.from_zones = (from_set), .to = (to_state), .to_zones = (to_set),   \
		.word = (written)                                                   \
	}

static const struct memhp_step to_movable = BLOCK(MEMHP_STATE_OFFLINE, 0, MEMHP_STATE_ONLINE,
						  ZONE_BIT(ZONE_MOVABLE), WORD_ONLINE_MOVABLE);
static const struct memhp_step to_offline =
	BLOCK(MEMHP_STATE_ONLINE, ZONE_BIT(ZONE_NORMAL), MEMHP_STATE_OFFLINE, 0, WORD_OFFLINE);
static const struct memhp_step to_either =
	BLOCK(MEMHP_STATE_OFFLINE, 0, MEMHP_STATE_ONLINE,
	      ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE), WORD_ONLINE);
static const struct memhp_step park = { .kind = STEP_AUTO_ONLINE,
					.device = NO_DEVICE,
					.from = WORD_ONLINE,
					.to = WORD_OFFLINE };
static const struct memhp_step unpark = { .kind = STEP_AUTO_ONLINE,
					  .device = NO_DEVICE,
					  .from = WORD_OFFLINE,
					  .to = WORD_ONLINE };
static const struct memhp_step load = { .kind = STEP_LOAD_MODULE,
					.device = NO_DEVICE,
					.from = DRIVER_NONE,
					.to = DRIVER_KMEM };
static const struct memhp_step set_memmap = { .kind = STEP_MEMMAP,
					      .device = 0,
					      .from = TRI_NO,
					      .to = TRI_YES };
static const struct memhp_step unbind_kmem = { .kind = STEP_UNBIND,
					       .device = 0,
					       .from = DRIVER_KMEM,
					       .to = DRIVER_NONE };
static const struct memhp_step unbind_dax = { .kind = STEP_UNBIND,
					      .device = 1,
					      .from = DRIVER_DEVICE_DAX,
					      .to = DRIVER_NONE };
static const struct memhp_step give_id = { .kind = STEP_GIVE_ID,
					   .device = 1,
					   .from = DRIVER_NONE,
					   .to = DRIVER_KMEM };
static const struct memhp_step take_id = { .kind = STEP_TAKE_ID,
					   .device = 1,
					   .from = DRIVER_KMEM,
					   .to = DRIVER_NONE };
static const struct memhp_step bind = { .kind = STEP_BIND,
					.device = 1,
					.from = DRIVER_NONE,
					.to = DRIVER_KMEM };
static const struct memhp_step wait_blocks = { .kind = STEP_WAIT_BLOCKS,
					       .device = 0,
					       .to = DRIVER_KMEM };
static const struct memhp_step wait_gone = { .kind = STEP_WAIT_GONE,
					     .device = 0,
					     .from = DRIVER_KMEM };

/* ---- how each is shown ---- */

static void test_shown(void **state)
{
	static const struct {
		const struct memhp_step *step;
		enum step_action action;
		const char *path, *value, *expect, *undo, *subject;
	} rows[] = {
		{ &park, ACTION_WRITE, "sys/devices/system/memory/auto_online_blocks", "offline",
		  "offline", "online", "auto_online_blocks" },
		{ &unpark, ACTION_WRITE, "sys/devices/system/memory/auto_online_blocks", "online",
		  "online", "offline", "auto_online_blocks" },
		{ &load, ACTION_LOAD, "kmem", "", "kmem", "", "kmem" },
		{ &set_memmap, ACTION_WRITE, "sys/bus/dax/devices/dax0.0/memmap_on_memory", "1",
		  "1", "0", "dax0.0" },
		{ &unbind_kmem, ACTION_WRITE, "sys/bus/dax/drivers/kmem/unbind", "dax0.0",
		  "no driver", "bind kmem dax0.0", "dax0.0" },
		{ &unbind_dax, ACTION_WRITE, "sys/bus/dax/drivers/device_dax/unbind", "dax1.0",
		  "no driver", "bind device_dax dax1.0", "dax1.0" },
		{ &give_id, ACTION_WRITE, "sys/bus/dax/drivers/kmem/new_id", "dax1.0", "",
		  "remove_id kmem dax1.0", "dax1.0" },
		{ &take_id, ACTION_WRITE, "sys/bus/dax/drivers/kmem/remove_id", "dax1.0", "",
		  "new_id kmem dax1.0", "dax1.0" },
		{ &bind, ACTION_WRITE, "sys/bus/dax/drivers/kmem/bind", "dax1.0", "kmem",
		  "unbind kmem dax1.0", "dax1.0" },
		{ &wait_blocks, ACTION_WAIT, "sys/bus/dax/devices/dax0.0", "",
		  "every block is there", "", "dax0.0" },
		{ &wait_gone, ACTION_WAIT, "sys/bus/dax/devices/dax0.0", "", "no block is left", "",
		  "dax0.0" },
		{ &to_movable, ACTION_WRITE, "sys/devices/system/memory/memory48/state",
		  "online_movable", "online Movable", "offline", "memory48" },
		{ &to_either, ACTION_WRITE, "sys/devices/system/memory/memory48/state", "online",
		  "online Normal|Movable", "offline", "memory48" },
		{ &to_offline, ACTION_WRITE, "sys/devices/system/memory/memory48/state", "offline",
		  "offline", "online Normal", "memory48" },
	};
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	char path[IO_PATH_MAX], text[IO_NAME_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(step_action(rows[i].step), rows[i].action);
		step_path(snapshot, rows[i].step, path);
		assert_string_equal(path, rows[i].path);
		step_value(snapshot, rows[i].step, text);
		assert_string_equal(text, rows[i].value);
		step_expect(snapshot, rows[i].step, text);
		assert_string_equal(text, rows[i].expect);
		step_undo(snapshot, rows[i].step, text);
		assert_string_equal(text, rows[i].undo);
		step_subject(snapshot, rows[i].step, text);
		assert_string_equal(text, rows[i].subject);
	}
}

/* ---- looking ---- */

static void check_looks(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			const char *const *paths)
{
	struct look look;
	size_t i;

	for (i = 0; paths[i] != NULL; i++) {
		assert_true(step_look(snapshot, step, i, &look));
		assert_string_equal(look.path, paths[i]);
	}
	assert_false(step_look(snapshot, step, i, &look));
}

#define MEMORY "sys/devices/system/memory/"
#define PATHS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_looks(void **state)
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;

	check_looks(snapshot, &park, PATHS(MEMORY "auto_online_blocks"));
	check_looks(snapshot, &load, PATHS("sys/bus/dax/drivers/kmem"));
	check_looks(snapshot, &set_memmap, PATHS("sys/bus/dax/devices/dax0.0/memmap_on_memory"));
	check_looks(snapshot, &bind, PATHS("sys/bus/dax/devices/dax1.0/driver"));
	check_looks(snapshot, &give_id, PATHS("sys/bus/dax/devices/dax1.0/driver"));
	check_looks(snapshot, &unbind_dax, PATHS("sys/bus/dax/devices/dax1.0/driver"));
	check_looks(snapshot, &to_movable,
		    PATHS(MEMORY "memory48/state", MEMORY "memory48/valid_zones"));
	/* Every whole block of every mapping is looked at before kmem is left. */
	check_looks(snapshot, &unbind_kmem,
		    PATHS("sys/bus/dax/devices/dax0.0/driver", MEMORY "memory48/state",
			  MEMORY "memory49/state", MEMORY "memory60/state"));
	check_looks(
		snapshot, &wait_blocks,
		PATHS(MEMORY "memory48/state", MEMORY "memory49/state", MEMORY "memory60/state"));
	check_looks(snapshot, &wait_gone,
		    PATHS(MEMORY "memory48/state", MEMORY "memory49/state", MEMORY "memory60/state",
			  "proc/iomem"));
}

/* What looks that end so (a text, or NULL and an errno) add up to. */
struct answer {
	int rc;
	const char *text;
};

static struct seen observe(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			   const struct answer *answers, size_t count)
{
	struct seen seen;
	size_t i;

	step_seen_init(&seen);
	for (i = 0; i < count; i++)
		step_observe(snapshot, step, i, answers[i].rc,
			     answers[i].text != NULL ? answers[i].text : "", &seen);
	return seen;
}

#define ANSWERS(...)                            \
	(const struct answer[]){ __VA_ARGS__ }, \
		sizeof((const struct answer[]){ __VA_ARGS__ }) / sizeof(struct answer)
#define TEXT(text)      \
	{               \
		0, text \
	}
#define FAILS(errno)           \
	{                      \
		-(errno), NULL \
	}

enum stands { STARTS, HOLDS, NEITHER };

static void check(void **state, const struct memhp_step *step, const struct answer *answers,
		  size_t count, enum stands expected)
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	struct seen seen = observe(snapshot, step, answers, count);

	assert_int_equal(step_is_done(step, &seen), expected == HOLDS);
	if (expected != HOLDS)
		assert_int_equal(step_can_start(step, &seen), expected == STARTS);
}

static void test_auto_online(void **state)
{
	check(state, &park, ANSWERS(TEXT("online")), STARTS);
	check(state, &park, ANSWERS(TEXT("offline")), HOLDS);
	check(state, &park, ANSWERS(TEXT("online_movable")), NEITHER);
	check(state, &park, ANSWERS(TEXT("nonsense")), NEITHER);
	check(state, &park, ANSWERS(FAILS(ENOENT)), NEITHER);
	check(state, &park, ANSWERS(FAILS(EACCES)), NEITHER);
}

static void test_module(void **state)
{
	check(state, &load, ANSWERS(FAILS(ENOENT)), STARTS);
	check(state, &load, ANSWERS(TEXT("")), HOLDS);
	check(state, &load, ANSWERS(FAILS(EIO)), NEITHER);
}

static void test_memmap(void **state)
{
	check(state, &set_memmap, ANSWERS(TEXT("0")), STARTS);
	check(state, &set_memmap, ANSWERS(TEXT("1")), HOLDS);
	check(state, &set_memmap, ANSWERS(FAILS(EACCES)), NEITHER);
}

static void test_driver(void **state)
{
	check(state, &bind, ANSWERS(FAILS(ENOENT)), STARTS);
	check(state, &bind, ANSWERS(TEXT("../../../bus/dax/drivers/kmem")), HOLDS);
	check(state, &bind, ANSWERS(TEXT("../../../bus/dax/drivers/device_dax")), NEITHER);
	check(state, &bind, ANSWERS(TEXT("../../../bus/dax/drivers/of_somebody")), NEITHER);
	check(state, &bind, ANSWERS(FAILS(EACCES)), NEITHER);
	check(state, &give_id, ANSWERS(FAILS(ENOENT)), STARTS);
	check(state, &give_id, ANSWERS(TEXT("../kmem")), HOLDS);
	/* An id is always taken back, whoever has the device by now. */
	check(state, &take_id, ANSWERS(TEXT("../kmem")), STARTS);
	check(state, &take_id, ANSWERS(FAILS(ENOENT)), STARTS);
	check(state, &unbind_dax, ANSWERS(TEXT("../device_dax")), STARTS);
	check(state, &unbind_dax, ANSWERS(FAILS(ENOENT)), HOLDS);
	check(state, &unbind_dax, ANSWERS(TEXT("../kmem")), NEITHER);
}

/* With one block that is not offline, or cannot be looked at, kmem's unbind never begins. */
static void test_unbind_kmem(void **state)
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	struct seen seen;

	check(state, &unbind_kmem,
	      ANSWERS(TEXT("../kmem"), TEXT("offline"), TEXT("offline"), TEXT("offline")), STARTS);
	check(state, &unbind_kmem,
	      ANSWERS(TEXT("../kmem"), TEXT("offline"), FAILS(ENOENT), TEXT("offline")), STARTS);
	check(state, &unbind_kmem,
	      ANSWERS(TEXT("../kmem"), TEXT("offline"), TEXT("online"), TEXT("offline")), NEITHER);
	check(state, &unbind_kmem,
	      ANSWERS(TEXT("../kmem"), TEXT("offline"), TEXT("offline"), TEXT("going-offline")),
	      NEITHER);
	check(state, &unbind_kmem,
	      ANSWERS(TEXT("../kmem"), TEXT("offline"), FAILS(EIO), TEXT("offline")), NEITHER);
	check(state, &unbind_kmem,
	      ANSWERS(FAILS(ENOENT), TEXT("offline"), TEXT("offline"), TEXT("offline")), HOLDS);
	seen = observe(snapshot, &unbind_kmem,
		       ANSWERS(TEXT("../kmem"), TEXT("offline"), TEXT("online"), TEXT("online")));
	assert_int_equal(seen.pending, 2);
	assert_int_equal(seen.first_pending, 49);
}

static void test_wait_blocks(void **state)
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	struct seen seen;

	check(state, &wait_blocks, ANSWERS(TEXT("offline"), TEXT("online"), TEXT("offline")),
	      HOLDS);
	check(state, &wait_blocks, ANSWERS(TEXT("offline"), FAILS(ENOENT), TEXT("offline")),
	      STARTS);
	seen = observe(snapshot, &wait_blocks,
		       ANSWERS(FAILS(ENOENT), TEXT("offline"), FAILS(ENOENT)));
	assert_int_equal(seen.pending, 2);
	assert_int_equal(seen.first_pending, 48);
}

#define IOMEM_HEAD "00001000-0009fbff : System RAM\n"

static void test_wait_gone(void **state)
{
	static const struct answer gone = FAILS(ENOENT);
	static const struct {
		const char *iomem;
		enum stands stands;
	} rows[] = {
		{ IOMEM_HEAD, HOLDS },
		{ IOMEM_HEAD "17c000000-193ffffff : dax0.0\n", HOLDS },
		{ "17c000000-193ffffff : Soft Reserved\n  17c000000-193ffffff : dax0.0\n"
		  "    180000000-18fffffff : System RAM (kmem)\n",
		  STARTS },
		/* of another device */
		{ "17c000000-193ffffff : dax0.0\n1b0000000-1b7ffffff : dax1.0\n"
		  "  1b0000000-1b7ffffff : System RAM (kmem)\n",
		  HOLDS },
		{ "17c000000-193ffffff : dax0.01\n  180000000-18fffffff : System RAM (kmem)\n",
		  HOLDS },
		/* of its second mapping */
		{ "17c000000-193ffffff : dax0.0\n1b0000000-1b7ffffff : dax1.0\n"
		  "1e0000000-1e7ffffff : dax0.0\n  1e0000000-1e7ffffff : System RAM (kmem)\n",
		  STARTS },
		{ "", HOLDS },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check(state, &wait_gone, ANSWERS(gone, gone, gone, { 0, rows[i].iomem }),
		      rows[i].stands);
	check(state, &wait_gone, ANSWERS(gone, TEXT("offline"), gone, TEXT("")), STARTS);
	check(state, &wait_gone, ANSWERS(gone, FAILS(EIO), gone, TEXT("")), STARTS);
	check(state, &wait_gone, ANSWERS(gone, gone, gone, FAILS(ENOENT)), HOLDS);
}

static void test_block(void **state)
{
	check(state, &to_movable, ANSWERS(TEXT("offline"), TEXT("Normal Movable")), STARTS);
	check(state, &to_movable, ANSWERS(TEXT("online"), TEXT("Movable")), HOLDS);
	check(state, &to_movable, ANSWERS(TEXT("online"), TEXT("Normal")), NEITHER);
	check(state, &to_movable, ANSWERS(TEXT("online"), TEXT("none")), NEITHER);
	check(state, &to_movable, ANSWERS(TEXT("going-offline"), TEXT("Movable")), NEITHER);
	check(state, &to_movable, ANSWERS(FAILS(ENOENT), FAILS(ENOENT)), NEITHER);
	check(state, &to_movable, ANSWERS(FAILS(EIO), FAILS(EIO)), NEITHER);
	/* valid_zones that cannot be read may say what is wanted */
	check(state, &to_movable, ANSWERS(TEXT("online"), FAILS(EIO)), HOLDS);
	check(state, &to_either, ANSWERS(TEXT("online"), TEXT("Normal")), HOLDS);
	check(state, &to_either, ANSWERS(TEXT("online"), TEXT("Movable")), HOLDS);
	check(state, &to_either, ANSWERS(TEXT("online"), TEXT("DMA32")), NEITHER);
	check(state, &to_offline, ANSWERS(TEXT("online"), TEXT("Normal")), STARTS);
	check(state, &to_offline, ANSWERS(TEXT("offline"), TEXT("Normal Movable")), HOLDS);
	/* it moved meanwhile: not what was planned */
	check(state, &to_offline, ANSWERS(TEXT("online"), TEXT("Movable")), NEITHER);
}

/* ---- turning round ---- */

static size_t inverse(void **state, const struct memhp_step *step, uint8_t value, zone_set zones,
		      struct memhp_step steps[STEP_INVERSE_MAX])
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	const struct seen before = { .value = value, .zones = zones };

	memset(steps, 0xff, STEP_INVERSE_MAX * sizeof(*steps));
	return step_inverse(snapshot, step, &before, steps);
}

static void test_inverse_block(void **state)
{
	static const struct {
		zone_set zones;
		enum online_word word;
	} rows[] = {
		{ ZONE_BIT(ZONE_MOVABLE), WORD_ONLINE_MOVABLE },
		{ ZONE_BIT(ZONE_NORMAL), WORD_ONLINE_KERNEL },
		{ ZONE_BIT(ZONE_DMA32), WORD_ONLINE_KERNEL },
		{ ZONES_UNKNOWN, WORD_ONLINE },
	};
	struct memhp_step steps[STEP_INVERSE_MAX];
	size_t i;

	/* Back to what was seen, not to what was planned. */
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(
			inverse(state, &to_offline, MEMHP_STATE_ONLINE, rows[i].zones, steps), 1);
		assert_int_equal(steps[0].kind, STEP_BLOCK);
		assert_int_equal(steps[0].block, 48);
		assert_int_equal(steps[0].from, MEMHP_STATE_OFFLINE);
		assert_int_equal(steps[0].to, MEMHP_STATE_ONLINE);
		assert_int_equal(steps[0].to_zones, rows[i].zones);
		assert_int_equal(steps[0].word, rows[i].word);
	}
	assert_int_equal(inverse(state, &to_movable, MEMHP_STATE_OFFLINE, 0, steps), 1);
	assert_int_equal(steps[0].word, WORD_OFFLINE);
	assert_int_equal(steps[0].to, MEMHP_STATE_OFFLINE);
	assert_int_equal(steps[0].from_zones, ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(inverse(state, &to_movable, MEMHP_STATE_GOING_OFFLINE, 0, steps), 0);
}

static void test_inverse_driver(void **state)
{
	struct memhp_step steps[STEP_INVERSE_MAX];

	/* hmem memory goes to kmem by itself where the kernel shows memmap_on_memory */
	assert_int_equal(inverse(state, &unbind_kmem, DRIVER_KMEM, 0, steps), 1);
	assert_int_equal(steps[0].kind, STEP_BIND);
	assert_int_equal(steps[0].to, DRIVER_KMEM);
	/* pmem goes to device_dax by itself */
	assert_int_equal(inverse(state, &unbind_dax, DRIVER_DEVICE_DAX, 0, steps), 1);
	assert_int_equal(steps[0].kind, STEP_BIND);
	assert_int_equal(steps[0].to, DRIVER_DEVICE_DAX);
	assert_int_equal(inverse(state, &bind, DRIVER_NONE, 0, steps), 2);
	assert_int_equal(steps[0].kind, STEP_UNBIND);
	assert_int_equal(steps[0].from, DRIVER_KMEM);
	assert_int_equal(steps[1].kind, STEP_WAIT_GONE);
	assert_int_equal(inverse(state, &give_id, DRIVER_NONE, 0, steps), 1);
	assert_int_equal(steps[0].kind, STEP_TAKE_ID);
	assert_int_equal(steps[0].from, DRIVER_KMEM);
	assert_int_equal(inverse(state, &take_id, DRIVER_KMEM, 0, steps), 0);
	assert_int_equal(inverse(state, &load, DRIVER_NONE, 0, steps), 0);
	assert_int_equal(inverse(state, &wait_gone, 0, 0, steps), 0);
	assert_int_equal(inverse(state, &wait_blocks, 0, 0, steps), 0);
}

/* A driver that takes the device only with its id gets it for the time of the bind. */
static void test_inverse_with_id(void **state)
{
	static const struct memhp_step unbind_pmem = {
		.kind = STEP_UNBIND, .device = 1, .from = DRIVER_KMEM, .to = DRIVER_NONE
	};
	struct memhp_step steps[STEP_INVERSE_MAX];

	assert_int_equal(inverse(state, &unbind_pmem, DRIVER_KMEM, 0, steps), 3);
	assert_int_equal(steps[0].kind, STEP_GIVE_ID);
	assert_int_equal(steps[1].kind, STEP_BIND);
	assert_int_equal(steps[2].kind, STEP_TAKE_ID);
	assert_true(step_opens_bracket(&steps[0]));
	assert_true(step_closes_bracket(&steps[0], &steps[2]));
}

static void test_inverse_words(void **state)
{
	struct memhp_step steps[STEP_INVERSE_MAX];

	assert_int_equal(inverse(state, &park, WORD_ONLINE_KERNEL, 0, steps), 1);
	assert_int_equal(steps[0].kind, STEP_AUTO_ONLINE);
	assert_int_equal(steps[0].from, WORD_OFFLINE);
	assert_int_equal(steps[0].to, WORD_ONLINE_KERNEL);
	assert_int_equal(inverse(state, &set_memmap, TRI_NO, 0, steps), 1);
	assert_int_equal(steps[0].to, TRI_NO);
}

static void test_brackets(void **state)
{
	const struct memhp_step other = { .kind = STEP_TAKE_ID, .device = 0, .from = DRIVER_KMEM };

	assert_true(step_opens_bracket(&park));
	assert_true(step_opens_bracket(&give_id));
	assert_false(step_opens_bracket(&unpark));
	assert_false(step_opens_bracket(&take_id));
	assert_false(step_opens_bracket(&to_offline));
	assert_false(step_opens_bracket(&set_memmap));
	assert_true(step_closes_bracket(&park, &unpark));
	assert_true(step_closes_bracket(&give_id, &take_id));
	assert_false(step_closes_bracket(&give_id, &other));
	assert_false(step_closes_bracket(&park, &park));
	assert_false(step_closes_bracket(&park, &take_id));
	assert_false(step_closes_bracket(&give_id, &unpark));
	assert_true(step_is_blind(&give_id) && step_is_blind(&take_id));
	assert_false(step_is_blind(&bind) || step_is_blind(&to_offline));
}

/* ---- refusals ---- */

static void check_refusal(const struct memhp_snapshot *snapshot, const struct memhp_step *step,
			  int rc, const struct seen *seen, const char *word)
{
	char text[256];

	step_refusal(snapshot, step, rc, seen, text, sizeof(text));
	if (strstr(text, word) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", text, word);
}

static void test_refusals(void **state)
{
	const struct memhp_snapshot *snapshot = ((struct fixture *)*state)->snapshot;
	const struct seen none = { 0 };
	const struct seen spans = { .value = MEMHP_STATE_ONLINE, .zones = ZONE_SPANS };
	const struct seen offline = { .value = MEMHP_STATE_OFFLINE };
	const struct seen three = { .pending = 3, .first_pending = 49 };
	const struct seen iomem = { .iomem_left = true };

	check_refusal(snapshot, &to_offline, -EBUSY, &none, "cannot move (EBUSY)");
	check_refusal(snapshot, &to_offline, -EINVAL, &none, "holes");
	check_refusal(snapshot, &to_offline, -EINVAL, &spans, "it spans zones");
	check_refusal(snapshot, &to_movable, -EINVAL, &offline, "does not know the word");
	check_refusal(snapshot, &to_offline, -EPERM, &none, "vetoed");
	check_refusal(snapshot, &to_offline, -ETIME, &none, "left online");
	check_refusal(snapshot, &to_offline, -ETIMEDOUT, &none, "time");
	check_refusal(snapshot, &to_offline, -ESTALE, &none, "somebody else");
	check_refusal(snapshot, &to_offline, -EXDEV, &none, strerror(EXDEV));
	check_refusal(snapshot, &to_movable, -EHWPOISON, &none, "poisoned");
	check_refusal(snapshot, &to_movable, -ENOMEM, &none, "memory");
	check_refusal(snapshot, &bind, -ENOMEM, &none, "struct pages");
	check_refusal(snapshot, &bind, -EBUSY, &none, "earlier unbind");
	check_refusal(snapshot, &load, -ENOENT, &none, "no such module");
	check_refusal(snapshot, &unbind_kmem, -EBUSY, &three, "3 of its blocks are not offline");
	check_refusal(snapshot, &unbind_kmem, -EBUSY, &three, "memory49");
	check_refusal(snapshot, &wait_blocks, -ETIMEDOUT, &three, "memory49");
	check_refusal(snapshot, &wait_gone, -ETIMEDOUT, &three, "kept 3 of its blocks");
	check_refusal(snapshot, &wait_gone, -ETIMEDOUT, &iomem, "iomem");
	assert_string_equal(step_doing(&to_offline), "cannot be taken offline: ");
	assert_string_equal(step_doing(&to_movable), "cannot be onlined: ");
	assert_string_equal(step_doing(&bind), "cannot be bound: ");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_shown),	    TEST(test_looks),	      TEST(test_auto_online),
		TEST(test_module),	    TEST(test_memmap),	      TEST(test_driver),
		TEST(test_unbind_kmem),	    TEST(test_wait_blocks),   TEST(test_wait_gone),
		TEST(test_block),	    TEST(test_inverse_block), TEST(test_inverse_driver),
		TEST(test_inverse_with_id), TEST(test_inverse_words), TEST(test_brackets),
		TEST(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
