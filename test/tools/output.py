#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where memhp's output goes, and what becomes of odd words. Speaks TAP.

output.py MEMHP
"""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
import terminal
import tree as bench
from machines import MACHINES


def run(memhp, *words, **how):
    how.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([memhp, *words], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, **how)


def on_terminal(memhp, columns, *words):
    """What a terminal of so many columns shows."""
    environment = dict(os.environ, COLUMNS=str(columns), TERM="xterm")
    return terminal.shown([memhp, *words], "stdout", environment)[0].replace("\r\n", "\n")


def full_disk(memhp, root):
    with open("/dev/full", "wb") as full:
        done = run(memhp, "-r", root / "normal", "list", stdout=full)
    return done.returncode == 1 and b"No space left" in done.stderr


def gone_reader(memhp, root):
    reading, writing = os.pipe()
    os.close(reading)
    done = run(memhp, "-r", root / "normal", "list", stdout=writing)
    os.close(writing)
    return done.returncode == 1 and not done.stderr


def closed(*descriptors):
    """What a shell does with >&-: numbers that the next file to be opened gets."""
    return lambda: [os.close(each) for each in descriptors]


def closed_output(memhp, root):
    words = ("-r", root / "normal", "list", "-j", "blocks")
    done = [run(memhp, *words, preexec_fn=closed(*which)) for which in ((1,), (0, 1))]
    return all(each.returncode == 1 and b"standard output: Bad file descriptor" in each.stderr for each in done) and \
        run(memhp, *words, preexec_fn=closed(0, 2)).returncode == 0


def closed_input(memhp, root):
    """Not another file that memhp has opened itself."""
    done = run(memhp, "-r", root / "normal", "apply", "-n", "-", preexec_fn=closed(0))
    return done.returncode == 1 and b"Bad file descriptor" in done.stderr


def dump_without_output(memhp, root):
    """Nothing is written to standard output, so nothing has failed; and nothing is written elsewhere."""
    done = run(memhp, "-r", root / "normal", "-v", "dump", root / "dump", preexec_fn=closed(0, 1, 2))
    said = run(memhp, "-r", root / "normal", "dump", "-").stdout
    return done.returncode == 0 and (root / "dump").read_bytes() == said


def broken_words(memhp, root):
    done = run(memhp, b"\xff\xfe\"\n", "-j")
    said = json.loads(done.stdout.decode())
    return done.returncode == 2 and said["command"] == "\ufffd\ufffd\"\n" and b"\n" not in done.stderr[:-1]


def terminal_is_not_steered(memhp, root):
    return b"\033" not in run(memhp, "\033[2J").stderr and b": ?2J\xc3\xa4: " in run(memhp, b"\xc2\x9b2J\xc3\xa4").stderr


def width_is_kept(memhp, root):
    """No line is longer than the terminal, down to forty columns, on any machine."""
    good = True
    for name in MACHINES:
        for columns in (40, 60, 80):
            text = on_terminal(memhp, columns, "-r", root / name, "--color", "never", "list", "ranges", "devices", "nodes",
                               "zones", "memmap", "blocks", "rules")
            text += on_terminal(memhp, columns, "-r", root / name, "--color", "never", "map")
            for line in text.splitlines():
                if len(line) > columns:
                    print(f"# {name}: {len(line)} columns of {columns}: {line}")
                    good = False
    return good


def all_cards_are_shown(memhp, root):
    """Which card to pull is said however narrow the terminal is, and however many there are."""
    cards = [f"mem{card} at 0000:{card:02x}:00.0 serial {0x1234567890abc000 + card:#x}" for card in range(16)]
    words = ("-r", root / "cards", "--color", "never", "list", "devices")
    wide = run(memhp, *words).stdout.decode()
    said = [" ".join(on_terminal(memhp, columns, *words).split()) for columns in (40, 80, 120, 200)]
    said += [" ".join(on_terminal(memhp, columns, *words, "-o", "name,memdevs").split()) for columns in (60, 80)]
    # Between items a line may end; a long item may be broken at its blanks.
    return ",".join(cards) in wide and all(",".join(cards) in text.replace(", ", ",") for text in said)


def chosen_columns_stay(memhp, root):
    text = on_terminal(memhp, 40, "-r", root / "normal", "--color", "never", "list", "-o", "start,end,size,state,zone")
    return "START" in text and "END" in text and "ZONE" in text


def colour_on_terminals_only(memhp, root):
    words = ("-r", root / "mixed", "list")
    return "\033[" in on_terminal(memhp, 100, *words) and b"\033[" not in run(memhp, *words).stdout and \
        "\033[" not in on_terminal(memhp, 100, *words, "--color", "never")


def same_twice(memhp, root):
    words = ("-r", root / "mixed", "list", "-j", "ranges", "devices", "blocks")
    return run(memhp, *words).stdout == run(memhp, *words).stdout


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def room_is_not_needed(memhp, root):
    """Text of many blocks waits in a file; where that may not grow, it is written later, and is the same."""
    bench.make(root / "many", 5000)
    words = ("-r", root / "many", "list", "-j", "ranges", "blocks", "nodes")
    done, without = run(memhp, *words), run(memhp, *words, preexec_fn=limited)
    shutil.rmtree(root / "many")
    return (done.returncode, done.stdout, done.stderr) == (without.returncode, without.stdout, without.stderr) and \
        [block["block"] for block in json.loads(done.stdout)["blocks"]] == list(range(5000))


def file_may_not_grow(memhp, root):
    with open(root / "said", "wb") as file:
        done = run(memhp, "-r", root / "normal", "list", "-j", stdout=file, preexec_fn=limited)
    return done.returncode == 1 and b"File too large" in done.stderr


def help_for_everything(memhp, root):
    verbs = ("list", "plan", "add", "online", "offline", "remove")
    texts = [run(memhp, *words).stdout.decode() for words in
             [("--help",), ("help",)] + [(verb, "-h") for verb in verbs] + [("help", verb) for verb in verbs]]
    return all(text.startswith("Usage: memhp") for text in texts) and \
        all(len(line) < 80 for text in texts for line in text.splitlines())


CHECKS = (full_disk, gone_reader, closed_output, closed_input, dump_without_output, broken_words,
          terminal_is_not_steered, width_is_kept, all_cards_are_shown, chosen_columns_stay, colour_on_terminals_only,
          same_twice, room_is_not_needed, file_may_not_grow, help_for_everything)


def main():
    failed = 0
    print(f"1..{len(CHECKS)}", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        for name, machine in MACHINES.items():
            machine.write(pathlib.Path(directory) / name)
        for number, check in enumerate(CHECKS, 1):
            good = check(sys.argv[1], pathlib.Path(directory))
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {check.__name__.replace('_', ' ')}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
