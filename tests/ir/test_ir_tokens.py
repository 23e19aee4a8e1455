"""IR as tokens, and laid out anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.ir import layout
from harness.ir.tokens import end_of_type, join, tokenize

SUITE = Path(__file__).parents[2] / "lit-tests"


@given(st.text())
def test_tokens_are_the_text(text: str) -> None:
    assert join(tokenize(text)) == text


def test_tokens_of_the_suite_are_the_suite() -> None:
    texts = [path.read_text() for path in SUITE.rglob("*.ll")]
    assert len(texts) > 200
    assert [join(tokenize(text)) for text in texts] == texts


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("i64 (i64, i32, i8*, i32, ...)* @f", "i64 (i64, i32, i8*, i32, ...)*"),
        ("i8* bitcast (i32 (i32)* @f to i8*)", "i8*"),
        ("i32 (i32 %x)", "i32"),
        ("void ()* @f", "void ()*"),
        ("ptr addrspace(1) %p", "ptr addrspace(1)"),
        ("i8 addrspace(1)* %p", "i8 addrspace(1)*"),
        ("<vscale x 4 x i32> %v", "<vscale x 4 x i32>"),
        ("<{ i8, [3 x i32*] }>* @g", "<{ i8, [3 x i32*] }>*"),
        ("{ i8*, i32 } zeroinitializer", "{ i8*, i32 }"),
        ("%struct.S* byval %s", "%struct.S*"),
        ('target("spirv.Image", i32, 0) %i', 'target("spirv.Image", i32, 0)'),
        ("nounwind", ""),
        ("", ""),
    ],
)
def test_where_a_type_ends(text: str, type_: str) -> None:
    tokens = tokenize(text)
    assert join(tokens[: end_of_type(tokens, 0)]) == type_


def test_a_type_within_types_without_end_is_no_type() -> None:
    tokens = tokenize("i8 (" * 5000)
    assert end_of_type(tokens, 0) == 1


def test_a_function_is_laid_out_an_instruction_each_line() -> None:
    text = (
        "define i32 @f(i1 %c) {\nentry: br i1 %c,\n   label %a, label %b ; both\n"
        "a:\n\n  ret i32 1\nb:\n ret\ni32 0 }"
    )
    tokens = tokenize(text)
    body = next(index for index, token in enumerate(tokens) if token.text == "{")
    laid_out = layout.function(tokens, body)
    assert laid_out.split("\n") == [
        *("define i32 @f(i1 %c) {", "entry:", "  br i1 %c, label %a, label %b", "a:", "  ret i32 1", "b:"),
        *("  ret i32 0", "}"),
    ]
    again = tokenize(laid_out)
    assert layout.function(again, next(i for i, token in enumerate(again) if token.text == "{")) == laid_out
