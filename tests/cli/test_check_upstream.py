"""`harness check --suite upstream:...` on real LLVM 19: tests of its own, without and with a series."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.command import Harness, Source

pytestmark = [pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.xdist_group("overlays")]

FOLDER = "llvm/test/CodeGen/X86"
OWN = f"{FOLDER}/patchpoint-undersized.ll"


def test_a_folder_and_what_the_series_adds_to_it(harness: Harness, source: Source, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    said = harness(
        "check", "-q", "--all", "x86-undersized-patchpoint", "--suite", "upstream:CodeGen/X86",
        "--json", report, "--filter", "/patchpoint|statepoint-live-in\\.",
    )  # fmt: skip
    assert (said.code, said.err) == (0, ""), said.out
    assert said.out.splitlines()[-1].endswith(" s; 2 claims were not checked because of --suite")
    assert "claim not checked: fixes X86/patchpoint-zero-bytes-symbol-callee.ll: not run (" in said.out
    record = json.loads(report.read_text())["report"]
    assert record["whole"] == []
    (series,) = record["series"]
    verdicts = {v["name"]: v["verdict"] for v in series["comparison"]["verdicts"]}
    there = {f"{FOLDER}/{p.name}" for p in (source.root / FOLDER).glob("patchpoint*.*")}
    assert verdicts.keys() == {*there, OWN, f"{FOLDER}/statepoint-live-in.ll"}
    assert OWN not in there
    assert verdicts.pop(OWN) == "fixed"
    counts = Counter(verdicts.values())
    assert counts.keys() <= {"passes", "unsupported"}
    assert counts["passes"] > counts["unsupported"]


def test_the_record_tells_what_was_run_in_full(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    one = "CodeGen/X86/patchpoint.ll"
    said = harness(
        "check", "-q", "--all", "x86-undersized-patchpoint", "--suite", f"upstream:{one}", "--json", report
    )
    assert (said.code, said.err) == (0, ""), said.out
    assert json.loads(report.read_text())["report"]["whole"] == [one]


def test_a_test_of_llvms_without_a_patch(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    said = harness(
        "check", "-q", "--no-patch", "--suite", f"upstream:{FOLDER}/patchpoint.ll", "--json", report
    )
    assert (said.code, said.err) == (0, ""), said.out
    (result,) = json.loads(report.read_text())["report"]["suite"]["results"]
    assert (result["name"], result["outcome"]) == (f"{FOLDER}/patchpoint.ll", "PASS")


def test_a_test_that_the_patch_brings_has_to_pass(harness: Harness, tmp_path: Path) -> None:
    """Red as LLVM's bots would be, though no outcome differs from the base's; XFAIL is theirs to mean."""
    run, function = "; RUN: llc -mtriple=x86_64 < %s | FileCheck %s\n", "define void @f() {\n  ret void\n}\n"
    brought = {
        "fails.ll": f"{run}; CHECK: no such text\n",
        "green.ll": f"{run}; CHECK: f:\n",
        "other.ll": f"{run}; REQUIRES: some-other-machine\n; CHECK: f:\n",
        "xfails.ll": f"{run}; XFAIL: *\n; CHECK: no such text\n",
        "xpasses.ll": f"{run}; XFAIL: *\n; CHECK: f:\n",
    }
    patch, report = tmp_path / "my.patch", tmp_path / "report.json"
    patch.write_text("".join(added(f"{FOLDER}/my-{name}", text + function) for name, text in brought.items()))
    said = harness(
        "check", "-q", "--all", patch, "--suite", "upstream:CodeGen/X86/patchpoint.ll", "--json", report
    )
    red = ", ".join(
        f"{FOLDER}/my-{name}.ll ({outcome})"
        for name, outcome in (("fails", "FAIL"), ("other", "UNSUPPORTED"), ("xpasses", "XPASS"))
    )
    assert (said.code, said.err) == (1, "")
    assert f"\nNOT OK: own tests that do not pass: {red}\n" in said.out
    (series,) = json.loads(report.read_text())["report"]["series"]
    found = {v["name"]: (v["verdict"], v["patched"]["outcome"]) for v in series["comparison"]["verdicts"]}
    assert found == {
        f"{FOLDER}/my-fails.ll": ("still-failing", "FAIL"),
        f"{FOLDER}/my-green.ll": ("vacuous", "PASS"),
        f"{FOLDER}/my-other.ll": ("unsupported", "UNSUPPORTED"),
        f"{FOLDER}/my-xfails.ll": ("still-failing", "XFAIL"),
        f"{FOLDER}/my-xpasses.ll": ("vacuous", "XPASS"),
    }


def test_what_the_tests_of_a_patch_run_is_built_with_it(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    """`opt`, and a unit that is not in llc: a test that the patch brings says so, and is told by it."""
    unit, name = "llvm/lib/Transforms/Utils/MetaRenamer.cpp", "llvm/test/Transforms/MetaRenamer/my.ll"
    test = "; RUN: opt -S -passes=metarenamer < %s | FileCheck %s\n; CHECK: {{^}}block:\n"
    test += "define void @f() {\nx:\n  ret void\n}\n"
    patch, report = tmp_path / "my.patch", tmp_path / "report.json"
    change = source.diff({unit: ('BB.setName("bb")', 'BB.setName("block")')}).decode()
    patch.write_text(change + added(name, test))
    said = harness(
        "check", "-q", "--all", patch, "--suite", "upstream:CodeGen/X86/patchpoint.ll", "--json", report
    )
    assert (said.code, said.err) == (0, ""), said.out
    (series,) = json.loads(report.read_text())["report"]["series"]
    assert [build["units"] for build in series["builds"]] == [[unit]] * 2
    verdicts = {v["name"]: v["verdict"] for v in series["comparison"]["verdicts"]}
    assert verdicts == {name: "fixed", f"{FOLDER}/patchpoint.ll": "passes"}


def added(path: str, text: str) -> str:
    """A patch that adds a file."""
    lines = text.splitlines(True)
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        f"@@ -0,0 +1,{len(lines)} @@\n{''.join(f'+{line}' for line in lines)}"
    )
