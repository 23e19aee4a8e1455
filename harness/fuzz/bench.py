"""One LLVM, given random modules: finds every defect of a module, and reduces a finding."""

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

# A module with more bad functions than this is not examined further: its seed says enough.
_MOST_CULPRITS = 8
# A hang costs its whole time limit at every attempt.
_MOST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Bench:
    """An LLVM and a folder for its output. Every call gets a subfolder, so that several can run at once."""

    llvm: Llvm
    folder: Path

    def examine(self, module: IRModule) -> tuple[Defect, ...]:
        """The defects of a module as it is."""
        with TemporaryDirectory(dir=self.folder) as place:
            return oracles.examine(self.llvm, module, Path(place))

    def defects(self, module: IRModule) -> Iterator[Defect]:
        """All defects, each with its function, which is removed if its defect hides the others."""
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
        """The function that a defect comes from; None if it takes several functions together."""
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
        """The smallest module found with the defect, and the defect as that module shows it."""
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
