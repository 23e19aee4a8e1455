"""AArch64. Its instructions are little-endian even where data is not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.targets.instructions import (
    ByteOrder,
    CallOperand,
    Constants,
    Decoding,
    Relative,
    ThroughRegister,
    to_signed,
    unknown_value,
)
from harness.targets.relocations import Action, Coff, Elf, FixupKind, MachO
from harness.targets.target import Bank, Generation, Runtime, StubSyntax, Target, numbered_names, ranged_names

_RUNTIME = Runtime("aarch64", "aarch64-unknown-linux-gnu")


def _operand(text: str, code: bytes, _order: ByteOrder) -> CallOperand:
    if text.startswith("blr "):
        return ThroughRegister(text[4:])
    return Relative(to_signed(int.from_bytes(code, "little") << 2, 28))


def _movz(_known: int | None, numbers: Sequence[int]) -> int | None:
    """Load 16 bits, shifted to the left if there is a shift."""
    return numbers[0] << (*numbers, 0)[1] if numbers else None


def _movk(known: int | None, numbers: Sequence[int]) -> int | None:
    """Replace 16 bits of the register."""
    if known is None or not numbers:
        return None
    shift = (*numbers, 0)[1]
    return known & ~(0xFFFF << shift) | numbers[0] << shift


def _coff_addend(kind: FixupKind, there: int) -> int:
    """A branch holds a distance in words."""
    return to_signed(there, 26) * 4 if kind is FixupKind.CALL else 0


TARGET = Target(
    "aarch64",
    # x0-30 sp, ELR, RA_SIGN_STATE, VG, FFR, p0-15, v0-31, z0-31.
    ((0, 31), (33, 34), (46, 127)),
    stack_pointer=31,
    frame_pointers=(29, 19),
    names={
        **numbered_names("x", 0, 31),
        31: "sp",
        **numbered_names("p", 48, 16),
        **numbered_names("v", 64, 32),
        **numbered_names("z", 96, 32),
    },
    red_zone=128,  # on Darwin; elsewhere only with -aarch64-redzone
    elf=Elf(
        "EM_AARCH64",
        data={257: (Action.SET, 8), 258: (Action.SET, 4), 1027: (Action.RELATIVE, 8)},
        # CALL26, ADD_ABS_LO12_NC, LD64_GOT_LO12_NC
        calls={283: (FixupKind.CALL, 0), 277: (FixupKind.VALUE, 0), 312: (FixupKind.SLOT, 0)},
    ),
    macho=MachO(
        (0x0100_000C, 0x0200_000C),  # the second is arm64_32, watchOS's
        # BRANCH26, PAGEOFF12, GOT_LOAD_PAGEOFF12
        calls={2: FixupKind.CALL, 4: FixupKind.VALUE, 6: FixupKind.SLOT},
        subtractor=1,
        addend=10,
        inline=False,
    ),
    coff=Coff(
        0xAA64,
        widths={14: 8, 1: 4},  # ADDR64, ADDR32
        # BRANCH26, PAGEOFFSET_12A, PAGEOFFSET_12L
        calls={3: FixupKind.CALL, 6: FixupKind.VALUE, 7: FixupKind.SLOT},
        addend=_coff_addend,
    ),
    length=lambda _code, _order: 4,
    decoding=Decoding(
        engine=lambda _order, _size: ("CS_ARCH_ARM64", ("CS_MODE_LITTLE_ENDIAN",)),
        order="little",
        calls=frozenset({"bl", "blr"}),
        prepare=re.compile(
            r"mov[zkn]? x\d+, #.*|adrp x1[67], #.*"
            r"|add (?P<sum>x1[67]), (?P=sum), #.*|ldr (?P<slot>x1[67]), \[(?P=slot).*\]"
        ),
        # After `adrp`, the relocation of `add` or `ldr` has the last twelve bits of the same symbol's
        # address, or of its slot in the GOT; without a relocation they are not followed.
        constants=Constants(
            {"mov": _movz, "movz": _movz, "movk": _movk, "add": unknown_value, "ldr": unknown_value}
        ),
        operand=_operand,
        is_nop=lambda code, _order: code == b"\x1f\x20\x03\xd5",
    ),
    banks=(Bank(0, 32, 8), Bank(64, 32, 16)),
    stub=StubSyntax(
        general=ranged_names("x", range(18)),
        saved=ranged_names("x", range(19, 29)),
        floats={64 + n: f"v{n}" for n in (*range(8), *range(16, 32))},
        constant=lambda register, value: (f"ldr {register}, ={value:#x}",),
        before=(),
        float="movi {0}.16b, #0xa5",
        end="ret",
    ),
    runtime=_RUNTIME,
    # A symbol callee becomes an address inside the compiler (L3).
    generation=Generation(
        "aarch64",
        _RUNTIME,
        "aarch64",
        call=16,
        unit=4,
        registers=16,
        symbols=False,
        vectors=("<4 x i32>", "<2 x double>", "<2 x i64>", "<16 x i8>"),
        half=True,
        conventions=("", "", "fastcc", "anyregcc", "anyregcc", "preserve_mostcc", "preserve_allcc", "ghccc"),
    ),
)
