# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that no guest can be: made here, never committed. Each is a function that gives a dump's text."""

from dumps import Dump, dax, kernel, latency, page_flags, zone

# Page flags.
FREE, SLAB, ANONYMOUS, HUGE_TAIL, RESERVED, MEMMAP = 1 << 10, 1 << 7, 0x1020, 0x30000, 1 << 32, 1 << 37
GIB = 1 << 30
TIB = 1 << 40


def memory(dump, block, rows):
    """Blocks: (first, last, state, valid_zones, node or None)."""
    dump.file("sys/devices/system/memory/block_size_bytes", f"{block:x}")
    dump.table("sys/devices/system/memory/memory", ("state", "valid_zones"),
               [(f"{first}-{last}" if last > first else f"{first}", state, zones)
                for first, last, state, zones, _ in rows])
    for node in sorted({row[4] for row in rows} - {None}):
        runs = ",".join(f"{first}-{last}" if last > first else f"{first}"
                        for first, last, _, _, on in rows if on == node)
        dump.names(f"sys/devices/system/node/node{node}", f"memory{{{runs}}}")


def firmware(dump, *ranges):
    """The firmware's own map, which only some architectures show."""
    for number, (start, end) in enumerate(ranges):
        dump.file(f"sys/firmware/memmap/{number}/type", "System RAM")
        dump.file(f"sys/firmware/memmap/{number}/start", hex(start))
        dump.file(f"sys/firmware/memmap/{number}/end", hex(end))


def node_files(dump, distances, totals, has_cpu):
    for node, total in enumerate(totals):
        path = f"sys/devices/system/node/node{node}"
        dump.file(f"{path}/meminfo", f"Node {node} MemTotal: {total // 1024} kB\nNode {node} MemFree: "
                                     f"{total // 2048} kB\n")
        dump.file(f"{path}/distance", " ".join(map(str, distances[node])))
    dump.file("sys/devices/system/node/has_cpu", has_cpu)


