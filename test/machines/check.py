#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows every machine in this directory, as root and without privilege, and compares each word with golden/.

check.py MEMHP SCHEMA [NAME...]           compares, and holds all JSON against the schema; speaks TAP
check.py MEMHP SCHEMA --update [NAME...]  writes what is said now into golden/; look at the difference

A machine is a dump NAME.dump in this directory, or a function of synthetic.py. NAME.user.dump is what was recorded of
it without privilege; where there is none, it is worked out.
"""

import concurrent.futures
import copy
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import dumps
import strict
import synthetic

GOLDEN = HERE / "golden"
# What is shown of a machine, and of one that is seen without privilege.
SHOWN = ["list", "list regions zones", "map", "list -j", "plan online --zone movable all",
         "plan -j online --zone movable all", "plan remove --yes all", "plan offline --boot-memory 1-4",
         "list blocks memmap --pages"]
SHOWN_TO_USERS = ["list", "list regions", "map", "list -j", "plan online --zone movable all"]
# Of machines recorded from guests, which are many and alike.
SHOWN_OF_GUESTS = ["list", "list -j", "map", "plan online --zone movable all", "plan remove --yes all"]
SHOWN_TO_USERS_OF_GUESTS = ["list", "list -j"]
# What is held against the schema besides.
VALIDATED = ["list -j ranges devices regions nodes zones memmap blocks rules",
             "list -j ranges devices regions nodes zones memmap blocks --pages", "list -j blocks --pages --target 1",
             "map -j", "plan -j remove --yes all",
             "plan -j offline --boot-memory 1-4", "plan -j add all", "plan -j online dax9.9", "list -j nonsense",
             "list -j --target node0", "plan -j online", "policy -j", "policy -j node0"]
# More than this of one command is kept as a sum: nobody would read it.
LONG = 24 << 10
# A plan's names follow from all of its request and machine: another test's matter.
NAMES = re.compile(r'(^id |"plan_id":"|"fingerprint":")(?:[0-9a-f-]{36}|memhp1;[^"]*)', re.M)
# What counts while the machine is looked at.
COUNTED = re.compile(r"(MemFree|MemAvailable|pages free|count|nr_zone_\w+|Swap\w+|HardwareCorrupted|Cma\w+)(:? +)\d+")


class View:
    """One machine as one user sees it: a dump's text."""

    def __init__(self, name, text, commands):
        self.name, self.text, self.commands = name, text, commands

    @property
    def golden(self):
        return GOLDEN / f"{self.name}.txt"


def views(names):
    for path in sorted(HERE.glob("*.dump")):
        name = path.name.removesuffix(".dump")
        if not name.endswith(".user") and (not names or name in names):
            yield from views_of(name, path.read_text(), HERE / f"{name}.user.dump")
    for name, make in synthetic.MACHINES.items():
        if not names or name in names:
            yield from views_of(name, make(), None)


def views_of(name, text, user):
    seen = user.read_text() if user and user.exists() else dumps.without_privilege(text)
    of_guest = name not in synthetic.MACHINES and not (user and user.exists())
    yield View(name, text, SHOWN_OF_GUESTS if of_guest else SHOWN)
    yield View(f"{name}.user", seen, SHOWN_TO_USERS_OF_GUESTS if of_guest else SHOWN_TO_USERS)


class Program:
    def __init__(self, memhp, directory):
        self.memhp, self.directory, self.done = memhp, pathlib.Path(directory), {}
        self.environment = {name: value for name, value in os.environ.items()
                            if name.startswith(("ASAN", "UBSAN", "LD_", "PATH"))} | {"LC_ALL": "C.UTF-8"}

    def root(self, view):
        path = self.directory / f"{view.name}.dump"
        path.write_text(view.text)
        return path

    def run(self, root, words, leaks=False):
        """Once for each ROOT and WORDS. To look for LEAKS takes longer than all else."""
        if (root, words) not in self.done:
            self.done[root, words] = self._run(root, words, leaks)
        return self.done[root, words]

    def forget(self, root):
        for key in [key for key in self.done if key[0] == root]:
            del self.done[key]

    def _run(self, root, words, leaks):
        options = f"{self.environment.get('ASAN_OPTIONS', '')}:detect_leaks={int(leaks)}".strip(":")
        return subprocess.run([self.memhp, "-r", root, *words.split()], capture_output=True, text=True, check=False,
                              env=self.environment | {"ASAN_OPTIONS": options}, stdin=subprocess.DEVNULL)


