/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib/scan*.c on machines written into a directory: what is read, what is concluded, and that what
 * is missing, unreadable or odd becomes unknown and nothing else.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan.h"
#include "tree.h"

#define MEMORY "sys/devices/system/memory/"
#define DAX "sys/devices/platform/hmem.0/dax0.0/"
#define FIRMWARE "sys/firmware/memmap/"

struct fixture {
	struct test_tree tree;
	struct memhp_error error;
	struct io *io;
	struct memhp_snapshot *snapshot;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	test_tree_make(&fixture->tree);
	test_tree_machine(&fixture->tree);
	assert_int_equal(io_root_new(fixture->tree.path, &fixture->error, &fixture->io), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	memhp_snapshot_unref(fixture->snapshot);
	io_free(fixture->io);
	test_tree_remove(&fixture->tree);
	free(fixture);
	return 0;
}

static struct memhp_snapshot *rescan(struct fixture *fixture)
{
	fixture->snapshot = memhp_snapshot_unref(fixture->snapshot);
	assert_int_equal(scan(fixture->io, SCAN_ALL, &fixture->error, &fixture->snapshot), 0);
	return fixture->snapshot;
}

static const struct memhp_block *block_of(const struct memhp_snapshot *snapshot, uint32_t number)
{
	const struct memhp_block *block = snapshot_block(snapshot, number);

	assert_non_null(block);
	return block;
}

static const struct memhp_device *device_of(const struct memhp_snapshot *snapshot, const char *name)
{
	const struct memhp_device *device = memhp_snapshot_get_device_by_name(snapshot, name);

	assert_non_null(device);
	return device;
}

static const struct scan_error *error_of(const struct memhp_snapshot *snapshot, const char *path)
{
	size_t i;

	for (i = 0; i < snapshot->error_count; i++) {
		if (strcmp(snapshot->errors[i].path, path) == 0)
			return &snapshot->errors[i];
	}
	return NULL;
}

static void test_machine(void **state)
{
	const struct memhp_snapshot *snapshot = rescan(*state);
	const struct machine *machine = &snapshot->machine;

	assert_string_equal(machine->hostname, "little");
	assert_string_equal(machine->kernel, "6.12.95");
	assert_string_equal(machine->arch, "x86_64");
	assert_int_equal(machine->block_size, 0x8000000);
	assert_int_equal(machine->page_size, 4096);
	assert_int_equal(machine->struct_page_size, 0);
	assert_int_equal(machine->auto_online, WORD_OFFLINE);
	assert_string_equal(machine->online_policy, "contig-zones");
	assert_int_equal(machine->auto_movable_ratio, 301);
	assert_int_equal(machine->auto_movable_numa_aware, TRI_YES);
	assert_int_equal(machine->memmap_on_memory, MEMMAP_MODE_OFF);
	assert_int_equal(machine->movable_node, TRI_YES);
	assert_int_equal(machine->memmap_pages, 2048);
	assert_int_equal(machine->memmap_boot_pages, 2040);
	assert_true(machine->iomem_known);
	assert_true(machine->has_kmem);
	assert_true(machine->has_device_dax);
	assert_int_equal(snapshot->error_count, 0);
}

static void test_blocks(void **state)
{
	const struct memhp_snapshot *snapshot = rescan(*state);
	const struct memhp_block *block;
	uint32_t number;

	assert_int_equal(snapshot->block_count, 8);
	block = block_of(snapshot, 0);
	assert_int_equal(block->zones, ZONE_SPANS);
	assert_int_equal(block->flags, BLOCK_HOLES | BLOCK_MEMMAP_ELSEWHERE);
	for (number = 1; number < 4; number++) {
		block = block_of(snapshot, number);
		assert_int_equal(block->state, MEMHP_STATE_ONLINE);
		assert_int_equal(block->zones, ZONE_BIT(ZONE_DMA32));
		assert_int_equal(block->candidates, ZONES_NONE);
		assert_int_equal(block->origin, MEMHP_ORIGIN_BOOT);
		assert_int_equal(block->node, 0);
		assert_int_equal(block->device, NO_DEVICE);
		assert_int_equal(block->flags, BLOCK_MEMMAP_ELSEWHERE);
	}
	for (number = 32; number < 36; number++) {
		block = block_of(snapshot, number);
		assert_int_equal(block->origin, MEMHP_ORIGIN_KMEM);
		assert_int_equal(block->device, 0);
		assert_int_equal(block->node, 1);
	}
	block = block_of(snapshot, 33);
	assert_int_equal(block->zones, ZONE_BIT(ZONE_MOVABLE));
	block = block_of(snapshot, 34);
	assert_int_equal(block->state, MEMHP_STATE_OFFLINE);
	assert_int_equal(block->zones, ZONES_NONE);
	assert_int_equal(block->candidates, ZONE_BIT(ZONE_MOVABLE) | ZONE_BIT(ZONE_NORMAL));
	assert_int_equal(block->default_zone, ZONE_MOVABLE);
}

/* What firmware leaves out is 0 in the kernel's files, and no latency. */
static void test_zero_latency(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_node *node;

	test_tree_file(tree, "sys/devices/system/node/node1/access1/initiators/read_latency",
		       "0\n");
	test_tree_file(tree, "sys/devices/system/node/node1/access1/initiators/write_bandwidth",
		       "0\n");
	node = snapshot_node(rescan(fixture), 1);
	assert_int_equal(node->read_latency_ns, -1);
	assert_int_equal(node->write_latency_ns, 260);
	assert_int_equal(node->read_bandwidth_mbs, 20000);
	assert_int_equal(node->write_bandwidth_mbs, -1);
}

static void test_nodes_and_zones(void **state)
{
	const struct memhp_snapshot *snapshot = rescan(*state);
	const struct memhp_node *node = snapshot_node(snapshot, 1);
	const struct memhp_zone *zone = snapshot_zone(snapshot, 0, ZONE_DMA32);

	assert_int_equal(snapshot->node_count, 2);
	assert_int_equal(snapshot_node(snapshot, 0)->has_cpu, TRI_YES);
	assert_int_equal(snapshot_node(snapshot, 0)->read_latency_ns, -1);
	assert_int_equal(snapshot_node(snapshot, 0)->tier, 4);
	assert_non_null(node);
	assert_int_equal(node->has_cpu, TRI_NO);
	assert_int_equal(node->total_bytes, 262144 * 1024);
	assert_int_equal(node->distances[0], 30);
	assert_int_equal(node->distances[1], 10);
	assert_int_equal(node->tier, 22);
	assert_int_equal(node->read_latency_ns, 250);
	assert_int_equal(node->write_latency_ns, 260);
	assert_int_equal(node->read_bandwidth_mbs, 20000);
	assert_int_equal(node->write_bandwidth_mbs, 15000);
	assert_null(snapshot_node(snapshot, 2));
	assert_int_equal(snapshot->zone_count, 2);
	assert_non_null(zone);
	assert_int_equal(zone->file, 750);
	assert_int_equal(zone->high, 30);
	assert_int_equal(zone->cma, 16);
	assert_null(snapshot_zone(snapshot, 1, ZONE_NORMAL));
}

static void test_dax(void **state)
{
	const struct memhp_device *device = device_of(rescan(*state), "dax0.0");

	assert_int_equal(device->driver, DRIVER_KMEM);
	assert_string_equal(device->driver_name, "kmem");
	assert_string_equal(device->provider, "hmem");
	assert_string_equal(device->path, "platform/hmem.0/dax0.0");
	assert_string_equal(device->region, "dax:region0");
	assert_int_equal(device->size, 512 << 20);
	assert_int_equal(device->align, 2 << 20);
	assert_int_equal(device->target_node, 1);
	assert_int_equal(device->memmap_on_memory, TRI_NO);
	assert_true(device->has_memmap_attribute);
	assert_true(device->region_dynamic);
	assert_false(device->leaked);
	assert_int_equal(device->mapping_count, 1);
	assert_true(device->mappings[0].start == 0x100000000);
	assert_true(device->mappings[0].end == 0x11fffffff);
}

static void test_regions(void **state)
{
	const struct memhp_snapshot *snapshot = rescan(*state);
	static const struct {
		uint64_t start;
		const char *name;
		uint16_t depth;
	} rows[] = {
		{ 0x1000, "System RAM", 0 },	   { 0x100000, "System RAM", 0 },
		{ 0x10000000, "Crash kernel", 1 }, { 0x100000000, "Soft Reserved", 0 },
		{ 0x100000000, "dax0.0", 1 },	   { 0x100000000, "System RAM (kmem)", 2 },
	};
	size_t i;

	assert_int_equal(snapshot->region_count, ARRAY_SIZE(rows));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(snapshot->regions[i].name, rows[i].name);
		assert_true(snapshot->regions[i].start == rows[i].start);
		assert_int_equal(snapshot->regions[i].depth, rows[i].depth);
	}
	assert_int_equal(snapshot->firmware_count, 2);
	assert_string_equal(snapshot->firmware[1].type, "Soft Reserved");
}

