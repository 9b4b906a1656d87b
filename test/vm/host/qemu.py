# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU new enough for volatile CXL memory: the system's, else Debian's, unpacked in the cache.

The unpacked one runs with its own loader and libraries, so neither root nor any installed package
is needed and nothing of the system changes.
"""

import os
import re
import shutil
import subprocess

from . import apt, tools
from .common import Failure, cache_dir, locked, read_stamp, say

OLDEST = 10
SUITES = ("bookworm-backports", "bookworm", "bookworm-security")
PACKAGES = ("qemu-system-x86",)
PROGRAM = "qemu-system-x86_64"


class Qemu:
    """How to start QEMU: the command's first words, and the environment it wants."""

    def __init__(self, command, environment, version):
        self.command = command
        self.environment = environment
        self.version = version


def get(newer=False):
    system = shutil.which(PROGRAM)
    if system:
        version = _version([system], os.environ)
        if version and version[0] >= OLDEST:
            return Qemu([system], dict(os.environ), version)
    return _cached(newer)


def _version(command, environment):
    result = subprocess.run([*command, "--version"], capture_output=True, text=True,
                            env=environment)
    match = re.search(r"version (\d+)\.(\d+)", result.stdout)
    return tuple(map(int, match.groups())) if match else None


def _cached(newer):
    directory = cache_dir() / "qemu"
    with locked("qemu"):
        if newer or read_stamp(directory) is None:
            _make(directory)
    root = directory / "root"
    share = root / "usr" / "share"
    command = [*tools.loader(root), str(root / "usr" / "bin" / PROGRAM)]
    for name in ("qemu", "seabios"):
        command += ["-L", str(share / name)]
    environment = dict(os.environ)
    environment["QEMU_MODULE_DIR"] = str(root / "usr/lib/x86_64-linux-gnu/qemu")
    environment.pop("LD_LIBRARY_PATH", None)
    version = _version(command, environment)
    if not version:
        raise Failure(f"the QEMU unpacked in {root} does not run")
    return Qemu(command, environment, version)


def _make(directory):
    say("fetching QEMU ...")
    apt.unpack_closure(SUITES, PACKAGES, directory)
