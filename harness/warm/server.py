"""A process that has programs loaded and forks a child for every call of one.

Loading a program takes ten times what a test does with it. The client passes its three streams, so the child
reads and writes what the caller gave; limits are the harness's own, or the client's where those are lower. A
child ends with its client: if the connection closes, its process group is killed. The server ends with its
parent or when nobody can reach it any more.

It is in the same jail as its clients: a worker starts its own, and what it runs inherits a channel to it
(client.py). Outside of workers, where anything may start a client, there is a socket in a folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol

from harness.process import DEVNULL, PIPE, TOOL_LIMITS, Child, Limits
from harness.process.limits import set_limits
from harness.process.secluded import seclude
from harness.warm.client import SOCKET, STATUS_BYTES, address

# How often the server looks whether its folder is still there, in seconds.
_LOOK = 0.5
# Arguments and environment of one call: execve(2) takes no more than a few MiB either.
_MOST_REQUEST = 8 << 20
# The server itself lives as long as its parent and computes next to nothing.
_NO_LIMITS = Limits(wall=0, cpu=0, memory=0, output=0)
_READY = b"ready\n"
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Work:
    """What a server does: `prepare` for a program, then `run` it by its name in a child, which it ends."""

    run: Callable[[str, list[str]], NoReturn]
    prepare: Callable[[str], None] = lambda _name: None


@dataclass(slots=True)
class _ToolCall:
    """One client: what it has sent so far, then the child that does its work."""

    connection: socket.socket
    received: bytearray = field(default_factory=bytearray)
    streams: list[int] = field(default_factory=list)
    pid: int = 0
    pidfd: int = -1

    @property
    def complete(self) -> bool:
        """Whether the whole request is there."""
        have = len(self.received)
        return have >= STATUS_BYTES and have >= STATUS_BYTES + self.length

    @property
    def length(self) -> int:
        """The size of the request's body, in bytes."""
        return int.from_bytes(self.received[:STATUS_BYTES], sys.byteorder)

    @property
    def name(self) -> str:
        """The program, of a complete request."""
        return self.received[STATUS_BYTES:].split(b"\0", 1)[0].decode("utf-8", "replace")


_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_server() -> None:
    """Have the kernel end this child if the server is killed before it can."""
    server = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server or server == 1:
        os._exit(1)


def _limit_as(connection: socket.socket) -> None:
    """Take over the limits of the client, where they are lower than ours."""
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    client: int = struct.unpack("3i", peer)[0]
    for what in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
        pairs = zip(resource.getrlimit(what), resource.prlimit(client, what), strict=True)
        # Without a limit it is -1.
        soft, hard = (min(pair, key=lambda one: one % (1 << 64)) for pair in pairs)
        resource.setrlimit(what, (soft, hard))


def _be_tool(call: _ToolCall, work: Work) -> NoReturn:
    """In the child: take over the client's streams, folder, environment and limits, and be the tool."""
    try:
        os.setpgid(0, 0)
        # Above all else there is, so that no stream is overwritten before it is copied.
        set_limits(os.getpid(), TOOL_LIMITS)
        _limit_as(call.connection)
        high = [os.dup(os.dup(fd)) for fd in call.streams]
        for fd, copy in enumerate(high):
            os.dup2(copy, fd)
        os.closerange(3, max(high) + 1)
        fields = bytes(call.received[STATUS_BYTES:]).split(b"\0")
        tool, folder, count = fields[0].decode(), fields[1], int(fields[2])
        argv = [os.fsdecode(word) for word in fields[3 : 3 + count]]
        os.environb.clear()
        for pair in fields[3 + count :]:
            key, _, value = pair.partition(b"=")
            os.environb[key] = value
        os.chdir(folder)
        signal.set_wakeup_fd(-1)
        for signum in _STOP_SIGNALS:
            signal.signal(signum, signal.SIG_DFL)
        _die_with_server()
        work.run(tool, argv)
    except BaseException:  # a bug of ours must end the child, not go on as a second server
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


class Listener(Protocol):
    """Where clients come from."""

    def fileno(self) -> int:
        """What can be read when there is a client."""

    def accept(self) -> socket.socket | None:
        """The connection to the next client; None if that one is none."""

    def is_reachable(self) -> bool:
        """Whether there may be further clients."""


class FolderListener:
    """A socket in a folder."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / SOCKET
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path, fd = address(str(directory))
        self._path.unlink(missing_ok=True)
        self._socket.bind(path)
        os.close(fd)
        self._socket.listen(64)
        self._identity = self._path.stat().st_ino

    def fileno(self) -> int:
        """The socket."""
        return self._socket.fileno()

    def accept(self) -> socket.socket:
        """The next client."""
        return self._socket.accept()[0]

    def is_reachable(self) -> bool:
        """Whether the socket is still in its folder."""
        try:
            return self._path.stat().st_ino == self._identity
        except OSError:
            return False


class ChannelListener:
    """The server's end of a channel, by its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._channel = socket.socket(fileno=descriptor)
        self._channel.set_inheritable(False)
        self._open = True

    def fileno(self) -> int:
        """The end."""
        return self._channel.fileno()

    def accept(self) -> socket.socket | None:
        """The next client, if it has sent a socket."""
        greeting, connection = receive_connection(self._channel)
        self._open = bool(greeting)
        return connection

    def is_reachable(self) -> bool:
        """Whether anybody has the other end."""
        return self._open


