"""Patch coverage: the tests of a series once more, on tools that count what they execute of what it adds.

How these tests end enters no verdict, and nothing that goes wrong here changes one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.builders.choose import Chooser
from harness.builders.coverage import Counting
from harness.builders.plan import BUILT, HEADER_SUFFIXES, TABLE_SUFFIXES, UNIT_SUFFIXES
from harness.check.prepare import Prepared
from harness.check.rounds import Runner
from harness.check.select import PlannedRuns
from harness.coverage import PatchCoverage
from harness.faults import explain_fault
from harness.llvm import CoverageTools, Toolchain
from harness.patch import ChangeKind
from harness.process import scratch
from harness.progress import Progress
from harness.reach.lines.join import AddedText, join
from harness.reach.lines.read import PATTERN, VARIABLE, read_counts, require_profile
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.sources import SourceChangedError

_LOST = "which of its lines the series adds is not known"
_CODE = (*UNIT_SUFFIXES, *HEADER_SUFFIXES, *TABLE_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Measurer:
    """Measures the coverage of series that were judged. `tools` finds what that takes when it is needed."""

    tools: Callable[[], CoverageTools]
    chooser: Chooser
    runner: Runner
    progress: Progress

    def measure(self, one: Prepared, patched: Toolchain, parts: PlannedRuns) -> PatchCoverage | None:
        """What these tests execute of what a series adds; None if it adds no code.

        `patched` is the side that was judged. Whatever keeps it from being known is in the value.
        """
        added, lost = find_added(one), find_lost(one)
        if not (added or lost):
            return None
        try:
            tools = self.tools()
            with scratch.folder("coverage") as folder:
                (folder / "tools").mkdir()
                counting = self.chooser.counting(one, tools).link(folder / "tools")
                for tool in itertools.islice(counting.tools.values(), 1):
                    require_profile(tool, (*patched.reads, tool.parent))
                self._run(one, counting, patched, parts, folder / "profiles")
                profiles = (folder / "profiles").rglob("*.profraw")
                counts = read_counts(tools, profiles, counting.objects, one.side.root, added)
            found = join(added, counts, counting.sources)
            return replace(found, unknown=(*found.unknown, *(f"{path}: {_LOST}" for path in lost)))
        except SourceChangedError:
            raise  # what is built next of this source would be of another
        except Exception as error:
            known = explain_fault(error)
            return PatchCoverage(trouble=f"{known.what}: {known.next_step}")

    def _run(
        self, one: Prepared, counting: Counting, patched: Toolchain, parts: PlannedRuns, folder: Path
    ) -> None:
        """The tests as the series leaves them, with the profiles of each below `folder`."""
        name = f"coverage of {one.series.name}"
        tools = {**patched.tools, **counting.tools}
        toolchain = replace(patched, name=name, tools=tools, identity=counting.identity)
        self.progress.step(f"running the suite to count what it executes of {one.series.name}")
        # The old text of a test that the series changes says nothing of the series.
        old = [portion for portion in parts.plain if portion.names and portion.names <= parts.touched.keys()]
        suites = [portion.suite for portion in parts.all if portion not in old]
        self.runner([(toolchain, _recorded(suite, folder / str(n))) for n, suite in enumerate(suites)])


def find_added(one: Prepared) -> dict[str, AddedText]:
    """The files of code that a series leaves behind, with the numbers of the lines that it wrote."""
    found = {}
    for path, runs in one.written.items():
        if _is_code(path) and (one.side.root / path).is_file():
            text = (one.side.root / path).read_bytes().decode("utf-8", "replace")
            added = frozenset(n for start, number, _ in runs for n in range(start, start + number))
            found[path] = AddedText(text, added)
    return found


def find_lost(one: Prepared) -> list[str]:
    """The files of code to which a series adds lines, and nobody knows where: git put a hunk elsewhere."""
    diffs = (diff for patch in one.series.patches for diff in patch.diffs)
    adding = {diff.path for diff in diffs if any(hunk.count(b"+") for hunk in diff.hunks)}
    left = {change.path for change in one.changes if change.kind != ChangeKind.DELETED}
    return sorted(path for path in adding & left - one.written.keys() if _is_code(path))


def _is_code(path: str) -> bool:
    return path.startswith(BUILT) and path.endswith(_CODE)


def _recorded(suite: Suite, folder: Path) -> Suite:
    """The suite, whose tests leave their profiles below `folder`. What they wrote is of no interest."""
    recording = Recording(VARIABLE, (), str(folder), PATTERN)
    return replace(suite, recording=recording, captures=False)
