"""Which functions can be begun by a call of five bytes: never one whose bytes something else needs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reach.names import FunctionName
from harness.reach.watch import choose
from harness.reach.watch.choose import Choice, is_fill, keep_only
from harness.reach.watch.program import Label, LinkedProgram, Segment
from harness.reach.watch.values import CALL_SIZE

START = 0x401000
CODE = b"\x55\x48\x89\xe5\xc3"


def label(address: int, size: int, name: str, *, unit: str = "", function: bool = True) -> Label:
    return Label(START + address, size, name, unit, bool(unit), function)


def program(text: bytes, *labels: Label) -> LinkedProgram:
    code = Segment(1, 5, 0x1000, START, len(text), len(text), 4096)
    return LinkedProgram((code,), code, text, tuple(sorted(labels)))


def decide(text: bytes, *labels: Label) -> Choice:
    return choose.choose(program(text, *labels), lambda one: one.unit)


def why(text: bytes, *labels: Label) -> str:
    """The reason why the function `f` is not watched; empty if it is."""
    return decide(text, *labels).unwatched.get(FunctionName("", "f"), "")


@pytest.mark.parametrize(
    ("text", "labels", "reason"),
    [
        (CODE, [label(0, 5, "f")], ""),
        (b"\xc3" + b"\xcc" * 15, [label(0, 1, "f")], ""),
        (b"\xc3" + b"\0" * 15, [label(0, 1, "f")], ""),
        (b"\xc3" + bytes.fromhex("66662e0f1f840000000000"), [label(0, 1, "f")], ""),
        (b"\xc3\x90\x90\x90\xc3", [label(0, 1, "f")], choose.SHORT),
        (b"\xc3\xcc\xcc", [label(0, 1, "f")], choose.OTHER_SEGMENT),
        (CODE * 2, [label(0, 3, "f"), label(3, 5, "g")], choose.SHORT),
        (CODE * 2, [label(0, 0, "f")], choose.NO_SIZE),
        (CODE * 2, [label(0, 8, "f"), label(2, 0, "inner", function=False)], choose.LABEL),
        (CODE * 2, [label(0, 8, "f"), label(5, 0, "inner", function=False)], ""),
        (CODE * 3, [label(0, 12, "g"), label(6, 5, "f")], choose.INSIDE),
        (CODE * 15, [label(59, 5, "f")], ""),
        (CODE * 15, [label(60, 5, "f")], choose.CROSSES),
        (CODE, [label(0, 5, "f"), label(0, 5, "g.cold")], choose.COLD),
        (CODE, [label(4096, 5, "f")], choose.OTHER_SEGMENT),
        (CODE, [label(-16, 5, "f")], choose.OTHER_SEGMENT),
    ],
)
def test_a_function_is_watched_or_it_is_said_why_not(
    text: bytes, labels: Sequence[Label], reason: str
) -> None:
    assert why(text, *labels) == reason


def test_names_of_one_address_are_one_function() -> None:
    found = decide(CODE, label(0, 5, "C1"), label(0, 5, "C2"), label(0, 0, "local", unit="a.c"))
    (one,) = found.functions
    assert one.names == (FunctionName("", "C1"), FunctionName("", "C2"), FunctionName("a.c", "local"))
    assert (one.address, one.size) == (START, 5)
    assert keep_only(found.functions, {FunctionName("", "C2")}) == (one,)
    assert keep_only(found.functions, {FunctionName("", "local")}) == ()


def test_what_mold_calls_an_entry_of_the_linkage_table_is_no_function() -> None:
    assert decide(CODE, label(0, 0, "round$plt")) == Choice((), {})


@given(st.lists(st.sampled_from(["cc", "90", "6690", "0f1f00", "0f1f440000", "66662e0f1f840000000000"])))
def test_fill_is_known_by_its_instructions(words: list[str]) -> None:
    text = bytes.fromhex("".join(words))
    assert all(is_fill(text, size) for size in range(1, len(text) + 1))
    assert not is_fill(text, len(text) + 1)
    assert not is_fill(b"\xc3" + text, 1)


LABELS = st.lists(
    st.builds(
        label,
        st.integers(-8, 200),
        st.integers(0, 12),
        st.sampled_from("abcdefgh"),
        unit=st.sampled_from(["", "a.c"]),
        function=st.booleans(),
    ),
    max_size=12,
)


@given(st.binary(min_size=100, max_size=200), LABELS)
def test_no_byte_is_taken_that_something_else_needs(text: bytes, labels: list[Label]) -> None:
    found = decide(text, *labels)
    named = {FunctionName(one.unit, one.name) for one in labels if one.function}
    assert named == {name for one in found.functions for name in one.names} | set(found.unwatched)
    taken: set[int] = set()
    for one in found.functions:
        first = set(range(one.address, one.address + CALL_SIZE))
        assert not first & taken
        taken |= first
        assert not any(other.address in first - {one.address} for other in labels)
        assert one.address // 64 == (one.address + CALL_SIZE - 1) // 64
        assert START <= one.address <= START + len(text) - CALL_SIZE
        sizes = [other.size for other in labels if other.address == one.address and other.function]
        end = one.address - START + min(size for size in sizes if size)
        rest = text[end : one.address - START + CALL_SIZE]
        assert all(byte in {0, 0xCC, 0x90, 0x66, 0x0F, 0x1F, 0x2E, 0x40, 0x44, 0x80, 0x84} for byte in rest)
