"""The parts of a lit test that a linter asks about: RUN commands, FileCheck calls, check lines. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What LLVM's FileCheck allows after a prefix, besides COUNT-<n>.
SUFFIXES = ("NEXT", "SAME", "NOT", "DAG", "LABEL", "EMPTY")

_RUN = re.compile(r"\bRUN:(?P<command>.*)")
_DIRECTIVE = (
    r"(?<![\w-])(?P<prefix>{prefixes})(?:-(?P<suffix>{suffixes}|COUNT-\d+))?"
    r"(?P<literal>\{{LITERAL\}})?:(?P<text>.*)"
)


@dataclass(frozen=True, slots=True)
class RunLine:
    """One command of the test, continuation lines joined; `broken` says why it cannot be split into words."""

    line: int
    command: str
    words: tuple[str, ...]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class CheckCall:
    """One call of FileCheck: its options' names, without dashes and values, and the prefixes it reads."""

    line: int
    options: tuple[str, ...]
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """One check line. `suffix` is "", "NEXT", "COUNT-3" …; `before` is what stands left of the prefix."""

    line: int
    prefix: str
    suffix: str
    literal: bool
    text: str
    before: str

    @property
    def name(self) -> str:
        """The directive as it is written, without its colon."""
        return f"{self.prefix}-{self.suffix}" if self.suffix else self.prefix


@dataclass(frozen=True, slots=True)
class TestText:
    """A test file, parsed. `directives` are those of any prefix that a FileCheck call names, in order."""

    __test__ = False  # not a pytest class

    lines: tuple[str, ...]
    ends_with_newline: bool
    runs: tuple[RunLine, ...]
    checks: tuple[CheckCall, ...]
    directives: tuple[Directive, ...]

    def of(self, prefixes: Sequence[str]) -> list[Directive]:
        """The check lines of these prefixes, in order."""
        return [d for d in self.directives if d.prefix in prefixes]


def parse(text: str) -> TestText:
    """Parse a test file; nothing in it is an error here."""
    # Not splitlines(): for FileCheck, a form feed does not end a line.
    lines = tuple(text.removesuffix("\n").split("\n"))
    runs = tuple(_run_lines(lines))
    checks = tuple(call for run in runs for call in _check_calls(run))
    prefixes = sorted({p for call in checks for p in call.prefixes}, key=lambda p: (-len(p), p))
    directives = tuple(_directives(lines, prefixes)) if prefixes else ()
    return TestText(lines, text.endswith("\n"), runs, checks, directives)


def _run_lines(lines: Sequence[str]) -> Iterator[RunLine]:
    start, command = 0, ""
    for number, line in enumerate(lines, 1):
        found = _RUN.search(line)
        if found is None:
            continue
        start = start or number
        part = found["command"].strip()
        if part.endswith("\\"):
            command += part[:-1]
            continue
        yield _run_line(start, command + part)
        start, command = 0, ""
    if start:
        yield _run_line(start, command)


def command(text: str) -> RunLine:
    """A command by itself, such as the value of a DEFINE line."""
    return _run_line(0, text.strip())


def _run_line(line: int, command: str) -> RunLine:
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return RunLine(line, command, tuple(lexer))
    except ValueError as error:
        return RunLine(line, command, (), str(error))


def _check_calls(run: RunLine) -> Iterator[CheckCall]:
    segment: list[str] = []
    for word in (*run.words, ";"):
        if word and not word.strip("|&;"):
            if "FileCheck" in segment:
                yield _check_call(run.line, segment[segment.index("FileCheck") + 1 :])
            segment = []
        else:
            segment.append(word)


def _check_call(line: int, words: Sequence[str]) -> CheckCall:
    options: list[str] = []
    prefixes: list[str] = []
    pending = ""
    for word in words:
        if pending:
            prefixes.extend(word.split(","))
            pending = ""
        elif word.startswith("-") and word != "-":
            name, equals, value = word.lstrip("-").partition("=")
            options.append(name)
            if name in {"check-prefix", "check-prefixes"}:
                prefixes.extend(value.split(",") if equals else [])
                pending = "" if equals else name
    return CheckCall(line, tuple(options), tuple(prefixes) or ("CHECK",))


def _directives(lines: Sequence[str], prefixes: Sequence[str]) -> Iterator[Directive]:
    pattern = re.compile(
        _DIRECTIVE.format(prefixes="|".join(map(re.escape, prefixes)), suffixes="|".join(SUFFIXES))
    )
    for number, line in enumerate(lines, 1):
        found = pattern.search(line)
        if found is None or _RUN.search(line):
            continue
        yield Directive(
            number,
            found["prefix"],
            found["suffix"] or "",
            found["literal"] is not None,
            found["text"].strip(),
            line[: found.start()],
        )
