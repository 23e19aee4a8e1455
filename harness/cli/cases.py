"""The CASE of a command line: a file of IR, a lit test, or a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.desk.repro.given import Given
    from harness.llvm import Toolchain
    from harness.store import Store
    from harness.toolchain.provider import Provider, Say

# What LLVM's tools read as it is; any other text is a report.
SUFFIXES = (".ll", ".mir", ".bc")


def read_case_file(case: str) -> bytes | str:
    """The bytes of a file for LLVM's tools, or the text of a report; - is one. Raises UsageError."""
    from harness.desk.importing import reading

    path = Path(case)
    if not case.endswith(SUFFIXES):
        return reading.read(path)
    try:
        with path.open("rb") as file:
            data = file.read(reading.LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{case}: {error.strerror}", "name a file of IR or a report, or -") from None
    if len(data) > reading.LARGEST:
        raise UsageError(f"{case}: larger than {reading.LARGEST >> 20} MiB", "give a smaller module")
    return data


@dataclass(frozen=True, slots=True)
class CaseReader:
    """Reads cases for the LLVMs that a command runs them on."""

    store: Store
    providers: Sequence[Provider]
    say: Say

    def take(self, case: str, content: bytes | str, command_line: str | None) -> Given:
        """The case to run. A report's IR is completed, and translated for the oldest of these LLVMs.

        Raises UsageError if there is nothing to run.
        """
        from harness.desk.importing import reading
        from harness.desk.importing.job import read_report
        from harness.desk.importing.old_llvm import find_old_llvm
        from harness.desk.importing.runnable import make_runnable
        from harness.desk.importing.translate import read_with_llvm
        from harness.desk.repro.given import read_command, read_file, take_report

        if command_line is not None:
            read_command(command_line)
        if isinstance(content, bytes):
            return read_file(case, content, command_line)
        name = reading.name_of(Path(case))
        whole = make_runnable(read_report(content, name))
        old = partial(find_old_llvm, self.store, self.say)
        return take_report(name, whole, read_with_llvm(whole.ir, self._reader(), old), command_line)

    def _reader(self) -> Toolchain:
        """What newer LLVMs read, this one writes: the oldest with opaque pointers, or else the newest."""
        from harness.desk.importing.translate import TYPED_UNTIL

        def order(one: Provider) -> tuple[bool, int]:
            return one.major <= TYPED_UNTIL, abs(one.major - TYPED_UNTIL - 1)

        return min(self.providers, key=order).toolchain()
