/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel's machine: its presets, its birth with what it boots with, and its end. What each
 * part of it does is in the other fakekern files.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fakekern-private.h"

/* Debian's kernels, as they were seen to behave. */
const struct fakekern_config fakekern_6_1 = {
	.release = "6.1.0-32-amd64",
	.auto_online = "offline",
	.modules = { "device_dax" },
	.size_takes_lock = true,
	.soft_reserved_in_iomem = true,
	.hmem_in_iomem = true,
	.nid_set_late = true,
};

const struct fakekern_config fakekern_6_12 = {
	.release = "6.12.95+deb13-amd64",
	.auto_online = "online",
	.modules = { "device_dax", "kmem" },
	.kmem_autobind = true,
	.memmap_attribute = true,
	.soft_reserved_in_iomem = true,
	.nid_set_late = true,
	.counts_memmap_pages = true,
	.tracks_poison = true,
	.crash_hotplug = true,
	.promo_watermark = true,
	.node_memory_failure = true,
};

const struct fakekern_config fakekern_7_2 = {
	.release = "7.2.13+deb14-amd64",
	.auto_online = "online",
	.modules = { "device_dax", "kmem" },
	.kmem_autobind = true,
	.memmap_attribute = true,
	.hmem_platform = true,
	.counts_memmap_pages = true,
	.tracks_poison = true,
	.crash_hotplug = true,
	.promo_watermark = true,
	.node_memory_failure = true,
	.node_reclaim = true,
	.gigantic_sysctl = true,
};

static void fill_defaults(struct fakekern_config *config)
{
	if (config->command_line == NULL)
		config->command_line = "console=ttyS0";
	if (config->online_policy == NULL)
		config->online_policy = "contig-zones";
	if (config->memmap_on_memory == NULL)
		config->memmap_on_memory = "N";
	if (config->block_size == 0)
		config->block_size = 128 * MIB;
	if (config->page_size == 0)
		config->page_size = 4096;
	if (config->struct_page_size == 0)
		config->struct_page_size = 64;
	if (config->auto_movable_ratio == 0)
		config->auto_movable_ratio = 301;
}

struct fakekern *fakekern_new(const struct fakekern_config *config)
{
	struct fakekern *kernel = kernel_alloc(sizeof(*kernel));

	kernel->config = *config;
	fill_defaults(&kernel->config);
	kernel->root = kernel_alloc(sizeof(struct entry) + 1);
	kernel->time = SECOND;
	kernel->next_pid = 1000;
	kernel->deadline = IO_NO_DEADLINE;
	kernel->auto_movable_ratio = kernel->config.auto_movable_ratio;
	kernel->numa_aware = !kernel->config.numa_blind;
	snprintf(kernel->online_policy, sizeof(kernel->online_policy), "%s",
		 kernel->config.online_policy);
	for (int from = 0; from < NODES; from++) {
		kernel->nodes[from].id = from;
		for (int to = 0; to < NODES; to++)
			kernel->distances[from][to] = from == to ? 10 : 20;
	}
	event_files(kernel);
	blocks_files(kernel);
	nodes_files(kernel);
	proc_files(kernel);
	dax_files(kernel);
	tree_directory(kernel, "sys/firmware/memmap");
	fakekern_write(kernel, "sys/devices/system/memory/auto_online_blocks", config->auto_online);
	for (size_t i = 0; i < ARRAY_SIZE(config->modules) && config->modules[i] != NULL; i++)
		module_load(kernel, config->modules[i]);
	return kernel;
}

static void free_each(void *array, size_t count)
{
	void **pointers = array;

	for (size_t i = 0; i < count; i++)
		free(pointers[i]);
	free(pointers);
}

