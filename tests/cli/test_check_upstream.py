"""`harness check --suite upstream:...` on real LLVM 19: tests of its own, without and with a series."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Harness, Source

pytestmark = [pytest.mark.overlay, pytest.mark.xdist_group("overlay")]

FOLDER = "llvm/test/CodeGen/X86"
OWN = f"{FOLDER}/patchpoint-undersized.ll"


def test_a_folder_and_what_the_series_adds_to_it(harness: Harness, source: Source, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    said = harness(
        "check", "-q", "x86-undersized-patchpoint", "--suite", "upstream:CodeGen/X86", "--json", report,
        "--filter", "/patchpoint|statepoint-live-in\\.",
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
    said = harness("check", "-q", "x86-undersized-patchpoint", "--suite", f"upstream:{one}", "--json", report)
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
