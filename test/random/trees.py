#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random machines, shown by memhp and read by a reader of its own kind here: the two agree. Speaks TAP.

trees.py MEMHP [COUNT [FIRST]]   COUNT machines (1000), from number FIRST on (0)

A machine is files, links and failures by path; every other one is written as a directory, the rest as a dump. Some are
as the kernel makes them, most have something missing, unreadable or senseless in them.
"""

import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

MEMORY = "sys/devices/system/memory"
NODE = "sys/devices/system/node"
DAX = "sys/bus/dax/devices"
PAGE_FLAGS = "proc/kpageflags"
ZONES = ["DMA", "DMA32", "Normal", "HighMem", "Movable"]
STATES = ["online", "offline", "going-offline"]
JUNK = ["", "\n", "0x\n", "-1\n", "99999999999999999999999\n", "online_\n", "\0\0\0", "\xff\xfe\n", "a" * 5000, "1 2 3\n"]


class Failure:
    """A file that is there and cannot be read."""


class Link(str):
    """Where a link leads."""


class Words:
    """A file of 64-bit words, as runs (first, count, word)."""

    def __init__(self, runs):
        self.runs = sorted(runs)

    def __getitem__(self, block):
        """The words of BLOCK, a slice, and 0 where there are none; None past the last one."""
        last = self.runs[-1][0] + self.runs[-1][1] if self.runs else 0
        if block.stop > last:
            return None
        words = [0] * (block.stop - block.start)
        for first, count, word in self.runs:
            for index in range(max(first, block.start), min(first + count, block.stop)):
                words[index - block.start] = word
        return words


# ---- making them

def make_blocks(dice, tree):
    """Runs of blocks, mostly in order and on few nodes."""
    number, nodes = 0, dice.sample(range(0, 70), dice.choice([0, 1, 1, 2, 3, 8]))
    for _ in range(dice.randrange(1, 8)):
        number += dice.choice([0, 0, 1, 5, 100, 1 << 20]) + dice.randrange(3)
        state, home = dice.choice(STATES + ["online"] * 4 + ["offline"] * 2), dice.sample(nodes, min(len(nodes), 1))
        zones = " ".join(dice.sample(ZONES, dice.randrange(1, 3))) if state == "offline" else dice.choice(ZONES + ["none"])
        for _ in range(dice.choice([1, 1, 2, 16, 40])):
            if number > 0xffffffff:
                return
            make_block(dice, tree, number, state, zones, home, nodes)
            number += 1


def make_block(dice, tree, number, state, zones, home, nodes):
    path, odd = f"{MEMORY}/memory{number}", dice.random()
    tree[f"{path}/state"] = f"{state}\n"
    tree[f"{path}/valid_zones"] = f"{zones}\n"
    if odd < 0.02:
        tree[f"{path}/state"] = dice.choice(JUNK + ["ERROR-UNKNOWN-5\n", Failure()])
    elif odd < 0.04:
        tree[f"{path}/valid_zones"] = dice.choice(["Fancy\n", "", Failure()])
    elif odd < 0.06:
        del tree[f"{path}/{dice.choice(['state', 'valid_zones'])}"]
    elif odd < 0.07:
        tree[f"{path}/state"] = state
    elif odd < 0.08:
        home = dice.sample(nodes, dice.randrange(len(nodes) + 1))
    elif odd < 0.085:
        tree[f"{MEMORY}/memory{dice.choice(['', '01', '5x', '-1', '4294967296', '99999999999'])}/state"] = "online\n"
    for node in home:
        tree[f"{NODE}/node{node}/memory{number}"] = Link(f"../../memory/memory{number}")
    if dice.random() < 0.01 and nodes:
        tree[f"{NODE}/node{dice.choice(nodes)}/memory{number + 1000000}"] = Link("../../memory/gone")


def make_nodes(dice, tree):
    nodes = sorted({int(path.split("/")[4][4:]) for path in tree if path.startswith(f"{NODE}/node")})
    for node in nodes:
        total = dice.randrange(1 << 30)
        if dice.random() < 0.9:
            tree[f"{NODE}/node{node}/meminfo"] = dice.choice(
                [f"Node {node} MemTotal:  {total} kB\nNode {node} MemFree: {total // 2} kB\n"] * 9 + JUNK + [Failure()])
        if dice.random() < 0.8:
            count = len(nodes) if dice.random() < 0.9 else dice.randrange(5)
            tree[f"{NODE}/node{node}/distance"] = " ".join(str(dice.randrange(10, 255)) for _ in range(count)) + "\n"
    if nodes and dice.random() < 0.8:
        tree[f"{NODE}/has_cpu"] = ",".join(map(str, dice.sample(nodes, dice.randrange(len(nodes) + 1)))) + "\n"
    if nodes and dice.random() < 0.5:
        tree[f"sys/devices/virtual/memory_tiering/memory_tier{dice.randrange(300)}/nodelist"] = f"0-{nodes[-1]}\n"


def make_zones(dice, tree):
    text = ""
    for node in range(dice.randrange(4)):
        for zone in dice.sample(ZONES, dice.randrange(1, 4)):
            spanned = dice.randrange(1 << 30)
            text += (f"Node {node}, zone {zone:>8}\n  pages free     {spanned // 3}\n        spanned  {spanned}\n"
                     f"        present  {spanned // 2}\n        managed  {spanned // 2 - 1 if spanned > 2 else 0}\n"
                     f"  start_pfn:           {dice.randrange(1 << 30)}\n")
    tree["proc/zoneinfo"] = text if dice.random() < 0.9 else text[:dice.randrange(len(text) + 1)]


def make_devices(dice, tree):
    for number in range(dice.choice([0, 0, 1, 1, 2, 5])):
        name = f"dax{number}.{dice.choice([0, 0, 0, 3])}"
        start, size = dice.randrange(1 << 20) << 21, dice.randrange(1, 1 << 12) << 21
        place = f"sys/devices/platform/hmem.{number}"
        path = f"{place}/{name}" if dice.random() < 0.9 else f"{DAX}/{name}"
        if path.startswith(place):
            tree[f"{DAX}/{name}"] = Link(f"../../../devices/platform/hmem.{number}/{name}")
        for key, value in {"size": f"{size}", "align": f"{1 << 21}", "target_node": f"{dice.randrange(-1, 9)}",
                           "memmap_on_memory": dice.choice("01"), "mapping0/start": hex(start),
                           "mapping0/end": hex(start + size - 1)}.items():
            if dice.random() < 0.95:
                tree[f"{path}/{key}"] = dice.choice([value + "\n"] * 15 + JUNK[:5] + [Failure()])
        driver = dice.choice([None, "kmem", "device_dax", "fsdev_dax"])
        if driver:
            tree[f"{path}/driver"] = Link(f"../../../../bus/dax/drivers/{driver}")


def make_iomem(dice, tree):
    lines, at = [], 0
    for _ in range(dice.randrange(12)):
        at += dice.randrange(1 << 16) << dice.choice([12, 16, 20])
        size = dice.randrange(1, 1 << 12) << dice.choice([12, 20, 27])
        name = dice.choice(["System RAM", "Reserved", "Soft Reserved", "dax0.0", "PCI Bus 0000:00", "Persistent Memory"])
        lines.append(f"{at:08x}-{at + size - 1:08x} : {name}")
        if name == "dax0.0":
            lines.append(f"  {at:08x}-{at + size - 1:08x} : System RAM (kmem)")
        at += size
    if dice.random() < 0.1:
        lines = [f"{'  ' * dice.randrange(3)}00000000-00000000 : System RAM" for _ in lines]
    if dice.random() < 0.1:
        lines.insert(0, dice.choice(["", "zz-yy : System RAM", "10-0 : System RAM", "0-ffffffffffffffff : System RAM"]))
    tree["proc/iomem"] = "\n".join(lines) + "\n" if dice.random() < 0.95 else Failure()


# Flags as kernels show them, alone and together, and some that none does.
FLAGS = [1 << 10, 1 << 10, 1 << 10, 0x28, 0x1828, 0x5028, 0x80, 1 << 26, 1 << 32, 1 << 37, 1 << 37 | 1 << 32, 1 << 20,
         1 << 19, 1 << 23, 0, 0x28000, 0x30000, 1 << 22, 1 << 24, 1 << 63, 1 << 50 | 1 << 10]


def make_pages(dice, tree):
    """Page flags of a few blocks of a machine whose blocks are small."""
    size = Reader(tree).number(f"{MEMORY}/block_size_bytes", 16)
    numbers = [number for number in Reader(tree).names(MEMORY, "memory") if number < 1 << 20]
    if dice.random() < 0.4 or size not in [1 << bits for bits in range(24, 28)] or not numbers:
        return
    pages, runs = size // 4096, []
    for number in sorted(set(dice.choices(numbers, k=3))):
        at, end = number * pages, (number + 1) * pages
        if dice.random() < 0.3:
            runs.append((at, pages // 64, 1 << 37))
            at += pages // 64
        while at < end:
            count = min(end - at, dice.choice([1, 1, 2, 511, 512, 2000, 1 << 20]))
            runs.append((at, count, dice.choice(FLAGS[:3] if dice.random() < 0.7 else FLAGS)))
            at += count
    tree[PAGE_FLAGS] = Words(runs)


def make_tree(number):
    dice, tree = random.Random(f"memhp {number}"), {}
    tree[f"{MEMORY}/block_size_bytes"] = dice.choice(
        [f"{1 << dice.randrange(24, 33):x}\n"] * 12 + ["6000000\n", "0\n", f"{1 << 60:x}\n"] + JUNK[:5] + [Failure()])
    for maker in (make_blocks, make_nodes, make_zones, make_devices, make_iomem):
        maker(dice, tree)
    for path, value in {f"{MEMORY}/auto_online_blocks": dice.choice(["online\n", "offline\n", "online_movable\n", "?\n"]),
                        "proc/sys/kernel/hostname": "random\n", "proc/sys/kernel/arch": "x86_64\n"}.items():
        if dice.random() < 0.8:
            tree[path] = value
    make_pages(dice, tree)
    for _ in range(dice.choice([0, 0, 0, 1, 4])):
        path = dice.choice(sorted(tree))
        if not isinstance(tree[path], Link):
            tree[path] = dice.choice(JUNK)
    return without_conflicts(tree)


def without_conflicts(tree):
    """Nothing is a file and a directory at once."""
    parents = {path.rsplit("/", depth)[0] for path in tree for depth in range(1, path.count("/") + 1)}
    return {path: value for path, value in tree.items() if path not in parents}


# ---- writing them

def as_bytes(value):
    return value.encode("latin-1")


def write_directory(tree, root):
    for path, value in tree.items():
        whole = root / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, Link):
            whole.symlink_to(value)
        elif isinstance(value, Failure):
            whole.mkdir()   # EISDIR, to root as well
        elif isinstance(value, Words):
            write_words(value, whole)
        else:
            whole.write_bytes(as_bytes(value))


def write_words(words, path):
    with open(path, "wb") as file:
        for first, count, word in words.runs:
            file.seek(first * 8)
            file.write(struct.pack("<Q", word) * count)


def escape(text, also=""):
    return "".join(letter if " " <= letter <= "~" and letter not in "\\" + also else f"\\x{ord(letter):02x}"
                   for letter in text)


def filled(runs):
    """The runs, and zeroes between them, as a file has them."""
    at = 0
    for first, count, word in runs:
        if first > at:
            yield at, first - at, 0
        yield first, count, word
        at = first + count


def write_dump(tree, path):
    lines = ["memhp-dump 1", ""]
    for name, value in tree.items():
        if isinstance(value, Link):
            lines.append(f"{name} -> {escape(value)}")
        elif isinstance(value, Failure):
            lines.append(f"{name} ! EISDIR")
        elif isinstance(value, Words):
            # Words of a dump end where a file's would be 0: what is not there stands as such.
            lines.append(f"{name} @")
            lines += [f"\t{first:x}-{first + count - 1:x} | {word:x}" for first, count, word in filled(value.runs)]
        elif "\n" in value[:-1]:
            lines.append(f"{name} <<")
            lines += [f"\t{escape(line)}" for line in value.split("\n")]
            lines[-1] = "\t\\c" if value.endswith("\n") else lines[-1] + "\\c"
            if lines[-1] == "\t\\c":
                lines.pop()
        else:
            lines.append(f"{name} = {escape(value[:-1])}" if value.endswith("\n") else f"{name} = {escape(value)}\\c")
    path.write_text("\n".join(lines + ["", "end", ""]))


# ---- reading them, without a line of what memhp does

class Reader:
    def __init__(self, tree):
        self.tree = tree

    def text(self, path):
        """None: not there, or not to be read."""
        value = self.tree.get(path)
        return value if type(value) is str else None

    def names(self, directory, prefix):
        """Numbers behind PREFIX, as the kernel writes numbers."""
        found = set()
        for path in self.tree:
            if path.startswith(f"{directory}/{prefix}"):
                rest = path[len(directory) + 1 + len(prefix):].split("/")[0]
                if rest.isascii() and rest.isdigit() and str(int(rest)) == rest and int(rest) <= 0xffffffff:
                    found.add(int(rest))
        return sorted(found)

    @staticmethod
    def words(text):
        """What the library takes for blanks, and no more: bytes that are not ASCII are no blanks."""
        word, found = "", []
        for letter in (text or "") + " ":
            if letter in " \t\n\v\f\r":
                found += [word] if word else []
                word = ""
            else:
                word += letter
        return found

    def number(self, path, base):
        words = self.words(self.text(path))
        if len(words) != 1:
            return None
        text = words[0][2:] if words[0].startswith("0x") and base == 16 else words[0]
        digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
        if not text or any(letter not in digits for letter in text) or int(text, base) >= 1 << 64:
            return None
        return int(text, base)

    def nodes(self):
        return [node for node in self.names(NODE, "node") if node <= 32767]

    def only_node(self):
        """Where no nodes are shown, the one that all zones are of: [0], or [] if there are none, or others."""
        found = [int(words[1][:-1]) for words in map(self.words, (self.text("proc/zoneinfo") or "").split("\n"))
                 if len(words) == 4 and words[0] == "Node" and words[3] in ZONES]
        return [0] if set(found) == {0} and not self.nodes() else []

    def block(self, number, nodes_of, size):
        path, nodes = f"{MEMORY}/memory{number}", nodes_of.get(number)
        state = (self.words(self.text(f"{path}/state")) or ["unknown"])[0]
        state = state if state in STATES else "unknown"
        # Where other blocks have nodes, one without is too new to be asked for its zone.
        asked = state != "unknown" and (nodes is not None or not nodes_of)
        zones = self.words(self.text(f"{path}/valid_zones")) if asked else []
        known = bool(zones) and all(zone in ZONES + ["none"] for zone in zones)
        start = number * size if size and number * size < 1 << 64 else None
        return {
            "block": number, "start": start, "end": None if start is None else start + size - 1,
            "size": size or None, "state": state, "node": nodes[0] if nodes else None, "nodes": nodes,
            "zone": zones[0] if state == "online" and known else None,
            "candidate_zones": [zone for zone in ZONES if zone in zones] if state == "offline" and known else None,
            "default_zone": zones[0] if state == "offline" and known else None,
        }

    # What a page is, by the first of its flags in this order; anything else is the kernel's.
    MEANINGS = [(20, "absent"), (19, "poisoned"), (10, "free"), (23, "offline"), (7, "slab"), (26, "slab"), (17, "huge"),
                (24, "other"), (32, "reserved"), (12, "used"), (5, "used"), (22, "used"), (18, "used"), (14, "used"),
                (3, "used")]

    def fill(self, words):
        """What the pages of a block are."""
        head = 0
        while head < len(words) and words[head] & ~(1 << 32) == 1 << 37:
            head += 1
        if head < len(words) // 64 or not head:
            head = 0
        found, run, begun = {"memmap"} if head else set(), 0, False
        for word in words[head:] + [1 << 10]:
            meaning = next((meaning for bit, meaning in self.MEANINGS if word >> bit & 1), "other")
            if run and (meaning != "huge" or word >> 15 & 1):
                found.add("gigantic" if run > 512 or not begun else "used")
                run = 0
            if meaning == "huge":
                begun = begun if run else bool(word >> 15 & 1)
                run += 1
            else:
                found.add(meaning)
        return found - ({"free"} if len(words) == head else set())

    def verdict(self, block, size):
        """Of a block that no driver or hole makes special: what its pages make of it; None: no flags."""
        flags, pages = self.tree.get(PAGE_FLAGS), size // 4096
        words = flags[block["block"] * pages:(block["block"] + 1) * pages] if isinstance(flags, Words) else None
        fill = self.fill(words) if words else {"absent"}
        if fill == {"absent", "free"} and all(word >> 20 & 1 for word in words or []) or fill == {"absent"}:
            return None
        if fill & {"slab", "reserved"}:
            return "no"
        if fill & {"gigantic", "offline"} or ("other" in fill and block["zone"] != "Movable"):
            return "unlikely"
        return "likely" if fill & {"used", "other", "poisoned"} else "yes"

    def blocks(self):
        size, nodes_of = self.number(f"{MEMORY}/block_size_bytes", 16), {}
        if size and size & (size - 1):
            size = None  # no kernel's
        numbers = self.names(MEMORY, "memory")
        for node in self.nodes():
            for number in self.names(f"{NODE}/node{node}", "memory"):
                if number in numbers:
                    nodes_of.setdefault(number, []).append(node)
        if self.only_node():
            nodes_of = {number: [0] for number in numbers}
        return [self.block(number, nodes_of, size) for number in numbers]

    def node(self, node, count):
        numbers = [int(word) for word in self.words(self.text(f"{NODE}/node{node}/distance"))
                   if word.isascii() and word.isdigit() and int(word) < 1 << 31]
        return {"node": node, "distances": numbers if len(numbers) == count else None}


def verdicts(reader, answer):
    """Verdicts where the reader can tell: a machine of 4 KiB pages, and blocks that are not refused anyway."""
    if answer["machine"]["page_size"] != 4096 or not isinstance(reader.tree.get(PAGE_FLAGS), Words):
        return
    for block in answer["blocks"]:
        if block["state"] != "online" or set(block["reasons"]) & {"holes", "several-zones", "several-nodes", "virtio_mem"}:
            continue
        wanted = (block["size"] and reader.verdict(block, block["size"])) or "unknown"
        if block["offlineable"] != wanted:
            yield f"memory{block['block']}: {block['offlineable']} {block['reasons']}, not {wanted}"


# ---- holding one against the other

# Of all blocks, what an offline or unknown one cannot say is compared only where the reader says it.
def differences(reader, answer):
    wanted, said = reader.blocks(), answer["blocks"]
    if [block["block"] for block in wanted] != [block["block"] for block in said]:
        yield f"blocks {[block['block'] for block in said]}, not {[block['block'] for block in wanted]}"
        return
    for one, other in zip(wanted, said):
        for key, value in one.items():
            if other[key] != value:
                yield f"memory{one['block']}: {key} is {other[key]!r}, not {value!r}"
    nodes = reader.nodes() or reader.only_node()
    if [node["node"] for node in answer["nodes"]] != nodes:
        yield f"nodes {[node['node'] for node in answer['nodes']]}, not {nodes}"
        return
    for said in answer["nodes"]:
        for key, value in reader.node(said["node"], len(nodes)).items():
            if said[key] != value:
                yield f"node{said['node']}: {key} is {said[key]!r}, not {value!r}"
    yield from sense(answer)


def sense(answer):
    """What holds of any machine."""
    blocks, ranges = answer["blocks"], answer["ranges"]
    if sum(each["block_count"] for each in ranges) != len(blocks):
        yield "ranges do not add up to the blocks"
    counts = answer["budget"]["block_count"]
    if sum(counts.values()) != len(blocks):
        yield f"the budget counts {counts} of {len(blocks)} blocks"
    for node in answer["nodes"]:
        if node["block_count"] != sum(node["node"] in (block["nodes"] or []) for block in blocks):
            yield f"node{node['node']}: {node['block_count']} blocks"
    devices = {device["name"] for device in answer["devices"]}
    for block in blocks:
        if block["device"] is not None and block["device"] not in devices:
            yield f"memory{block['block']} belongs to {block['device']}, which is not there"


def environment(number):
    """To look for leaks takes longer than all else: with every tenth machine."""
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:detect_leaks={int(number % 10 == 0)}"
    return os.environ | {"LC_ALL": "C.UTF-8", "ASAN_OPTIONS": options.strip(":")}


class Memhp:
    """The program, with what it is run in."""

    def __init__(self, path, number):
        self.path, self.environment = path, environment(number)

    def run(self, root, *words):
        return subprocess.run([self.path, "-r", root, *words], capture_output=True, check=False, stdin=subprocess.DEVNULL,
                              env=self.environment)


def recorded(memhp, root, dump):
    """What a dump of a machine has otherwise than the machine."""
    words = ["list", "-j", "ranges", "devices", "regions", "nodes", "zones", "memmap", "blocks"]
    done = memhp.run(root, "dump", dump)
    if done.returncode != 0:
        return [f"dump: {done.returncode}: {done.stderr.decode(errors='replace')[:3000]}"]
    same = memhp.run(root, *words).stdout == memhp.run(dump, *words).stdout
    dump.unlink()
    return [] if same else ["the dump shows something else"]


def check(path, directory, number):
    """What is wrong with machine NUMBER."""
    memhp = Memhp(path, number)
    tree, root = make_tree(number), directory / str(number)
    if number % 2:
        write_dump(tree, root)
    else:
        root.mkdir()
        (root / "sys").mkdir()
        write_directory(tree, root)
    problems = []
    if number % 4 == 0:
        problems += recorded(memhp, root, directory / f"{number}.dump")
    if isinstance(tree.get(PAGE_FLAGS), Words):
        done = memhp.run(root, "list", "-j", "blocks", "--pages")
        problems += list(verdicts(Reader(tree), json.loads(done.stdout))) if done.returncode == 0 else [f"{done}"]
    for words in (["list", "-j", "blocks", "nodes", "devices", "ranges", "zones", "memmap", "regions"],
                  [["list", "-v"], ["map"], ["plan", "online", "all"], ["plan", "remove", "--yes", "all"]][number % 4]):
        done = memhp.run(root, *words)
        if done.returncode not in range(8) or b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
            problems.append(f"{words}: {done.returncode}: {done.stderr.decode(errors='replace')[:3000]}")
        elif "-j" in words:
            answer = json.loads(done.stdout)
            problems += differences(Reader(tree), answer) if done.returncode == 0 else [f"exit {done.returncode}: {answer}"]
    if root.is_dir():
        shutil.rmtree(root)
    else:
        root.unlink()
    return number, problems


def main():
    memhp = os.path.abspath(sys.argv[1])
    count, first = (int(word) for word in (sys.argv[2:] + ["1000", "0"][len(sys.argv) - 2:])[:2])
    failed = 0
    print("1..1")
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, problems in pool.map(lambda number: check(memhp, pathlib.Path(directory), number),
                                         range(first, first + count)):
            failed += bool(problems)
            for problem in problems[:5]:
                print(f"# machine {number}: {problem}", flush=True)
    print(f"{'not ok' if failed else 'ok'} 1 - {count} random machines, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
