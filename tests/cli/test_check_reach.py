"""Which tests `harness check` runs: on the command line, and on real LLVM 19."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.command import LOWER, LOWERS_PATCHPOINT, SUITE_CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command import Harness, Source

ADDED = """\
  if (MF->getName() == "dies")
    report_fatal_error("as asked for");
"""
TEST = """\
; RUN: {run} llc -mtriple=x86_64 -o /dev/null %s
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @{name}() {{
  {call}
  ret void
}}
"""
CALL = (
    "call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)"
)


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlay")
def test_only_tests_that_enter_the_change_say_something_about_it(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(SUITE_CONFIG)
    for name, run, call in (("lives", "", CALL), ("dies", "not --crash", CALL), ("plain", "", "")):
        (suite / f"{name}.ll").write_text(TEST.format(name=name, run=run, call=call))
    patch = tmp_path / "my.patch"
    patch.write_bytes(source.diff({LOWER: (LOWERS_PATCHPOINT, LOWERS_PATCHPOINT + ADDED)}))
    options = ("--suite", suite, "--quiet", "--json", tmp_path / "json")
    said = harness("check", patch, *options)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  changes"))
    assert lines[at].startswith("  changes 1 function: llvm::X86AsmPrinter::LowerPATCHPOINT(")
    assert lines[at + 1] == "  reached by 2 of 3 tests; the others cannot notice it"
    (series,) = json.loads((tmp_path / "json").read_text())["report"]["series"]
    verdicts = {one["name"]: one["verdict"] for one in series["comparison"]["verdicts"]}
    assert verdicts == {"dies.ll": "fixed", "lives.ll": "passes", "plain.ll": "unreached"}
    assert [series["reach"][key] for key in ("reached", "unreached", "unknown", "why")] == [2, 1, 0, ""]

    alone = harness("check", patch, "--filter", "plain", *options)
    assert alone.code == 1
    assert "unproven: no test enters what it changes: add one, or name more with --suite" in alone.out
    (series,) = json.loads((tmp_path / "json").read_text())["report"]["series"]
    assert [one["verdict"] for one in series["comparison"]["verdicts"]] == ["unreached"]
    assert harness("check", patch, "--allow-unreached", "--filter", "plain", *options).code == 0
    # With all tests, one that cannot notice the patch is taken for one.
    assert harness("check", patch, "--all", "--filter", "plain", *options).code == 0


def test_there_is_no_reach_without_a_patch(harness: Harness) -> None:
    said = harness("check", "--toolchain", "wheel", "--allow-unreached")
    assert said.code == 2
    assert said.err.splitlines()[-2:] == [
        "harness: error: --allow-unreached: there is no patch that tests could reach",
        "next: name a series, or leave out --allow-unreached",
    ]


@pytest.mark.parametrize("option", ["--all", "--no-patch"])
def test_llvms_own_tests_that_reach_it_are_not_asked_for_then(harness: Harness, option: str) -> None:
    said = harness("check", option, "--suite", "upstream:reached")
    assert said.code == 2
    assert said.err.splitlines()[-2:] == [
        f"harness: error: --suite upstream:reached with {option}: it asks which tests reach a patch",
        "next: name a folder instead: --suite upstream:CodeGen/X86",
    ]


def test_all_tests_or_those_that_reach_it(harness: Harness) -> None:
    said = harness("check", "--all", "--allow-unreached", "x86-undersized-patchpoint")
    assert said.code == 2
    assert said.err.splitlines()[-2:] == [
        "harness: error: --allow-unreached with --all: then all tests count",
        "next: leave one of them out",
    ]
