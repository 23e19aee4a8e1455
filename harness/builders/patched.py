"""Compiling the units of a patched side that its changes may affect."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.depfile import ReadsMoreError, prose_error
from harness.builders.graph import TOP, CompileCommand
from harness.builders.objects import Compiler, Object
from harness.builders.request import Side
from harness.builders.same import are_interchangeable
from harness.builders.workers import Workers
from harness.store import digest

_SAME = "same.json"


@dataclass(frozen=True, slots=True)
class PatchedUnits:
    """Units of one side, by the names of their objects.

    `changed` maps all that the side changes, with what TableGen makes of it, to digests of the content, and
    `relevant` that part of it which each unit may read. `unpatched` are base's objects. `prose` are tests and
    documentation among the changes.
    """

    compiler: Compiler
    side: Side
    changed: Mapping[str, str]
    prose: Collection[str]
    relevant: Mapping[str, dict[str, str]]
    unpatched: Mapping[str, Object]
    workers: Workers

    def is_held(self, command: CompileCommand) -> bool:
        """Whether the store has the unit's object."""
        output = command.output
        return self.compiler.held(command, self.relevant[output], asserts=self.unpatched[output].assertions)

    def find_affected(self, commands: Sequence[CompileCommand]) -> list[CompileCommand]:
        """The units without those that include of TableGen's changed headers only what has not changed.

        A target's registers and instructions are one header each, with a part for each kind of reader: most
        of a target's units read a few of the parts.
        """
        doubtful = [one for one in commands if self._reads_tables_alone(one) and not self.is_held(one)]
        if not doubtful:
            return [*commands]
        self.workers.progress.step(f"comparing {len(doubtful)} units that read what TableGen made")
        same = self.workers.each(self._is_the_same, doubtful, lambda one: one.unit)
        equal = {one.output for one, is_same in zip(doubtful, same, strict=True) if is_same}
        return [one for one in commands if one.output not in equal]

    def compile(self, commands: Sequence[CompileCommand]) -> dict[str, Object]:
        """Their objects, by name. Raises what `Compiler.compile` does, but ReadsMoreError."""
        made = self.workers.each(self._compile, commands, lambda one: one.unit)
        return {one.output: built for one, built in zip(commands, made, strict=True)}

    def _compile(self, command: CompileCommand) -> Object:
        relevant = dict(self.relevant[command.output])
        asserts = self.unpatched[command.output].assertions
        while True:
            try:
                return self.compiler.compile(
                    command, self.side, relevant, asserts=asserts, others=self.changed
                )
            except ReadsMoreError as more:
                if found := sorted(more.paths.intersection(self.prose)):
                    raise prose_error(command.unit, found[0]) from None
                # A patched file may include a source that the unpatched unit does not.
                relevant |= {path: self.changed[path] for path in more.paths}

    def _reads_tables_alone(self, command: CompileCommand) -> bool:
        made = self.compiler.tables.digests if self.compiler.tables is not None else {}
        reads = {command.unit, *self.unpatched[command.output].dependencies}
        return bool(made) and reads & self.changed.keys() <= made.keys()

    def _is_the_same(self, command: CompileCommand) -> bool:
        """Whether the compiler gets the same text on both sides, line by line; kept, as an object is."""
        output, compiler = command.output, self.compiler
        asserts = self.unpatched[output].assertions

        def compare(aside: Path) -> None:
            theirs = replace(compiler, tables=None).preprocess(command, compiler.base, asserts=asserts)
            mine = compiler.preprocess(command, self.side, asserts=asserts)
            same = are_interchangeable(theirs, mine, self._renamed(), self._made())
            (aside / _SAME).write_text(json.dumps(same))

        key = digest("1", compiler.key(command, self.relevant[output], asserts=asserts))
        same: bool = json.loads((compiler.store.make("same-unit", key, compare) / _SAME).read_text())
        return same

    def _renamed(self) -> dict[str, str]:
        """What base calls the folders of this side."""
        tables = self.compiler.tables
        made = {f"{tables.folder}/": f"{self.compiler.build}/"} if tables is not None else {}
        return {**made, f"{self.side.root}/": f"{self.compiler.base.root}/"}

    def _made(self) -> list[str]:
        """Base's headers that this side has its own of."""
        made = self.compiler.tables.digests if self.compiler.tables is not None else {}
        return [str(self.compiler.build / path.removeprefix(TOP)) for path in made]