static void must_be_region(const struct memhp_region *region, const char *name, uint16_t depth,
			   enum region_source source)
{
	assert_string_equal(region->name, name);
	assert_int_equal(region->depth, depth);
	assert_int_equal(region->source, source);
}

/* 7.2 keeps soft-reserved ranges to itself; a device that no driver has stands nowhere at all. */
static void test_hidden_regions(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	test_tree_file(&fixture->tree, "proc/iomem",
		       "00001000-0009ffff : System RAM\n"
		       "00100000-1fffffff : System RAM\n"
		       "100000000-11fffffff : dax0.0\n"
		       "  100000000-11fffffff : System RAM (kmem)\n"
		       "200000000-2ffffffff : CXL Window 0\n");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->region_count, 6);
	must_be_region(&snapshot->regions[2], "Soft Reserved", 0, REGION_FIRMWARE);
	must_be_region(&snapshot->regions[3], "dax0.0", 1, REGION_IOMEM);
	must_be_region(&snapshot->regions[4], "System RAM (kmem)", 2, REGION_IOMEM);
	must_be_region(&snapshot->regions[5], "CXL Window 0", 0, REGION_IOMEM);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_KMEM);
	test_tree_file(&fixture->tree, "proc/iomem",
		       "00001000-0009ffff : System RAM\n"
		       "00100000-1fffffff : System RAM\n"
		       "  00200000-002fffff : Crash kernel\n"
		       "100000000-1ffffffff : CXL Window 0\n"
		       "  100000000-17fffffff : region0\n"
		       "  180000000-1ffffffff : region1\n");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->region_count, 8);
	must_be_region(&snapshot->regions[3], "CXL Window 0", 0, REGION_IOMEM);
	must_be_region(&snapshot->regions[4], "region0", 1, REGION_IOMEM);
	must_be_region(&snapshot->regions[5], "Soft Reserved", 2, REGION_FIRMWARE);
	must_be_region(&snapshot->regions[6], "dax0.0", 3, REGION_DEVICE);
	must_be_region(&snapshot->regions[7], "region1", 1, REGION_IOMEM);
}

/* 6.1: no memmap attribute, no counters; older ones: no valid_zones, no parameters either. */
static void test_absent(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;

	test_tree_delete(tree, DAX "memmap_on_memory");
	test_tree_file(tree, "proc/vmstat", "nr_free_pages 1\n");
	test_tree_delete(tree, MEMORY "auto_online_blocks");
	test_tree_delete(tree, MEMORY "memory2/valid_zones");
	test_tree_delete(tree, "sys/module/memory_hotplug/parameters/memmap_on_memory");
	test_tree_delete(tree, "sys/devices/system/node/node0/distance");
	test_tree_delete(tree, "proc/cmdline");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->error_count, 0);
	assert_false(device_of(snapshot, "dax0.0")->has_memmap_attribute);
	assert_int_equal(device_of(snapshot, "dax0.0")->memmap_on_memory, TRI_UNKNOWN);
	assert_int_equal(snapshot->machine.memmap_pages, -1);
	assert_int_equal(snapshot->machine.auto_online, WORD_UNKNOWN);
	assert_int_equal(snapshot->machine.memmap_on_memory, MEMMAP_MODE_UNKNOWN);
	assert_int_equal(snapshot->machine.movable_node, TRI_UNKNOWN);
	assert_int_equal(block_of(snapshot, 2)->zones, ZONES_UNKNOWN);
	assert_int_equal(block_of(snapshot, 2)->zones_errno, 0);
	assert_null(snapshot_node(snapshot, 0)->distances);
	/* What cannot ask for it does not have it, whatever the parameter says. */
	assert_int_equal(block_of(snapshot, 33)->flags, BLOCK_MEMMAP_ELSEWHERE);
}

