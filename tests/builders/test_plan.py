"""Which units a change touches: never too few."""

from __future__ import annotations

import posixpath
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.builders.plan import classify, find_included_names, find_relevant_changes, may_include
from harness.patch import Change, ChangeKind


@pytest.mark.parametrize(
    ("path", "kind", "where"),
    [
        ("llvm/lib/CodeGen/StackMaps.cpp", "modified", "units"),
        ("llvm/lib/Support/regcomp.c", "modified", "units"),
        ("llvm/tools/llc/llc.cpp", "modified", "units"),
        ("llvm/lib/CodeGen/New.cpp", "added", "full"),
        ("llvm/lib/CodeGen/StackMaps.cpp", "deleted", "full"),
        ("llvm/include/llvm/CodeGen/StackMaps.h", "modified", "headers"),
        ("llvm/include/llvm/CodeGen/New.h", "added", "headers"),
        ("llvm/include/llvm/CodeGen/StackMaps.h", "deleted", "full"),
        ("llvm/include/llvm/IR/Instruction.def", "modified", "headers"),
        ("llvm/lib/Target/X86/X86GenHand.inc", "modified", "headers"),
        ("llvm/lib/Target/X86/X86InstrInfo.td", "modified", "tables"),
        ("llvm/lib/Target/X86/X86New.td", "added", "tables"),
        ("llvm/include/llvm/IR/Intrinsics.td", "modified", "tables"),
        ("llvm/lib/Target/X86/X86InstrInfo.td", "deleted", "full"),
        ("llvm/lib/Target/X86/CMakeLists.txt", "modified", "full"),
        ("llvm/include/llvm/Config/llvm-config.h.cmake", "modified", "full"),
        ("llvm/CMakeLists.txt", "modified", "full"),
        ("llvm/cmake/modules/AddLLVM.cmake", "modified", "full"),
        ("llvm/utils/TableGen/X86RecognizableInstr.cpp", "modified", "full"),
        ("cmake/Modules/LLVMVersion.cmake", "modified", "full"),
        ("third-party/siphash/include/siphash/SipHash.h", "modified", "full"),
        ("libc/shared/fp_bits.h", "modified", "full"),
        ("libc/src/__support/FPUtil/FPBits.h", "modified", "full"),
        ("libc/docs/index.rst", "modified", "inert"),
        ("llvm/lib/Support/BLAKE3/blake3_avx2_x86-64_unix.S", "modified", "full"),
        ("llvm/lib/Target/X86/README.txt", "modified", "inert"),
        ("llvm/test/CodeGen/X86/patchpoint.ll", "added", "inert"),
        ("llvm/unittests/CodeGen/X.cpp", "modified", "unit_tests"),
        ("llvm/unittests/CodeGen/X.cpp", "added", "inert"),
        ("llvm/unittests/CodeGen/X.h", "modified", "inert"),
        ("llvm/unittests/CodeGen/CMakeLists.txt", "modified", "inert"),
        ("llvm/lib/TableGen/Record.cpp", "modified", "full"),
        ("llvm/docs/StackMaps.rst", "modified", "inert"),
        ("clang/lib/Sema/Sema.cpp", "deleted", "inert"),
        ("README.md", "modified", "inert"),
    ],
)
def test_every_kind_of_path(path: str, kind: str, where: str) -> None:
    touched = classify([Change(path, ChangeKind(kind))])
    found = {one.name: len(getattr(touched, one.name)) for one in fields(touched)}
    assert found == {name: int(name == where) for name in found}
    assert touched.shares == (where not in {"tables", "full", "unit_tests"})
    if where == "full":
        assert touched.full[0].startswith(f"{path}: ")


@given(st.lists(st.builds(Change, st.text("acehilmnptv/._-", max_size=30), st.sampled_from(ChangeKind))))
def test_no_change_is_lost(changes: list[Change]) -> None:
    touched = classify(changes)
    sorted_out = [*touched.units, *touched.headers, *touched.inert, *touched.full]
    assert len(sorted_out) == len(set(changes))


def test_include_lines_are_found_however_they_are_written() -> None:
    text = b'#include "a.h"\n  #  include <b/c.h>\r\n#\tinclude"d.def"\n#import "e.h"\n#include MACRO\n'
    text += b'// #include "no.h"\n'
    assert find_included_names(text) == ("a.h", "b/c.h", "d.def", "e.h", "*")


def test_a_name_that_is_asked_for_counts() -> None:
    text = b'#if __has_include("a.h") && !__has_include_next( <b/c.h> )\n#include_next <limits.h>\n#endif\n'
    assert find_included_names(text) == ("a.h", "b/c.h", "limits.h")


def test_a_name_that_a_macro_computes_may_mean_any_def_file() -> None:
    includes = {"llvm/lib/A.cpp": ["*"], "llvm/lib/B.cpp": ["x.h"], "llvm/include/t.def": []}
    assert may_include(["llvm/include/t.def"], includes) == {"llvm/lib/A.cpp"}


# -- may_include is a superset of what a compiler finds

FOLDERS = ["llvm/lib/A", "llvm/lib/A/Sub", "llvm/include/llvm", "llvm/include/llvm/A", "llvm/tools/t"]
SEARCH = ["llvm/include", "llvm/lib/A"]
NAMES = ["x.h", "y.h", "z.def", "u.cpp"]
FILES = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES]
SPELLINGS = sorted(
    {
        f"{p}{n}"
        for p in ("", "../", "./", "../../", "Sub/", "llvm/", "llvm/A/", "../A/", "Sub/../")
        for n in NAMES
    }
)
TREES = st.dictionaries(st.sampled_from(FILES), st.lists(st.sampled_from(SPELLINGS), max_size=3), max_size=12)


