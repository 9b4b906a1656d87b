# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots one guest, carries what goes in and out of it, and says how it ended."""

import contextlib
import fcntl
import dataclasses
import io
import os
import pathlib
import selectors
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time

from . import disk, image, kernels, qemu, shapes
from .common import Failure, cache_dir, locked
from .qmp import Qmp
from .requests import Requests

CHANNELS = ("control", "out", "err", "files")
GUESTS_AT_ONCE = 2
TIMED_OUT = 124
NO_STATUS = 125
INIT_SECONDS = 240                      # to the first process; it takes 3 to 6 on a quiet machine
STILL_SECONDS = 30                      # the kernel log stands still so long ...
IDLE_SECONDS = 1.0                      # ... and QEMU needs no more of a processor: it is dead
INIT_LINE = "Run /init as init process"           # the kernel's own
WITH_US = ("setpriv", "--pdeathsig", "KILL")    # a guest does not outlive the one who started it


# Set by who wants all guests of this process to end.
stopped = threading.Event()


@dataclasses.dataclass
class Order:
    """What a guest is started for."""
    kernel: kernels.Kernel
    shape: shapes.Shape
    script: object = None               # a file's name, or the text as bytes; None: a shell
    args: tuple = ()
    memhp: object = None
    packages: object = None             # .deb files: a whole Debian, with these installed
    maker: str = ""                     # ... on a disk, and what makes its initramfs
    log: object = None                  # keeps the kernel log
    memory: str = ""
    append: str = ""
    timeout: float = 600
    counted: bool = False               # time in the guest is the instructions that it has executed
    gets: tuple = ()                    # pairs (path in the guest, path here)
    puts: tuple = ()                    # pairs (path here, path in the guest)
    out: object = None                  # functions that take bytes
    err: object = None


@dataclasses.dataclass
class Result:
    status: int
    reason: str = ""                    # one sentence where the status is not the script's
    log: str = ""
    seconds: float = 0                  # from start to end
    ready_seconds: float = 0            # from start to the script's first line
    script_seconds: float = 0
    processor_seconds: float = 0        # what all of it took of the processors
    restarted: str = ""                 # why there had to be a second start


def run(order):
    """Runs a guest; one that dies before its first process is started once more, and that is said.

    A QEMU that refuses its arguments has no kernel log: trying again would not help.
    """
    with _slot():
        result = _Guest(order).run()
        if result.status == NO_STATUS and result.log and INIT_LINE not in result.log \
                and not stopped.is_set():
            reason = f"died before its first process ({result.reason}), started once more"
            result = _Guest(order).run()
            result.restarted = reason
    return result


@contextlib.contextmanager
def _slot():
    """Waits until fewer than GUESTS_AT_ONCE guests of this user run; who came first goes first."""
    files = [open(cache_dir() / f"guest-{number}.lock", "w") for number in range(GUESTS_AT_ONCE)]
    try:
        with locked("guest-queue"):
            while not any(_try_lock(one) for one in files):
                time.sleep(0.1)
        yield
    finally:
        for one in files:
            one.close()


