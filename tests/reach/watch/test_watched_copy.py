"""The bytes of a watched copy: what is taken out of the code is in the table, where the stub finds it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reach.names import FunctionName
from harness.reach.watch.copy import Edit, Stub, edit, place_headers, record_size
from harness.reach.watch.program import PAGE, PT_LOAD, PT_NOTE, LinkedProgram, Segment
from harness.reach.watch.values import CALL_SIZE, LinkedFunction, Unwatchable

STUB = Stub(b"\x90" * 2 * PAGE, 0x40)
NAME = "0123456789abcdef0123"


def program(text: bytes, start: int = 0x401080) -> LinkedProgram:
    offset = 0x1000 + start % PAGE
    code = Segment(PT_LOAD, 5, offset, start, len(text), len(text), PAGE)
    data_at = -(-code.end // PAGE) * PAGE
    segments = (
        Segment(6, 4, 64, 0x400040, 0x100, 0x100, 8),
        Segment(PT_LOAD, 4, 0, 0x400000, 0x800, 0x800, PAGE),
        Segment(PT_NOTE, 4, 0x300, 0x400300, 0x20, 0x20, 4),
        code,
        Segment(PT_LOAD, 6, offset + len(text), data_at, 0x10, 0x5000, PAGE),
        Segment(0x6474E551, 6, 0, 0, 0, 0, 1),
    )
    return LinkedProgram(segments, code, text, ())


def functions(one: LinkedProgram, offsets: set[int]) -> list[LinkedFunction]:
    return [
        LinkedFunction((FunctionName("", str(offset)),), one.code.address + offset, CALL_SIZE)
        for offset in sorted(offsets)
    ]


@given(st.binary(min_size=1, max_size=40), st.sets(st.integers(0, 1800), min_size=1))
def test_the_stub_finds_each_function_and_its_bytes(chunk: bytes, places: set[int]) -> None:
    text = (chunk * 20_000)[:20_000]
    subject = program(text)
    listed = functions(subject, {11 * place for place in places})
    edits = edit(subject, listed, STUB, NAME, 50_000)
    assert not isinstance(edits, Unwatchable)
    code, headers, stub = edits
    assert code.offset == subject.code.offset
    ours = read_headers(headers.data)[4]
    enter = ours.address + STUB.enter
    assert stub.data.startswith(STUB.code)
    table = stub.data[len(STUB.code) :]
    head = struct.unpack_from("<QQQQQII32s", table)
    text_at = subject.code.address & -PAGE
    count, pages = len(listed), head[6]
    assert head == (enter, text_at, pages * PAGE, 0x1000, record_size(count), count, pages, pad(NAME))
    assert text_at + pages * PAGE >= subject.code.end
    first = struct.unpack_from(f"<{pages + 1}I", table, 80)
    rows = list(struct.iter_unpack("<I5s3x", table[80 + 4 * (pages + 1) :]))
    assert len(rows) == count
    restored = bytearray(code.data)
    for index, (one, (offset, bytes_)) in enumerate(zip(listed, rows, strict=True)):
        at = one.address - subject.code.address
        opcode, distance = struct.unpack_from("<Bi", code.data, at)
        assert (opcode, one.address + CALL_SIZE + distance) == (0xE8, enter)
        assert text_at + offset == one.address
        page = offset // PAGE
        assert first[page] <= index < first[page + 1]
        restored[at : at + CALL_SIZE] = bytes_
    assert restored == text


def test_the_stub_takes_the_place_of_the_note() -> None:
    subject = program(bytes(64))
    edits = edit(subject, functions(subject, {0}), STUB, NAME, 50_000)
    assert not isinstance(edits, Unwatchable)
    _, headers, stub = edits
    after = read_headers(headers.data)
    assert len(after) == len(subject.segments)
    assert [one for one in after if one not in subject.segments] == [after[4]]
    assert {one.kind for one in subject.segments} - {one.kind for one in after} == {PT_NOTE}
    loaded = [one.address for one in after if one.kind == PT_LOAD]
    assert loaded == sorted(loaded)
    ours = after[4]
    assert (ours.offset % PAGE, ours.address % PAGE, ours.flags) == (0, 0, 5)
    assert ours.offset == stub.offset >= 50_000
    assert ours.address >= max(one.end for one in subject.segments)
    assert ours.file_size == ours.memory_size == len(stub.data)


def test_the_headers_go_where_the_file_says() -> None:
    header = bytes(32) + struct.pack("<Q", 0x1234) + bytes(24)
    assert place_headers(Edit(-1, b"x"), header) == Edit(0x1234, b"x")
    assert place_headers(Edit(7, b"x"), header) == Edit(7, b"x")


def test_a_program_without_a_note_has_no_place_for_the_stub() -> None:
    subject = program(bytes(64))
    kept = tuple(one for one in subject.segments if one.kind != PT_NOTE)
    bare = LinkedProgram(kept, subject.code, subject.text, ())
    said = edit(bare, functions(bare, {0}), STUB, NAME, 50_000)
    assert str(said) == "reach is unknown: it has no program header to spare (PT_NOTE)"


def test_a_call_cannot_go_further_than_two_gibibytes() -> None:
    subject = program(bytes(64))
    far = Segment(PT_LOAD, 6, 0, 0x401000 + (1 << 31), 0, 16, PAGE)
    wide = LinkedProgram((*subject.segments, far), subject.code, subject.text, ())
    said = edit(wide, functions(wide, {0}), STUB, NAME, 50_000)
    assert said == Unwatchable("its code is more than 2 GiB from where the stub can be")


@pytest.mark.parametrize(("count", "size"), [(0, 64), (1, 65), (8, 65), (9, 66), (94_620, 11_892)])
def test_a_record_has_a_bit_for_each_function(count: int, size: int) -> None:
    assert record_size(count) == size


def read_headers(data: bytes) -> list[Segment]:
    rows = struct.iter_unpack("<IIQQQQQQ", data)
    return [Segment(kind, flags, at, address, *rest) for kind, flags, at, address, _, *rest in rows]


def pad(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")
