"""What a command line names, with what there is to say of it."""

from __future__ import annotations

from pathlib import Path

from harness.cli.series import load_given
from harness.progress import Silent

REPOSITORY = Path(__file__).parents[2]
MAIL = """\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: A <a@example.org>
Date: Sun, 29 Nov 2026 12:00:00 +0000
Subject: [PATCH 2/3] Say it

---
diff --git a/llvm/docs/StackMaps.rst b/llvm/docs/StackMaps.rst
--- a/llvm/docs/StackMaps.rst
+++ b/llvm/docs/StackMaps.rst
@@ -1,1 +1,2 @@
 =====
+said
"""


def test_remarks_on_the_input_stay_with_the_series(tmp_path: Path) -> None:
    (tmp_path / "2.patch").write_text(MAIL)
    given = load_given((str(tmp_path / "2.patch"),), "19.1.7", None, Silent())
    assert [one.remarks for one in given.series] == [("2: is patch 2/3 of a series, taken alone",)]
    assert given.remarks == ()


def test_what_is_left_out_of_all_is_a_remark_on_the_whole() -> None:
    """Only the versions in a series.toml count: nothing is read but the repository's own patches."""
    given = load_given((), "22.1.8", None, Silent())
    absent = tuple(
        f"{folder.name} has no patches for LLVM 22.1.8: left out"
        for folder in sorted((REPOSITORY / "patches").iterdir())
        if (folder / "series.toml").is_file() and not (folder / "22.1.8").is_dir()
    )
    assert given.remarks == absent
    given = load_given((), "19.1.7", None, Silent())
    assert "loongarch-patchpoint has no patches for LLVM 19.1.7: left out" in given.remarks
