/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fake kernel behaves as kernels were seen to: each test here is a fact about 6.1, 6.12 or 7.2,
 * with the numbers that were measured where there are any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../fakekern.h"

#define MEMORY "sys/devices/system/memory/"
#define DAX "sys/bus/dax/devices/dax0.0/"
#define DRIVERS "sys/bus/dax/drivers/"

/* 6 GiB below two 2 GiB ranges at 8 and 10 GiB; blocks 64 to 95. */
static struct fakekern *machine(const struct fakekern_config *config)
{
	struct fakekern *kernel = fakekern_new(config);

	fakekern_add_node(kernel, &(struct fakekern_node){
					  .node = 0,
					  .cpus = "0-1",
					  .memory = { { 4096, 640 * 1024 - 4096 },
						      { MIB, 3 * GIB - MIB },
						      { 4 * GIB, 3 * GIB } },
					  .taken = 256 * MIB,
				  });
	return kernel;
}

static void add_dax(struct fakekern *kernel, const char *name, uint64_t start, uint64_t size,
		    int node)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = name,
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { start, size } },
					 .target_node = node,
				 });
}

static struct fakekern *machine_with_dax(const struct fakekern_config *config)
{
	struct fakekern *kernel = machine(config);

	add_dax(kernel, "dax0.0", 8 * GIB, 2 * GIB, 0);
	return kernel;
}

/* The newest kernel with auto-online out of the way. */
static struct fakekern_config quiet(void)
{
	struct fakekern_config config = fakekern_7_2;

	config.auto_online = "offline";
	return config;
}

static int write_block(struct fakekern *kernel, unsigned int block, const char *word)
{
	char path[96];

	snprintf(path, sizeof(path), MEMORY "memory%u/state", block);
	return fakekern_write(kernel, path, word);
}

static const char *zones_of(struct fakekern *kernel, unsigned int block)
{
	char path[96];

	snprintf(path, sizeof(path), MEMORY "memory%u/valid_zones", block);
	return fakekern_text(kernel, path);
}

static void write_all(struct fakekern *kernel, unsigned int first, unsigned int last,
		      const char *word)
{
	for (unsigned int block = first; block <= last; block++)
		assert_int_equal(write_block(kernel, block, word), 0);
}

/* A number that stands after KEY in TEXT. */
static long long number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at != NULL ? strtoll(at + strlen(key), NULL, 10) : -1;
}

static long long memmap_count(struct fakekern *kernel)
{
	return number_after(fakekern_text(kernel, "proc/vmstat"), "nr_memmap_pages ");
}

static long long zone_number(struct fakekern *kernel, const char *zone, const char *key)
{
	const char *at = strstr(fakekern_text(kernel, "proc/zoneinfo"), zone);

	return at != NULL ? number_after(at, key) : -1;
}

static long long free_kilobytes(struct fakekern *kernel)
{
	return number_after(fakekern_text(kernel, "proc/meminfo"), "MemFree:");
}

static void test_boot_6_1(void **state)
{
	struct fakekern *kernel = machine_with_dax(&fakekern_6_1);

	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "device_dax");
	assert_string_equal(fakekern_block(kernel, 64), "absent");
	assert_string_equal(fakekern_text(kernel, MEMORY "auto_online_blocks"), "offline");
	assert_string_equal(fakekern_text(kernel, DAX "memmap_on_memory"), "");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"),
			       "200000000-27fffffff : Soft Reserved\n"
			       "  200000000-27fffffff : hmem.0\n"
			       "    200000000-27fffffff : dax0.0"));
	assert_int_equal(number_after(fakekern_text(kernel, "proc/vmstat"), "nr_memmap_pages"), -1);
	fakekern_free(kernel);
}

static void test_boot_auto_online(void **state)
{
	struct fakekern *kernel = machine_with_dax(&fakekern_6_12);

	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "kmem");
	for (unsigned int block = 64; block < 80; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Normal");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"),
			       "200000000-27fffffff : Soft Reserved\n"
			       "  200000000-27fffffff : dax0.0\n"
			       "    200000000-27fffffff : System RAM (kmem)"));
	fakekern_free(kernel);
	kernel = machine_with_dax(&fakekern_7_2);
	assert_string_equal(fakekern_block(kernel, 79), "online Normal");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"),
			       "\n200000000-27fffffff : dax0.0\n"
			       "  200000000-27fffffff : System RAM (kmem)"));
	assert_string_equal(
		fakekern_text(kernel, "sys/devices/platform/hmem_platform.0/hmem.0/dax0.0/size"),
		"2147483648");
	fakekern_free(kernel);
}

