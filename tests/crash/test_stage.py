"""What LLVM was doing, read from below `Stack dump:`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.crash.signature import signature
from harness.crash.stage import pass_name, target_name


def _dump(*entries: str) -> list[str]:
    return ["Stack dump:", *(f"{number}.\t{entry}" for number, entry in enumerate(entries))]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        (["Running pass 'Function Pass Manager' on module 'f.ll'."], ""),
        (
            [
                "Running pass 'Function Pass Manager' on module 'f.ll'.",
                "Running pass 'X86 DAG->DAG Instruction Selection' on function '@f'",
            ],
            "X86 DAG->DAG Instruction Selection",
        ),
        (
            [
                'Running pass "function(instcombine<max-iterations=1>)" on module "f.ll"',
                'Running pass "instcombine<max-iterations=1;no-verify-fixpoint>" on function "f"',
            ],
            "instcombine",
        ),
        (['Running pass "cgscc(inline<only-mandatory>,f<a<b>>)" on module "a b"'], "cgscc(inline,f)"),
        (["Running pass 'Unnamed pass: implement Pass::getPassName()' on function '@f'"], ""),
        (["Running pass 'it's' on basic block '%bb'"], "it's"),
        (["Program arguments: echo 1. Running pass 'x' on y"], ""),
    ],
)
def test_the_innermost_pass_is_the_stage(entries: list[str], expected: str) -> None:
    assert pass_name(_dump("Program arguments: llc", *entries)) == expected


@pytest.mark.parametrize(
    ("arguments", "stage", "expected"),
    [
        ("llc -mtriple=riscv64-unknown-linux-gnu f.ll", "", "riscv"),
        ("llc -mtriple riscv32", "", "riscv"),
        ("llc --march=x86-64", "", "x86"),
        ("llc -march=x86 -mtriple=i686-linux-gnu", "", "x86"),
        ("clang -cc1 -triple thumbv7-linux-gnueabihf -S", "", "arm"),
        ('"clang" "-target" "arm64-apple-ios" "-c"', "", "aarch64"),
        ("clang --target=aarch64-linux-gnu", "", "aarch64"),
        ("llc -mtriple=powerpc64le-linux-gnu", "X86 Assembly Printer", "powerpc"),
        ("llc -mtriple=ppc32", "", "powerpc"),
        ("llc -mtriple=s390x-linux-gnu", "", "systemz"),
        ("llc -mtriple=r600", "AMDGPU DAG->DAG Pattern Instruction Selection", "amdgpu"),
        ("llc -mtriple=wasm32", "", "webassembly"),
        ("llc -mtriple=ve-linux", "", "ve"),
        ("llc f.ll", "SystemZ DAG->DAG Pattern Instruction Selection", "systemz"),
        ("llc f.ll", "RISC-V DAG->DAG Pattern Instruction Selection", "riscv"),
        ("llc f.ll", "Prologue/Epilogue Insertion & Frame Finalization", ""),
        ("llc f.ll", "verify", ""),
        ("llc -mtriple=unheard-of", "", ""),
    ],
)
def test_the_target_is_that_of_the_command_or_of_the_pass(arguments: str, stage: str, expected: str) -> None:
    assert target_name(_dump(f"Program arguments: {arguments}"), stage) == expected


def test_without_a_stack_dump_nothing_is_known() -> None:
    assert pass_name(["LLVM ERROR: x", "llc -mtriple=riscv64"]) == ""
    assert target_name(["LLVM ERROR: x", "llc -mtriple=riscv64"], "") == ""


def test_a_signature_has_them() -> None:
    text = "\n".join(
        [
            "llc: /src/llvm/lib/A.cpp:7: void llvm::f(int): Assertion `x' failed.",
            *_dump("Program arguments: llc -mtriple=avr", "Running pass 'Machine Sinking' on function '@f'"),
        ]
    )
    found = signature(text, -6)
    assert found is not None
    assert (found.stage, found.target, found.function) == ("Machine Sinking", "avr", "llvm::f")


@given(st.lists(st.text(max_size=60) | st.just("1.\tRunning pass 'a<b<' on x"), max_size=8), st.text())
def test_any_text_is_read(lines: list[str], stage: str) -> None:
    assert isinstance(pass_name(lines), str)
    assert isinstance(target_name(lines, stage), str)


def test_a_long_line_costs_no_time() -> None:
    line = "1.\tRunning pass '" + "<" * 60_000 + ">" * 60_000 + "' on x"
    assert pass_name([line]) == ""
    assert len(pass_name([line[:30_000] + "' on x"])) <= 2000
