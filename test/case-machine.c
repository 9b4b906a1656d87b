/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine of a case: a function for each statement, a table of them, and what follows from the
 * blocks without being said. Devices and blocks stand in case-block.c.
 */
#include "case-private.h"

#include <string.h>

/* ---- the machine as a whole ---- */

static void say_block(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.block_size = case_number(line, 1);
}

static void say_page(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.page_size = case_number(line, 1);
}

static void say_struct_page(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.struct_page_size = case_number(line, 1);
}

static void say_auto_online(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.auto_online = online_word_from_name(case_word(line, 1));
}

static void say_memmap_on_memory(struct test_case *test_case, const struct case_line *line)
{
	static const enum memmap_mode modes[] = { MEMMAP_MODE_UNKNOWN, MEMMAP_MODE_OFF,
						  MEMMAP_MODE_ON, MEMMAP_MODE_FORCE };
	size_t i;

	for (i = 1; i < ARRAY_SIZE(modes); i++) {
		if (case_word_is(line, 1, memmap_mode_name(modes[i])))
			break;
	}
	if (i == ARRAY_SIZE(modes) && !case_word_is(line, 1, "unknown"))
		case_bad(line, "none of off on force unknown");
	test_case->snapshot->machine.memmap_on_memory = modes[i % ARRAY_SIZE(modes)];
}

static void say_online_policy(struct test_case *test_case, const struct case_line *line)
{
	const char *word = case_word(line, 1);

	test_case->snapshot->machine.online_policy =
		strcmp(word, "unknown") == 0 ? NULL : case_keep(test_case, word);
}

static enum tristate tristate_of(const struct case_line *line)
{
	if (case_word_is(line, 1, "unknown"))
		return TRI_UNKNOWN;
	return yes_or_no(line, 1) ? TRI_YES : TRI_NO;
}

static void say_movable_node(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.movable_node = tristate_of(line);
}

static void say_movable_gigantic(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.movable_gigantic = tristate_of(line);
}

static void say_crash_loaded(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.crash_loaded = tristate_of(line);
}

static void say_crash_hotplug(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.crash_hotplug = tristate_of(line);
}

static void say_auto_movable(struct test_case *test_case, const struct case_line *line)
{
	struct machine *machine = &test_case->snapshot->machine;

	machine->auto_movable_ratio = (int64_t)case_number(line, 1);
	machine->auto_movable_numa_aware = case_word_is(line, 2, "numa-blind") ? TRI_NO : TRI_YES;
}

static void say_memmap_pages(struct test_case *test_case, const struct case_line *line)
{
	test_case->snapshot->machine.memmap_pages = (int64_t)case_number(line, 1);
}

static void say_iomem(struct test_case *test_case, const struct case_line *line)
{
	if (!case_word_is(line, 1, "hidden"))
		case_bad(line, "not hidden");
	test_case->snapshot->machine.iomem_known = false;
}

static void say_modules(struct test_case *test_case, const struct case_line *line)
{
	struct machine *machine = &test_case->snapshot->machine;
	size_t i;

	machine->has_kmem = machine->has_device_dax = false;
	for (i = 1; i < line->count; i++) {
		machine->has_kmem |= case_word_is(line, i, "kmem");
		machine->has_device_dax |= case_word_is(line, i, "device_dax");
	}
}

static void say_node(struct test_case *test_case, const struct case_line *line)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	struct memhp_node node = { .id = (int)case_number(line, 1),
				   .has_cpu = TRI_NO,
				   .tier = -1,
				   .gigantic_pages = -1,
				   .poisoned_pages = -1 };
	size_t i = 2;

	if (case_word_is(line, i, "cpu")) {
		node.has_cpu = TRI_YES;
		i++;
	}
	if (case_word_is(line, i, "gigantic")) {
		node.gigantic_pages = (int64_t)case_number(line, i + 1);
		i += 2;
	}
	if (case_word_is(line, i, "poisoned")) {
		node.poisoned_pages = (int64_t)case_number(line, i + 1);
		i += 2;
	}
	if (case_word_is(line, i, "distance")) {
		int *distances = arena_alloc(snapshot->arena, CASE_WORDS * sizeof(*distances));
		size_t first = ++i;

		assert_non_null(distances);
		for (; i < line->count; i++)
			distances[i - first] = (int)case_number(line, i);
		node.distances = distances;
	}
	if (i != line->count)
		case_bad(line, "a word is not known");
	CASE_APPEND(snapshot->nodes, snapshot->node_count, node);
}

/* ---- zones ---- */

static struct memhp_zone *zone_get(struct memhp_snapshot *snapshot, int node, enum zone_index index)
{
	struct memhp_zone *zone = snapshot_zone(snapshot, node, index);
	size_t i = 0, count = snapshot->zone_count;

	if (zone != NULL)
		return zone;
	CASE_APPEND(snapshot->zones, snapshot->zone_count, (struct memhp_zone){ 0 });
	while (i < count && (snapshot->zones[i].node < node ||
			     (snapshot->zones[i].node == node && snapshot->zones[i].zone < index)))
		i++;
	memmove(&snapshot->zones[i + 1], &snapshot->zones[i],
		(count - i) * sizeof(*snapshot->zones));
	snapshot->zones[i] = (struct memhp_zone){ .node = node, .zone = (uint8_t)index };
	return &snapshot->zones[i];
}