static void test_junk(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;

	test_tree_file(tree, DAX "size", "a lot\n");
	test_tree_file(tree, MEMORY "auto_online_blocks", "perhaps\n");
	test_tree_file(tree, MEMORY "memory1/state", "ERROR-UNKNOWN-7\n");
	test_tree_file(tree, MEMORY "memory2/state", "\n");
	test_tree_file(tree, "sys/devices/system/node/node1/distance", "10\n");
	test_tree_file(tree, "sys/devices/system/node/has_cpu", "none\n");
	test_tree_file(tree, MEMORY "memory3x/state", "online\n");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->block_count, 8);
	assert_true(device_of(snapshot, "dax0.0")->size == SIZE_UNKNOWN);
	assert_int_equal(error_of(snapshot, "sys/bus/dax/devices/dax0.0/size")->rc, EINVAL);
	assert_non_null(error_of(snapshot, MEMORY "auto_online_blocks"));
	assert_int_equal(block_of(snapshot, 1)->state, MEMHP_STATE_UNKNOWN);
	assert_int_equal(block_of(snapshot, 1)->state_errno, EINVAL);
	assert_int_equal(error_of(snapshot, MEMORY "memory1-2/state")->rc, EINVAL);
	assert_null(snapshot_node(snapshot, 1)->distances);
	assert_int_equal(snapshot_node(snapshot, 0)->has_cpu, TRI_UNKNOWN);
	assert_int_equal(snapshot->error_count, 5);
}

/* A file that is a directory cannot be read by anyone, root included. */
static void test_unreadable(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;

	test_tree_delete(tree, MEMORY "memory33/valid_zones");
	test_tree_directory(tree, MEMORY "memory33/valid_zones");
	test_tree_delete(tree, MEMORY "memory35/state");
	test_tree_delete(tree, "proc/zoneinfo");
	test_tree_directory(tree, "proc/zoneinfo");
	test_tree_delete(tree, DAX "mapping0/start");
	test_tree_directory(tree, DAX "mapping0/start");
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 33)->state, MEMHP_STATE_ONLINE);
	assert_int_equal(block_of(snapshot, 33)->zones, ZONES_UNKNOWN);
	assert_int_equal(block_of(snapshot, 33)->zones_errno, EISDIR);
	assert_int_equal(block_of(snapshot, 35)->state, MEMHP_STATE_UNKNOWN);
	assert_int_equal(block_of(snapshot, 35)->state_errno, ENOENT);
	assert_int_equal(error_of(snapshot, MEMORY "memory33/valid_zones")->rc, EISDIR);
	assert_int_equal(error_of(snapshot, MEMORY "memory35/state")->rc, ENOENT);
	assert_int_equal(error_of(snapshot, "proc/zoneinfo")->rc, EISDIR);
	assert_int_equal(device_of(snapshot, "dax0.0")->mappings_errno, EISDIR);
	assert_int_equal(device_of(snapshot, "dax0.0")->mapping_count, 0);
	/* The page size is still known: by the architecture. */
	assert_int_equal(snapshot->machine.page_size, 4096);
	assert_int_equal(block_of(snapshot, 34)->origin, MEMHP_ORIGIN_KMEM);
}

/* What an ordinary user sees: every address 0. */
static void hide(const struct test_tree *tree)
{
	test_tree_file(tree, "proc/iomem",
		       "00000000-00000000 : System RAM\n"
		       "00000000-00000000 : Soft Reserved\n"
		       "  00000000-00000000 : dax0.0\n"
		       "    00000000-00000000 : System RAM (kmem)\n");
}

static void test_hidden_iomem(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	hide(&fixture->tree);
	snapshot = rescan(fixture);
	assert_false(snapshot->machine.iomem_known);
	/* Others still tell of memory, each of its own. */
	assert_int_equal(snapshot->region_count, 3);
	must_be_region(&snapshot->regions[0], "System RAM", 0, REGION_FIRMWARE);
	must_be_region(&snapshot->regions[1], "Soft Reserved", 0, REGION_FIRMWARE);
	must_be_region(&snapshot->regions[2], "dax0.0", 1, REGION_DEVICE);
	assert_int_equal(error_of(snapshot, "proc/iomem")->rc, EPERM);
	/* The mappings still tell. */
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_KMEM);
	assert_int_equal(block_of(snapshot, 32)->device, 0);
	assert_int_equal(block_of(snapshot, 1)->origin, MEMHP_ORIGIN_BOOT);
	assert_int_equal(block_of(snapshot, 0)->flags & BLOCK_HOLES, 0);
}

static void hide_mapping(const struct test_tree *tree)
{
	test_tree_delete(tree, DAX "mapping0/start");
	test_tree_directory(tree, DAX "mapping0/start");
	test_tree_delete(tree, DAX "resource");
}

/* Without iomem and mappings: a far node whose blocks come to kmem's device there. */
static void test_blind(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	hide(&fixture->tree);
	hide_mapping(&fixture->tree);
	snapshot = rescan(fixture);
	assert_int_equal(device_of(snapshot, "dax0.0")->mapping_count, 0);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_KMEM);
	assert_int_equal(block_of(snapshot, 32)->device, 0);
	assert_int_equal(block_of(snapshot, 1)->origin, MEMHP_ORIGIN_BOOT);
	/* One block more than the device can have given: no longer certain of any. */
	test_tree_block(&fixture->tree, 40, "offline\n", "Normal Movable\n", 1);
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_UNKNOWN);
	assert_int_equal(block_of(snapshot, 32)->device, NO_DEVICE);
	assert_int_equal(block_of(snapshot, 1)->origin, MEMHP_ORIGIN_BOOT);
}

/* On a node with processors boot memory and kmem's cannot be told apart: the firmware calls both RAM. */
static void test_blind_near(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	hide(&fixture->tree);
	hide_mapping(&fixture->tree);
	test_tree_file(&fixture->tree, DAX "target_node", "0\n");
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 1)->origin, MEMHP_ORIGIN_UNKNOWN);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_UNKNOWN);
}

