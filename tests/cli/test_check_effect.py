"""`harness check` and `harness plan` on real LLVM 19, where nothing has to be built: seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.command import Harness, Source

pytestmark = [pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.xdist_group("overlays")]

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
ANCHOR = "void X86AsmPrinter::LowerPATCHPOINT(const MachineInstr &MI,\n"
# Nearly every source of LLVM includes it.
VALUE, GUARD = "llvm/include/llvm/IR/Value.h", "#ifndef LLVM_IR_VALUE_H\n"


def record(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["report"]["series"][0]
    return found


def test_what_changes_nothing_is_told_and_not_built(harness: Harness, source: Source, tmp_path: Path) -> None:
    """Comments are meant so, even those of what all of LLVM includes; code that is off is not."""
    patches = {
        "docs": {"llvm/docs/StackMaps.rst": ("Stack maps and patch points in LLVM\n", "Stack maps\n")},
        "comment": {
            VALUE: (GUARD, f"// a comment\n{GUARD}"),
            LOWER: (ANCHOR, f"/* a comment */\n{ANCHOR}"),
        },
        "off": {LOWER: (ANCHOR, f"#if 0\nint off;\n#endif\n{ANCHOR}")},
    }
    conclusions = {
        "docs": (0, "no effect: only documentation and comments change"),
        "comment": (0, "no effect: only documentation and comments change"),
        "off": (1, "no effect: what is compiled is the same"),
    }
    for name, changes in patches.items():
        patch, report = tmp_path / f"{name}.patch", tmp_path / f"{name}.json"
        patch.write_bytes(source.diff(changes))
        said = harness("check", "--llvm", "19", "--json", report, patch, env={"CI": "1"})
        code, conclusion = conclusions[name]
        assert (said.code, said.err) == (code, ""), said.out
        assert conclusion in said.out.splitlines()
        found = record(report)
        assert (found["comparison"], found["builds"]) == (None, [])
        assert found["no_effect"]["meant"] is (code == 0)


def test_a_plan(harness: Harness, source: Source, tmp_path: Path) -> None:
    patch, report = tmp_path / "my.patch", tmp_path / "plan.json"
    patch.write_bytes(source.diff({LOWER: (ANCHOR, f"static int unused = 1;\n{ANCHOR}")}))
    said = harness("plan", "--llvm", "19", "--json", report, patch, env={"CI": "1"})
    assert (said.code, said.err) == (0, ""), said.out
    for line in ("  applies", "  builder: overlay", "  units: 1", f"    {LOWER}: changed"):
        assert line in said.out.splitlines()
    plan = json.loads(report.read_text())["plan"]
    assert plan["series"][0]["units"] == [{"path": LOWER, "why": "changed"}]
    assert plan["suites"].keys() == {"lit-tests"}
