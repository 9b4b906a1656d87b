#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs memhp on small machines and compares every word it says with golden/*.txt. Speaks TAP.

golden.py MEMHP           compares
golden.py MEMHP --update  writes what is said now into golden/; look at the difference before a commit
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from machines import MACHINES

HERE = pathlib.Path(__file__).resolve().parent


def cases():
    """Names and command lines from the file `cases`: `NAME: MACHINE: WORD...`."""
    for line in (HERE / "cases").read_text().splitlines():
        if line and not line.startswith("#"):
            name, machine, words = (part.strip() for part in line.split(":", 2))
            yield name, machine, words.split()


def is_json(words):
    return any(word == "--json" or (word.startswith("-") and not word.startswith("--") and "j" in word)
               for word in words)


def check_object(done):
    """What holds of every answer in JSON, whatever it is about."""
    said = json.loads(done.stdout)
    assert list(said)[:5] == ["schema", "command", "exit", "error", "errors"], list(said)
    assert said["schema"] == 1 and said["exit"] == done.returncode
    assert (said["error"] is None) == (done.returncode == 0)
    assert said["error"] is None or list(said["error"]) == ["kind", "object", "message", "hint"]


def say(memhp, root, words):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                   "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""), "LD_LIBRARY_PATH":
                   os.environ.get("LD_LIBRARY_PATH", "")}
    done = subprocess.run([memhp, "--root", root, *words], capture_output=True, text=True, env=environment,
                          stdin=subprocess.DEVNULL, check=False)
    if is_json(words):
        check_object(done)
    said = f"$ memhp {' '.join(words)}\n{done.stdout}"
    if done.stderr:
        said += f"--- standard error\n{done.stderr}"
    return (said + f"--- exit {done.returncode}\n").replace(str(root), "ROOT")


def main():
    memhp, update = sys.argv[1], "--update" in sys.argv
    failed = 0
    all_cases = list(cases())
    print(f"1..{len(all_cases) + 1}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        for name, machine in MACHINES.items():
            machine.write(pathlib.Path(directory) / name)
        for number, (name, machine, words) in enumerate(all_cases, 1):
            said = say(memhp, pathlib.Path(directory) / machine, words)
            golden = HERE / "golden" / f"{name}.txt"
            if update:
                golden.parent.mkdir(exist_ok=True)
                golden.write_text(said)
            wanted = golden.read_text() if golden.exists() else ""
            good = said == wanted
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
            if not good:
                for mark, text in (("wanted", wanted), ("said", said)):
                    for line in text.splitlines():
                        print(f"# {mark}: {line}", flush=True)
    names = {f"{name}.txt" for name, _, _ in all_cases}
    stray = sorted(path.name for path in (HERE / "golden").iterdir() if path.name not in names)
    failed += bool(stray)
    print(f"{'not ok' if stray else 'ok'} {len(all_cases) + 1} - every golden file has a case {' '.join(stray)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
