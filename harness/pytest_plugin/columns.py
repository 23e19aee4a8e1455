"""The LLVMs that items run on, by their short names: `19`, `wheel:0.47`, `tree:DIR`."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import UsageError

DEFAULT = "19"


def label(column: str) -> str:
    """How ids and reports call an LLVM: `llvm-19`, `wheel`."""
    return f"llvm-{column}" if column[:1].isdigit() else column


def find_column(text: str) -> str:
    """The LLVM of a label."""
    return text.removeprefix("llvm-")


def parse_columns(text: str | None, named: Sequence[str]) -> tuple[str, ...]:
    """The value of `--llvm`; without it the columns that ids `named`, or the default. Raises UsageError."""
    if text is None:
        return tuple(dict.fromkeys(named)) or (DEFAULT,)
    found = tuple(dict.fromkeys(find_column(part.strip()) for part in text.split(",")))
    if not all(found):
        raise UsageError(f"--llvm {text}: one of them is empty", "write them as --llvm 19,22,wheel")
    return found
