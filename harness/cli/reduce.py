"""`harness reduce`: a case made as small as it gets, with the same failure."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.cli.both_sides import SideOptions, list_sides
from harness.cli.cases import SUFFIXES, CaseReader, read_case_file
from harness.console.say import say_report
from harness.errors import UsageError
from harness.llvm import DEFAULT_MAJOR

if TYPE_CHECKING:
    from harness.desk.reduce.job import Reduction
    from harness.desk.reduce.record import ReduceReport
    from harness.desk.reduce.search import Effort
    from harness.desk.reduce.state import ReductionState
    from harness.desk.repro.llvms import Wanted
    from harness.desk.repro.run import LlvmPlace, Reproducer
    from harness.llvm import Toolchain
    from harness.model import Run
    from harness.progress import Progress
    from harness.runner.runs import Suite
    from harness.store import Store
    from harness.toolchain.provider import Provider


@click.command("reduce")
@click.argument("case")
@click.option(
    "--llvm",
    default=str(DEFAULT_MAJOR),
    show_default=True,
    metavar="N",
    help="On which LLVM: 19, wheel, wheel:0.47, system:14 or tree:DIR.",
)
@click.option(
    "--series",
    metavar="SERIES",
    help="On LLVM with a series, as given to check, or without it, with assertions enabled.",
)
@click.option("--run", "command_line", metavar="COMMAND", help="The command, such as 'opt -O2 | llc -O0'.")
@click.option("--output", "-o", type=options.FILE, help="The result [default: NAME.reduced.ll].")
@click.option("--mir", is_flag=True, help="Of llc, the machine IR before the pass that fails.")
@click.option("--seconds", type=options.Duration(), default=300, show_default=True, help="Time for it.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=3, show_default=True, help="Last runs.")
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source, to build a series from.")
@options.max_units
@options.jobs("Runs")
@options.record
@options.quiet
@options.sandbox
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    case: str,
    llvm: str,
    series: str | None,
    command_line: str | None,
    output: Path | None,
    mir: bool,
    seconds: float,
    repeat: int,
    source: Path | None,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Make CASE as small as it gets while it fails in the same way, and write it to a new file.

    CASE is what `harness repro` takes. When the time is up, or on Ctrl-C, the best case so far is
    written, and the same command goes on from there.

    Exit codes: 0 a smaller case is there; 1 the case does not fail; 2 bad input or usage; 3 the series does
    not apply or build; 4 the environment lacks something.
    """
    from harness.cli.progress import show_progress
    from harness.desk.reduce.search import Effort
    from harness.desk.repro.llvms import place_of, read_wanted

    wanted = read_wanted(llvm)
    content = read_case_file(case)
    given_output, output = output, output or Path(_name(case, mir=mir))
    state_file = output.with_name(output.name + ".state")
    inputs = [] if case == "-" else [case]
    reports.require({"-o": output, "--json": json_file, "its state": state_file}, inputs)
    store = options.open_enclosed(store_root)
    effort = Effort(seconds, repeat, jobs or options.default_jobs(), mir)
    begun = time.monotonic()
    with show_progress(quiet=quiet) as progress:
        provider = _find_one(store, wanted, llvm, progress)
        given = CaseReader(store, [provider], progress.step).take(case, content, command_line)
        work = _Work(store, provider, given.case, effort, state_file, progress)
        if series is None:
            place = place_of(provider)
            with provider.session() as toolchain:
                done = work.reduce(toolchain)
        else:
            test = Path(case) if command_line is None else None
            place, done = work.reduce_on_sides(series, SideOptions(store, source, max_units), test)
    if done.case is not None and given_output is None:
        output = output.with_suffix(Path(done.case.name).suffix)  # it need not be machine IR
    report = _report(done, place, output, time.monotonic() - begun, given.remarks)
    _deliver(done, report, output, json_file)
    if done.interrupted:
        raise KeyboardInterrupt
    sys.exit(report.exit_code)


def _name(case: str, *, mir: bool) -> str:
    path = Path(case)
    suffix = path.suffix if path.suffix in SUFFIXES and path.suffix != ".bc" else ".ll"
    suffix = ".mir" if mir else suffix
    return f"{'case' if case == '-' else path.stem}.reduced{suffix}"


