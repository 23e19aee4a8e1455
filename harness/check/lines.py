"""Of the tests that enter what a series changes, those that get to the lines that it changes.

Nearly every test enters `Verifier::visitIntrinsicCall`. Where so many do, they run once on base's tools that
count what they execute of the touched units, which is kept for the next edit of the same files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.choose import Chooser
from harness.builders.coverage import CountedUnits, StandIn
from harness.builders.plan import BUILT, HEADER_SUFFIXES, UNIT_SUFFIXES, classify, is_prose
from harness.builders.request import Side
from harness.check import base_runs
from harness.check.prepare import Prepared
from harness.check.reached import Division
from harness.check.rounds import Runner
from harness.faults import explain_fault
from harness.llvm import CoverageTools, Toolchain
from harness.model import Outcome
from harness.process import scratch
from harness.progress import Progress
from harness.reach.lines.reaching import ChangedText, find_doubt, find_labelled, find_reaching
from harness.reach.lines.read import PATTERN, VARIABLE, compact, make_reader, require_profile
from harness.report.reach import Reach
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.sources import SourceChangedError
from harness.store import Store, digest
from harness.toolchain.source.tree import link_tree

KIND = "base-lines"
# The copies of base's source with a series' new labels.
LABELLED = "labelled"
_CONTENT = "labelled.json"
# With fewer, to compile a unit once more takes longer than to run them: 10 s and 0.2 s of processor time.
FEW = 50
# Of so many it is seen first whether lines rule out any.
SAMPLE = 16
_OUTCOMES = "outcomes.json"
# What starts a tool that then does not find where to count.
_OWN_ENVIRONMENT = re.compile(rf"\benv\s+-|\bunset\b|{VARIABLE}")


@dataclass(frozen=True, slots=True)
class EnteringTests:
    """The tests of a suite that enter a function that a series changes, with what they did on base."""

    suite: Suite
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class ReachByLines:
    """Of each suite, the tests that get to a changed line; if lines do not tell, all, and `why`."""

    reached: tuple[frozenset[str], ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineFinder:
    """Finds these tests. `tools` finds what that takes when it is needed."""

    store: Store
    tools: Callable[[], CoverageTools]
    chooser: Chooser
    runner: Runner
    progress: Progress
    few: int = FEW

    def narrow(
        self, series: Prepared, base: Toolchain, divisions: Sequence[Division], note: Reach
    ) -> tuple[list[Division], Reach]:
        """The divisions and what a report says of them, with the tests left that get to a changed line."""
        entering = [
            EnteringTests(
                division.portion.whole, {name: division.outcomes[name] for name in division.reached}
            )
            for division in divisions
        ]
        found = self.find(series, base, entering)
        if found is None:
            return [*divisions], note
        number = sum(len(those.outcomes) for those in entering)
        narrowed = [division.keep(names) for division, names in zip(divisions, found.reached, strict=True)]
        return narrowed, replace(note, by_functions=number, undecided=found.why)

    def find(self, one: Prepared, base: Toolchain, entering: Sequence[EnteringTests]) -> ReachByLines | None:
        """Which of the tests get to a line that a series changes; None if there are few of them."""
        everything = tuple(frozenset(those.outcomes) for those in entering)
        if sum(map(len, everything)) <= self.few:
            return None
        texts = find_texts(one, self.chooser.setup.base.root)
        if why := _find_obstacle(texts):
            return ReachByLines(everything, why)
        try:
            return self._find(one, base, entering, texts)
        except SourceChangedError:
            raise  # what is built next of this source would be of another
        except Exception as error:
            return ReachByLines(everything, explain_fault(error).what)

    def _find(
        self,
        one: Prepared,
        base: Toolchain,
        entering: Sequence[EnteringTests],
        texts: Mapping[str, ChangedText],
    ) -> ReachByLines:
        tools = self.tools()
        files = {path: one.content[path] for path in texts}
        stand_in = _make_stand_in(self.store, self.chooser.setup.base, find_labelled(texts))
        units = self.chooser.counting_base(one, files, tools, stand_in)
        counting = replace(base, name="base, counting", identity=f"{units.identity} {base.identity}")
        with scratch.folder("lines") as folder:
            runs = _Runs(self, units, counting, tools, folder)
            sample = _take_sample(entering)
            if sample:
                some = _find_reached(runs, sample, texts)
                number, reached = SAMPLE, sum(map(len, some.reached))
                if some.why or 4 * reached > 3 * number:
                    why = some.why or f"{reached} of {number} tests looked at get to a changed line"
                    return ReachByLines(tuple(frozenset(those.outcomes) for those in entering), why)
            return _find_reached(runs, entering, texts)


def _take_sample(entering: Sequence[EnteringTests]) -> list[EnteringTests]:
    """Some of very many tests: where most get to the lines, to run all of them would tell nothing more."""
    names = [(number, name) for number, those in enumerate(entering) for name in sorted(those.outcomes)]
    if len(names) <= 4 * SAMPLE:
        return []
    chosen = {names[at * len(names) // SAMPLE] for at in range(SAMPLE)}
    return [
        EnteringTests(
            those.suite, {name: end for name, end in those.outcomes.items() if (number, name) in chosen}
        )
        for number, those in enumerate(entering)
    ]


def _find_reached(
    runs: _Runs, entering: Sequence[EnteringTests], texts: Mapping[str, ChangedText]
) -> ReachByLines:
    """Those of the tests that get to a changed line, or of which it is not known."""
    kept: dict[str, tuple[Path, ...]] = {}
    for number, those in enumerate(entering):
        kept |= {f"{number} {name}": (path,) for name, path in runs.profiles(those).items()}
    read = make_reader(runs.tools, kept, runs.units.objects, runs.units.root, texts)
    found, why = find_reaching(sorted(kept), texts, read)

    def is_reached(key: str) -> bool:
        return key in found or key not in kept

    reached = (
        frozenset(name for name in those.outcomes if is_reached(f"{number} {name}"))
        for number, those in enumerate(entering)
    )
    return ReachByLines(tuple(reached), why)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs on tools of base that count, which are linked in `folder` if the store does not have them all."""

    finder: LineFinder
    units: CountedUnits
    toolchain: Toolchain
    tools: CoverageTools
    folder: Path

    def profiles(self, those: EnteringTests) -> dict[str, Path]:
        """The profiles of those of the tests that have one and end as they do on base."""
        suite = replace(those.suite, names=tuple(sorted(those.outcomes)), pattern="", captures=False)
        if not suite.names or (suite.site and not suite.identity):  # nothing names the suite's files
            return {}
        key = digest("1", base_runs.key(self.toolchain, suite))
        place = self.finder.store.make(KIND, key, lambda aside: self._run(suite, aside))
        ends: dict[str, str] = json.loads((place / _OUTCOMES).read_text())
        found = {name: place / f"{number}.profdata" for number, name in enumerate(suite.names)}
        return {
            name: profile
            for name, profile in found.items()
            if profile.is_file()
            and ends.get(name) == those.outcomes[name].name
            and not _has_own_environment(suite, name)
        }

    def _run(self, suite: Suite, aside: Path) -> None:
        """Run tests on the tools; how they end and what they executed is kept in `aside`."""
        if not (place := self.folder / "tools").exists():
            place.mkdir()
            self.units.link(place)
        counting = self.units.linked(place)
        require_profile(min(counting.tools.values()))
        self.finder.progress.step("running tests on tools of base that count what they execute")
        recording = Recording(VARIABLE, (), str(self.folder / aside.name), PATTERN)
        toolchain = replace(self.toolchain, tools={**self.toolchain.tools, **counting.tools})
        (run,) = self.finder.runner([(toolchain, replace(suite, recording=recording))])
        ends = {result.name: result.outcome.name for result in run.results}
        (aside / _OUTCOMES).write_text(json.dumps(ends))

        def keep(numbered: tuple[int, str]) -> None:
            number, name = numbered
            compact(self.tools, recording.folder(name), aside / f"{number}.profdata")

        with ThreadPoolExecutor(suite.jobs) as pool:
            list(pool.map(keep, enumerate(suite.names)))


