"""Tools of the miniature LLVM that count what they execute: real clang, compiler-rt and llvm-cov."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.choose import BuildSetup, Chooser
from harness.builders.coverage import Counting, StandIn, compile_counting, make_profile_list
from harness.builders.overlay import Overlay
from harness.builders.request import NeedsFullBuildError, Options, Side
from harness.llvm import CoverageTools
from harness.progress import Silent
from harness.reach.lines.counts import LineCounts
from harness.reach.lines.reaching import ChangedText, find_labelled, find_reaching
from harness.reach.lines.read import PATTERN, VARIABLE, make_reader, read_counts, require_profile
from harness.store import Store, default_root
from harness.toolchain.debian.provider import Debian

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = [
    pytest.mark.xdist_group("miniature"),
    pytest.mark.needs_llvm,
    pytest.mark.builds,
    pytest.mark.slow,
]
A, B, DEEP = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/B.cpp", "llvm/include/llvm/Deep.h"
FILES = {
    A: """\
#include "llvm/Foo.h"
#include <cassert>
int a(int x) {
  assert(x < 50 && "x is small");
  if (x > 2)
    return deep(x);
  return x + DEEP;
}
""",
    DEEP: """\
#pragma once
#define DEEP 100
inline int deep(int x) {
  return x;
}
inline int deeper(int x) {
  return x + 1;
}
""",
}


@pytest.fixture(scope="module")
def tools() -> CoverageTools:
    return Debian(Store(default_root()), 19, lambda _text: None).coverage_tools()


@pytest.fixture
def with_clang(miniature: Miniature) -> Miniature:
    """The miniature as clang compiles it, over archives that g++ made."""
    real = Debian(Store(default_root()), 19, lambda _text: None).prebuilt()
    prebuilt = replace(miniature.prebuilt, cc=real.cc, cxx=real.cxx, identity="miniature with clang")
    return replace(miniature, prebuilt=prebuilt)


def overlay_of(mini: Miniature, files: Mapping[str, str]) -> Overlay:
    return mini.overlay(*((path, "modified") for path in files))


def count(
    overlay: Overlay, side: Side, changed: Mapping[str, str], tools: CoverageTools, place: Path
) -> Counting:
    return compile_counting(overlay, side, changed, tools).link(place)


def folder_in(place: Path) -> Path:
    """A new empty folder."""
    return Path(tempfile.mkdtemp(dir=place))


def run(tool: Path, profiles: Path, *args: str) -> int:
    env = {VARIABLE: f"{profiles}{PATTERN}"}
    return subprocess.run([tool, *args], env=env, check=False, capture_output=True).returncode


def lines_of(
    counting: Counting, tools: CoverageTools, profiles: Path, root: Path, paths: list[str]
) -> dict[str, LineCounts]:
    return read_counts(tools, profiles.rglob("*.profraw"), counting.objects, root, paths)


def test_lines_of_units_and_headers_whatever_becomes_of_the_process(
    with_clang: Miniature, tools: CoverageTools, tmp_path: Path
) -> None:
    overlay = overlay_of(with_clang, FILES)
    side, changed = with_clang.patched(FILES)
    plain = overlay.build(side, changed)
    before = plain.tools["llc"].read_bytes()
    counting = count(overlay, side, changed, tools, folder_in(tmp_path))
    assert set(counting.tools) == {"llc", "lli"}
    assert {A, B, DEEP} <= counting.sources
    llc = counting.tools["llc"]
    require_profile(counting.tools["lli"], [counting.tools["lli"].parent])
    assert run(llc, tmp_path, "1") == 0
    once = lines_of(counting, tools, tmp_path, side.root, [A, DEEP])
    assert {n: once[A].lines[n] for n in (3, 5, 6, 7)} == {3: 1, 5: 1, 6: 0, 7: 1}
    assert once[DEEP].lines == {2: 1, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0}
    # Two processes share a file. One of them dies in an assertion.
    assert run(llc, tmp_path, "3") == 0
    assert run(llc, tmp_path, "70") == -signal.SIGABRT
    assert len(list(tmp_path.glob("*.profraw"))) == 1
    more = lines_of(counting, tools, tmp_path, side.root, [A, DEEP])
    assert {n: more[A].lines[n] for n in (3, 5, 6, 7)} == {3: 3, 5: 2, 6: 1, 7: 1}
    # A macro is executed where it is used, and a function that no unit uses nowhere.
    assert more[DEEP].lines == {2: 1, 3: 1, 4: 1, 5: 1, 6: 0, 7: 0, 8: 0}
    # What a verdict rests on is another tool, still the same.
    assert overlay.build(side, changed).tools["llc"].read_bytes() == before
    assert b"__llvm_profile" not in before
    again = count(overlay, side, changed, tools, folder_in(tmp_path))
    assert (again.objects, again.identity) == (counting.objects, counting.identity)


def test_which_tests_get_to_a_change_on_base(
    with_clang: Miniature, tools: CoverageTools, tmp_path: Path
) -> None:
    """Each number that llc is given stands for a test."""
    old = with_clang.text(B)
    files = {B: old.replace('"x is too large"', '"x is far too large"')}
    overlay, (side, changed) = overlay_of(with_clang, files), with_clang.patched(files)
    counting = count(overlay, with_clang.base, changed, tools, folder_in(tmp_path))
    kept = {number: folder_in(tmp_path) for number in ("1", "7", "9")}
    for number, folder in kept.items():
        assert run(counting.tools["llc"], folder, number) == 0
    root = with_clang.base.root
    found = read_counts(tools, kept["1"].glob("*.profraw"), counting.objects, root, [A, B])
    assert {n: found[B].lines[n] for n in (5, 6, 7)} == {5: 1, 6: 0, 7: 1}
    assert A not in found, "which is not changed"

    def read(numbers: Iterable[str]) -> Mapping[str, LineCounts]:
        profiles = {number: list(folder.glob("*.profraw")) for number, folder in kept.items()}
        return make_reader(tools, profiles, counting.objects, root, [B])(numbers)

    def reaching(new: str) -> tuple[frozenset[str], str]:
        return find_reaching(tuple(kept), {B: ChangedText(old, new)}, read)

    assert reaching((side.root / B).read_text()) == (frozenset(), "")
    assert reaching(old.replace("x + ", "1 + x + ")) == (frozenset(kept), "")
    # One that does not run any tool that counts.
    kept["none"] = folder_in(tmp_path)
    assert reaching(old.replace("x + ", "1 + x + ")) == (frozenset({"1", "7", "9"}), "")


SWITCHES = """\
#include "llvm/Foo.h"
int a(int x) {
  switch (x) {
  default:
    break;
  case 1:
    ++x;
    break;
  }
  switch (x) {
  case 2:
    return 7;
  }
  return x;
}
"""


def test_where_new_labels_take_a_test_is_counted_on_base(
    with_clang: Miniature, tools: CoverageTools, tmp_path: Path
) -> None:
    """Each number that llc is given stands for a test."""
    new = SWITCHES.replace("  case 1:", "  case 3:\n    return 8;\n  case 1:")
    new = new.replace("    return 7;\n", "    return 7;\n  case 4:\n    return 9;\n")
    changes = {A: ChangedText(SWITCHES, new)}
    labelled = find_labelled(changes)
    assert labelled[A].splitlines()[3] == "  case 3: default:"
    assert labelled[A].splitlines()[12] == "  case 4: break; }"
    side, content = with_clang.patched(labelled)
    units = compile_counting(
        overlay_of(with_clang, labelled), with_clang.base, content, tools, StandIn(side, content)
    )
    counting = units.link(folder_in(tmp_path))
    profiles: dict[str, list[Path]] = {}
    for number in "12345":
        run(counting.tools["llc"], folder := folder_in(tmp_path), number)
        profiles[number] = list(folder.glob("*.profraw"))
    read = make_reader(tools, profiles, counting.objects, units.root, [A])
    assert find_reaching(tuple(profiles), changes, read) == (frozenset({"3", "4"}), "")
    # Counted without the labels, nobody knows.
    plain, content = with_clang.patched({A: SWITCHES})
    units = compile_counting(
        overlay_of(with_clang, labelled), with_clang.base, content, tools, StandIn(plain, content)
    )
    read = make_reader(tools, {}, units.objects, units.root, [A])
    found, why = find_reaching(tuple(profiles), changes, read)
    assert (found, why) == (frozenset("12345"), f"{A}: line 13: case 4 is not inside a function")


def test_without_a_profile_no_line_was_executed(
    with_clang: Miniature, tools: CoverageTools, tmp_path: Path
) -> None:
    overlay = overlay_of(with_clang, FILES)
    side, changed = with_clang.patched(FILES)
    counting = count(overlay, side, changed, tools, folder_in(tmp_path))
    here = folder_in(tmp_path)
    assert subprocess.run([counting.tools["llc"], "1"], env={}, check=False, cwd=here).returncode == 0
    assert list(here.iterdir()) == []
    found = lines_of(counting, tools, tmp_path, side.root, [A])
    assert set(found[A].lines.values()) == {0}


def test_a_full_build_counts_nothing(with_clang: Miniature, tools: CoverageTools) -> None:
    setup = BuildSetup(with_clang.store, with_clang.release, Options(), "full")
    with pytest.raises(NeedsFullBuildError) as caught:
        Chooser(setup, [], Silent()).counting(None, tools)  # type: ignore[arg-type]  # it is not looked at
    assert str(caught.value).splitlines() == ["a full build counts nothing", "next: use --builder overlay"]


def test_functions_of_changed_files_alone_are_counted() -> None:
    text = make_profile_list(["llvm/lib/A.cpp", "llvm/include/B.h", "llvm/test/c.ll"])
    assert text.splitlines() == [
        *("default:skip", "source:*.h=skip", "source:*.def=skip", "source:*.inc=skip", "source:*.hpp=skip"),
        *("source:*/A.cpp=allow", "source:*/B.h=allow"),
    ]
