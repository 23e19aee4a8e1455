"""A series applied to a copy of the source, and what is reported of one that no test ran for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from harness.builders.effect import Effect
from harness.builders.request import CompileError, Side
from harness.errors import HarnessError
from harness.model import Series, SeriesKind
from harness.patch import Change
from harness.report.record import BuildNote, NoEffect, SeriesReport
from harness.series.blame import Written, blame


@dataclass(frozen=True, slots=True)
class Patched:
    """One series applied to a copy of the source: what it changes, with digests of the new content.

    `notes` are remarks of applying it, `tools` those that the tests it brings, changes or deletes name,
    `effect` what its files tell of what may come of it.
    `written` are the lines of the copy that its patches wrote, `patches` the names of these.
    """

    series: Series
    side: Side
    changes: tuple[Change, ...]
    content: dict[str, str]
    notes: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
    effect: Effect = field(default_factory=Effect)
    written: Written = field(default_factory=dict)
    patches: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say of how it was read and applied, and of its parts."""
        return (*self.series.remarks, *self.notes, *self.effect.remarks)

    @property
    def must_show(self) -> bool:
        """Whether it says of tests what it does to them, or is a mistake that tests have to notice."""
        return bool(self.series.claims) or self.series.kind is SeriesKind.MUTANT

    def seeming(self, units: Collection[str]) -> tuple[str, ...]:
        """What its files tell of code that is not judged, less what is compiled nevertheless: unit tests."""
        return tuple(line for line in self.effect.unjudged if line.partition(": ")[0] not in units)

    def told(self, unjudged: Iterable[str]) -> tuple[str, ...]:
        """Of what a build says that may serve other series too, `path: why`, that on this one."""
        return tuple(line for line in unjudged if line.partition(": ")[0] in self.content)


@dataclass(frozen=True, slots=True)
class Same:
    """Base and patched are the same code, and `why` that is known.

    `unjudged` is that of the series' report; `whole`: what of it is LLVM's own was compiled.
    """

    why: str
    unjudged: tuple[str, ...] = ()
    whole: bool = True


def failed(
    series: Series,
    error: HarnessError,
    remarks: Sequence[str] | None = None,
    notes: Sequence[BuildNote] = (),
) -> SeriesReport:
    """The report on a series that came to nothing. `remarks` are its own unless there are more."""
    told = series.remarks if remarks is None else tuple(remarks)
    return SeriesReport(
        *(series.name, series.title, series.kind), error=str(error), builds=tuple(notes), remarks=told
    )


def no_effect(patched: Patched, same: Same | None) -> NoEffect | None:
    """That there is none, if all that the series changes was looked at."""
    if same is None or not same.whole:
        return None
    return NoEffect(same.why, patched.effect.meant)


def untested(patched: Patched, same: Same | None, notes: Sequence[BuildNote] = ()) -> SeriesReport:
    """The report on a series that no test is about: its code is base's, or is compiled alone."""
    series = patched.series
    return SeriesReport(
        *(series.name, series.title, series.kind),
        builds=tuple(notes),
        remarks=patched.remarks,
        no_effect=no_effect(patched, same),
        unjudged=same.unjudged if same is not None else (),
    )


def explained(error: HarnessError, one: Patched) -> HarnessError:
    """The error; a compiler's with the patch's lines it is about."""
    if not isinstance(error, CompileError):
        return error
    lines = dict.fromkeys(line for d in error.diagnostics if (line := _patch_line(one, d.path, d.line)))
    if lines:
        error.detail = "\n".join(["the patch's lines it is about:", *lines, "", error.detail])
    return error


def _patch_line(one: Patched, path: str, line: int) -> str:
    """`0001-x.patch: +  the added line`, or an empty string if no patch of the series wrote that line."""
    number = blame(one.written, path, line)
    if number is None:
        return ""
    text = (one.side.root / path).read_bytes().split(b"\n")[line - 1]
    return f"{one.patches[number]}: +{text.decode('utf-8', 'replace')}"
