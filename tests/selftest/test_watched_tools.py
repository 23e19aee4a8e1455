"""The self-test of watched tools: it sees a copy that is not the tool, and a real llc's is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.llvm import Toolchain
from harness.model import Outcome
from harness.progress import Silent
from harness.reach.watch.make import watch
from harness.reach.watch.values import Watched
from harness.runner import llvm_tests
from harness.runner import runs as lit_runner
from harness.runner.runs import Suite
from harness.selftest.job import empty_overlay, sample
from harness.selftest.watched import compare_watched, explain, hide_places, summary
from harness.store import Store
from tests.selftest.test_selftest import real_subject

pytestmark = [pytest.mark.slow, pytest.mark.builds]

TOP = Path(__file__).parents[2]
CONFIG = """\
import lit.formats, os
config.name = "watched"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""
LLC = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline, noclone)) void emit(const char *what) { puts(what); }
__attribute__((noinline, noclone)) void die(void) { abort(); }
int main(int count, char **words) {
  if (!strcmp(words[1], "--version"))
    puts("  LLVM version 19.1.7\n  Optimized build.\n  Registered Targets:");
  else if (!strcmp(words[1], "die"))
    die();
  else
    emit(WORD);
  return 0;
}
"""
TESTS = {"a": "llc x | FileCheck %s\nCHECK: {{nop|ret}}", "b": "llc die", "c": "llc x | llc x"}


def compile_llc(folder: Path, word: str) -> Path:
    folder.mkdir()
    (folder / "llc.c").write_text(LLC)
    flags = ["-O1", "-falign-functions=16", "-static", f'-DWORD="{word}"']
    assert process.run(["cc", *flags, "-o", folder / "llc", folder / "llc.c"]).ok
    return folder / "llc"


def copy_of(tool: Path, folder: Path) -> Watched:
    compiler = shutil.which("cc")
    assert compiler
    found = watch(Store(folder), tool, Path(compiler))
    assert isinstance(found, Watched)
    return found


def noting(plain: Toolchain, copy: Watched) -> Toolchain:
    return replace(plain, name="watched", tools={**plain.tools, "llc": copy.tool})


def suite(folder: Path) -> Suite:
    (folder / "suite").mkdir()
    (folder / "suite/lit.cfg.py").write_text(CONFIG)
    for name, text in TESTS.items():
        (folder / f"suite/{name}.test").write_text(f"RUN: {text}\n")
    return Suite(folder / "suite", 2)


def test_places_in_memory_and_on_the_disk_are_no_difference() -> None:
    one = (
        "llc: /tmp/harness-run-x3/0/bin/llc no\n #3 0x00005581c5a6d2a4 llvm::f(int) (/tmp/bin/llc+0x1d2a4)\n"
    )
    other = "llc: /tmp/harness-run-9_/1/bin/llc no\n #3 0x00007f81c5a6d2a4 llvm::f(int) (/t/llc+0x1d2a4)\n"
    assert hide_places(one) == hide_places(other)
    assert hide_places(one) != hide_places(other.replace("f(int)", "g(int)"))
    assert hide_places("movq $0x10, %rax") != hide_places("movq $0x11, %rax")


def test_a_copy_that_does_the_same_is_the_tool(tmp_path: Path) -> None:
    llc = compile_llc(tmp_path / "tool", "ret")
    plain = Toolchain("plain", "19.1.7", {"llc": llc}, "", "plain")
    copy = copy_of(llc, tmp_path / "store")
    report = compare_watched(plain, noting(plain, copy), [copy], suite(tmp_path), Silent())
    assert report.ok
    assert report.plain == report.watched == {Outcome.PASS: 2, Outcome.CRASH: 1}
    assert report.texts == 1
    figures = report.tools["llc"]
    assert (figures.processes, len(figures.entered)) == (4, 3)
    assert figures.always < figures.entered[0] <= figures.entered[-1] < figures.ever < figures.watched
    lines = summary(report)
    assert lines[:4] == [
        "3 tests, 1 texts compared",
        "  on the tools:          2 PASS, 1 CRASH",
        "  on the watched copies: 2 PASS, 1 CRASH",
        "  no differences",
    ]
    assert lines[5].startswith(f"llc: {figures.watched} functions watched, ")


def test_a_copy_that_writes_another_byte_is_not_the_tool(tmp_path: Path) -> None:
    llc = compile_llc(tmp_path / "tool", "ret")
    plain = Toolchain("plain", "19.1.7", {"llc": llc}, "", "plain")
    other = copy_of(compile_llc(tmp_path / "other", "nop"), tmp_path / "store")
    report = compare_watched(
        plain, noting(plain, other), [other], replace(suite(tmp_path), names=("a.test", "c.test")), Silent()
    )
    assert not report.ok
    assert [explain(one) for one in report.differences] == [
        "a.test: passes on both, but the watched copies write something else"
    ]


def test_a_copy_that_cannot_note_is_not_the_tool(tmp_path: Path) -> None:
    llc = compile_llc(tmp_path / "tool", "ret")
    plain = Toolchain("plain", "19.1.7", {"llc": llc}, "", "plain")
    copy = copy_of(llc, tmp_path / "store")
    broken = replace(copy, record_size=copy.record_size + 8)
    report = compare_watched(plain, noting(plain, broken), [broken], suite(tmp_path), Silent())
    assert not report.ok
    assert [explain(one) for one in report.differences] == [
        "a.test: passes on the tools, fails on their watched copies",
        "b.test: llc: SIGABRT on the tools, fails on their watched copies",
        "c.test: passes on the tools, fails on their watched copies",
    ]


def test_a_tool_that_does_another_thing_each_time_is_no_difference(tmp_path: Path) -> None:
    """The copy is one of a tool that prints the time: it never does the same."""
    (tmp_path / "tool").mkdir()
    source = LLC.replace("puts(what)", 'printf("ret %ld\\n", now())').replace("WORD", '""')
    now = (
        "static long now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }\n"
    )
    (tmp_path / "tool/llc.c").write_text(f"#include <time.h>\n{now}{source}")
    llc = tmp_path / "tool/llc"
    assert process.run(["cc", "-O1", "-static", "-o", llc, tmp_path / "tool/llc.c"]).ok
    plain = Toolchain("plain", "19.1.7", {"llc": llc}, "", "plain")
    copy = copy_of(llc, tmp_path / "store")
    report = compare_watched(plain, noting(plain, copy), [copy], suite(tmp_path), Silent())
    assert report.ok
    assert report.unsteady == ("a.test",)
    assert "  differ from run to run: a.test" in summary(report)


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("overlays")
def test_real_tools_are_watched_while_they_compile_and_run_code_and_crash(tmp_path: Path) -> None:
    subject = real_subject()
    release = subject.release
    plain, built = empty_overlay(subject, Silent())
    copies = []
    for name in ("llc", "lli"):
        found = watch(Store(tmp_path), built.tools[name], release.prebuilt.cc)
        assert isinstance(found, Watched)
        assert len(found.functions) > 40_000
        assert len(found.unwatched) < 100
        copies.append(found)
    tools = {**plain.tools, **{one.tool.name: one.tool for one in copies}}
    watched = replace(plain, name="watched", tools=tools)
    # Crashes of llc, and code that lli runs by MCJIT and by ORC.
    own = Suite(TOP / "lit-tests", 2, pattern="X86/patchpoint-undersized|JIT/patchpoint-local|JIT/modules")
    report = compare_watched(plain, watched, copies, own, Silent())
    assert report.ok, "\n".join(map(explain, report.differences))
    assert report.plain[Outcome.CRASH] >= 1
    assert report.plain[Outcome.PASS] >= 1
    assert report.tools["lli"].processes >= 2
    inputs = ["llvm/test/CodeGen/X86/GlobalISel"]
    theirs = llvm_tests.suite(plain, release.source.root, inputs, jobs=2, expectations=True)
    theirs = sample(theirs, lit_runner.names(plain, theirs), 10)
    report = compare_watched(plain, watched, copies, theirs, Silent())
    assert report.ok, "\n".join(map(explain, report.differences))
    assert report.plain[Outcome.PASS] > 10
    assert report.tools["llc"].entered[0] > 3000
    for one in copies:
        one.tool.unlink()  # pytest keeps its folders
