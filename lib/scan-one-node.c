/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The node of a machine that shows none: without CONFIG_NUMA a kernel has no directory of nodes. It has one
 * all the same, with all memory and processors, and says so in its zones: they are of all nodes that are
 * online (mm/vmstat.c:frag_start, 6.12), so where all are of node 0 there is no other. Concludes nothing
 * where zones cannot be read.
 */
#include <errno.h>

#include "scan-walk.h"

#define THE_NODE 0

#define MEMBER(member) offsetof(struct memhp_node, member)

/* What other machines say of each node, this one says once. */
static const struct attribute rows[] = {
	{ "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", take_signed,
	  MEMBER(gigantic_pages) },
};

static bool has_one_node(const struct memhp_snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (snapshot->zones[i].node != THE_NODE)
			return false;
	}
	/* One that shows nodes of unheard-of numbers shows nodes. */
	return snapshot->nodes == NULL && snapshot->zone_count > 0;
}

/* A node's meminfo adds up its zones (mm/show_mem.c:si_meminfo_node, 6.12). */
static void add_up_zones(struct memhp_snapshot *snapshot, struct memhp_node *node)
{
	uint64_t managed = 0, free = 0, page_size = snapshot->machine.page_size;
	size_t i;

	for (i = 0; i < snapshot->zone_count; i++) {
		if (__builtin_add_overflow(managed, snapshot->zones[i].managed, &managed) ||
		    __builtin_add_overflow(free, snapshot->zones[i].free, &free))
			return;
	}
	if (page_size == 0 || __builtin_mul_overflow(managed, page_size, &managed) ||
	    __builtin_mul_overflow(free, page_size, &free))
		return;
	node->total_bytes = managed;
	node->free_bytes = free;
}

int scan_one_node(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;

	if (!has_one_node(snapshot))
		return 0;
	snapshot->nodes = calloc(1, sizeof(*snapshot->nodes));
	if (snapshot->nodes == NULL)
		return -ENOMEM;
	snapshot->nodes[0] = node_unknown(THE_NODE);
	snapshot->nodes[0].has_cpu = TRI_YES;
	snapshot->node_count = 1;
	snapshot->machine.one_node = true;
	return (scan->parts & SCAN_NODES) == 0 ?
		       0 :
		       scan_attributes(scan, "", rows, ARRAY_SIZE(rows), &snapshot->nodes[0]);
}

void scan_one_node_size(struct scan *scan)
{
	if (scan->snapshot->machine.one_node)
		add_up_zones(scan->snapshot, &scan->snapshot->nodes[0]);
}
