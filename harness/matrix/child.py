"""A cell in a process of its own, so that nothing it does ends another: with a time limit, and told of as it goes.

The process reads its task on standard input. It writes lines of JSON: what it is doing, and at last the result.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from harness import process
from harness.cell import CellResult, CellState
from harness.matrix.task import CellTask, decode_result, decode_task, encode
from harness.store import Store

_STEP, _RESULT = b"step ", b"result "
_TAIL = 300


def run_apart(
    task: CellTask, store: Store, tell: Callable[[str], None] = lambda text: None, module: str = __name__
) -> CellResult:
    """What comes of a cell, evaluated in a child process. `tell` gets a line on each step.

    One that takes longer than the task's time, or ends without a result, has no answer.
    """
    lines = _Lines(tell)
    limits = process.Limits(wall=task.seconds, cpu=0, memory=0, output=0)
    argv = [sys.executable, "-m", module, str(store.root)]
    child = process.Child(
        argv, limits, stdin=process.PIPE, stdout=process.PIPE, stderr=process.PIPE, env=_environment()
    )
    child.drain(
        encode(task), lambda pipe, chunk: lines.take(chunk) if pipe is child.stdout else lines.err(chunk)
    )
    if lines.result is not None and not child.limit:
        return lines.result
    why = child.limit or f"its process ended with status {child.returncode}"
    said = lines.said.decode("utf-8", "replace").strip().splitlines()[-1:]
    reason = ": ".join([why, *said]) if not child.limit else why
    found = CellResult(task.cell, CellState.NO_ANSWER, reason[:_TAIL], task.key, task.identities)
    return found


def _environment() -> dict[str, str]:
    """This process's own, with the harness that it runs, wherever that is."""
    from pathlib import Path

    import harness

    here = str(Path(harness.__file__).parents[1])
    return {
        **os.environ,
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


@dataclass(frozen=True, slots=True)
class _Told:
    """Progress as lines for the parent."""

    pipe: IO[bytes]

    def step(self, text: str) -> None:
        line = " ".join(text.split())
        self.pipe.write(_STEP + line.encode("utf-8", "replace") + b"\n")

    def tick(self, done: int, total: int, what: str) -> None:
        """Steps are enough: the parent counts cells."""


def serve(evaluate: Callable[[CellTask, Store, _Told], CellResult]) -> None:
    """Be such a process: read the task, evaluate it, write the result."""
    from pathlib import Path

    process.exit_on_sigterm()
    task = decode_task(sys.stdin.buffer.read())
    # Whatever else writes to standard output must not come between.
    pipe = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    result = evaluate(task, Store(Path(sys.argv[1])), _Told(pipe))
    pipe.write(_RESULT + encode(result) + b"\n")


if __name__ == "__main__":
    from harness.matrix.evaluate import evaluate

    serve(evaluate)
