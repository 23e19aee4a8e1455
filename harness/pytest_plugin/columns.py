"""The LLVMs that items run on, by their short names: `19`, `wheel:0.47`, or the path of a prefix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.store import Store
    from harness.toolchain.provider import Provider

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


def open_column(store: Store, column: str, say: Callable[[str], None]) -> Provider:
    """The provider of a column. Raises UsageError if it is none."""
    from harness.toolchain.provider import Request
    from harness.toolchain.registry import default_kind, resolve, resolve_column

    if "/" in column:
        place = Path(column).absolute()
        return resolve(store, Request(default_kind(place), None, place), say)
    return resolve_column(store, column, say)
