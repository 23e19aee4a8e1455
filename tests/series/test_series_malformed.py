"""The message for each malformed patch, word for word."""

from __future__ import annotations

import pytest

from harness.errors import EXIT_USAGE, UsageError
from harness.series.parse import read_patch, read_patches

HEAD = "diff --git a/llvm/lib/A.cpp b/llvm/lib/A.cpp\n"
MARKS = "--- a/llvm/lib/A.cpp\n+++ b/llvm/lib/A.cpp\n"
HUNK = "@@ -1,3 +1,3 @@ void f() {\n one\n-two\n+TWO\n three\n"
GOOD = HEAD + "index 1111111..2222222 100644\n" + MARKS + HUNK
AGAIN = "next: get the patch again; `git format-patch` or `gh pr diff` write it whole"
EXPORT = "next: make it with `git format-patch`, or pipe `gh pr diff N` in"
CHECKOUT = "next: make the patch with `git diff` or `git format-patch` in a checkout of llvm-project"
AS_FILE = "next: get the patch again as a file or attachment: mail programs wrap long lines"
MAIL = "From: a\nSubject: [PATCH] x\n\n"


def header(path: str, *, old: str = "a/", new: str = "b/") -> str:
    return f"diff --git {old}{path} {new}{path}\n--- {old}{path}\n+++ {new}{path}\n" + HUNK


