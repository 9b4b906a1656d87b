# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole Debian for guests: systemd, udev and the journal, as a machine has them. Made by mmdebstrap and kept
as one archive that the kernel unpacks; what a guest has besides comes after it.

The archive's address and keys are those of the system's apt. Without root mmdebstrap wants user namespaces.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile

from . import apt
from .common import GUEST_DIR, Failure, Unavailable, cache_dir, locked, read_stamp, replace_dir, say, \
    write_stamp
from .cpio import Archive

SUITE = "bookworm"
PACKAGES = ("systemd", "systemd-sysv", "udev", "kmod", "dbus", "busybox-static", "jq",
            "libiniparser1", "libjson-c5", "libkmod2", "libudev1", "libuuid1", "zlib1g")
# What no guest looks at. dev is made by the kernel.
LEFT_OUT = ("dev/", "usr/share/doc/", "usr/share/man/", "usr/share/locale/", "usr/share/info/", "var/cache/",
            "var/lib/apt/lists/", "var/log/", "usr/share/zoneinfo/", "usr/lib/x86_64-linux-gnu/gconv/",
            "usr/lib/udev/hwdb", "lib/udev/hwdb", "usr/share/perl/", "usr/lib/x86_64-linux-gnu/perl/",
            "usr/include/")


def get(newer=False):
    """The archive (cpio) of the system."""
    directory = cache_dir() / "debian"
    key = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    with locked("debian"):
        if newer or read_stamp(directory) != key:
            _make(key, directory)
    return directory / "system.cpio"


def _sources():
    archives = apt.system_archives()
    keyring = next((name for name in apt.KEYRINGS if os.path.exists(name)), None)
    option = f"[signed-by={keyring}] " if keyring else ""
    yield f"deb {option}{archives['Debian']} {SUITE} main"
    if "Debian-Security" in archives:
        yield f"deb {option}{archives['Debian-Security']} {SUITE}-security main"


def bootstrap(packages, tree):
    """Makes a system with PACKAGES, as the archive (tar) TREE."""
    if not shutil.which("mmdebstrap"):
        raise Unavailable("mmdebstrap is not installed")
    say(f"making a Debian ({SUITE}) ...")
    result = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(tree),
         *_sources()], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Failure(f"mmdebstrap failed:\n{result.stdout}")


def is_left_out(name):
    return name.removeprefix("./").startswith(LEFT_OUT)


def _make(key, directory):
    work = cache_dir("debian.new")
    tree = work / "system.tar"
    bootstrap(PACKAGES, tree)
    archive = Archive()
    with tarfile.open(tree) as system:
        for member in system:
            _take(archive, system, member)
    # the kernel starts /init; what it does before systemd is in the guest's own part
    archive.file("etc/machine-id", b"")
    archive.file("etc/hostname", b"guest\n")
    with open(work / "system.cpio", "wb") as output:
        archive.write(output)
    tree.unlink()
    write_stamp(work, key)
    replace_dir(work, directory)


def _take(archive, system, member):
    name = member.name.removeprefix("./")
    if not name or name == "." or is_left_out(name):
        return
    if member.isdir():
        archive.directory(name, member.mode)
    elif member.issym():
        if "/" in name:
            archive.link(name, member.linkname)
        else:
            archive.top_link(name, member.linkname)
    elif member.isfile() or member.islnk():
        archive.file(name, system.extractfile(member).read(), member.mode)


def add(archive, packages):
    """What of a guest is other than in the small ones: its first process, the service that runs the script once the
    machine is up, and PACKAGES, which are installed before systemd starts."""
    archive.file("init", GUEST_DIR / "debian-init", 0o755)
    archive.file("usr/lib/guest/run", GUEST_DIR / "debian-run", 0o755)
    archive.file("etc/systemd/system/guest.service", GUEST_DIR / "guest.service")
    archive.file("etc/systemd/system/guest.target", GUEST_DIR / "guest.target")
    for path in packages:
        archive.file(f"packages/{path.name}", path)
