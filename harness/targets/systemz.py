"""SystemZ (s390x)."""

from __future__ import annotations

import re

from harness.targets.instructions import (
    ByteOrder,
    CallOperand,
    Constants,
    Decoding,
    Relative,
    ThroughRegister,
    change_register,
    load_number,
)
from harness.targets.relocations import Action, Elf, FixupKind
from harness.targets.target import (
    Bank,
    Generation,
    Runtime,
    StubSyntax,
    Target,
    listed_names,
    numbered_names,
    ranged_names,
)

_FLOATS = "f0 f2 f4 f6 f1 f3 f5 f7 f8 f10 f12 f14 f9 f11 f13 f15"
_VECTORS = "v16 v18 v20 v22 v17 v19 v21 v23 v24 v26 v28 v30 v25 v27 v29 v31"
_RUNTIME = Runtime("s390x", "s390x-unknown-linux-gnu")


def _operand(text: str, code: bytes, _order: ByteOrder) -> CallOperand:
    if text.startswith("basr "):
        return ThroughRegister(text.rpartition(", ")[2])
    # The distance is in halfwords; the relocation is at its bytes.
    return Relative(2 * int.from_bytes(code[2:], "big", signed=True), 2)


def _is_nop(code: bytes, _order: ByteOrder) -> bool:
    """Whether this is a bcr, bc, brc or brcl that never branches."""
    return (code[0] in {0x07, 0x47} and code[1] < 0x10) or (code[0] in {0xA7, 0xC0} and code[1] == 0x04)


TARGET = Target(
    "s390x",
    # r0-15, f0-15, c0-15, a0-15, psw, v16-31.
    ((0, 65), (68, 83)),
    stack_pointer=15,
    frame_pointers=(11,),
    names={**numbered_names("r", 0, 16), **listed_names(_FLOATS, 16), **listed_names(_VECTORS, 68)},
    elf=Elf(
        "EM_S390",
        data={22: (Action.SET, 8), 4: (Action.SET, 4), 12: (Action.RELATIVE, 8)},
        calls={19: (FixupKind.CALL, -2), 20: (FixupKind.CALL, -2)},  # PC32DBL, PLT32DBL
    ),
    length=lambda code, _order: (2, 4, 4, 6)[code[0] >> 6],
    decoding=Decoding(
        engine=lambda _order, _size: ("CS_ARCH_SYSZ", ("CS_MODE_BIG_ENDIAN",)),
        calls=frozenset({"basr", "brasl"}),
        prepare=re.compile(r"(llilf|iihf) %r\d+, .*"),
        constants=Constants(
            {
                "llilf": load_number(64),
                "iihf": change_register(lambda known, numbers: known & 0xFFFF_FFFF | numbers[0] << 32),
            }
        ),
        operand=_operand,
        is_nop=_is_nop,
    ),
    banks=(Bank(0, 16, 8), Bank(16, 16, 8)),
    stub=StubSyntax(
        general=ranged_names("%r", range(6)),
        saved=ranged_names("%r", range(6, 14)),
        floats={number: f"%{name}" for number, name in listed_names(_FLOATS, 16).items() if number < 24},
        constant=lambda register, value: (
            f"llihf {register}, {value >> 32:#x}",
            f"oilf {register}, {value & 0xFFFFFFFF:#x}",
        ),
        before=("larl %r1, poison",),
        float="ld {0}, 0(%r1)",
        end="br %r14",
    ),
    runtime=_RUNTIME,
    # FPC has no DWARF number (issue 85828).
    generation=Generation(
        "s390x", _RUNTIME, "systemz", call=14, unit=2, registers=6, live_calls=False, byval=False
    ),
)
