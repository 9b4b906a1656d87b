/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of scenarios: what is asked of which machine and how it is to end. Faults, kills and
 * other agents are tried on the same list.
 */
#include "scenario.h"

/* Four blocks, 64 to 67. */
static void hmem(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { 8 * GIB, 512 * MIB } },
				 });
}

/* The same in a region that makes devices and takes them away. */
static void divided(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){ .name = "dax0.0",
							 .provider = FAKEKERN_HMEM,
							 .mappings = { { 8 * GIB, 512 * MIB } },
							 .dynamic = true });
}

/* The same, with a policy: block 65 is to stay offline, the rest of the device goes to Movable. */
static void policed(struct fakekern *kernel)
{
	fakekern_file(kernel, "etc/memhp.conf",
		      "[policy]\nzone = kernel\n[device 10-trace]\n"
		      "match-range = 0x208000000+128M\nkeep-offline = yes\n");
	fakekern_file(kernel, "etc/memhp.conf.d/50-hmem.conf",
		      "[device 20-hmem]\nmatch-driver = hmem\nzone = movable\n");
	hmem(kernel);
}

/* The same, with so low a limit that one of its blocks must be in a kernel zone. */
static void limited(struct fakekern *kernel)
{
	fakekern_file(kernel, "etc/memhp.conf",
		      "[policy]\nmovable-ratio-warn = 0.2\nmovable-ratio-deny = 0.4\n");
	hmem(kernel);
}

/* Blocks 64 to 65 and 80 to 81, on a node of their own. */
static void cxl(struct fakekern *kernel)
{
	fakekern_set_distance(kernel, 0, 1, 24);
	fakekern_add_dax(kernel,
			 &(struct fakekern_dax){
				 .name = "dax0.0",
				 .provider = FAKEKERN_CXL,
				 .mappings = { { 8 * GIB, 256 * MIB }, { 10 * GIB, 256 * MIB } },
				 .target_node = 1,
			 });
}

/* What is whole of it: blocks 65 and 66. */
static void unaligned(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { 8 * GIB + 6 * MIB, 400 * MIB } },
				 });
}

/* Right after RAM that ends off 64 MiB; what is whole of it: blocks 33 to 35. */
static void beside_ram(struct fakekern *kernel)
{
	fakekern_add_node(kernel,
			  &(struct fakekern_node){ .node = 1, .memory = { { 4 * GIB, 6 * MIB } } });
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { 4 * GIB + 6 * MIB, 512 * MIB } },
					 .target_node = 1,
				 });
}

/* Two on one far node: 64 to 67 and 72 to 75. */
static void two_far(struct fakekern *kernel)
{
	for (int i = 0; i < 2; i++)
		fakekern_add_dax(kernel,
				 &(struct fakekern_dax){
					 .name = i == 0 ? "dax0.0" : "dax1.0",
					 .provider = FAKEKERN_HMEM,
					 .mappings = { { 8 * GIB + (uint64_t)i * GIB, 512 * MIB } },
					 .target_node = 1,
				 });
}

static void pmem(struct fakekern *kernel)
{
	fakekern_add_dax(kernel, &(struct fakekern_dax){
					 .name = "dax0.0",
					 .provider = FAKEKERN_PMEM,
					 .mappings = { { 8 * GIB, 512 * MIB } },
					 .target_node = 1,
				 });
}

/* A device that another driver owns: blocks 96 to 97 of virtio-mem, and a DIMM, 112 to 113. */
static void owned(struct fakekern *kernel)
{
	hmem(kernel);
	fakekern_add_virtio_mem(kernel, "virtio0", 0, (struct fakekern_range){ 12 * GIB, GIB });
	fakekern_plug(kernel, "virtio0", 2);
	fakekern_add_dimm(kernel, &(struct fakekern_dimm){ .name = "PNP0C80:00",
							   .start = 14 * GIB,
							   .size = 256 * MIB });
}

static void no_room(struct fakekern *kernel)
{
	fakekern_fail_add(kernel, 8 * GIB, -12);
	hmem(kernel);
}

static void second_range_fails(struct fakekern *kernel)
{
	fakekern_fail_add(kernel, 10 * GIB, -12);
	cxl(kernel);
}

#define OFFLINE "64-67 offline, dax0.0 kmem"
#define IN_MOVABLE "64-67 online Movable, dax0.0 kmem"
#define IN_NORMAL "64-67 online Normal, dax0.0 kmem"
#define BALANCED "64-64 online Normal, 65-67 online Movable"
#define GONE "64-67 absent, dax0.0 device_dax"
#define NEW "6.12 7.2"

