/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's add_memory() and remove_memory(): ranges become memory blocks, their struct
 * pages are paid for, auto-online is obeyed. As in mm/memory_hotplug.c.
 */
#include <errno.h>
#include <string.h>

#include "fakekern-private.h"

#define ADD_TIME MILLISECOND

/* mhp_supports_memmap_on_memory() and the parameter. */
bool memmap_on_memory_works(const struct fakekern *kernel)
{
	const struct fakekern_config *config = &kernel->config;
	uint64_t bytes = block_pages(kernel) * config->struct_page_size;
	bool force = strcmp(config->memmap_on_memory, "force") == 0;

	if (!config->memmap_attribute || strcmp(config->memmap_on_memory, "N") == 0)
		return false;
	if (bytes % config->page_size != 0 || bytes % PMD_BYTES != 0 || bytes >= config->block_size)
		return false;
	return force || bytes % PAGEBLOCK_BYTES == 0;
}

static uint32_t first_block(const struct fakekern *kernel, const struct addition *addition)
{
	return (uint32_t)(addition->start / kernel->config.block_size);
}

static uint32_t block_total(const struct fakekern *kernel, const struct addition *addition)
{
	return (uint32_t)(addition->size / kernel->config.block_size);
}

/* The walk stops at the first block that fails, and nobody is told. */
static void auto_online(struct fakekern *kernel, const struct addition *addition)
{
	uint32_t first = first_block(kernel, addition);

	if (kernel->auto_online == ONLINE_OFFLINE)
		return;
	for (uint32_t i = 0; i < block_total(kernel, addition); i++) {
		struct block *block = block_find(kernel, first + i);

		if (block_online(kernel, block, kernel->auto_online) < 0)
			return;
	}
}

static int configured_failure(const struct fakekern *kernel, uint64_t start)
{
	for (size_t i = 0; i < kernel->add_failure_count; i++) {
		if (kernel->add_failures[i].start == start)
			return -(int)kernel->add_failures[i].size;
	}
	return 0;
}

static void create_blocks(struct fakekern *kernel, struct addition *addition)
{
	uint32_t first = first_block(kernel, addition), count = block_total(kernel, addition);

	for (uint32_t i = 0; i < count; i++) {
		struct block *block = block_add(kernel, first + i, addition->node);

		block->addition = addition;
		block->group = addition->group;
		block->self_hosted = addition->self_hosted;
	}
	for (uint32_t i = 0; i < count; i++)
		block_link(kernel, block_find(kernel, first + i));
}

int memory_add(struct fakekern *kernel, struct addition *addition)
{
	uint64_t size = kernel->config.block_size;
	uint64_t pages = block_total(kernel, addition) * memmap_pages(kernel);
	int rc = configured_failure(kernel, addition->start);

	kernel->time += ADD_TIME;
	if (rc < 0)
		return rc;
	if (addition->size == 0 || addition->start % size != 0 || addition->size % size != 0)
		return -EINVAL;
	for (uint32_t i = 0; i < block_total(kernel, addition); i++) {
		if (block_find(kernel, first_block(kernel, addition) + i) != NULL)
			return -EEXIST;
	}
	if (!addition->self_hosted)
		rc = pages_take(kernel, addition->node, pages, &addition->memmap);
	if (rc < 0)
		return rc;
	resource_request(kernel, addition->start, addition->size, true, addition->resource, NULL);
	kernel->memmap_count += (int64_t)pages;
	create_blocks(kernel, addition);
	if (addition->firmware)
		firmware_add(kernel, addition->start, addition->size, "System RAM");
	auto_online(kernel, addition);
	return 0;
}

/* All or nothing: -EBUSY while a block is online. */
int memory_remove(struct fakekern *kernel, struct addition *addition)
{
	uint32_t first = first_block(kernel, addition), count = block_total(kernel, addition);

	for (uint32_t i = 0; i < count; i++) {
		if (block_find(kernel, first + i)->online)
			return -EBUSY;
	}
	for (uint32_t i = 0; i < count; i++)
		block_remove(kernel, block_find(kernel, first + i));
	pages_give(kernel, &addition->memmap);
	kernel->memmap_count -= (int64_t)(count * memmap_pages(kernel));
	resource_release(kernel, addition->start, addition->size, addition->resource);
	if (addition->firmware)
		firmware_remove(kernel, addition->start, addition->size);
	node_vanish_if_empty(kernel, node_get(kernel, addition->node));
	return 0;
}
