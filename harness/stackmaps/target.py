"""What a stack map means on each target: DWARF registers, the frame, and how its instructions look.

Register numbers: the DWARF register tables of each ABI as LLVM has them, llvm/lib/Target/*/*RegisterInfo.td.
Calls and nops: `LowerPATCHPOINT` and `LowerSTATEPOINT` in each target's AsmPrinter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Strangers:
    """DWARF numbers from `first` to `last`, and the known defect that it is to record one."""

    first: int
    last: int
    known: str


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `registers` are its valid DWARF numbers, as (first, last) pairs.

    `red_zone` is how many bytes below the stack pointer a leaf function may use. `above_frame` is how many
    bytes the call itself puts between a frame and its caller's. `frame_top` is where a frame ends, in bytes
    from the frame pointer, if that is the same in all functions. `granule` is the unit of instruction length.
    `strangers` are numbers of another processor of the family, which LLVM is known to write: what they are.
    """

    name: str
    registers: tuple[tuple[int, int], ...]
    stack_pointer: int
    frame_pointers: tuple[int, ...]
    names: Mapping[int, str]
    red_zone: int = 0
    above_frame: int = 0
    frame_top: int | None = None
    granule: int = 4
    strangers: Strangers | None = None

    def has_register(self, number: int) -> bool:
        """Whether a DWARF number is one of this target's."""
        return any(first <= number <= last for first, last in self.registers)

    def register(self, number: int) -> str:
        """`R#7 rsp`, or `R#7` if the register has no name here."""
        name = self.names.get(number)
        return f"R#{number} {name}" if name else f"R#{number}"


def _numbered(prefix: str, first: int, count: int, start: int = 0) -> dict[int, str]:
    return {first + i: f"{prefix}{start + i}" for i in range(count)}


def _listed(words: str, first: int = 0) -> dict[int, str]:
    return dict(enumerate(words.split(), first))


_X86 = Target(
    "x86-64",
    # rax..rip, xmm0-15, st, mm, flags and segments, xmm16-31, k0-7, bnd0-3, r16-31.
    ((0, 55), (58, 59), (62, 63), (67, 82), (118, 145)),
    stack_pointer=7,
    frame_pointers=(6, 3),  # rbp, and rbx where the frame is realigned
    names={
        **_listed("rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip"),
        **_numbered("xmm", 17, 16),
        **_numbered("xmm", 67, 16, 16),
        **_numbered("k", 118, 8),
        **_numbered("r", 130, 16, 16),
    },
    red_zone=128,
    above_frame=8,
    frame_top=8,  # rbp points at its own saved value, the last 8 bytes of the frame
    granule=1,
)
_AARCH64 = Target(
    "aarch64",
    # x0-30 sp, ELR, RA_SIGN_STATE, VG, FFR, p0-15, v0-31, z0-31.
    ((0, 31), (33, 34), (46, 127)),
    stack_pointer=31,
    frame_pointers=(29, 19),
    names={
        **_numbered("x", 0, 31),
        31: "sp",
        **_numbered("p", 48, 16),
        **_numbered("v", 64, 32),
        **_numbered("z", 96, 32),
    },
    red_zone=128,  # Darwin's; elsewhere only with -aarch64-redzone
)
_PPC64 = Target(
    "ppc64",
    # r0-31, f0-31, lr, ctr, cr and its fields, xer, v0-31, vrsave.
    ((0, 76), (77, 109)),
    stack_pointer=1,
    frame_pointers=(31, 30),
    names={
        **_numbered("r", 0, 32),
        **_numbered("f", 32, 32),
        65: "lr",
        66: "ctr",
        **_numbered("cr", 68, 8),
        **_numbered("v", 77, 32),
        **_numbered("s", 1200, 32),
    },
    red_zone=288,
    # getDwarfRegNum in StackMaps.cpp takes the first super-register with a number, for r3's lower half s3.
    strangers=Strangers(1200, 1231, "registers of the SPE extension, which no 64-bit PowerPC has (L19)"),
)
_FLOATS = "f0 f2 f4 f6 f1 f3 f5 f7 f8 f10 f12 f14 f9 f11 f13 f15"
_VECTORS = "v16 v18 v20 v22 v17 v19 v21 v23 v24 v26 v28 v30 v25 v27 v29 v31"
_S390X = Target(
    "s390x",
    # r0-15, f0-15, c0-15, a0-15, psw, v16-31.
    ((0, 65), (68, 83)),
    stack_pointer=15,
    frame_pointers=(11,),
    names={**_numbered("r", 0, 16), **_listed(_FLOATS, 16), **_listed(_VECTORS, 68)},
    granule=2,
)
_RISCV = Target(
    "riscv",
    # x0-31, f0-31, v0-31, CSRs.
    ((0, 63), (96, 127), (4096, 8191)),
    stack_pointer=2,
    frame_pointers=(8, 9),
    names={
        **_listed("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7"),
        **_numbered("s", 18, 10, 2),
        **_numbered("t", 28, 4, 3),
        **_listed("ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7", 32),
        **_numbered("fs", 50, 10, 2),
        **_numbered("ft", 60, 4, 8),
        **_numbered("v", 96, 32),
    },
    frame_top=0,
    granule=2,
)
_LOONGARCH = Target(
    "loongarch",
    # r0-31, f0-31, fcc0-7.
    ((0, 71),),
    stack_pointer=3,
    frame_pointers=(22, 31),
    names={
        **_listed("zero ra tp sp a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 t4 t5 t6 t7 t8 r21 fp"),
        **_numbered("s", 23, 9),
        **_numbered("f", 32, 32),
    },
    frame_top=0,
)
_TARGETS = {one.name: one for one in (_X86, _AARCH64, _PPC64, _S390X, _RISCV, _LOONGARCH)}


def find(machine: str) -> Target | None:
    """The target of a machine's name, None if nothing is known about it."""
    return _TARGETS.get(machine)