CASES: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "x.patch: is empty\nnext: check the command or download that made it: it wrote no patch"),
    "blank": (
        "\n \n",
        "x.patch: is empty\nnext: check the command or download that made it: it wrote no patch",
    ),
    "web page": (
        "<!DOCTYPE html>\n<html><body>diff</body></html>\n",
        "x.patch: is a web page, not a patch\n"
        "next: add `.diff` to the pull request's address, or use `gh pr diff N`",
    ),
    "prose": ("please review\n", f"x.patch: has no diff in it\n{EXPORT}"),
    "mail without patch": (
        "From: a@example.org\nSubject: [PATCH] ping\n\nping?\n",
        f"x.patch: is a mail without a patch: 'ping'\n{EXPORT}",
    ),
    "context diff": (
        "*** a/llvm/x.c\n--- b/llvm/x.c\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n",
        "x.patch: is a context diff; only unified diffs are read\nnext: make it with `diff -u`",
    ),
    "hunk without file": (
        HUNK,
        f"x.patch: has hunks but no `---` and `+++` line that names their file\n{AGAIN}",
    ),
    "utf-16": (
        GOOD.encode("utf-16"),
        "x.patch: is UTF-16 text (PowerShell's `>` writes it), not the bytes git wrote\n"
        "next: write it with `git diff --output=FILE`, or convert it with `iconv -f UTF-16 -t UTF-8`",
    ),
    "utf-16 without mark": (
        GOOD.encode("utf-16-le"),
        "x.patch: is UTF-16 text (PowerShell's `>` writes it), not the bytes git wrote\n"
        "next: write it with `git diff --output=FILE`, or convert it with `iconv -f UTF-16 -t UTF-8`",
    ),
    "byte order mark": (
        b"\xef\xbb\xbf" + GOOD.encode(),
        "x.patch: starts with a byte order mark, which an editor put there\n"
        "next: run `sed -i '1s/^\\xEF\\xBB\\xBF//' x.patch`",
    ),
    "crlf": (
        GOOD.replace("\n", "\r\n"),
        "x.patch: line 1 ends in CR LF, so the patch as a whole was converted to Windows line endings\n"
        "next: run `sed -i 's/\\r$//' x.patch`; if the patched files themselves have CR LF lines, take the "
        "change from git instead (`git am --keep-cr`, then give the commit)",
    ),
    "crlf, no git header": (
        (MARKS + HUNK).replace("\n", "\r\n"),
        "x.patch: line 1 ends in CR LF, so the patch as a whole was converted to Windows line endings\n"
        "next: run `sed -i 's/\\r$//' x.patch`; if the patched files themselves have CR LF lines, take the "
        "change from git instead (`git am --keep-cr`, then give the commit)",
    ),
    "hunk cut off": (
        GOOD[: GOOD.index("+TWO")],
        "x.patch: truncated: hunk 1 of llvm/lib/A.cpp promises 3 old and 3 new lines, 1 and 2 of them are "
        f"missing (line 5)\n{AGAIN}",
    ),
    "cut in a line": (
        GOOD[:-3],
        f"x.patch: truncated: the last line of hunk 1 of llvm/lib/A.cpp has no end (line 9)\n{AGAIN}",
    ),
    "second hunk cut off": (
        GOOD + "@@ -9,2 +9,3 @@\n nine\n",
        "x.patch: truncated: hunk 2 of llvm/lib/A.cpp promises 2 old and 3 new lines, 1 and 2 of them are "
        f"missing (line 10)\n{AGAIN}",
    ),
    "cut after the header": (
        HEAD,
        f"x.patch: truncated: the diff of llvm/lib/A.cpp has no hunks (line 1)\n{AGAIN}",
    ),
    "cut after the marks": (
        HEAD + MARKS,
        f"x.patch: truncated: the diff of llvm/lib/A.cpp has no hunks (line 4)\n{AGAIN}",
    ),
    "cut between the marks": (
        HEAD + MARKS[: MARKS.index("+++")],
        f"x.patch: truncated: it ends inside the header of a file (line 2)\n{AGAIN}",
    ),
    "new file cut off": (
        HEAD + "new file mode 100644\nindex 0000000..2222222\n",
        f"x.patch: truncated: the lines of llvm/lib/A.cpp are missing (line 1)\n{AGAIN}",
    ),
    "mail cut between hunks": (
        f"{MAIL}---\n A.cpp | 2 +-\n B.cpp | 1 +\n 2 files changed, 2 insertions(+), 1 deletion(-)\n\n{GOOD}",
        "x.patch: truncated: its summary has 2 files, 2 insertions and 1 deletions, "
        f"the diff 1 files, 1 insertions and 1 deletions\n{AGAIN}",
    ),
    "wrapped line": (
        GOOD.replace(" three", "three"),
        "x.patch: line 9: hunk 1 of llvm/lib/A.cpp (line 5) is damaged or cut short: it "
        "cannot contain this line\n"
        f"  three\n{AS_FILE}",
    ),
    "hunk too long": (
        GOOD + "+four\n",
        "x.patch: line 10: hunk 1 of llvm/lib/A.cpp (line 5) goes on after its 3 old and 3 new lines\n"
        "  +four\n"
        "next: make the patch again with `git diff` after editing it, or run `recountdiff` on it",
    ),
    "more removed than promised": (
        HEAD + MARKS + "@@ -1,1 +1,2 @@\n-a\n-b\n+c\n+d\n",
        "x.patch: line 6: hunk 1 of llvm/lib/A.cpp (line 4) is damaged or cut short: it "
        "cannot contain this line\n"
        f"  -b\n{AS_FILE}",
    ),
    "hunk header": (
        HEAD + MARKS + "@@ -1;3 +1;3 @@\n one\n",
        f"x.patch: line 4: hunk 1 of llvm/lib/A.cpp has a malformed header\n{AGAIN}",
    ),
    "git binary": (
        "diff --git a/llvm/x.o b/llvm/x.o\nindex 1..2 100644\nGIT binary patch\nliteral 3\nabc\n\n",
        "x.patch: line 3: the change of llvm/x.o is binary, and only text can be applied and judged\n"
        "next: leave llvm/x.o out: `git diff ... -- . ':!llvm/x.o'`",
    ),
    "binary differ": (
        GOOD + "diff --git a/llvm/x.o b/llvm/x.o\nBinary files a/llvm/x.o and b/llvm/x.o differ\n",
        "x.patch: line 11: the change of llvm/x.o is binary, and only text can be applied and judged\n"
        "next: leave llvm/x.o out: `git diff ... -- . ':!llvm/x.o'`",
    ),
    "plain binary": (
        "Binary files old/llvm/x.o and new/llvm/x.o differ\n",
        "x.patch: line 1: the change of llvm/x.o is binary, and only text can be applied and judged\n"
        "next: leave llvm/x.o out: `git diff ... -- . ':!llvm/x.o'`",
    ),
    "absolute": (
        f"--- /etc/passwd\n+++ /etc/passwd\n{HUNK}",
        "x.patch: line 1 names '/etc/passwd', which is an absolute path, not one inside "
        f"llvm-project\n{CHECKOUT}",
    ),
    "absolute behind a prefix": (
        "--- a//etc/passwd\n+++ b//etc/passwd\n" + HUNK,
        f"x.patch: line 1 names 'a//etc/passwd', which is not the path of a source file\n{CHECKOUT}",
    ),
    "windows path": (
        "--- C:\\llvm\\x.cpp\n+++ C:\\llvm\\x.cpp\n" + HUNK,
        "x.patch: line 1 names 'C:\\\\llvm\\\\x.cpp', which is an absolute path, not one inside "
        f"llvm-project\n{CHECKOUT}",
    ),
    "parent": (
        header("llvm/../../x"),
        f"x.patch: line 2 names 'a/llvm/../../x', which leads out of the source tree\n{CHECKOUT}",
    ),
    "parent in a rename": (
        "diff --git a/llvm/x b/y\nsimilarity index 100%\nrename from llvm/x\nrename to ../y\n",
        f"x.patch: line 4 names '../y', which leads out of the source tree\n{CHECKOUT}",
    ),
    "parent in the git line only": (
        "diff --git a/../x b/../x\nnew file mode 100644\n",
        f"x.patch: line 1 names '../x', which leads out of the source tree\n{CHECKOUT}",
    ),
    "git's folder": (
        header(".git/hooks/pre-commit"),
        "x.patch: line 2 names 'a/.git/hooks/pre-commit', which is git's own folder, not LLVM's "
        f"source\n{CHECKOUT}",
    ),
    "newline in a path": (
        '--- "a/llvm/x\\ny"\n+++ "b/llvm/x\\ny"\n' + HUNK,
        f"x.patch: line 1 names 'a/llvm/x\\ny', which is not the path of a source file\n{CHECKOUT}",
    ),
    "a name longer than any file's": (
        header(f"llvm/lib/{'x' * 256}.cpp"),
        f"x.patch: line 2 names 'a/llvm/lib/{'x' * 69}'..., which is longer than a file system takes\n"
        f"{CHECKOUT}",
    ),
    "a path longer than any file's": (
        header(f"llvm/{'lib/' * 600}x.cpp"),
        f"x.patch: line 2 names 'a/llvm/{'lib/' * 18}l'..., which is longer than a file system takes\n"
        f"{CHECKOUT}",
    ),
    "open quote": (
        '--- "a/llvm/x\n+++ "b/llvm/x\n' + HUNK,
        f"x.patch: line 1 names a file in quotes that are not closed\n{AGAIN}",
    ),
    "path not utf-8": (
        b"--- a/llvm/\xe4.ll\n+++ b/llvm/\xe4.ll\n" + HUNK.encode(),
        "x.patch: line 1 names a file in bytes that are not UTF-8\n"
        "next: make the patch with `git diff`, which quotes such names",
    ),
    "subject not utf-8": (
        b"From: a\nSubject: [PATCH] caf\xe9\n\n" + GOOD.encode(),
        "x.patch: line 2: the mail's subject is not UTF-8\n"
        "next: make the mail with `git format-patch`, which encodes its header",
    ),
    "subject in no charset": (
        "From: a\nSubject: =?klingon?q?a?=\n\n" + GOOD,
        "x.patch: the mail's subject is encoded in a way that cannot be read: '=?klingon?q?a?='\n"
        "next: make the mail with `git format-patch`",
    ),
    "submodule": (
        "diff --git a/llvm/sub b/llvm/sub\nnew file mode 160000\nindex 0000000..1111111\n",
        "x.patch: line 2: llvm/sub is a submodule, which LLVM does not have\n"
        "next: leave that file out of the patch",
    ),
    "symbolic link": (
        "diff --git a/llvm/link b/llvm/link\nnew file mode 120000\nindex 0000000..1111111\n",
        "x.patch: line 2: llvm/link is a symbolic link, which a series may not make or change\n"
        "next: leave that file out of the patch",
    ),
    "changed link": (
        "diff --git a/llvm/link b/llvm/link\nindex 2222222..1111111 120000\n",
        "x.patch: line 2: llvm/link is a symbolic link, which a series may not make or change\n"
        "next: leave that file out of the patch",
    ),
    "mode": (
        HEAD + "old mode 100644\nnew mode 104755\n",
        "x.patch: line 3: llvm/lib/A.cpp has mode '104755'; LLVM has 100644 and 100755 only\n"
        "next: leave the mode out of the patch",
    ),
    "merge": (
        "diff --cc llvm/lib/A.cpp\nindex 1,2..3\n--- a/llvm/lib/A.cpp\n+++ b/llvm/lib/A.cpp\n"
        "@@@ -1 -1 +1 @@@\n++x\n",
        "x.patch: line 1 starts the combined diff of a merge, which cannot be applied\n"
        "next: take the change against one parent: `git diff MERGE^1 MERGE`",
    ),
    "two names": (
        "diff --git a/llvm/x b/llvm/y\n--- a/llvm/x\n+++ b/llvm/y\n" + HUNK,
        f"x.patch: line 1 names two files, llvm/x and llvm/y, without a rename\n{AGAIN}",
    ),
    "new with old lines": (
        HEAD + "new file mode 100644\n" + MARKS + HUNK,
        f"x.patch: line 1: llvm/lib/A.cpp is new, yet a hunk expects old lines in it\n{AGAIN}",
    ),
    "deleted with lines left": (
        HEAD + "deleted file mode 100644\n" + MARKS + HUNK,
        f"x.patch: line 1: llvm/lib/A.cpp is deleted, yet a hunk leaves lines in it\n{AGAIN}",
    ),
    "twice": (
        GOOD + GOOD,
        "x.patch: changes llvm/lib/A.cpp twice, so it is several diffs in one file\n"
        "next: give them as a directory of patches, or as `git format-patch --stdout A..B` writes them",
    ),
    "log": (
        f"commit {'a' * 40}\n\n    Two\n\n{GOOD}commit {'b' * 40}\n\n    One\n\n{header('llvm/B.cpp')}",
        "x.patch: is a log of 2 commits, newest first\nnext: make it with `git format-patch --stdout A..B`",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case: str) -> None:
    data, message = CASES[case]
    with pytest.raises(UsageError) as raised:
        read_patches("x.patch", data if isinstance(data, bytes) else data.encode())
    assert str(raised.value) == message
    assert raised.value.exit_code == EXIT_USAGE


