"""The two tools by name, and what they have in common from the command line to the exit status."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from harness.model import REFUSALS
from harness.toolchain.wheel import embedded, llc, lli
from harness.toolchain.wheel.commandline import Arity, CommandLine, OptionError, UnsupportedOptionError, read
from harness.toolchain.wheel.embedded import ToolError, UnsupportedError
from harness.toolchain.wheel.options import LLC, LLI

# Beside the commands: the folder of an llvmlite that is not the installed one.
PACKAGE = ".llvmlite"


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool's own options, what it does with a command line, and whether it passes arguments on.

    `work` raises OptionError or ToolError; `version` is what --version prints.
    """

    own: Mapping[str, Arity]
    work: Callable[[CommandLine], int]
    version: Callable[[], str]
    program_arguments: bool = False


def _without_targets() -> str:
    return embedded.version_text().split("\n\n", 1)[0] + "\n"


_TOOLS = {
    "llc": _Tool(LLC, llc.work, embedded.version_text),
    "lli": _Tool(LLI, lli.work, _without_targets, program_arguments=True),
}


def _status(name: str, argv: Sequence[str]) -> int:
    """Run a tool with the arguments after its name; the exit status. LLVM may end the process instead."""
    embedded.become(name)
    tool = _TOOLS[name]
    try:
        line = read(name, argv, tool.own, embedded.arity, program_arguments=tool.program_arguments)
        if line.has("version"):
            os.write(1, tool.version().encode())
            return 0
        return tool.work(line)
    except (UnsupportedOptionError, UnsupportedError) as error:
        _say_lacking(name, error.what)
        os.write(2, str(error).encode("utf-8", "surrogateescape"))
        return 1
    except OptionError as error:
        os.write(2, str(error).encode("utf-8", "surrogateescape"))
        return 1
    except ToolError as error:
        os.write(2, error.text.encode("utf-8", "surrogateescape"))
        return error.status


def _say_lacking(name: str, what: str) -> None:
    """Tell the harness, if it runs this, that what follows is not an answer of LLVM's."""
    if place := os.environ.get(REFUSALS):
        with contextlib.suppress(OSError), open(place, "a") as said:  # noqa: PTH123 - as elsewhere here
            said.write(f"needs {what} of {name}, which this toolchain cannot do\n")


def choose_package(directory: str) -> None:
    """Import the llvmlite that the commands in a folder are for, not the installed one."""
    place = os.path.join(directory, PACKAGE)  # noqa: PTH118 - a tool's first step
    if os.path.islink(place):  # noqa: PTH114 - as above
        sys.path.insert(0, os.path.realpath(place))


def main(tool: str, argv: Sequence[str]) -> NoReturn:
    """Be the tool: this process ends with its status."""
    embedded.leave(_status(tool, argv))
