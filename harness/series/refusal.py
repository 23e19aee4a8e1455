"""Why a patch does not apply to a tree, in the reader's terms: file, hunk, line, what is there instead."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from harness.errors import PatchError
from harness.patch import ChangeKind, FileDiff, Patch
from harness.series.elsewhere import project_of
from harness.series.mismatch import explain
from harness.series.presence import PatchPart, State, describe, find_parts

_FAILED = re.compile(r"^error: patch failed: (.*):(\d+)$", re.MULTILINE)
# How many parts of a patch an error's first line names.
_NAMED = 2
# Where LLVM says its version: 19 on, and before.
_VERSION_FILES = ("cmake/Modules/LLVMVersion.cmake", "llvm/CMakeLists.txt")


def llvm_of(tree: Path) -> str:
    """`LLVM 19.1.7` as the tree's own CMake files have it, or `this tree`."""
    for name in _VERSION_FILES:
        try:
            text = (tree / name).read_text("utf-8", "replace")
        except OSError:
            continue
        numbers = [
            re.search(rf"set\(LLVM_VERSION_{part} (\d+)\)", text) for part in ("MAJOR", "MINOR", "PATCH")
        ]
        if all(numbers):
            return "LLVM " + ".".join(number[1] for number in numbers if number)
    return "this tree"


def check_reachable(series: str, tree: Path, path: str) -> None:
    """Refuse a path that leads out of the tree through a link, through a file, or not to a regular file."""
    target = tree / path
    for parent in target.parents:
        if parent == tree:
            break
        if parent.exists() and not parent.is_dir():
            raise PatchError(
                f"{series}: {path} cannot be there: {parent.relative_to(tree)} is a file in {llvm_of(tree)}",
                _rebase(tree),
            )
    if not target.parent.resolve().is_relative_to(tree.resolve()):
        raise PatchError(
            f"{series}: {path} leads out of {tree} through a link", "give a tree without such links"
        )
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise PatchError(f"{series}: {path} is not a regular file in {llvm_of(tree)}", _rebase(tree))


def already_applied(patches: Sequence[Patch], tree: Path) -> PatchError:
    """The error that the tree has these patches: they can be taken out cleanly."""
    if len(patches) == 1:
        return PatchError(
            f"{patches[0].name}: is already applied: {llvm_of(tree)} has this change",
            "leave this patch out of the series, or choose an LLVM without it",
        )
    more = len(patches) - 1
    return PatchError(
        f"{patches[0].name}: is already applied, with the {more} after it: {llvm_of(tree)} has them",
        "leave these patches out of the series, or choose an LLVM without them",
    )


def refusal(patch: Patch, copy: Path, tree: Path, output: str) -> PatchError:
    """Why git refused the patch. `copy` holds the files as the patch meets them, `output` is git's."""
    found = find_parts(patch.diffs, lambda path: _content(tree / path))
    if any(part.state is State.THERE and _untouched(part.path, copy, tree) for part in found):
        return _partly(patch, found, tree)
    for diff in patch.diffs:
        if (diff.kind is not ChangeKind.ADDED or diff.old_path) and not (copy / diff.source).exists():
            return _missing(patch.name, diff.source, tree)
        if diff.kind in {ChangeKind.ADDED, ChangeKind.RENAMED} and (copy / diff.path).exists():
            return _exists(patch.name, diff, tree)
    if failed := _FAILED.search(output):
        for diff in patch.diffs:
            for index, hunk in enumerate(diff.hunks, 1):
                if (diff.source, hunk.old_start) == (failed[1], int(failed[2])):
                    what = (
                        f"{patch.name}: hunk {index} of {diff.source} does not apply at line {hunk.old_start}"
                    )
                    return PatchError(what, _rebase(tree), explain(hunk, (copy / diff.source).read_bytes()))
    return PatchError(f"{patch.name}: git apply refuses it", _rebase(tree), output)


