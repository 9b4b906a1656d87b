# SPDX-License-Identifier: GPL-2.0-or-later
"""Small machines, written as the directories that `memhp --root` reads.

A machine is a list of runs of blocks, devices and settings; what the kernel would show of it is
made from these. Blocks are 128 MiB.
"""

import pathlib
import struct

BLOCK = 128 << 20
PAGE = 4096
PAGES = BLOCK // PAGE
FREE = 1 << 10  # page flags
NAMES = {"boot": "System RAM", "kmem": "System RAM (kmem)", "virtio_mem": "System RAM (virtio_mem)",
         "acpi": "System RAM"}


class Run:
    """Blocks FIRST to LAST, alike: what `state` and `valid_zones` say, their nodes, their owner."""

    def __init__(self, first, last, zones, state="online", nodes=(0,), origin="boot", device=None):
        self.first, self.last, self.zones, self.state = first, last, zones, state
        self.nodes, self.origin, self.device = nodes, origin, device

    @property
    def count(self):
        return self.last - self.first + 1

    @property
    def start(self):
        return self.first * BLOCK

    @property
    def end(self):
        return (self.last + 1) * BLOCK - 1


class Dax:
    """A dax device below a CXL region, which so many cards take turns in; mappings are pairs of first and last address."""

    def __init__(self, name, mappings, driver="kmem", node=1, memmap=None, cards=0):
        self.name, self.mappings, self.driver, self.node, self.memmap = name, mappings, driver, node, memmap
        self.cards = cards

    @property
    def size(self):
        return sum(end - start + 1 for start, end in self.mappings)

    @property
    def path(self):
        number = self.name[3:].split(".")[0]
        return f"devices/platform/ACPI0017:00/root0/decoder0.0/region{number}/dax_region{number}/{self.name}"


BOOT = [Run(0, 0, "none"), Run(1, 15, "DMA32")]


