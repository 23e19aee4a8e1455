"""Import a report: its text -> a lit test that LLVM reads, and what was guessed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.crash.text.origin import Fact
from harness.desk.case import CrashCase, Guess, read_case
from harness.desk.lit_test import DEFAULT_TRIPLE, write_test
from harness.desk.translate import Reading, read_with_llvm
from harness.errors import EXIT_OK, EXIT_VERDICT, UsageError
from harness.ir.complete import complete
from harness.ir.old import Modernised, has_typed_pointers, modernise
from harness.llvm import Toolchain


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """A report as a test. `made_up` is what was added to its IR or changed in it, `llvm` what read it."""

    source: str
    llvm: str
    test: str
    case: CrashCase
    reading: Reading
    made_up: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if LLVM does not read the test: then it shows nothing."""
        return EXIT_VERDICT if self.reading.refused else EXIT_OK


def read_report(text: str, source: str, module: int = 0) -> CrashCase:
    """The case in a report. Raises UsageError if there is no IR in it, or not so many modules."""
    case = read_case(text, module)
    _require_ir(case, source, module)
    return case


def import_report(
    case: CrashCase, source: str, toolchain: Toolchain, old: Callable[[], Toolchain]
) -> ImportedReport:
    """The case as a test that `toolchain` reads; `old` gives the LLVM that reads pointers with types."""
    pieces = case.fragment.pieces
    items = modernise("".join(f"{one.text}\n" for one in pieces if one.kind != "instruction"))
    lone = [modernise(one.text) for one in pieces if one.kind == "instruction"]
    module_ir = complete(items.text, [one.text for one in lone])
    case = _with_guesses(case, [items, *lone])
    reading = read_with_llvm(module_ir.text, toolchain, old)
    made_up = [*module_ir.added, *dict.fromkeys(change for one in (items, *lone) for change in one.changes)]
    if reading.translated:
        older, newer = reading.translated
        made_up.append(f"the IR's syntax: by llvm-as of {older} and llvm-dis of {newer}")
    test = write_test(case, reading.ir, source, made_up)
    return ImportedReport(source, toolchain.version, test, case, reading, tuple(made_up))


def _require_ir(case: CrashCase, source: str, module: int) -> None:
    if not case.ir:
        found = [f"{what}: {value}" for what, value in facts(case) if value]
        raise UsageError(
            f"{source}: there is no LLVM IR in it",
            "add the function that it is about, such as `clang -S -emit-llvm` writes it, or the call alone",
            "\n".join(found),
        )
    count = len(case.others) + 1
    if module > count:
        raise UsageError(
            f"--module {module}: {source} has {count}"
            if count > 1
            else f"--module {module}: {source} has one",
            "give a number from 1 on, or leave it out",
            "\n".join(one.description for one in sorted((case.fragment, *case.others), key=lambda f: f.line)),
        )


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


def facts(case: CrashCase) -> tuple[tuple[str, str], ...]:
    """What was found, each with its name; empty for what was not. Guesses are no finds."""
    signature, ending = case.signature, case.ending
    frames = signature.frames if signature else ()
    command = ", ".join(" ".join([step.tool, *step.options]) for step in case.steps)
    return (
        ("IR", case.fragment.description if case.ir else ""),
        ("crash", signature.cause if signature else ""),
        ("frames", f"{len(frames)}, the first {frames[0]}" if frames else ""),
        ("stage", ending.stage),
        ("command", f"{command} ({case.command.origin})" if case.command.origin else ""),
        ("version", "" if case.version.guessed else case.version.value),
        ("target", "" if case.target.guessed else case.target.value),
    )
