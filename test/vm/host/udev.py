# SPDX-License-Identifier: GPL-2.0-or-later
"""A udevadm that can verify rules (systemd 254): the system's, else Debian's, unpacked in the cache.

Nothing is installed; it runs with its own loader and libraries.
"""

import os
import shutil
import subprocess

from . import apt, tools
from .common import Failure, Unavailable, cache_dir, locked, read_stamp, say

SUITES = ("bookworm-backports", "bookworm", "bookworm-security")
PACKAGES = ("udev",)


def verify(*files):
    """What udev itself has to say of these files of rules, line by line; nothing if they are good."""
    result = subprocess.run([*_command(), "verify", "--resolve-names=never", *files], text=True, capture_output=True)
    said = (result.stdout + result.stderr).splitlines()
    return said or ["udevadm verify failed, and said nothing"] if result.returncode else []


def _can_verify(command):
    result = subprocess.run([*command, "verify", "--help"], capture_output=True)
    return result.returncode == 0


def _command():
    system = shutil.which("udevadm", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if system and _can_verify([system]):
        return [system]
    directory = cache_dir() / "udev"
    with locked("udev"):
        if read_stamp(directory) is None:
            try:
                _make(directory)
            except Failure as error:
                raise Unavailable(f"there is no udevadm that can verify rules: {error}") from None
    root = directory / "root"
    command = [*tools.loader(root), str(next(path for path in (root / "usr/bin/udevadm", root / "bin/udevadm")
                                             if path.exists()))]
    if not _can_verify(command):
        raise Unavailable("neither this machine's udevadm nor that of Debian's backports can verify rules")
    return command


def _make(directory):
    say("fetching udev ...")
    apt.unpack_closure(SUITES, PACKAGES, directory)
