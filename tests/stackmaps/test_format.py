"""The format: every map round-trips, and nothing else is accepted as a map."""

from __future__ import annotations

import itertools
import pickle
import struct
import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.stackmaps.format import (
    DYNAMIC,
    Function,
    Kind,
    LiveOut,
    Location,
    Record,
    Reserved,
    StackMap,
    StackMapError,
    parse,
    parse_section,
)
from harness.targets.instructions import ByteOrder
from tests.stackmaps.encode import encode

# How long an example takes depends on what else the machine does; what it takes itself is tested below.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
more = settings(patient, max_examples=500)
U8, U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
ORDERS: st.SearchStrategy[ByteOrder] = st.sampled_from(("little", "big"))


@st.composite
def maps(draw: st.DrawFn) -> StackMap:
    """Any map the format can hold, small ones first."""
    version = draw(st.sampled_from((1, 2, 3)))
    size = U16 if version == 3 else U8
    locations = st.builds(Location, st.sampled_from(Kind), size, U16, st.integers(-(2**31), 2**31 - 1))
    records = st.builds(
        Record,
        U64,
        U32,
        st.lists(locations, max_size=7).map(tuple),
        st.lists(st.builds(LiveOut, U16, U8), max_size=5).map(tuple),
        st.just(0),
    )
    count = st.none() if version == 1 else U64
    functions = st.builds(Function, U64, U64, count, st.just(0))
    return StackMap(
        version,
        tuple(draw(st.lists(functions, max_size=3))),
        tuple(draw(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3))),
        tuple(draw(st.lists(records, max_size=4))),
        (),
        0,
        0,
    )


def placeless(one: StackMap) -> StackMap:
    """The same without positions."""
    functions = tuple(replace(function, position=0) for function in one.functions)
    records = tuple(replace(record, position=0) for record in one.records)
    return replace(one, functions=functions, records=records, position=0, size=0)


@patient
@given(maps(), ORDERS)
def test_a_map_is_read_back(one: StackMap, order: ByteOrder) -> None:
    data = encode(one, order)
    found = parse(data, order)
    assert placeless(found) == one
    assert found.size == len(data)
    assert found.size % 8 == 0
    for record in found.records:
        assert data[record.position : record.position + 8] == record.id.to_bytes(8, order)
    for function in found.functions:
        assert data[function.position : function.position + 8] == function.address.to_bytes(8, order)


@patient
@given(st.lists(maps(), min_size=1, max_size=4), ORDERS, st.integers(0, 30))
def test_a_linker_puts_maps_behind_each_other(several: list[StackMap], order: ByteOrder, zeros: int) -> None:
    data = b"".join(encode(one, order) for one in several)
    found = parse_section(data + bytes(zeros), order)
    assert [placeless(one) for one in found] == several
    assert [one.position for one in found] == [0, *itertools.accumulate(one.size for one in found[:-1])]
    assert found[-1].end == len(data)


@patient
@given(maps(), ORDERS, st.data())
def test_a_part_of_a_map_is_refused(one: StackMap, order: ByteOrder, data: st.DataObject) -> None:
    whole = encode(one, order)
    length = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(StackMapError) as caught:
        parse(whole[:length], order)
    assert 0 <= caught.value.offset <= length
    assert caught.value.what.startswith(f"byte {caught.value.offset}: ")


def read(data: bytes, order: ByteOrder) -> tuple[StackMap, ...] | None:
    """The maps, None if they are refused with the right error."""
    try:
        return parse_section(data, order)
    except StackMapError as error:
        offset = error.offset
    assert 0 <= offset <= len(data)
    return None


@more
@given(st.binary(max_size=400), ORDERS, st.sampled_from((b"", b"\1\0\0\0", b"\2\0\0\0", b"\3\0\0\0")))
def test_garbage_is_refused_or_read(garbage: bytes, order: ByteOrder, start: bytes) -> None:
    found = read(start + garbage, order)
    if found is not None:
        assert sum(one.size for one in found) <= len(start + garbage)


@pytest.mark.slow
@more
@given(maps(), ORDERS, st.data())
def test_a_flipped_bit_is_refused_or_read(one: StackMap, order: ByteOrder, data: st.DataObject) -> None:
    whole = bytearray(encode(one, order))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    found = read(bytes(whole), order)
    if found is None:
        return
    # Every bit counts: the map differs, or a reserved field is not zero.
    assert [placeless(each) for each in found] != [one] or found[0].reserved


