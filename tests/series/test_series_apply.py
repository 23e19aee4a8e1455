"""Applying: all or nothing, never through a hard link, and each refusal with its evidence."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import EXIT_ENVIRONMENT, EXIT_PATCH, EnvironmentLacksError, PatchError, UsageError
from harness.model import PatchFile, Series, SeriesKind
from harness.series import swap
from harness.series.apply import AppliedSeries, apply
from harness.series.diff import Change
from harness.series.parse import TouchedFile

if TYPE_CHECKING:
    from tests.series.conftest import Repo

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
TEST = "llvm/test/CodeGen/X86/patchpoint.ll"
REBASE = "next: rebase the series onto LLVM 19.1.7 and make the patches again with `git format-patch`"


def series(*patches: bytes) -> Series:
    files = tuple(PatchFile(f"{n:04}-x.patch", data) for n, data in enumerate(patches, 1))
    return Series("demo", "Demo", SeriesKind.FIX, files)


def last(repo: Repo, count: int = 1) -> list[bytes]:
    return [repo.git("format-patch", "--stdout", "-1", f"HEAD~{n}") for n in reversed(range(count))]


def bare(path: str, body: str) -> bytes:
    return f"--- a/{path}\n+++ b/{path}\n{body}".encode()


def content(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file below `root`: what it holds, its mode and its inode. A `.git` folder is left out."""
    return {
        p.relative_to(root).as_posix(): (p.read_bytes(), p.stat().st_mode, p.stat().st_ino)
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".git" not in p.parts
    }


def texts(root: Path) -> dict[str, bytes]:
    return {name: data for name, (data, _, _) in content(root).items()}


def refused(given: Series, tree: Path) -> str:
    """What the refusal says; checks that nothing changed, not even a folder."""
    before, folders = content(tree), sorted(p for p in tree.rglob("*") if p.is_dir())
    with pytest.raises(PatchError) as raised:
        apply(given, tree)
    assert raised.value.exit_code == EXIT_PATCH
    assert content(tree) == before
    assert sorted(p for p in tree.rglob("*") if p.is_dir()) == folders
    return str(raised.value)


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
            TouchedFile("llvm/lib/Empty.cpp", Change.ADDED),
            TouchedFile("llvm/lib/New/Made.cpp", Change.ADDED),
            TouchedFile("llvm/lib/NewName.cpp", Change.RENAMED, "llvm/lib/Name.cpp"),
            TouchedFile("llvm/lib/Old/Gone.cpp", Change.DELETED),
            TouchedFile(LOWER, Change.MODIFIED),
            TouchedFile(TEST, Change.MODIFIED),
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
        repo.edit(LOWER, "line thirty of", "line XXX of") | {"llvm/lib/A.cpp": "two\n", "llvm/T.cpp": None},
    )
    (repo.path / "llvm/lib/A.cpp").rename(repo.path / "llvm/lib/B.cpp")
    repo.commit("Three", {})
    applied = apply(series(*last(repo, 3)), tree)
    assert applied.touched == (
        TouchedFile("llvm/lib/B.cpp", Change.ADDED),
        TouchedFile(LOWER, Change.MODIFIED),
    )
    assert texts(tree) == texts(repo.path)


def test_renamed_twice(repo: Repo, tree: Path) -> None:
    for old, new in ((LOWER, "llvm/lib/One.cpp"), ("llvm/lib/One.cpp", "llvm/lib/Two.cpp")):
        (repo.path / old).rename(repo.path / new)
        repo.commit("Rename", {})
    applied = apply(series(*last(repo, 2)), tree)
    assert applied.touched == (TouchedFile("llvm/lib/Two.cpp", Change.RENAMED, LOWER),)
    assert texts(tree) == texts(repo.path)


def test_renamed_deleted_and_made_anew_is_no_rename(repo: Repo, tree: Path) -> None:
    (repo.path / LOWER).rename(repo.path / "llvm/lib/One.cpp")
    repo.commit("Rename", {})
    repo.commit("Delete", {"llvm/lib/One.cpp": None})
    repo.commit("Make", {"llvm/lib/One.cpp": "another\n"})
    applied = apply(series(*last(repo, 3)), tree)
    assert applied.touched == (
        TouchedFile("llvm/lib/One.cpp", Change.ADDED),
        TouchedFile(LOWER, Change.DELETED),
    )
    assert texts(tree) == texts(repo.path)


