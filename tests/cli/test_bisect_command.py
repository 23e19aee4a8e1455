"""`harness bisect`, as a user runs it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ADDS_LIVE_OUTS, LIVENESS

if TYPE_CHECKING:
    from tests.command import Harness, Source

WIDE = "lit-tests/X86/stackmap-constant-i128.ll"
LIVE_OUTS = """\
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  ret void
}
"""
KNOWS_REGISTERS = "  TRI = MF.getSubtarget().getRegisterInfo();\n"


@pytest.mark.needs_llvm
def test_the_version_that_broke_wide_constants_is_named(harness: Harness, tmp_path: Path) -> None:
    """Issue 55609 became an address of the compiler's own in LLVM 20."""
    said = harness("bisect", WIDE, "--llvm", "19,22", "--json", tmp_path / "out.json")
    assert said.code == 0
    assert said.out.splitlines() == [
        "debian 19: without the failure: passes",
        "debian 22: with the failure: fails",
        "",
        "note: LLVM 20, 21 are not here: the change may be in any version after 19",
        "asked 2 of 2 steps",
        f"{WIDE}: debian 22 brings it",
        "  before, debian 19: passes",
        "  after, debian 22: fails",
    ]
    record = json.loads((tmp_path / "out.json").read_text())["bisection"]
    assert (record["before"]["name"], record["after"]["name"]) == ("debian 19", "debian 22")


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_the_hunk_that_brings_a_crash_is_named(harness: Harness, source: Source, tmp_path: Path) -> None:
    text = (source.root / LIVENESS).read_text()
    mended = text.replace(KNOWS_REGISTERS, f'{KNOWS_REGISTERS}  assert(TRI && "there is one");\n')
    dies = ADDS_LIVE_OUTS.replace("addLiveOutSetToMI(MF, MI);", 'assert(MF.empty() && "never empty");')
    broken = mended.replace(ADDS_LIVE_OUTS, dies + ADDS_LIVE_OUTS)
    before, after = text.splitlines(keepends=True), broken.splitlines(keepends=True)
    diff = difflib.unified_diff(before, after, f"a/{LIVENESS}", f"b/{LIVENESS}")
    (tmp_path / "dies.patch").write_text("".join(diff))
    (tmp_path / "a.ll").write_text(LIVE_OUTS)
    said = harness(
        *("bisect", tmp_path / "a.ll", "--run", "llc -mtriple=x86_64-unknown-linux-gnu"),
        *("--series", tmp_path / "dies.patch"),
    )
    line = source.line_of(LIVENESS, ADDS_LIVE_OUTS.strip()) - 3
    assertion = 'llc: assertion: MF.empty() && "never empty"'
    patch = f"{tmp_path}/dies.patch: {LIVENESS}"
    first = f"{patch}:{source.line_of(LIVENESS, KNOWS_REGISTERS.strip()) - 2}, hunk 1 of 2"
    hunk = f"{patch}:{line}, hunk 2 of 2"
    assert said.code == 0
    shown = [one.partition(" (lib/")[0] for one in said.out.splitlines()]
    assert shown == [
        "LLVM 19.1.7: without the failure: passes",
        f"{first}: without the failure: passes",
        f"{hunk}: with the failure: crash: {assertion}",
        "",
        "asked 3 of 3 steps",
        f"{tmp_path}/a.ll: {hunk} brings it",
        f"  before, {first}: passes",
        f"  after, {hunk}: the same failure: {assertion}",
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("a.ll", "--hunks"), "--hunks: there is no series to take them from\nnext: add --series\n"),
        (("absent.ll",), "absent.ll: No such file or directory\nnext: name a file of IR or a report, or -\n"),
    ],
)
def test_bad_input(harness: Harness, args: tuple[str, ...], message: str) -> None:
    said = harness("bisect", *args)
    assert (said.code, said.err) == (2, f"harness: error: {message}")
