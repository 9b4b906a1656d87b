# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps as text: what a user without privilege would have recorded, and machines written down by hand."""

import re

# Files that only root may read, as the kernels have them (6.1 to 7.2).
ROOT_ONLY = re.compile(r"^(sys/bus/dax/devices/[^/]+/(resource|mapping\d+/start)|"
                       r"sys/bus/cxl/devices/decoder[^/]+/start) = ")
# Not even asked for when the one before it could not be read.
NOT_ASKED = re.compile(r"^sys/bus/dax/devices/[^/]+/mapping\d+/end = ")

PAGE_FLAGS = "proc/kpageflags"


def without_privilege(text):
    """The same machine as recorded without privilege."""
    lines, in_iomem, in_flags = [], False, False
    for line in text.splitlines(keepends=True):
        in_flags = line.startswith("\t") and in_flags
        if in_flags:
            continue
        if line == f"{PAGE_FLAGS} @\n":
            line, in_flags = f"{PAGE_FLAGS} ! EACCES\n", True
        in_iomem = line.startswith("\t") and in_iomem or line == "proc/iomem <<\n"
        if in_iomem:
            line = re.sub(r"^(\t *)([0-9a-f]+)-([0-9a-f]+) :", lambda found: "{}{}-{} :".format(
                found[1], "0" * 8, "0" * 8), line)
        if ROOT_ONLY.match(line):
            line = line.split(" = ")[0] + " ! EACCES\n"
        if not NOT_ASKED.match(line):
            lines.append(line)
    return "".join(lines)


class Dump:
    """A dump under construction: files by path, links, tables of blocks, names of directories."""

    def __init__(self, arch, page_size, struct_page_size=64):
        self.head = f"memhp-dump 1\nrecorded-by: hand\narch: {arch}\npage-size: {page_size}\n" \
                    f"struct-page-size: {struct_page_size}\n\n"
        self.lines = []

    def file(self, path, text):
        if text.count("\n") > 1:
            self.lines.append(f"{path} <<\n" + "".join(f"\t{line}\n" for line in text.splitlines()))
        else:
            self.lines.append(f"{path} = {text.rstrip()}\n")

    def link(self, path, target):
        self.lines.append(f"{path} -> {target}\n")

    def names(self, path, *names):
        self.lines.append(f"{path}/ : {' '.join(names)}\n")

    def table(self, prefix, files, rows):
        self.lines.append(f"{prefix}* | {' | '.join(files)}\n" +
                          "".join(f"\t{numbers} | {' | '.join(cells)}\n" for numbers, *cells in rows))

    def words(self, path, runs):
        """Words of a file, in runs of (first, last, word)."""
        self.lines.append(f"{path} @\n" + "".join(
            f"\t{first:x}-{last:x} | {word:x}\n" if last > first else f"\t{first:x} | {word:x}\n"
            for first, last, word in runs))

    def text(self):
        return self.head + "".join(self.lines) + "end\n"


def zone(node, name, start_pfn, spanned, present, managed, free):
    """One zone of proc/zoneinfo."""
    return (f"Node {node}, zone {name:>8}\n  pages free     {free}\n        min      {managed // 1000}\n"
            f"        low      {managed // 800}\n        high     {managed // 600}\n        spanned  {spanned}\n"
            f"        present  {present}\n        managed  {managed}\n        cma      0\n"
            f"      nr_zone_inactive_file {managed // 50}\n      nr_zone_active_file {managed // 50}\n"
            f"  start_pfn:           {start_pfn}\n")


def page_flags(dump, block_pages, blocks):
    """Page flags of blocks: (first block, last block, [(pages, flags), ...] of each)."""
    runs = []
    for first, last, parts in blocks:
        for number in range(first, last + 1):
            page = number * block_pages
            for count, flags in parts:
                runs.append((page, page + count - 1, flags))
                page += count
            assert page == (number + 1) * block_pages, number
    dump.words(PAGE_FLAGS, runs)


def kernel(dump, release, auto_online="offline", memmap="N", movable_node=False):
    for name, value in {"online_policy": "contig-zones", "auto_movable_ratio": "301",
                        "auto_movable_numa_aware": "Y", "memmap_on_memory": memmap}.items():
        dump.file(f"sys/module/memory_hotplug/parameters/{name}", value)
    dump.file("proc/cmdline", "movable_node" if movable_node else "quiet")
    dump.file("proc/sys/kernel/osrelease", release)
    dump.file("sys/devices/system/memory/auto_online_blocks", auto_online)
    dump.names("sys/bus/dax/drivers", "device_dax", "kmem")


def dax(dump, name, start, size, node, driver, region):
    """A dax device of a CXL region, with the card behind it."""
    path = f"sys/devices/platform/ACPI0017:00/root0/decoder0.{region}/region{region}/dax_region{region}"
    up = "/".join([".."] * (path.count("/") + 1))
    dump.link(f"sys/bus/dax/devices/{name}", f"../../../{path.removeprefix('sys/')}/{name}")
    for key, value in {"size": size, "align": 2 << 20, "target_node": node, "numa_node": node,
                       "memmap_on_memory": 1, "mapping0/start": hex(start),
                       "mapping0/end": hex(start + size - 1)}.items():
        dump.file(f"{path}/{name}/{key}", str(value))
    if driver:
        dump.link(f"{path}/{name}/driver", f"{up}/bus/dax/drivers/{driver}")
    dump.file(f"{path}/dax_region/available_size", "0")
    port = f"sys/devices/platform/ACPI0017:00/root0/port1/endpoint{region}"
    dump.file(f"sys/bus/cxl/devices/region{region}/target0", f"decoder{region}.0")
    dump.link(f"sys/bus/cxl/devices/decoder{region}.0", f"../../../{port.removeprefix('sys/')}/decoder{region}.0")
    dump.link(f"sys/bus/cxl/devices/endpoint{region}",
              f"../../../{port.removeprefix('sys/')}")
    dump.link(f"{port}/uport", f"../../../../../pci0000:0c/0000:0c:00.0/0000:{region:02x}:00.0/mem{region}")
    dump.file(f"sys/bus/cxl/devices/mem{region}/serial", hex(0x5a0000 + region))


def latency(dump, node, read_ns, write_ns, read_mbs, write_mbs):
    path = f"sys/devices/system/node/node{node}/access1/initiators"
    for name, value in {"read_latency": read_ns, "write_latency": write_ns, "read_bandwidth": read_mbs,
                        "write_bandwidth": write_mbs}.items():
        dump.file(f"{path}/{name}", str(value))
