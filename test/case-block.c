/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices and blocks of a case: statements with many words, each a property.
 */
#include "case-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "3" or "3-7". */
static void parse_span(const struct case_line *line, size_t index, uint32_t *first, uint32_t *last)
{
	const char *word = case_word(line, index);
	int len = 0;

	if (sscanf(word, "%u-%u%n", first, last, &len) == 2 && word[len] == '\0' && *first <= *last)
		return;
	if (sscanf(word, "%u%n", first, &len) != 1 || word[len] != '\0')
		case_bad(line, "not a run of blocks");
	*last = *first;
}

/* A name or several with commas between them; "unknown" and "none" too. */
static bool parse_zones_word(const char *word, zone_set *zones)
{
	zone_set set = 0;

	if (strcmp(word, "none") == 0 || strcmp(word, "zone-unknown") == 0) {
		*zones = word[0] == 'n' ? ZONE_SPANS : ZONES_UNKNOWN;
		return true;
	}
	while (*word != '\0') {
		size_t len = strcspn(word, ",");
		enum zone_index zone = zone_from_name(word, len);

		if (zone == ZONE_INDEX_NONE)
			return false;
		set |= ZONE_BIT(zone);
		word += len + (word[len] == ',');
	}
	*zones = set;
	return true;
}

/* ---- devices ---- */

static void add_mapping(struct memhp_device *device, uint64_t start, uint64_t end)
{
	struct mapping mapping = { start, end };

	device->mappings[device->mapping_count++] = mapping;
	device->size += end - start + 1;
}

static void add_mapped_blocks(struct test_case *test_case, const struct case_line *line, size_t at,
			      struct memhp_device *device)
{
	uint64_t size = test_case->snapshot->machine.block_size;
	uint32_t first, last;

	parse_span(line, at, &first, &last);
	add_mapping(device, first * size, (last + UINT64_C(1)) * size - 1);
}

static void add_mapped_range(const struct case_line *line, size_t at, struct memhp_device *device)
{
	uint64_t start, end;

	if (sscanf(case_word(line, at), "0x%lx-0x%lx", &start, &end) != 2)
		case_bad(line, "not a range of addresses");
	add_mapping(device, start, end);
}

/* A word of a device that stands alone. */
static bool take_device_word(struct test_case *test_case, struct memhp_device *device,
			     const char *word)
{
	enum driver driver = driver_from_name(word);

	if (driver != DRIVER_OTHER || strcmp(word, "other") == 0) {
		device->driver = driver;
		device->driver_name = driver == DRIVER_OTHER ? "other" : driver_name(driver);
	} else if (strcmp(word, "hmem") == 0 || strcmp(word, "cxl") == 0 ||
		   strcmp(word, "pmem") == 0) {
		device->provider = case_keep(test_case, word);
	} else if (strcmp(word, "leaked") == 0) {
		device->leaked = true;
	} else if (strcmp(word, "ejectable") == 0) {
		device->ejectable = true;
	} else if (strcmp(word, "mappings-hidden") == 0) {
		device->mappings_errno = EACCES;
	} else {
		return false;
	}
	return true;
}

/* A word with its value, which is the next one. */
static bool take_device_value(struct test_case *test_case, const struct case_line *line, size_t at,
			      struct memhp_device *device)
{
	if (case_word_is(line, at, "node")) {
		device->target_node = (int)case_number(line, at + 1);
	} else if (case_word_is(line, at, "near")) {
		device->numa_node = (int)case_number(line, at + 1);
	} else if (case_word_is(line, at, "memmap")) {
		device->has_memmap_attribute = true;
		device->memmap_on_memory = case_word_is(line, at + 1, "on") ? TRI_YES : TRI_NO;
	} else if (case_word_is(line, at, "align")) {
		device->align = case_number(line, at + 1);
	} else if (case_word_is(line, at, "free")) {
		device->region_dynamic = true;
		device->region_available = case_number(line, at + 1);
	} else if (case_word_is(line, at, "region")) {
		device->region = case_keep(test_case, case_word(line, at + 1));
	} else if (case_word_is(line, at, "blocks")) {
		add_mapped_blocks(test_case, line, at + 1, device);
	} else if (case_word_is(line, at, "range")) {
		add_mapped_range(line, at + 1, device);
	} else {
		return false;
	}
	return true;
}

void case_say_device(struct test_case *test_case, const struct case_line *line)
{
	const char *name = case_word(line, 1);
	struct memhp_device device = { .name = case_keep(test_case, name),
				       .align = UINT64_C(2) << 20,
				       .target_node = NODE_NONE,
				       .numa_node = NODE_NONE,
				       .slot = -1 };
	size_t i;

	device.kind = text_starts_with(name, "PNP")    ? MEMHP_DEVICE_ACPI :
		      text_starts_with(name, "virtio") ? MEMHP_DEVICE_VIRTIO_MEM :
							 MEMHP_DEVICE_DAX;
	device.mappings =
		arena_alloc(test_case->snapshot->arena, CASE_WORDS * sizeof(struct mapping));
	assert_non_null(device.mappings);
	for (i = 2; i < line->count; i++) {
		if (take_device_word(test_case, &device, line->words[i]))
			continue;
		if (!take_device_value(test_case, line, i++, &device))
			case_bad(line, line->words[i - 1]);
	}
	CASE_APPEND(test_case->snapshot->devices, test_case->snapshot->device_count, device);
}

