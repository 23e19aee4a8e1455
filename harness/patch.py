"""A parsed patch: which files it changes, hunk by hunk, on bytes. Values only, no I/O.

`harness.series` makes these values of what a user gives, once; everything after it reads them.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

DEV_NULL = "/dev/null"
NO_NEWLINE = b"\\ No newline at end of file"
MODES = ("100644", "100755")


class ChangeKind(enum.StrEnum):
    """What happens to a file. `RENAMED` is for one file of one patch only: see `net_changes`."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What a series does to one file in all: it is added, modified or deleted.

    `path` counts from the top of llvm-project. `source` is where an added file was before, if the series
    moves it, which deletes it there.
    """

    path: str
    kind: ChangeKind
    source: str = ""


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
    `100644` or `100755`, or empty where the patch says nothing. `binary`: the file belongs to a project that
    is left out, and what the patch does to it is not read.
    """

    path: str
    kind: ChangeKind
    hunks: tuple[Hunk, ...] = ()
    old_path: str = ""
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False

    @property
    def source(self) -> str:
        """The file whose lines the hunks expect."""
        return self.old_path or self.path


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch, valid in itself. `remarks` say in one line each how it was read.

    `number` of `total` is its place in a mailed series, 0 of 0 if unknown. `commit` is what git wrote it
    from, empty if that is not said.
    """

    name: str
    subject: str
    diffs: tuple[FileDiff, ...]
    number: int = 0
    total: int = 0
    remarks: tuple[str, ...] = ()
    commit: str = field(default="", compare=False)

    @property
    def paths(self) -> frozenset[str]:
        """Every file that it changes, and where renamed and copied ones come from."""
        return frozenset(path for diff in self.diffs for path in (diff.path, diff.source))

    @property
    def canonical(self) -> bytes:
        """The bare diff for `git apply -p1`: the same bytes for the same change, however it came."""
        return render(self.diffs)

    @property
    def fingerprint(self) -> str:
        """Equal for the same change at other line numbers, as `git patch-id --stable`, but blanks count."""
        each = sorted(hashlib.sha256(render([d], positions=False)).digest() for d in self.diffs)
        return hashlib.sha256(b"".join(each)).hexdigest()


def net_changes(patches: Iterable[Patch]) -> tuple[Change, ...]:
    """What patches that are applied one after the other do to each file in all, sorted by path.

    A file that one patch adds and another changes is added; one that is added and deleted again is not
    changed. A file that is moved is deleted in one place and added in another, with where it was as `source`.
    """
    before: dict[str, bool] = {}
    after: dict[str, bool] = {}
    origins: dict[str, str] = {}
    for patch in patches:
        # All diffs of one patch start from the same files: two of them may swap their names.
        sources = {d.source for d in patch.diffs if d.kind is not ChangeKind.ADDED}
        for path in sorted(sources | {d.path for d in patch.diffs}):
            before.setdefault(path, path in sources)
        moved = {d.path: origins.get(d.source, d.source) for d in patch.diffs if d.kind is ChangeKind.RENAMED}
        for diff in patch.diffs:
            if diff.kind in {ChangeKind.DELETED, ChangeKind.RENAMED}:
                after[diff.source] = False
                origins.pop(diff.source, None)
        for diff in patch.diffs:
            if diff.kind is not ChangeKind.DELETED:
                after[diff.path] = True
            if diff.kind is ChangeKind.ADDED:
                origins[diff.path] = ""
        origins |= moved

    def source(path: str) -> str:
        origin = origins.get(path, "")
        return origin if before.get(origin) and not after[origin] else ""

    kinds = {(True, False): ChangeKind.DELETED, (True, True): ChangeKind.MODIFIED}
    return tuple(
        Change(path, kinds[True, there]) if before[path] else Change(path, ChangeKind.ADDED, source(path))
        for path, there in sorted(after.items())
        if before[path] or there
    )


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


def quote(path: str) -> str:
    """A path as git writes it; for those of an LLVM source tree, which have no control characters."""
    if '"' not in path and "\\" not in path:
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _header(diff: FileDiff) -> list[str]:
    old, new = quote("a/" + diff.source), quote("b/" + diff.path)
    lines = [f"diff --git {old} {new}"]
    if diff.binary:
        return [*lines, f"Binary files {old} and {new} differ"]
    if diff.kind is ChangeKind.ADDED and not diff.old_path:
        lines.append(f"new file mode {diff.new_mode}")
        old = DEV_NULL
    elif diff.kind is ChangeKind.DELETED:
        lines.append(f"deleted file mode {diff.old_mode}")
        new = DEV_NULL
    elif diff.old_mode != diff.new_mode:
        lines += [f"old mode {diff.old_mode}", f"new mode {diff.new_mode}"]
    if diff.old_path:
        verb = "rename" if diff.kind is ChangeKind.RENAMED else "copy"
        lines += [f"{verb} from {quote(diff.old_path)}", f"{verb} to {quote(diff.path)}"]
    if diff.hunks:
        # git ends a name with a blank in it by a tab, lest the blank be taken for a date's.
        lines += [
            f"{mark} {name}\t" if " " in name else f"{mark} {name}"
            for mark, name in (("---", old), ("+++", new))
        ]
    return lines
