"""The name of a function of LLVM's, as the objects and the tools that are linked from them have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FunctionName:
    """A function by its linkage name: `_ZN4llvm9PatchPoint...`.

    `unit` is the source's name without its folder (STT_FILE) if the function is local: `X86MCInstLower.cpp`.
    It is empty for a global function, of which a program has one. Two sources of one name may each have a
    local function of one name; these two have one FunctionName.
    """

    unit: str
    name: str

    def __str__(self) -> str:
        return f"{self.unit}:{self.name}" if self.unit else self.name
