# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes initramfs archives (cpio, "newc"): every file belongs to root, whoever runs this.

Several archives one after the other are one initramfs to the kernel, so what changes often can be
kept apart from what does not.
"""

import os
import stat

MERGED = ("bin", "sbin", "lib", "lib64")


def merged(path):
    """PATH with the /usr merge applied, without a leading slash."""
    path = os.path.normpath(str(path)).lstrip("/")
    first = path.split("/", 1)[0]
    return f"usr/{path}" if first in MERGED else path


class Archive:
    """Collects entries, then writes them with every directory before what it holds."""

    def __init__(self):
        self.entries = {}

    def directory(self, path, mode=0o755):
        path = merged(path)
        if path and path != "." and path not in self.entries:
            self.directory(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | mode, None)

    def file(self, path, data, mode=0o644):
        """DATA is bytes, or the name of a file to read when the archive is written."""
        path = merged(path)
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFREG | mode, data)

    def link(self, path, target):
        path = merged(path)
        self.directory(os.path.dirname(path))
        self.entries[path] = (stat.S_IFLNK | 0o777, str(target).encode())

    def top_link(self, path, target):
        """A link whose own path is not merged: /bin -> usr/bin."""
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def copy(self, source, path):
        """The file SOURCE, links followed, as PATH."""
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.file(path, source, mode)

    def copy_tree(self, source, path):
        for where, names, files in os.walk(source):
            target = os.path.join(path, os.path.relpath(where, source))
            self.directory(target)
            for name in files + [n for n in names if os.path.islink(os.path.join(where, n))]:
                here = os.path.join(where, name)
                if os.path.islink(here):
                    self.link(os.path.join(target, name), os.readlink(here))
                else:
                    self.copy(here, os.path.join(target, name))

    def write(self, output):
        for number, path in enumerate(self.entries, 1):
            mode, data = self.entries[path]
            if data is None:
                data = b""
            elif not isinstance(data, bytes):
                with open(data, "rb") as source:
                    data = source.read()
            _member(output, number, path, mode, data)
        _member(output, 0, "TRAILER!!!", 0, b"")


def _member(output, inode, path, mode, data):
    name = path.encode() + b"\0"
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    output.write(header + b"\0" * (-len(header) % 4))
    output.write(data + b"\0" * (-len(data) % 4))
