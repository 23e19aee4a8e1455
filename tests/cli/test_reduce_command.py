"""`harness reduce`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.command import ADDS_LIVE_OUTS, LIVENESS, SUITE_CONFIG

if TYPE_CHECKING:
    from tests.command import Harness, Source

RUN = "llc -O2 -verify-machineinstrs -mtriple=bpf"
OTHER = """\
define i64 @f{0}(i64 %a, ptr %p) nounwind {{
  %c = icmp sgt i64 %a, {0}
  br i1 %c, label %then, label %done
then:
  %t = mul nsw i64 %a, {0}
  store i64 %t, ptr %p, align 8
  br label %done
done:
  %r = phi i64 [ %t, %then ], [ %a, %0 ]
  ret i64 %r
}}
"""
# Two failures in one module, with one message but for what cannot be selected.
TWO = """\
define i32 @atomic(ptr %p) {
  %v = load atomic i32, ptr %p seq_cst, align 4
  ret i32 %v
}
define i64 @fenced(i64 %a) {
  fence seq_cst
  ret i64 %a
}
"""
LIVE_OUTS = """\
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
define void @caller() {
  call void (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.void(i64 1, i32 15, ptr null, i32 0)
  ret void
}
"""


@pytest.mark.needs_llvm
def test_a_module_with_two_failures_is_cut_to_the_first(harness: Harness, tmp_path: Path) -> None:
    case, result, record = tmp_path / "two.ll", tmp_path / "small.ll", tmp_path / "out.json"
    case.write_text(OTHER.format(1) + TWO)
    said = harness("reduce", case, "--run", RUN, "-o", result, "--json", record)
    assert said.code == 0, said.err
    report = json.loads(record.read_text())["reduce"]
    text = result.read_text()
    assert text.startswith("; RUN: llc -mtriple=bpf < %s\n")
    assert "fence" not in text
    assert report["after"]["lines"] == len(text.splitlines()) - 1 < 6
    assert "AtomicLoad" in report["observation"]["signature"]["message"]
    assert report["complete"]
    assert case.read_text().endswith(TWO)
    assert f"\n{result}: llc -mtriple=bpf < %s: " in said.out
    # It is a case by itself.
    again = harness("repro", result, "--repeat", "1").out
    assert "\n  crash: llc: fatal error: Cannot select: " in again
    assert "AtomicLoad" in again


@pytest.mark.needs_llvm
def test_what_passes_is_not_reduced(harness: Harness, tmp_path: Path) -> None:
    case = tmp_path / "a.ll"
    case.write_text("; RUN: llc -mtriple=x86_64-linux-gnu < %s\n" + OTHER.format(1))
    said = harness("reduce", case, "--llvm", "wheel", cwd=tmp_path)
    assert said.code == 1
    assert said.out.splitlines()[1:] == [
        "  passes",
        "",
        "a.ll: llc -mtriple=x86_64-linux-gnu < %s: 11 lines, 289 bytes",
        "not reduced: the failure is not there",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["a.ll"]


@pytest.mark.needs_llvm
def test_without_the_tool_nothing_is_known(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "a.ll").write_text(OTHER.format(1))
    said = harness("reduce", "a.ll", "--llvm", "wheel", "--run", "opt -O2", "-q", cwd=tmp_path)
    assert said.code == 4
    assert said.err.startswith("harness: error: llvmlite ")
    assert said.err.endswith(": there is no opt in it\nnext: give another LLVM to --llvm\n")


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_what_a_series_breaks_passes_without_it(harness: Harness, source: Source, tmp_path: Path) -> None:
    # The same series as in test_repro_command.py, so that it is built once.
    dies = ADDS_LIVE_OUTS.replace("addLiveOutSetToMI(MF, MI);", 'assert(MF.empty() && "never empty");')
    (tmp_path / "dies.patch").write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, dies + ADDS_LIVE_OUTS)}))
    (tmp_path / "a.ll").write_text(OTHER.format(1) + LIVE_OUTS)
    said = harness(
        *("reduce", "a.ll", "--series", "dies.patch", "--run", "llc -mtriple=x86_64-linux-gnu"),
        *("-o", "small.ll", "--repeat", "1"),
        cwd=tmp_path,
    )
    assert said.code == 0, said.err
    assert "  the same failure: llc: assertion: MF.empty() && " in said.out
    assert "\nnote: it passes on debian 19 with assertions\n" in said.out
    assert "mul" not in (tmp_path / "small.ll").read_text()


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_a_test_that_fails_with_a_series_keeps_the_check_that_does(
    harness: Harness, source: Source, tmp_path: Path
) -> None:
    # A mutant of test_mutation_score.py: what it needs is compiled.
    (tmp_path / "forgets.patch").write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, "")}))
    (tmp_path / "lit.cfg.py").write_text(SUITE_CONFIG)
    run = "; RUN: llc -mtriple=x86_64-linux-gnu < %s | FileCheck %s\n"
    checks = "; CHECK-LABEL: caller:\n; CHECK: ret\n; CHECK: .short 12{{$}}\n"
    (tmp_path / "a.ll").write_text(run + "; Something.\n" + OTHER.format(1) + checks + LIVE_OUTS)
    reduce = ("reduce", "a.ll", "--repeat", "1", "-o", "small.ll")
    said = harness(*reduce, "--series", "forgets.patch", cwd=tmp_path)
    assert said.code == 0, said.err
    assert '  the same failure: Couldn\'t match ".short 12{{$}}".\n' in said.out
    assert (
        "note: it fails on debian 19 with forgets.patch and passes on debian 19 with assertions" in said.out
    )
    text = (tmp_path / "small.ll").read_text()
    assert text.startswith(f"{run}; CHECK: .short 12{{{{$}}}}\n")
    assert "mul" not in text
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.ll",
        "forgets.patch",
        "lit.cfg.py",
        "small.ll",
    ]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("absent.ll",),
            "absent.ll: No such file or directory\nnext: name a file of IR or a report, or -\n",
        ),
        (
            ("a.ll", "-o", "a.ll"),
            "a.ll: is read, and -o would write over it\nnext: give another file\n",
        ),
        (
            ("a.ll", "--llvm", "19,22"),
            "--llvm 19,22: a case is reduced on one LLVM, not on debian 19, debian 22\n"
            "next: name one of them\n",
        ),
    ],
)
def test_bad_input(harness: Harness, tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    (tmp_path / "a.ll").write_text(OTHER.format(1))
    said = harness("reduce", *args, "-q", cwd=tmp_path)
    assert (said.code, said.out, said.err) == (2, "", f"harness: error: {message}")
    assert (tmp_path / "a.ll").read_text() == OTHER.format(1)
