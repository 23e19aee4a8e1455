"""Which tools an overlay builds, what else it compiles, and what it says of the rest: the miniature LLVM."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders import planner
from harness.builders.graph import Graph
from harness.builders.programs import read_programs
from harness.builders.request import CompileError, NeedsFullBuildError, Options

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A, OTHER = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/Other.cpp"
DRIVEN = "llvm/tools/llvm-driven"
USED = "llvm/include/llvm/Used.h"
HIDDEN = "1 unit of tools that no test runs may read it, not compiled: --max-units 2 compiles them"
MAIN = "build/tools/llvm-driven/llvm-driven-driver.cpp"


def said(tool: Path) -> str:
    return subprocess.run([tool], capture_output=True, text=True, check=False).stdout


def asking(*tools: str) -> Options:
    return Options(tools=frozenset(tools))


def test_a_tool_that_tests_run_and_that_is_touched_is_built_on_both_sides(miniature: Miniature) -> None:
    base, patched = miniature.build({OTHER: "int other() { return 8; }\n"}, asking("opt", "llvm-absent"))
    assert base.tools.keys() == patched.tools.keys() == {"llc", "lli", "opt"}
    assert [said(side.tools["opt"]) for side in (base, patched)] == ["7\n", "8\n"]
    assert (patched.units, patched.notes, patched.unjudged) == ((OTHER,), (), ())
    assert patched.stale == ("llvm-alias", "llvm-driven")


def test_a_tool_that_is_not_touched_is_not_built_and_not_stale(miniature: Miniature) -> None:
    _, patched = miniature.build({A: miniature.text(A).replace("DEEP", "207")}, asking("llc", "opt"))
    assert patched.tools.keys() == {"llc", "lli"}
    assert (patched.stale, patched.unjudged) == ((), ())


def test_a_tool_with_a_main_by_cmake_and_libraries_of_its_own_links(miniature: Miniature) -> None:
    """Its names are all there; the archive that the release lacks is made of its units."""
    base, patched = miniature.build({OTHER: "int other() { return 18; }\n"}, asking("llvm-alias"))
    assert base.tools.keys() == patched.tools.keys() == {"llc", "lli", "llvm-alias", "llvm-driven"}
    assert patched.tools["llvm-alias"] == patched.tools["llvm-driven"]
    assert [said(side.tools["llvm-alias"]) for side in (base, patched)] == ["7 1\n", "18 1\n"]
    assert patched.stale == ("opt",)


def test_an_archive_that_wants_what_only_the_release_has_is_left_alone(miniature: Miniature) -> None:
    """As Debian's libLLVMLTO.a wants Polly: the unit that names an LLVM's extensions is compiled."""
    theirs = miniature.prebuilt.prefix / "include/llvm/Support/Extension.def"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("HANDLE_EXTENSION(Polly)\n")
    (archive,) = miniature.prebuilt.prefix.glob("lib/libLLVMOther.a")
    text = archive.read_bytes()
    try:
        archive.write_bytes(b"!<arch>\n")
        base, _ = miniature.build({"llvm/lib/Foo/Even.cpp": "// one more\n"}, asking("opt"))
    finally:
        archive.write_bytes(text)
        shutil.rmtree(miniature.prebuilt.prefix / "include")
    assert said(base.tools["opt"]) == "7\n"


def test_units_in_the_build_tree_are_found_by_what_they_include(miniature: Miniature) -> None:
    files = {"llvm/include/llvm/Driver.h": "#pragma once\n#define DRIVER 3\n"}
    base, patched = miniature.build(files, asking("llvm-driven"))
    assert base.units == patched.units == (MAIN,)
    codes = [subprocess.run([side.tools["llvm-driven"]], check=False).returncode for side in (base, patched)]
    assert codes == [0, 3]


def test_the_tool_itself_is_built_if_its_own_sources_are_touched(miniature: Miniature) -> None:
    files = {f"{DRIVEN}/Private.cpp": "int own() { return 5; }\n"}
    base, patched = miniature.build(files)
    assert patched.tools.keys() == {"llc", "lli", "llvm-alias", "llvm-driven"}
    assert [said(side.tools["llvm-driven"]) for side in (base, patched)] == ["7 1\n", "7 5\n"]
    assert patched.unjudged == ()


def test_a_tool_that_a_side_does_not_reach_is_bases(miniature: Miniature) -> None:
    """An overlay serves several series: each side links what it may have changed, and no more."""
    overlay = miniature.overlay((A, "modified"), (OTHER, "modified"), options=asking("opt"))
    base = overlay.build(miniature.base, {})
    mine = overlay.build(*miniature.patched({OTHER: "int other() { return 28; }\n"}))
    assert mine.tools.keys() == base.tools.keys() == {"llc", "lli", "opt"}
    assert [mine.tools[tool] == base.tools[tool] for tool in ("llc", "lli", "opt")] == [True, True, False]
    assert (said(base.tools["opt"]), said(mine.tools["opt"])) == ("7\n", "28\n")


def test_bases_tools_are_made_again_if_they_are_gone(miniature: Miniature) -> None:
    files = {OTHER: "int other() { return 38; }\n"}
    _, patched = miniature.build(files, asking("opt"))
    shutil.rmtree(patched.tools["llc"].parents[1])
    overlay = miniature.overlay((OTHER, "modified"), options=asking("opt"))
    again = overlay.build(*miniature.patched(files))
    assert again.tools == patched.tools
    assert again.tools["llc"].is_file()


def test_every_touched_source_is_compiled(miniature: Miniature) -> None:
    with pytest.raises(CompileError) as caught:
        miniature.build({OTHER: "#error of a tool that nobody runs\n"})
    assert caught.value.what.startswith(f"{OTHER} does not compile: {OTHER}:1: ")


def test_what_no_test_can_show_is_named(miniature: Miniature) -> None:
    files = {
        OTHER: "int other() { return 9; }\n",
        "llvm/include/llvm/Used.h": "#pragma once\n#define USED 6\n",
        "llvm/lib/Foo/Windows/Path.inc": "anything",
        "llvm/lib/Foo/Nobody.h": "anything",
        A: miniature.text(A).replace("DEEP", "208"),
    }
    base, patched = miniature.build(files)
    assert patched.units == (A, OTHER)
    assert (patched.notes, patched.stale) == ((), ("llvm-alias", "llvm-driven", "opt"))
    assert (
        base.unjudged
        == patched.unjudged
        == (
            "llvm/include/llvm/Used.h: compiled, in no tool that the tests run",
            "llvm/lib/Foo/Nobody.h: no unit that is compiled here reads it",
            f"{OTHER}: compiled, in no tool that the tests run",
            "llvm/lib/Foo/Windows/Path.inc: for another host",
        )
    )


def test_a_header_that_only_the_patched_side_reads_is_judged(miniature: Miniature) -> None:
    """A new one, and one that nobody reads without the patch."""
    new, old = "llvm/lib/Foo/New.h", "llvm/lib/Foo/Nobody.h"
    unit = miniature.text(A).replace("int a(", '#include "New.h"\n#include "Nobody.h"\nint a(')
    files = {new: "#define MORE 1\n", old: "#define EVEN 2\n", A: unit.replace("DEEP", "MORE + EVEN")}
    _, patched = miniature.build(files)
    assert (patched.units, patched.unjudged) == ((A,), ())
    _, patched = miniature.build({**files, A: miniature.text(A) + "// reads neither\n"})
    assert patched.unjudged == (
        f"{new}: no unit that is compiled here reads it",
        f"{old}: no unit that is compiled here reads it",
    )
    files = {new: files[new], OTHER: '#include "New.h"\nint other() { return MORE; }\n'}
    _, patched = miniature.build(files)
    assert set(patched.unjudged) == {f"{path}: compiled, in no tool that the tests run" for path in files}


def test_what_only_tools_that_no_test_runs_are_made_of_is_named(miniature: Miniature) -> None:
    """llc is always built, and says nothing about a patch if tests run opt alone."""
    _, patched = miniature.build({A: miniature.text(A).replace("DEEP", "209")}, asking("opt"))
    assert patched.unjudged == (f"{A}: compiled, in no tool that the tests run",)


def test_a_source_that_the_build_does_not_know_is_named(miniature: Miniature) -> None:
    path = "llvm/lib/Foo/unused.c"
    _, patched = miniature.build({path: "anything"})
    assert (patched.units, patched.unjudged) == ((), (f"{path}: not in the build of this LLVM",))


def test_readers_in_other_tools_are_compiled_if_they_are_few(miniature: Miniature) -> None:
    """A change of a header that breaks another tool's source does not build."""
    breaks = {USED: "#pragma once\n", A: miniature.text(A) + "// one more\n"}
    with pytest.raises(CompileError):
        miniature.build(breaks)
    _, patched = miniature.build(breaks, Options(max_units=1))
    assert patched.units == (A,)
    assert patched.unjudged == (f"{USED}: {HIDDEN}",)
    assert patched.stale == ("llvm-alias", "llvm-driven", "opt")


