"""Who builds the two sides of a series: the shared overlay, its own, a full build. Nothing is compiled."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.builders.choose import (
    BuildFailure,
    BuildSetup,
    Chooser,
    DisposableOverlay,
    Pair,
    describe_full_build,
)
from harness.builders.full import Full
from harness.builders.overlay import Overlay
from harness.builders.request import Built, BuiltObject, CompileError, NeedsFullBuildError, Options, Side
from harness.builders.same import Text
from harness.errors import EnvironmentLacksError, HarnessError
from harness.llvm import Prebuilt, Release, SourceTree
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.store import Store

CMAKE = "llvm/CMakeLists.txt"
WIDE = NeedsFullBuildError(
    "more than 64 units include it", "use a higher --max-units, or --builder full", "A.h"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A series as a builder sees it."""

    side: Side
    changes: tuple[Change, ...]
    content: dict[str, str]
    tools: frozenset[str] = frozenset()


def series(name: str, path: str = "", *, tools: frozenset[str] = frozenset()) -> Copy:
    path = path or f"llvm/lib/{name}.cpp"
    return Copy(
        Side(name, Path("/copy", name), name), (Change(path, ChangeKind.MODIFIED),), {path: name}, tools
    )


@dataclass
class Site:
    """A store and an LLVM; `built` is who built which side; a builder and side of `fails` raises that."""

    tmp: Path
    fails: dict[tuple[str, str], HarnessError] = field(default_factory=dict)
    built: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def build(self, who: str, side: Side, changed: Mapping[str, str]) -> Built:
        assert bool(changed) is (side.name != "base")
        self.built.append(f"{who}: {side.name}")
        if (error := self.fails.get((who, side.name)) or self.fails.get((who, "any"))) is not None:
            raise error
        return Built({}, (), (), f"{who} {side.name}", 0.0, cached=False)

    def chooser(self, *copies: Copy, builder: str = "auto", disposable: bool = False) -> Chooser:
        none = Path("/dev/null")
        prebuilt = Prebuilt(self.tmp, "19.1.7", none, none, None, self.tmp, None, None, "", False, "p", "it")
        source = SourceTree(self.tmp / "base", "19.1.7", "base", "made up")
        setup = BuildSetup(Store(self.tmp / "store"), Release(prebuilt, source), Options(), builder)
        chooser = Chooser(setup, copies, Steps(self.steps), disposable=disposable)
        self.steps.clear()
        return chooser


class Steps(Silent):
    """Progress that is kept."""

    def __init__(self, steps: list[str]) -> None:
        self.steps = steps

    def step(self, text: str) -> None:
        self.steps.append(text)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path)
    (tmp_path / "lib/cmake/llvm").mkdir(parents=True)
    (tmp_path / "lib/cmake/llvm/LLVMConfig.cmake").write_text(
        "set(LLVM_ALL_TARGETS X86)\nset(LLVM_TARGETS_TO_BUILD X86)\n"
    )

    def overlay(self: Overlay, side: Side, changed: Mapping[str, str]) -> Built:
        who = "+".join(sorted(Path(change.path).stem for change in self.changes)) or "nothing"
        return made.build(f"{self.kind} {who}", side, changed)

    def full(self: Full, side: Side, changed: Mapping[str, str]) -> Built:
        return made.build(f"full {'+'.join(sorted(self.options.tools))}".rstrip(), side, changed)

    monkeypatch.setattr(Overlay, "build", overlay)
    monkeypatch.setattr(Full, "build", full)
    return made


def test_what_an_overlay_can_serve_together_shares_it_and_its_base(site: Site) -> None:
    a, b = series("a"), series("b")
    chooser = site.chooser(a, b)
    for one in (a, b):
        pair = chooser.both(one)
        assert isinstance(pair, Pair)
        assert (pair.builder, pair.why) == ("overlay", "")
        assert (pair.base.identity, pair.patched.identity) == (
            "overlay a+b base",
            f"overlay a+b {one.side.name}",
        )


