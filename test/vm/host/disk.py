# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole Debian on a disk, that is started as a machine is: by an initramfs that one of the programs for it has
made in that very system, with memhp's package installed. debian.py has the other one, which is an initramfs itself.

Wants user namespaces and no root: what is done in the system is done by who is root there alone.
"""

import hashlib
import subprocess
import tarfile

from . import debian, image, kernels, shapes, tools
from .common import HOST_DIR, Failure, cache_dir, locked, read_stamp, replace_dir, write_stamp
from .cpio import Archive

# What makes an initramfs, and as what its package is known.
MAKERS = {"initramfs-tools": "initramfs-tools-core", "dracut": "dracut-core"}
PACKAGES = (*debian.PACKAGES, *MAKERS.values(), "e2fsprogs", "zstd")
# What it takes to find the root; a shape's own modules are named besides, so that an initramfs loads them.
MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
KERNEL_WORDS = "root=/dev/vda rw"


def get(newer=False):
    """The archive (tar) of the system."""
    directory = cache_dir() / "disk"
    key = hashlib.sha256(f"{debian.SUITE} {PACKAGES} {debian.LEFT_OUT}".encode()).hexdigest()
    with locked("disk"):
        if newer or read_stamp(directory) != key:
            _make(key, directory)
    return directory / "system.tar"


def _make(key, directory):
    work = cache_dir("disk.new")
    whole = work / "whole.tar"
    debian.bootstrap(PACKAGES, whole)
    with tarfile.open(whole) as source, tarfile.open(work / "system.tar", "w") as target:
        for member in source:
            if not debian.is_left_out(member.name) and not member.isdev():
                target.addfile(member, source.extractfile(member) if member.isfile() else None)
    whole.unlink()
    write_stamp(work, key)
    replace_dir(work, directory)


def write(directory, order, settings):
    """Writes DIRECTORY/disk and DIRECTORY/initrd for a guest that is started for ORDER."""
    archive = Archive()
    debian.add(archive, order.packages)
    image.add(archive, settings, order.script, order.puts)
    names = (*MODULES, *order.shape.modules)
    archive.file("etc/initramfs-tools/modules", "".join(f"{name}\n" for name in names).encode())
    with open(directory / "own.cpio", "wb") as output:
        archive.write(output)
    modules = kernels.modules_of(order.kernel, {*MODULES, *shapes.all_modules()}, "disk")
    _run(directory, order.maker, order.kernel.release, get(), modules, tools.get() / "root")


def _run(directory, maker, release, system, modules, programs):
    result = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "--pid", "--fork", "sh", HOST_DIR / "make-disk", directory, maker,
         release, system, modules, programs], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Failure(f"no disk could be made ({maker}):\n{result.stdout}")
