"""Compiling one unit: what it reads, what the compiler says, and assertions under NDEBUG."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.builders.depfile import ReadsMoreError, find_names_read
from harness.builders.diagnostics import BaseCompileError
from harness.builders.graph import (
    CompileCommand,
    _same_layouts,
    cmake_flags,
    layout,
    read_config,
)
from harness.builders.jail import Enclosure
from harness.builders.ninja import cmake_errors
from harness.builders.objects import ASSERTIONS, Compiler, missing_headers
from harness.builders.request import CompileError, Diagnostic, Options, Side
from harness.errors import EnvironmentLacksError
from harness.llvm import Prebuilt
from harness.store import Store

SOURCE, BUILD = Path("/s/my source"), Path("/s/my build")


def prebuilt(prefix: Path, cxx: str = "g++") -> Prebuilt:
    return Prebuilt(
        prefix=prefix,
        version="19.1.7",
        cc=Path("gcc"),
        cxx=Path(cxx),
        tblgen=Path("true"),
        bin=prefix,
        sysroot=None,
        libs=None,
        linker="",
        assertions=False,
        identity="p",
        provenance="",
    )


# -- depfiles


def test_a_depfile_with_spaces_and_upward_includes() -> None:
    text = (
        "unit: /s/my\\ source/llvm/lib/A.cpp \\\n /s/my\\ source/llvm/lib/Sub/../B.h \\\n"
        " /s/my\\ build/include/Gen.inc /usr/include/assert.h NotYet.inc \\\n"
    )
    assert find_names_read(text, SOURCE, BUILD) == {
        "llvm/lib/A.cpp",
        "llvm/lib/B.h",
        "build/include/Gen.inc",
        "NotYet.inc",
    }


@given(st.lists(st.text("ab #$.-", min_size=1, max_size=8).filter(lambda n: n.strip(" .")), min_size=1))
def test_names_come_out_of_a_depfile_as_they_went_in(names: list[str]) -> None:
    def escaped(path: str) -> str:
        return path.replace("$", "$$").replace("#", "\\#").replace(" ", "\\ ")

    words = " \\\n ".join(escaped(f"{SOURCE}/llvm/{name}") for name in names)
    assert find_names_read(f"unit: {words}\n", SOURCE, BUILD) == {f"llvm/{name}" for name in names}


def test_a_missing_header_is_looked_up_in_the_include_paths() -> None:
    argv = ("c++", "-I/x/build/lib/Target/X86", "-I/s/llvm/include", "-I/x/build/include", "-c", "A.cpp")
    command = CompileCommand("llvm/lib/Target/X86/A.cpp", shlex.join(argv), "lib/CMakeFiles/X.dir/A.cpp.o")
    generated = frozenset(
        {"lib/Target/X86/X86Gen.inc", "include/llvm/IR/Attributes.inc", "include/X86Gen.inc"}
    )
    found = frozenset({"X86Gen.inc", "llvm/IR/Attributes.inc", "nowhere.h", "llvm/lib/A.cpp", "build/x.inc"})
    assert missing_headers(command, found, generated) == {
        "lib/Target/X86/X86Gen.inc",
        "include/llvm/IR/Attributes.inc",
    }


# -- the compiler's errors


@pytest.fixture
def compiler(tmp_path: Path) -> Compiler:
    (tmp_path / "base/llvm/lib").mkdir(parents=True)
    (tmp_path / "build").mkdir()
    (tmp_path / "base/llvm/lib/A.cpp").write_text("int a() { return 1; }\n")
    base = Side("base", tmp_path / "base", "b")
    return Compiler(
        Store(tmp_path / "store"), "graph", tmp_path / "build", base, Enclosure((("LC_ALL", "C"),))
    )


def command(compiler: Compiler, cxx: str = "g++") -> CompileCommand:
    source = compiler.base.root / "llvm/lib/A.cpp"
    argv = (cxx, "-O0", "-fdiagnostics-color", "-o", "lib/A.o", "-c", str(source))
    return CompileCommand("llvm/lib/A.cpp", shlex.join(argv), "lib/CMakeFiles/LLVMA.dir/A.cpp.o")


def patched(compiler: Compiler, text: str) -> Side:
    root = compiler.base.root.parent / "patched"
    (root / "llvm/lib").mkdir(parents=True)
    (root / "llvm/lib/A.cpp").write_text(text)
    return Side("patched", root, "q")


@pytest.mark.builds
def test_a_compile_error_of_a_patch(compiler: Compiler) -> None:
    side = patched(compiler, "int a() {\n  return 1\n}\nint b() { return y; }\n")
    with pytest.raises(CompileError) as caught:
        compiler.compile(command(compiler), side, {"llvm/lib/A.cpp": "1"}, asserts=False)
    assert caught.value.diagnostics == (
        Diagnostic("llvm/lib/A.cpp", 2, "expected ';' before '}' token"),
        Diagnostic("llvm/lib/A.cpp", 4, "'y' was not declared in this scope"),
    )
    assert str(caught.value).splitlines()[:4] == [
        "llvm/lib/A.cpp does not compile: llvm/lib/A.cpp:2: expected ';' before '}' token",
        "  llvm/lib/A.cpp: In function 'int a()':",
        "  llvm/lib/A.cpp:2:11: error: expected ';' before '}' token",
        "      2 |   return 1",
    ]
    assert not (compiler.store.root / "object").exists() or not any(
        (compiler.store.root / "object").iterdir()
    )


@pytest.mark.builds
def test_a_compile_error_without_the_patch_is_the_machines(compiler: Compiler) -> None:
    (compiler.base.root / "llvm/lib/A.cpp").write_text("#error no\n")
    with pytest.raises(BaseCompileError) as caught:
        compiler.compile(command(compiler), compiler.base, {}, asserts=False)
    assert caught.value.what == (
        "llvm/lib/A.cpp does not compile: llvm/lib/A.cpp:1: #error no (without the patch)"
    )
    assert caught.value.next_step == "the source and the compiler do not fit: see the message"


def test_no_compiler(compiler: Compiler) -> None:
    with pytest.raises(EnvironmentLacksError) as caught:
        compiler.compile(command(compiler, "no-such-c++"), compiler.base, {}, asserts=False)
    assert str(caught.value) == (
        "no-such-c++: not found\nnext: install a C++ compiler, or use --toolchain debian"
    )


@pytest.mark.builds
def test_an_object_that_read_more_than_its_key_says_is_not_kept(compiler: Compiler) -> None:
    side = patched(compiler, '#include "B.h"\nint a() { return B; }\n')
    (side.root / "llvm/lib/B.h").write_text("#define B 1\n")
    one = {"llvm/lib/A.cpp": "1"}
    with pytest.raises(ReadsMoreError) as caught:
        compiler.compile(command(compiler), side, one, asserts=False, others={**one, "llvm/lib/B.h": "2"})
    assert caught.value.paths == {"llvm/lib/B.h"}
    assert not compiler.held(command(compiler), one, asserts=False)
    made = compiler.compile(command(compiler), side, {**one, "llvm/lib/B.h": "2"}, asserts=False, others=one)
    assert made.compiled
    assert made.dependencies == {"llvm/lib/A.cpp", "llvm/lib/B.h"}


# -- assertions

ASSERTS = """\
#include {first}
#include {second}
int main(int argc, char **) {{
  assert(argc == 1 && "one, only");
  {more}
  return 0;
}}
"""


def build(folder: Path, name: str, text: str, *flags: str) -> Path:
    (folder / name).write_text(text)
    driver = "gcc" if name.endswith(".c") else "g++"
    argv = [
        driver,
        "-DNDEBUG",
        "-isystem",
        str(ASSERTIONS),
        "-Wall",
        "-Wextra",
        "-Werror",
        *flags,
        name,
        "-o",
        "out",
    ]
    subprocess.run(argv, cwd=folder, check=True)
    return folder / "out"


@pytest.mark.builds
@pytest.mark.parametrize("headers", [("<assert.h>", "<cassert>"), ("<cassert>", "<assert.h>")])
def test_assert_checks_although_ndebug_is_defined(tmp_path: Path, headers: tuple[str, str]) -> None:
    text = ASSERTS.format(first=headers[0], second=headers[1], more="assert((std_is<int, int>(argc)));")
    text = "template <class A, class B> bool std_is(int n) { return n < 3; }\n" + text
    program = build(tmp_path, "t.cpp", text)
    assert subprocess.run([program], check=False).returncode == 0
    died = subprocess.run([program, "x"], capture_output=True, text=True, check=False)
    assert died.returncode == -6
    assert (
        died.stderr == 'out: t.cpp:5: int main(int, char**): Assertion `argc == 1 && "one, only"\' failed.\n'
    )


@pytest.mark.builds
def test_assert_in_a_c_file(tmp_path: Path) -> None:
    main = "int main(int n, char **v) { (void)v; assert(n == 1); return 0; }\n"
    text = f"#include <assert.h>\n#include <assert.h>\n{main}"
    program = build(tmp_path, "t.c", text)
    died = subprocess.run([program, "x"], capture_output=True, text=True, check=False)
    assert (died.returncode, died.stderr) == (-6, "out: t.c:3: main: Assertion `n == 1' failed.\n")


@pytest.mark.builds
def test_assert_in_a_constant_expression(tmp_path: Path) -> None:
    text = "constexpr int f(int n) { assert(n > 0); return n; }\nstatic_assert(f(1) == 1);\nint main() {}\n"
    build(tmp_path, "t.cpp", f"#include <cassert>\n{text}", "-std=c++17")


# -- cmake


def test_cmakes_own_error_is_shown() -> None:
    text = "-- The C compiler\nCMake Error at CMakeLists.txt:3 (message):\n  no\n"
    assert cmake_errors(text) == "CMake Error at CMakeLists.txt:3 (message):\n  no\n"
    assert cmake_errors("killed") == "killed"
    assert len(cmake_errors("CMake Error " * 1000)) == 2000


def test_the_flags_come_from_the_archives_own_configuration(tmp_path: Path) -> None:
    config = tmp_path / "lib/cmake/llvm/LLVMConfig.cmake"
    with pytest.raises(EnvironmentLacksError) as caught:
        read_config(tmp_path)
    assert caught.value.what == f"{config}: not found"
    config.parent.mkdir(parents=True)
    config.write_text(
        "set(LLVM_ALL_TARGETS AArch64;X86)\nset(LLVM_TARGETS_TO_BUILD X86;Xtensa)\n"
        "set(LLVM_ENABLE_ASSERTIONS OFF)\nset(LLVM_ENABLE_RTTI ON)\nset(LLVM_ENABLE_ZLIB 1)\n"
        'set(LLVM_HOST_TRIPLE "x86_64-pc-linux-gnu")\n'
    )
    flags = cmake_flags(prebuilt(tmp_path), Options(optimize=2))
    assert {
        "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG",
        "-DLLVM_TARGETS_TO_BUILD=X86",
        "-DLLVM_EXPERIMENTAL_TARGETS_TO_BUILD=Xtensa",
        "-DLLVM_ENABLE_ASSERTIONS=OFF",
        "-DLLVM_ENABLE_RTTI=ON",
        "-DLLVM_ENABLE_ZLIB=ON",
        "-DLLVM_HOST_TRIPLE=x86_64-pc-linux-gnu",
        "-DLLVM_ABI_BREAKING_CHECKS=WITH_ASSERTS",
    } <= set(flags)
    assert not any("LLVM_ENABLE_DUMP" in flag for flag in flags)
    write_layout(tmp_path, dump=True)
    assert "-DLLVM_ENABLE_DUMP=ON" in cmake_flags(prebuilt(tmp_path), Options())


def write_layout(top: Path, *, dump: bool, checks: int = 0) -> None:
    """What cmake makes of llvm-config.h.cmake and abi-breaking.h.cmake."""
    folder = top / "include/llvm/Config"
    folder.mkdir(parents=True, exist_ok=True)
    enabled = "#define LLVM_ENABLE_DUMP" if dump else "/* #undef LLVM_ENABLE_DUMP */"
    config = (
        f"#ifndef CONFIG\n{enabled}\n#define LLVM_FORCE_ENABLE_STATS 0\n#define LLVM_USE_PERF 1\n#endif\n"
    )
    (folder / "llvm-config.h").write_text(config)
    (folder / "abi-breaking.h").write_text(f"#define LLVM_ENABLE_ABI_BREAKING_CHECKS {checks}\n")


def test_layouts_are_read_from_headers(tmp_path: Path) -> None:
    assert layout(tmp_path) == {}
    write_layout(tmp_path, dump=True)
    known = {"LLVM_FORCE_ENABLE_STATS": "OFF", "LLVM_ENABLE_ABI_BREAKING_CHECKS": "OFF"}
    assert layout(tmp_path) == {"LLVM_ENABLE_DUMP": "ON", **known}
    write_layout(tmp_path, dump=False)
    assert layout(tmp_path) == {"LLVM_ENABLE_DUMP": "OFF", **known}


def test_archives_of_other_layouts_are_refused(tmp_path: Path) -> None:
    write_layout(tmp_path / "prefix", dump=True, checks=1)
    write_layout(tmp_path / "build", dump=True, checks=1)
    _same_layouts(prebuilt(tmp_path / "prefix"), tmp_path / "build")
    write_layout(tmp_path / "build", dump=False)
    with pytest.raises(EnvironmentLacksError) as caught:
        _same_layouts(prebuilt(tmp_path / "prefix"), tmp_path / "build")
    assert str(caught.value) == (
        f"{tmp_path}/prefix: the archives' layouts are not those of the source: "
        "LLVM_ENABLE_DUMP is OFF, not ON; LLVM_ENABLE_ABI_BREAKING_CHECKS is OFF, not ON\n"
        "next: use --builder full, or archives that were configured otherwise"
    )
