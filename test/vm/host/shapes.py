# SPDX-License-Identifier: GPL-2.0-or-later
"""The hardware guests can have: one row each.

A row says what QEMU is given, what the kernel is told, which modules are loaded at boot, and what
shell commands then make the machine ready (helpers in guest/boot.sh). Memory is reserved lazily
everywhere, so a row may name far more than the host has.
"""

import dataclasses

ALL = ("6.1", "6.12", "7.2")
WITH_CXL = ("6.12", "7.2")              # 6.1 makes no dax device of a CXL region

SOFT_RESERVED = "0xefffffff"            # what memmap= adds to type 1, RAM, to make it soft-reserved

HMEM_MODULES = ("dax_hmem", "device_dax", "kmem")
CXL_MODULES = ("libnvdimm", "cxl_acpi", "cxl_pci", "cxl_mem", "cxl_port", "dax_cxl", "device_dax",
               "kmem")


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    summary: str
    memory: str = "2G"                  # of boot memory; --memory replaces it
    slots: str = ""                     # appended to -m
    machine: str = "q35"
    cpu: str = "max"
    qemu: tuple = ()                    # one string per option, with its value
    append: str = ""
    modules: tuple = ()
    ready: str = ""
    kernels: tuple = ALL

    @property
    def root_bus(self):
        return "pcie.0" if self.machine.startswith("q35") else "pci.0"


def ram(name, size, *more):
    return ",".join((f"-object memory-backend-ram,id={name},size={size},reserve=off", *more))


def soft_reserved(*ranges):
    """Kernel parameters for ranges "LENGTH%START"."""
    return " ".join(f"memmap={one}+{SOFT_RESERVED}" for one in ranges)


def nodes(*memory):
    """The first node has all processors; the others are far from it and from each other."""
    options = []
    for number, backend in enumerate(memory):
        options.append(f"-numa node,nodeid={number}" + (f",memdev={backend}" if backend else "")
                       + (",cpus=0-1" if number == 0 else ""))
    for source in range(len(memory)):
        for target in range(source + 1, len(memory)):
            options.append(f"-numa dist,src={source},dst={target},val=30")
    return tuple(options)


def attributes(target, latency, bandwidth):
    """What the firmware's HMAT says of a node's memory, as seen from node 0: nanoseconds, bytes a second."""
    line = f"-numa hmat-lb,initiator=0,target={target},hierarchy=memory,data-type="
    return f"{line}access-latency,latency={latency}", f"{line}access-bandwidth,bandwidth={bandwidth}"


CXL_WINDOW = ("-device pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1",
              "-device cxl-rp,port=0,bus=cxl.1,id=rp0,chassis=0,slot=2",
              ram("cxlmem0", "2G", "share=on"),
              "-device cxl-type3,bus=rp0,volatile-memdev=cxlmem0,id=cxl0,sn=1")
# Labels of persistent memory lie on the card itself, in a place of their own.
CXL_PMEM_WINDOW = ("-device pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1",
                   "-device cxl-rp,port=0,bus=cxl.1,id=rp0,chassis=0,slot=2",
                   ram("cxlmem0", "2G", "share=on"), ram("lsa0", "1M", "share=on"),
                   "-device cxl-type3,bus=rp0,persistent-memdev=cxlmem0,lsa=lsa0,id=cxl0,sn=0x5a1")
CXL_MACHINE = "q35,cxl=on,cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=4G"

