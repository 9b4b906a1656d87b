# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts a guest's initramfs together: tools, the kernel's modules, and what this start adds.

Only the last part is made anew each time, so that a start is quick.
"""

import os
import pathlib
import shlex
import shutil

from . import debian, tools
from .common import GUEST_DIR, Failure
from .cpio import Archive

HOST_LOADER = "/lib64/ld-linux-x86-64.so.2"
PROGRAMS = ("host", "record")
LIBRARY_DIR = "usr/lib/x86_64-linux-gnu"


def write(output, kernel, settings, script=None, puts=(), memhp=None, packages=None):
    """Writes the initramfs to the file OUTPUT.

    SETTINGS become shell variables for init; PUTS are pairs (file here, path in the guest). With PACKAGES, be it
    none of them, it is a whole Debian in which they are installed.
    """
    archive = Archive()
    archive.file("init", GUEST_DIR / "init", 0o755)
    if packages is not None:
        debian.add(archive, packages)
    add(archive, settings, script, puts)
    if memhp:
        _add_memhp(archive, pathlib.Path(memhp))
    with open(output, "wb") as initrd:
        system = tools.get() / "tools.cpio" if packages is None else debian.get()
        for part in (system, kernel.modules):
            with open(part, "rb") as source:
                shutil.copyfileobj(source, initrd)
        archive.write(initrd)


def add(archive, settings, script, puts):
    """What each start brings along, and the programs that every guest has."""
    for path in GUEST_DIR.iterdir():
        if path.name in PROGRAMS:
            archive.file(f"usr/bin/{path.name}", path, 0o755)
        elif path.suffix in (".sh", ".awk"):
            archive.file(f"usr/lib/guest/{path.name}", path)
    lines = [f"{key}={shlex.quote(str(value))}\n" for key, value in settings.items()]
    archive.file("etc/guest.conf", "".join(lines).encode())
    if script:
        archive.file("usr/lib/guest/script", script)
    for source, path in puts:
        if os.path.isdir(source):
            archive.copy_tree(source, path)
        else:
            archive.copy(source, path)


def _add_memhp(archive, directory):
    """Adds an installed tree (DESTDIR), with the libraries of this machine that it needs.

    Programs and libraries go where a package would put them, whatever the prefix was.
    """
    if not directory.is_dir():
        raise Failure(f"there is no directory {directory}")
    needed = set()
    for where, _, files in os.walk(directory):
        for name in files:
            path = pathlib.Path(where, name)
            place = _place(directory, path)
            if path.is_symlink():
                archive.link(place, os.readlink(path))
                continue
            archive.copy(path, place)
            if ".so" in name or "/bin/" in str(path) or "/sbin/" in str(path):
                needed.update(tools.libraries([HOST_LOADER, "--library-path",
                                               _library_path(directory)], path))
    for library in needed:
        if not library.startswith(str(directory)):
            name = os.path.basename(library)
            archive.copy(library, HOST_LOADER if library.endswith(HOST_LOADER)
                         else f"{LIBRARY_DIR}/{name}")
    if needed:
        archive.copy(HOST_LOADER, HOST_LOADER)


def _place(directory, path):
    if ".so" in path.name and path.name.startswith("lib"):
        return f"{LIBRARY_DIR}/{path.name}"
    if path.parent.name in ("bin", "sbin"):
        return f"usr/bin/{path.name}"
    return path.relative_to(directory)


def _library_path(directory):
    found = {str(path.parent) for path in directory.rglob("lib*.so*")}
    return ":".join(sorted(found))
