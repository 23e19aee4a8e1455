"""Which function a text means: linkage names, demangled ones, parts; and what is said of several or none."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.reach.map.find import find_function, find_named
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

VISIT = "_ZN4llvm19SelectionDAGBuilder15visitPatchpointERKNS_8CallBaseEPKNS_10BasicBlockE"
OVERLOADS = ("_ZN4llvm1A3runEi", "_ZN4llvm1A3runEd")
CLASH = FunctionName("X.cpp", "_ZL5lowerv"), FunctionName("Y.cpp", "_ZL5lowerv")
TABLE = FunctionTable().grown(
    [
        *(FunctionName("", name) for name in (VISIT, *OVERLOADS, "LLVMInitializeX86", "main")),
        *(FunctionName("", f"_ZN4llvm4ThatC{n}Ev") for n in (1, 2)),
        FunctionName("A.cpp", "_ZN12_GLOBAL__N_14Pass3runEv"),
        FunctionName("A.cpp", "_ZN12_GLOBAL__N_14Pass3runEv.cold"),
        *CLASH,
    ]
)
SHOWN = "llvm::SelectionDAGBuilder::visitPatchpoint(llvm::CallBase const&, llvm::BasicBlock const*)"


@pytest.mark.parametrize(
    "text", [VISIT, SHOWN, "SelectionDAGBuilder::visitPatchpoint", "visitPatchpoint", "visitPatch"]
)
def test_a_function_is_found_by_any_of_its_names_or_a_part(text: str) -> None:
    found = find_function(TABLE, text)
    assert found.shown == SHOWN
    assert found.names == {FunctionName("", VISIT)}


def test_clones_and_both_constructors_are_one_function() -> None:
    assert {name.name for name in find_function(TABLE, "Pass::run").names} == {
        "_ZN12_GLOBAL__N_14Pass3runEv",
        "_ZN12_GLOBAL__N_14Pass3runEv.cold",
    }
    assert len(find_function(TABLE, "That::That").names) == 2


def test_local_functions_of_one_name_are_found_together() -> None:
    assert find_function(TABLE, "lower").names == set(CLASH)


def test_a_function_of_c_is_found() -> None:
    assert find_function(TABLE, "LLVMInitializeX86").shown == "LLVMInitializeX86"


def test_several_functions_are_listed() -> None:
    with pytest.raises(UsageError) as caught:
        find_function(TABLE, "A::run")
    assert str(caught.value) == (
        "A::run: names 2 functions\n  llvm::A::run(double)\n  llvm::A::run(int)\nnext: give one of them"
    )
    assert find_function(TABLE, "llvm::A::run(int)").names == {FunctionName("", OVERLOADS[0])}


@pytest.mark.parametrize("text", ["visitPatchpoints", "()", "", "operator", "\n", "a\tb"])
def test_no_function_is_an_error(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_function(TABLE, text)
    assert str(caught.value).splitlines()[-1] == (
        "next: give its linkage name, that of the source (SelectionDAGBuilder::visitPatchpoint), "
        "or FILE.cpp:LINE"
    )


def test_the_function_of_a_source_is_local_to_it_or_global() -> None:
    assert find_named(TABLE, ["lower"], "X.cpp") == {CLASH[0]}
    assert find_named(TABLE, ["A::run"], "A.cpp") == {FunctionName("", name) for name in OVERLOADS}
    assert find_named(TABLE, ["Pass::run"], "B.cpp") == frozenset()


def test_an_inline_function_of_a_header_may_be_local_to_any_unit() -> None:
    hidden = FunctionName("Type.cpp", "_ZN4llvm5APInt3getEv")
    assert find_named(TABLE.grown([hidden]), ["APInt::get"], "APInt.h") == {hidden}
