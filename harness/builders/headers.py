"""What units read. Generated headers are made only when a unit needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.builders.graph import TOP, CompileCommand, Graph
from harness.builders.objects import Compiler, missing_headers
from harness.builders.request import Side
from harness.builders.workers import Workers

# So many units are read before whoever looks on is asked whether to go on: some seconds.
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Headers:
    """Reads units of one graph with its compiler."""

    graph: Graph
    compiler: Compiler
    workers: Workers

    def read(
        self,
        commands: Sequence[CompileCommand],
        side: Side,
        look: Callable[[CompileCommand, frozenset[str]], None] | None = None,
    ) -> list[frozenset[str]]:
        """What each unit reads on a side, after everything that it includes was made.

        Before anything is made for a unit, `look` gets the unit and what it reads, with missing headers named
        as they will be (`build/...`). `look` may raise; then nothing more is made.
        """
        found: dict[str, frozenset[str]] = {}
        pending = list(commands)
        progress = self.workers.progress
        if not pending:
            return []
        with self.graph.alone(progress):
            while pending:
                progress.step("finding the generated headers that are needed")
                missing: dict[str, set[str]] = {}
                some = _AT_ONCE if look else len(pending)
                for start in range(0, len(pending), some):
                    part = pending[start : start + some]
                    reads = self.workers.each(lambda c: self.compiler.reads(c, side), part, lambda c: c.unit)
                    for command, names in zip(part, reads, strict=True):
                        found[command.output] = names
                        missing[command.output] = missing_headers(command, names, self.graph.generated)
                    for command in part if look else ():
                        assert look is not None
                        look(command, found[command.output] | {TOP + n for n in missing[command.output]})
                if wanted := set[str]().union(*missing.values()):
                    self.graph.generate(wanted, progress)
                # A header that did not exist may include others that do not.
                pending = [command for command in pending if missing[command.output]]
                look = None
        return [found[command.output] for command in commands]
