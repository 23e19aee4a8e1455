"""A miniature LLVM, shaped like the real one, so that overlays can be built in seconds with real tools."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.builders.overlay import Overlay
from harness.builders.request import Built, Options, Side
from harness.llvm import Prebuilt, Release, SourceTree
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.store import Store, digest
from harness.toolchain.source.tree import link_tree

MINIATURE = {
    "llvm/CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.13)
project(LLVM C CXX)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
include_directories(${CMAKE_BINARY_DIR}/include ${CMAKE_SOURCE_DIR}/include)
foreach(name Gen Outer Extra)
  set(places ${CMAKE_SOURCE_DIR}/lib/Foo)
  set(input ${places}/${name}.td)
  add_custom_command(OUTPUT include/llvm/${name}.inc
    COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/tblgen.sh ${places} ${input} include/llvm/${name}.inc
      -d include/llvm/${name}.inc.d
    DEPENDS ${input} ${places}/Part.td)
endforeach()
add_custom_target(gen DEPENDS include/llvm/Gen.inc include/llvm/Outer.inc include/llvm/Extra.inc)
add_subdirectory(lib/Foo)
add_subdirectory(tools/llc)
add_subdirectory(tools/lli)
add_subdirectory(tools/opt)
add_subdirectory(tools/llvm-driven)
add_subdirectory(utils/TableGen)
if(LLVM_INCLUDE_TESTS)
  add_subdirectory(../third-party/unittest third-party/unittest)
  add_subdirectory(unittests)
endif()
""",
    # Stands for gtest; no release has it.
    "third-party/unittest/CMakeLists.txt": "add_library(llvm_gtest_main STATIC main.cpp)\n",
    "third-party/unittest/main.cpp": "int failed;\nint main() { return failed; }\n",
    "llvm/unittests/CMakeLists.txt": "add_subdirectory(Foo)\n",
    "llvm/unittests/Foo/CMakeLists.txt": """\
add_executable(FooTests OneTest.cpp TwoTest.cpp Helper.cpp)
target_link_libraries(FooTests LLVMFoo llvm_gtest_main)
set_target_properties(FooTests PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
""",
    "llvm/unittests/Foo/OneTest.cpp": """\
#include "llvm/Foo.h"
#include "One.h"
extern int failed;
static int one = failed += !(a(1) == 101);
""",
    "llvm/unittests/Foo/One.h": "",
    "llvm/unittests/Foo/TwoTest.cpp": """\
int helped();
extern int failed;
static int two = failed += helped();
""",
    "llvm/unittests/Foo/Helper.cpp": "int helped() { return 0; }\n",
    "llvm/unittests/Foo/OffTest.cpp": "",
    # Stands for llvm-tblgen: takes in what is included, drops comments, and stops at a line `error`.
    "llvm/cmake/tblgen.sh": """\
expand() {
  printf ' %s' "$(printf %s "$1" | sed 's/ /\\\\ /g')" >> "$depfile"
  while read -r word rest; do
    case $word in
    include) expand "$places/$(echo "$rest" | tr -d '"')" ;;
    error) echo "$1:1:1: error: $rest" >&2; exit 1 ;;
    //*) ;;
    *) echo "$word $rest" ;;
    esac
  done < "$1"
}
places=$1
depfile=$5
printf '%s:' "$3" > "$depfile"
expand "$2" > "$3"
""",
    "llvm/utils/TableGen/CMakeLists.txt": "add_executable(llvm-tblgen tblgen.cpp)\n",
    "llvm/utils/TableGen/tblgen.cpp": "int main() { return 0; }\n",
    "llvm/lib/Foo/CMakeLists.txt": """\
add_library(LLVMFoo STATIC A.cpp B.cpp C.cpp Support.cpp plain.c)
add_dependencies(LLVMFoo gen)
add_library(LLVMOther STATIC Other.cpp Even.cpp)
file(WRITE ${CMAKE_BINARY_DIR}/include/llvm/Support/Extension.def "")
""",
    "llvm/tools/llc/CMakeLists.txt": "add_executable(llc llc.cpp)\ntarget_link_libraries(llc LLVMFoo)\n",
    "llvm/tools/lli/CMakeLists.txt": "add_executable(lli lli.cpp)\ntarget_link_libraries(lli LLVMFoo)\n",
    "llvm/tools/opt/CMakeLists.txt": "add_executable(opt opt.cpp)\ntarget_link_libraries(opt LLVMOther)\n",
    # As GENERATE_DRIVER does it: cmake writes `main`; one program has two names; a library is in no release.
    "llvm/tools/llvm-driven/CMakeLists.txt": """\
configure_file(main.in llvm-driven-driver.cpp)
add_library(LLVMPrivate STATIC Private.cpp)
add_executable(llvm-driven llvm-driven.cpp ${CMAKE_CURRENT_BINARY_DIR}/llvm-driven-driver.cpp)
target_link_libraries(llvm-driven LLVMPrivate LLVMOther)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/bin/llvm-alias DEPENDS llvm-driven
  COMMAND ${CMAKE_COMMAND} -E create_symlink llvm-driven ${CMAKE_BINARY_DIR}/bin/llvm-alias)
add_custom_target(alias ALL DEPENDS ${CMAKE_BINARY_DIR}/bin/llvm-alias)
""",
    "llvm/tools/llvm-driven/main.in": """\
#include "llvm/Driver.h"
int llvm_driven_main();
int main() { return llvm_driven_main() + DRIVER; }
""",
    "llvm/tools/llvm-driven/llvm-driven.cpp": """\
#include <cstdio>
int other(), own();
int llvm_driven_main() { std::printf("%d %d\\n", other(), own()); return 0; }
""",
    "llvm/tools/llvm-driven/Private.cpp": "int own() { return 1; }\n",
    "llvm/include/llvm/Driver.h": "#pragma once\n#define DRIVER 0\n",
    "llvm/include/llvm/Support/ErrorHandling.h": """\
#ifndef LLVM_SUPPORT_ERRORHANDLING_H
#define LLVM_SUPPORT_ERRORHANDLING_H
namespace llvm {
[[noreturn]] void llvm_unreachable_internal(const char *msg, const char *file, unsigned line);
}
#ifdef NDEBUG
#define llvm_unreachable(msg) __builtin_unreachable()
#else
#define llvm_unreachable(msg) ::llvm::llvm_unreachable_internal(msg, __FILE__, __LINE__)
#endif
#endif
""",
    "llvm/include/llvm/Foo.h": """\
#include "llvm/Deep.h"
int a(int), b(int), c(int);
extern "C" int plain(int);
""",
    "llvm/include/llvm/Deep.h": "#pragma once\n#define DEEP 100\n",
    "llvm/include/llvm/Used.h": "#pragma once\n#define USED 7\n",
    # As in RuntimeDyld/Targets: an include that goes up.
    "llvm/lib/Foo/Local.h": "#pragma once\n#define LOCAL 1\n",
    "llvm/lib/Foo/Sub/Up.h": '#include "../Local.h"\n',
    "llvm/lib/Foo/Gen.td": 'include "Part.td"\ninclude "Rest.def"\n',
    "llvm/lib/Foo/Rest.def": "",
    "llvm/lib/Foo/Part.td": "#define GENERATED 5\n",
    "llvm/lib/Foo/Extra.td": 'include "Part.td"\n',  # what no unit reads
    "llvm/lib/Foo/Outer.td": '#include "Gen.inc"\n',
    "llvm/lib/Foo/A.cpp": """\
#include "llvm/Foo.h"
#include <cassert>
int a(int x) {
  assert(x < 50 && "x is small");
  return x + DEEP;
}
""",
    "llvm/lib/Foo/B.cpp": """\
#include "llvm/Foo.h"
#include "llvm/Gen.inc"
#include "llvm/Support/ErrorHandling.h"
int b(int x) {
  if (x > 60)
    llvm_unreachable("x is too large");
  return x + GENERATED;
}
""",
    # Not armable: its assertion names what is declared only without NDEBUG.
    "llvm/lib/Foo/C.cpp": """\
#include "llvm/Foo.h"
#include "Sub/Up.h"
#include <assert.h>
#include "part.c"
#ifndef NDEBUG
static int checked = 1;
#endif
int c(int x) {
  assert(checked);
  return x + LOCAL + part();
}
""",
    "llvm/lib/Foo/part.c": "static int part() { return 2; }\n",
    "llvm/lib/Foo/Nobody.h": "",
    "llvm/lib/Foo/unused.c": "",  # of a part that is not built
    "llvm/lib/Foo/plain.c": "int plain(int x) { return x; }\n",
    "llvm/lib/Foo/table.txt": "#define TABLE 4\n",
    "llvm/lib/Foo/Support.cpp": """\
#include "table.txt"
#include "llvm/Support/ErrorHandling.h"
#include <cstdio>
#include <cstdlib>
void llvm::llvm_unreachable_internal(const char *msg, const char *file, unsigned line) {
  std::fprintf(stderr, "%s\\nUNREACHABLE executed at %s:%u!\\n", msg, file, line);
  std::abort();
}
""",
    "llvm/lib/Foo/Other.cpp": """\
#include "llvm/Used.h"
#include "llvm/Support/Extension.def"
int other() { return USED; }
""",
    "llvm/lib/Foo/Even.cpp": "",
    "llvm/tools/llc/llc.cpp": """\
#include "llvm/Foo.h"
#include <cstdio>
#include <cstdlib>
int main(int, char **argv) {
  int x = std::atoi(argv[1]);
  std::printf("%d %d %d %d\\n", a(x), b(x), c(x), plain(x));
}
""",
    "llvm/tools/lli/lli.cpp": """\
#include "llvm/Foo.h"
#include <cstdio>
int main() { std::printf("%d\\n", a(1)); }
""",
    "llvm/tools/opt/opt.cpp": """\
#include <cstdio>
int other();
int main() { std::printf("%d\\n", other()); }
""",
}
CONFIG = """\
set(LLVM_PACKAGE_VERSION 19.1.7)
set(LLVM_ALL_TARGETS X86)
set(LLVM_TARGETS_TO_BUILD X86)
set(LLVM_ENABLE_ASSERTIONS OFF)
"""


