# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs of the guests, from Debian's packages: busybox and the tools memhp is held against.

They are unpacked into the cache, and the chosen ones packed with their libraries into tools.cpio.
Some of them (depmod) are also run here, by their own loader, so that nothing need be installed.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess

from . import apt
from .common import Failure, cache_dir, locked, read_stamp, replace_dir, say, write_stamp
from .cpio import Archive

SUITES = ("bookworm", "bookworm-security")
PACKAGES = ("busybox-static", "dash", "daxctl", "jq", "kmod", "ndctl", "strace", "udev", "util-linux")

# What of the packages goes into a guest; everything else there is busybox.
PROGRAMS = (
    "bin/dash", "bin/kmod", "bin/udevadm", "usr/bin/daxctl", "usr/bin/flock", "usr/bin/jq",
    "usr/bin/lsmem", "usr/bin/ndctl", "usr/bin/setpriv", "usr/bin/strace", "usr/bin/taskset",
    "usr/sbin/chmem",
)
KMOD_NAMES = ("depmod", "insmod", "lsmod", "modinfo", "modprobe", "rmmod")
LIBRARY_DIRS = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu",
                "lib/x86_64-linux-gnu/systemd", "lib/systemd")


def get(newer=False):
    """The directory with root/ (the unpacked packages) and tools.cpio."""
    directory = cache_dir() / "tools"
    key = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    with locked("tools"):
        if newer or read_stamp(directory) != key:
            _make(key, directory)
    return directory


def _make(key, directory):
    say("fetching the guests' programs ...")
    source = apt.Apt(*SUITES)
    source.update()
    work = cache_dir() / "tools.new"
    shutil.rmtree(work, ignore_errors=True)
    apt.unpack(source.download_closure(*PACKAGES), work / "root")
    with open(work / "tools.cpio", "wb") as output:
        _pack(work / "root").write(output)
    write_stamp(work, key)
    replace_dir(work, directory)


def loader(root):
    """The command that runs a program of the unpacked tree ROOT with that tree's libraries."""
    path = ":".join(str(root / name) for name in LIBRARY_DIRS)
    return [str(root / "lib64" / "ld-linux-x86-64.so.2"), "--library-path", path]


def run(program, *arguments):
    """Runs kmod's PROGRAM of the tree here."""
    root = get() / "root"
    argv0 = ["--argv0", program, str(root / "bin" / "kmod")]
    result = subprocess.run([*loader(root), *argv0, *map(str, arguments)],
                            capture_output=True, text=True)
    if result.returncode:
        raise Failure(f"{program} failed: {result.stderr.strip()}")


def libraries(command, program):
    """The libraries PROGRAM is linked with, as files; COMMAND is the loader to ask."""
    result = subprocess.run([*command, "--list", str(program)], capture_output=True, text=True)
    if result.returncode:
        return []                       # a static program, or a script
    found = []
    for line in result.stdout.splitlines():
        words = line.split()
        if "=>" in words and len(words) > 3:
            found.append(words[2])
        elif words and words[0].startswith("/"):
            found.append(words[0])
    return found


def _pack(root):
    archive = Archive()
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.top_link(name, f"usr/{name}")
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "etc", "mnt", "usr/bin", "usr/sbin",
                 "usr/lib", "usr/lib64", "var"):
        archive.directory(name)
    archive.link("var/run", "/run")
    archive.file("etc/passwd", b"root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\nuser:x:1000:\n")
    busybox = root / "bin" / "busybox"
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        archive.link(f"bin/{applet}", "busybox")
    archive.copy(busybox, "bin/busybox")
    # busybox's own shell would take its applets for the programs of the same name
    archive.link("bin/sh", "dash")
    for name in PROGRAMS:
        _pack_program(archive, root, name)
    archive.link("lib/systemd/systemd-udevd", "../../bin/udevadm")
    for name in KMOD_NAMES:
        archive.entries.pop(f"usr/bin/{name}", None)
        archive.link(f"sbin/{name}", "../bin/kmod")
    return archive


def _pack_program(archive, root, name):
    archive.entries.pop(f"usr/bin/{os.path.basename(name)}", None)
    archive.copy(root / name, name)
    archive.copy(root / "lib64" / "ld-linux-x86-64.so.2", "lib64/ld-linux-x86-64.so.2")
    for library in libraries(loader(root), root / name):
        relative = os.path.relpath(library, root)
        if not relative.startswith(".."):
            archive.copy(library, relative)
