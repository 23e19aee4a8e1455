"""An llvm-symbolizer that stays: it reads a tool once, not for each of its crashes.

Naming the frames of one crash takes 0.1 s, almost all of it to start and to read the symbols of a tool of
120 MB; the next crash takes a millisecond. The text is the same, byte for byte. Tests reach it only by
`symbolizer_client.py`, one connection for each crash. It answers what LLVM's signal handler asks, about files
that have not changed since it read them. Everything else is left to the real one, which the client becomes.

What it reads is the work of patches, so it is in a jail; what tools send is of unknown intent.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import process
from harness.process.jail import machine_paths
from harness.runner.enclosure import is_shown
from harness.runner.symbolizer_client import LENGTH_BYTES, MOST_REQUEST
from harness.warm.scripts import write_script
from harness.warm.server import receive_connection

# It ends with its standard input, so with us. Processor time is for a file that it cannot finish.
_LIMITS = process.Limits(wall=0, cpu=60, memory=process.TOOL_LIMITS.memory, output=0)
# A question with an answer like no other, so that it ends those before it. Releases write it differently.
_END = b"DATA /nonexistent 0x0\n"
_ENDS = re.compile(rb"(?:.*\n)*0 0\n(?:.*\n)*\n")
# llvm-symbolizer reads lines of up to 1023 bytes (kMaxInputStringLength); a quote has a meaning.
_FRAME = re.compile(rb'(?P<module>/[^"\n]{1,900}) 0x[0-9a-f]{1,16}\n')
_MOST_ANSWER = 8 << 20
# Symbols of so many files are kept.
_MOST_MODULES = 32
# Seconds for one crash; and for a client to say what it asks.
_ANSWERING, _ASKING = 10.0, 2.0
_MOST_CLIENTS = 16


class Symbolizers:
    """The symbolizers of a pool, by the llvm-symbolizer that they run. Leaving the block ends them.

    `home` is a folder for what tools start instead; `reads` says what the symbolizers may read just now.
    """

    def __init__(self, home: Path, reads: Callable[[], tuple[Path, ...]]) -> None:
        self._home = home
        self._reads = reads
        self._live: dict[str, Live] = {}
        self._clients: dict[str, str] = {}
        self._room = threading.Semaphore(_MOST_CLIENTS)

    def client(self, real: str) -> str:
        """A program that answers as the llvm-symbolizer `real` does, only faster; empty if that is."""
        if real and real not in self._clients:
            folder = self._home / str(len(self._clients))
            folder.mkdir(parents=True)
            write_script(folder / "llvm-symbolizer", "harness.runner.symbolizer_client", real)
            self._live[real] = Live(real, self._reads)
            self._clients[real] = str(folder / "llvm-symbolizer")
        return self._clients.get(real, "")

    def open_channel(self) -> socket.socket:
        """The end of a channel that tools inherit. When nobody has it any more, nobody listens."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        threading.Thread(target=self._listen, args=(ours,), daemon=True).start()
        return theirs

    def __enter__(self) -> Symbolizers:
        return self

    def __exit__(self, *_error: object) -> None:
        for live in self._live.values():
            live.close()

    def _listen(self, channel: socket.socket) -> None:
        with channel, contextlib.suppress(OSError):
            while True:
                real, connection = receive_connection(channel)
                if not real:
                    return
                live = self._live.get(os.fsdecode(real))
                if connection is None:
                    continue
                if live is not None and self._room.acquire(blocking=False):
                    threading.Thread(target=self._serve, args=(live, connection), daemon=True).start()
                else:
                    connection.close()

    def _serve(self, live: Live, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_ASKING)
                request = _read_request(connection)
                answer = live.answer(request) if request else b""
                connection.sendall(len(answer).to_bytes(LENGTH_BYTES, sys.byteorder) + answer)
        finally:
            self._room.release()


def _read_request(connection: socket.socket) -> bytes:
    request, end = b"", time.monotonic() + _ASKING
    while len(request) <= MOST_REQUEST and time.monotonic() < end:
        part = connection.recv(1 << 16)
        if not part:
            return request
        request += part
    return b""


