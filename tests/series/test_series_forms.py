"""Every form a patch comes in gives the same patch."""

from __future__ import annotations

import base64
import quopri
import re
import string
from typing import TYPE_CHECKING

import pytest

from harness.patch import ChangeKind, Patch
from harness.series.parse import read_patch, read_patches

if TYPE_CHECKING:
    from tests.series.conftest import Repo

LOWER = "llvm/lib/Target/X86/X86MCInstLower.cpp"
TEST = "llvm/test/CodeGen/X86/patchpoint.ll"


@pytest.fixture
def commit(repo: Repo) -> str:
    """One commit that changes, adds, deletes and renames."""
    repo.commit(
        "More", {"llvm/lib/Old.cpp": "old\n", "llvm/lib/Name.cpp": "".join(f"{n}\n" for n in range(30))}
    )
    (repo.path / "llvm/lib/Name.cpp").rename(repo.path / "llvm/lib/NewName.cpp")
    changes = repo.edit(LOWER, "line 30 of", "line thirty of")
    changes |= {"llvm/lib/New.cpp": "new\n", "llvm/lib/Empty.cpp": "", "llvm/lib/Old.cpp": None}
    return repo.commit(
        "[X86] Say more - in a long subject that git folds onto a second line of the header\n\nBody.", changes
    )


EXPECTED = (
    ("llvm/lib/Empty.cpp", ChangeKind.ADDED, ""),
    ("llvm/lib/New.cpp", ChangeKind.ADDED, ""),
    ("llvm/lib/NewName.cpp", ChangeKind.RENAMED, "llvm/lib/Name.cpp"),
    ("llvm/lib/Old.cpp", ChangeKind.DELETED, ""),
    (LOWER, ChangeKind.MODIFIED, ""),
)
SUBJECT = "[X86] Say more - in a long subject that git folds onto a second line of the header"
RANGE = ("HEAD~", "HEAD")


def files(patch: Patch) -> tuple[tuple[str, ChangeKind, str], ...]:
    """The files a patch touches, in its order: path, what happens to it, and its old path."""
    return tuple((diff.path, diff.kind, diff.old_path) for diff in patch.diffs)


def mail_of(repo: Repo, *args: str) -> bytes:
    return repo.git("format-patch", "--stdout", "-1", *args)


def test_the_mail_of_format_patch(repo: Repo, commit: str) -> None:
    patch = read_patch("x.patch", mail_of(repo))
    assert (files(patch), patch.subject) == (EXPECTED, SUBJECT)
    assert (patch.number, patch.total, patch.remarks) == (0, 0, ())


@pytest.mark.parametrize(
    "binary",
    [
        "diff --git a/{path} b/{path}\nnew file mode 100644\nindex 000..123\nGIT binary patch\n"
        "literal 3\nKcmZ\n\nliteral 0\nHcmV\n\n",
        "diff --git a/{path} b/{path}\nindex 1..2 100644\nBinary files a/{path} and b/{path} differ\n",
        "Binary files old/{path} and new/{path} differ\n",
        "Binary files /dev/null and new/{path} differ\n",
        "Binary files old/{path} and /dev/null differ\n",
    ],
)
@pytest.mark.parametrize("path", ["clang/test/Modules/a.pcm", "lld/test/ELF/Inputs/a.o"])
def test_a_binary_file_of_a_project_that_is_left_out(binary: str, path: str) -> None:
    text = "diff --git a/llvm/lib/A.cpp b/llvm/lib/A.cpp\n--- a/llvm/lib/A.cpp\n+++ b/llvm/lib/A.cpp\n"
    change = f"{text}@@ -1 +1 @@\n-a\n+b\n"
    for data in (binary.format(path=path) + change, change + binary.format(path=path)):
        patch = read_patch("x.patch", data.encode())
        assert sorted(d.path for d in patch.diffs) == sorted([path, "llvm/lib/A.cpp"])
        # What is kept of a series is its diffs, rendered: they are read again.
        assert read_patch("x.patch", patch.canonical).diffs == patch.diffs


FORMS = {
    "git diff": ("diff", "-M", *RANGE),
    "without prefixes": ("diff", "-M", "--no-prefix", *RANGE),
    "mnemonic prefixes": ("-c", "diff.mnemonicPrefix=true", "diff", "-M", *RANGE),
    "full index": ("diff", "-M", "--full-index", *RANGE),
    "git show": ("show", "-M"),
    "with a diffstat": ("show", "-M", "--stat", "--patch"),
    "mail without signature": ("format-patch", "--stdout", "--no-signature", "-1"),
    "attached": ("format-patch", "--stdout", "--attach", "-1"),
    "inline": ("format-patch", "--stdout", "--inline", "-1"),
}


