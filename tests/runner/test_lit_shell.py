"""lit's shell, watched: FileCheck in this process gives what a FileCheck of its own would."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.llvm import Toolchain
from harness.model import Capture, Outcome, Run
from harness.process.jail import python_paths
from harness.progress import Silent
from harness.runner import runs
from harness.runner.runs import Suite

pytestmark = [pytest.mark.xdist_group("shell"), pytest.mark.slow]

CONFIG = """\
import lit.formats, os
config.name = "shell"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""
LLC = """\
#!/bin/sh
case "$1" in
--version) echo "LLVM version 19.1.7" ;;
fail) echo no >&2; exit 1 ;;
*) cat ;;
esac
"""
# Each with the outcome that it has with every FileCheck.
TESTS = {
    "both": ("llc < %s 2>&1 | FileCheck %s\nCHECK: RUN", Outcome.PASS),
    "file": ("llc < %s > %t && FileCheck %s < %t\nCHECK: RUN", Outcome.PASS),
    "input-file": ("llc < %s > %t && FileCheck --input-file=%t %s\nCHECK: RUN", Outcome.PASS),
    "middle": ("llc < %s | grep : | FileCheck %s\nCHECK: RUN", Outcome.PASS),
    "negated": ("llc < %s | not FileCheck %s\nCHECK: absent{{$}}", Outcome.PASS),
    "negated-bang": ("! FileCheck %s --check-prefix=NONE < %s\nNONE: absent{{$}}", Outcome.PASS),
    "negated-wrong": ("llc < %s | not FileCheck %s\nCHECK: RUN", Outcome.FAIL),
    "or": ("FileCheck %s --check-prefix=NONE < /dev/null || llc < %s\nNONE: absent", Outcome.PASS),
    "pipefail": ("not llc fail 2>&1 | FileCheck %s\nCHECK: no", Outcome.PASS),
    "pipefail-wrong": ("llc fail 2>&1 | FileCheck %s\nCHECK: no", Outcome.FAIL),
    "wrong": ("llc < %s | FileCheck %s\nCHECK: absent{{$}}", Outcome.FAIL),
}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    root = tmp_path_factory.mktemp("shell")
    (root / "lit.cfg.py").write_text(CONFIG)
    for name, (text, _) in TESTS.items():
        (root / f"{name}.test").write_text(f"RUN: {text}\n")
    return Suite(root, 2)


@pytest.fixture(scope="module")
def toolchain(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    place = tmp_path_factory.mktemp("tools")
    texts = {"llc": LLC, "FileCheck": f'#!/bin/sh\nexec {sys.executable} -m filecheck "$@"\n'}
    for name, text in texts.items():
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    return Toolchain(
        "shell", "19.1.7", {n: place / n for n in texts}, "made here", f"shell {place}", homes=python_paths()
    )


@pytest.fixture(scope="module")
def inside(suite: Suite, toolchain: Toolchain) -> Run:
    return runs.run(toolchain, suite, Silent())


def outcomes(run: Run) -> Mapping[str, Outcome]:
    return {r.name.removesuffix(".test"): r.outcome for r in run.results}


def test_filecheck_in_this_process(inside: Run) -> None:
    assert outcomes(inside) == {name: outcome for name, (_, outcome) in TESTS.items()}


def test_filecheck_as_a_program_of_its_own(suite: Suite, toolchain: Toolchain) -> None:
    run = runs.run(toolchain, replace(suite, filecheck="llvm"), Silent())
    assert outcomes(run) == {name: outcome for name, (_, outcome) in TESTS.items()}
    assert all(result.captures == () for result in run.results)


@pytest.mark.parametrize("expectations", [False, True])
def test_filechecks_that_disagree_are_no_answer(
    tmp_path: Path, toolchain: Toolchain, expectations: bool
) -> None:
    """Whatever the test expects."""
    tests = {
        "agree": "CHECK: RUN",
        "expected": "CHECK: absent{{$}}\nXFAIL: *",
        "match": "CHECK: RUN\nXFAIL: *",
    }
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite/lit.cfg.py").write_text(CONFIG)
    for name, text in tests.items():
        (tmp_path / f"suite/{name}.test").write_text(f"RUN: llc < %s | FileCheck %s\n{text}\n")
    passing = tmp_path / "FileCheck"
    passing.write_text("#!/bin/sh\nexec true\n")
    passing.chmod(0o755)
    tools = replace(
        toolchain, tools={**toolchain.tools, "FileCheck": passing}, identity="one that passes all"
    )
    run = runs.run(tools, Suite(tmp_path / "suite", 1, "both", expectations=expectations), Silent())
    assert outcomes(run) == {
        "agree": Outcome.PASS,
        "expected": Outcome.UNRESOLVED,
        "match": Outcome.XPASS if expectations else Outcome.PASS,
    }
    told = {r.name: r.output for r in run.results}["expected.test"]
    assert told.startswith("PyPI's filecheck says FAIL, LLVM's FileCheck says PASS\n")


def test_the_input_of_filecheck_is_kept(inside: Run, suite: Suite) -> None:
    captures = {r.name.removesuffix(".test"): r.captures for r in inside.results}
    for name, command in (("middle", "grep :"), ("wrong", "llc")):
        assert captures[name] == (Capture(command, (suite.root / f"{name}.test").read_text()),)
    assert captures["pipefail"] == (Capture("not llc fail", "no\n"),)


def test_a_failed_check_is_shown_as_lit_shows_it(inside: Run) -> None:
    output = {r.name: r.output for r in inside.results}["wrong.test"]
    assert "# executed command: FileCheck" in output
    assert 'wrong.test:2: error: Couldn\'t match "absent{{$}}".\n' in output
    assert "\n# error: command failed with exit status: 1\n" in output


def test_lit_is_as_it_was_after_a_run(tmp_path: Path) -> None:
    import subprocess

    import lit.TestRunner

    from harness.crash.signature import signature
    from harness.runner.bounds import BOUNDS
    from harness.runner.lit_shell import Checker, watch_test

    original = lit.TestRunner._executeShCmd
    with contextlib.suppress(ZeroDivisionError), watch_test(signature, Checker("pypi"), BOUNDS):
        assert lit.TestRunner._executeShCmd is not original
        raise ZeroDivisionError
    assert lit.TestRunner._executeShCmd is original
    assert lit.TestRunner.subprocess is subprocess