static void test_files_of_a_device(void **state)
{
	struct fakekern *kernel = machine_with_dax(&fakekern_7_2);
	struct io *io = fakekern_open(kernel);
	char link[128];

	assert_string_equal(fakekern_text(kernel, MEMORY "block_size_bytes"), "8000000");
	assert_string_equal(fakekern_text(kernel, DAX "mapping0/start"), "0x200000000");
	assert_string_equal(fakekern_text(kernel, DAX "mapping0/end"), "0x27fffffff");
	assert_string_equal(fakekern_text(kernel, DAX "target_node"), "0");
	assert_string_equal(fakekern_text(kernel, DAX "memmap_on_memory"), "0");
	assert_int_equal(io->ops->readlink(io, DAX "driver", link, sizeof(link)), 0);
	assert_string_equal(link, "../../../../../bus/dax/drivers/kmem");
	assert_string_equal(fakekern_text(kernel, MEMORY "memory79/node0/distance"), "10");
	assert_string_equal(
		fakekern_text(kernel, "sys/devices/system/node/node0/memory79/phys_index"),
		"0000004f");
	io_free(io);
	fakekern_free(kernel);
}

static void test_state_and_online_words(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);

	assert_int_equal(write_block(kernel, 64, "offline"), -EINVAL);
	assert_int_equal(write_block(kernel, 64, "going-offline"), -EINVAL);
	assert_int_equal(write_block(kernel, 64, "online_movable\n"), 0);
	assert_int_equal(write_block(kernel, 64, "online_movable"), -EINVAL);
	assert_int_equal(write_block(kernel, 64, "online_kernel"), -EINVAL);
	assert_string_equal(fakekern_block(kernel, 64), "online Movable");
	assert_int_equal(fakekern_write(kernel, MEMORY "memory64/online", "1"), 0);
	assert_int_equal(fakekern_write(kernel, MEMORY "memory64/online", "0"), 0);
	assert_int_equal(fakekern_write(kernel, MEMORY "memory64/online", "x"), -EINVAL);
	assert_string_equal(fakekern_block(kernel, 64), "offline");
	assert_int_equal(fakekern_write(kernel, MEMORY "auto_online_blocks", "maybe"), -EINVAL);
	assert_int_equal(fakekern_write(kernel, MEMORY "block_size_bytes", "1"), -EACCES);
	fakekern_free(kernel);
}

static void test_boot_memory_refuses(void **state)
{
	struct fakekern *kernel = machine(&fakekern_7_2);

	assert_string_equal(zones_of(kernel, 0), "none");
	assert_int_equal(write_block(kernel, 0, "offline"), -EINVAL);
	assert_int_equal(write_block(kernel, 40, "offline"), -EBUSY);
	fakekern_free(kernel);
}

/* Seen: block 48 online in Movable, block 63 in Normal; all between list "Normal Movable". */
static void test_zones_between(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = fakekern_new(&config);

	fakekern_add_node(kernel, &(struct fakekern_node){
					  .cpus = "0",
					  .memory = { { MIB, 3 * GIB - MIB }, { 4 * GIB, GIB } } });
	add_dax(kernel, "dax0.0", 6 * GIB, 2 * GIB, 0);
	assert_string_equal(zones_of(kernel, 50), "Normal Movable");
	assert_int_equal(write_block(kernel, 48, "online_movable"), 0);
	assert_int_equal(write_block(kernel, 63, "online_kernel"), 0);
	for (unsigned int block = 49; block < 63; block++)
		assert_string_equal(zones_of(kernel, block), "Normal Movable");
	assert_int_equal(write_block(kernel, 55, "online"), 0);
	assert_string_equal(fakekern_block(kernel, 55), "online Normal");
	assert_int_equal(write_block(kernel, 63, "offline"), 0);
	assert_int_equal(write_block(kernel, 55, "offline"), 0);
	assert_int_equal(write_block(kernel, 60, "online_movable"), 0);
	assert_string_equal(zones_of(kernel, 55), "Movable Normal");
	assert_int_equal(write_block(kernel, 55, "online"), 0);
	assert_string_equal(fakekern_block(kernel, 55), "online Movable");
	fakekern_free(kernel);
}

