"""Full builds of the miniature LLVM: real cmake, ninja and g++ (and ccache, where the machine has it)."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.full import Full
from harness.builders.request import Built, CompileError, Diagnostic, Options
from harness.errors import EnvironmentLacksError
from harness.patch import Change, ChangeKind
from harness.process.sandbox import Mode
from harness.progress import Silent

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A = "llvm/lib/Foo/A.cpp"
TD = "llvm/lib/Foo/Gen.td"


def full(mini: Miniature, path: str) -> Full:
    changes = (Change(path, ChangeKind.MODIFIED),)
    return Full(mini.store, mini.release, changes, Options(), Silent())


def both(mini: Miniature, files: Mapping[str, str]) -> tuple[Built, Built]:
    builder = full(mini, next(iter(files)))
    return builder.build(mini.base, {}), builder.build(*mini.patched(files))


def llc(built: Built, x: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([built.tools["llc"], x], capture_output=True, text=True, check=False)


def test_what_tablegen_makes_is_made_again(miniature: Miniature) -> None:
    base, patched = both(miniature, {TD: "#define GENERATED 6\n"})
    assert llc(base, "1").stdout == "101 6 4 1\n"
    assert llc(patched, "1").stdout == "101 7 4 1\n"
    assert base.units == patched.units == ()
    assert base.notes == patched.notes == ("full build",)


def test_assertions_are_on_everywhere(miniature: Miniature) -> None:
    base, patched = both(miniature, {A: miniature.text(A).replace("x < 50", "x < 40")})
    for built, x, line in ((base, "50", "x < 50"), (patched, "45", "x < 40")):
        died = llc(built, x)
        assert died.returncode == -6
        assert f'Assertion `{line} && "x is small"\' failed.' in died.stderr
    assert llc(base, "45").returncode == 0


def test_nothing_is_built_twice_and_nothing_is_left_over(miniature: Miniature) -> None:
    files = {A: miniature.text(A).replace("DEEP", "300")}
    first, again = both(miniature, files), both(miniature, files)
    assert [side.cached for side in again] == [True, True]
    assert [side.tools for side in again] == [side.tools for side in first]
    assert list((miniature.store.root / "full-build").iterdir()) == []


def test_further_tools_are_built_where_they_are_asked_for(miniature: Miniature) -> None:
    files = {"llvm/lib/Foo/Other.cpp": "int other() { return 8; }\n"}
    (change,) = (Change(path, ChangeKind.MODIFIED) for path in files)
    options = Options(tools=frozenset({"opt"}))
    builder = Full(miniature.store, miniature.release, (change,), options, Silent())
    built = builder.build(*miniature.patched(files))
    assert built.tools.keys() == {"llc", "lli", "opt"}
    assert built.stale == ("llvm-alias", "llvm-driven", "llvm-tblgen")
    assert subprocess.check_output([built.tools["opt"]]) == b"8\n"
    assert full(miniature, change.path).build(*miniature.patched(files)).tools.keys() == {"llc", "lli"}


def test_a_patch_that_does_not_compile_is_told_by_file_and_line(miniature: Miniature) -> None:
    side, content = miniature.patched({A: miniature.text(A).replace("DEEP", "NOT_THERE")})
    with pytest.raises(CompileError) as caught:
        full(miniature, A).build(side, content)
    reason = "'NOT_THERE' was not declared in this scope"
    assert caught.value.diagnostics[0] == Diagnostic(A, 5, reason)
    assert caught.value.what == f"patched does not compile: {A}:5: {reason}"


def test_every_touched_source_is_compiled_in_tools_that_no_test_runs_too(miniature: Miniature) -> None:
    """What reads a header, and what is compiled of a table, as well; and that no test shows it is said."""
    other, used = "llvm/lib/Foo/Other.cpp", "llvm/include/llvm/Used.h"
    for path, text in ((other, "#error of a tool that nobody runs\n"), (used, "#error of a header\n")):
        with pytest.raises(CompileError) as caught:
            full(miniature, path).build(*miniature.patched({path: text}))
        assert caught.value.what.startswith(f"patched does not compile: {path}:1: ")
    files = {used: "#pragma once\n#define USED 61\n", TD: "#define GENERATED 62\n", "llvm/lib/Foo/no.c": "x"}
    changes = tuple(Change(path, ChangeKind.MODIFIED) for path in files)
    builder = Full(miniature.store, miniature.release, changes, Options(), Silent())
    assert builder.build(miniature.base, {}).unjudged == ()
    assert builder.build(*miniature.patched(files)).unjudged == (
        f"{used}: compiled, in no tool that the tests run",
        "llvm/lib/Foo/no.c: not in the build of this LLVM",
    )


def test_a_build_that_was_killed_goes_on(miniature: Miniature) -> None:
    """What a killed run configured and compiled is in the workspace; the next run ends it."""
    files = {A: miniature.text(A).replace("DEEP", "777")}
    side, content = miniature.patched(files)
    broken = Path(side.root / A).read_text()
    (side.root / A).write_text("#error stop here\n")
    with pytest.raises(CompileError):
        full(miniature, A).build(side, content)
    workspaces = (miniature.store.root / "full-build").iterdir()
    (mine,) = (w for w in workspaces if "#error stop here" in (w / "src" / A).read_text())
    (mine / "src" / A).write_text(broken)
    built = full(miniature, A).build(side, content)
    assert llc(built, "1").stdout.startswith("778 ")


def test_what_a_patch_makes_cmake_write_does_not_reach_the_base(miniature: Miniature, any_mode: Mode) -> None:
    """A patched copy shares its files with the base's source; a full build has files of its own.

    In a jail even these are not written to: what is compiled is what the patch says.
    """
    victim = "llvm/lib/Foo/Other.cpp"
    cmake = miniature.text("llvm/CMakeLists.txt")
    writes = f'file(WRITE "${{CMAKE_SOURCE_DIR}}/../{victim}" "int other() {{ return 9; }}\\n")\n'
    writes += f"# {any_mode.value}\n"
    side, content = miniature.patched({"llvm/CMakeLists.txt": cmake + writes})
    before = miniature.text(victim)
    assert (side.root / victim).samefile(miniature.base.root / victim)
    builder = full(miniature, "llvm/CMakeLists.txt")
    if any_mode is Mode.OFF:
        builder.build(side, content)
    else:
        with pytest.raises(EnvironmentLacksError, match="failed to open for writing"):
            builder.build(side, content)
    assert miniature.text(victim) == before
