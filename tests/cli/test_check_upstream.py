"""`harness check --suite upstream:...` on real LLVM 19: tests of its own, without and with a series."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.command import Harness, Said, Source

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
    claims = series["comparison"]["claims"]
    assert [(claim["held"], claim["checked"]) for claim in claims] == [(False, False)] * 2
    counts = Counter(verdicts.values())
    assert counts.keys() <= {"passes", "unsupported"}
    assert counts["passes"] > counts["unsupported"]


def test_a_test_of_llvms_without_a_patch(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    said = harness(
        "check", "-q", "--no-patch", "--suite", f"upstream:{FOLDER}/patchpoint.ll", "--json", report
    )
    assert (said.code, said.err) == (0, ""), said.out
    (result,) = json.loads(report.read_text())["report"]["suite"]["results"]
    assert (result["name"], result["outcome"]) == (f"{FOLDER}/patchpoint.ll", "PASS")


BROUGHT = {
    "fails.ll": "{run}; CHECK: no such text\n",
    "green.ll": "{run}; CHECK: f:\n",
    "other.ll": "{run}; REQUIRES: some-other-machine\n; CHECK: f:\n",
    "xfails.ll": "{run}; XFAIL: *\n; CHECK: no such text\n",
    "xpasses.ll": "{run}; XFAIL: *\n; CHECK: f:\n",
}
RENAMER = "llvm/lib/Transforms/Utils/MetaRenamer.cpp"
RENAMED = "llvm/test/Transforms/MetaRenamer/my.ll"
ONE = "CodeGen/X86/patchpoint.ll"


@pytest.fixture(scope="module")
def judged(
    harness: Harness, source: Source, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Said, dict[str, Any]]:
    """A series of ours and two patches that bring tests: what was said, and the report."""
    place = tmp_path_factory.mktemp("judged")
    run, function = "; RUN: llc -mtriple=x86_64 < %s | FileCheck %s\n", "define void @f() {\n  ret void\n}\n"
    texts = {name: text.format(run=run) + function for name, text in BROUGHT.items()}
    red, opt = place / "red.patch", place / "opt.patch"
    red.write_text("".join(added(f"{FOLDER}/my-{name}", text) for name, text in texts.items()))
    test = "; RUN: opt -S -passes=metarenamer < %s | FileCheck %s\n; CHECK: {{^}}block:\n"
    test += "define void @f() {\nx:\n  ret void\n}\n"
    change = source.diff({RENAMER: ('BB.setName("bb")', 'BB.setName("block")')}).decode()
    opt.write_text(change + added(RENAMED, test))
    which = ("x86-undersized-patchpoint", red, opt, "--suite", f"upstream:{ONE}")
    said = harness("check", "-q", "--all", *which, "--json", place / "r.json")
    return said, json.loads((place / "r.json").read_text())["report"]


def verdicts_of(report: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    (series,) = (one for one in report["series"] if one["name"] == name)
    return {v["name"]: v for v in series["comparison"]["verdicts"]}


def test_the_record_tells_what_was_run_in_full(judged: tuple[Said, dict[str, Any]]) -> None:
    said, report = judged
    assert (said.code, said.err) == (1, "")
    assert report["whole"] == [ONE]
    found = verdicts_of(report, "x86-undersized-patchpoint")
    assert {name: one["verdict"] for name, one in found.items()} == {
        OWN: "fixed",
        f"{FOLDER}/patchpoint.ll": "passes",
    }


def test_a_test_that_the_patch_brings_has_to_pass(judged: tuple[Said, dict[str, Any]]) -> None:
    """Red as LLVM's bots would be, though no outcome differs from the base's; XFAIL is theirs to mean."""
    said, report = judged
    red = ", ".join(
        f"{FOLDER}/my-{name}.ll ({outcome})"
        for name, outcome in (("fails", "FAIL"), ("other", "UNSUPPORTED"), ("xpasses", "XPASS"))
    )
    assert f"\nNOT OK: own tests that do not pass: {red}\n" in said.out
    found = {name: (v["verdict"], v["patched"]["outcome"]) for name, v in verdicts_of(report, "red").items()}
    assert found == {
        f"{FOLDER}/my-fails.ll": ("still-failing", "FAIL"),
        f"{FOLDER}/my-green.ll": ("vacuous", "PASS"),
        f"{FOLDER}/my-other.ll": ("unsupported", "UNSUPPORTED"),
        f"{FOLDER}/my-xfails.ll": ("still-failing", "XFAIL"),
        f"{FOLDER}/my-xpasses.ll": ("vacuous", "XPASS"),
    }


def test_what_the_tests_of_a_patch_run_is_built_with_it(judged: tuple[Said, dict[str, Any]]) -> None:
    """`opt`, and a unit that is not in llc: a test that the patch brings says so, and is told by it."""
    _, report = judged
    (series,) = (one for one in report["series"] if one["name"] == "opt")
    assert all(RENAMER in build["units"] for build in series["builds"])
    found = {name: one["verdict"] for name, one in verdicts_of(report, "opt").items()}
    assert found == {RENAMED: "fixed", f"{FOLDER}/patchpoint.ll": "passes"}


def added(path: str, text: str) -> str:
    """A patch that adds a file."""
    lines = text.splitlines(True)
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        f"@@ -0,0 +1,{len(lines)} @@\n{''.join(f'+{line}' for line in lines)}"
    )