def _make_stand_in(store: Store, base: Side, texts: Mapping[str, str]) -> StandIn | None:
    """A copy of base's source with these texts in it, if there are any."""
    if not texts:
        return None
    content = {path: digest(text) for path, text in texts.items()}
    key = digest("1", base.identity, *(word for item in sorted(content.items()) for word in item))

    def make(aside: Path) -> None:
        link_tree(base.root, aside, texts)
        for path, text in texts.items():
            (aside / path).write_text(text, "utf-8", newline="")
        (aside / _CONTENT).write_text(json.dumps(content))

    root = store.make(LABELLED, key, make, lazily=[_CONTENT])
    return StandIn(Side("base with labels", root, key), content)


def find_texts(one: Prepared, base: Path) -> dict[str, ChangedText]:
    """What a series makes of files that a compiler may read, by their paths."""
    inert = frozenset(classify(one.changes).inert)
    paths = (
        change.path
        for change in one.changes
        if change.path not in inert or (change.path.startswith(BUILT) and not is_prose(change.path))
    )
    return {path: ChangedText(_read(base / path), _read(one.side.root / path)) for path in sorted(paths)}


def _find_obstacle(texts: Mapping[str, ChangedText]) -> str:
    """Why lines do not tell, as far as that is known without a build."""
    uncounted = (path for path in texts if not path.endswith((*UNIT_SUFFIXES, *HEADER_SUFFIXES)))
    return next((f"{path}: its lines are not counted" for path in uncounted), find_doubt(texts))


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None


def _has_own_environment(suite: Suite, name: str) -> bool:
    """Whether a test may start a tool in an environment of its own, where it does not count."""
    path = suite.root / name.removeprefix(suite.prefix)
    return not path.is_file() or _OWN_ENVIRONMENT.search(path.read_text("utf-8", "replace")) is not None
