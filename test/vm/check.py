#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What starts the guests, where it can be tested without one: which archives it takes, which scenarios
share a guest. Boots nothing, reads no cache, speaks TAP.
"""

import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from host import apt, scenarios, shapes                 # noqa: E402
from host.common import Failure, Unavailable            # noqa: E402

# Answers as apt-get does: without lists there is nothing but what the sources say.
FAKE_APT = """#!/bin/sh
case " $* " in
*" --no-release-info "*) cat '%(dir)s/sources' ;;
*) cat '%(dir)s/lists' ;;
esac
"""
DEBIAN = "Debian|bookworm|mirror://one/debian/\n"
SECURITY = "Debian-Security|bookworm-security|mirror://one/security/\n"
UBUNTU = "Ubuntu|noble|mirror://two/ubuntu/\nUbuntu|noble-updates|mirror://two/ubuntu/\n"


def archives(lists, sources=""):
    """What is found with an apt that knows LISTS, or, of what was never fetched, SOURCES."""
    path = os.environ["PATH"]
    with tempfile.TemporaryDirectory() as directory:
        fake = pathlib.Path(directory, "apt-get")
        fake.write_text(FAKE_APT % {"dir": directory})
        fake.chmod(0o755)
        pathlib.Path(directory, "lists").write_text(lists)
        pathlib.Path(directory, "sources").write_text(sources)
        os.environ["PATH"] = f"{directory}:{path}"
        try:
            return apt.system_archives()
        finally:
            os.environ["PATH"] = path


def unavailable(lists, sources=""):
    """The sentence that says why there are no guests."""
    try:
        return f"found {archives(lists, sources)}"
    except Unavailable as failure:
        return str(failure)


def debian_is_found():
    found = archives(UBUNTU + DEBIAN + SECURITY)
    assert found["Debian"] == "mirror://one/debian/", found
    assert found["Debian-Security"] == "mirror://one/security/", found


def debian_is_found_before_its_lists_are_fetched():
    unlabelled = (DEBIAN + SECURITY).replace("Debian-Security|", "$(LABEL)|")
    found = archives("", unlabelled.replace("Debian|", "$(LABEL)|"))
    assert found == {"Debian": "mirror://one/debian/",
                     "Debian-Security": "mirror://one/security/"}, found


def ubuntu_alone_is_said_to_have_no_guests():
    for lists, sources in ((UBUNTU, UBUNTU), ("", UBUNTU.replace("Ubuntu|", "$(LABEL)|")), ("", "")):
        why = unavailable(lists, sources)
        assert "knows Ubuntu but not Debian's" in why or "knows no archive but" in why, why
        assert "\n" not in why and len(why) < 300, why


def scenario(name, text):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, f"{name}.sh")
        path.write_text(text)
        return scenarios.load(path)


def cases(*all_scenarios, full=False):
    return [(one, kernel, shape) for one in all_scenarios for kernel, shape in one.cases(full)]


def names(boots):
    return sorted([one.name for one in boot.scenarios] for boot in boots)


def a_guest_is_shared_in_the_order_of_what_is_done_to_it():
    found = scenarios.boots(cases(
        scenario("breaks", "# shapes: 6.1:hmem\n# boot: last\n"),
        scenario("changes", "# shapes: 6.1:hmem\n# boot: any\n"),
        scenario("looks", "# shapes: 6.1:hmem\n# boot: reads\n# append: any\n"),
        scenario("one", "# shapes: 6.1:hmem\n# boot: fresh\n"),
        scenario("other", "# shapes: 6.1:hmem\n# boot: fresh\n"),
        scenario("hermit", "# shapes: 6.1:hmem\n")))
    assert names(found) == [["hermit"], ["looks", "one", "changes", "breaks"], ["other"]], names(found)


def parameters_keep_guests_apart():
    found = scenarios.boots(cases(
        scenario("a", "# shapes: hmem\n# kernels: 7.2\n# boot: any\n# append: x=1\n"),
        scenario("b", "# shapes: hmem\n# kernels: 7.2\n# boot: any\n"),
        scenario("c", "# shapes: hmem far\n# kernels: 7.2\n# boot: reads\n# append: any\n")))
    assert names(found) == [["a"], ["c"], ["c", "b"]], names(found)
    assert [boot.append for boot in found if len(boot.scenarios) > 1] == [""], found


def full_adds_cases():
    one = scenario("one", "# shapes: 6.1:hmem far\n# full: hmem\n# kernels: 6.1 7.2\n")
    assert [(kernel, shape.name) for kernel, shape in one.cases(False)] == \
        [("6.1", "hmem"), ("6.1", "far"), ("7.2", "far")]
    assert len(one.cases(True)) == 4


def a_word_that_means_nothing_is_refused():
    for text in ("# shapes: no-such-shape\n", "# shapes: hmem\n# boot: whenever\n"):
        try:
            scenario("x", text).cases(False)
        except Failure:
            continue
        raise AssertionError(f"{text!r} was taken")


def every_day_has_each_kernel_and_each_shape():
    daily = cases(*scenarios.load_all())
    assert {kernel for _, kernel, _ in daily} == set(shapes.ALL)
    assert {shape.name for _, _, shape in daily} == set(shapes.BY_NAME)


TESTS = (debian_is_found, debian_is_found_before_its_lists_are_fetched,
         ubuntu_alone_is_said_to_have_no_guests,
         a_guest_is_shared_in_the_order_of_what_is_done_to_it, parameters_keep_guests_apart,
         full_adds_cases, a_word_that_means_nothing_is_refused,
         every_day_has_each_kernel_and_each_shape)


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok {number} - {name}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} - {name}")
            print(f"# {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
