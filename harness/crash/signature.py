"""Pure: what a tool wrote and how it ended -> the `Signature` that identifies the failure.

One small matcher per way to die, tried in order: what the tool says about itself (an assertion, an
unreachable, a fatal error) identifies a failure better than the signal or the limit that ended it. A
crash during symbolising, for instance, may run into the time limit after the assertion was written.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

from harness.crash.frames import frames, function_name
from harness.model import CrashKind, Signature

# A dying tool writes its reason last; what comes before may be megabytes of a runaway's output.
_TAIL = 1 << 20
_LONGEST_LINE = 1 << 16
_LONGEST_MESSAGE = 2000

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


@dataclass(frozen=True, slots=True)
class _Death:
    """What the matchers look at: the lines written, the signal (0: none) and the limit (empty: none)."""

    lines: tuple[str, ...]
    signal: int
    limit: str

    def find(self, pattern: re.Pattern[str]) -> tuple[int, re.Match[str]] | None:
        """The first line that matches, with its index."""
        for index, line in enumerate(self.lines):
            match = pattern.match(line) if len(line) < _LONGEST_LINE else None
            if match:
                return index, match
        return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A matcher's answer. `function`, which an assertion names, is the only frame if there is no trace."""

    kind: CrashKind
    message: str
    location: str = ""
    function: str = ""


def signature(stderr_text: str, returncode: int, limit: str = "") -> Signature | None:
    """How a tool died, or None if it did not: status 0, or an error it diagnosed itself.

    `returncode` is as subprocess gives it (negative: a signal) or as a shell does (128 + signal); `limit`
    names the bound the tool was killed for. Raises nothing, whatever the text.
    """
    if returncode == 0 and not limit:
        return None
    # Split at newlines only: str.splitlines also splits at characters that a message may contain.
    lines = tuple(line.rstrip("\r") for line in stderr_text[-_TAIL:].split("\n"))
    death = _Death(lines, _signal_of(returncode), limit)
    for matcher in _MATCHERS:
        found = matcher(death)
        if found:
            names = _frames(lines) or ((found.function,) if found.function else ())
            return Signature(found.kind, found.message, found.location, names)
    return None


def _signal_of(returncode: int) -> int:
    if returncode < 0:
        return -returncode
    return returncode - 128 if returncode - 128 in _SHELL_SIGNALS else 0