def test_there_and_back_is_no_change(repo: Repo, tree: Path) -> None:
    repo.commit("There", repo.edit(LOWER, "line 30 of", "line thirty of"))
    repo.commit("Back", repo.edit(LOWER, "line thirty of", "line 30 of"))
    before = content(tree)
    assert apply(series(*last(repo, 2)), tree).touched == ()
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


def test_a_hunk_found_elsewhere_is_said(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of") | {TEST: "; CHECK: nop\n; two\n"})
    text = (tree / LOWER).read_text()
    (tree / LOWER).write_text("more\n" * 7 + text)
    assert apply(series(*last(repo)), tree).notes == (
        f"0001-x.patch: hunk 1 of {LOWER} applied 7 lines further down, at line 34",
    )
    (tree / LOWER).write_text("".join(text.splitlines(keepends=True)[4:]))
    (tree / TEST).write_text("; RUN: llc < %s | FileCheck %s\n; CHECK: nop\n")
    assert apply(series(*last(repo)), tree).notes == (
        f"0001-x.patch: hunk 1 of {LOWER} applied 4 lines further up, at line 23",
    )


# -- refusals ------------------------------------------------------------------------------------------


def test_a_hunk_that_does_not_apply(repo: Repo, tree: Path) -> None:
    changes = repo.edit(LOWER, "line 10 of", "line ten of")
    text = changes[LOWER]
    assert isinstance(text, str)
    repo.commit("Change", {LOWER: text.replace("line 40 of", "line forty of")})
    (tree / LOWER).write_text(
        (tree / LOWER).read_text().replace("line 40 of the lowering", "else of\nthe lowering")
    )
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: hunk 2 of {LOWER} does not apply at line 37\n"
        "  closest place: line 37; first difference at line 40:\n"
        "  expected | line 40 of the lowering\n"
        "  in file  | else of\n"
        "  in file  | the lowering\n" + REBASE
    )


def test_the_second_patch_does_not_apply(repo: Repo, tree: Path) -> None:
    """Nothing of the first one stays, as `refused` checks."""
    repo.commit("One", repo.edit(LOWER, "line 10 of", "line ten of") | {"llvm/lib/New/Made.cpp": "made\n"})
    repo.commit("Two", repo.edit(LOWER, "line 40 of", "line forty of"))
    one, two = last(repo, 2)
    wrong = two.replace(b"\n line 39 of", b"\n row 39 of")
    assert refused(series(one, wrong), tree) == (
        f"0002-x.patch: hunk 1 of {LOWER} does not apply at line 37\n"
        "  closest place: line 37; first difference at line 39:\n"
        "  expected | row 39 of the lowering\n"
        "  in file  | line 39 of the lowering\n" + REBASE
    )


def test_the_place_moved_and_changed(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    text = (tree / LOWER).read_text().replace("line 31 of the lowering\n", "")
    (tree / LOWER).write_text("more\n" * 9 + text)
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: hunk 1 of {LOWER} does not apply at line 27\n"
        "  closest place: line 36; first difference at line 40:\n"
        "  expected | line 31 of the lowering\n"
        "  in file  | (nothing here)\n" + REBASE
    )


def test_nothing_like_it(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    (tree / LOWER).write_text("another file\n")
    expected = "".join(f"  expected | line {n} of the lowering\n" for n in range(27, 33))
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: hunk 1 of {LOWER} does not apply at line 27\n"
        "  no part of the file is like it; the hunk expects:\n"
        f"{expected}  expected | ... 1 more lines\n{REBASE}"
    )


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("line 31 of", "line  31\tof", " (blanks only)"),
        ("\n", "\r\n", " (CR LF line endings on one side only)"),
    ],
)
def test_white_space(repo: Repo, tree: Path, old: str, new: str, remark: str) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    (tree / LOWER).write_bytes((tree / LOWER).read_bytes().replace(old.encode(), new.encode()))
    message = refused(series(*last(repo)), tree)
    assert f"first difference at line {27 if new == chr(13) + chr(10) else 31}{remark}:\n" in message


def test_a_part_is_there_already(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of") | {TEST: "; CHECK: nop\n; two\n"})
    (tree / LOWER).write_bytes((repo.path / LOWER).read_bytes())
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: hunk 1 of {LOWER} does not apply at line 27\n"
        f"  the file has this change already\n{REBASE}"
    )


