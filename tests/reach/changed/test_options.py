"""Options of LLVM's command line: a new one, or another default, reaches who reads its variable."""

from __future__ import annotations

import pytest

from harness.reach.changed.initialisers import LISTS_OPTIONS
from harness.reach.changed.unit import Changed
from harness.store import Store, default_root
from harness.toolchain.debian import packages
from tests.reach.changed.conftest import Compile, Differ

pytestmark = [pytest.mark.builds, pytest.mark.needs_llvm]

TEXT = """#include "llvm/Support/CommandLine.h"
using namespace llvm;
static cl::opt<bool> Enable("enable-it", cl::init(false), cl::Hidden, cl::desc("do it"));
static cl::opt<unsigned> Limit("the-limit", cl::init(7), cl::desc("how many"));
bool enabled() { return Enable; }
unsigned least(unsigned n) { return n < Limit ? n : unsigned(Limit); }
int other() { return 1; }
"""
NEW = 'static cl::opt<int> Added("added", cl::init(3), cl::Hidden, cl::desc("more"));\n'
STARTS = "U.cpp:_GLOBAL__sub_I_U.cpp"


@pytest.fixture(scope="module")
def flags(compile_unit: Compile, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """With LLVM's header precompiled: it takes seconds, and the rest of a unit none."""
    prebuilt = packages.prebuilt(Store(default_root()), 19, lambda _text: None)
    header = tmp_path_factory.mktemp("header") / "header.pch"
    options = [f"-I{prebuilt.prefix}/include", "-fno-rtti"]
    header.write_bytes(compile_unit(TEXT.splitlines()[0], *options, "-xc++-header"))
    return [*options, "-include-pch", str(header)]


def names(changed: Changed) -> set[str]:
    return {str(name) for name in changed.functions - LISTS_OPTIONS}


def why(changed: Changed) -> list[str]:
    return [one.why.partition(": ")[2] for one in changed.everything]


@pytest.mark.parametrize("place", ["static cl::opt<bool>", "static cl::opt<unsigned>", "bool enabled"])
def test_a_new_option_reaches_who_reads_it(differ: Differ, flags: list[str], place: str) -> None:
    patched = TEXT.replace(place, NEW + place, 1).replace("return 1", "return Added")
    changed = differ(TEXT, patched, *flags)
    assert (names(changed), why(changed)) == ({"_Z5otherv"}, [])
    assert changed.functions > LISTS_OPTIONS


def test_the_first_option_of_a_unit(differ: Differ, flags: list[str]) -> None:
    base = "int other() { return 1; } int more() { return 2; }"
    patched = f'#include "llvm/Support/CommandLine.h"\nusing namespace llvm;\n{NEW}{base}'
    changed = differ(base, patched.replace("return 1", "return Added"), *flags)
    assert (names(changed), why(changed)) == ({"_Z5otherv"}, [])


@pytest.mark.parametrize(
    ("old", "new", "reader"),
    [("init(false)", "init(true)", "_Z7enabledv"), ("init(7)", "init(8)", "_Z5leastj")],
)
def test_another_default_reaches_who_reads_it(
    differ: Differ, flags: list[str], old: str, new: str, reader: str
) -> None:
    changed = differ(TEXT, TEXT.replace(old, new), *flags)
    assert (names(changed), why(changed)) == ({reader}, [])


def test_options_with_lists_of_values(differ: Differ, flags: list[str]) -> None:
    listed = """enum Kind { One, Two };
    static cl::opt<Kind> Which("which", cl::init(One), cl::desc("which one"),
                               cl::values(clEnumValN(One, "one", "1"), clEnumValN(Two, "two", "2")));
    Kind which() { return Which; }
    """
    base = TEXT.replace("bool enabled", listed + "bool enabled")
    changed = differ(base, base.replace("init(7)", "init(8)"), *flags)
    assert (names(changed), why(changed)) == ({"_Z5leastj"}, [])
    changed = differ(TEXT, base, *flags)
    assert (names(changed), why(changed)) == (set(), [])
    changed = differ(base, base.replace('"2"', '"two of them"'), *flags)
    assert [one.partition(" ")[0] for one in why(changed)] == ["_ZL5Which"]


def test_the_same_options_reach_nobody(differ: Differ, flags: list[str]) -> None:
    changed = differ(TEXT, TEXT.replace("int other", "// why\n\nint other"), *flags)
    assert changed.functions == frozenset()
    assert not changed.everything


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"enable-it"', '"enables-it"', "Enable is initialised in another way"),
        ("cl::Hidden, ", "", "Enable is initialised in another way"),
        ("static cl::opt<bool> Enable", "cl::opt<bool> Enable", "Enable is not initialised any more"),
    ],
)
def test_what_is_more_than_another_default_reaches_everything(
    differ: Differ, flags: list[str], old: str, new: str, reason: str
) -> None:
    changed = differ(TEXT, TEXT.replace(old, new), *flags)
    assert [one.replace("_ZL6Enable", "Enable") for one in why(changed)] == [reason]
    assert {STARTS, "_Z5otherv"} < names(changed)


def test_an_option_that_is_gone_reaches_everything(differ: Differ, flags: list[str]) -> None:
    line = next(line for line in TEXT.splitlines(keepends=True) if "Limit(" in line)
    changed = differ(TEXT, TEXT.replace(line, "static unsigned Limit = 7;\n"), *flags)
    assert why(changed) == ["_ZL5Limit is not initialised any more"]


def test_other_objects_with_a_new_option_reach_everything(differ: Differ, flags: list[str]) -> None:
    more = "int made(int); static int Made = made(4);\n"
    changed = differ(
        TEXT, TEXT.replace("bool enabled", more + NEW + "int f() { return Made; } bool enabled"), *flags
    )
    assert why(changed) == ["_ZL4Made is initialised by other code than an option's"]


def test_a_call_that_does_more_than_add_an_option_reaches_everything(
    differ: Differ, flags: list[str]
) -> None:
    more = "static struct Prints { Prints(); int n; } prints; void print(raw_ostream &);\n"
    more += "Prints::Prints() : n(3) { cl::AddExtraVersionPrinter(print); }\nint f() { return prints.n; }"
    changed = differ(TEXT, TEXT + more, *flags)
    assert why(changed) == ["_ZL6prints is initialised by other code than an option's"]


def test_an_option_that_other_units_read_reaches_everything(differ: Differ, flags: list[str]) -> None:
    shared = TEXT.replace("static cl::opt<unsigned> Limit", "cl::opt<unsigned> Limit")
    changed = differ(shared, shared.replace("init(7)", "init(8)"), *flags)
    assert why(changed) == ["Limit differs, which other units may read"]