SMALL = StackMap(3, (Function(0, 8, 1, 0),), (), (Record(7, 4, (), (), 0),), (), 0, 0)


def header(functions: int, constants: int, records: int) -> bytes:
    return struct.pack("<BBHIII", 3, 0, 0, functions, constants, records)


MOST = 2**32 - 1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "byte 0: a stack map starts with 16 bytes, 0 are left"),
        (header(0, 0, 0)[:15], "byte 0: a stack map starts with 16 bytes, 15 are left"),
        (bytes(16), "byte 0: version 0 is not one of 1, 2, 3"),
        (b"\4" + bytes(15), "byte 0: version 4 is not one of 1, 2, 3"),
        (
            header(MOST, MOST, MOST),
            f"byte 4: {MOST} functions take {24 * MOST} bytes or more, 0 are left",
        ),
        (header(0, 2, 0) + bytes(8), "byte 8: 2 constants take 16 bytes or more, 8 are left"),
        (header(0, 0, 1) + bytes(23), "byte 12: 1 records take 24 bytes or more, 23 are left"),
        (header(1, 1, 0) + bytes(24), "byte 8: 1 constants take 8 bytes or more, 0 are left"),
        (header(0, 1, 1) + bytes(24), "byte 12: 1 records take 24 bytes or more, 16 are left"),
        (
            header(0, 0, 1) + bytes(14) + b"\1\0" + bytes(8),
            "byte 30: 1 locations take 12 bytes or more, 8 are left",
        ),
        (
            header(0, 0, 1) + bytes(14) + b"\1\0\6" + bytes(30),
            "byte 32: a location's kind is 6, not 1 to 5",
        ),
        (
            header(0, 0, 1) + bytes(18) + b"\2\0" + bytes(4),
            "byte 34: 2 live-outs take 8 bytes or more, 4 are left",
        ),
        (encode(SMALL, "little") + bytes(8) + b"\1" + bytes(15), "byte 64: version 0 is not one of 1, 2, 3"),
    ],
)
def test_what_is_said_of_garbage(data: bytes, what: str) -> None:
    with pytest.raises(StackMapError) as caught:
        parse_section(data, "little")
    assert caught.value.what == what
    assert caught.value.offset == int(what.partition(":")[0].removeprefix("byte "))


def test_an_error_keeps_its_offset_on_its_way() -> None:
    with pytest.raises(StackMapError) as caught:
        parse(b"\3" + bytes(4), "little", 3)
    named = pickle.loads(pickle.dumps(caught.value.of("f.o")))  # noqa: S301 - pickled in the same line
    assert str(named) == (
        "f.o: byte 3: a stack map starts with 16 bytes, 2 are left\n"
        "next: give an object or section as the compiler wrote it"
    )
    assert named.offset == 3


@pytest.mark.parametrize(
    ("position", "field"),
    [(1, "header"), (3, "header"), (52, "record flags"), (56, "padding"), (60, "padding")],
)
def test_a_reserved_field_is_kept(position: int, field: str) -> None:
    data = bytearray(encode(SMALL, "little"))
    data[position] = 9
    (found,) = parse(bytes(data), "little").reserved
    assert found.field == field
    assert found.position <= position
    assert found.value in {9, 9 << 8}


def test_reserved_fields_of_locations_and_live_outs() -> None:
    one = replace(SMALL, records=(Record(7, 4, (Location(Kind.REGISTER, 8, 3, 0),), (LiveOut(3, 8),), 0),))
    data = bytearray(encode(one, "big"))
    for position in (57, 63, 78):
        data[position] = 1
    assert parse(bytes(data), "big").reserved == (
        Reserved(57, "location", 1),
        Reserved(62, "location", 1),
        Reserved(78, "live-out", 1),
    )


def test_counts_group_the_records() -> None:
    records = tuple(Record(number, 0, (), (), 0) for number in range(5))
    functions = tuple(Function(0, 8, count, 0) for count in (2, 0, 1))
    one = StackMap(3, functions, (), records, (), 0, 0)
    assert one.grouped() == ((records[:2], (), records[2:3]), records[3:])
    assert replace(one, functions=(Function(0, 8, 2**64 - 1, 0), *functions)).grouped() == (
        (records, (), (), ()),
        (),
    )


def test_version_1_has_no_counts() -> None:
    records = (Record(7, 4, (), (), 0), Record(8, 6, (), (), 0))
    alone = StackMap(1, (Function(0, 8, None, 0),), (), records, (), 0, 0)
    assert alone.grouped() == ((records,), ())
    assert replace(alone, functions=alone.functions * 2).grouped() == (((), ()), records)