def _partly(patch: Patch, found: Sequence[PatchPart], tree: Path) -> PatchError:
    """Some of the patch is in the tree already: which part, and which is not."""
    there = sum(part.state is State.THERE for part in found)
    lines = [f"{state.value}: {line}" for state in State for line in describe(found, state)]
    rest = [line for state in (State.FITS, State.DIFFERS) for line in describe(found, state)]
    fits = not any(part.state is State.DIFFERS for part in found)
    what = f"{patch.name}: is already in {llvm_of(tree)}, except for {' and '.join(rest)}"
    if len(rest) > _NAMED:
        what = f"{patch.name}: {there} of its {len(found)} parts are already in {llvm_of(tree)}"
    next_step = "choose an LLVM without it, or give only what is not in it"
    if not fits:
        next_step += f", made again for {llvm_of(tree)}"
    return PatchError(
        what,
        next_step,
        "\n".join([*lines, *_first_mismatch(patch, found, tree)]),
    )


def _first_mismatch(patch: Patch, found: Sequence[PatchPart], tree: Path) -> list[str]:
    """Why the first hunk that is neither there nor applies does not."""
    for part in found:
        if part.state is State.DIFFERS and part.hunk:
            hunk = next(diff for diff in patch.diffs if diff.path == part.path).hunks[part.hunk - 1]
            what = f"hunk {part.hunk} of {part.path} does not apply at line {hunk.old_start}"
            return [what, explain(hunk, _content(tree / part.path) or b"")]
    return []


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _untouched(path: str, copy: Path, tree: Path) -> bool:
    """Whether the earlier patches of the series left a file as it is in the tree."""
    return _content(copy / path) == _content(tree / path)


def _rebase(tree: Path) -> str:
    return f"rebase the series onto {llvm_of(tree)} and make the patches again with `git format-patch`"


def _missing(name: str, path: str, tree: Path) -> PatchError:
    what = f"{name}: {path} does not exist in {llvm_of(tree)}"
    if (tree / path).exists():
        # The tree has it and the copies do not: an earlier patch of the series removed it.
        return PatchError(
            f"{name}: {path} is gone: an earlier patch of the series removed it", "reorder the series"
        )
    of_llvm = path.removeprefix("llvm/")
    if (project := project_of(of_llvm)) and of_llvm != path:
        return PatchError(
            f"{name}: {path} does not exist in {llvm_of(tree)}: {of_llvm} is {project}'s",
            f"give a patch to LLVM itself: nothing of {project} is an input of llc or lli",
        )
    close = _similar(path, tree)
    return PatchError(what, _rebase(tree), f"the tree has {', '.join(close)}" if close else "")


def _similar(path: str, tree: Path) -> list[str]:
    """Up to three files of the tree with the same name, else with a similar one in the same folder."""
    folder, _, base = path.rpartition("/")
    found: list[str] = []
    for root, folders, files in os.walk(tree / path.split("/", maxsplit=1)[0]):
        folders.sort()
        if base in files:
            found.append((Path(root) / base).relative_to(tree).as_posix())
    if found:
        return sorted(found, key=lambda other: -difflib.SequenceMatcher(None, path, other).ratio())[:3]
    try:
        names = sorted(entry.name for entry in (tree / folder).iterdir())
    except OSError:
        return []
    return [f"{folder}/{other}" for other in difflib.get_close_matches(base, names, 3)]


def _exists(name: str, diff: FileDiff, tree: Path) -> PatchError:
    verb = "adds" if diff.kind is ChangeKind.ADDED else f"renames {diff.old_path} to"
    if not (tree / diff.path).exists():
        return PatchError(
            f"{name}: {verb} {diff.path}, which an earlier patch of the series made",
            "change the file there, once",
        )
    return PatchError(f"{name}: {verb} {diff.path}, which exists in {llvm_of(tree)} already", _rebase(tree))