#define ROW(name_, build_, ...)                                         \
	{                                                               \
		.name = name_, .build = build_, .requests = __VA_ARGS__ \
	}

const struct scenario scenarios[] = {
	ROW("online from boot", hmem, "online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .faults = true),
	ROW("online to kernel zones", hmem, "online zone=kernel dax0.0", .ends = IN_NORMAL,
	    .faults = true),
	ROW("online as the policy says", hmem, "online dax0.0", .ends = IN_MOVABLE,
	    .auto_online = "offline"),
	ROW("online where the kernel likes", hmem, "online zone=auto dax0.0", .ends = IN_NORMAL),
	ROW("online, auto-online agrees", hmem, "online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .auto_online = "online_movable"),
	ROW("online, auto-online is off", hmem, "online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .auto_online = "offline"),
	ROW("online, auto-online to kernel", hmem, "online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .auto_online = "online_kernel", .faults = true),
	ROW("online by device file", hmem, "online zone=movable /dev/dax0.0", .ends = IN_MOVABLE),
	ROW("add", hmem, "remove dax0.0; add dax0.0", .ends = OFFLINE, .faults = true),
	ROW("add without auto-online", hmem, "remove dax0.0; add dax0.0", .ends = OFFLINE,
	    .auto_online = "offline"),
	ROW("add with auto-online", hmem, "remove dax0.0; add dax0.0", .ends = OFFLINE,
	    .auto_online = "online_movable"),
	ROW("add, then online", hmem, "remove dax0.0; add dax0.0; online zone=movable dax0.0",
	    .ends = IN_MOVABLE),
	ROW("offline", hmem, "online zone=movable dax0.0; offline dax0.0", .ends = OFFLINE,
	    .faults = true),
	ROW("offline from kernel zones", hmem, "online zone=kernel dax0.0; offline dax0.0",
	    .ends = OFFLINE),
	ROW("online again", hmem,
	    "online zone=movable dax0.0; offline dax0.0; online zone=movable dax0.0",
	    .ends = IN_MOVABLE, .faults = true),
	ROW("move to kernel zones", hmem, "online zone=movable dax0.0; online zone=kernel dax0.0",
	    .ends = IN_NORMAL, .faults = true),
	ROW("move and back", hmem,
	    "online zone=movable dax0.0; online zone=kernel dax0.0; online zone=movable dax0.0",
	    .ends = IN_MOVABLE),
	ROW("remove from boot", hmem, "remove dax0.0", .ends = GONE),
	ROW("remove", hmem, "online zone=movable dax0.0; remove dax0.0", .ends = GONE,
	    .faults = true),
	ROW("remove offline memory", hmem,
	    "online zone=movable dax0.0; offline dax0.0; remove dax0.0", .ends = GONE,
	    .faults = true),
	ROW("remove to no driver", hmem, "online zone=movable dax0.0; remove unbound dax0.0",
	    .ends = "64-67 absent, dax0.0 ", .faults = true),
	ROW("bring back what has no driver", hmem,
	    "remove unbound dax0.0; online zone=movable dax0.0", .ends = IN_MOVABLE),
	ROW("bring back", hmem, "remove dax0.0; online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .faults = true),
	ROW("remove twice over", hmem,
	    "online zone=movable dax0.0; remove dax0.0; online zone=movable dax0.0; remove dax0.0",
	    .ends = GONE),
	ROW("blocks offline", hmem, "online zone=movable dax0.0; offline 65-66",
	    .ends = "64-64 online Movable, 65-66 offline, 67-67 online Movable", .faults = true),
	ROW("blocks online", hmem,
	    "online zone=movable dax0.0; offline dax0.0; online zone=movable 66-67",
	    .ends = "64-65 offline, 66-67 online Movable"),
	ROW("blocks by address", hmem, "online zone=movable dax0.0; offline 0x200000000+256M",
	    .ends = "64-65 offline, 66-67 online Movable"),
	ROW("one block by name", hmem, "online zone=movable dax0.0; offline memory66",
	    .ends = "64-65 online Movable, 66-66 offline, 67-67 online Movable"),
	ROW("blocks stay where they are", hmem,
	    "online zone=kernel dax0.0; online zone=movable 65 = refused", .ends = IN_NORMAL),
	ROW("blocks moved", hmem, "online zone=kernel dax0.0; online zone=movable move 65",
	    .ends = "64-64 online Normal, 65-65 online Movable, 66-67 online Normal",
	    .faults = true),
	ROW("a kernel block between movable ones", hmem,
	    "online zone=movable dax0.0; offline 65-66; online zone=kernel 66; online zone=auto 65",
	    .ends = "64-65 online Movable, 66-66 online Normal, 67-67 online Movable"),
	ROW("between two kernel blocks", hmem,
	    "online zone=movable dax0.0; offline 64-66; online zone=kernel 64 66; online zone=auto "
	    "65",
	    .ends = "64-66 online Normal, 67-67 online Movable"),
	ROW("two mappings", cxl, "online zone=movable dax0.0",
	    .ends = "64-65 online Movable, 80-81 online Movable", .auto_online = "offline",
	    .faults = true),
	/* The memmap of the second range lies in the first, which the kernel had onlined. */
	ROW("two mappings that the kernel onlined", cxl, "online zone=movable dax0.0 = rolled-back",
	    .ends = "64-65 online Normal, 80-81 online Normal", .kernels = NEW),
	ROW("two mappings removed", cxl, "online zone=movable dax0.0; remove dax0.0",
	    .ends = "64-65 absent, 80-81 absent, dax0.0 device_dax", .auto_online = "offline",
	    .faults = true),
	ROW("two mappings offline by node", cxl, "online zone=movable dax0.0; offline node1",
	    .ends = "64-65 offline, 80-81 offline", .auto_online = "offline"),
	ROW("unaligned", unaligned, "online zone=movable dax0.0",
	    .ends = "64-64 absent, 65-66 online Movable, 67-67 absent", .faults = true),
	ROW("unaligned removed", unaligned, "online zone=movable dax0.0; remove dax0.0",
	    .ends = "64-67 absent"),
	ROW("beside RAM", beside_ram, "online zone=movable dax0.0",
	    .ends = "33-35 online Movable, dax0.0 kmem"),
	ROW("beside RAM, removed", beside_ram, "online zone=movable dax0.0; remove dax0.0",
	    .ends = "33-35 absent, dax0.0 device_dax", .kernels = "6.1 6.12"),
	ROW("beside RAM, removed unbound", beside_ram,
	    "online zone=movable dax0.0; remove unbound dax0.0", .ends = "33-35 absent, dax0.0 "),
	/* device_dax cannot have what the RAM's buffer has a part of. */
	ROW("beside RAM, in a buffer's way", beside_ram,
	    "online zone=movable dax0.0; remove dax0.0 = rolled-back",
	    .ends = "33-35 online Movable, dax0.0 kmem", .kernels = "7.2"),
	ROW("two on a far node", two_far, "online zone=movable dax0.0 dax1.0",
	    .ends = "64-67 online Movable, 72-75 online Movable", .auto_online = "offline",
	    .faults = true),
	ROW("two on a far node removed", two_far,
	    "online zone=movable dax0.0 dax1.0; remove dax0.0 dax1.0",
	    .ends = "64-67 absent, 72-75 absent", .auto_online = "offline", .faults = true),
	ROW("two on a far node, one removed", two_far,
	    "online zone=movable dax0.0 dax1.0; remove dax0.0",
	    .ends = "64-67 absent, 72-75 online Movable", .auto_online = "offline"),
	ROW("persistent memory", pmem, "online zone=movable dax0.0", .ends = IN_MOVABLE,
	    .faults = true),
	ROW("persistent memory goes back", pmem, "online zone=movable dax0.0; remove dax0.0",
	    .ends = GONE),
	ROW("memmap on memory", hmem, "remove dax0.0; online zone=movable memmap=on dax0.0",
	    .ends = IN_MOVABLE, .memmap_on_memory = "Y", .kernels = NEW, .faults = true),
	ROW("memmap on memory, and it cannot be", hmem,
	    "remove dax0.0; online zone=movable memmap=on dax0.0", .ends = IN_MOVABLE),
	ROW("memmap on memory changed", hmem,
	    "remove dax0.0; online zone=movable memmap=on dax0.0; remove dax0.0; online "
	    "zone=movable memmap=off dax0.0",
	    .ends = IN_MOVABLE, .memmap_on_memory = "Y", .kernels = NEW),
	ROW("CXL with its memmap on itself", cxl, "remove dax0.0; online zone=movable dax0.0",
	    .ends = "64-65 online Movable, 80-81 online Movable", .auto_online = "offline",
	    .memmap_on_memory = "Y", .kernels = NEW, .faults = true),
	ROW("balanced", limited, "online zone=balanced dax0.0", .ends = BALANCED, .faults = true),
	ROW("balanced, and nothing is online yet", limited,
	    "remove dax0.0; add dax0.0; online zone=balanced dax0.0", .ends = BALANCED,
	    .faults = true),
	ROW("balanced from Movable", limited,
	    "online zone=movable force=movable-ratio dax0.0; online zone=balanced dax0.0",
	    .ends = BALANCED),
	ROW("balanced by size", limited, "remove dax0.0; online zone=balanced size=384M dax0.0",
	    .ends = "64-66 online Movable, 67-67 offline", .auto_online = "offline"),
	ROW("from policy", policed, "remove dax0.0; online from-policy dax0.0",
	    .ends = "64-64 online Movable, 65-65 offline, 66-67 online Movable", .faults = true),
	ROW("from policy, and there is none", hmem, "remove dax0.0; online from-policy dax0.0",
	    .ends = GONE),
	ROW("kept offline by policy", policed, "remove dax0.0; online dax0.0 = refused",
	    .ends = GONE),
	ROW("kept offline, and forced", policed, "remove dax0.0; online force=keep-offline dax0.0",
	    .ends = "64-64 online Movable, 65-65 online Normal, 66-67 online Movable"),
	ROW("all but what is kept offline", policed, "remove dax0.0; add dax0.0; online all",
	    .ends = "64-64 online Movable, 65-65 offline, 66-67 online Movable"),
	ROW("boot memory", hmem, "offline 2-3 = refused"),
	ROW("everything hot-added", hmem, "online zone=movable dax0.0; offline all",
	    .ends = OFFLINE),
	ROW("another driver's blocks", owned, "online zone=auto 96; offline 96 = refused"),
	ROW("a part of a device", hmem, "online zone=movable dax0.0; remove 65 = refused",
	    .ends = IN_MOVABLE),
	ROW("a DIMM's blocks", owned, "online zone=movable 112-113",
	    .ends = "112-113 online Movable", .auto_online = "offline", .faults = true),
	ROW("a DIMM's blocks offline", owned, "online zone=movable 112-113; offline 112-113",
	    .ends = "112-113 offline", .auto_online = "offline", .faults = true),
	ROW("a DIMM removed", owned, "online zone=movable 112-113; remove PNP0C80:00",
	    .ends = "112-113 absent", .auto_online = "offline", .faults = true),
	ROW("a DIMM removed, half of it online", owned,
	    "online zone=movable 112; remove PNP0C80:00", .ends = "112-113 absent",
	    .auto_online = "offline"),
	ROW("a part of a DIMM", owned, "online zone=movable 112-113; remove 113 = refused",
	    .ends = "112-113 online Movable", .auto_online = "offline"),
	ROW("a device taken away", divided, "remove unbound dax0.0; destroy dax0.0",
	    .ends = "64-67 absent, dax0.0 ", .faults = true),
	ROW("a device that device_dax has, taken away", divided, "remove dax0.0; destroy dax0.0",
	    .ends = "64-67 absent, dax0.0 ", .faults = true),
	ROW("a device of what is empty", divided,
	    "remove unbound dax0.0; destroy dax0.0; create size=256M dax:region0",
	    .ends = "64-67 absent, dax0.0 ", .faults = true, .once = true),
	ROW("a second device", divided,
	    "remove unbound dax0.0; destroy dax0.0; create size=128M dax:region0; "
	    "create size=128M align=4K dax:region0",
	    .ends = "dax0.1 ", .faults = true, .once = true),
	ROW("a second device, used", divided,
	    "remove unbound dax0.0; destroy dax0.0; create size=256M dax:region0; create "
	    "dax:region0; online zone=movable dax0.1",
	    .ends = "64-65 absent, 66-67 online Movable, dax0.0 , dax0.1 kmem"),
	ROW("a second device, taken away", divided,
	    "remove unbound dax0.0; destroy dax0.0; create size=256M dax:region0; create "
	    "dax:region0; destroy dax0.1",
	    .ends = "64-67 absent, dax0.0 ", .once = true),
	ROW("a device of what is not free", divided, "create size=256M dax:region0 = refused"),
	ROW("a device of more than is free", divided,
	    "remove unbound dax0.0; destroy dax0.0; create size=1G dax:region0 = refused",
	    .ends = "64-67 absent"),
	ROW("a device that the kernel uses", divided,
	    "online zone=movable dax0.0; destroy dax0.0 = refused", .ends = IN_MOVABLE),
	ROW("no memory for the memmap", no_room, "online zone=movable dax0.0 = rolled-back",
	    .ends = "64-67 absent"),
	ROW("a range that is not added", second_range_fails,
	    "online zone=movable dax0.0 = rolled-back", .ends = "64-65 absent, 80-81 absent",
	    .kernels = "6.1"),
};
const size_t scenario_count = ARRAY_SIZE(scenarios);
