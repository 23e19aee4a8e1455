"""`harness reduce --mir` on real LLVM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ADDS_LIVE_OUTS, LIVENESS

if TYPE_CHECKING:
    from tests.command import Harness, Source

CASE = """\
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define i64 @caller(i64 %a) {
  %b = add i64 %a, 1
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  ret i64 %b
}
"""


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_a_pass_of_llc_is_left_alone_with_its_machine_ir(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    dies = ADDS_LIVE_OUTS.replace("addLiveOutSetToMI(MF, MI);", 'assert(MF.empty() && "never empty");')
    (tmp_path / "dies.patch").write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, dies + ADDS_LIVE_OUTS)}))
    (tmp_path / "a.ll").write_text(CASE)
    words = ("--series", tmp_path / "dies.patch", "--repeat", "1", "-q")
    llc = ("--run", "llc -mtriple=x86_64-unknown-linux-gnu")
    said = harness("reduce", tmp_path / "a.ll", *words, *llc, "--mir", cwd=tmp_path)
    assert said.code == 0, said.err
    made = (tmp_path / "a.reduced.mir").read_text()
    assert made.startswith(
        "# RUN: llc -mtriple=x86_64-unknown-linux-gnu -start-before=stackmap-liveness %s\n"
    )
    assert "PATCHPOINT" in made
    assert "add " not in made
    again = harness("repro", tmp_path / "a.reduced.mir", *words)
    assert again.code == 0
    assert 'MF.empty() && "never empty"' in again.out
