#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How many system calls a list takes, by strace on made-up machines. Calls are no times: they are the same everywhere.

calls.py MEMHP [sanitized]   speaks TAP

Of `list blocks --json`: at most 5 for each block, 6 for one of an ACPI device's, and 150 besides, 300 with two threads, reads of
directories (open, read, close) not counted; as many for 16 devices as for one; no block's directory is ever opened, and blocks
are written while others are read. A program under sanitizers has calls of its own, so there only what grows with the machine is held.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tree

PER_BLOCK, BESIDES = 5, 150
LITTLE, MUCH = 200, 1000            # blocks; both below what starts a second thread
MANY = 4000
WRITTEN = 6000                      # of so many, blocks are written before all of them are read
CALL = re.compile(r"^\d+ +(\w+)\(")
OPENS = re.compile(r'\bopenat2?\((?:AT_FDCWD|\d+), "([^"]*)"')
MADE = re.compile(r'\bopenat2?\([^)]*?"([^"]*)", [^)]*O_(?:TMPFILE|CREAT|WRONLY|RDWR)')
# A directory to be read, not one to look files up in; opened and closed.
DIRECTORY = re.compile(r"\bopenat2?\((?!.*O_PATH).*O_DIRECTORY.*= \d+$")


# What sanitizers and allocators do of their own accord, as a program grows.
MEMORY_CALLS = ("mmap", "munmap", "mremap", "mprotect", "madvise", "brk")


class Strace:
    def __init__(self, program, sanitized):
        self.program = program
        self.leave_out = {"getdents64", *(MEMORY_CALLS if sanitized else ())}

    def _run(self, options, root, arguments):
        # A leak checker cannot work where strace does already.
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", LC_ALL="C")
        with tempfile.NamedTemporaryFile("r") as file:
            subprocess.run(["strace", "-f", *options, "-o", file.name, self.program, "-r", root, *arguments],
                           check=True, stdout=subprocess.DEVNULL, env=environment)
            return file.read()

    def calls(self, root, *arguments):
        """How many, but for reads of directories."""
        lines = self._run([], root, arguments).splitlines()
        names = [found.group(1) for found in map(CALL.match, lines) if found]
        counted = sum(name not in self.leave_out for name in names)
        return counted - 2 * sum(bool(DIRECTORY.search(line)) for line in lines)

    def opened(self, root, *arguments):
        return OPENS.findall(self._run(["-e", "trace=openat,openat2"], root, arguments))

    def opened_before_text(self, root, *arguments):
        """How many states of blocks were opened before the text of the first block was written, and in all."""
        text = self._run(["-e", "trace=openat,openat2,write", "-s", "32"], root, arguments)
        before = text.partition('{\\"block\\":0,')[0]
        return [sum(path.endswith("/state") for path in OPENS.findall(part)) for part in (before, text)], \
            MADE.findall(text)


class Trees:
    """Machines in a directory of their own."""

    def __init__(self, directory):
        self.directory = directory

    def make(self, blocks, devices=1, dimm_blocks=0):
        root = os.path.join(self.directory, f"{blocks}-{devices}-{dimm_blocks}")
        if not os.path.exists(root):
            machine = tree.make(root, blocks, devices)
            tree.add_dimm(root, machine, dimm_blocks)
        return root


def checks(strace, trees, sanitized):
    """Of each: what it says, whether it holds, and the numbers."""
    list_blocks = ("list", "blocks", "--json")

    def calls(blocks, **machine):
        return strace.calls(trees.make(blocks, **machine), *list_blocks)

    little, much, many = calls(LITTLE), calls(MUCH), calls(MANY)
    each = (much - little) / (MUCH - LITTLE)
    yield f"at most {PER_BLOCK} calls a block", each <= PER_BLOCK, f"{each:.3f}"
    besides = little - each * LITTLE
    if not sanitized:
        yield f"at most {BESIDES} calls besides", besides <= BESIDES, f"{besides:.0f} at {LITTLE} blocks"
        besides = many - each * MANY
        yield f"at most {2 * BESIDES} with two threads", besides <= 2 * BESIDES, f"{besides:.0f} at {MANY} blocks"
    growth = (many - much) / (MANY - MUCH)
    yield "as many for each of more blocks", growth <= PER_BLOCK * 1.01, f"{growth:.3f}"

    devices = calls(MANY, devices=16)
    yield "as many for 16 devices as for one", abs(devices - many) <= many / 100, f"{many}, {devices}"

    few, more = calls(MUCH, dimm_blocks=40), calls(MUCH, dimm_blocks=140)
    owned = (more - few) / 100
    yield "one more for a block of an ACPI device", owned <= 1.05, f"{owned:.3f}"
    if not sanitized:
        besides = more - each * MUCH - 140
        yield f"at most {BESIDES} besides with a DIMM", besides <= BESIDES, f"{besides:.0f}"

    opened = strace.opened(trees.make(LITTLE), *list_blocks)
    own = [path for path in opened if re.search(r"memory\d+/?$", path)]
    yield "no block's directory is opened", not own and len(opened) > 2 * LITTLE, " ".join(own[:3])

    (before, after), made = strace.opened_before_text(trees.make(WRITTEN), *list_blocks)
    yield "blocks are written while others are read", before < after == WRITTEN, f"{before} of {after} were open before"
    yield "no file is made or opened to be written for it", not made, " ".join(made)

    whole = strace.calls(trees.make(MANY), "list", "--json") - many
    more = strace.calls(trees.make(MANY, devices=16), "list", "--json") - devices
    yield "all of 16 devices: a few dozen calls for each", (more - whole) / 15 <= 50, f"{whole}, {more}"


def main():
    program, sanitized = sys.argv[1], "sanitized" in sys.argv[2:]
    if shutil.which("strace") is None:
        print("1..0 # SKIP there is no strace here")
        return 0
    failed = count = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as directory:
        probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            print("1..0 # SKIP strace may not trace here")
            return 0
        for count, (what, holds, numbers) in enumerate(checks(Strace(program, sanitized), Trees(directory), sanitized), 1):
            failed += not holds
            print(f"{'ok' if holds else 'not ok'} {count} - {what}\n# {numbers}", flush=True)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
