"""Old IR as LLVM 14 reads it; and by LLVM 14, as today's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ir.old import has_typed_pointers, modernise
from tests.llvm import Llvm

DATA = Path(__file__).parent / "data"
SUITE = Path(__file__).parents[2] / "lit-tests"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("%q = load i32** %p, align 8", "%q = load i32*, i32** %p, align 8"),
        ("%q = load volatile i8 addrspace(1)* %p", "%q = load volatile i8, i8 addrspace(1)* %p"),
        ("%q = volatile load i8* %p", "%q = load volatile i8, i8* %p"),
        ("volatile store i8 1, i8* %p", "store volatile i8 1, i8* %p"),
        ("%g = getelementptr inbounds %S* %x, i32 0", "%g = getelementptr inbounds %S, %S* %x, i32 0"),
        (
            "%g = getelementptr <2 x i32*> %v, <2 x i32> %i",
            "%g = getelementptr i32, <2 x i32*> %v, <2 x i32> %i",
        ),
        (
            "store i8 1, i8* getelementptr ([4 x i8]* @s, i32 0)",
            "store i8 1, i8* getelementptr ([4 x i8], [4 x i8]* @s, i32 0)",
        ),
        ("%c = call i32 (i8*, ...)* @printf(i8* %x)", "%c = call i32 (i8*, ...) @printf(i8* %x)"),
        ("%c = tail call fastcc void ()* %f()", "%c = tail call fastcc void () %f()"),
        ("%c = call i8 addrspace(1)* @f()", "%c = call i8 addrspace(1)* @f()"),
        ("call void @f(metadata !{i32* %x})", "call void @f(metadata i32* %x)"),
        ("call void @f(%S* noalias byval align 8 %s)", "call void @f(%S* noalias byval(%S) align 8 %s)"),
        ("define void @f(%S* sret %s, i8* %p) {", "define void @f(%S* sret(%S) %s, i8* %p) {"),
        ("@a = alias weak i32* @b", "@a = weak alias i32, i32* @b"),
        (
            "@a = hidden alias i8* bitcast (i32* @b to i8*)",
            "@a = hidden alias i8, i8* bitcast (i32* @b to i8*)",
        ),
        ("@a = linker_private_weak global i8* null", "@a = private global i8* null"),
        ("@a = private hidden global i8* null", "@a = private global i8* null"),
        (
            "%x = atomicrmw add i8* %p, i8 1 singlethread seq_cst",
            '%x = atomicrmw add i8* %p, i8 1 syncscope("singlethread") seq_cst',
        ),
        (
            "  %5 = cmpxchg i32* %p, i32 0, i32 1 acq_rel",
            "  %pair.5 = cmpxchg i32* %p, i32 0, i32 1 acq_rel acquire\n"
            "  %5 = extractvalue { i32, i1 } %pair.5, 0",
        ),
        (
            "%t = call token (i64, i32, void (i8*)*, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_x(i64 0, i32 0, void (i8*)* @f, i32 1, i32 0, "
            "i8* %a, i32 0, i32 1, i32 7, i8* %b, i8* %c)\n"
            "%r = call i8* @llvm.experimental.gc.relocate.p0i8(token %t, i32 9, i32 10)",
            "%t = call token (i64, i32, void (i8*)*, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_x(i64 0, i32 0, void (i8*)* elementtype(void "
            "(i8*)) @f, i32 1, i32 0, i8* %a, i32 0, i32 0) "
            '[ "deopt"(i32 7), "gc-live"(i8* %b, i8* %c) ]\n'
            "%r = call i8* @llvm.experimental.gc.relocate.p0i8(token %t, i32 0, i32 1)",
        ),
        (
            "%t = call i32 (i64, i32, void ()*, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_isVoidf(i64 0, i32 0, void ()* @f, i32 0, i32 0, "
            'i32 0, i32 0, i8* %b) [ "deopt"(i32 9) ]\n'
            "%r = call i8* @llvm.experimental.gc.relocate.p0i8(i32 %t, i32 7, i32 7)",
            "%t = call token (i64, i32, void ()*, i32, i32, ...) "
            "@llvm.experimental.gc.statepoint.p0f_isVoidf(i64 0, i32 0, void ()* elementtype(void ()) @f, "
            'i32 0, i32 0, i32 0, i32 0) [ "deopt"(i32 9), "gc-live"(i8* %b) ]\n'
            "%r = call i8* @llvm.experimental.gc.relocate.p0i8(token %t, i32 0, i32 0)",
        ),
        (
            "declare i32 @llvm.experimental.gc.statepoint.p0f_x(i64, i32, void ()*, i32, i32, ...)",
            "declare token @llvm.experimental.gc.statepoint.p0f_x(i64, i32, void ()*, i32, i32, ...)",
        ),
    ],
)  # fmt: skip
def test_a_line(old: str, new: str) -> None:
    # Pointers with types say that it is old; that of the line itself is not always one.
    context = "declare void @context(i8*)\n"
    assert modernise(context + old).text == context + new
    assert modernise(context + new).text == context + new


def test_debug_information_of_old_is_left_out() -> None:
    old = (
        "define void @f(i8* %p) {\n"
        "  call void @llvm.dbg.value(metadata !{i8* %p}, i64 0, metadata !1), !dbg !2\n  ret "
        "void, !dbg !2\n}\n!llvm.dbg.cu = !{!1}\n!1 = metadata !{i32 786449}\n!2 = metadata !{i32 1}"
    )
    made = modernise(old)
    assert made.text == "define void @f(i8* %p) {\n  ret void\n}\n!1 = !{i32 786449}\n!2 = !{i32 1}"
    assert made.changes == ("debug information of LLVM 3.5 or before is left out",)


def test_the_personality_moves_to_the_function() -> None:
    old = "define void @f(i8* %p) {\n  %l = landingpad { i8*, i32 } personality i8* @g cleanup\n}"
    new = "define void @f(i8* %p) personality i8* @g {\n  %l = landingpad { i8*, i32 } cleanup\n}"
    assert modernise(old).text == new


def test_ir_of_today_stays_as_it_is() -> None:
    texts = [path.read_text() for path in SUITE.rglob("*.ll")]
    new = [text for text in texts if not has_typed_pointers(text)]
    assert len(new) > 200
    assert [modernise(text).text for text in new] == new


@given(st.text(alphabet="%@i8*(){},!= metadataloadcallgetelementptr\n"))
def test_any_text_is_read(text: str) -> None:
    modernise(text)


def test_llvm_reads_what_was_made_of_a_module_of_llvm_3(tmp_path: Path, llvm14: Llvm, llvm19: Llvm) -> None:
    made = modernise((DATA / "llvm-3.4.ll").read_text()).text
    (tmp_path / "made.ll").write_text(made)
    llvm14.run("llvm-as", "-o", tmp_path / "made.bc", tmp_path / "made.ll")
    shown = llvm19.run("llvm-dis", "-o", "-", tmp_path / "made.bc")
    assert not has_typed_pointers(shown)
    for line in ("byval(%S)", "weak alias i32, ptr @a", "cmpxchg ptr %q", "personality ptr @pers"):
        assert line in shown