class Machine:
    def __init__(self, runs, devices=(), auto_online="offline", memmap="N", hidden=False, unmanaged=0,
                 leaked=(), pages=None, **files):
        self.runs, self.devices, self.auto_online, self.memmap = runs, devices, auto_online, memmap
        self.hidden, self.unmanaged, self.leaked, self.files = hidden, unmanaged, leaked, files
        self.pages = pages  # by block: runs of (pages, flags)

    def write(self, root):
        self.root = pathlib.Path(root)
        self.write_kernel()
        self.write_blocks()
        self.write_nodes()
        self.write_iomem()
        for device in self.devices:
            self.write_device(device)
            self.write_cards(device)
        for driver in ("kmem", "device_dax"):
            (self.root / "sys/bus/dax/drivers" / driver).mkdir(parents=True, exist_ok=True)
        for path, text in self.files.items():
            self.file(path, text)
        if self.pages:
            self.write_pages()

    def write_pages(self):
        """A word a page; those of blocks that are not told of say nothing."""
        with open(self.root / "proc/kpageflags", "wb") as file:
            for block, runs in self.pages.items():
                file.seek(block * PAGES * 8)
                file.write(b"".join(struct.pack("<Q", flags) * count for count, flags in runs))
            file.truncate((self.runs[-1].last + 1) * PAGES * 8)

    def file(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        elif text is None:
            path.mkdir()  # there, and not to be read as a file, whoever tries
        else:
            path.write_text(text + "\n")

    def link(self, path, to):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(to)

    def write_kernel(self):
        self.file("proc/sys/kernel/hostname", "machine")
        self.file("proc/sys/kernel/osrelease", "6.12.0-test")
        self.file("proc/sys/kernel/arch", "x86_64")
        self.file("proc/sys/kernel/random/boot_id", "00000000-0000-4000-8000-000000000000")
        self.file("proc/cmdline", "quiet")
        self.file("proc/vmstat", "nr_memmap_pages 0\nnr_memmap_boot_pages 0")
        self.file("sys/devices/system/memory/block_size_bytes", f"{BLOCK:x}")
        self.file("sys/devices/system/memory/auto_online_blocks", self.auto_online)
        for name, text in (("memmap_on_memory", self.memmap), ("online_policy", "contig-zones"),
                           ("auto_movable_ratio", "301"), ("auto_movable_numa_aware", "Y")):
            self.file(f"sys/module/memory_hotplug/parameters/{name}", text)
        strings = b"\0page\0"
        page = struct.pack("<III", 1, 4 << 24, 64)
        self.file("sys/kernel/btf/vmlinux", struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(page), len(page),
                                                        len(strings)) + page + strings)

    def write_blocks(self):
        for run in self.runs:
            for number in range(run.first, run.last + 1):
                directory = f"sys/devices/system/memory/memory{number}"
                self.file(f"{directory}/state", run.state)
                if run.zones is not None:
                    self.file(f"{directory}/valid_zones", run.zones)
                for node in run.nodes:
                    self.link(f"{directory}/node{node}", f"../../node/node{node}")
                    self.link(f"sys/devices/system/node/node{node}/memory{number}", f"../../memory/memory{number}")

    def nodes(self):
        return sorted({node for run in self.runs for node in run.nodes} |
                      {0} | {device.node for device in self.devices if device.driver == "kmem"})

    def pages_in(self, node, zone):
        """Online pages; a block that spans zones is split between DMA and DMA32."""
        pages = 0
        for run in self.runs:
            if run.state != "online" or run.nodes[0] != node:
                continue
            if run.zones == zone:
                pages += run.count * PAGES
            elif run.zones == "none" and zone in ("DMA", "DMA32"):
                pages += run.count * (4096 if zone == "DMA" else PAGES - 4096)
        return pages

    def write_nodes(self):
        zoneinfo = []
        for node in self.nodes():
            total = 0
            for zone in ("DMA", "DMA32", "Normal", "Movable", "Device"):
                present = self.pages_in(node, zone)
                managed = present - (self.unmanaged if zone == "Movable" else present // 100)
                total += managed
                zoneinfo.append(f"Node {node}, zone {zone:>8}\n  pages free     {managed // 2}\n        boost    0\n"
                                f"        min      {managed // 400}\n        low      {managed // 300}\n"
                                f"        high     {managed // 200}\n        spanned  {present}\n"
                                f"        present  {present}\n        managed  {managed}\n        cma      0")
                if present:
                    zoneinfo.append(f"      nr_free_pages {managed // 2}\n      nr_zone_inactive_file {managed // 50}\n"
                                    f"      nr_zone_active_file {managed // 100}\n  start_pfn:           4096")
            directory = f"sys/devices/system/node/node{node}"
            self.file(f"{directory}/meminfo", f"Node {node} MemTotal:       {total * 4} kB\n"
                                              f"Node {node} MemFree:        {total * 2} kB")
            self.file(f"{directory}/distance", " ".join("10" if other == node else "20" for other in self.nodes()))
        self.file("proc/zoneinfo", "\n".join(zoneinfo))
        self.file("sys/devices/system/node/has_cpu", "0")
        self.file("sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0")
        if len(self.nodes()) > 1:
            self.file("sys/devices/virtual/memory_tiering/memory_tier22/nodelist", "1")

    def iomem(self):
        """Address ranges with a depth each, ascending: parents first."""
        for run in self.runs:
            if run.device is None:
                yield 0, run.start, run.end, NAMES[run.origin]
        for device in self.devices:
            number = device.name[3:].split(".")[0]
            start, end = device.mappings[0][0], device.mappings[-1][1]
            yield 0, start & ~(BLOCK - 1), (end | (BLOCK - 1)), f"CXL Window {number}"
            yield 1, start, end, f"region{number}"
            for start, end in device.mappings:
                yield 2, start, end, device.name
                for run in self.runs:
                    if run.device == device.name and run.start <= end and run.end >= start:
                        yield 3, max(run.start, start), min(run.end, end), NAMES[run.origin]

    def write_iomem(self):
        ranges = [(0, 0, name, depth) if self.hidden else (start, end, name, depth)
                  for depth, start, end, name in self.iomem()]
        self.file("proc/iomem", "\n".join(f"{'  ' * depth}{start:08x}-{end:08x} : {name}"
                                          for start, end, name, depth in ranges))
        boot = [run for run in self.runs if run.origin == "boot"]
        for index, run in enumerate(boot):
            directory = f"sys/firmware/memmap/{index}"
            self.file(f"{directory}/start", f"{run.start:#x}")
            self.file(f"{directory}/end", f"{run.end:#x}")
            self.file(f"{directory}/type", "System RAM")

    def write_device(self, device):
        directory = f"sys/{device.path}"
        self.link(f"sys/bus/dax/devices/{device.name}", f"../../../{device.path}")
        self.file(f"{directory}/size", str(device.size))
        self.file(f"{directory}/align", str(2 << 20))
        self.file(f"{directory}/target_node", str(device.node))
        if device.memmap is not None:
            self.file(f"{directory}/memmap_on_memory", str(device.memmap))
        for index, (start, end) in enumerate(device.mappings):
            self.file(f"{directory}/mapping{index}/start", None if self.hidden else f"{start:#x}")
            self.file(f"{directory}/mapping{index}/end", None if self.hidden else f"{end:#x}")
        if device.driver is not None:
            driver = f"bus/dax/drivers/{device.driver}"
            (self.root / "sys" / driver).mkdir(parents=True, exist_ok=True)
            self.link(f"{directory}/driver", "../" * device.path.count("/") + "../" + driver)

    def write_cards(self, device):
        """Each behind an endpoint of its own."""
        cxl, region = "sys/bus/cxl/devices", device.path.split("/")[-3]
        for card in range(device.cards):
            place = f"devices/pci0000:{card:02x}/0000:{card:02x}:00.0/mem{card}"
            endpoint = f"devices/platform/ACPI0017:00/root0/port1/endpoint{card + 2}"
            self.file(f"{cxl}/{region}/target{card}", f"decoder{card + 2}.0")
            self.link(f"{cxl}/decoder{card + 2}.0", f"../../../{endpoint}/decoder{card + 2}.0")
            self.link(f"{cxl}/endpoint{card + 2}", f"../../../{endpoint}")
            self.link(f"sys/{endpoint}/uport", f"../../../../../{place.removeprefix('devices/')}")
            self.link(f"{cxl}/mem{card}", f"../../../{place}")
            self.file(f"sys/{place}/serial", f"{0x1234567890abc000 + card:#x}")


def whole(first, last):
    return [(first * BLOCK, (last + 1) * BLOCK - 1)]


def cxl(first, last, zones, state="online"):
    return Run(first, last, zones, state, nodes=(1,), origin="kmem", device="dax0.0")


MACHINES = {
    # Nothing but what was there at boot.
    "boot": Machine(BOOT),
    # As today's distributions bring it up: device memory in Normal before anyone can act.
    "normal": Machine(BOOT + [cxl(32, 35, "Normal")], [Dax("dax0.0", whole(32, 35), memmap=0)],
                      auto_online="online"),
    # As it should be, holding its own memmap.
    "movable": Machine(BOOT + [cxl(32, 35, "Movable")], [Dax("dax0.0", whole(32, 35), memmap=1)], memmap="Y",
                       unmanaged=4 * 512),
    # Not in use; two mappings, neither on block limits.
    "devdax": Machine(BOOT, [Dax("dax0.0", [(0x101000000, 0x117ffffff), (0x120000000, 0x12fffffff)],
                                 driver="device_dax", memmap=0)]),
    # Memory that is spread over as many cards as a region can have.
    "cards": Machine(BOOT + [cxl(32, 35, "Movable")], [Dax("dax0.0", whole(32, 35), memmap=0, cards=16)]),
    # A bit of everything: offline, going offline, in two zones, on two nodes.
    "mixed": Machine(BOOT + [Run(16, 16, "none", nodes=(0, 1)), cxl(32, 33, "Movable"), cxl(34, 34, "Normal"),
                             cxl(35, 35, "Normal Movable", "offline"),
                             cxl(36, 36, "Normal Movable", "going-offline")],
                     [Dax("dax0.0", whole(32, 36), memmap=0)]),
    # An unbind that went wrong: no driver, and iomem says that the memory is still the kernel's.
    "leaked": Machine(BOOT + [cxl(32, 33, "Normal Movable", "offline")],
                      [Dax("dax0.0", whole(32, 33), driver=None)]),
    # What an ordinary user sees: no addresses, no mappings.
    "unprivileged": Machine(BOOT + [cxl(32, 35, "Normal")], [Dax("dax0.0", whole(32, 35), memmap=0)], hidden=True),
    # A state that cannot be read, and a kernel that does not tell zones.
    "broken": Machine(BOOT + [Run(16, 16, "DMA32", state=None), Run(17, 17, None)]),
    # Page flags: of boot memory free, in use, the kernel's; of a device its own memmap, and one block in use.
    "paged": Machine(BOOT + [cxl(32, 34, "Movable"), cxl(35, 35, "Movable Normal", "offline")],
                     [Dax("dax0.0", whole(32, 35), memmap=1)], memmap="Y", unmanaged=3 * 512 + 7,
                     pages={0: [(4096, 1 << 32), (28672, FREE)], 1: [(PAGES, FREE)], 2: [(100, 0x5828), (32668, FREE)],
                            3: [(1, 0x80), (32767, FREE)], 4: [(1, 0x28000), (511, 0x30000), (32256, FREE)],
                            5: [(PAGES, 0x30000)], 6: [(3, 1 << 19), (32765, FREE)],
                            7: [(32000, FREE), (768, 1 << 26)], 8: [(32000, FREE | 1 << 60), (768, 1 << 23)],
                            **{block: [(PAGES, FREE)] for block in range(9, 15)},
                            32: [(512, 1 << 37), (32256, FREE)], 33: [(512, 1 << 37), (2000, 0x1828), (30256, FREE)],
                            34: [(512, 1 << 37), (32255, FREE), (1, 0x80)], 35: [(PAGES, 1 << 20)]}),
    # Policy files: one replaces what the other says of a device, and part of it is to stay offline.
    "policed": Machine(BOOT + [cxl(32, 35, "Normal Movable", "offline")], [Dax("dax0.0", whole(32, 35), memmap=0)], **{
        "etc/memhp.conf": "; the host's own\n[policy]\nmovable-ratio-warn = 2.5 ; careful\n\n[rule permanent]\n"
                          "severity = deny\n\n[device 20-cxl]\nmatch-driver = cxl\nzone = kernel",
        "etc/memhp.conf.d/50-site.conf": "[device 20-cxl]\nmatch-driver = cxl\nmatch-path = \"*/root0/*\"\n"
                                         "zone = movable\n\n[device 10-trace]\n"
                                         "match-range = 0x110000000-0x113ffffff\nkeep-offline = yes\n\n"
                                         "[device 15-pmem]\nmatch-driver = pmem\n\n[device 30-rest]\nzone = auto"}),
    # What a run that was killed has left, and nobody can read any more.
    "torn": Machine(BOOT + [cxl(32, 35, "Movable")], [Dax("dax0.0", whole(32, 35), memmap=0)], **{
        "run/memhp/journal": "memhp-journal 9000"}),
    # A policy file with a slip in it.
    "slipped": Machine(BOOT + [cxl(32, 35, "Normal Movable", "offline")], [Dax("dax0.0", whole(32, 35), memmap=0)], **{
        "etc/memhp.conf": "[policy]\nzone = movable",
        "etc/memhp.conf.d/50-site.conf": "[policy]\n\nzoen = kernel"}),
    # A distribution that goes its own way: what its kernel lacks, what it was told at boot, what its udev does.
    "setup": Machine(BOOT + [cxl(32, 33, "Normal"), cxl(34, 35, "Movable")], [Dax("dax0.0", whole(32, 35), memmap=0)],
                     auto_online="online", **{
        "boot/config-6.12.0-test": "CONFIG_MEMORY_HOTPLUG=y\nCONFIG_MEMORY_HOTREMOVE=y\nCONFIG_MIGRATION=y\n"
                                   "CONFIG_NUMA=y\nCONFIG_ZONE_DEVICE=y\nCONFIG_DEV_DAX=m\nCONFIG_DEV_DAX_KMEM=m\n"
                                   "CONFIG_DEV_DAX_CXL=m\nCONFIG_CXL_BUS=m\nCONFIG_CXL_PCI=m\nCONFIG_CXL_ACPI=m\n"
                                   "CONFIG_CXL_MEM=m\nCONFIG_CXL_PORT=m\n# CONFIG_CXL_REGION is not set\n"
                                   "CONFIG_MHP_DEFAULT_ONLINE_TYPE_ONLINE_AUTO=y",
        "proc/cmdline": "quiet efi=debug,nosoftreserve",
        "sys/firmware/acpi/tables/CEDT": "",
        "etc/memhp.conf": "[device 10-part]\nmatch-range = 0x110000000-0x117ffffff\nkeep-offline = yes",
        "usr/lib/udev/rules.d/40-distribution.rules": "SUBSYSTEM!=\"memory\", GOTO=\"end\"\nACTION!=\"add\", GOTO=\"end\"\n"
                                                      "ATTR{state}==\"offline\", ATTR{state}=\"online\"\nLABEL=\"end\"",
        "usr/lib/udev/rules.d/50-masked.rules": "SUBSYSTEM==\"memory\", ATTR{state}=\"online\"",
        "etc/udev/rules.d/50-masked.rules": ""}),
}
