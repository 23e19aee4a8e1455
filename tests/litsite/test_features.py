"""What LLVM's tools print about themselves, and the features that follow."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.litsite.features import (
    UnknownVersionError,
    extra_options,
    parse_version,
    suite_features,
    version_features,
)

DEBIAN_19 = """\
Debian LLVM version 19.1.7
  Optimized build.
  Default target: x86_64-pc-linux-gnu
  Host CPU: znver4

  Registered Targets:
    aarch64     - AArch64 (little endian)
    aarch64_be  - AArch64 (big endian)
    loongarch64 - 64-bit LoongArch
    ppc64le     - PowerPC 64 LE
    riscv64     - 64-bit RISC-V
    systemz     - SystemZ
    x86         - 32-bit X86: Pentium-Pro and above
    x86-64      - 64-bit X86: EM64T and AMD64
    xtensa      - Xtensa 32
"""

TRUNK = """\
LLVM (http://llvm.org/):
  LLVM version 23.0.0git
  Optimized build with assertions.
  Default target: arm64-apple-darwin24.1.0
  Host CPU: apple-m1

  Registered Targets:
    arm64 - ARM64 (little endian)
    thumb - Thumb
"""


def test_a_release_of_a_distribution() -> None:
    llc = parse_version(DEBIAN_19)
    assert (llc.version, llc.suffix, llc.major) == ("19.1.7", "", 19)
    assert llc.features == {
        "llvm-19",
        *(f"llvm-ge-{n}" for n in range(9, 20)),
        "opaque-pointers",
        "host-x86_64",
        "aarch64-registered-target",
        "loongarch-registered-target",
        "powerpc-registered-target",
        "riscv-registered-target",
        "systemz-registered-target",
        "x86-registered-target",
    }


def test_a_build_of_trunk_with_assertions() -> None:
    llc = parse_version(TRUNK)
    assert (llc.version, llc.suffix) == ("23.0.0", "git")
    assert "asserts" in llc.features
    assert "host-aarch64" in llc.features
    assert {f for f in llc.features if f.endswith("-registered-target")} == {
        "aarch64-registered-target",
        "arm-registered-target",
    }


@pytest.mark.parametrize(
    ("printed", "first"),
    [("", "nothing"), ("\n gcc 12\nmore", "gcc 12"), ("LLVM version x", "LLVM version x")],
)
def test_a_text_without_a_version(printed: str, first: str) -> None:
    with pytest.raises(UnknownVersionError) as error:
        parse_version(printed, "lli")
    assert str(error.value) == f"no LLVM version in what `lli --version` prints: {first}"
    assert error.value.text == printed


@pytest.mark.parametrize(
    ("lli", "has_mcjit"),
    [
        (None, False),
        ("LLVM version 19.1.7\n", True),
        ("LLVM version 19.1.6\n", False),
        ("LLVM version 19.1.7git\n", False),
    ],
)
def test_programs_run_only_in_the_llvm_under_test(lli: str | None, has_mcjit: bool) -> None:
    assert ("mcjit" in suite_features(DEBIAN_19, lli)) is has_mcjit


def test_only_tools_that_tests_may_require_become_features() -> None:
    features = suite_features(DEBIAN_19, tools=frozenset({"llvm-readobj", "clang"}))
    assert "llvm-readobj" in features
    assert "clang" not in features


@pytest.mark.parametrize(
    ("major", "reads_ptr", "options"),
    [(13, False, ()), (14, True, ("-opaque-pointers",)), (15, True, ()), (22, True, ())],
)
def test_which_versions_read_opaque_pointers(major: int, reads_ptr: bool, options: tuple[str, ...]) -> None:
    features = version_features(major)
    assert ("opaque-pointers" in features) is reads_ptr
    assert extra_options(features) == options


@given(st.integers(1, 60))
def test_versions_are_cumulative(major: int) -> None:
    older = {f for f in version_features(major) if f.startswith("llvm-ge-")}
    newer = {f for f in version_features(major + 1) if f.startswith("llvm-ge-")}
    assert newer - older == ({f"llvm-ge-{major + 1}"} if major >= 8 else set())
    assert older <= newer


@given(
    st.lists(st.sampled_from(["LLVM version ", "1", "9", ".", "7", "git", "\n", " ", "x86 - y"])).map("".join)
)
def test_any_text_gives_a_version_or_says_that_there_is_none(text: str) -> None:
    try:
        tool = parse_version(text)
    except UnknownVersionError:
        tool = None
    assert (tool is not None) == bool(re.search(r"\bLLVM version \d+\.\d", text))
    if tool is not None:
        assert tool.version in text
        assert f"llvm-{tool.major}" in tool.features
