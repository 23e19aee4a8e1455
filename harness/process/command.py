"""Running a program to its end: its output collected, or handed over line by line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.process.child import DEVNULL, PIPE, STDOUT, Child
from harness.process.jail import Jail
from harness.process.limits import BUILD_LIMITS, TOOL_LIMITS, Limits
from harness.process.sandbox import start_enclosed

# How much of a stream is kept, and how long a line of it may be.
_TAIL = 65536


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished child. `returncode` is negative for a signal; `limit` names the bound it ran into."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    elapsed: float
    limit: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.returncode == 0 and not self.limit

    @property
    def text(self) -> str:
        """Standard output and standard error as text, bytes that are not UTF-8 replaced."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


def _child(
    argv: Sequence[str | Path],
    limits: Limits,
    cwd: Path | None,
    env: Mapping[str, str | None] | None,
    jail: Jail | None,
    **streams: Any,
) -> Child:
    words = [str(word) for word in argv]
    if jail is not None:
        return start_enclosed(words, jail, limits, cwd=cwd, env=env or {}, stdout=PIPE, **streams)
    merged = {**os.environ, **(env or {})}
    given = {name: value for name, value in merged.items() if value is not None}
    return Child(words, limits, cwd=cwd, env=given, stdout=PIPE, **streams)


def _completed(argv: Sequence[str | Path], child: Child, out: bytes, err: bytes, start: float) -> Completed:
    elapsed = time.monotonic() - start
    return Completed(tuple(map(str, argv)), child.returncode, out, err, elapsed, child.limit)


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
    limits: Limits = TOOL_LIMITS,
    jail: Jail | None = None,
) -> Completed:
    """Run a program to its end and collect its output. Raises FileNotFoundError if it does not exist.

    `env` is added to the environment of this process, or to that of the `jail`; a variable that is None is
    taken out of it. Without a jail the program has all of the user's rights.
    """
    start = time.monotonic()
    child = _child(argv, limits, cwd, env, jail, stdin=PIPE, stderr=PIPE)
    out, err = child.communicate(stdin)
    return _completed(argv, child, out, err, start)


def stream(
    argv: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    limits: Limits = BUILD_LIMITS,
    jail: Jail | None = None,
) -> Completed:
    """Run a program and pass on each line that it writes, on either stream, as it comes.

    Returns what `run` does; `stdout` holds the last 64 KiB of both streams together.
    """
    start = time.monotonic()
    child = _child(argv, limits, cwd, env, jail, stdin=DEVNULL, stderr=STDOUT)
    tail = rest = b""

    def take(_pipe: IO[bytes], chunk: bytes) -> None:
        nonlocal tail, rest
        tail = (tail + chunk)[-_TAIL:]
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _TAIL:  # no program of a build writes such a line; it must not fill our memory
            lines, rest = [*lines, rest], b""
        for line in lines:
            on_line(line.decode("utf-8", "replace"))

    child.drain(b"", take)
    if rest:
        on_line(rest.decode("utf-8", "replace"))
    return _completed(argv, child, tail, b"", start)
