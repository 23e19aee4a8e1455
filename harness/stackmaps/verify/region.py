"""Checks the code at a record: its offset, the bytes reserved there, the callee."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.stackmaps.format import Record
from harness.stackmaps.verify.callee import CalleeComparer, Unknown
from harness.stackmaps.verify.calls import Calls, Goal
from harness.stackmaps.verify.code import Decoder, Instruction, Role, Undecoded
from harness.stackmaps.verify.findings import Finding, Subject, Unchecked, Violation
from harness.stackmaps.verify.ir import Callee, Intrinsic, Reservation

# How many of several wrong sites with one id are listed.
_MOST_SAID = 16


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """A function's bytes, and where its instructions begin, as far as that is known."""

    data: bytes
    boundaries: frozenset[int]
    stopped: Undecoded | None

    @classmethod
    def of(cls, decoder: Decoder, data: bytes, needed: int) -> FunctionCode:
        """The code of a function, decoded up to and including byte `needed`."""
        boundaries, stopped = decoder.boundaries(data, min(needed, len(data)))
        return cls(data, boundaries, stopped)

    def begins(self, offset: int) -> bool | None:
        """Whether an instruction begins (or the last one ends) there; None if unknown."""
        if self.stopped is not None and offset > self.stopped.offset:
            return None
        return offset in self.boundaries


def check_offset(code: FunctionCode, record: Record, place: Subject) -> Iterator[Finding]:
    """Check that a record's offset is inside its function and at an instruction."""
    if record.offset > len(code.data):
        yield Violation(place, f"offset {record.offset} is after the function's {len(code.data)} bytes")
        return
    begins = code.begins(record.offset)
    if begins is None:
        assert code.stopped is not None
        yield Unchecked(place, f"offset {record.offset} at an instruction: {code.stopped.why}")
    elif not begins:
        yield Violation(place, f"offset {record.offset} is inside an instruction")


@dataclass(frozen=True, slots=True)
class LocatedCall:
    """A call: where in its function, and where it leads."""

    offset: int
    goal: Goal


@dataclass(frozen=True, slots=True)
class RegionResult:
    """What is wrong with a promise's bytes, and the call in them, if any."""

    findings: tuple[Finding, ...]
    call: LocatedCall | None = None


