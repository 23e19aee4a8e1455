"""Patch coverage: which of the lines and branches that a series adds its tests execute. Values only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A line that a series adds and that can execute, by its number in the patched file.

    `count`: how often tests did; the counters of clang, where 0 is certain.
    """

    number: int
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class AddedBranch:
    """A condition in an added line, as the source writes it, and how often it was true and false."""

    number: int
    condition: str
    true: int
    false: int

    @property
    def lacking(self) -> str:
        """The one value that it never had, though it was evaluated: `true`, `false`, or empty."""
        if bool(self.true) == bool(self.false):
            return ""
        return "false" if self.true else "true"


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """The executable lines that a series adds to a file, by its path from the top of llvm-project."""

    path: str
    lines: tuple[AddedLine, ...]
    branches: tuple[AddedBranch, ...] = ()


@dataclass(frozen=True, slots=True)
class PatchCoverage:
    """What tests executed of a series' lines.

    `files` are those that were compiled to count, sorted by path. `unknown` are files of which nothing is
    known, each `path: why`. `trouble` says why nothing was measured at all; empty if it was.
    """

    files: tuple[FileCoverage, ...] = ()
    unknown: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def total(self) -> int:
        """How many added lines can execute."""
        return sum(len(file.lines) for file in self.files)

    @property
    def covered(self) -> int:
        """How many of them some test executed."""
        return self.total - sum(1 for _ in self.missed)

    @property
    def percent(self) -> int | None:
        """`covered` of `total`, rounded down: 100 is all; None if no line can execute or nothing is known."""
        return 100 * self.covered // self.total if self.total else None

    @property
    def missed(self) -> Iterator[tuple[str, AddedLine]]:
        """The lines that no test executed, with the paths of their files."""
        return ((file.path, line) for file in self.files for line in file.lines if not line.count)

    @property
    def one_sided(self) -> Iterator[tuple[str, AddedBranch]]:
        """The conditions that were only ever true, or only ever false, with the paths of their files."""
        return ((file.path, one) for file in self.files for one in file.branches if one.lacking)
