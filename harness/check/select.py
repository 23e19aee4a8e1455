"""Which runs a series needs: the job's suites, and LLVM's own tests with their old and their new text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.builders.request import Side
from harness.errors import HarnessError
from harness.llvm import Toolchain
from harness.model import Outcome, Run, TestResult
from harness.patch import Change
from harness.runner import discovery, llvm_tests, unit_tests
from harness.runner.runs import Suite
from harness.runner.selection import Portion, Selection
from harness.runner.symlink_tree import make_symlink_tree
from harness.runner.touch import Touch, find_touch
from harness.store import Store, digest, file_digest


@dataclass(frozen=True, slots=True)
class PlannedRuns:
    """What to run on both sides.

    `plain` are the job's suites and base's own tree of LLVM's tests. `symlinked` are the tests that the
    series adds, changes or reaches, in a tree as it leaves them. `touched` says what it does to those of
    base's tree: they have two texts, or have lost theirs. `lost` are results of tests that cannot run here.
    """

    plain: tuple[Portion, ...]
    symlinked: Portion | None = None
    touched: Mapping[str, Touch] = field(default_factory=dict)
    lost: tuple[TestResult, ...] = ()

    @property
    def all(self) -> list[Portion]:
        """Every portion, that of the symlink tree last."""
        return [*self.plain, *([self.symlinked] if self.symlinked is not None else ())]

    def keep(self, names: Sequence[Collection[str]]) -> PlannedRuns:
        """The same with these tests alone, of each of `plain`; both sides run no others."""
        pairs = zip(self.plain, names, strict=True)
        return replace(
            self, plain=tuple(_named(portion.whole, sorted(some)) for portion, some in pairs if some)
        )

    def now(self, runs: Sequence[Run], gone: Collection[str]) -> Run:
        """One side's run of each test as the series leaves it, without those `gone`, from runs of all."""
        found = [r for r in self._plain(runs) if r.name not in self.touched]
        symlinked = runs[-1].results if self.symlinked is not None else ()
        found += [r for r in symlinked if r.name not in gone]
        return _one_run(runs, [*found, *self.lost])

    def before(self, runs: Sequence[Run]) -> Run:
        """One side's run of the old texts, of tests that base's tree has."""
        old = [r for r in self._plain(runs) if r.name in self.touched and not discovery.is_missing(r)]
        return _one_run(runs, old)

    def gone(self, runs: Sequence[Run]) -> frozenset[str]:
        """The tests that lit does not find in the tree as the series leaves it."""
        symlinked = runs[-1].results if self.symlinked is not None else ()
        return frozenset(r.name for r in symlinked if discovery.is_missing(r))

    def _plain(self, runs: Sequence[Run]) -> Iterator[TestResult]:
        for portion, run in zip(self.plain, runs, strict=False):
            yield from (result for result in run.results if portion.counts(result.name))


def select(
    store: Store, selected: Selection, changes: Sequence[Change], base: Side, patched: Side, tools: Toolchain
) -> PlannedRuns:
    """The runs that a series needs, which makes these changes.

    If LLVM's tests cannot be run here, each that it touches is an UNRESOLVED result that says why.
    """
    plain = (*(Portion(suite, suite) for suite in selected.suites), *selected.llvm_tests)
    kinds = {change.path: change.kind for change in changes if change.path.startswith(f"{llvm_tests.TESTS}/")}
    known = [name for portion in selected.llvm_tests for name in portion.names]
    reached = llvm_tests.select_reached(base.root, known, kinds)
    mine = {path for path in kinds if llvm_tests.is_test(path)}
    old = sorted(path for path in mine - reached if llvm_tests.has_test(base.root, path))
    new = sorted(path for path in mine | reached if kinds.get(path) != "deleted")
    before: tuple[Portion, ...] = ()
    lost: tuple[TestResult, ...] = ()
    symlinked = None
    try:
        if old:
            suite = llvm_tests.suite(tools, base.root, old, jobs=selected.jobs, identity=base.identity)
            before = (_named(suite, old),)
        if new:
            tree = _symlink_tree(store, kinds, base, patched)
            # What LLVM's bots would say of a test that the series brings: XFAIL counts.
            suite = llvm_tests.suite(
                tools, tree, new, jobs=selected.jobs, expectations=True, identity=tree.name
            )
            symlinked = _named(replace(suite, apart=any(map(llvm_tests.configures, kinds))), new)
    except HarnessError as error:
        before, names = (), sorted({*old, *new})
        lost = tuple(TestResult(name, Outcome.UNRESOLVED, 0.0, output=str(error)) for name in names)
    both = reached.union(*(portion.names for portion in before))
    moved = {one.source: one.path for one in changes if one.source}
    touched = {
        name: find_touch(base.root, patched.root, name, kinds, moved.get(name, "")) for name in sorted(both)
    }
    return PlannedRuns((*plain, *before), symlinked, touched, lost)


def add_unit_tests(runs: PlannedRuns, store: Store, programs: Sequence[str], jobs: int) -> PlannedRuns:
    """The same and these programs of LLVM's unit tests, which both sides have."""
    if not programs:
        return runs
    suite = unit_tests.suite(store, programs, jobs)
    return replace(runs, plain=(*runs.plain, Portion(suite, suite)))


def _one_run(runs: Sequence[Run], results: Iterable[TestResult]) -> Run:
    toolchain, elapsed = (runs[0].toolchain if runs else ""), sum(run.elapsed for run in runs)
    return Run(toolchain, tuple(sorted(results, key=lambda r: r.name)), elapsed)


def _named(suite: Suite, names: Sequence[str]) -> Portion:
    """Just these tests, whether lit finds them there or not."""
    whole = replace(suite, names=tuple(names))
    return Portion(whole, whole, frozenset(names))


def _symlink_tree(store: Store, touched: Iterable[str], base: Side, patched: Side) -> Path:
    """A tree with LLVM's tests as the series leaves them; its name changes with what is in it.

    An edit of the series that leaves its tests alone finds the tree, and what base did there.
    """
    paths = sorted(touched)
    files = ((path, patched.root / path) for path in paths)
    content = (f"{path} {file_digest(file) if file.is_file() else 'gone'}" for path, file in files)
    key = digest("2", base.identity, str(base.root), *content)
    return store.make(
        "symlink-tree", key, lambda aside: make_symlink_tree(base.root, patched.root, paths, aside)
    )
