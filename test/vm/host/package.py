# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages of this source tree, built as a user builds them, in a copy in the cache.

Needs what debian/control says is needed to build, and no root.
"""

import hashlib
import os
import re
import shutil
import subprocess

from .common import SOURCE_DIR, Failure, Unavailable, cache_dir, locked, read_stamp, write_stamp

KEPT = 2
# What the packages are made of.
PARTS = ("COPYING", "Documentation", "LICENSES", "README.md", "NEWS.md", "contrib", "debian",
         "include", "lib", "meson.build", "meson_options.txt", "test/meson.build", "tools")


def get():
    """The .deb file of the program, which needs nothing of the library's; those lie beside it."""
    if not shutil.which("dpkg-buildpackage") or not shutil.which("dh"):
        raise Unavailable("dpkg-buildpackage and debhelper are not installed")
    top = cache_dir("package", hashlib.sha256(str(SOURCE_DIR).encode()).hexdigest()[:12])
    digest = key()
    base = top / digest[:12]
    with locked(f"package-{top.name}"):
        if read_stamp(base) != digest:
            # another run may still be reading those of the last time
            for old in sorted(top.iterdir(), key=os.path.getmtime)[:-KEPT]:
                shutil.rmtree(old)
            base.mkdir(exist_ok=True)
            _build(base)
            write_stamp(base, digest)
    return sorted(base.glob("memhp_*.deb"))


def older(path):
    """The same package as of an earlier version, with a file that this one has no more."""
    made = path.parent / "older" / path.name
    if not made.exists():
        tree = path.parent / "older" / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        tree.parent.mkdir(exist_ok=True)
        _tell("dpkg-deb", "--raw-extract", path, tree)
        control = tree / "DEBIAN" / "control"
        control.write_text(re.sub(r"^Version: .*", "Version: 0.0.9", control.read_text(), flags=re.MULTILINE))
        (tree / "usr/share/memhp/of-old").write_text("only in the older version\n")
        _tell("dpkg-deb", "--root-owner-group", "--build", tree, made)
    return made


def _tell(*command):
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Failure(f"{command[0]} failed:\n{result.stdout}")


def lint(base=None):
    """What lintian says of the last build, line by line."""
    changes = sorted((base or get()[0].parent).glob("*.changes"))
    result = subprocess.run(["lintian", "--tag-display-limit", "0", *changes], text=True,
                            capture_output=True)
    return (result.stdout + result.stderr).splitlines()


def files():
    """What packages are made of."""
    for name in PARTS:
        top = SOURCE_DIR / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def key(*more):
    """Of all that packages are made of, and of what lies in the directories MORE."""
    digest = hashlib.sha256()
    for path in [*files(), *(path for top in more for path in sorted(top.iterdir()))]:
        digest.update(f"{path.relative_to(SOURCE_DIR)} {os.access(path, os.X_OK)}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _build(base):
    for old in (*base.glob("*.deb"), *base.glob("*.changes"), *base.glob("*.buildinfo")):
        old.unlink()                    # of a build that was broken off
    # always in the same place, which a compiler's cache may go by
    work = base.parent.parent / f"{base.parent.name}.work"
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree"
    for path in files():
        target = tree / path.relative_to(SOURCE_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    # where a compiler's cache is in use, the same lines need not be compiled again
    environment = {**os.environ, "DEB_BUILD_OPTIONS": "nocheck noautodbgsym parallel=2",
                   "LC_ALL": "C.UTF-8"}
    result = subprocess.run(["dpkg-buildpackage", "-b", "-us", "-uc"], cwd=tree, env=environment,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Failure(f"dpkg-buildpackage failed:\n{result.stdout}")
    for path in work.iterdir():
        if path.is_file():
            path.rename(base / path.name)
    shutil.rmtree(work)
