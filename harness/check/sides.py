"""The two sides of a series, built: what tests run on, and what is known of the difference."""

from __future__ import annotations

from dataclasses import dataclass

from harness.builders.choose import Chooser, Pair
from harness.builders.parts import find_unjudged
from harness.builders.request import Built, Side
from harness.check.prepare import Prepared
from harness.llvm import Toolchain
from harness.report.record import BuildNote


@dataclass(frozen=True, slots=True)
class Same:
    """Base and patched are the same code; `why` says how that is known.

    `unjudged` is what the report lists as not judged; `whole`: all that the series changes was looked at.
    """

    why: str
    unjudged: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a series as toolchains, with `notes` on building them.

    `unjudged` are changes that nothing here can judge; `unit_tests` are programs that both sides have; `same`
    is there if both are the same code.
    """

    base: Toolchain
    patched: Toolchain
    notes: tuple[BuildNote, ...]
    unjudged: tuple[str, ...]
    unit_tests: tuple[str, ...] = ()
    same: Same | None = None


def find_same(one: Prepared, chooser: Chooser) -> Same | None:
    """Why base and patched are the same code, if that can be known without compiling; else None."""
    if one.must_show:
        return None
    if one.effect.inert:
        return Same(one.effect.why, one.effect.unjudged)
    text = chooser.compare_texts(one)
    if text is None or text.differs:
        return None
    lost = one.lines_about(text.unjudged)
    return Same("what is compiled is the same", (*one.unjudged_besides(text.units), *lost), whole=not lost)


def make_sides(one: Prepared, pair: Pair, base: Side, release: Toolchain) -> Sides:
    """The sides that a pair of builds makes; `release` has the tools that are not built."""
    theirs, mine = pair.base, pair.patched
    unjudged = find_unjudged(one.effect.unjudged, (theirs, mine), one.content)
    same = None
    if theirs.identity == mine.identity or mine.same:
        same = Same("the objects are the same", unjudged, whole=not one.lines_about(mine.unjudged))
    # One base may serve several series: of its notes, this report has those that are on the patched side too.
    shared = tuple(note for note in theirs.notes if note in mine.notes)
    return Sides(
        base=_toolchain(release, base, theirs),
        patched=_toolchain(release, one.side, mine),
        notes=(make_note(base, theirs, shared), make_note(one.side, mine, mine.notes)),
        unjudged=unjudged,
        unit_tests=tuple(name for name in theirs.unit_tests if name in mine.unit_tests),
        same=same,
    )


def make_note(side: Side, built: Built, notes: tuple[str, ...] = ()) -> BuildNote:
    """The note on building a side."""
    return BuildNote(side.name, built.units, built.seconds, built.cached, notes)


def _toolchain(release: Toolchain, side: Side, built: Built) -> Toolchain:
    return Toolchain(
        name=side.name,
        version=release.version,
        tools={**release.tools, **built.tools},
        provenance=release.provenance,
        identity=f"{release.identity} {built.identity}",
        stale=frozenset(built.stale),
        homes=release.homes,
    )
