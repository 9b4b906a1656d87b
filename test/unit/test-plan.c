/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/plan*.c: the steps of each operation from each state that a device can be in, what is not done,
 * and a plan's names.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "case.h"

/* ---- steps as text ---- */

struct text {
	char text[4096];
	size_t len;
};

static void PRINTF(2, 3) add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->len += (size_t)vsnprintf(text->text + text->len, sizeof(text->text) - text->len,
				       format, arguments);
	va_end(arguments);
	assert_true(text->len < sizeof(text->text));
}

/* Blocks one after the other, up or down, with the same word: "48-63=online_movable". */
static size_t add_block_steps(const struct memhp_plan *plan, size_t i, struct text *text)
{
	const struct memhp_step *first = &plan->steps[i], *last = first;
	char value[IO_NAME_MAX];

	for (i++; i < plan->step_count; i++) {
		const struct memhp_step *next = &plan->steps[i];
		bool up = next->block == last->block + 1 && last->block >= first->block;
		bool down = next->block + 1 == last->block && last->block <= first->block;

		if (next->kind != STEP_BLOCK || next->word != first->word || !(up || down))
			break;
		last = next;
	}
	step_value(plan->before, first, value);
	if (first == last)
		add(text, "%u=%s", first->block, value);
	else
		add(text, "%u-%u=%s", first->block, last->block, value);
	return i;
}

/* "kmem/bind=dax0.0" */
static void add_other_step(const struct memhp_plan *plan, const struct memhp_step *step,
			   struct text *text)
{
	char path[IO_PATH_MAX], value[IO_NAME_MAX], subject[IO_NAME_MAX];
	const char *shown = path;

	step_path(plan->before, step, path);
	step_value(plan->before, step, value);
	step_subject(plan->before, step, subject);
	if (text_starts_with(path, "sys/bus/dax/drivers/"))
		shown += strlen("sys/bus/dax/drivers/");
	else if (text_starts_with(path, "sys/bus/dax/devices/"))
		shown += strlen("sys/bus/dax/devices/");
	else if (text_starts_with(path, "sys/devices/system/memory/"))
		shown += strlen("sys/devices/system/memory/");
	if (step_action(step) == ACTION_LOAD)
		add(text, "load %s", shown);
	else if (step_action(step) == ACTION_WAIT)
		add(text, "%s %s", step->kind != STEP_WAIT_BLOCKS ? "gone" : "there", subject);
	else
		add(text, "%s=%s", shown, value);
}

static void show(const struct memhp_plan *plan, struct text *text)
{
	size_t i = 0;

	*text = (struct text){ 0 };
	while (i < plan->step_count) {
		if (i > 0)
			add(text, " ");
		if (plan->steps[i].kind == STEP_BLOCK) {
			i = add_block_steps(plan, i, text);
			continue;
		}
		add_other_step(plan, &plan->steps[i++], text);
	}
}

static struct memhp_plan *make(const struct test_case *test_case, const char *words)
{
	struct memhp_error error;
	struct memhp_plan *plan = NULL;

	if (case_plan(test_case, words, &error, &plan) < 0)
		fail_msg("%s: %s: %s", words, error.object, error.message);
	return plan;
}

/* Planned once more on what it leads to, nothing is left to do. */
static void check_again(const struct test_case *test_case, const struct memhp_plan *plan,
			const char *words)
{
	struct test_case after = *test_case;
	_cleanup_(plan_cleanup) struct memhp_plan *again = NULL;
	struct text text;

	after.snapshot = plan->predicted;
	/* Blocks that were removed can be named no more. */
	if (plan->request.options.operation == MEMHP_OPERATION_REMOVE &&
	    plan->targets[0].run_count > 0)
		return;
	again = make(&after, words);
	show(again, &text);
	if (again->step_count != 0)
		fail_msg("%s: once more takes %s", words, text.text);
	assert_int_equal(again->changes.count, 0);
}

static void check(const struct test_case *test_case, const char *words, const char *expected)
{
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(test_case, words);
	struct text text;

	show(plan, &text);
	if (strcmp(text.text, expected) != 0)
		fail_msg("%s:\n  %s\nnot\n  %s", words, text.text, expected);
	if (plan->verdict != MEMHP_VERDICT_DENY)
		check_again(test_case, plan, words);
}

static void check_on(const char *machine, const char *words, const char *expected)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse(words, machine);

	check(test_case, words, expected);
}