/* Most architectures show no map of the firmware's. */
static void test_no_firmware(void **state)
{
	static const char *const entries[] = {
		FIRMWARE "0/type", FIRMWARE "0/start", FIRMWARE "0/end",  FIRMWARE "0",
		FIRMWARE "1/type", FIRMWARE "1",       FIRMWARE "2/type", FIRMWARE "2/start",
		FIRMWARE "2/end",  FIRMWARE "2",
	};
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		test_tree_delete(tree, entries[i]);
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 1)->origin, MEMHP_ORIGIN_UNKNOWN);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_KMEM);
}

/* Two mappings, out of order, the second one off block limits at both ends. */
static void test_mappings(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_device *device;
	const struct memhp_snapshot *snapshot;
	uint32_t first, last;

	test_tree_file(tree, DAX "mapping0/start", "0x140100000\n");
	test_tree_file(tree, DAX "mapping0/end", "0x1501fffff\n");
	test_tree_file(tree, DAX "mapping1/start", "0x100000000\n");
	test_tree_file(tree, DAX "mapping1/end", "0x107ffffff\n");
	/* What does not add up was read while it changed. */
	assert_int_equal(device_of(rescan(fixture), "dax0.0")->mappings_errno, EAGAIN);
	assert_int_equal(device_of(fixture->snapshot, "dax0.0")->mapping_count, 0);
	test_tree_file(tree, DAX "size", "403701760\n");
	snapshot = rescan(fixture);
	device = device_of(snapshot, "dax0.0");
	assert_int_equal(device->mapping_count, 2);
	assert_true(device->mappings[0].start == 0x100000000);
	assert_true(snapshot_mapping_blocks(snapshot, device, 0, &first, &last));
	assert_true(first == 32 && last == 32);
	assert_true(snapshot_mapping_blocks(snapshot, device, 1, &first, &last));
	assert_true(first == 41 && last == 41);
}

static void test_resource(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_device *device;

	test_tree_delete(&fixture->tree, DAX "mapping0/start");
	test_tree_delete(&fixture->tree, DAX "mapping0/end");
	test_tree_delete(&fixture->tree, DAX "mapping0");
	device = device_of(rescan(fixture), "dax0.0");
	assert_int_equal(device->mapping_count, 1);
	assert_true(device->mappings[0].start == 0x100000000);
	assert_true(device->mappings[0].end == 0x11fffffff);
	assert_int_equal(device->mappings_errno, 0);
}

/* No driver, but the kernel kept the memory. */
static void test_leaked(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	test_tree_delete(&fixture->tree, DAX "driver");
	snapshot = rescan(fixture);
	assert_true(device_of(snapshot, "dax0.0")->leaked);
	assert_int_equal(device_mode(device_of(snapshot, "dax0.0")), MEMHP_MODE_LEAKED);
	assert_int_equal(block_of(snapshot, 32)->device, 0);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_KMEM);
}

/* Blocks on several nodes, and one that is too new to have a node. */
static void test_node_links(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	int16_t nodes[4];

	test_tree_link(tree, "sys/devices/system/node/node1/memory0", "../../memory/memory0");
	test_tree_link(tree, "sys/devices/system/node/node1/memory2", "../../memory/memory2");
	test_tree_link(tree, "sys/devices/system/node/node1/memory999", "../../memory/memory999");
	test_tree_block(tree, 50, "offline\n", "Normal Movable\n", -1);
	snapshot = rescan(fixture);
	assert_int_equal(snapshot_block_nodes(snapshot, block_of(snapshot, 0), nodes, 4), 2);
	assert_true(nodes[0] == 0 && nodes[1] == 1);
	assert_int_equal(block_of(snapshot, 0)->node, 0);
	assert_int_equal(block_of(snapshot, 2)->nodes, block_of(snapshot, 0)->nodes);
	assert_int_equal(snapshot->node_set_count, 2);
	assert_int_equal(snapshot_block_nodes(snapshot, block_of(snapshot, 1), nodes, 4), 1);
	assert_int_equal(block_of(snapshot, 50)->node, NODE_NONE);
	assert_true((block_of(snapshot, 50)->flags & BLOCK_NO_NODE_LINK) != 0);
	assert_int_equal(block_of(snapshot, 50)->state, MEMHP_STATE_OFFLINE);
	assert_int_equal(block_of(snapshot, 50)->candidates, ZONES_UNKNOWN);
}

static void add_acpi(const struct test_tree *tree, const char *name, uint32_t first, uint32_t count)
{
	char path[128], target[128];
	uint32_t i;

	snprintf(path, sizeof(path), "sys/bus/acpi/devices/%s/uid", name);
	test_tree_file(tree, path, "0x03\n");
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "sys/bus/acpi/devices/%s/physical_node%.0u", name, i);
		snprintf(target, sizeof(target), "../../../../system/memory/memory%u", first + i);
		test_tree_link(tree, path, target);
	}
}

/* A DIMM that was added has an entry of the firmware's map to itself; one from boot has not. */
static void test_acpi(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	const struct memhp_device *device;

	add_acpi(tree, "PNP0C80:00", 2, 2);
	add_acpi(tree, "PNP0C80:01", 64, 2);
	add_acpi(tree, "PNP0C80:02", 0, 0);
	test_tree_block(tree, 64, "online\n", "Normal\n", 1);
	test_tree_block(tree, 65, "online\n", "Normal\n", 1);
	test_tree_file(tree, "proc/iomem",
		       "00001000-0009fbff : System RAM\n00100000-1fffffff : System RAM\n"
		       "200000000-20fffffff : System RAM\n");
	test_tree_file(tree, "sys/firmware/memmap/3/type", "System RAM\n");
	test_tree_file(tree, "sys/firmware/memmap/3/start", "0x200000000\n");
	test_tree_file(tree, "sys/firmware/memmap/3/end", "0x20fffffff\n");
	snapshot = rescan(fixture);
	device = device_of(snapshot, "PNP0C80:01");
	assert_int_equal(device->slot, 3);
	assert_int_equal(device->size, 256 << 20);
	assert_int_equal(device->mapping_count, 1);
	assert_true(device->mappings[0].start == 0x200000000);
	assert_int_equal(device->target_node, 1);
	assert_int_equal(device_mode(device), MEMHP_MODE_SYSTEM_RAM);
	assert_int_equal(block_of(snapshot, 65)->origin, MEMHP_ORIGIN_ACPI);
	assert_string_equal(snapshot_device_name(snapshot, block_of(snapshot, 65)->device),
			    "PNP0C80:01");
	assert_int_equal(block_of(snapshot, 3)->origin, MEMHP_ORIGIN_BOOT);
	assert_string_equal(snapshot_device_name(snapshot, block_of(snapshot, 3)->device),
			    "PNP0C80:00");
	assert_int_equal(device_mode(device_of(snapshot, "PNP0C80:02")), MEMHP_MODE_EMPTY);
	/* In no entry of the firmware's, and no driver's: unknown, and holes where iomem has none. */
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_UNKNOWN);
	assert_true((block_of(snapshot, 32)->flags & BLOCK_HOLES) != 0);
}

