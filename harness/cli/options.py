"""Options that several commands share."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.artifacts.place import ENDPOINT, URL
from harness.artifacts.settings import open_artifacts
from harness.errors import EnvironmentLacksError, UsageError
from harness.history.run import PLACE
from harness.llvm import DEFAULT_MAJOR
from harness.process.sandbox import NO_SANDBOX, VARIABLE, Mode
from harness.store import Store, default_root
from harness.toolchain.registry import DEFAULT, default_kind, kinds, named_kinds

if TYPE_CHECKING:
    from harness.toolchain.provider import Request

F = TypeVar("F", bound=Callable[..., Any])
_SHOWN = 40
_AGES = {"h": 3600, "d": 86400, "w": 7 * 86400}
FILE = click.Path(path_type=Path, dir_okay=False, writable=True)


class Duration(click.FloatRange):
    """A number above 0. Not `nan`, which no range refuses and no clock reaches, nor `inf`."""

    def __init__(self) -> None:
        super().__init__(0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Raise click.BadParameter if it is not one."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def parse_age(text: str) -> float | None:
    """The seconds of `36h`, `7d` or `4w`; None of anything else."""
    found = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    return float(found[1]) * _AGES[found[2]] if found is not None else None


class Age(click.ParamType[float]):
    """Seconds: `36h`, `7d`, `4w`."""

    name = "AGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Raise click.BadParameter if it is not one."""
        if (age := parse_age(str(value))) is None:
            self.fail(f"{value} is not an age: give 36h, 7d or 4w", param, ctx)
        return age


