"""Captured stops round-trip, and damaged ones are refused; and the directives about them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.stackmaps.format import Kind
from harness.stackmaps.roots import capture
from harness.stackmaps.roots.capture import CapturedStop
from harness.stackmaps.roots.directives import ExpectedStop, ExpectedValue, directives
from harness.targets import registry
from harness.targets.instructions import ByteOrder

BANKS = {one.name: one.banks for one in registry.TARGETS if one.banks}
WORDS = st.integers(0, 2**64 - 1)
NEXT = "give what a program linked with the suite's runtime wrote to its standard output"


def written(stop: CapturedStop, machine: str, order: ByteOrder) -> bytes:
    """The bytes of a stop, as the runtime of a machine writes it."""
    sign = "<" if order == "little" else ">"
    header = (stop.return_address, stop.stack_pointer, stop.start, len(stop.memory))
    registers = b"".join(stop.registers[bank.first + n] for bank in BANKS[machine] for n in range(bank.count))
    return struct.pack(f"{sign}8s4Q", capture.MAGIC, *header) + registers + stop.memory


@st.composite
def stops(draw: st.DrawFn, machine: str) -> CapturedStop:
    registers = {
        bank.first + n: draw(st.binary(min_size=bank.width, max_size=bank.width))
        for bank in BANKS[machine]
        for n in range(bank.count)
    }
    return CapturedStop(draw(WORDS), draw(WORDS), registers, draw(WORDS), draw(st.binary(max_size=64)))


@given(st.data(), st.sampled_from(sorted(BANKS)), st.sampled_from(["little", "big"]))
def test_what_was_written_is_read(data: st.DataObject, machine: str, order: ByteOrder) -> None:
    found = data.draw(st.lists(stops(machine), max_size=3))
    text = b"".join(written(stop, machine, order) for stop in found)
    assert capture.parse(text, machine, order) == tuple(found)


@given(st.data())
def test_what_is_cut_off_is_refused(data: st.DataObject) -> None:
    text = written(data.draw(stops("s390x")), "s390x", "big")
    length = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(UsageError) as caught:
        capture.parse(text[:length], "s390x", "big")
    assert caught.value.what.startswith("byte 0: ")
    assert caught.value.what.endswith(" are left")


def test_damaged_and_unknown_captures() -> None:
    size = 40 + 16 * 8 * 2
    for data, machine, message in (
        (b"x" * 4, "s390x", f"byte 0: a stop takes {size} bytes or more, 4 are left\nnext: {NEXT}"),
        (b"HELLO, WORLD" + bytes(size), "s390x", f"byte 0: b'HELLO, W' is not b'CAPTURE1'\nnext: {NEXT}"),
        (b"", "arm", f"the registers of arm cannot be captured\nnext: use one of {', '.join(BANKS)}"),
    ):
        with pytest.raises(UsageError) as caught:
            capture.parse(data, machine, "big")
        assert str(caught.value) == message


def test_the_stack_is_read_only_where_it_was_copied() -> None:
    stop = CapturedStop(0, 0, {}, 1000, bytes(range(16)))
    assert stop.read(1004, 4) == b"\4\5\6\7"
    assert stop.read(1012, 4) == b"\14\15\16\17"
    assert stop.read(1013, 4) is None
    assert stop.read(999, 1) is None


# What tests expect


def value(text: str) -> ExpectedValue:
    (found,) = directives(f"; ROOTS: 1: {text}\n", "t.ll")
    (only,) = found.values
    return only


@pytest.mark.parametrize(
    ("text", "form", "size", "bits"),
    [
        ("i64 0x1122334455667788", "integer", 8, 0x1122334455667788),
        ("i8 -1", "integer", 1, 0xFF),
        ("i8 255", "integer", 1, 0xFF),
        ("i16 -12345", "integer", 2, 0xCFC7),
        ("i32 7", "integer", 4, 7),
        ("ptr 0", "integer", 8, 0),
        ("double 1.5", "float", 8, 0x3FF8000000000000),
        ("float -0.0", "float", 4, 0x80000000),
        ("float 0x7fc00001", "float", 4, 0x7FC00001),
        ("any", "any", 0, 0),
    ],
)
def test_values(text: str, form: str, size: int, bits: int) -> None:
    found = value(text)
    assert (found.text, found.form, found.size, found.bits) == (text, form, size, bits)
    assert (found.symbol, found.pointee, found.kind) == ("", False, None)


def test_values_that_say_more() -> None:
    assert value("ptr @slot") == ExpectedValue("ptr @slot", "integer", 8, 0, symbol="slot")
    assert value("ptr to i32 5 in Direct") == ExpectedValue(
        "ptr to i32 5 in Direct", "integer", 4, 5, pointee=True, kind=Kind.DIRECT
    )


def test_directives_are_numbered_by_line_and_in_order() -> None:
    text = "; A test.\n; ROOTS: -1: i8 1, any\ncode\n  # ROOTS: 7:\n; ROOTS: 7: i8 2\n"
    assert directives(text, "t.ll") == (
        ExpectedStop(2**64 - 1, (value("i8 1"), value("any")), 2),
        ExpectedStop(7, (), 4),
        ExpectedStop(7, (value("i8 2"),), 5),
    )


FORMS = "write a type and a value, such as i64 5, double 1.5, ptr @name, ptr to i8 7, or: any"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.ll: no ROOTS directive\nnext: say what is live: ; ROOTS: 7: i64 5, ..."),
        ("; ROOTS: i8 1\n", "t.ll:1: a ROOTS directive without an id\nnext: write: ROOTS: 7: i64 5, ..."),
        ("; ROOTS: 1: i7 1\n", f"t.ll:1: 'i7 1' is not a value\nnext: {FORMS}"),
        ("; ROOTS: 1: i8 1,\n", f"t.ll:1: '' is not a value\nnext: {FORMS}"),
        ("; ROOTS: 1: i8 256\n", f"t.ll:1: 'i8 256': 256 does not fit into i8\nnext: {FORMS}"),
        ("; ROOTS: 1: i8 x\n", f"t.ll:1: 'i8 x': x is not a valid i8\nnext: {FORMS}"),
        ("; ROOTS: 1: float 1.0e99\n", f"t.ll:1: 'float 1.0e99': 1.0e99 is not a valid float\nnext: {FORMS}"),
        (
            "; ROOTS: 1: i8 1 in Stack\n",
            "t.ll:1: Stack is not a kind of location\n"
            "next: write one of Register, Direct, Indirect, Constant, ConstantIndex",
        ),
    ],
)
def test_directives_that_are_none(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        directives(text, "t.ll")
    assert str(caught.value) == message
