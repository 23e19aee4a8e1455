"""The tools of a side: built, or the release's where the series cannot reach it; none that is stale."""

from __future__ import annotations

from pathlib import Path

from harness.builders.choose import Pair
from harness.builders.request import Built, Options, Side
from harness.check.job import Job, build_setup
from harness.check.prepare import Prepared
from harness.check.sides import make_sides
from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.model import Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.runner.selection import Selection, SuiteOptions
from harness.store import Store
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve


def test_what_is_stale_is_so_on_both_sides(tmp_path: Path) -> None:
    release = Toolchain(
        "release", "19.1.7", {t: Path("/release", t) for t in ("llc", "opt", "llvm-nm")}, "made up", "r"
    )

    def built(side: str) -> Built:
        return Built({"llc": Path("/built", side)}, (), (), side, 0.0, cached=False, stale=("opt",))

    change = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
    series = Series("demo", "Demo", SeriesKind.FIX, ())
    one = Prepared(series, Side("patched", tmp_path, "p"), (change,), {change.path: "1"})
    pair = Pair(built("base"), built("patched"), "overlay")
    sides = make_sides(one, pair, Side("base", tmp_path, "b"), release)
    for tools in (sides.base, sides.patched):
        assert tools.stale == {"opt"}
        assert tools.tools["llc"] == Path("/built", tools.name)
        assert tools.tools["llvm-nm"] == Path("/release/llvm-nm")


def test_the_tools_that_the_chosen_tests_name_are_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    provider = resolve(store, Request("debian", 19, None), lambda _: None)
    job = Job(store, provider, (), SuiteOptions(), Options(tools=frozenset({"llvm-mc"})))
    none = Path("/dev/null")
    prebuilt = Prebuilt(none, "19.1.7", none, none, None, none, None, None, "", True, "p", "made up")
    source = SourceTree(tmp_path, "19.1.7", "s", "made up")
    setup = build_setup(job, Release(prebuilt, source), Selection((), tools=frozenset({"opt"})))
    assert setup.options.tools == {"llvm-mc", "opt"}
