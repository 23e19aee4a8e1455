"""Patch coverage from what a series adds and what was executed (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.coverage import AddedBranch, AddedLine, FileCoverage, PatchCoverage
from harness.reach.lines.counts import Condition, LineCounts
from harness.reach.lines.executable import find_inert

NOT_COMPILED = "no unit that is compiled here reads it"
NOT_COUNTED = "TableGen's input is not counted"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class AddedText:
    """A patched file, and the numbers of the lines in it that a series added."""

    text: str
    added: frozenset[int]


def join(
    added: Mapping[str, AddedText], counts: Mapping[str, LineCounts], compiled: Iterable[str]
) -> PatchCoverage:
    """The coverage of what a series adds, by path. `compiled` are the files that the counted units read.

    A file without counts that was compiled has nothing that executes: declarations, say.
    """
    read = frozenset(compiled)
    files, unknown = [], []
    for path, one in sorted(added.items()):
        if path in read:
            files.append(_join_file(path, one, counts.get(path, LineCounts())))
        else:
            unknown.append(f"{path}: {NOT_COUNTED if path.endswith('.td') else NOT_COMPILED}")
    return PatchCoverage(tuple(files), tuple(unknown))


def _join_file(path: str, one: AddedText, counts: LineCounts) -> FileCoverage:
    inert = find_inert(one.text)
    text = one.text.split("\n")
    numbers = sorted((one.added & counts.lines.keys()) - inert)
    # The text of a line says something where it was not executed.
    lines = tuple(AddedLine(n, count := counts.lines[n], "" if count else text[n - 1]) for n in numbers)
    mine = [one for one in counts.conditions if one.line in numbers and not _is_label(one, text)]
    branches = {
        AddedBranch(one.line, _source(one, text), one.true, one.false)
        for one in sorted(mine, key=lambda c: (c.line, c.column))
    }
    return FileCoverage(path, lines, tuple(sorted(branches, key=lambda b: (b.number, b.condition))))


def _source(condition: Condition, text: list[str]) -> str:
    """The condition as it is written, in one line."""
    lines = text[condition.line - 1 : condition.end_line]
    lines[-1] = lines[-1][: condition.end_column - 1]
    lines[0] = lines[0][condition.column - 1 :]
    source = " ".join(" ".join(lines).split())
    return source if len(source) <= _SHOWN else f"{source[: _SHOWN - 3]}..."


def _is_label(condition: Condition, text: list[str]) -> bool:
    """Whether it is a label of a switch, whose line has a count of its own."""
    return text[condition.line - 1][condition.column - 1 :].startswith(("case ", "default"))
