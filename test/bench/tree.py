# SPDX-License-Identifier: GPL-2.0-or-later
"""A big machine as a directory: blocks of 128 MiB, an eighth of them on each of two nodes with
processors, the others behind dax devices on a node of their own, most of them online in Movable."""

import os
import shutil

MIB = 1 << 20
BLOCK = 128 * MIB
PAGES = BLOCK // 4096
GIB4 = (4 << 30) // BLOCK
MEMORY = "sys/devices/system/memory"
NODES = "sys/devices/system/node"
# What a block takes of a tmpfs: a page for each file, and what the kernel keeps for each name.
BYTES_A_BLOCK = 24 * 1024


class Machine:
    def __init__(self, blocks, devices, online):
        self.blocks = blocks
        self.devices = devices
        self.boot = max(blocks // 4, GIB4 + 2)
        self.middle = (self.boot + GIB4) // 2           # where node 1 begins
        self.online = self.boot + int((blocks - self.boot) * online)

    def node(self, block):
        return 2 if block >= self.boot else int(block >= self.middle)

    def is_online(self, block):
        return block < self.online

    def zones(self, block):
        if block == 0:
            return "none"
        if block >= self.boot:
            return "Movable" if self.is_online(block) else "Normal Movable"
        return "DMA32" if block < GIB4 else "Normal"

    def mappings(self):
        """(device, first block, number of blocks): in one piece each, one after the other."""
        whole = self.blocks - self.boot
        for index in range(self.devices):
            first = self.boot + whole * index // self.devices
            last = self.boot + whole * (index + 1) // self.devices
            yield f"dax{index}.0", first, last - first


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def link(root, path, target):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def add_block(memory, nodes, machine, block):
    """The hot loop: as few calls as there are things to make."""
    name = f"memory{block}"
    node = machine.node(block)
    path = f"{memory}/{name}"
    os.mkdir(path)
    for file, text in (("state", "online\n" if machine.is_online(block) else "offline\n"),
                       ("valid_zones", machine.zones(block) + "\n"), ("removable", "1\n")):
        fd = os.open(f"{path}/{file}", os.O_WRONLY | os.O_CREAT)
        os.write(fd, text.encode())
        os.close(fd)
    os.symlink(f"../../node/node{node}", f"{path}/node{node}")
    os.symlink(f"../../memory/{name}", f"{nodes}/node{node}/{name}")


def zone_text(node, name, first, blocks, online, movable=False):
    """One zone of proc/zoneinfo; OFFSET pages of a block are not its own."""
    pages = online * PAGES
    lines = [f"Node {node}, zone {name:>8}", f"  pages free     {pages // 2}",
             "        boost    0", "        min      1000", "        low      2000",
             "        high     3000", f"        spanned  {blocks * PAGES if online else 0}",
             f"        present  {pages}", f"        managed  {pages}", "        cma      0"]
    if online:
        lines += ["      nr_free_pages %d" % (pages // 2), "      nr_zone_inactive_file 1000",
                  "      nr_zone_active_file 1000", "  pagesets", "    cpu: 0",
                  "              count:    0", f"  start_pfn:           {first * PAGES}"]
    return "\n".join(lines) + "\n"


def zoneinfo(machine):
    kernel = [(0, "DMA32", 0, GIB4), (0, "Normal", GIB4, machine.middle - GIB4),
              (1, "Normal", machine.middle, machine.boot - machine.middle)]
    text = "".join(zone_text(node, name, first, count, count) for node, name, first, count in kernel)
    count = machine.online - machine.boot
    return text + zone_text(2, "Normal", 0, 0, 0) + zone_text(2, "Movable", machine.boot, count, count)


def iomem(machine):
    lines = ["00001000-0009fbff : System RAM", "0009fc00-0009ffff : Reserved",
             f"00100000-{machine.boot * BLOCK - 1:x} : System RAM"]
    for name, first, count in machine.mappings():
        span = f"{first * BLOCK:x}-{(first + count) * BLOCK - 1:x}"
        lines += [f"{span} : {name}", f"  {span} : System RAM (kmem)"]
    return "\n".join(lines) + "\n"


def add_device(root, index, name, first, count):
    path = f"sys/devices/platform/hmem.{index}/{name}"
    for file, text in (("size", count * BLOCK), ("align", 2 * MIB), ("target_node", 2), ("numa_node", 0),
                       ("memmap_on_memory", 0), ("modalias", "dax:t0"),
                       ("resource", hex(first * BLOCK)), ("mapping0/start", hex(first * BLOCK)),
                       ("mapping0/end", hex((first + count) * BLOCK - 1)),
                       ("mapping0/page_offset", "0x0")):
        write(root, f"{path}/{file}", f"{text}\n")
    for file, text in (("id", index), ("size", count * BLOCK), ("align", 2 * MIB),
                       ("available_size", 0)):
        write(root, f"sys/devices/platform/hmem.{index}/dax_region/{file}", f"{text}\n")
    link(root, f"{path}/driver", "../../../../bus/dax/drivers/kmem")
    link(root, f"sys/bus/dax/devices/{name}", f"../../../devices/platform/hmem.{index}/{name}")


def set_devices(root, machine):
    """The same blocks behind another number of devices."""
    for path in ("sys/devices/platform", "sys/bus/dax/devices"):
        shutil.rmtree(os.path.join(root, path), ignore_errors=True)
    for index, (name, first, count) in enumerate(machine.mappings()):
        add_device(root, index, name, first, count)
    for driver in ("kmem", "device_dax"):
        os.makedirs(os.path.join(root, "sys/bus/dax/drivers", driver), exist_ok=True)
    write(root, "proc/iomem", iomem(machine))


def add_rest(root, machine):
    boot = machine.boot * BLOCK
    plain = {
        f"{MEMORY}/block_size_bytes": f"{BLOCK:x}", f"{MEMORY}/auto_online_blocks": "offline",
        f"{NODES}/has_cpu": "0-1", f"{NODES}/online": "0-2", f"{NODES}/possible": "0-2",
        "proc/cmdline": "quiet", "proc/sys/kernel/hostname": "bench", "proc/sys/kernel/osrelease": "6.12.0",
        "proc/sys/kernel/arch": "x86_64",
        "proc/sys/kernel/random/boot_id": "00000000-0000-4000-8000-000000000000",
        "proc/vmstat": "nr_memmap_pages 0\nnr_memmap_boot_pages 0", "proc/meminfo": f"MemTotal: {boot // 1024} kB",
        "sys/module/memory_hotplug/parameters/online_policy": "contig-zones",
        "sys/module/memory_hotplug/parameters/auto_movable_ratio": "301",
        "sys/module/memory_hotplug/parameters/auto_movable_numa_aware": "Y",
        "sys/module/memory_hotplug/parameters/memmap_on_memory": "N",
    }
    for node in range(3):
        bytes_ = (boot // 2 if node < 2 else (machine.online - machine.boot) * BLOCK) // 1024
        plain[f"{NODES}/node{node}/meminfo"] = (f"Node {node} MemTotal: {bytes_} kB\n"
                                                 f"Node {node} MemFree: {bytes_ // 2} kB")
        plain[f"{NODES}/node{node}/distance"] = " ".join("10" if other == node else "20" for other in range(3))
    for index, (start, end) in enumerate(((0, 0x9fbff), (0x100000, boot - 1))):
        plain[f"sys/firmware/memmap/{index}/start"] = hex(start)
        plain[f"sys/firmware/memmap/{index}/end"] = hex(end)
        plain[f"sys/firmware/memmap/{index}/type"] = "System RAM"
    for path, text in plain.items():
        write(root, path, text + "\n")
    write(root, "proc/zoneinfo", zoneinfo(machine))


def make(root, blocks, devices=1, online=7 / 8):
    """Makes the tree ROOT, which is not there yet; ONLINE: how much of the devices' memory is."""
    machine = Machine(blocks, devices, online)
    for node in range(3):
        os.makedirs(os.path.join(root, NODES, f"node{node}"))
    os.makedirs(os.path.join(root, MEMORY))
    for block in range(blocks):
        add_block(os.path.join(root, MEMORY), os.path.join(root, NODES), machine, block)
    add_rest(root, machine)
    set_devices(root, machine)
    return machine


def add_dimm(root, machine, blocks):
    """The last BLOCKS of the boot memory were a DIMM's, added when the machine booted; three slots are empty."""
    if blocks == 0:
        return
    start = (machine.boot - blocks) * BLOCK
    path = "sys/devices/LNXSYSTM:00/PNP0C80:%02d"
    for slot in range(4):
        write(root, (path + "/uid") % slot, f"{slot}\n")
        link(root, "sys/bus/acpi/devices/PNP0C80:%02d" % slot, "../../../devices/LNXSYSTM:00/PNP0C80:%02d" % slot)
    for index in range(blocks):
        name = f"physical_node{index or ''}"
        link(root, f"{path % 0}/{name}", f"../../system/memory/memory{machine.boot - blocks + index}")
    for entry, (first, last) in enumerate(((start, machine.boot * BLOCK - 1), (0, 0x9fbff), (0x100000, start - 1))):
        for file, text in (("start", hex(first)), ("end", hex(last)), ("type", "System RAM")):
            write(root, f"sys/firmware/memmap/{entry}/{file}", text + "\n")
