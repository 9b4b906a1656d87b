#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a run has come, as a terminal, a pipe and a program are told, and what becomes of it where nobody is. Speaks TAP.

progress.py MEMHP_FAKE
"""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import terminal

ENVIRONMENT = os.environ | {"MEMHP_FAKE": "online from boot 6.12", "LC_ALL": "C.UTF-8"}
REQUEST = ("online", "--zone", "movable", "dax0.0")
BAR = re.compile(r"\r(\w+) +\[(#*) *\] (\d+) of (\d+) blocks, (\S+) of (\S+)((?:, \S+/s, \d+ s left)?)\x1b\[K")


def run(program, *words):
    return subprocess.run([program, *REQUEST, *words], capture_output=True, text=True, check=False, env=ENVIRONMENT)


def on_terminal(program, *words):
    """What stands on standard error, when that is a terminal."""
    return terminal.shown([program, *REQUEST, *words], "stderr", ENVIRONMENT)


def bar(program):
    said, code = on_terminal(program)
    drawn = BAR.findall(said)
    if code != 0 or not drawn or not said.endswith("\r\x1b[K"):
        return f"{code} {said!r}"
    if {phase for phase, *_ in drawn} != {"offline", "online"}:
        return f"not both ways: {drawn}"
    last = drawn[-1]
    if last[1] != 20 * "#" or last[2] != last[3] or last[3] != "8" or last[4:6] != ("1G", "1G"):
        return f"the last one: {last}"
    return BAR.sub("", said).removesuffix("\r\x1b[K")


def chosen(program):
    said, _ = on_terminal(program, "--progress", "never")
    return said or ("" if "8 of 8 blocks" in run(program, "--progress", "always").stderr else "no bar with always")


def piped(program):
    done = run(program)
    return done.stderr if done.returncode == 0 else f"exit {done.returncode}"


def as_json(program):
    done = run(program, "--progress", "json", "--json")
    json.loads(done.stdout)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    keys = {"phase", "done_blocks", "total_blocks", "done_bytes", "total_bytes", "seconds", "block"}
    if [line["done_blocks"] for line in lines] != list(range(1, 9)) or any(set(line) != keys for line in lines):
        return done.stderr
    if [line["block"] for line in lines] != [67, 66, 65, 64, 64, 65, 66, 67]:
        return done.stderr
    return "" if all(line["done_bytes"] == line["done_blocks"] << 27 for line in lines) else done.stderr


def nobody_to_tell(program):
    """What was done is the exit status, though the report has no room; what was only looked at is not known to anybody."""
    with open("/dev/full", "wb") as full:
        done = [subprocess.run([program, *REQUEST, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                               env=ENVIRONMENT) for words in ((), ("-n",))]
    return "" if [each.returncode for each in done] == [0, 1] and \
        all("No space left" in each.stderr for each in done) else str(done)


TESTS = {
    "a bar on a terminal: blocks, bytes, rate, time left; and no more of it in the end": bar,
    "never, and always": chosen,
    "nothing where standard error is no terminal": piped,
    "an object a line": as_json,
    "a report that has no room": nobody_to_tell,
}


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, (name, test) in enumerate(TESTS.items(), 1):
        problem = test(sys.argv[1])
        failed += bool(problem)
        print(f"{'not ok' if problem else 'ok'} {number} - {name}")
        if problem:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
