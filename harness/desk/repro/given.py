"""What `harness repro` is given: a file of IR, a lit test, or a report -> the case to run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.crash.text.commands import find_command
from harness.crash.text.invocation import Invocation
from harness.desk.importing.case import read_case
from harness.desk.importing.runnable import RunnableCase
from harness.desk.importing.translate import Reading
from harness.desk.repro.run import Reproducer
from harness.errors import UsageError

_TOOL = re.compile(r"[A-Za-z][\w.+-]*")
_RUN = re.compile(r"^\s*[;#]\s*RUN:", re.M)
_IMPORTED = re.compile(r"^; CRASH: ", re.M)
_ODD = re.compile(r"[^\w-]+")
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


def read_file(name: str, data: bytes, command: str | None = None) -> Given:
    """The case in a file of IR or a lit test; of one that a report was made into, with its failure."""
    if not data.strip():
        raise UsageError(f"{name}: is empty", "give IR, a lit test or a report")
    text = data.decode("utf-8", "replace")
    expected = read_case(text).signature if _IMPORTED.search(text) else None
    case = Reproducer(name.rpartition("/")[2], data, _DEFAULT, expected)
    if command is not None:
        return Given(replace(case, steps=read_command(command)))
    if not _RUN.search(text):
        return Given(case, ("no command in it: llc; --run gives another one",))
    found = find_command(text.split("\n"))
    if not found.steps:
        return Given(case, ("no tool in its RUN lines: llc; --run gives another one",))
    refused = (
        f"{option} of {step.tool} is left out: --run may have it"
        for step in found.steps
        for option in step.refused
    )
    return Given(replace(case, steps=found.steps), tuple(refused))


def take_report(source: str, whole: RunnableCase, reading: Reading, command: str | None = None) -> Given:
    """The case in a report, under the name of its file, with its IR as LLVM reads it."""
    steps = read_command(command) if command is not None else whole.steps
    name = f"{re.sub(_ODD, '-', source.partition('.')[0])}.ll"
    case = Reproducer(name, reading.ir.encode(), steps, whole.case.signature)
    guesses = (f"guessed {one.what}: {one.why}" for one in whole.case.guesses)
    remarks = [*guesses, *(f"made up {one}" for one in (*whole.made_up, *reading.said))]
    if why := reading.refused or reading.unchecked:
        remarks.append(f"it is not known whether LLVM reads the IR: {why}")
    return Given(case, tuple(remarks))