def test_the_map_of_llvm_3_9s_own_test() -> None:
    """test/Object/stackmap-dump.test of that time: what llvm-readobj prints for its version 1."""
    data = struct.pack("<BBHIII", 1, 0, 0, 1, 1, 1) + struct.pack("<QQ", 0, 16)
    data += struct.pack("<Q", 10_000_000_000) + struct.pack("<QIHH", 2, 1, 0, 5)
    for location in ((1, 8, 5, 0), (4, 8, 0, 10), (5, 8, 0, 0), (2, 8, 4, -8), (3, 8, 6, -16)):
        data += struct.pack("<BBHi", *location)
    data += struct.pack("<HHHBB", 0, 1, 7, 0, 8)
    assert len(data) % 8 == 0
    (found,) = parse_section(data, "little")
    assert (found.version, found.constants) == (1, (10_000_000_000,))
    assert found.functions[0] == Function(0, 16, None, 16)
    (record,) = found.records
    assert (record.id, record.offset, record.live_outs) == (2, 1, (LiveOut(7, 8),))
    assert record.locations == (
        Location(Kind.REGISTER, 8, 5, 0),
        Location(Kind.CONSTANT, 8, 0, 10),
        Location(Kind.CONSTANT_INDEX, 8, 0, 0),
        Location(Kind.DIRECT, 8, 4, -8),
        Location(Kind.INDIRECT, 8, 6, -16),
    )


def test_a_frame_of_no_fixed_size() -> None:
    (found,) = parse(encode(replace(SMALL, functions=(Function(0, DYNAMIC, 1, 0),)), "big"), "big").functions
    assert found.stack_size == DYNAMIC


@pytest.mark.parametrize("field", [4, 8, 12])
def test_a_count_that_cannot_be_takes_no_memory(field: int) -> None:
    data = bytearray(b"\3" + bytes(999_999))
    data[field : field + 4] = b"\xff\xff\xff\x0f"
    tracemalloc.start()
    try:
        with pytest.raises(StackMapError):
            parse(bytes(data), "little")
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_time_is_linear_in_the_length() -> None:
    """Many small maps, the last of them damaged: none is read twice."""
    data = encode(SMALL, "little") * 20_000 + b"\1"
    start = time.process_time()
    with pytest.raises(StackMapError):
        parse_section(data, "little")
    assert time.process_time() - start < 5


def hybrid(one: StackMap, order: ByteOrder) -> bytes:
    """Version 2 labelled as version 1, as LLVM's main branch wrote it for some weeks."""
    return b"\1" + encode(replace(one, version=2), order)[1:]


TWO = replace(
    SMALL,
    functions=(Function(0, 40, 2, 0),),
    records=tuple(
        Record(id, offset, (Location(Kind.CONSTANT, 8, 0, 0), Location(Kind.INDIRECT, 8, 7, 16)), (), 0)
        for id, offset in ((2863311530, 13), (3149642683, 22))
    ),
)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(
    "one",
    [
        TWO,
        # Without locations a record is as long as what version 1 takes for one: nothing but padding is wrong.
        replace(TWO, functions=(Function(0, 8, 1, 0),), records=(Record(5, 4, (), (), 0),)),
    ],
)
def test_version_1_with_the_counts_of_version_2(one: StackMap, order: ByteOrder) -> None:
    data = hybrid(one, order)
    with pytest.raises(StackMapError) as caught:
        parse_section(data, order)
    assert caught.value.what == (
        "byte 0: it says version 1, but its functions have record counts, which are version 2's: LLVM's main"
        " branch wrote such maps in 2016, between LLVM 3.9 and 4"
    )
    assert caught.value.next_step == (
        "compile it with LLVM 3.9 or 4; or change that byte to 2: the rest is version 2"
    )
    (found,) = parse_section(b"\2" + data[1:], order)
    assert placeless(found) == placeless(replace(one, version=2))
    good = encode(replace(one, version=2), order)
    with pytest.raises(StackMapError, match=f"byte {len(good)}: it says version 1"):
        parse_section(good + data, order)


def test_pool_constants_are_signed() -> None:
    data = encode(replace(SMALL, constants=(-5_000_000_000, 2**63 - 1, -(2**63))), "little")
    assert parse(data, "little").constants == (-5_000_000_000, 2**63 - 1, -(2**63))
