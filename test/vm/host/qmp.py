# SPDX-License-Identifier: GPL-2.0-or-later
"""Speaks QMP, QEMU's control protocol, over a connected socket."""

import json

from .common import Failure


class Qmp:
    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile("rwb")
        self._receive()                 # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """What COMMAND returns; what QEMU says against it is a Failure."""
        request = {"execute": command, "arguments": arguments}
        self.stream.write(json.dumps(request).encode() + b"\n")
        self.stream.flush()
        while True:
            answer = self._receive()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Failure(f"{command}: {answer['error']['desc']}")

    def _receive(self):
        line = self.stream.readline()
        if not line:
            raise Failure("QEMU has closed its control connection")
        return json.loads(line)
