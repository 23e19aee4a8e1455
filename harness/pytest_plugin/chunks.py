"""Pure: how the items of a run are cut into chunks, each of tests of one LLVM."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cell import label

# A chunk has at most so many tests, and each worker gets at least so many chunks of an LLVM.
_MOST, _CHUNKS = 32, 4


def split_in_chunks(ids: Sequence[str], columns: Sequence[str], workers: int) -> dict[str, str]:
    """The name of the chunk of each item of ours: its label, and a number (pure)."""
    chunks: dict[str, str] = {}
    for name in map(label, columns):
        mine = [
            one for one in ids if one.rpartition("@")[0].endswith(f"[{name}]") or one.endswith(f"[{name}]")
        ]
        size = max(1, min(_MOST, len(mine) // (_CHUNKS * max(workers, 1))))
        chunks |= {one: f"{name} {number // size}" for number, one in enumerate(mine)}
    return chunks
