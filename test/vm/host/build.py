# SPDX-License-Identifier: GPL-2.0-or-later
"""A release build of this source tree for the guests, installed into the cache."""

import hashlib
import os
import pathlib
import subprocess

from .common import SOURCE_DIR, Failure, cache_dir, locked


def get():
    """The installed tree (DESTDIR), brought up to date; None where there is nothing to build."""
    if not (SOURCE_DIR / "meson.build").exists():
        return None
    key = hashlib.sha256(str(SOURCE_DIR).encode()).hexdigest()[:12]
    base = cache_dir("build") / key
    tree = base / "tree"
    with locked(f"build-{key}"):
        if not (base / "build.ninja").exists():
            _run("meson", "setup", "--buildtype=release", "--prefix=/usr", "--libdir=lib",
                 "-Dstrip=true", str(base), str(SOURCE_DIR))
        before = _newest(base)
        _run("ninja", "-C", str(base))
        if not tree.exists() or _newest(base) != before:
            _run("meson", "install", "--no-rebuild", "-C", str(base), "--destdir", str(tree))
    return tree


def _newest(base):
    """Tells whether ninja has done anything."""
    try:
        return os.stat(pathlib.Path(base, ".ninja_log")).st_mtime_ns
    except OSError:
        return 0


def _run(*command):
    try:
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if result.returncode:
        raise Failure(f"{' '.join(command)} failed:\n{result.stdout}")
