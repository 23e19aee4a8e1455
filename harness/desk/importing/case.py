"""Pure: the text of a report -> the case in it, with what had to be guessed and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.crash.text.commands import ReportedCommand, choose_tool, crashed_tool, find_command
from harness.crash.text.ending import Ending, read_ending
from harness.crash.text.fragments import Fragment, find_fragments
from harness.crash.text.invocation import Invocation
from harness.crash.text.origin import Fact, find_target, find_version
from harness.crash.text.plain import LONGEST_WHOLE, plain_lines
from harness.crash.text.unwrap import unwrap
from harness.model import Signature

_EXCERPT = f"more than {LONGEST_WHOLE >> 20} MiB: only what is near something telling was read"


@dataclass(frozen=True, slots=True)
class Guess:
    """What the report does not say and the case has all the same: `what` in a word, and on what grounds."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class CrashCase:
    """A crash as it was reported.

    `ir` is the module as the report has it, or a fragment of one; `fragment` says what it is in words, and
    `others` what else there was. `missing` are the things that the report lacks.
    """

    ir: str
    fragment: Fragment
    command: ReportedCommand
    ending: Ending
    version: Fact
    target: Fact
    guesses: tuple[Guess, ...] = ()
    missing: tuple[str, ...] = ()
    others: tuple[Fragment, ...] = ()

    @property
    def signature(self) -> Signature | None:
        """How the program ended, if the report says so."""
        return self.ending.signature

    @property
    def steps(self) -> tuple[Invocation, ...]:
        """The tools to run."""
        return self.command.steps


def read_case(text: str, module: int = 0) -> CrashCase:
    """The case in a report. `module` chooses among several, from 1 on. Never raises, whatever the text."""
    plain = plain_lines(text)
    lines = unwrap(plain)
    ending = read_ending(lines)
    fragments = find_fragments(plain)
    chosen = _choose(fragments, ending.function, module)
    others = tuple(one for one in fragments if one is not chosen)
    version, target = find_version(lines), find_target(lines)
    command = find_command(lines, optimizing=ending.optimizing, stage=ending.stage)
    guesses = [Guess("text", _EXCERPT)] if len(text) > LONGEST_WHOLE else []
    guesses += [*_guesses(version, target, command), *_choices(chosen, others, ending.function, module)]
    if chosen.pieces and not command.steps:
        crashed = crashed_tool(lines)
        step = choose_tool((), optimizing=ending.optimizing, stage=ending.stage)
        step = Invocation(crashed) if crashed not in {"", step.tool} else step
        command = ReportedCommand((step,))
        guesses.append(Guess("command", f"{step.tool}: {_why(ending)}"))
    missing = tuple(_missing(chosen, ending, version, target, command))
    return CrashCase(chosen.text, chosen, command, ending, version, target, tuple(guesses), missing, others)


def _choose(fragments: Sequence[Fragment], function: str, module: int) -> Fragment:
    """The fragment that was asked for; else that of the function that crashed, else the first module."""
    if not fragments:
        return Fragment()
    if module:
        return fragments[min(module, len(fragments)) - 1]
    fitting = [
        one for one in fragments if f"@{function}" in one.functions or f'@"{function}"' in one.functions
    ]
    whole = [one for one in fragments if not one.is_lone]
    return (fitting or whole or list(fragments))[0]


def _guesses(version: Fact, target: Fact, command: ReportedCommand) -> Iterator[Guess]:
    for what, fact in (("version", version), ("target", target)):
        if fact.guessed:
            yield Guess(what, f"{fact.value}: from {fact.origin}")
    for said in command.guesses:
        yield Guess("command", said)
    for step in command.steps:
        for option in step.refused:
            yield Guess("option", f"{option} of {step.tool} is left out: a test may not have it")


def _choices(chosen: Fragment, others: Sequence[Fragment], function: str, module: int) -> Iterator[Guess]:
    if module or not others:
        return
    fits = f"@{function}" in chosen.functions
    why = f"the crash was in {function}" if fits else "the first one"
    left = "; ".join(one.description for one in others)
    yield Guess("module", f"{chosen.description}: {why}; not taken: {left}")


def _why(ending: Ending) -> str:
    if ending.optimizing is None:
        return "the report has no command"
    part = "optimizer" if ending.optimizing else "code generator"
    return f"the report has no command; the trace is of the {part}"


def _missing(
    chosen: Fragment, ending: Ending, version: Fact, target: Fact, command: ReportedCommand
) -> Iterator[str]:
    if not chosen.pieces:
        yield "IR"
    if ending.signature is None:
        yield "crash"
    elif not ending.signature.frames:
        yield "frames"
    if not version.value:
        yield "version"
    if not target.value:
        yield "target"
    if not command.origin:
        yield "command"
