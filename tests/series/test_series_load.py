"""Whatever names a series: by name, path, folder, mbox, standard input or commits, it is the same series."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.model import Claim, ClaimKind, Series, SeriesKind
from harness.series.load import Loaded, all_series, load

if TYPE_CHECKING:
    from tests.series.conftest import Repo

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
RECIPE = """\
title = "Diagnose it"
kind = "fix"
upstream = "https://example.org/1"
[llvm]
versions = ["19.1.7", "22.1.8"]
[[claims]]
fixes = "X86/a.ll"
[[claims]]
fixes = "X86/b.ll"
versions = ["22.1.8"]
"""
A = Claim(ClaimKind.FIXES, "X86/a.ll")
B = Claim(ClaimKind.FIXES, "X86/b.ll")

Loader = Callable[..., Loaded]


@pytest.fixture
def patches(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`patches/diagnose` for two versions; the checkout has the change for 19.1.7 as its last commit."""
    monkeypatch.chdir(tmp_path)
    root = Path("patches")
    for version, text in (("22.1.8", "Line thirty of"), ("19.1.7", "line thirty of")):
        if version == "19.1.7":
            repo.git("checkout", "-q", "HEAD~")
        repo.commit("[X86] Diagnose it", repo.edit(LOWER, "line 30 of", text))
        folder = root / "diagnose" / version
        folder.mkdir(parents=True)
        repo.git("format-patch", "-q", "-o", str(folder.resolve()), "-1")
    (root / "diagnose/series.toml").write_text(RECIPE)
    return root


@pytest.fixture
def loading(patches: Path, repo: Repo) -> Loader:
    def call(
        argument: str, version: str = "19.1.7", stdin: bytes = b"", repo: Path | None = repo.path
    ) -> Loaded:
        return load(argument, patches_root=patches, version=version, repo=repo, stdin=lambda: stdin)

    return call


PATCH = "patches/diagnose/19.1.7/0001-X86-Diagnose-it.patch"


def essence(series: Series) -> tuple[object, ...]:
    """All of a series but how its patches are called in messages."""
    rest = (series.name, series.title, series.kind, series.upstream, series.llvm, series.claims)
    return (*rest, tuple(p.data for p in series.patches))


def test_by_name(loading: Loader) -> None:
    series = loading("diagnose").series
    assert essence(series)[:6] == (
        "diagnose",
        "Diagnose it",
        SeriesKind.FIX,
        "https://example.org/1",
        "19.1.7",
        (A,),
    )
    assert [p.name for p in series.patches] == ["0001-X86-Diagnose-it.patch"]
    assert b"+line thirty of the lowering\n" in series.patches[0].data
    assert loading("diagnose").notes == ()
    newer = loading("diagnose", "22.1.8").series
    assert newer.claims == (A, B)
    assert b"+Line thirty of the lowering\n" in newer.patches[0].data


def test_every_way_to_name_it_gives_the_same(loading: Loader, repo: Repo, tmp_path: Path) -> None:
    data = Path(PATCH).read_bytes()
    shutil.copy(PATCH, "elsewhere.patch")
    Path("exported").mkdir()
    shutil.copy(PATCH, "exported")
    expected = essence(loading("diagnose").series)
    for argument in (
        "patches/diagnose",
        str(tmp_path / "patches/diagnose"),
        "patches/diagnose/19.1.7",
        PATCH,
        "elsewhere.patch",
        "exported",
        "HEAD",
        "HEAD~..HEAD",
        "HEAD~..",
        "main...HEAD",
        "@",
        repo.git("rev-parse", "HEAD").decode().strip()[:12],
    ):
        assert essence(loading(argument).series) == expected, argument
    assert essence(loading("-", stdin=data).series) == expected
    assert essence(loading("-", stdin=repo.git("diff", "HEAD~", "HEAD")).series) == expected
    assert loading("-", stdin=data).notes == ("stdin: is the series diagnose: its claims apply",)


