"""`harness check` looks at lines: where very many tests enter what a series changes, and where none differs.

On real LLVM 19.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from harness import process
from tests.command import LIMITS, LIVENESS, LOWER, SUITE_CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command import Harness, Source

# The command, to which no number of tests is few.
HARNESS = """\
import functools
from harness.check import job, lines
from harness.cli import main
job.LineFinder = functools.partial(lines.LineFinder, few=0)
main()
"""

# A case of the switch in X86AsmPrinter::emitInstruction, which every test of X86 enters.
BEFORE = "  case X86::CLEANUPRET: {\n    // Lower these as normal, but add some comments.\n"
ADDED = '  case X86::MFENCE:\n    OutStreamer->AddComment("orders memory");\n    break;\n'
# Where the pass goes for a function without patch points, and something to do there that no test sees. What
# it takes besides is nothing by itself.
SKIPS = "    ++NumStackMapFuncSkipped;\n"
NOTHING = "    adjustMask(*TRI, MF.allocateRegMask());\n"
INCLUDE, HEAD = '#include "llvm/IR/DiagnosticInfo.h"\n', "using namespace llvm;\n"
HELPER = """
static void adjustMask(const TargetRegisterInfo &TRI, uint32_t *Mask) {
  TRI.adjustStackMapLiveOutMask(Mask);
}
"""
POINT = "@llvm.experimental.patchpoint.void"
CALL = f"call void (i64, i32, ptr, i32, ...) {POINT}(i64 1, i32 15, ptr null, i32 0)"
DECLARATION = f"declare void {POINT}(i64, i32, ptr, i32, ...)\n"
TEST = """\
; RUN: llc -mtriple=x86_64 -o /dev/null %s
define void @{name}() {{
  {instruction}
  ret void
}}
"""


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlay")
def test_a_new_case_selects_the_tests_that_get_there(source: Source, tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(SUITE_CONFIG)
    for name, instruction in (("fence", "fence seq_cst"), ("plain", ""), ("weaker", "fence acquire")):
        (suite / f"{name}.ll").write_text(TEST.format(name=name, instruction=instruction))
    patch = tmp_path / "my.patch"
    patch.write_bytes(source.diff({LOWER: (BEFORE, ADDED + BEFORE)}))
    argv: list[str | Path] = [
        sys.executable,
        "-c",
        HARNESS,
        "check",
        patch,
        "--suite",
        suite,
        "--json",
        tmp_path / "json",
    ]
    done = process.run(argv, env={"CI": None, "COLUMNS": "200", "NO_COLOR": "1"}, limits=LIMITS)
    assert done.ok, done.text
    lines = done.stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  changes"))
    assert lines[at].startswith("  changes 1 function: llvm::X86AsmPrinter::emitInstruction(")
    assert lines[at + 1] == "  reached by 1 of 3 tests; the others cannot notice it"
    assert lines[at + 2] == "  by functions 3, by lines 1"
    (series,) = json.loads((tmp_path / "json").read_text())["report"]["series"]
    verdicts = {one["name"]: one["verdict"] for one in series["comparison"]["verdicts"]}
    assert verdicts == {"fence.ll": "passes", "plain.ll": "unreached", "weaker.ll": "unreached"}


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.slow
@pytest.mark.xdist_group("overlay")
def test_where_no_test_differs_one_has_to_get_to_a_changed_line(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    """The test enters the function; the line is that of functions without patch points."""
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(SUITE_CONFIG)
    (suite / "point.ll").write_text(TEST.format(name="point", instruction=CALL) + DECLARATION)
    patch = tmp_path / "my.patch"
    text = (source.root / LIVENESS).read_text()
    new = text.replace(SKIPS, NOTHING + SKIPS).replace(HEAD, INCLUDE + HEAD + HELPER)
    patch.write_bytes(source.diff({LIVENESS: (text, new)}))
    said = harness("check", patch, "--suite", suite, "--quiet", "--json", tmp_path / "json")
    place = f"{LIVENESS}:{new.splitlines().index(NOTHING.rstrip()) + 1}"
    gap = f"no test that ran gets to {place}"
    assert f"unproven: {gap}: add one, or name more with --suite" in said.out.splitlines(), said.out
    assert said.code == 1
    lines = said.out.splitlines()
    at = lines.index("  reached by 1 of 1 tests; the others cannot notice it")
    assert lines[at + 1 : at + 3] == ["  by functions 1, by lines 0", f"  {gap}"]
    (series,) = json.loads((tmp_path / "json").read_text())["report"]["series"]
    assert series["reach"]["by_lines"] == {"tests": 1, "reached": 0, "unsure": 0, "missed": [place]}
