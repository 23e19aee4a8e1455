"""Of the tests that enter what a series changes, those that get to the lines that it changes.

Nearly every test enters `Verifier::visitIntrinsicCall`. Where so many do, they run once on base's tools that
count what they execute of the touched units, which is kept for the next edit of the same files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.choose import Chooser
from harness.builders.coverage import CountedUnits, StandIn
from harness.builders.plan import BUILT, HEADER_SUFFIXES, UNIT_SUFFIXES, classify, is_prose
from harness.builders.request import Side
from harness.check import base_runs
from harness.check.changed import FindChange
from harness.check.prepare import Prepared
from harness.check.reached import Division
from harness.check.rounds import Runner
from harness.errors import HarnessError
from harness.faults import explain_fault
from harness.llvm import CoverageTools, Toolchain
from harness.model import Outcome
from harness.process import scratch
from harness.progress import Progress
from harness.reach.lines.reaching import (
    ChangedText,
    apply_doubts,
    find_applied,
    find_doubt,
    find_labelled,
    find_missed,
    find_places,
    find_reaching,
)
from harness.reach.lines.read import PATTERN, VARIABLE, compact, make_reader, require_profile
from harness.report.reach import LineReach, Reach, join_reach
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.sources import SourceChangedError
from harness.store import Store, digest
from harness.toolchain.source.tree import link_tree

KIND = "base-lines"
# The copies of base's source with a series' new labels, or with what of it makes no difference.
LABELLED = "labelled"
_CONTENT = "labelled.json"
# With fewer, to compile a unit once more takes longer than to run them: 10 s and 0.2 s of processor time.
FEW = 50
# Of so many it is seen first whether lines rule out any.
SAMPLE = 16
_OUTCOMES = "outcomes.json"
_COUNTED = (*UNIT_SUFFIXES, *HEADER_SUFFIXES)
# What starts a tool that then does not find where to count.
_OWN_ENVIRONMENT = re.compile(rf"\benv\s+-|\bunset\b|{VARIABLE}")


@dataclass(frozen=True, slots=True)
class EnteringTests:
    """The tests of a suite that may enter a function that a series changes, with what they did on base."""

    suite: Suite
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class ReachByLines:
    """Of each suite, the tests that may get to a changed line; if lines do not tell, all, and `why`.

    `said` is the same for a report, of those tests that were looked at.
    """

    reached: tuple[frozenset[str], ...]
    why: str = ""
    said: LineReach | None = None


Enough = Callable[[LineReach], bool]
"""Whether a few of very many tests tell enough, so that no more are looked at."""


@dataclass(frozen=True, slots=True)
class LineFinder:
    """Finds these tests. `tools` finds what that takes when it is needed.

    `find_change` says what a part of a series changes.
    """

    store: Store
    tools: Callable[[], CoverageTools]
    chooser: Chooser
    runner: Runner
    progress: Progress
    find_change: FindChange
    few: int = FEW

    def narrow(
        self,
        series: Prepared,
        base: Toolchain,
        divisions: Sequence[Division],
        note: Reach,
        chosen: frozenset[str] = frozenset(),
    ) -> tuple[list[Division], Reach]:
        """The divisions and what a report says of them, with the tests left that get to a changed line.

        Nothing is done if few tests enter one, besides those of LLVM's own that were `chosen` for the series.
        """
        if sum(len(division.reached - chosen) for division in divisions) <= self.few:
            return [*divisions], note
        entering = [
            EnteringTests(
                division.portion.whole, {name: division.outcomes[name] for name in division.reached}
            )
            for division in divisions
        ]
        number = sum(len(those.outcomes) for those in entering)
        # Of each suite a few are looked at first: of one many may get there, and of another none.
        found = self.find(series, base, [[those] for those in entering], _are_many)
        said = [one.said for one in found if one.said is not None]
        if len(said) < len(found):
            why = next(one.why for one in found if one.why)
            return [*divisions], replace(note, by_functions=number, undecided=why)
        whole = [one.tests == len(those.outcomes) for one, those in zip(said, entering, strict=True)]
        both = join_reach(said)
        unknown = sum(len(division.unknown) for division in divisions)
        # Of places that some tests do not get to, nothing is known.
        both = replace(both, unsure=both.unsure + unknown, missed=both.missed if all(whole) else ())
        note = replace(note, by_functions=number, by_lines=both)
        if not any(at and those.outcomes for at, those in zip(whole, entering, strict=True)):
            some = sum(one.reached + one.unsure for one in said)
            why = f"{some} of {both.tests} tests looked at get to a changed line"
            return [*divisions], replace(note, undecided=why)
        narrowed = [division.keep(one.reached[0]) for division, one in zip(divisions, found, strict=True)]
        if note.upstream is not None and chosen:
            ran = sum(len(one.reached & chosen) for one in narrowed)
            looked = zip(divisions, whole, strict=True)
            nearest = sum(len(one.reached & chosen) for one, at in looked if at)
            note = replace(note, upstream=replace(note.upstream, ran=ran, nearest=nearest))
        return narrowed, note

    def look(self, one: Prepared, base: Toolchain, ran: Sequence[EnteringTests]) -> ReachByLines:
        """Whether any of the tests that ran gets to a changed line.

        That part of the series of which lines do not tell may make no difference by itself: an `#include`, a
        function that the rest calls. The rest is then a change of base with this part in it.
        """
        (found,) = self.find(one, base, [ran], lambda some: some.reached > 0, apart=True)
        return found

    def find(
        self,
        one: Prepared,
        base: Toolchain,
        groups: Sequence[Sequence[EnteringTests]],
        enough: Enough,
        *,
        apart: bool = False,
    ) -> list[ReachByLines]:
        """Which tests of each group get to a line that a series changes. If a few tell enough, all may.

        `apart`: if lines do not tell of a part of the series, that of itself may make no difference.
        """

        def say(why: str) -> list[ReachByLines]:
            return [ReachByLines(_list_names(group), why) for group in groups]

        texts = find_texts(one, self.chooser.setup.base.root)
        why = _find_obstacle(texts)
        try:
            if why and apart:
                rest = apply_doubts(texts)
                if not _find_obstacle(rest) and self._makes_no_difference(one, rest):
                    why, texts = "", rest
            return say(why) if why else self._find(one, base, groups, texts, enough)
        except SourceChangedError:
            raise  # what is built next of this source would be of another
        except Exception as error:
            return say(explain_fault(error).what)

    def _find(
        self,
        one: Prepared,
        base: Toolchain,
        groups: Sequence[Sequence[EnteringTests]],
        texts: Mapping[str, ChangedText],
        enough: Enough,
    ) -> list[ReachByLines]:
        tools = self.tools()
        files = {path: one.content[path] for path in texts}
        stand_in = self._make_stand_in(find_applied(texts) | find_labelled(texts))
        units = self.chooser.counting_base(one, files, tools, stand_in)
        counting = replace(base, name="base, counting", identity=f"{units.identity} {base.identity}")
        with scratch.folder("lines") as folder:
            runs = _Runs(self, units, counting, tools, folder)
            return [_find_enough(runs, group, texts, enough) for group in groups]

    def _makes_no_difference(self, one: Prepared, rest: Mapping[str, ChangedText]) -> bool:
        """Whether all functions of base are the same with what of a series is in the old text of the rest."""
        self.progress.step(f"compiling what {one.side.name} changes around its lines")
        try:
            stand_in = self._make_stand_in(find_applied(rest))
            if stand_in is None:
                return True
            both = self.chooser.objects(replace(one, side=stand_in.side, content=dict(stand_in.content)))
            changed = self.find_change(*both)
        except SourceChangedError:
            raise
        except HarnessError:  # a part of a series need not compile
            return False
        return not (changed.functions or changed.everything or changed.exported)

    def _make_stand_in(self, texts: Mapping[str, str]) -> StandIn | None:
        """A copy of base's source with these texts in it, if there are any."""
        if not texts:
            return None
        base = self.chooser.setup.base
        content = {path: digest(text) for path, text in texts.items()}
        key = digest("1", base.identity, *(word for item in sorted(content.items()) for word in item))

        def make(aside: Path) -> None:
            link_tree(base.root, aside, texts)
            for path, text in texts.items():
                (aside / path).write_text(text, "utf-8", newline="")
            (aside / _CONTENT).write_text(json.dumps(content))

        root = self.store.make(LABELLED, key, make, lazily=[_CONTENT])
        return StandIn(Side("a copy of base", root, key), content)


