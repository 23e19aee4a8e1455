"""What a verification comes to: violations, what could not be checked, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
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
    """Something that must hold and does not."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}{self.what}"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A check that could not be made, and why."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}not checked: {self.what}"


Finding = Violation | Unchecked


@dataclass(frozen=True, slots=True)
class Verification:
    """All findings on one file, which has so many functions and records in so many maps."""

    file: str
    maps: int
    functions: int
    records: int
    findings: tuple[Finding, ...]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The findings that say no."""
        return tuple(one for one in self.findings if isinstance(one, Violation))

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """The findings that say nothing."""
        return tuple(one for one in self.findings if isinstance(one, Unchecked))