static void test_empty_node_goes_normal(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine(&config);

	assert_string_equal(fakekern_text(kernel, "sys/devices/system/node/online"), "0");
	add_dax(kernel, "dax0.0", 8 * GIB, GIB, 1);
	assert_string_equal(fakekern_text(kernel, "sys/devices/system/node/online"), "0-1");
	assert_string_equal(zones_of(kernel, 64), "Normal Movable");
	write_all(kernel, 64, 71, "online_movable");
	assert_string_equal(fakekern_text(kernel, "sys/devices/system/node/has_memory"), "0-1");
	assert_string_equal(fakekern_text(kernel, "sys/devices/system/node/has_normal_memory"),
			    "0");
	write_all(kernel, 64, 71, "offline");
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/unbind", "dax0.0"), 0);
	assert_string_equal(fakekern_text(kernel, "sys/devices/system/node/online"), "0");
	fakekern_free(kernel);
	config.movable_node = true;
	kernel = machine(&config);
	add_dax(kernel, "dax0.0", 8 * GIB, GIB, 1);
	assert_string_equal(zones_of(kernel, 64), "Movable Normal");
	fakekern_free(kernel);
}

/* Seen: 2 GiB cost 8192 pages of memmap, 32 MiB; all of it comes back. */
static void test_memmap_cost(void **state)
{
	struct fakekern_config config = quiet();
	config.modules[1] = NULL;
	struct fakekern *kernel = machine_with_dax(&config);
	long long before = free_kilobytes(kernel), boot = memmap_count(kernel);

	assert_int_equal(fakekern_load(kernel, "kmem"), 0);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "kmem");
	assert_int_equal(memmap_count(kernel) - boot, 8192);
	assert_int_equal(before - free_kilobytes(kernel), 32 * 1024);
	write_all(kernel, 64, 79, "online_movable");
	assert_int_equal(zone_number(kernel, "zone  Movable", "managed"), 524288);
	write_all(kernel, 64, 79, "offline");
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/unbind", "dax0.0"), 0);
	assert_int_equal(memmap_count(kernel), boot);
	assert_int_equal(free_kilobytes(kernel), before);
	assert_string_equal(fakekern_block(kernel, 64), "absent");
	assert_null(strstr(fakekern_text(kernel, "proc/iomem"), "kmem"));
	fakekern_free(kernel);
}

/* Seen: Movable present 524288, managed 516096 pages; kernel-zone free memory unchanged. */
static void test_memmap_on_memory(void **state)
{
	struct fakekern_config config = quiet();
	config.memmap_on_memory = "Y";
	config.modules[1] = NULL;
	struct fakekern *kernel = machine_with_dax(&config);
	long long before = free_kilobytes(kernel);
	uint64_t flags[513];
	size_t length = 0;

	assert_int_equal(fakekern_write(kernel, DAX "memmap_on_memory", "1"), 0);
	assert_int_equal(fakekern_load(kernel, "kmem"), 0);
	assert_int_equal(fakekern_write(kernel, DAX "memmap_on_memory", "0"), -EBUSY);
	assert_int_equal(memmap_count(kernel), 8192);
	assert_int_equal(free_kilobytes(kernel), before);
	write_all(kernel, 64, 79, "online_movable");
	assert_int_equal(zone_number(kernel, "zone  Movable", "present"), 524288);
	assert_int_equal(zone_number(kernel, "zone  Movable", "managed"), 516096);
	struct io *io = fakekern_open(kernel);
	int rc =
		io->ops->read(io, "proc/kpageflags", 64 * 32768 * 8, flags, sizeof(flags), &length);
	assert_int_equal(rc, -E2BIG);
	assert_true(flags[0] == UINT64_C(1) << 37 && flags[511] == UINT64_C(1) << 37);
	assert_true(flags[512] == UINT64_C(1) << 10);
	io_free(io);
	fakekern_free(kernel);
	config.memmap_on_memory = "N";
	kernel = machine_with_dax(&config);
	assert_int_equal(fakekern_write(kernel, DAX "memmap_on_memory", "1"), -EOPNOTSUPP);
	fakekern_free(kernel);
}

