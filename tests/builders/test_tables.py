"""Overlays of series that change what TableGen reads: the miniature LLVM, with real cmake, ninja and g++."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.graph import CompileCommand
from harness.builders.planner import is_seen
from harness.builders.request import CompileError, Diagnostic, NeedsFullBuildError, Options
from harness.builders.tables import Table, read_rules

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A, B = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/B.cpp"
GEN, PART = "llvm/lib/Foo/Gen.td", "llvm/lib/Foo/Part.td"


def llc(tool: Path) -> str:
    return subprocess.check_output([tool, "1"], text=True)


@pytest.mark.parametrize("path", [GEN, PART])
def test_what_reads_the_header_is_compiled_with_the_sides_own(miniature: Miniature, path: str) -> None:
    base, patched = miniature.build({path: "#define GENERATED 16\n"})
    assert base.units == patched.units == (B,)
    assert base.notes == patched.notes == ()
    assert llc(base.tools["llc"]) == "101 6 4 1\n"
    assert llc(patched.tools["llc"]) == "101 17 4 1\n"


def test_base_keeps_its_header(miniature: Miniature) -> None:
    """A side that was built before leaves nothing in the graph, which all sides share."""
    miniature.build({PART: "#define GENERATED 26\n"})
    base, patched = miniature.build({B: miniature.text(B) + "// another\n"})
    assert llc(base.tools["llc"]) == llc(patched.tools["llc"]) == "101 6 4 1\n"


def test_a_header_that_only_the_side_reads_is_its_own(miniature: Miniature) -> None:
    text = miniature.text(B).replace("llvm/Gen.inc", "llvm/Extra.inc")
    _, patched = miniature.build({PART: "#define GENERATED 76\n", B: text})
    assert llc(patched.tools["llc"]) == "101 77 4 1\n"


def test_the_same_header_is_the_same_object(miniature: Miniature) -> None:
    """What TableGen does not show in a header changes no unit."""
    overlay = miniature.overlay((PART, "modified"))
    overlay.build(miniature.base, {})
    held = sorted((miniature.store.root / "object").iterdir())
    built = overlay.build(*miniature.patched({PART: "// a comment\n#define GENERATED 5\n"}))
    assert not built.cached
    assert sorted((miniature.store.root / "object").iterdir()) == held
    assert llc(built.tools["llc"]) == "101 6 4 1\n"


REST = "#ifdef WANTS_REST\n#define REST {}\n#endif\n"


def objects(miniature: Miniature) -> list[Path]:
    return sorted((miniature.store.root / "object").iterdir())


def test_a_part_that_no_unit_reads_changes_none(miniature: Miniature) -> None:
    """As of a target's registers, where each unit asks for a part of the header."""
    overlay = miniature.overlay((PART, "modified"))
    base, held = overlay.build(miniature.base, {}), objects(miniature)
    built = overlay.build(*miniature.patched({PART: miniature.text(PART) + REST.format(2)}))
    assert objects(miniature) == held
    assert built.same
    assert built.tools == base.tools


def test_the_part_that_a_unit_asks_for_changes_it(miniature: Miniature) -> None:
    """The order of the parts must not matter, nor that another side asks for none."""
    wants = "#define WANTS_REST\n" + miniature.text(B).replace("x + GEN", "x + REST + GEN")
    overlay = miniature.overlay((PART, "modified"), (B, "modified"))
    files = {PART: miniature.text(PART) + REST.format(30), B: wants}
    assert llc(overlay.build(*miniature.patched(files)).tools["llc"]) == "101 36 4 1\n"
    without = {PART: files[PART], B: miniature.text(B) + "// none\n"}
    assert llc(overlay.build(*miniature.patched(without)).tools["llc"]) == "101 6 4 1\n"


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        ("", "inline int other() { return GENERATED; }\n", True),
        ("#if 0\n#endif\n", "inline int other() { return __LINE__; }\n", True),
        ("#if 0\n#endif\n", "", False),  # what follows is in another line
    ],
)
def test_what_is_text_or_in_another_line_is_compiled(
    miniature: Miniature, before: str, after: str, *, again: bool
) -> None:
    overlay = miniature.overlay((PART, "modified"))
    overlay.build(miniature.base, {})
    held = objects(miniature)
    overlay.build(*miniature.patched({PART: before + miniature.text(PART) + after}))
    assert (objects(miniature) != held) == again


