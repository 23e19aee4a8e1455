"""Assembly of a callee that does at one site what the stack map allows it, and no less. Pure.

What the map does not list as a live-out of the record the callee may destroy, and so it does: every register
that the C calling convention lets a callee destroy. If the convention of the site has a result (anyregcc), it
is put into the register that the record names first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from harness.errors import UsageError
from harness.stackmaps.format import Kind, Record
from harness.stackmaps.load import StackMapFile

# A section of its own, so that a test may give it an address. (GNU ld has .stub among .text.)
SECTION = ".callee"
SYMBOL = "stub"
_POISON = 0xA5A5A5A5_5A5A5A5A


@dataclass(frozen=True, slots=True)
class _Machine:
    """How to write it. `general` and `floats` are what a callee may destroy, by DWARF number.

    `saved` are the other general registers: a result may be in one of them.
    `constant` loads 64 bits into a general register; `float` destroys a floating point register, with what
    `before` prepared in the register that the target's patch points themselves destroy.
    """

    general: Mapping[int, str]
    saved: Mapping[int, str]
    floats: Mapping[int, str]
    constant: Callable[[str, int], tuple[str, ...]]
    before: tuple[str, ...]
    float: str
    end: str


def _ppc_constant(register: str, value: int) -> tuple[str, ...]:
    words = [value >> shift & 0xFFFF for shift in (48, 32, 16, 0)]
    signed = words[0] - (words[0] >> 15 << 16)
    return (
        f"lis {register}, {signed}",
        f"ori {register}, {register}, {words[1]}",
        f"sldi {register}, {register}, 32",
        f"oris {register}, {register}, {words[2]}",
        f"ori {register}, {register}, {words[3]}",
    )


def _numbered(prefix: str, numbers: range, first: int = 0) -> dict[int, str]:
    return {first + n: f"{prefix}{n}" for n in numbers}


_X86_NAMES = {0: "rax", 1: "rdx", 2: "rcx", 4: "rsi", 5: "rdi", **_numbered("r", range(8, 12))}
_RISCV_NAMES = {
    5: "t0",
    6: "t1",
    7: "t2",
    **{10 + n: f"a{n}" for n in range(8)},
    **{28 + n: f"t{n + 3}" for n in range(4)},
}
_RISCV_FLOATS = (*range(8), *range(10, 18), *range(28, 32))
# f0 f2 f4 f6 f1 f3 f5 f7 are 16 to 23.
_S390X_FLOATS = {16: "%f0", 17: "%f2", 18: "%f4", 19: "%f6", 20: "%f1", 21: "%f3", 22: "%f5", 23: "%f7"}
_MACHINES: Mapping[str, _Machine] = {
    "x86-64": _Machine(
        general={number: f"%{name}" for number, name in _X86_NAMES.items()},
        saved={3: "%rbx", 6: "%rbp", **_numbered("%r", range(12, 16))},
        floats=_numbered("%xmm", range(16), 17),
        constant=lambda register, value: (f"movabsq ${value:#x}, {register}",),
        before=(),
        float="pcmpeqd {0}, {0}",
        end="retq",
    ),
    "aarch64": _Machine(
        general=_numbered("x", range(18)),
        saved=_numbered("x", range(19, 29)),
        floats={64 + n: f"v{n}" for n in (*range(8), *range(16, 32))},
        constant=lambda register, value: (f"ldr {register}, ={value:#x}",),
        before=(),
        float="movi {0}.16b, #0xa5",
        end="ret",
    ),
    "ppc64": _Machine(
        general={n: str(n) for n in (0, *range(3, 13))},
        saved={n: str(n) for n in range(14, 32)},
        floats={32 + n: str(n) for n in range(14)},
        constant=_ppc_constant,
        before=("lis 12, poison@ha", "addi 12, 12, poison@l"),
        float="lfd {0}, 0(12)",
        end="blr",
    ),
    "s390x": _Machine(
        general=_numbered("%r", range(6)),
        saved=_numbered("%r", range(6, 14)),
        floats=_S390X_FLOATS,
        constant=lambda register, value: (
            f"llihf {register}, {value >> 32:#x}",
            f"oilf {register}, {value & 0xFFFFFFFF:#x}",
        ),
        before=("larl %r1, poison",),
        float="ld {0}, 0(%r1)",
        end="br %r14",
    ),
    "riscv": _Machine(
        general=_RISCV_NAMES,
        saved={8: "s0", 9: "s1", **{16 + n: f"s{n}" for n in range(2, 12)}},
        floats={32 + n: f"f{n}" for n in _RISCV_FLOATS},
        constant=lambda register, value: (f"li {register}, {value:#x}",),
        # t1 is one of those that are destroyed after the floating point registers.
        before=("la t1, poison",),
        float="fld {0}, 0(t1)",
        end="ret",
    ),
}


def assembly(found: StackMapFile, number: int, result: int | None) -> str:
    """The callee of the record with an id; `result` is what it returns, if it does. Raises UsageError."""
    machine = _MACHINES.get(found.target.name) if found.target else None
    if machine is None:
        raise UsageError(f"{found.name}: no callee can be made for it", f"use one of {', '.join(_MACHINES)}")
    records = [site.record for site in found.sites() if site.record.id == number % 2**64]
    if len(records) != 1:
        raise UsageError(
            f"{found.name}: {len(records)} records with id {number}", "name one: harness stackmap show"
        )
    lines = [f'.section {SECTION},"ax",%progbits', f".globl {SYMBOL}", f"{SYMBOL}:"]
    lines += _body(machine, records[0], result)
    data = [".section .rodata", ".balign 8", "poison:", f".quad {_POISON:#x}"]
    data.append('.section .note.GNU-stack,"",%progbits')
    return "".join(f"    {line}\n" for line in (*lines, *data))


def _body(machine: _Machine, record: Record, result: int | None) -> Iterator[str]:
    kept = {one.dwarf_register for one in record.live_outs}
    yield from machine.before
    for dwarf, name in machine.floats.items():
        if dwarf not in kept:
            yield machine.float.format(name)
    for dwarf, name in machine.general.items():
        if dwarf not in kept:
            yield from machine.constant(name, _POISON)
    if result is not None:
        yield from machine.constant(_result_register(machine, record), result % 2**64)
    yield machine.end


def _result_register(machine: _Machine, record: Record) -> str:
    first = record.locations[0] if record.locations else None
    names = {**machine.general, **machine.saved}
    name = names.get(first.dwarf_register) if first and first.kind is Kind.REGISTER else None
    if name is None:
        raise UsageError(
            f"record {record.id}: its first location is no register that a callee may write",
            "leave out --result, or give the site a result and the convention anyregcc",
        )
    return name
