"""The beginnings of a series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.desk.bisect.prefixes import list_hunks, list_patches
from harness.model import Series, SeriesKind
from harness.series.apply import apply
from harness.series.parse import read_patch

FIRST = b"""\
diff --git a/llvm/lib/A.cpp b/llvm/lib/A.cpp
--- a/llvm/lib/A.cpp
+++ b/llvm/lib/A.cpp
@@ -1,2 +1,3 @@
 one
+more
 two
@@ -10,2 +11,2 @@ nine
 ten
-eleven
+ELEVEN
diff --git a/llvm/lib/New.h b/llvm/lib/New.h
new file mode 100644
--- /dev/null
+++ b/llvm/lib/New.h
@@ -0,0 +1 @@
+new
"""
SECOND = b"""\
diff --git a/llvm/lib/A.cpp b/llvm/lib/A.cpp
--- a/llvm/lib/A.cpp
+++ b/llvm/lib/A.cpp
@@ -5,3 +5,3 @@
 four
-five
+FIVE
 six
"""
SERIES = Series(
    "two", "Two", SeriesKind.FIX, (read_patch("1.patch", FIRST), read_patch("2.patch", SECOND)), claims=()
)


def test_a_series_patch_by_patch() -> None:
    first, second = list_patches(SERIES)
    assert (first.name, second.name) == ("1.patch", "2.patch")
    assert first.series.patches == SERIES.patches[:1]
    assert second.series.patches == SERIES.patches
    assert second.series.name == "two up to 2.patch"


def test_a_series_hunk_by_hunk() -> None:
    steps = list_hunks(SERIES)
    assert [step.name for step in steps] == [
        "1.patch: llvm/lib/A.cpp:1, hunk 1 of 2",
        "1.patch: llvm/lib/A.cpp:10, hunk 2 of 2",
        "1.patch: llvm/lib/New.h, added",
        "2.patch: llvm/lib/A.cpp:5, hunk 1 of 1",
    ]
    whole = SERIES.patches[0].canonical
    assert whole.startswith(steps[0].series.patches[0].canonical)
    assert whole.startswith(steps[1].series.patches[0].canonical)
    assert b"ELEVEN" not in steps[0].series.patches[0].canonical
    assert steps[1].series.patches[0].canonical.endswith(b"ELEVEN\n")
    assert steps[2].series.patches == SERIES.patches[:1]
    assert steps[3].series.patches == SERIES.patches


def test_each_beginning_applies(tmp_path: Path) -> None:
    words = "one two three four five six seven eight nine ten eleven"
    text = words.replace(" ", "\n") + "\n"
    found = []
    for number, step in enumerate(list_hunks(SERIES)):
        tree = tmp_path / str(number)
        (tree / "llvm/lib").mkdir(parents=True)
        (tree / "llvm/lib/A.cpp").write_text(text)
        apply(step.series, tree)
        lines = (tree / "llvm/lib/A.cpp").read_text().split()
        found.append((len(lines), "ELEVEN" in lines, (tree / "llvm/lib/New.h").exists(), lines[4], lines[5]))
    assert found == [
        (12, False, False, "four", "five"),
        (12, True, False, "four", "five"),
        (12, True, True, "four", "five"),
        (12, True, True, "four", "FIVE"),
    ]


def test_a_commit_is_named_as_git_does() -> None:
    head = b"From " + b"0123456789" * 4 + b" Mon Sep 17 00:00:00 2001\nSubject: [PATCH] Mend it\n\n---\n"
    mailed = replace(SERIES, patches=(read_patch("a #1", head + FIRST),))
    assert [step.name for step in list_patches(mailed)] == ["012345678901 Mend it"]
    assert list_hunks(mailed)[0].name == "012345678901 Mend it: llvm/lib/A.cpp:1, hunk 1 of 2"
    # What is no commit has zeros there.
    made_up = replace(
        SERIES, patches=(read_patch("a #1", head.replace(b"0123456789" * 4, b"0" * 40) + FIRST),)
    )
    assert [step.name for step in list_patches(made_up)] == ["a #1"]
