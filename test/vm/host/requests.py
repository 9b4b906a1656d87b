# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest may ask its host for: one row per request.

A request is a line of words from the program `host` in the guest; its answer is one line,
"ok ..." or "error ...".
"""

import json

from .common import Failure


def parse_size(text):
    units = {"K": 10, "M": 20, "G": 30, "T": 40}
    if text and text[-1].upper() in units:
        return int(text[:-1]) << units[text[-1].upper()]
    return int(text)


class Requests:
    """Answers one guest's requests through its QMP connection."""

    def __init__(self, qmp):
        self.qmp = qmp
        self.count = 0

    def answer(self, line):
        words = line.split()
        if words[:1] == ["qmp"]:
            words = words[1:]
        handler = HANDLERS.get(words[0] if words else "")
        if not handler:
            return f"error no such request; there are: {' '.join(sorted(HANDLERS))}"
        try:
            result = handler(self, *words[1:])
        except Failure as error:
            return f"error {error}"
        except (TypeError, ValueError) as error:
            return f"error {words[0]}: {error}"
        return f"ok {result}" if result else "ok"

    def _backend(self, size, share=False):
        self.count += 1
        name = f"hotmem{self.count}"
        self.qmp.execute("object-add", **{"qom-type": "memory-backend-ram", "id": name,
                                          "size": parse_size(size), "share": share,
                                          "reserve": False})
        return name

    def plug_dimm(self, size, node="0"):
        """plug-dimm SIZE [NODE]: the new DIMM's id"""
        memory = self._backend(size)
        name = f"hotdimm{self.count}"
        self.qmp.execute("device_add", driver="pc-dimm", id=name, memdev=memory, node=int(node))
        return name

    def plug_cxl(self, size, port):
        """plug-cxl SIZE PORT: the new card's id"""
        memory = self._backend(size, share=True)
        name = f"hotcxl{self.count}"
        self.qmp.execute("device_add", **{"driver": "cxl-type3", "id": name, "bus": port,
                                          "volatile-memdev": memory, "sn": 100 + self.count})
        return name

    def unplug(self, name):
        """unplug ID: asks the guest to give the device up"""
        self.qmp.execute("device_del", id=name)

    def resize(self, name, size):
        """resize ID SIZE: a virtio-mem device's requested size"""
        self.qmp.execute("qom-set", path=f"/machine/peripheral/{name}",
                         property="requested-size", value=parse_size(size))

    def size(self, name):
        """size ID: how much of a virtio-mem device is plugged"""
        return self.qmp.execute("qom-get", path=f"/machine/peripheral/{name}", property="size")

    def memory_devices(self):
        """memory-devices: what QEMU has plugged, as JSON"""
        return json.dumps(self.qmp.execute("query-memory-devices"))

    def raw(self, command, *words):
        """raw COMMAND JSON: any QMP command, its answer as JSON"""
        return json.dumps(self.qmp.execute(command, **json.loads(" ".join(words) or "{}")))


HANDLERS = {
    "plug-dimm": Requests.plug_dimm,
    "plug-cxl": Requests.plug_cxl,
    "unplug": Requests.unplug,
    "resize": Requests.resize,
    "size": Requests.size,
    "memory-devices": Requests.memory_devices,
    "raw": Requests.raw,
}
