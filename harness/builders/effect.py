"""What a series may change, as far as its files tell without a build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.builders.parts import Part, describe_not_judged, list_names, list_unjudged, part_of
from harness.builders.plan import classify
from harness.builders.tokens import same_code
from harness.patch import Change


@dataclass(frozen=True, slots=True)
class Effect:
    """What comes of a series, as its files tell.

    `inert`: nothing that is compiled changes; `meant`: nor is it meant to, all is documentation, comments and
    tests; `unit_tests`: of what is compiled only unit tests change; `tests`: it changes LLVM's own tests.
    `unjudged` is the code that nothing here compiles or runs, `path: why`, unless an overlay does; `remarks`
    name what else is not judged.
    """

    inert: bool = False
    meant: bool = False
    unit_tests: bool = False
    tests: bool = False
    unjudged: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What is to be said of a series without an effect."""
        return "only documentation and comments change" if self.meant else "nothing that is compiled changes"


def find_effect(changes: Iterable[Change], left_out: Iterable[str], base: Path, patched: Path) -> Effect:
    """The effect of `changes` on a source, of which there are both sides. `left_out` is of other projects."""
    changes = tuple(changes)
    comments, formatted = (
        _same(changes, base, patched, layout=True),
        _same(changes, base, patched, layout=False),
    )
    others = tuple(left_out)
    paths = [change.path for change in changes if change.path not in comments] + [*others]
    code = [path for path in paths if part_of(path) is Part.CODE]
    compiled = [path for path in classify(changes).unit_tests if path not in comments]
    lost = list_unjudged(paths)
    meant = all(path in formatted for path in code) and not list_unjudged(
        p for p in paths if p not in formatted
    )
    told = [f"only comments and white space change in {list_names(sorted(comments))}"] if comments else []
    return Effect(
        inert=not code and not compiled,
        meant=meant,
        unit_tests=not code and bool(compiled),
        tests=any(part_of(path) is Part.TEST for path in paths),
        unjudged=lost,
        remarks=(*told, *describe_not_judged(paths)),
    )


def _same(changes: Iterable[Change], base: Path, patched: Path, *, layout: bool) -> frozenset[str]:
    """The sources that differ in comments and white space alone."""
    return frozenset(
        one.path
        for one in changes
        if one.kind == "modified" and _is_source(one.path) and _equal(one.path, base, patched, layout=layout)
    )


def _equal(path: str, base: Path, patched: Path, *, layout: bool) -> bool:
    old, new = ((root / path).read_bytes() for root in (base, patched))
    return same_code(path, old, new, layout=layout)


def _is_source(path: str) -> bool:
    return part_of(path) in {Part.CODE, Part.UNIT_TEST, Part.ELSEWHERE}
