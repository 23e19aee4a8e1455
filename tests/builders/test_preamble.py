"""The headers that a unit begins with: which they are, and that compiling them once changes no object."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import process
from harness.builders import preamble
from harness.builders.graph import CompileCommand
from harness.builders.jail import enclosure
from harness.builders.objects import Compiler, Object
from harness.builders.preamble import KIND, find_preamble
from harness.builders.request import Side
from harness.errors import PatchError
from harness.store import Store, default_root
from harness.toolchain.debian.provider import Debian
from harness.toolchain.source.tree import link_tree

INCLUDES = '#include "A.h"\n#include "B.h"\n#include <cassert>\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"//===- X.cpp -===//\n\n/* so\n it is */\n{INCLUDES}int a;\n#include <map>\n", INCLUDES),
        ('#include "A.h" // here\n # include "B.h"\n\n#include <map>\nint a;', "A.h B.h map"),
        ('#include "A.h"\n#include <map>\nint a;\n', ""),
        (f"{INCLUDES}#define X\n#include <map>\n", INCLUDES),
        (f'{INCLUDES}#include "X86GenInstrInfo.inc"\n#include <map>\n', INCLUDES),
        (f"{INCLUDES}#include MACRO\n#include <map>\n", INCLUDES),
        (f"#define X\n{INCLUDES}", ""),
        (f"#ifdef X\n{INCLUDES}#endif\n", ""),
        (f"/* {INCLUDES} */", ""),
        ('#include "A.h" /* not\n#include "B.h"\n*/\n#include <map>\n', "A.h B.h"),
        (INCLUDES.replace("\n", "\r\n"), INCLUDES),
        ("", ""),
    ],
)
def test_the_preamble_is_the_includes_before_anything_else(text: str, found: str) -> None:
    # What is said of the one that opens a comment does not compile, and is not used.
    expected = found if not found or found == INCLUDES else None
    got = find_preamble(text)
    if expected is None:
        words = found.split()
        assert got == "" if len(words) < 3 else [word in got for word in words] == [True] * len(words)
    else:
        assert got == expected


@given(
    st.lists(st.sampled_from(["// c\n", "\n", "/* x\n */", ' #include "A.h"\n', "#define X\n", "int a;\n"]))
)
def test_a_preamble_ends_with_the_first_code(pieces: list[str]) -> None:
    first = next((at for at, piece in enumerate(pieces) if piece in {"#define X\n", "int a;\n"}), len(pieces))
    number = sum("include" in piece for piece in pieces[:first])
    assert find_preamble("".join(pieces)) == ('#include "A.h"\n' * number if number >= 3 else "")


# -- with a compiler

UNIT = "llvm/lib/Foo/A.cpp"
FILES = {
    UNIT: (
        '#include "A.h"\n#include "llvm/B.h"\n#include "llvm/Once.h"\n#include <cassert>\n#include <vector>\n'
        '#define WANTED 1\n#include "llvm/Twice.inc"\n'
        "int a(int x) { assert(x < 50); return local(x) + b(x) + once(x) + twice1(x); }\n"
    ),
    "llvm/lib/Foo/A.h": "#ifndef A_H\n#define A_H\nstatic int local(int x) { return x + 2; }\n#endif\n",
    "llvm/include/llvm/B.h": (
        "#ifndef B_H\n#define B_H\n#include <vector>\n"
        "inline int b(int x) { std::vector<int> all(x); all.push_back(1); return all.size(); }\n#endif\n"
    ),
    "llvm/include/llvm/Support/ErrorHandling.h": "#pragma once\n",
    "llvm/include/llvm/Once.h": "#pragma once\ninline int once(int x) { return x * 3; }\n",
    "llvm/include/llvm/Twice.inc": "#define JOIN(a, b) a##b\nstatic int twice1(int x) { return x; }\n",
}


class Compiles:
    """A unit of a made-up LLVM, Debian's clang, and the words of each time it was started."""

    def __init__(self, tmp: Path, patch: pytest.MonkeyPatch) -> None:
        real = Debian(Store(default_root()), 19, lambda _text: None).prebuilt()
        base = Side("base", tmp / "base", "b")
        for path, text in FILES.items():
            (base.root / path).parent.mkdir(parents=True, exist_ok=True)
            (base.root / path).write_text(text)
        (tmp / "build").mkdir()
        words = (str(real.cxx), f"--sysroot={real.sysroot}", f"-I{base.root}/llvm/include", "-O1", "-g0")
        line = shlex.join((*words, "-o", "lib/A.o", "-c", str(base.root / UNIT)))
        self.command = CompileCommand(UNIT, line, "lib/CMakeFiles/LLVMA.dir/A.cpp.o")
        self.tmp, self.base = tmp, base
        self.compiler = Compiler(
            Store(tmp / "store"), "graph", tmp / "build", base, enclosure(real), touched=frozenset({UNIT})
        )
        self.started: list[Sequence[str]] = []
        run = process.run

        def noting(argv: Sequence[str], **kwargs: Any) -> process.Completed:
            self.started.append([str(word) for word in argv])
            return run(argv, **kwargs)

        patch.setattr(process, "run", noting)

    def side(self, **files: str) -> tuple[Side, dict[str, str]]:
        """A side that changes files, by the name before the dot."""
        paths = {next(p for p in FILES if Path(p).stem == stem): text for stem, text in files.items()}
        root = self.tmp / f"patched-{len(list(self.tmp.iterdir()))}"
        link_tree(self.base.root, root, paths)
        for path, text in paths.items():
            (root / path).write_text(text)
        return Side("patched", root, root.name), dict.fromkeys(paths, root.name)

    def compile(self, side: Side, changed: dict[str, str], *, plain: bool = False) -> Object:
        """The object; `plain`: in a store of its own, without a preamble."""
        self.started.clear()
        one = self.compiler
        if plain:
            one = replace(one, touched=frozenset(), store=Store(self.tmp / "plain"))
        return one.compile(self.command, side, changed, asserts=True, others=changed)

    @property
    def kinds(self) -> str:
        """What the compiler did: make a preamble, use one, compile without."""
        done = []
        for words in self.started:
            if "c++-header" in words:
                done.append("make")
            elif "-o" in words:
                done.append("use" if "-include-pch" in words else "plain")
        return " ".join(done)