static void test_device_dax_costs(void **state)
{
	struct fakekern *kernel = machine(&fakekern_6_1);
	long long before = free_kilobytes(kernel);

	add_dax(kernel, "dax0.0", 8 * GIB, 2 * GIB, 0);
	assert_int_equal(before - free_kilobytes(kernel), 8 * 1024);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/unbind", "dax0.0"), 0);
	assert_int_equal(free_kilobytes(kernel), before);
	fakekern_free(kernel);
}

/* Seen: the write succeeds, the device is driverless, iomem keeps it, bind gives EBUSY ever after. */
static void test_unbind_leaks(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);

	assert_int_equal(write_block(kernel, 70, "online"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/unbind", "dax0.0"), 0);
	assert_int_equal(fakekern_violations(kernel), 1);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"), "System RAM (kmem)"));
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax0.0"), -EBUSY);
	assert_int_equal(write_block(kernel, 70, "offline"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax0.0"), -EBUSY);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/new_id", "dax0.0"), 0);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "");
	fakekern_free(kernel);
}

/* Seen: 15 of the first one's 16 blocks go; one holds the memmap of the second. */
static void test_memmap_of_a_later_device(void **state)
{
	struct fakekern *kernel = machine(&fakekern_7_2);
	unsigned int gone = 0;

	add_dax(kernel, "dax0.0", 8 * GIB, 2 * GIB, 1);
	add_dax(kernel, "dax1.0", 10 * GIB, 2 * GIB, 1);
	for (unsigned int block = 64; block < 80; block++)
		gone += write_block(kernel, block, "offline") == 0;
	assert_int_equal(gone, 15);
	write_all(kernel, 80, 95, "offline");
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/unbind", "dax1.0"), 0);
	for (unsigned int block = 64; block < 80; block++)
		write_block(kernel, block, "offline");
	for (unsigned int block = 64; block < 80; block++)
		assert_string_equal(fakekern_block(kernel, block), "offline");
	fakekern_free(kernel);
}

static void test_trims_to_blocks(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine(&config);

	add_dax(kernel, "dax0.0", 8 * GIB + 6 * MIB, 1090 * MIB, 0);
	assert_string_equal(fakekern_block(kernel, 64), "absent");
	assert_string_equal(fakekern_block(kernel, 65), "offline");
	assert_string_equal(fakekern_block(kernel, 71), "offline");
	assert_string_equal(fakekern_block(kernel, 72), "absent");
	add_dax(kernel, "dax1.0", 10 * GIB + MIB, 128 * MIB, 0);
	assert_string_equal(fakekern_driver(kernel, "dax1.0"), "");
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax1.0"), -EINVAL);
	fakekern_free(kernel);
}

static void test_later_ranges_fail_silently(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine(&config);

	fakekern_fail_add(kernel, 10 * GIB, -ENOMEM);
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_CXL,
					 .mappings = { { 8 * GIB, GIB }, { 10 * GIB, GIB } },
				 });
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "kmem");
	assert_string_equal(fakekern_block(kernel, 64), "offline");
	assert_string_equal(fakekern_block(kernel, 80), "absent");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"), "CXL Window 0"));
	fakekern_free(kernel);
}

static void test_ids_and_matching(void **state)
{
	struct fakekern *kernel = machine_with_dax(&fakekern_6_1);

	assert_int_equal(fakekern_load(kernel, "nonsense"), -ENOENT);
	assert_int_equal(fakekern_load(kernel, "kmem"), 0);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "device_dax");
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/unbind", "dax0.0"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/unbind", "dax0.0"), -ENODEV);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax0.0"), -ENODEV);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/new_id", "dax0.0x"), -EINVAL);
	fakekern_fail_add(kernel, 8 * GIB, -ENOMEM);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/new_id", "dax0.0"), 0);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "");
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax0.0"), -ENOMEM);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/remove_id", "dax0.0"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/bind", "dax0.0"), -ENODEV);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/bind", "dax0.0"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/bind", "dax0.0"), -EBUSY);
	fakekern_free(kernel);
	struct fakekern_config config = quiet();
	kernel = machine_with_dax(&config);
	assert_int_equal(fakekern_write(kernel, DRIVERS "kmem/unbind", "dax0.0"), 0);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/bind", "dax0.0"), -ENODEV);
	assert_int_equal(fakekern_write(kernel, DRIVERS "device_dax/new_id", "dax0.0"), 0);
	assert_string_equal(fakekern_driver(kernel, "dax0.0"), "device_dax");
	fakekern_free(kernel);
}