def _try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class _Guest:
    def __init__(self, order):
        self.order = order
        self.status = None
        self.reason = ""
        self.received = io.BytesIO()
        self.control = b""
        self.requests = None
        self.qmp_socket = None
        self.init_seen = False
        self.log_size, self.log_time, self.log_used = -1, 0, 0
        self.ready_at = self.ended_at = None

    def run(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="memhp-guest-"))
        try:
            return self._run()
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    def _run(self):
        self._write_image()
        selector = selectors.DefaultSelector()
        for name in (*CHANNELS, "qmp"):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(self.dir / name))
            listener.listen(1)
            selector.register(listener, selectors.EVENT_READ, (name, True))
        found = qemu.get()
        with open(self.dir / "errors", "wb") as errors:
            stdin = None if self.order.script is None else subprocess.DEVNULL
            self.started = time.monotonic()
            process = subprocess.Popen([*WITH_US, *found.command, *self._arguments()],
                                       env=found.environment, stdin=stdin, stderr=errors)
        try:
            self._serve(process, selector)
        finally:
            if not _has_ended(process):
                process.kill()
            self.processor_seconds = _resources_of(process)
            for key in list(selector.get_map().values()):
                key.fileobj.close()
            selector.close()
            if self.qmp_socket:
                self.qmp_socket.close()
        return self._result()

    def _write_image(self):
        order, size = self.order, shutil.get_terminal_size()
        settings = {
            "GUEST_NAME": f"{order.shape.name}-{order.kernel.name}",
            "GUEST_MODULES": " ".join(order.shape.modules),
            "GUEST_READY": order.shape.ready,
            "GUEST_INTERACTIVE": "" if order.script else "yes",
            "GUEST_GET": " ".join(path.lstrip("/") for path, _ in order.gets),
            "GUEST_ROWS": size.lines,
            "GUEST_COLUMNS": size.columns,
            "GUEST_TERM": os.environ.get("TERM", "linux"),
            "GUEST_KERNEL": order.kernel.name,
            "GUEST_SHAPE": order.shape.name,
        }
        if order.maker:
            disk.write(self.dir, order, settings)
        else:
            image.write(self.dir / "initrd", order.kernel, settings, order.script, order.puts,
                        order.memhp, order.packages)

    def _arguments(self):
        """QEMU's arguments. The words after init's "--" are the script's."""
        order, shape = self.order, self.order.shape
        memory = order.memory or shape.memory
        machine = shape.machine
        yield from ("-nodefaults", "-display", "none", "-no-reboot")
        threads = "single" if order.counted else "multi"
        yield from ("-accel", f"tcg,thread={threads}", "-smp", "2", "-cpu", shape.cpu)
        if order.counted:
            yield from ("-icount", "shift=1,sleep=off")
        yield from ("-machine", machine)
        yield from ("-m", f"{memory},{shape.slots}" if shape.slots else memory)
        for option in shape.qemu:
            yield from option.split(" ", 1)
        yield from ("-kernel", str(order.kernel.vmlinuz), "-initrd", str(self.dir / "initrd"))
        yield from ("-append", self._command_line())
        if order.maker:
            yield from ("-drive", f"file={self.dir / 'disk'},format=raw,if=none,id=disk,cache=unsafe")
            yield from ("-device", f"virtio-blk-pci,drive=disk,bus={shape.root_bus}")
        yield from ("-serial", f"file:{self._log_path()}")
        if order.script is None:
            yield from ("-chardev", "stdio,id=tty,mux=on,signal=off", "-serial", "chardev:tty")
        yield from ("-device", f"virtio-serial-pci,bus={shape.root_bus}")
        for name in CHANNELS:
            yield from ("-chardev", f"socket,id={name},path={self.dir / name}")
            yield from ("-device", f"virtserialport,chardev={name},name={name}")
        yield from ("-chardev", f"socket,id=qmp,path={self.dir / 'qmp'}")
        yield from ("-mon", "chardev=qmp,mode=control")

    def _command_line(self):
        # the self-tests of the kernel's ciphers are a sixth of the boot
        words = ["console=ttyS0 panic=-1 loglevel=7 cryptomgr.notests",
                 disk.KERNEL_WORDS if self.order.maker else "rdinit=/init", self.order.shape.append, self.order.append]
        if self.order.packages is not None:
            words.append("systemd.unit=guest.target systemd.show_status=0")
        line = " ".join(word for word in words if word)
        if self.order.args:
            # the kernel splits at spaces; quotes keep a word together
            line += " -- " + " ".join(f'"{word}"' for word in self.order.args)
        return line

    def _log_path(self):
        return pathlib.Path(self.order.log or self.dir / "log")

    def _log(self):
        try:
            return self._log_path().read_text(errors="replace")
        except OSError:
            return ""

    def _serve(self, process, selector):
        deadline = self.started + self.order.timeout
        if self.order.script is None:
            deadline = float("inf")
        while not _has_ended(process):
            if stopped.is_set():
                self.reason = "stopped"
                return
            if time.monotonic() > deadline:
                self.status = TIMED_OUT
                self.reason = f"the guest had not ended after {self.order.timeout:g} s: killed"
                return
            if not self.init_seen and not self._boots(process.pid):
                return
            self._handle(selector, 0.2)
        while self._handle(selector, 0):
            pass

    def _boots(self, pid):
        """Whether there is hope of a first process; looks at the kernel log when it stands still."""
        now, used = time.monotonic(), _processor_seconds(pid)
        try:
            size = self._log_path().stat().st_size
        except OSError:
            size = 0
        if size != self.log_size:
            self.log_size, self.log_time, self.log_used = size, now, used
        late = now > self.started + INIT_SECONDS
        if not late and now < self.log_time + STILL_SECONDS:
            return True
        self.init_seen = INIT_LINE in self._log()
        if self.init_seen or (not late and used > self.log_used + IDLE_SECONDS):
            return True
        self.reason = (f"no first process after {now - self.started:.0f} s, nor a line in the last "
                       f"{now - self.log_time:.0f}, {used - self.log_used:.0f} of them busy")
        return False

    def _handle(self, selector, timeout):
        events = selector.select(timeout)
        for key, _ in events:
            name, listening = key.data
            if listening:
                connection, _ = key.fileobj.accept()
                selector.unregister(key.fileobj)
                key.fileobj.close()
                if name == "qmp":
                    self.qmp_socket = connection
                else:
                    selector.register(connection, selectors.EVENT_READ, (name, False))
                continue
            try:
                data = key.fileobj.recv(1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()
            else:
                getattr(self, f"_take_{name}")(data, key.fileobj)
        return bool(events)

    def _take_out(self, data, _):
        if self.order.out:
            self.order.out(data)

    def _take_err(self, data, _):
        if self.order.err:
            self.order.err(data)

    def _take_files(self, data, _):
        self.received.write(data)

    def _take_control(self, data, connection):
        self.control += data
        while b"\n" in self.control:
            line, self.control = self.control.split(b"\n", 1)
            self._obey(line.decode(errors="replace"), connection)

    def _obey(self, line, connection):
        word, _, rest = line.partition(" ")
        if word == "ready":
            self.ready_at = time.monotonic()
        elif word == "unready":
            self.reason = f"the shape {self.order.shape.name} did not become ready"
        elif word == "exit":
            self.ended_at = time.monotonic()
            self.status = int(rest)
        else:
            if not self.requests:
                self.qmp_socket.settimeout(30)
                self.requests = Requests(Qmp(self.qmp_socket))
            connection.sendall(self.requests.answer(line).encode() + b"\n")

    def _result(self):
        ended = time.monotonic()
        log = self._log()
        if self.status is None:
            # a shell's guest may be switched off at any time
            self.status = NO_STATUS if self.order.script or INIT_LINE not in log else 0
            errors = (self.dir / "errors").read_text(errors="replace").strip().splitlines()
            self.reason = self.reason or "".join(errors[:1]) or _panic(log)
            if not self.reason and self.status:
                self.reason = "the guest ended without a word"
        result = Result(self.status, self.reason, log, ended - self.started)
        result.processor_seconds = self.processor_seconds
        if self.ready_at:
            result.ready_seconds = self.ready_at - self.started
            result.script_seconds = (self.ended_at or ended) - self.ready_at
        if self.status not in (TIMED_OUT, NO_STATUS):
            self._unpack_received()
        return result

    def _unpack_received(self):
        if not self.order.gets:
            return
        self.received.seek(0)
        try:
            with tarfile.open(fileobj=self.received) as archive:
                archive.extractall(self.dir / "received", filter="tar")
        except tarfile.TarError as error:
            raise Failure(f"nothing came out of the guest: {error}") from None
        for path, target in self.order.gets:
            source = self.dir / "received" / path.lstrip("/")
            if not os.path.lexists(source):
                raise Failure(f"the guest has no {path}")
            if os.path.isdir(source) and not os.path.islink(source):
                shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy(source, target, follow_symlinks=False)


def _has_ended(process):
    """As poll(), but leaves what it used to be asked for."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _resources_of(process):
    """Waits for the end of PROCESS; the seconds of processors that it used."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _processor_seconds(pid):
    """What a process has used of the processors."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _panic(log):
    return next((line[line.find("Kernel panic"):] for line in log.splitlines()
                 if "Kernel panic" in line), "")