def test_what_sources_include_is_read_only_for_headers(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LLVM has 12,000 of them: reading those takes as long as a small unit."""
    asked: list[Path] = []
    includes = planner.includes_of

    def read(graph: Graph, source: Path) -> dict[str, tuple[str, ...]]:
        asked.append(source)
        return includes(graph, source)

    monkeypatch.setattr(planner, "includes_of", read)
    _, patched = miniature.build({A: miniature.text(A) + "// of a unit alone\n"})
    assert (patched.units, asked) == ((A,), [])
    miniature.build({USED: "#pragma once\n#define USED 9\n"})
    assert asked == [miniature.base.root]


def test_what_the_limit_hides_is_never_without_effect(miniature: Miniature) -> None:
    """Base and patched are the same as far as they are compiled, and nobody looked at the rest."""
    files = {USED: "#pragma once\n#define USED 8\n"}
    overlay = miniature.overlay((USED, "modified"), options=Options(max_units=0))
    text = overlay.same_text(*miniature.patched(files))
    assert (text.differs, text.unjudged) == ("", (f"{USED}: {HIDDEN.replace('2', '1')}",))


def test_series_that_share_a_base_hide_nothing_from_each_other(miniature: Miniature) -> None:
    options = Options(max_units=1, all_readers=True)
    overlay = miniature.overlay((USED, "modified"), (A, "modified"), options=options)
    with pytest.raises(NeedsFullBuildError) as caught:
        overlay.build(miniature.base, {})
    assert str(caught.value) == (
        "about 2 units include what this series touches (an overlay: 1 at most)\n"
        f"  {USED}\n"
        "next: use --max-units 2, or --builder full"
    )


def test_programs_are_read_as_ninja_tells_them() -> None:
    rows = [
        {"output": "bin/a", "file": "tools/a/A.cpp.o", "command": ": && ld 'x y' lib/libA.a -o bin/a && :"},
        {"output": "bin/b", "file": "bin/a", "command": "cmake -E create_symlink a bin/b"},
        {"output": "bin/script", "file": "/s/script.py", "command": "cp script.py bin/script"},
        {"output": "bin/c", "file": "bin/script", "command": "cmake -E create_symlink script bin/c"},
        {"output": "lib/libA.a", "file": "lib/A.cpp.o", "command": "ar lib/libA.a lib/A.cpp.o"},
    ]
    found = read_programs(json.dumps(rows))
    assert (list(found.lines), found.aliases) == (["a"], {"b": "a"})
    assert [found.real(name) for name in ("a", "b", "script", "c")] == ["a", "a", None, None]
    assert found.words("a") == [":", "&&", "ld", "x y", "lib/libA.a", "-o", "bin/a", "&&", ":"]
    assert "lib/libA.a" in found.inputs("a")
    assert found.names(["a"]) == {"a": "a", "b": "a"}
    others = (
        "a",
        "clang++",
        "clang-19",
        "clang-cl",
        "ld.lld",
        "llvm",
        "llvm-new",
        "llvm-config",
        "FileCheck",
        "mold",
    )
    assert found.unknown(others) == {"clang++", "clang-19", "clang-cl", "llvm", "llvm-new"}
    assert found.asked(["b", "FileCheck", "nowhere"]) == {"a"}
