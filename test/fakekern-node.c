/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's nodes: which exist, what is on them, their files. A node that is hot-added comes
 * with its first block and goes with its last.
 */
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

struct node *node_get(struct fakekern *kernel, int id)
{
	if (id < 0 || id >= NODES)
		abort();
	return &kernel->nodes[id];
}

static uint64_t managed_pages(struct fakekern *kernel, const struct node *node, enum zone first,
			      enum zone last)
{
	uint64_t pages = 0;

	for (enum zone zone = first; zone <= last; zone++)
		pages += zone_get(kernel, node->id, zone)->managed;
	return pages;
}

static int show_meminfo(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct node *node = entry->object;
	uint64_t free = 0, kilobytes = kernel->config.page_size / 1024;
	uint64_t managed = managed_pages(kernel, node, DMA, MOVABLE);

	for (enum zone zone = DMA; zone <= MOVABLE; zone++)
		free += zone_get(kernel, node->id, zone)->free;
	output_add(output, "Node %d MemTotal:       %llu kB\n", node->id,
		   (unsigned long long)(managed * kilobytes));
	output_add(output, "Node %d MemFree:        %llu kB\n", node->id,
		   (unsigned long long)(free * kilobytes));
	output_add(output, "Node %d MemUsed:        %llu kB\n", node->id,
		   (unsigned long long)((managed - free) * kilobytes));
	output_add(output, "Node %d FilePages:      %llu kB\n", node->id,
		   (unsigned long long)(node->file * kilobytes));
	return 0;
}

static int show_distance(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct node *node = entry->object;
	const char *separator = "";

	for (int id = 0; id < NODES; id++) {
		if (!kernel->nodes[id].exists)
			continue;
		output_add(output, "%s%d", separator, kernel->distances[node->id][id]);
		separator = " ";
	}
	output_add(output, "\n");
	return 0;
}

static int show_cpulist(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const struct node *node = entry->object;

	output_add(output, "%s\n", node->cpus != NULL ? node->cpus : "");
	return 0;
}

static int show_refusal(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	output_add(output, "0\n");
	return 0;
}

static int store_nothing(struct fakekern *kernel, const struct entry *entry, const char *word)
{
	return 0;
}

static const struct attribute node_attributes[] = {
	READS("meminfo", show_meminfo),
	READS("distance", show_distance),
	READS("cpulist", show_cpulist),
	WRITES("compact", NULL, store_nothing),
};

void node_appear(struct fakekern *kernel, struct node *node)
{
	static const struct attribute reclaim = WRITES("reclaim", NULL, store_nothing);
	static const struct attribute failure = READS("total", show_refusal);
	char path[96];

	if (node->exists)
		return;
	node->exists = true;
	snprintf(path, sizeof(path), "sys/devices/system/node/node%d", node->id);
	node->directory = tree_directory(kernel, path);
	tree_attributes(node->directory, node_attributes, ARRAY_SIZE(node_attributes), node);
	if (kernel->config.node_reclaim)
		tree_attributes(node->directory, &reclaim, 1, node);
	if (kernel->config.node_memory_failure) {
		struct entry *directory =
			tree_add(node->directory, "memory_failure", ENTRY_DIRECTORY);

		tree_attributes(directory, &failure, 1, node);
	}
	snprintf(path, sizeof(path), "../../../devices/system/node/node%d", node->id);
	tree_link(tree_directory(kernel, "sys/bus/node/devices"), node->directory->name, path);
}

void node_vanish_if_empty(struct fakekern *kernel, struct node *node)
{
	if (!node->exists || node->cpus != NULL || node->device_end > 0)
		return;
	for (size_t i = 0; i < kernel->block_count; i++) {
		const struct block *block = kernel->blocks[i];

		for (size_t j = 0; j < block->node_count; j++) {
			if (block->nodes[j] == node->id)
				return;
		}
	}
	tree_remove(
		tree_child(tree_directory(kernel, "sys/bus/node/devices"), node->directory->name));
	tree_remove(node->directory);
	node->directory = NULL;
	node->exists = false;
}

void fakekern_set_distance(struct fakekern *kernel, int from, int to, int distance)
{
	kernel->distances[from][to] = kernel->distances[to][from] = distance;
}

enum node_list {
	LIST_ONLINE,
	LIST_POSSIBLE,
	LIST_HAS_CPU,
	LIST_HAS_MEMORY,
	LIST_HAS_NORMAL_MEMORY,
};

static bool in_list(struct fakekern *kernel, const struct node *node, enum node_list list)
{
	switch (list) {
	case LIST_POSSIBLE:
		return true;
	case LIST_ONLINE:
		return node->exists;
	case LIST_HAS_CPU:
		return node->exists && node->cpus != NULL;
	case LIST_HAS_MEMORY:
		return node->exists && managed_pages(kernel, node, DMA, MOVABLE) > 0;
	case LIST_HAS_NORMAL_MEMORY:
		return node->exists && managed_pages(kernel, node, DMA, NORMAL) > 0;
	}
	return false;
}

static int show_list(struct fakekern *kernel, const struct entry *entry, struct output *output)
{
	const char *separator = "";

	for (int id = 0; id < NODES; id++) {
		int last = id;

		if (!in_list(kernel, &kernel->nodes[id], (enum node_list)entry->index))
			continue;
		while (last + 1 < NODES &&
		       in_list(kernel, &kernel->nodes[last + 1], (enum node_list)entry->index))
			last++;
		output_add(output, "%s%d", separator, id);
		if (last > id)
			output_add(output, "-%d", last);
		separator = ",";
		id = last;
	}
	output_add(output, "\n");
	return 0;
}

void nodes_files(struct fakekern *kernel)
{
	static const struct attribute rows[] = {
		[LIST_ONLINE] = READS("online", show_list),
		[LIST_POSSIBLE] = READS("possible", show_list),
		[LIST_HAS_CPU] = READS("has_cpu", show_list),
		[LIST_HAS_MEMORY] = READS("has_memory", show_list),
		[LIST_HAS_NORMAL_MEMORY] = READS("has_normal_memory", show_list),
	};
	struct entry *directory = tree_directory(kernel, "sys/devices/system/node");

	tree_attributes(directory, rows, ARRAY_SIZE(rows), NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tree_child(directory, rows[i].name)->index = i;
}
