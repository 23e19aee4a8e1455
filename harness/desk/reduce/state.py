"""The best case of a reduction that has not come to its end, in a file beside the result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from harness.crash.text.invocation import Invocation
from harness.desk.repro.run import Reproducer
from harness.errors import UsageError
from harness.llvm import Toolchain
from harness.report import wire
from harness.store import digest

# A reduction may get smaller a hundred times a second at first.
_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SavedReduction:
    """A case, and the stages that it has been through. `key` says of what it is a reduction."""

    version: int
    key: str
    text: bytes
    steps: tuple[Invocation, ...]
    done: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    version: int
    reduction: SavedReduction


class ReductionState:
    """The file. `case` and `toolchain` are what the reduction began with."""

    def __init__(self, path: Path, case: Reproducer, toolchain: Toolchain) -> None:
        self.path = path
        self.done: tuple[str, ...] = ()
        self._key = digest(case.name, case.text, case.command, toolchain.identity)
        self._written = 0.0
        self._last: Reproducer | None = None

    def load(self) -> SavedReduction | None:
        """What an earlier call left, if it is of this case and this LLVM. Raises UsageError."""
        if not self.path.is_file():
            return None
        try:
            saved = wire.read(self.path.read_bytes(), _Record, "a reduction", "reduce").reduction
        except UsageError as error:
            raise UsageError(f"{self.path}: {error.what}", "remove it, or give another file to -o") from None
        if saved.key != self._key:
            raise UsageError(
                f"{self.path}: is of another case, command or LLVM", "remove it, or give another file to -o"
            )
        self.done = saved.done
        return saved

    def save(self, case: Reproducer) -> None:
        """Keep a case, at once if none was kept a moment ago."""
        self._last = case
        if time.monotonic() - self._written > _SECONDS:
            self.write()

    def finish(self, stage: str) -> None:
        """Keep that a stage is over."""
        self.done = (*self.done, stage)
        self.write()

    def write(self) -> None:
        """Keep the last case now."""
        if self._last is None:
            return
        last = self._last
        saved = SavedReduction(wire.VERSION, self._key, last.text, last.steps, self.done, last.name)
        aside = self.path.with_name(self.path.name + ".new")
        aside.write_bytes(wire.encode(_Record(wire.VERSION, saved)))
        aside.replace(self.path)
        self._written = time.monotonic()

    def remove(self) -> None:
        """Nothing is left to do."""
        self.path.unlink(missing_ok=True)