static void check_fails(const char *machine, const char *words, enum memhp_error_kind kind,
			const char *word)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse(words, machine);
	struct memhp_error error;
	struct memhp_plan *plan = NULL;

	if (case_plan(test_case, words, &error, &plan) == 0)
		fail_msg("%s: was planned", words);
	assert_null(plan);
	if (error.kind != kind || strstr(error.message, word) == NULL)
		fail_msg("%s: %s: %s", words, memhp_error_kind_to_string(error.kind),
			 error.message);
}

#define BOOT "blocks 0-15 online Normal node 0 boot\n"

/* ---- add, online: from each state of a device ---- */

/* A kernel that binds hmem to kmem by itself, and one that has to be told. */
#define HMEM(driver) "device dax0.0 " driver " node 1 hmem memmap off blocks 48-51\n" BOOT
#define OLD_HMEM(driver) "device dax0.0 " driver " node 1 hmem blocks 48-51\n" BOOT

static void test_online_from_device_dax(void **state)
{
	check_on(HMEM("device_dax"), "online --zone movable dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-51=online_movable");
	check_on(OLD_HMEM("device_dax"), "online --zone movable dax0.0",
		 "device_dax/unbind=dax0.0 kmem/new_id=dax0.0 kmem/bind=dax0.0 "
		 "kmem/remove_id=dax0.0 there dax0.0 48-51=online_movable");
	check_on(HMEM("device_dax"), "online --zone kernel dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-51=online_kernel");
	check_on(HMEM("device_dax"), "online --zone auto dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-51=online");
	/* the policy's zone where none is said */
	check_on(HMEM("device_dax"), "online dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-51=online_movable");
	check_on("policy zone kernel\n" HMEM("device_dax"), "online dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-51=online_kernel");
}

