"""Pure: what tools wrote in tests that pass on both sides, compared by function, smallest change first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.check.evidence import show_diff
from harness.check.functions import FunctionText, split
from harness.model import Comparison, Output, TestResult, Verdict
from harness.report.changes import SilentChange, SilentChanges

# So many tests run again, and so many changes are kept, each with so many lines of its diff.
AGAIN, _CHANGES, _LINES = 100, 200, 40

_NOT_SHOWN = "not shown: it is not text, or differs after its first MiB"

Again = tuple[TestResult, TestResult, TestResult]
"""One test run again with its outputs kept: twice on base, once with the series."""

_Place = tuple[int, str, str]


def find_silent(comparison: Comparison) -> tuple[str, ...]:
    """The tests that pass on both sides, and whose tools wrote something else."""
    return tuple(
        v.name
        for v in comparison.verdicts
        if v.verdict is Verdict.PASSES
        and v.base.wrote
        and v.patched.wrote
        and v.base.wrote != v.patched.wrote
    )


def describe_silent(found: Sequence[str], again: Mapping[str, Again]) -> SilentChanges | None:
    """What is silent about the tests `found`, those of them in `again` run again; None if nothing is."""
    if not found:
        return None
    changes: list[SilentChange] = []
    tests: list[str] = []
    unsteady: list[str] = []
    for name in found:
        if name in again:
            mine = tuple(_compare(*again[name]))
            (tests if mine else unsteady).append(name)
            changes += mine
    changes.sort(key=_size)
    left = tuple(name for name in found if name not in again)
    more = max(len(changes) - _CHANGES, 0)
    return SilentChanges(tuple(tests), tuple(unsteady), left, tuple(changes[:_CHANGES]), more)


def _size(change: SilentChange) -> tuple[int, int, str, str, str]:
    before, after = change.instructions or (0, 0)
    return change.lines, abs(after - before), change.test, change.function, change.diff


def _compare(base: TestResult, repeated: TestResult, patched: TestResult) -> Iterator[SilentChange]:
    """The functions that the series changes in one test's outputs; nothing where base differs from itself."""
    if not (base.passed and repeated.passed and patched.passed):
        return
    before, steady, after = map(_by_place, (base, repeated, patched))
    shown: set[tuple[str, str]] = set()
    for place in dict.fromkeys([*before, *after]):
        one, other = before.get(place), after.get(place)
        if _digest(one) == _digest(other) or _digest(one) != _digest(steady.get(place)):
            continue
        for change in _differences(base.name, one, other):
            # RUN lines for several processors often write the same.
            if (change.function, change.diff) not in shown:
                shown.add((change.function, change.diff))
                yield change


def _by_place(result: TestResult) -> dict[_Place, Output]:
    return {(output.run, output.tool, output.place): output for output in result.outputs}


def _digest(output: Output | None) -> str:
    return output.digest if output is not None else ""


def _differences(test: str, base: Output | None, patched: Output | None) -> Iterator[SilentChange]:
    which = base or patched
    assert which is not None
    before, after = base or replace(which, text="", size=0), patched or replace(which, text="", size=0)
    found = list(_by_function(split(before.text), split(after.text)))
    for one, other in found:
        sizes = (before.sizes.get(one.name, 0), after.sizes.get(one.name, 0))
        counts = (one.instructions, other.instructions)
        yield SilentChange(
            *(test, which.tool, which.place, one.name, _count(one.lines, other.lines)),
            instructions=counts if any(counts) else None,
            sizes=sizes if any(sizes) else None,
            diff=show_diff("\n".join(one.lines), "\n".join(other.lines), _LINES),
        )
    if not found:
        # An object that cannot be shown, or what is left out of a text by function.
        diff = show_diff(before.text, after.text, _LINES) if before.text != after.text else _NOT_SHOWN
        number = _count(before.text.splitlines(), after.text.splitlines())
        sizes = (before.size, after.size)
        yield SilentChange(test, which.tool, which.place, "", number, sizes=sizes, diff=diff)


def _by_function(
    base: Sequence[FunctionText], patched: Sequence[FunctionText]
) -> Iterator[tuple[FunctionText, FunctionText]]:
    """The functions that differ, in base's order, new ones last; one of the same name by its number."""
    ours, theirs = _numbered(base), _numbered(patched)
    for which in dict.fromkeys([*ours, *theirs]):
        none = FunctionText(which[0], (), 0)
        one, other = ours.get(which, none), theirs.get(which, none)
        if one.lines != other.lines:
            yield one, other


def _numbered(parts: Sequence[FunctionText]) -> dict[tuple[str, int], FunctionText]:
    counts: dict[str, int] = defaultdict(int)
    found = {}
    for part in parts:
        found[part.name, counts[part.name]] = part
        counts[part.name] += 1
    return found


def _count(base: Sequence[str], patched: Sequence[str]) -> int:
    """How many lines differ, wherever they are; one at least."""
    ours, theirs = Counter(base), Counter(patched)
    return max((ours - theirs).total() + (theirs - ours).total(), 1)
