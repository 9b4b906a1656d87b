/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's memory blocks: their files in sysfs, and what onlining and offlining one does.
 * As in drivers/base/memory.c and mm/memory_hotplug.c; the order of the checks is the kernel's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

#define ONLINE_TIME (16 * MILLISECOND)
#define OFFLINE_TIME (20 * MILLISECOND)
#define SLOW_TIME (60 * SECOND)

uint64_t block_pages(const struct fakekern *kernel)
{
	return kernel->config.block_size / kernel->config.page_size;
}

uint64_t memmap_pages(const struct fakekern *kernel)
{
	return block_pages(kernel) * kernel->config.struct_page_size / kernel->config.page_size;
}

static size_t block_index(const struct fakekern *kernel, uint32_t number)
{
	size_t low = 0, high = kernel->block_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kernel->blocks[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct block *block_find(struct fakekern *kernel, uint32_t number)
{
	size_t index = block_index(kernel, number);

	if (index < kernel->block_count && kernel->blocks[index]->number == number)
		return kernel->blocks[index];
	return NULL;
}

bool block_one_zone(const struct block *block)
{
	for (size_t i = 1; i < block->extent_count; i++) {
		if (block->extents[i].zone != block->extents[0].zone ||
		    block->extents[i].node != block->extents[0].node)
			return false;
	}
	return true;
}

/* Whether a trouble of KIND shows this time; those that show a number of times are used up by it. */
static bool trouble_shows(struct block *block, enum fakekern_trouble kind, int *ret_rc)
{
	for (size_t i = 0; i < block->trouble_count; i++) {
		struct trouble *trouble = &block->troubles[i];

		if (trouble->kind != kind || trouble->over)
			continue;
		if (trouble->times > 0 && --trouble->times == 0)
			trouble->over = true;
		*ret_rc = trouble->rc;
		return true;
	}
	return false;
}

/* In the kernel, until something changes: 0, or why the process is out of it again. */
static int wait_on(struct fakekern *kernel, const char *what, const struct block *block)
{
	if (writer_cancelled(kernel))
		return -ECANCELED;
	if (kernel->time >= kernel->deadline)
		return -ETIMEDOUT;
	if (kernel->deadline == IO_NO_DEADLINE && kernel->event_count == 0) {
		violation_add(kernel, "%s memory%u blocks for ever", what, block->number);
		return -ETIMEDOUT;
	}
	clock_move(kernel, MIN(kernel->deadline, kernel->time + SECOND), writer_cancelled);
	return 0;
}

int block_online(struct fakekern *kernel, struct block *block, enum online_type type)
{
	uint64_t pages = block_pages(kernel);
	int rc = 0;

	kernel->time += ONLINE_TIME;
	while (trouble_shows(block, FAKEKERN_HELD_UP, &rc)) {
		rc = wait_on(kernel, "onlining", block);
		if (rc < 0)
			return rc;
	}
	if (trouble_shows(block, FAKEKERN_REFUSES_ONLINE, &rc))
		return rc;
	if (kernel->config.tracks_poison && trouble_shows(block, FAKEKERN_POISONED, &rc))
		return -EHWPOISON;
	if (trouble_shows(block, FAKEKERN_SLOW_ONLINE, &rc))
		kernel->time += SLOW_TIME;
	block->extents[0] = (struct extent){
		.node = block->nodes[0],
		.zone = zone_choose(kernel, block, type),
		.start = block->number * pages,
		.pages = pages,
		.present = pages,
		.reserved = block->self_hosted ? memmap_pages(kernel) : 0,
	};
	block->extent_count = 1;
	block->online = true;
	kernel_tells(kernel);
	kernel->zones_stale = true;
	return 0;
}

static bool holds_unmovable(const struct block *block)
{
	if (block->busy)
		return true;
	for (size_t i = 0; i < block->extent_count; i++) {
		if (block->extents[i].taken > 0)
			return true;
	}
	return false;
}

/* Movable pages of BLOCK go wherever there is room. -EAGAIN: there is too little. */
static int migrate(struct fakekern *kernel, struct block *block)
{
	uint64_t room = 0, left = 0;

	for (size_t i = 0; i < block->extent_count; i++)
		left += block->extents[i].used;
	for (int id = 0; id < NODES && left > 0; id++) {
		for (enum zone zone = DMA; zone <= MOVABLE; zone++)
			room += zone_get(kernel, id, zone)->free;
	}
	for (size_t i = 0; i < block->extent_count && left > 0; i++) {
		const struct extent *extent = &block->extents[i];

		room -= extent->present - extent->reserved - extent->taken - extent->used;
	}
	if (room < left)
		return -EAGAIN;
	for (size_t i = 0; i < kernel->block_count && left > 0; i++) {
		struct block *other = kernel->blocks[i];

		for (size_t j = 0; j < other->extent_count && other != block && left > 0; j++) {
			struct extent *to = &other->extents[j];
			uint64_t here =
				MIN(left, to->present - to->reserved - to->taken - to->used);

			to->used += here;
			left -= here;
		}
	}
	return 0;
}

/* The loop that goes on until all pages are gone, or until its process is told to die. */
static int empty_block(struct fakekern *kernel, struct block *block)
{
	int rc;

	for (;;) {
		if (!trouble_shows(block, FAKEKERN_STUCK, &rc) && migrate(kernel, block) == 0)
			return 0;
		rc = wait_on(kernel, "offlining", block);
		if (rc < 0)
			return rc;
	}
}

static int offline_refusal(struct block *block)
{
	int rc;

	if (!block_one_zone(block))
		return -EINVAL;
	if (block->holes || trouble_shows(block, FAKEKERN_HOLES, &rc))
		return -EINVAL;
	if (holds_unmovable(block) || trouble_shows(block, FAKEKERN_UNMOVABLE, &rc))
		return -EBUSY;
	if (trouble_shows(block, FAKEKERN_REFUSES_OFFLINE, &rc))
		return rc;
	return 0;
}

int block_offline(struct fakekern *kernel, struct block *block)
{
	kernel->time += OFFLINE_TIME;
	int rc = offline_refusal(block);

	if (rc < 0)
		return rc;
	block->going_offline = true;
	rc = empty_block(kernel, block);
	block->going_offline = false;
	if (rc < 0)
		return rc;
	block->extent_count = 0;
	block->online = false;
	kernel_tells(kernel);
	kernel->zones_stale = true;
	return 0;
}

static int show_state(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct block *block = entry->object;

	output_add(output, "%s\n",
		   block->going_offline ? "going-offline" :
		   block->online	? "online" :
					  "offline");
	return 0;
}

static int store_state(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct block *block = entry->object;

	for (enum online_type type = ONLINE_OFFLINE; type < ONLINE_TYPES; type++) {
		if (!word_is(word, online_words[type]))
			continue;
		if (block->online == (type != ONLINE_OFFLINE))
			return -EINVAL;
		return type == ONLINE_OFFLINE ? block_offline(kernel, block) :
						block_online(kernel, block, type);
	}
	return -EINVAL;
}

static int show_online(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct block *block = entry->object;

	if (block->going_offline)
		violation_add(kernel, "read memory%u/online while it goes offline: hangs",
			      block->number);
	output_add(output, "%d\n", block->online);
	return 0;
}

static int store_online(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	struct block *block = entry->object;
	bool on = strchr("1yY", word[0]) != NULL || strncmp(word, "on", 2) == 0;
	bool off = strchr("0nN", word[0]) != NULL || strncmp(word, "of", 2) == 0;

	if (word[0] == '\0' || (!on && !off))
		return -EINVAL;
	if (block->online == on)
		return 0;
	return on ? block_online(kernel, block, ONLINE_AUTO) : block_offline(kernel, block);
}

static int show_phys_index(struct fakekern *kernel, const struct entry *entry,
			   struct output *output)
{
	const struct block *block = entry->object;

	output_add(output, "%08x\n", block->number);
	return 0;
}

static int show_one(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "1\n");
	return 0;
}

static int show_zero(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "0\n");
	return 0;
}