@pytest.mark.parametrize("form", FORMS)
def test_git_writes_it(repo: Repo, commit: str, form: str) -> None:
    patch = read_patch("x.patch", repo.git(*FORMS[form]))
    assert files(patch) == EXPECTED
    assert patch.canonical == read_patch("x.patch", mail_of(repo)).canonical
    if form != "git diff" and "diff" not in FORMS[form]:
        assert patch.subject == SUBJECT


def test_what_it_reads_applies_like_the_original(repo: Repo, commit: str) -> None:
    canonical = read_patch("x.patch", mail_of(repo)).canonical
    repo.git("checkout", "-q", "HEAD~")
    repo.git("apply", "--index", "-", stdin=canonical)
    assert repo.git("write-tree") == repo.git("rev-parse", f"{commit}^{{tree}}")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_an_encoded_mail(repo: Repo, encoding: str, charset: str) -> None:
    repo.commit("Größe", repo.edit(LOWER, "line 30 of", "Größe of"))
    plain = mail_of(repo)
    body = plain.split(b"\n\n", 1)[1].decode().encode(charset)
    text = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
    head = "From: a\nSubject: =?UTF-8?q?Gr=C3=B6=C3=9Fe?=\nMIME-Version: 1.0\n"
    head += f"Content-Type: text/plain; charset={charset}\n"
    head += f"Content-Transfer-Encoding: {encoding}\n\n"
    patch = read_patch("x.eml", head.encode() + text)
    assert (patch.subject, patch.canonical) == ("Größe", read_patch("x", plain).canonical)
    assert "Größe" in patch.canonical.decode()


def test_a_plain_diff_without_git(repo: Repo) -> None:
    data = (
        b"diff -ruN llvm-19/llvm/lib/A.cpp llvm-new/llvm/lib/A.cpp\n"
        b"--- llvm-19/llvm/lib/A.cpp\t2025-01-14 16:29:57.000000000 +0000\n"
        b"+++ llvm-new/llvm/lib/A.cpp\t2025-01-15 16:29:57.000000000 +0000\n"
        b"@@ -1 +1 @@\n-a\n+b\n"
        b"Only in llvm-new: build\n"
        b"--- llvm-19/llvm/lib/N.cpp\t1970-01-01 00:00:00.000000000 +0000\n"
        b"+++ llvm-new/llvm/lib/N.cpp\t2025-01-15 16:29:57.000000000 +0000\n"
        b"@@ -0,0 +1 @@\n+n\n"
        b"--- llvm-19/llvm/lib/D.cpp 2025-01-14 16:29:57.000000000 +0000\n"
        b"+++ llvm-new/llvm/lib/D.cpp 1970-01-01 00:00:00.000000000 +0000\n"
        b"@@ -1 +0,0 @@\n-d\n"
    )
    assert files(read_patch("x.diff", data)) == (
        ("llvm/lib/A.cpp", ChangeKind.MODIFIED, ""),
        ("llvm/lib/N.cpp", ChangeKind.ADDED, ""),
        ("llvm/lib/D.cpp", ChangeKind.DELETED, ""),
    )


def bare(path: str, *, prefix: bool = True) -> bytes:
    a, b = ("a/", "b/") if prefix else ("", "")
    return f"--- {a}{path}\n+++ {b}{path}\n@@ -1 +1 @@\n-a\n+b\n".encode()


@pytest.mark.parametrize("prefix", [True, False])
@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("lib/Target/X86/X86.cpp", "llvm/lib/Target/X86/X86.cpp"),
        ("test/CodeGen/X86/a.ll", "llvm/test/CodeGen/X86/a.ll"),
        ("CMakeLists.txt", "llvm/CMakeLists.txt"),
        ("llvm/lib/A.cpp", "llvm/lib/A.cpp"),
        ("clang/lib/A.cpp", "clang/lib/A.cpp"),
        ("cmake/Modules/A.cmake", "cmake/Modules/A.cmake"),
        ("brand-new/A.cpp", "brand-new/A.cpp"),
    ],
)
def test_where_paths_count_from(given: str, read: str, prefix: bool) -> None:
    patch = read_patch("x.diff", bare(given, prefix=prefix))
    assert [d.path for d in patch.diffs] == [read]
    assert patch.remarks == (
        () if given == read else (f"x.diff: paths count from llvm/: {given} is read as {read}",)
    )


def test_folders_of_both_roots_go_with_the_rest() -> None:
    assert [d.path for d in read_patch("x", bare("cmake/A.cmake") + bare("lib/A.cpp")).diffs] == [
        "llvm/cmake/A.cmake",
        "llvm/lib/A.cpp",
    ]
    assert [d.path for d in read_patch("x", bare("cmake/A.cmake") + bare("llvm/lib/A.cpp")).diffs] == [
        "cmake/A.cmake",
        "llvm/lib/A.cpp",
    ]


