"""What LLVM's tools of a test wrote: a digest that only a difference of theirs changes, and the texts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.llvm import Toolchain
from harness.model import Outcome, TestResult
from harness.process.jail import python_paths
from harness.progress import Silent
from harness.runner import runs
from harness.runner.outputs import find_files, hide, sort_names
from harness.runner.runs import Suite
from tests.runner.test_program import CONFIG

FOLDERS = st.lists(st.text("ab/", min_size=1, max_size=6).map("/".__add__), max_size=4)


@given(FOLDERS, st.text("ab/ ", max_size=40).map(str.encode))
def test_no_folder_is_left(folders: list[str], text: bytes) -> None:
    """And what stands for one folder is never a part of another."""
    names = sort_names(dict.fromkeys(folders, "%t"))
    found = hide(text, names)
    assert not any(folder in found for folder, _ in names)
    assert [len(folder) for folder, _ in names] == sorted((len(f) for f, _ in names), reverse=True)


def test_a_folder_in_another_has_its_own_name() -> None:
    names = sort_names({"/run": "%run", "/run/out": "%t", "": "%nothing", "/": "%root"})
    assert hide(b"/run/out/a.o /run/b /c", names) == b"%t/a.o %run/b /c"


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("-o a.o x.ll", ["a.o"]),
        ("--output=a.o", ["a.o"]),
        ("-o", [""]),
        ("-dwo=/t/a.dwo /t/in.o -oops b", ["/t/a.dwo", "/t/in.o"]),
        ("-O2 -mtriple=x86_64 %s", []),
    ],
)
def test_the_files_that_a_command_line_names(line: str, files: list[str]) -> None:
    assert list(find_files(line.split(), "/t")) == files


# An llc that writes `word` where its arguments say, and its own path, which is another in each run.
LLC = f"""\
#!{sys.executable} -S
import os, sys
if sys.argv[1] == "--version":
    print("LLVM version 19.1.7")
elif sys.argv[1] == "die":
    sys.stderr.write("llc: /s/lib/A.cpp:7: void f(): Assertion `WORD' failed.\\n")
    sys.stderr.write(f" #0 {{id(sys):#x}} {{os.getpid()}}\\n")
    sys.stderr.flush()
    os.abort()
elif sys.argv[1] == "random":
    print(os.urandom(16).hex())
else:
    streams = {{"err": sys.stderr, "out": sys.stdout}}
    out = streams.get(sys.argv[1]) or open(sys.argv[2], "w")
    out.write(f"WORD {{sys.argv[0]}} {{os.getcwd()}}\\n")
"""
TESTS = {
    "dies": "not --crash llc die 2>&1 | FileCheck %s --check-prefix=WHY\nWHY: Assertion",
    "file": "llc -o %t",
    "no-tool": "true",
    "random": "llc random",
    "pipe": "llc out | grep -c llc | FileCheck %s\nCHECK: 1",
    "redirected": "llc out > %t.s && llc err 2> %t.err",
    "stderr": "llc err",
    "stdout": "llc out",
    "to-filecheck": "llc out | FileCheck %s\nCHECK: llc",
}


def suite(tmp_path: Path) -> Suite:
    root = tmp_path / "suite"
    root.mkdir()
    (root / "lit.cfg.py").write_text(CONFIG)
    for name, line in TESTS.items():
        (root / f"{name}.test").write_text(f"RUN: {line}\n")
    return Suite(root, 2)


def llc(folder: Path, word: str) -> Toolchain:
    folder.mkdir()
    (folder / "llc").write_text(LLC.replace("WORD", word))
    (folder / "llc").chmod(0o755)
    (folder / "not").symlink_to("/bin/false")  # never run (program.py), but lit looks for it
    tools = {name: folder / name for name in ("llc", "not")}
    return Toolchain(word, "19.1.7", tools, "made here", f"{folder} {word}", homes=python_paths())


@pytest.mark.slow
def test_a_digest_is_of_what_the_tools_write(tmp_path: Path) -> None:
    """Wherever the tools, the run and the test are; one that prints what is random is another matter."""
    mine = suite(tmp_path)
    sides = [
        llc(tmp_path / place, word) for place, word in (("a", "old"), ("elsewhere", "old"), ("c", "new"))
    ]
    base, again, patched = (
        _by_name(run.results) for run in runs.run_all([(side, mine) for side in sides], Silent())
    )
    assert {one.outcome for one in base.values()} == {Outcome.PASS}
    assert {name for name in base if base[name].wrote == again[name].wrote} == {*TESTS} - {"random"}
    assert {name for name in base if base[name].wrote == patched[name].wrote} == {"no-tool"}
    assert [name for name in base if not base[name].wrote] == ["no-tool"]
    assert all(one.outputs == () for one in base.values())


@pytest.mark.slow
def test_outputs_are_kept_if_they_are_asked_for(tmp_path: Path) -> None:
    mine = replace(suite(tmp_path), outputs=True)
    found = _by_name(runs.run(llc(tmp_path / "a", "old"), mine, Silent()).results)
    texts = {
        name: [(one.tool, one.run, one.place, one.text) for one in result.outputs]
        for name, result in found.items()
        if name != "random"
    }
    said = "old %bin/llc %t\n"
    assert texts == {
        "dies": [("llc", 1, "end", "assertion: old")],
        "file": [("llc", 1, "file.test.tmp", said)],
        "no-tool": [],
        "pipe": [("llc", 1, "stdout", said)],
        "redirected": [
            ("llc", 1, "redirected.test.tmp.s", said),
            ("llc", 2, "redirected.test.tmp.err", said),
        ],
        "stderr": [("llc", 1, "stderr", said)],
        "stdout": [("llc", 1, "stdout", said)],
        "to-filecheck": [("llc", 1, "stdout", said)],
    }
    assert {one.size for result in found.values() for one in result.outputs if one.place == "stdout"} >= {16}


def _by_name(results: tuple[TestResult, ...]) -> Mapping[str, TestResult]:
    return {result.name.removesuffix(".test"): result for result in results}