static int show_valid_zones(struct fakekern *kernel, const struct entry *entry,
			    struct output *output)
{
	const struct block *block = entry->object;

	if (!block->linked && kernel->config.nid_set_late) {
		violation_add(kernel, "read memory%u/valid_zones before its node is known",
			      block->number);
		return -EIO;
	}
	if (block->online) {
		output_add(output, "%s\n",
			   block_one_zone(block) ? zone_names[block->extents[0].zone] : "none");
		return 0;
	}
	enum zone first = zone_choose(kernel, block, ONLINE_AUTO);
	enum zone kernel_side = zone_choose(kernel, block, ONLINE_KERNEL);
	output_add(output, "%s", zone_names[first]);
	if (kernel_side != first)
		output_add(output, " %s", zone_names[kernel_side]);
	if (first != MOVABLE)
		output_add(output, " %s", zone_names[MOVABLE]);
	output_add(output, "\n");
	return 0;
}

static const struct attribute block_attributes[] = {
	WRITES("state", show_state, store_state),
	WRITES("online", show_online, store_online),
	READS("phys_index", show_phys_index),
	READS("phys_device", show_zero),
	READS("removable", show_one),
	READS("valid_zones", show_valid_zones),
};

struct block *block_add(struct fakekern *kernel, uint32_t number, int node)
{
	char path[96];
	size_t index = block_index(kernel, number);
	struct block *block = kernel_alloc(sizeof(*block));

