# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped JSON Schema as a test wants it: every member must be known, and none may be missing."""

import copy
import json
import pathlib

try:
    import jsonschema
except ImportError:
    jsonschema = None

ABSENT = "python3-jsonschema is not installed"


def checker(path):
    """None where there is nothing to check with."""
    if not jsonschema:
        return None
    schema = copy.deepcopy(json.loads(pathlib.Path(path).read_text()))
    for definition in schema["$defs"].values():
        definition["additionalProperties"] = False
        definition["required"] = list(definition["properties"])
    schema["properties"]["error"]["anyOf"][0]["additionalProperties"] = False
    schema["unevaluatedProperties"] = False
    return jsonschema.Draft202012Validator(schema)


def cut_lists(answer):
    """Lists of thousands are as good as their beginnings and ends; the checker is slow."""
    return {key: value[:40] + value[-40:] if isinstance(value, list) and len(value) > 80 else value
            for key, value in answer.items()}


def complaints(check, answer):
    for error in list(check.iter_errors(cut_lists(answer)))[:5]:
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
