#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON Schema of what memhp --json says is what the library's tables say. Speaks TAP.

schema.py LIST_TABLES           compares
schema.py LIST_TABLES --update  writes Documentation/memhp.schema.json
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA = ROOT / "Documentation/memhp.schema.json"

ZONES = ["DMA", "DMA32", "Normal", "HighMem", "Movable"]
# Members that hold one word of a few: by kind and key (or the key alone) an enumeration of the library,
# or the words themselves.
WORDS = {
    "state": "state", "from_state": "state", "to_state": "state", "before": "state", "after": "state",
    "origin": "origin", "mode": "mode", "device.kind": "device_kind", "operation": "operation",
    "rule.severity": "severity", "finding.severity": "severity", "verdict": "verdict", "outcome": "outcome",
    "stopped_by": "stop", "request.zone": "zone_choice", "request.memmap_on_memory": "memmap_choice",
    "on_error": "on_error",
    "block.zone": ZONES + ["none"], "range.zone": ZONES + ["none"], "zone.zone": ZONES + ["Device"],
    "result.zone": ZONES + ["none"], "result.before_zone": ZONES + ["none"],
    "candidate_zones": ZONES, "default_zone": ZONES,
    "offlineable": ["yes", "likely", "unlikely", "no", "unknown"],
    "region.source": ["iomem", "firmware", "device"],
    "auto_online": ["offline", "online", "online_kernel", "online_movable"],
    "machine.memmap_on_memory": ["off", "on", "force"],
    "event.event": "event_kind", "event.from_zone": ZONES + ["none"], "event.to_zone": ZONES + ["none"],
    "action": ["write", "load", "wait"], "by": ["memhp", "other"],
    "unit": ["bytes", "percent", "blocks", "pages"],
}
# What verbs add to the members that every object has; kinds of objects one by one, or arrays of them.
LISTS = {"ranges": "range", "devices": "device", "regions": "region", "nodes": "node", "zones": "zone",
         "memmap": "memmap", "blocks": "block", "rules": "rule"}


def read_tables(program):
    fields, words = {}, {}
    said = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        what, name, *rest = line.split("\t")
        if what == "word":
            words.setdefault(name, []).append(rest[0])
        else:
            fields.setdefault(name, []).append(rest)
    return fields, words


def reference(kind):
    return {"$ref": f"#/$defs/{kind}"}


def describe(summary, unit):
    return f"{summary} ({unit})" if unit else summary


class Builder:
    def __init__(self, fields, words):
        self.fields, self.words = fields, words

    def words_of(self, kind, key):
        found = WORDS.get(f"{kind}.{key}", WORDS.get(key))
        return self.words[found] if isinstance(found, str) else found

    def plain(self, kind, key, name):
        """A value that is no object and no list."""
        words = self.words_of(kind, key) if name == "string" else None
        if words:
            return {"enum": words}
        return {"type": "integer", "minimum": 0} if name == "unsigned" else {"type": name}

    def value(self, kind, row):
        key, name, item, item_kind, unit, summary = row
        said = {"description": describe(summary, unit)}
        if name == "object":
            return said | {"anyOf": [reference(item_kind), {"type": "null"}]}
        if name == "array":
            items = reference(item_kind) if item == "object" else self.plain(kind, key, item)
            if items.get("type") == "integer":  # a distance to a node that is yet to come
                items = items | {"type": ["integer", "null"]}
            return said | {"type": ["array", "null"], "items": items}
        plain = self.plain(kind, key, name)
        if item:  # one of them, or a list where several are possible
            plain = {"enum": ZONES + ["none"]}
            return said | {"anyOf": [plain, {"type": "array", "items": plain}, {"type": "null"}]}
        if "enum" in plain:
            return said | {"enum": plain["enum"] + [None]}
        return said | plain | {"type": [plain["type"], "null"]}

    def members(self, kind):
        return {row[0]: self.value(kind, row) for row in self.fields[kind]}

    def object(self, kind):
        return {"type": "object", "properties": self.members(kind)}

    def list_of(self, kind):
        return {"type": "array", "items": reference(kind)}

    def verbs(self):
        """Members by what the verb's answer is."""
        lists = {name: self.list_of(kind) for name, kind in LISTS.items()}
        yield ["list"], {"machine": reference("machine"), "budget": reference("budget"),
                         "notes": self.list_of("note")} | lists
        yield ["map"], {"ranges": self.list_of("range")}
        yield ["dump"], {"file": {"type": "string", "description": "where the dump was written"}}
        yield ["policy"], self.members("policy")
        yield ["plan"], self.members("plan")
        yield ["check"], self.members("check")
        yield ["monitor"], self.members("event")
        yield ["add", "online", "offline", "remove", "create", "destroy", "apply"], self.members("report")

    def schema(self):
        failure = {
            "type": "object", "required": ["kind", "object", "message", "hint"],
            "properties": {
                "kind": {"enum": [word for word in self.words["error_kind"] if word != "none"]},
                "object": {"type": ["string", "null"], "description": "what it is about"},
                "message": {"type": "string", "description": "one sentence"},
                "hint": {"type": ["string", "null"], "description": "the way out"},
            }}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": "SPDX-License-Identifier: GPL-2.0-or-later. Written by test/tools/schema.py from the "
                        "library's tables.",
            "title": "what memhp --json says",
            "description": "One object on standard output, whatever happens. Keys may be added; none is renamed or "
                           "changes its type. null is not applicable or, with an entry in errors, not known. With "
                           "list -o only the members asked for are in the objects of its array.",
            "type": "object",
            "required": ["schema", "command", "exit", "error", "errors"],
            "properties": {
                "schema": {"const": 1},
                "command": {"type": ["string", "null"], "description": "the verb; plan also for a verb with -n"},
                "exit": {"type": "integer", "minimum": 0, "maximum": 7, "description": "the exit status"},
                "error": {"anyOf": [failure, {"type": "null"}]},
                "errors": self.list_of("error"),
                "version": {"type": "string", "description": "of --version"},
            },
            "allOf": [{"if": {"properties": {"command": {"enum": names}}}, "then": {"properties": members}}
                      for names, members in self.verbs()],
            "dependentRequired": {
                "machine": ["budget", "notes"],
                "steps": [row[0] for row in self.fields["plan"]],
                "outcome": [row[0] for row in self.fields["report"]],
            },
            "$defs": {kind: self.object(kind) for kind in sorted(self.fields) if kind not in ("check", "event", "plan", "policy", "report")},
        }


def unknown_words(fields):
    """Rows of WORDS that are about no member."""
    keys = {row[0] for rows in fields.values() for row in rows}
    keys |= {f"{kind}.{row[0]}" for kind, rows in fields.items() for row in rows}
    return [name for name in WORDS if name not in keys]


def main():
    fields, words = read_tables(sys.argv[1])
    text = json.dumps(Builder(fields, words).schema(), indent="\t") + "\n"
    if "--update" in sys.argv:
        SCHEMA.write_text(text)
    same = SCHEMA.exists() and SCHEMA.read_text() == text
    stray = unknown_words(fields)
    print("1..2")
    print(f"{'ok' if same else 'not ok'} 1 - memhp.schema.json is what the tables say")
    if not same:
        print("# run test/tools/schema.py with --update")
    print(f"{'not ok' if stray else 'ok'} 2 - every set of words is of a member {' '.join(stray)}")
    return 0 if same and not stray else 1


if __name__ == "__main__":
    sys.exit(main())
