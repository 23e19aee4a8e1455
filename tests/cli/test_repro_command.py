"""`harness repro`, as a user runs it."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ADDS_LIVE_OUTS, LIVENESS, REPOSITORY

if TYPE_CHECKING:
    from tests.command import Harness, Source

# Five bytes do not hold the call that they are to be replaced with.
UNDERSIZED = """\
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare i32 @callee(i32)
define i64 @caller() {
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(i64 1, i32 5, ptr @callee, i32 0)
  ret i64 %r
}
"""
X86 = "llc -mtriple=x86_64-unknown-linux-gnu"
TOO_SMALL = "Patchpoint can't request size less than the length of a call."
LIVE_OUTS = """\
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  ret void
}
"""


@pytest.mark.needs_llvm
def test_the_assertion_of_2013_comes_from_the_wheel(harness: Harness, tmp_path: Path) -> None:
    case = tmp_path / "undersized.ll"
    case.write_text(UNDERSIZED)
    files = {name: tmp_path / name for name in ("out.json", "out.tar.gz", "out.md")}
    said = harness(
        *("repro", case, "--llvm", "wheel", "--run", X86, "--json", files["out.json"]),
        *("--bundle", files["out.tar.gz"], "--issue", files["out.md"]),
    )
    assert said.code == 0
    first, second, *_ = said.out.splitlines()
    record = json.loads(files["out.json"].read_text())["repro"]
    (one,) = record["reproductions"]
    assert first.startswith(f"{one['programs'][0]}: LLVM {one['version']}, wheel ")
    assert second.startswith("  crash: llc: assertion: ")
    assert TOO_SMALL in second
    assert f"undersized.ll: {X86} < %s\nreproduced on 1 of 1: wheel " in said.out
    with tarfile.open(files["out.tar.gz"]) as archive:
        assert "undersized/repro.sh" in archive.getnames()
    assert TOO_SMALL in files["out.md"].read_text()


@pytest.mark.needs_llvm
def test_what_passes_is_not_reproduced(harness: Harness, tmp_path: Path) -> None:
    case = tmp_path / "a.ll"
    case.write_text("; RUN: llc -mtriple=x86_64-linux-gnu < %s | FileCheck %s\n" + LIVE_OUTS)
    said = harness("repro", case, "--llvm", "wheel", "--issue", tmp_path / "issue.md")
    assert said.code == 1
    assert said.out.splitlines()[1:] == [
        "  passes",
        "",
        "a.ll: llc -mtriple=x86_64-linux-gnu < %s",
        f"note: {tmp_path}/issue.md is not written: nothing was reproduced",
        "reproduced on 0 of 1: none",
    ]
    assert not (tmp_path / "issue.md").exists()


@pytest.mark.needs_llvm
def test_another_crash_is_not_that_of_the_report(harness: Harness) -> None:
    report = (
        f"```\n{UNDERSIZED}```\nIt dies:\n$ {X86} a.ll\n"
        "llc: lib/CodeGen/A.cpp:3: void f(): Assertion `n > 0' failed.\n"
    )
    said = harness("repro", "-", "--llvm", "wheel", stdin=report.encode())
    assert said.code == 1
    assert "  another failure: llc: assertion: NumBytes >= EncodedBytes" in said.out
    assert "\nexpected: assertion: n > 0 (lib/CodeGen/A.cpp:3)\n" in said.out


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_the_mail_of_2013_is_reproduced_by_the_mutant(harness: Harness, tmp_path: Path) -> None:
    """Its assertion has other words today, and its lone call is of LLVM 3.4. llvmlite aborts on it."""
    mail, record = REPOSITORY / "tests/desk/data/mail-lldb-2013.txt", tmp_path / "out.json"
    mutant = "reintroduce-symbolic-callee-crash"
    said = harness("repro", mail, "--llvm", "19,wheel", "--series", mutant, "--repeat", "1", "--json", record)
    assert said.code == 0
    found = json.loads(record.read_text())["repro"]["reproductions"]
    seen = {one["place"]: one["observation"] for one in found}
    assert [name for name, one in seen.items() if one["behaviour"] == "the same failure"] == [
        f"debian 19 with {mutant}"
    ]
    signature = seen[f"debian 19 with {mutant}"]["signature"]
    assert "cast<Ty>() argument of incompatible type!" in signature["message"]
    assert signature["frames"][0] == "llvm::SelectionDAGBuilder::visitPatchpoint"
    (wheel,) = (one for name, one in seen.items() if name.startswith("wheel"))
    assert wheel["behaviour"] == "another failure"
    assert TOO_SMALL in wheel["signature"]["message"]


@pytest.mark.needs_llvm
def test_without_the_tool_nothing_is_known(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_text(LIVE_OUTS)
    said = harness("repro", tmp_path / "a.ll", "--llvm", "wheel", "--run", "llvm-mc")
    assert said.code == 4
    assert "  not run: there is no llvm-mc in it\n" in said.out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("absent.ll",),
            "harness: error: absent.ll: No such file or directory\n"
            "next: name a file of IR or a report, or -\n",
        ),
        (
            (".",),
            "harness: error: .: is a folder without IR\nnext: add the .ll file: run the script in it with "
            "`-S -emit-llvm`, or give one text\n",
        ),
        (
            ("pyproject.toml",),
            "harness: error: pyproject.toml: there is no LLVM IR in it\n"
            "next: add the function that it is about, such as `clang -S -emit-llvm` writes it, "
            "or the call alone\n",
        ),
    ],
)
def test_bad_input(harness: Harness, args: tuple[str, ...], message: str) -> None:
    said = harness("repro", *args)
    assert (said.code, said.out, said.err.split("harness: looking")[0]) == (2, "", message)


@pytest.mark.needs_llvm
def test_a_series_needs_an_llvm_to_build_it_into(harness: Harness) -> None:
    test = "lit-tests/X86/patchpoint-tail.ll"
    said = harness("repro", test, "--llvm", "wheel", "--series", "my.patch", "-q")
    assert (said.code, said.err) == (
        2,
        "harness: error: --series my.patch: no patch can be built into any of these LLVMs\n"
        "next: add 19 to --llvm\n",
    )


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_a_series_is_built_and_both_sides_run(harness: Harness, source: Source, tmp_path: Path) -> None:
    dies = ADDS_LIVE_OUTS.replace("addLiveOutSetToMI(MF, MI);", 'assert(MF.empty() && "never empty");')
    (tmp_path / "dies.patch").write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, dies + ADDS_LIVE_OUTS)}))
    (tmp_path / "a.ll").write_text(LIVE_OUTS)
    record = tmp_path / "out.json"
    said = harness(
        *("repro", tmp_path / "a.ll", "--run", X86, "--series", tmp_path / "dies.patch", "--json", record)
    )
    assert said.code == 0
    found = json.loads(record.read_text())["repro"]["reproductions"]
    assert [(one["place"], one["observation"]["behaviour"]) for one in found] == [
        ("debian 19", "passes"),
        ("debian 19 with assertions", "passes"),
        (f"debian 19 with {tmp_path}/dies.patch", "crash"),
    ]
    assert found[2]["observation"]["signature"]["message"] == 'MF.empty() && "never empty"'
    assert len({one["programs"][0] for one in found}) == 3
