"""Pure: whether two signatures are one failure, and why.

Both need the same kind and, but for what releases print differently, the same message. What else they need
depends on what the message identifies (`commonplace.Scope`). A missing trace is no difference: what cannot be
told apart, and is not known to be one failure, is `related`.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import partial

from harness.crash.commonplace import Scope, phase, scope, serves_targets, source_file, telling
from harness.model import CrashKind, Signature


class Degree(enum.Enum):
    """`RELATED`: nothing tells them apart, and too little is known to call them one failure."""

    SAME = "same"
    RELATED = "related"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Similarity:
    """How far two failures are one, with a few words that say why."""

    degree: Degree
    why: str


class _Evidence(enum.Enum):
    AGREES = "agrees"
    UNKNOWN = "unknown"
    CONFLICTS = "conflicts"


# Inlining hides so many frames in a row, at most.
_MOST_INLINED = 6


def compare_signatures(one: Signature, other: Signature) -> Similarity:
    """Whether two failures are one: the same degree whichever comes first."""
    if one.kind is CrashKind.LIMIT is other.kind:
        return _of_limit(one, other)
    place, where = _compare_places(one, other)
    if one.kind is not other.kind:
        return _of_kinds(one, other, place, where)
    if _key(one) != _key(other) and _UNKNOWN not in {one.message, other.message}:
        if one.kind is CrashKind.SIGNAL:
            return Similarity(Degree.DIFFERENT, "another signal")
        if place is not _Evidence.AGREES:
            return Similarity(Degree.DIFFERENT, "another message")
        # A number in an assertion is the source's own.
        plain = (lambda text: text) if one.kind is CrashKind.ASSERTION else partial(_NUMBER.sub, "N")
        short, long = sorted((plain(_key(side)) for side in (one, other)), key=len)
        if not long.startswith(short):  # a release may say more than another
            return Similarity(Degree.RELATED, f"another message in the same place, {where}")
    needs = max(scope(one), scope(other), key=list(Scope).index)
    rule = {Scope.BUG: _of_bug, Scope.TARGET: _of_target, Scope.PLACE: _of_place}[needs]
    return rule(one, other, place, where)


def tells(one: Signature) -> bool:
    """Whether a signature has what identifies a failure: frames, a message of its own, or a target."""
    if one.kind is CrashKind.LIMIT:
        return bool(one.stage)
    needs = scope(one)
    places = telling(one.frames) or _asserting(one)
    return bool(
        needs is Scope.BUG
        or places
        or (needs is Scope.PLACE and one.address)
        or (needs is Scope.TARGET and one.target)
    )


def _of_kinds(one: Signature, other: Signature, place: _Evidence, where: str) -> Similarity:
    """Without assertions, LLVM dies of the same bug in another way, and mostly in another place."""
    kinds = f"{one.kind.value} and {other.kind.value}"
    elsewhere = place is not _Evidence.AGREES or CrashKind.LIMIT in {one.kind, other.kind}
    if elsewhere or (_differ(one.target, other.target) and serves_targets(where, CrashKind.SIGNAL)):
        return Similarity(Degree.DIFFERENT, kinds)
    return Similarity(Degree.RELATED, f"{kinds} in {where}")


def _of_limit(one: Signature, other: Signature) -> Similarity:
    """Where a tool was when it reached a limit is chance: the trace tells nothing."""
    if one.message != other.message:
        return Similarity(Degree.DIFFERENT, "another limit")
    if _differ(one.target, other.target):
        return Similarity(Degree.DIFFERENT, _for_both(one, other))
    if one.stage and one.stage == other.stage:
        return Similarity(Degree.SAME, f"the same limit in {one.stage}")
    return Similarity(Degree.RELATED, "the same limit, perhaps for another reason")


def _of_bug(one: Signature, other: Signature, place: _Evidence, _where: str) -> Similarity:
    """The message says enough, but its text may be in two functions, in two files, or for two targets."""
    functions = _asserting(one), _asserting(other)
    if all(functions) and functions[0] != functions[1]:
        return Similarity(Degree.DIFFERENT, f"in {functions[0][0]} and in {functions[1][0]}")
    if place is not _Evidence.AGREES:
        files = source_file(one), source_file(other)
        if all(files) and files[0] != files[1]:
            return Similarity(Degree.DIFFERENT, f"in {files[0]} and in {files[1]}")
        if one.kind is CrashKind.FATAL_ERROR and _differ(one.target, other.target):
            return Similarity(Degree.DIFFERENT, _for_both(one, other))
    return Similarity(Degree.SAME, "the same message")


def _of_target(one: Signature, other: Signature, place: _Evidence, where: str) -> Similarity:
    if _differ(one.target, other.target):
        return Similarity(Degree.DIFFERENT, _for_both(one, other))
    if place is _Evidence.CONFLICTS:
        return Similarity(Degree.DIFFERENT, where)
    if place is _Evidence.UNKNOWN and not (one.target and other.target):
        return Similarity(Degree.RELATED, "a common message, for a target that is not known")
    return Similarity(Degree.SAME, "the same message for the same target")


def _of_place(one: Signature, other: Signature, place: _Evidence, where: str) -> Similarity:
    if place is _Evidence.CONFLICTS:
        return Similarity(Degree.DIFFERENT, where)
    if place is _Evidence.AGREES:
        if _differ(one.target, other.target) and serves_targets(where, one.kind):
            return Similarity(Degree.DIFFERENT, f"in {where}, {_for_both(one, other)}")
        return Similarity(Degree.SAME, f"in {where}")
    if _differ(_pass(one), _pass(other)):
        return Similarity(Degree.DIFFERENT, f"in {one.stage} and in {other.stage}")
    below = f"{where}, both called by one function"
    found = Similarity(Degree.RELATED, below if where else "a common message, and a side without a trace")
    if _differ(one.target, other.target):
        found = Similarity(Degree.DIFFERENT, _for_both(one, other))
    elif one.address and one.address == other.address:
        found = Similarity(Degree.SAME, f"at {one.address}")
    return found


def _for_both(one: Signature, other: Signature) -> str:
    return f"for {one.target} and for {other.target}"


def _compare_places(one: Signature, other: Signature) -> tuple[_Evidence, str]:
    """Whether they died in the same function: that function, or both.

    The function in an assertion's text is the source's, whatever was inlined. One side's innermost frame may
    be further out on the other side: what is below it there was inlined here, or has no name.
    """
    mine, its = _asserting(one), _asserting(other)
    if mine and its:
        hidden = [0] if mine == its else []
    else:
        mine, its = telling(one.frames), telling(other.frames)
        if not (mine and its):
            mine, its = ((part,) if (part := phase(side.frames)) else () for side in (one, other))
            if mine == its or not (mine and its):
                return _Evidence.UNKNOWN, ""
        hidden = _hidden(mine, its)
    if hidden and min(hidden) <= _MOST_INLINED:
        return _Evidence.AGREES, its[0] if its[0] in mine else mine[0]
    where = f"in {mine[0]} and in {its[0]}"
    # Without assertions, LLVM runs past the end of a function and into the one that the linker put there.
    if one.kind is CrashKind.SIGNAL and any(
        _hidden(a, b) for a, b in ((mine[1:], its), (mine, its[1:]), (mine[1:], its[1:])) if a and b
    ):
        return _Evidence.UNKNOWN, where
    return _Evidence.CONFLICTS, where


def _asserting(one: Signature) -> tuple[str, ...]:
    """The function in an assertion's text, if it has its class (not on macOS) and is no lambda."""
    return telling((one.function,)) if "::" in one.function and not _LAMBDA.search(one.function) else ()


