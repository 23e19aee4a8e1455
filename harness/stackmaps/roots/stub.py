"""Writes a callee that does everything that the stack map allows at one site. Pure.

It clobbers every register that the C calling convention lets a callee clobber, unless the record lists it as
a live-out. If the convention of the site has a result (anyregcc), it goes into the register of the record's
first location.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import UsageError
from harness.stackmaps.format import Kind, Record
from harness.stackmaps.load import StackMapFile
from harness.targets import registry
from harness.targets.target import StubSyntax

# A separate section, so that a test can give it an address. (GNU ld has .stub among .text.)
SECTION = ".callee"
SYMBOL = "stub"
_POISON = 0xA5A5A5A5_5A5A5A5A


def assembly(found: StackMapFile, number: int, result: int | None) -> str:
    """The callee for the record with an id; `result` is what it returns, if anything. Raises UsageError."""
    syntax = found.target.stub if found.target else None
    if syntax is None:
        known = ", ".join(one.name for one in registry.TARGETS if one.stub)
        raise UsageError(f"{found.name}: no callee can be made for it", f"use one of {known}")
    records = [site.record for site in found.sites() if site.record.id == number % 2**64]
    if len(records) != 1:
        raise UsageError(
            f"{found.name}: {len(records)} records with id {number}", "name one: harness stackmap show"
        )
    lines = [f'.section {SECTION},"ax",%progbits', f".globl {SYMBOL}", f"{SYMBOL}:"]
    lines += _body(syntax, records[0], result)
    data = [".section .rodata", ".balign 8", "poison:", f".quad {_POISON:#x}"]
    data.append('.section .note.GNU-stack,"",%progbits')
    return "".join(f"    {line}\n" for line in (*lines, *data))


def _body(syntax: StubSyntax, record: Record, result: int | None) -> Iterator[str]:
    kept = {one.dwarf_register for one in record.live_outs}
    yield from syntax.before
    for dwarf, name in syntax.floats.items():
        if dwarf not in kept:
            yield syntax.float.format(name)
    for dwarf, name in syntax.general.items():
        if dwarf not in kept:
            yield from syntax.constant(name, _POISON)
    if result is not None:
        yield from syntax.constant(_result_register(syntax, record), result % 2**64)
    yield syntax.end


def _result_register(syntax: StubSyntax, record: Record) -> str:
    first = record.locations[0] if record.locations else None
    names = {**syntax.general, **syntax.saved}
    name = names.get(first.dwarf_register) if first and first.kind is Kind.REGISTER else None
    if name is None:
        raise UsageError(
            f"record {record.id}: its first location is not a register that a callee may write",
            "leave out --result, or give the site a result and the convention anyregcc",
        )
    return name
