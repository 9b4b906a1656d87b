/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes and zones: sizes, distances, tiers, latency and bandwidth. Which blocks lie on a node is
 * scan-block.c's.
 */
#include <errno.h>
#include <string.h>

#include "scan-walk.h"

#define NODE_PATH "sys/devices/system/node"
#define HAS_CPU_PATH NODE_PATH "/has_cpu"
#define TIER_PATH "sys/devices/virtual/memory_tiering"
#define ZONEINFO_PATH "proc/zoneinfo"

static int take_meminfo(struct scan *scan, struct piece text, void *member)
{
	struct memhp_node *node = member;
	int rc = parse_meminfo(text.text, text.len, "MemTotal:", &node->total_bytes);

	if (rc < 0)
		return rc;
	return parse_meminfo(text.text, text.len, "MemFree:", &node->free_bytes);
}

/* One number for each node, in the order of the nodes. */
static int take_distances(struct scan *scan, struct piece text, void *member)
{
	struct cursor cursor = cursor_of(text.text, text.len);
	size_t count = scan->snapshot->node_count, i = 0;
	int *distances = arena_alloc(scan->snapshot->arena, count * sizeof(*distances));
	struct piece word;
	uint64_t value;

	if (distances == NULL)
		return -ENOMEM;
	for (; parse_word(&cursor, &word); i++) {
		if (i == count || parse_uint(word.text, word.len, 10, &value) < 0 ||
		    value > INT32_MAX)
			return -EINVAL;
		distances[i] = (int)value;
	}
	if (i != count)
		return -EINVAL;
	*(const int **)member = distances;
	return 0;
}

#define MEMBER(member) offsetof(struct memhp_node, member)

static const struct attribute size_row = { "meminfo", take_meminfo, 0 };
static const struct attribute node_rows[] = {
	{ "distance", take_distances, MEMBER(distances) },
	{ "hugepages/hugepages-1048576kB/nr_hugepages", take_signed, MEMBER(gigantic_pages) },
	{ "memory_failure/total", take_signed, MEMBER(poisoned_pages) },
};

/* There is a file for each as soon as the firmware tells of one; what it leaves out is 0 (drivers/base/node.c, 6.12). */
static int take_told(struct scan *scan, struct piece text, void *member)
{
	int64_t value = 0;
	int rc = take_signed(scan, text, &value);

	if (rc == 0 && value != 0)
		*(int64_t *)member = value;
	return rc;
}

/* access1: from the nearest node with processors. access0: from the nearest initiator of any kind. */
static const struct attribute access_rows[][4] = {
	{
		{ "access1/initiators/read_latency", take_told, MEMBER(read_latency_ns) },
		{ "access1/initiators/write_latency", take_told, MEMBER(write_latency_ns) },
		{ "access1/initiators/read_bandwidth", take_told, MEMBER(read_bandwidth_mbs) },
		{ "access1/initiators/write_bandwidth", take_told, MEMBER(write_bandwidth_mbs) },
	},
	{
		{ "access0/initiators/read_latency", take_told, MEMBER(read_latency_ns) },
		{ "access0/initiators/write_latency", take_told, MEMBER(write_latency_ns) },
		{ "access0/initiators/read_bandwidth", take_told, MEMBER(read_bandwidth_mbs) },
		{ "access0/initiators/write_bandwidth", take_told, MEMBER(write_bandwidth_mbs) },
	},
};

static int scan_node(struct scan *scan, struct memhp_node *node)
{
	char dir[IO_PATH_MAX];
	size_t i;

	text_format(dir, sizeof(dir), NODE_PATH "/node%d", node->id);
	/* The size of a node may be needed to tell that of a page: see scan_page_size(). */
	if (((scan->parts & SCAN_NODES) != 0 || scan->snapshot->machine.page_size == 0) &&
	    scan_attribute(scan, dir, &size_row, node) == -ENOMEM)
		return -ENOMEM;
	if ((scan->parts & SCAN_NODES) == 0)
		return 0;
	if (scan_attributes(scan, dir, node_rows, ARRAY_SIZE(node_rows), node) < 0)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(access_rows); i++) {
		int rc = scan_attribute(scan, dir, &access_rows[i][0], node);

		if (rc == -ENOENT)
			continue;
		if (rc == -ENOMEM)
			return rc;
		return scan_attributes(scan, dir, access_rows[i] + 1, 3, node);
	}
	return 0;
}

static int add_nodes(struct scan *scan, const struct names *names)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	size_t i;

	if (names->count == 0)
		return 0;
	snapshot->nodes = calloc(names->count, sizeof(*snapshot->nodes));
	if (snapshot->nodes == NULL)
		return -ENOMEM;
	for (i = 0; i < names->count; i++) {
		uint32_t id;

		if (!parse_numbered(names->items[i], "node", &id) || id > INT16_MAX)
			continue;
		snapshot->nodes[snapshot->node_count++] = node_unknown((int)id);
	}
	return 0;
}

struct node_walk {
	struct memhp_snapshot *snapshot;
	int tier;
};

