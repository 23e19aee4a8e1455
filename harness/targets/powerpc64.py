"""64-bit PowerPC, both byte orders."""

from __future__ import annotations

import re

from harness.targets.instructions import (
    ALL_ONES,
    OR,
    SHIFT_LEFT,
    ByteOrder,
    CallOperand,
    Constants,
    Decoding,
    Relative,
    ThroughRegister,
    change_register,
    load_number,
    rotate_left,
    to_signed,
)
from harness.targets.relocations import Action, Elf, FixupKind
from harness.targets.target import (
    Bank,
    ForeignRegisters,
    Generation,
    Runtime,
    StubSyntax,
    Target,
    numbered_names,
)

_RUNTIME = Runtime("ppc64le", "powerpc64le-unknown-linux-gnu")


def _mask(first: int, last: int) -> int:
    """Ones from bit `first` to `last`, counted from the left."""
    return (ALL_ONES >> first) & (ALL_ONES << (63 - last)) & ALL_ONES


def _operand(text: str, code: bytes, order: ByteOrder) -> CallOperand:
    if text.startswith("bctrl"):
        return ThroughRegister("ctr")
    return Relative(to_signed(int.from_bytes(code, order) & 0x3FF_FFFC, 26))


def _engine(order: ByteOrder, _size: int) -> tuple[str, tuple[str, ...]]:
    return "CS_ARCH_PPC", ("CS_MODE_64", f"CS_MODE_{order.upper()}_ENDIAN")


def _length(code: bytes, order: ByteOrder) -> int:
    """Primary opcode 1 is a prefix of Power ISA 3.1: eight bytes."""
    return 8 if code[3 if order == "little" else 0] >> 2 == 1 else 4


def _constant(register: str, value: int) -> tuple[str, ...]:
    words = [value >> shift & 0xFFFF for shift in (48, 32, 16, 0)]
    return (
        f"lis {register}, {to_signed(words[0], 16)}",
        f"ori {register}, {register}, {words[1]}",
        f"sldi {register}, {register}, 32",
        f"oris {register}, {register}, {words[2]}",
        f"ori {register}, {register}, {words[3]}",
    )


TARGET = Target(
    "ppc64",
    # r0-31, f0-31, lr, ctr, cr and its fields, xer, v0-31, vrsave.
    ((0, 76), (77, 109)),
    stack_pointer=1,
    frame_pointers=(31, 30),
    names={
        **numbered_names("r", 0, 32),
        **numbered_names("f", 32, 32),
        65: "lr",
        66: "ctr",
        **numbered_names("cr", 68, 8),
        **numbered_names("v", 77, 32),
        **numbered_names("s", 1200, 32),
    },
    red_zone=288,
    # getDwarfRegNum in StackMaps.cpp takes the first super-register with a number, for r3's lower half s3.
    foreign_registers=ForeignRegisters(
        1200, 1231, "registers of the SPE extension, which no 64-bit PowerPC has (L19)"
    ),
    wide_floats=range(32, 64),  # f0 to f31
    local_entries=(4, 8, 16, 32, 64),
    elf=Elf(
        "EM_PPC64",
        # 51 is R_PPC64_TOC: the table of contents in a function descriptor.
        data={38: (Action.SET, 8), 1: (Action.SET, 4), 22: (Action.RELATIVE, 8), 51: (Action.KEEP, 8)},
        calls={10: (FixupKind.CALL, 0), 116: (FixupKind.CALL, 0)},  # REL24, REL24_NOTOC
    ),
    length=_length,
    decoding=Decoding(
        engine=_engine,
        calls=frozenset({"bl", "bctrl"}),
        # The table of contents is saved, loaded and restored too.
        prepare=re.compile(
            r"(li|lis|ori|oris|rldic|rldicr|sldi|mtctr) .*|(std|ld) r?2, .*|ld r?(?P<to>\d+), 0\(r?(?P=to)\)"
        ),
        constants=Constants(
            {
                "li": load_number(16),
                "lis": load_number(32, 16),
                "ori": OR,
                "oris": change_register(lambda known, numbers: known | numbers[0] << 16),
                "sldi": SHIFT_LEFT,
                "rotldi": change_register(lambda known, numbers: rotate_left(known, numbers[0] & 63)),
                "rldic": change_register(
                    lambda known, n: rotate_left(known, n[0] & 63) & _mask(n[1] & 63, 63 - (n[0] & 63)),
                    count=2,
                ),
                "rldicr": change_register(
                    lambda known, n: rotate_left(known, n[0] & 63) & _mask(0, n[1] & 63), count=2
                ),
            },
            copies={"mtctr": "ctr"},
            # Loads the entry from a descriptor, whose address is the one in the IR.
            same=re.compile(r"ld (?P<to>\w+), 0\((?P=to)\)"),
        ),
        operand=_operand,
        is_nop=lambda code, order: int.from_bytes(code, order) == 0x6000_0000,
    ),
    banks=(Bank(0, 32, 8), Bank(32, 32, 8)),
    stub=StubSyntax(
        general={n: str(n) for n in (0, *range(3, 13))},
        saved={n: str(n) for n in range(14, 32)},
        floats={32 + n: str(n) for n in range(14)},
        constant=_constant,
        before=("lis 12, poison@ha", "addi 12, 12, poison@l"),
        float="lfd {0}, 0(12)",
        end="blr",
    ),
    runtime=_RUNTIME,
    generation=Generation("ppc64le", _RUNTIME, "powerpc", call=32, unit=4, registers=12),
)