@pytest.fixture
def compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiles:
    return Compiles(tmp_path, monkeypatch)


def needs_a_clang(test: Any) -> Any:
    for mark in (pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.slow):
        test = mark(test)
    return test


@needs_a_clang
def test_objects_are_the_same_with_a_preamble_that_is_made_once(compiles: Compiles) -> None:
    edited = compiles.side(A=FILES[UNIT].replace("+ b(x)", "+ 5 * b(x)"))
    for (side, changed), did in (((compiles.base, {}), "make use"), (edited, "use")):
        ours = compiles.compile(side, changed)
        assert compiles.kinds == did
        theirs = compiles.compile(side, changed, plain=True)
        assert compiles.kinds == "plain"
        assert ours.path.read_bytes() == theirs.path.read_bytes()
        assert ours.dependencies == theirs.dependencies
        assert set(FILES) - {"llvm/include/llvm/Twice.inc"} < ours.dependencies


@needs_a_clang
@pytest.mark.parametrize(
    "files",
    [
        {"B": FILES["llvm/include/llvm/B.h"].replace("push_back(1)", "push_back(2)")},
        {"A": "#include <map>\n" + FILES[UNIT]},
        {"A": FILES[UNIT].replace('#include "llvm/B.h"\n', "int b(int);\n")},
    ],
    ids=["a header changes", "a header more", "a header less"],
)
def test_a_side_that_begins_in_another_way_is_compiled_as_it_is(
    compiles: Compiles, files: dict[str, str]
) -> None:
    compiles.compile(compiles.base, {})
    side, changed = compiles.side(**files)
    ours = compiles.compile(side, changed)
    assert compiles.kinds == "plain"
    theirs = compiles.compile(side, changed, plain=True)
    assert ours.path.read_bytes() == theirs.path.read_bytes()
    assert ours.dependencies == theirs.dependencies


@needs_a_clang
def test_a_preamble_that_the_compiler_refuses_is_not_used(compiles: Compiles) -> None:
    compiles.compile(compiles.base, {})
    header = compiles.base.root / "llvm/include/llvm/B.h"
    os.utime(header, (1, 1))
    side, changed = compiles.side(A=FILES[UNIT].replace("+ b(x)", "+ 5 * b(x)"))
    ours = compiles.compile(side, changed)
    assert compiles.kinds == "use plain"
    theirs = compiles.compile(side, changed, plain=True)
    assert ours.path.read_bytes() == theirs.path.read_bytes()


@needs_a_clang
def test_a_preamble_that_does_not_compile_alone_is_tried_once(compiles: Compiles) -> None:
    header = compiles.base.root / "llvm/include/llvm/B.h"
    header.write_text(
        f'static_assert(__builtin_strcmp(__BASE_FILE__, "<stdin>"), "no");\n{header.read_text()}'
    )
    compiles.compile(compiles.base, {})
    assert compiles.kinds == "make plain"
    side, changed = compiles.side(A=FILES[UNIT].replace("+ b(x)", "+ 5 * b(x)"))
    compiles.compile(side, changed)
    assert compiles.kinds == "plain"


@needs_a_clang
def test_an_error_of_the_patch_is_the_plain_compilers(compiles: Compiles) -> None:
    compiles.compile(compiles.base, {})
    side, changed = compiles.side(A=FILES[UNIT].replace("return local", "retrun local"))
    with pytest.raises(PatchError, match=r"A\.cpp:8: .*retrun"):
        compiles.compile(side, changed)
    assert compiles.kinds == "use plain"


@needs_a_clang
def test_those_used_last_are_kept(compiles: Compiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preamble, "_MOST", 2)
    folder = compiles.compiler.store.root / KIND
    made: list[Path] = []
    command = compiles.command
    for level in range(3):
        compiles.command = replace(command, line=command.line.replace("-O1", f"-O{level}"))
        compiles.compile(compiles.base, {})
        new = [path for path in folder.iterdir() if path not in made]
        made += new
        for path in new:
            os.utime(path, (level, level))
    assert sorted(folder.iterdir()) == sorted(made[1:])
