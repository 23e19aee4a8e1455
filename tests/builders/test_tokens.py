"""When two texts of a source are the same to a compiler: without comments, and nothing else is a comment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.builders.tokens import same_code, tokens

CPP, TD = "llvm/lib/A.cpp", "llvm/lib/A.td"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int a;\n", "// what a is\nint a;\n"),
        ("int a;\n", "/* what\n * a is */\n\n\nint a; // a\n"),
        ("int a = b;\n", "int a /*c*/ = b;\n"),
        ("#define A B\nint a;\n", "#define A B // c\n\n\n/* d\n */ int a;\n"),
        ("#define A B \\\n  C\n", "#define A /* c\n*/ B \\\n  C // d\n"),
        ("f(a, b);\n", "f(a,\n  b);\n"),
        ('a("//");\n', 'a("//"); // "\n'),
        ("int a; // b \\\n int c;\n", "int a;\n"),
        ("int a; /\\\n/ b\n", "int a;\n"),
        ('auto a = R"x(/* )" )x";\n', 'auto a = R"x(/* )" )x"; /* it\'s */\n'),
        ("int a = 1'000'000; char b = '\"';\n", "int a = 1'000'000; char b = '\"'; // '\n"),
        ("x = a / b;\n", "x = a / b; /* c **/\n"),
        ("#include <a/b.h>\nint a;\n", "#include <a/b.h> // why\nint a;\n"),
        ("int a;\r\n", "int a; // b\r\n"),
    ],
)
def test_comments_and_the_amount_of_white_space_do_not_count(old: str, new: str) -> None:
    assert same_code(CPP, old.encode(), new.encode(), layout=True)
    assert same_code(CPP, new.encode(), old.encode(), layout=True)
    assert same_code(CPP, old.encode(), new.encode(), layout=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("assert(a+b);\n", "assert(a + b);\n"),
        ("A<B<C> > d;\n", "A< B<C> > d;\n"),
        ("f(a);\n", "f( a);\n"),
        ("x = y ;\n", "x = y;\n"),
    ],
)
def test_white_space_where_there_was_none_counts_with_the_layout(old: str, new: str) -> None:
    assert not same_code(CPP, old.encode(), new.encode(), layout=True)
    assert same_code(CPP, old.encode(), new.encode(), layout=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int a;\n", "int b;\n"),
        ("int a;\n", "int a\n"),
        ('a("//b");\n', 'a("//c");\n'),
        ('a("/*b*/");\n', 'a("");\n'),
        ('a(R"(//b)");\n', 'a(R"(//c)");\n'),
        ('a(R"(b\\\nc)");\n', 'a(R"(b\\ \nc)");\n'),  # splices are reverted in it
        ('a("b c");\n', 'a("b  c");\n'),
        ("#define A B\nC;\n", "#define A B C;\n"),
        ("#define A(b) c\n", "#define A (b) c\n"),
        ("#if A\nint a;\n#endif\n", "int a;\n"),
        ("#include <a//b.h>\n", "#include <a//c.h>\n"),
        ("// a \\\nint b;\n", "// a\nint b;\n"),
        ("A<B> > c;\n", "A<B>> c;\n"),
        ("a = b + +c;\n", "a = b ++c;\n"),
        ("a = b +\\\n+c;\n", "a = b + +c;\n"),
        ('u8\\\n"a";\n', 'u8 "a";\n'),
        ("a <: b;\n", "a < : b;\n"),
        ("a?\\?/\nb;\n", "a?\\?/\nc;\n"),
        ("#if 0\ndon't /* a\n#endif\nint b; /* c */\n", "#if 0\ndon't /* a\n#endif\nint c; /* c */\n"),
        ("#if 0\nit's\n#endif // a\n", "#if 0\nit's\n#endif\n"),  # not sure what is a comment there
        ("int a;\0// b\n", "int a;\0// c\n"),
        ("int a; /* b\n", "int a; /* c\n"),
    ],
)
def test_all_else_counts(old: str, new: str) -> None:
    assert not same_code(CPP, old.encode(), new.encode(), layout=True)
    assert not same_code(CPP, old.encode(), new.encode(), layout=False)


def test_tablegens_sources() -> None:
    old = b"def a : B { let c = [{ /* in C++ */ }]; /* d /* e */ f */ }\n"
    assert same_code(TD, old, b"// a\ndef a : B {\n  let c = [{ /* in C++ */ }];\n}\n", layout=True)
    assert not same_code(TD, old, old.replace(b"in C++", b"C"), layout=True)
    assert not same_code(TD, b"a /* b /* c */ d", b"a /* b /* c */ e", layout=True)
    assert not same_code(TD, b'def "//a";', b'def "//b";', layout=True)


def test_other_languages_are_compared_byte_by_byte() -> None:
    assert same_code("llvm/lib/CMakeLists.txt", b"# a\n", b"# a\n", layout=False)
    assert not same_code("llvm/lib/CMakeLists.txt", b"# a\n", b"# b\n", layout=False)


CODE = ("a", "1'0", "'\"'", '"/*"', '"\\', "#", "<", ">", "+", "/", "*", "\\\n", 'R"(', ')"', "'", "0x1")
NOTHING = ("//b\n", "/*c*/", "\n", " ", "\t")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(CODE + NOTHING), max_size=14), st.data())
def test_what_is_the_same_is_preprocessed_to_the_same(words: list[str], data: st.DataObject) -> None:
    """gcc is the judge, of short texts of all that is hard, with more comments put into one of them."""
    more = list(words)
    for place in data.draw(st.lists(st.integers(0, len(words)), min_size=1, max_size=3)):
        more.insert(place, data.draw(st.sampled_from(NOTHING)))
    old, new = "".join(words), "".join(more)
    if same_code(CPP, old.encode(), new.encode(), layout=True):
        assert preprocessed(old) == preprocessed(new)


def preprocessed(text: str) -> tuple[bool, list[bytes]]:
    """Whether gcc takes a text, and its words."""
    argv = ["/usr/bin/g++", "-std=c++17", "-E", "-P", "-w", "-x", "c++", "-"]
    done = subprocess.run(argv, input=text.encode(), capture_output=True, check=False)
    return done.returncode == 0, done.stdout.split()


def test_the_harness_own_headers_are_read() -> None:
    for path in (Path(__file__).parents[2] / "harness/builders/assertions").iterdir():
        assert tokens(str(path), path.read_bytes(), layout=True), path
