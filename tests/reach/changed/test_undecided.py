"""What a change reaches beyond its own functions: initialisers, other units, and what cannot be told."""

from __future__ import annotations

import pytest

from harness.reach.changed.unit import Changed, Undecided, find_changed, join
from harness.reach.names import FunctionName
from tests.reach.changed.conftest import Compile, Differ

pytestmark = [pytest.mark.builds, pytest.mark.needs_llvm]

UNIT = "llvm/lib/U.cpp"
ALL = {"_Z1fv", "_Z1gv"}
STARTS = "int make(int); int f() { return 1; } int g() { return 2; } "


def names(changed: Changed) -> set[str]:
    return {str(name) for name in changed.functions}


def why(changed: Changed) -> list[str]:
    assert all(one.unit == UNIT for one in changed.everything)
    return [one.why for one in changed.everything]


# -- what runs before main


def test_an_initialiser_that_differs_reaches_everything(differ: Differ) -> None:
    changed = differ(STARTS + "int one = make(1);", STARTS + "int one = make(2);")
    assert why(changed) == [
        "_GLOBAL__sub_I_U.cpp differs, which runs before main: "
        "one is initialised by other code than an option's"
    ]
    assert names(changed) == {*ALL, "U.cpp:_GLOBAL__sub_I_U.cpp"}


def test_the_first_initialiser_of_a_unit_reaches_everything(differ: Differ) -> None:
    changed = differ(STARTS, STARTS + "int one = make(2);")
    assert why(changed) == ["it has other initialisers: one is initialised by other code than an option's"]
    assert names(changed) == ALL


def test_the_same_initialiser_beside_other_code_reaches_nothing(differ: Differ) -> None:
    changed = differ(
        STARTS + "int one = make(1);", STARTS.replace("return 2", "return 3") + "int one = make(1);"
    )
    assert not changed.everything
    assert names(changed) == {"_Z1gv"}


def test_what_an_initialiser_calls_is_a_function_as_any_other(differ: Differ) -> None:
    text = "[[gnu::noinline]] static int made(int a) { return a * (8 + %d); } int make(int); extern int n;"
    text += "int one = make(made(n));"
    changed = differ(text % 1, text % 2)
    assert "U.cpp:_ZL4madei" in names(changed)


def test_initialisers_of_templates_members_are_told_apart(differ: Differ) -> None:
    text = "int make(int); template <int N> struct S { static int one; };"
    text += "template <int N> int S<N>::one = make(N); int f() { return S<3>::one + S<%d>::one; }"
    changed = differ(text % 4, text % 5)
    assert changed.everything


# -- data that others find


def test_data_that_the_linker_lists_reach_everything(differ: Differ) -> None:
    text = 'int f() { return 1; } [[gnu::section("listed"), gnu::used]] static int one = %d;'
    assert why(differ(text % 1, text % 2)) == ["the section listed differs, which others find by its name"]
    more = text % 1 + '[[gnu::section("listed"), gnu::used]] static int two = 2;'
    assert why(differ(text % 1, more)) == ["the section listed differs, which others find by its name"]
    assert not why(differ(text % 1, text % 1 + "int g() { return 2; }"))


def test_a_global_table_that_differs_is_named(differ: Differ) -> None:
    text = "extern const int table[] = {1, %d}; int f(int n) { return table[n]; } int g() { return 1; }"
    changed = differ(text % 2, text % 3)
    assert changed.exported == {"table"}
    assert names(changed) == {"_Z1fi"}
    assert not changed.everything


def test_a_global_table_that_is_gone_is_named(differ: Differ) -> None:
    changed = differ("extern const int table[] = {1, 2};", "int f() { return 1; }")
    assert changed.exported == {"table"}


def test_a_table_that_moves_to_another_unit_may_be_another(differ: Differ) -> None:
    reader = "int f(int n) { return table[n]; }"
    changed = differ("extern const int table[] = {1, 2};" + reader, "extern const int table[];" + reader)
    assert changed.exported == {"table"}
    assert names(changed) == {"_Z1fi"}