def test_the_good_patch_of_the_cases_is_good() -> None:
    assert read_patch("x.patch", GOOD.encode()).diffs[0].path == "llvm/lib/A.cpp"


def mbox(*subjects: str) -> bytes:
    mails = [
        f"From {'a' * 40} Mon Sep 17 00:00:00 2001\nFrom: a@example.org\nSubject: {s}\n\n"
        f"{header(f'llvm/{i}.cpp')}\n"
        for i, s in enumerate(subjects)
    ]
    return "".join(mails).encode()


def test_a_missing_patch_of_a_series() -> None:
    with pytest.raises(UsageError) as raised:
        read_patches("s.mbox", mbox("[PATCH 1/3] a", "[PATCH 3/3] c"))
    assert str(raised.value) == (
        "s.mbox: patch 2/3 is missing\nnext: add it, or number the rest anew with `git format-patch`"
    )


def test_two_versions_of_a_series() -> None:
    with pytest.raises(UsageError) as raised:
        read_patches("s.mbox", mbox("[PATCH 1/2] a", "[PATCH v2 1/2] a", "[PATCH 2/2] b"))
    assert str(raised.value) == "s.mbox: patch 1/2 is there twice\nnext: keep one version of the series only"


def test_numbers_too_large_to_be_a_series_end_quickly() -> None:
    with pytest.raises(UsageError, match="patch 2/99999 is missing"):
        read_patches("s.mbox", mbox("[PATCH 1/99999] a", "[PATCH 3/99999] c"))


