"""The command `harness`. Commands are loaded when they are called: start-up stays under 0.3 s."""

from __future__ import annotations

import importlib

import click

from harness import __version__
from harness.console.program import Group, run

COMMANDS = {
    "bisect": "Find the version of LLVM, the patch or the hunk that brings a failure.",
    "check": "Say what a patch fixes, breaks and leaves alone.",
    "ci-files": "Write CI for an LLVM fork: GitHub, GitLab, Buildkite, and a GitHub action.",
    "compile": "Apply series to an LLVM without archives and compile what they touch: no verdict.",
    "doctor": "Say what this machine and each LLVM can do, and what to type for the rest.",
    "fuzz": "Compile random functions with patch points, and check and run what comes out.",
    "history": "Show earlier runs, since when something is bad, what is flaky, and how long it takes.",
    "ir": "Write IR in the words of another LLVM.",
    "reach": "Say which tests enter a function, and what a test enters.",
    "report": "Make a test of a crash that someone reported: a mail, an issue, a CI log.",
    "matrix": "Evaluate the suite and series on many LLVMs: the grid, and what changed since the last run.",
    "plan": "Say what a check would build and run, and how long that takes; nothing is compiled.",
    "mutants": "Say which mistakes the suite notices: every mutant of patches/mutants, and the score.",
    "reduce": "Make a crash's case as small as it gets, with the same failure.",
    "repro": "Run a crash report, or a file of IR, on many LLVMs and say which have the crash.",
    "selftest": "Check overlay builds against LLVM's own tests.",
    "stackmap": "Show, verify and compare the stack maps of objects and executables.",
    "store": "Show what the store holds, make room in it, and check that it is whole.",
    "toolchain": "List, fetch and show LLVM toolchains.",
}


def module_of(name: str) -> str:
    """The module of a command in this package: `ci_files` for `ci-files`."""
    return name.replace("-", "_")


class _Lazy(Group):
    """A group whose commands are modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.{module_of(cmd_name)}").command
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
    """Run the command line."""
    run(app)