def test_a_folder_of_llvm_beside_llvm_itself_is_another_one() -> None:
    assert [d.path for d in read_patch("x", bare("docs/A.rst") + bare("llvm/docs/A.rst")).diffs] == [
        "docs/A.rst",
        "llvm/docs/A.rst",
    ]


def test_a_patched_file_may_have_crlf(repo: Repo) -> None:
    repo.commit("Base", {"llvm/lib/Dos.cpp": b"one\r\ntwo\r\nthree\r\n"})
    repo.commit("Change", {"llvm/lib/Dos.cpp": b"one\r\nTWO\r\nthree\r\n"})
    patch = read_patch("x.patch", mail_of(repo))
    assert patch.diffs[0].hunks[0].lines == (b" one\r", b"-two\r", b"+TWO\r", b" three\r")


def test_content_may_be_any_bytes(repo: Repo) -> None:
    repo.commit("Base", {"llvm/test/latin.ll": b"; \xe4 \xff\n"})
    repo.commit("Change", {"llvm/test/latin.ll": b"; \xe4 \xfe\x01\n"})
    assert read_patch("x", mail_of(repo)).diffs[0].hunks[0].lines == (b"-; \xe4 \xff", b"+; \xe4 \xfe\x01")


def test_unusual_names(repo: Repo) -> None:
    names = ["llvm/test/a b.ll", "llvm/test/ä.ll", 'llvm/test/q"uote.ll', "llvm/test/back\\slash.ll"]
    repo.commit("Names", dict.fromkeys(names, "x\n") | {"llvm/test/e mpty": ""})
    for args in ((), ("--no-prefix",)):
        patch = read_patch("x", mail_of(repo, *args))
        assert sorted(d.path for d in patch.diffs) == sorted([*names, "llvm/test/e mpty"])
        assert read_patch("x", patch.canonical).diffs == patch.diffs


def test_modes_and_copies(repo: Repo) -> None:
    text = "".join(f"{n}\n" for n in range(30))
    repo.commit("Base", {"llvm/utils/a.py": text, "llvm/utils/b.py": text + "b\n"})
    (repo.path / "llvm/utils/a.py").chmod(0o755)
    repo.commit("Mode", {"llvm/utils/c.py": text + "b\nc\n", "llvm/utils/b.py": text + "B\n"})
    patch = read_patch("x", mail_of(repo, "-C"))
    assert files(patch) == (
        ("llvm/utils/a.py", ChangeKind.MODIFIED, ""),
        ("llvm/utils/b.py", ChangeKind.MODIFIED, ""),
        ("llvm/utils/c.py", ChangeKind.ADDED, "llvm/utils/b.py"),
    )
    assert (patch.diffs[0].old_mode, patch.diffs[0].new_mode) == ("100644", "100755")
    repo.git("checkout", "-q", "HEAD~")
    repo.git("apply", "--index", "-", stdin=patch.canonical)
    assert repo.git("write-tree") == repo.git("rev-parse", "main^{tree}")


def test_blank_context_lines_may_have_lost_their_blank() -> None:
    data = bare("llvm/A.cpp").replace(b"@@ -1 +1 @@\n-a\n+b\n", b"@@ -1,3 +1,3 @@\n-a\n+b\n\n c\n")
    assert read_patch("x", data).diffs[0].hunks[0].lines == (b"-a", b"+b", b" ", b" c")


def series(repo: Repo) -> tuple[bytes, ...]:
    for n in (10, 20, 30):
        repo.commit(f"Change {n}", repo.edit(LOWER, f"line {n} of", f"Line {n} of"))
    return tuple(repo.git("format-patch", "--stdout", "-1", f"HEAD~{n}") for n in (2, 1, 0))


def subjects(patches: tuple[Patch, ...]) -> list[str]:
    return [p.subject for p in patches]


def test_an_mbox_in_any_order_with_a_cover_letter_and_replies(repo: Repo) -> None:
    series(repo)
    mails = re.split(
        rb"(?m)^(?=From [0-9a-f]{40} )", repo.git("format-patch", "--stdout", "--cover-letter", "-3")
    )[1:]
    assert len(mails) == 4
    reply = mails[2].replace(b"Subject: [PATCH", b"Subject: Re: [PATCH")
    mails[0] = mails[0].replace(b"*** SUBJECT HERE ***", b"Three changes")
    found = read_patches("s.mbox", b"".join([mails[3], reply, mails[1], mails[0], mails[2]]))
    assert subjects(found.patches) == ["Change 10", "Change 20", "Change 30"]
    assert [(p.name, p.number, p.total) for p in found.patches] == [
        ("s.mbox #3", 1, 3),
        ("s.mbox #5", 2, 3),
        ("s.mbox #1", 3, 3),
    ]
    assert found.cover == "Three changes"
    assert found.remarks == ("s.mbox #2: skipped, a reply: 'Re: [PATCH 2/3] Change 20'",)


