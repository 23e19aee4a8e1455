"""Who may say that base and patched are the same code, on the miniature LLVM with real cmake and g++."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.request import NeedsFullBuildError, Options
from harness.builders.same import Text, are_interchangeable

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A, B = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/B.cpp"
DEEP = "llvm/include/llvm/Deep.h"
OFF = "#if 0\nint off;\n#endif\n"


def text(mini: Miniature, files: Mapping[str, str], options: Options | None = None) -> Text:
    """What the preprocessor says of a series that leaves `files` with this content, units aside."""
    kinds = [(p, "modified" if (mini.base.root / p).exists() else "added") for p in files]
    return replace(mini.overlay(*kinds, options=options).same_text(*mini.patched(files)), units=())


def objects(mini: Miniature) -> set[Path]:
    return set((mini.store.root / "object").iterdir()) if (mini.store.root / "object").exists() else set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("int a(int x) {\n", OFF + "int a(int x) {\n"),
        ("int a(int x) {\n", "// why\n\nint a(int x) {\n"),
        ("return x + DEEP;", "return   x + DEEP ;"),
        ("#include <cassert>\n", "#include <cassert>\n#define UNUSED 1\n"),
        ("return x + DEEP;", "return x +\n#ifdef DEEP\n    DEEP;\n#else\n    1;\n#endif"),
    ],
)
def test_what_the_preprocessor_drops_is_no_change(miniature: Miniature, old: str, new: str) -> None:
    """The assertion of the unit is in another line of it then."""
    before = objects(miniature)
    assert text(miniature, {A: miniature.text(A).replace(old, new)}) == Text("", ())
    assert objects(miniature) == before  # nothing was compiled


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x + DEEP", "x - DEEP"),
        ("x is small", "x  is small"),
        ("x < 50", "x<50"),  # the assertion's message
        ("int a(int x) {\n", '#include "absent.h"\nint a(int x) {\n'),
        ("int a(int x) {\n", "int a(int x) {\n  static int l = __COUNTER__;\n"),
    ],
)
def test_what_it_does_not_is_one(miniature: Miniature, old: str, new: str) -> None:
    assert text(miniature, {A: miniature.text(A).replace(old, new)}) == Text(A, ())


def test_a_header_is_looked_at_in_all_who_include_it(miniature: Miniature) -> None:
    assert text(miniature, {DEEP: miniature.text(DEEP) + OFF}) == Text("", ())
    # Of the units that include it, B alone sees this.
    only = miniature.text(DEEP) + "#ifdef LLVM_SUPPORT_ERRORHANDLING_H\nextern int deep;\n#endif\n"
    first = f'#include "llvm/Support/ErrorHandling.h"\n{miniature.text(B)}'
    found = text(miniature, {DEEP: only, B: first})
    assert found.differs == B
    with pytest.raises(NeedsFullBuildError):
        text(miniature, {DEEP: miniature.text(DEEP) + OFF * 2}, Options(max_units=1))


def test_what_tablegen_makes_is_compared(miniature: Miniature) -> None:
    part = "llvm/lib/Foo/Part.td"
    assert text(miniature, {part: "// a comment\n" + miniature.text(part)}) == Text("", ())
    assert text(miniature, {part: "#define GENERATED 6\n"}).differs.startswith("build/")


def test_what_nobody_compiles_is_told(miniature: Miniature) -> None:
    path = "llvm/lib/Foo/Windows/Path.inc"
    assert text(miniature, {path: "anything"}) == Text("", (f"{path}: for another host",))


def test_it_is_found_out_once(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {A: miniature.text(A) + OFF}
    assert text(miniature, files) == Text("", ())
    monkeypatch.setattr("harness.builders.same.Sameness.texts", lambda *_a, **_k: pytest.fail("asked again"))
    assert text(miniature, files) == Text("", ())


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("return x + DEEP;", "int sum = x + DEEP;\n  return sum;", True),
        ("int a(int x) {\n", "static inline int unused() { return 1; }\nint a(int x) {\n", True),
        (
            "int a(int x) {\n  assert(x",
            "int a(int x) {\n  int y = x;\n  assert(x",
            True,
        ),  # a line further down
        ("return x + DEEP;", "return x + DEEP + 1;", False),
        # As long an object, and a line further down.
        (
            "int a(int x) {\n",
            "static inline int unused() { return 1; }\nint a(int x) {\n  x += 1;\n",
            False,
        ),
        ("return x + DEEP;", "\n  return x + 101;", False),
    ],
)
def test_objects(miniature: Miniature, old: str, new: str, same: bool) -> None:
    base, patched = miniature.build({A: miniature.text(A).replace(old, new)})
    assert (base.same, patched.same) == (False, same)
    # From the store too.
    assert miniature.build({A: miniature.text(A).replace(old, new)})[1].same is same


def test_one_object_that_differs_is_enough(miniature: Miniature) -> None:
    _, patched = miniature.build({A: miniature.text(A) + OFF, B: miniature.text(B).replace("+", "-")})
    assert not patched.same


def test_an_outlook_compiles_nothing(miniature: Miniature) -> None:
    """`harness plan` says which units and why, and how many are yet to be compiled."""
    files = {DEEP: "#pragma once\n#define DEEP 4040\n", A: miniature.text(A).replace("50", "51")}
    kinds = [(path, "modified") for path in files]
    overlay = miniature.overlay(*kinds)
    before = objects(miniature)
    side, changed = miniature.patched(files)
    found = overlay.outlook(changed)
    assert objects(miniature) == before
    assert found.plan.units == (
        A,
        B,
        "llvm/lib/Foo/C.cpp",
        "llvm/tools/llc/llc.cpp",
        "llvm/tools/lli/lli.cpp",
    )
    assert found.plan.why[B] == (DEEP,)
    assert found.patched == 5
    overlay.build(miniature.base, {})
    overlay.build(side, changed)
    assert (overlay.outlook(changed).base, overlay.outlook(changed).patched) == (0, 0)


@pytest.mark.parametrize(
    ("theirs", "mine", "same"),
    [
        (b'# 1 "/base/a.h"\nint a;\n', b'# 1 "/side/a.h"\nint a;\n', True),
        (b'# 1 "/base/a.h"\nint a;\n', b'# 2 "/side/a.h"\nint a;\n', False),  # an assertion names its line
        (b'# 1 "/base/a.h"\nint a;\n', b'# 1 "/side/b.h"\nint a;\n', False),
        (b"int a;\n", b"int b;\n", False),
        (b"int a;\n", None, False),
        (None, None, False),
        (b'asm(".incbin \\"x\\"");\n', b'asm(".incbin \\"x\\"");\n', False),
        (b'# 1 "/build/T.inc"\nint a;\n', b'# 1 "/build/T.inc"\nint a;\n', False),  # base's header
        (b'# 1 "/build/x/../T.inc"\nint a;\n', b'# 1 "/build/x/../T.inc"\nint a;\n', False),
        (b'# 1 "/build/T.inc"\nint a;\n', b'# 1 "/made/T.inc"\nint a;\n', True),
        (b'\n# 1 "/base/a.h"\nint a;\n', b'\n\n\n# 1 "/side/a.h"\nint a;\n', True),
        (b"\nint a;\n", b"\n\nint a;\n", False),
        # In a generated header lines may move, before and after those that are left out.
        (b'# 1 "/build/T.inc" 1\nint a;\n', b'# 5 "/made/T.inc" 1\n\n\nint a;\n', True),
        (
            b'# 1 "/build/T.inc" 1\nint a;\n\nint b;\n# 7 "/base/a.cpp" 2\nint c;\n',
            b'# 1 "/made/T.inc" 1\nint a;\n# 90 "/made/T.inc"\nint b;\n# 7 "/side/a.cpp" 2\nint c;\n',
            True,
        ),
        (
            b'# 1 "/build/T.inc" 1\nint a;\n# 7 "/base/a.cpp" 2\nint c;\n',
            b'# 1 "/made/T.inc" 1\nint a;\n# 8 "/side/a.cpp" 2\nint c;\n',
            False,
        ),
        (
            b'# 1 "/build/T.inc" 1\nfail(__builtin_source_location());\n',
            b'# 5 "/made/T.inc" 1\nfail(__builtin_source_location());\n',
            False,
        ),
        (b'# 1 "/build/T.inc" 1\nint a;\n', b'# 1 "/build/U.inc" 1\nint a;\n', False),
    ],
)
def test_equal_texts_are_one_object(theirs: bytes | None, mine: bytes | None, *, same: bool) -> None:
    renamed = {"/side/": "/base/", "/made/": "/build/"}
    assert are_interchangeable(theirs, mine, renamed, ["/build/T.inc"]) == same
