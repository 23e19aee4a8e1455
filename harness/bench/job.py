"""`make bench`: ratios measured in one run.

Absolute times differ from machine to machine and from hour to hour; what is stated are ratios of times
measured one after the other: patch-to-verdict against the bare compile time of the touched units at the
same flags, the suite against its bare tools and plain `lit` with LLVM's own FileCheck. For these three,
processor time is measured too, which does not depend on what else runs.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from harness import process, resources
from harness.bench.matrix import run_matrix
from harness.bench.reach import judge_by_reached, show_function, watch_few
from harness.bench.selection import selection_time
from harness.bench.series import judge_all
from harness.bench.spent import Spent, spend
from harness.builders.graph import configure, graph_key
from harness.builders.jail import Environment
from harness.builders.objects import Compiler
from harness.builders.request import Options, Side
from harness.check.job import Job, check, find_release
from harness.console.say import say
from harness.errors import EXIT_OK, UsageError
from harness.faults import run_program
from harness.model import Series
from harness.patch import FileDiff, net_changes
from harness.process import scratch
from harness.progress import Silent
from harness.runner import discovery, lit_internals, runs
from harness.runner.bounds import BOUNDS
from harness.runner.discovery import JobSpec
from harness.runner.runs import Suite
from harness.runner.selection import SuiteOptions
from harness.series.catalogue import Catalogue
from harness.series.load import load, load_all
from harness.store import Store, default_root
from harness.toolchain.provider import Provider, Request
from harness.toolchain.registry import DEFAULT, resolve

SERIES = "x86-undersized-patchpoint"
_LLVMS = ("14", "15", "16", "18", "19", "22")
# What lit puts in front of a RUN line, and a check at its end.
_DEBUG = re.compile(r"%dbg\([^)]*\)")
_CHECKED = re.compile(r"\| *(?:not +)?FileCheck\b[^|&;]*")


def main(given: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m harness.bench.job", description=__doc__)
    parser.add_argument("--llvm", type=int, default=19)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args(given)
    _bench(arguments.llvm, arguments.jobs)
    return EXIT_OK


def _bench(major: int, jobs: int) -> None:
    fetched = Store(default_root())
    provider = resolve(fetched, Request(DEFAULT, major, None), say)
    fetch = _timed(lambda: (provider.prebuilt(), provider.source()))
    with tempfile.TemporaryDirectory(dir=fetched.root, prefix="bench-") as folder:
        # A store of its own: what was downloaded is the provider's, and nothing that was built is in it.
        job = _job(Store(Path(folder)), provider, jobs)
        cold = _timed(lambda: _checked(job))
        bare = _bare_compile(job)
        warm = _timed(lambda: _checked(replace(job, series=(_edited(job.series[0]),))))
        hot = _timed(lambda: _checked(job))
        suite, plain, bare_tools = _suite_times(job)
        reached = judge_by_reached(job, fetched, _edited)
        unwatched, few = watch_few(job)
    matrix = run_matrix(fetched, jobs, _LLVMS)
    with tempfile.TemporaryDirectory(dir=fetched.root, prefix="bench-") as folder:
        stores = Store(Path(folder) / "all"), Store(Path(folder) / "bare")
        every = judge_all(_all_series(replace(job, store=stores[0])), stores[1])
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows = [
        ("fetch and unpack (0: the store has it)", f"{fetch:.1f} s"),
        ("cold: nothing built", f"{cold:.1f} s, {cold / bare:.2f} x the bare compile"),
        ("warm: the series edited", f"{warm:.1f} s, {warm / bare:.2f} x the bare compile"),
        ("hot: nothing changed", f"{hot:.1f} s, the suite and {hot - suite.wall:.1f} s"),
        ("bare compile of the touched units", f"{bare:.1f} s"),
        ("the suite on one toolchain", f"{suite} ({suite.cpu / bare_tools.cpu:.2f} x the bare tools)"),
        ("the bare tools of its RUN lines", str(bare_tools)),
        ("plain lit with LLVM's FileCheck", str(plain)),
        ("choosing from maps of 30,000 tests", f"{selection_time():.3f} s of processor time"),
        (
            f"edited, with {reached.tests if reached else 'all'} of LLVM's own tests",
            str(reached or "no map: harness reach build --suite upstream:CodeGen/X86"),
        ),
        (
            "the suite, one function watched",
            f"{few} ({few.cpu / unwatched.cpu:.2f} x without: {unwatched.cpu:.1f} s)",
        ),
        ("harness reach show, of a function", str(show_function(fetched))),
        (f"all {every.series} series, nothing built", str(every)),
        (f"a matrix of the suite on {len(_LLVMS)} LLVMs", str(matrix)),
        ("the largest process", f"{memory:.0f} MiB"),
    ]
    say(f"series {SERIES} on LLVM {provider.prebuilt().version}, {jobs} jobs")
    for what, figure in rows:
        say(f"{what:<40} {figure}")


def _timed(work: Callable[[], object]) -> float:
    return spend(work).wall


def _checked(job: Job) -> None:
    """Run the job; a verdict that says no would make its time worthless."""
    report = check(job, Silent())
    if not report.ok:
        why = "; ".join(one.conclusion for one in report.series)
        raise UsageError(f"{SERIES}: {why}", "run 'harness check' to see why")


def _job(store: Store, provider: Provider, jobs: int) -> Job:
    version = provider.prebuilt().version
    top = resources.find()
    patches = top / "patches"
    series = load(SERIES, catalogue=Catalogue(patches), version=version, repo=None, stdin=bytes)
    suite = Suite(top / "lit-tests", jobs)
    return Job(store, provider, (series,), SuiteOptions((suite,), jobs), Options(jobs=jobs), "overlay")


def _all_series(job: Job) -> Job:
    """The job of `make check`."""
    catalogue = Catalogue(resources.find() / "patches")
    every = load_all(catalogue, job.provider.prebuilt().version)
    series = tuple(one for one in every if one.patches)
    options = replace(job.suite_options, reached=True)
    return replace(job, series=series, suite_options=options, builder="auto", reach=True)


def _edited(series: Series) -> Series:
    """The series with a comment after the first line it adds to a unit."""
    first, *others = series.patches
    unit = next(diff for diff in first.diffs if diff.path.endswith(".cpp"))
    diffs = tuple(_commented(diff) if diff is unit else diff for diff in first.diffs)
    return replace(series, patches=(replace(first, diffs=diffs), *others))


def _commented(diff: FileDiff) -> FileDiff:
    """The diff with a comment after the first line that it adds."""
    lines = list(diff.hunks[0].lines)
    at = next(index for index, line in enumerate(lines) if line.startswith(b"+"))
    lines[at] += b" // edited"
    return replace(diff, hunks=(replace(diff.hunks[0], lines=tuple(lines)), *diff.hunks[1:]))


def _bare_compile(job: Job) -> float:
    """The compiler alone on the touched units, at the harness' flags, as many at once."""
    release = find_release(job, Silent())
    base = Side.base(release.source)
    changed = (change.path for change in net_changes(job.series[0].patches))
    touched = {path for path in changed if path.endswith(".cpp")}
    key = graph_key(release, job.options)
    with (
        configure(job.store, release, job.options, Silent()) as graph,
        scratch.folder("bench") as folder,
    ):
        compiler = Compiler(job.store, key, graph.build, base, graph.enclosure)
        commands = []
        for number, unit in enumerate(sorted(touched)):
            aside = folder / str(number)
            aside.mkdir()
            commands.append(compiler.argv(graph.commands[unit], base, aside, asserts=True))
        start = time.monotonic()
        with ThreadPoolExecutor(job.options.jobs) as pool:
            for done in pool.map(lambda argv: _run(argv, graph.build, graph.env), commands):
                assert done.ok, done.text
        return time.monotonic() - start


