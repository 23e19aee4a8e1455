"""From what a user names to a series: a series, a patch file, a folder, an mbox, stdin or commits."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness import git
from harness.errors import UsageError
from harness.model import Series, SeriesKind
from harness.patch import Patch
from harness.series import catalogue
from harness.series.parse import PatchSet, in_order, read_patches

STDIN = "stdin"
_SUFFIXES = (".patch", ".diff", ".mbox", ".eml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A series ready to apply; `notes` are one-line remarks on how the input was read."""

    series: Series
    notes: tuple[str, ...] = ()


def load(
    argument: str, *, patches_root: Path, version: str, repo: Path | None, stdin: Callable[[], bytes]
) -> Loaded:
    """The series that `argument` names, for LLVM `version`.

    In this order: `-` (`stdin` gives its bytes); the name of a series or mutant below `patches_root`; a
    folder or file; a commit or range of `repo`. Patches without a series.toml are a fix that claims nothing,
    unless they are equal to the patches of a known fix or feature: then they are that series, its claims
    included, wherever they came from. A mutant is one only if it is called so, by its name or its folder:
    what a mutant breaks is right, and nobody who gives a patch means that. Raises UsageError if it names
    nothing or what it names is malformed.
    """
    if argument == "-":
        return _adopt(STDIN, read_patches(STDIN, stdin()), patches_root, version)
    if not argument:
        raise UsageError(
            "the series is named by an empty text", "name a series, a patch file, a folder or commits"
        )
    if (named := catalogue.find(patches_root, argument)) is not None:
        return _series(named, version)
    path = Path(argument)
    if path.is_dir():
        if catalogue.is_entry(path):
            return _as_any_patch(_series(path, version), path, patches_root)
        return _adopt(path.resolve().name, _folder(path), _root_of(path, patches_root), version)
    if path.exists():
        found = read_patches(str(path), catalogue.read_bytes(path))
        return _adopt(path.stem, found, _root_of(path.parent, patches_root), version)
    if path.suffix in _SUFFIXES:
        raise UsageError(f"{argument}: there is no such file", "check the path")
    if repo is None:
        raise _names_nothing(argument, patches_root, "no git repository was given to find commits in")
    if not git.is_repository(repo):
        raise _names_nothing(argument, patches_root, f"{repo} is no git repository to find commits in")
    # A range is meant for git, and so is an option by mistake. One word may as well be a series mistyped.
    if not (".." in argument or argument.startswith("-") or git.has_commit(repo, argument)):
        raise _names_nothing(
            argument,
            patches_root,
            f"git finds no commit of that name in {repo}",
            ", or commits; fetch a commit that is on a remote first",
        )
    return _adopt(argument, read_patches(argument, git.export(repo, argument)), patches_root, version)


def all_series(patches_root: Path, version: str) -> tuple[Series, ...]:
    """Every fix and feature of `patches_root`, by name; `patches` is empty where none is for `version`."""
    return _all(patches_root, version, mutants=False)


def all_mutants(patches_root: Path, version: str) -> tuple[Series, ...]:
    """Every mutant of `patches_root`, by name; `patches` is empty where none is for `version`."""
    return _all(patches_root, version, mutants=True)


def mutants(
    patches_root: Path, version: str, named: Sequence[str]
) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """The mutants that are named, or all, for LLVM `version`; and all others that are for it.

    Raises UsageError if there is none, or a name is no mutant's or that of one for other versions only.
    """
    folder = patches_root / catalogue.MUTANTS
    known = {mutant.name: mutant for mutant in all_mutants(patches_root, version)}
    if not known:
        raise UsageError(
            f"{folder}: there is no mutant",
            f"put one there: {folder / 'NAME' / catalogue.RECIPE} and its patches",
        )
    for name in named:
        if name not in known:
            raise _no_mutant(name, patches_root)
        if not known[name].patches:
            _series(folder / name, version)  # raises: it says which versions it is for
    fit = {name: mutant for name, mutant in known.items() if mutant.patches}
    if not fit:
        raise UsageError(
            f"no mutant in {folder} is for LLVM {version}",
            "rebase one and list the version in its series.toml",
        )
    chosen = dict.fromkeys(named) or fit
    return tuple(fit[name] for name in chosen), tuple(fit[name] for name in fit if name not in chosen)


def _no_mutant(name: str, patches_root: Path) -> UsageError:
    known = catalogue.names(patches_root, mutants=True)
    if name in catalogue.names(patches_root, mutants=False):
        return UsageError(f"{name}: is a series, not a mutant", f"harness check {name}")
    close = difflib.get_close_matches(name, known, 1)
    return UsageError(
        f"{name}: is no mutant of {patches_root / catalogue.MUTANTS}",
        f"did you mean {close[0]}?" if close else "name one of these",
        f"mutants here: {', '.join(known)}",
    )


def _all(patches_root: Path, version: str, *, mutants: bool) -> tuple[Series, ...]:
    return tuple(
        entry.series(version, entry.patches.get(version, ()), version if version in entry.patches else "")
        for entry in catalogue.entries(patches_root, mutants=mutants)
    )


