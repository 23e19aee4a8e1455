"""One LLVM at work on random modules: all defects of a module, and a finding's smallest function."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.fuzz import oracles, shrink
from harness.fuzz.dedup import Defect
from harness.fuzz.ir import IRFunction, IRModule
from harness.fuzz.oracles import Llvm

# A module with more bad functions than this is examined no further: its seed says enough.
_MOST_CULPRITS = 8
# What hangs takes its limit at every attempt.
_MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Bench:
    """An LLVM and a folder for what it makes, in which every call has one of its own: several may work."""

    llvm: Llvm
    folder: Path

    def examine(self, module: IRModule) -> tuple[Defect, ...]:
        """The defects of a module as it is."""
        with TemporaryDirectory(dir=self.folder) as place:
            return oracles.examine(self.llvm, module, Path(place))

    def defects(self, module: IRModule) -> Iterator[Defect]:
        """All defects, each with its function: one that stops the others is found, told and taken out."""
        for _ in range(_MOST_CULPRITS):
            found = self.examine(module)
            yield from (one for one in found if one.function)
            vague = next((one for one in found if not one.function), None)
            if vague is None:
                return
            guilty = self._guilty(module, vague)
            yield replace(vague, function=guilty.name if guilty else "")
            if guilty is None or len(module.functions) == 1:
                return
            module = replace(module, functions=tuple(f for f in module.functions if f is not guilty))

    def _guilty(self, module: IRModule, wanted: Defect) -> IRFunction | None:
        """The function that a defect of the module comes from; None if only several together have it."""
        left = module.functions
        while len(left) > 1:
            halves = left[: len(left) // 2], left[len(left) // 2 :]
            half = next((h for h in halves if self._has(replace(module, functions=h), wanted)), None)
            if half is None:
                return None
            left = half
        return left[0] if left else None

    def _has(self, module: IRModule, wanted: Defect) -> bool:
        return any(one.name == wanted.name for one in self.examine(module))

    def reduce(self, module: IRModule, wanted: Defect) -> tuple[IRModule, Defect]:
        """The smallest module found that has the defect, with the defect as it is there."""
        chosen = tuple(one for one in module.functions if one.name == wanted.function)
        alone = replace(module, functions=chosen or module.functions)
        if len(alone.functions) > 1 or not self._has(alone, wanted):
            return module, wanted
        if alone.live_outs and self._has(other := replace(alone, live_outs=False), wanted):
            alone = other
        if alone.level not in {0, 2} and self._has(other := replace(alone, level=2), wanted):
            alone = other
        end = time.monotonic() + _MOST_SECONDS

        def holds(one: IRFunction) -> bool:
            return time.monotonic() < end and self._has(replace(alone, functions=(one,)), wanted)

        small = shrink.reduce(alone.functions[0], holds)
        result = replace(alone, functions=(replace(small, name="f"),))
        said = next((one for one in self.examine(result) if one.name == wanted.name), None)
        return (result, said) if said else (alone, wanted)