def test_a_file_of_another_version_keeps_what_it_is_made_for(loading: Loader) -> None:
    series = loading("patches/diagnose/22.1.8/0001-X86-Diagnose-it.patch", "19.1.7").series
    assert (series.name, series.llvm, series.claims) == ("diagnose", "22.1.8", (A,))


def test_the_version_in_use_decides_between_equal_patches(loading: Loader) -> None:
    shutil.copy(PATCH, "patches/diagnose/22.1.8")
    data = Path(PATCH).read_bytes()
    made_for = {v: loading("-", v, data).series.llvm for v in ("19.1.7", "22.1.8", "20.1.8")}
    assert made_for == {"19.1.7": "19.1.7", "22.1.8": "22.1.8", "20.1.8": "22.1.8"}


def test_a_file_finds_its_series_in_another_root(loading: Loader, repo: Repo, tmp_path: Path) -> None:
    series = load(PATCH, patches_root=tmp_path / "none", version="19.1.7", repo=None, stdin=bytes).series
    assert (series.name, series.claims) == ("diagnose", (A,))


def test_an_unknown_patch_is_a_fix_that_claims_nothing(loading: Loader, repo: Repo) -> None:
    repo.commit("[X86] Another", repo.edit(LOWER, "line 3 of", "line three of"))
    for argument in ("-", "HEAD"):
        series = loading(argument, stdin=repo.git("format-patch", "--stdout", "-1")).series
        assert essence(series)[:6] == (
            "stdin" if argument == "-" else "HEAD",
            "[X86] Another",
            SeriesKind.FIX,
            "",
            "",
            (),
        )
    assert loading("-", stdin=repo.git("diff", "HEAD~")).series.title == "stdin"


