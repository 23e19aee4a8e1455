"""The assembler, linker and emulator of the suite's programs, for each machine that they can run for.

Standard library only: `lit-tests/lit.cfg.py` imports this outside our own environment.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator, Mapping

from harness.targets import registry

# Of a tool's name, where it is, or None.
Find = Callable[[str], str | None]

ASSEMBLER = "llvm-mc"
# What `harness stackmap` needs besides the standard library.
_ORACLE_NEEDS = ("click", "elftools")


def machines(find: Find, find_anywhere: Find) -> Iterator[tuple[str, Mapping[str, list[str]]]]:
    """Each machine that programs can run for, with the commands `as`, `ld` and `run`.

    `find` looks only in the toolchain, `find_anywhere` also on the machine: an emulator is not part of an
    LLVM, and the machine's own assembler and linker will do for itself.
    """
    assembler, linker = find(ASSEMBLER), find("ld.lld")
    native = platform.machine() if sys.platform == "linux" else ""
    for runtime in (target.runtime for target in registry.TARGETS if target.runtime):
        machine = runtime.machine
        if machine == native:
            run: list[str] = []
        elif (emulator := find_anywhere(runtime.emulator)) is not None:
            run = [emulator]
        else:
            continue
        if assembler is not None and linker is not None:
            made = [assembler, "-filetype=obj", f"-triple={runtime.triple}", *runtime.assembler_options]
            yield machine, {"as": made, "ld": [linker, "-static"], "run": run}
        elif machine == native and (own := [find_anywhere(name) for name in ("as", "ld")]) and all(own):
            yield machine, {"as": [str(own[0])], "ld": [str(own[1]), "-static"], "run": run}


def uses_assembler(test: str) -> bool:
    """Whether a test's commands have its program assembled, by `%as-x86_64` and the like."""
    return "%as-" in test


def has_oracle() -> bool:
    """Whether this Python has what `harness stackmap` needs."""
    return all(importlib.util.find_spec(name) is not None for name in _ORACLE_NEEDS)