static void test_add(void **state)
{
	check_on(HMEM("device_dax"), "add dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0");
	check_on(HMEM(""), "add dax0.0", "kmem/bind=dax0.0 there dax0.0");
	check_on(OLD_HMEM(""), "add dax0.0",
		 "kmem/new_id=dax0.0 kmem/bind=dax0.0 kmem/remove_id=dax0.0 there dax0.0");
	check_on(HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n", "add dax0.0", "");
	/* online is more than added */
	check_on(HMEM("kmem") "blocks 48-51 online Normal node 1 kmem dax0.0\n", "add dax0.0", "");
	check_fails(HMEM("device_dax"), "add 0-3", MEMHP_ERROR_USAGE, "blocks");
}

static void test_online_from_kmem(void **state)
{
	check_on(HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "48-51=online_movable");
	check_on(HMEM("kmem") "blocks 48-51 online Movable node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "");
	check_on(HMEM("kmem") "blocks 48-49 online Movable node 1 kmem dax0.0\n"
			      "blocks 50-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "50-51=online_movable");
	/* moved: all go offline downwards, then all come online upwards */
	check_on(HMEM("kmem") "blocks 48-51 online Normal node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "51-48=offline 48-51=online_movable");
	check_on(HMEM("kmem") "blocks 48-49 online Normal node 1 kmem dax0.0\n"
			      "blocks 50 online Movable node 1 kmem dax0.0\n"
			      "blocks 51 offline node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0",
		 "49-48=offline 48-49=online_movable "
		 "51=online_movable");
	check_on(HMEM("kmem") "blocks 48-51 online Movable node 1 kmem dax0.0\n",
		 "online --zone kernel dax0.0", "51-48=offline 48-51=online_kernel");
	/* some of its blocks are not there: the kernel added what it could */
	check_on(HMEM("kmem") "blocks 50-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "50-51=online_movable");
}

static void test_online_from_nothing(void **state)
{
	/* the module takes the device as it comes; the bind says so all the same */
	check_on("modules device_dax\n" HMEM(""), "online --zone movable dax0.0",
		 "load kmem kmem/bind=dax0.0 there dax0.0 48-51=online_movable");
	check_on("modules device_dax\n" HMEM("device_dax"), "online --zone movable dax0.0",
		 "load kmem device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 "
		 "48-51=online_movable");
	check_on("modules\n" OLD_HMEM(""), "online --zone movable dax0.0",
		 "load kmem kmem/new_id=dax0.0 kmem/bind=dax0.0 kmem/remove_id=dax0.0 "
		 "there dax0.0 48-51=online_movable");
	/* a device that is not asked for, and that the module takes along, is not onlined */
	check_on("modules device_dax\n"
		 "device dax0.0 node 1 hmem memmap off blocks 48-49\n"
		 "device dax1.0 node 1 hmem memmap off blocks 60-61\n" BOOT,
		 "online --zone movable dax1.0",
		 "load kmem kmem/bind=dax1.0 there dax1.0 60-61=online_movable");
}

static void test_not_addable(void **state)
{
	check_fails("device dax0.0 leaked node 1 hmem blocks 48-51\n", "online dax0.0",
		    MEMHP_ERROR_UNSUPPORTED, "reboot");
	check_fails("device dax0.0 leaked node 1 hmem blocks 48-51\n", "add dax0.0",
		    MEMHP_ERROR_UNSUPPORTED, "reboot");
	check_fails("device dax0.0 leaked node 1 hmem blocks 48-51\n", "remove dax0.0",
		    MEMHP_ERROR_UNSUPPORTED, "reboot");
	check_fails("device dax0.0 node 1 hmem\n", "online dax0.0", MEMHP_ERROR_UNSUPPORTED,
		    "size is 0");
	check_fails(HMEM("other"), "online dax0.0", MEMHP_ERROR_UNSUPPORTED, "another driver");
	check_fails(HMEM("fsdev_dax"), "add dax0.0", MEMHP_ERROR_UNSUPPORTED, "another driver");
	check_fails("device dax0.0 device_dax hmem blocks 48-51\n", "online dax0.0",
		    MEMHP_ERROR_UNSUPPORTED, "target node");
	check_fails("device dax0.0 device_dax node 1 hmem range 0x180000001-0x18ffffffe\n",
		    "online dax0.0", MEMHP_ERROR_UNSUPPORTED, "no whole memory block");
	check_fails(HMEM("device_dax mappings-hidden"), "online dax0.0", MEMHP_ERROR_PRIVILEGE,
		    "mappings");
	check_fails("device dax0.0 kmem mappings-hidden node 1 hmem blocks 48-51\n",
		    "remove dax0.0", MEMHP_ERROR_PRIVILEGE, "mappings");
	/* one that cannot, among others that could: nothing is begun */
	check_fails("device dax0.0 device_dax node 1 hmem blocks 48-51\n"
		    "device dax1.0 leaked node 1 hmem blocks 60-61\n",
		    "online dax0.0 dax1.0", MEMHP_ERROR_UNSUPPORTED, "reboot");
}

/* What a leaked device's blocks are named by, they still are. */
static void test_leaked_blocks(void **state)
{
	check_on("device dax0.0 leaked node 1 hmem blocks 48-51\n" BOOT
		 "blocks 48-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable 48-51", "48-51=online_movable");
}

static void test_memmap(void **state)
{
	static const char on[] = "memmap-on-memory on\n"
				 "device dax0.0 device_dax node 1 hmem memmap on blocks 48-51\n";
	static const char off[] = "memmap-on-memory on\n"
				  "device dax0.0 device_dax node 1 hmem memmap off blocks 48-51\n";
	static const char none[] = "device dax0.0 device_dax node 1 pmem blocks 48-51\n";
	static const char cannot[] =
		"device dax0.0 device_dax node 1 hmem memmap off blocks 48-51\n";
	static const char rest[] = "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0";
	char with[256];

	check_on(off, "add --memmap-on-memory off dax0.0", rest);
	check_on(off, "add --memmap-on-memory auto dax0.0", rest);
	check_on(on, "add --memmap-on-memory on dax0.0", rest);
	check_on(on, "add --memmap-on-memory auto dax0.0", rest);
	check_on(none, "add --memmap-on-memory on dax0.0",
		 "device_dax/unbind=dax0.0 kmem/new_id=dax0.0 kmem/bind=dax0.0 "
		 "kmem/remove_id=dax0.0 there dax0.0");
	text_format(with, sizeof(with), "dax0.0/memmap_on_memory=1 %s", rest);
	check_on(off, "add --memmap-on-memory on dax0.0", with);
	text_format(with, sizeof(with), "policy memmap-on-memory on\n%s", off);
	check_on(with, "add dax0.0",
		 "dax0.0/memmap_on_memory=1 device_dax/unbind=dax0.0 "
		 "kmem/bind=dax0.0 there dax0.0");
	text_format(with, sizeof(with), "dax0.0/memmap_on_memory=0 %s", rest);
	check_on(on, "add --memmap-on-memory off dax0.0", with);
	/* where it would change nothing, and could not be undone */
	check_on(cannot, "add --memmap-on-memory on dax0.0", rest);
	check_on("device dax0.0 device_dax node 1 cxl memmap on blocks 48-51\n",
		 "add --memmap-on-memory off dax0.0", rest);
	/* not after the fact */
	check_on("device dax0.0 kmem node 1 hmem memmap off blocks 48-51\n"
		 "blocks 48-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable --memmap-on-memory on dax0.0", "48-51=online_movable");
}

/* ---- auto-online is parked from the first change of a driver to the last ---- */

static void test_parked(void **state)
{
	check_on("auto-online online\n" HMEM("device_dax"), "online --zone movable dax0.0",
		 "auto_online_blocks=offline device_dax/unbind=dax0.0 kmem/bind=dax0.0 "
		 "there dax0.0 auto_online_blocks=online 48-51=online_movable");
	check_on("auto-online online_movable\n" HMEM("device_dax"), "add dax0.0",
		 "auto_online_blocks=offline device_dax/unbind=dax0.0 kmem/bind=dax0.0 "
		 "there dax0.0 auto_online_blocks=online_movable");
	check_fails("auto-online unknown\n" HMEM("device_dax"), "add dax0.0",
		    MEMHP_ERROR_UNSUPPORTED, "auto_online_blocks");
	/* two devices, one window */
	check_on("auto-online online\n"
		 "device dax0.0 node 1 hmem memmap off blocks 48-49\n"
		 "device dax1.0 node 1 hmem memmap off blocks 60-61\n",
		 "online --zone movable dax0.0 dax1.0",
		 "auto_online_blocks=offline kmem/bind=dax0.0 there dax0.0 48-49=online_movable "
		 "kmem/bind=dax1.0 there dax1.0 auto_online_blocks=online 60-61=online_movable");
	/* no driver changes: the word stays */
	check_on("auto-online online\n" HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n",
		 "online --zone movable dax0.0", "48-51=online_movable");
	check_on("auto-online online\n" HMEM("kmem") "blocks 48-51 online Movable node 1 kmem "
						     "dax0.0\n",
		 "offline dax0.0", "51-48=offline");
	check_on("auto-online online\n" HMEM("kmem") "blocks 48-51 online Movable node 1 kmem "
						     "dax0.0\n",
		 "remove --unbound dax0.0",
		 "51-48=offline auto_online_blocks=offline kmem/unbind=dax0.0 gone dax0.0 "
		 "auto_online_blocks=online");
}

/* ---- several mappings, several devices ---- */

#define TWO_MAPPINGS "device dax0.0 device_dax node 1 hmem memmap off blocks 48-49 blocks 60-61\n"

static void test_mappings(void **state)
{
	check_on(TWO_MAPPINGS, "online --zone movable dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-49=online_movable "
		 "60-61=online_movable");
	check_on("device dax0.0 kmem node 1 hmem memmap off blocks 48-49 blocks 60-61\n"
		 "blocks 48-49 online Movable node 1 kmem dax0.0\n"
		 "blocks 60-61 online Movable node 1 kmem dax0.0\n",
		 "remove --unbound dax0.0",
		 "61-60=offline 49-48=offline kmem/unbind=dax0.0 gone dax0.0");
	/* trimmed to whole blocks */
	check_on("device dax0.0 node 1 hmem memmap off range 0x100600000-0x1447fffff\n",
		 "online --zone movable dax0.0",
		 "kmem/bind=dax0.0 there dax0.0 33-39=online_movable");
}

static void test_named_twice(void **state)
{
	static const char machine[] =
		"device dax0.0 kmem node 1 hmem memmap off region dax:region0 blocks 48-51\n" BOOT
		"blocks 48-51 offline node 1 kmem dax0.0\n";

	check_on(machine, "online dax0.0 dax0.0 /dev/dax0.0 48 48-51 node1 all dax:region0",
		 "48-51=online_movable");
	check_on(machine, "online 50 48-49 49", "48-50=online_movable");
	check_on(machine, "online 51 48", "48=online_movable 51=online_movable");
}

#define TWO(zones)                                                      \
	"auto-online online\n"                                          \
	"device dax0.0 kmem node 1 hmem memmap off blocks 48-49\n"      \
	"device dax1.0 kmem node 1 hmem memmap off blocks 60-61\n" BOOT \
	"blocks 48-49 online " zones " node 1 kmem dax0.0\n"            \
	"blocks 60-61 online " zones " node 1 kmem dax1.0\n"

/*
 * The later device's memmap may lie in the earlier one's Normal blocks: it is taken out first, and
 * added again when they are empty.
 */
static void test_two_devices_moved(void **state)
{
	check_on(TWO("Normal"), "online --zone movable dax0.0 dax1.0",
		 "61-60=offline auto_online_blocks=offline kmem/unbind=dax1.0 gone dax1.0 "
		 "49-48=offline 48-49=online_movable kmem/bind=dax1.0 there dax1.0 "
		 "auto_online_blocks=online 60-61=online_movable");
	check_on(TWO("Movable"), "online --zone movable dax0.0 dax1.0", "");
	/* one alone stays in kmem */
	check_on(TWO("Normal"), "online --zone movable dax1.0",
		 "61-60=offline 60-61=online_movable");
	check_on(TWO("Normal"), "online --zone kernel dax0.0 dax1.0", "");
	check_on(TWO("Movable"), "online --zone kernel dax0.0 dax1.0",
		 "61-60=offline 49-48=offline 48-49=online_kernel 60-61=online_kernel");
}

static void test_two_nodes_moved(void **state)
{
	check_on("device dax0.0 kmem node 1 hmem memmap off blocks 48-49\n"
		 "device dax1.0 kmem node 2 hmem memmap off blocks 60-61\n" BOOT
		 "blocks 48-49 online Normal node 1 kmem dax0.0\n"
		 "blocks 60-61 online Normal node 2 kmem dax1.0\n",
		 "online --zone movable dax0.0 dax1.0",
		 "61-60=offline 49-48=offline 48-49=online_movable 60-61=online_movable");
	/* the first is the nearest to the second: what describes that may lie there */
	check_on("auto-online offline\n"
		 "node 0 cpu distance 10 20 20\nnode 1 distance 20 10 20\n"
		 "node 2 distance 20 20 10\n"
		 "device dax0.0 kmem node 1 hmem memmap off blocks 48-49\n"
		 "device dax1.0 kmem node 2 hmem memmap off blocks 60-61\n" BOOT
		 "blocks 48-49 online Normal node 1 kmem dax0.0\n"
		 "blocks 60-61 online Normal node 2 kmem dax1.0\n",
		 "online --zone movable dax0.0 dax1.0",
		 "61-60=offline kmem/unbind=dax1.0 gone dax1.0 49-48=offline "
		 "48-49=online_movable kmem/bind=dax1.0 there dax1.0 60-61=online_movable");
}

static void test_remove_several(void **state)
{
	check_on(TWO("Movable"), "remove dax0.0 dax1.0",
		 "61-60=offline auto_online_blocks=offline kmem/unbind=dax1.0 gone dax1.0 "
		 "device_dax/new_id=dax1.0 device_dax/bind=dax1.0 device_dax/remove_id=dax1.0 "
		 "49-48=offline kmem/unbind=dax0.0 gone dax0.0 device_dax/new_id=dax0.0 "
		 "device_dax/bind=dax0.0 device_dax/remove_id=dax0.0 auto_online_blocks=online");
}

/* ---- offline, remove ---- */

#define ONLINE HMEM("kmem") "blocks 48-51 online Movable node 1 kmem dax0.0\n"

static void test_offline(void **state)
{
	check_on(ONLINE, "offline dax0.0", "51-48=offline");
	check_on(ONLINE, "offline 49-50", "50-49=offline");
	check_on(ONLINE, "offline all", "51-48=offline");
	check_on(ONLINE, "offline node1", "51-48=offline");
	check_on(HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n", "offline dax0.0", "");
	check_on(HMEM("device_dax"), "offline dax0.0", "");
	check_on(HMEM("kmem") "blocks 48-49 online Movable node 1 kmem dax0.0\n"
			      "blocks 50 offline node 1 kmem dax0.0\n"
			      "blocks 51 online Normal node 1 kmem dax0.0\n",
		 "offline dax0.0", "51=offline 49-48=offline");
}

static void test_remove(void **state)
{
	check_on(ONLINE, "remove dax0.0",
		 "51-48=offline kmem/unbind=dax0.0 gone dax0.0 device_dax/new_id=dax0.0 "
		 "device_dax/bind=dax0.0 device_dax/remove_id=dax0.0");
	check_on(OLD_HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n", "remove dax0.0",
		 "kmem/unbind=dax0.0 gone dax0.0 device_dax/bind=dax0.0");
	check_on(ONLINE, "remove 48-51",
		 "51-48=offline kmem/unbind=dax0.0 gone dax0.0 device_dax/new_id=dax0.0 "
		 "device_dax/bind=dax0.0 device_dax/remove_id=dax0.0");
	check_on(ONLINE, "remove --unbound dax0.0", "51-48=offline kmem/unbind=dax0.0 gone dax0.0");
	check_on("modules kmem\n" OLD_HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n",
		 "remove dax0.0",
		 "kmem/unbind=dax0.0 gone dax0.0 load device_dax device_dax/bind=dax0.0");
	check_on(HMEM("device_dax"), "remove dax0.0", "");
	check_on(HMEM("device_dax"), "remove --unbound dax0.0", "");
	/* without a driver it is on its way to device_dax */
	check_on(OLD_HMEM(""), "remove dax0.0", "device_dax/bind=dax0.0");
	check_on(HMEM(""), "remove --unbound dax0.0", "");
	check_on("device dax0.0 node 1 hmem\n", "remove dax0.0", "");
}

/* ---- --size ---- */

static void test_size_online(void **state)
{
	static const char offline[] = HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n";

	check_on(offline, "online --size 256M dax0.0", "48-49=online_movable");
	check_on(offline, "online --size 129M dax0.0", "48-49=online_movable");
	check_on(offline, "online --size 1 dax0.0", "48=online_movable");
	check_on(offline, "online --size 512M dax0.0", "48-51=online_movable");
	check_on(offline, "online --size 4T dax0.0", "48-51=online_movable");
	check_on(HMEM("device_dax"), "online --size 256M dax0.0",
		 "device_dax/unbind=dax0.0 kmem/bind=dax0.0 there dax0.0 48-49=online_movable");
}

/* What is where it is wanted counts; what is offline comes before what would have to be moved. */
static void test_size_counts(void **state)
{
	static const char mixed[] = HMEM("kmem") "blocks 48 online Movable node 1 kmem dax0.0\n"
						 "blocks 49 online Normal node 1 kmem dax0.0\n"
						 "blocks 50-51 offline node 1 kmem dax0.0\n";

	check_on(mixed, "online --zone movable --size 128M dax0.0", "");
	check_on(mixed, "online --zone movable --size 256M dax0.0", "50=online_movable");
	check_on(mixed, "online --zone movable --size 384M dax0.0", "50-51=online_movable");
	check_on(mixed, "online --zone movable --size 512M dax0.0",
		 "49=offline 49-51=online_movable");
	check_on(mixed, "online --size 256M dax0.0", "");
	check_on(mixed, "online --size 384M dax0.0", "50=online_movable");
}

/* Movable blocks are the cheapest to empty. */
static void test_size_offline(void **state)
{
	static const char mixed[] = HMEM("kmem") "blocks 48 online Movable node 1 kmem dax0.0\n"
						 "blocks 49-50 online Normal node 1 kmem dax0.0\n"
						 "blocks 51 offline node 1 kmem dax0.0\n";

	check_on(mixed, "offline --size 128M dax0.0", "");
	check_on(mixed, "offline --size 256M dax0.0", "48=offline");
	check_on(mixed, "offline --size 384M dax0.0", "48=offline 50=offline");
	check_on(mixed, "offline --size 4G dax0.0", "48=offline 50-49=offline");
}

/* ---- what is not asked for ---- */

static void test_usage(void **state)
{
	check_fails(ONLINE, "online", MEMHP_ERROR_USAGE, "no target");
	check_fails(ONLINE, "remove --size 128M dax0.0", MEMHP_ERROR_USAGE, "size");
	check_fails(ONLINE, "online --contiguous dax0.0", MEMHP_ERROR_USAGE, "size");
	check_fails(ONLINE, "offline dax9.9", MEMHP_ERROR_TARGET, "no such device");
	check_fails(ONLINE, "offline 48 nonsense", MEMHP_ERROR_USAGE, "not a target");
	check_fails(ONLINE, "offline 48 99", MEMHP_ERROR_TARGET, "memory99");
}

/* An empty set is done already. */
static void test_empty_set(void **state)
{
	check_on(BOOT, "online all", "");
	check_on(BOOT, "offline all", "");
	check_on(BOOT, "remove all", "");
	check_on(BOOT, "add all", "");
}

/* ---- names ---- */

static void ids(const char *machine, const char *words, char fingerprint[4096], char plan_id[40])
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("ids", machine);
	_cleanup_(plan_cleanup) struct memhp_plan *plan = make(test_case, words);

	assert_true(strlen(plan->fingerprint) < 4096);
	strcpy(fingerprint, plan->fingerprint);
	strcpy(plan_id, plan->plan_id);
	assert_int_equal(strlen(plan_id), 36);
}

static void check_alike(const char *machine, const char *words, const char *other_machine,
			const char *other_words, bool alike)
{
	char fingerprints[2][4096], plan_ids[2][40];

	ids(machine, words, fingerprints[0], plan_ids[0]);
	ids(other_machine, other_words, fingerprints[1], plan_ids[1]);
	if ((strcmp(plan_ids[0], plan_ids[1]) == 0) != alike ||
	    (strcmp(fingerprints[0], fingerprints[1]) == 0) != alike)
		fail_msg("%s on\n%s and %s on\n%s have %s plan_id", words, machine, other_words,
			 other_machine, alike ? "not one" : "the same");
}

#define ASKED "online --zone movable dax0.0"
#define OFFLINE HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0\n"

static void test_ids_alike(void **state)
{
	static const char *const same[] = {
		OFFLINE,
		/* what changes by itself */
		OFFLINE "zone 0 Normal free 1M\n",
		OFFLINE "zone 0 Normal file 1G high 7M\n",
		OFFLINE "zone 1 Movable present 4G managed 3G\n",
		"memmap-pages 777\n" OFFLINE,
		/* blocks that are not asked for */
		OFFLINE "blocks 80-99 offline node 1 acpi\n",
		HMEM("kmem") "blocks 48-51 offline node 1 kmem dax0.0 candidates Movable\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(same); i++)
		check_alike(OFFLINE, ASKED, same[i], ASKED, true);
	/* Assent is not part of a request. */
	check_alike(OFFLINE, ASKED, OFFLINE, "online --yes --zone movable dax0.0", true);
}

static void test_ids_of_machines(void **state)
{
	static const char *const different[] = {
		HMEM("kmem") "blocks 48-50 offline node 1 kmem dax0.0\n",
		HMEM("kmem") "blocks 48-50 offline node 1 kmem dax0.0\n"
			     "blocks 51 online Movable node 1 kmem dax0.0\n",
		HMEM("kmem") "blocks 48-51 offline node 1 acpi dax0.0\n",
		HMEM("kmem") "blocks 48-51 offline node 2 kmem dax0.0\n",
		HMEM("device_dax"),
		HMEM(""),
		"device dax0.0 kmem node 1 hmem memmap on blocks 48-51\n" BOOT
		"blocks 48-51 offline node 1 kmem dax0.0\n",
		"device dax0.0 kmem node 1 hmem memmap off blocks 48-52\n" BOOT
		"blocks 48-51 offline node 1 kmem dax0.0\n",
		"device dax0.0 kmem node 2 hmem memmap off blocks 48-51\n" BOOT
		"blocks 48-51 offline node 1 kmem dax0.0\n",
		"auto-online online\n" OFFLINE,
		"memmap-on-memory on\n" OFFLINE,
		"online-policy auto-movable\n" OFFLINE,
		"auto-movable 400 numa-aware\n" OFFLINE,
		"auto-movable 301 numa-blind\n" OFFLINE,
		"movable-node yes\n" OFFLINE,
		"modules kmem\n" OFFLINE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(different); i++)
		check_alike(OFFLINE, ASKED, different[i], ASKED, false);
}

static void test_ids_of_requests(void **state)
{
	static const char *const different[] = {
		"online --zone kernel dax0.0",
		"online --zone auto dax0.0",
		"online dax0.0",
		"online --zone movable --move dax0.0",
		"online --zone movable --size 128M dax0.0",
		"online --zone movable --memmap-on-memory on dax0.0",
		"online --zone movable 48-51",
		"online --zone movable dax0.0 0",
		"offline dax0.0",
		"remove dax0.0",
		"remove --unbound dax0.0",
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(different); i++) {
		check_alike(OFFLINE, ASKED, OFFLINE, different[i], false);
		for (j = 0; j < i; j++)
			check_alike(OFFLINE, different[i], OFFLINE, different[j], false);
	}
}

/* ---- what comes with a plan ---- */

static void test_prediction(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case =
		case_parse("prediction", "auto-online online\n" HMEM("device_dax"));
	_cleanup_(plan_cleanup) struct memhp_plan *plan =
		make(test_case, "online --zone movable dax0.0");

	assert_int_equal(plan->changes.count, 1);
	assert_int_equal(plan->changes.items[0].from_state, MEMHP_STATE_ABSENT);
	assert_int_equal(plan->changes.items[0].to_state, MEMHP_STATE_ONLINE);
	assert_int_equal(plan->changes.items[0].to_zones, ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(plan->block_step_count, 4);
	assert_int_equal(plan->predicted->devices[0].driver, DRIVER_KMEM);
	assert_int_equal(plan->predicted->machine.auto_online, WORD_ONLINE);
	assert_int_equal(plan->budget_before.movable_blocks, 0);
	assert_int_equal(plan->budget_after.movable_blocks, 4);
	assert_int_equal(plan->budget_after.movable_bytes, INT64_C(512) << 20);
	/* What was there before stays as it was. */
	assert_int_equal(plan->before->devices[0].driver, DRIVER_DEVICE_DAX);
	assert_int_equal(plan->before->block_count, 16);
	assert_null(snapshot_node(plan->before, 1));
	assert_non_null(snapshot_node(plan->predicted, 1));
}

/* The leanest moment lies on the way, not at its ends. */
static void test_lowest(void **state)
{
	static const int64_t mib = 1 << 20;
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse(
		"lowest", "device dax0.0 node 1 near 0 hmem memmap off blocks 48-63\n" BOOT
			  "zone 0 Normal managed 2G free 1G\n");
	_cleanup_(plan_cleanup) struct memhp_plan *kernel =
		make(test_case, "online --zone kernel dax0.0");
	_cleanup_(plan_cleanup) struct memhp_plan *movable =
		make(test_case, "online --zone movable dax0.0");

	/* 32 MiB are gone before the first block of it helps */
	assert_int_equal(kernel->budget_before.kernel_available_bytes, 1024 * mib);
	assert_int_equal(kernel->budget_lowest.kernel_available_bytes, 992 * mib);
	assert_int_equal(kernel->budget_lowest.offline_blocks, 16);
	assert_int_equal(kernel->budget_after.kernel_available_bytes, 3040 * mib);
	assert_int_equal(movable->budget_lowest.kernel_available_bytes, 992 * mib);
	assert_int_equal(movable->budget_after.kernel_available_bytes, 992 * mib);
	assert_int_equal(kernel->need_count, 1);
	assert_int_equal(kernel->needs[0].bytes, 32 * mib);
}

/* Between offline and online again, kernel memory is at its least. */
static void test_lowest_when_moving(void **state)
{
	static const int64_t mib = 1 << 20;
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse(
		"moving", "device dax0.0 kmem node 1 near 0 hmem memmap off blocks 48-63\n" BOOT
			  "blocks 48-63 online Movable node 1 kmem dax0.0\n"
			  "zone 0 Normal managed 2G free 1G\nzone 1 Movable free 1920M\n");
	_cleanup_(plan_cleanup) struct memhp_plan *plan =
		make(test_case, "online --zone kernel dax0.0");

	assert_int_equal(plan->budget_lowest.kernel_available_bytes, 896 * mib);
	assert_int_equal(plan->budget_lowest.offline_blocks, 16);
	assert_int_equal(plan->displacement_count, 1);
	assert_int_equal(plan->displacements[0].bytes, 128 * mib);
	assert_int_equal(plan->displacements[0].first, 48);
}

/* A request is copied: the caller's words may go. */
static void test_request_is_copied(void **state)
{
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("copied", ONLINE);
	char target[] = "dax0.0", force[] = "";
	const char *targets[] = { target, NULL };
	struct memhp_request request = { .struct_size = sizeof(request),
					 .operation = MEMHP_OPERATION_OFFLINE,
					 .targets = targets,
					 .force = force };
	static const struct lessons none;
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;

	assert_int_equal(
		plan_new(test_case->snapshot, &test_case->policy, &request, &none, NULL, &plan), 0);
	strcpy(target, "xxxxxx");
	targets[0] = NULL;
	assert_string_equal(plan->request.options.targets[0], "dax0.0");
	assert_string_equal(plan->targets[0].text, "dax0.0");
	assert_null(plan->request.options.targets[1]);
}

/* A bind that a kernel refused without the device's id is planned with it. */
static void test_lesson(void **state)
{
	static const struct lessons lessons = { .bind_needs_id = true };
	_cleanup_(case_cleanup) struct test_case *test_case = case_parse("lesson", HMEM(""));
	const char *targets[] = { "dax0.0", NULL };
	struct memhp_request request = { .struct_size = sizeof(request),
					 .operation = MEMHP_OPERATION_ADD,
					 .targets = targets };
	_cleanup_(plan_cleanup) struct memhp_plan *plan = NULL;
	struct text text;

	assert_int_equal(
		plan_new(test_case->snapshot, &test_case->policy, &request, &lessons, NULL, &plan),
		0);
	show(plan, &text);
	assert_string_equal(text.text, "kmem/new_id=dax0.0 kmem/bind=dax0.0 kmem/remove_id=dax0.0 "
				       "there dax0.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_online_from_device_dax),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_online_from_kmem),
		cmocka_unit_test(test_online_from_nothing),
		cmocka_unit_test(test_not_addable),
		cmocka_unit_test(test_leaked_blocks),
		cmocka_unit_test(test_memmap),
		cmocka_unit_test(test_parked),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_named_twice),
		cmocka_unit_test(test_two_devices_moved),
		cmocka_unit_test(test_two_nodes_moved),
		cmocka_unit_test(test_remove_several),
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_size_online),
		cmocka_unit_test(test_size_counts),
		cmocka_unit_test(test_size_offline),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_empty_set),
		cmocka_unit_test(test_ids_alike),
		cmocka_unit_test(test_ids_of_machines),
		cmocka_unit_test(test_ids_of_requests),
		cmocka_unit_test(test_prediction),
		cmocka_unit_test(test_lowest),
		cmocka_unit_test(test_lowest_when_moving),
		cmocka_unit_test(test_request_is_copied),
		cmocka_unit_test(test_lesson),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
