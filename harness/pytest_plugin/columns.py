"""The LLVMs that items run on, by their short names: `19`, `wheel:0.47`, `tree:DIR`."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import UsageError
from harness.llvm import DEFAULT_MAJOR


def find_column(text: str) -> str:
    """The LLVM of a label."""
    return text.removeprefix("llvm-")


def parse_columns(text: str | None, named: Sequence[str]) -> tuple[str, ...]:
    """The value of `--llvm`; without it the columns that ids `named`, or the default. Raises UsageError."""
    if text is None:
        return tuple(dict.fromkeys(named)) or (str(DEFAULT_MAJOR),)
    found = tuple(dict.fromkeys(find_column(part.strip()) for part in text.split(",")))
    if not all(found):
        raise UsageError(f"--llvm {text}: one of them is empty", "write them as --llvm 19,22,wheel")
    return found
