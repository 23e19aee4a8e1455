"""`harness repro`: a crash report, or a file of IR, on every LLVM there is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options, reports
from harness.console.say import say_report
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.desk.record import ReproReport
    from harness.desk.repro import LlvmPlace, Reproducer
    from harness.llvm import Toolchain
    from harness.progress import Progress
    from harness.store import Store
    from harness.toolchain.provider import Provider

# A report of which nobody reads every line.
_MOST_INPUT = 64 << 20


@click.command("repro")
@click.argument("case")
@click.option(
    "--llvm",
    default="19",
    show_default=True,
    metavar="LIST",
    help="On which LLVMs: 19, 13..22, wheel:*, system:14 or tree:DIR, with commas between.",
)
@click.option(
    "--series",
    "series",
    multiple=True,
    metavar="SERIES",
    help="Also on LLVM without and with a series, as given to check, with assertions enabled.",
)
@click.option("--run", "command_line", metavar="COMMAND", help="The command, such as 'opt -O2 | llc -O0'.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=3, show_default=True, help="Runs on each.")
@click.option("--source", type=click.Path(path_type=Path), help="LLVM's source, to build a series from.")
@click.option("--bundle", "bundle_file", type=options.FILE, help="Write a .tar.gz to send to somebody.")
@click.option("--issue", "issue_file", type=options.FILE, help="Write the text of a bug report for LLVM.")
@options.max_units
@options.jobs("Runs")
@options.record
@options.quiet
@options.store
def command(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    case: str,
    llvm: str,
    series: tuple[str, ...],
    command_line: str | None,
    repeat: int,
    source: Path | None,
    bundle_file: Path | None,
    issue_file: Path | None,
    max_units: int,
    jobs: int | None,
    json_file: Path | None,
    quiet: bool,
    store_root: Path | None,
) -> None:
    """Run CASE on each LLVM and say which of them has its crash.

    CASE is a file of IR (.ll, .mir, .bc), a lit test, or the text of a report; - is a report on standard
    input. Without --run, the command is that of the report or of the RUN lines.

    Exit codes: 0 one of them has the crash; 1 none has it; 2 bad input or usage; 3 a series does not apply
    or build; 4 the environment lacks something.
    """
    from harness import __version__
    from harness.cli.progress import show_progress
    from harness.desk import record
    from harness.desk.given import read_given
    from harness.desk.llvms import find_llvms, read_wanted
    from harness.desk.repro import LlvmPlace, Runs, reproduce

    wanted = read_wanted(llvm)
    given = read_given(case, _read(case), command_line)
    store = options.open_store(store_root)
    files = {"--json": json_file, "--bundle": bundle_file, "--issue": issue_file}
    reports.require(files, [] if case == "-" else [case])
    how = Runs(repeat, jobs or options.default_jobs())
    with show_progress(quiet=quiet) as progress:
        providers, notes = find_llvms(store, wanted, progress.step)
        places = [LlvmPlace(f"{one.kind} {one.major}", one.toolchain) for one in providers]
        sides = _Sides(store, source, max_units, frozenset(step.tool for step in given.case.steps), progress)
        places += [side for name in series for side in sides.places(name, providers)]
        found = reproduce(given.case, places, how, progress)
    remarks = [*given.remarks, *notes]
    done = record.ReproReport(
        *(__version__, given.case.name, given.case.command, given.case.expected, found), tuple(remarks)
    )
    _deliver(given.case, done, json_file, bundle_file, issue_file)
    sys.exit(done.exit_code)


def _deliver(
    case: Reproducer,
    done: ReproReport,
    json_file: Path | None,
    bundle_file: Path | None,
    issue_file: Path | None,
) -> None:
    from harness.desk import record
    from harness.desk.bundle import make_bundle
    from harness.desk.issue import write_issue

    seen = next((one.observation.signature for one in done.hits), None)
    if seen is None and (unwritten := bundle_file or issue_file):
        bundle_file = issue_file = None
        done = replace(done, remarks=(*done.remarks, f"{unwritten} is not written: nothing was reproduced"))
    expected = case.expected or seen
    reports.deliver(
        lambda: say_report(lambda console: record.write(done, console)),
        [
            (json_file, lambda: record.encode(done)),
            (bundle_file, lambda: make_bundle(case, done, expected) if expected is not None else b""),
            (issue_file, lambda: write_issue(case, done)),
        ],
    )


def _read(case: str) -> bytes:
    """The bytes of the case. Raises UsageError."""
    if case == "-":
        data = sys.stdin.buffer.read(_MOST_INPUT + 1)
    else:
        path = Path(case)
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_INPUT + 1)
        except OSError as error:
            raise UsageError(f"{case}: {error.strerror}", "name a file of IR or a report, or -") from None
    if len(data) > _MOST_INPUT:
        raise UsageError(f"{case}: more than {_MOST_INPUT >> 20} MiB", "cut out what is about the crash")
    return data


class _Sides:
    """LLVM without and with a series."""

    def __init__(
        self, store: Store, source: Path | None, max_units: int, tools: frozenset[str], progress: Progress
    ) -> None:
        self._store = store
        self._source = source
        self._max_units = max_units
        self._tools = tools
        self._progress = progress

    def places(self, name: str, providers: list[Provider]) -> Iterator[LlvmPlace]:
        """Both sides of a series, over each LLVM that a patch can be built into. Raises what keeps them."""
        from harness.desk.repro import LlvmPlace

        buildable = [one for one in providers if one.buildable]
        if not buildable:
            raise UsageError(
                f"--series {name}: no patch can be built into any of these LLVMs", "add 19 to --llvm"
            )
        for provider in buildable:
            sides = self._build(name, provider)
            for side, what in zip(sides, ("assertions", name), strict=True):
                yield LlvmPlace(f"{provider.kind} {provider.major} with {what}", partial(_itself, side))

    def _build(self, name: str, provider: Provider) -> tuple[Toolchain, Toolchain]:
        from harness.builders.request import Options
        from harness.check.job import Job, both_sides
        from harness.cli.series import load_given
        from harness.runner.selection import SuiteOptions

        given = load_given((name,), provider.prebuilt().version, self._source, self._progress)
        build = Options(jobs=options.default_jobs(), max_units=self._max_units, tools=self._tools)
        where = (self._source, given.revision)
        job = Job(self._store, provider, given.series, SuiteOptions(), build, "auto", *where)
        return both_sides(job, self._progress)


def _itself(toolchain: Toolchain) -> Toolchain:
    return toolchain