	block->number = number;
	block->nodes[0] = node;
	block->node_count = 1;
	kernel->blocks = kernel_grow(kernel->blocks, kernel->block_count, &kernel->block_capacity,
				     sizeof(struct block *));
	memmove(kernel->blocks + index + 1, kernel->blocks + index,
		(kernel->block_count - index) * sizeof(struct block *));
	kernel->blocks[index] = block;
	kernel->block_count++;
	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u", number);
	block->directory = tree_directory(kernel, path);
	tree_attributes(block->directory, block_attributes, ARRAY_SIZE(block_attributes), block);
	tree_link(block->directory, "subsystem", "../../../../bus/memory");
	snprintf(path, sizeof(path), "../../../devices/system/memory/memory%u", number);
	tree_link(tree_directory(kernel, "sys/bus/memory/devices"), block->directory->name, path);
	kernel_tells(kernel);
	return block;
}

void block_link(struct fakekern *kernel, struct block *block)
{
	for (size_t i = 0; i < block->node_count; i++) {
		struct node *node = node_get(kernel, block->nodes[i]);
		char name[32], path[96];

		node_appear(kernel, node);
		snprintf(name, sizeof(name), "node%d", node->id);
		snprintf(path, sizeof(path), "../../node/%s", name);
		tree_link(block->directory, name, path);
		snprintf(path, sizeof(path), "../../memory/%s", block->directory->name);
		tree_link(node->directory, block->directory->name, path);
	}
	block->linked = true;
}

void block_unlink(struct fakekern *kernel, struct block *block)
{
	for (size_t i = 0; i < block->node_count && block->linked; i++) {
		struct node *node = node_get(kernel, block->nodes[i]);

		tree_remove(tree_child(block->directory, node->directory->name));
		tree_remove(tree_child(node->directory, block->directory->name));
	}
	block->linked = false;
}

void block_remove(struct fakekern *kernel, struct block *block)
{
	size_t index = block_index(kernel, block->number);

	block_unlink(kernel, block);
	tree_remove(tree_child(tree_directory(kernel, "sys/bus/memory/devices"),
			       block->directory->name));
	tree_remove(block->directory);
	kernel->block_count--;
	memmove(kernel->blocks + index, kernel->blocks + index + 1,
		(kernel->block_count - index) * sizeof(struct block *));
	free(block);
	kernel->zones_stale = true;
	kernel_tells(kernel);
}

static int show_block_size(struct fakekern *kernel, const struct entry *entry,
			   struct output *output)
{
	output_add(output, "%lx\n", (unsigned long)kernel->config.block_size);
	return 0;
}

static int show_auto_online(struct fakekern *kernel, const struct entry *entry,
			    struct output *output)
{
	output_add(output, "%s\n", online_words[kernel->auto_online]);
	return 0;
}

static int store_auto_online(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	for (enum online_type type = ONLINE_OFFLINE; type < ONLINE_TYPES; type++) {
		if (word_is(word, online_words[type])) {
			kernel->auto_online = type;
			return 0;
		}
	}
	return -EINVAL;
}

void blocks_files(struct fakekern *kernel)
{
	static const struct attribute rows[] = {
		READS("block_size_bytes", show_block_size),
		WRITES("auto_online_blocks", show_auto_online, store_auto_online),
	};
	static const struct attribute crash = READS("crash_hotplug", show_zero);
	struct entry *directory = tree_directory(kernel, "sys/devices/system/memory");

	tree_attributes(directory, rows, ARRAY_SIZE(rows), NULL);
	if (kernel->config.crash_hotplug)
		tree_attributes(directory, &crash, 1, NULL);
}
