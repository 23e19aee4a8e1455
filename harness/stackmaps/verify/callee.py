"""Checks that a call leads to the callee that the IR names. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from harness.stackmaps.objects.image import Image, Names, Reference, Symbol
from harness.stackmaps.verify.calls import Calls, Goal
from harness.stackmaps.verify.ir import Callee
from harness.targets import registry
from harness.targets.instructions import Hidden


@dataclass(frozen=True, slots=True)
class Wrong:
    """The call leads elsewhere; `what` is where."""

    what: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Where the call leads is unknown; `why` is the reason."""

    why: str


class CalleeComparer:
    """Compares the goals of calls with callees, by the symbols of a file."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.names = Names.of(image)
        self.homes: dict[str, list[Reference]] = {}
        for one in image.symbols:
            self.homes.setdefault(one.name, []).append(Reference(one.name, one.section, one.offset))

    def calls(self, section: int) -> Calls | None:
        """What follows the calls of a section; None if its relocations were not read."""
        fixups = self.image.sections[section].fixups
        if fixups is None:
            if self.image.relocatable:
                return None
            fixups = {}
        return Calls(self.image, section, fixups)

    def compare(self, goal: Goal, wanted: Callee) -> Wrong | Unknown | None:
        """None if a call leads to the wanted callee."""
        if isinstance(goal, Hidden):
            return Unknown(goal.why)
        if not wanted.symbol:
            return self._address(goal, wanted.address)
        name = self._name(wanted.symbol)
        return self._outside(goal, name) if goal.section is None else self._inside(goal, name)

    def _name(self, symbol: str) -> str:
        """The name of an IR symbol in the file."""
        if symbol.startswith("\1"):
            return symbol[1:]
        return f"_{symbol}" if self.image.format == "Mach-O" else symbol

    def _address(self, goal: Reference, wanted: int) -> Wrong | Unknown | None:
        mask = (1 << 8 * self.image.pointer_size) - 1
        if goal.section is None and not goal.symbol:
            return None if goal.offset & mask == wanted & mask else Wrong(f"{goal.offset & mask:#x}")
        if goal.section is not None and not self.image.relocatable:
            address = self.image.sections[goal.section].address + goal.offset
            return None if address == wanted & mask else Wrong(self._said(goal))
        return Wrong(self._said(goal))

    def _outside(self, goal: Reference, name: str) -> Wrong | Unknown | None:
        if not goal.symbol:
            return self._elsewhere(f"{goal.offset:#x}", name)
        imported = goal.symbol.removeprefix("__imp_") if self.image.format == "COFF" else goal.symbol
        return None if imported == name and not goal.offset else Wrong(self._said(goal))

    def _inside(self, goal: Reference, name: str) -> Wrong | Unknown | None:
        found = self._there(goal)
        if name in found:
            return None
        if not found:
            # The middle of a function is not the start of another one.
            if self._around(goal) or (self.image.relocatable and name in self.homes):
                return self._elsewhere(self._said(goal), name)
            return Unknown(f"it leads to {self._said(goal)}, which has no name")
        if not self.image.relocatable and any(name in one for one in found):
            return Unknown(f"it leads to {found[0]}, which may be a veneer")  # a linker's veneer
        return self._elsewhere(found[0], name)

    def _elsewhere(self, where: str, name: str) -> Wrong | Unknown:
        """A place that is not the callee. In a linked file that does not define the callee, this is unknown.

        Its symbol may have been stripped, or be defined by the program that loads the file; an undefined weak
        symbol is 0, or the next instruction.
        """
        if not self.image.relocatable and name not in self.homes:
            return Unknown(f"it leads to {where}, and the file does not define {name}")
        return Wrong(where)

    def _there(self, goal: Reference) -> Sequence[str]:
        """The names of a place, the relocation's first."""
        assert goal.section is not None
        target = registry.find(self.image.machine)
        entries = target.local_entries if target else ()
        for distance in (0, *entries):
            if here := self.names.here.get((goal.section, goal.offset - distance), ()):
                return sorted((one.name for one in here), key=lambda one: one != goal.symbol)
        return ()

    def _around(self, goal: Reference) -> Symbol | None:
        """The function that contains a place."""
        assert goal.section is not None
        starts = self.names.starts.get(goal.section, ())
        before = bisect.bisect_right(starts, goal.offset)
        here = self.names.here[(goal.section, starts[before - 1])] if before else ()
        return next((one for one in here if one.function and goal.offset < one.offset + one.size), None)

    def _said(self, goal: Reference) -> str:
        """A place as text: `f + 28`, `.text + 28`, `callee`."""
        base, distance = goal.symbol, goal.offset
        if goal.section is not None:
            around = self._around(goal)
            base = around.name if around else self.image.sections[goal.section].name
            distance -= around.offset if around else 0
        return f"{base} {'-' if distance < 0 else '+'} {abs(distance)}" if distance else base
