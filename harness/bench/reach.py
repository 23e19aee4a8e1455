"""What reach costs: a series judged by every test of LLVM's own that reaches it, against the work that takes.

Watched tools that note only the functions of a patch are compared with tools that note nothing, on our suite;
and `harness reach show` is asked for a function.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import process
from harness.bench.spent import Spent, spend
from harness.check.job import Job, both_sides, check, find_release
from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from harness.model import Series
from harness.process import scratch
from harness.progress import Silent
from harness.reach.map.store import KIND
from harness.reach.watch.make import watch
from harness.reach.watch.record import VARIABLE
from harness.reach.watch.values import Watched
from harness.runner import llvm_tests, runs
from harness.runner.mirror import Mirror
from harness.runner.recording import Recording
from harness.runner.runs import Suite
from harness.runner.selection import SuiteOptions
from harness.runner.tool_names import tools_of_suite
from harness.store import Store

FUNCTION = "15LowerPATCHPOINT"
SHOWN = "SelectionDAGBuilder::visitPatchpoint"
_EVERY = 100_000
# Plain lit with a build tree's configuration, as llvm-lit is one.
_LIT = "import json, sys; from lit.main import main; main(json.loads(sys.argv.pop(1)))"
_TWICE = 2


@dataclass(frozen=True, slots=True)
class EditedCheck:
    """A series edited and judged by so many of LLVM's own tests, all that reach it; and what that takes."""

    tests: int
    check: Spent
    build: Spent
    lit: Spent

    def __str__(self) -> str:
        takes = self.build.cpu + self.lit.cpu
        return (
            f"{self.check}, {self.check.cpu / takes:.2f} x compile and link ({self.build.cpu:.1f} s) "
            f"and plain lit ({self.lit.cpu:.1f} s)"
        )


def judge_by_reached(job: Job, maps: Store, edit: Callable[[Series], Series]) -> EditedCheck | None:
    """The job's series, edited, judged by all of LLVM's own tests that reach it; None if there is no map.

    The base is built and its tests have run, as after a first check. `edit` makes another series each time.
    """
    if (maps.root / KIND).is_dir() and maps.root != job.store.root:
        shutil.copytree(maps.root / KIND, job.store.root / KIND, dirs_exist_ok=True)
    (series,) = job.series
    reached = SuiteOptions((), job.options.jobs, reached=True, most=_EVERY)
    job = replace(job, suite_options=reached, reach=True, allow_unreached=True)
    check(job, Silent())
    first, second = edit(series), edit(edit(series))
    (report,) = check(replace(job, series=(first,)), Silent()).series
    names = sorted(
        one.name for one in report.verdicts if one.name.startswith(f"{llvm_tests.TESTS}/") and not one.own
    )
    if not names:
        return None
    checked = spend(lambda: check(replace(job, series=(second,)), Silent()))
    source = find_release(job, Silent()).source
    suite = llvm_tests.suite(job.provider.toolchain(), source.root, names, jobs=job.options.jobs)
    linked = replace(
        job, options=replace(job.options, tools=tools_of_suite(replace(suite, names=tuple(names))))
    )
    both_sides(replace(linked, series=(first,)), Silent())
    third = replace(linked, series=(edit(second),))
    sides: list[Toolchain] = []
    build = spend(lambda: sides.extend(both_sides(third, Silent())))
    return EditedCheck(len(names), checked, build, spend_lit(sides[1], suite, names))


def spend_lit(toolchain: Toolchain, suite: Suite, names: Sequence[str]) -> Spent:
    """What plain lit takes for tests of LLVM's own, in a copy of their folders."""
    with scratch.folder("bench") as folder:
        tools, source, site = folder / "bin", folder / "source", folder / "lit.site.cfg.py"
        tools.mkdir()
        for name, tool in toolchain.tools.items():
            if name not in toolchain.stale:
                (tools / name).symlink_to(tool)
        Mirror(suite.tree, source).add(names)
        site.write_text(suite.site)
        # lit looks a configuration up by its real path.
        config = (source / suite.prefix / "lit.cfg.py").resolve()
        given = {
            "config_map": {str(config): str(site)},
            "toolchain_bin": str(tools),
            "source": str(source),
            "exec_root": str(folder / "out"),
        }
        command = [sys.executable, "-c", _LIT, json.dumps(given), "-q", f"-j{suite.jobs}"]
        tests = [str(source / name) for name in names]
        ended: list[process.Completed] = []
        spent = spend(lambda: ended.append(process.run([*command, *tests], limits=process.BUILD_LIMITS)))
        if ended[0].returncode not in {0, 1}:  # 1: tests failed, as they may
            raise UsageError("plain lit does not run", "run it by hand", ended[0].text[-2000:])
        return spent


def watch_few(job: Job) -> tuple[Spent, Spent]:
    """The suite on base's tools, and on copies that note the entries into one function of a patch."""
    suite = job.suite_options.suites[0]
    base, _ = both_sides(job, Silent())
    compiler = find_release(job, Silent()).prebuilt.cc
    few: list[Watched] = []
    for name in ("llc", "lli"):
        whole = watch(job.store, base.tools[name], compiler)
        if not isinstance(whole, Watched):
            raise EnvironmentLacksError(f"{name} cannot be watched: {whole.why}", "see docs/reach.md")
        only = {one for found in whole.functions for one in found.names if FUNCTION in one.name}
        copy = watch(job.store, base.tools[name], compiler, only=only)
        assert isinstance(copy, Watched)
        few.append(copy)
    watched = replace(base, tools={**base.tools, **{one.tool.name: one.tool for one in few}})
    files = tuple((one.record, one.record_size) for one in few)

    def run_watched() -> None:
        with scratch.folder("bench") as folder:
            runs.run(watched, replace(suite, recording=Recording(VARIABLE, files, str(folder))), Silent())

    pairs = [(spend(lambda: runs.run(base, suite, Silent())), spend(run_watched)) for _ in range(_TWICE)]
    plain, noting = (min(side, key=lambda one: one.cpu) for side in zip(*pairs, strict=True))
    return plain, noting


def show_function(maps: Store) -> Spent:
    """`harness reach show` of a function, from the maps of a store."""
    command: list[str | Path] = [Path(sys.executable).parent / "harness", "reach", "show", SHOWN]
    command += ["--store", maps.root]
    return min((spend(lambda: process.run(command)) for _ in range(_TWICE)), key=lambda one: one.cpu)
