"""What `harness repro` is given: a file of IR, a lit test, or a report -> the case to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.crash.text.commands import find_command
from harness.crash.text.invocation import Invocation
from harness.desk.case import read_case
from harness.desk.repro import Reproducer
from harness.desk.runnable import make_runnable
from harness.desk.translate import read_with_llvm
from harness.errors import UsageError
from harness.llvm import Toolchain

# What LLVM's tools read as it is; any other text is a report.
SUFFIXES = (".ll", ".mir", ".bc")
_TOOL = re.compile(r"[A-Za-z][\w.+-]*")
_RUN = re.compile(r"^\s*[;#]\s*RUN:", re.M)
_DEFAULT = (Invocation("llc"),)


@dataclass(frozen=True, slots=True)
class Given:
    """The case, and what had to be guessed for it."""

    case: Reproducer
    remarks: tuple[str, ...] = ()


def read_command(text: str, option: str = "--run") -> tuple[Invocation, ...]:
    """The tools of a command such as `opt -O2 | llc -O0`, which reads the input first. Raises UsageError."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|;&<>()")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise UsageError(f"{option} {text}: {error}", "close the quotation") from None
    steps = [_read_step(part, option, text) for part in _split(words)]
    return tuple(steps)


def _split(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in words:
        if word == "|":
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _read_step(words: list[str], option: str, text: str) -> Invocation:
    if odd := next((word for word in words if word and set(word) <= set(";&>()|")), ""):
        raise UsageError(
            f"{option} {text}: `{odd}` is for a shell, and none runs it",
            "name LLVM's tools with their options, joined by |",
        )
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "-o":
            next(rest, "")  # what a tool writes is not looked at
        elif word != "<":
            kept.append(word)
    if not kept or not _TOOL.fullmatch(kept[0]):
        shown = kept[0] if kept else "nothing"
        raise UsageError(
            f"{option} {text}: {shown} is no tool of LLVM", "begin with a plain name, such as llc"
        )
    return Invocation(kept[0], tuple(word for word in kept[1:] if word != "-"))


def read_given(name: str, data: bytes, command: str | None = None) -> Given:
    """The case in a file or a report. Raises UsageError if there is nothing to run."""
    steps = read_command(command) if command is not None else ()
    if name.endswith(SUFFIXES):
        given = _read_file(name.rpartition("/")[2], data, steps)
    else:
        given = _read_report(name, data, steps)
    return given


def _read_file(name: str, data: bytes, steps: tuple[Invocation, ...]) -> Given:
    if not data.strip():
        raise UsageError(f"{name}: is empty", "give IR, a lit test or a report")
    text = data.decode("utf-8", "replace")
    case = Reproducer(name, data, steps or _DEFAULT)
    if steps or not _RUN.search(text):
        remarks = () if steps else ("no command in it: llc; --run gives another one",)
        return Given(case, remarks)
    found = find_command(text.split("\n"))
    refused = tuple(
        f"{option} of {step.tool} is left out: --run may have it"
        for step in found.steps
        for option in step.refused
    )
    if not found.steps:
        return Given(case, ("no tool in its RUN lines: llc; --run gives another one",))
    return Given(replace(case, steps=found.steps), refused)


def _read_report(name: str, data: bytes, steps: tuple[Invocation, ...]) -> Given:
    found = read_case(data.decode("utf-8", "replace"))
    if not found.ir:
        raise UsageError(f"{name}: there is no IR in it", "give the IR in a file of its own, with --run")
    whole = make_runnable(found)
    case = Reproducer("case.ll", whole.ir.encode(), steps or whole.steps, found.signature)
    guessed = (f"{one.what}: {one.why}" for one in whole.case.guesses)
    return Given(case, (*guessed, *(f"made up: {one}" for one in whole.made_up)))


def translate_given(given: Given, toolchain: Toolchain, old: Callable[[], Toolchain]) -> Given:
    """The same with today's IR, if its pointers have types: as LLVM itself translates it."""
    reading = read_with_llvm(given.case.text.decode("utf-8", "replace"), toolchain, old)
    if not reading.translated:
        why = reading.refused or reading.unchecked
        return replace(given, remarks=(*given.remarks, *([f"old IR: {why}"] if why else [])))
    case = replace(given.case, text=reading.ir.encode())
    return Given(case, (*given.remarks, *(f"made up: {one}" for one in reading.said)))