def test_mails_that_are_not_one_series_keep_their_order(repo: Repo) -> None:
    first, second, third = series(repo)
    found = read_patches("s.mbox", third + first + second)
    assert subjects(found.patches) == ["Change 30", "Change 10", "Change 20"]


def test_a_mail_in_between_is_skipped_with_a_note(repo: Repo) -> None:
    first, *_ = series(repo)
    chat = b"From a@b.org Tue Mar  4 10:11:12 2025\nFrom: a\nSubject: Looks good\n\nFrom here on, fine.\n\n"
    found = read_patches("s.mbox", chat + first)
    assert found.remarks == ("s.mbox #1: skipped, no patch in it: 'Looks good'",)
    assert subjects(found.patches) == ["Change 10"]


def test_a_commit_message_may_look_like_an_mbox(repo: Repo) -> None:
    repo.commit(
        "Tricky\n\nas it was\nFrom a@b.org Tue Mar  4 10:11:12 2025\nsaid\n\n"
        "From the start\n\nFrom now on: 10:20 in the year 2025!\n",
        repo.edit(LOWER, "line 9 of", "x"),
    )
    assert subjects(read_patches("s", mail_of(repo)).patches) == ["Tricky"]


def test_an_edited_diff_may_disagree_with_its_diffstat(repo: Repo, commit: str) -> None:
    mail = mail_of(repo)
    start, end = mail.index(b"diff --git a/llvm/lib/New.cpp"), mail.index(b"diff --git a/llvm/lib/Name.cpp")
    assert len(read_patch("x", mail[:start] + mail[end:]).diffs) == 4


def test_the_fingerprint_is_as_stable_as_patch_id(repo: Repo) -> None:
    """Other line numbers and function names: the same; other text: another. `git patch-id` says the same."""
    repo.commit("One", repo.edit(LOWER, "line 30 of", "line thirty of"))
    one = mail_of(repo)
    repo.git("checkout", "-q", "HEAD~")
    repo.commit("Shift", {LOWER: "void f() {\n\n" + (repo.path / LOWER).read_text()})
    repo.commit("Two", repo.edit(LOWER, "line 30 of", "line thirty of"))
    two = mail_of(repo)
    repo.git("checkout", "-q", "HEAD~")
    repo.commit("Three", repo.edit(LOWER, "line 30 of", "line Thirty of"))
    three = mail_of(repo)

    def patch_id(data: bytes) -> bytes:
        return repo.git("patch-id", "--stable", stdin=data).split()[0]

    prints = [read_patch("x", data).fingerprint for data in (one, two, three)]
    assert prints[0] == prints[1] != prints[2]
    assert patch_id(one) == patch_id(two) != patch_id(three)
    assert read_patch("x", one).canonical != read_patch("x", two).canonical


def test_the_order_of_files_does_not_change_the_fingerprint() -> None:
    a, b = bare("llvm/A.cpp"), bare("llvm/B.cpp")
    assert read_patch("x", a + b).fingerprint == read_patch("x", b + a).fingerprint
    assert read_patch("x", a + b).canonical != read_patch("x", b + a).canonical


def test_it_agrees_with_git(repo: Repo, commit: str) -> None:
    """On the files of a patch, what happens to them, and how many lines are added and removed."""
    ours = read_patch("x", mail_of(repo)).diffs
    status = repo.git("show", "--format=", "--name-status", "-M", "HEAD").decode().splitlines()
    theirs = {line.split("\t")[-1]: line[0] for line in status}
    assert {diff.path: diff.kind.value[0].upper() for diff in ours} == theirs
    counts = repo.git("apply", "--numstat", "-", stdin=mail_of(repo)).decode().splitlines()
    assert sorted(line.split("\t") for line in counts) == sorted(
        [str(sum(hunk.count(mark) for hunk in diff.hunks)) for mark in (b"+", b"-")] + [diff.path]
        for diff in ours
    )


def test_the_letters_that_end_lines_elsewhere_do_not_end_them_here() -> None:
    odd = "".join(c for c in string.whitespace if c not in "\n\r") + "\x85\u2028"
    data = bare("llvm/A.cpp").replace(b"+b", b"+" + odd.encode())
    assert read_patch("x", data).diffs[0].hunks[0].lines == (b"-a", b"+" + odd.encode())
