/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory blocks: which there are, on what nodes, in which state and zone. The hot path: no
 * allocation for a block, about four system calls for one, and at most 24 bytes of memory at any time.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define MEMORY_PATH "sys/devices/system/memory"
#define NODE_PATH "sys/devices/system/node"
#define BLOCK_PREFIX "memory"
/* More different sets of nodes than this no machine has. */
#define NODE_SET_MAX 4096

/* ---- which there are ---- */

struct number_list {
	uint32_t *numbers;
	size_t count;
	size_t capacity;
};

static int add_number(void *data, const char *name, unsigned char type)
{
	struct number_list *list = data;
	uint32_t number;

	if (!parse_numbered(name, BLOCK_PREFIX, &number))
		return 0;
	if (array_reserve(&list->numbers, list->count, &list->capacity, sizeof(*list->numbers)) < 0)
		return -ENOMEM;
	list->numbers[list->count++] = number;
	return 0;
}

/* By digits of 11 bits, from the lowest: linear, and half of what qsort() would take of memory. */
static int sort_numbers(uint32_t *numbers, size_t count)
{
	enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };
	_cleanup_free_ uint32_t *scratch = malloc(count * sizeof(*scratch));
	uint32_t *from = numbers, *to = scratch, *swap;
	unsigned int shift;
	size_t i;

	if (scratch == NULL)
		return -ENOMEM;
	for (shift = 0; shift < 32; shift += DIGIT_BITS) {
		size_t at[DIGITS] = { 0 };
		size_t sum = 0, digit;

		for (i = 0; i < count; i++)
			at[from[i] >> shift & (DIGITS - 1)]++;
		for (digit = 0; digit < DIGITS; digit++) {
			size_t here = at[digit];

			at[digit] = sum;
			sum += here;
		}
		for (i = 0; i < count; i++)
			to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != numbers)
		memcpy(numbers, from, count * sizeof(*numbers));
	return 0;
}

static int make_blocks(struct memhp_snapshot *snapshot, const struct number_list *list)
{
	size_t i;

	snapshot->blocks = malloc(list->count * sizeof(*snapshot->blocks));
	if (snapshot->blocks == NULL)
		return -ENOMEM;
	for (i = 0; i < list->count; i++) {
		snapshot->blocks[i] = (struct memhp_block){
			.number = list->numbers[i],
			.device = NO_DEVICE,
			.node = NODE_NONE,
			.default_zone = ZONE_INDEX_NONE,
		};
	}
	snapshot->block_count = list->count;
	snapshot->block_capacity = list->count;
	return 0;
}

int scan_block_list(struct scan *scan)
{
	struct number_list list = { .numbers = NULL };
	int rc = scan->io->ops->list(scan->io, MEMORY_PATH, add_number, &list);

	if (rc == 0 && list.count > 0) {
		rc = sort_numbers(list.numbers, list.count);
		if (rc == 0)
			rc = make_blocks(scan->snapshot, &list);
	}
	free(list.numbers);
	return rc;
}

/* Blocks mostly stand in one run, so its place is guessed before it is searched for. */
static struct memhp_block *find_block(struct memhp_snapshot *snapshot, uint32_t number)
{
	size_t index;

	if (snapshot->block_count == 0)
		return NULL;
	index = (size_t)number - snapshot->blocks[0].number;
	if (index >= snapshot->block_count || snapshot->blocks[index].number != number)
		index = snapshot_block_index(snapshot, number);
	if (index == snapshot->block_count || snapshot->blocks[index].number != number)
		return NULL;
	return &snapshot->blocks[index];
}

struct again {
	struct memhp_snapshot *snapshot;
	size_t count;
	bool new;
};

static int see_again(void *data, const char *name, unsigned char type)
{
	struct again *again = data;
	uint32_t number;

	if (!parse_numbered(name, BLOCK_PREFIX, &number))
		return 0;
	again->count++;
	again->new |= find_block(again->snapshot, number) == NULL;
	return 0;
}

/* Names are unique: as many as before, and none new, are the same ones. */
int scan_block_list_again(struct scan *scan, bool *ret_same)
{
	struct again again = { .snapshot = scan->snapshot };
	int rc = scan->io->ops->list(scan->io, MEMORY_PATH, see_again, &again);

	if (rc < 0)
		return rc;
	*ret_same = !again.new &&again.count == scan->snapshot->block_count;
	return 0;
}

/* ---- on what nodes ---- */

struct node_walk {
	struct scan *scan;
	int16_t node;
	size_t set_capacity;
	bool too_many;
};

static bool set_is(const struct node_set *set, const int16_t *nodes, size_t count, int16_t last)
{
	return set->count == count + 1 && set->nodes[count] == last &&
	       memcmp(set->nodes, nodes, count * sizeof(*nodes)) == 0;
}