def test_a_part_of_a_series_has_not_its_claims(loading: Loader, repo: Repo) -> None:
    repo.commit("Second", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.git(
        "format-patch", "-q", "-o", str(Path("patches/diagnose/19.1.7").resolve()), "--start-number=2", "-1"
    )
    series = loading(PATCH).series
    assert (series.name, series.title, series.claims) == ("0001-X86-Diagnose-it", "[X86] Diagnose it", ())
    assert loading("HEAD~2..HEAD").series.claims == (A,)
    assert len(loading("patches/diagnose/19.1.7").series.patches) == 2


def test_several_commits(loading: Loader, repo: Repo) -> None:
    start = repo.git("rev-parse", "HEAD").decode().strip()
    repo.commit("One", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.commit("Two", repo.edit(LOWER, "line 4 of", "line four of"))
    series = loading(f"{start}..HEAD").series
    assert series.title == "One (and 1 more)"
    assert [p.name for p in series.patches] == [f"{start}..HEAD #1", f"{start}..HEAD #2"]
    folder = Path("out").resolve()
    repo.git("format-patch", "-q", "--cover-letter", "-o", str(folder), start)
    cover = folder / "0000-cover-letter.patch"
    cover.write_text(cover.read_text().replace("*** SUBJECT HERE ***", "Both"))
    exported = loading("out").series
    assert exported.title == "Both"
    assert [p.data for p in exported.patches] == [p.data for p in series.patches]
    alone = loading("out/0002-Two.patch")
    assert [p.data for p in alone.series.patches] == [series.patches[1].data]
    assert alone.notes == ("0002-Two: is patch 2/2 of a series, taken alone",)


def test_a_fork_gives_its_own_commits(loading: Loader, repo: Repo) -> None:
    start = repo.git("rev-parse", "HEAD").decode().strip()
    repo.git("branch", "other")
    ours = repo.commit("Ours", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.git("checkout", "-q", "other")
    repo.commit("Theirs", repo.edit(LOWER, "line 50 of", "line fifty of"))
    for argument in (f"{ours}...other", f"{ours}..other", f"{start}..other"):
        assert loading(argument).series.title == "Theirs", argument
    repo.git("checkout", "-q", "--detach", ours)
    repo.git("merge", "-q", "--no-commit", "other")
    repo.commit("Merge", repo.edit(LOWER, "line 10 of", "line ten of"))
    merged = loading("HEAD").series
    assert b"fifty" in merged.patches[0].data
    assert b"line ten of" in merged.patches[0].data
    assert b"three" not in merged.patches[0].data


def test_a_range_with_merges_is_one_diff(loading: Loader, repo: Repo) -> None:
    """`git format-patch` would leave out what the merge itself changed."""
    repo.git("checkout", "-q", "-b", "work", "main~")
    repo.commit("Work", repo.edit(LOWER, "line 30 of", "line thirty of work"))
    repo.git("checkout", "-q", "main")
    repo.commit("Upstream", repo.edit(LOWER, "line 50 of", "line fifty of"))
    repo.git("checkout", "-q", "work")
    repo.git("merge", "-q", "--no-commit", "--strategy-option=ours", "main")
    repo.commit("Merge", repo.edit(LOWER, "line 10 of", "line ten of"))
    for argument in ("main..work", "main...work"):
        (patch,) = loading(argument).series.patches
        assert b"+line thirty of work" in patch.data
        assert b"+line ten of" in patch.data
        assert b"fifty" not in patch.data


def test_settings_of_the_repository_do_not_change_the_patch(loading: Loader, repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "work")
    repo.write(repo.edit(LOWER, "line 3 of", "line three of"))
    repo.commit("Work", repo.edit(LOWER, "line 20 of", "line twenty of"))
    (repo.path / LOWER).rename(repo.path / "llvm/lib/Lower.cpp")
    repo.commit("Rename", {})
    repo.git("checkout", "-q", "main~")
    repo.commit("Else", {"llvm/lib/Else.cpp": "else\n"})
    repo.git("merge", "-q", "-m", "Merge", "work")
    # One commit with two hunks, a rename, a merge, and a range of them as one diff.
    arguments = ("work~", "work", "work~2..work", "HEAD", "HEAD~..HEAD", "main~..HEAD")
    expected = [essence(loading(argument).series) for argument in arguments]
    settings = {
        "diff.noprefix": "true",
        "diff.algorithm": "patience",
        "diff.context": "9",
        "diff.interHunkContext": "50",
        "diff.renames": "false",
        "diff.external": "/bin/false",
        "diff.orderFile": "missing",
        "color.ui": "always",
        "color.diff": "always",
        "format.attach": "yes",
        "format.subjectPrefix": "RFC",
        "format.coverLetter": "true",
        "format.numbered": "false",
        "format.headers": "X-Thing: yes",
        "format.signOff": "true",
        "core.pager": "/bin/false",
        "i18n.logOutputEncoding": "iso-8859-1",
    }
    for key, value in settings.items():
        repo.git("config", key, value)
    assert [essence(loading(argument).series) for argument in arguments] == expected


def test_the_checkout_is_not_touched(loading: Loader, repo: Repo) -> None:
    repo.write({"llvm/untracked": "x", LOWER: "edited\n"})

    def state() -> list[tuple[str, int, bytes]]:
        return [
            (str(p), p.stat().st_mtime_ns, p.read_bytes())
            for p in sorted(repo.path.rglob("*"))
            if p.is_file()
        ]

    before = state()
    loading("HEAD~..HEAD")
    loading("HEAD")
    assert state() == before


def test_a_hook_of_another_repository(
    loading: Loader, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = essence(loading("HEAD").series)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    assert essence(loading("HEAD").series) == expected


def test_a_pipe_as_a_file(loading: Loader, tmp_path: Path) -> None:
    """`harness check <(gh pr diff 1)` names a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = Path(PATCH).read_bytes()
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    series = loading(str(pipe)).series
    writer.join()
    assert series.name == "diagnose"


def test_paths_below_llvm_are_said_aloud(loading: Loader) -> None:
    data = Path(PATCH).read_bytes().replace(b"/llvm/lib", b"/lib")
    loaded = loading("-", stdin=data)
    assert loaded.series.name == "diagnose"
    assert loaded.notes == (
        "stdin: paths count from llvm/: lib/Target/X86/X86MCInstLower.cpp is read as "
        "llvm/lib/Target/X86/X86MCInstLower.cpp",
        "stdin: is the series diagnose: its claims apply",
    )


# -- messages ------------------------------------------------------------------------------------------


def says(loading: Loader, argument: str, message: str, **more: object) -> None:
    with pytest.raises(UsageError) as raised:
        loading(argument, **more)
    assert str(raised.value) == message


def test_names_nothing(loading: Loader, tmp_path: Path) -> None:
    says(
        loading,
        "diagnoze",
        "diagnoze: is no series, file or folder, and no git repository was given to find commits in\n"
        "  series here: diagnose\n"
        "next: did you mean diagnose?",
        repo=None,
    )
    says(
        loading,
        "A..B",
        f"A..B: is no series, file or folder, and {tmp_path} is no git repository to find commits in\n"
        "  series here: diagnose\n"
        "next: name a series, a patch file, a folder of patches, or `-` for stdin",
        repo=tmp_path,
    )
    says(loading, "gone.patch", "gone.patch: there is no such file\nnext: check the path")
    says(
        loading,
        "",
        "the series is named by an empty text\nnext: name a series, a patch file, a folder or commits",
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
        f"nope: is no series, file or folder, and git finds no commit of that name in {repo.path}\n"
        "  series here: diagnose\n"
        "next: name a series, a patch file, a folder of patches, `-` for stdin, or commits; fetch a commit "
        "that is on a remote first",
    )
    says(
        loading,
        "--output=x",
        "--output=x: '--output=x' is no name of a commit\nnext: give A..B, A...B or one commit",
    )
    says(
        loading,
        "--output=x..HEAD",
        "--output=x..HEAD: '--output=x' is no name of a commit\nnext: give A..B, A...B or one commit",
    )


def test_a_mistyped_series_in_a_checkout(loading: Loader, repo: Repo) -> None:
    says(
        loading,
        "diagnoze",
        f"diagnoze: is no series, file or folder, and git finds no commit of that name in {repo.path}\n"
        "  series here: diagnose\n"
        "next: did you mean diagnose?",
    )
    repo.git("branch", "diagnoze")
    assert loading("diagnoze").series.name == "diagnose"  # a branch of that name, with the same change


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
        "patches/diagnose/19.1.7/more.patch: is not named NNNN-*.patch, its place is unknown\n"
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
        'patches/diagnose/series.toml: unknown key "clams"\n'
        "next: use one of title, kind, llvm, upstream, claims",
    ),
]


@pytest.mark.parametrize(("breaking", "message"), BROKEN)
def test_a_broken_series(loading: Loader, breaking: Callable[[], object], message: str) -> None:
    breaking()
    says(loading, "diagnose", message)


def test_all_series(patches: Path) -> None:
    shutil.copytree(patches / "diagnose", patches / "another")
    (patches / "README.md").write_text("about\n")
    found = all_series(patches, "19.1.7")
    assert [(s.name, len(s.patches), s.llvm) for s in found] == [
        ("another", 1, "19.1.7"),
        ("diagnose", 1, "19.1.7"),
    ]
    older = all_series(patches, "16.0.6")
    assert [(s.name, s.patches, s.llvm) for s in older] == [("another", (), ""), ("diagnose", (), "")]
    assert all_series(patches / "none", "19.1.7") == ()


def test_a_folder_that_is_no_series(patches: Path) -> None:
    (patches / "drafts").mkdir()
    with pytest.raises(UsageError) as raised:
        all_series(patches, "19.1.7")
    assert str(raised.value) == (
        "patches/drafts: has no series.toml\n"
        "next: write patches/drafts/series.toml, or move the folder elsewhere"
    )