def test_series_that_share_an_overlay_are_compiled_beside_each_other(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_series = [series(name) for name in "abc"]
    every = [*all_series, series("alone", CMAKE)]
    begun: list[str] = []
    two = threading.Barrier(2, timeout=20)

    def objects(self: Overlay, side: Side, changed: Mapping[str, str]) -> tuple[BuiltObject, ...]:
        begun.append(side.name)
        if side.name in {"a", "b"}:
            two.wait()
        if side.name == "a":
            raise CompileError("it does not compile", "mend it")
        return ()

    monkeypatch.setattr(Overlay, "objects", objects)
    site.chooser(*every).compile_together(every)
    assert begun[0] == "base"
    assert sorted(begun[1:]) == ["a", "b", "c"]


@pytest.mark.parametrize("builder", ["auto", "full"])
def test_what_is_alone_or_built_in_full_is_not_compiled_before(
    site: Site, monkeypatch: pytest.MonkeyPatch, builder: str
) -> None:
    a, alone = series("a"), series("alone", CMAKE)
    copies = [a, alone] if builder == "auto" else [a, series("b")]
    monkeypatch.setattr(Overlay, "objects", None)
    site.chooser(*copies, builder=builder).compile_together(copies)


def test_of_a_base_that_does_not_compile_nothing_else_is_tried(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def objects(self: Overlay, side: Side, changed: Mapping[str, str]) -> tuple[BuiltObject, ...]:
        begun.append(side.name)
        raise WIDE

    monkeypatch.setattr(Overlay, "objects", objects)
    both = [series("a"), series("b")]
    site.chooser(*both).compile_together(both)
    assert begun == ["base"]


def test_where_the_shared_overlay_cannot_be_exact_the_series_gets_its_own(site: Site) -> None:
    a, b = series("a"), series("b")
    site.fails["overlay a+b", "any"] = WIDE
    pair = site.chooser(a, b).both(a)
    assert isinstance(pair, Pair)
    assert (pair.builder, pair.base.identity, pair.patched.identity) == (
        "overlay",
        "overlay a base",
        "overlay a a",
    )
    assert site.built == ["overlay a+b: base", "overlay a: base", "overlay a: a"]


def test_a_base_of_one_builder_is_never_held_against_the_patched_side_of_another(site: Site) -> None:
    """That a patched file reads more than an overlay has is found out when base is built already."""
    a, b = series("a"), series("b")
    site.fails["overlay a+b", "a"] = WIDE
    pair = site.chooser(a, b).both(a)
    assert isinstance(pair, Pair)
    assert (pair.base.identity, pair.patched.identity) == ("overlay a base", "overlay a a")


def test_where_no_overlay_can_be_exact_all_is_built(site: Site) -> None:
    a = series("a", tools=frozenset({"opt"}))
    site.fails["overlay a", "any"] = WIDE
    pair = site.chooser(a).both(a)
    why = "needs a full build: more than 64 units include it: A.h; a higher --max-units would avoid it"
    assert isinstance(pair, Pair)
    assert (pair.builder, pair.why) == ("full", why)
    # Alone it shares with nobody: its own overlay would say the same again.
    assert site.built == ["overlay a: base", "full opt: base", "full opt: a"]
    assert site.steps == [f"a {why}"]


def test_what_its_files_tell_costs_no_attempt(site: Site) -> None:
    one = series("a", CMAKE)
    pair = site.chooser(one).both(one)
    assert isinstance(pair, Pair)
    assert (pair.builder, pair.why) == ("full", f"needs a full build: {CMAKE}: cmake's input")
    assert site.built == ["full: base", "full: a"]


def test_a_full_build_that_was_asked_for_has_no_reason(site: Site) -> None:
    a = series("a")
    pair = site.chooser(a, builder="full").both(a)
    assert isinstance(pair, Pair)
    assert (pair.builder, pair.why, site.built) == ("full", "", ["full: base", "full: a"])
    assert site.chooser(a, builder="full").compare_texts(a) is None


def test_builder_overlay_refuses(site: Site) -> None:
    a, cmake = series("a"), series("cmake", CMAKE)
    site.fails["overlay a", "any"] = WIDE
    assert site.chooser(a, builder="overlay").both(a) == BuildFailure(WIDE)
    refused = site.chooser(cmake, builder="overlay").both(cmake)
    assert isinstance(refused, BuildFailure)
    assert (str(refused.error), refused.builder) == (
        f"cmake: an overlay cannot be exact for it\n  {CMAKE}: cmake's input\nnext: use --builder full",
        "none",
    )
    assert not any("full" in line for line in site.built)


def test_what_does_not_compile_is_not_tried_by_another_builder(site: Site) -> None:
    a, b = series("a"), series("b")
    error = CompileError("it does not compile", "mend it")
    site.fails["overlay a+b", "a"] = error
    found = site.chooser(a, b).both(a)
    assert isinstance(found, BuildFailure)
    assert (found.error, found.builder) == (error, "overlay")
    assert found.base is not None
    assert found.base.identity == "overlay a+b base"
    assert site.built == ["overlay a+b: base", "overlay a+b: a"]


def test_a_base_that_cannot_be_built_is_told(site: Site) -> None:
    a = series("a")
    error = EnvironmentLacksError("no linker", "install one")
    site.fails["overlay a", "base"] = error
    site.fails["overlay nothing", "base"] = error
    chooser = site.chooser(a)
    for found in (chooser.both(a), chooser.base_alone()):
        assert found == BuildFailure(error, "overlay")


def test_a_full_build_that_fails_still_says_why_it_was_one(site: Site) -> None:
    one = series("a", CMAKE)
    error = CompileError("it does not compile", "mend it")
    site.fails["full", "a"] = error
    found = site.chooser(one).both(one)
    assert isinstance(found, BuildFailure)
    assert (found.error, found.builder) == (error, "full")
    assert found.why == f"needs a full build: {CMAKE}: cmake's input"


def test_a_series_without_code_has_bases_tools_on_both_sides(site: Site) -> None:
    pair = site.chooser(series("a")).base_alone()
    assert isinstance(pair, Pair)
    assert pair.base is pair.patched
    assert site.built == ["overlay nothing: base"]


def test_tools_that_are_dropped_are_an_overlay_s_of_their_own(site: Site) -> None:
    a = series("a")
    chooser = site.chooser(a, builder="overlay", disposable=True)
    pair = chooser.both(a)
    assert isinstance(pair, Pair)
    assert (pair.base.identity, pair.patched.identity) == ("overlay a base", "mutant a a")
    assert DisposableOverlay.kind != Overlay.kind


def test_the_identities_are_those_of_the_overlays_that_may_fit(site: Site) -> None:
    a, b, cmake = series("a"), series("b"), series("cmake", CMAKE)
    chooser = site.chooser(a, b, cmake)
    shared, own = chooser.identities(a)
    assert (shared.shared, own.shared) == (True, False)
    assert shared.base == next(chooser.identities(b)).base
    assert len({shared.base, shared.patched, own.base, own.patched}) == 4
    assert list(chooser.identities(cmake)) == []
    (alone,) = site.chooser(a).identities(a)
    assert (alone.base, alone.patched) == (own.base, own.patched)


def test_texts_are_compared_by_the_overlay_of_the_series(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def same_text(self: Overlay, side: Side, _changed: Mapping[str, str]) -> Text:
        if side.name == "wide":
            raise WIDE
        return Text(f"{len(self.changes)} changes", ())

    monkeypatch.setattr(Overlay, "same_text", same_text)
    a, wide, cmake = series("a"), series("wide"), series("cmake", CMAKE)
    chooser = site.chooser(a, wide, cmake)
    assert chooser.compare_texts(a) == Text("1 changes", ())
    assert chooser.compare_texts(wide) is None
    assert chooser.compare_texts(cmake) is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            NeedsFullBuildError("cannot be exact", "use --builder full", "llvm/A.cmake: cmake's input\nb: c"),
            "needs a full build: llvm/A.cmake: cmake's input, b: c",
        ),
        (
            NeedsFullBuildError("more than 64 units include it", "use a higher --max-units, or", "A.h"),
            "needs a full build: more than 64 units include it: A.h; a higher --max-units would avoid it",
        ),
    ],
)
def test_why_a_series_is_built_in_full(error: NeedsFullBuildError, said: str) -> None:
    assert describe_full_build(error) == said