def _frames(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Frames below `Stack dump:`, or else anywhere: before 2015 LLVM wrote the trace above that line."""
    start = next((i for i, line in enumerate(lines) if line.startswith("Stack dump")), 0)
    return frames(lines[start:]) or frames(lines)


# glibc: `llc: File.cpp:12: R f(args): Assertion `e' failed.`; libstdc++ writes no program and quotes 'e'.
_ASSERTION = re.compile(r"^(?P<head>.*?): Assertion [`'](?P<text>.*)' failed\.?\s*$")
_ASSERTION_PLACE = re.compile(r"(?:^|: )(?P<file>[^\s:][^:]*):(?P<line>\d+)(?:: |$)")
# macOS: `Assertion failed: (e), function f, file File.cpp, line 12.`; Windows leaves out the function.
_ASSERTION_BSD = re.compile(
    r"^Assertion failed: (?P<text>.*?)(?:, function .*?)?, file (?P<file>.*?), line (?P<line>\d+)\.?\s*$"
)


def _assertion(death: _Death) -> _Found | None:
    hit = death.find(_ASSERTION)
    if hit:
        message = _clean(hit[1]["text"]) or "assertion failed"
        place = _ASSERTION_PLACE.search(hit[1]["head"])
        if place is None:
            return _Found(CrashKind.ASSERTION, message)
        function = function_name(_clean(hit[1]["head"][place.end() :]))
        return _Found(CrashKind.ASSERTION, message, _location(place["file"], place["line"]), function)
    hit = death.find(_ASSERTION_BSD)
    if hit is None:
        return None
    text = hit[1]["text"]
    # macOS puts the expression into parentheses; the same assertion is the same on every system.
    bare = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return _Found(
        CrashKind.ASSERTION, _clean(bare) or "assertion failed", _location(hit[1]["file"], hit[1]["line"])
    )


_UNREACHABLE = re.compile(r"^UNREACHABLE executed(?: at (?P<file>.*):(?P<line>\d+))?!")


def _unreachable(death: _Death) -> _Found | None:
    hit = death.find(_UNREACHABLE)
    if hit is None:
        return None
    index, match = hit
    location = _location(match["file"], match["line"]) if match["file"] else ""
    # llvm_unreachable_internal writes its message, if it has one, as the line before.
    before = _normalise(death.lines[index - 1]) if index else ""
    return _Found(CrashKind.UNREACHABLE, before or "UNREACHABLE executed", location)


_OUT_OF_MEMORY = re.compile(
    r"^(?:LLVM ERROR: out of memory|.*\bstd::bad_alloc\b|.*: (?:Cannot|cannot) allocate memory$)"
)


def _out_of_memory(death: _Death) -> _Found | None:
    return _Found(CrashKind.LIMIT, "ran out of memory") if death.find(_OUT_OF_MEMORY) else None


# MachineVerifier names each defect so, then ends with `Found 1 machine code errors.`, which names none.
_BAD_MACHINE_CODE = re.compile(r"^\*\*\* (?P<text>Bad machine code: .*?) \*\*\*$")
_FATAL_ERROR = re.compile(r"^(?:LLVM ERROR|.*fatal error: error in backend): (?P<text>.*)$")


def _fatal_error(death: _Death) -> _Found | None:
    hit = death.find(_FATAL_ERROR)
    if hit is None:
        return None
    hit = death.find(_BAD_MACHINE_CODE) or hit
    return _Found(CrashKind.FATAL_ERROR, _normalise(hit[1]["text"]) or "LLVM ERROR")


def _limit(death: _Death) -> _Found | None:
    if death.limit:
        return _Found(CrashKind.LIMIT, _normalise(death.limit) or "a limit")
    for number, message in _LIMIT_SIGNALS.items():
        if death.signal == number:
            return _Found(CrashKind.LIMIT, message)
    return None


def _signal(death: _Death) -> _Found | None:
    if not death.signal:
        return None
    try:
        name = signal.Signals(death.signal).name
    except ValueError:  # a real-time signal, or no signal at all
        name = f"signal {death.signal}"
    return _Found(CrashKind.SIGNAL, name)


_STACK_DUMP = re.compile(r"^(?:Stack dump\b|PLEASE submit a bug report to )")


def _stack_dump(death: _Death) -> _Found | None:
    """A tool that died inside another one, such as `not`, which turns every death into status 1."""
    return _Found(CrashKind.SIGNAL, "unknown signal") if death.find(_STACK_DUMP) else None


_MATCHERS: tuple[Callable[[_Death], _Found | None], ...] = (
    _assertion,
    _unreachable,
    _out_of_memory,
    _fatal_error,
    _limit,
    _signal,
    _stack_dump,
)


_ADDRESS = re.compile(r"\b0x[0-9A-Fa-f]{6,}")
_DIRECTORIES = re.compile(r"(?<![\w./~-])~?/(?:[^\s/'\"`:,;()<>]+/)+(?=[^\s/'\"`:,;()<>])")
_PROCESS = re.compile(r"\b(pid|PID|process) \d+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def _clean(text: str) -> str:
    """One line of at most 2,000 characters, without control characters."""
    return _CONTROL.sub(" ", text).strip()[:_LONGEST_MESSAGE].rstrip()


def _normalise(text: str) -> str:
    """A message free of what differs between two runs of one failure: addresses, directories, pids.

    Numbers that mean something stay (registers, sizes, `0xff`). Assertions are source text and need none
    of this. Idempotent.
    """
    before = None
    while text != before:  # one replacement may lay bare another; each takes digits or slashes away
        before = text
        text = _ADDRESS.sub("0x...", _DIRECTORIES.sub("", _clean(text)))
        text = _clean(_PROCESS.sub(r"\1 ...", text))
    return text


_OF_LLVM = re.compile(r"^(?:.*/)?llvm/(?P<path>(?:lib|include|tools)/.*)$")
_LAST = re.compile(r"^(?:.*/)?(?P<path>(?:lib|include|tools)/.*)$")


def _location(file: str, line: str) -> str:
    """`lib/Target/X86/X86MCInstLower.cpp:1092`: from LLVM's own folder on; else the bare file name."""
    file = _clean(file.replace("\\", "/"))
    match = _OF_LLVM.match(file) or _LAST.match(file)
    return f"{match['path'] if match else file.rpartition('/')[2]}:{line}"