def shorten(text):
    if len(text) <= LONG:
        return text
    lines = text.splitlines(keepends=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "".join(lines[:20]) + f"... {len(lines)} lines, sha256 {digest}\n"


def without_name(found):
    return found[1] + "..."


def say(program, view, root):
    said = []
    for words in view.commands:
        done = program.run(root, words, leaks=view.name in synthetic.MACHINES)
        said.append(f"$ memhp {words}\n{shorten(NAMES.sub(without_name, done.stdout))}")
        if done.stderr:
            said.append(f"--- standard error\n{done.stderr}")
        said.append(f"--- exit {done.returncode}\n\n")
    return "".join(said).replace(str(root), "MACHINE")


def compare(program, view, root, update):
    said = say(program, view, root)
    if update:
        GOLDEN.mkdir(exist_ok=True)
        view.golden.write_text(said)
    wanted = view.golden.read_text() if view.golden.exists() else ""
    if said == wanted:
        return []
    first = next((number for number, (one, other) in enumerate(zip(wanted.splitlines(), said.splitlines()), 1)
                  if one != other), min(wanted.count("\n"), said.count("\n")) + 1)
    line = (wanted.splitlines() + [""] * first)[first - 1], (said.splitlines() + [""] * first)[first - 1]
    return [f"{view.golden.name}:{first}: wanted {line[0]!r}, said {line[1]!r}"]


# ---- schema

def validate(program, view, root, checker):
    for words in dict.fromkeys([words for words in view.commands if "-j" in words] + VALIDATED):
        done = program.run(root, words)
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            yield f"{words}: {error}: {done.stdout[:200]} {done.stderr[:2000]}"
            continue
        for complaint in strict.complaints(checker, answer):
            yield f"{words}: {complaint}"
        if answer["exit"] != done.returncode:
            yield f"{words}: exit {done.returncode}, in the object {answer['exit']}"


def refusals(checker, answer):
    """The checker can say no: to a member that nobody knows, to one that is missing, to a wrong type or word."""
    def spoilt(change):
        copy_of = copy.deepcopy(answer)
        change(copy_of)
        return copy_of
    for what, change in {
            "a member that nobody knows": lambda it: it.update(bogus=1),
            "one in an object": lambda it: it["machine"].update(bogus=1),
            "a member that is missing": lambda it: it["machine"].pop("arch"),
            "a word for a number": lambda it: it["machine"].update(page_size="4K"),
            "a word that is none": lambda it: it["ranges"][0].update(state="onlin"),
            "an object for a list": lambda it: it.update(ranges={}),
            "no budget": lambda it: it.pop("budget")}.items():
        if not list(checker.iter_errors(spoilt(change))):
            yield f"the schema takes {what}"


def schema_refuses(program, checker):
    if not checker:
        return []
    root = program.root(View("s390-standby", synthetic.s390_standby(), []))
    return list(refusals(checker, json.loads(program.run(root, "list -j").stdout)))


# ---- the whole

def without_counters(text):
    return COUNTED.sub(r"\1\2N", text)


def user_views_agree():
    """Where a machine was recorded without privilege too, that is what would be worked out."""
    for path in sorted(HERE.glob("*.user.dump")):
        whole = path.with_name(path.name.replace(".user.dump", ".dump"))
        seen = without_counters(path.read_text()).splitlines()
        wanted = without_counters(dumps.without_privilege(whole.read_text())).splitlines()
        for one, other in zip(seen, wanted):
            if one != other:
                yield f"{path.name}: recorded {one!r}, worked out {other!r}"
        if len(seen) != len(wanted):
            yield f"{path.name}: {len(seen)} lines, not {len(wanted)}"


def report(number, name, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {name}")
    for problem in problems:
        print(f"# {problem}")
    sys.stdout.flush()
    return bool(problems)


def one(program, view, checker, update):
    root = program.root(view)
    problems = compare(program, view, root, update)
    invalid = list(validate(program, view, root, checker)) if checker else None
    root.unlink()
    program.forget(root)
    return view, problems, invalid


def main():
    memhp, checker = sys.argv[1], strict.checker(sys.argv[2])
    words = sys.argv[3:]
    update = "--update" in words
    names = [word for word in words if word != "--update"]
    all_views = list(views(names))
    failed, number = False, 0
    print(f"1..{2 * len(all_views) + 3}")
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        program = Program(memhp, directory)
        for view, problems, invalid in pool.map(lambda view: one(program, view, checker, update), all_views):
            failed |= report(number + 1, f"{view.name}: as in golden", problems)
            if invalid is None:
                print(f"ok {number + 2} - {view.name}: valid # SKIP {strict.ABSENT}")
            else:
                failed |= report(number + 2, f"{view.name}: valid", invalid)
            number += 2
        failed |= report(number + 1, "the schema refuses what is wrong", schema_refuses(program, checker))
        number += 1
    stray = [] if names else sorted(set(GOLDEN.glob("*")) - {view.golden for view in all_views})
    failed |= report(number + 1, "every golden file is of a machine", [str(path) for path in stray])
    failed |= report(number + 2, "what is seen without privilege", list(user_views_agree()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
