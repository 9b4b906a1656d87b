#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `memhp monitor` says of a machine that things happen to, on the fake kernel. Speaks TAP.

following.py MEMHP_FAKE SCHEMA           compares
following.py MEMHP_FAKE SCHEMA --update  writes what is said now into following/; look at the difference
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import strict

HERE = pathlib.Path(__file__).resolve().parent
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SERIES = re.compile(r'(memhp_\w+)(\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})? (-?\d+)')


def environment(scene):
    return os.environ | {"MEMHP_FAKE": scene, "LC_ALL": "C.UTF-8"}


def follow(program, *words):
    done = subprocess.run([program, "monitor", *words], capture_output=True, text=True, check=False,
                          env=environment("monitor"), timeout=60)
    said = TIME.sub("TIME", done.stdout)
    if said.count("TIME") != len(said.splitlines()):
        said += "--- a line without its time\n"
    if done.stderr:
        said += f"--- standard error\n{done.stderr}"
    return said + f"--- exit {done.returncode}\n"


def golden(program, update):
    for name, words in (("text", []), ("each", ["--each"]), ("json", ["-j"]), ("verbose", ["-v", "--color", "always"])):
        said, file = follow(program, *words), HERE / "following" / f"{name}.txt"
        if update:
            file.parent.mkdir(exist_ok=True)
            file.write_text(said)
        if not file.exists() or file.read_text() != said:
            yield f"{name}: " + "\n# ".join(said.splitlines())


def objects(program, schema):
    check = strict.checker(schema)
    said = subprocess.run([program, "monitor", "-j"], capture_output=True, text=True, check=False,
                          env=environment("monitor"), timeout=60).stdout
    for line in said.splitlines():
        event = json.loads(line)
        if list(event)[:7] != ["schema", "command", "exit", "error", "errors", "time", "event"]:
            yield f"keys {list(event)}"
        if check:
            yield from strict.complaints(check, event)
    if len(said.splitlines()) < 8:
        yield f"{len(said.splitlines())} events"


def start(program, *words, scene="monitor-endless"):
    return subprocess.Popen([program, "monitor", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment(scene))


def signals(program):
    """It stands on its reader's table as soon as it has happened, and a signal ends it cleanly."""
    for number in (signal.SIGINT, signal.SIGTERM):
        for words in ([], ["-j"], ["--each"]):
            running = start(program, *words)
            first = running.stdout.readline()
            running.send_signal(number)
            running.stdout.read()
            code, complaint = running.wait(30), running.stderr.read()
            running.stdout.close()
            running.stderr.close()
            if code or complaint or "online" not in first:
                yield f"{number} {words}: exit {code} {first} {complaint}"


def readers(program):
    for words in ([], ["-j"]):
        running = start(program, *words)
        running.stdout.readline()
        running.stdout.close()
        code, complaint = running.wait(30), running.stderr.read()
        running.stderr.close()
        if code or complaint:
            yield f"a reader that went away: exit {code} {complaint}"
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([program, "monitor"], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                              env=environment("monitor-endless"), timeout=60)
    if done.returncode != 1 or "standard output" not in done.stderr:
        yield f"a full device: exit {done.returncode} {done.stderr}"


def metrics(program):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "memhp.prom"
        done = subprocess.run([program, "monitor", "--openmetrics", path], capture_output=True, text=True, check=False,
                              env=environment("monitor"), timeout=60)
        if done.returncode or done.stderr:
            yield f"exit {done.returncode} {done.stderr}"
        if [one.name for one in pathlib.Path(directory).iterdir()] != ["memhp.prom"]:
            yield f"left behind: {list(pathlib.Path(directory).iterdir())}"
        yield from problems_of_metrics(path.read_text())
        done = subprocess.run([program, "monitor", "--openmetrics", f"{directory}/none/memhp.prom"],
                              capture_output=True, text=True, check=False, env=environment("monitor"), timeout=60)
        if done.returncode != 1 or "cannot be written" not in done.stderr or done.stdout:
            yield f"no directory: exit {done.returncode} {done.stderr}"


def problems_of_metrics(text):
    """Families one after the other, each with its head; no series twice; and the numbers are those at the end."""
    lines, values, families, family = text.splitlines(), {}, [], None
    if not text.endswith("# EOF\n") or text.count("# EOF") != 1:
        yield "no end, or several"
    for line in lines[:-1]:
        head = re.fullmatch(r"# (TYPE|HELP) (memhp_\w+) (.*)", line)
        found = SERIES.fullmatch(line)
        if head and head[1] == "TYPE":
            family = head[2]
            if family in families or head[3] != "gauge":
                yield f"twice, or no gauge: {line}"
            families.append(family)
        elif found and found[1] == family and line.rsplit(" ", 1)[0] not in values:
            values[line.rsplit(" ", 1)[0]] = int(found[3])
        elif not head or head[2] != family:
            yield f"not understood, or twice: {line}"
    wanted = {'memhp_blocks{state="online",zone="Movable"}': 0, 'memhp_blocks{state="offline",zone=""}': 0,
              'memhp_check_succeeded': 1, 'memhp_auto_online{word="online_movable"}': 1,
              "memhp_block_size_bytes": 128 << 20, 'memhp_findings{rule="auto-online",severity="warn"}': 1}
    for name, value in wanted.items():
        if values.get(name) != value:
            yield f"{name} is {values.get(name)}, not {value}"
    if sum(value for name, value in values.items() if name.startswith("memhp_blocks{")) != 32:
        yield "blocks that do not add up"


def main():
    program, schema = sys.argv[1], sys.argv[2]
    tests = (("what is said, word for word", golden(program, "--update" in sys.argv)),
             ("an object a line, valid by the schema", objects(program, schema)),
             ("at once, and ended by a signal", signals(program)),
             ("readers that go away", readers(program)),
             ("metrics", metrics(program)))
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, problems) in enumerate(tests, 1):
        found = list(problems)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {name}", flush=True)
        for problem in found:
            print(f"# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
