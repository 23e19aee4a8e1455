"""`harness check --show-changes` on real LLVM 19: a change of code that no CHECK line notices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.command import Harness, Source

pytestmark = [pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.xdist_group("overlays")]

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
NOPS = "  emitX86Nops(*OutStreamer, NumBytes - EncodedBytes, Subtarget);\n"
# They look for what comes before a nop more, and for the return somewhere after it.
TESTS = r"X86/patchpoint-(tail|thread-2013)\.ll$"
SHOWN = """\
  2 passes
  2 tests pass on both sides but the output differs: --show-changes 3
  X86/patchpoint-tail.ll: caller (llc, stdout): 7 -> 8 instructions, 20 -> 21 bytes
    --- base
    +++ patched
    @@
"""


def test_a_change_that_no_check_notices_is_shown_by_function(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    (tmp_path / "nop.patch").write_bytes(
        source.diff({LOWER: (NOPS, f"{NOPS}  emitX86Nops(*OutStreamer, 1, Subtarget);\n")})
    )
    record, comment = tmp_path / "record.json", tmp_path / "comment.md"
    said = harness(
        *("check", "--all", tmp_path / "nop.patch", "--llvm", "19", "--filter", TESTS, "--show-changes", "1"),
        *("--json", record, "--markdown", comment),
    )
    assert (said.code, said.err.count("again (2)")) == (0, 1), said.err
    assert SHOWN in said.out
    shown = said.out.partition(SHOWN)[2].partition("  and 2 more\n")[0]
    assert shown.count("\n    +") == 1
    assert "    +   nop\n" in shown
    silent = json.loads(record.read_text())["report"]["series"][0]["silent"]
    assert (len(silent["tests"]), silent["unsteady"], silent["unchecked"], silent["more"]) == (2, [], [], 0)
    found = [(one["tool"], one["function"], one["lines"]) for one in silent["changes"]]
    assert found == [("llc", "caller", 1)] * 3
    # That of the object, too: llvm-objdump has taken it apart.
    places = {one["place"]: one["sizes"] for one in silent["changes"] if "2013" in one["test"]}
    assert places == {"stdout": [26, 27], "patchpoint-thread-2013.ll.tmp": [26, 27]}
    assert "<details><summary>X86/patchpoint-tail.ll: caller" in comment.read_text()
