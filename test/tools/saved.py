#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A plan that was saved: carried out later only if it still holds, whatever stands in its file. Speaks TAP.

saved.py MEMHP
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from machines import MACHINES

ASKED = ("online", "--zone", "movable", "--memmap-on-memory", "off", "dax0.0")


class Saved:
    """A machine in a directory and a plan made on it."""

    def __init__(self, memhp, here, name, *asked):
        self.memhp, self.root, self.file = memhp, here / "machine", here / "saved"
        self.config = here / "more.conf"
        shutil.rmtree(self.root, ignore_errors=True)
        self.config.unlink(missing_ok=True)
        MACHINES[name].write(self.root)
        self.asked = asked
        self.said = self.run("plan", "-j", *asked).stdout
        self.file.write_bytes(self.said)

    def run(self, *words, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.memhp, "-r", self.root, *words], capture_output=True, check=False, **how)

    def apply(self, *words, **how):
        return self.run("apply", "-n", *words, self.file, **how)

    def change(self, **members):
        """The file with other members; of "request", those within it."""
        plan = json.loads(self.said)
        plan["request"] |= members.pop("request", {})
        self.file.write_text(json.dumps(plan | members))


def refused(done, code, *words):
    """The exit status, one sentence, and what is in it."""
    text = done.stderr.decode()
    good = done.returncode == code and text.startswith("memhp: ") and text.count("\n") == 1 and \
        all(word in text for word in words)
    if not good:
        print(f"# exit {done.returncode}, not {code} {words}: {text}")
    return good


# ---- the same machine

def gives_the_same_bytes(make):
    for name in ("normal", "devdax", "movable", "policed"):
        saved = make(name, *ASKED)
        if saved.run("plan", "-j", *ASKED).stdout != saved.said or saved.apply("-j").stdout != saved.said:
            print(f"# {name}: the same is planned otherwise")
            return False
    return True


def reads_standard_input(make):
    saved = make("normal", *ASKED)
    return saved.run("apply", "-n", "-j", "-", input=saved.said, stdin=None).stdout == saved.said


def takes_all_of_the_request(make):
    for asked in (("remove", "--unbound", "dax0.0"), ("online", "--size", "256M", "--move", "all"), ("add", "dax0.0"),
                  ("online", "--from-policy", "dax0.0"), ("online", "dax0.0", "-z", "kernel"), ("offline", "dax0.0", "34"),
                  ("offline", "--contiguous", "-s", "256M", "dax0.0"), ("recover",)):
        saved = make("normal", *asked)
        if saved.apply("-j").stdout != saved.said:
            print(f"# {' '.join(asked)}: planned otherwise: {saved.apply().stderr.decode()}")
            return False
    return True


def takes_a_proposal(make):
    saved = make("devdax")
    plan = json.loads(saved.said)
    return plan["operation"] is None and len(plan["steps"]) > 3 and saved.apply("-j").stdout == saved.said


# ---- another machine

def says_what_has_changed(make):
    memory, parameters = "sys/devices/system/memory", "sys/module/memory_hotplug/parameters"
    good = True
    for path, text, words in (
            ("proc/sys/kernel/random/boot_id", "11111111-0000-4000-8000-000000000000", ["boot id", "11111111"]),
            (f"{memory}/auto_online_blocks", "offline", ["auto_online_blocks was online, is offline"]),
            (f"{parameters}/memmap_on_memory", "Y", ["memmap_on_memory was off, is on"]),
            (f"{parameters}/online_policy", "auto-movable", ["online_policy was contig-zones, is auto-movable"]),
            (f"{parameters}/auto_movable_ratio", "400", ["auto_movable_ratio was 301, is 400"]),
            (f"{memory}/memory33/state", "offline", ["32-35:online, are 32:online,33:offline,34-35:online"]),
            (f"{memory}/memory35/valid_zones", "Movable", ["zones of its blocks were 32-35:Normal"]),
            ("proc/cmdline", "quiet movable_node", ["movable_node was no, is yes"]),
            ("etc/memhp.conf", "[policy]\nmovable-ratio-deny = 9", ["the policy is not what it was"]),
            ("sys/devices/platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0/dax0.0/memmap_on_memory", "1",
             ["memmap_on_memory of its devices was dax0.0:off, is dax0.0:on"])):
        saved = make("normal", *ASKED)
        MACHINES["normal"].file(path, text)
        good &= refused(saved.apply(), 6, "not as planned", *words)
    return good


def does_not_mind_the_rest(make):
    saved = make("normal", *ASKED)
    machine = MACHINES["normal"]
    zones = (saved.root / "proc/zoneinfo").read_text().replace("pages free     ", "pages free     9").rstrip()
    machine.file("proc/zoneinfo", zones)
    machine.file("proc/sys/kernel/hostname", "other")
    machine.file("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 4 kB\nNode 0 MemFree: 2 kB")
    return saved.apply().returncode == 0


