"""The invariants of code at a record: its offset, and the bytes that were reserved there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.oracle.code import Decoder, Instruction, Role, Undecoded
from harness.oracle.findings import Finding, Place, Unchecked, Violation
from harness.oracle.ir import Intrinsic, Reservation
from harness.oracle.stackmap import Record


@dataclass(frozen=True, slots=True)
class Code:
    """A function's bytes, and where its instructions begin, as far as that could be found out."""

    data: bytes
    boundaries: frozenset[int]
    stopped: Undecoded | None

    @classmethod
    def of(cls, decoder: Decoder, data: bytes, needed: int) -> Code:
        """The code of a function, decoded up to and with byte `needed`."""
        boundaries, stopped = decoder.boundaries(data, min(needed, len(data)))
        return cls(data, boundaries, stopped)

    def begins(self, offset: int) -> bool | None:
        """Whether an instruction begins (or the last one ends) there; None if that is not known."""
        if self.stopped is not None and offset > self.stopped.offset:
            return None
        return offset in self.boundaries


def offset(code: Code, record: Record, place: Place) -> Iterator[Finding]:
    """Whether a record's offset is inside its function and at an instruction."""
    if record.offset > len(code.data):
        yield Violation(place, f"offset {record.offset} is behind the function's {len(code.data)} bytes")
        return
    begins = code.begins(record.offset)
    if begins is None:
        assert code.stopped is not None
        yield Unchecked(place, f"offset {record.offset} at an instruction: {code.stopped.why}")
    elif not begins:
        yield Violation(place, f"offset {record.offset} is inside of an instruction")


def reserved(
    decoder: Decoder, code: Code, record: Record, place: Place, promised: Sequence[Reservation]
) -> Iterator[Finding]:
    """Whether the bytes at a record are what the IR reserved; one of several promises of an id will do."""
    if record.offset > len(code.data):
        return
    found = [list(_reserved(decoder, code, record, place, one)) for one in promised]
    # One that holds, else one that cannot be checked, else the first.
    yield from min(found, key=lambda one: (any(isinstance(f, Violation) for f in one), bool(one)))


def _reserved(
    decoder: Decoder, code: Code, record: Record, place: Place, promise: Reservation
) -> Iterator[Finding]:
    size = promise.num_bytes
    if promise.intrinsic is Intrinsic.STATEPOINT:
        yield from _statepoint(decoder, code, record, place, size)
        return
    end = record.offset + size
    if end > len(code.data):
        yield Violation(
            place, f"{size} bytes are reserved at {record.offset}, the function ends at {len(code.data)}"
        )
    elif promise.intrinsic is Intrinsic.PATCHPOINT:
        yield from _region(decoder, code, record.offset, end, place)


def _statepoint(decoder: Decoder, code: Code, record: Record, place: Place, size: int) -> Iterator[Finding]:
    """A statepoint's record is behind its call, or behind the bytes reserved for one."""
    if size > record.offset:
        yield Violation(place, f"{size} bytes are reserved before {record.offset}, the function's start")
        return
    if size:
        yield from _region(decoder, code, record.offset - size, record.offset, place)
        return
    start = max((at for at in code.boundaries if at < record.offset), default=0)
    if code.begins(record.offset) is not True or not record.offset:
        return  # said by the check of the offset, or a call that was left out
    for one in decoder.instructions(code.data[start : record.offset]):
        if isinstance(one, Undecoded):
            yield Unchecked(place, f"the call before {record.offset}: {one.why}")
        elif one.role is not Role.CALL:
            yield Violation(place, f"`{one.text}` before {record.offset} is no call")


def _region(decoder: Decoder, code: Code, start: int, end: int, place: Place) -> Iterator[Finding]:
    """Reserved bytes: they end at an instruction's end, and hold a call, or nops, or both."""
    size = end - start
    if code.begins(end) is False:
        yield Violation(place, f"the {size} reserved bytes at {start} end at {end}, inside of an instruction")
        return
    if code.begins(start) is False:
        yield Violation(place, f"the {size} reserved bytes at {start} begin inside of an instruction")
        return
    if code.begins(end) is None or code.begins(start) is None:
        assert code.stopped is not None
        yield Unchecked(place, f"the {size} reserved bytes at {start}: {code.stopped.why}")
        return
    calls = prepared = 0
    for one in decoder.instructions(code.data[start:end]):
        if isinstance(one, Undecoded):
            yield Unchecked(place, f"the {size} reserved bytes at {start}: {one.why}")
            return
        if one.role is Role.OTHER:
            yield Violation(place, _foreign(one, start, size))
            return
        calls += one.role is Role.CALL
        prepared += one.role is Role.PREPARE
    if calls > 1:
        yield Violation(place, f"{calls} calls in the {size} reserved bytes at {start}")
    elif prepared and not calls:
        yield Violation(place, f"a call without its last instruction in the {size} reserved bytes at {start}")


def _foreign(one: Instruction, start: int, size: int) -> str:
    return (
        f"`{one.text}` at {start + one.offset} in the {size} reserved bytes at {start}"
        " is part of no call, and no nop"
    )
