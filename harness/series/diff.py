"""What a patch is, file by file and hunk by hunk, on bytes (pure), and how it is written for `git apply`."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from harness.series import paths

NO_NEWLINE = b"\\ No newline at end of file"
MODES = ("100644", "100755")


class Change(enum.Enum):
    """What a patch does to a file."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk. `lines` keep their first byte (` `, `-`, `+`, `\\`) and not their newline."""

    old_start: int
    new_start: int
    lines: tuple[bytes, ...]

    def side(self, mark: bytes) -> tuple[bytes, ...]:
        """The lines before (`-`) or after (`+`) the change, context included, without their first byte."""
        return tuple(line[1:] for line in self.lines if line[:1] in (b" ", mark))

    def count(self, mark: bytes) -> int:
        """How many lines the hunk removes (`-`), adds (`+`) or leaves (` `)."""
        return sum(1 for line in self.lines if line[:1] == mark)


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What a patch does to one file; paths count from the root of llvm-project.

    `old_path` is where a renamed file was, or what an added one is a copy of, else empty. Modes are
    `100644` or `100755`, or empty where the patch says nothing. `binary`: what it does is not read, and the
    file is of a project that is left out.
    """

    path: str
    change: Change
    hunks: tuple[Hunk, ...] = ()
    old_path: str = ""
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False

    @property
    def source(self) -> str:
        """The file whose lines the hunks expect."""
        return self.old_path or self.path


def render(diffs: Iterable[FileDiff], *, positions: bool = True) -> bytes:
    """The diffs as `git apply` takes them, free of what differs between tools (index lines, function names).

    With `positions=False` hunks have no line numbers: what is left identifies a change wherever it applies.
    """
    out: list[bytes] = []
    for diff in diffs:
        out.extend(line.encode() for line in _header(diff))
        for hunk in diff.hunks:
            old, new = len(hunk.side(b"-")), len(hunk.side(b"+"))
            place = f"@@ -{hunk.old_start},{old} +{hunk.new_start},{new} @@" if positions else "@@"
            out.append(place.encode())
            out.extend(hunk.lines)
    return b"".join(line + b"\n" for line in out)


def _header(diff: FileDiff) -> list[str]:
    old, new = paths.quote("a/" + diff.source), paths.quote("b/" + diff.path)
    lines = [f"diff --git {old} {new}"]
    if diff.binary:
        return [*lines, f"Binary files {old} and {new} differ"]
    if diff.change is Change.ADDED and not diff.old_path:
        lines.append(f"new file mode {diff.new_mode}")
        old = paths.DEV_NULL
    elif diff.change is Change.DELETED:
        lines.append(f"deleted file mode {diff.old_mode}")
        new = paths.DEV_NULL
    elif diff.old_mode != diff.new_mode:
        lines += [f"old mode {diff.old_mode}", f"new mode {diff.new_mode}"]
    if diff.old_path:
        verb = "rename" if diff.change is Change.RENAMED else "copy"
        lines += [f"{verb} from {paths.quote(diff.old_path)}", f"{verb} to {paths.quote(diff.path)}"]
    if diff.hunks:
        # git ends a name with a blank in it by a tab, lest the blank be taken for a date's.
        lines += [
            f"{mark} {name}\t" if " " in name else f"{mark} {name}"
            for mark, name in (("---", old), ("+++", new))
        ]
    return lines
