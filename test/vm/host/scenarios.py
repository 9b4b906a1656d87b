# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenario files: their headers, which of them share a guest, and what a kernel log may say.

A scenario is a shell script in test/vm/scenarios. Its first comment lines may say
    # shapes: hmem far          where it runs; "6.12:cxl" is one kernel's alone
    # full: two                 where else it runs when all is wanted (--full)
    # kernels: 6.12 7.2         no others; all that the shapes have if absent
    # append: WORDS             more kernel parameters; "any" if those of another one will do
    # memory: SIZE              instead of the shapes'
    # timeout: SECONDS          300 if absent
    # boot: WORD                may it share a guest, and in which order:
          reads                 leaves the machine as it was: comes first
          fresh                 wants the machine as it booted: one in a guest
          any                   takes the machine as it finds it
          last                  nothing can come after it: one in a guest
    # needs: memhp              it is skipped where there is no memhp to run
    # system: debian            a whole Debian with systemd, and memhp installed as its package; what lies in
                                the directory of the scenario's name is laid over its root before it boots
    # again: COUNT              with --full it is booted so often on each of its kernels
    # installed: older          the package is installed in an older version; this one lies in /packages/newer
    # system: dracut            the same on a disk, and its initramfs made there by dracut, or initramfs-tools
    # expect: REGEX             the kernel log must have a line like this, and may
    # allow: REGEX              it may; "expect 6.1:" and "allow 7.2:" hold for one kernel alone
"""

import dataclasses
import re

from . import disk, shapes
from .common import VM_DIR, Failure

DIRECTORY = VM_DIR / "scenarios"
KEYS = ("shapes", "full", "kernels", "append", "memory", "timeout", "boot", "needs", "system",
        "again", "installed", "expect", "allow")
ALONE = "alone"
ORDER = ("reads", "fresh", "any", "last", ALONE)
ONE_IN_A_GUEST = ("fresh", "last", ALONE)
ANY = "any"                             # of kernel parameters

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
    def boot(self):
        return self.values.get("boot", ALONE)

    @property
    def append(self):
        return self.values.get("append", "")

    @property
    def memory(self):
        return self.values.get("memory", "")

    @property
    def is_debian(self):
        return "system" in self.values

    @property
    def maker(self):
        """What makes the initramfs by which a whole Debian on a disk is started; "": it is one itself."""
        return self.values.get("system", "").removeprefix("debian")

    @property
    def root(self):
        """What lies over the guest's root; it need not exist."""
        return self.path.with_suffix("")

    @property
    def needs_memhp(self):
        return "memhp" in self.values.get("needs", "").split()

    @property
    def timeout(self):
        return float(self.values.get("timeout", 300))

    @property
    def is_upgrade(self):
        return self.values.get("installed", "") == "older"

    def times(self, full):
        return int(self.values.get("again", 1)) if full else 1

    def cases(self, full):
        """Pairs (kernel, shape), each once."""
        words = self.values.get("shapes", "").split()
        if full:
            words += self.values.get("full", "").split()
        found = {}
        for word in words:
            only, _, name = word.rpartition(":")
            if name not in shapes.BY_NAME:
                raise Failure(f"{self.path}: there is no shape {name}")
            for kernel in self.values.get("kernels", " ".join(shapes.ALL)).split():
                if kernel in shapes.BY_NAME[name].kernels and only in ("", kernel):
                    found[kernel, name] = shapes.BY_NAME[name]
        return [(kernel, shape) for (kernel, _), shape in found.items()]

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
    scenario = Scenario(path.stem, path, values, expected)
    if scenario.boot not in ORDER:
        raise Failure(f"{path}: there is no boot: {scenario.boot}")
    if scenario.maker and scenario.maker not in disk.MAKERS:
        raise Failure(f"{path}: there is no system: {scenario.values['system']}")
    if scenario.is_debian and scenario.boot != ALONE:
        raise Failure(f"{path}: a Debian is booted for one scenario alone")
    return scenario


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


@dataclasses.dataclass
class Boot:
    """Scenarios that share a guest, in the order in which they run."""
    kernel: str
    shape: shapes.Shape
    append: str
    memory: str
    scenarios: list

    @property
    def timeout(self):
        return sum(scenario.timeout for scenario in self.scenarios)

    def takes(self, scenario):
        """Whether the scenario may run in this guest too."""
        if scenario.memory != self.memory or scenario.append not in (ANY, self.append):
            return False
        there = [one.boot for one in self.scenarios]
        return scenario.boot != ALONE and ALONE not in there and \
            not (scenario.boot in ONE_IN_A_GUEST and scenario.boot in there)

    def add(self, scenario):
        self.scenarios.append(scenario)
        self.scenarios.sort(key=lambda one: (ORDER.index(one.boot), one.name))


def boots(cases):
    """The guests that it takes to run CASES, triples (scenario, kernel, shape)."""
    guests = {}
    # those that are content with any parameters come when the others have theirs
    for scenario, kernel, shape in sorted(cases, key=lambda case: case[0].append == ANY):
        there = guests.setdefault((kernel, shape.name), [])
        fit = [boot for boot in there if boot.takes(scenario)]
        boot = min(fit, key=lambda boot: boot.append, default=None)
        if not boot:
            append = "" if scenario.append == ANY else scenario.append
            boot = Boot(kernel, shape, append, scenario.memory, [])
            there.append(boot)
        boot.add(scenario)
    return [boot for there in guests.values() for boot in there]