/* The index of the set of NODES and LAST, which is above them all. */
static int find_node_set(struct node_walk *walk, const int16_t *nodes, size_t count, int16_t last,
			 uint16_t *ret_index)
{
	struct memhp_snapshot *snapshot = walk->scan->snapshot;
	int16_t *copy;
	size_t i;

	for (i = 1; i < snapshot->node_set_count; i++) {
		if (set_is(&snapshot->node_sets[i], nodes, count, last)) {
			*ret_index = (uint16_t)i;
			return 0;
		}
	}
	if (snapshot->node_set_count == NODE_SET_MAX)
		return -E2BIG;
	if (array_reserve(&snapshot->node_sets, MAX(snapshot->node_set_count, (size_t)1),
			  &walk->set_capacity, sizeof(*snapshot->node_sets)) < 0)
		return -ENOMEM;
	copy = arena_alloc(snapshot->arena, (count + 1) * sizeof(*copy));
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, nodes, count * sizeof(*copy));
	copy[count] = last;
	if (snapshot->node_set_count == 0)
		snapshot->node_sets[snapshot->node_set_count++] = (struct node_set){ 0 };
	*ret_index = (uint16_t)snapshot->node_set_count;
	snapshot->node_sets[snapshot->node_set_count++] = (struct node_set){ copy, count + 1 };
	return 0;
}

/* One entry of a node's directory. Nodes come ascending, so a block's first one is its lowest. */
static int link_block(void *data, const char *name, unsigned char type)
{
	struct node_walk *walk = data;
	struct memhp_snapshot *snapshot = walk->scan->snapshot;
	struct memhp_block *block;
	const int16_t *nodes;
	size_t count = 1;
	uint32_t number;
	int rc;

	if (!parse_numbered(name, BLOCK_PREFIX, &number))
		return 0;
	block = find_block(snapshot, number);
	if (block == NULL)
		return 0;
	if (block->node == NODE_NONE) {
		block->node = walk->node;
		return 0;
	}
	nodes = &block->node;
	if (block->nodes != 0) {
		nodes = snapshot->node_sets[block->nodes].nodes;
		count = snapshot->node_sets[block->nodes].count;
	}
	rc = find_node_set(walk, nodes, count, walk->node, &block->nodes);
	walk->too_many |= rc == -E2BIG;
	return rc == -E2BIG ? 0 : rc;
}

/* Where there is one node, nothing is linked to it, and all blocks lie on it. */
static void give_blocks_the_node(struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->block_count; i++)
		snapshot->blocks[i].node = (int16_t)snapshot->nodes[0].id;
}

int scan_block_nodes(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct node_walk walk = { .scan = scan };
	bool any = false;
	size_t i;

	if (snapshot->machine.one_node) {
		give_blocks_the_node(snapshot);
		return 0;
	}
	for (i = 0; i < snapshot->node_count; i++) {
		char path[IO_PATH_MAX];
		int rc;

		walk.node = (int16_t)snapshot->nodes[i].id;
		text_format(path, sizeof(path), NODE_PATH "/node%d", walk.node);
		rc = scan->io->ops->list(scan->io, path, link_block, &walk);
		if (rc == -ENOMEM)
			return rc;
		if (rc < 0 && scan_note(scan, path, rc, scan_errno_message(rc)) < 0)
			return -ENOMEM;
	}
	for (i = 0; !any && i < snapshot->block_count; i++)
		any = snapshot->blocks[i].node != NODE_NONE;
	for (i = 0; any && i < snapshot->block_count; i++) {
		if (snapshot->blocks[i].node == NODE_NONE)
			snapshot->blocks[i].flags |= BLOCK_NO_NODE_LINK;
	}
	return walk.too_many ? scan_note(scan, NODE_PATH, -E2BIG, "too many sets of nodes") : 0;
}

/* ---- in which state ---- */

enum block_file {
	FILE_STATE,
	FILE_VALID_ZONES,
};
static const char *const block_files[] = {
	[FILE_STATE] = "state",
	[FILE_VALID_ZONES] = "valid_zones",
};

static uint32_t block_number(const void *data, size_t index)
{
	const struct scan *scan = data;

	return scan->snapshot->blocks[index].number;
}

static uint8_t small_errno(int rc)
{
	return (uint8_t)MIN(-rc, UINT8_MAX);
}

/* Of an online block the first zone is the one it is in; older kernels name those it could go to. */
static void take_zones(struct memhp_block *block, int rc, const char *text, size_t len)
{
	zone_set zones = ZONES_UNKNOWN;
	uint8_t first = ZONE_INDEX_NONE;

	/* A kernel that cannot remove memory has no such file. */
	if (rc < 0 && rc != -ENOENT)
		block->zones_errno = small_errno(rc);
	if (rc == 0)
		parse_zones(text, len, &zones, &first);
	if (rc == 0 && zones == ZONES_UNKNOWN && first == ZONE_INDEX_NONE)
		block->zones_errno = EINVAL;
	if (block->state == MEMHP_STATE_ONLINE) {
		block->zones = first == ZONE_INDEX_NONE ? zones : ZONE_BIT(first);
		return;
	}
	block->candidates = zones;
	block->default_zone = first;
	if (block->state == MEMHP_STATE_GOING_OFFLINE)
		block->zones = ZONES_UNKNOWN;
}

