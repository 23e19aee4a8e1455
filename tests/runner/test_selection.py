"""What `--suite` and `--filter` select, on a miniature of LLVM's test tree and a suite of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from harness.model import LeftOut, Outcome
from harness.progress import Silent
from harness.runner import llvm_tests, runs
from harness.runner.mirror import outermost
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import (
    Selection,
    SuiteOptions,
    parse_folder,
    portion_of,
    select,
    suite_without_patch,
)
from tests.runner.test_llvm_tests import TOOLS, TREE, stand_ins, write

X86 = "llvm/test/CodeGen/X86"
OWN = {
    "lit.cfg.py": (
        "import lit.formats\nconfig.name = 'own'\nconfig.suffixes = {'.ll'}\n"
        "config.test_format = lit.formats.ShTest(execute_external=False)\n"
        "config.test_exec_root = lit_config.params['exec_root']\n"
    ),
    "X86/a.ll": "; RUN: true\n",
    "X86/b.ll": "; RUN: true\n",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source, the tools and a suite of ours: nothing here writes to them."""
    folder = tmp_path_factory.mktemp("choice")
    write(folder / "source", {**TREE, f"{X86}/blind.ll": "; RUN: opt %s\n"})
    write(folder / "source/llvm/test/Unit", {"lit.cfg.py": "", "a/b.ll": ""})
    write(folder / "own", OWN)
    stand_ins(folder / "tools")
    return folder


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


@pytest.fixture
def tools(place: Path) -> Toolchain:
    return Toolchain("stand-in", "19.1.7", {n: place / "tools" / n for n in TOOLS}, "stand-in", "0")


def select_tests(options: SuiteOptions, tools: Toolchain, place: Path, pool: Pool) -> Selection:
    return select(options, tools, place / "source", "source", pool)


