"""A sample of the tests that cannot notice a series: run on both sides all the same, to hold the rule to it.

If one of them differs, the rule that left it out is broken, and so is every verdict that rests on it. What
was sampled so far is counted in the store, for each release.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random

import msgspec

from harness.check.rounds import Runner
from harness.llvm import Toolchain
from harness.model import Outcome, TestResult
from harness.progress import Progress
from harness.report.reach import ReachSample
from harness.runner.runs import Suite
from harness.runner.tool_names import tools_of_suite
from harness.store import Store

KIND = "reach-sample"
_TALLY = "tally.json"
_SHARE = 100  # one of so many
# What one call of the harness spends on it at most, for all of its series together; and a tenth of what it
# took until then, but a second is no time to wait.
SECONDS = 20.0
_PART, _LEAST = 10, 1.0
# So many at once, of one folder: its mirrors take longer than a test.
_TOGETHER = 4
_NO_ANSWER = {Outcome.UNRESOLVED, Outcome.UNSUPPORTED, Outcome.TIMEOUT}


@dataclass(frozen=True, slots=True)
class LeftOutTests:
    """Tests of a suite that do not run on the patched side, as they cannot notice a series."""

    suite: Suite
    names: tuple[str, ...]

    def only(self, names: Sequence[str]) -> Suite:
        """The suite with some of them alone."""
        suite = replace(self.suite, names=tuple(names), pattern="")
        if not suite.site:
            return suite
        return replace(suite, inputs=tuple(name.removeprefix(suite.prefix) for name in names))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tests were sampled of a release, and how many of them differed."""

    ran: int = 0
    differing: int = 0


@dataclass(slots=True)
class Sampler:
    """Runs one test of a hundred, one at least, for some `seconds` in all. `release` is whose tally counts.

    Each of `series` has its share of the time, and what those before it left. The first few tests run
    however long they take; series that come after have the less, which may be nothing. `begun` is when the
    call began.
    """

    store: Store
    release: str
    runner: Runner
    progress: Progress
    series: int = 1
    begun: float = field(default_factory=time.monotonic)
    seconds: float = SECONDS
    random: Random = field(default_factory=Random)
    clock: Callable[[], float] = time.monotonic
    _asked: int = 0
    _spent: float = 0.0

    def sample(self, base: Toolchain, patched: Toolchain, left: Sequence[LeftOutTests]) -> ReachSample | None:
        """What the sample does on both sides; None if there is no time, or nothing was left out that runs."""
        self._asked += 1
        most = min(self.seconds, max(_LEAST, (self.clock() - self.begun) / _PART))
        seconds = most * min(self._asked / self.series, 1) - self._spent
        if seconds <= 0:
            return None
        begun = self.clock()
        try:
            return self._sample(base, patched, left, begun + seconds)
        finally:
            self._spent += self.clock() - begun

    def _sample(
        self, base: Toolchain, patched: Toolchain, left: Sequence[LeftOutTests], end: float
    ) -> ReachSample | None:
        chosen = self._choose(left, patched.stale)
        ran, differing = 0, []
        while some := list(islice(chosen, _TOGETHER)):
            self.progress.step("running a sample of the tests that cannot notice it")
            ours, theirs = self._run((base, patched), left, some)
            ran += sum(one.outcome not in _NO_ANSWER for one in ours.values())
            differing += [one for one in some if not _same(ours.get(one), theirs.get(one))]
            if self.clock() > end:
                break
        if differing:
            ours, again, theirs = self._run((base, base, patched), left, differing)
            steady = [one for one in differing if _same(ours.get(one), again.get(one))]
            differing = [one for one in steady if not _same(ours.get(one), theirs.get(one))]
        if not ran:
            return None
        tally = add_to_tally(self.store, self.release, Tally(ran, len(differing)))
        return ReachSample(ran, tuple(name for _, name in differing), tally.ran, tally.differing)

    def _choose(self, left: Sequence[LeftOutTests], stale: frozenset[str]) -> Iterator[tuple[int, str]]:
        """One of a hundred of all that run no tool which is not built, each with the number of its suite.

        With one of a folder, a few others of it. Tests are read only when it is their turn.
        """
        every = [(number, name) for number, those in enumerate(left) for name in sorted(those.names)]
        wanted = min(len(every), max(1, len(every) // _SHARE))
        folders: dict[tuple[int, str], list[tuple[int, str]]] = {}
        for which, name in every:
            folders.setdefault((which, name.rpartition("/")[0]), []).append((which, name))
        seen: set[tuple[int, str]] = set()
        for first in self._draw(every):
            if first in seen:
                continue
            which, name = first
            seen.add(first)
            mates = [one for one in folders[which, name.rpartition("/")[0]] if one not in seen]
            others = self.random.sample(mates, min(_TOGETHER - 1, len(mates)))
            seen.update(others)
            for one in [first, *others]:
                if not tools_of_suite(left[which].only([one[1]])) & stale:
                    yield one
                    wanted -= 1
                    if not wanted:
                        return

    def _draw(self, every: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """All at random, as far as they are asked for: shuffling 45,000 takes as long as a few tests."""
        for at in range(len(every)):
            other = self.random.randrange(at, len(every))
            every[at], every[other] = every[other], every[at]
            yield every[at]

    def _run(
        self, toolchains: Sequence[Toolchain], left: Sequence[LeftOutTests], some: Sequence[tuple[int, str]]
    ) -> list[dict[tuple[int, str], TestResult]]:
        """What tests do on each of the toolchains."""
        numbers = sorted({number for number, _ in some})
        suites = [left[number].only([name for mine, name in some if mine == number]) for number in numbers]
        runs = iter(self.runner([(toolchain, suite) for toolchain in toolchains for suite in suites]))
        return [
            {(number, one.name): one for number in numbers for one in next(runs).results} for _ in toolchains
        ]


def _same(one: TestResult | None, other: TestResult | None) -> bool:
    """Whether a test does the same on two sides, or has no answer on the first."""
    if one is None or one.outcome in _NO_ANSWER:
        return True
    if other is None:
        return False
    return (one.outcome, one.signature, one.wrote) == (other.outcome, other.signature, other.wrote)


def add_to_tally(store: Store, release: str, new: Tally) -> Tally:
    """Count what was sampled of a release; all that was so far. A damaged tally begins anew."""
    with store.workspace(KIND, release) as place:
        path = place / _TALLY
        try:
            known = msgspec.json.decode(path.read_bytes(), type=Tally)
        except (OSError, msgspec.DecodeError):
            known = Tally()
        tally = Tally(known.ran + new.ran, known.differing + new.differing)
        aside = path.with_suffix(".tmp")
        aside.write_bytes(msgspec.json.encode(tally))
        aside.replace(path)
    return tally