void fakekern_free(struct fakekern *kernel)
{
	if (kernel == NULL)
		return;
	if (kernel->open_count > 0) {
		fprintf(stderr, "fakekern: freed with %zu processes open\n", kernel->open_count);
		abort();
	}
	for (size_t i = 0; i < kernel->dax_count; i++)
		free(kernel->daxes[i]->pagemap.pieces);
	for (size_t i = 0; i < kernel->block_count; i++) {
		if (kernel->blocks[i]->addition != NULL) {
			free(kernel->blocks[i]->addition->memmap.pieces);
			kernel->blocks[i]->addition->memmap.pieces = NULL;
		}
	}
	for (size_t i = 0; i < kernel->virtio_count; i++)
		free(kernel->virtios[i]->additions);
	free_each(kernel->daxes, kernel->dax_count);
	free_each(kernel->blocks, kernel->block_count);
	free_each(kernel->dimms, kernel->dimm_count);
	free_each(kernel->virtios, kernel->virtio_count);
	free_each(kernel->memory, kernel->memory_count);
	free_each(kernel->violations, kernel->violation_count);
	tree_remove(kernel->root);
	free(kernel->scratch.data);
	free(kernel->events);
	free(kernel->resources);
	free(kernel->firmware);
	free(kernel->add_failures);
	free(kernel->log);
	free(kernel);
}

void *kernel_keep(struct fakekern *kernel, size_t size)
{
	void *memory = kernel_alloc(size);

	kernel->memory = kernel_grow(kernel->memory, kernel->memory_count, &kernel->memory_capacity,
				     sizeof(void *));
	kernel->memory[kernel->memory_count++] = memory;
	return memory;
}

void violation_add(struct fakekern *kernel, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	kernel->violations = kernel_grow(kernel->violations, kernel->violation_count,
					 &kernel->violation_capacity, sizeof(char *));
	kernel->violations[kernel->violation_count++] = kernel_copy(text);
}

size_t fakekern_violations(const struct fakekern *kernel)
{
	return kernel->violation_count;
}

const char *fakekern_violation(const struct fakekern *kernel, size_t index)
{
	return index < kernel->violation_count ? kernel->violations[index] : "";
}

/* Where a zone of boot memory ends. As on x86. */
static uint64_t zone_end(enum zone zone)
{
	return zone == DMA ? 16 * MIB : zone == DMA32 ? 4 * GIB : UINT64_MAX;
}

/* The part of one block that is in one range and one zone. Its struct pages are never free. */
static void boot_extent(struct fakekern *kernel, int node, enum zone zone, uint64_t start,
			uint64_t end)
{
	uint64_t size = kernel->config.block_size, page = kernel->config.page_size;
	struct block *block = block_find(kernel, (uint32_t)(start / size));
	uint64_t pages = (end - start) / page;

	if (block == NULL) {
		block = block_add(kernel, (uint32_t)(start / size), node);
		block->early = true;
		block->online = true;
		block->busy = true;
		block->holes = true;
	} else if (block->nodes[0] != node && block->node_count == 1) {
		block->nodes[block->node_count++] = node;
	}
	if (block->extent_count == EXTENTS)
		abort();
	block->extents[block->extent_count++] = (struct extent){
		.node = node,
		.zone = zone,
		.start = start / page,
		.pages = pages,
		.present = pages,
		.reserved = pages * kernel->config.struct_page_size / page,
	};
	kernel->memmap_boot_count += (int64_t)(pages * kernel->config.struct_page_size / page);
	uint64_t present = 0;
	for (size_t i = 0; i < block->extent_count; i++)
		present += block->extents[i].present;
	block->holes = present < block_pages(kernel);
	block_link(kernel, block);
	kernel->zones_stale = true;
}

/* RAM that ends off 64 MiB is followed by a buffer that nobody else can have. */
static void ram_buffer(struct fakekern *kernel, uint64_t end)
{
	uint64_t aligned = (end + 64 * MIB - 1) / (64 * MIB) * (64 * MIB);

	if (end > MIB && end < aligned)
		resource_request(kernel, end, aligned - end, true, "RAM buffer", NULL);
}

