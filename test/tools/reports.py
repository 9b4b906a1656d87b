#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program says of a change, on the fake kernel: every scenario by its command line. Speaks TAP.

reports.py MEMHP_FAKE SCHEMA

Plan and report are valid by the schema, exit status and outcome go together, and where the plan was carried out the
machine is as predicted. The plan, saved and applied, comes to the same report; what lifts a rule must be said again.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import strict

EXITS = {"done": 0, "already": 0, "refused": 3, "stale": 6, "failed": 4, "rolled-back": 4, "partial": 4}
OPTIONS = {"zone": "--zone", "memmap": "--memmap-on-memory"}
FLAGS = {"move", "boot-memory", "unbound", "yes", "contiguous", "from-policy"}


# Of a request, what is not in a plan: who applies it says it again.
HOW = {"--force": 1, "--on-error": 1, "--timeout": 1, "--block-timeout": 1, "--retries": 1, "--yes": 0, "--boot-memory": 0}


def run(program, scenario, *words, given=""):
    environment = {name: value for name, value in os.environ.items() if name != "MEMHP_FAKE"}
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, input=given,
                          env=environment | {"MEMHP_FAKE": scenario, "LC_ALL": "C.UTF-8"})


def how_of(words):
    return [word for at, word in enumerate(words) if word in HOW or (at > 0 and HOW.get(words[at - 1]))]


def without_time(report):
    return {key: value for key, value in report.items() if key not in ("command", "seconds")}


def problems_of_saved(program, scenario, words, plan, report):
    """The same by way of a file; and, with another fingerprint, not at all."""
    how = ["-j", "--progress", "never", *how_of(words)]
    applied = json.loads(run(program, scenario, "apply", *how, "-", given=plan).stdout)
    if without_time(applied) != without_time(report):
        yield f"applied: {json.dumps(without_time(applied))[:600]}"
        yield f"not    : {json.dumps(without_time(report))[:600]}"
    stale = run(program, scenario, "apply", *how, "-", given=plan.replace(";auto-online=", ";auto-online=x"))
    said = json.loads(stale.stdout)
    if stale.returncode != 6 or said["outcome"] != "stale" or "auto_online_blocks" not in said["error"]["message"]:
        yield f"applied on another machine: exit {stale.returncode} {said.get('outcome')} {said['error']}"
    if any(block["by"] for block in said["blocks"]):
        yield "applied on another machine: something was done"


def scenarios(program):
    """(scenario and kernel, words of the command line, outcome that it is to end in or None)"""
    for line in run(program, "list", "list").stdout.splitlines():
        name, kernel, request = line.split("\t")
        request, _, outcome = request.partition(" = ")
        words = []
        for word in request.split():
            key, equals, value = word.partition("=")
            if equals:
                words += [OPTIONS.get(key, f"--{key}"), value]
            else:
                words.append(f"--{word}" if word in FLAGS else word)
        yield f"{name} {kernel}", words, outcome or None


def problems_of(program, check, scenario, words, outcome):
    planned, done = run(program, scenario, *words, "-n", "-j"), run(program, scenario, *words, "-j", "--progress", "never")
    if done.returncode == 2 and "there is no such option" in done.stderr:
        print(f"# {scenario}: {done.stderr.strip()}")   # the library can it, the program does not ask for it
        return
    answers = []
    for said in (planned, done):
        try:
            answers.append(json.loads(said.stdout))
        except ValueError:
            yield f"no JSON: {said.stdout[:300]} {said.stderr[:3000]}"
            return
    plan, report = answers
    if "fingerprint" in plan and "outcome" in report:
        yield from problems_of_saved(program, scenario, words, planned.stdout, report)
    if check:
        for answer in answers:
            yield from (f"{answer['command']}: {complaint}" for complaint in strict.complaints(check, answer))
    if report["exit"] != done.returncode or plan["exit"] != planned.returncode:
        yield f"exits {planned.returncode} {done.returncode}, in the objects {plan['exit']} {report['exit']}"
    if "outcome" not in report:
        if outcome:
            yield f"no report: {report['error']}"
        return
    yield from problems_of_report(plan, report, outcome)


def problems_of_report(plan, report, outcome):
    wanted = EXITS[report["outcome"]]
    if report["stopped_by"] in ("timeout", "signal"):
        wanted = 7
    if report["exit"] != wanted:
        yield f"{report['outcome']} and exit {report['exit']}"
    if outcome and report["outcome"] != outcome:
        yield f"{report['outcome']}, not {outcome}"
    if not outcome and report["outcome"] not in ("done", "already"):
        yield f"{report['outcome']}: {report['error']}"
    if (report["error"] is None) != (report["exit"] == 0):
        yield f"exit {report['exit']} with the error {report['error']}"
    if report["outcome"] == "already" and plan["steps"]:
        yield "already so, with steps in the plan"


def main():
    program, check, failed = sys.argv[1], strict.checker(sys.argv[2]), 0
    everything = list(scenarios(program))
    print(f"1..{len(everything) + 2}")
    for number, (scenario, words, outcome) in enumerate(everything, 1):
        problems = list(problems_of(program, check, scenario, words, outcome))
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {scenario}: {' '.join(words)}", flush=True)
        for problem in problems:
            print(f"# {problem}")
    number = len(everything)
    failed += not everything
    print(f"{'ok' if everything else 'not ok'} {number + 1} - there are scenarios")
    print(f"ok {number + 2} - all of this is valid by the schema{'' if check else f' # SKIP {strict.ABSENT}'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
