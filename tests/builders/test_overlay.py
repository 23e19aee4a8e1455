"""Overlays of the miniature LLVM: real cmake, ninja and g++."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import pytest
from elftools.elf.elffile import ELFFile

from harness import process
from harness.builders.objects import Compiler, Object
from harness.builders.request import CompileError, Diagnostic, NeedsFullBuildError, Options
from harness.errors import EnvironmentLacksError, PatchError
from harness.process import Completed

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
A, B, C = (f"llvm/lib/Foo/{name}.cpp" for name in "ABC")
HEADERS = "llvm/include/llvm"


def run(tool: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool, *args], capture_output=True, text=True, check=False)


def objects(mini: Miniature) -> set[Path]:
    return set((mini.store.root / "object").iterdir()) if (mini.store.root / "object").exists() else set()


def test_a_touched_unit_is_the_only_difference(miniature: Miniature) -> None:
    base, patched = miniature.build({A: miniature.text(A).replace("DEEP", "200")})
    assert base.units == patched.units == (A,)
    assert base.notes == patched.notes == ()
    assert run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    assert run(patched.tools["llc"], "1").stdout == "201 6 4 1\n"
    assert run(patched.tools["lli"]).stdout == "201\n"


def test_what_tools_would_be_made_of_is_known_before_they_are_linked(miniature: Miniature) -> None:
    files = {A: miniature.text(A).replace("DEEP", "207")}
    overlay, place = miniature.overlay((A, "modified")), miniature.store.root / "overlay"
    before = set(place.iterdir()) if place.exists() else set()
    objects = overlay.objects(*miniature.patched(files))
    assert (set(place.iterdir()) if place.exists() else set()) == before
    assert {one.unit for one in objects} >= {A}
    assert set(overlay.build(*miniature.patched(files)).objects) == set(objects)
    assert set(miniature.overlay((A, "modified")).objects(*miniature.patched(files))) == set(objects)


def test_base_s_tools_have_the_linker_s_maps_if_asked_for(miniature: Miniature) -> None:
    overlay = miniature.overlay((A, "modified"), options=Options(link_maps=True))
    base = overlay.build(overlay.base, {})
    patched = overlay.build(*miniature.patched({A: miniature.text(A).replace("DEEP", "208")}))
    assert base.link_map("llc").is_file()
    assert not patched.link_map("llc").parent.exists()


def test_llc_needs_no_relocations_and_lli_is_as_released(miniature: Miniature) -> None:
    base, _ = miniature.build({A: miniature.text(A).replace("DEEP", "201")})
    kinds = {}
    for name, tool in base.tools.items():
        with tool.open("rb") as file:
            kinds[name] = ELFFile(file).header["e_type"]
    assert kinds == {"llc": "ET_EXEC", "lli": "ET_DYN"}


def test_nothing_is_compiled_twice(miniature: Miniature) -> None:
    files = {A: miniature.text(A).replace("DEEP", "300")}
    first = miniature.build(files)
    before = objects(miniature)
    again = miniature.build(files)
    assert [side.cached for side in again] == [True, True]
    assert [side.tools for side in again] == [side.tools for side in first]
    assert objects(miniature) == before
    _, other = miniature.build({A: miniature.text(A).replace("DEEP", "301")})
    assert not other.cached
    assert len(objects(miniature) - before) == 1


def test_assertions_are_enabled_in_what_is_overlaid_and_only_there(miniature: Miniature) -> None:
    base, _ = miniature.build({A: miniature.text(A) + "\n"})
    died = run(base.tools["llc"], "50")
    assert died.returncode == -6
    assert died.stderr == f'llc: {A}:4: int a(int): Assertion `x < 50 && "x is small"\' failed.\n'
    base, _ = miniature.build({B: miniature.text(B) + "\n"})
    assert run(base.tools["llc"], "50").stdout == "150 55 53 50\n"
    died = run(base.tools["llc"], "61")
    assert died.returncode == -6
    assert died.stderr == f"x is too large\nUNREACHABLE executed at {B}:6!\n"


def test_no_assertions_when_none_are_wanted(miniature: Miniature) -> None:
    base, patched = miniature.build({A: miniature.text(A) + "\n"}, Options(assertions=False))
    for side in (base, patched):
        assert side.notes == ()
        assert run(side.tools["llc"], "50").stdout == "150 55 53 50\n"


def test_a_unit_that_does_not_compile_with_assertions_says_so_on_both_sides(miniature: Miniature) -> None:
    base, patched = miniature.build({C: miniature.text(C).replace("x + LOCAL", "x * LOCAL")})
    note = f"assertions are not enabled in {C}: it does not compile so"
    assert base.notes == patched.notes == (note,)
    assert run(patched.tools["llc"], "3").stdout == "103 8 5 3\n"


def test_a_note_is_of_the_units_that_a_side_changes(miniature: Miniature) -> None:
    """An overlay of two series compiles the units of both on each side: a note is of one series alone."""
    overlay = miniature.overlay((A, "modified"), (C, "modified"))
    compiling = miniature.patched({A: miniature.text(A).replace("DEEP", "302")})
    failing = miniature.patched({C: miniature.text(C).replace("x + LOCAL", "x - LOCAL")})
    for _ in range(2):  # from the store too
        notes = [overlay.build(*side).notes for side in ((miniature.base, {}), compiling, failing)]
        note = f"assertions are not enabled in {C}: it does not compile so"
        assert notes == [(note,), (), (note,)]


def test_a_failure_that_is_not_the_compilers_does_not_disarm(
    miniature: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a killed compiler says nothing about the source."""
    real = process.run
    seen: list[bool] = []

    def killed(argv: Sequence[str | Path], **options: Any) -> Completed:
        if "-c" not in argv or "sh" in argv:
            return real(argv, **options)
        seen.append("-isystem" in argv)
        return Completed(tuple(str(word) for word in argv), -9, b"", b"", 0.0)

    overlay = miniature.overlay((A, "modified"), options=Options(optimize=2, jobs=1))
    monkeypatch.setattr(process, "run", killed)
    with pytest.raises(EnvironmentLacksError) as caught:
        overlay.build(miniature.base, {})
    assert caught.value.what == f"{A} does not compile (without the patch)"
    assert seen
    assert all(seen)  # nothing was tried without assertions