class ToolchainKind(click.Choice[str]):
    """A kind of toolchain, or `wheel:0.47`, a version of llvmlite."""

    def __init__(self) -> None:
        super().__init__(kinds())

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raise click.BadParameter if it is not one."""
        kind, colon, _ = str(value).partition(":")
        if colon and kind in named_kinds():
            return str(value)
        return str(super().convert(value, param, ctx))


def store(function: F) -> F:
    """`--store DIR --artifacts URL --artifacts-endpoint URL`."""
    for option in (
        _setting(ENDPOINT, "--artifacts-endpoint", "The S3-compatible server of --artifacts"),
        _setting(URL, "--artifacts", "Where machines share what they made: a folder, or s3://bucket/prefix"),
        click.option(
            "--store",
            "store_root",
            type=click.Path(path_type=Path, file_okay=False),
            help="Where builds and downloads are kept [default: HARNESS_STORE, or the user's cache].",
        ),
    ):
        function = option(function)
    return function


def _setting(variable: str, name: str, text: str) -> Callable[[F], F]:
    """An option that stands for a variable of the environment: processes that a command starts see it too."""

    def keep(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
        if value is not None:
            os.environ[variable] = value

    return click.option(
        name, metavar="URL", expose_value=False, callback=keep, help=f"{text} [default: {variable}]."
    )


def sandbox(function: F) -> F:
    """`--no-sandbox`, for commands that run what a patch, a test or a report brings.

    They open their store with `open_enclosed`.
    """

    def choose(_context: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            os.environ[VARIABLE] = Mode.OFF.value

    return click.option(
        NO_SANDBOX,
        is_flag=True,
        expose_value=False,
        callback=choose,
        help=f"Run what patches and tests bring with all of your rights [default: {VARIABLE}].",
    )(function)


def open_store(root: Path | None) -> Store:
    """The store a command was given."""
    return Store(root.absolute() if root else default_root(), open_artifacts())


def open_enclosed(root: Path | None) -> Store:
    """The store of a command that runs what others bring, once it is known what encloses that.

    Raises EnvironmentLacksError if nothing can.
    """
    from harness.toolchain.enclosing import require_sandbox

    opened = open_store(root)
    require_sandbox(opened)
    return opened


def toolchain(function: F) -> F:
    """`--toolchain KIND --llvm N --prefix DIR`."""
    for option in (
        click.option("--prefix", type=click.Path(path_type=Path), help="An install prefix or build tree."),
        click.option(
            "--llvm",
            metavar="N",
            help=f"LLVM's version, such as 19 or 19.1.7, or trunk [default: {DEFAULT_MAJOR}].",
        ),
        click.option(
            "--toolchain",
            "kind",
            type=ToolchainKind(),
            help=f"Where LLVM comes from [default: {DEFAULT}, or {default_kind(Path())} with --prefix].",
        ),
    ):
        function = option(function)
    return function


def packaged_kind_option(function: F) -> F:
    """`--toolchain KIND`, for the kinds that a version number completes."""
    option = click.option(
        "--toolchain",
        "kind",
        type=click.Choice(kinds(packaged=True)),
        default=DEFAULT,
        show_default=True,
        help="Where LLVM comes from.",
    )
    return option(function)


def request(kind: str | None, llvm: str | None, prefix: Path | None) -> Request:
    """The LLVM that `--toolchain`, `--llvm` and `--prefix` ask for. Raises UsageError."""
    from harness.toolchain.provider import TRUNK, Request

    kind, _, named = (kind or default_kind(prefix)).partition(":")
    if llvm == TRUNK:
        return Request(kind, None, prefix, named=TRUNK)
    return Request(kind, major(llvm), prefix, named=named)


def jobs(what: str) -> Callable[[F], F]:
    """`--jobs N`: how many of `what` to run at once."""
    return click.option("--jobs", "-j", type=click.IntRange(1, 256), help=f"{what} at once.")


def builder(function: F) -> F:
    """`--source WHERE --builder WHO`."""
    for option in (
        click.option(
            "--builder", type=click.Choice(("auto", "overlay", "full")), default="auto", show_default=True
        ),
        click.option(
            "--source",
            type=click.Path(path_type=Path),
            help="LLVM's source: a git checkout or a tarball.",
        ),
    ):
        function = option(function)
    return function


def tests(function: F) -> F:
    """`--suite DIR --filter REGEX --grep REGEX`."""
    for option in (
        click.option(
            "--grep", "text", metavar="REGEX", help="Of LLVM's own tests, only those whose text matches."
        ),
        click.option("--filter", "pattern", metavar="REGEX", help="Only tests whose name matches."),
        click.option(
            "--suite",
            "suites",
            multiple=True,
            metavar="DIR",
            help="A lit suite, upstream:CodeGen/X86 for LLVM's own tests there, or upstream:reached for "
            "those that enter what SERIES changes [default: lit-tests and upstream:reached].",
        ),
    ):
        function = option(function)
    return function


def max_units(function: F) -> F:
    """`--max-units N`."""
    option = click.option(
        "--max-units",
        type=click.IntRange(1, 10_000),
        default=64,
        show_default=True,
        metavar="N",
        help="Build a series in full if it touches more than N units.",
    )
    return option(function)


def history(function: F) -> F:
    """`--history WHERE`."""
    option = click.option(
        "--history",
        metavar="WHERE",
        envvar=PLACE,
        help="Where runs are recorded: a file, a URL such as postgresql://host/name, or none "
        f"[default: {PLACE}, or history.sqlite in the store].",
    )
    return option(function)


def quiet(function: F) -> F:
    """`--quiet`."""
    return click.option("--quiet", "-q", is_flag=True, help="Show no progress.")(function)


def record(function: F) -> F:
    """`--json FILE`."""
    return click.option("--json", "json_file", type=FILE, help="Write the record of everything.")(function)


def major(llvm: str | None) -> int | None:
    """`19.1.7` -> 19; None of `trunk`, whose version is not known. Raises UsageError."""
    from harness.toolchain.provider import TRUNK

    if llvm is None or llvm == TRUNK:
        return None
    return version_number(llvm, "--llvm")


def version_number(text: str, option: str) -> int:
    """The major of `19.1.7`. Raises UsageError."""
    if not re.fullmatch(r"[0-9]{1,3}([.][0-9]{1,3}){0,2}", text):
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        raise UsageError(f"{option} {shown}: not a version", "give a number such as 19 or 19.1.7")
    return int(text.partition(".")[0])


def require_version(llvm: str | None, version: str, kind: str) -> None:
    """Raise EnvironmentLacksError unless `version` begins with what `--llvm` asks for."""
    from harness.toolchain.provider import TRUNK

    number = version.partition("~")[0]
    if llvm not in {None, TRUNK} and not f"{number}.".startswith(f"{llvm}."):
        raise EnvironmentLacksError(
            f"--llvm {llvm}: the toolchain {kind} has LLVM {version} here",
            f"use --llvm {version}, or run 'harness toolchain list' for what there is",
        )


def pattern(text: str | None, option: str = "--filter") -> str:
    """The option's value, or an empty string. Raises UsageError if it is not a regular expression."""
    try:
        re.compile(text or "")
    except re.error as error:
        raise UsageError(f"{option} {text}: {error}", "give a regular expression of Python") from None
    return text or ""


def default_jobs() -> int:
    """As many compilers or tests at once as there are processors for this process."""
    return len(os.sched_getaffinity(0))
