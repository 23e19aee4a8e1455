"""`make soak`: a check is killed at random moments, and after each the machine has to be as before.

Within five seconds none of its processes is left and no lock of the store is held. One that is left to end
says what an undisturbed one says, and leaves nothing of the killed ones. The store is one of its own, so the
first check fetches LLVM. `HARNESS_SANDBOX` chooses how the checks enclose their children, as always.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.console.say import say
from harness.errors import EXIT_OK, EXIT_VERDICT, EnvironmentLacksError, HarnessError
from harness.faults import run_program
from harness.soak import traces
from harness.soak.rounds import Said, SoakPlace, Warmth


@dataclass(slots=True)
class Soak:
    """`count` kills; after every `every` of them a check is left to end. `moments` decides when they fall."""

    place: SoakPlace
    count: int
    every: int
    moments: random.Random
    wrong: list[str] = field(default_factory=list)
    _verdict: Said = ()
    _seconds: dict[Warmth, float] = field(default_factory=dict)

    def run(self) -> bool:
        """Do it all and print what is seen. Whether all was well.

        Raises EnvironmentLacksError if an undisturbed check comes to no verdict, or to two.
        """
        self.place.make()
        traces.adopt_orphans()
        self._measure()
        running = checked = 0
        for number in range(1, self.count + 1):
            ran, problems = self._kill(number)
            running += ran
            if number % self.every == 0 or number == self.count:
                problems += self._check_next()
                checked += 1
            for problem in problems:
                say(f"  {problem}")
            self.wrong += problems
        say(
            f"{self.count} kills, {running} of a running check; {checked} verdicts after them: "
            f"{len(self.wrong) or 'nothing'} wrong"
        )
        return not self.wrong

    def _measure(self) -> None:
        """How long a check takes undisturbed, and what it says. The first one fetches what is missing."""
        self._verdict, _fetching = self.place.finish()
        for warmth in Warmth:
            warmth.empty(self.place.store)
            said, self._seconds[warmth] = self.place.finish()
            if said != self._verdict:
                raise EnvironmentLacksError(
                    "two undisturbed checks do not say the same",
                    "take a check without flaky tests",
                    f"{self._verdict}\n{said}",
                )
            say(f"undisturbed, {warmth.value} in the store: {self._seconds[warmth]:.1f} s")
        self.wrong += self.place.leftovers()

    def _kill(self, number: int) -> tuple[bool, list[str]]:
        warmth, group = self.moments.choice(list(Warmth)), self.moments.random() < 0.5
        moment = self.moments.uniform(0, 1.05 * self._seconds[warmth])
        warmth.empty(self.place.store)
        ran, problems = self.place.kill(moment, group=group)
        what = "its group" if group else "its main process"
        say(
            f"{number}/{self.count}: {warmth.value} in the store, "
            f"{f'{what} killed after' if ran else 'it ended within'} {moment:.2f} s"
        )
        return ran, problems

    def _check_next(self) -> list[str]:
        try:
            said, _seconds = self.place.finish()
        except HarnessError as error:
            return [f"the next check: {error}"]
        wrong = [] if said == self._verdict else [f"the next check says {said} and not {self._verdict}"]
        return [*wrong, *self.place.leftovers()]


def main(given: Sequence[str]) -> int:
    """Soak as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m harness.soak.job", description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="how often to kill")
    parser.add_argument("--every", type=int, default=5, help="after so many kills a check is left to end")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--folder", type=Path, default=Path("build/soak"), help="for the store and TMPDIR")
    parser.add_argument("check", nargs="+", help="what `harness check` is given, after --")
    arguments = parser.parse_args(given)
    command = [str(Path(sys.executable).with_name("harness")), "check", "-q", *arguments.check]
    place = SoakPlace(arguments.folder.absolute(), command)
    moments = random.Random(arguments.seed)  # noqa: S311 - no secret
    soak = Soak(place, arguments.count, arguments.every, moments)
    return EXIT_OK if soak.run() else EXIT_VERDICT


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
