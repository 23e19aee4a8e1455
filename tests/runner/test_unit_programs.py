"""Programs of LLVM's unit tests as tests of a suite."""

from __future__ import annotations

from pathlib import Path

from harness.builders.parts import find_unjudged
from harness.builders.request import Built
from harness.llvm import Toolchain
from harness.progress import Silent
from harness.runner import runs, unit_tests
from harness.store import Store

SCRIPTS = {
    "llc": 'echo "LLVM version 19.1.7"',
    "unittests-ADT-ADTTests": "true",
    "unittests-IR-IRTests": "exit 1",
}


def test_each_program_is_a_test(tmp_path: Path) -> None:
    tools = {name: tmp_path / name for name in SCRIPTS}
    for name, text in SCRIPTS.items():
        tools[name].write_text(f"#!/bin/sh\n{text}\n")
        tools[name].chmod(0o755)
    toolchain = Toolchain("made", "19.1.7", tools, "made here", str(tmp_path))
    suite = unit_tests.suite(Store(tmp_path / "store"), ["unittests/IR/IRTests", "unittests/ADT/ADTTests"], 1)
    run = runs.run(toolchain, suite, Silent())
    assert {result.name: result.outcome.value for result in run.results} == {
        "llvm/unittests/ADT/ADTTests": "PASS",
        "llvm/unittests/IR/IRTests": "FAIL",
    }


def test_what_is_compiled_is_no_longer_unjudged() -> None:
    one, two, other = (f"llvm/unittests/{name}.cpp" for name in ("One", "Two", "Other"))
    seeming = [f"{path}: unit tests are not run here" for path in (one, two, other)]
    alone = (f"{one}: alone", "llvm/include/New.h: unread")
    base = Built({}, (one, two), (), "b", 0.0, cached=False, unjudged=alone)
    patched = Built(
        {}, (one, two), (), "p", 0.0, cached=False, unjudged=(f"{two}: alone", "x.cpp: not its own")
    )
    changed = {one, two, other, "llvm/include/New.h"}
    left = find_unjudged(seeming, (base, patched), changed)
    assert left == (seeming[2], f"{two}: alone", f"{one}: alone")
