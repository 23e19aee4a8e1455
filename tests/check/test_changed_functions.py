"""Which functions a series changes, from the objects that its overlay was linked from."""

from __future__ import annotations

from dataclasses import replace

from harness.builders.request import Built
from harness.check.changed import find_change, list_functions
from harness.reach.changed.unit import Changed, Undecided
from tests.miniature import Miniature

A, B = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/B.cpp"


def change(miniature: Miniature, files: dict[str, str]) -> Changed:
    archives = sorted((miniature.prebuilt.prefix / "lib").glob("*.a"))
    return find_change(*miniature.build(files), archives)


def names(changed: Changed) -> set[str]:
    return {str(name) for name in changed.functions}


def test_a_function_of_a_unit(miniature: Miniature) -> None:
    text = miniature.text(A)
    changed = change(miniature, {A: text + "\nint added(int n) { return n; }\n"})
    assert (names(changed), changed.everything) == (set(), ())
    assert {str(name) for name in changed.added} == {"_Z5addedi"}
    changed = change(miniature, {A: "// why\n" + text.replace("return", "return 5 +", 1)})
    assert "_Z1ai" in names(changed)
    assert not changed.everything


def test_the_empty_patch_changes_nothing(miniature: Miniature) -> None:
    base, patched = miniature.build({A: miniature.text(A)})
    assert find_change(base, patched, ()) == Changed()
    assert {one.unit for one in patched.objects} >= {A}
    assert all(one.path.is_file() for one in (*base.objects, *patched.objects))


def test_the_functions_of_what_changes_are_known(miniature: Miniature) -> None:
    text = "inline int shared(int n) { return n + 9; }\nstatic int low(int n) { return n; }\n"
    text += "int a(int n) { return shared(n) + low(n) + %d; }\nint again() { return a(1); }\n"
    base, patched = miniature.build({A: text % 1}), miniature.build({A: text % 2})
    assert {one.name for one in list_functions(base[1], patched[1])} == {"_Z1ai", "_Z5againv"}
    assert list_functions(base[1], base[1]) == frozenset()


def test_a_full_build_does_not_tell(miniature: Miniature) -> None:
    full = Built({}, (A,), (), "full", 0.0, cached=False)
    told = Changed(everything=(Undecided("", "a full build does not keep the objects of base"),))
    assert find_change(full, full, ()) == told


def test_an_object_that_is_gone_is_said(miniature: Miniature) -> None:
    base, patched = miniature.build({A: miniature.text(A).replace("return", "return 7 +", 1)})
    (mine,) = [one for one in patched.objects if one.unit == A]
    lost = replace(patched, objects=(replace(mine, path=mine.path.with_name("gone.o")),))
    assert find_change(base, lost, ()).everything == (Undecided(A, "its object: No such file or directory"),)
    fewer = replace(base, objects=())
    assert find_change(replace(fewer, objects=base.objects[:1]), lost, ()).everything


def test_the_release_s_object_tells_who_may_contain_the_code(miniature: Miniature) -> None:
    """`a` calls `one`, which the release has inlined; its object says so."""
    text = "[[gnu::noinline]] int one(int n) { return n + %d; }\n"
    text += "[[gnu::noinline]] int a(int n) { return one(n) * 2; }\n"
    overlay = miniature.overlay((A, "modified"))
    base = overlay.build(*miniature.patched({A: text % 1}))
    patched = overlay.build(*miniature.patched({A: text % 2}))
    archives = sorted((miniature.prebuilt.prefix / "lib").glob("*.a"))
    changed = find_change(base, patched, archives)
    assert names(changed) == {"_Z3onei"}
    assert {str(name) for name in changed.inlined} == {"_Z1ai"}
    # Without archives all callers count.
    assert find_change(base, patched, ()).inlined == changed.inlined


def test_who_calls_it_only_with_assertions_counts_in_every_unit_of_the_base(miniature: Miniature) -> None:
    """`b` of a unit that stays as it is calls `a`, and the release's does not: as an assertion would."""
    text = "int a(int n) { return n + %d; }\n"
    caller = '#include "llvm/Foo.h"\nint b(int n) { return a(n) ? n : 0; }\nint c() { return b(1); }\n'
    overlay = miniature.overlay((A, "modified"), (B, "modified"))
    base = overlay.build(*miniature.patched({A: text % 1, B: caller}))
    patched = overlay.build(*miniature.patched({A: text % 2, B: caller}))
    archives = sorted((miniature.prebuilt.prefix / "lib").glob("*.a"))
    changed = find_change(base, patched, archives)
    assert names(changed) == {"_Z1ai"}
    assert {str(name) for name in changed.inlined} >= {"_Z1bi"}
    unread = replace(base, objects=tuple(one for one in base.objects if one.unit == A))
    assert "_Z1bi" not in {str(name) for name in find_change(unread, patched, archives).inlined}


def test_a_header_and_tablegens_input_change_who_reads_them(miniature: Miniature) -> None:
    changed = change(miniature, {"llvm/include/llvm/Deep.h": "#pragma once\n#define DEEP 300\n"})
    assert "_Z1ai" in names(changed)
    assert "_Z1bi" not in names(changed)
    changed = change(miniature, {"llvm/lib/Foo/Part.td": "#define GENERATED 6\n"})
    assert names(changed) == {"_Z1bi"}
