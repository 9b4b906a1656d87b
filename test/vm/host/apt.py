# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian packages without root and without a trace on the system.

apt runs with lists, status and archives of its own in the cache. The archive's address and the
keys are the system's. Suites are named here, addresses never.
"""

import os
import pathlib
import re
import shutil
import subprocess

from .common import Failure, Unavailable, cache_dir, replace_dir, write_stamp

KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


# Where apt has no lists yet, an archive is known by the suites that are asked of it.
DEBIAN_SUITE = re.compile(r"(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)"
                          r"(-security|-updates|-backports)?$")


def _index_targets(*options):
    """What the system's apt reads: lists [label, suite, address]."""
    try:
        listing = subprocess.run(
            ["apt-get", "indextargets", *options, "--format", "$(LABEL)|$(RELEASE)|$(REPO_URI)"],
            capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable("kernels and QEMU come as Debian packages, and this machine has no "
                          f"working apt-get: {error}") from None
    return [line.split("|", 2) for line in listing.splitlines()]


def system_archives():
    """The addresses the system's apt uses, by label: {"Debian": ..., "Debian-Security": ...}."""
    archives = {}
    for label, _, address in _index_targets():
        archives.setdefault(label, address)
    others = sorted(archives)
    if not archives:
        for _, suite, address in _index_targets("--no-release-info"):
            if DEBIAN_SUITE.match(suite):
                archives.setdefault("Debian-Security" if suite.endswith("-security") else "Debian",
                                    address)
    if "Debian" not in archives:
        raise Unavailable("kernels and QEMU come as Debian packages, and apt on this machine knows "
                          f"{' and '.join(others) or 'no archive'} but not Debian's; it is enough "
                          "that Debian's is among its sources, and all of it may be pinned to -1")
    return archives


class Apt:
    """A private apt that knows SUITES; the first one is the one asked for."""

    def __init__(self, *suites):
        self.suites = suites
        self.dir = cache_dir("apt", suites[0])
        self.archives = self.dir / "archives"
        (self.dir / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.archives / "partial").mkdir(parents=True, exist_ok=True)
        (self.dir / "empty").mkdir(exist_ok=True)
        self.updated = False

    def _options(self):
        settings = {
            "APT::Architecture": "amd64",
            "APT::Architectures": "amd64",
            "APT::Sandbox::User": "",
            "APT::Install-Recommends": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Debug::NoLocking": "true",
            "Dir::Cache": self.dir,
            "Dir::Cache::archives": self.archives,
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": self.dir / "empty",
            "Dir::Etc::sourcelist": self.dir / "sources.list",
            "Dir::Etc::sourceparts": self.dir / "empty",
            "Dir::State::lists": self.dir / "lists",
            "Dir::State::status": self.dir / "status",
        }
        if self.suites[0].endswith("-backports"):
            settings["APT::Default-Release"] = self.suites[0]
        return [f"-o{key}={value}" for key, value in settings.items()]

    def _run(self, command, *arguments, cwd=None):
        result = subprocess.run(
            [command, "-q", *self._options(), *arguments], cwd=cwd, text=True,
            capture_output=True, env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"})
        if result.returncode:
            reason = " ".join((result.stderr or result.stdout).split()) or "no reason given"
            raise Failure(f"{command} {' '.join(arguments)} failed for {self.suites[0]}: {reason}")
        return result.stdout

    def _write_sources(self):
        archives = system_archives()
        keyring = next((name for name in KEYRINGS if os.path.exists(name)), None)
        option = f"[signed-by={keyring}] " if keyring else ""
        lines = []
        for suite in self.suites:
            label = "Debian-Security" if suite.endswith("-security") else "Debian"
            if label in archives:
                lines.append(f"deb {option}{archives[label]} {suite} main\n")
        (self.dir / "sources.list").write_text("".join(lines))
        (self.dir / "status").write_text("")

    def update(self):
        if not self.updated:
            self._write_sources()
            self._run("apt-get", "update", "-oAPT::Update::Error-Mode=any")
            self.updated = True

    def describe(self, package):
        """The fields of the version of PACKAGE that apt would install."""
        text = self._run("apt-cache", "--no-all-versions", "show", package)
        fields = {}
        for line in text.splitlines():
            key, colon, value = line.partition(": ")
            if colon and not key.startswith(" "):
                fields.setdefault(key, value)
        return fields

    def dependencies(self, package, prefix):
        """PACKAGE and those of its dependencies, direct or not, whose name begins with PREFIX."""
        found, todo = {}, [package]
        while todo:
            name = todo.pop()
            if name in found:
                continue
            fields = self.describe(name)
            found[name] = fields["Version"]
            for clause in fields.get("Depends", "").split(","):
                first = re.split(r"[ |(:]", clause.strip())[0]
                if first.startswith(prefix):
                    todo.append(first)
        return found

    def download(self, versions):
        """The files of the packages {name: version}."""
        for name, version in versions.items():
            if not self._file(name, version):
                self._run("apt-get", "download", f"{name}={version}", cwd=self.archives)
        return [self._file(name, version) for name, version in versions.items()]

    def _file(self, name, version):
        pattern = f"{name}_{version.replace(':', '%3a')}_*.deb"
        return next(iter(self.archives.glob(pattern)), None)

    def download_closure(self, *packages):
        """The files of PACKAGES and of all that they depend on."""
        # apt leaves out of this list what its archive directory has already
        listing = self._run("apt-get", "-y", "--print-uris", "install", *packages,
                            f"-oDir::Cache::archives={self.dir / 'empty'}")
        self._run("apt-get", "-y", "--download-only", "install", *packages)
        names = re.findall(r"^'[^']+' (\S+\.deb) ", listing, re.MULTILINE)
        return [self.archives / name for name in names]


def unpack(files, directory):
    """Unpacks package files into DIRECTORY; nothing of them is run."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name in files:
        result = subprocess.run(["dpkg", "-x", name, directory], capture_output=True, text=True)
        if result.returncode:
            raise Failure(f"{name} does not unpack: {result.stderr.strip()}")


def unpack_closure(suites, packages, directory):
    """DIRECTORY anew, with packages and all that they depend on unpacked in its root."""
    source = Apt(*suites)
    source.update()
    work = directory.with_name(directory.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    unpack(source.download_closure(*packages), work / "root")
    write_stamp(work, "")
    replace_dir(work, directory)
