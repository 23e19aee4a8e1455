"""A report without what mail programs, trackers and CI systems put around it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.crash.text.plain import BORDER, plain_lines
from harness.crash.text.unwrap import unwrap


def plain(text: str) -> list[str]:
    return [line.text for line in plain_lines(text)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("> > quoted", "quoted"),
        (">>> quoted", "quoted"),
        ("2024-05-01T12:00:00.1234567Z log", "log"),
        ("[2025-03-02T04:11:09.771Z] log", "log"),
        ("2024-05-01 12:00:00,123 log", "log"),
        ("[12:00:59] log", "log"),
        ("#12 3.456 log", "log"),
        ("#12 0x0000555 in f", "#12 0x0000555 in f"),
        ("[ 12%] log", "log"),
        ("[12/345] log", "log"),
        ("# | Assertion failed: (x), function f, file F.cpp, line 3.", None),
        ("##[error]log", "log"),
        ("worker-1  | log", "log"),
        ("\x1b[0;1;31mLLVM ERROR: \x1b[0mno", "LLVM ERROR: no"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("<pre><code>x &lt;4 x i32&gt; &amp;&quot;&#39;</code></pre>", "x <4 x i32> &\"'"),
        ("%v = add <4 x i32> %a, <i32 1, i32 2, i32 3, i32 4>", None),
        ("a \u201cb\u201d \u2018c\u2019 \u2013 d\u00a0e\u200b", "a \"b\" 'c' - d e"),
        ("llvm::f\\_g\\*", "llvm::f_g*"),
        ("`LLVM ERROR: x`", "LLVM ERROR: x"),
        ("frame #4: 0x12 lib`f + 3", None),
        ("```llvm", BORDER),
        ("-- ", "--"),
        ("-------------- next part --------------", BORDER),
        ("a\tb\x00\x07", "a b"),
    ],
)
def test_a_line(line: str, text: str | None) -> None:
    expected = line.removeprefix("# | ") if text is None else text
    assert plain(line) == [expected]


def test_a_mail_of_parts_is_read_part_by_part() -> None:
    attached = base64.encodebytes(b"define void @f() {\n  ret void\n}\n").decode()
    mail = (
        "Subject: Crash of LLVM 3.4.2\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "llc -mtriple=3Dx86_64 die=\ns\n--b\nContent-Type: text/html\n\n<p>llc dies</p>\n--b\n"
        f"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{attached}--b--\n"
    )
    expected = ["Crash of LLVM 3.4.2", "llc -mtriple=x86_64 dies", BORDER]
    expected += ["define void @f() {", "  ret void", "}", ""]
    assert plain(mail) == expected
    assert plain("\n".join(f"> {line}" for line in mail.split("\n"))) == expected


@pytest.mark.parametrize("quote", ["", "> "])
def test_a_patch_that_adds_a_test_is_read_as_the_test(quote: str) -> None:
    patch = [
        *("--- a/lib/A.cpp", "+++ b/lib/A.cpp", "@@ -1,2 +1,2 @@", "-  a;", "+  b;"),
        *(
            "--- /dev/null",
            "+++ b/test/CodeGen/X86/a.ll",
            "@@ -0,0 +1,3 @@",
            "+; RUN: llc -O0 %s",
            "+define void @f() {",
        ),
        *("-; old", " entry:", "+  ret void", "+}", "", "That is all."),
    ]
    found = plain("\n".join(f"{quote}{line}" for line in patch))
    assert found[:5] == ["--- a/lib/A.cpp", BORDER, BORDER, "-  a;", "+  b;"]
    expected = ["; RUN: llc -O0 %s", "define void @f() {", "entry:", "  ret void", "}", "", "That is all."]
    assert found[-7:] == expected


def test_of_a_very_long_text_what_is_near_something_telling_is_kept() -> None:
    noise = [f"compiling {number}{' and more' * 20}" for number in range(50_000)]
    noise[25_000] = "LLVM ERROR: here"
    lines = plain("\n".join(noise))
    assert "LLVM ERROR: here" in lines
    assert len(lines) < 1000
    loud = plain(f"LLVM ERROR: x{' and more' * 20}\n" * 50_000)
    assert 40_000 <= len(loud) < 50_000


@given(st.text())
def test_any_text_has_plain_lines(text: str) -> None:
    lines = plain_lines(text)
    assert not any("\n" in line.text or "\x1b" in line.text for line in lines)
    assert len(unwrap(lines)) <= len(lines)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        # A list of short lines was not filled.
        (["LLVM ERROR: no registers", "make: *** [x] Error 1"], 2),
        (["    frame #5: 0x10b5", "lib.dylib`llvm::f() +", "3780 at F.h:610"], 1),
        (["#4 0x12 in f (a=1)", "    at F.cpp:3", "#5 0x13 in g ()"], 2),
        (["Assertion failed: (x &&", '"why"), function f,', "file F.cpp, line", "3.", "Aborted"], 2),
        (["0. Program arguments: llc", "-O0 x.ll", "1. Running pass 'A", "B' on function '@f'"], 2),
        (["I ran `llc -O0", "x.ll` and it died"], 1),
    ],
)
def test_broken_lines(lines: list[str], joined: int) -> None:
    assert len(unwrap(plain_lines("\n".join(lines)))) == joined
