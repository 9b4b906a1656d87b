#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manual, completion and program tell of the same verbs, options and fields. Speaks TAP.

documents.py MEMHP LIST_FIELDS           compares
documents.py MEMHP LIST_FIELDS --update  writes the fields into Documentation/memhp-json.5
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MANUAL = ROOT / "Documentation"
COMPLETION = ROOT / "contrib/completion/memhp"
JSON_PAGE = MANUAL / "memhp-json.5"
BEGIN, END = '.\\" begin of what test/tools/documents.py writes from the library\'s tables\n', '.\\" end of it\n'


def say(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def verbs_of(memhp):
    text = say(memhp, "--help").split("Verbs:\n")[1].split("\n\n")[0]
    return re.findall(r"^  ([\w-]+)", text, re.M)


def options_of(text):
    """Long and short options in help text: {long: short or None}."""
    found = re.findall(r"^  (?:-(\w),|   ) --([\w-]+)", text, re.M)
    return {name: letter or None for letter, name in found}


def options_in_page(path):
    """Options that a page has an entry for: the lines after .TP in its section on them."""
    found = {}
    section = path.read_text().split(".SH OPTIONS\n")[1].split(".SH")[0]
    for line in re.findall(r"^\.TP\n(.*)", section, re.M):
        plain = line.replace("\\-", "-")
        for name in re.findall(r"--([\w-]+)", plain):
            letter = re.search(r"(?<![\w-])-(\w)(?![\w-])", plain)
            found[name] = letter and letter.group(1)
    return found


def check_verbs(memhp):
    page = (MANUAL / "memhp.1").read_text()
    listed = re.findall(r"^\.TP\n\.B ([\w-]+)\n", page.replace("\\-", "-").split(".SH VERBS")[1].split(".SH OPTIONS")[0], re.M)
    if listed != verbs_of(memhp):
        yield f"memhp.1 has the verbs {listed}, the program {verbs_of(memhp)}"
    for verb in verbs_of(memhp):
        if verb != "help" and not (MANUAL / f"memhp-{verb}.1").exists():
            yield f"there is no memhp-{verb}.1"


def page_of(verb):
    """The page that tells of a verb: its own, or the one that its own stands for."""
    found = re.match(r"\.so man1/(\S+)", (MANUAL / f"memhp-{verb}.1").read_text())
    return found.group(1) if found else f"memhp-{verb}.1"


def check_options(memhp):
    everyones = options_of(say(memhp, "--help"))
    pages = {"memhp.1": everyones}
    for verb in verbs_of(memhp):
        own = {name: letter for name, letter in options_of(say(memhp, verb, "--help")).items() if name not in everyones}
        if own:
            pages.setdefault(page_of(verb), {}).update(own)
    for page, wanted in pages.items():
        found = options_in_page(MANUAL / page)
        for name in sorted(wanted.keys() | found.keys()):
            if name not in found:
                yield f"{page} does not tell of --{name}"
            elif name not in wanted:
                yield f"{page} tells of --{name}, which no verb takes"
            elif found[name] != wanted[name]:
                yield f"{page}: --{name} is -{wanted[name]} to the program, -{found[name]} to the page"


def check_completion(memhp):
    text = COMPLETION.read_text()
    known = set(re.findall(r"--([\w-]+)", text))
    verbs = verbs_of(memhp)
    wanted = set(options_of(say(memhp, "--help")))
    for verb in verbs:
        wanted |= set(options_of(say(memhp, verb, "--help")))
        if not re.search(rf"\b{verb}\b", text):
            yield f"completion does not know {verb}"
    for name in sorted(wanted ^ known):
        yield f"completion {'lacks' if name in wanted else 'knows of'} --{name}"
    for kind in re.findall(r"kinds are (.*)", kinds_sentence(memhp))[0].replace(" or ", ", ").split(", "):
        if not re.search(rf"\b{kind}\b", text):
            yield f"completion does not know the kind {kind}"


def kinds_sentence(memhp):
    return subprocess.run([memhp, "list", "no-such-kind"], capture_output=True, text=True, check=False).stderr


def check_fields(tables):
    text = JSON_PAGE.read_text()
    now = text.split(BEGIN)[1].split(END)[0]
    if now != tables:
        yield "memhp-json.5 is not what the tables say: run test/tools/documents.py with --update"


def main():
    memhp, list_fields = sys.argv[1], sys.argv[2]
    tables = say(list_fields)
    if "--update" in sys.argv:
        text = JSON_PAGE.read_text()
        JSON_PAGE.write_text(text.split(BEGIN)[0] + BEGIN + tables + END + text.split(END)[1])
    checks = [("verbs and manual", check_verbs(memhp)), ("options and manual", check_options(memhp)),
              ("completion", check_completion(memhp)), ("fields and manual", check_fields(tables))]
    failed = 0
    print(f"1..{len(checks)}")
    for number, (name, complaints) in enumerate(checks, 1):
        complaints = list(complaints)
        failed += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {number} - {name}")
        for complaint in complaints:
            print(f"# {complaint}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
