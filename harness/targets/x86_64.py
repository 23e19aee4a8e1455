"""x86-64."""

from __future__ import annotations

import re

from harness.targets.instructions import (
    ByteOrder,
    CallOperand,
    Constants,
    Decoding,
    Hidden,
    Relative,
    ThroughRegister,
    ThroughSlot,
    load_number,
)
from harness.targets.relocations import Action, Coff, Elf, FixupKind, MachO
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

_DESTROYED = {0: "rax", 1: "rdx", 2: "rcx", 4: "rsi", 5: "rdi", **ranged_names("r", range(8, 12))}
_RUNTIME = Runtime("x86_64", "x86_64-unknown-linux-gnu")


def _operand(text: str, code: bytes, _order: ByteOrder) -> CallOperand:
    operand = text.rpartition("call ")[2]
    if re.fullmatch(r"-?(0x)?[0-9a-f]+", operand):
        distance = len(code) + int.from_bytes(code[-4:], "little", signed=True)
        return Relative(distance, len(code) - 4)
    if operand.startswith("qword ptr [rip"):
        return ThroughSlot(len(code) - 4)
    return Hidden(f"it goes through memory, {operand}") if "[" in operand else ThroughRegister(operand)


TARGET = Target(
    "x86-64",
    # rax..rip, xmm0-15, st, mm, flags and segments, xmm16-31, k0-7, bnd0-3, r16-31.
    ((0, 55), (58, 59), (62, 63), (67, 82), (118, 145)),
    stack_pointer=7,
    frame_pointers=(6, 3),  # rbp, and rbx where the frame is realigned
    names={
        **listed_names("rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip"),
        **numbered_names("xmm", 17, 16),
        **numbered_names("xmm", 67, 16, 16),
        **numbered_names("k", 118, 8),
        **numbered_names("r", 130, 16, 16),
    },
    red_zone=128,
    above_frame=8,
    frame_top=8,  # rbp points at its own saved value, the last 8 bytes of the frame
    elf=Elf(
        "EM_X86_64",
        data={1: (Action.SET, 8), 10: (Action.SET, 4), 8: (Action.RELATIVE, 8)},
        # PC32, PLT32; 64; GOTPCREL, GOTPCRELX, REX_GOTPCRELX
        calls={2: (FixupKind.CALL, 4), 4: (FixupKind.CALL, 4), 1: (FixupKind.VALUE, 0)}
        | dict.fromkeys((9, 41, 42), (FixupKind.SLOT, 4)),
    ),
    macho=MachO(
        (0x0100_0007,),
        # UNSIGNED, BRANCH, GOT_LOAD, GOT
        calls={0: FixupKind.VALUE, 2: FixupKind.CALL, 3: FixupKind.SLOT, 4: FixupKind.SLOT},
        subtractor=5,
    ),
    # ADDR64, ADDR32; REL32
    coff=Coff(0x8664, widths={1: 8, 2: 4}, calls={4: FixupKind.CALL, 1: FixupKind.VALUE}),
    length=None,
    decoding=Decoding(
        engine=lambda _order, _size: ("CS_ARCH_X86", ("CS_MODE_64",)),
        calls=frozenset({"call"}),
        prepare=re.compile(r"mov(abs)? \w+, (0x)?[0-9a-f]+"),
        constants=Constants(
            {"movabs": load_number(64), "mov": load_number(64)},
            inline=8,
            # Parts of a register have other names: r11d, r11w, r11b.
            whole=re.compile(r"r(?:[a-d]x|[sb]p|[sd]i|\d+)"),
        ),
        operand=_operand,
        nop=re.compile(r"nop ?.*|xchg ax, ax"),
        # Retpolines, LVI thunks, and those of the kernel.
        thunk=re.compile(r"_?(?:__llvm_(?:external_)?retpoline|__llvm_lvi_thunk|__x86_indirect_thunk)_(\w+)"),
    ),
    banks=(Bank(0, 16, 8), Bank(17, 16, 16)),
    stub=StubSyntax(
        general={number: f"%{name}" for number, name in _DESTROYED.items()},
        saved={3: "%rbx", 6: "%rbp", **ranged_names("%r", range(12, 16))},
        floats=ranged_names("%xmm", range(16), 17),
        constant=lambda register, value: (f"movabsq ${value:#x}, {register}",),
        before=(),
        float="pcmpeqd {0}, {0}",
        end="retq",
    ),
    runtime=_RUNTIME,
    # FP arithmetic and calls after a patch point make MXCSR and SSP live out of it (issue 53828).
    generation=Generation(
        "x86-64",
        _RUNTIME,
        "x86",
        call=13,
        unit=1,
        registers=8,
        live_calls=False,
        vectors=("<4 x i32>", "<2 x double>", "<2 x i64>", "<16 x i8>"),
        half=True,
        ghc_arguments=1,
        conventions=("", "", "fastcc", "anyregcc", "anyregcc", "preserve_mostcc", "preserve_allcc", "ghccc"),
    ),
)
