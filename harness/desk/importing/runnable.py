"""Pure: a reported case with all that it takes to run it: a whole module, and a target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.crash.text.invocation import Invocation
from harness.crash.text.origin import Fact
from harness.desk.importing.case import CrashCase, Guess
from harness.ir.complete import complete
from harness.ir.old import Modernised, has_typed_pointers, modernise

# What a case is for whose report names no target.
DEFAULT_TRIPLE = "x86_64-unknown-linux-gnu"


@dataclass(frozen=True, slots=True)
class RunnableCase:
    """A case whose IR is a module, with the tools to run on it.

    `case` has the guesses made for it too; `made_up` is what was added to its IR or changed in it.
    """

    case: CrashCase
    ir: str
    steps: tuple[Invocation, ...]
    made_up: tuple[str, ...] = ()


def make_runnable(case: CrashCase) -> RunnableCase:
    """The case with a module of its IR, which may still be in old syntax, and with a target."""
    pieces = case.fragment.pieces
    items = modernise("".join(f"{one.text}\n" for one in pieces if one.kind != "instruction"))
    lone = [modernise(one.text) for one in pieces if one.kind == "instruction"]
    module = complete(items.text, [one.text for one in lone])
    case = _with_guesses(case, [items, *lone])
    changes = dict.fromkeys(change for one in (items, *lone) for change in one.changes)
    triple = case.target.value or DEFAULT_TRIPLE
    steps = tuple(
        replace(step, options=tuple(_with_triple(step, module.text, triple))) for step in case.steps
    )
    return RunnableCase(case, module.text, steps, (*module.added, *changes))


def _with_guesses(case: CrashCase, changed: list[Modernised]) -> CrashCase:
    """The case with what its IR says about its version, and with a target."""
    guesses = list(case.guesses)
    version = case.version
    if not version.value and has_typed_pointers(case.ir):
        until = min((one.until for one in changed if one.until), key=_number, default="14")
        version = Fact(f"{until} or before", "the syntax of the IR", guessed=True)
        guesses.append(Guess("version", f"{version.value}: from {version.origin}"))
    if not case.target.value:
        guesses.append(Guess("target", f"{DEFAULT_TRIPLE}: the report names none"))
    return replace(case, guesses=tuple(guesses), version=version)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _with_triple(step: Invocation, ir: str, triple: str) -> Iterator[str]:
    has_target = any(option.startswith(("-mtriple=", "-march=")) for option in step.options)
    if not has_target and "\ntarget triple = " not in f"\n{ir}":
        yield f"-mtriple={triple}"
    yield from step.options