def gone_is_gone(make):
    saved = make("normal", *ASKED)
    (saved.root / "sys/bus/dax/devices/dax0.0").unlink()
    return refused(saved.apply(), 5, "dax0.0")


def wants_the_config_again(make):
    saved = make("normal", *ASKED)
    saved.config.write_text("[policy]\nkernel-reserve = 1%\n")
    saved.file.write_bytes(saved.run("plan", "-j", "-c", saved.config, *ASKED).stdout)
    return refused(saved.apply(), 6, "policy") and saved.apply("-c", saved.config).returncode == 0


# ---- what stands in the file

def takes_no_override(make):
    saved = make("normal", "offline", "--boot-memory", "3")
    good = refused(saved.apply(), 3, "boot-memory") and saved.apply("--boot-memory").returncode == 0
    saved = make("normal", "online", "--zone", "kernel", "34-35")
    saved.change(request={"force": "movable-ratio", "boot_memory": True, "yes": True, "on_error": "continue"})
    return good and saved.apply("-j").stdout == saved.said


def takes_no_step(make):
    saved = make("normal", *ASKED)
    step = {"step": 1, "action": "write", "path": "sys/devices/system/memory/memory0/state", "value": "offline"}
    saved.change(steps=[step], changes=[], findings=[], verdict="allow", plan_id="x", before=None)
    return saved.apply("-j").stdout == saved.said


def notices_another_request(make):
    good = True
    for other in ({"targets": ["all"]}, {"zone": "kernel"}, {"size": 134217728}, {"move": True}, {"from_policy": True},
                  {"memmap_on_memory": "on"}):
        saved = make("normal", *ASKED)
        saved.change(request=other)
        good &= refused(saved.apply(), 6, "the request is not what it was")
    saved.change(operation="remove")
    return good and refused(saved.apply(), 6, "the request")


def refuses_what_is_no_plan(make):
    saved = make("normal", *ASKED)
    good = True
    for text in (b"", b"{}", b"[]", b"null", b"\x00", b"\xff\xfe", saved.said[:-3], saved.said + b"{}", saved.said * 2,
                 b"[" * 100000, b'{"a":' * 100000, saved.said.replace(b'"plan"', b'"list"', 1),
                 saved.said.replace(b'"schema":1', b'"schema":2'), saved.said.replace(b'"command"', b'"comand"'),
                 saved.said.replace(b'"undo"', b'"und0"', 1), saved.said.replace(b'"unbound"', b'"steps"'),
                 saved.said.replace(b'"zone":"movable"', b'"zone":"sideways"', 1),
                 saved.said.replace(b'"move":', b'"move":1,"move":', 1), saved.run("list", "-j").stdout,
                 saved.said.replace(b'"targets"', b'"size"', 1), saved.run("plan", "-j", "online", "dax9.9").stdout):
        saved.file.write_bytes(text)
        good &= refused(saved.apply(), 2)
    return good


def refuses_what_is_too_long(make):
    saved = make("normal", *ASKED)
    with open(saved.file, "ab") as file:
        file.write(b" " * (64 << 20))
    good = refused(saved.apply(), 2, "64 MiB")
    saved.file.write_bytes(saved.said + b" " * ((64 << 20) - len(saved.said)))
    good &= saved.apply().returncode == 0
    saved.file.write_bytes(b'{"errors":[' + b"{}," * ((63 << 20) // 3))
    return good and refused(saved.apply(), 2)


def is_a_verb_like_others(make):
    saved = make("normal", *ASKED)
    return refused(saved.run("apply"), 2, "no file") and refused(saved.run("apply", "a", "b"), 2, "one file") and \
        refused(saved.run("apply", "-n", "nowhere"), 2, "nowhere") and refused(saved.run("apply", saved.file), 2, "--root") and \
        refused(saved.run("apply", "-n", saved.root), 1, "directory") and \
        refused(saved.run("apply", "-n", "--zone", "kernel", saved.file), 2, "--zone")


CHECKS = (gives_the_same_bytes, reads_standard_input, takes_all_of_the_request, takes_a_proposal, says_what_has_changed,
          does_not_mind_the_rest, gone_is_gone, wants_the_config_again, takes_no_override, takes_no_step,
          notices_another_request, refuses_what_is_no_plan, refuses_what_is_too_long, is_a_verb_like_others)


def main():
    failed = 0
    print(f"1..{len(CHECKS)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        def make(*asked):
            return Saved(sys.argv[1], pathlib.Path(directory), *asked)
        for number, check in enumerate(CHECKS, 1):
            good = check(make)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {check.__name__.replace('_', ' ')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