def test_a_touched_header_means_exactly_those_who_include_it(miniature: Miniature) -> None:
    deep = {f"{HEADERS}/Deep.h": "#pragma once\n#define DEEP 1000\n"}
    base, patched = miniature.build(deep)
    # llc.cpp and lli.cpp include it too; B.cpp does so next to a generated header.
    assert base.units == patched.units == (A, B, C, "llvm/tools/llc/llc.cpp", "llvm/tools/lli/lli.cpp")
    assert run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    assert run(patched.tools["llc"], "1").stdout == "1001 6 4 1\n"


def test_an_include_that_goes_up_is_followed(miniature: Miniature) -> None:
    base, patched = miniature.build({"llvm/lib/Foo/Local.h": "#pragma once\n#define LOCAL 40\n"})
    assert patched.units == (C,)
    assert run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    assert run(patched.tools["llc"], "1").stdout == "101 6 43 1\n"


def test_a_source_that_is_only_included_is_followed(miniature: Miniature) -> None:
    base, patched = miniature.build({"llvm/lib/Foo/part.c": "static int part() { return 70; }\n"})
    assert patched.units == (C,)
    assert run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    assert run(patched.tools["llc"], "1").stdout == "101 6 72 1\n"


def test_a_new_header_that_hides_another(miniature: Miniature) -> None:
    hiding = {"llvm/lib/Foo/llvm/Deep.h": "#pragma once\n#define DEEP 9\n"}
    base, patched = miniature.build(hiding)
    # From A.cpp the name still means the old one: compiled anew, the same result.
    assert A in patched.units
    assert run(patched.tools["llc"], "1").stdout == run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    hiding = {f"{HEADERS}/llvm/Deep.h": "#define DEEP 500\n", "llvm/lib/Foo/Sub/Local.h": "#define LOCAL 3\n"}
    hiding["llvm/lib/Foo/Sub/Up.h"] = '#include "Local.h"\n'
    base, patched = miniature.build(hiding)
    assert run(base.tools["llc"], "1").stdout == "101 6 4 1\n"
    assert run(patched.tools["llc"], "1").stdout == "501 6 6 1\n"


def test_a_source_newly_included_is_part_of_the_key(miniature: Miniature) -> None:
    """An object made from a changed source must never be taken for one made from the released source."""
    reads_c = miniature.text(A).replace("int a(", '#include "part.c"\nint a(').replace("DEEP", "part()")
    _, both = miniature.build({A: reads_c, "llvm/lib/Foo/part.c": "static int part() { return 70; }\n"})
    assert run(both.tools["llc"], "1").stdout == "71 6 72 1\n"
    _, alone = miniature.build({A: reads_c})
    assert run(alone.tools["llc"], "1").stdout == "3 6 4 1\n"


def test_a_c_file_is_overlaid_too(miniature: Miniature) -> None:
    plain = {"llvm/lib/Foo/plain.c": "int plain(int x) { return -x; }\n"}
    _, patched = miniature.build(plain)
    assert run(patched.tools["llc"], "1").stdout == "101 6 4 -1\n"


