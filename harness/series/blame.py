"""Which line of which patch a compiler's error is about (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import PatchFile
from harness.series.diff import FileDiff
from harness.series.parse import read_patches


def blame(patches: Sequence[PatchFile], path: str, line: int) -> str:
    """`0001-x.patch: +  the added line`, or an empty string if no patch of the series wrote that line.

    `path` and `line` are those of the patched source. The last patch that touches the file is right about
    its line numbers, earlier ones are off by what later ones move, so later ones are asked first.
    """
    for file in reversed(patches):
        for patch in read_patches(file.name, file.data).patches:
            for diff in patch.diffs:
                text = _added(diff, line) if diff.path == path else None
                if text is not None:
                    return f"{patch.name}: +{text.decode('utf-8', 'replace')}"
    return ""


def _added(diff: FileDiff, wanted: int) -> bytes | None:
    for hunk in diff.hunks:
        number = hunk.new_start
        for row in hunk.lines:
            if row[:1] in {b" ", b"+"}:
                if number == wanted:
                    return row[1:] if row[:1] == b"+" else None
                number += 1
    return None
