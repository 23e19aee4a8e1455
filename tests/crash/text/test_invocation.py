"""What of a report's command a test may have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.crash.text.commands import find_command
from harness.crash.text.invocation import Invocation, check_options, is_safe, quote
from harness.crash.text.passes import pass_name, upgrade_options


@pytest.mark.parametrize(
    "option",
    [
        *(
            "-load=evil.so",
            "-load-pass-plugin=evil.so",
            "-o=out",
            "-passes=a|b",
            "-mcpu=$(id)",
            "-mcpu=`id`",
            "-mcpu=a;b",
        ),
        *(
            "-mtriple=../x",
            "-mattr=+a b",
            "-pass-remarks-output=f.yaml",
            "-view-isel-dags",
            "-dot-cfg-mssa=f",
            "-x='y'",
        ),
        *(
            "-time-trace-file=f",
            "-info-output-file=f",
            "-sample-profile-file=f",
            "-write-bitcode",
            "-unknown=word",
        ),
        *(
            "-stats-json",
            "-history-stdout",
            "-fixup=/etc/passwd",
            "-mcpu=a\nb",
            "-\n",
            "-",
            "--",
            "-split-dwarf-output=x",
        ),
    ],
)
def test_an_option_that_may_do_more_than_compile_is_refused(option: str) -> None:
    assert not is_safe(option)


@pytest.mark.parametrize(
    "option",
    [
        *(
            "-mtriple=x86_64-unknown-linux-gnu",
            "-mcpu=skylake-avx512",
            "-mattr=+sse4.2,-avx",
            "-O0",
            "-global-isel",
        ),
        *(
            "-passes=function<eager-inv>(loop-mssa(licm)),gvn",
            "-code-model=large",
            "-max-registers-for-gc-values=8",
        ),
        *(
            "-verify-machineinstrs",
            "-fast-isel=false",
            "-filetype=obj",
            "-stop-after=finalize-isel",
            "-disable-cgp",
        ),
    ],
)
def test_an_option_that_a_crash_may_need_is_kept(option: str) -> None:
    assert is_safe(option)
    assert option in check_options("llc", [option]).options


@given(st.lists(st.text(max_size=12), max_size=8))
def test_no_word_of_a_run_line_means_anything_to_a_shell(words: list[str]) -> None:
    kept = check_options("llc", [f"-{word}" for word in words]).options
    for word in map(quote, kept):
        assert not set(word.strip("'")) & set("'\"`$\\\n;|&*?~# /")
        assert word.startswith("'") or not set(word) & set("<>()!")


@pytest.mark.parametrize(
    ("line", "tool", "options"),
    [
        ("$ opt -O2 -S < a.ll | llc -mcpu=z14 -o - | grep x", "opt", ("-O2",)),
        ("; RUN: llc -march=x86-64 %s -o /dev/null", "llc", ("-march=x86-64",)),
        ("I ran `llc -O0 -mtriple x86_64 t.ll` twice.", "llc", ("-O0", "-mtriple=x86_64")),
        ("It needs llc -O0, or the JIT.", "llc", ("-O0",)),
        ("# executed command: /b/bin/llc -mtriple=arm64", "llc", ("-mtriple=arm64",)),
        ("+ /b/bin/llc-19 --mtriple=arm64 x.bc", "llc", ("-mtriple=arm64",)),
        (
            "clang -cc1 -triple i386 -O1 -target-cpu i686 -mllvm -x=3 a.c",
            "llc",
            ("-O1", "-mtriple=i386", "-mcpu=i686", "-x=3"),
        ),
        (
            "$ clang -target arm64-apple-ios -Os -mllvm -tail-dup-size=3 -fPIC a.c",
            "llc",
            ("-O2", "-mtriple=arm64-apple-ios", "-tail-dup-size=3", "-relocation-model=pic"),
        ),
        ("\u276f llc-18 -march=nvptx64 repro.ll", "llc", ("-march=nvptx64",)),
        ("(base) me@host ~/llvm (tags/llvmorg-14) $ bin/llc --mcpu=sm_75 t.ll", "llc", ("-mcpu=sm_75",)),
        ("; bin/llc -O1 reduced.ll -o -", "llc", ("-O1",)),
        (
            '  "/usr/lib/llvm-18/bin/clang-18" "-cc1" "-triple" "arm64" "-O2" "x.cpp"',
            "llc",
            ("-O2", "-mtriple=arm64"),
        ),
        ("# Crash reproducer for clang version 18.1.8 (https://example.org)", "", ()),
        ("$ CC=1 timeout 9 ./bin/llc -O3 x.ll", "llc", ("-O3",)),
        ("With opt (trunk) and `-passes=gvn -S` it dies.", "llc", ("-passes=gvn",)),
        ("llc (trunk), arguments: -O1 -mcpu=z14", "llc", ("-O1", "-mcpu=z14")),
        ("we could call me opt out of it", "", ()),
        ("`llc --version` says 19", "", ()),
    ],
)
def test_a_command(line: str, tool: str, options: tuple[str, ...]) -> None:
    steps = find_command([line]).steps
    assert (steps[0].tool, steps[0].options) == (tool, options) if tool else not steps


def test_the_command_of_the_tool_that_crashed() -> None:
    lines = ["$ opt -O2 a.ll -o b.ll", "$ llc -O1 b.ll", "$ llc -O3 b.ll", "llc: F.cpp:3: f(): no"]
    assert find_command(lines).steps[0].options == ("-O1",)
    lines = ["With `-passes=gvn` it dies:", "opt: F.cpp:3: void f(): Assertion `0' failed."]
    assert find_command(lines).steps[0].tool == "opt"


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("LoopVectorizePass", "loop-vectorize"),
        ("InstCombinePass", "instcombine"),
        ("loop-vectorize<no-interleave-forced-only;>", "loop-vectorize<no-interleave-forced-only;>"),
        ("X86 DAG->DAG Instruction Selection", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_pass(stage: str, name: str) -> None:
    assert pass_name(stage) == name


@pytest.mark.parametrize(
    ("command", "newer"),
    [
        ("opt -instcombine -licm -tti", "opt -passes=function(instcombine),function(licm)"),
        ("opt -basicaa -globalopt -early-cse-memssa", "opt -passes=globalopt,function(early-cse<memssa>)"),
        ("opt -O2 -loop-vectorize -mcpu=z14", "opt -passes=default<O2>,function(loop-vectorize) -mcpu=z14"),
        ("opt -O2 -mcpu=z14", "opt -O2 -mcpu=z14"),
        ("opt -passes=gvn -sink", "opt -passes=gvn -sink"),
        ("llc -O1 -disable-fp-elim -relocation-model=default", "llc -O1 -frame-pointer=all"),
        ("llc -O1", "llc -O1"),
    ],
)
def test_options_of_old(command: str, newer: str) -> None:
    tool, *options = command.split(" ")
    step, said = upgrade_options(Invocation(tool, tuple(options)))
    assert " ".join([step.tool, *step.options]) == newer
    assert said == ("" if command == newer else f"{command} is {newer} since")
    assert all(map(is_safe, step.options))
