"""llvm-reduce on the best case: it asks about each file that it makes, and this process answers.

Starting Python and loading the harness for each of them would take ten times what the tool does.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from harness import process
from harness.desk.reduce.client import HOLDS, SOCKET
from harness.desk.reduce.search import ReductionSearch
from harness.llvm import Toolchain
from harness.process import scratch
from harness.warm.client import address
from harness.warm.scripts import write_script

TOOL = "llvm-reduce"
# The first that has -j.
_PARALLEL_SINCE = 15
_SAID = re.compile(r"(?:LLVM ERROR|.*\berror:|.*: Assertion |UNREACHABLE executed).*")
_MOST_PATH = 1 << 14
_ASKING = 5.0


def reduce_with(search: ReductionSearch, reducer: Toolchain) -> str:
    """Let an LLVM's llvm-reduce work on the best case. Returns why it did not get to its end, if so."""
    answers: list[bool] = []
    is_mir = search.best.name.endswith(".mir")

    def ask(path: Path) -> bool:
        holds = search.attempt_module(path.read_bytes())
        answers.append(holds)
        return holds

    with scratch.folder("reduce") as folder, _serve(folder, ask):
        write_script(folder / "holds", "harness.desk.reduce.client", str(folder))
        source, made = folder / search.best.name, folder / "reduced.out"
        source.write_bytes(search.best.text)
        argv: list[str | Path] = [reducer.tools[TOOL], f"--test={folder / 'holds'}", source, "-o", made]
        # LLVM 19's, with threads, ends in an error of the machine verifier on machine IR.
        if reducer.major >= _PARALLEL_SINCE and not is_mir:
            argv += ["-j", str(search.effort.jobs)]
        if is_mir and (triple := next((step.triple for step in search.best.steps if step.triple), "")):
            argv.append(f"--mtriple={triple}")
        wall = max(1.0, search.remaining)
        limits = replace(process.BUILD_LIMITS, wall=wall, memory=process.TOOL_LIMITS.memory)
        done = process.run(argv, cwd=folder, env={"TMPDIR": str(folder)}, limits=limits)
        if done.ok:
            search.attempt_module(made.read_bytes())
            return ""
    if not search.remaining:
        return ""
    if not any(answers):
        return f"{TOOL} {reducer.version} does not read it"
    return f"{TOOL} {reducer.version} stopped: {_reason(done)}"


def _reason(done: process.Completed) -> str:
    said = _SAID.search(done.text)
    return done.limit or (said[0][:200] if said else f"status {done.returncode}")


@contextlib.contextmanager
def _serve(folder: Path, ask: Callable[[Path], bool]) -> Iterator[None]:
    """Answer the clients in this folder, each in a thread of its own, during the block."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path, fd = address(str(folder), SOCKET)
    try:
        listener.bind(path)
    finally:
        os.close(fd)
    listener.listen(64)
    thread = threading.Thread(target=_accept, args=(listener, ask), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        listener.close()


def _accept(listener: socket.socket, ask: Callable[[Path], bool]) -> None:
    with contextlib.suppress(OSError):  # closed
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, ask), daemon=True).start()


def _answer(connection: socket.socket, ask: Callable[[Path], bool]) -> None:
    with connection, contextlib.suppress(OSError):  # the client, or its file, is gone
        connection.settimeout(_ASKING)
        path = b""
        while part := connection.recv(_MOST_PATH):
            path += part
        holds = ask(Path(os.fsdecode(path)))
        connection.sendall(HOLDS if holds else b"0")