def _are_many(some: LineReach) -> bool:
    """Whether so many of a few tests get there that others run sooner than their profiles are read."""
    return 3 * (some.reached + some.unsure) > some.tests


def _list_names(entering: Iterable[EnteringTests]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(those.outcomes) for those in entering)


def _find_enough(
    runs: _Runs, entering: Sequence[EnteringTests], texts: Mapping[str, ChangedText], enough: Enough
) -> ReachByLines:
    """Those of the tests that get to a changed line; if a few of them tell enough, all may."""
    if sample := _take_sample(entering):
        some = _find_reached(runs, sample, texts)
        if some.said is None or enough(some.said):
            return replace(some, reached=_list_names(entering))
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

    reached = tuple(
        frozenset(name for name in those.outcomes if is_reached(f"{number} {name}"))
        for number, those in enumerate(entering)
    )
    if why:
        return ReachByLines(reached, why)
    tests = sum(len(those.outcomes) for those in entering)
    missed = find_missed(texts, read(sorted(kept)))
    return ReachByLines(reached, said=LineReach(tests, len(found), tests - len(kept), missed))


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
        store, key = self.finder.store, digest("2", base_runs.key_of_tests(self.toolchain, suite))
        found = {name: one for part in store.find(KIND, key) for name, one in _read_part(part).items()}
        if missing := [name for name in suite.names if name not in found]:
            rest = replace(suite, names=tuple(missing))
            part = f"{key}.{digest(*missing)}"
            found |= _read_part(store.make(KIND, part, lambda aside: self._run(rest, aside)))
        return {
            name: profile
            for name in suite.names
            for end, profile in [found[name]]
            if end == those.outcomes[name].name
            and profile.is_file()
            and not _has_own_environment(suite, name)
        }

    def _run(self, suite: Suite, aside: Path) -> None:
        """Run tests on the tools; `aside` is what is kept of how they end and of what they executed."""
        if not (place := self.folder / "tools").exists():
            place.mkdir()
            self.units.link(place)
        counting = self.units.linked(place)
        one = min(counting.tools.values())
        require_profile(one, (*self.toolchain.reads, one.parent))
        self.finder.progress.step("running tests on tools of base that count what they execute")
        recording = Recording(VARIABLE, (), str(self.folder / aside.name), PATTERN)
        toolchain = replace(self.toolchain, tools={**self.toolchain.tools, **counting.tools})
        (run,) = self.finder.runner([(toolchain, replace(suite, recording=recording))])
        ends = {result.name: result.outcome.name for result in run.results}
        (aside / _OUTCOMES).write_text(json.dumps({name: ends.get(name, "") for name in suite.names}))

        def keep(numbered: tuple[int, str]) -> None:
            number, name = numbered
            compact(self.tools, recording.folder(name), aside / f"{number}.profdata")

        with ThreadPoolExecutor(suite.jobs) as pool:
            list(pool.map(keep, enumerate(suite.names)))


