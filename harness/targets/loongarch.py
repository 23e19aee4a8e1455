"""64-bit LoongArch. Capstone does not know its instructions."""

from __future__ import annotations

from harness.targets.relocations import Action, Elf
from harness.targets.target import Bank, Runtime, Target, listed_names, numbered_names

TARGET = Target(
    "loongarch",
    # r0-31, f0-31, fcc0-7.
    ((0, 71),),
    stack_pointer=3,
    frame_pointers=(22, 31),
    names={
        **listed_names("zero ra tp sp a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 t4 t5 t6 t7 t8 r21 fp"),
        **numbered_names("s", 23, 9),
        **numbered_names("f", 32, 32),
    },
    frame_top=0,
    elf=Elf(
        "EM_LOONGARCH",
        data={2: (Action.SET, 8), 1: (Action.SET, 4), 3: (Action.RELATIVE, 8)}
        | {50: (Action.ADD, 4), 51: (Action.ADD, 8), 55: (Action.SUB, 4), 56: (Action.SUB, 8)},
    ),
    length=lambda _code, _order: 4,
    banks=(Bank(0, 32, 8), Bank(32, 32, 8)),
    runtime=Runtime("loongarch64", "loongarch64-unknown-linux-gnu", ("-mattr=+d",)),
)