def test_mails_without_any_patch() -> None:
    data = b"".join(
        f"From {'a' * 40} Mon Sep 17 00:00:00 2001\nFrom: a\nSubject: Re: {n}\n\nno\n\n".encode()
        for n in range(2)
    )
    with pytest.raises(UsageError) as raised:
        read_patches("s.mbox", data)
    assert str(raised.value) == f"s.mbox: none of its 2 mails has a patch\n{EXPORT}"


def test_one_patch_is_asked_for() -> None:
    with pytest.raises(UsageError) as raised:
        read_patch("s.mbox", mbox("[PATCH 1/2] a", "[PATCH 2/2] b"))
    assert str(raised.value) == (
        "s.mbox: holds 2 patches where one is expected\nnext: split it: `git mailsplit -o DIR FILE`"
    )
    with pytest.raises(UsageError) as raised:
        read_patch("0000.patch", b"From: a\nSubject: [PATCH 0/2] Both\n\nwords\n")
    assert str(raised.value) == (
        "0000.patch: is a cover letter; there is no patch in it\nnext: give the patches it introduces"
    )


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.series.parse.MAX_BYTES", 1024 * 1024)
    with pytest.raises(UsageError) as raised:
        read_patches("x.patch", b"x" * (1024 * 1024 + 1))
    assert str(raised.value) == f"x.patch: is larger than 1 MiB, which is too much for a patch\n{EXPORT}"