static void test_virtio(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	const struct memhp_device *device;

	test_tree_link(tree, "sys/bus/virtio/drivers/virtio_mem/virtio3",
		       "../../../../devices/pci0000:00/0000:00:04.0/virtio3");
	test_tree_file(tree, "proc/iomem",
		       "00001000-0009fbff : System RAM\n00100000-1fffffff : System RAM\n"
		       "100000000-1ffffffff : virtio3\n"
		       "  100000000-107ffffff : System RAM (virtio_mem)\n"
		       "  110000000-11fffffff : System RAM (virtio_mem)\n");
	snapshot = rescan(fixture);
	device = device_of(snapshot, "virtio3");
	assert_int_equal(device->kind, MEMHP_DEVICE_VIRTIO_MEM);
	assert_string_equal(device->path, "pci0000:00/0000:00:04.0/virtio3");
	assert_int_equal(device->size, 384 << 20);
	assert_int_equal(device->mapping_count, 2);
	assert_int_equal(block_of(snapshot, 32)->origin, MEMHP_ORIGIN_VIRTIO_MEM);
	assert_string_equal(snapshot_device_name(snapshot, block_of(snapshot, 35)->device),
			    "virtio3");
	assert_int_equal(block_of(snapshot, 33)->origin, MEMHP_ORIGIN_UNKNOWN);
}

static void assert_one_card(const struct memhp_device *device)
{
	assert_int_equal(device->memdev_count, 1);
	assert_string_equal(device->memdevs[0].name, "mem4");
	assert_string_equal(device->memdevs[0].serial, "0x1f");
	assert_string_equal(device->memdevs[0].pci_address, "0000:0d:00.0");
	assert_int_equal(device->unread, 0);
}

static void test_cxl(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_device *device;

#define CXL "sys/bus/cxl/devices/"
#define PLACE "platform/ACPI0017:00/root0/decoder0.0/region7/dax_region7/dax9.0"
	test_tree_file(tree, "sys/devices/" PLACE "/size", "0\n");
	test_tree_link(tree, "sys/bus/dax/devices/dax9.0", "../../../devices/" PLACE);
	test_tree_file(tree, CXL "region7/target0", "decoder2.0\n");
	test_tree_file(tree, CXL "region7/target1", "\n");
	test_tree_link(tree, CXL "decoder2.0", "../../../devices/x/port1/endpoint2/decoder2.0");
	test_tree_link(tree, CXL "endpoint2/uport", "../../pci0000:0c/0000:0d:00.0/mem4");
	test_tree_file(tree, CXL "mem4/serial", "0x1f\n");
	device = device_of(rescan(fixture), "dax9.0");
	assert_string_equal(device->provider, "cxl");
	assert_string_equal(device->region, "cxl:region7");
	assert_int_equal(device_mode(device), MEMHP_MODE_EMPTY);
	assert_one_card(device);
}

/* One card that is not known, and nobody can say which cards there are. */
static void check_missing(const struct memhp_snapshot *snapshot, const char *path, int rc)
{
	const struct memhp_field *field = memhp_field_get_by_key(MEMHP_KIND_DEVICE, "memdevs");
	const struct memhp_object object = {
		.kind = MEMHP_KIND_DEVICE,
		.owner = snapshot,
		.item = device_of(snapshot, "dax9.0"),
	};
	struct memhp_value value;

	assert_int_equal(error_of(snapshot, path)->rc, rc);
	assert_int_equal(memhp_field_get(field, &object, &value), 0);
	assert_int_equal(value.type, MEMHP_TYPE_NULL);
}

static void test_cxl_unreadable(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;

	test_cxl(state);
	test_tree_delete(tree, CXL "region7/target1");
	test_tree_directory(tree, CXL "region7/target1");
	check_missing(rescan(fixture), CXL "region7/target1", EISDIR);
	test_tree_delete(tree, CXL "region7/target1");
	test_tree_delete(tree, CXL "endpoint2/uport");
	test_tree_file(tree, CXL "endpoint2/uport", "");
	check_missing(rescan(fixture), CXL "endpoint2/uport", EINVAL);
}

/* Persistent memory of two cards, one of which is not told; and that of an NVDIMM, which is no card. */
static void test_cxl_pmem(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_device *device;

#define ND "sys/bus/nd/devices/"
#define BRIDGE "platform/ACPI0017:00/root0/nvdimm-bridge0/ndbus0/region3/dax9.0/dax9.0"
	test_tree_file(tree, "sys/devices/" BRIDGE "/size", "0\n");
	test_tree_link(tree, "sys/bus/dax/devices/dax9.0", "../../../devices/" BRIDGE);
	test_tree_file(tree, ND "region3/mappings", "2\n");
	test_tree_file(tree, ND "region3/mapping0", "nmem1,0,2147483648,0\n");
	test_tree_file(tree, ND "region3/mapping1", "nmem2,0,2147483648,1\n");
	test_tree_file(tree, ND "nmem1/cxl/provider", "pmem4\n");
	test_tree_link(tree, CXL "pmem4",
		       "../../../devices/pci0000:0c/0000:0c:00.0/0000:0d:00.0/mem4/pmem4");
	test_tree_file(tree, CXL "mem4/serial", "0x1f\n");
	device = device_of(rescan(fixture), "dax9.0");
	assert_string_equal(device->region, "nd:region3");
	assert_one_card(device);
	test_tree_directory(tree, ND "nmem2/cxl/provider");
	check_missing(rescan(fixture), ND "nmem2/cxl/provider", EISDIR);
	test_tree_file(tree, "sys/devices/platform/ACPI0012:00/ndbus0/region3/dax8.0/dax8.0/size",
		       "0\n");
	test_tree_link(tree, "sys/bus/dax/devices/dax8.0",
		       "../../../devices/platform/ACPI0012:00/ndbus0/region3/dax8.0/dax8.0");
	assert_int_equal(device_of(rescan(fixture), "dax8.0")->memdev_count, 0);
}