def _find_one(store: Store, wanted: tuple[Wanted, ...], llvm: str, progress: Progress) -> Provider:
    from harness.desk.repro.llvms import find_llvms, place_of

    providers, _ = find_llvms(store, wanted, progress.step)
    if len(providers) > 1:
        names = ", ".join(place_of(one).name for one in providers)
        raise UsageError(f"--llvm {llvm}: a case is reduced on one LLVM, not on {names}", "name one of them")
    return providers[0]


@dataclass(frozen=True, slots=True)
class _Work:
    """What is reduced, how much that may take, and where it is kept meanwhile."""

    store: Store
    provider: Provider
    case: Reproducer
    effort: Effort
    state_file: Path
    progress: Progress

    def reduce(self, toolchain: Toolchain, control: LlvmPlace | None = None) -> Reduction:
        """The case on an LLVM. Raises EnvironmentLacksError if that lacks the tool."""
        from harness.desk.reduce.run import ReductionTools, reduce
        from harness.errors import EnvironmentLacksError

        if absent := next((step.tool for step in self.case.steps if step.tool not in toolchain.tools), ""):
            raise EnvironmentLacksError(
                f"{toolchain.provenance}: there is no {absent} in it", "give another LLVM to --llvm"
            )
        tools = ReductionTools(toolchain, self._reducers(toolchain), control)
        return reduce(self.case, tools, self.effort, self._state(toolchain), self.progress)

    def reduce_on_sides(
        self, series: str, sides: SideOptions, test: Path | None
    ) -> tuple[LlvmPlace, Reduction]:
        """The case on LLVM with a series, or without if only that fails; which of them it was.

        If it crashes on none, and `test` is in a suite, that is reduced as a test.
        """
        from harness.desk.bisect.probes import find_test
        from harness.desk.repro.run import Runs, reproduce
        from harness.runner.tool_names import tools_in_texts

        tools = tools_in_texts([(self.case.name, self.case.text)]) if test is not None else frozenset()
        tools |= {step.tool for step in self.case.steps}
        base, patched = list_sides(series, [self.provider], sides, tools, self.progress)
        seen = reproduce(self.case, (patched, base), Runs(1, 1), self.progress)
        suite = find_test(test, self.case.text) if test is not None else None
        if suite is not None and not any(one.reproduces for one in seen):
            return patched, self._reduce_test(suite, patched, base)
        failing, control = (
            (patched, base) if seen[0].reproduces or not seen[1].reproduces else (base, patched)
        )
        return failing, self.reduce(failing.find(), control)

    def _reduce_test(self, suite: Suite, patched: LlvmPlace, base: LlvmPlace) -> Reduction:
        from harness.desk.reduce.lit import LitSides, reduce_lit_test
        from harness.progress import Silent
        from harness.runner import runs
        from harness.runner.pool import Pool

        with Pool(1) as pool:

            def run(toolchain: Toolchain, suite: Suite) -> Run:
                return runs.run(toolchain, suite, Silent(), pool)

            toolchain = patched.find()
            lit = LitSides(suite, patched, base, run, self._reducers(toolchain))
            return reduce_lit_test(self.case, lit, self.effort, self._state(toolchain), self.progress)

    def _reducers(self, toolchain: Toolchain) -> list[LlvmPlace]:
        from harness.desk.reduce.reducers import find_reducers

        return find_reducers(self.store, self.provider, toolchain, self.progress.step)

    def _state(self, toolchain: Toolchain) -> ReductionState:
        from harness.desk.reduce.state import ReductionState

        return ReductionState(self.state_file, self.case, toolchain)


def _report(
    done: Reduction,
    place: LlvmPlace,
    output: Path,
    seconds: float,
    remarks: tuple[str, ...],
) -> ReduceReport:
    from harness import __version__
    from harness.desk.reduce.record import summarise

    return summarise(
        done,
        place.find(),
        tool_version=__version__,
        place=place.name,
        output=str(output),
        seconds=seconds,
        remarks=remarks,
    )


def _deliver(done: Reduction, report: ReduceReport, output: Path, json_file: Path | None) -> None:
    from harness.desk.reduce import record as reduce_record

    smallest = done.case
    reports.deliver(
        lambda: say_report(lambda console: reduce_record.write(report, console)),
        [
            (output if smallest is not None else None, lambda: smallest.text if smallest else b""),
            (json_file, lambda: reduce_record.encode(report)),
        ],
    )