# -- what is typed


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("upstream:CodeGen/X86", X86),
        ("upstream:CodeGen/X86/", X86),
        ("upstream:./CodeGen//X86", X86),
        ("upstream:llvm/test/CodeGen/X86", X86),
        ("upstream:CodeGen/X86/a.ll", f"{X86}/a.ll"),
        ("upstream:Verifier", "llvm/test/Verifier"),
    ],
)
def test_a_folder_below_llvms_tests(text: str, folder: str) -> None:
    assert parse_folder(text) == folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("upstream:", "names no tests\nnext: name a folder or a test below llvm/test: {example}"),
        ("upstream:.", "names no tests\nnext: name a folder or a test below llvm/test: {example}"),
        ("upstream:llvm/test", "names no tests\nnext: name a folder or a test below llvm/test: {example}"),
        ("upstream:/etc", "is an absolute path\nnext: name it as below llvm/test: {example}"),
        (
            "upstream:/src/llvm/test/Verifier/a.ll",
            "is an absolute path\nnext: name it as below llvm/test: --suite upstream:Verifier/a.ll",
        ),
        ("upstream:../lib", "leads out of llvm/test\nnext: name it without ..: {example}"),
        ("upstream:llvm/test/X/../Y", "leads out of llvm/test\nnext: name it without ..: {example}"),
    ],
)
def test_a_path_that_is_not_a_folder_of_llvms_tests(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_folder(text)
    example = "--suite upstream:CodeGen/X86"
    assert str(error.value) == f"--suite {text}: {message.replace('{example}', example)}"


def test_a_folder_inside_another_counts_once() -> None:
    assert outermost(["a/b/c.ll", "a/b", "a/bc", "a/b", "d/e"]) == ["a/b", "a/bc", "d/e"]


def test_without_a_pattern_the_whole_folder_runs() -> None:
    options = SuiteOptions((), 1, (f"{X86}/GlobalISel", X86, "llvm/test/Verifier"))
    assert options.whole == ("CodeGen/X86", "Verifier")
    assert replace(options, pattern="a").whole == ()
    assert replace(options, text="a").whole == ()


# -- what is chosen


def test_suites_of_ours_and_llvms_are_mixed(place: Path, tools: Toolchain, pool: Pool) -> None:
    own = Suite(place / "own", 2)
    options = SuiteOptions((own,), 2, (f"{X86}/passes.ll", "llvm/test/CodeGen/ARM", f"{X86}/blind.ll"))
    found = select_tests(options, tools, place, pool)
    assert found.suites == (own,)
    assert [set(portion.names) for portion in found.llvm_tests] == [
        {"llvm/test/CodeGen/ARM/other.ll"},
        {f"{X86}/blind.ll"},
        {f"{X86}/passes.ll"},
    ]
    assert found.left_out == {}
    assert found.tools == {"FileCheck", "llc", "opt"}
    assert {portion.whole.identity for portion in found.llvm_tests} == {"source"}


def test_a_filter_applies_to_all_suites_and_may_match_in_one(
    place: Path, tools: Toolchain, pool: Pool
) -> None:
    own = Suite(place / "own", 1)
    options = SuiteOptions((own,), 1, (X86, "llvm/test/CodeGen/ARM"), "X86/(a|passes)")
    found = select_tests(options, tools, place, pool)
    assert found.suites == (replace(own, pattern=options.pattern),)
    (portion,) = found.llvm_tests
    assert portion.whole.pattern == options.pattern
    assert portion.names == {f"{X86}/passes.ll"}
    assert portion.suite.names == (f"{X86}/passes.ll",)
    assert set(found.left_out.values()) == {LeftOut.FILTER}
    assert {"X86/b.ll", f"{X86}/fails.ll", "llvm/test/CodeGen/ARM/other.ll"} <= found.left_out.keys()
    assert not {"X86/a.ll", f"{X86}/passes.ll"} & found.left_out.keys()
    nothing_of_ours = select_tests(replace(options, pattern="other"), tools, place, pool)
    assert (nothing_of_ours.suites, len(nothing_of_ours.llvm_tests)) == ((), 1)


def test_grep_applies_only_to_llvms_own_tests(place: Path, tools: Toolchain, pool: Pool) -> None:
    own = Suite(place / "own", 1)
    options = SuiteOptions((own,), 1, (X86,), text=r"RUN: opt\b")
    found = select_tests(options, tools, place, pool)
    assert found.suites == (own,)
    (portion,) = found.llvm_tests
    assert portion.whole.names == portion.suite.names == (f"{X86}/blind.ll",)
    assert set(found.left_out.values()) == {LeftOut.GREP}
    assert f"{X86}/passes.ll" in found.left_out
    assert suite_without_patch(options, tools, place / "source").names == (f"{X86}/blind.ll",)


@pytest.mark.parametrize("folders", [(X86,), ()])
def test_grep_that_matches_no_test(
    place: Path, tools: Toolchain, pool: Pool, folders: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as error:
        select_tests(SuiteOptions((Suite(place / "own", 1),), 1, folders, text="nowhere"), tools, place, pool)
    assert str(error.value) == (
        "--grep nowhere: no test of LLVM's own that was asked for holds a match\n"
        "next: give another, and folders with such tests: --suite upstream:CodeGen/X86"
    )


def test_a_filter_that_matches_nowhere(place: Path, tools: Toolchain, pool: Pool) -> None:
    options = SuiteOptions((Suite(place / "own", 1),), 1, ("llvm/test/CodeGen/ARM",), "nowhere")
    with pytest.raises(UsageError) as error:
        select_tests(options, tools, place, pool)
    assert str(error.value) == (
        "--filter nowhere: none of 3 tests matches\nnext: try a part of a test's path"
    )


def test_tests_of_a_suite_that_is_not_selected_are_left_out(
    place: Path, tools: Toolchain, pool: Pool
) -> None:
    options = SuiteOptions((), 1, (f"{X86}/passes.ll",), unselected=Suite(place / "own", 1))
    found = select_tests(options, tools, place, pool)
    assert found.left_out == {"X86/a.ll": LeftOut.SUITE, "X86/b.ll": LeftOut.SUITE}


# -- what is not there


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("Verifier", "LLVM 19.1.7 has no llvm/test/Verifier\nnext: look into {tests}"),
        (
            "CodeGen/Z80",
            "LLVM 19.1.7 has no llvm/test/CodeGen/Z80\nnext: look into {tests}/CodeGen",
        ),
        (
            "codegen/X68/pass.ll",
            "LLVM 19.1.7 has no llvm/test/codegen/X68/pass.ll\n"
            "next: did you mean --suite upstream:CodeGen/X86/passes.ll?",
        ),
        ("x" * 300, f"LLVM 19.1.7 has no llvm/test/{'x' * 300}\nnext: look into {{tests}}"),
        (
            "CodeGen/X86/Inputs",
            "no tests there\nnext: name a folder with tests, or a test: --suite upstream:CodeGen/X86",
        ),
        (
            "Unit/a",
            "is a suite of its own, of programs that are not built here\n"
            "next: name another folder: --suite upstream:CodeGen/X86",
        ),
        (
            "CodeGen/X86/lit.local.cfg",
            "no tests there\nnext: name a folder with tests, or a test: --suite upstream:CodeGen/X86",
        ),
    ],
)
def test_a_folder_that_is_not_there_or_has_no_tests(
    place: Path, tools: Toolchain, pool: Pool, folder: str, message: str
) -> None:
    options = SuiteOptions((), 1, (f"llvm/test/{folder}",))
    tests = str(place / "source/llvm/test")
    with pytest.raises(UsageError) as error:
        select_tests(options, tools, place, pool)
    assert str(error.value) == f"--suite upstream:{folder}: {message.replace('{tests}', tests)}"
    with pytest.raises(UsageError) as error:
        suite_without_patch(options, tools, place / "source")
    assert str(error.value).startswith(f"--suite upstream:{folder}: ")


