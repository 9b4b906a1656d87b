/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes small recorded machines for tests. Looks at nothing of the machine it runs on.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"

void test_tree_make(struct test_tree *tree)
{
	const char *base = getenv("TMPDIR");

	/* In memory where there is such a place: some tests write thousands of files. */
	if (base == NULL)
		base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(tree->path, sizeof(tree->path), "%s/memhp-test-XXXXXX", base);
	assert_non_null(mkdtemp(tree->path));
	test_tree_directory(tree, "sys");
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

void test_tree_remove(struct test_tree *tree)
{
	assert_int_equal(nftw(tree->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The whole path of PATH, whose directories exist afterwards. */
static void place(const struct test_tree *tree, const char *path, char whole[1024])
{
	char *at;

	snprintf(whole, 1024, "%s/%s", tree->path, path);
	for (at = strchr(whole + strlen(tree->path) + 1, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(whole, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*at = '/';
	}
}

void test_tree_bytes(const struct test_tree *tree, const char *path, const void *bytes, size_t len)
{
	char whole[1024];
	FILE *file;

	place(tree, path, whole);
	file = fopen(whole, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

void test_tree_file(const struct test_tree *tree, const char *path, const char *text)
{
	test_tree_bytes(tree, path, text, strlen(text));
}

void test_tree_link(const struct test_tree *tree, const char *path, const char *target)
{
	char whole[1024];

	place(tree, path, whole);
	assert_int_equal(symlink(target, whole), 0);
}

void test_tree_directory(const struct test_tree *tree, const char *path)
{
	char whole[1024], below[1024];

	snprintf(below, sizeof(below), "%s/", path);
	place(tree, below, whole);
}

void test_tree_delete(const struct test_tree *tree, const char *path)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "%s/%s", tree->path, path);
	assert_int_equal(remove(whole), 0);
}

void test_tree_block(const struct test_tree *tree, uint32_t number, const char *state,
		     const char *valid_zones, int node)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/state", number);
	test_tree_file(tree, path, state);
	snprintf(path, sizeof(path), "sys/devices/system/memory/memory%u/valid_zones", number);
	if (valid_zones != NULL)
		test_tree_file(tree, path, valid_zones);
	if (node < 0)
		return;
	snprintf(path, sizeof(path), "sys/devices/system/node/node%d/memory%u", node, number);
	snprintf(target, sizeof(target), "../../memory/memory%u", number);
	test_tree_link(tree, path, target);
}

/* One file of a machine. */
struct row {
	const char *path;
	const char *text;
};

#define MEMORY "sys/devices/system/memory/"
#define NODE "sys/devices/system/node/"
#define DAX "sys/devices/platform/hmem.0/dax0.0/"

static const struct row machine_rows[] = {
	{ MEMORY "block_size_bytes", "8000000\n" },
	{ MEMORY "auto_online_blocks", "offline\n" },
	{ "sys/module/memory_hotplug/parameters/online_policy", "contig-zones\n" },
	{ "sys/module/memory_hotplug/parameters/auto_movable_ratio", "301\n" },
	{ "sys/module/memory_hotplug/parameters/auto_movable_numa_aware", "Y\n" },
	{ "sys/module/memory_hotplug/parameters/memmap_on_memory", "N\n" },
	{ "proc/sys/kernel/hostname", "little\n" },
	{ "proc/sys/kernel/osrelease", "6.12.95\n" },
	{ "proc/sys/kernel/random/boot_id", "0b6a4f0e-0000-4000-8000-000000000001\n" },
	{ "proc/sys/kernel/arch", "x86_64\n" },
	{ "proc/cmdline", "quiet movable_node\n" },
	{ "proc/vmstat", "nr_free_pages 1\nnr_memmap_pages 2048\nnr_memmap_boot_pages 2040\n" },
	{ NODE "has_cpu", "0\n" },
	{ NODE "node0/meminfo",
	  "Node 0 MemTotal:         520000 kB\nNode 0 MemFree:          400000 kB\n" },
	{ NODE "node0/distance", "10 30\n" },
	{ NODE "node1/meminfo",
	  "Node 1 MemTotal:         262144 kB\nNode 1 MemFree:          262144 kB\n" },
	{ NODE "node1/distance", "30 10\n" },
	{ NODE "node1/access1/initiators/read_latency", "250\n" },
	{ NODE "node1/access1/initiators/write_latency", "260\n" },
	{ NODE "node1/access1/initiators/read_bandwidth", "20000\n" },
	{ NODE "node1/access1/initiators/write_bandwidth", "15000\n" },
	{ "sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0\n" },
	{ "sys/devices/virtual/memory_tiering/memory_tier22/nodelist", "1\n" },
	{ "proc/zoneinfo", "Node 0, zone    DMA32\n"
			   "  per-node stats\n"
			   "      nr_inactive_anon 3\n"
			   "  pages free     100000\n"
			   "        boost    0\n"
			   "        min      10\n"
			   "        low      20\n"
			   "        high     30\n"
			   "        spanned  131072\n"
			   "        present  130977\n"
			   "        managed  130000\n"
			   "        cma      16\n"
			   "        protection: (0, 0, 0)\n"
			   "      nr_free_pages 100000\n"
			   "      nr_zone_inactive_file 500\n"
			   "      nr_zone_active_file 250\n"
			   "  pagesets\n"
			   "    cpu: 0\n"
			   "              count: 3\n"
			   "              high:  4\n"
			   "  start_pfn:           1\n"
			   "Node 1, zone  Movable\n"
			   "  pages free     65536\n"
			   "        high     7\n"
			   "        spanned  65536\n"
			   "        present  65536\n"
			   "        managed  65536\n"
			   "  start_pfn:           1048576\n" },
	{ "proc/iomem", "00000000-00000fff : Reserved\n"
			"00001000-0009fbff : System RAM\n"
			"00100000-1fffffff : System RAM\n"
			"  01000000-01ffffff : Kernel code\n"
			"  10000000-1fffffff : Crash kernel\n"
			"c0000000-dfffffff : PCI Bus 0000:00\n"
			"100000000-11fffffff : Soft Reserved\n"
			"  100000000-11fffffff : dax0.0\n"
			"    100000000-11fffffff : System RAM (kmem)\n" },
	{ "sys/firmware/memmap/0/type", "System RAM\n" },
	{ "sys/firmware/memmap/0/start", "0x1000\n" },
	{ "sys/firmware/memmap/0/end", "0x1fffffff\n" },
	{ "sys/firmware/memmap/1/type", "Reserved\n" },
	{ "sys/firmware/memmap/2/type", "Soft Reserved\n" },
	{ "sys/firmware/memmap/2/start", "0x100000000\n" },
	{ "sys/firmware/memmap/2/end", "0x11fffffff\n" },
	{ DAX "size", "536870912\n" },
	{ DAX "align", "2097152\n" },
	{ DAX "target_node", "1\n" },
	{ DAX "numa_node", "0\n" },
	{ DAX "resource", "0x100000000\n" },
	{ DAX "memmap_on_memory", "0\n" },
	{ DAX "mapping0/start", "0x100000000\n" },
	{ DAX "mapping0/end", "0x11fffffff\n" },
	{ "sys/devices/platform/hmem.0/dax_region/id", "0\n" },
	{ "sys/devices/platform/hmem.0/dax_region/available_size", "0\n" },
};

void test_tree_files(const struct test_tree *tree)
{
	size_t i;

	for (i = 0; i < sizeof(machine_rows) / sizeof(machine_rows[0]); i++)
		test_tree_file(tree, machine_rows[i].path, machine_rows[i].text);
}

void test_tree_machine(const struct test_tree *tree)
{
	uint32_t number;

	test_tree_files(tree);
	for (number = 0; number < 4; number++)
		test_tree_block(tree, number, "online\n", number == 0 ? "none\n" : "DMA32\n", 0);
	for (number = 32; number < 36; number++)
		test_tree_block(tree, number, number < 34 ? "online\n" : "offline\n",
				number < 34 ? "Movable\n" : "Movable Normal\n", 1);
	test_tree_directory(tree, "sys/bus/dax/drivers/kmem");
	test_tree_directory(tree, "sys/bus/dax/drivers/device_dax");
	test_tree_link(tree, "sys/bus/dax/devices/dax0.0",
		       "../../../devices/platform/hmem.0/dax0.0");
	test_tree_link(tree, DAX "driver", "../../../../bus/dax/drivers/kmem");
}
