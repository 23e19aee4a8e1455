"""The result of a verification: violations, checks that could not be made, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: the file, a function, or one of its records, counted from 0 in the file."""

    function: str = ""
    record: int | None = None
    id: int | None = None

    def __str__(self) -> str:
        parts = [f"function {self.function}"] if self.function else []
        if self.record is not None:
            parts.append(f"record {self.record} (id {self.id})")
        return "".join(f"{part}: " for part in parts)


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that has to be true and is not.

    `known` names the known defect of LLVM, with its case, if that is certain; `what` is then the place.
    """

    place: Subject
    what: str
    known: str = ""

    @property
    def text(self) -> str:
        """The text without the place."""
        return f"{self.known}: {self.what}" if self.known else self.what

    def __str__(self) -> str:
        return f"{self.place}{self.text}"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check that could not be made, and why."""

    place: Subject
    what: str

    @property
    def text(self) -> str:
        """The text without the place."""
        return self.what

    def __str__(self) -> str:
        return f"{self.place}not checked: {self.what}"


Finding = Violation | Unchecked
# How many records with one known defect are listed.
_MOST_NAMED = 8


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings as text: a known defect of several records is one line, in the place of the first."""
    groups: defaultdict[str, list[Violation]] = defaultdict(list)
    for one in findings:
        if isinstance(one, Violation) and one.known:
            groups[one.known].append(one)
    for one in findings:
        if not isinstance(one, Violation) or len(group := groups[one.known]) < 2:
            yield str(one)
        elif one is group[0]:
            yield _together(group)


def _together(group: Sequence[Violation]) -> str:
    named = [f"{one.place}{one.what}" for one in group[:_MOST_NAMED]]
    if len(group) > _MOST_NAMED:
        named.append(f"and {len(group) - _MOST_NAMED} more")
    return f"{group[0].known}, in {len(group)} records: {'; '.join(named)}"


@dataclass(frozen=True, slots=True)
class Verification:
    """All findings on one file, and its numbers of maps, functions and records."""

    file: str
    maps: int
    functions: int
    records: int
    findings: tuple[Finding, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The findings that are wrong."""
        return tuple(one for one in self.findings if isinstance(one, Violation))

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """The checks that could not be made."""
        return tuple(one for one in self.findings if isinstance(one, Unchecked))
