"""What does not apply: each refusal with its evidence, and nothing changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.series.apply import apply

if TYPE_CHECKING:
    from tests.series.conftest import Repo
from tests.series.applied import LOWER, REBASE, TEST, bare, last, refused, series


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
        "  nothing in the file resembles it; the hunk expects:\n"
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
        f"0001-x.patch: is already in LLVM 19.1.7, except for {TEST}\n"
        f"  in it: {LOWER}\n"
        f"  not in it: {TEST}\n"
        "next: choose an LLVM without it, or give only what is not in it"
    )


def test_hunks_that_are_there_already_and_one_that_does_not_apply(repo: Repo, tree: Path) -> None:
    text = (tree / LOWER).read_text()
    new = text.replace("line 10 of", "line ten of").replace("line 30 of", "line thirty of")
    changes = {LOWER: new.replace("line 50 of", "line fifty of"), TEST: None, "llvm/lib/New.cpp": "new\n"}
    repo.commit("Change", changes | {"llvm/lib/Other.cpp": "other\n"})
    (tree / LOWER).write_text(text.replace("line 30 of", "line thirty of").replace("line 52 of", "row 52 of"))
    (tree / TEST).unlink()
    (tree / "llvm/lib/New.cpp").write_text("new\n")
    (tree / "llvm/lib/Other.cpp").write_text("another\n")
    assert refused(series(*last(repo)), tree) == (
        "0001-x.patch: 3 of its 6 parts are already in LLVM 19.1.7\n"
        f"  in it: llvm/lib/New.cpp\n"
        f"  in it: hunk 2 of {LOWER}\n"
        f"  in it: {TEST}\n"
        f"  not in it: hunk 1 of {LOWER}\n"
        "  not in it, and does not apply: llvm/lib/Other.cpp\n"
        f"  not in it, and does not apply: hunk 3 of {LOWER}\n"
        f"  hunk 3 of {LOWER} does not apply at line 47\n"
        "  closest place: line 47; first difference at line 52:\n"
        "  expected | line 52 of the lowering\n"
        "  in file  | row 52 of the lowering\n"
        "next: choose an LLVM without it, or give only what is not in it, made again for LLVM 19.1.7"
    )


def test_a_rename_and_a_removal_that_are_there_already(repo: Repo, tree: Path) -> None:
    repo.git("mv", LOWER, "llvm/lib/Moved.cpp")
    text = (repo.path / "llvm/lib/Moved.cpp").read_text()
    less = text.replace("line 30 of the lowering\n", "")
    repo.commit("Change", {"llvm/lib/Moved.cpp": less, TEST: "; RUN: llc < %s | FileCheck %s\n"})
    (tree / LOWER).unlink()
    (tree / "llvm/lib/Moved.cpp").write_text(less)
    assert refused(series(*last(repo)), tree) == (
        f"0001-x.patch: is already in LLVM 19.1.7, except for {TEST}\n"
        "  in it: llvm/lib/Moved.cpp\n"
        f"  not in it: {TEST}\n"
        "next: choose an LLVM without it, or give only what is not in it"
    )


def test_what_an_earlier_patch_of_the_series_made_is_not_the_releases(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    patch = last(repo)[0]
    again = patch.replace(b"line 33 of", b"row 33 of")
    said = refused(series(patch, again), tree)
    assert said.startswith(f"0002-x.patch: hunk 1 of {LOWER} does not apply at line 27\n")
    assert "already" not in said


@pytest.mark.parametrize(
    ("path", "project"),
    [
        ("lib/Sema/SemaExpr.cpp", "clang"),
        ("lib/CodeGen/CGCall.cpp", "clang"),
        ("include/clang/AST/Decl.h", "clang"),
        ("test/CodeGen/attr.c", "clang"),
        ("tools/clang/lib/AST/Decl.cpp", "clang"),
        ("lib/Dialect/Arith/IR/ArithOps.cpp", "mlir"),
        ("include/lld/Common/Driver.h", "lld"),
        ("lib/asan/asan_report.cpp", "compiler-rt"),
        ("lib/Semantics/check-call.cpp", "flang"),
    ],
)
def test_another_projects_patch_with_paths_of_its_own(tree: Path, path: str, project: str) -> None:
    assert refused(series(bare(path, "@@ -1 +1 @@\n-a\n+b\n")), tree) == (
        f"0001-x.patch: llvm/{path} does not exist in LLVM 19.1.7: {path} is {project}'s\n"
        f"next: give a patch to LLVM itself: nothing of {project} is an input of llc or lli"
    )


def test_a_patch_relative_to_llvm_still_is_llvms(repo: Repo, tree: Path) -> None:
    repo.commit("Change", repo.edit(LOWER, "line 30 of", "line thirty of"))
    relative = repo.git("diff", "--relative=llvm", "HEAD~")
    assert [change.path for change in apply(series(relative), tree).changes] == [LOWER]
    missing = bare("lib/Target/Z80/Z80.cpp", "@@ -1 +1 @@\n-a\n+b\n")
    assert refused(series(missing), tree) == (
        f"0001-x.patch: llvm/lib/Target/Z80/Z80.cpp does not exist in LLVM 19.1.7\n{REBASE}"
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
    repo.commit("Two", repo.edit(LOWER, "line thirty of", "line 30th of"))
    repo.commit("Three", repo.edit(LOWER, "line 30th of", "line 0x1e of") | {"llvm/lib/New.cpp": "newer\n"})
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
        f"  all lines are there; the newline at the end of the file differs\n{REBASE}"
    )
    # Fewer context lines after than before: git wants such a hunk at the end of the file.
    (tree / "llvm/a").write_text("0\none\ntwo\nthree\nmore\n")
    data = bare("llvm/a", "@@ -2,2 +2,2 @@\n one\n-two\n+TWO\n")
    assert refused(series(data), tree) == (
        "0001-x.patch: hunk 1 of llvm/a does not apply at line 2\n"
        f"  all lines are there, but the hunk starts or ends where the file does not\n{REBASE}"
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
        f"demo: llvm/way/x leads out of {tree} through a link\nnext: give a tree without such links"
    )
    assert (outside / "x").read_text() == "a\n"
    assert refused(series(bare("llvm/link", change)), tree) == (
        f"demo: llvm/link is not a regular file in LLVM 19.1.7\n{REBASE}"
    )
    assert refused(series(bare("llvm/lib", change)), tree) == (
        f"demo: llvm/lib is not a regular file in LLVM 19.1.7\n{REBASE}"
    )
    assert refused(series(bare(f"{TEST}/x", "@@ -0,0 +1 @@\n+b\n")), tree) == (
        f"demo: {TEST}/x cannot be there: {TEST} is a file in LLVM 19.1.7\n{REBASE}"
    )