static void test_auto_online_stops_at_first_error(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);

	fakekern_trouble(kernel, 66, FAKEKERN_REFUSES_ONLINE, -ENOMEM, 2);
	assert_int_equal(write_block(kernel, 66, "online"), -ENOMEM);
	assert_int_equal(write_block(kernel, 66, "online"), -ENOMEM);
	assert_int_equal(write_block(kernel, 66, "online"), 0);
	fakekern_free(kernel);
	config.memmap_on_memory = "Y";
	kernel = machine(&config);
	fakekern_write(kernel, MEMORY "auto_online_blocks", "online_movable");
	fakekern_add_virtio_mem(kernel, "virtio0", 0, (struct fakekern_range){ 8 * GIB, GIB });
	assert_int_equal(fakekern_plug(kernel, "virtio0", 3), 3);
	assert_string_equal(fakekern_block(kernel, 66), "online Movable");
	assert_non_null(strstr(fakekern_text(kernel, "proc/iomem"),
			       "200000000-23fffffff : virtio0\n"
			       "  200000000-217ffffff : System RAM (virtio_mem)"));
	assert_int_equal(fakekern_unplug(kernel, "virtio0", 1), 1);
	assert_string_equal(fakekern_block(kernel, 66), "absent");
	fakekern_free(kernel);
}

static void test_dimm_eject(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine(&config);
	const struct fakekern_dimm dimm = { .name = "PNP0C80:01", .start = 8 * GIB, .size = GIB };

	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:02" });
	fakekern_add_dimm(kernel, &dimm);
	assert_string_equal(fakekern_text(kernel, "sys/bus/acpi/devices/PNP0C80:02/status"), "0");
	assert_string_equal(fakekern_text(kernel, MEMORY "memory64/firmware_node/status"), "15");
	write_all(kernel, 64, 71, "online_movable");
	fakekern_trouble(kernel, 70, FAKEKERN_UNMOVABLE, 0, 2);
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "2"),
			 -EINVAL);
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "1"), 0);
	assert_string_equal(fakekern_block(kernel, 64), "online Movable");
	fakekern_advance(kernel, SECOND);
	assert_string_equal(fakekern_block(kernel, 64), "online Normal");
	assert_string_equal(fakekern_block(kernel, 70), "online Movable");
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "1"), 0);
	fakekern_advance(kernel, SECOND);
	assert_string_equal(fakekern_block(kernel, 64), "absent");
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "1"),
			 -ENODEV);
	fakekern_free(kernel);
}

/* As kernel-abi-dimm-refused saw it: a block in a kernel zone that cannot be emptied keeps all of it. */
static void test_dimm_eject_refused(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine(&config);
	const struct fakekern_dimm dimm = {
		.name = "PNP0C80:01", .start = 8 * GIB, .size = GIB, .node = 1
	};

	fakekern_add_dimm(kernel, &dimm);
	assert_int_equal(write_block(kernel, 64, "online_kernel"), 0);
	fakekern_trouble(kernel, 64, FAKEKERN_UNMOVABLE, 0, 0);
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "1"), 0);
	fakekern_advance(kernel, SECOND);
	assert_string_equal(fakekern_block(kernel, 64), "online Normal");
	for (uint32_t block = 65; block < 72; block++)
		assert_string_equal(fakekern_block(kernel, block), "offline");
	/* What was online in Movable comes back, and all of it in Normal. */
	write_all(kernel, 65, 71, "online_movable");
	assert_int_equal(fakekern_write(kernel, "sys/bus/acpi/devices/PNP0C80:01/eject", "1"), 0);
	fakekern_advance(kernel, SECOND);
	for (uint32_t block = 64; block < 72; block++)
		assert_string_equal(fakekern_block(kernel, block), "online Normal");
	assert_string_equal(fakekern_text(kernel, "sys/bus/acpi/devices/PNP0C80:01/status"), "15");
	fakekern_free(kernel);
}

