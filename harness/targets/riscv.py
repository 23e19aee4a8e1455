"""RISC-V, 64 and 32 bits."""

from __future__ import annotations

import re

from harness.targets.instructions import (
    OR,
    SHIFT_LEFT,
    ByteOrder,
    CallOperand,
    Constants,
    Decoding,
    Hidden,
    Relative,
    ThroughRegister,
    change_register,
    load_number,
    to_signed,
)
from harness.targets.relocations import Action, Elf, FixupKind
from harness.targets.target import Bank, Generation, Runtime, StubSyntax, Target, listed_names, numbered_names

_GENERAL = {
    **listed_names("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7"),
    **numbered_names("s", 18, 10, 2),
    **numbered_names("t", 28, 4, 3),
}
_DESTROYED = (5, 6, 7, *range(10, 18), *range(28, 32))
_DESTROYED_FLOATS = (*range(8), *range(10, 18), *range(28, 32))
_RUNTIME = Runtime("riscv64", "riscv64-unknown-linux-gnu", ("-mattr=+m,+a,+f,+d", "-target-abi=lp64d"))


def _operand(text: str, code: bytes, order: ByteOrder) -> CallOperand:
    word = int.from_bytes(code, order)
    if len(code) == 4 and word & 0x7F == 0x6F:
        distance = word >> 31 << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11 | word >> 20 & 0x7FE
        return Relative(to_signed(distance, 21))
    if text.startswith("c.jal "):
        return Hidden(f"the distance of `{text}` is not decoded")
    if len(code) == 4:
        return ThroughRegister(_GENERAL[word >> 15 & 31], to_signed(word >> 20, 12))
    return ThroughRegister(_GENERAL[word >> 7 & 31])


def _engine(_order: ByteOrder, size: int) -> tuple[str, tuple[str, ...]]:
    return "CS_ARCH_RISCV", ("CS_MODE_RISCV64" if size == 8 else "CS_MODE_RISCV32", "CS_MODE_RISCVC")


TARGET = Target(
    "riscv",
    # x0-31, f0-31, v0-31, CSRs.
    ((0, 63), (96, 127), (4096, 8191)),
    stack_pointer=2,
    frame_pointers=(8, 9),
    names={
        **_GENERAL,
        **listed_names("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7", 32),
        **numbered_names("fs", 50, 10, 2),
        **numbered_names("ft", 60, 4, 8),
        **numbered_names("v", 96, 32),
    },
    frame_top=0,
    elf=Elf(
        "EM_RISCV",
        data={2: (Action.SET, 8), 1: (Action.SET, 4), 3: (Action.RELATIVE, 8)}
        | {35: (Action.ADD, 4), 36: (Action.ADD, 8), 39: (Action.SUB, 4), 40: (Action.SUB, 8)},
        # JAL, CALL, CALL_PLT
        calls={17: (FixupKind.CALL, 0), 18: (FixupKind.CALL, 0), 19: (FixupKind.CALL, 0)},
        silent=frozenset({0, 43, 51}),  # NONE, ALIGN, RELAX
    ),
    length=lambda code, _order: 4 if code[0] & 3 == 3 else 2,
    decoding=Decoding(
        engine=_engine,
        calls=frozenset({"jalr", "c.jalr", "jal", "c.jal"}),
        prepare=re.compile(r"(c\.)?(lui|auipc|addi|addiw|slli|srli|li|xori) (ra|t\d), .*"),
        constants=Constants(
            {
                "lui": load_number(32, 12),
                "li": load_number(64),
                "addi": change_register(lambda known, numbers: known + numbers[0]),
                "addiw": change_register(lambda known, numbers: to_signed(known + numbers[0], 32)),
                "slli": SHIFT_LEFT,
                "srli": change_register(lambda known, numbers: known >> (numbers[0] & 63)),
                "xori": change_register(lambda known, numbers: known ^ numbers[0]),
                "ori": OR,
                "not": change_register(lambda known, _numbers: ~known, count=0),
            },
            relative={"auipc": lambda number: to_signed(number << 12, 32)},
        ),
        operand=_operand,
        is_nop=lambda code, _order: code in {b"\x13\0\0\0", b"\x01\0"},
        pair=True,
    ),
    banks=(Bank(0, 32, 8), Bank(32, 32, 8)),
    stub=StubSyntax(
        general={number: _GENERAL[number] for number in _DESTROYED},
        saved={number: _GENERAL[number] for number in (8, 9, *range(18, 28))},
        floats={32 + n: f"f{n}" for n in _DESTROYED_FLOATS},
        constant=lambda register, value: (f"li {register}, {value:#x}",),
        # t1 is clobbered too, after the floating-point registers.
        before=("la t1, poison",),
        float="fld {0}, 0(t1)",
        end="ret",
    ),
    runtime=_RUNTIME,
    # A symbol callee has no relocation (L4).
    generation=Generation(
        "riscv64",
        _RUNTIME,
        "riscv",
        call=36,
        unit=4,
        registers=16,
        symbols=False,
        return_register="x1",
        options=("-mattr=+m,+d", "-target-abi=lp64d"),
    ),
)
