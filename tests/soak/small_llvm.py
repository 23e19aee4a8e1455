"""The miniature LLVM as the command line takes one: a prefix, a checkout of its source, a suite, a patch."""

from __future__ import annotations

import difflib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.command import SUITE_CONFIG
from tests.miniature import build_release, write_tree

_TESTS = 12
_VERSION = "set(LLVM_VERSION_MAJOR 19)\nset(LLVM_VERSION_MINOR 1)\nset(LLVM_VERSION_PATCH 7)\n"
_SAYS = """\
  if (argc > 1 && !std::strcmp(argv[1], "--version"))
    return std::puts("LLVM version 19.1.7") < 0;
"""
_A = "llvm/lib/Foo/A.cpp"


@dataclass(frozen=True)
class SmallLlvm:
    """Where its parts are. With the patch every test of the suite passes, without it none does."""

    prefix: Path
    source: Path
    suite: Path
    patch: Path

    @property
    def arguments(self) -> list[str]:
        """What `harness check` is given."""
        places = ("--prefix", self.prefix, "--source", self.source, "--suite", self.suite)
        return [*map(str, places), "--all", str(self.patch)]


def make_small_llvm(top: Path) -> SmallLlvm:
    """Build it in a folder."""
    source, suite, patch = top / "source", top / "suite", top / "more.patch"
    source.mkdir()
    write_tree(source)
    (source / "cmake/Modules").mkdir(parents=True, exist_ok=True)
    (source / "cmake/Modules/LLVMVersion.cmake").write_text(_VERSION)
    for tool in ("llc", "lli"):
        path = source / f"llvm/tools/{tool}/{tool}.cpp"
        head, _, body = path.read_text().partition("int main(")
        body = f"int main(int argc, char **argv) {{\n{_SAYS}{body.partition('{')[2]}"
        path.write_text(f"#include <cstring>\n{head}{body}")
    mine = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (["init", "-q"], ["add", "."], [*mine, "commit", "-q", "-m", "base"]):
        subprocess.run(["git", *words], cwd=source, check=True)
    prefix = build_release(source, top)
    shutil.copytree(top / "release/bin", prefix / "bin", symlinks=True)
    before = (source / _A).read_text()
    after = before.replace("x + DEEP", "x + DEEP + 1")
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{_A}", f"b/{_A}"
    )
    patch.write_text("".join(lines))
    suite.mkdir()
    (suite / "lit.cfg.py").write_text(SUITE_CONFIG)
    for number in range(_TESTS):
        text = f"; RUN: llc {number} | FileCheck %s\n; CHECK: {number + 101} {number + 5}\n"
        (suite / f"{number}.ll").write_text(text)
    return SmallLlvm(prefix, source, suite, patch)
