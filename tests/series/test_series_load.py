"""Whatever names a series: by name, path, folder, mbox, standard input or commits, it is the same series."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.model import SeriesKind
from harness.series.catalogue import Catalogue, newest_version, read_entry
from harness.series.load import load, load_all

if TYPE_CHECKING:
    from tests.series.conftest import Repo
from tests.series.known import LOWER, PATCH, RECIPE, A, B, Loader, count_parses, essence


def test_by_name(loading: Loader) -> None:
    series = loading("diagnose")
    assert essence(series)[:6] == (
        "diagnose",
        "Diagnose it",
        SeriesKind.FIX,
        "https://example.org/1",
        "19.1.7",
        (A,),
    )
    assert [p.name for p in series.patches] == ["0001-X86-Diagnose-it.patch"]
    assert b"+line thirty of the lowering\n" in series.patches[0].canonical
    assert loading("diagnose").remarks == ()
    newer = loading("diagnose", "22.1.8")
    assert newer.claims == (A, B)
    assert b"+Line thirty of the lowering\n" in newer.patches[0].canonical


def test_every_way_to_name_it_gives_the_same(loading: Loader, repo: Repo, tmp_path: Path) -> None:
    data = Path(PATCH).read_bytes()
    shutil.copy(PATCH, "elsewhere.patch")
    Path("exported").mkdir()
    shutil.copy(PATCH, "exported")
    expected = essence(loading("diagnose"))
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
        assert essence(loading(argument)) == expected, argument
    assert essence(loading("-", stdin=data)) == expected
    assert essence(loading("-", stdin=repo.git("diff", "HEAD~", "HEAD"))) == expected
    assert loading("-", stdin=data).remarks == ("stdin: is the series diagnose: its claims apply",)


def test_a_file_of_another_version_keeps_what_it_is_made_for(loading: Loader) -> None:
    series = loading("patches/diagnose/22.1.8/0001-X86-Diagnose-it.patch", "19.1.7")
    assert (series.name, series.llvm, series.claims) == ("diagnose", "22.1.8", (A,))


def test_the_nearest_patches_are_those_for_the_version_or_the_newest(loading: Loader) -> None:
    """`loading` is here for the folder it makes."""
    folder = Path("patches/diagnose")
    (folder / "series.toml").write_text(
        (folder / "series.toml").read_text().replace("[llvm]\n", '[llvm]\ncompiled = ["9.0.1"]\n')
    )
    shutil.copytree(folder / "19.1.7", folder / "9.0.1")
    entry = read_entry(folder)
    made_for = {version: entry.nearest(version).llvm for version in ("9.0.1", "19.1.7", "23.1.1")}
    assert made_for == {"9.0.1": "9.0.1", "19.1.7": "19.1.7", "23.1.1": "22.1.8"}
    assert newest_version(["9.0.1", "22.1.8", "22.1.10", "19.1.7"]) == "22.1.10"


def test_the_version_in_use_decides_between_equal_patches(loading: Loader) -> None:
    shutil.copy(PATCH, "patches/diagnose/22.1.8")
    data = Path(PATCH).read_bytes()
    made_for = {v: loading("-", v, data).llvm for v in ("19.1.7", "22.1.8", "20.1.8")}
    assert made_for == {"19.1.7": "19.1.7", "22.1.8": "22.1.8", "20.1.8": "22.1.8"}


def test_a_file_finds_its_series_in_another_root(loading: Loader, repo: Repo, tmp_path: Path) -> None:
    series = load(PATCH, catalogue=Catalogue(tmp_path / "none"), version="19.1.7", repo=None, stdin=bytes)
    assert (series.name, series.claims) == ("diagnose", (A,))


def test_an_unknown_patch_is_a_fix_that_claims_nothing(loading: Loader, repo: Repo) -> None:
    repo.commit("[X86] Another", repo.edit(LOWER, "line 3 of", "line three of"))
    for argument in ("-", "HEAD"):
        series = loading(argument, stdin=repo.git("format-patch", "--stdout", "-1"))
        assert essence(series)[:6] == (
            "stdin" if argument == "-" else "HEAD",
            "[X86] Another",
            SeriesKind.FIX,
            "",
            "",
            (),
        )
    assert loading("-", stdin=repo.git("diff", "HEAD~")).title == "stdin"


def test_a_part_of_a_series_has_not_its_claims(loading: Loader, repo: Repo) -> None:
    repo.commit("Second", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.git(
        "format-patch", "-q", "-o", str(Path("patches/diagnose/19.1.7").resolve()), "--start-number=2", "-1"
    )
    series = loading(PATCH)
    assert (series.name, series.title, series.claims) == ("0001-X86-Diagnose-it", "[X86] Diagnose it", ())
    assert loading("HEAD~2..HEAD").claims == (A,)
    assert len(loading("patches/diagnose/19.1.7").patches) == 2


def test_several_commits(loading: Loader, repo: Repo) -> None:
    start = repo.git("rev-parse", "HEAD").decode().strip()
    repo.commit("One", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.commit("Two", repo.edit(LOWER, "line 4 of", "line four of"))
    series = loading(f"{start}..HEAD")
    assert series.title == "One (and 1 more)"
    assert [p.name for p in series.patches] == [f"{start}..HEAD #1", f"{start}..HEAD #2"]
    folder = Path("out").resolve()
    repo.git("format-patch", "-q", "--cover-letter", "-o", str(folder), start)
    cover = folder / "0000-cover-letter.patch"
    cover.write_text(cover.read_text().replace("*** SUBJECT HERE ***", "Both"))
    exported = loading("out")
    assert exported.title == "Both"
    assert [p.canonical for p in exported.patches] == [p.canonical for p in series.patches]
    alone = loading("out/0002-Two.patch")
    assert [p.canonical for p in alone.patches] == [series.patches[1].canonical]
    assert alone.remarks == ("0002-Two: is patch 2/2 of a series, taken alone",)


def test_a_fork_gives_its_own_commits(loading: Loader, repo: Repo) -> None:
    start = repo.git("rev-parse", "HEAD").decode().strip()
    repo.git("branch", "other")
    ours = repo.commit("Ours", repo.edit(LOWER, "line 3 of", "line three of"))
    repo.git("checkout", "-q", "other")
    repo.commit("Theirs", repo.edit(LOWER, "line 50 of", "line fifty of"))
    for argument in (f"{ours}...other", f"{ours}..other", f"{start}..other"):
        assert loading(argument).title == "Theirs", argument
    repo.git("checkout", "-q", "--detach", ours)
    repo.git("merge", "-q", "--no-commit", "other")
    repo.commit("Merge", repo.edit(LOWER, "line 10 of", "line ten of"))
    merged = loading("HEAD")
    assert b"fifty" in merged.patches[0].canonical
    assert b"line ten of" in merged.patches[0].canonical
    assert b"three" not in merged.patches[0].canonical


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
        (patch,) = loading(argument).patches
        assert b"+line thirty of work" in patch.canonical
        assert b"+line ten of" in patch.canonical
        assert b"fifty" not in patch.canonical


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
    expected = [essence(loading(argument)) for argument in arguments]
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
    assert [essence(loading(argument)) for argument in arguments] == expected


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
    expected = essence(loading("HEAD"))
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / "other"))
    assert essence(loading("HEAD")) == expected


def test_a_pipe_as_a_file(loading: Loader, tmp_path: Path) -> None:
    """`harness check <(gh pr diff 1)` names a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = Path(PATCH).read_bytes()
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    series = loading(str(pipe))
    writer.join()
    assert series.name == "diagnose"


