"""Assertions as an overlay has them, compiled by the release's compiler: message, trace, and code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import process
from harness.builders.objects import ASSERTIONS
from harness.builders.same import NO_LINES
from harness.store import Store, default_root
from harness.toolchain.debian import packages

pytestmark = [pytest.mark.builds, pytest.mark.needs_llvm]

TEXT = r"""#include <cassert>
#include <assert.h>
#include <execinfo.h>
#include <signal.h>
#include <dlfcn.h>
static void trace(int) {
  void *at[32];
  Dl_info info;
  for (int n = 0, end = backtrace(at, 32); n < end; ++n)  // a call that never returns may be the last
    if (dladdr(static_cast<char *>(at[n]) - 1, &info) && info.dli_sname) dprintf(2, "%s\n", info.dli_sname);
  _exit(7);
}
namespace llvm {
[[noreturn]] void llvm_unreachable_internal(const char *message, const char *file, unsigned line) {
  dprintf(2, "%s\nUNREACHABLE executed at %s:%u!\n", message, file, line);
  abort();
}
}
constexpr int least(int n) { assert(n > 0 && "a number"); return n; }
static_assert(least(1) == 1);
template <class T> struct Box { T content; [[gnu::noinline]] T &get(int n); };
template <class T> T &Box<T>::get(int n) { assert(n < 3); return content; }
[[gnu::noinline]] int kind(int n) { if (n == 9) llvm_unreachable("no such kind"); return n; }
int main(int argc, char **) {
  signal(SIGABRT, trace);
  Box<int> box{};
  return box.get(argc) + kind(argc + 7) + least(argc - 1) > 99;
}
"""
ERRORS = """#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
namespace llvm {
[[noreturn]] void llvm_unreachable_internal(const char *message = nullptr, const char *file = nullptr,
                                            unsigned line = 0);
}
"""
Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    prebuilt = packages.prebuilt(Store(default_root()), 19, lambda _text: None)
    header = tmp_path / "llvm/Support/ErrorHandling.h"
    header.parent.mkdir(parents=True)
    header.write_text(ERRORS)

    def run(text: str, *flags: str) -> Path:
        (tmp_path / "t.cpp").write_text(text)
        argv = [prebuilt.cxx, f"--sysroot={prebuilt.sysroot}", "-isystem", ASSERTIONS, "-I."]
        argv += ["-include", ASSERTIONS / "abort_on_unreachable.h", "-fno-optimize-sibling-calls"]
        argv += ["-DNDEBUG", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fno-exceptions"]
        done = process.run([*map(str, argv), *flags, "t.cpp", "-o", "out"], cwd=tmp_path)
        assert done.ok, done.stderr.decode()
        return tmp_path / "out"

    return run


def failure(program: Path, *args: str) -> list[str]:
    """What a program says that dies: its message, then the names of the functions on its stack."""
    done = process.run([str(program), *args])
    assert done.returncode == 7
    return done.stderr.decode().splitlines()


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2"])
@pytest.mark.parametrize("standard", ["-std=c++17", "-std=c++20"])
def test_assertions_say_what_llvms_say_and_leave_no_frame(build: Build, level: str, standard: str) -> None:
    program = build(TEXT, level, standard, "-rdynamic")
    line = TEXT[: TEXT.index("assert(n < 3)")].count("\n") + 1
    said = failure(program, "x", "y", "z")
    message = "T &Box<int>::get(int) [T = int]: Assertion `n < 3' failed."
    assert said[0] == f"out: t.cpp:{line}: {message}"
    named = [one for one in said[1:] if one.startswith("_Z") or one == "main"]
    assert named[-2:] == ["_ZN3BoxIiE3getEi", "main"]
    assert not [one for one in named if "patch_harness" in one]
    said = failure(program, "x")
    assert said[:2] == ["no such kind", f"UNREACHABLE executed at t.cpp:{line + 1}!"]
    assert [one for one in said[2:] if one == "main" or "kind" in one] == ["_Z4kindi", "main"]
    assert not [one for one in said if "patch_harness" in one]


def test_places_can_be_left_out(build: Build) -> None:
    """Objects are compared so where a line more would make all of them differ."""
    with_place = build(TEXT, "-c").read_bytes()
    assert with_place != build(f"\n{TEXT}", "-c").read_bytes()
    without = build(TEXT, "-c", *NO_LINES).read_bytes()
    assert without == build(f"\n{TEXT}", "-c", *NO_LINES).read_bytes()


def test_the_preprocessors_text_has_no_lines(build: Build) -> None:
    text = build(TEXT, "-E", "-P", *NO_LINES).read_text()
    assert text == build(f"\n\n{TEXT}", "-E", "-P", *NO_LINES).read_text()
    assert "__assert_fail" in text