SHAPES = (
    Shape("plain", "2 GiB of boot memory and nothing else"),
    Shape("hmem", "2 GiB soft-reserved on the boot node: dax0.0",
          memory="8G", append=soft_reserved("2G%6G"),
          modules=HMEM_MODULES, ready="wait_dax 1"),
    Shape("far", "2 GiB soft-reserved, all the memory of node 1, which has no processor",
          memory="6G", qemu=(ram("m0", "4G"), ram("m1", "2G"), *nodes("m0", "m1")),
          append=soft_reserved("2G%6G"),
          modules=HMEM_MODULES, ready="wait_dax 1"),
    Shape("hmat", "as far, with an HMAT: node 1 is slower",
          memory="6G", machine="q35,hmat=on",
          qemu=(ram("m0", "4G"), ram("m1", "2G"),
                "-numa node,nodeid=0,memdev=m0,cpus=0-1", "-numa node,nodeid=1,memdev=m1,initiator=0",
                "-numa dist,src=0,dst=1,val=30", *attributes(0, 80, "40G"), *attributes(1, 320, "10G")),
          append=soft_reserved("2G%6G"),
          modules=HMEM_MODULES, ready="wait_dax 1"),
    Shape("two", "two devices of 2 GiB, soft-reserved, on the far node 1",
          memory="8704M", qemu=(ram("m0", "4G"), ram("m1", "4608M"), *nodes("m0", "m1")),
          # kept apart by a reserved range: neighbours would become one device
          append=soft_reserved("2G%6G", "2G%8704M") + " memmap=512M$8G",
          modules=HMEM_MODULES, ready="wait_dax 2"),
    Shape("apart", "two devices of 2 GiB, soft-reserved, each on a far node of its own",
          memory="8704M", qemu=(ram("m0", "4G"), ram("m1", "2560M"), ram("m2", "2G"), *nodes("m0", "m1", "m2")),
          append=soft_reserved("2G%6G", "2G%8704M") + " memmap=512M$8G",
          modules=HMEM_MODULES, ready="wait_dax 2"),
    Shape("unaligned", "1090 MiB soft-reserved at 4102 MiB: neither end on a block's limit",
          memory="8G", append=soft_reserved("1090M%4102M"),
          modules=HMEM_MODULES, ready="wait_dax 1"),
    Shape("arrivals", "2 GiB soft-reserved, a free DIMM slot, and a virtio-mem device that has nothing yet",
          memory="8G", slots="slots=4,maxmem=256G",
          qemu=(ram("m0", "8G"), *nodes("m0", ""), ram("vmem0", "4G"),
                "-device virtio-mem-pci,memdev=vmem0,id=vm0,node=0,requested-size=0"),
          append=soft_reserved("2G%6G"), modules=(*HMEM_MODULES, "virtio_mem"), ready="wait_dax 1"),
    Shape("large", "blocks of 1 GiB: 66 GiB of memory, 8 GiB of them soft-reserved",
          memory="66G", machine="pc,memory-backend=m0", qemu=(ram("m0", "66G"),),
          append=soft_reserved("8G%48G"),
          modules=HMEM_MODULES, ready="wait_dax 1"),
    Shape("dimm", "an ACPI DIMM of 1 GiB on node 1, there at boot; free slots",
          memory="4G", slots="slots=4,maxmem=32G",
          qemu=(ram("m0", "4G"), *nodes("m0", ""),
                ram("dimmmem0", "1G"), "-device pc-dimm,memdev=dimmmem0,id=dimm0,node=1"),
          ready="wait_blocks"),
    Shape("dimm-hotplug", "free ACPI DIMM slots: `host qmp plug-dimm 1G 1`",
          memory="4G", slots="slots=4,maxmem=32G",
          qemu=(ram("m0", "4G"), *nodes("m0", ""))),
    Shape("virtio-mem", "a virtio-mem device on node 1 with 2 GiB of 4 plugged",
          memory="4G", slots="maxmem=32G",
          qemu=(ram("m0", "4G"), *nodes("m0", ""), ram("vmem0", "4G"),
                "-device virtio-mem-pci,memdev=vmem0,id=vm0,node=1,requested-size=2G"),
          modules=("virtio_mem",), ready="wait_blocks"),
    # 2 MiB beyond a multiple of 16 MiB: QEMU takes the labels from the end of the memory
    Shape("nvdimm", "an NVDIMM of 2 GiB on node 1, with a devdax namespace",
          memory="4G", slots="slots=4,maxmem=32G", machine="q35,nvdimm=on",
          qemu=(ram("m0", "4G"), *nodes("m0", ""), ram("nvmem0", "2066M", "share=on"),
                "-device nvdimm,memdev=nvmem0,id=nv0,label-size=128K,node=1"),
          modules=("nfit", "libnvdimm", "nd_pmem", "dax_pmem", "device_dax", "kmem"),
          ready="make_devdax_namespace && wait_dax 1"),
    Shape("cxl", "a CXL card of 2 GiB, volatile, with a region made at boot",
          memory="4G", machine=CXL_MACHINE, cpu="max,-hypervisor",
          qemu=(ram("m0", "4G"), *nodes("m0"), *CXL_WINDOW),
          modules=CXL_MODULES, ready="make_cxl_region mem0 && wait_dax 1", kernels=WITH_CXL),
    Shape("cxl-hotplug", "as cxl, and an empty root port: `host qmp plug-cxl 1G rp1`",
          memory="4G", machine=CXL_MACHINE, cpu="max,-hypervisor",
          qemu=(ram("m0", "4G"), *nodes("m0"), *CXL_WINDOW,
                "-device cxl-rp,port=1,bus=cxl.1,id=rp1,chassis=0,slot=3"),
          modules=CXL_MODULES, ready="make_cxl_region mem0 && wait_dax 1", kernels=WITH_CXL),
    Shape("cxl-pmem", "a CXL card of 2 GiB, persistent, with a region and a devdax namespace made at boot",
          memory="4G", machine=CXL_MACHINE, cpu="max,-hypervisor",
          qemu=(ram("m0", "4G"), *nodes("m0"), *CXL_PMEM_WINDOW),
          modules=(*CXL_MODULES, "cxl_pmem", "nd_pmem", "dax_pmem"),
          ready="make_cxl_region mem0 pmem && make_devdax_namespace --region=region0 && wait_dax 1", kernels=WITH_CXL),
    Shape("much", "an ACPI DIMM of 128 GiB, its memmap on itself where the kernel can",
          memory="6G", slots="slots=4,maxmem=512G",
          qemu=(ram("m0", "6G"), *nodes("m0", ""),
                ram("dimmmem0", "128G"), "-device pc-dimm,memdev=dimmmem0,id=dimm0,node=1"),
          append="memory_hotplug.memmap_on_memory=1", ready="wait_blocks"),
    Shape("much-dax", "128 GiB soft-reserved: one dax device of 1024 blocks",
          memory="142464M", machine="q35,memory-backend=m0", qemu=(ram("m0", "142464M"),),
          # What follows the range makes it a part of the node, and ends where only 128 MiB blocks do. A
          # kernel that picks its own place takes the range's length for the end of memory.
          append=soft_reserved("128G%12G") + " nokaslr", modules=HMEM_MODULES,
          ready="wait_dax 1 300 && wait_blocks"),
)

BY_NAME = {shape.name: shape for shape in SHAPES}

# What every guest has: its channels to the host.
COMMON_MODULES = ("virtio_pci", "virtio_console", "button")


def all_modules():
    names = set(COMMON_MODULES)
    for shape in SHAPES:
        names.update(shape.modules)
    return names