/* The zone of an online block, as far as it is known without asking. */
static zone_set known_zone(const struct scan *scan, const struct memhp_block *block)
{
	uint8_t zone;

	if (scan->reuses)
		return again_zone(scan, block);
	zone = scan->deduces ? deduce_zone(scan->snapshot, block) : ZONE_INDEX_NONE;
	return zone == ZONE_INDEX_NONE ? ZONES_UNKNOWN : ZONE_BIT(zone);
}

/*
 * A block without a node link where others have one is too new: before 7.2 the kernel would look its
 * zones up by node -1 (drivers/base/memory.c:valid_zones_show, 6.12), so they are not asked for.
 */
static bool take_state(const struct scan *scan, struct memhp_block *block, int rc, const char *text,
		       size_t len)
{
	if (rc == 0)
		block->state = (uint8_t)parse_state(text, len);
	if (rc == 0 && block->state == MEMHP_STATE_UNKNOWN)
		rc = -EINVAL;
	if (rc < 0)
		block->state_errno = small_errno(rc);
	if (rc < 0)
		return false;
	if ((block->flags & BLOCK_NO_NODE_LINK) != 0) {
		take_zones(block, -EAGAIN, "", 0);
		return false;
	}
	if (block->state != MEMHP_STATE_ONLINE)
		return true;
	block->zones = known_zone(scan, block);
	return block->zones == ZONES_UNKNOWN;
}

static bool take_block_file(void *data, size_t index, size_t file, int rc, const char *text,
			    size_t len)
{
	const struct scan *scan = data;
	struct memhp_block *block = &scan->snapshot->blocks[index];

	if (file == FILE_STATE)
		return take_state(scan, block, rc, text, len);
	take_zones(block, rc, text, len);
	return false;
}

/* A block that was too new was not asked for its zones: EAGAIN stands for that. */
static const char *block_message(uint8_t error)
{
	return error == EAGAIN ? "not asked for, because the block has no node yet" :
				 scan_errno_message(-(int)error);
}

static uint8_t block_errno(const struct memhp_block *block, enum block_file file)
{
	return file == FILE_STATE ? block->state_errno : block->zones_errno;
}

/* One error for each run of blocks that failed alike. */
static int note_block_errors(struct scan *scan, enum block_file file)
{
	const struct memhp_snapshot *snapshot = scan->snapshot;
	const struct memhp_block *blocks = snapshot->blocks;
	size_t first, next;

	for (first = 0; first < snapshot->block_count; first = next) {
		uint8_t error = block_errno(&blocks[first], file);
		char path[IO_PATH_MAX], last[IO_NAME_MAX] = "";

		next = first + 1;
		while (next < snapshot->block_count && block_errno(&blocks[next], file) == error &&
		       blocks[next].number == blocks[next - 1].number + 1)
			next++;
		if (error == 0)
			continue;
		if (next - first > 1)
			text_format(last, sizeof(last), "-%u", blocks[next - 1].number);
		text_format(path, sizeof(path), MEMORY_PATH "/" BLOCK_PREFIX "%u%s/%s",
			    blocks[first].number, last, block_files[file]);
		if (scan_note(scan, path, -error, block_message(error)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Some wait until all of them are read: what is not known of them follows from all together. */
static void blocks_done(void *data, size_t end)
{
	struct scan *scan = data;

	scan_tell(scan, MIN(end, scan->complete));
}

int scan_block_states(struct scan *scan)
{
	const struct io_sweep sweep = {
		.dir = MEMORY_PATH,
		.prefix = BLOCK_PREFIX,
		.count = scan->snapshot->block_count,
		.number = block_number,
		.files = block_files,
		.file_count = ARRAY_SIZE(block_files),
		.fn = take_block_file,
		.done = scan->watch != NULL ? blocks_done : NULL,
		.data = scan,
	};
	int rc;

	scan->deduces = scan->deduces && deduce_is_possible(scan->snapshot);
	rc = scan->io->ops->sweep(scan->io, &sweep);

	if (rc < 0)
		return rc == -ENOMEM ? rc :
				       scan_note(scan, MEMORY_PATH, rc, scan_errno_message(rc));
	if (note_block_errors(scan, FILE_STATE) < 0 ||
	    note_block_errors(scan, FILE_VALID_ZONES) < 0)
		return -ENOMEM;
	return 0;
}
