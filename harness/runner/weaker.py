"""Pure: what the new text of a test no longer does that the old one did: programs run, check lines.

It compares texts and proves nothing: a check line may say less than before. Running the test shows what it
notices; what counts here is what it does not even try.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator

from harness.runner import testfile

# `DEFINE: %{name} = llc ...`: lit's way to share a part of RUN lines.
_DEFINITION = re.compile(r"\b(?:RE)?DEFINE:[^=\n]*=(?P<command>.*)")
_ENDS = frozenset({"|", "|&", "&&", "||", ";"})
_ASSIGNMENT = re.compile(r"\w+=")
# What stands before the program that matters, and options of it.
_PREFIXES = frozenset({"not", "!", "env", "time"})
# They check nothing and run nothing of LLVM: a test may prepare its input in another way.
_HELPERS = frozenset(
    {
        "",
        ":",
        "cat",
        "cd",
        "chmod",
        "cp",
        "echo",
        "export",
        "false",
        "ln",
        "ls",
        "mkdir",
        "mv",
        "printf",
        "rm",
    }
    | {"rmdir", "sed", "split-file", "tail", "head", "test", "touch", "tr", "true", "yes"}
)


def fewer_runs(old: str, new: str) -> str:
    """What the new text runs less often, as a phrase; empty if nothing."""
    if old == new:
        return ""
    lost = Counter(_programs(old)) - Counter(_programs(new))
    return f"runs {', '.join(sorted(lost))} less often than before" if lost else ""


def fewer_checks(old: str, new: str) -> str:
    """How many check lines fewer the new text has, as a phrase; empty if it has as many."""
    if old == new:
        return ""
    before, after = (len(testfile.parse(text).directives) for text in (old, new))
    return f"has {after} check lines, before {before}" if after < before else ""


def _programs(text: str) -> Iterator[str]:
    """The programs of a test's RUN lines whose exit status counts."""
    defined = (found["command"] for found in _DEFINITION.finditer(text))
    for run in (*testfile.parse(text).runs, *(testfile.command(line) for line in defined)):
        yield from _of_line(list(run.words or run.command.split()))


def _of_line(words: list[str]) -> Iterator[str]:
    """The programs of one line that must succeed: not `a` in `a; b`, and neither in `a || b`."""
    if "||" in words:
        return
    start = len(words) - words[::-1].index(";") if ";" in words[:-1] else 0
    command: list[str] = []
    for word in (*words[start:], ";"):
        if word not in _ENDS:
            command.append(word)
            continue
        program = _program(command)
        if program not in _HELPERS:
            yield program
        command = []


def _program(command: list[str]) -> str:
    """`not --crash env A=1 /bin/llc x` -> `llc`; a FileCheck that must fail counts as `not FileCheck`."""
    for word in command:
        if word not in _PREFIXES and not word.startswith("-") and not _ASSIGNMENT.match(word):
            name = posixpath.basename(word)
            return f"not {name}" if name == "FileCheck" and {"not", "!"}.intersection(command) else name
    return ""
