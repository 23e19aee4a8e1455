"""A test that is not marked for it can neither run a real LLVM nor compile."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness import process
from harness.runner.gate import llvm_name
from tests.guard.plugin import without_llvm

pytestmark = pytest.mark.slow

# What a test does, and the marker that it needs.
DOES = {
    "store": ("process.run([STORE / 'debian/x/bin/llc', '--version'])", "needs_llvm"),
    "fetched": ("(STORE / 'debian/none').open()", "needs_llvm"),
    "system": ("process.run(['/usr/lib/llvm-19/bin/opt'])", "needs_llvm"),
    "wheel": ("write_tools(place); process.run([place / 'llc', '--version'])", "needs_llvm"),
    "server": ("with serve(place): pass", "needs_llvm"),
    "below": (
        "process.run([sys.executable, '-c', f'import subprocess; subprocess.run([\"{STORE}/llc\"])'])",
        "needs_llvm",
    ),
    "compiler": ("process.run(['gcc', '-c', 'none.c'])", "builds"),
    "cmake": ("process.run(['cmake', '-S', 'none'])", "builds"),
    "version": ("process.run(['gcc', '--version'])", ""),
    "jailed": ("process.ask(['gcc', '-c', 'none.c'])", "builds"),
    "stand_in": ("process.run([script(place / 'llc')])", ""),
}
HEAD = """\
import contextlib, os, sys
from pathlib import Path
import pytest
from harness import process
from harness.toolchain.wheel.library import serve, write_tools

STORE = Path(os.environ["TESTS_REAL_STORE"])

def script(path):
    path.write_text("#!/bin/sh\\n")
    path.chmod(0o755)
    return path
"""
TEST = """
{mark}
def test_{name}(tmp_path):
    place = tmp_path
    with contextlib.suppress(Exception):
        {does}
"""


def test_a_test_that_is_not_marked_fails(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    """Whatever it makes of the exception. The same test passes with its marker, or where it needs none."""
    plain = [TEST.format(name=name, does=does, mark="") for name, (does, _) in DOES.items()]
    marked = [
        TEST.format(name=f"{name}_marked", does=does, mark=f"@pytest.mark.{marker}")
        for name, (does, marker) in DOES.items()
        if marker
    ]
    file = tmp_path / "test_it.py"
    file.write_text("".join([HEAD, *plain, *marked]))
    options = ("-p", "tests.guard.plugin", "-n", "0", "-c", "pyproject.toml", "--rootdir", ".", "-rA")
    words: list[str | Path] = [sys.executable, "-m", "pytest", *options, file]
    ran = process.run(words, cwd=pytestconfig.rootpath, env={"COLUMNS": "1000"})
    lines = [line for line in ran.stdout.decode().splitlines() if "::test_" in line]
    told = {line.split("::test_")[1].split()[0]: line.split()[0] for line in lines}
    expected = {name: "FAILED" if marker else "PASSED" for name, (_, marker) in DOES.items()}
    assert told == expected | {f"{name}_marked": "PASSED" for name, (_, marker) in DOES.items() if marker}
    for name, (_, marker) in DOES.items():
        said = [line for line in lines if f"::test_{name} " in line]
        assert all(f"not marked {marker}" in line for line in said) or not marker, said


def test_a_test_that_is_not_marked_sees_no_llvm_of_the_machine(tmp_path: Path) -> None:
    assert [name for folder in os.get_exec_path() for name in names(folder) if llvm_name(name)] == []
    for name in ("all/opt-14", "all/llvm-mc", "all/sed", "none/sed", "none/sort"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "again").symlink_to("all")
    given = [tmp_path / name for name in ("none", "all", "gone", "again")]
    none, rest = without_llvm(os.pathsep.join(map(str, given))).split(os.pathsep)
    assert none == str(tmp_path / "none")
    assert names(rest) == ["sed"]
    assert Path(rest, "sed").samefile(tmp_path / "all/sed")


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).glob("*"))
