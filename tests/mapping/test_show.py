"""What `harness reach show` says of functions, places and tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.mapping import show
from harness.reach.map.select import ReachMap
from tests.mapping.made_maps import made_maps

VISIT = "llvm::SelectionDAGBuilder::visitPatchpoint(llvm::CallBase const&, llvm::BasicBlock const*)"
SOURCE = b"static void lower() {\n  return;\n}\n\nvoid inlined() {\n}\n"


@pytest.fixture(name="maps")
def _maps(tmp_path: Path) -> ReachMap:
    return made_maps(tmp_path).load()[0]


def test_a_function_is_shown_with_its_tests(maps: ReachMap) -> None:
    found = show.show_function(maps, "19.1.7", "visitPatchpoint")
    assert list(show.describe(found, 2)) == [
        VISIT,
        "entered by 1 of 2 tests of lit-tests; the reach of 1 is unknown",
        "entered by 2 of 3 tests of upstream:CodeGen/X86",
        "nearest first, with the number of functions that each enters:",
        "       2  llvm/test/CodeGen/X86/c.ll",
        "       3  lit-tests/X86/a.ll",
        "     ...  1 more; --limit 0 shows all",
    ]
    assert list(show.describe(found, 0))[-1] == "       3  llvm/test/CodeGen/X86/d.ll  (FAIL)"


def test_folders_that_do_not_enter_a_function_are_one_line() -> None:
    folders = tuple(
        show.ShownFolder(name, 10, entering, 1) for name, entering in (("a", 0), ("b", 3), ("c", 0))
    )

    def said(*some: show.ShownFolder) -> list[str]:
        return list(show.describe(show.ShownFunction("19.1.7", "f()", ("_Z1fv",), some, ()), 0))[1:]

    assert said(*folders) == [
        "entered by 3 of 10 tests of b; the reach of 1 is unknown",
        "entered by none of 20 tests of 2 other folders; the reach of 2 is unknown",
    ]
    assert said(folders[0], folders[2]) == [
        "entered by none of 20 tests of 2 folders; the reach of 2 is unknown"
    ]
    assert said(folders[0]) == ["entered by 0 of 10 tests of a; the reach of 1 is unknown"]


def test_the_function_at_a_line_is_shown_with_its_tests(maps: ReachMap) -> None:
    path = "llvm/lib/Target/X86/X86MCInstLower.cpp"
    found = show.show_place(maps, "19.1.7", path, SOURCE, 2)
    assert list(show.describe(found, 0)) == [
        "lower",
        "entered by 1 of 2 tests of lit-tests; the reach of 1 is unknown",
        "entered by 1 of 3 tests of upstream:CodeGen/X86",
        "nearest first, with the number of functions that each enters:",
        "       3  lit-tests/X86/a.ll",
        "       3  llvm/test/CodeGen/X86/d.ll  (FAIL)",
    ]


def test_a_test_is_shown_with_what_it_enters_the_rarest_first(maps: ReachMap) -> None:
    found = show.show_test(maps, "19.1.7", "d.ll")
    assert list(show.describe(found, 2)) == [
        "llvm/test/CodeGen/X86/d.ll: FAIL",
        "llc enters 3 functions; first those that the fewest tests here enter:",
        "       1  lower()  (X86MCInstLower.cpp)",
        f"       2  {VISIT}",
        "     ...  1 more; --limit 0 shows all",
    ]
    unknown = show.show_test(maps, "19.1.7", "lit-tests/AOT/b.ll")
    assert list(show.describe(unknown, 0)) == [
        "lit-tests/AOT/b.ll: PASS",
        "its reach is unknown: runs clang, which is not watched",
    ]


def test_what_is_no_test_or_no_function_is_said(maps: ReachMap) -> None:
    said = []
    for ask in (
        lambda: show.show_test(maps, "19.1.7", "x.ll"),
        lambda: show.show_test(maps, "19.1.7", "CodeGen/X86/.ll"),
        lambda: show.show_test(maps, "19.1.7", "A.cpp"),
        lambda: show.show_place(maps, "19.1.7", "A.cpp", SOURCE, 4),
        lambda: show.show_place(maps, "19.1.7", "A.cpp", SOURCE, 5),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        said.append(str(caught.value))
    assert said == [
        "x.ll: no test of the map is called so\nnext: 'harness reach show' lists its folders",
        "CodeGen/X86/.ll: no test of the map is called so\nnext: 'harness reach show' lists its folders",
        "A.cpp: no test of the map is called so\n"
        "next: for a function, name a line of it: A.cpp:100; 'harness reach show' lists its folders",
        "A.cpp:4: is in no function\nnext: name a line between the braces of one",
        "A.cpp:5: is in inlined, which no tool of the map has\n"
        "next: it may be inlined wherever it is called: ask for a function that calls it",
    ]


def test_folders_are_listed_with_what_is_unknown(maps: ReachMap) -> None:
    assert list(show.describe_maps(maps)) == [
        "lit-tests: 2 tests, the reach of 1 unknown",
        "upstream:CodeGen/X86: 3 tests",
    ]


def test_a_text_is_a_test_or_not(maps: ReachMap) -> None:
    assert [show.is_test(maps, text) for text in ("a.ll", "X86/a.mir", "visitPatchpoint", "A::ll")] == [
        *(True, True),
        *(False, False),
    ]


def test_a_source_is_found_by_its_path_or_the_end_of_it(tmp_path: Path) -> None:
    for path in ("llvm/lib/A/X.cpp", "llvm/lib/B/X.cpp", "llvm/lib/A/Y.cpp"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for text in ("llvm/lib/A/Y.cpp", "lib/A/Y.cpp", "A/Y.cpp", "Y.cpp"):
        assert show.find_source(tmp_path, text) == tmp_path / "llvm/lib/A/Y.cpp"
    with pytest.raises(UsageError) as caught:
        show.find_source(tmp_path, "X.cpp")
    assert str(caught.value) == (
        "X.cpp: names 2 files\n  llvm/lib/A/X.cpp\n  llvm/lib/B/X.cpp\nnext: give one of them"
    )
    with pytest.raises(UsageError) as caught:
        show.find_source(tmp_path, "Z.cpp")
    assert str(caught.value) == (
        f"Z.cpp: no such file, neither here nor in LLVM's source\nnext: look into {tmp_path}"
    )
