"""PyPI's filecheck inside this process: a process of its own costs more than most tests do."""

from __future__ import annotations

import contextlib
import io
import math
import resource
import signal
import time
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.process import TOOL_LIMITS


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How FileCheck ended: its exit code (0: the checks hold), its messages, and its input.

    `limit` names the bound that it reached, as for a program.
    """

    returncode: int
    message: str
    text: str
    limit: str = ""


class OutOfTimeError(BaseException):
    """The processor time is used up. Not an Exception: no handler may take it for its own error."""


# Seconds for Python to interrupt the block itself.
_GRACE = 2


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Let the block use so many seconds of this process' processor time. Raises OutOfTimeError in it.

    Only in the main thread. Python's engine for regular expressions looks for signals every 4096 steps of one
    attempt (Modules/_sre/sre_lib.h), and on a line of 33 MB a few steps take minutes. Then the kernel ends
    this process by SIGXCPU, and its parent reports why.
    """

    def over(_signum: int, _frame: types.FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGPROF, over)
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(time.process_time()) + seconds + _GRACE
    try:
        resource.setrlimit(
            resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )
        signal.setitimer(signal.ITIMER_PROF, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
        signal.signal(signal.SIGPROF, before)


def check(arguments: Sequence[str], stdin: str | None, cwd: Path, cpu: int = TOOL_LIMITS.cpu) -> CheckResult:
    """Run FileCheck on `stdin`, or on the file of --input-file if there is one, for at most `cpu` seconds.

    `arguments` are those after the program's name; relative paths start at `cwd`. An exception in FileCheck
    passes through; lit makes that an UNRESOLVED test.
    """
    try:
        with within(cpu):
            return _check(arguments, stdin, cwd)
    except OutOfTimeError:
        limit = f"used more than {cpu} s of processor time"
        return CheckResult(2, f"harness: FileCheck was stopped: it {limit}\n", stdin or "", limit)


def _check(arguments: Sequence[str], stdin: str | None, cwd: Path) -> CheckResult:
    from filecheck.finput import FInput
    from filecheck.matcher import Matcher
    from filecheck.options import parse_argv_options
    from filecheck.parser import Parser

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        options = parse_argv_options(["FileCheck", *arguments])
        options.match_filename = str(cwd / options.match_filename)
        if options.input_file == "-":
            text = stdin or ""
        else:
            options.input_file = str(cwd / options.input_file)
            try:
                text = Path(options.input_file).read_bytes().decode("utf-8", "replace")
            except OSError as error:
                # As in LLVM's FileCheck: the checks fail, the tool works.
                return CheckResult(
                    2, f"Could not open input file '{options.input_file}': {error.strerror}", ""
                )
        code = Matcher(options, FInput(options.input_file, text), Parser.from_opts(options)).run()
    return CheckResult(code, said.getvalue(), text)
