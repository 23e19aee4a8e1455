"""`pytest SUITE` in a process of its own: ids, outcomes, reports, and what can be asked for by an id."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.pytest_plugin.started import (
    Ended,
    failures,
    make_prefix,
    make_suite,
    run_pytest,
    without,
)

pytestmark = [pytest.mark.xdist_group("plugin"), pytest.mark.slow]

FAILED = [
    f"suite/{name}[tree:p]" for name in ("dies.test", "fails.test", "no-answer.test", "unexpected.test")
]
PASSED = [f"suite/{name}[tree:p]" for name in ("build/deep.test", "passes.test", "test_of_lit.py")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a suite, two LLVMs and a test of Python."""
    top = tmp_path_factory.mktemp("pytest")
    make_suite(top / "suite")
    for name in ("p", "q"):
        make_prefix(top / name)
    (top / "test_python.py").write_text(
        "import pytest\n@pytest.mark.parametrize('one', ['[', 'q'])\ndef test_a(one): pass\n"
    )
    return top


@pytest.fixture(scope="module")
def all_of_it(place: Path) -> Ended:
    return run_pytest(place, "suite", "--llvm", "tree:p", "-rA", "--junitxml", "junit.xml")


def test_every_outcome_is_one_of_pytests(all_of_it: Ended) -> None:
    assert all_of_it.code == 1
    assert all_of_it.listed("PASSED") == PASSED
    assert all_of_it.listed("FAILED") == FAILED
    assert all_of_it.listed("XFAIL") == ["suite/expected.test[tree:p]"]
    assert [line for line in all_of_it.lines if line.startswith("SKIPPED")] == [
        "SKIPPED [1] suite/unsupported.test:1: "
        "Test requires the following unavailable features: nothing-has-this",
        "SKIPPED [1] suite/without-opt.test:1: runs opt, which is not in this toolchain",
    ]
    assert "LLVM: tree:p" in all_of_it.lines


def test_a_failure_says_what_a_reader_needs(
    place: Path, all_of_it: Ended, golden: Callable[[str, str], None]
) -> None:
    golden("failures.txt", without(failures(all_of_it.text), place))


def test_junit_has_every_test_once(place: Path, all_of_it: Ended) -> None:
    cases = ElementTree.parse(place / "junit.xml").getroot().findall(".//testcase")  # noqa: S314 - our own file
    assert len(cases) == 10
    assert {case.attrib["name"] for case in cases if case.find("failure") is not None} == {
        name.replace("/", ".") for name in FAILED
    }


def test_the_printed_command_repeats_the_failure(place: Path, all_of_it: Ended) -> None:
    (command,) = {line for line in all_of_it.lines if line.startswith("repeat:") and "dies" in line}
    again = run_pytest(place, *shlex.split(command.removeprefix("repeat: pytest ")), "-rA")
    assert (again.code, again.listed("FAILED")) == (1, ["suite/dies.test[tree:p]"])
    assert again.lines[-1].startswith("=") == ("1 failed in" in again.lines[-1])


def test_last_failed_runs_what_failed(place: Path, all_of_it: Ended) -> None:
    (place / "test_fails.py").write_text("def test_b(): assert False\n")
    try:
        run_pytest(place, "test_fails.py")  # its failure must not hide those of the suite
        again = run_pytest(
            place, "suite", "test_fails.py", "--llvm", "tree:p", "--lf", "--collect-only", "-q"
        )
    finally:
        (place / "test_fails.py").unlink()
    assert again.lines[: len(FAILED) + 1] == [*FAILED, "test_fails.py::test_b"]


def test_ids_and_words_choose_items(place: Path) -> None:
    """`-k` has the path and the LLVM; an id names its LLVM by itself; a prefix of ids deselects."""
    mine = ("-p", "no:cacheprovider", "-q", "-rA")
    ids = [
        f"suite/{name}" for name in ("passes.test[tree:q]", "passes.test[tree:p]", "build/deep.test[tree:q]")
    ]
    out = ("--deselect", ids[1], "--deselect", "suite/build/deep.test[tree:p]")
    named = run_pytest(place, *ids, *mine, *out)
    assert named.listed("PASSED") == ["suite/build/deep.test[tree:q]", "suite/passes.test[tree:q]"]
    words = run_pytest(place, "suite", "--llvm", "tree:p,tree:q", "-k", "build and q or passes and p]", *mine)
    assert words.listed("PASSED") == ["suite/build/deep.test[tree:q]", "suite/passes.test[tree:p]"]
    assert (named.code, words.code) == (0, 0)


def test_workers_share_the_tests_of_all_llvms(place: Path) -> None:
    """Each test runs once, with tests of Python beside them, and an LLVM's chunks use both workers."""
    args = (
        "-n",
        "2",
        "--llvm",
        "tree:p,tree:q",
        "suite",
        "test_python.py",
        "-rA",
        "-v",
        "-p",
        "no:cacheprovider",
    )
    ran = run_pytest(place, *args)
    both = sorted(PASSED + [name.replace("tree:p", "tree:q") for name in PASSED])
    python = ["test_python.py::test_a[[]", "test_python.py::test_a[q]"]
    assert ran.listed("PASSED") == both + python
    assert ran.listed("FAILED") == sorted(FAILED + [name.replace("tree:p", "tree:q") for name in FAILED])
    started = re.findall(r"^\[(gw\d)\] \[ *\d+%\] \w+ (\S+)", ran.text, re.M)
    assert len(started) == 22
    assert len({worker for worker, name in started if "suite" in name}) == 2


def test_the_first_failure_ends_the_run_and_an_expected_one_can_be_one(place: Path) -> None:
    """pytest's own `xfail` does nothing with `--runxfail`: the test would pass."""
    names = ("suite/expected.test[tree:p]", "suite/passes.test[tree:p]")
    ran = run_pytest(place, *names, "--runxfail", "-x", "-q", "-p", "no:cacheprovider", "-rA")
    assert (ran.code, ran.listed("FAILED"), ran.listed("PASSED")) == (1, [names[0]], [])


def test_a_test_that_ends_its_worker_is_one_failure(tmp_path: Path) -> None:
    """All others run, once each; xdist hands out such a test again and again."""
    tests = {f"{n}.test": "RUN: llc ret\n" for n in range(4)}
    # Of the program: the process that runs tests, and the pytest that started that.
    tests["2-ends.test"] = "RUN: sh -c 'kill -9 $(cut -d \" \" -f 4 /proc/$PPID/stat)'\n"
    make_suite(tmp_path / "suite", tests)
    make_prefix(tmp_path / "p")
    ran = run_pytest(tmp_path, "suite", "--llvm", "tree:p", "-n", "1", "-q", "-rA", "-p", "no:cacheprovider")
    assert ran.listed("FAILED") == ["suite/2-ends.test[tree:p]"]
    assert ran.listed("PASSED") == [f"suite/{n}.test[tree:p]" for n in range(4)]
    assert (ran.code, ran.lines[-1].startswith("1 failed, 4 passed in")) == (1, True)