def _series(folder: Path, version: str) -> Loaded:
    entry = catalogue.read_entry(folder.resolve() if folder.name in {"", ".", ".."} else folder)
    if version not in entry.patches:
        have = ", ".join(entry.patches)
        raise UsageError(
            f"{folder}: has no patches for LLVM {version}, only for {have}",
            f"choose one of these versions, or put rebased patches into {folder / version} and list it",
        )
    patches = entry.patches[version]
    return Loaded(entry.series(version, patches, version), _notes(patches))


def _folder(folder: Path) -> PatchSet:
    """The patches of a folder that `git format-patch -o` filled, by name, cover letters skipped."""
    sets = [
        read_patches(str(path), catalogue.read_bytes(path))
        for path in sorted(folder.iterdir())
        if path.suffix in _SUFFIXES and path.is_file()
    ]
    if not sets:
        raise UsageError(
            f"{folder}: has neither {catalogue.RECIPE} nor a patch in it",
            f"fill it: `git format-patch -o {folder} A..B`",
        )
    patches = in_order(str(folder), [patch for one in sets for patch in one.patches])
    cover = next((one.cover for one in sets if one.cover), "")
    return PatchSet(patches, cover, tuple(note for one in sets for note in one.notes))


def _root_of(folder: Path, patches_root: Path) -> Path:
    """The folder that holds the series `folder` is a version of, else `patches_root`."""
    series = folder.resolve().parent
    return catalogue.root_of(series) if catalogue.is_entry(series) else patches_root


def _adopt(name: str, found: PatchSet, patches_root: Path, version: str) -> Loaded:
    """The known series with these very changes, or a fix without claims."""
    patches = found.patches
    if not patches:
        raise UsageError(
            f"{name}: is a cover letter; there is no patch in it", "give the patches it introduces"
        )
    notes = (*found.notes, *_notes(patches))
    if len(patches) == 1 and patches[0].total > 1:
        notes = (*notes, f"{name}: is patch {patches[0].number}/{patches[0].total} of a series, taken alone")
    prints = tuple(p.fingerprint for p in patches)
    known, alike = (_equal(prints, patches_root, mutants=mutants) for mutants in (False, True))
    if known:
        # The same change may serve several versions: the one in use counts, then the newest listed.
        entry, made_for = next((k for k in known if k[1] == version), known[-1])
        if name != entry.folder.name:
            notes = (*notes, f"{name}: is the series {entry.folder.name}: its claims apply")
        return Loaded(entry.series(version, patches, made_for), notes)
    if alike:
        mutant = alike[0][0].folder.name
        notes = (
            *notes,
            f"{name}: has the changes of the mutant {mutant}, and is judged as any other patch; "
            f"name the mutant to judge it: harness check {mutant}",
        )
    title = found.cover or patches[0].subject or name
    if len(patches) > 1 and not found.cover:
        title += f" (and {len(patches) - 1} more)"
    return Loaded(Series(name, title, SeriesKind.FIX, patches), notes)


def _equal(
    prints: tuple[str, ...], patches_root: Path, *, mutants: bool
) -> list[tuple[catalogue.Entry, str]]:
    """The series of `patches_root`, or its mutants, with these very changes; and for which version."""
    return [
        (entry, made_for)
        for entry in catalogue.entries(patches_root, mutants=mutants)
        for made_for in entry.patches
        if tuple(p.fingerprint for p in entry.patches[made_for]) == prints
    ]


def _as_any_patch(found: Loaded, folder: Path, patches_root: Path) -> Loaded:
    """What was read of a folder; a mutant that is none of `patches_root` as a fix that claims nothing."""
    series = found.series
    if series.kind is not SeriesKind.MUTANT or catalogue.holds_mutant(patches_root, folder):
        return found
    note = (
        f"{folder}: says that it is a mutant, and is none of {patches_root / catalogue.MUTANTS}: "
        "it is judged as any other patch"
    )
    return Loaded(replace(series, kind=SeriesKind.FIX, claims=(), equivalent=""), (*found.notes, note))


def _notes(patches: tuple[Patch, ...]) -> tuple[str, ...]:
    return tuple(note for patch in patches for note in patch.notes)


def _names_nothing(argument: str, patches_root: Path, why: str, more: str = "") -> UsageError:
    """The error that `argument` is nothing: all it could be, `more` too, or the series it is close to."""
    names = catalogue.names(patches_root, mutants=False)
    close = difflib.get_close_matches(argument, [*names, *catalogue.names(patches_root, mutants=True)], 1)
    all_forms = (
        f"name a series, a patch file, a folder of patches, {'' if more else 'or '}`-` for stdin{more}"
    )
    return UsageError(
        f"{argument}: is no series, file or folder, and {why}",
        f"did you mean {close[0]}?" if close else all_forms,
        f"series here: {', '.join(names)}" if names else "",
    )
