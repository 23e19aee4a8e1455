"""Unit tests that a series changes: compiled, and run where they link by themselves. The miniature LLVM."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from harness.builders.request import CompileError

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = pytest.mark.xdist_group("miniature")
ONE, TWO = (f"llvm/unittests/Foo/{name}Test.cpp" for name in ("One", "Two"))
PROGRAM, COMMAND = "unittests/Foo/FooTests", "unittests-Foo-FooTests"


def test_a_touched_unit_test_is_run_by_itself(miniature: Miniature) -> None:
    """Neither the other tests of its program nor what they need are compiled."""
    base, patched = miniature.build({ONE: miniature.text(ONE).replace("a(1) == 101", "a(1) == 102")})
    assert base.units == patched.units == (ONE,)
    assert base.unit_tests == patched.unit_tests == (PROGRAM,)
    assert (patched.unjudged, patched.stale) == ((), ())
    codes = [subprocess.run([side.tools[COMMAND]], check=False).returncode for side in (base, patched)]
    assert codes == [0, 1]


def test_a_unit_test_is_run_on_the_patched_library(miniature: Miniature) -> None:
    path = "llvm/lib/Foo/A.cpp"
    files = {ONE: miniature.text(ONE) + "// one\n", path: miniature.text(path).replace("DEEP", "99")}
    base, patched = miniature.build(files)
    codes = [subprocess.run([side.tools[COMMAND]], check=False).returncode for side in (base, patched)]
    assert codes == [0, 1]


def test_one_that_needs_others_is_compiled_and_not_run(miniature: Miniature) -> None:
    base, patched = miniature.build({TWO: miniature.text(TWO) + "// two\n"})
    assert base.unit_tests == patched.unit_tests == ()
    assert (
        base.unjudged
        == patched.unjudged
        == (f"{TWO}: compiled, not run: it does not link without other unit tests",)
    )


def test_one_that_does_not_compile_is_the_patchs_error(miniature: Miniature) -> None:
    with pytest.raises(CompileError) as caught:
        miniature.build({TWO: "#error of a unit test\n"})
    assert caught.value.what.startswith(f"{TWO} does not compile: {TWO}:1: ")


def test_one_that_the_build_does_not_know_is_named(miniature: Miniature) -> None:
    path = "llvm/unittests/Foo/OffTest.cpp"
    _, patched = miniature.build({path: "anything"})
    assert patched.unjudged == (f"{path}: not in the build of this LLVM",)