@dataclass(frozen=True)
class Miniature:
    """The tiny LLVM: its base source in a store, its release's archives, and how to patch it."""

    store: Store
    base: Side
    prebuilt: Prebuilt
    scratch: Path

    @property
    def release(self) -> Release:
        """The archives and the source they are made from."""
        source = SourceTree(self.base.root, self.prebuilt.version, self.base.identity, "a miniature")
        return Release(self.prebuilt, source)

    def overlay(self, *changes: tuple[str, str], options: Options | None = None) -> Overlay:
        """An overlay for (path, kind) changes."""
        made = [Change(path, ChangeKind(kind)) for path, kind in changes]
        return Overlay(self.store, self.release, made, options or Options(), Silent())

    def patched(self, files: Mapping[str, str]) -> tuple[Side, dict[str, str]]:
        """A side whose `files` have other content, and the digests of it."""
        identity = digest(*(f"{path}={text}" for path, text in sorted(files.items())))
        root = self.scratch / identity
        if not root.exists():
            link_tree(self.base.root, root, files)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
        return Side("patched", root, identity), {path: digest(text) for path, text in files.items()}

    def build(self, files: Mapping[str, str], options: Options | None = None) -> tuple[Built, Built]:
        """Base and patched tools of the series that changes `files`."""
        kinds = [(p, "modified" if (self.base.root / p).exists() else "added") for p in files]
        overlay = self.overlay(*kinds, options=options)
        return overlay.build(self.base, {}), overlay.build(*self.patched(files))

    def text(self, path: str) -> str:
        """A file of the base."""
        return (self.base.root / path).read_text()


