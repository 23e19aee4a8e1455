"""The map of a handful of LLVM's own tests, made by running them on a watched llc."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.mapping import job as mapping
from harness.mapping.job import MapJob, MappedFolder
from harness.model import Outcome
from harness.progress import Silent
from harness.reach.map.find import find_function
from harness.reach.map.nearest import entering
from harness.reach.map.select import select
from harness.reach.map.store import MappedRelease, Maps
from harness.runner.selection import SuiteOptions
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from harness.toolchain.release import find_release

pytestmark = [pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.xdist_group("overlays")]

# They run llc and nothing else of LLVM's.
TESTS = ("patchpoint.ll", "GlobalISel/select-sub.mir", "ret-mmx.ll")


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Maps, list[MappedFolder]]]:
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), Silent().step)
    release = find_release(store, provider, None, "HEAD", Silent().step)
    folders = tuple(f"llvm/test/CodeGen/X86/{test}" for test in TESTS)
    job = MapJob(store, release, provider.toolchain(), SuiteOptions(jobs=2, folders=folders))
    maps = Maps(store, MappedRelease.of(release))
    try:
        yield maps, list(mapping.build(job, Silent()))
    finally:
        for test in TESTS:
            maps.file(f"upstream:CodeGen/X86/{test}").unlink(missing_ok=True)


def test_the_map_of_llvms_own_tests_says_what_they_enter(made: tuple[Maps, list[MappedFolder]]) -> None:
    maps, folders = made
    assert [(one.folder, one.tests, dict(one.unknown)) for one in folders] == [
        (f"upstream:CodeGen/X86/{test}", 1, {}) for test in TESTS
    ]
    loaded, refused = maps.load([one.folder for one in folders])
    assert refused == ()
    assert [one.outcomes for one in loaded.folders] == [(Outcome.PASS,)] * 3
    patchpoint = find_function(loaded.table, "SelectionDAGBuilder::visitPatchpoint")
    assert [test.folder for test in entering(loaded, patchpoint.names)] == [
        "upstream:CodeGen/X86/patchpoint.ll"
    ]
    (main,) = {find_function(loaded.table, "main").names}
    assert len(entering(loaded, main)) == 3
    assert all(3000 < test.functions < 12_000 for test in entering(loaded, main))


def test_what_a_change_reaches_is_chosen_of_llvms_own_tests(made: tuple[Maps, list[MappedFolder]]) -> None:
    maps, folders = made
    loaded, _ = maps.load([one.folder for one in folders])
    changed = find_function(loaded.table, "SelectionDAGBuilder::visitPatchpoint").names
    found = select(loaded, changed)
    assert {test for tests in found.reached.values() for test in tests} == {
        "llvm/test/CodeGen/X86/patchpoint.ll"
    }
    assert (found.unreached, found.unmapped) == (2, frozenset())
