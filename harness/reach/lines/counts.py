"""How often lines and branches were executed, from the segments of `llvm-cov export` (pure).

A segment is where a region of source begins or ends; until the next one, its count holds. How the counts of
lines follow is `LineCoverageStats` in llvm/lib/ProfileData/Coverage/CoverageMapping.cpp.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from harness.errors import EnvironmentLacksError


@dataclass(frozen=True, slots=True, order=True)
class CoverageSegment:
    """`has_count` is false where nothing can execute (`#if 0`); `gap`: white space between statements."""

    line: int
    column: int
    count: int
    has_count: bool
    is_entry: bool
    gap: bool = False

    @property
    def starts(self) -> bool:
        """Whether code begins here that is counted."""
        return self.is_entry and self.has_count and not self.gap


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition from a place in a line to another (columns from 1), and how often it was true and false."""

    line: int
    column: int
    end_line: int
    end_column: int
    true: int
    false: int


@dataclass(frozen=True, slots=True)
class LineCounts:
    """What is known of one file. `lines` has those that can execute, by number."""

    lines: Mapping[int, int] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    segments: tuple[CoverageSegment, ...] = ()

    def before(self, line: int) -> int | None:
        """How often execution was where a line begins; None if that is known of no code there."""
        at = bisect.bisect_left(self.segments, line, key=lambda segment: segment.line)
        return self.segments[at - 1].count if at and self.segments[at - 1].has_count else None

    def times(self, line: int, column: int) -> int | None:
        """How often the condition or label at a place held; None if there is none that is known."""
        found = [one.true for one in self.conditions if (one.line, one.column) == (line, column)]
        return sum(found) if found else None


def count_lines(segments: Iterable[CoverageSegment]) -> dict[int, int]:
    """The count of every line that code is in, by number. The segments are in the order of the source."""
    found: dict[int, int] = {}
    before: CoverageSegment | None = None
    for line, group in groupby(segments, lambda segment: segment.line):
        here = list(group)
        if before is not None and before.has_count:
            found.update(dict.fromkeys(range(before.line + 1, line), before.count))
        starts = [one for one in here if one.starts]
        is_skipped = here[0].is_entry and not here[0].has_count
        goes_on = before is not None and before.has_count
        if any(one.is_entry and one.has_count for one in here) or (not is_skipped and goes_on):
            counts = [one.count for one in starts] + ([before.count] if before is not None else [])
            found[line] = max(counts, default=0)
        before = here[-1]
    return found


def read_export(record: Any) -> dict[str, LineCounts]:
    """What `llvm-cov export -format=text` says of each file, by the file's name there.

    Raises EnvironmentLacksError if it is not such a record.
    """
    try:
        files = [file for part in record["data"] for file in part["files"]]
        return {file["filename"]: _read_file(file) for file in files}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise EnvironmentLacksError(
            f"llvm-cov wrote something else than coverage: {error!r}", "run without coverage"
        ) from None


def _read_file(file: Any) -> LineCounts:
    segments = tuple(CoverageSegment(*row) for row in file["segments"])
    conditions = [Condition(*row[:6]) for row in file.get("branches", ())]
    # That of a macro is in the macro's text, and is told as one without extent where the macro is used.
    seen = (one for one in conditions if (one.line, one.column) != (one.end_line, one.end_column))
    return LineCounts(count_lines(segments), tuple(seen), segments)
