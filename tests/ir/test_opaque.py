"""Pointers lose their types, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ir.opaque import upgrade_pointers
from harness.litsite import typed

if TYPE_CHECKING:
    from tests.llvm import Llvm


@pytest.mark.parametrize(
    ("typed_line", "line"),
    [
        ("store i32* %p, i32** %q ; an i32* goes there", "store ptr %p, ptr %q ; an i32* goes there"),
        ("; RUN: llc -x='*' < %s", "; RUN: llc -x='*' < %s"),
        ('@s = constant [3 x i8] c"i8*"', '@s = constant [3 x i8] c"i8*"'),
        ("%T = type { i8*, %T*, i32 }", "%T = type { ptr, ptr, i32 }"),
        ("%q = load i8*, i8** %p", "%q = load ptr, ptr %p"),
        (
            "%g = getelementptr inbounds %T, %T* %p, i64 0",
            "%g = getelementptr inbounds %T, ptr %p, i64 0",
        ),
        ("define i8* @f(i8* nocapture %p, ...) {", "define ptr @f(ptr nocapture %p, ...) {"),
        ("%r = call i8* %f(i8* %p)", "%r = call ptr %f(ptr %p)"),
        ("call void (i8*, ...) @f(i8* %p)", "call void (ptr, ...) @f(ptr %p)"),
        ("declare void @f(void (i8*, i32*)*)", "declare void @f(ptr)"),
        ("declare i8* (i32)* @f()", "declare ptr @f()"),
        ("%p = alloca i32 addrspace(5)*, addrspace(5)", "%p = alloca ptr addrspace(5), addrspace(5)"),
        ("declare void @f(i32 addrspace(1)**)", "declare void @f(ptr)"),
        ("declare void @f(i32 addrspace(0)*)", "declare void @f(ptr)"),
        ("%v = insertelement <2 x i8*> %a, i8* %p, i32 0", "%v = insertelement <2 x ptr> %a, ptr %p, i32 0"),
        ("@p = global i8* bitcast (i32* @x to i8*)", "@p = global ptr bitcast (ptr @x to ptr)"),
        ("declare void @f(%S* byval(%S) align 8)", "declare void @f(ptr byval(%S) align 8)"),
        ("declare void @f([2 x { i8*, <{ i32* }> }]*)", "declare void @f(ptr)"),
        ("%x = mul i32 %a, %b", "%x = mul i32 %a, %b"),
    ],
)
def test_a_line(typed_line: str, line: str) -> None:
    assert upgrade_pointers(typed_line) == line


@pytest.mark.parametrize(
    ("typed_line", "line"),
    [
        (
            "%t = call token (i64, i32, void (i8*)*, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_isVoidp0i8f(i64 0, i32 0, void (i8*)* @f, i32 1, i32 0)",
            "%t = call token (i64, i32, ptr, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_isVoidp0i8f"
            "(i64 0, i32 0, ptr elementtype(void (ptr)) @f, i32 1, i32 0)",
        ),
        (
            "%x = call i64 @llvm.aarch64.ldxr.p0i32(i32* %p)",
            "%x = call i64 @llvm.aarch64.ldxr.p0i32(ptr elementtype(i32) %p)",
        ),
        (
            "%x = call i32 @llvm.aarch64.stxr.p0i32(i64 %v, i32* %p)",
            "%x = call i32 @llvm.aarch64.stxr.p0i32(i64 %v, ptr elementtype(i32) %p)",
        ),
        (
            'call void asm "x", "=r,=*m,r,*m,~{memory}"(i32* %a, i8* %b, i8** %c)',
            'call void asm "x", "=r,=*m,r,*m,~{memory}"'
            "(ptr elementtype(i32) %a, ptr %b, ptr elementtype(ptr) %c)",
        ),
        (
            'call void asm "x", "*m"(i32* elementtype(i32) %a)',
            'call void asm "x", "*m"(ptr elementtype(i32) %a)',
        ),
    ],
)
def test_what_still_has_to_know_what_a_pointer_points_to(typed_line: str, line: str) -> None:
    assert upgrade_pointers(typed_line) == line


@given(st.text('i8*{}[]<>(),%@;" \nxptrcall0', max_size=80))
def test_any_text_is_taken_and_once_is_enough(text: str) -> None:
    once = upgrade_pointers(text)
    assert upgrade_pointers(once) == once
    assert once.count("\n") == text.count("\n")


@pytest.mark.needs_llvm
def test_llvm_reads_what_was_written_for_old_ones(llvm19: Llvm, tmp_path: Path) -> None:
    """The suite's own IR, with types as it is given to LLVM 13, and back again."""
    suite = Path(__file__).parents[2] / "lit-tests/X86"
    for name in ("patchpoint-computed-callee", "patchpoint-tail"):
        file = suite / f"{name}.ll"
        old = typed.rewrite(file.read_text())
        assert "i8*" in old
        made = upgrade_pointers(old)
        assert "*" not in "".join(line.partition(";")[0] for line in made.splitlines())
        (tmp_path / file.name).write_text(made)
        llvm19.run("llvm-as", "-o", tmp_path / "out.bc", tmp_path / file.name)
