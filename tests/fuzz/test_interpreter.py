"""The interpreter, on functions small enough to see the result."""

from __future__ import annotations

import pytest

from harness.fuzz.interpreter import BLOB, run
from harness.fuzz.ir import (
    CAPTURE,
    Alloca,
    Binary,
    Branch,
    Call,
    Convert,
    IRFunction,
    Literal,
    Loop,
    Name,
    Operand,
    Parameter,
    Site,
    Statement,
    SymbolAddress,
)
from harness.fuzz.numbers import to_bits

X = Name("i64", 1)
ZERO = Literal("i64", 0)


def site(*live: Operand, number: int = 9) -> Site:
    return Site(number, 40, Literal("ptr", CAPTURE), "", None, (), live)


def function(*body: Statement, result: Operand = ZERO, x: int = 5) -> IRFunction:
    return IRFunction("f", "", (), (Parameter(1, Literal("i64", x)),), body, (), result)


def said(*body: Statement, x: int = 5) -> list[str]:
    return [stop.directive() for stop in run(function(*body, x=x)).stops]


@pytest.mark.parametrize(
    ("opcode", "left", "right", "result"),
    [
        ("add", 2**64 - 1, 2, 1),
        ("sub", 1, 2, 2**64 - 1),
        ("mul", 2**63, 2, 0),
        ("xor", 6, 3, 5),
        ("and", 6, 3, 2),
        ("or", 6, 3, 7),
    ],
)
def test_integers_wrap_around(opcode: str, left: int, right: int, result: int) -> None:
    one = Binary(2, "i64", opcode, Literal("i64", left), Literal("i64", right))
    assert said(one, site(Name("i64", 2))) == [f"; ROOTS: 9: i64 {result:#x}"]


def test_a_float_is_rounded_to_its_type() -> None:
    tenth = Literal("float", to_bits("float", 0.1))
    one = Binary(2, "float", "fadd", tenth, tenth)
    assert said(one, site(Name("float", 2))) == ["; ROOTS: 9: float 0x3e4ccccd"]


@pytest.mark.parametrize(
    ("opcode", "source", "kind", "result"),
    [
        ("sext", Literal("i8", 0x80), "i32", 0xFFFFFF80),
        ("zext", Literal("i8", 0x80), "i32", 0x80),
        ("trunc", Literal("i64", 0x12345), "i16", 0x2345),
        ("fpext", Literal("float", to_bits("float", 1.5)), "double", to_bits("double", 1.5)),
    ],
)
def test_conversions(opcode: str, source: Literal, kind: str, result: int) -> None:
    one = Convert(2, kind, opcode, source)
    assert said(one, site(Name(kind, 2))) == [f"; ROOTS: 9: {kind} {result:#x}"]


def test_a_loop_stops_each_time_round() -> None:
    loop = Loop(2, 3, Literal("i64", 10), X, (site(Name("i64", 2)),))
    assert said(loop, site(Name("i64", 2), number=8)) == [
        "; ROOTS: 9: i64 0xa",
        "; ROOTS: 9: i64 0xf",
        "; ROOTS: 9: i64 0x14",
        "; ROOTS: 8: i64 0x14",
    ]


@pytest.mark.parametrize(("wanted", "lines"), [(5, ["; ROOTS: 9: ", "; ROOTS: 8: i64 0x1"]),
                                               (6, ["; ROOTS: 8: i64 0x2"])])  # fmt: skip
def test_a_branch_is_taken_if_its_value_is_the_wanted_one(wanted: int, lines: list[str]) -> None:
    branch = Branch(2, X, wanted, Literal("i64", 1), Literal("i64", 2), (site(),))
    assert said(branch, site(Name("i64", 2), number=8)) == lines


def test_a_value_out_of_its_scope_is_zero() -> None:
    inside = Binary(3, "i64", "add", X, X)
    branch = Branch(2, X, 5, Name("i64", 3), Literal("i64", 2), (inside,))
    assert said(branch, site(Name("i64", 3), Name("i64", 2), Name("ptr", 99))) == [
        "; ROOTS: 9: i64 0x0, i64 0xa, ptr 0x0"
    ]


def test_objects_are_known_by_what_is_in_them() -> None:
    byval = IRFunction(
        "f", "", (), (Parameter(1, SymbolAddress("blob"), "[3 x i64]"),),
        (
            Alloca(2, "i64", 8, 0, Literal("i64", 7)),
            site(Name("ptr", 1), Name("ptr", 2), SymbolAddress("global")),
        ),
        (), Literal("i64", 0),
    )  # fmt: skip
    (stop,) = run(byval).stops
    assert stop.directive() == f"; ROOTS: 9: ptr to i64 {BLOB:#x}, ptr to i64 0x7, ptr @global"


def test_what_a_patch_point_returns_is_not_known() -> None:
    patch = Site(9, 40, Literal("ptr", CAPTURE), "anyregcc", 2, (X,), (Literal("i8", 255),))
    after = Binary(3, "i64", "add", Name("i64", 2), X)
    outcome = run(function(patch, Call(), after, site(Name("i64", 3), number=8), result=Name("i64", 3)))
    assert [stop.directive() for stop in outcome.stops] == [
        "; ROOTS: 9: any, i64 0x5, i8 0xff",
        "; ROOTS: 8: any",
    ]
    assert outcome.result.bits is None


def test_sites_that_call_nothing_are_reached_without_a_stop() -> None:
    null = Site(3, 5, Literal("ptr", 0), "", None, (), ())
    shadow = Site(4, 5, None, "", None, (), ())
    outcome = run(function(null, shadow))
    assert (outcome.stops, [one.id for one in outcome.reached]) == ((), [3, 4])
