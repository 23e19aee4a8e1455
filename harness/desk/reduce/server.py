"""llvm-reduce on the best case: it asks about each file that it makes, and this process answers.

Starting Python and loading the harness for each of them would take ten times what the tool does.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from harness import process
from harness.desk.reduce.client import ASK, HOLDS, answer_pipe
from harness.desk.reduce.search import ReductionSearch
from harness.llvm import Toolchain
from harness.process import scratch
from harness.process.jail import python_paths
from harness.warm.scripts import write_script

TOOL = "llvm-reduce"
# The first that has -j.
_PARALLEL_SINCE = 15
_SAID = re.compile(r"(?:LLVM ERROR|.*\berror:|.*: Assertion |UNREACHABLE executed).*")
_QUESTION = re.compile(rb"(?P<number>[0-9]{1,4}) (?P<name>[^\0\n]{1,4000})")
_MOST_ASKED = 1 << 16
_MOST_MODULE = 256 << 20
# There are as many clients as jobs. More is not what llvm-reduce does.
_MOST_THREADS = 1000
# In seconds: how long a client is waited for that has asked, and how often to look.
_ANSWERING, _PAUSE = 10.0, 0.0005


def reduce_with(search: ReductionSearch, reducer: Toolchain) -> str:
    """Let an LLVM's llvm-reduce work on the best case. Returns why it did not get to its end, if so."""
    answers: list[bool] = []
    is_mir = search.best.name.endswith(".mir")

    def ask(module: bytes) -> bool:
        holds = search.attempt_module(module)
        answers.append(holds)
        return holds

    # It asks with as many at once as it has jobs; what was killed keeps its pipe.
    clients = 2 * search.effort.jobs + 8
    with scratch.folder("reduce") as folder, _serve(folder, clients, ask):
        write_script(folder / "holds", "harness.desk.reduce.client", str(folder), str(clients))
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
        reads = (*reducer.reads, *python_paths())
        done = process.run_enclosed(argv, folder, reads, limits=limits)
        if done.ok and process.is_regular(made):
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
def _serve(folder: Path, clients: int, ask: Callable[[bytes], bool]) -> Iterator[None]:
    """Answer the clients in this folder, each in a thread of its own, during the block."""
    pipe = folder / ASK
    for name in (ASK, *map(answer_pipe, range(clients))):
        os.mkfifo(folder / name)
    # Also for writing: it has no end while clients come and go.
    questions = os.open(pipe, os.O_RDWR | os.O_CLOEXEC)
    over, end = os.pipe()
    thread = threading.Thread(target=_listen, args=(questions, over, folder, ask), daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(end)
        thread.join()
        os.close(over)
        os.close(questions)


def _listen(questions: int, over: int, folder: Path, ask: Callable[[bytes], bool]) -> None:
    rest = b""
    while over not in select.select([questions, over], [], [])[0]:
        *lines, rest = (rest + os.read(questions, _MOST_ASKED)).split(b"\n")
        rest = rest[-_MOST_ASKED:]
        for line in lines:
            found = _QUESTION.fullmatch(line)
            if found is not None and threading.active_count() < _MOST_THREADS:
                name, number = Path(os.fsdecode(found["name"])), int(found["number"])
                threading.Thread(target=_answer, args=(folder, name, number, ask), daemon=True).start()


def _answer(folder: Path, name: Path, number: int, ask: Callable[[bytes], bool]) -> None:
    """Answer for a file of the folder. Whatever else is asked for, it does not hold."""
    with contextlib.suppress(OSError):  # the client, or its file, is gone
        path = folder / name
        holds = path.parent == folder and ask(process.read_regular(path, _MOST_MODULE))
        # Not to where a link leads, nor into a file. The client may not be there yet.
        pipe, flags = folder / answer_pipe(number), os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW
        end = time.monotonic() + _ANSWERING
        while not stat.S_ISFIFO(pipe.lstat().st_mode) or (answer := _open(pipe, flags)) is None:
            if time.monotonic() > end:
                return
            time.sleep(_PAUSE)
        os.write(answer, HOLDS if holds else b"0")
        os.close(answer)


def _open(pipe: Path, flags: int) -> int | None:
    """Open a pipe for writing; None if nobody reads it yet."""
    try:
        return os.open(pipe, flags)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        raise