static int set_has_cpu(void *data, uint64_t first, uint64_t last)
{
	struct node_walk *walk = data;
	size_t i;

	for (i = 0; i < walk->snapshot->node_count; i++) {
		struct memhp_node *node = &walk->snapshot->nodes[i];

		if ((uint64_t)node->id >= first && (uint64_t)node->id <= last)
			node->has_cpu = TRI_YES;
	}
	return 0;
}

static int scan_has_cpu(struct scan *scan)
{
	struct node_walk walk = { .snapshot = scan->snapshot };
	struct piece text;
	size_t i;
	int rc = scan_read(scan, HAS_CPU_PATH, &text);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	for (i = 0; i < scan->snapshot->node_count; i++)
		scan->snapshot->nodes[i].has_cpu = TRI_NO;
	if (parse_list(text.text, text.len, set_has_cpu, &walk) == 0)
		return 0;
	for (i = 0; i < scan->snapshot->node_count; i++)
		scan->snapshot->nodes[i].has_cpu = TRI_UNKNOWN;
	return scan_note(scan, HAS_CPU_PATH, -EINVAL, "not understood");
}

static int set_tier(void *data, uint64_t first, uint64_t last)
{
	struct node_walk *walk = data;
	size_t i;

	for (i = 0; i < walk->snapshot->node_count; i++) {
		struct memhp_node *node = &walk->snapshot->nodes[i];

		if ((uint64_t)node->id >= first && (uint64_t)node->id <= last)
			node->tier = walk->tier;
	}
	return 0;
}

static int scan_tiers(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	struct node_walk walk = { .snapshot = scan->snapshot };
	char path[IO_PATH_MAX];
	struct piece text;
	uint32_t tier;
	size_t i;

	if (scan_names(scan, TIER_PATH, "memory_tier", &names) < 0)
		return -ENOMEM;
	for (i = 0; i < names.count; i++) {
		int rc;

		if (!parse_numbered(names.items[i], "memory_tier", &tier) || tier > INT32_MAX)
			continue;
		text_format(path, sizeof(path), TIER_PATH "/%s/nodelist", names.items[i]);
		rc = scan_read(scan, path, &text);
		if (rc == -ENOMEM)
			return rc;
		walk.tier = (int)tier;
		if (rc == 0 && parse_list(text.text, text.len, set_tier, &walk) < 0 &&
		    scan_note(scan, path, -EINVAL, "not understood") < 0)
			return -ENOMEM;
	}
	return 0;
}

int scan_nodes(struct scan *scan)
{
	_cleanup_(names_cleanup) struct names names = { 0 };
	size_t i;

	if (scan_names(scan, NODE_PATH, "node", &names) < 0 || add_nodes(scan, &names) < 0)
		return -ENOMEM;
	for (i = 0; i < scan->snapshot->node_count; i++) {
		if (scan_node(scan, &scan->snapshot->nodes[i]) < 0)
			return -ENOMEM;
	}
	if (scan->snapshot->node_count == 0)
		return 0;
	/* Without iomem, where memory came from is judged by whether its node has processors. */
	if (((scan->parts & SCAN_NODES) != 0 || !scan->snapshot->machine.iomem_known) &&
	    scan_has_cpu(scan) < 0)
		return -ENOMEM;
	return (scan->parts & SCAN_NODES) != 0 ? scan_tiers(scan) : 0;
}

static int compare_zones(const void *a, const void *b)
{
	const struct memhp_zone *left = a, *right = b;

	if (left->node != right->node)
		return left->node < right->node ? -1 : 1;
	return (int)left->zone - (int)right->zone;
}

/* What a kernel of tomorrow keeps elsewhere is in no sum, and that has to be said. */
static int note_unknown(struct scan *scan, const struct memhp_zone *zone)
{
	char message[96];

	if (zone->present == 0)
		return 0;
	text_format(message, sizeof(message),
		    "a zone of node %d is not known, and its memory is in no sum", zone->node);
	return scan_note(scan, ZONEINFO_PATH, -EINVAL, message);
}

int scan_zones(struct scan *scan)
{
	struct memhp_snapshot *snapshot = scan->snapshot;
	struct memhp_zone zone;
	struct cursor cursor;
	struct piece text;
	size_t capacity = 0;
	int rc = scan_read(scan, ZONEINFO_PATH, &text);

	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	cursor = cursor_of(text.text, text.len);
	while (parse_zoneinfo(&cursor, &zone)) {
		if (zone.zone == ZONE_INDEX_NONE) {
			if (note_unknown(scan, &zone) < 0)
				return -ENOMEM;
			continue;
		}
		if (array_reserve(&snapshot->zones, snapshot->zone_count, &capacity,
				  sizeof(*snapshot->zones)) < 0)
			return -ENOMEM;
		snapshot->zones[snapshot->zone_count++] = zone;
	}
	if (snapshot->zone_count > 0)
		qsort(snapshot->zones, snapshot->zone_count, sizeof(*snapshot->zones),
		      compare_zones);
	return scan_one_node(scan);
}