def _read_part(place: Path) -> dict[str, tuple[str, Path]]:
    """How the tests of one run ended, and where their profiles are."""
    ends: dict[str, str] = json.loads((place / _OUTCOMES).read_text())
    return {name: (end, place / f"{number}.profdata") for number, (name, end) in enumerate(ends.items())}


def find_texts(one: Prepared, base: Path) -> dict[str, ChangedText]:
    """What a series makes of files that a compiler of LLVM's tools may read, by their paths."""
    touched = classify(one.changes)
    inert = frozenset((*touched.inert, *touched.unit_tests))
    paths = (
        change.path
        for change in one.changes
        if change.path not in inert or (change.path.startswith(BUILT) and not is_prose(change.path))
    )
    return {path: ChangedText(_read(base / path), _read(one.side.root / path)) for path in sorted(paths)}


def _find_obstacle(texts: Mapping[str, ChangedText]) -> str:
    """Why lines do not tell, as far as that is known without a build."""
    uncounted = (path for path in texts if not path.endswith(_COUNTED))
    if why := next((f"{path}: its lines are not counted" for path in uncounted), find_doubt(texts)):
        return why
    return "" if find_places(texts) else "no line of code differs"


def find_changed_places(one: Prepared, base: Path) -> tuple[str, ...]:
    """The places of code that a series changes, as `path:line`, as far as they are inside functions."""
    texts = find_texts(one, base)
    return find_places({path: text for path, text in texts.items() if path.endswith(_COUNTED)})


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", "replace") if path.is_file() else None


def _has_own_environment(suite: Suite, name: str) -> bool:
    """Whether a test may start a tool in an environment of its own, where it does not count."""
    path = suite.root / name.removeprefix(suite.prefix)
    return not path.is_file() or _OWN_ENVIRONMENT.search(path.read_text("utf-8", "replace")) is not None
