"""Applying: all or nothing, and never through a hard link."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError, UsageError
from harness.patch import Change, ChangeKind
from harness.series.apply import AppliedSeries, apply

if TYPE_CHECKING:
    from tests.series.conftest import Repo
from tests.series.applied import LOWER, TEST, bare, content, last, refused, series, texts


def test_all_kinds_of_change(repo: Repo, tree: Path) -> None:
    for root in (repo.path, tree):
        (root / "llvm/lib/Old").mkdir()
        (root / "llvm/lib/Old/Gone.cpp").write_text("gone\n")
        (root / "llvm/lib/Name.cpp").write_text("".join(f"{n}\n" for n in range(30)))
    repo.commit("Same", {})
    (repo.path / "llvm/lib/Name.cpp").rename(repo.path / "llvm/lib/NewName.cpp")
    (repo.path / TEST).chmod(0o755)
    changes = repo.edit(LOWER, "line 30 of", "line thirty of")
    changes |= {"llvm/lib/Old/Gone.cpp": None, "llvm/lib/New/Made.cpp": "made\n", "llvm/lib/Empty.cpp": ""}
    repo.commit("Change", changes)
    applied = apply(series(*last(repo)), tree)
    assert applied == AppliedSeries(
        (
            Change("llvm/lib/Empty.cpp", ChangeKind.ADDED),
            Change("llvm/lib/Name.cpp", ChangeKind.DELETED),
            Change("llvm/lib/New/Made.cpp", ChangeKind.ADDED),
            Change("llvm/lib/NewName.cpp", ChangeKind.ADDED, "llvm/lib/Name.cpp"),
            Change("llvm/lib/Old/Gone.cpp", ChangeKind.DELETED),
            Change(LOWER, ChangeKind.MODIFIED),
            Change(TEST, ChangeKind.MODIFIED),
        )
    )
    assert texts(tree) == texts(repo.path)
    assert (tree / TEST).stat().st_mode & 0o777 == 0o755
    assert not (tree / "llvm/lib/Old").exists()


def test_a_patch_may_build_on_the_one_before(repo: Repo, tree: Path) -> None:
    repo.commit(
        "One",
        repo.edit(LOWER, "line 30 of", "line thirty of") | {"llvm/lib/A.cpp": "one\n", "llvm/T.cpp": "t\n"},
    )
    repo.commit(
        "Two",
        repo.edit(LOWER, "line thirty of", "line 30th of") | {"llvm/lib/A.cpp": "two\n", "llvm/T.cpp": None},
    )
    (repo.path / "llvm/lib/A.cpp").rename(repo.path / "llvm/lib/B.cpp")
    repo.commit("Three", {})
    applied = apply(series(*last(repo, 3)), tree)
    assert applied.changes == (
        Change("llvm/lib/B.cpp", ChangeKind.ADDED),
        Change(LOWER, ChangeKind.MODIFIED),
    )
    assert texts(tree) == texts(repo.path)


def test_renamed_twice(repo: Repo, tree: Path) -> None:
    for old, new in ((LOWER, "llvm/lib/One.cpp"), ("llvm/lib/One.cpp", "llvm/lib/Two.cpp")):
        (repo.path / old).rename(repo.path / new)
        repo.commit("Rename", {})
    applied = apply(series(*last(repo, 2)), tree)
    assert applied.changes == (
        Change(LOWER, ChangeKind.DELETED),
        Change("llvm/lib/Two.cpp", ChangeKind.ADDED, LOWER),
    )
    assert texts(tree) == texts(repo.path)


def test_renamed_deleted_and_made_anew_is_not_a_rename(repo: Repo, tree: Path) -> None:
    (repo.path / LOWER).rename(repo.path / "llvm/lib/One.cpp")
    repo.commit("Rename", {})
    repo.commit("Delete", {"llvm/lib/One.cpp": None})
    repo.commit("Make", {"llvm/lib/One.cpp": "another\n"})
    applied = apply(series(*last(repo, 3)), tree)
    assert applied.changes == (
        Change("llvm/lib/One.cpp", ChangeKind.ADDED),
        Change(LOWER, ChangeKind.DELETED),
    )
    assert texts(tree) == texts(repo.path)


def test_there_and_back_is_not_a_change(repo: Repo, tree: Path) -> None:
    repo.commit("There", repo.edit(LOWER, "line 30 of", "line thirty of"))
    repo.commit("Back", repo.edit(LOWER, "line thirty of", "line 30 of"))
    before = content(tree)
    assert apply(series(*last(repo, 2)), tree).changes == ()
    assert content(tree) == before


def test_no_patches(tree: Path) -> None:
    assert apply(series(), tree) == AppliedSeries(())


def test_the_files_of_a_hard_linked_base_stay(repo: Repo, tree: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tree, base)
    for path in base.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    shutil.rmtree(tree)
    shutil.copytree(base, tree, copy_function=os.link)
    before = content(base)
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of") | {TEST: None})
    apply(series(*last(repo)), tree)
    assert content(base) == before
    assert texts(tree) == texts(repo.path)
    assert (tree / LOWER).stat().st_mode & 0o777 == 0o644
    # What no patch names is still the base's own file.
    version = "cmake/Modules/LLVMVersion.cmake"
    assert (tree / version).stat().st_ino == (base / version).stat().st_ino


@pytest.mark.parametrize("where", ["source tree", "temporary folder"])
def test_inside_another_repository(
    repo: Repo, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Left alone, `git apply` says nothing there, changes nothing and succeeds."""
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    if where == "source tree":
        target = repo.path / "nested"
        shutil.move(tree, target)
    else:
        target = tree
        (repo.path / "tmp").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(repo.path / "tmp"))
    apply(series(*last(repo)), target)
    assert b"line thirty of" in (target / LOWER).read_bytes()
    assert repo.git("status", "--porcelain", "-uno") == b""


