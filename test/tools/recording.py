#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A dump is the machine: what memhp says of one that was recorded is what it says of the machine. Speaks TAP.

recording.py MEMHP
"""

import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from machines import MACHINES

SHOWN = ["list", "list -v", "list -j ranges devices regions nodes zones memmap blocks rules", "map", "list zones -o nonsense",
         "plan online --zone movable all", "plan -j remove --yes all", "plan -j offline --boot-memory 1-4", "check", "check -j"]


def run(memhp, *words):
    done = subprocess.run([memhp, *words], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


def same(memhp, root, dump):
    """Commands of which the two answers differ."""
    recorded = run(memhp, "-r", root, "dump", dump)
    if recorded[0] != 0:
        return [f"dump gave {recorded[0]}: {recorded[2].decode()}"]
    odd = [words for words in SHOWN if run(memhp, "-r", root, *words.split()) != run(memhp, "-r", dump, *words.split())]
    if run(memhp, "-r", dump, "dump", "-")[1] != dump.read_bytes():
        odd.append("a dump of the dump is another")
    return odd


# ---- where it is written

def replaces_what_a_link_leads_to(memhp, root, here):
    (here / "old").write_text("old")
    (here / "link").symlink_to("old")
    done = run(memhp, "-r", root, "dump", here / "link")
    return done[0] == 0 and (here / "link").is_symlink() and (here / "old").read_text().startswith("memhp-dump 1\n")


def keeps_the_old_one(memhp, root, here):
    """A dump that cannot be written leaves what was there."""
    (here / "kept").write_text("old")
    done = run(memhp, "-r", root / "nothing", "dump", here / "kept")
    return done[0] == 2 and (here / "kept").read_text() == "old"


def leaves_nothing_behind(memhp, root, here):
    before = sorted(os.listdir(here))
    done = run(memhp, "-r", root, "dump", here)
    return done[0] == 1 and b"directory" in done[2] and sorted(os.listdir(here)) == before


def has_the_users_mode(memhp, root, here):
    before = os.umask(0o027)
    run(memhp, "-r", root, "dump", here / "mode")
    os.umask(before)
    return stat.S_IMODE((here / "mode").stat().st_mode) == 0o640


def writes_to_devices(memhp, root, here):
    done = run(memhp, "-r", root, "dump", "/dev/full")
    return done[0] == 1 and b"No space left" in done[2] and run(memhp, "-r", root, "dump", "/dev/null")[0] == 0


def wants_one_file(memhp, root, here):
    return [run(memhp, "-r", root, *words)[0] for words in
            (["dump"], ["dump", "a", "b"], ["dump", "-j", "-"], ["list", "--anonymous"])] == [2, 2, 2, 2]


def reads_a_pipe(memhp, root, here):
    run(memhp, "-r", root, "dump", here / "piped")
    with subprocess.Popen(["cat", here / "piped"], stdout=subprocess.PIPE) as cat:
        done = subprocess.run([memhp, "-r", "/dev/stdin", "list"], stdin=cat.stdout, capture_output=True, check=False)
    return done.stdout == run(memhp, "-r", root, "list")[1]


def tells_whether_udev_has_begun(memhp, root, here):
    """... and nothing else of what stands there."""
    whole = here / "begun"
    shutil.copytree(root, whole, symlinks=True)
    (whole / "run/udev/data").mkdir(parents=True)
    (whole / "run/udev/data/c240:7").touch()
    notes = run(memhp, "-r", whole, "dump", "-")[1]
    (whole / "run/systemd/units").mkdir(parents=True)
    for unit in ("systemd-udevd", "backup-of-somebody"):
        (whole / f"run/systemd/units/invocation:{unit}.service").symlink_to("0123")
    links = run(memhp, "-r", whole, "dump", "-")[1]
    return (b"\nrun/udev/data/" in notes and b"c240:7" not in notes and
            b"\nrun/systemd/units/ : invocation:systemd-udevd.service\n" in links and b"somebody" not in links)


# ---- machines that lack something whole

def blocked(place):
    """It is there, and leads nowhere."""
    shutil.rmtree(place)
    place.symlink_to(place.name)


def emptied(place):
    shutil.rmtree(place)
    place.mkdir()


# What becomes of which directory, and what `list` says then.
LACKS = {"no memory blocks": (shutil.rmtree, "sys/devices/system/memory", 1, b"there is no /sys/devices/system/memory"),
         "memory blocks that cannot be read": (blocked, "sys/devices/system/memory", 1, b"cannot be read"),
         "no sys": (emptied, "sys", 1, b"there is no /sys/devices/system/memory"),
         "no proc": (emptied, "proc", 0, b""),
         "a masked directory of blocks": (emptied, "sys/devices/system/memory", 0, b""),
         "no nodes": (shutil.rmtree, "sys/devices/system/node", 0, b"")}


def machines_that_lack_something_are_recorded_too(memhp, root, here):
    """... and refuse what they refused."""
    odd = []
    for number, (name, (change, place, code, message)) in enumerate(LACKS.items()):
        whole = here / f"lacks{number}"
        shutil.copytree(root, whole, symlinks=True)
        change(whole / place)
        said = run(memhp, "-r", whole, "list")
        if said[0] != code or message not in said[2]:
            odd.append(f"{name}: {said}")
        odd += [f"{name}: {each}" for each in same(memhp, whole, here / f"lacks{number}.dump")]
    for line in odd:
        print(f"# {line}")
    return not odd


FILES = [machines_that_lack_something_are_recorded_too, replaces_what_a_link_leads_to, keeps_the_old_one, leaves_nothing_behind, has_the_users_mode, writes_to_devices,
         wants_one_file, reads_a_pipe, tells_whether_udev_has_begun]


def main():
    memhp, failed, number = sys.argv[1], False, 0
    print(f"1..{len(MACHINES) + len(FILES)}")
    with tempfile.TemporaryDirectory() as directory:
        here = pathlib.Path(directory)
        for number, (name, machine) in enumerate(MACHINES.items(), 1):
            machine.write(here / name)
            odd = same(memhp, here / name, here / f"{name}.dump")
            failed |= bool(odd)
            print(f"{'not ok' if odd else 'ok'} {number} - {name}: {'; '.join(odd)}")
        for number, test in enumerate(FILES, number + 1):
            good = test(memhp, here / "normal", here)
            failed |= not good
            print(f"{'ok' if good else 'not ok'} {number} - {test.__name__.replace('_', ' ')}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
