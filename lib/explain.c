/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a block, as a verdict on whether it can be taken offline. The order of evidence:
 * what the kernel refuses whatever is in the block, then what its pages are.
 */
#include "explain.h"

#include <string.h>

static const char *const offlineable_words[] = {
	[OFFLINEABLE_NO] = "no",	   [OFFLINEABLE_UNLIKELY] = "unlikely",
	[OFFLINEABLE_LIKELY] = "likely",   [OFFLINEABLE_YES] = "yes",
	[OFFLINEABLE_UNKNOWN] = "unknown", [OFFLINEABLE_NONE] = NULL,
};

static const char *const obstacle_words[OBSTACLE_COUNT] = {
	[OBSTACLE_HOLES] = "holes",
	[OBSTACLE_SEVERAL_ZONES] = "several-zones",
	[OBSTACLE_SEVERAL_NODES] = "several-nodes",
	[OBSTACLE_VIRTIO_MEM] = "virtio_mem",
	[OBSTACLE_ARM64_BOOT] = "arm64-boot-memory",
	[OBSTACLE_RESERVED] = "reserved-pages",
	[OBSTACLE_SLAB] = "slab",
	[OBSTACLE_TABLES] = "page-tables",
	[OBSTACLE_KERNEL] = "kernel-pages",
	[OBSTACLE_GIGANTIC] = "gigantic-pages",
	[OBSTACLE_OFFLINE] = "offline-pages",
	[OBSTACLE_POISONED] = "poisoned-pages",
};

const char *offlineable_word(enum offlineable offlineable)
{
	return offlineable_words[offlineable];
}

const char *obstacle_word(enum obstacle obstacle)
{
	return obstacle_words[obstacle];
}

/* ---- whatever is in it ---- */

static bool has_holes(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return (block->flags & BLOCK_HOLES) != 0;
}

static bool spans_zones(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return (block->zones & ZONE_SPANS) != 0;
}

static bool spans_nodes(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return block->nodes != 0;
}

static bool is_virtio_mem(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_VIRTIO_MEM;
}

static bool is_arm64(const struct memhp_snapshot *snapshot)
{
	return snapshot->machine.arch != NULL && strcmp(snapshot->machine.arch, "aarch64") == 0;
}

/* A notifier refuses (arch/arm64/mm/mmu.c:prevent_bootmem_remove_notifier, 6.1 to 7.2). */
static bool is_arm64_boot(const struct memhp_snapshot *snapshot, const struct memhp_block *block)
{
	return block->origin == MEMHP_ORIGIN_BOOT && is_arm64(snapshot);
}

static const struct fact_row {
	enum obstacle obstacle;
	bool (*holds)(const struct memhp_snapshot *snapshot, const struct memhp_block *block);
} fact_rows[] = {
	{ OBSTACLE_HOLES, has_holes },		 { OBSTACLE_SEVERAL_ZONES, spans_zones },
	{ OBSTACLE_SEVERAL_NODES, spans_nodes }, { OBSTACLE_VIRTIO_MEM, is_virtio_mem },
	{ OBSTACLE_ARM64_BOOT, is_arm64_boot },
};

static void judge_facts(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			struct explanation *explanation)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fact_rows); i++) {
		if (!fact_rows[i].holds(snapshot, block))
			continue;
		explanation->obstacles |= 1U << fact_rows[i].obstacle;
		explanation->offlineable = OFFLINEABLE_NO;
	}
}

/* ---- what its pages are ---- */

/*
 * mm/page_isolation.c:has_unmovable_pages and mm/memory_hotplug.c:scan_movable_pages, 6.1 to 7.2. Who
 * gave pages back to the hypervisor is asked to let go of them; gigantic pages need another one free
 * elsewhere. Poisoned pages are left where they are, and keep the block from coming back.
 */
static const struct page_row {
	enum page_word word;
	enum obstacle obstacle;
	enum offlineable offlineable; /* at best */
} page_rows[] = {
	{ PAGE_RESERVED, OBSTACLE_RESERVED, OFFLINEABLE_NO },
	{ PAGE_SLAB, OBSTACLE_SLAB, OFFLINEABLE_NO },
	{ PAGE_TABLE, OBSTACLE_TABLES, OFFLINEABLE_NO },
	{ PAGE_GIGANTIC, OBSTACLE_GIGANTIC, OFFLINEABLE_UNLIKELY },
	{ PAGE_OFFLINE, OBSTACLE_OFFLINE, OFFLINEABLE_UNLIKELY },
	{ PAGE_POISONED, OBSTACLE_POISONED, OFFLINEABLE_LIKELY },
};

/* Pages in use that can be moved, or may be. */
static const enum page_word movable_words[] = { PAGE_ANONYMOUS, PAGE_FILE, PAGE_HUGE, PAGE_OTHER };

/*
 * Pages that no flag tells anything of are the kernel's, or free and at hand of a processor, which looks
 * the same. In Movable the kernel puts nothing of its own but what it can move.
 */
static bool has_kernel_pages(const struct memhp_block *block, const struct block_pages *pages)
{
	return pages->counts[PAGE_OTHER] > 0 && block->zones != ZONE_BIT(ZONE_MOVABLE);
}

static void lower(struct explanation *explanation, enum obstacle obstacle,
		  enum offlineable offlineable)
{
	explanation->obstacles |= 1U << obstacle;
	explanation->offlineable = MIN(explanation->offlineable, offlineable);
}

static void judge_pages(const struct memhp_snapshot *snapshot, const struct memhp_block *block,
			const struct block_pages *pages, struct explanation *explanation)
{
	size_t i;

	explanation->offlineable = MIN(explanation->offlineable, OFFLINEABLE_YES);
	for (i = 0; i < ARRAY_SIZE(movable_words); i++) {
		if (pages->counts[movable_words[i]] > 0)
			explanation->offlineable =
				MIN(explanation->offlineable, OFFLINEABLE_LIKELY);
	}
	for (i = 0; i < ARRAY_SIZE(page_rows); i++) {
		if (pages->counts[page_rows[i].word] > 0)
			lower(explanation, page_rows[i].obstacle, page_rows[i].offlineable);
	}
	/* Most memory of no known origin has been there from the start. */
	if (block->origin == MEMHP_ORIGIN_UNKNOWN && is_arm64(snapshot))
		lower(explanation, OBSTACLE_ARM64_BOOT, OFFLINEABLE_UNLIKELY);
	if (has_kernel_pages(block, pages))
		lower(explanation, OBSTACLE_KERNEL, OFFLINEABLE_UNLIKELY);
}

struct explanation explain_block(const struct memhp_snapshot *snapshot,
				 const struct memhp_block *block)
{
	struct explanation explanation = { .offlineable = OFFLINEABLE_UNKNOWN };
	const struct block_pages *pages = snapshot_pages_of(snapshot, block->number);

	if (block->state != MEMHP_STATE_ONLINE)
		return (struct explanation){ .offlineable = OFFLINEABLE_NONE };
	judge_facts(snapshot, block, &explanation);
	if (pages != NULL && pages->error == 0)
		judge_pages(snapshot, block, pages, &explanation);
	return explanation;
}
