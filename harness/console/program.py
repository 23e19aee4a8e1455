"""A click command as a program: the one place that prints errors of the harness and ends with their code."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from harness.console import streams
from harness.console.say import ReaderGoneError, complain
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, UsageError

EXIT_INTERRUPTED = 130


@contextmanager
def _pipes_are_ours() -> Iterator[None]:
    """Keep broken pipes from click, which ends the program with code 1 for any of them."""
    from harness.faults import explain_fault

    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError if streams.reader_gone() else explain_fault(error) from error


class Group(click.Group):
    """A group of commands that can be a program."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click's, but for broken pipes."""
        with _pipes_are_ours():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's, but for broken pipes."""
        with _pipes_are_ours():
            return super().invoke(ctx)


def run(command: Group, name: str | None = None) -> NoReturn:
    """Run a command with this program's arguments, print what is wrong, and end with the exit code.

    `name` is the program's in help texts, by default that of the started file.
    """
    from harness.process import exit_on_sigterm

    # Hundreds of thousands of small values live to the end, and hold no cycles: to look for these again and
    # again took a tenth of the time.
    gc.set_threshold(100_000, 20, 100)
    streams.prepare()
    exit_on_sigterm()
    code = _code(command, name)
    streams.settle()
    sys.exit(code)


def _code(command: Group, name: str | None) -> int:
    """Run the command and print what is wrong; the exit code."""
    try:
        _require_place()
        command(prog_name=name, standalone_mode=False)
    except SystemExit as end:
        # sys.exit with a text means an error.
        return end.code if isinstance(end.code, int) else EXIT_OK if end.code is None else EXIT_ENVIRONMENT
    except (KeyboardInterrupt, click.Abort):
        return _interrupt()
    except Exception as error:
        return _complain_of(error)
    return EXIT_OK


def _complain_of(error: Exception) -> int:
    """Print an error; the exit code. It is never 1, which means that a verdict says no."""
    from harness.faults import explain_fault

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        said = io.StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        return error.exit_code
    if isinstance(error, ReaderGoneError):
        return EXIT_ENVIRONMENT
    known = explain_fault(error)
    complain(f"harness: error: {known}")
    return known.exit_code


def _require_place() -> None:
    """Raise UsageError if the current directory was removed: nothing below it can be named."""
    try:
        Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current directory was removed", "cd to one that exists") from None


def _interrupt() -> int:
    from harness.process import kill_all

    kill_all()
    complain("harness: interrupted; what was finished is kept, run the command again to go on")
    return EXIT_INTERRUPTED