def test_paths_below_llvm_are_a_remark(loading: Loader) -> None:
    data = Path(PATCH).read_bytes().replace(b"/llvm/lib", b"/lib")
    loaded = loading("-", stdin=data)
    assert loaded.name == "diagnose"
    assert loaded.remarks == (
        "stdin: paths count from llvm/: lib/Target/X86/X86MCInstLower.cpp is read as "
        "llvm/lib/Target/X86/X86MCInstLower.cpp",
        "stdin: is the series diagnose: its claims apply",
    )


def test_all_series(patches: Path) -> None:
    shutil.copytree(patches / "diagnose", patches / "another")
    (patches / "README.md").write_text("about\n")
    found = load_all(Catalogue(patches), "19.1.7")
    assert [(s.name, len(s.patches), s.llvm) for s in found] == [
        ("another", 1, "19.1.7"),
        ("diagnose", 1, "19.1.7"),
    ]
    older = load_all(Catalogue(patches), "16.0.6")
    assert [(s.name, s.patches, s.llvm) for s in older] == [("another", (), ""), ("diagnose", (), "")]
    assert load_all(Catalogue(patches / "none"), "19.1.7") == ()


def half_written(patches: Path) -> None:
    """What `patches/` is like while somebody writes two series and a mutant."""
    (patches / "drafts").mkdir()
    (patches / "no-patch-yet").mkdir()
    (patches / "no-patch-yet/series.toml").write_text(RECIPE)
    (patches / "mutants/typo").mkdir(parents=True)
    (patches / "mutants/typo/series.toml").write_text("title = 'x\n")


def test_a_half_written_series_does_not_matter_to_other_patches(
    loading: Loader, repo: Repo, patches: Path
) -> None:
    half_written(patches)
    repo.commit("[X86] Another", repo.edit(LOWER, "line 3 of", "line three of"))
    mine = Path("my.patch")
    mine.write_bytes(repo.git("format-patch", "--stdout", "-1"))
    for name, argument in (("my", "my.patch"), ("HEAD", "HEAD"), ("stdin", "-")):
        series = loading(argument, stdin=mine.read_bytes())
        assert essence(series)[:3] == (name, "[X86] Another", SeriesKind.FIX)
        assert series.remarks == (
            f"patches/drafts: has no series.toml: {name} is not compared with it",
            "patches/no-patch-yet/series.toml: llvm.versions lists 19.1.7, but there is no folder "
            f"patches/no-patch-yet/19.1.7: {name} is not compared with it",
        )


def test_a_half_written_series_does_not_matter_to_a_known_one(loading: Loader, patches: Path) -> None:
    half_written(patches)
    assert loading("diagnose").remarks == ()
    data = Path(PATCH).read_bytes()
    assert loading("-", stdin=data).remarks == ("stdin: is the series diagnose: its claims apply",)


def test_each_series_is_read_once(
    patches: Path, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = count_parses(monkeypatch)
    repo.commit("[X86] Another", repo.edit(LOWER, "line 3 of", "line three of"))
    Path("my.patch").write_bytes(repo.git("format-patch", "--stdout", "-1"))
    known = Catalogue(patches)
    for argument in ("my.patch", "diagnose", "HEAD", "patches/diagnose"):
        load(argument, catalogue=known, version="19.1.7", repo=repo.path, stdin=bytes)
    assert parsed == {
        "my.patch": 1,
        "HEAD": 1,
        PATCH: 1,
        PATCH.replace("19.1.7", "22.1.8"): 1,
    }
