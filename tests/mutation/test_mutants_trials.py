"""Which mutants are tried, on which overlay, and what is left of it: builders and a judge stand in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import pytest

from harness.builders import choose
from harness.builders.choose import BuildFailure, BuildSetup, Chooser, Pair
from harness.builders.request import Built, CompileError, NeedsFullBuildError, Options, Side
from harness.check.prepare import Prepared
from harness.errors import EXIT_PATCH
from harness.llvm import Release, SourceTree, Toolchain
from harness.model import Comparison, SeriesKind
from harness.mutation import job as mutants
from harness.mutation.score import MutantReport
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.record import SeriesReport
from harness.runner.selection import Selection
from harness.store import Store, digest
from tests.mutation.test_mutants import patched, trial

if TYPE_CHECKING:
    from harness.check.judge import Judge
    from harness.llvm import Prebuilt


class FakeOverlay:
    """Notes what it builds. One `wide` change among others needs a full build; `bad` does not compile."""

    kind = "overlay"
    built: ClassVar[list[str]] = []

    def __init__(self, store: Store, _release: Release, changes: Sequence[Change], *_: object):
        self.store = store
        self.paths = sorted({change.path for change in changes})

    def identity(self, changed: Mapping[str, str]) -> str:
        return digest(*self.paths, *changed)

    def build(self, side: Side, changed: Mapping[str, str]) -> Built:
        if len(self.paths) > 1 and any("wide" in path for path in self.paths):
            raise NeedsFullBuildError("too many units include it", "use --builder full")
        if side.name == "bad":
            raise CompileError("bad.cpp does not compile", "mend it")
        if self.store.get(self.kind, self.identity(changed)) is None:
            self.built.append(side.name)
        self.store.make(self.kind, self.identity(changed), lambda _aside: None)
        return Built({}, (), (), self.identity(changed), 0.0, cached=False)


class FakeDisposable(FakeOverlay):
    kind = "mutant"


class FakeJudge:
    """Every mutant that is built is killed; on `lost` a test has no answer too."""

    progress = Silent()
    release = Toolchain("t", "19.1.7", {}, "p", "release")
    selected = Selection(())

    def report(self, one: Prepared, built: Pair | BuildFailure) -> SeriesReport:
        assert isinstance(built, Pair)
        name = one.series.name
        found = trial(unresolved=name == "lost")
        return SeriesReport(
            name, name, SeriesKind.MUTANT, Comparison((*found.broken, *found.doubtful), (), True, ())
        )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(choose, "Overlay", FakeOverlay)
    monkeypatch.setattr(choose, "DisposableOverlay", FakeDisposable)
    monkeypatch.setattr(FakeOverlay, "built", [])
    return Store(tmp_path)


def reports(
    store: Store, *names: str, others: tuple[str, ...] = (), make: Callable[[str], Prepared] = patched
) -> list[MutantReport]:
    """What came of mutants of these names."""
    everything = {name: make(name) for name in (*names, *others)}
    source = SourceTree(Path("/none"), "19.1.7", "source", "nowhere")
    setup = BuildSetup(store, Release(cast("Prebuilt", None), source), Options(), "overlay")
    chooser = Chooser(setup, [*everything.values()], Silent(), disposable=True)
    trials = mutants.Trials(chooser, cast("Judge", FakeJudge()))
    return list(trials.reports([(everything[name].series, everything[name]) for name in names]))


def run(store: Store, *names: str, others: tuple[str, ...] = ()) -> dict[str, str]:
    """What came of mutants of these names, ` known` if nothing was done for it."""
    found = reports(store, *names, others=others)
    return {one.name: one.fate.value + " known" * one.known for one in found}


def left(store: Store) -> int:
    """How many mutants' tools are in the store."""
    return len(list((store.root / "mutant").glob("*/.entry.json")))


def test_all_share_a_base_and_are_tried_once(store: Store) -> None:
    assert run(store, "a", "b") == {"a": "killed", "b": "killed"}
    assert FakeOverlay.built == ["base", "a", "b"]
    assert left(store) == 0
    assert run(store, "b", others=("a",)) == {"b": "killed known"}
    assert run(store, "a", "b") == {"a": "killed known", "b": "killed known"}
    assert FakeOverlay.built == ["base", "a", "b"]


def test_another_unit_in_the_base_is_another_trial(store: Store) -> None:
    run(store, "a")
    assert run(store, "a", "b") == {"a": "killed", "b": "killed"}
    assert FakeOverlay.built == ["base", "a", "base", "a", "b"]


def test_what_is_unsure_is_tried_again_with_the_tools_that_are_there(store: Store) -> None:
    assert run(store, "lost") == {"lost": "killed"}
    assert left(store) == 1
    assert run(store, "lost") == {"lost": "killed"}
    assert FakeOverlay.built == ["base", "lost"]


def test_one_that_does_not_build_does_not_stop_the_others(store: Store) -> None:
    found = reports(store, "a", "bad", "c")
    assert [one.fate.value for one in found] == ["killed", "error", "killed"]
    assert found[1].error == "bad.cpp does not compile\nnext: mend it"
    assert found[1].error.exit_code == EXIT_PATCH


def test_a_wide_header_gives_each_an_overlay_of_its_own(store: Store) -> None:
    assert run(store, "a", "wide") == {"a": "killed", "wide": "killed"}
    assert FakeOverlay.built == ["base", "a", "base", "wide"]
    assert left(store) == 0
    assert run(store, "a", "wide") == {"a": "killed known", "wide": "killed known"}


def test_what_another_run_has_tried_meanwhile_is_taken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run(store, "a", "b")
    monkeypatch.setattr(mutants.Trials, "_known", lambda _self, _one: None)
    assert run(store, "a", "b") == {"a": "killed", "b": "killed"}
    assert left(store) == 0


def test_what_needs_a_full_build_says_so(store: Store) -> None:
    (found,) = reports(store, "a", make=cmake)
    assert found.error == (
        "a: an overlay cannot be exact for this mutant\n"
        "  llvm/CMakeLists.txt: cmake's input\n"
        "next: make the mistake in a source file instead, or run: harness check a --builder full"
    )


def cmake(name: str) -> Prepared:
    one = patched(name)
    return Prepared(one.series, one.side, (Change("llvm/CMakeLists.txt", ChangeKind.MODIFIED),), one.content)
