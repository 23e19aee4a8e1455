"""Fragments of IR as modules."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.crash.text.fragments import find_fragments
from harness.crash.text.plain import plain_lines
from harness.ir.complete import complete
from tests.llvm import Llvm

SUITE = Path(__file__).parents[2] / "lit-tests"


def lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("instruction", "module"),
    [
        (
            "%5 = call i64 (i64, i32, ptr, i32, ...) "
            "@llvm.experimental.patchpoint.i64(i64 4, i32 0, ptr @f, i32 0)",
            [
                "define i64 @imported() {",
                "  %v5 = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64"
                "(i64 4, i32 0, ptr @f, i32 0)",
                "  ret i64 %v5",
                "}",
                "declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)",
                "declare void @f()",
            ],
        ),
        (
            "%a = add nsw <4 x i32> %x, %y",
            [
                "define <4 x i32> @imported(<4 x i32> %x, <4 x i32> %y) {",
                "  %a = add nsw <4 x i32> %x, %y",
                "  ret <4 x i32> %a",
                "}",
            ],
        ),
        (
            "store i8* bitcast (i32 (i32)* @f to i8*), i8** %p, !tbaa !4",
            [
                "define void @imported(i8** %p) {",
                "  store i8* bitcast (i32 (i32)* @f to i8*), i8** %p",
                "  ret void",
                "}",
                "declare i32 @f(i32)",
            ],
        ),
        (
            "br i1 %c, label %then, label %7",
            [
                *("define void @imported(i1 %c) {", "  br i1 %c, label %then, label %v7"),
                *("then:", "  unreachable", "v7:", "  unreachable", "}"),
            ],
        ),
        (
            "invoke void @f(%T* byval(%T) %t) #3 to label %ok unwind label %bad",
            [
                "%T = type { i64 }",
                "define void @imported(%T* %t) "
                "personality i8* bitcast (i32 (...)* @__gxx_personality_v0 to i8*) {",
                "  invoke void @f(%T* byval(%T) %t) to label %ok unwind label %bad",
                *(
                    "ok:",
                    "  unreachable",
                    "bad:",
                    "  %pad = landingpad { i8*, i32 } cleanup",
                    "  unreachable",
                    "}",
                ),
                "declare i32 @__gxx_personality_v0(...)",
                "declare void @f(%T*)",
            ],
        ),
        ("ret i32 @g", ["define i32 @imported() {", "  ret i32 @g", "}", "@g = external global i8"]),
    ],
)
def test_a_lone_instruction(instruction: str, module: list[str]) -> None:
    assert sorted(lines(complete("", [instruction]).text)) == sorted(module)


def test_blocks_get_an_entry_and_what_their_phis_name() -> None:
    loop = ["loop:", "%i = phi i64 [ 0, %before ], [ %n, %loop ]", "%n = add i64 %i, %step"]
    loop += ["br i1 %c, label %loop, label %after", "after:", "%r = phi i64 [ %n, %loop ], [ 7, %other ]"]
    assert lines(complete("", loop).text) == [
        *("define void @imported(i64 %step, i1 %c) {", "before:", "  br label %loop", "loop:"),
        *("  %i = phi i64 [ 0, %before ], [ %n, %loop ]", "  %n = add i64 %i, %step"),
        *("  br i1 %c, label %loop, label %after", "after:"),
        *("  %r = phi i64 [ %n, %loop ], [ 7, %other ]", "  ret void"),
        *("other:", "  br label %after", "}"),
    ]


def test_a_struct_has_the_fields_that_are_used() -> None:
    made = complete(
        "define i32 @f(%S* %s, i64 %n) {\n"
        "  %a = getelementptr inbounds %S, %S* %s, i64 0, i32 2, i32 1\n"
        "  %b = load i32, i32* %a\n"
        "  %c = getelementptr %S, %S* %s, i64 0, i32 0, i64 %n\n"
        "  ret i32 %b\n}"
    )
    assert lines(made.text)[0] == "%S = type { [1 x i64], i64, { i64, i32 } }"
    assert made.added == ("definitions of the types %S",)


def test_a_function_that_was_cut_off_ends() -> None:
    made = complete("define void @f(ptr %p) {\n  store i8 1, ptr %p\n}")
    assert lines(made.text)[-2:] == ["  unreachable", "}"]
    assert made.added == ("an end for a function that was cut off",)


def test_numbers_that_are_missing_become_names() -> None:
    made = complete("define i32 @f(i32, i32) {\n  %4 = add i32 %0, %3\n  br label %9\n9:\n  ret i32 %4\n}")
    assert lines(made.text) == [
        *("define i32 @f(i32 %v0, i32 %v1) {", "  %v4 = add i32 %v0, %v3", "  br label %v9", "v9:"),
        *("  ret i32 %v4", "}"),
    ]
    assert made.added == ("names for the numbered values of @f: some numbers are missing",)


def test_debug_information_that_is_not_whole_is_left_out() -> None:
    made = complete(
        "define void @f() !dbg !1 {\n  call void @g(), !dbg !2, !srcloc !3\n  ret void\n}\n"
        "declare void @g()\n!1 = !DISubprogram(scope: !9)\n!2 = !DILocation(scope: !1)\n!3 = !{i32 1}"
    )
    assert "!dbg" not in made.text
    assert "call void @g(), !srcloc !3" in made.text
    assert made.added == (
        "nothing for !dbg: left out, their metadata is not there",
        "empty metadata !9",
    )


def suite_modules() -> list[str]:
    """Those of the suite that are whole: some are put together, or written, by their RUN lines."""
    texts = [p.read_text() for p in sorted(SUITE.rglob("*.ll")) if "Inputs" not in p.parts]
    whole = [
        text for text in texts if not re.search(r"RUN:.*(?:\bsed |\bcat |/Inputs/\S+[.]ll)|webkit_jscc", text)
    ]
    return [one.text for text in whole for one in find_fragments(plain_lines(text))[:1]]


def test_a_whole_module_stays_as_it_is() -> None:
    modules = suite_modules()
    assert len(modules) > 200
    for module in modules:
        made = complete(module)
        assert (made.text, made.added) == (module, ())


@given(
    st.text(alphabet='%@!#$i8*(){}[]<>,=x define call ret br label type\n"'),
    st.lists(st.text(max_size=30), max_size=3),
)
def test_any_text_is_completed(text: str, instructions: list[str]) -> None:
    complete(text, instructions)


def test_llvm_reads_functions_and_instructions_of_the_suite_alone(tmp_path: Path, llvm19: Llvm) -> None:
    """In one module, under names of their own: starting llvm-as for each took longer than the rest."""
    choice = random.Random(7)  # noqa: S311 - a choice of tests
    parts: list[str] = []
    for number, module in enumerate(suite_modules()):
        functions = re.findall(r"^define .*?^}$", module, re.MULTILINE | re.DOTALL)
        body = [line for line in choice.choice(functions).split("\n")[1:-1] if line.startswith("  ")]
        body = [
            line for line in body if " phi " not in line and "gc.re" not in line and "landingpad" not in line
        ]
        made = complete("", [choice.choice(body)]).text if body else ""
        parts += [re.sub(r"@imported\b", f"@imported.{number}", made)]
    assert len(parts) > 200
    known: set[str] = set()
    kept: list[str] = []
    for line in "\n".join(parts).split("\n"):
        declared = re.match(r"(?:declare [^@]*)?(@[\w$.]+)[( ]|(%[\w.]+) = type", line)
        name = (declared[1] or declared[2]) if declared else ""
        if not name or name not in known:
            kept.append(line)
        known.add(name)
    (tmp_path / "all.ll").write_text("\n".join(kept))
    llvm19.run("llvm-as", "-o", tmp_path / "all.bc", tmp_path / "all.ll")
