"""Stack maps as text: what `harness stackmap show` prints, in the words of llvm-readobj."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.stackmaps.format import DYNAMIC, Kind, LiveOut, Location, Record
from harness.stackmaps.load import PlacedFunction, PlacedMap, StackMapFile
from harness.targets.target import Target


def text(file: StackMapFile) -> Iterator[str]:
    """The lines that describe a file."""
    machine = f"{file.image.format} {file.image.machine}" if file.image else "raw section"
    yield f"{file.name}: {machine}, {_count(len(file.maps), 'stack map')}"
    for one in file.maps:
        yield (
            f"  version {one.map.version}: {_count(len(one.functions), 'function')},"
            f" {_count(len(one.map.constants), 'constant')}, {_count(len(one.map.records), 'record')}"
        )
        for function in one.functions:
            yield from _function(function, one, file.target)
        if one.unplaced:
            yield "  records of functions the format does not name"
            for record in one.unplaced:
                yield from _record(record, one, file.target)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _function(function: PlacedFunction, one: PlacedMap, target: Target | None) -> Iterator[str]:
    frame = "dynamic" if function.stack_size == DYNAMIC else str(function.stack_size)
    length = "" if function.size is None else f", {function.size} bytes of code"
    yield f"  function {function.name} at {function.address:#x}{length}, stack size {frame}"
    for record in function.records:
        yield from _record(record, one, target)


def _record(record: Record, one: PlacedMap, target: Target | None) -> Iterator[str]:
    yield f"    record id {record.id}, instruction offset {record.offset}"
    for index, location in enumerate(record.locations):
        yield f"      #{index} {_location(location, one.map.constants, target)}, size {location.size}"
    if record.live_outs:
        yield f"      live-outs: {_live_outs(record.live_outs, target)}"


def _register(number: int, target: Target | None) -> str:
    return target.register(number) if target else f"R#{number}"


def _location(one: Location, constants: Sequence[int], target: Target | None) -> str:
    name = _register(one.dwarf_register, target)
    if one.kind is Kind.REGISTER:
        return f"Register {name}" + (f" from bit {one.offset}" if one.offset else "")
    if one.kind is Kind.DIRECT:
        return f"Direct {name} {_signed(one.offset)}"
    if one.kind is Kind.INDIRECT:
        return f"Indirect [{name} {_signed(one.offset)}]"
    if one.kind is Kind.CONSTANT:
        return f"Constant {one.offset}"
    value = str(constants[one.offset]) if 0 <= one.offset < len(constants) else "none"
    return f"ConstantIndex #{one.offset} ({value})"


def _signed(offset: int) -> str:
    return f"- {-offset}" if offset < 0 else f"+ {offset}"


def _live_outs(found: Sequence[LiveOut], target: Target | None) -> str:
    return ", ".join(f"{_register(one.dwarf_register, target)} ({one.size} bytes)" for one in found)
