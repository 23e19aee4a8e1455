"""From what a user names (a series, a patch file, a folder, an mbox, stdin, commits) to a series."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness import git
from harness.errors import UsageError
from harness.model import Series, SeriesKind
from harness.patch import Patch
from harness.series.catalogue import MUTANTS, RECIPE, Catalogue, Entry, is_entry, read_bytes, root_of
from harness.series.parse import PatchSet, in_order, read_patches

STDIN = "stdin"
_SUFFIXES = (".patch", ".diff", ".mbox", ".eml")


def load(
    argument: str, *, catalogue: Catalogue, version: str, repo: Path | None, stdin: Callable[[], bytes]
) -> Series:
    """The series that `argument` names, for LLVM `version`; its remarks say how the input was read.

    It is, in this order: `-` (`stdin` gives its bytes); a series or mutant of the catalogue; a folder or
    file; a commit or range of `repo`. Patches without a series.toml are a fix that claims nothing, unless
    they equal the patches of a known fix or feature: then they are that series with its claims, wherever
    they came from. Patches are a mutant only if the argument is its name or its folder: a mutant is meant to
    break tests, and nobody who gives a patch means that. Raises UsageError if the argument names nothing, or
    something malformed.
    """
    if argument == "-":
        return _adopt(STDIN, read_patches(STDIN, stdin()), catalogue, version)
    if not argument:
        raise UsageError(
            "the name of the series is empty", "name a series, a patch file, a folder or commits"
        )
    if (named := catalogue.find(argument)) is not None:
        return _series(catalogue, named, version)
    path = Path(argument)
    if path.is_dir():
        if is_entry(path):
            return _as_any_patch(_series(catalogue, path, version), path, catalogue)
        return _adopt(path.resolve().name, _folder(path), _catalogue_of(path, catalogue), version)
    if path.exists():
        found = read_patches(str(path), read_bytes(path))
        return _adopt(path.stem, found, _catalogue_of(path.parent, catalogue), version)
    if path.suffix in _SUFFIXES:
        raise UsageError(f"{argument}: there is no such file", "check the path")
    if repo is None:
        raise _names_nothing(argument, catalogue, "no git repository was given to find commits in")
    if not git.is_repository(repo):
        raise _names_nothing(argument, catalogue, f"{repo} is not a git repository to find commits in")
    # A range is meant for git, and so is an option given by mistake. One word may be a mistyped series.
    if not (".." in argument or argument.startswith("-") or git.has_commit(repo, argument)):
        raise _names_nothing(
            argument,
            catalogue,
            f"git finds no commit of that name in {repo}",
            ", or commits; fetch a commit that is on a remote first",
        )
    return _adopt(argument, read_patches(argument, git.export(repo, argument)), catalogue, version)


def load_all(catalogue: Catalogue, version: str, *, mutants: bool = False) -> tuple[Series, ...]:
    """Every fix and feature, or every mutant, by name; `patches` is empty where none is for `version`."""
    return tuple(
        entry.series(version, entry.patches.get(version, ()), version if version in entry.patches else "")
        for entry in catalogue.entries(mutants=mutants)
    )


def load_mutants(
    catalogue: Catalogue, version: str, names: Sequence[str]
) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """The mutants of these names, or all, for LLVM `version`; and all other mutants for it.

    Raises UsageError if there is none, or if a name is not that of a mutant for this version.
    """
    folder = catalogue.root / MUTANTS
    known = {mutant.name: mutant for mutant in load_all(catalogue, version, mutants=True)}
    if not known:
        raise UsageError(
            f"{folder}: there is no mutant", f"put one there: {folder / 'NAME' / RECIPE} and its patches"
        )
    for name in names:
        if name not in known:
            raise _no_mutant(name, catalogue)
        if not known[name].patches:
            _series(catalogue, folder / name, version)  # raises: it says which versions it is for
    fit = {name: mutant for name, mutant in known.items() if mutant.patches}
    if not fit:
        raise UsageError(
            f"no mutant in {folder} is for LLVM {version}",
            "rebase one and list the version in its series.toml",
        )
    wanted = dict.fromkeys(names) or fit
    return tuple(fit[name] for name in wanted), tuple(fit[name] for name in fit if name not in wanted)


def _no_mutant(name: str, catalogue: Catalogue) -> UsageError:
    known = catalogue.names(mutants=True)
    if name in catalogue.names(mutants=False):
        return UsageError(f"{name}: is a series, not a mutant", f"harness check {name}")
    close = difflib.get_close_matches(name, known, 1)
    return UsageError(
        f"{name}: is not a mutant of {catalogue.root / MUTANTS}",
        f"did you mean {close[0]}?" if close else "name one of these",
        f"mutants here: {', '.join(known)}",
    )


def _series(catalogue: Catalogue, folder: Path, version: str) -> Series:
    entry = catalogue.entry(folder.resolve() if folder.name in {"", ".", ".."} else folder)
    if version not in entry.patches:
        have = ", ".join(entry.patches)
        raise UsageError(
            f"{folder}: has no patches for LLVM {version}, only for {have}",
            f"choose one of these versions, or put rebased patches into {folder / version} and list it",
        )
    patches = entry.patches[version]
    return replace(entry.series(version, patches, version), remarks=_remarks(patches))


def _folder(folder: Path) -> PatchSet:
    """The patches of a folder that `git format-patch -o` filled, by name, without cover letters."""
    sets = [
        read_patches(str(path), read_bytes(path))
        for path in sorted(folder.iterdir())
        if path.suffix in _SUFFIXES and path.is_file()
    ]
    if not sets:
        raise UsageError(
            f"{folder}: has neither {RECIPE} nor a patch in it",
            f"fill it: `git format-patch -o {folder} A..B`",
        )
    patches = in_order(str(folder), [patch for one in sets for patch in one.patches])
    cover = next((one.cover for one in sets if one.cover), "")
    return PatchSet(patches, cover, tuple(remark for one in sets for remark in one.remarks))


def _catalogue_of(folder: Path, catalogue: Catalogue) -> Catalogue:
    """The catalogue that has the series of which `folder` is a version, else the given one."""
    series = folder.resolve().parent
    root = root_of(series)
    if not is_entry(series) or root == catalogue.root.resolve():
        return catalogue
    return Catalogue(root)


def _adopt(name: str, found: PatchSet, catalogue: Catalogue, version: str) -> Series:
    """The known series with exactly these changes, or else a fix without claims."""
    patches = found.patches
    if not patches:
        raise UsageError(
            f"{name}: is a cover letter; there is no patch in it", "give the patches it introduces"
        )
    remarks = (*found.remarks, *_remarks(patches))
    if len(patches) == 1 and patches[0].total > 1:
        remarks = (
            *remarks,
            f"{name}: is patch {patches[0].number}/{patches[0].total} of a series, taken alone",
        )
    known, unread = _equal(patches, catalogue, mutants=False)
    if known:
        # The same change may serve several versions: prefer the one in use, then the last one listed.
        entry, made_for = next((k for k in known if k[1] == version), known[-1])
        if name != entry.folder.name:
            remarks = (*remarks, f"{name}: is the series {entry.folder.name}: its claims apply")
        return replace(entry.series(version, patches, made_for), remarks=remarks)
    remarks = (*remarks, *(f"{error.what}: {name} is not compared with it" for error in unread))
    alike, _ = _equal(patches, catalogue, mutants=True)
    if alike:
        mutant = alike[0][0].folder.name
        remarks = (
            *remarks,
            f"{name}: has the changes of the mutant {mutant}, and is judged as any other patch; "
            f"name the mutant to judge it: harness check {mutant}",
        )
    title = found.cover or patches[0].subject or name
    if len(patches) > 1 and not found.cover:
        title += f" (and {len(patches) - 1} more)"
    return Series(name, title, SeriesKind.FIX, patches, remarks=remarks)


def _equal(
    patches: Sequence[Patch], catalogue: Catalogue, *, mutants: bool
) -> tuple[list[tuple[Entry, str]], list[UsageError]]:
    """The series, or mutants, with exactly these changes, and the version; and why others cannot be read."""
    prints = [patch.fingerprint for patch in patches]
    known, unread = [], []
    for entry in catalogue.entries_or_errors(mutants=mutants):
        if isinstance(entry, UsageError):
            unread.append(entry)
            continue
        known += [
            (entry, made_for)
            for made_for, theirs in entry.patches.items()
            if [patch.fingerprint for patch in theirs] == prints
        ]
    return known, unread


def _as_any_patch(series: Series, folder: Path, catalogue: Catalogue) -> Series:
    """The series of a folder; a mutant from outside the catalogue becomes a fix that claims nothing."""
    if series.kind is not SeriesKind.MUTANT or catalogue.holds_mutant(folder):
        return series
    remark = (
        f"{folder}: says that it is a mutant, but is not one of {catalogue.root / MUTANTS}: "
        "it is judged as any other patch"
    )
    remarks = (*series.remarks, remark)
    return replace(series, kind=SeriesKind.FIX, claims=(), equivalent="", remarks=remarks)


def _remarks(patches: Sequence[Patch]) -> tuple[str, ...]:
    return tuple(remark for patch in patches for remark in patch.remarks)


def _names_nothing(argument: str, catalogue: Catalogue, why: str, more: str = "") -> UsageError:
    """The error that `argument` names nothing, with what it may name (and `more`), or what it resembles."""
    names = catalogue.names(mutants=False)
    close = difflib.get_close_matches(argument, [*names, *catalogue.names(mutants=True)], 1)
    all_forms = (
        f"name a series, a patch file, a folder of patches, {'' if more else 'or '}`-` for stdin{more}"
    )
    return UsageError(
        f"{argument}: is not a series, file or folder, and {why}",
        f"did you mean {close[0]}?" if close else all_forms,
        f"series here: {', '.join(names)}" if names else "",
    )
