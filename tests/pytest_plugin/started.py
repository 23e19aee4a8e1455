"""pytest, started as a user does, on a suite of a made-up LLVM: a prefix whose `llc` is a script."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.process import Limits

LIMITS = Limits(wall=300, cpu=0, memory=0, output=0)
VERSION = "LLVM (http://llvm.org/):\n  LLVM version 19.1.7\n  Optimized build.\n  Registered Targets:\n"
# An llc that does what its first argument says.
LLC = f"""\
#!/bin/sh
case "$1" in
--version) printf '%s' '{VERSION}' ;;
die)
  echo "llc: /build/llvm/lib/IR/Type.cpp:12: int f(): Assertion \\`N > 0' failed." >&2
  kill -ABRT $$ ;;
*) echo "$1" ;;
esac
"""
CONFIG = """\
import lit.formats
config.name = "made up"
config.test_format = lit.formats.ShTest()
config.suffixes = [".test", ".py"]
config.excludes = ["lit.cfg.py"]
"""
TESTS = {
    "build/deep.test": "RUN: llc ret | FileCheck %s\nCHECK: ret\n",
    "dies.test": "A comment.\nRUN: llc ret\nRUN: llc \\\nRUN:   die | FileCheck %s\nCHECK: ret\n",
    "expected.test": "RUN: llc ret | FileCheck %s\nCHECK: nop\nXFAIL: *\n",
    "fails.test": "RUN: llc ret | FileCheck %s\nCHECK: nop\n",
    "no-answer.test": "nothing runs\n",
    "passes.test": "RUN: llc ret | FileCheck %s\nCHECK: ret\n",
    "test_of_lit.py": "# RUN: llc ret | FileCheck %s\n# CHECK: ret\n",
    "unexpected.test": "RUN: llc ret\nXFAIL: *\n",
    "unsupported.test": "RUN: llc ret\nREQUIRES: nothing-has-this\n",
    "without-opt.test": "RUN: opt ret\n",
}


@dataclass(frozen=True)
class Ended:
    """How a pytest ended, and what it wrote."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def listed(self, word: str) -> list[str]:
        """The ids that `-rA` lists with this outcome."""
        return sorted(
            line.removeprefix(f"{word} ").split(" - ")[0]
            for line in self.lines
            if line.startswith(f"{word} ")
        )


def run_pytest(folder: Path, *args: str | Path, env: Mapping[str, str | None] | None = None) -> Ended:
    """A pytest of its own in a folder, without the settings of the one that runs this test."""
    mine = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID")
    changes: dict[str, str | None] = {**dict.fromkeys(mine), "NO_COLOR": "1", "COLUMNS": "300", "CI": None}
    argv = [sys.executable, "-m", "pytest", *map(str, args)]
    done = process.run(argv, cwd=folder, env={**changes, **(env or {})}, limits=LIMITS)
    return Ended(done.returncode, done.text)


def make_suite(root: Path, tests: Mapping[str, str] = TESTS) -> Path:
    """A suite of these tests, with the five lines of configuration that lit wants."""
    root.mkdir()
    (root / "lit.cfg.py").write_text(CONFIG)
    for name, text in tests.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def make_prefix(prefix: Path) -> Path:
    """A prefix of the made-up LLVM."""
    (prefix / "bin").mkdir(parents=True)
    llc = prefix / "bin/llc"
    llc.write_text(LLC)
    llc.chmod(0o755)
    return prefix


def failures(text: str) -> str:
    """The reports on failures of what pytest wrote."""
    lines = text.splitlines(keepends=True)
    begin = next(n for n, line in enumerate(lines) if " FAILURES " in line)
    end = next(n for n, line in enumerate(lines) if n > begin and line.startswith("====="))
    return re.sub("_{3,}", "___", "".join(lines[begin + 1 : end]))


def without(text: str, folder: Path) -> str:
    """A text without the name of a folder of this run."""
    return text.replace(os.fspath(folder), "FOLDER")
