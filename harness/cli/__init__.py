"""The command `harness`. Commands are loaded when they are called: start-up stays under 0.3 s."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from harness import __version__
from harness.cli.say import ReaderGoneError, complain
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, UsageError

COMMANDS = {
    "check": "Say what a patch fixes, breaks and leaves alone.",
    "compile": "Apply series to an LLVM without archives and compile what they touch: no verdict.",
    "doctor": "Say what this machine and each LLVM can do, and what to type for the rest.",
    "fuzz": "Compile random functions with patch points, and check and run what comes out.",
    "plan": "Say what a check would build and run, and how long that takes; nothing is compiled.",
    "mutants": "Say which mistakes the suite notices: every mutant of patches/mutants, and the score.",
    "selftest": "Check overlay builds against LLVM's own tests.",
    "stackmap": "Show, verify and compare the stack maps of objects and executables.",
    "toolchain": "List, fetch and show LLVM toolchains.",
}
EXIT_INTERRUPTED = 130


@contextmanager
def _pipes_are_ours() -> Iterator[None]:
    """Keep broken pipes from click, which ends the program with code 1 for any of them."""
    from harness.cli.streams import reader_gone
    from harness.faults import explained

    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError if reader_gone() else explained(error) from error


class _Lazy(click.Group):
    """A group whose commands are modules of this package."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _pipes_are_ours():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _pipes_are_ours():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
def app() -> None:
    """A patch goes in, a verdict comes out: LLVM without and with it, the same tests, what changed.

    Exit codes: 0 every claim holds and nothing regressed; 1 a verdict says no; 2 bad input or usage;
    3 the patch does not apply or build; 4 the environment lacks something.
    """


def main() -> None:
    """Run the command line; the one place that prints errors of the harness and ends with their code."""
    from harness.cli import streams
    from harness.process import exit_on_sigterm

    streams.prepare()
    exit_on_sigterm()
    code = _code()
    streams.settle()
    sys.exit(code)


def _code() -> int:
    """Run the command and say what is wrong with it; the exit code."""
    try:
        _require_place()
        app(standalone_mode=False)
    except SystemExit as end:
        # Whoever ends a program with a text means an error.
        return end.code if isinstance(end.code, int) else EXIT_OK if end.code is None else EXIT_ENVIRONMENT
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except Exception as error:
        return _told(error)
    return EXIT_OK


def _told(error: Exception) -> int:
    """Say what is wrong. Whatever it is, the code is not 1, which is that of a verdict."""
    from harness.faults import explained

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        said = io.StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        return error.exit_code
    if isinstance(error, ReaderGoneError):
        return EXIT_ENVIRONMENT
    known = explained(error)
    complain(f"harness: error: {known}")
    return known.exit_code


def _require_place() -> None:
    """Raise UsageError if the folder this runs in was removed: nothing below it can be named."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise UsageError("the folder this runs in was removed", "change to one that is there") from None


def _interrupted() -> int:
    from harness.process import kill_all

    kill_all()
    complain("harness: interrupted; what was finished is kept, run the command again to go on")
    return EXIT_INTERRUPTED