def receive_connection(channel: socket.socket) -> tuple[bytes, socket.socket | None]:
    """What a client says, and the socket that it sends; nothing at the end of the channel.

    Anybody may write there: what is no connected socket is closed.
    """
    greeting, ends, _, _ = socket.recv_fds(channel, 4096, 1)
    connections = []
    for end in ends:
        try:
            connection = socket.socket(fileno=end)
            connection.getpeername()
        except OSError:
            os.close(end)
        else:
            connections.append(connection)
    return greeting, connections[0] if connections else None


class _Server:
    """The loop: clients, their children and the parent."""

    def __init__(self, listener: Listener, work: Work) -> None:
        self.listener = listener
        self.work = work
        self.calls: dict[int, _ToolCall] = {}
        self.selector = selectors.DefaultSelector()
        self.parent = os.pidfd_open(os.getppid())
        # A signal is read here, between two steps of the loop, never raised in the middle of one.
        self.signals, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup)
        for signum in _STOP_SIGNALS:
            signal.signal(signum, lambda _signum, _frame: None)

    def run(self) -> None:
        """Serve until told to stop, or the parent ends, or nobody can reach this."""
        self.selector.register(self.listener, selectors.EVENT_READ, None)
        self.selector.register(self.parent, selectors.EVENT_READ, None)
        self.selector.register(self.signals, selectors.EVENT_READ, None)
        try:
            while self.listener.is_reachable():
                for key, _ in self.selector.select(_LOOK):
                    if key.fd in {self.parent, self.signals}:
                        return
                    if key.fd == self.listener.fileno():
                        self._accept()
                    elif key.fd in self.calls:
                        self._progress(key.fd, self.calls[key.fd])
        finally:
            for call in list(self.calls.values()):
                self._end(call)

    def _accept(self) -> None:
        connection = self.listener.accept()
        if connection is not None:
            self.calls[connection.fileno()] = _ToolCall(connection)
            self.selector.register(connection, selectors.EVENT_READ)

    def _progress(self, fd: int, call: _ToolCall) -> None:
        if fd == call.pidfd:
            self._report(call)
        elif call.pid or not self._receive(call):  # a client says nothing after its request: it is gone
            self._end(call)
        elif call.complete:
            self._start(call)

    def _receive(self, call: _ToolCall) -> bool:
        """Read what is there; False if the client is gone or talks nonsense."""
        try:
            data, streams, _, _ = socket.recv_fds(call.connection, 1 << 16, 3)
        except OSError:
            return False
        call.received += data
        call.streams += streams
        return bool(data) and len(call.received) <= _MOST_REQUEST and len(call.streams) == 3

    def _start(self, call: _ToolCall) -> None:
        self.work.prepare(call.name)
        call.pid = os.fork()
        if call.pid == 0:
            _be_tool(call, self.work)
        with contextlib.suppress(OSError):
            os.setpgid(call.pid, call.pid)  # as the child does: whichever comes first
        for stream in call.streams:
            os.close(stream)
        call.streams = []
        call.pidfd = os.pidfd_open(call.pid)
        self.calls[call.pidfd] = call
        self.selector.register(call.pidfd, selectors.EVENT_READ)

    def _report(self, call: _ToolCall) -> None:
        _, status = os.waitpid(call.pid, 0)
        self._kill(call)  # what the tool left running in its group
        call.pid = 0
        with contextlib.suppress(OSError):
            call.connection.sendall(status.to_bytes(STATUS_BYTES, sys.byteorder))
        self._end(call)

    def _kill(self, call: _ToolCall) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(call.pid, signal.SIGKILL)

    def _end(self, call: _ToolCall) -> None:
        if call.pid:
            self._kill(call)
            os.waitpid(call.pid, 0)
        for stream in call.streams:
            os.close(stream)
        for fd in (call.connection.fileno(), call.pidfd):
            if self.calls.pop(fd, None) is not None:
                self.selector.unregister(fd)
        if call.pidfd >= 0:
            os.close(call.pidfd)
        call.connection.close()


def serve(listener: Listener, work: Work) -> None:
    """Be the server of those who come to `listener`. Returns when nobody needs it any more."""
    # In a jail with tools, none of them may look into what the next one is answered from.
    seclude()
    server = _Server(listener, work)
    gc.freeze()
    os.write(1, _READY)
    server.run()


@contextlib.contextmanager
def run_server(module: str, directory: Path, place: Path) -> Iterator[None]:
    """The server that `serve` of a module is, for the tools in `directory`, for the time of the block.

    Its socket is in the folder `place`. Without a server, clients do the work themselves.
    """
    child = _start(module, directory, f"FolderListener(pathlib.Path({str(place)!r}))", stdout=PIPE)
    try:
        assert child.stdout is not None
        child.stdout.readline()  # "ready", or nothing if it could not start: then there is no socket
        child.stdout.close()
        yield
    finally:
        child.terminate()
        child.wait()
        (place / SOCKET).unlink(missing_ok=True)


def start_on_channel(module: str, directory: Path) -> tuple[Child, socket.socket]:
    """The same as a child of this process, and the end of the channel to it that clients inherit.

    It ends when nobody has that end any more.
    """
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        listener = f"ChannelListener({theirs.fileno()})"
        return _start(module, directory, listener, stdout=DEVNULL, pass_fds=(theirs.fileno(),)), ours


def _start(module: str, directory: Path, listener: str, **streams: Any) -> Child:
    root = str(Path(__file__).parents[2])
    code = (
        f"import sys, pathlib; sys.path.insert(0, {root!r}); "
        "from harness.warm.server import ChannelListener, FolderListener; "
        f"from {module} import serve; serve(pathlib.Path({str(directory)!r}), {listener})"
    )
    return Child([sys.executable, "-I", "-c", code], _NO_LIMITS, stdin=DEVNULL, **streams)
