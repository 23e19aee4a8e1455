"""What names no series, or a broken one: the exact message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.series.catalogue import Catalogue
from harness.series.load import load_all

if TYPE_CHECKING:
    from tests.series.conftest import Repo
from tests.series.known import LOWER, PATCH, RECIPE, Loader


def says(loading: Loader, argument: str, message: str, **more: object) -> None:
    with pytest.raises(UsageError) as raised:
        loading(argument, **more)
    assert str(raised.value) == message


def test_names_nothing(loading: Loader, tmp_path: Path) -> None:
    says(
        loading,
        "diagnoze",
        "diagnoze: is not a series, file or folder, and no git repository was given to find commits in\n"
        "  series here: diagnose\n"
        "next: did you mean diagnose?",
        repo=None,
    )
    says(
        loading,
        "A..B",
        f"A..B: is not a series, file or folder, and {tmp_path} is not a git repository to find commits in\n"
        "  series here: diagnose\n"
        "next: name a series, a patch file, a folder of patches, or `-` for stdin",
        repo=tmp_path,
    )
    says(loading, "gone.patch", "gone.patch: there is no such file\nnext: check the path")
    says(
        loading,
        "",
        "the name of the series is empty\nnext: name a series, a patch file, a folder or commits",
    )


def test_no_patches_for_this_version(loading: Loader) -> None:
    says(
        loading,
        "diagnose",
        "patches/diagnose: has no patches for LLVM 16.0.6, only for 19.1.7, 22.1.8\n"
        "next: choose one of these versions, or put rebased patches into patches/diagnose/16.0.6 and list it",
        version="16.0.6",
    )


def test_no_such_commit(loading: Loader, repo: Repo) -> None:
    for argument in ("nope..HEAD", "nope...HEAD"):
        says(
            loading,
            argument,
            f"{argument}: git finds no commit 'nope' in {repo.path}\n"
            "  fatal: Needed a single revision\n"
            f"next: check the name with `git -C {repo.path} log -1 nope`; fetch it first if it "
            "is on a remote",
        )
    says(
        loading,
        "nope",
        f"nope: is not a series, file or folder, and git finds no commit of that name in {repo.path}\n"
        "  series here: diagnose\n"
        "next: name a series, a patch file, a folder of patches, `-` for stdin, or commits; fetch a commit "
        "that is on a remote first",
    )
    says(
        loading,
        "--output=x",
        "--output=x: '--output=x' is not the name of a commit\nnext: give A..B, A...B or one commit",
    )
    says(
        loading,
        "--output=x..HEAD",
        "--output=x..HEAD: '--output=x' is not the name of a commit\nnext: give A..B, A...B or one commit",
    )


def test_a_mistyped_series_in_a_checkout(loading: Loader, repo: Repo) -> None:
    says(
        loading,
        "diagnoze",
        f"diagnoze: is not a series, file or folder, and git finds no commit of that name in {repo.path}\n"
        "  series here: diagnose\n"
        "next: did you mean diagnose?",
    )
    repo.git("branch", "diagnoze")
    assert loading("diagnoze").name == "diagnose"  # a branch of that name, with the same change


def test_an_empty_range(loading: Loader) -> None:
    says(
        loading,
        "HEAD..HEAD",
        "HEAD..HEAD: there is no commit in this range\nnext: see `git log --oneline HEAD..HEAD`",
    )


def test_no_common_ancestor(loading: Loader, repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit("Alone", {"llvm/x": "x"})
    says(
        loading,
        "main...alone",
        f"main...alone: the two sides have no common ancestor in {repo.path}\n"
        "next: fetch more of the history (`git fetch --unshallow`), or give A..B",
    )


def test_an_empty_commit(loading: Loader, repo: Repo) -> None:
    repo.commit("Nothing", {})
    says(
        loading,
        "HEAD",
        "HEAD: is empty\nnext: check the command or download that made it: it wrote no patch",
    )


def test_nothing_on_stdin(loading: Loader) -> None:
    says(loading, "-", "stdin: is empty\nnext: check the command or download that made it: it wrote no patch")
    says(
        loading,
        "-",
        "stdin: line 1 ends in CR LF, so the patch as a whole was converted to Windows line endings\n"
        "next: pipe it through `sed 's/\\r$//'`; if the patched files themselves have CR LF lines, take the "
        "change from git instead (`git am --keep-cr`, then give the commit)",
        stdin=b"--- a/llvm/x\r\n+++ b/llvm/x\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n",
    )


def test_folders_without_patches(loading: Loader) -> None:
    Path("hollow").mkdir()
    says(
        loading,
        "hollow",
        "hollow: has neither series.toml nor a patch in it\nnext: fill it: `git format-patch -o hollow A..B`",
    )
    Path("hollow/0000-cover-letter.patch").write_text("From: a\nSubject: [PATCH 0/2] Both\n\nwords\n")
    for argument, name in (("hollow", "hollow"), ("hollow/0000-cover-letter.patch", "0000-cover-letter")):
        says(
            loading,
            argument,
            f"{name}: is a cover letter; there is no patch in it\nnext: give the patches it introduces",
        )


def test_a_folder_that_lacks_one_patch(loading: Loader, repo: Repo) -> None:
    start = repo.git("rev-parse", "HEAD").decode().strip()
    for n in (3, 4, 5):
        repo.commit(f"Change {n}", repo.edit(LOWER, f"line {n} of", f"Line {n} of"))
    repo.git("format-patch", "-q", "-o", str(Path("out").resolve()), start)
    Path("out/0002-Change-4.patch").unlink()
    says(
        loading,
        "out",
        "out: patch 2/3 is missing\nnext: add it, or number the rest anew with `git format-patch`",
    )


def test_an_unreadable_file(loading: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, mode: str) -> object:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    says(
        loading,
        PATCH,
        f"{PATCH}: cannot be read: Permission denied\nnext: check the path and its permissions",
    )


def remove_version() -> None:
    shutil.rmtree("patches/diagnose/22.1.8")


def empty_version() -> None:
    remove_version()
    Path("patches/diagnose/22.1.8").mkdir()


def cover_only() -> None:
    empty_version()
    Path("patches/diagnose/22.1.8/0000-cover.patch").write_text(
        "From: a\nSubject: [PATCH 0/2] Both\n\nwords\n"
    )


BROKEN: list[tuple[Callable[[], object], str]] = [
    (
        remove_version,
        "patches/diagnose/series.toml: llvm.versions lists 22.1.8, but there is no folder "
        "patches/diagnose/22.1.8\n"
        "next: put its patches there with `git format-patch -o patches/diagnose/22.1.8`, or "
        "remove the version",
    ),
    (
        empty_version,
        "patches/diagnose/22.1.8: has no NNNN-*.patch\n"
        "next: put them there with `git format-patch -o patches/diagnose/22.1.8`, or remove the version",
    ),
    (
        cover_only,
        "patches/diagnose/22.1.8: has a cover letter and no patch\nnext: put the patches beside it",
    ),
    (
        lambda: shutil.copytree("patches/diagnose/22.1.8", "patches/diagnose/20.1.8"),
        "patches/diagnose/series.toml: llvm.versions does not list 20.1.8, which has a folder\n"
        "next: add 20.1.8 to llvm.versions, or remove patches/diagnose/20.1.8",
    ),
    (
        lambda: shutil.copy(PATCH, "patches/diagnose/19.1.7/more.patch"),
        "patches/diagnose/19.1.7/more.patch: is not named NNNN-*.patch, so its place is unknown\n"
        "next: rename it to 0001-....patch",
    ),
    (
        lambda: shutil.copy(PATCH, "patches/diagnose/19.1.7/0001-more.patch"),
        "patches/diagnose/19.1.7/0001-more.patch: has the same number as 0001-X86-Diagnose-it.patch\n"
        "next: rename one of them",
    ),
    (
        lambda: Path("patches/diagnose/19.1.7/0002-bad.patch").write_text("words\n"),
        "patches/diagnose/19.1.7/0002-bad.patch: has no diff in it\n"
        "next: make it with `git format-patch`, or pipe `gh pr diff N` in",
    ),
    (
        lambda: Path("patches/diagnose/series.toml").write_text("clams = 1\n" + RECIPE),
        'patches/diagnose/series.toml: line 1: unknown key "clams"\n'
        "next: use one of title, kind, llvm, upstream, cases, since, equivalent, claims",
    ),
]


@pytest.mark.parametrize(("breaking", "message"), BROKEN)
def test_a_broken_series(loading: Loader, breaking: Callable[[], object], message: str) -> None:
    breaking()
    says(loading, "diagnose", message)


def test_a_folder_that_is_not_a_series(patches: Path) -> None:
    (patches / "drafts").mkdir()
    with pytest.raises(UsageError) as raised:
        load_all(Catalogue(patches), "19.1.7")
    assert str(raised.value) == (
        "patches/drafts: has no series.toml\n"
        "next: write patches/drafts/series.toml, or move the folder elsewhere"
    )