@pytest.mark.parametrize(
    ("path", "kind", "reason"),
    [
        ("llvm/lib/Foo/Gen.td", "deleted", "TableGen's input deleted"),
        ("llvm/lib/Foo/CMakeLists.txt", "modified", "cmake's input"),
        ("llvm/CMakeLists.txt", "modified", "cmake's input"),
        ("llvm/lib/Foo/New.cpp", "added", "source added"),
        ("llvm/lib/Foo/A.cpp", "deleted", "source deleted"),
        ("llvm/include/llvm/Foo.h", "deleted", "header deleted"),
    ],
)
def test_what_an_overlay_cannot_do_goes_to_a_full_build(
    miniature: Miniature, path: str, kind: str, reason: str
) -> None:
    with pytest.raises(NeedsFullBuildError) as caught:
        miniature.overlay((path, kind)).build(miniature.base, {})
    assert str(caught.value) == (
        f"an overlay cannot be exact for this series\n  {path}: {reason}\nnext: use --builder full"
    )


def test_too_many_units_go_to_a_full_build(miniature: Miniature) -> None:
    overlay = miniature.overlay((f"{HEADERS}/Foo.h", "modified"), options=Options(max_units=2))
    with pytest.raises(NeedsFullBuildError) as caught:
        overlay.build(miniature.base, {})
    assert str(caught.value) == (
        "more than 2 units include what this series touches (an overlay: 2 at most)\n"
        "  llvm/include/llvm/Foo.h\nnext: use a higher --max-units, or --builder full"
    )


def test_a_compile_error_is_the_compilers(miniature: Miniature) -> None:
    broken = miniature.text(A).replace("return x", "return y")
    with pytest.raises(CompileError) as caught:
        miniature.build({A: broken})
    message = "'y' was not declared in this scope"
    assert [(d.path, d.line) for d in caught.value.diagnostics] == [(A, 5)]
    assert caught.value.what == f"{A} does not compile: {A}:5: {caught.value.diagnostics[0].message}"
    assert message in caught.value.what.replace("‘", "'").replace("’", "'")  # noqa: RUF001 - g++ in UTF-8
    assert caught.value.next_step == "mend the patch and run it again"
    assert caught.value.exit_code == 3
    assert str(miniature.scratch) not in str(caught.value)
    assert isinstance(caught.value.diagnostics[0], Diagnostic)


def test_a_link_error_names_the_tool_and_the_symbol(miniature: Miniature) -> None:
    missing = (
        miniature.text(A).replace("int a(", "int nowhere(int);\nint a(").replace("x + DEEP", "nowhere(x)")
    )
    with pytest.raises(PatchError) as caught:
        miniature.build({A: missing})
    assert caught.value.what == "llc does not link with the patch"
    assert caught.value.next_step == (
        "define what is missing in the units the patch touches, or use --builder full"
    )
    assert "undefined reference to `nowhere(int)'" in caught.value.detail


def test_two_runs_compile_side_by_side(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph is held while headers are made, not while units are compiled."""
    free: list[bool] = []
    one_at_a_time = threading.Lock()
    compile_one = Compiler.compile

    def noting(self: Compiler, *args: Any, **rest: Any) -> Object:
        with one_at_a_time:
            for lock in (miniature.store.root / "locks").glob("graph-*.lock"):
                try:
                    filelock.FileLock(lock).acquire(timeout=0).lock.release()
                    free.append(True)
                except filelock.Timeout:
                    free.append(False)
        return compile_one(self, *args, **rest)

    monkeypatch.setattr(Compiler, "compile", noting)
    _, patched = miniature.build({B: miniature.text(B) + "// side by side\n"})
    assert not patched.cached
    assert free
    assert all(free)


def test_half_a_generated_header_is_made_again(miniature: Miniature) -> None:
    """A run was killed while it generated headers: the next one believes ninja, not the file."""
    options = Options(optimize=0)
    miniature.build({B: miniature.text(B) + "\n"}, options)
    caches = (miniature.store.root / "graph").glob("*/build/CMakeCache.txt")
    (build,) = (cache.parent for cache in caches if "-O0" in cache.read_text())
    header = build / "include/llvm/Gen.inc"
    assert header.read_text() == "#define GENERATED 5\n"
    header.unlink()
    (build / "harness-generating").write_text("include/llvm/Gen.inc")
    _, patched = miniature.build({B: miniature.text(B) + "\n\n"}, options)
    assert header.read_text() == "#define GENERATED 5\n"
    assert not (build / "harness-generating").exists()
    assert run(patched.tools["llc"], "1").stdout == "101 6 4 1\n"
