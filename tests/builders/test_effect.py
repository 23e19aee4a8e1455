"""What comes of a series as its files tell: who may say that nothing that is compiled changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.builders.effect import Effect, find_effect
from harness.builders.parts import Part, describe_not_judged, list_unjudged, part_of
from harness.patch import Change, ChangeKind

CODE, HEADER = "llvm/lib/A.cpp", "llvm/include/llvm/A.h"
UNIT, LIT = "llvm/unittests/ADT/A.cpp", "llvm/utils/lit/lit/main.py"
DOCS, TEST = "llvm/docs/A.rst", "llvm/test/CodeGen/X86/a.ll"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (CODE, Part.CODE),
        ("llvm/lib/Target/X86/X86.td", Part.CODE),
        ("llvm/lib/Target/X86/CMakeLists.txt", Part.CODE),
        ("llvm/utils/TableGen/A.cpp", Part.CODE),
        ("cmake/Modules/A.cmake", Part.CODE),
        ("llvm/lib/Target/X86/README.txt", Part.DOCUMENT),
        ("llvm/CREDITS.TXT", Part.DOCUMENT),
        ("llvm/docs/conf.py", Part.DOCUMENT),
        ("clang/docs/A.rst", Part.DOCUMENT),
        ("README.md", Part.DOCUMENT),
        (TEST, Part.TEST),
        ("llvm/test/README.md", Part.TEST),  # a test may read it
        ("llvm/utils/gn/secondary/llvm/lib/BUILD.gn", Part.SETTING),
        (".github/workflows/a.yml", Part.SETTING),
        ("llvm/lib/.clang-tidy", Part.SETTING),
        (LIT, Part.LIT),
        (UNIT, Part.UNIT_TEST),
        ("llvm/utils/FileCheck/FileCheck.cpp", Part.ELSEWHERE),
        ("llvm/examples/A/A.cpp", Part.ELSEWHERE),
        ("clang/test/a.c", Part.TEST_ELSEWHERE),
        ("clang/lib/A.cpp", Part.PROJECT),
    ],
)
def test_what_a_file_is(path: str, part: Part) -> None:
    assert part_of(path) is part
    assert not (part.is_named and part.is_unjudged)


def made(tmp_path: Path, files: Mapping[str, tuple[str | None, str | None]], *left_out: str) -> Effect:
    """The effect of a series that leaves `files` (before, after), None for one that is not there."""
    changes = []
    for path, texts in files.items():
        kinds = {
            (True, False): ChangeKind.ADDED,
            (False, True): ChangeKind.DELETED,
            (False, False): ChangeKind.MODIFIED,
        }
        changes.append(Change(path, kinds[texts[0] is None, texts[1] is None]))
        for side, text in zip(("base", "patched"), texts, strict=True):
            if text is not None:
                (tmp_path / side / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / side / path).write_text(text)
    return find_effect(changes, left_out, tmp_path / "base", tmp_path / "patched")


def test_documentation_alone(tmp_path: Path) -> None:
    found = made(tmp_path, {DOCS: ("a\n", "b\n"), "llvm/lib/README.txt": (None, "a\n")})
    assert found == Effect(
        inert=True,
        meant=True,
        remarks=("not judged, documentation: llvm/docs/A.rst, llvm/lib/README.txt",),
    )
    assert found.why == "only documentation and comments change"


def test_comments_alone_in_whatever_many_units_include(tmp_path: Path) -> None:
    found = made(tmp_path, {HEADER: ("int a;\n", "// a\nint a;\n"), UNIT: ("int b;\n", "int b; // b\n")})
    assert found == Effect(
        inert=True,
        meant=True,
        remarks=(f"only comments and white space change in {HEADER}, {UNIT}",),
    )


@pytest.mark.parametrize("kind", ["added", "deleted"])
def test_a_source_of_comments_that_comes_or_goes_is_code(tmp_path: Path, kind: str) -> None:
    texts = (None, "// a\n") if kind == "added" else ("// a\n", None)
    assert made(tmp_path, {CODE: texts}) == Effect()


def test_code_may_have_an_effect(tmp_path: Path) -> None:
    assert made(tmp_path, {CODE: ("int a;\n", "int b;\n"), DOCS: ("a", "b")}) == Effect(
        remarks=("not judged, documentation: llvm/docs/A.rst",)
    )
    off = ("#if 0\nint a;\n#endif\n", "#if 0\nint b;\n#endif\n")
    assert made(tmp_path, {CODE: off}) == Effect()


def test_layout_is_for_the_compiler_to_tell_and_meant_all_the_same(tmp_path: Path) -> None:
    assert made(tmp_path, {CODE: ("f( a);\n", "f(a);\n")}) == Effect(meant=True)


def test_a_unit_test_is_compiled_and_says_nothing_of_the_tools(tmp_path: Path) -> None:
    """Unless an overlay does compile it, it is not judged."""
    why = (f"{UNIT}: unit tests are not run here",)
    assert made(tmp_path, {UNIT: ("int a;\n", "int b;\n")}) == Effect(unit_tests=True, unjudged=why)
    comment = made(tmp_path, {UNIT: ("int a;\n", "// a\nint a;\n")})
    assert (comment.inert, comment.meant, comment.unit_tests) == (True, True, False)
    both = made(tmp_path, {UNIT: ("int a;\n", "int b;\n"), CODE: ("int a;\n", "int b;\n")})
    assert (both.inert, both.unit_tests) == (False, False)


def test_what_nobody_here_compiles_or_runs_is_not_meant(tmp_path: Path) -> None:
    found = made(tmp_path, {UNIT: (None, "int b;\n"), LIT: ("a = 1\n", "a = 2\n")}, "clang/lib/A.cpp")
    assert found == Effect(
        inert=True,
        unjudged=(
            "clang/lib/A.cpp: not part of LLVM itself, left out",
            f"{UNIT}: unit tests are not run here",
            f"{LIT}: lit's own Python: tests are run by the harness's lit",
        ),
    )
    assert found.why == "nothing that is compiled changes"


def test_tests_are_told(tmp_path: Path) -> None:
    assert made(tmp_path, {TEST: (None, "a")}) == Effect(inert=True, meant=True, tests=True)


def test_many_names_are_cut_short() -> None:
    paths = [f"llvm/docs/{name}.rst" for name in "abcdefg"]
    shown = ", ".join(paths[:5])
    assert describe_not_judged([*paths, ".clang-format", CODE]) == (
        f"not judged, documentation: {shown} and 2 more",
        "not judged, for other builds, editors and services: .clang-format",
    )
    assert list_unjudged([*paths, CODE, TEST]) == ()
