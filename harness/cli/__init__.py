"""The command `harness`. Commands are loaded when they are called: start-up stays under 0.3 s."""

from __future__ import annotations

import importlib
import io
import sys

import click

from harness import __version__
from harness.cli.say import complain
from harness.errors import EXIT_ENVIRONMENT, HarnessError

COMMANDS = {
    "check": "Say what a patch fixes, breaks and leaves alone.",
    "compile": "Apply series to an LLVM without archives and compile what they touch: no verdict.",
    "doctor": "Say what this machine and each LLVM can do, and what to type for the rest.",
    "fuzz": "Compile random functions with patch points, and check and run what comes out.",
    "mutants": "Say which mistakes the suite notices: every mutant of patches/mutants, and the score.",
    "selftest": "Check overlay builds against LLVM's own tests.",
    "stackmap": "Show, verify and compare the stack maps of objects and executables.",
    "toolchain": "List, fetch and show LLVM toolchains.",
}
EXIT_INTERRUPTED = 130


class _Lazy(click.Group):
    """A group whose commands are modules of this package."""

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
    """Run the command line; the one place that prints errors of the harness."""
    from harness.process import exit_on_sigterm, kill_all

    exit_on_sigterm()
    try:
        app(standalone_mode=False)
    except HarnessError as error:
        complain(f"harness: error: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        complain(said.getvalue().rstrip("\n"))
        sys.exit(error.exit_code)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, click.Abort):
        kill_all()
        complain("harness: interrupted; what was finished is kept, run the command again to go on")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(EXIT_ENVIRONMENT)
