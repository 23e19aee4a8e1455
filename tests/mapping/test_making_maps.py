"""Making maps with tools that write records by themselves: folder by folder, resumed, shared, interrupted."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.mapping import job as mapping
from harness.mapping.job import MapJob, MappedFolder
from harness.mapping.tools import WatchedTools
from harness.progress import Silent
from harness.reach.map.nearest import entering
from harness.reach.map.store import MappedRelease, Maps
from harness.reach.names import FunctionName
from harness.reach.watch.record import VARIABLE
from harness.reach.watch.values import LinkedFunction, Watched
from harness.runner.runs import Suite
from harness.runner.selection import SuiteOptions
from harness.store import Store

pytestmark = pytest.mark.slow

CONFIG = """\
import lit.formats, os
config.name = "recorded"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""
# It enters the functions that its arguments number, if it is watched; `-` alone makes it fail then.
LLC = f"""\
#!{sys.executable} -S
import os, sys
if sys.argv[1:] == ["--version"]:
    print("  LLVM version 19.1.7")
    sys.exit()
folder = os.environ.get("{VARIABLE}")
if folder:
    with open(folder + "/llc", "r+b") as file:
        data = bytearray(file.read())
        data[0] += 1
        for word in sys.argv[1:]:
            if word.isdigit():
                data[64 + int(word) // 8] |= 1 << int(word) % 8
        file.seek(0)
        file.write(data)
sys.exit("odd" in sys.argv and bool(folder) or "fail" in sys.argv)
"""
FUNCTIONS = tuple(
    LinkedFunction((FunctionName("", f"f{n}"), *([FunctionName("", "alias")] if n == 2 else [])), n, 16)
    for n in range(4)
)
BLIND = FunctionName("", "blind")
A = {"one": "llc 0 1", "two": "llc 1 && llc 2", "none": "true"}
B = {"red": "llc 3 fail", "odd": "llc 3 odd", "clang": "clang 1"}


@pytest.fixture(name="job")
def _job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MapJob:
    for folder, tests in (("a", A), ("b", B)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "lit.cfg.py").write_text(CONFIG)
        for name, commands in tests.items():
            (tmp_path / folder / f"{name}.test").write_text(f"RUN: {commands}\n")
    llc = tmp_path / "llc"
    llc.write_text(LLC)
    llc.chmod(0o755)
    toolchain = Toolchain(
        "made", "19.1.7", {"llc": llc, "clang": llc}, "", "made", stale=frozenset({"clang"})
    )
    watched = Watched(llc, FUNCTIONS, {BLIND: "it is too short"}, "llc", 65)

    def tools(*_: object) -> WatchedTools:
        return WatchedTools(toolchain, toolchain, {"llc": watched}, {})

    monkeypatch.setattr(mapping, "watch_tools", tools)
    prebuilt = Prebuilt(
        *(tmp_path, "19.1.7", llc, llc, None, tmp_path, None, None, "mold", False, "archives", "a Debian")
    )
    release = Release(prebuilt, SourceTree(tmp_path, "19.1.7", "source", "its source"))
    suites = tuple(Suite(tmp_path / name, 2) for name in ("a", "b"))
    return MapJob(Store(tmp_path / "store"), release, toolchain, SuiteOptions(suites, 2))


def maps_of(job: MapJob) -> Maps:
    return Maps(job.store, MappedRelease.of(job.release))


def held(folders: Iterator[MappedFolder]) -> dict[str, bool]:
    return {one.folder: one.held for one in folders}


def test_what_each_test_enters_is_kept_and_what_is_unknown_is_said(job: MapJob) -> None:
    made = {one.folder: one for one in mapping.build(job, Silent())}
    assert {name: one.tests for name, one in made.items()} == {"a": 3, "b": 3}
    assert made["a"].unknown == {"none.test": "ran no tool that is watched"}
    assert made["b"].unknown == {
        "clang.test": "runs clang, which is not watched",
        "odd.test": "FAIL when watched, PASS otherwise",
    }
    loaded, refused = maps_of(job).load()
    assert refused == ()

    def tests(name: str) -> Collection[str]:
        return {test.name for test in entering(loaded, [FunctionName("", name)])}

    assert [tests(name) for name in ("f0", "f1", "f2", "alias", "f3", "blind")] == [
        {"one.test"},
        {"one.test", "two.test"},
        {"two.test"},
        {"two.test"},
        {"red.test", "odd.test"},
        set(),
    ]
    assert loaded.table.unwatched_names() == [BLIND]


def test_a_map_is_made_once_and_again_if_something_changed(job: MapJob) -> None:
    assert held(mapping.build(job, Silent())) == {"a": False, "b": False}
    assert held(mapping.build(job, Silent())) == {"a": True, "b": True}
    test = job.suite_options.suites[1].root / "red.test"
    test.write_text("RUN: llc 2 fail\n")
    assert held(mapping.build(job, Silent())) == {"a": True, "b": False}
    (job.suite_options.suites[0].root / "lit.cfg.py").write_text(f"{CONFIG}\n")
    assert held(mapping.build(job, Silent())) == {"a": False, "b": True}


def test_a_damaged_map_is_told_and_made_again(job: MapJob) -> None:
    said: list[str] = []

    class Heard(Silent):
        def step(self, text: str) -> None:
            said.append(text)

    list(mapping.build(job, Silent()))
    file = maps_of(job).file("a")
    file.write_bytes(file.read_bytes()[:-1])
    assert held(mapping.build(job, Heard())) == {"a": False, "b": True}
    assert "the map of a: is damaged: its checksum is another one; it is made again" in said
    assert maps_of(job).load()[1] == ()


def test_a_run_that_was_stopped_goes_on_with_the_next_folder(job: MapJob) -> None:
    for one in mapping.build(job, Silent()):
        assert one.folder == "a"
        break
    assert maps_of(job).folders() == ("a",)
    assert held(mapping.build(job, Silent())) == {"a": True, "b": False}


def test_two_runs_share_the_store(job: MapJob) -> None:
    found: list[dict[str, bool]] = []
    runs = [threading.Thread(target=lambda: found.append(held(mapping.build(job, Silent())))) for _ in "ab"]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(one["a"] + one["b"] for one in found) in ([0, 2], [1, 1])
    assert maps_of(job).load()[1] == ()
