#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The fake kernel reads, writes, refuses and ends as real kernels did. Speaks TAP.

check.py TRANSCRIPT

The kept lines are what scenario memhp-transcript printed in a guest; it holds each kernel against them.
"""

import difflib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = ("6.1", "6.12", "7.2")
SHAPES = ("hmem", "dimm-hotplug")


def main():
    cases = [(shape, kernel) for shape in SHAPES for kernel in KERNELS]
    print(f"1..{len(cases)}")
    failed = 0
    for number, (shape, kernel) in enumerate(cases, 1):
        kept = (HERE / f"{shape}-{kernel}").read_text(encoding="ascii").splitlines()
        done = subprocess.run([sys.argv[1], shape, kernel, HERE / f"requests-{shape}"], capture_output=True, text=True,
                              check=False)
        differences = list(difflib.unified_diff(kept, done.stdout.splitlines(), "kernel", "fake", lineterm="", n=2))
        bad = done.returncode != 0 or differences
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {len(kept)} lines of {shape} on {kernel}")
        for line in differences[:60] + done.stderr.splitlines()[:20] if bad else []:
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
