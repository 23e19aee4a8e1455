"""Command lines as LLVM's tools read them (llvm/lib/Support/CommandLine.cpp). Pure.

A tool has its own options. Every other option belongs to LLVM's libraries and is passed on unchanged. To read
a line one has to know whether each option takes a value: `-stop-after isel` is one option, `-fast-isel x.ll`
is an option and a file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


class Arity(enum.Enum):
    """Whether an option takes a value."""

    FLAG = "no value needed"
    VALUE = "a value, after = or as the next argument"
    PREFIX = "a value, also directly after the name: -O2"


class OptionError(Exception):
    """The command line is wrong. The text goes to standard error as it is."""


class UnsupportedOptionError(OptionError):
    """The command line is right, but this toolchain does not support the option `what`."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(text)
        self.what = what


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One use of an own option. `value` is None if there is none."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A parsed command line: own options in order, LLVM's as one argument each, and the rest."""

    own: tuple[Occurrence, ...] = ()
    llvm: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether this own option is on the line."""
        return any(o.name == name for o in self.own)

    def value(self, name: str, default: str = "") -> str:
        """The value of the last use of the option: the last one wins."""
        return next((o.value or "" for o in reversed(self.own) if o.name == name), default)


def spell(name: str) -> str:
    """An option as messages name it: one dash for one letter, two for more."""
    return f"-{name}" if len(name) == 1 else f"--{name}"


def read(
    tool: str,
    argv: Sequence[str],
    own: Mapping[str, Arity],
    llvm_arity: Callable[[str], Arity | None],
    *,
    program_arguments: bool = False,
) -> CommandLine:
    """Parse the arguments after the tool's name.

    `llvm_arity` says whether an option that is not the tool's own takes a value, or None if there is no such
    option. With `program_arguments`, all that follows the first positional argument is positional (lli).
    Raises OptionError with the lines that LLVM's parser would write.
    """
    found: list[Occurrence] = []
    llvm: list[str] = []
    positional: list[str] = []
    rest = list(argv)
    while rest:
        arg = rest.pop(0)
        if arg == "--" or not arg.startswith("-") or arg == "-":
            positional += rest if arg == "--" else [arg]
            if arg == "--" or program_arguments:
                positional += [] if arg == "--" else rest
                break
            continue
        name, equals, text = arg.removeprefix("-").removeprefix("-").partition("=")
        value = text if equals else None
        prefix = next((p for p, a in own.items() if a is Arity.PREFIX and arg.startswith("-" + p)), None)
        if name not in own and prefix is not None:
            name, value = prefix, arg[1 + len(prefix) :].removeprefix("=")
        arity = own[name] if name in own else llvm_arity(name)
        if arity is None:
            raise OptionError(f"{tool}: Unknown command line argument '{arg}'.  Try: '{tool} --help'\n")
        if arity is not Arity.FLAG and value is None:
            if not rest:
                raise OptionError(f"{tool}: for the {spell(name)} option: requires a value!\n")
            value = rest.pop(0)
        if name in own:
            found.append(Occurrence(name, value))
        else:
            llvm.append(f"-{name}" if value is None else f"-{name}={value}")
    return CommandLine(tuple(found), tuple(llvm), tuple(positional))


def parse_help(help_text: str) -> dict[str, Arity]:
    """The options in LLVM's `--help-list-hidden`, and whether each needs a value."""
    options: dict[str, Arity] = {}
    for line in help_text.splitlines():
        word = line.split(" ", 1)[0] if not line.startswith(" ") else line.split(maxsplit=1)[0]
        if not line.startswith("  ") or not word.startswith("-"):
            continue
        name, equals, _ = word.lstrip("-").partition("=")
        if name.endswith("["):  # --name[=<value>]: may come without one
            options[name[:-1]] = Arity.FLAG
        else:
            options[name] = Arity.VALUE if equals else Arity.FLAG
    return options
