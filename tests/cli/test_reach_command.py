"""`harness reach show`, as a user runs it: what it shows of maps that are there, and what it says without."""

from __future__ import annotations

import json
from pathlib import Path

from tests.command import Harness
from tests.mapping.made_maps import made_maps

FUNCTION = "llvm::SelectionDAGBuilder::visitPatchpoint(llvm::CallBase const&, llvm::BasicBlock const*)"


def test_the_tests_of_a_function_are_shown_and_written(harness: Harness, tmp_path: Path) -> None:
    made_maps(tmp_path / "store")
    said = harness(
        *("reach", "show", "visitPatchpoint", "--limit", "1", "--json", tmp_path / "a.json"),
        *("--store", tmp_path / "store", "--llvm", "19"),
    )
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == FUNCTION
    assert said.out.splitlines()[-2:] == [
        "       2  llvm/test/CodeGen/X86/c.ll",
        "     ...  2 more; --limit 0 shows all",
    ]
    record = json.loads((tmp_path / "a.json").read_text())
    assert record["version"] == 1
    assert [test["name"] for test in record["reach"]["tests"]] == [
        "llvm/test/CodeGen/X86/c.ll",
        "X86/a.ll",
        "llvm/test/CodeGen/X86/d.ll",
    ]


def test_a_place_in_a_file_that_is_here_is_shown(harness: Harness, tmp_path: Path) -> None:
    made_maps(tmp_path / "store")
    (tmp_path / "X86MCInstLower.cpp").write_text("static void lower() {\n  return;\n}\n")
    said = harness("reach", "show", "X86MCInstLower.cpp:2", "--store", tmp_path / "store", cwd=tmp_path)
    assert (said.code, said.out.splitlines()[0]) == (0, "lower")


def test_a_test_and_the_folders_are_shown(harness: Harness, tmp_path: Path) -> None:
    made_maps(tmp_path / "store")
    said = harness("reach", "show", "d.ll", "--store", tmp_path / "store")
    assert (said.code, said.out.splitlines()[0]) == (0, "llvm/test/CodeGen/X86/d.ll: FAIL")
    said = harness("reach", "show", "--store", tmp_path / "store", "--llvm", "19")
    assert (said.code, said.err) == (0, "")
    assert "lit-tests: 2 tests, the reach of 1 unknown" in said.out.splitlines()


def test_a_damaged_map_is_one_line_and_the_others_are_shown(harness: Harness, tmp_path: Path) -> None:
    maps = made_maps(tmp_path / "store")
    maps.file("lit-tests").write_bytes(b"no map")
    said = harness("reach", "show", "--store", tmp_path / "store")
    assert said.out.splitlines() == [
        "note: the map of lit-tests: is not a map of this harness's; 'harness reach build' makes it again",
        "upstream:CodeGen/X86: 3 tests",
    ]


def test_what_is_not_there_is_said(harness: Harness, tmp_path: Path) -> None:
    made_maps(tmp_path / "store")
    said = [
        harness("reach", "show", *words, "--store", tmp_path / "store", cwd=tmp_path)
        for words in (("nothing",), ("main", "--llvm", "18"), ("--json", "a.json"))
    ]
    assert [(one.code, one.out, one.err) for one in said] == [
        (
            2,
            "",
            "harness: error: nothing: no function of LLVM's tools is called so\n"
            "next: give its linkage name, that of the source (SelectionDAGBuilder::visitPatchpoint), "
            "or FILE.cpp:LINE\n",
        ),
        (
            4,
            "",
            "harness: error: no map of LLVM 18 here\nnext: make one: harness reach build --llvm 18\n",
        ),
        (
            2,
            "",
            "harness: error: --json: nothing to write\nnext: name a function, a place or a test\n",
        ),
    ]