def test_already_applied(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of") | {"llvm/lib/New.cpp": "new\n"})
    apply(series(*last(repo)), tree)
    assert refused(series(*last(repo)), tree) == (
        "0001-x.patch: is already applied: LLVM 19.1.7 has this change\n"
        "next: leave this patch out of the series, or choose an LLVM without it"
    )


def test_a_whole_series_already_applied(repo: Repo, tree: Path) -> None:
    """The second patch changes lines of the first, which alone could not be undone."""
    repo.commit("One", repo.edit(LOWER, "line 30 of", "line thirty of") | {"llvm/lib/New.cpp": "new\n"})
    repo.commit("Two", repo.edit(LOWER, "line thirty of", "line XXX of"))
    repo.commit("Three", repo.edit(LOWER, "line XXX of", "line 0x1e of") | {"llvm/lib/New.cpp": "newer\n"})
    apply(series(*last(repo, 3)), tree)
    assert refused(series(*last(repo, 3)), tree) == (
        "0001-x.patch: is already applied, with the 2 after it: LLVM 19.1.7 has them\n"
        "next: leave these patches out of the series, or choose an LLVM without them"
    )


def test_no_context(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    assert refused(series(repo.git("diff", "-U0", "HEAD~")), tree) == (
        f"0001-x.patch: hunk 1 of {LOWER} does not apply at line 30\n"
        f"  the hunk has no context lines; make the patch with context (`git diff -U3`)\n{REBASE}"
    )


def test_the_end_of_the_file(tree: Path) -> None:
    (tree / "llvm/a").write_text("one\ntwo")
    data = bare("llvm/a", "@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n")
    assert refused(series(data), tree) == (
        "0001-x.patch: hunk 1 of llvm/a does not apply at line 1\n"
        f"  the lines are there; the newline at the end of the file differs\n{REBASE}"
    )
    # Fewer context lines after than before: git wants such a hunk at the end of the file.
    (tree / "llvm/a").write_text("0\none\ntwo\nthree\nmore\n")
    data = bare("llvm/a", "@@ -2,2 +2,2 @@\n one\n-two\n+TWO\n")
    assert refused(series(data), tree) == (
        "0001-x.patch: hunk 1 of llvm/a does not apply at line 2\n"
        f"  the lines are there, but the hunk starts or ends where the file does not\n{REBASE}"
    )


def test_a_missing_file(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    (tree / "llvm/lib/Target/X86/Asm").mkdir()
    (tree / LOWER).rename(tree / "llvm/lib/Target/X86/Asm/X86MCInstLower.cpp")
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: {LOWER} does not exist in LLVM 19.1.7\n"
        f"  the tree has llvm/lib/Target/X86/Asm/X86MCInstLower.cpp\n{REBASE}"
    )
    (tree / "llvm/lib/Target/X86/Asm/X86MCInstLower.cpp").rename(
        tree / "llvm/lib/Target/X86/X86MCInstLowering.cpp"
    )
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: {LOWER} does not exist in LLVM 19.1.7\n"
        f"  the tree has llvm/lib/Target/X86/X86MCInstLowering.cpp\n{REBASE}"
    )
    data = bare("llvm/lib/Target/Z80/Z80.cpp", "@@ -1 +1 @@\n-a\n+b\n")
    assert refused(series(data), tree) == (
        f"0001-x.patch: llvm/lib/Target/Z80/Z80.cpp does not exist in LLVM 19.1.7\n{REBASE}"
    )


def test_a_new_file_that_exists(repo: Repo, tree: Path) -> None:
    repo.commit("Change", {"llvm/lib/New.cpp": "new\n"})
    (tree / "llvm/lib/New.cpp").write_text("other\n")
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: adds llvm/lib/New.cpp, which exists in LLVM 19.1.7 already\n{REBASE}"
    )
    (repo.path / LOWER).rename(repo.path / "llvm/lib/Same.cpp")
    repo.commit("Rename", {})
    (tree / "llvm/lib/Same.cpp").write_text("other\n")
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: renames {LOWER} to llvm/lib/Same.cpp, which exists in LLVM 19.1.7 already\n{REBASE}"
    )