/* Devices come by kind, then by name, with numbers as numbers; persistent memory beside a block. */
static void test_order_and_pmem(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	static const char *const names[] = { "dax0.0", "dax2.0", "dax10.0", "PNP0C80:00" };
	size_t i;

	add_acpi(tree, "PNP0C80:00", 0, 0);
	test_tree_file(tree, "sys/bus/dax/devices/dax10.0/size", "1\n");
	test_tree_file(tree, "sys/bus/dax/devices/dax2.0/size", "1\n");
	test_tree_file(tree, "proc/iomem",
		       "00100000-1bffffff : System RAM\n1c000000-1fffffff : Persistent Memory\n");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->device_count, ARRAY_SIZE(names));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_string_equal(snapshot->devices[i].name, names[i]);
	assert_true((block_of(snapshot, 3)->flags & BLOCK_SHARES_PMEM) != 0);
	assert_true((block_of(snapshot, 3)->flags & BLOCK_HOLES) != 0);
	assert_true((block_of(snapshot, 2)->flags & BLOCK_SHARES_PMEM) == 0);
	/* What kmem made of persistent memory shares it with nobody. */
	test_tree_file(tree, "proc/iomem",
		       "100000000-1ffffffff : Persistent Memory\n"
		       "  100000000-1001fffff : namespace0.0\n"
		       "  100200000-11fffffff : dax0.0\n"
		       "    108000000-11fffffff : System RAM (kmem)\n");
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 33)->flags, BLOCK_MEMMAP_ELSEWHERE);
	assert_int_equal(block_of(snapshot, 33)->origin, MEMHP_ORIGIN_KMEM);
	assert_true((block_of(snapshot, 32)->flags & BLOCK_SHARES_PMEM) != 0);
}

/* 64K pages and 512 MiB blocks: every size is the machine's, not the build's. */
static void test_other_pages(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;

	test_tree_file(tree, MEMORY "block_size_bytes", "20000000\n");
	test_tree_file(tree, "proc/sys/kernel/arch", "aarch64\n");
	test_tree_file(tree, "sys/devices/system/node/node0/meminfo",
		       "Node 0 MemTotal: 8320000 kB\nNode 0 MemFree: 1 kB\n");
	test_tree_file(tree, "sys/devices/system/node/node1/meminfo",
		       "Node 1 MemTotal: 4194304 kB\nNode 1 MemFree: 1 kB\n");
	snapshot = rescan(fixture);
	assert_int_equal(snapshot->machine.page_size, 65536);
	assert_int_equal(snapshot->machine.block_size, 512 << 20);
	assert_int_equal(snapshot_memmap_pages(snapshot), 8);
	/* No evidence, and an architecture that has several: unknown. */
	test_tree_delete(tree, "proc/zoneinfo");
	assert_int_equal(rescan(fixture)->machine.page_size, 0);
}

/* Online blocks of older kernels name the zone they are in first. */
static void test_old_valid_zones(void **state)
{
	struct fixture *fixture = *state;
	const struct memhp_snapshot *snapshot;

	test_tree_file(&fixture->tree, MEMORY "memory33/valid_zones", "Movable Normal\n");
	test_tree_file(&fixture->tree, MEMORY "memory34/state", "going-offline\n");
	snapshot = rescan(fixture);
	assert_int_equal(block_of(snapshot, 33)->zones, ZONE_BIT(ZONE_MOVABLE));
	assert_int_equal(block_of(snapshot, 34)->state, MEMHP_STATE_GOING_OFFLINE);
	assert_int_equal(block_of(snapshot, 34)->zones, ZONES_UNKNOWN);
}

/* Where memmap_on_memory is in force, present - managed of a zone tells. */
static void set_zone(const struct test_tree *tree, unsigned int managed)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "Node 1, zone  Movable\n  pages free 1\n        present  65536\n"
		 "        managed  %u\n",
		 managed);
	test_tree_file(tree, "proc/zoneinfo", text);
}

static void test_memmap(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	uint32_t number;

	test_tree_file(tree, "sys/module/memory_hotplug/parameters/memmap_on_memory", "Y\n");
	set_zone(tree, 65536 - 2 * 512);
	/* kmem has it, and was not asked to: what is not managed there is not for struct pages */
	for (number = 32; number < 36; number++)
		assert_int_equal(block_of(rescan(fixture), number)->flags, BLOCK_MEMMAP_ELSEWHERE);
	test_tree_file(tree, "sys/bus/dax/devices/dax0.0/memmap_on_memory", "1\n");
	for (number = 32; number < 36; number++)
		assert_int_equal(block_of(rescan(fixture), number)->flags, BLOCK_MEMMAP_ON_MEMORY);
	set_zone(tree, 65536);
	for (number = 32; number < 36; number++)
		assert_int_equal(block_of(rescan(fixture), number)->flags, BLOCK_MEMMAP_ELSEWHERE);
	set_zone(tree, 65536 - 600);
	for (number = 32; number < 36; number++)
		assert_int_equal(block_of(rescan(fixture), number)->flags, 0);
	assert_int_equal(block_of(fixture->snapshot, 1)->flags, BLOCK_MEMMAP_ELSEWHERE);
}

/* A small BTF: int, a struct of another name, struct page of 80 bytes; in either byte order. */
static size_t make_btf(unsigned char *bytes, bool swapped)
{
	static const char strings[] = "\0int\0pageish\0page";
	const uint32_t types[] = {
		1,  1U << 24,	  4,  32,		  /* int */
		5,  4U << 24 | 1, 96, 1,  1, 0,		  /* struct pageish */
		13, 4U << 24 | 2, 80, 1,  1, 0, 1, 1, 32, /* struct page */
	};
	const uint32_t header[] = { 24, 0, sizeof(types), sizeof(types), sizeof(strings) };
	uint16_t magic = swapped ? __builtin_bswap16(0xeb9f) : 0xeb9f;
	size_t i, len = 4;

	memcpy(bytes, &magic, 2);
	bytes[2] = 1;
	bytes[3] = 0;
	for (i = 0; i < ARRAY_SIZE(header) + ARRAY_SIZE(types); i++) {
		uint32_t value = i < ARRAY_SIZE(header) ? header[i] : types[i - ARRAY_SIZE(header)];

		value = swapped ? __builtin_bswap32(value) : value;
		memcpy(bytes + len, &value, 4);
		len += 4;
	}
	memcpy(bytes + len, strings, sizeof(strings));
	return len + sizeof(strings);
}

