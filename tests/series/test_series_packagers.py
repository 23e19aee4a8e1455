"""Patches as packagers of LLVM keep them: every form is read, and does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model import Series, SeriesKind
from harness.series.apply import apply
from harness.series.parse import read_patch
from tests.series.conftest import LOWER

HUNK = """\
@@ -29,3 +29,4 @@
 line 29 of the lowering
-line 30 of the lowering
+line 30 of the patch
+line 30a of the patch
 line 31 of the lowering
"""
RULE = "=" * 67

# By who writes it so: the headers before the hunk.
SHAPES = {
    "Subversion, and quilt's Index lines": (
        f"Index: llvm/lib/Target/X86/X86MCInstLower.cpp\n{RULE}\n"
        f"--- llvm/lib/Target/X86/X86MCInstLower.cpp\t(revision 300000)\n"
        f"+++ llvm/lib/Target/X86/X86MCInstLower.cpp\t(working copy)\n"
    ),
    "quilt with the folder of Debian's tarball": (
        f"Index: llvm-toolchain-22_22.1.8/{LOWER}\n{RULE}\n"
        f"--- llvm-toolchain-22_22.1.8.orig/{LOWER}\n+++ llvm-toolchain-22_22.1.8/{LOWER}\n"
    ),
    "dpkg-source": (
        "Description: Say what the lowering does\n"
        " The text of a DEP-3 header goes on in lines with a blank.\n .\n And has paragraphs.\n"
        "Author: A Maintainer <maintainer@example.org>\nOrigin: vendor\nForwarded: not-needed\n"
        "Last-Update: 2026-11-01\n---\nThis patch header follows DEP-3\n"
        f"--- llvm-toolchain-22-22.1.8.orig/{LOWER}\n+++ llvm-toolchain-22-22.1.8/{LOWER}\n"
    ),
    "OpenBSD's ports": (
        "- Say what the lowering does: a - at the start of a line of prose is prose.\n\n"
        f"Index: {LOWER}\n--- {LOWER}.orig\n+++ {LOWER}\n"
    ),
    "FreeBSD's ports": (
        f"--- {LOWER}.orig\t2026-11-01 10:00:00 UTC\n+++ {LOWER}\n"
    ),
    "without prefixes": (
        f"diff --git {LOWER} {LOWER}\nindex 1111111..2222222 100644\n--- {LOWER}\n+++ {LOWER}\n"
    ),
    "below llvm/, with a header of quilt": (
        "From: A Maintainer <maintainer@example.org>\nSubject: Say what the lowering does\n\n"
        "--- a/lib/Target/X86/X86MCInstLower.cpp\n+++ b/lib/Target/X86/X86MCInstLower.cpp\n"
    ),
}  # fmt: skip


def series(data: str | bytes) -> Series:
    raw = data.encode() if isinstance(data, str) else data
    return Series("x", "x", SeriesKind.FIX, (read_patch("x.patch", raw),))


def patched(tree: Path) -> str:
    """What the patch makes of the file in the tree."""
    text = (tree / LOWER).read_text()
    return text.replace("line 30 of the lowering\n", "line 30 of the patch\nline 30a of the patch\n")


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_read_and_applied(tree: Path, shape: str) -> None:
    data = SHAPES[shape] + HUNK
    assert [diff.path for diff in read_patch("x.patch", data.encode()).diffs] == [LOWER]
    wanted = patched(tree)
    applied = apply(series(data), tree)
    assert [change.path for change in applied.changes] == [LOWER]
    assert (tree / LOWER).read_text() == wanted


def test_a_hunk_that_has_moved_is_applied_with_a_note(tree: Path) -> None:
    wanted = "// two\n// more\n" + patched(tree)
    (tree / LOWER).write_text("// two\n// more\n" + (tree / LOWER).read_text())
    applied = apply(series(SHAPES["FreeBSD's ports"] + HUNK), tree)
    assert (tree / LOWER).read_text() == wanted
    assert any("2 lines further down" in remark for remark in applied.remarks), applied.remarks


def test_blanks_that_an_editor_stripped_are_given_back(tree: Path) -> None:
    """An empty context line without its blank, in the middle of a hunk."""
    text = (tree / LOWER).read_text().replace("line 29 of the lowering\n", "\n")
    (tree / LOWER).write_text(text)
    wanted = patched(tree)
    stripped = HUNK.replace(" line 29 of the lowering\n", "\n")
    apply(series(SHAPES["without prefixes"] + stripped), tree)
    assert (tree / LOWER).read_text() == wanted


def test_several_files_of_one_packager_patch(tree: Path) -> None:
    """One diff with an Index line for each file, one of them new, another of a project that is not built."""
    data = (
        SHAPES["quilt with the folder of Debian's tarball"] + HUNK
        + f"Index: llvm-toolchain-22_22.1.8/llvm/test/CodeGen/X86/new.ll\n{RULE}\n"
        + "--- /dev/null\n+++ llvm-toolchain-22_22.1.8/llvm/test/CodeGen/X86/new.ll\n"
        + "@@ -0,0 +1,1 @@\n+; RUN: llc %s\n"
        + f"Index: llvm-toolchain-22_22.1.8/clang/lib/Basic/Version.cpp\n{RULE}\n"
        + "--- llvm-toolchain-22_22.1.8.orig/clang/lib/Basic/Version.cpp\n"
        + "+++ llvm-toolchain-22_22.1.8/clang/lib/Basic/Version.cpp\n@@ -1,1 +1,1 @@\n-a\n+b\n"
    )  # fmt: skip
    assert [diff.path for diff in read_patch("x.patch", data.encode()).diffs] == [
        LOWER,
        "llvm/test/CodeGen/X86/new.ll",
        "clang/lib/Basic/Version.cpp",
    ]