static void test_auto_movable(void **state)
{
	struct fakekern_config config = quiet();
	config.online_policy = "auto-movable";
	struct fakekern *kernel = machine(&config);

	add_dax(kernel, "dax0.0", 8 * GIB, 2 * GIB, 0);
	add_dax(kernel, "dax1.0", 10 * GIB, 2 * GIB, 1);
	assert_string_equal(zones_of(kernel, 64), "Movable Normal");
	assert_string_equal(zones_of(kernel, 80), "Normal Movable");
	fakekern_write(kernel, "sys/module/memory_hotplug/parameters/auto_movable_numa_aware", "N");
	assert_string_equal(zones_of(kernel, 80), "Movable Normal");
	assert_int_equal(write_block(kernel, 95, "online_kernel"), 0);
	assert_string_equal(zones_of(kernel, 80), "Normal Movable");
	fakekern_free(kernel);
}

static void test_poison(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);

	fakekern_trouble(kernel, 64, FAKEKERN_POISONED, 0, 0);
	assert_int_equal(write_block(kernel, 64, "online_movable"), -EHWPOISON);
	fakekern_free(kernel);
}

static void stop(struct fakekern *kernel, void *data)
{
	fakekern_cancel(data);
}

static void test_offline_that_never_ends(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);
	struct io *io = fakekern_open(kernel);
	const char *path = MEMORY "memory64/state";

	assert_int_equal(io->ops->write(io, path, "online_movable", IO_NO_DEADLINE), 0);
	fakekern_trouble(kernel, 64, FAKEKERN_STUCK, 0, 0);
	uint64_t deadline = io->ops->now(io) + 30 * SECOND;
	assert_int_equal(io->ops->write(io, path, "offline", deadline), -ETIMEDOUT);
	assert_true(io->ops->now(io) >= deadline && io->ops->now(io) < deadline + SECOND);
	assert_string_equal(fakekern_block(kernel, 64), "online Movable");
	fakekern_after(kernel, 5 * SECOND, stop, io);
	assert_int_equal(io->ops->write(io, path, "offline", IO_NO_DEADLINE), -ECANCELED);
	assert_int_equal(io->ops->cancelled(io), 1);
	assert_int_equal(fakekern_violations(kernel), 0);
	io_free(io);
	fakekern_free(kernel);
}

static void test_migrates_where_there_is_room(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);
	long long before;

	write_all(kernel, 64, 65, "online_movable");
	fakekern_use(kernel, 64, 30000);
	before = free_kilobytes(kernel);
	assert_int_equal(write_block(kernel, 64, "offline"), 0);
	assert_int_equal(before - free_kilobytes(kernel), (32768 - 30000 + 30000) * 4LL);
	assert_int_equal(write_block(kernel, 64, "online_movable"), 0);
	assert_int_equal(free_kilobytes(kernel), before);
	fakekern_free(kernel);
}

static void write_state(struct fakekern *kernel, void *data)
{
	write_block(kernel, 64, data);
}

static void test_hooks_and_transcript(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);
	struct io *io = fakekern_open(kernel);
	char text[64];
	size_t length;

	fakekern_before(io, 1, write_state, "online_kernel");
	assert_int_equal(io->ops->read(io, MEMORY "memory64/state", 0, text, sizeof(text), &length),
			 0);
	assert_int_equal(length, 8);
	assert_int_equal(
		io->ops->write(io, MEMORY "memory64/state", "online_movable", IO_NO_DEADLINE),
		-EINVAL);
	assert_int_equal(fakekern_operations(io), 2);
	assert_int_equal(fakekern_count(io, FAKEKERN_WRITE), 1);
	assert_int_equal(fakekern_operation(io, 1)->rc, -EINVAL);
	assert_string_equal(fakekern_operation(io, 1)->word, "online_movable");
	assert_int_equal(io->ops->read(io, MEMORY "memory64/state", 0, text, 3, &length), -E2BIG);
	assert_int_equal(io->ops->read(io, MEMORY "memory1/none", 0, text, 3, &length), -ENOENT);
	io_free(io);
	fakekern_free(kernel);
}

