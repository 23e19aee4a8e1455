"""`harness check --coverage` on real LLVM 19: one unit, two tests, one of which dies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import LOWER, LOWERS_PATCHPOINT, SUITE_CONFIG

if TYPE_CHECKING:
    from tests.command import Harness, Source

ADDED = """\
  // Of these lines, tests execute all but one.
  if (MI.getNumOperands() > 1000)
    report_fatal_error("too many operands");
  if (MF->getName() == "dies") {
    report_fatal_error("as asked for");
  }
"""
TEST = """\
; RUN: {run} llc -mtriple=x86_64 -o /dev/null %s
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @{name}() {{
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  ret void
}}
"""


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlay")
def test_lines_that_no_test_executes(harness: Harness, source: Source, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(SUITE_CONFIG)
    for name, run in (("lives", ""), ("dies", "not --crash")):
        (suite / f"{name}.ll").write_text(TEST.format(name=name, run=run))
    patch = tmp_path / "my.patch"
    patch.write_bytes(source.diff({LOWER: (LOWERS_PATCHPOINT, LOWERS_PATCHPOINT + ADDED)}))
    files = {kind: tmp_path / kind for kind in ("json", "lcov", "annotations", "markdown")}
    options = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    said = harness("check", "--all", patch, "--suite", suite, "--coverage", "--quiet", *options)
    assert said.code == 0, said.err
    first = source.line_of(LOWER, LOWERS_PATCHPOINT.strip()) + 1
    place = f"{LOWER}:{first + 2}"
    start = said.out.index("  patch coverage")
    assert said.out[start : said.out.index("  build base")].splitlines() == [
        "  patch coverage 3 of 4 lines; never executed:",
        f'    {place}  +    report_fatal_error("too many operands");',
        "  branches never taken:",
        f"    {LOWER}:{first + 1}  never true: MI.getNumOperands() > 1000",
    ]
    (series,) = json.loads(files["json"].read_text())["report"]["series"]
    (file,) = series["coverage"]["files"]
    assert [bool(line["count"]) for line in file["lines"]] == [True, False, True, True]
    assert f"DA:{first + 2},0\n" in files["lcov"].read_text()
    assert f"line={first + 2},endLine={first + 2}," in files["annotations"].read_text()
    assert "| 75 % |" in files["markdown"].read_text()
    # Without it, the same verdict and not a word.
    plain = harness("check", "--all", patch, "--suite", suite, "--quiet", "--json", tmp_path / "plain")
    assert plain.code == 0
    assert "coverage" not in plain.out
    (other,) = json.loads((tmp_path / "plain").read_text())["report"]["series"]
    assert other["coverage"] is None
    verdicts = [[(v["name"], v["verdict"]) for v in s["comparison"]["verdicts"]] for s in (series, other)]
    assert verdicts[0] == verdicts[1] == [("dies.ll", "fixed"), ("lives.ll", "passes")]


@pytest.mark.parametrize("option", ["--coverage", "--lcov", "--annotations"])
def test_there_is_no_coverage_without_a_patch(harness: Harness, tmp_path: Path, option: str) -> None:
    value = [] if option == "--coverage" else [tmp_path / "file"]
    said = harness("check", "--toolchain", "wheel", option, *value)
    assert said.code == 2
    assert said.err.splitlines()[-2:] == [
        "harness: error: --coverage: there is no patch whose lines could be covered",
        "next: name a series, or leave out --coverage, --lcov and --annotations",
    ]