/* An online block is all free, but for what holds its own memmap. */
static void count_block(struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	uint64_t pages = snapshot_block_pages(snapshot), start = block->number * pages,
		 usable = pages;
	struct memhp_zone *zone;
	enum zone_index index = 0;

	while (index < ZONE_COUNT && block->zones != ZONE_BIT(index))
		index++;
	if (block->state != MEMHP_STATE_ONLINE || index == ZONE_COUNT)
		return;
	if (block->flags & BLOCK_MEMMAP_ON_MEMORY)
		usable -= snapshot_memmap_pages(snapshot);
	zone = zone_get(snapshot, block->node, index);
	if (zone->spanned == 0)
		zone->start_pfn = start;
	zone->spanned = start + pages - zone->start_pfn;
	zone->present += pages;
	zone->managed += usable;
	zone->free += usable;
}

static void add_node(struct memhp_snapshot *snapshot, int id)
{
	struct memhp_node node = { .id = id,
				   .has_cpu = id == 0 ? TRI_YES : TRI_NO,
				   .tier = -1,
				   .gigantic_pages = -1,
				   .poisoned_pages = -1 };
	size_t i = snapshot->node_count;

	if (id == NODE_NONE || snapshot_node(snapshot, id) != NULL)
		return;
	CASE_APPEND(snapshot->nodes, snapshot->node_count, node);
	for (; i > 0 && snapshot->nodes[i - 1].id > id; i--) {
		snapshot->nodes[i] = snapshot->nodes[i - 1];
		snapshot->nodes[i - 1] = node;
	}
}

static int compare_blocks(const void *a, const void *b)
{
	const struct memhp_block *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static void sort_blocks(struct test_case *test_case)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	size_t i;

	if (snapshot->block_count > 0)
		qsort(snapshot->blocks, snapshot->block_count, sizeof(*snapshot->blocks),
		      compare_blocks);
	for (i = 1; i < snapshot->block_count; i++) {
		if (snapshot->blocks[i - 1].number == snapshot->blocks[i].number)
			fail_msg("%s: memory%u is there twice", test_case->file,
				 snapshot->blocks[i].number);
	}
}

void case_derive(struct test_case *test_case)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	size_t i;

	if (test_case->derived)
		return;
	test_case->derived = true;
	sort_blocks(test_case);
	for (i = 0; i < snapshot->block_count; i++) {
		add_node(snapshot, snapshot->blocks[i].node);
		count_block(snapshot, &snapshot->blocks[i]);
	}
	for (i = 0; i < snapshot->node_count; i++) {
		zone_get(snapshot, snapshot->nodes[i].id, ZONE_NORMAL);
		zone_get(snapshot, snapshot->nodes[i].id, ZONE_MOVABLE);
	}
}

/* Of what a line does not say, all that is present is managed, and all that is managed is free. */
static void set_zone(const struct case_line *line, size_t at, uint64_t pages,
		     struct memhp_zone *zone)
{
	if (case_word_is(line, at, "start"))
		zone->start_pfn = pages;
	else if (case_word_is(line, at, "spanned"))
		zone->spanned = pages;
	else if (case_word_is(line, at, "present"))
		zone->spanned = zone->present = zone->managed = zone->free = pages;
	else if (case_word_is(line, at, "managed"))
		zone->managed = zone->free = pages;
	else if (case_word_is(line, at, "free"))
		zone->free = pages;
	else if (case_word_is(line, at, "at-hand"))
		zone->at_hand = pages;
	else if (case_word_is(line, at, "high"))
		zone->high = pages;
	else if (case_word_is(line, at, "cma"))
		zone->cma = pages;
	else if (case_word_is(line, at, "file"))
		zone->file = pages;
	else if (case_word_is(line, at, "programs"))
		zone->programs = pages;
	else
		case_bad(line, line->words[at]);
}

static void say_zone(struct test_case *test_case, const struct case_line *line)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	const char *name = case_word(line, 2);
	enum zone_index index = zone_from_name(name, strlen(name));
	struct memhp_zone *zone;
	size_t i;

	case_derive(test_case);
	if (index == ZONE_INDEX_NONE)
		case_bad(line, "not the name of a zone");
	add_node(snapshot, (int)case_number(line, 1));
	zone = zone_get(snapshot, (int)case_number(line, 1), index);
	for (i = 3; i < line->count; i += 2)
		set_zone(line, i, case_number(line, i + 1) / snapshot->machine.page_size, zone);
}

static void say_zones(struct test_case *test_case, const struct case_line *line)
{
	if (!case_word_is(line, 1, "unknown"))
		case_bad(line, "not unknown");
	case_derive(test_case);
	free(test_case->snapshot->zones);
	test_case->snapshot->zones = NULL;
	test_case->snapshot->zone_count = 0;
}

/* ---- the table ---- */

static const struct {
	const char *word;
	void (*say)(struct test_case *test_case, const struct case_line *line);
} statements[] = {
	{ "auto-movable", say_auto_movable },
	{ "auto-online", say_auto_online },
	{ "block", say_block },
	{ "blocks", case_say_blocks },
	{ "command-line", case_say_command_line },
	{ "config", case_say_config },
	{ "crash-hotplug", say_crash_hotplug },
	{ "crash-loaded", say_crash_loaded },
	{ "device", case_say_device },
	{ "firmware", case_say_firmware },
	{ "iomem", say_iomem },
	{ "memmap-on-memory", say_memmap_on_memory },
	{ "memmap-pages", say_memmap_pages },
	{ "modules", say_modules },
	{ "movable-gigantic", say_movable_gigantic },
	{ "movable-node", say_movable_node },
	{ "node", say_node },
	{ "online-policy", say_online_policy },
	{ "page", say_page },
	{ "policy", case_say_policy },
	{ "struct-page", say_struct_page },
	{ "udev", case_say_udev },
	{ "zone", say_zone },
	{ "zones", say_zones },
};

bool case_machine(struct test_case *test_case, const struct case_line *line)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		if (strcmp(line->words[0], statements[i].word) == 0) {
			statements[i].say(test_case, line);
			return true;
		}
	}
	return false;
}
