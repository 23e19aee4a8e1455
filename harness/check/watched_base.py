"""Base's tools, watched, and what each test of a suite enters of them; kept for all series of this base."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.builders.request import Built
from harness.check import base_runs
from harness.errors import UsageError
from harness.llvm import Toolchain
from harness.mapping.records import Numbering, number_functions, read_entered
from harness.model import Outcome, Run, TestResult
from harness.process import scratch
from harness.reach.map.folder import FolderMap, Origin, WatchedTest
from harness.reach.map.format import read_map, write_map
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName, KnownFunctions
from harness.reach.watch.make import watch
from harness.reach.watch.record import VARIABLE
from harness.reach.watch.values import Unwatchable, Watched
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.store import Store, digest

KIND = "base-reach"
_MAP = "tests.reach"

Runner = Callable[[Sequence[tuple[Toolchain, Suite]]], list[Run]]


@dataclass(frozen=True, slots=True)
class WatchedBase:
    """Base's tools as watched copies. `table` numbers their functions.

    `tools` are the copies, by the names of their files; `numbers` has the numbers of each one's functions.
    Of those in `unwatched`, each with the reason, nobody knows whether a test enters them.
    """

    toolchain: Toolchain
    tools: Mapping[str, Watched]
    table: FunctionTable
    numbers: Numbering
    unwatched: Mapping[FunctionName, str]
    _known: list[KnownFunctions] = field(default_factory=list, compare=False, repr=False)

    @property
    def known(self) -> KnownFunctions:
        """The functions of the tools, watched or not."""
        if not self._known:
            self._known.append(KnownFunctions.of({*self.table, *self.unwatched}))
        return self._known[0]


def watch_base(store: Store, base: Toolchain, built: Built, compiler: Path) -> WatchedBase | Unwatchable:
    """The watched copies of all that was built of base. `built` has the linker's maps of them."""
    tools: dict[str, Watched] = {}
    copies: dict[str, Path] = {}
    for name, path in sorted(built.tools.items()):
        if path.name not in tools:
            copy = watch(store, path, compiler, link_map=built.link_map(name))
            if isinstance(copy, Unwatchable):
                return copy
            tools[path.name] = copy
        copies[name] = tools[path.name].tool
    names = {name for tool in tools.values() for one in tool.functions for name in one.names}
    table = FunctionTable().grown(names)
    return WatchedBase(
        toolchain=replace(base, name="base, watched", tools={**base.tools, **copies}),
        tools=tools,
        table=table,
        numbers=number_functions(table, tools),
        unwatched={name: why for tool in tools.values() for name, why in tool.unwatched.items()},
    )


def map_suite(store: Store, watched: WatchedBase, suite: Suite, runner: Runner) -> FolderMap:
    """What each test of a suite enters; from the store if this suite ran on these tools before.

    What only runs again for certain, a failure say, is not kept for other calls by base_runs; here it is: a
    test that failed entered what it entered, and one without an answer is always run.
    """
    records = sorted(tool.record for tool in watched.tools.values())
    key = digest("1", base_runs.key(watched.toolchain, suite), *records)

    def make(aside: Path) -> None:
        (aside / _MAP).write_bytes(_map(watched, suite, key, runner))

    named = not suite.site or bool(suite.identity)
    if not named:  # nothing names the suite's files: it is run each time
        return read_map(_map(watched, suite, key, runner), f"the map of {suite.root}")
    entry = store.make(KIND, key, make)
    try:
        return read_map((entry / _MAP).read_bytes(), f"the map of {suite.root}")
    except UsageError:
        store.drop(KIND, key)
        return read_map((store.make(KIND, key, make) / _MAP).read_bytes(), f"the map of {suite.root}")


def _map(watched: WatchedBase, suite: Suite, key: str, runner: Runner) -> bytes:
    files = tuple((tool.record, tool.record_size) for tool in watched.tools.values())
    with scratch.folder("reach") as place:
        recording = Recording(VARIABLE, files, str(place))
        (run,) = runner([(watched.toolchain, replace(suite, recording=recording))])
        tests = [_read(watched, result, recording.folder(result.name)) for result in run.results]
    table = watched.table
    origin = Origin(watched.toolchain.version, watched.toolchain.identity, str(suite.root), key, key, 0, "")
    return write_map(replace(origin, functions=len(table), table=table.digest), tests)


def _read(watched: WatchedBase, result: TestResult, records: Path) -> WatchedTest:
    """What one test entered. A tool without a record was not started; what is not watched is not built."""
    entered, why = read_entered(records, watched.tools, watched.numbers)
    unknown = result.outcome in {Outcome.UNRESOLVED, Outcome.TIMEOUT}
    return WatchedTest(result.name, result.outcome, entered, "has no answer on base" if unknown else why)