def test_a_tree_that_is_a_repository_keeps_its_index(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    patch = last(repo)
    repo.git("checkout", "-q", "HEAD~")
    index = (repo.path / ".git/index").read_bytes()
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(repo.path / {"GIT_INDEX_FILE": ".git/index"}.get(name, ".git")))
    apply(series(*patch), repo.path)
    assert b"line thirty of" in (repo.path / LOWER).read_bytes()
    assert (repo.path / ".git/index").read_bytes() == index


def test_the_users_settings_do_not_matter(
    repo: Repo, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(
        "Change",
        repo.edit(LOWER, "line 30 of", "line thirty of \t") | {"llvm/.gitattributes": "* text eol=crlf\n"},
    )
    repo.commit("Then", repo.edit(LOWER, "line 40 of", "line forty of"))
    expected = {name: repo.git("show", f"HEAD:{name}") for name in (LOWER, "llvm/.gitattributes")}
    home = tmp_path / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".gitconfig").write_text(
        "[core]\nautocrlf = true\neol = crlf\n[apply]\nwhitespace = fix\nignoreWhitespace = change\n"
    )
    (home / ".config/git/attributes").write_text("* text eol=crlf\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.autocrlf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.autocrlf=true'")
    patches = [repo.git("format-patch", "--stdout", "-1", f"HEAD~{n}") for n in (1, 0)]
    apply(series(*patches), tree)
    assert {name: (tree / name).read_bytes() for name in expected} == expected


def test_bytes_and_crlf_go_through(repo: Repo, tree: Path) -> None:
    dos = {"llvm/lib/Dos.cpp": b"one\r\ntwo\r\n\xe4\r\nlast without end"}
    repo.commit("Base", dict(dos))
    (tree / "llvm/lib/Dos.cpp").write_bytes(dos["llvm/lib/Dos.cpp"])
    repo.commit("Change", {"llvm/lib/Dos.cpp": b"one\r\nTWO\n\xe4\r\nlast without end\n"})
    apply(series(*last(repo)), tree)
    assert texts(tree) == texts(repo.path)


def test_a_hunk_found_elsewhere_is_a_note(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of") | {TEST: "; CHECK: nop\n; two\n"})
    text = (tree / LOWER).read_text()
    (tree / LOWER).write_text("more\n" * 7 + text)
    assert apply(series(*last(repo)), tree).remarks == (
        f"0001-x.patch: hunk 1 of {LOWER} applied 7 lines further down, at line 34",
    )
    (tree / LOWER).write_text("".join(text.splitlines(keepends=True)[4:]))
    (tree / TEST).write_text("; RUN: llc < %s | FileCheck %s\n; CHECK: nop\n")
    assert apply(series(*last(repo)), tree).remarks == (
        f"0001-x.patch: hunk 1 of {LOWER} applied 4 lines further up, at line 23",
    )


def test_the_version_of_an_older_or_unknown_tree(tree: Path) -> None:
    data = series(bare("llvm/none", "@@ -1 +1 @@\n-a\n+b\n"))
    (tree / "cmake/Modules/LLVMVersion.cmake").rename(tree / "llvm/CMakeLists.txt")
    assert "does not exist in LLVM 19.1.7\n" in refused(data, tree)
    (tree / "llvm/CMakeLists.txt").write_text("project(LLVM)\n")
    assert "does not exist in this tree\n" in refused(data, tree)


def test_what_is_not_a_source_tree(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        apply(series(), tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: is not an LLVM source tree: it has no llvm/\nnext: give the root of llvm-project"
    )


def test_a_full_disk_does_not_blame_the_patch(
    repo: Repo, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("Change", {TEST: "y\n", "llvm/lib/New/A.cpp": "a\n"})
    original = Path.write_bytes

    def fail(self: Path, data: bytes) -> int:
        if self.is_relative_to(tree):
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(EnvironmentLacksError) as raised:
        apply(series(*last(repo)), tree)
    assert raised.value.exit_code == EXIT_ENVIRONMENT
    assert raised.value.what.startswith(f"demo: cannot be applied: {tree}/llvm/")
    assert raised.value.what.endswith(": No space left on device")
    assert raised.value.next_step.startswith(f"check the permissions and the free space of {tree} and of ")
