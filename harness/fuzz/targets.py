"""What the generator needs to know of each target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError


@dataclass(frozen=True, slots=True)
class Target:
    """A target: sizes in bytes, and what it supports.

    `call` is what the call of an immediate address takes, `unit` the nop's. `machine` is the suite's name of
    its runtime. `registers` is how many live values the allocator of -O0 has registers for (issue 56880).
    `live_calls`: calls are compiled in functions whose live-outs are recorded. `return_register` is what a
    patch point's call destroys without a word (L5). `vectors` are types that fit into one register. `byval`:
    what is passed by value is copied into the frame. `ghc_arguments` go into registers that no frame needs.
    """

    name: str
    triple: str
    machine: str
    call: int
    unit: int
    registers: int
    symbols: bool = True
    live_calls: bool = True
    return_register: str = ""
    vectors: tuple[str, ...] = ()
    half: bool = False
    byval: bool = True
    ghc_arguments: int = 0
    conventions: tuple[str, ...] = ("", "fastcc", "anyregcc")
    options: tuple[str, ...] = ()


_PRESERVING = ("", "", "fastcc", "anyregcc", "anyregcc", "preserve_mostcc", "preserve_allcc", "ghccc")
_VECTORS = ("<4 x i32>", "<2 x double>", "<2 x i64>", "<16 x i8>")
_TARGETS = (
    # FP arithmetic and calls behind a patch point make MXCSR and SSP live out of it (issue 53828).
    Target(
        "x86-64",
        "x86_64-unknown-linux-gnu",
        "x86_64",
        13,
        1,
        8,
        live_calls=False,
        vectors=_VECTORS,
        half=True,
        ghc_arguments=1,
        conventions=_PRESERVING,
    ),
    # A symbol callee is an address of the compiler's own (L3).
    Target(
        "aarch64",
        "aarch64-unknown-linux-gnu",
        "aarch64",
        16,
        4,
        16,
        symbols=False,
        vectors=_VECTORS,
        half=True,
        conventions=_PRESERVING,
    ),
    # A symbol callee has no relocation (L4).
    Target(
        "riscv64",
        "riscv64-unknown-linux-gnu",
        "riscv64",
        36,
        4,
        16,
        symbols=False,
        return_register="x1",
        options=("-mattr=+m,+d", "-target-abi=lp64d"),
    ),
    Target("ppc64le", "powerpc64le-unknown-linux-gnu", "ppc64le", 32, 4, 12),
    # FPC has no DWARF number (issue 85828).
    Target("s390x", "s390x-unknown-linux-gnu", "s390x", 14, 2, 6, live_calls=False, byval=False),
)
TARGETS: Mapping[str, Target] = {one.name: one for one in _TARGETS}


def target(name: str) -> Target:
    """The target of a name. Raises UsageError."""
    if name not in TARGETS:
        raise UsageError(f"--target {name}: no such target", f"use one of {', '.join(TARGETS)}")
    return TARGETS[name]
