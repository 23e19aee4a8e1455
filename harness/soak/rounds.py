"""One check, in a store and a temporary folder of its own: killed at some moment, or left to end."""

from __future__ import annotations

import enum
import os
import shutil
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.errors import EXIT_OK, EXIT_VERDICT, EnvironmentLacksError
from harness.report.record import CheckReport, decode
from harness.soak import traces
from harness.store import kinds

# A check that takes longer hangs.
_LIMITS = process.Limits(wall=3600, cpu=0, memory=0, output=0)


class Warmth(enum.Enum):
    """What a check finds in the store."""

    COLD = "nothing built"
    COMPILED = "objects"
    HOT = "everything"

    def empty(self, store: Path) -> None:
        """Remove the rest. Downloads stay, and what is never removed."""
        stay = kinds.LAST | kinds.KEPT
        for path in sorted(store.glob("*")):
            gone = path.name not in stay if self is Warmth.COLD else path.name in {"overlay", "outcomes"}
            if self is not Warmth.HOT and gone and path.is_dir():
                shutil.rmtree(path)


Said = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SoakPlace:
    """A folder for the store, TMPDIR and logs; and the command, which is given `--json FILE` besides.

    `patience`: so many seconds after a kill nothing may run any more.
    """

    folder: Path
    command: Sequence[str]
    patience: float = 5.0

    @property
    def store(self) -> Path:
        """The store that nobody else uses."""
        return self.folder / "store"

    @property
    def temporary(self) -> Path:
        """What is TMPDIR for the checks."""
        return self.folder / "tmp"

    @property
    def log(self) -> Path:
        """What the last check printed."""
        return self.folder / "log"

    def make(self) -> None:
        """Make the folders. A temporary one of before is emptied. Raises OSError."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        for path in (self.store, self.temporary):
            path.mkdir(parents=True, exist_ok=True)

    def start(self) -> process.Child:
        """Start a check."""
        self._record.unlink(missing_ok=True)
        others = {name: text for name, text in os.environ.items() if not name.startswith("HARNESS_ARTIFACTS")}
        places = {"HARNESS_STORE": str(self.store), "TMPDIR": str(self.temporary)}
        argv = [*self.command, "--json", str(self._record)]
        with self.log.open("wb") as log:
            return process.Child(
                argv, _LIMITS, env={**others, **places}, stdin=process.DEVNULL, stdout=log, stderr=log
            )

    def finish(self) -> tuple[Said, float]:
        """Run a check to its end: its verdict, and the seconds it took.

        Raises EnvironmentLacksError if it comes to none.
        """
        begun = time.monotonic()
        code = self.start().wait()
        if code not in {EXIT_OK, EXIT_VERDICT} or not self._record.is_file():
            raise EnvironmentLacksError(
                f"the check ends with {code} and no verdict",
                "run it by itself",
                self.log.read_text(errors="replace")[-2000:],
            )
        return essence(decode(self._record.read_bytes())), time.monotonic() - begun

    def kill(self, seconds: float, *, group: bool) -> tuple[bool, list[str]]:
        """Start a check and kill it then, or its whole group. Whether it still ran, and what is wrong."""
        child = self.start()
        try:
            child.wait(seconds)
        except process.TimeoutExpired:
            (os.killpg if group else os.kill)(child.pid, signal.SIGKILL)
            # It is not reaped yet, which would end its group too.
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        ran = child.returncode is None
        left = traces.wait_for_end(child.pid, self.patience)
        wrong = [f"still runs: {pid}: {command}" for pid, command in left.items()]
        wrong += [f"still locked: {name}" for name in traces.find_locks(self.store)]
        traces.end(left)
        child.wait()
        return ran, wrong

    def leftovers(self) -> list[str]:
        """What finished checks have left behind. What is in TMPDIR goes, so that it is told once."""
        found = [f"left: {name}" for name in traces.find_leftovers(self.store, self.temporary)]
        self.make()
        return found

    @property
    def _record(self) -> Path:
        return self.folder / "verdict.json"


def essence(report: CheckReport) -> Said:
    """What has to be the same each time: everything but times and where things were found."""
    series = tuple(
        (
            *(one.name, one.result.value, one.error, tuple(result.held for result in one.claims)),
            tuple(
                (v.name, v.verdict.value, v.base.outcome.value, v.patched.outcome.value)
                for v in sorted(one.verdicts, key=lambda verdict: verdict.name)
            ),
        )
        for one in report.series
    )
    return report.ok, report.exit_code, series
