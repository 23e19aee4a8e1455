"""A map of tests that have changed since: no test is ever unreached that the map does not know as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.mapping.current import CHANGED, NEW, bring_up_to_date, load_current
from harness.mapping.folders import MappableFolder
from harness.model import Outcome
from harness.reach.map.folder import FolderMap, Origin, WatchedTest
from harness.reach.map.format import read_map, write_map
from harness.reach.map.select import ReachMap, select
from harness.reach.map.table import FunctionTable
from harness.runner.runs import Suite
from tests.mapping.made_maps import MAIN, NAMES, RELEASE, VISIT, made_maps

TABLE = FunctionTable().grown(NAMES)
NUMBERS = TABLE.places(NAMES)


def folder_of(root: Path, tests: Mapping[str, str]) -> MappableFolder:
    root.mkdir(exist_ok=True)
    for path in root.rglob("*.ll"):
        path.unlink()
    for name, text in tests.items():
        (root / name).write_text(text)
    (root / "lit.cfg.py").touch()
    return MappableFolder("suite", Suite(root, 1), tuple(sorted(tests)))


def map_of(folder: MappableFolder) -> FolderMap:
    """A map in which every test enters main, and those with a 1 in their text VISIT too."""
    origin = Origin("19.1.7", RELEASE.identity, folder.name, folder.shared, "made", len(NAMES), "table")
    watched = []
    for name in folder.tests:
        both = "1" in (folder.suite.root / name).read_text()
        entered = {NUMBERS[MAIN], *([NUMBERS[VISIT]] if both else [])}
        content = folder.content(name)
        watched.append(WatchedTest(name, Outcome.PASS, {"llc": frozenset(entered)}, content=content))
    return read_map(write_map(origin, watched), "map")


TESTS = st.dictionaries(st.sampled_from(["a.ll", "b.ll", "c.ll"]), st.sampled_from(["0", "1"]))


@settings(deadline=None, max_examples=60)
@given(TESTS, TESTS)
def test_what_the_map_does_not_know_as_it_is_always_runs(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str], now: dict[str, str]
) -> None:
    root = tmp_path_factory.mktemp("suite")
    made = map_of(folder_of(root, before))
    current = bring_up_to_date(made, folder_of(root, now))
    assert current is not None
    said = {current.tests[at]: why for at, why in current.unknown.items()}
    assert said == {
        **{name: CHANGED for name, text in now.items() if before.get(name, text) != text},
        **{name: NEW for name in now if name not in before},
    }
    entered = {name for name, text in now.items() if text == "1" == before.get(name)}
    found = select(ReachMap(TABLE, (current,)), [VISIT])
    assert found.reached["suite"] - said.keys() == entered - said.keys()
    assert {name for name, text in now.items() if text == "1"} <= found.reached["suite"] | said.keys()
    assert found.reached["suite"] | found.unknown["suite"] <= now.keys()
    assert found.unreached == len(now) - len(found.reached["suite"] | found.unknown["suite"])


def test_a_map_of_another_configuration_is_missing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "suite", {"a.ll": "0"})
    made = map_of(folder)
    (tmp_path / "suite/Inputs").mkdir()
    (tmp_path / "suite/Inputs/x.h").touch()
    assert bring_up_to_date(made, folder_of(tmp_path / "suite", {"a.ll": "0"})) is None
    maps = made_maps(tmp_path / "store")
    other = replace(folder, name="lit-tests")
    found = load_current(maps, [other, replace(folder, name="upstream:MC")])
    assert (found.maps.folders, found.missing, found.refused) == ((), ("lit-tests", "upstream:MC"), ())


def test_what_running_a_suite_leaves_there_is_no_part_of_it(tmp_path: Path) -> None:
    before = folder_of(tmp_path / "suite", {"a.ll": "0"}).shared
    for name in ("INDEX.md", "Output/a.ll.tmp", "__pycache__/lit.pyc"):
        path = tmp_path / "suite" / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert folder_of(tmp_path / "suite", {"a.ll": "0"}).shared == before