def test_a_toolchain_without_llvms_test_tools(place: Path, tools: Toolchain, pool: Pool) -> None:
    few = replace(tools, tools={"llc": tools.tools["llc"]})
    with pytest.raises(EnvironmentLacksError, match="lacks what LLVM's own tests need: FileCheck, count"):
        select_tests(SuiteOptions((), 1, (X86,)), few, place, pool)


# -- portions


def test_the_base_runs_the_whole_folder_and_the_patch_a_part(
    place: Path, tools: Toolchain, pool: Pool
) -> None:
    (portion,) = select_tests(SuiteOptions((), 1, (X86,)), tools, place, pool).llvm_tests
    some = portion_of(portion.whole, [f"{X86}/passes.ll"])
    assert some.whole == portion.whole
    assert some.counts(f"{X86}/passes.ll")
    assert not some.counts(f"{X86}/fails.ll")
    assert not some.holds(f"{X86}/fails.ll")
    run = runs.run(tools, some.suite, Silent(), pool)
    assert [(one.name, one.outcome) for one in run.results] == [(f"{X86}/passes.ll", Outcome.PASS)]


def test_a_single_folder_can_run_with_expectations(place: Path, tools: Toolchain) -> None:
    suite = suite_without_patch(SuiteOptions((), 1, (X86,), "expected"), tools, place / "source")
    run = runs.run(tools, replace(suite, expectations=True), Silent())
    assert [one.outcome for one in run.results] == [Outcome.XFAIL]


# -- what a change reaches


@pytest.mark.parametrize(
    ("touched", "reached"),
    [
        ((), set()),
        (("llvm/test/A/a.ll",), {"A/a.ll", "B/names-a.ll"}),
        (("llvm/test/A/new.ll",), set()),
        (("llvm/test/A/Inputs/x.ll",), {"A/a.ll", "A/sub/b.ll"}),
        (("llvm/test/A/sub/lit.local.cfg",), {"A/sub/b.ll"}),
        (("llvm/test/lit.cfg.py",), {"A/a.ll", "A/sub/b.ll", "AB/c.ll", "B/names-a.ll"}),
        (("llvm/test/CMakeLists.txt",), set()),
    ],
)
def test_what_a_change_reaches(tmp_path: Path, touched: tuple[str, ...], reached: set[str]) -> None:
    texts = {"A/a.ll": "", "A/sub/b.ll": "", "AB/c.ll": "", "B/names-a.ll": "; RUN: llc %S/../A/a.ll\n"}
    write(tmp_path / "llvm/test", texts)
    names = [f"llvm/test/{name}" for name in texts]
    found = llvm_tests.select_reached(tmp_path, names, touched)
    assert found == {f"llvm/test/{name}" for name in reached}
