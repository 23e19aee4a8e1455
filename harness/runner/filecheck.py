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
    """What FileCheck said: its exit code (0: the checks hold), its messages, and the text it was given.

    `limit` names the bound it ran into, as of a program.
    """

    returncode: int
    message: str
    text: str
    limit: str = ""


class OutOfTimeError(BaseException):
    """The processor time is used up. No Exception: nothing on the way may take it for an error of its own."""


# Seconds of grace for what Python interrupts by itself.
_GRACE = 2


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Let the block use so many seconds of this process' processor time. Raises OutOfTimeError in it.

    Only in the main thread. Not every regular expression is interrupted: Python's engine looks for signals
    every 4096 steps of one attempt (Modules/_sre/sre_lib.h), and on a line of 33 MB few steps take minutes.
    Then the kernel ends this process, by SIGXCPU, and whoever started it says why.
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

    `arguments` are those after the program's name; relative files are meant from `cwd`. A FileCheck that
    breaks down raises; lit makes that an UNRESOLVED test.
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
                # As LLVM's does it: the checks fail, the tool is not broken.
                return CheckResult(
                    2, f"Could not open input file '{options.input_file}': {error.strerror}", ""
                )
        code = Matcher(options, FInput(options.input_file, text), Parser.from_opts(options)).run()
    return CheckResult(code, said.getvalue(), text)