static void test_killed(void **state)
{
	struct fakekern_config config = quiet();
	struct fakekern *kernel = machine_with_dax(&config);
	struct io *io = fakekern_open(kernel), *next;
	char text[64], holder[64] = "";
	size_t length;

	assert_int_equal(io->ops->lock(io, "run/memhp/lock", 0, holder, sizeof(holder)), 0);
	assert_int_equal(io->ops->save(io, "run/memhp/journal", "words\n"), 0);
	next = fakekern_open(kernel);
	assert_int_equal(next->ops->lock(next, "run/memhp/lock", 0, holder, sizeof(holder)),
			 -EWOULDBLOCK);
	assert_string_equal(holder, "pid 1000");
	fakekern_kill(io, 2, true);
	assert_int_equal(io->ops->write(io, MEMORY "memory64/state", "online", IO_NO_DEADLINE),
			 -EIO);
	assert_string_equal(fakekern_block(kernel, 64), "online Normal");
	assert_int_equal(io->ops->write(io, MEMORY "memory65/state", "online", IO_NO_DEADLINE),
			 -EIO);
	assert_string_equal(fakekern_block(kernel, 65), "offline");
	assert_int_equal(next->ops->lock(next, "run/memhp/lock", 0, holder, sizeof(holder)), 0);
	assert_int_equal(next->ops->read(next, "run/memhp/journal", 0, text, sizeof(text), &length),
			 0);
	assert_int_equal(length, 6);
	assert_int_equal(next->ops->read(next, "proc/1000/stat", 0, text, sizeof(text), &length),
			 -ENOENT);
	assert_int_equal(next->ops->save(next, "run/memhp/journal", NULL), 0);
	assert_int_equal(next->ops->save(next, "etc/passwd", ""), -EINVAL);
	io_free(io);
	io_free(next);
	fakekern_free(kernel);
}

static void test_without_privilege(void **state)
{
	struct fakekern *kernel = machine_with_dax(&fakekern_7_2);
	char text[8192];
	size_t length;

	fakekern_unprivileged(kernel);
	struct io *io = fakekern_open(kernel);
	assert_int_equal(io->ops->read(io, DAX "mapping0/start", 0, text, sizeof(text), &length),
			 -EACCES);
	assert_int_equal(io->ops->read(io, DAX "size", 0, text, sizeof(text), &length), 0);
	assert_int_equal(io->ops->write(io, MEMORY "memory64/state", "offline", IO_NO_DEADLINE),
			 -EACCES);
	assert_int_equal(io->ops->read(io, "proc/iomem", 0, text, sizeof(text), &length), 0);
	text[length] = '\0';
	assert_non_null(strstr(text, "00000000-00000000 : System RAM (kmem)"));
	io_free(io);
	fakekern_free(kernel);
}

static void test_new_block_without_link(void **state)
{
	struct fakekern_config config = fakekern_6_12;
	config.auto_online = "offline";
	struct fakekern *kernel = machine_with_dax(&config);

	fakekern_unlink_block(kernel, 64);
	assert_string_equal(zones_of(kernel, 64), "");
	assert_int_equal(fakekern_violations(kernel), 1);
	fakekern_link_block(kernel, 64);
	assert_string_equal(zones_of(kernel, 64), "Normal Movable");
	fakekern_free(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_6_1),
		cmocka_unit_test(test_boot_auto_online),
		cmocka_unit_test(test_files_of_a_device),
		cmocka_unit_test(test_state_and_online_words),
		cmocka_unit_test(test_boot_memory_refuses),
		cmocka_unit_test(test_zones_between),
		cmocka_unit_test(test_empty_node_goes_normal),
		cmocka_unit_test(test_memmap_cost),
		cmocka_unit_test(test_memmap_on_memory),
		cmocka_unit_test(test_device_dax_costs),
		cmocka_unit_test(test_unbind_leaks),
		cmocka_unit_test(test_memmap_of_a_later_device),
		cmocka_unit_test(test_trims_to_blocks),
		cmocka_unit_test(test_later_ranges_fail_silently),
		cmocka_unit_test(test_ids_and_matching),
		cmocka_unit_test(test_auto_online_stops_at_first_error),
		cmocka_unit_test(test_dimm_eject),
		cmocka_unit_test(test_dimm_eject_refused),
		cmocka_unit_test(test_auto_movable),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_offline_that_never_ends),
		cmocka_unit_test(test_migrates_where_there_is_room),
		cmocka_unit_test(test_hooks_and_transcript),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_without_privilege),
		cmocka_unit_test(test_new_block_without_link),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fakekern", tests, NULL, NULL);
}