def test_a_units_text_is_compared_once(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {PART: miniature.text(PART) + REST.format(77)}
    miniature.build(files)
    monkeypatch.setattr(
        "harness.builders.objects.Compiler.preprocess", lambda *_a, **_k: pytest.fail("asked again")
    )
    miniature.overlay((PART, "modified"), options=Options(tools=frozenset({"opt"}))).build(
        *miniature.patched(files)
    )


def test_two_sides_of_one_overlay_have_each_their_own(miniature: Miniature) -> None:
    overlay = miniature.overlay((PART, "modified"), (B, "modified"))
    sides = [
        {PART: "#define GENERATED 36\n"},
        {PART: "#define GENERATED 46\n", B: miniature.text(B).replace("x + GEN", "2 * x + GEN")},
        {B: miniature.text(B).replace("x + GEN", "3 * x + GEN")},
    ]
    tools = [overlay.build(*miniature.patched(files)).tools["llc"] for files in sides]
    assert [llc(tool) for tool in tools] == ["101 37 4 1\n", "101 48 4 1\n", "101 8 4 1\n"]


def test_what_tablegen_refuses_is_told_by_file_and_line(miniature: Miniature) -> None:
    with pytest.raises(CompileError) as caught:
        miniature.build({PART: "error no such class\n"})
    assert caught.value.diagnostics == (Diagnostic(PART, 1, "no such class"),)
    assert caught.value.what == f"include/llvm/Extra.inc does not compile: {PART}:1: no such class"


def test_a_header_that_leads_back_to_bases_goes_to_a_full_build(miniature: Miniature) -> None:
    """Outer.inc is made of nothing that changed, and what it includes is found next to it."""
    files = {
        PART: "#define GENERATED 56\n",
        B: miniature.text(B).replace("llvm/Gen.inc", "llvm/Outer.inc"),
    }
    with pytest.raises(NeedsFullBuildError) as caught:
        miniature.build(files)
    assert str(caught.value) == (
        f"{B} reads what TableGen made of base's source\n"
        "  build/include/llvm/Gen.inc\nnext: use --builder full"
    )


def test_too_many_readers_go_to_a_full_build(miniature: Miniature) -> None:
    with pytest.raises(NeedsFullBuildError) as caught:
        miniature.build({PART: "#define GENERATED 66\n"}, Options(max_units=0))
    assert str(caught.value) == (
        "about 1 units include what this series touches (an overlay: 0 at most)\n"
        "  build/include/llvm/Extra.inc\n  build/include/llvm/Gen.inc\n"
        "next: use --max-units 1, or --builder full"
    )


def test_too_many_readers_are_found_before_a_header_is_made(miniature: Miniature) -> None:
    """A unit that names the header reads it: its own headers, and those of other targets, take minutes."""
    options = Options(max_units=1, optimize=5)  # a graph of its own
    with pytest.raises(NeedsFullBuildError) as caught:
        miniature.overlay((PART, "modified"), (A, "modified"), options=options).build(miniature.base, {})
    assert caught.value.what == "more than 1 units include what this series touches (an overlay: 1 at most)"
    caches = (miniature.store.root / "graph").glob("*/build/CMakeCache.txt")
    (build,) = (cache.parent for cache in caches if "-O5" in cache.read_text())
    assert not (build / "include/llvm/Gen.inc").exists()


def test_a_unit_sees_what_its_include_paths_lead_to() -> None:
    """Names that macros compute may mean any generated header, but not another target's."""
    made = ["build/lib/Target/A/AGen.inc"]
    line = "c++ -I/b/build/lib/Target/{} -I/s/llvm/lib -I/b/build2 -c x.cpp"
    commands = [CompileCommand("x.cpp", line.format(place), "x.o") for place in ("A", "B", "")]
    assert [is_seen(command, Path("/b/build"), made) for command in commands] == [True, False, True]


def test_rules_are_read_as_cmake_writes_them() -> None:
    """Several outputs of one run, paths with spaces, a folder of its own, and what cmake appends."""
    ninja = r"""
build lib/Support/A.cpp.o: CXX_COMPILER__LLVMSupport_unscanned_Release ../A.cpp
  FLAGS = -O1

build lib/T/my$ Gen.inc lib/T/GenEnums.inc | ${cmake_ninja_workdir}lib/T/my$ Gen.inc: CUSTOM_COMMAND ../T.td
  COMMAND = cd "/b c/lib/T" && /t/tblgen -o "/b c/lib/T/my Gen.inc" -D"price=$$5" && cmake -E transform x.d
  DESC = Building my Gen.inc...
  depfile = CMakeFiles/d/1.d

build edit_cache: phony CMakeFiles/edit_cache.util

build Top.inc: CUSTOM_COMMAND ../U.td
  COMMAND = cd "/b c" && /t/tblgen -o Top.inc
"""
    assert read_rules(ninja, Path("/b c")) == (
        Table(
            ("lib/T/my Gen.inc", "lib/T/GenEnums.inc"),
            ("/t/tblgen", "-o", "/b c/lib/T/my Gen.inc", "-Dprice=$5"),
            "lib/T",
        ),
        Table(("Top.inc",), ("/t/tblgen", "-o", "Top.inc"), "."),
    )
