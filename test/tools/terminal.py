# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program shows on a terminal."""

import os
import pty
import subprocess


def shown(words, stream, environment):
    """Runs WORDS with a terminal as its STREAM ("stdout" or "stderr"), and nothing else: what it showed there, and its exit."""
    ours, its = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {stream: its}
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment, **streams) as child:
        os.close(its)
        said = b""
        try:
            while piece := os.read(ours, 65536):
                said += piece
        except OSError:
            pass  # the other end is closed
        child.wait()
    os.close(ours)
    return said.decode(), child.returncode
