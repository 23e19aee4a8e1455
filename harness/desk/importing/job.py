"""Import a report: its text -> a lit test that LLVM reads, and what was guessed for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.desk.importing.case import CrashCase, read_case
from harness.desk.importing.lit_test import write_test
from harness.desk.importing.runnable import make_runnable
from harness.desk.importing.translate import Reading, read_with_llvm
from harness.errors import EXIT_OK, EXIT_VERDICT, UsageError
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
    if not case.ir and _MACHINE_IR.search(text):
        raise UsageError(
            f"{source}: there is machine IR in it, and no LLVM IR",
            "save that as a .mir file, and run it: harness repro FILE.mir --run 'llc -run-pass=...'",
        )
    _require_ir(case, source, module)
    return case


# A function of a .mir file (llvm/docs/MIRLangRef.rst): `body: |`, then blocks such as `bb.0.entry:`.
_MACHINE_IR = re.compile(r"^[> ]*body:\s+\|\s*\n(?:.*\n){0,3}?[> ]*bb\.\d", re.MULTILINE)


def import_report(
    case: CrashCase, source: str, toolchain: Toolchain, old: Callable[[], Toolchain]
) -> ImportedReport:
    """The case as a test that `toolchain` reads; `old` gives the LLVM that reads pointers with types."""
    runnable = make_runnable(case)
    reading = read_with_llvm(runnable.ir, toolchain, old)
    made_up = (*runnable.made_up, *reading.said)
    test = write_test(replace(runnable, ir=reading.ir, made_up=made_up), source)
    return ImportedReport(source, toolchain.version, test, runnable.case, reading, made_up)


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
