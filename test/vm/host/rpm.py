# SPDX-License-Identifier: GPL-2.0-or-later
"""The rpms of this source tree, built by the spec in contrib/rpm, in the cache.

Where rpmbuild knows nothing of Fedora's macros and packages, as on Debian, MACROS say what those come to, and nothing
that the spec wants to build with is asked for by its name.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from . import package
from .common import SOURCE_DIR, Failure, Unavailable, cache_dir, locked, read_stamp, write_stamp

SPEC = SOURCE_DIR / "contrib" / "rpm" / "memhp.spec"
STAND_INS = SOURCE_DIR / "test" / "smoke" / "rpm"


def get():
    """The packages by name: {"memhp": path, ...}."""
    if not shutil.which("rpmbuild"):
        raise Unavailable("rpmbuild is not installed")
    base = cache_dir("rpm", hashlib.sha256(str(SOURCE_DIR).encode()).hexdigest()[:12])
    key = package.key(STAND_INS)
    with locked(f"rpm-{base.name}"):
        if read_stamp(base) != key:
            _build(base)
            write_stamp(base, key)
    return {path.name.split("-0")[0]: path for path in sorted(base.glob("RPMS/*/*.rpm"))}


def ask(path, *options):
    """What rpm says of a package, line by line."""
    return subprocess.run(["rpm", "-qp", "--nosignature", *options, path], capture_output=True, text=True,
                          check=True).stdout.splitlines()


def _build(base):
    shutil.rmtree(base)
    (base / "SOURCES").mkdir(parents=True)
    version = re.search(r"^Version:\s*(\S+)", SPEC.read_text(), re.MULTILINE)[1]
    name = f"memhp-{version}"
    with tarfile.open(base / "SOURCES" / f"{name}.tar.xz", "w:xz", preset=0) as archive:
        for path in package.files():
            archive.add(path, pathlib.Path(name) / path.relative_to(SOURCE_DIR))
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PKG_CONFIG_PATH": str(STAND_INS)}
    result = subprocess.run(
        ["rpmbuild", "-bb", "--nodeps", "--load", STAND_INS / "macros", "--define", f"_topdir {base}",
         "--define", f"_dbpath {base}/db", "--define", f"_tmppath {base}", SPEC],
        env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Failure(f"rpmbuild failed:\n{result.stdout}")
