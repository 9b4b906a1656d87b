# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenario files: their headers, and what a kernel log may say after one.

A scenario is a shell script in test/vm/scenarios. Its first comment lines may say
    # shapes: hmem far          where it runs; kernels: likewise, all that the shapes have if absent
    # append: WORDS             more kernel parameters
    # memory: SIZE              instead of the shapes'
    # timeout: SECONDS          300 if absent
    # boot: shared              it may follow another scenario in the same guest
    # needs: memhp              it is skipped where there is no memhp to run
    # expect: REGEX             the kernel log must have a line like this, and may
    # allow: REGEX              it may; "expect 6.1:" and "allow 7.2:" hold for one kernel alone
"""

import dataclasses
import re

from . import shapes
from .common import VM_DIR, Failure

DIRECTORY = VM_DIR / "scenarios"
KEYS = ("shapes", "kernels", "append", "memory", "timeout", "boot", "needs", "expect", "allow")

# "page dumped because: unmovable page" is what the kernel says of any refused offline.
BAD = re.compile(r"WARNING|\bBUG\b|Oops|blocked for more than|cannot be hotremoved|Kernel panic|"
                 r"general protection fault|stall(s|ed)? (on|detected)|UBSAN|KASAN")


@dataclasses.dataclass
class Scenario:
    name: str
    path: object
    values: dict
    expected: list                      # triples (kernel or "", required, pattern)

    @property
    def shared(self):
        return self.values.get("boot") == "shared"

    @property
    def needs_memhp(self):
        return "memhp" in self.values.get("needs", "").split()

    @property
    def timeout(self):
        return float(self.values.get("timeout", 300))

    def cases(self):
        """Pairs (kernel, shape)."""
        for kernel in self.values.get("kernels", " ".join(shapes.ALL)).split():
            for name in self.values.get("shapes", "hmem").split():
                if name not in shapes.BY_NAME:
                    raise Failure(f"{self.path}: there is no shape {name}")
                if kernel in shapes.BY_NAME[name].kernels:
                    yield kernel, shapes.BY_NAME[name]

    def fault_in(self, log, kernel):
        """What is wrong with a kernel log, in words; "" when nothing is."""
        patterns = [(required, pattern) for where, required, pattern in self.expected
                    if where in ("", kernel)]
        for line in log.splitlines():
            if BAD.search(line) and not any(pattern.search(line) for _, pattern in patterns):
                return f"kernel log: {line.strip()}"
        for required, pattern in patterns:
            if required and not pattern.search(log):
                return f"kernel log: nothing like {pattern.pattern}"
        return ""


def load(path):
    values, expected = {}, []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        match = re.match(r"# (\w+)(?: ([\d.]+))?: (.*)", line)
        if not match or match[1] not in KEYS:
            continue
        key, where, value = match[1], match[2] or "", match[3].strip()
        if key in ("expect", "allow"):
            expected.append((where, key == "expect", re.compile(value)))
        else:
            values[key] = value
    return Scenario(path.stem, path, values, expected)


def load_all(names=()):
    """The scenarios of these names (or file names); all of them without one."""
    if not names:
        return [load(path) for path in sorted(DIRECTORY.glob("*.sh"))]
    found = []
    for name in names:
        path = DIRECTORY / f"{name.removesuffix('.sh').rsplit('/', 1)[-1]}.sh"
        if not path.exists():
            raise Failure(f"there is no scenario {name}")
        found.append(load(path))
    return found