def write_tree(root: Path) -> None:
    """Write the miniature's source."""
    for name, text in MINIATURE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def build_release(root: Path, top: Path) -> Path:
    """The prefix of a release of this source: its archives, with NDEBUG. Its tools are in release/bin."""
    prefix, release = top / "prefix", top / "release"
    configure = ["cmake", "-G", "Ninja", "-S", str(root / "llvm"), "-B", str(release)]
    subprocess.run(
        [*configure, "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(["ninja", "-C", release, "-j2"], check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(
        release / "lib", prefix / "lib", ignore=shutil.ignore_patterns("Foo", "cmake", "*Private*")
    )
    (prefix / "lib/cmake/llvm").mkdir(parents=True)
    (prefix / "lib/cmake/llvm/LLVMConfig.cmake").write_text(CONFIG)
    return prefix


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    """The miniature, its archives built as a release: with NDEBUG."""
    # A space in every path, as in a home directory that has one.
    top = tmp_path_factory.mktemp("mini ature")
    store = Store(top / "store")
    root = store.make("source", "base", write_tree)
    prefix = build_release(root, top)
    prebuilt = Prebuilt(
        prefix=prefix,
        version="19.1.7",
        cc=Path("/usr/bin/gcc"),
        cxx=Path("/usr/bin/g++"),
        tblgen=Path("/bin/true"),
        bin=prefix / "bin",
        sysroot=None,
        libs=None,
        linker="",
        assertions=False,
        identity="miniature",
        provenance="a miniature",
    )
    return Miniature(store, Side("base", root, "base"), prebuilt, top / "patched")