static void test_struct_page(void **state)
{
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	unsigned char bytes[256];
	size_t len, cut;

	len = make_btf(bytes, false);
	test_tree_bytes(tree, "sys/kernel/btf/vmlinux", bytes, len);
	assert_int_equal(rescan(fixture)->machine.struct_page_size, 80);
	for (cut = 0; cut < len; cut++) {
		test_tree_bytes(tree, "sys/kernel/btf/vmlinux", bytes, cut);
		assert_int_equal(rescan(fixture)->machine.struct_page_size, 0);
	}
	len = make_btf(bytes, true);
	test_tree_bytes(tree, "sys/kernel/btf/vmlinux", bytes, len);
	assert_int_equal(rescan(fixture)->machine.struct_page_size, 80);
}

/* Blocks are powers of two: anything else is no size, and nothing follows from it. */
static void test_block_size(void **state)
{
	static const char *const senseless[] = { "0\n", "6000000\n", "7ffffff\n", "8000000 x\n",
						 "\n" };
	struct fixture *fixture = *state;
	const struct test_tree *tree = &fixture->tree;
	const struct memhp_snapshot *snapshot;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(senseless); i++) {
		test_tree_file(tree, MEMORY "block_size_bytes", senseless[i]);
		snapshot = rescan(fixture);
		assert_int_equal(snapshot->machine.block_size, 0);
		assert_int_equal(error_of(snapshot, MEMORY "block_size_bytes")->rc, EINVAL);
	}
	test_tree_file(tree, MEMORY "block_size_bytes", "8000000\n");
	assert_int_equal(rescan(fixture)->machine.block_size, 128 << 20);
}

static void test_no_blocks(void **state)
{
	struct fixture *fixture = *state;
	struct test_tree empty;
	struct io *io = NULL;

	test_tree_make(&empty);
	assert_int_equal(io_root_new(empty.path, &fixture->error, &io), 0);
	assert_int_equal(scan(io, SCAN_ALL, &fixture->error, &fixture->snapshot), -ENOENT);
	assert_int_equal(fixture->error.kind, MEMHP_ERROR_UNSUPPORTED);
	assert_null(fixture->snapshot);
	io_free(io);
	test_tree_remove(&empty);
}

/* An io over another one, on which blocks come and go while they are read. */
struct restless {
	struct io io;
	struct io *below;
	const struct test_tree *tree;
	struct io_ops ops;
	unsigned int sweeps;
	unsigned int changes;
};

static int restless_sweep(struct io *io, const struct io_sweep *sweep)
{
	struct restless *restless = (struct restless *)io;
	int rc = restless->below->ops->sweep(restless->below, sweep);

	restless->sweeps++;
	if (restless->changes > 0) {
		restless->changes--;
		test_tree_block(restless->tree, 100 + restless->sweeps, "offline\n",
				"Normal Movable\n", 1);
	}
	return rc;
}

static int restless_read(struct io *io, const char *path, uint64_t offset, void *buffer,
			 size_t size, size_t *ret_len)
{
	struct io *below = ((struct restless *)io)->below;

	return below->ops->read(below, path, offset, buffer, size, ret_len);
}

static int restless_list(struct io *io, const char *path, io_list_fn fn, void *data)
{
	struct io *below = ((struct restless *)io)->below;

	return below->ops->list(below, path, fn, data);
}

static int restless_readlink(struct io *io, const char *path, char *buffer, size_t size)
{
	struct io *below = ((struct restless *)io)->below;

	return below->ops->readlink(below, path, buffer, size);
}

static void test_consistent(void **state)
{
	struct fixture *fixture = *state;
	struct restless restless = {
		.below = fixture->io,
		.tree = &fixture->tree,
		.ops = { .read = restless_read,
			 .list = restless_list,
			 .readlink = restless_readlink,
			 .sweep = restless_sweep },
		.changes = 2,
	};
	struct memhp_snapshot *snapshot = NULL;

	restless.io = (struct io){ .ops = &restless.ops, .read_only = true };
	assert_int_equal(scan(&restless.io, SCAN_ALL, &fixture->error, &snapshot), 0);
	assert_int_equal(restless.sweeps, 3);
	assert_int_equal(snapshot->block_count, 10);
	assert_int_equal(snapshot->error_count, 0);
	memhp_snapshot_unref(snapshot);
	restless.changes = 1000;
	assert_int_equal(scan(&restless.io, SCAN_ALL, &fixture->error, &snapshot), 0);
	assert_true(restless.sweeps < 20);
	assert_int_equal(snapshot->errors[snapshot->error_count - 1].rc, EAGAIN);
	memhp_snapshot_unref(snapshot);
}

/* A scan in part shows the same blocks; it says so where more is wanted than it has. */
static void test_parts(void **state)
{
	struct fixture *fixture = *state;
	struct memhp_snapshot *whole = rescan(fixture), *part = NULL;
	struct memhp_object object;
	struct memhp_cursor cursor;
	struct memhp_error error;

	assert_int_equal(scan_parts_of(1U << MEMHP_KIND_BLOCK | 1U << MEMHP_KIND_ZONE), 0);
	assert_int_equal(scan_parts_of(1U << MEMHP_KIND_DEVICE), SCAN_DEVICES | SCAN_NODES);
	assert_int_equal(scan_parts_of(1U << MEMHP_KIND_NODE), SCAN_NODES);
	assert_int_equal(scan(fixture->io, 0, &fixture->error, &part), 0);
	assert_int_equal(part->block_count, whole->block_count);
	assert_memory_equal(part->blocks, whole->blocks,
			    whole->block_count * sizeof(*whole->blocks));
	assert_int_equal(part->zone_count, whole->zone_count);
	assert_string_equal(snapshot_device_name(part, part->blocks[7].device), "dax0.0");
	assert_int_equal(part->devices[0].driver, DRIVER_KMEM);
	assert_int_equal(part->devices[0].size, SIZE_UNKNOWN);
	assert_int_equal(part->machine.memmap_pages, -1);
	/* What was not asked for is not there, rather than unknown. */
	memhp_cursor_init(&cursor, part, MEMHP_KIND_DEVICE);
	assert_false(memhp_cursor_next(&cursor, &object));
	assert_null(memhp_device_get_first(part));
	assert_null(memhp_snapshot_get_device_by_name(part, "dax0.0"));
	memhp_cursor_init(&cursor, part, MEMHP_KIND_NODE);
	assert_false(memhp_cursor_next(&cursor, &object));
	assert_int_equal(snapshot_want_all(whole, &error), 0);
	assert_int_equal(snapshot_want_all(part, &error), -EINVAL);
	assert_int_equal(error.kind, MEMHP_ERROR_USAGE);
	memhp_snapshot_unref(part);
}

