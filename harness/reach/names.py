"""The name of a function of LLVM's, as the objects and the tools that are linked from them have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class FunctionName(NamedTuple):
    """A function by its linkage name: `_ZN4llvm9PatchPoint...`.

    `unit` is the source's name without its folder (STT_FILE) if the function is local: `X86MCInstLower.cpp`.
    It is empty for a global function, of which a program has one. Two sources of one name may each have a
    local function of one name; these two have one FunctionName. A tool has 100,000: a tuple is made quickly.
    """

    unit: str
    name: str

    def __str__(self) -> str:
        return f"{self.unit}:{self.name}" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class KnownFunctions:
    """Functions by their linkage names, to find those that an object names.

    A linker makes hidden functions local: a global one of an object is found under its name in any unit.
    """

    by_name: Mapping[str, tuple[FunctionName, ...]]

    @classmethod
    def of(cls, names: Iterable[FunctionName]) -> KnownFunctions:
        """These functions."""
        found: dict[str, tuple[FunctionName, ...]] = {}
        for one in names:
            found[one.name] = (*found.get(one.name, ()), one)
        return cls(found)

    def __contains__(self, name: object) -> bool:
        """Whether the function that an object calls so is here."""
        return isinstance(name, FunctionName) and bool(self.find(name))

    def find(self, name: FunctionName) -> tuple[FunctionName, ...]:
        """The functions that may be what an object calls so."""
        found = self.by_name.get(name.name, ())
        return tuple(one for one in found if one == name) if name.unit else found