def _run(argv: list[str], cwd: Path, env: Environment) -> process.Completed:
    return process.run(argv, cwd=cwd, env=env, limits=process.BUILD_LIMITS)


def _suite_times(job: Job) -> tuple[Spent, Spent, Spent]:
    """The suite by the harness, by plain `lit` with the toolchain's own FileCheck, and its tools alone."""
    toolchain, suite = job.provider.toolchain(), job.suite_options.suites[0]
    ours = spend(lambda: runs.run(toolchain, suite, Silent()))
    with scratch.folder("bench") as folder:
        # All of them, emulators too, which are not beside llc.
        tools = folder / "bin"
        tools.mkdir()
        for name, tool in toolchain.tools.items():
            (tools / name).symlink_to(tool)
        plain = spend(lambda: _plain_lit(suite, tools, job.options.jobs))
        scripts = _scripts(suite.root, tools, folder)
        with ThreadPoolExecutor(job.options.jobs) as pool:
            # That some tests fail is what they are for.
            bare = spend(
                lambda: list(pool.map(lambda script: process.run(["sh", script], cwd=folder), scripts))
            )
        return ours, plain, bare


def _plain_lit(suite: Suite, tools: Path, jobs: int) -> None:
    options = ["-q", f"-j{jobs}", "--param", "filecheck=llvm", "--param", f"exec_root={tools.parent / 'out'}"]
    command: list[str | Path] = [Path(sys.executable).parent / "lit", *options, suite.root]
    done = process.run(command, env={"PATH": f"{tools}:/usr/bin:/bin"}, limits=process.BUILD_LIMITS)
    if not done.ok:
        raise UsageError("plain lit is not green", f"run: lit {suite.root}", done.text[-2000:])


def _scripts(root: Path, tools: Path, scratch: Path) -> list[Path]:
    """A shell script of every test that is not unsupported: its RUN lines, nobody checks what they write."""
    params = {"toolchain_bin": str(tools), "bounded": "1"}
    spec = JobSpec(str(root), str(scratch), params, "llvm", expectations=False)
    config = discovery.lit_config(spec)
    made = []
    for number, test in enumerate(discovery.discover(config, spec).values()):
        commands = lit_internals.commands_of(test)
        if not commands:
            continue
        # Into a file, where the bound on its size holds: some tests are there because they write without end.
        bare = (_CHECKED.sub(f" > {number}.written", _DEBUG.sub(": ;", line)) for line in commands)
        # The test's own bounds, as a shell says them (file sizes in blocks of 512 bytes).
        most = BOUNDS.of_config(lit_internals.max_output_mib(test.config)).of_program
        bounds = f"ulimit -t {most.cpu}; ulimit -v {most.memory // 1024}; ulimit -f {most.output // 512}"
        script = scratch / f"{number}.sh"
        script.write_text(f"{bounds}\nPATH={tools}:/usr/bin:/bin\n" + " &&\n".join(bare) + "\n")
        made.append(script)
    return made


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