/* ---- blocks ---- */

static uint16_t device_index(const struct test_case *test_case, const char *name)
{
	uint16_t i;

	for (i = 0; i < test_case->snapshot->device_count; i++) {
		if (strcmp(test_case->snapshot->devices[i].name, name) == 0)
			return i;
	}
	return NO_DEVICE;
}

/* "0,1": the nodes of one block. */
static void take_nodes(struct test_case *test_case, const char *word, struct memhp_block *block)
{
	struct memhp_snapshot *snapshot = test_case->snapshot;
	int16_t *nodes = arena_alloc(snapshot->arena, CASE_WORDS * sizeof(*nodes));
	struct node_set set = { .nodes = nodes };

	assert_non_null(nodes);
	for (; *word != '\0'; word += strspn(word, ",")) {
		char *end;

		nodes[set.count++] = (int16_t)strtol(word, &end, 10);
		word = end;
	}
	block->node = nodes[0];
	if (set.count < 2)
		return;
	if (snapshot->node_set_count == 0)
		CASE_APPEND(snapshot->node_sets, snapshot->node_set_count, (struct node_set){ 0 });
	block->nodes = (uint16_t)snapshot->node_set_count;
	CASE_APPEND(snapshot->node_sets, snapshot->node_set_count, set);
}

static const struct {
	const char *word;
	uint8_t flag;
} block_flags[] = {
	{ "memmap-on-memory", BLOCK_MEMMAP_ON_MEMORY },
	{ "memmap-elsewhere", BLOCK_MEMMAP_ELSEWHERE },
	{ "no-node-link", BLOCK_NO_NODE_LINK },
	{ "holes", BLOCK_HOLES },
	{ "shares-pmem", BLOCK_SHARES_PMEM },
};

static bool take_block_flag(struct memhp_block *block, const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(block_flags); i++) {
		if (strcmp(word, block_flags[i].word) == 0) {
			block->flags |= block_flags[i].flag;
			return true;
		}
	}
	return false;
}

static bool take_block_word(const struct test_case *test_case, struct memhp_block *block,
			    const char *word)
{
	uint8_t origin;

	if (take_block_flag(block, word))
		return true;
	for (origin = 0; memhp_origin_to_string(origin) != NULL; origin++) {
		if (strcmp(word, memhp_origin_to_string(origin)) == 0) {
			block->origin = origin;
			return true;
		}
	}
	if (device_index(test_case, word) != NO_DEVICE)
		block->device = device_index(test_case, word);
	else if (strcmp(word, "zones-unreadable") == 0)
		block->zones_errno = EIO;
	else
		return parse_zones_word(word, &block->zones);
	return true;
}

static void set_candidates(const struct case_line *line, size_t at, struct memhp_block *block)
{
	if (!parse_zones_word(case_word(line, at), &block->candidates))
		case_bad(line, "candidates are names of zones");
	block->default_zone =
		(uint8_t)zone_from_name(case_word(line, at), strcspn(case_word(line, at), ","));
}

void case_say_blocks(struct test_case *test_case, const struct case_line *line)
{
	struct memhp_block block = { .device = NO_DEVICE, .node = 0 };
	uint32_t last;
	size_t i;

	parse_span(line, 1, &block.number, &last);
	while (memhp_state_to_string(block.state) != NULL &&
	       strcmp(memhp_state_to_string(block.state), case_word(line, 2)) != 0)
		block.state++;
	if (memhp_state_to_string(block.state) == NULL)
		case_bad(line, "not a state");
	block.default_zone = ZONE_INDEX_NONE;
	if (block.state == MEMHP_STATE_OFFLINE) {
		block.candidates = ZONE_BIT(ZONE_NORMAL) | ZONE_BIT(ZONE_MOVABLE);
		block.default_zone = ZONE_NORMAL;
	}
	for (i = 3; i < line->count; i++) {
		if (case_word_is(line, i, "node"))
			take_nodes(test_case, case_word(line, ++i), &block);
		else if (case_word_is(line, i, "candidates"))
			set_candidates(line, ++i, &block);
		else if (!take_block_word(test_case, &block, line->words[i]))
			case_bad(line, line->words[i]);
	}
	for (;; block.number++) {
		CASE_APPEND(test_case->snapshot->blocks, test_case->snapshot->block_count, block);
		if (block.number == last)
			break;
	}
	test_case->snapshot->block_capacity = test_case->snapshot->block_count;
}
