# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels guests run: one row each, by Debian suite.

A row keeps its name when its suite moves on to a newer kernel; the version a guest really runs is
in the row's directory and is shown. The cache of a row holds vmlinuz, modules.cpio, and a stamp.
"""

import hashlib
import lzma
import re
import shutil

from . import apt, tools
from .common import Failure, cache_dir, locked, read_stamp, replace_dir, say, write_stamp
from .cpio import Archive

#         name    the suite, and those it builds on
KERNELS = {
    "6.1":  ("bookworm", "bookworm-security"),
    "6.12": ("bookworm-backports", "bookworm", "bookworm-security"),
    "7.2":  ("sid",),
}

PACKAGE = "linux-image-amd64"


class Kernel:
    """A kernel in the cache: its row's name, its release (uname -r) and its files."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = directory
        self.release = (directory / "release").read_text().strip()
        self.vmlinuz = directory / "vmlinuz"
        self.modules = directory / "modules.cpio"


def have(name):
    """For --list: the release in the cache, if any."""
    try:
        return ": " + (cache_dir("kernels") / name / "release").read_text().strip()
    except OSError:
        return ""


def get(name, wanted_modules, newer=False):
    """The kernel of row NAME with WANTED_MODULES; fetched when it, or one of them, is not there."""
    if name not in KERNELS:
        raise Failure(f"there is no kernel {name}; there are {', '.join(KERNELS)}")
    directory = cache_dir("kernels") / name
    wanted = sorted(wanted_modules)
    key = hashlib.sha256(" ".join(wanted).encode()).hexdigest()
    with locked(f"kernel-{name}"):
        if newer or read_stamp(directory) != key:
            _make(name, directory, wanted, key, newer)
    return Kernel(name, directory)


def modules_of(kernel, wanted_modules, word):
    """An archive of other modules than KERNEL's own, and of its build's options; WORD names it in the cache."""
    directory = cache_dir("kernels") / f"{kernel.name}-{word}"
    wanted = sorted(wanted_modules)
    key = hashlib.sha256(" ".join((kernel.release, *wanted)).encode()).hexdigest()
    with locked(f"kernel-{kernel.name}-{word}"):
        if read_stamp(directory) != key:
            work = cache_dir("kernels") / f"{directory.name}.new"
            shutil.rmtree(work, ignore_errors=True)
            apt.unpack(_packages(kernel.name, kernel.directory, False), work / "tree")
            _keep_config(work, kernel.release)
            _pack_modules(_modules_in(work / "tree"), work, wanted)
            for name in ("tree", "root"):
                shutil.rmtree(work / name)
            write_stamp(work, key)
            replace_dir(work, directory)
    return directory / "modules.cpio"


def _keep_config(work, release):
    """What makes an initramfs asks it what the kernel can unpack."""
    config = next((work / "tree").rglob(f"config-{release}"), None) or next((work / "tree").rglob(f"{release}/config"))
    target = work / "root" / "boot" / f"config-{release}"
    target.parent.mkdir(parents=True)
    shutil.copy(config, target)


def _modules_in(tree):
    return next(path.parent for path in tree.rglob("modules.builtin"))


def _make(name, directory, wanted, key, newer):
    files = _packages(name, directory, newer)
    say(f"unpacking kernel {name} ...")
    work = cache_dir("kernels") / f"{name}.new"
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree"
    apt.unpack(files, tree)
    image = next(tree.glob("boot/vmlinuz-*"), None) or next(tree.glob("**/vmlinuz*"), None)
    modules = _modules_in(tree)
    shutil.copy(image, work / "vmlinuz")
    (work / "release").write_text(modules.name + "\n")
    (work / "packages").write_text("".join(f"{path}\n" for path in files))
    _pack_modules(modules, work, wanted)
    shutil.rmtree(tree)
    shutil.rmtree(work / "root")
    write_stamp(work, key)
    replace_dir(work, directory)
    for old in files[0].parent.glob("linux-*.deb"):
        if old not in files:
            old.unlink()
    say(f"kernel {name} is {modules.name}")


def _packages(name, directory, newer):
    """The package files of the row: those of the last time, unless newer ones are asked for."""
    known = directory / "packages"
    if known.exists() and not newer:
        files = [cache_dir() / line for line in known.read_text().splitlines()]
        if all(path.exists() for path in files):
            return files
    say(f"fetching kernel {name} ({KERNELS[name][0]}) ...")
    source = apt.Apt(*KERNELS[name])
    source.update()
    return source.download(source.dependencies(PACKAGE, "linux-"))


def _pack_modules(modules, work, wanted):
    """Writes modules.cpio with WANTED, all that they need, and depmod's index of them."""
    available = {_module_name(path): path for path in modules.rglob("*.ko*")}
    builtin = {_module_name(line) for line in (modules / "modules.builtin").read_text().split()}
    root = work / "root"
    target = root / "lib" / "modules" / modules.name
    target.mkdir(parents=True)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        if (modules / name).exists():
            shutil.copy(modules / name, target / name)
    todo, done = list(wanted), set()
    while todo:
        name = todo.pop()
        if name in done or name in builtin or name not in available:
            continue                    # an older kernel has not every module
        done.add(name)
        data = _read_module(available[name])
        place = target / "kernel" / f"{name}.ko"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(data)
        todo += _needed_by(data)
    tools.run("depmod", "-b", root, modules.name)
    archive = Archive()
    archive.copy_tree(root, "/")
    with open(work / "modules.cpio", "wb") as output:
        archive.write(output)


def _module_name(path):
    return str(path).rsplit("/", 1)[-1].split(".ko")[0].replace("-", "_")


def _read_module(path):
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def _needed_by(data):
    """What a module's own description (.modinfo) says it depends on, softly too."""
    names = []
    for value in re.findall(rb"\0depends=([^\0]*)", b"\0" + data):
        names += value.decode().split(",")
    for value in re.findall(rb"\0softdep=([^\0]*)", b"\0" + data):
        names += [word for word in value.decode().split() if not word.endswith(":")]
    return [name.replace("-", "_") for name in names if name]