@dataclass(frozen=True, slots=True)
class Regions:
    """The reserved bytes of one function, whose code starts at `start` of its section.

    `calls` follows the section's calls; None if the relocations were not read.
    """

    decoder: Decoder
    code: FunctionCode
    start: int
    linker: CalleeComparer
    calls: Calls | None

    def reserved(self, record: Record, place: Subject, promised: Iterable[Reservation]) -> Iterator[Finding]:
        """Check that the code at a record is what the IR promised, by any of an id's promises."""
        if record.offset > len(self.code.data):
            return
        read: dict[tuple[Intrinsic, int], RegionResult] = {}
        found: list[tuple[Reservation, tuple[Finding, ...]]] = []
        for one in promised:
            key = (one.intrinsic, one.num_bytes)
            if key not in read:
                read[key] = self._read(record.offset, place, *key)
            findings = read[key].findings or tuple(self._callee(record.offset, place, one, read[key].call))
            if not findings:
                return
            found.append((one, findings))
        for _, findings in found:
            if not any(isinstance(finding, Violation) for finding in findings):
                yield from findings
                return
        if len(found) == 1:
            yield from found[0][1]
        elif found:
            yield _none_fits(place, found)

    def _read(self, offset: int, place: Subject, intrinsic: Intrinsic, size: int) -> RegionResult:
        """Check a promise's bytes: a statepoint's are before its record, a patch point's after it."""
        start, end, length = offset, offset + size, len(self.code.data)
        if intrinsic is Intrinsic.STATEPOINT:
            if not size:
                return self._before(offset, place)
            start, end = offset - size, offset
        what = ""
        if start < 0:
            what = f"{size} bytes are reserved before {offset}, the function's start"
        elif end > length:
            what = f"{size} bytes are reserved at {offset}, the function ends at {length}"
        if what or intrinsic is Intrinsic.STACKMAP:
            return RegionResult((Violation(place, what),) if what else ())
        findings = tuple(self._region(start, end, place))
        return RegionResult(findings, None if findings else self._call(start, end))

    def _before(self, offset: int, place: Subject) -> RegionResult:
        """A statepoint that reserves nothing: the instruction before its record is the call."""
        starts = sorted(at for at in self.code.boundaries if at < offset)
        if self.code.begins(offset) is not True or not starts:
            return RegionResult(())  # reported by the check of the offset, or a call that was left out
        for one in self.decoder.instructions(self.code.data[starts[-1] : offset]):
            if isinstance(one, Undecoded):
                return RegionResult((Unchecked(place, f"the call before {offset}: {one.why}"),))
            if one.role is not Role.CALL:
                return RegionResult((Violation(place, f"`{one.text}` before {offset} is not a call"),))
        # A call may be a pair of instructions. Others are not known to run before it.
        decoding = self.decoder.decoding
        pair = decoding is not None and decoding.pair and len(starts) > 1
        return RegionResult((), self._call(starts[-2] if pair else starts[-1], offset))

    def _call(self, start: int, end: int) -> LocatedCall | None:
        """The call in some bytes."""
        data = self.code.data[start:end]
        found = [one for one in self.decoder.instructions(data) if isinstance(one, Instruction)]
        while found and found[-1].role is not Role.CALL:
            found.pop()
        if not found or self.calls is None:
            return None
        return LocatedCall(start + found[-1].offset, self.calls.goal(found, data, self.start + start))

    def _callee(
        self, offset: int, place: Subject, promise: Reservation, call: LocatedCall | None
    ) -> Iterator[Finding]:
        """Check that the call leads to the callee that the IR names."""
        wanted = promise.callee
        if wanted is None:
            return
        if self.calls is None:
            yield Unchecked(place, f"the callee {wanted}: the relocations of the code were not read")
            return
        patchpoint = promise.intrinsic is Intrinsic.PATCHPOINT
        bytes_ = f"the {promise.num_bytes} reserved bytes at {offset}"
        if patchpoint and wanted == Callee():
            if call is not None:
                yield Violation(place, f"a call in {bytes_}, but the callee is null: all of them are nops")
        elif call is None:
            if patchpoint:  # a statepoint may leave its bytes to the runtime
                yield Violation(place, f"no call of {wanted} in {bytes_}")
        elif (wrong := self.linker.compare(call.goal, wanted)) is not None:
            if isinstance(wrong, Unknown):
                yield Unchecked(place, f"whether the call at {call.offset} leads to {wanted}: {wrong.why}")
            else:
                yield Violation(place, f"the call at {call.offset} leads to {wrong.what}, not to {wanted}")

    def _region(self, start: int, end: int, place: Subject) -> Iterator[Finding]:
        """Check that reserved bytes end with an instruction, and hold a call, nops, or both."""
        size, code = end - start, self.code
        if code.begins(end) is False:
            what = f"the {size} reserved bytes at {start} end at {end}, inside an instruction"
            yield Violation(place, what)
            return
        if code.begins(start) is False:
            yield Violation(place, f"the {size} reserved bytes at {start} begin inside an instruction")
            return
        if code.begins(end) is None or code.begins(start) is None:
            assert code.stopped is not None
            yield Unchecked(place, f"the {size} reserved bytes at {start}: {code.stopped.why}")
            return
        calls = prepared = 0
        for one in self.decoder.instructions(code.data[start:end]):
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
            what = f"a call without its last instruction in the {size} reserved bytes at {start}"
            yield Violation(place, what)


def _none_fits(place: Subject, found: Sequence[tuple[Reservation, tuple[Finding, ...]]]) -> Violation:
    """The violation for an id of several sites, none of which fits the code."""
    said = [
        f"{promise}: {', '.join(finding.what for finding in findings)}"
        for promise, findings in found[: _MOST_SAID + 1]
    ]
    more = len(found) - _MOST_SAID
    if more > 0:
        said[_MOST_SAID:] = [f"and {more} more"]
    return Violation(place, f"no site with this id fits: {'; '.join(said)}")


def _foreign(one: Instruction, start: int, size: int) -> str:
    return (
        f"`{one.text}` at {start + one.offset} in the {size} reserved bytes at {start}"
        " is neither part of a call nor a nop"
    )
