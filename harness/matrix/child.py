"""A cell in a process of its own, with a time limit, so that nothing it does ends another.

The process reads its task on standard input. It writes a line for each thing that it does, and at last the
result.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness import process
from harness.artifacts.settings import open_artifacts
from harness.cell import CellResult, CellState
from harness.faults import explain_fault, run_program
from harness.matrix.task import CellTask, decode_result, decode_task, encode
from harness.process.kill import bind_to_parent
from harness.process.sandbox import VARIABLE
from harness.progress import Progress
from harness.store import Store

Evaluate = Callable[[CellTask, Store, Progress], CellResult]
_STEP, _RESULT = b"step ", b"result "
_ERROR = "harness: error: "
_TAIL = 300


def run_apart(
    task: CellTask, store: Store, tell: Callable[[str], None] = lambda text: None, module: str = __name__
) -> CellResult:
    """What comes of a cell, evaluated in a child process. `tell` gets a line on each step.

    One that takes longer than the task's time, or ends without a result, has no answer. Nor has one whose
    process cannot be started or does not say what a result is: that never ends the other cells.
    """
    try:
        return _run_apart(task, store, tell, module)
    except Exception as error:
        return _no_answer(task, explain_fault(error).what)


def _run_apart(task: CellTask, store: Store, tell: Callable[[str], None], module: str) -> CellResult:
    lines = _Lines(tell)
    limits = process.Limits(wall=task.seconds, cpu=0, memory=0, output=0)
    # A Dask worker may be killed at any time: its cell, which goes to another, does not run on.
    argv = bind_to_parent([sys.executable, "-m", module, str(store.root)])
    child = process.Child(
        argv,
        limits,
        stdin=process.PIPE,
        stdout=process.PIPE,
        stderr=process.PIPE,
        env=_environment(task, store),
    )
    child.drain(
        encode(task), lambda pipe, chunk: lines.take(chunk) if pipe is child.stdout else lines.err(chunk)
    )
    if lines.result is not None and not child.limit:
        return lines.result
    reason = child.limit or ": ".join([f"its process ended with status {child.returncode}", *lines.error()])
    return _no_answer(task, reason)


def _no_answer(task: CellTask, why: str) -> CellResult:
    return CellResult(task.cell, CellState.NO_ANSWER, why[:_TAIL], task.key, task.identities)


def _environment(task: CellTask, store: Store) -> dict[str, str]:
    """This process's own, with the harness that it runs, wherever that is, and the store's artifacts."""
    import harness

    here = str(Path(harness.__file__).parents[1])
    return {
        **os.environ,
        **({VARIABLE: task.sandbox} if task.sandbox else {}),
        **(store.remote.environment if store.remote else {}),
        "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")])),
    }


@dataclass(slots=True)
class _Lines:
    """What a child wrote: steps are told at once, the result is kept."""

    tell: Callable[[str], None]
    rest: bytes = b""
    said: bytes = b""
    result: CellResult | None = None

    def take(self, chunk: bytes) -> None:
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(_RESULT):
                self.result = decode_result(line.removeprefix(_RESULT))
            elif line.startswith(_STEP):
                self.tell(line.removeprefix(_STEP).decode("utf-8", "replace"))

    def err(self, chunk: bytes) -> None:
        self.said = (self.said + chunk)[-4096:]

    def error(self) -> list[str]:
        """The line that says why it ended, or the last one; none if it wrote nothing."""
        lines = self.said.decode("utf-8", "replace").strip().splitlines()
        named = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
        return (named or lines)[-1:]


@dataclass(frozen=True, slots=True)
class _Told:
    """Progress as lines for the parent."""

    pipe: IO[bytes]

    def step(self, text: str) -> None:
        line = " ".join(text.split())
        self.pipe.write(_STEP + line.encode("utf-8", "replace") + b"\n")

    def tick(self, done: int, total: int, what: str) -> None:
        """Steps are enough: the parent counts cells."""


def serve(store: Path, evaluate: Evaluate) -> int:
    """Be such a process: read the task, evaluate it, write the result."""
    task = decode_task(sys.stdin.buffer.read())
    # Whatever else writes to standard output must not come between.
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    result = evaluate(task, Store(store, open_artifacts()), _Told(pipe))
    pipe.write(_RESULT + encode(result) + b"\n")
    return 0


def main(arguments: list[str]) -> int:
    """`python -m harness.matrix.child STORE`."""
    from harness.matrix.evaluate import evaluate

    return serve(Path(arguments[0]), evaluate)


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
