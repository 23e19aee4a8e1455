"""Readers of a unit's data in other units: found in static archives."""

from __future__ import annotations

import pytest

from harness.reach.changed.outside import find_readers, members
from harness.reach.changed.unit import Changed
from tests.reach.changed.conftest import Compile

READER = "extern const int table[]; int %s(int n) { return table[n]; } int other() { return 1; }"


def archive(**contents: bytes) -> bytes:
    """An archive of the GNU kind, with long names in a member of their own."""
    names = b"".join(f"{name}.cpp.o/\n".encode() for name in contents)
    made = b"!<arch>\n" + _member("//", names)
    at = 0
    for name, content in contents.items():
        made += _member(f"/{at}", content)
        at += len(f"{name}.cpp.o/\n")
    return made


def _member(name: str, content: bytes) -> bytes:
    header = f"{name:16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)


def found(changed: Changed) -> set[str]:
    return {str(name) for name in changed.functions}


def test_members_with_short_and_long_names() -> None:
    data = archive(One=b"abc", Another=b"defg") + _member("Short.o/", b"x")
    assert list(members(data)) == [("One.cpp.o", b"abc"), ("Another.cpp.o", b"defg"), ("Short.o", b"x")]
    assert list(members(data[:-62])) == [("One.cpp.o", b"abc"), ("Another.cpp.o", b"defg")]
    assert list(members(b"!<arch>\n" + b"\xff" * 90)) == []


def test_archives_of_other_kinds_have_no_readers() -> None:
    for data in (b"", b"text", b"!<thin>\ntable", archive(One=b"BC bitcode")):
        assert find_readers({"libA.a": data}, ["table"], ()) == Changed()


@pytest.mark.builds
@pytest.mark.needs_llvm
def test_readers_in_other_units_directly_and_through_tables(compile_unit: Compile) -> None:
    through = "extern const int table[]; extern const int *const rows[];"
    through += "const int *const rows[] = {table, table + 1};"
    archives = {
        "libA.a": archive(
            One=compile_unit(READER % "one"),
            Two=compile_unit("int table(int); int two(int n) { return n; }"),
            Through=compile_unit(f"{through} int three(int n) {{ return rows[n][n]; }}"),
        ),
        "libB.a": archive(Far=compile_unit("extern const int *rows[]; int far(int n) { return *rows[n]; }")),
    }
    assert found(find_readers(archives, ["table"], ())) == {"_Z3onei", "_Z5threei", "_Z3fari"}
    assert found(find_readers(archives, ["table"], {("libA.a", "One.cpp.o")})) == {"_Z5threei", "_Z3fari"}
    assert found(find_readers(archives, ["rows"], ())) == {"_Z5threei", "_Z3fari"}
    assert find_readers(archives, ["tables"], ()) == Changed()


@pytest.mark.builds
@pytest.mark.needs_llvm
def test_a_member_that_cannot_be_read_is_said(compile_unit: Compile) -> None:
    changed = find_readers({"libA.a": archive(One=b"BC table bitcode")}, ["table"], ())
    assert [(one.unit, one.why) for one in changed.everything] == [
        ("One.cpp.o", "libA.a: One.cpp.o: damaged: not a whole ELF object")
    ]


@pytest.mark.builds
@pytest.mark.needs_llvm
def test_local_readers_are_named_by_their_member_where_archives_are_stripped(compile_unit: Compile) -> None:
    text = "extern const int table[]; [[gnu::noinline]] static int own(int n) { return table[n]; }"
    made = compile_unit(f"{text} int calls(int n) {{ return own(n); }}")
    assert found(find_readers({"libA.a": archive(One=made)}, ["table"], ())) == {"U.cpp:_ZL3owni"}
    stripped = made.replace(b"\0U.cpp\0", b"\0\0\0\0\0\0\0")
    assert stripped != made
    assert found(find_readers({"libA.a": archive(One=stripped)}, ["table"], ())) == {"One.cpp:_ZL3owni"}