def test_a_function_that_moves_to_another_unit_keeps_its_callers(differ: Differ) -> None:
    caller = "int g(int n) { return f(n); }"
    changed = differ(
        "[[gnu::noinline]] int f(int n) { return h(n); }".replace("h(n)", "n * 77") + caller,
        "int f(int n);" + caller,
    )
    assert names(changed) == {"_Z1fi"}


# -- who refers to whom


def test_what_was_inlined_is_reached_through_who_refers_to_it(differ: Differ) -> None:
    text = """
    [[gnu::noinline]] static int low(int a) { return a * %d; }
    [[gnu::noinline]] static int middle(int a) { return low(a) + 1; }
    int high(int a) { return middle(a); }
    static int (*const table[])(int) = {low, middle};
    int picks(int n) { return table[n](n); }
    int other(int a) { return a; }
    """
    changed = differ(text % 3, text % 5)
    low, middle = FunctionName("U.cpp", "_ZL3lowi"), FunctionName("U.cpp", "_ZL6middlei")
    high, picks = FunctionName("", "_Z4highi"), FunctionName("", "_Z5picksi")
    assert changed.functions == {low}
    assert changed.references[low] == {middle, picks}
    assert changed.reached_through([low, middle, high, picks]) == {low}
    assert changed.reached_through([middle, high, picks]) == {middle, picks}
    assert changed.reached_through([high, FunctionName("", "_Z5otheri")]) == {high}


def test_functions_that_refer_to_each_other_end(differ: Differ) -> None:
    text = "int g(int); [[gnu::noinline]] int f(int a) { return a ? g(a - %d) : 0; } "
    text += "[[gnu::noinline]] int g(int a) { return a ? f(a - 1) : 1; }"
    assert differ(text % 1, text % 2).reached_through([]) == frozenset()


def test_new_functions_are_said(differ: Differ) -> None:
    changed = differ(
        "int f() { return 1; }", "int f() { return 1; } static int g() { return 2; } int (*h)() = g;"
    )
    assert changed.added == {FunctionName("U.cpp", "_ZL1gv")}
    assert not changed.functions


def test_units_together(differ: Differ) -> None:
    one = differ("int f() { return 1; }", "int f() { return 2; }")
    two = differ(STARTS, STARTS + "int one = make(2);")
    both = join([one, two])
    assert names(both) == {"_Z1fv", "_Z1gv"}
    assert (both.everything, both.total) == (two.everything, one.total + two.total)
    assert join([]) == Changed()


# -- objects as compilers write them


def test_handlers_of_exceptions_belong_to_their_function(differ: Differ) -> None:
    text = "void a(); struct X {}; struct Y {}; int f() { try { a(); } catch (%s) { return 1; } return 0; }"
    text += "struct Z { ~Z() { a(); } }; int g() { Z z; a(); return 0; }"
    changed = differ(text % "X", text % "Y", "-fexceptions")
    assert names(changed) == {"_Z1fv"}


def test_debug_information_is_none_of_the_program(differ: Differ) -> None:
    text = "int f(int a) { return a; }"
    assert differ(text, f"\n\n{text}", "-g") == Changed(references={}, total=1)


def test_assembly_between_functions_is_code_as_any_other(differ: Differ) -> None:
    text = "int f() { return 1; } "
    text += 'asm(".text\\n.globl one\\none: mov $%d, %%eax\\nret\\ntwo: call one\\nret\\n");'
    assert names(differ(text % 1, text % 2)) == {"one"}
    moved = text.replace("one: mov", "one: nop\\nmov")
    assert names(differ(text % 1, moved % 1)) == {"one"}


def test_what_cannot_be_read_is_undecided(compile_unit: Compile) -> None:
    good = compile_unit("int f() { return 1; }")
    for bad in (b"", b"text", good[:40], good[: len(good) // 2], good[:-64]):
        changed = find_changed(UNIT, good, bad)
        assert changed.everything == find_changed(UNIT, bad, good).everything
        assert changed.everything[0].why.startswith(f"{UNIT}: its object: ")


def test_another_machine_is_undecided(compile_unit: Compile) -> None:
    good = compile_unit("int f() { return 1; }")
    other = good[:18] + b"\xb7\0" + good[20:]
    told = Undecided(UNIT, f"{UNIT}: its object: not an x86-64 ELF object")
    assert find_changed(UNIT, good, other).everything == (told,)
