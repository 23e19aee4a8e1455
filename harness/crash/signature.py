"""Pure: what a tool wrote and how it ended -> the `Signature` that identifies the failure.

One small matcher per kind of crash, tried in order: the tool's own message (an assertion, an unreachable, a
fatal error) identifies a failure better than the signal or limit that ended it. A tool may, for instance, hit
the time limit while it symbolizes the trace of an assertion.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

from harness.crash.address import died_at
from harness.crash.assertion import assertion
from harness.crash.death import Death, Match, location, normalise
from harness.crash.frames import frames
from harness.crash.runtime import cplusplus, heap, sanitizer
from harness.crash.stage import pass_name, target_name
from harness.model import CrashKind, Signature

# A crashing tool prints the reason last; before it there may be megabytes of output.
_TAIL = 1 << 20

# Shells and lit report a child's signal N as status 128 + N. Only signals that a broken tool dies of are
# read so: 129 (SIGHUP) or 255 are as likely a tool's own status.
_SHELL_SIGNALS = frozenset(
    {
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGKILL,
        signal.SIGQUIT,
        signal.SIGSEGV,
        signal.SIGSYS,
        signal.SIGTERM,
        signal.SIGTRAP,
        signal.SIGXCPU,
        signal.SIGXFSZ,
    }
)
_LIMIT_SIGNALS = {
    signal.SIGXCPU: "used too much processor time",
    signal.SIGXFSZ: "wrote too large a file",
}


def signature(stderr_text: str, returncode: int, limit: str = "") -> Signature | None:
    """How a tool died, or None if it did not: status 0, or an error it diagnosed itself.

    `returncode` is as subprocess gives it (negative: a signal) or as a shell does (128 + signal); `limit`
    names the bound the tool was killed for. Never raises, whatever the text.
    """
    if returncode == 0 and not limit:
        return None
    # Split at newlines only: str.splitlines also splits at characters that may be part of a message.
    lines = tuple(line.rstrip("\r") for line in stderr_text[-_TAIL:].split("\n"))
    death = Death(lines, _signal_of(returncode), limit)
    for matcher in _MATCHERS:
        found = matcher(death)
        if found:
            names = _frames(lines) or ((found.function,) if found.function else ())
            stage = pass_name(lines)
            return Signature(
                found.kind,
                found.message,
                found.location,
                names,
                function=found.function,
                stage=stage,
                target=target_name(lines, stage),
                address=died_at(lines) if found.kind is CrashKind.SIGNAL else "",
            )
    return None


def _signal_of(returncode: int) -> int:
    if returncode < 0:
        return -returncode
    return returncode - 128 if returncode - 128 in _SHELL_SIGNALS else 0


def _frames(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Frames below `Stack dump:`, or else anywhere: before 2015 LLVM wrote the trace above that line."""
    start = next((i for i, line in enumerate(lines) if line.startswith("Stack dump")), 0)
    return frames(lines[start:]) or frames(lines)


_UNREACHABLE = re.compile(r"^UNREACHABLE executed(?: at (?P<file>.*):(?P<line>\d+))?!")


def _unreachable(death: Death) -> Match | None:
    hit = death.find(_UNREACHABLE)
    if hit is None:
        return None
    index, match = hit
    place = location(match["file"], match["line"]) if match["file"] else ""
    # llvm_unreachable_internal writes its message, if it has one, as the line before.
    before = normalise(death.lines[index - 1]) if index else ""
    return Match(CrashKind.UNREACHABLE, before or "UNREACHABLE executed", place)


_OUT_OF_MEMORY = re.compile(
    r"^(?:(?:[\w.+-]+-)?LLVM ERROR: out of memory|.*\bstd::bad_alloc\b"
    r"|.*: (?:Cannot|cannot) allocate memory$)"
)


def _out_of_memory(death: Death) -> Match | None:
    return Match(CrashKind.LIMIT, "ran out of memory") if death.find(_OUT_OF_MEMORY) else None