static void boot_range(struct fakekern *kernel, int node, const struct fakekern_range *range)
{
	uint64_t size = kernel->config.block_size, end = range->start + range->size;
	enum zone zone = DMA;

	resource_request(kernel, range->start, range->size, true, "System RAM", NULL);
	firmware_add(kernel, range->start, range->size, "System RAM");
	ram_buffer(kernel, end);
	for (uint64_t start = range->start; start < end;) {
		while (start >= zone_end(zone))
			zone++;
		uint64_t next = MIN(MIN(end, zone_end(zone)), (start / size + 1) * size);

		boot_extent(kernel, node, zone, start, next);
		start = next;
	}
}

/* What the kernel itself uses lies low; what nobody has pinned lies high. */
static void boot_usage(struct fakekern *kernel, const struct fakekern_node *config)
{
	uint64_t left = config->taken / kernel->config.page_size;
	uint64_t idle = config->idle;

	for (size_t i = 0; i < kernel->block_count; i++) {
		struct block *block = kernel->blocks[i];

		for (size_t j = 0; j < block->extent_count && block->nodes[0] == config->node;
		     j++) {
			struct extent *extent = &block->extents[j];
			uint64_t here = MIN(left, extent->present - extent->reserved);

			extent->taken += here;
			left -= here;
		}
	}
	for (size_t i = kernel->block_count; i-- > 0 && idle >= kernel->config.block_size;) {
		if (kernel->blocks[i]->nodes[0] != config->node)
			continue;
		kernel->blocks[i]->busy = false;
		idle -= kernel->config.block_size;
	}
}

void fakekern_add_node(struct fakekern *kernel, const struct fakekern_node *config)
{
	struct node *node = node_get(kernel, config->node);

	node->cpus = config->cpus;
	node->cma = config->cma / kernel->config.page_size;
	node->file = config->file / kernel->config.page_size;
	if (node->cpus != NULL)
		node_appear(kernel, node);
	for (size_t i = 0; i < FAKEKERN_RANGES && config->memory[i].size > 0; i++)
		boot_range(kernel, config->node, &config->memory[i]);
	boot_usage(kernel, config);
	kernel->zones_stale = true;
}

/* --- what tests do to it and ask of it --- */

void fakekern_trouble(struct fakekern *kernel, uint32_t number, enum fakekern_trouble trouble,
		      int rc, unsigned int times)
{
	struct block *block = block_find(kernel, number);

	if (block == NULL || block->trouble_count == ARRAY_SIZE(block->troubles))
		abort();
	block->troubles[block->trouble_count++] = (struct trouble){ trouble, rc, times, false };
}

void fakekern_clear_trouble(struct fakekern *kernel, uint32_t number)
{
	block_find(kernel, number)->trouble_count = 0;
}

void fakekern_going_offline(struct fakekern *kernel, uint32_t number, bool going)
{
	block_find(kernel, number)->going_offline = going;
}

void fakekern_fail_add(struct fakekern *kernel, uint64_t address, int rc)
{
	kernel->add_failures =
		kernel_grow(kernel->add_failures, kernel->add_failure_count,
			    &kernel->add_failure_capacity, sizeof(struct fakekern_range));
	kernel->add_failures[kernel->add_failure_count++] =
		(struct fakekern_range){ address, (uint64_t)-rc };
}

void fakekern_use(struct fakekern *kernel, uint32_t number, uint64_t pages)
{
	struct block *block = block_find(kernel, number);

	if (block == NULL || block->extent_count == 0)
		abort();
	block->extents[0].used = pages;
	kernel->zones_stale = true;
}

void fakekern_unlink_block(struct fakekern *kernel, uint32_t number)
{
	block_unlink(kernel, block_find(kernel, number));
}

void fakekern_link_block(struct fakekern *kernel, uint32_t number)
{
	block_link(kernel, block_find(kernel, number));
}

void fakekern_unprivileged(struct fakekern *kernel)
{
	kernel->unprivileged = true;
}