/* Whose a block is can be told from iomem alone; where that is hidden, devices are read after all. */
static void test_parts_blind(void **state)
{
	struct fixture *fixture = *state;
	struct memhp_snapshot *whole, *part = NULL;

	hide(&fixture->tree);
	whole = rescan(fixture);
	assert_int_equal(scan(fixture->io, 0, &fixture->error, &part), 0);
	assert_memory_equal(part->blocks, whole->blocks,
			    whole->block_count * sizeof(*whole->blocks));
	assert_int_equal(block_of(part, 32)->origin, MEMHP_ORIGIN_KMEM);
	memhp_snapshot_unref(part);
}

/* Files of the machine that a scan reads, to be spoilt. */
static const char *const spoilt_paths[] = {
	MEMORY "block_size_bytes",
	MEMORY "memory1/state",
	MEMORY "memory34/valid_zones",
	DAX "size",
	DAX "mapping0/start",
	DAX "mapping0/end",
	DAX "target_node",
	"proc/zoneinfo",
	"proc/iomem",
	"proc/vmstat",
	"proc/cmdline",
	"sys/devices/system/node/has_cpu",
	"sys/devices/system/node/node0/meminfo",
	"sys/devices/system/node/node1/distance",
	"sys/firmware/memmap/0/end",
	"sys/firmware/memmap/0/type",
	"sys/devices/virtual/memory_tiering/memory_tier4/nodelist",
};

static size_t random_text(unsigned int *seed, char *text, size_t size)
{
	static const char *const words[] = {
		"online",
		"Movable",
		"none",
		"0",
		"1",
		"18446744073709551615",
		"ffffffff",
		"0x",
		"\n",
		"  ",
		" : System RAM (kmem)\n",
		"100000000-11fffffff : dax0.0\n",
		"0-ffffffffffffffff : System RAM\n",
		"Node 0, zone Normal\n present 99\n",
	};
	size_t len = 0;
	int parts;

	for (parts = rand_r(seed) % 12; parts > 0; parts--) {
		const char *word = words[(size_t)rand_r(seed) % ARRAY_SIZE(words)];

		if (rand_r(seed) % 8 == 0 && len < size)
			text[len++] = (char)rand_r(seed);
		if (len + strlen(word) > size)
			break;
		memcpy(text + len, word, strlen(word));
		len += strlen(word);
	}
	return len;
}

/* Whatever stands in a file, a scan ends well: blocks in order, indexes in bounds. */
static void check_sane(const struct memhp_snapshot *snapshot)
{
	size_t i, m;

	for (i = 0; i < snapshot->block_count; i++) {
		const struct memhp_block *block = &snapshot->blocks[i];

		assert_true(i == 0 || block->number > block[-1].number);
		assert_true(block->device == NO_DEVICE || block->device < snapshot->device_count);
		assert_true(block->nodes == 0 || block->nodes < snapshot->node_set_count);
		assert_true(block->default_zone == ZONE_INDEX_NONE ||
			    block->default_zone < ZONE_COUNT);
	}
	for (i = 0; i < snapshot->device_count; i++) {
		const struct memhp_device *device = &snapshot->devices[i];
		uint32_t first, last;

		for (m = 0; m < device->mapping_count; m++) {
			assert_true(device->mappings[m].end >= device->mappings[m].start);
			if (snapshot_mapping_blocks(snapshot, device, m, &first, &last))
				assert_true(first <= last);
		}
	}
}

static void test_any_machine(void **state)
{
	struct fixture *fixture = *state;
	unsigned int seed = 7, round;

	for (round = 0; round < 400; round++) {
		const char *path = spoilt_paths[(size_t)rand_r(&seed) % ARRAY_SIZE(spoilt_paths)];
		char text[512];
		size_t len = random_text(&seed, text, sizeof(text));

		test_tree_bytes(&fixture->tree, path, text, len);
		check_sane(rescan(fixture));
		/* Spoilt files gather; now and then all of them are whole again. */
		if (round % 20 == 19)
			test_tree_files(&fixture->tree);
	}
}

#define SCAN_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCAN_TEST(test_machine),	 SCAN_TEST(test_blocks),
		SCAN_TEST(test_nodes_and_zones), SCAN_TEST(test_dax),
		SCAN_TEST(test_regions),	 SCAN_TEST(test_hidden_regions),
		SCAN_TEST(test_absent),		 SCAN_TEST(test_junk),
		SCAN_TEST(test_unreadable),	 SCAN_TEST(test_hidden_iomem),
		SCAN_TEST(test_blind),		 SCAN_TEST(test_blind_near),
		SCAN_TEST(test_no_firmware),	 SCAN_TEST(test_mappings),
		SCAN_TEST(test_resource),	 SCAN_TEST(test_leaked),
		SCAN_TEST(test_node_links),	 SCAN_TEST(test_acpi),
		SCAN_TEST(test_virtio),		 SCAN_TEST(test_cxl),
		SCAN_TEST(test_cxl_unreadable),	 SCAN_TEST(test_cxl_pmem),
		SCAN_TEST(test_order_and_pmem),	 SCAN_TEST(test_other_pages),
		SCAN_TEST(test_old_valid_zones), SCAN_TEST(test_memmap),
		SCAN_TEST(test_struct_page),	 SCAN_TEST(test_zero_latency),
		SCAN_TEST(test_block_size),	 SCAN_TEST(test_no_blocks),
		SCAN_TEST(test_consistent),	 SCAN_TEST(test_parts),
		SCAN_TEST(test_parts_blind),	 SCAN_TEST(test_any_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