# MachineVerifier names each defect so, then ends with `Found 1 machine code errors.`, which names no defect.
_BAD_MACHINE_CODE = re.compile(r"^\*\*\* (?P<text>Bad machine code: .*?) \*\*\*$")
# Programs with LLVM in them may put their name in front: `rustc-LLVM ERROR: ...`.
_FATAL_ERROR = re.compile(r"^(?:(?:[\w.+-]+-)?LLVM ERROR|.*fatal error: error in backend): (?P<text>.*)$")
_BROKEN = re.compile(r"^(?P<what>Broken (?:module|function) found.*?)(?:, compilation aborted!)?$")


def _fatal_error(death: Death) -> Match | None:
    hit = death.find(_FATAL_ERROR)
    if hit is None:
        return None
    index, match = hit
    text = match["text"]
    if broken := _BROKEN.match(text):
        reason = _verifier_reason(death.lines[:index])
        text = f"{broken['what']}: {reason}" if reason else text
    elif bad := death.find(_BAD_MACHINE_CODE):
        text = bad[1]["text"]
    return Match(CrashKind.FATAL_ERROR, normalise(text) or "LLVM ERROR")


# The verifier (llvm/lib/IR/Verifier.cpp, CheckFailed) prints a line for each defect, then the values it is
# about, with instructions indented. What another part of the tool printed before ends with one of these.
_NO_DEFECT = re.compile(r"^\s*$|^[{}]|^;|^\*\*\*|.*\b(?:warning|error|remark): ")
_VALUE = re.compile(
    r"^(?:\s|[%@!#<{\[]|(?:ptr|void|label|metadata|token|half|float|double|i\d+)\b.*[%@!\d]|in function )"
)


def _verifier_reason(before: tuple[str, ...]) -> str:
    """The first of the verifier's messages just before the fatal error; empty if there is none."""
    start = len(before)
    while start and not _NO_DEFECT.match(before[start - 1]):
        start -= 1
    return next((line for line in before[start:] if not _VALUE.match(line)), "")


def _limit(death: Death) -> Match | None:
    if death.limit:
        return Match(CrashKind.LIMIT, normalise(death.limit) or "a limit")
    for number, message in _LIMIT_SIGNALS.items():
        if death.signal == number:
            return Match(CrashKind.LIMIT, message)
    return None


def _signal(death: Death) -> Match | None:
    if not death.signal:
        return None
    try:
        name = signal.Signals(death.signal).name
    except ValueError:  # a real-time signal, or no signal at all
        name = f"signal {death.signal}"
    return Match(CrashKind.SIGNAL, name)


# gdb and lldb print the signal; the exit status is their own.
_DEBUGGER = re.compile(
    r"^(?:(?:Program|Thread .*?) (?:received|terminated with) signal (?P<gdb>SIG\w+)"
    r"|\* thread #\d+.* stop reason = (?:signal )?(?P<lldb>SIG\w+|EXC_\w+))"
)


def _under_debugger(death: Death) -> Match | None:
    hit = death.find(_DEBUGGER)
    return Match(CrashKind.SIGNAL, hit[1]["gdb"] or hit[1]["lldb"]) if hit else None


_STACK_DUMP = re.compile(r"^(?:Stack dump\b|PLEASE submit a bug report to |\w+Sanitizer:DEADLYSIGNAL)")


def _stack_dump(death: Death) -> Match | None:
    """A tool that crashed inside another one, such as `not`, which turns every crash into status 1."""
    return Match(CrashKind.SIGNAL, "unknown signal") if death.find(_STACK_DUMP) else None


_MATCHERS: tuple[Callable[[Death], Match | None], ...] = (
    assertion,
    _unreachable,
    sanitizer,
    _out_of_memory,
    _fatal_error,
    cplusplus,
    heap,
    _limit,
    _signal,
    _under_debugger,
    _stack_dump,
)