def eight_sockets():
    """8 nodes of 1.5 TiB in blocks of 2 GiB, and two CXL cards of 512 GiB on nodes 8 and 9, one of them in kmem with
    its memmap on itself."""
    dump, block, page = Dump("x86_64", 4096), 2 * GIB, 4096
    kernel(dump, "6.12.95", memmap="Y")
    rows, iomem, zones = [], [], []
    for node in range(8):
        first, last = node * 768, node * 768 + 767
        if node == 0:
            rows += [(0, 0, "online", "none", 0), (1, 1, "online", "DMA32", 0)]
            iomem += ["00001000-0009ffff : System RAM", "00100000-7fffffff : System RAM",
                      "100000000-17fffffffff : System RAM"]
            zones += [zone(0, "DMA", 1, 4095, 3999, 3840, 3840),
                      zone(0, "DMA32", 4096, 1044480, 520192, 500000, 400000),
                      zone(0, "Normal", 1048576, 767 * block // page - 1048576 + 2 * block // page - 524288,
                           401080320, 395000000, 300000000)]
            first = 2
        else:
            iomem.append(f"{first * block:x}-{(last + 1) * block - 1:x} : System RAM")
            zones.append(zone(node, "Normal", first * block // page, 768 * block // page, 768 * block // page,
                              396000000, 390000000))
        rows.append((first, last, "online", "Normal", node))
    start = 6400 * block
    rows += [(6400, 6655, "online", "Movable", 8)]
    zones.append(zone(8, "Movable", start // page, 256 * block // page, 256 * block // page,
                      256 * (block // page - block // page * 64 // page), 100000000))
    iomem += [f"{start:x}-{start + TIB // 2 - 1:x} : CXL Window 0", f"  {start:x}-{start + TIB // 2 - 1:x} : region0",
              f"    {start:x}-{start + TIB // 2 - 1:x} : dax0.0",
              f"      {start:x}-{start + TIB // 2 - 1:x} : System RAM (kmem)"]
    memory(dump, block, rows)
    firmware(dump, (0x1000, 0x9ffff), (0x100000, 0x7fffffff), (4 * GIB, 6144 * block - 1))
    dump.file("proc/iomem", "\n".join(iomem) + "\n")
    dump.file("proc/zoneinfo", "".join(zones))
    dump.file("proc/vmstat", "nr_memmap_pages 2097152\nnr_memmap_boot_pages 50331648\n")
    distances = [[10 if a == b else 21 if a // 4 == b // 4 else 31 for b in range(9)] for a in range(9)]
    node_files(dump, distances, [1500 * GIB] * 8 + [504 * GIB], "0-7")
    latency(dump, 0, 95, 95, 180000, 160000)
    latency(dump, 8, 310, 340, 48000, 32000)
    dump.file("sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0-7")
    dump.file("sys/devices/virtual/memory_tiering/memory_tier13/nodelist", "8")
    pages = block // page
    page_flags(dump, pages, [(0, 0, [(4096, RESERVED), (pages - 4096, FREE)]), (1, 3, [(9, SLAB), (pages - 9, FREE)]),
                             (4, 4, [(pages, HUGE_TAIL)]), (5, 12, [(pages, FREE)]),
                             (6400, 6403, [(pages // 64, MEMMAP), (pages - pages // 64, FREE)])])
    dax(dump, "dax0.0", start, TIB // 2, 8, "kmem", 0)
    dax(dump, "dax1.0", start + TIB, TIB // 2, 9, "device_dax", 1)
    return dump.text()


def arm64_64k():
    """Pages of 64 KiB, blocks of 512 MiB; boot memory below a hole, a hot-added DIMM's worth in kmem, half of it
    offline."""
    dump, block, page = Dump("aarch64", 65536), 512 << 20, 65536
    kernel(dump, "6.12.95-64k", auto_online="offline", memmap="N", movable_node=True)
    memory(dump, block, [(4, 11, "online", "DMA32", 0), (12, 35, "online", "Normal", 0),
                         (256, 259, "online", "Movable", 1), (260, 263, "offline", "Movable Normal", 1)])
    dump.file("proc/iomem", "80000000-47fffffff : System RAM\n80210000-81daffff : Kernel code\n"
                            "2000000000-20ffffffff : dax0.0\n  2000000000-20ffffffff : System RAM (kmem)\n")
    dump.file("proc/zoneinfo",
              zone(0, "DMA32", 32768, 65536, 65536, 64000, 30000) +
              zone(0, "Normal", 98304, 196608, 196608, 194000, 150000) +
              zone(1, "Movable", 2097152, 32768, 32768, 32768, 32768))
    dump.file("proc/vmstat", "nr_memmap_pages 64\nnr_memmap_boot_pages 256\n")
    page_flags(dump, 8192, [(4, 34, [(3, ANONYMOUS), (8189, FREE)]), (256, 259, [(8192, FREE)])])
    node_files(dump, [[10, 20], [20, 10]], [258000 * page, 32768 * page], "0")
    dax(dump, "dax0.0", 0x2000000000, 4 * GIB, 1, "kmem", 0)
    return dump.text()


def arm64_64k_guessed():
    """The same without a word about the page size."""
    return arm64_64k().replace("page-size: 65536\n", "", 1)


def s390_standby():
    """Blocks of 256 MiB, no NUMA; standby memory is offline blocks; an online block names the zone that it is in first
    and the one that it could go to behind it, as kernels before 4.13 do."""
    dump, block = Dump("s390x", 4096), 256 << 20
    kernel(dump, "6.1.0")
    memory(dump, block, [(0, 7, "online", "DMA", None), (8, 14, "online", "Normal", None),
                         (15, 15, "online", "Normal Movable", None), (16, 17, "online", "Movable Normal", None),
                         (18, 31, "offline", "Normal Movable", None)])
    dump.table("sys/firmware/memory/memory", ("config", "memmap_on_memory"), [("0-17", "1", "0"), ("18-31", "0", "0")])
    dump.file("proc/iomem", "00000000-11fffffff : System RAM\n  00000000-00e5afff : Kernel code\n")
    dump.file("proc/meminfo", "MemTotal:        4600000 kB\nMemFree:         4000000 kB\n")
    dump.file("proc/zoneinfo", zone(0, "DMA", 0, 524288, 524288, 511000, 480000) +
              zone(0, "Normal", 524288, 524288, 524288, 511000, 400000) +
              zone(0, "Movable", 1048576, 131072, 131072, 131072, 131072))
    return dump.text()


def no_numa():
    """A kernel without CONFIG_NUMA: no directory of nodes, one node in its zones; a CXL card in kmem, half of it offline,
    and another one that is not in use yet."""
    dump, block, page = Dump("x86_64", 4096), 128 << 20, 4096
    kernel(dump, "6.12.95", memmap="Y")
    memory(dump, block, [(0, 0, "online", "none", None), (1, 15, "online", "DMA32", None),
                         (32, 47, "online", "Normal", None), (64, 67, "online", "Movable", None),
                         (68, 71, "offline", "Normal Movable", None)])
    firmware(dump, (0x1000, 0x9ffff), (0x100000, 0x7fffffff), (4 * GIB, 6 * GIB - 1))
    dump.file("proc/iomem", "00001000-0009ffff : System RAM\n00100000-7fffffff : System RAM\n"
                            "100000000-17fffffff : System RAM\n200000000-23fffffff : CXL Window 0\n"
                            "  200000000-23fffffff : region0\n    200000000-23fffffff : dax0.0\n"
                            "      200000000-23fffffff : System RAM (kmem)\n280000000-2bfffffff : CXL Window 1\n"
                            "  280000000-2bfffffff : region1\n    280000000-2bfffffff : dax1.0\n")
    dump.file("proc/zoneinfo", zone(0, "DMA", 1, 4095, 3999, 3840, 3840) +
              zone(0, "DMA32", 4096, 520192, 520192, 500000, 400000) +
              zone(0, "Normal", 1048576, 524288, 524288, 510000, 300000) +
              zone(0, "Movable", 64 * block // page, 131072, 131072, 4 * (block // page - block // page // 64), 120000))
    dump.file("proc/meminfo", f"MemTotal:        {(3840 + 500000 + 510000 + 129024) * 4} kB\nMemFree:         3295360 kB\n")
    dump.file("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "0")
    dax(dump, "dax0.0", 8 * GIB, GIB, 0, "kmem", 0)
    dax(dump, "dax1.0", 10 * GIB, GIB, 0, "device_dax", 1)
    return dump.text()


def odd():
    """Blocks on several nodes, on none, of unknown state, that cannot be read, that vanish; zones that span."""
    dump, block = Dump("x86_64", 4096), 128 << 20
    kernel(dump, "6.12.95")
    firmware(dump, (0x1000, 0x9ffff), (0x100000, 0x7fffffff))
    memory(dump, block, [(0, 0, "online", "none", 0), (1, 7, "online", "DMA32", 0), (8, 8, "!EIO", "-", 0),
                         (9, 9, "online", "!EACCES", 0), (10, 10, "going-offline", "none", 0),
                         (11, 11, "ERROR-UNKNOWN-7", "-", 0), (12, 12, "online", "Normal", 0),
                         (13, 13, "online", "-", 0), (14, 14, "-", "-", 0), (15, 15, "online", "Fancy", 0)])
    dump.names("sys/devices/system/node/node1", "memory{12,14}")
    dump.names("sys/devices/system/node/node3", "memory12")
    dump.lines = [line.replace("node0/ : memory{0,1-7,8,9,10,11,12,13,14,15}", "node0/ : memory{0-12,14-15}")
                  for line in dump.lines]
    dump.file("proc/iomem", "00001000-0009ffff : System RAM\n00100000-7fffffff : System RAM\n")
    dump.file("proc/zoneinfo", zone(0, "DMA32", 0, 524288, 520000, 510000, 400000))
    return dump.text()


def strange():
    """Names that steer terminals, that are UTF-8 and that are not, a zone that nobody knows, a range of all addresses."""
    dump, block = Dump("x86_64", 4096), 128 << 20
    kernel(dump, "6.12.95")
    firmware(dump, (0x1000, 0x9ffff), (0x100000, 0x7fffffff))
    memory(dump, block, [(0, 15, "online", "DMA32", 0), (16, 19, "online", "Tomorrow", 0), (64, 71, "online", "Movable", 1)])
    dump.file("proc/iomem", "00001000-7fffffff : System RAM \\x1b[2J\\x07\n200000000-23fffffff : CXL Window 0 \\xc3\\xa9t\\xc3\\xa9\n"
                            "  200000000-23fffffff : region0 \\xff\\xc2\\x9b\\xe2\\x80\\xae\n"
                            "    200000000-23fffffff : dax0.0\n      200000000-23fffffff : System RAM (kmem)\n"
                            "00000000-ffffffffffffffff : Soft Reserved of all\n")
    dump.file("proc/zoneinfo", zone(0, "DMA32", 0, 524288, 520000, 510000, 400000) +
              zone(0, "Tomorrow", 524288, 131072, 131072, 131072, 1000) +
              zone(1, "Movable", 2097152, 262144, 262144, 262144, 200000))
    dax(dump, "dax0.0", 8 * GIB, GIB, 1, "kmem", 0)
    return dump.text()


def huge():
    """12 TiB in blocks of 128 MiB, with two zones that take turns: nothing about it is small."""
    dump, block, page, count = Dump("x86_64", 4096), 128 << 20, 4096, 98304
    kernel(dump, "6.12.95")
    rows = [(0, 0, "online", "none", 0), (1, 15, "online", "DMA32", 0), (32, 24607, "online", "Normal", 0)]
    rows += [(first, first + 8191, "online", "Movable" if first // 8192 % 2 else "Normal", 1 + first // 32768)
             for first in range(32768, 32768 + 73728, 8192)]
    memory(dump, block, rows)
    firmware(dump, (0x1000, 0x9ffff), (0x100000, 0x7fffffff),
             *((first * block, (last + 1) * block - 1) for first, last, *_ in rows[2:]))
    total = sum(last - first + 1 for first, last, *_ in rows)
    assert total >= count, total
    dump.file("proc/iomem", "00001000-0009ffff : System RAM\n00100000-7fffffff : System RAM\n" + "".join(
        f"{first * block:x}-{(last + 1) * block - 1:x} : System RAM\n" for first, last, *_ in rows[2:]))
    dump.file("proc/zoneinfo", zone(0, "Normal", 1048576, count * block // page, 24576 * block // page,
                                    24576 * block // page, 1000000))
    return dump.text()


MACHINES = {"eight-sockets": eight_sockets, "arm64-64k": arm64_64k, "arm64-64k-guessed": arm64_64k_guessed,
            "s390-standby": s390_standby, "no-numa": no_numa, "odd": odd, "strange": strange, "huge": huge}
