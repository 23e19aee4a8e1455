"""What a map of a release has of a change, and that changes are looked for once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.request import BuiltObject, CompiledSide
from harness.check.changed import ChangeFinder, MappedChange, find_mapped
from harness.llvm import Prebuilt
from harness.reach.changed.unit import Changed
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

F, G, LOCAL = FunctionName("", "_Z1fv"), FunctionName("", "_Z1gv"), FunctionName("A.cpp", "_ZL5localv")
NAMES = (F, G, LOCAL)


def test_functions_of_a_change_in_a_map() -> None:
    new, gone = FunctionName("", "_Z3newv"), FunctionName("", "_Z4gonev")
    table = FunctionTable().grown(NAMES)
    places = table.places(NAMES)

    def mapped(changed: Changed, table: FunctionTable = table) -> MappedChange:
        return find_mapped(table, changed)

    assert mapped(Changed(frozenset({F}), inlined=frozenset({LOCAL}))).numbers == {places[F], places[LOCAL]}
    # What stands for a function that no tool has are its callers; for one that has none of these, nothing.
    called = Changed(frozenset({gone}), references={gone: frozenset({G})})
    assert mapped(called) == MappedChange(frozenset({places[G]}))
    assert mapped(Changed(frozenset({gone}))).unmapped == {gone}
    # A new function is nobody's, unless an archive has it too: then ours takes its place.
    assert mapped(Changed(added=frozenset({new, G}))) == MappedChange(frozenset({places[G]}))
    blind = table.grown((), [new])
    assert mapped(Changed(added=frozenset({new})), blind).unmapped == {new}


def test_a_change_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def find(*objects: object) -> Changed:
        asked.append(objects)
        return Changed()

    monkeypatch.setattr("harness.check.changed.list_shipped_archives", lambda _: [])
    monkeypatch.setattr("harness.check.changed.find_change", find)
    none = Path("/dev/null")
    prebuilt = Prebuilt(none, "19.1.7", none, none, None, none, None, None, "", True, "p", "made up")
    finder = ChangeFinder(prebuilt)
    one = BuiltObject("A.cpp", "A.o", Path("/base"))
    for path in ("/patched", "/patched", "/other"):
        finder(CompiledSide((one,)), CompiledSide((replace(one, path=Path(path)),)))
    assert len(asked) == 2