class Live:
    """One llvm-symbolizer, started when it is first asked, and again after it died or was out of date."""

    def __init__(self, real: str, reads: Callable[[], tuple[Path, ...]]) -> None:
        self._real = real
        self._reads = reads
        # Who keeps it in its jail ends with the thread that started it.
        self._starter = ThreadPoolExecutor(1)
        self._asking = threading.Lock()
        self._child: process.Child | None = None
        self._end = b""
        self._seen: dict[bytes, tuple[int, ...]] = {}
        self._readable: tuple[Path, ...] = ()
        self._closed = False

    def answer(self, request: bytes) -> bytes:
        """What the llvm-symbolizer writes on `request`; nothing if it shall be asked itself."""
        frames = list(_FRAME.finditer(request))
        if not frames or b"".join(frame[0] for frame in frames) != request:
            return b""
        modules = {frame["module"] for frame in frames}
        readable = (*self._reads(), *machine_paths())
        if not all(is_shown(Path(os.fsdecode(module)), readable) for module in modules):
            return b""
        if not self._asking.acquire(timeout=_ANSWERING):
            return b""
        try:
            return self._answer(request, modules, len(frames))
        except (OSError, ValueError):  # it died, or its pipes were closed
            self._stop()
            return b""
        finally:
            self._asking.release()

    def _answer(self, request: bytes, modules: Iterable[bytes], frames: int) -> bytes:
        files = {module: _file(module) for module in modules}
        known = {module: self._seen.get(module, file) for module, file in files.items()}
        stale = known != files or self._readable != self._reads()
        if stale or len(self._seen.keys() | files.keys()) > _MOST_MODULES:
            self._stop()
        self._start()
        answer = self._exchange(request + _END, self._end)
        # What changed while it was read may be kept in any state.
        if answer.count(b"\n\n") != frames or {module: _file(module) for module in modules} != files:
            self._stop()
            return b""
        self._seen |= files
        return answer

    def _start(self) -> None:
        if self._closed:
            raise OSError
        if self._child is not None:
            return
        self._readable = self._reads()
        self._child = self._starter.submit(
            process.start_enclosed,
            [self._real, "--functions=linkage", "--inlining", "--demangle"],
            process.Jail(process.JailKind.PROGRAM, reads=self._readable),
            _LIMITS,
            env={},
            stdin=process.PIPE,
            stdout=process.PIPE,
            stderr=process.DEVNULL,
            bufsize=0,
        ).result()
        try:
            self._end = self._exchange(_END, b"")  # how this release answers it
        except OSError:
            self._closed = True  # it is not as we know it, and would not be the next time
            raise

    def _exchange(self, request: bytes, end: bytes) -> bytes:
        """Ask, and read to the answer `end`, which is left out; without one, to the end of any answer.

        Raises OSError if it does not come.
        """
        child, until = self._child, time.monotonic() + _ANSWERING
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        os.set_blocking(child.stdin.fileno(), False)
        view, answer = memoryview(request), bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            ready.register(child.stdin, selectors.EVENT_WRITE)
            while True:
                for key, _ in ready.select(max(until - time.monotonic(), 0)):
                    if key.fileobj is child.stdin:
                        view = view[os.write(child.stdin.fileno(), view) :]
                        if not view:
                            ready.unregister(child.stdin)
                        continue
                    part = os.read(child.stdout.fileno(), 1 << 16)
                    answer += part
                    if not part or len(answer) > _MOST_ANSWER:
                        raise OSError
                if end and not view and answer.endswith(end):
                    return bytes(answer[: -len(end)])
                if not end and _ENDS.fullmatch(answer):
                    return bytes(answer)
                if time.monotonic() > until:
                    raise OSError

    def _stop(self) -> None:
        child, self._child = self._child, None
        self._seen = {}
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def close(self) -> None:
        """End it for good."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()  # whoever asks it now gets no answer, and lets go
        with self._asking:
            self._stop()
        self._starter.shutdown()


def _file(path: bytes) -> tuple[int, ...]:
    """What changes when a file does. Raises OSError if there is none: the symbolizer would remember that."""
    found = Path(os.fsdecode(path)).stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