def _hidden(mine: tuple[str, ...], its: tuple[str, ...]) -> list[int]:
    """How many frames one side has more, if the innermost one of the other is among its own."""
    return [a.index(b[0]) for a, b in ((mine, its), (its, mine)) if b[0] in a]


def _differ(one: str, other: str) -> bool:
    """Whether both are known, and not the same."""
    return bool(one and other) and one != other


def _pass(one: Signature) -> str:
    """A pass without its target, which LLVM 16 calls `RISCV DAG->DAG` and LLVM 19 `RISC-V DAG->DAG`."""
    name = re.sub(r"[^a-z0-9]", "", one.stage.lower())
    return name.removeprefix(one.target).removeprefix("dagdag").removeprefix("pattern")


_LAMBDA = re.compile(r"\blambda\b|::operator\(\)|\(anonymous class\)|::<")
_NUMBER = re.compile(r"\d+")
# A stack dump that does not say of what the program died.
_UNKNOWN = "unknown signal"
# As lldb calls them.
_SIGNALS = {
    "EXC_BAD_ACCESS": "SIGSEGV",
    "EXC_BAD_INSTRUCTION": "SIGILL",
    "EXC_ARITHMETIC": "SIGFPE",
    "EXC_BREAKPOINT": "SIGTRAP",
    "EXC_CRASH": "SIGABRT",
}
# Casting.h's `isa<X>(Val) && "cast<Ty>() ..."`, which today is `isa<To>(Val) && ...`.
_CASTS = re.compile(r"^isa<\w+>\((?=Val\))")
_SELECT = re.compile(r"cannot select: (?:\S+: )?(?P<types>\S+) = (?P<opcode>[\w:.]+)")
# `(in function: f)`; names in quotes; global names; typed pointers, which LLVM 17 prints as `ptr`.
_WRITTEN = (
    (re.compile(r" \(in function: .*\)$"), ""),
    (re.compile(r'"[^"]*"'), '""'),
    (re.compile(r"@[\w.$-]+"), "@"),
    (re.compile(r"(?:\b[\w.]+|\[[^][]*\]|\{[^{}]*\}|<[^<>]*>)(?: addrspace\(\d+\))?\*+"), "ptr"),
)


def _key(one: Signature) -> str:
    """What has to be equal of two messages. Releases write fatal errors in different ways."""
    if one.kind is CrashKind.SIGNAL:
        return _SIGNALS.get(one.message, one.message)
    if one.kind is not CrashKind.FATAL_ERROR:
        return _CASTS.sub("isa<>(", one.message)
    text = one.message.lower()
    if match := _SELECT.match(text):
        return f"cannot select: {match['types']} = {match['opcode']}"
    for pattern, plain in _WRITTEN:
        text = pattern.sub(plain, text)
    return text.rstrip(" .!")
