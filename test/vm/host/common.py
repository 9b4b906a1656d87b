# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are kept, how a failure is said, and how two runs keep out of each other's way."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import sys

HOST_DIR = pathlib.Path(__file__).resolve().parent
VM_DIR = HOST_DIR.parent
GUEST_DIR = VM_DIR / "guest"
SOURCE_DIR = VM_DIR.parent.parent


class Failure(Exception):
    """One sentence for the user; there is nothing to trace."""


class Unavailable(Failure):
    """What guests need cannot be had on this machine: a test is skipped."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def cache_dir(*parts):
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = pathlib.Path(base, "memhp", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(name):
    """Holds the lock NAME of the cache while the body runs; waits for whoever has it."""
    with open(cache_dir() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def replace_dir(new, old):
    """Puts the finished directory NEW in the place of OLD."""
    if old.exists():
        shutil.rmtree(old)
    new.rename(old)


def read_stamp(directory):
    try:
        return (directory / "stamp").read_text()
    except OSError:
        return None


def write_stamp(directory, text):
    (directory / "stamp").write_text(text)
