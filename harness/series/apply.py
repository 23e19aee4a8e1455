"""Apply a series to a source tree: all of it or nothing, with exact context, never through a hard link.

The files that the series names are copied aside, `git apply` changes the copies patch by patch, and only when
every patch applies do the results replace the files of the tree. So a later patch may build on an earlier
one, a patch that does not apply changes nothing, and a tree whose files are hard links into a base leaves
that base alone. Replacing the files is not undone if the disk runs full or somebody interrupts it: the store
makes the tree aside, and drops it unless all of this succeeds.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import git
from harness.errors import EnvironmentLacksError, UsageError
from harness.model import Series
from harness.patch import Change, ChangeKind, Patch, net_changes
from harness.process import scratch
from harness.series import refusal
from harness.series.blame import Origins, Written

_OPTIONS = ("--verbose", "--whitespace=nowarn")
_OFFSET = re.compile(r"Hunk #(\d+) succeeded at (\d+) \(offset (-?\d+) lines?\)")


@dataclass(frozen=True, slots=True)
class _Content:
    """What git knows of a file: its bytes, and whether it may be executed."""

    data: bytes
    executable: bool


_Files = Mapping[str, _Content | None]


@dataclass(frozen=True, slots=True)
class AppliedSeries:
    """What a series did to a tree: each file once, sorted; and remarks such as hunks found elsewhere.

    `written` says which lines of the tree which of its patches wrote.
    """

    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()
    written: Written = field(default_factory=dict, compare=False)


def apply(series: Series, tree: Path) -> AppliedSeries:
    """Apply all patches of a series to `tree`, a source tree with `llvm/` in it, no git repository needed.

    Raises PatchError if one does not apply, naming patch, file, hunk and line; UsageError if `tree` is not an
    LLVM source tree; EnvironmentLacksError if files cannot be read or written. A PatchError leaves the tree
    as it was; after any other error it is of no use.
    """
    if not (tree / "llvm").is_dir():
        raise UsageError(
            f"{tree}: is not an LLVM source tree: it has no llvm/", "give the root of llvm-project"
        )
    patches = series.patches
    named = sorted({path for patch in patches for path in patch.paths})
    for path in named:
        refusal.check_reachable(series.name, tree, path)
    try:
        before = {path: _read(tree / path) for path in named}
        with scratch.folder("apply") as copy:
            _write(copy, before)
            origins = Origins(_sizes(before))
            remarks: list[str] = []
            for index, patch in enumerate(patches):
                moved = _apply_one(patches[index:], copy, tree)
                origins.record(index, patch.diffs, {(one.path, one.hunk): one.line for one in moved})
                remarks += (one.describe(patch.name) for one in moved)
            after = {path: _read(copy / path) for path in named}
        _write(tree, {path: after[path] for path in named if after[path] != before[path]})
    except OSError as error:
        raise EnvironmentLacksError(
            f"{series.name}: cannot be applied: {error.filename or tree}: {error.strerror}",
            f"check the permissions and the free space of {tree} and of {tempfile.gettempdir()}",
        ) from None
    return AppliedSeries(_net(patches, before, after), tuple(remarks), origins.find_written(_sizes(after)))


def _read(path: Path) -> _Content | None:
    """A regular file; None if there is nothing. Raises OSError for all else."""
    try:
        return _Content(path.read_bytes(), bool(path.stat().st_mode & 0o100))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(root: Path, files: _Files) -> None:
    """Put each file below `root`, or remove it (None) with the folders that are empty then, as git does.

    A file is replaced and never written to: it may be a hard link into a base. Raises OSError.
    """
    for path in files:
        target = root / path
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
    for path, content in files.items():
        if content is not None:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.data)
            target.chmod(0o755 if content.executable else 0o644)


def _sizes(files: _Files) -> dict[str, int]:
    """How many lines each file has."""
    return {
        path: content.data.count(b"\n") + (content.data[-1:] not in {b"\n", b""})
        for path, content in files.items()
        if content is not None
    }


@dataclass(frozen=True, slots=True)
class _Moved:
    """A hunk that applies `shift` lines below the line that the patch has, at `line`."""

    path: str
    hunk: int
    line: int
    shift: int

    def describe(self, patch: str) -> str:
        lines = "1 line" if abs(self.shift) == 1 else f"{abs(self.shift)} lines"
        shift = f"{lines} further {'down' if self.shift > 0 else 'up'}"
        return f"{patch}: hunk {self.hunk} of {self.path} applied {shift}, at line {self.line}"


def _apply_one(rest: Sequence[Patch], copy: Path, tree: Path) -> list[_Moved]:
    """Apply the first of `rest` to the copies; returns what moved. On PatchError they are unchanged."""
    patch = rest[0]
    done = git.apply(patch.canonical, copy, *_OPTIONS)
    output = done.stderr.decode("utf-8", "replace")
    if done.ok:
        return _find_moved(output)
    # Later patches may have changed the lines of this one: then only all of them together can be undone.
    for there in (rest[:1], rest):
        if _undoes(there, copy):
            raise refusal.already_applied(there, tree)
    raise refusal.refusal(patch, copy, tree, output)


def _undoes(patches: Sequence[Patch], copy: Path) -> bool:
    """Whether the copies have these patches already: whether they can be taken out, last first."""
    with scratch.folder("undo") as folder:
        shutil.copytree(copy, folder, dirs_exist_ok=True)
        return all(git.apply(p.canonical, folder, *_OPTIONS, "--reverse").ok for p in reversed(patches))


def _find_moved(output: str) -> list[_Moved]:
    """The hunks that apply at another line than the patch has, from what git prints."""
    found: list[_Moved] = []
    path = ""
    for line in output.splitlines():
        if checking := re.fullmatch(r"Checking patch (?:.* => )?(.*)\.\.\.", line):
            path = checking[1]
        elif offset := _OFFSET.match(line):
            found.append(_Moved(path, int(offset[1]), int(offset[2]), int(offset[3])))
    return found


def _net(patches: Sequence[Patch], before: _Files, after: _Files) -> tuple[Change, ...]:
    """What the series did in all, without what one patch changes and another changes back."""
    return tuple(
        change
        for change in net_changes(patches)
        if change.kind is not ChangeKind.MODIFIED or before[change.path] != after[change.path]
    )