def test_patches_of_one_series_that_disagree(repo: Repo, tree: Path) -> None:
    repo.commit("New", {"llvm/lib/New.cpp": "new\n"})
    other = last(repo)[0].replace(b"+new", b"+other")
    assert refused(series(*last(repo), other), tree) == (
        "0002-x.patch: adds llvm/lib/New.cpp, which an earlier patch of the series made\n"
        "next: change the file there, once"
    )
    repo.commit("Gone", {TEST: None})
    change = bare(TEST, "@@ -1,2 +1,2 @@\n ; RUN: llc < %s | FileCheck %s\n-; CHECK: nop\n+; CHECK: x\n")
    assert refused(series(*last(repo), change), tree) == (
        f"0002-x.patch: {TEST} is gone: an earlier patch of the series removed it\nnext: reorder the series"
    )


def test_links_and_files_in_the_way(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("a\n")
    (tree / "llvm/way").symlink_to(outside)
    (tree / "llvm/link").symlink_to("lib")
    change = "@@ -1 +1 @@\n-a\n+b\n"
    assert refused(series(bare("llvm/way/x", change)), tree) == (
        f"demo: llvm/way/x is behind a link that leads out of {tree}\nnext: give a tree without such links"
    )
    assert (outside / "x").read_text() == "a\n"
    assert refused(series(bare("llvm/link", change)), tree) == (
        f"demo: llvm/link is no regular file in LLVM 19.1.7\n{REBASE}"
    )
    assert refused(series(bare("llvm/lib", change)), tree) == (
        f"demo: llvm/lib is no regular file in LLVM 19.1.7\n{REBASE}"
    )
    assert refused(series(bare(f"{TEST}/x", "@@ -0,0 +1 @@\n+b\n")), tree) == (
        f"demo: {TEST}/x cannot be there: {TEST} is a file in LLVM 19.1.7\n{REBASE}"
    )


def test_the_version_of_an_older_or_unknown_tree(tree: Path) -> None:
    data = series(bare("llvm/none", "@@ -1 +1 @@\n-a\n+b\n"))
    (tree / "cmake/Modules/LLVMVersion.cmake").rename(tree / "llvm/CMakeLists.txt")
    assert "does not exist in LLVM 19.1.7\n" in refused(data, tree)
    (tree / "llvm/CMakeLists.txt").write_text("project(LLVM)\n")
    assert "does not exist in this tree\n" in refused(data, tree)


def test_no_source_tree(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        apply(series(), tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: is no LLVM source tree: there is no llvm/ in it\nnext: give the root of llvm-project"
    )


def test_no_git(repo: Repo, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("Change", {TEST: None})
    patch = last(repo)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentLacksError) as raised:
        apply(series(*patch), tree)
    assert str(raised.value) == (
        "git is not installed or not on PATH\nnext: install it: `apt-get install git`"
    )


@pytest.mark.parametrize("step", ["write_bytes", "rename"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_full_disk_leaves_the_tree_as_it_was(
    repo: Repo, tree: Path, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "x") | {TEST: "y\n", "llvm/lib/New/A.cpp": "a\n"})
    before, folders = content(tree), sorted(p for p in tree.rglob("*") if p.is_dir())
    original = getattr(Path, step)
    calls = 0

    def fail(self: Path, *args: object) -> object:
        nonlocal calls
        if self.is_relative_to(tree):
            calls += 1
            if calls == nth:
                raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return original(self, *args)

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(EnvironmentLacksError) as raised:
        apply(series(*last(repo)), tree)
    assert raised.value.exit_code == EXIT_ENVIRONMENT
    assert raised.value.what.startswith(f"demo: cannot be applied: {tree}/llvm/")
    assert raised.value.what.endswith(": No space left on device")
    assert raised.value.next_step.startswith(f"check the permissions and the free space of {tree} and of ")
    assert content(tree) == before
    assert sorted(p for p in tree.rglob("*") if p.is_dir()) == folders


def test_an_interrupt_leaves_the_tree_as_it_was(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(tree)
    original = Path.rename
    calls = 0

    def interrupted(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        swap.replace_all(tree, {LOWER: swap.Content(b"x"), TEST: None, "llvm/n/m/x": swap.Content(b"y")})
    assert content(tree) == before
    assert not (tree / "llvm/n").exists()
