"""Whatever the bytes, the reader answers with patches or with one of its own errors."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.patch import NO_NEWLINE, ChangeKind, FileDiff, Hunk, render
from harness.series.parse import read_patch, read_patches
from harness.series.recipe import parse_recipe

REAL = b"""From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: =?UTF-8?q?A=20N=C3=A4me?= <a@example.org>
Date: Tue, 4 Mar 2025 10:11:12 +0000
Subject: [PATCH 1/2] [X86] Diagnose a patchpoint that is too small
 for its call
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit

Why.
---
 llvm/lib/Target/X86/X86MCInstLower.cpp | 2 +-
 llvm/test/CodeGen/X86/new.ll           | 1 +
 2 files changed, 2 insertions(+), 1 deletion(-)
 create mode 100644 llvm/test/CodeGen/X86/new.ll

diff --git a/llvm/lib/Target/X86/X86MCInstLower.cpp b/llvm/lib/Target/X86/X86MCInstLower.cpp
index 1111111..2222222 100644
--- a/llvm/lib/Target/X86/X86MCInstLower.cpp
+++ b/llvm/lib/Target/X86/X86MCInstLower.cpp
@@ -1092,4 +1092,4 @@ void f() {

   unsigned NumBytes = opers.getNumPatchBytes();
-  assert(NumBytes >= EncodedBytes &&
+  assert(NumBytes > EncodedBytes &&
          "Patchpoint can't request size less than the length of a call.");
diff --git a/llvm/test/CodeGen/X86/new.ll b/llvm/test/CodeGen/X86/new.ll
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/llvm/test/CodeGen/X86/new.ll
@@ -0,0 +1 @@
+; RUN: llc < %s
--
2.39.5

From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: a@example.org
Subject: [PATCH 2/2] =?UTF-8?q?Rename?=
Content-Type: multipart/mixed; boundary="xx"

--xx
Content-Type: text/x-patch; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

diff --git a/llvm/a b/llvm/b
similarity index 90%
rename from llvm/a
rename to llvm/b
--- a/llvm/a
+++ b/llvm/b
@@ -1 +1 @@
-=E4
\\ No newline at end of file
+b
--xx--
"""

TOKENS = [
    b"diff --git a/llvm/x b/llvm/y\n",
    b"--- a/llvm/x\n",
    b"+++ b/llvm/x\n",
    b"+++ /dev/null\n",
    b"@@ -1,2 +1 @@\n",
    b"@@ -0,0 +1,9 @@\n",
    b"@@ -999999999,999999999 +1 @@\n",
    b"\\ No newline at end of file\n",
    b"new file mode 100644\n",
    b"new file mode 120000\n",
    b"deleted file mode 100755\n",
    b"old mode 100644\n",
    b"rename from llvm/x\n",
    b"rename to ..\n",
    b"copy from llvm/x\n",
    b"index 1234567..89abcde 100644\n",
    b"index 0000000..e69de29\n",
    b"similarity index 100%\n",
    b"GIT binary patch\n",
    b"Binary files a/x and b/x differ\n",
    b"From a Mon Sep 17 00:00:00 2001\n",
    b"Subject: [PATCH 2/1] x\n",
    b"Subject: =?utf-8?b?!!!?=\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Type: multipart/mixed; boundary=\n",
    b"Content-Type: text/plain; charset=idna\n",
    b"\n",
    b"\n\n",
    b"\r\n",
    b" 3 files changed, 1 insertion(+)\n",
    b'"a\\303\\',
    b"\xff",
    b"\0",
    b" ",
    b"+",
    b"-",
]


def answer(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        found = read_patches("x", data)
        for patch in found.patches:
            again = read_patch("x", patch.canonical)
            assert again.diffs == patch.diffs
            for path in (diff.path for diff in patch.diffs):
                assert not path.startswith("/")
                assert ".." not in path.split("/")


def test_the_seed_is_a_real_patch() -> None:
    found = read_patches("x", REAL)
    assert [p.subject for p in found.patches] == [
        "[X86] Diagnose a patchpoint that is too small for its call",
        "Rename",
    ]
    assert [len(p.diffs) for p in found.patches] == [2, 1]
    assert found.patches[1].diffs[0].hunks[0].lines == ("-ä".encode(), NO_NEWLINE, b"+b")


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    answer(data)


@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(b"".join))
def test_pieces_of_patches(data: bytes) -> None:
    answer(data)


@given(st.data())
def test_mutated_patches(data: st.DataObject) -> None:
    text = REAL
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        end = min(len(text), at + data.draw(st.integers(0, 40)))
        text = text[:at] + data.draw(st.sampled_from([*TOKENS, b""])) + text[end:]
    answer(text)


@given(st.integers(0, len(REAL) - 1))
def test_a_cut_patch_is_never_taken_for_a_smaller_one(end: int) -> None:
    """Cut anywhere inside the first mail's diff, it is refused: its diffstat or a hunk promises more."""
    start, stop = REAL.index(b"diff --git"), REAL.index(b"--\n2.39.5")
    if start <= end < stop:
        with contextlib.suppress(UsageError):
            found = read_patches("x", REAL[:end])
            raise AssertionError(f"accepted: {found}")


names = st.lists(
    st.text(
        st.characters(exclude_characters="/", exclude_categories=["Cc", "Cs"]), min_size=2, max_size=8
    ).filter(lambda s: s not in {"..", ".git"} and s.lower() != ".git" and not s.startswith("~")),
    min_size=1,
    max_size=3,
).map(lambda parts: "/".join(["llvm", *parts]))
texts = st.binary(max_size=12).map(lambda b: b.replace(b"\n", b""))
modes = st.sampled_from(["100644", "100755"])


@st.composite
def hunks(draw: st.DrawFn, marks: str) -> tuple[Hunk, ...]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        lines = draw(st.lists(st.tuples(st.sampled_from(marks), texts), min_size=1, max_size=8))
        # Blank context lines are written with their blank; the other marks are never mistaken.
        found.append(
            Hunk(
                draw(st.integers(1, 9999)),
                draw(st.integers(1, 9999)),
                tuple(m.encode() + t for m, t in lines),
            )
        )
    if draw(st.booleans()):
        found[-1] = Hunk(found[-1].old_start, found[-1].new_start, (*found[-1].lines, NO_NEWLINE))
    return tuple(found)


@st.composite
def diffs(draw: st.DrawFn) -> FileDiff:
    path = draw(names)
    change = draw(st.sampled_from(list(ChangeKind)))
    if change is ChangeKind.ADDED:
        return FileDiff(path, change, draw(hunks("+"))[:1], new_mode=draw(modes))
    if change is ChangeKind.DELETED:
        return FileDiff(path, change, draw(hunks("-"))[:1], old_mode=draw(modes))
    old, new = draw(modes), draw(modes)
    moded = (old, new) if old != new else ("", "")
    if change is ChangeKind.RENAMED:
        maybe = draw(st.one_of(st.just(()), hunks(" +-")))
        return FileDiff(path, change, maybe, draw(names.filter(lambda n: n != path)), *moded)
    return FileDiff(path, change, draw(hunks(" +-")), "", *moded)


@given(st.lists(diffs(), min_size=1, max_size=4, unique_by=lambda d: d.path))
def test_what_is_written_is_read_again(given: list[FileDiff]) -> None:
    facts = read_patch("x", render(given))
    assert facts.diffs == tuple(given)
    assert facts.canonical == render(given)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_recipe(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        parse_recipe("series.toml", data)


KEYS = [
    "title",
    "kind",
    "llvm",
    "versions",
    "claims",
    "fixes",
    "breaks",
    "message",
    "upstream",
    "equivalent",
    "clams",
    "[llvm]",
    "[[claims]]",
]
VALUES = [
    '"fix"',
    '"mutant"',
    '"19.1.7"',
    '["19.1.7"]',
    "[]",
    "1",
    "{}",
    '""',
    "[[1]]",
    "true",
    "2020-01-01",
    '"../x"',
]
lines = st.one_of(
    st.sampled_from(KEYS), st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(" = ".join)
)


@given(st.lists(lines, max_size=10).map("\n".join))
def test_any_recipe_of_known_words(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse_recipe("series.toml", text.encode())
