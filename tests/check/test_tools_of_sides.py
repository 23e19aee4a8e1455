"""The tools of a side: built, or the release's where the series cannot reach it; none that is stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.builders.request import Built, Options, Side
from harness.check.job import Job, naming
from harness.check.judge import Judge
from harness.check.prepare import Patched
from harness.llvm import Toolchain
from harness.model import Run, Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.runner.choice import Asked, Chosen
from harness.runner.runs import Suite
from harness.store import Store
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve


def no_runs(tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
    raise AssertionError(tasks)


def test_what_is_stale_is_so_on_both_sides(tmp_path: Path) -> None:
    release = Toolchain(
        "release", "19.1.7", {t: Path("/release", t) for t in ("llc", "opt", "llvm-nm")}, "made up", "r"
    )
    judge = Judge(Store(tmp_path), release, Chosen(()), Silent(), no_runs)

    def build(side: Side, _changed: Mapping[str, str]) -> Built:
        tools = {"llc": Path("/built", side.name)}
        return Built(tools, (), (), side.name, 0.0, cached=False, stale=("opt",))

    change = Change("llvm/lib/A.cpp", ChangeKind.MODIFIED)
    series = Series("demo", "Demo", SeriesKind.FIX, ())
    patched = Patched(series, Side("patched", tmp_path, "p"), (change,), {change.path: "1"})
    for tools in judge.tools(patched, Side("base", tmp_path, "b"), build):
        assert tools.stale == {"opt"}
        assert tools.tools["llc"] == Path("/built", tools.name)
        assert tools.tools["llvm-nm"] == Path("/release/llvm-nm")


def test_the_tools_that_the_chosen_tests_name_are_asked_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    provider = resolve(store, Request("debian", 19, None), lambda _: None)
    job = Job(store, provider, (), Asked(), Options(tools=frozenset({"llvm-mc"})))
    assert naming(job, Chosen((), tools=frozenset({"opt"}))).options.tools == {"llvm-mc", "opt"}