def resolve(name: str, includer: str, files: object) -> str | None:
    """The file a quoted include means, as a compiler searches."""
    assert isinstance(files, dict | set | frozenset)
    for folder in (posixpath.dirname(includer), *SEARCH):
        path = posixpath.normpath(f"{folder}/{name}")
        if path in files:
            return path
    return None


def reads(unit: str, includes: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    pending = [unit]
    while pending:
        file = pending.pop()
        for name in includes[file]:
            path = resolve(name, file, includes)
            if path is not None and path not in found:
                found.add(path)
                pending.append(path)
    return found


@settings(max_examples=400)
@given(TREES, st.sampled_from(FILES))
def test_whoever_includes_a_header_may_include_it(includes: dict[str, list[str]], header: str) -> None:
    exact = {file for file in includes if header in reads(file, includes)}
    assert exact <= may_include([header], includes)


@settings(max_examples=400)
@given(TREES, st.sampled_from(FILES))
def test_whoever_a_new_header_reaches_may_include_it(includes: dict[str, list[str]], header: str) -> None:
    """A new file may hide another: who then reads it was found before it was there."""
    before = {file: names for file, names in includes.items() if file != header}
    after = {**before, header: []}
    exact = {file for file in before if header in reads(file, after)}
    assert exact <= may_include([header], before)


# -- relevant_changes: an object's key tells apart whatever differs

CONTENT = st.tuples(st.lists(st.sampled_from(SPELLINGS), max_size=3), st.integers(0, 1))
SOURCES = st.dictionaries(st.sampled_from(FILES), CONTENT, min_size=2, max_size=10)
Tree = dict[str, tuple[list[str], int]]


def preprocessed(unit: str, tree: Tree) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """A model of a compiler: the files it reads in order, and what it reads in them."""
    seen: list[str] = []

    def read(file: str) -> None:
        if file in seen:
            return
        seen.append(file)
        for name in tree[file][0]:
            path = resolve(name, file, tree)
            if path is not None:
                read(path)

    read(unit)
    return tuple(seen), tuple(tree[file][1] for file in seen)


class ModelStore:
    """Objects by key, as `Compiler.compile` keeps them: none that read a changed file outside the key."""

    def __init__(self, base: Tree) -> None:
        self.base = base
        self.objects: dict[object, tuple[tuple[str, ...], tuple[int, ...]]] = {}

    def compile(self, unit: str, patched: Tree) -> tuple[tuple[str, ...], tuple[int, ...]]:
        changed = {f: repr(c) for f, c in patched.items() if self.base.get(f) != c}
        includes = {file: names for file, (names, _) in self.base.items()}
        hiding = may_include(sorted(changed.keys() - self.base.keys()), includes)
        dependencies = frozenset(preprocessed(unit, self.base)[0])
        key = find_relevant_changes(unit, dependencies, changed, hiding)
        if not key:
            return preprocessed(unit, self.base)
        while True:
            name = (unit, tuple(sorted(key.items())))
            made = self.objects.get(name) or preprocessed(unit, patched)
            more = set(made[0]) & changed.keys() - key.keys()
            if not more:
                return self.objects.setdefault(name, made)
            key |= {path: changed[path] for path in more}


PATCHES = st.lists(st.dictionaries(st.sampled_from(FILES), CONTENT, max_size=3), min_size=1, max_size=4)


@settings(max_examples=400)
@given(SOURCES, PATCHES, st.data())
def test_an_object_is_never_taken_for_another(base: Tree, patches: list[Tree], data: st.DataObject) -> None:
    """Several series on one store: each gets for each unit what compiling it anew would give."""
    store = ModelStore(base)
    for patch in patches:
        # New sources never come here: classify sends them to a full build.
        kept = {f: c for f, c in patch.items() if f in base or not f.endswith(".cpp")}
        patched = {**base, **kept}
        unit = data.draw(st.sampled_from(sorted(base)))
        assert store.compile(unit, patched) == preprocessed(unit, patched)


def test_a_unit_that_reads_nothing_changed_has_the_unpatched_object() -> None:
    changed = {"llvm/lib/A/x.h": "1", "llvm/lib/A/u.cpp": "2"}
    none: frozenset[str] = frozenset()
    assert find_relevant_changes("llvm/lib/A/v.cpp", frozenset({"llvm/lib/A/y.h"}), changed, none) == {}
    # One that does depends on all changed headers, since one may now include another.
    changed["llvm/lib/A/z.h"] = "3"
    assert find_relevant_changes("llvm/lib/A/v.cpp", frozenset({"llvm/lib/A/x.h"}), changed, none) == {
        "llvm/lib/A/x.h": "1",
        "llvm/lib/A/z.h": "3",
    }


def test_a_new_header_matters_to_a_unit_that_may_read_it() -> None:
    """A header of a name that nothing a unit reads includes leaves the unit as it is."""
    includes = {
        "llvm/lib/A/u.cpp": ["x.h"],
        "llvm/lib/A/v.cpp": ["y.h"],
        "llvm/lib/A/x.h": ["z.h"],
        "llvm/lib/A/y.h": [],
    }
    changed = {"llvm/lib/A/Sub/z.h": "1"}
    hiding = may_include(["llvm/lib/A/Sub/z.h"], includes)
    reads_it = find_relevant_changes("llvm/lib/A/u.cpp", frozenset({"llvm/lib/A/x.h"}), changed, hiding)
    assert reads_it == changed
    assert find_relevant_changes("llvm/lib/A/v.cpp", frozenset({"llvm/lib/A/y.h"}), changed, hiding) == {}
