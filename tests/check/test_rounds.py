"""What is run again, and what comes of tests that fail at random; and what is known of the base."""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

import pytest

from harness import imports
from harness.check import base_runs
from harness.check.base_runs import BaseRuns, key
from harness.check.compare import compare, find_changed
from harness.check.rounds import Rounds
from harness.check.select import PlannedRuns
from harness.imports import closure
from harness.llvm import Toolchain
from harness.model import Outcome, Run, SeriesKind, TestResult, Verdict
from harness.progress import Silent
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.sources import SourceChangedError, SourceWatch
from harness.store import Store

pytestmark = pytest.mark.slow

TESTS = 4000
PACKAGE = Path(imports.__file__).parent


def tools(name: str) -> Toolchain:
    return Toolchain(
        name, "19.1.7", {"llc": Path("/bin", name), "FileCheck": Path("/bin/FileCheck")}, "", name
    )


@dataclass
class Unsteady:
    """A runner whose tools fail at random, each side's with a chance of its own."""

    chances: dict[str, float]
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - a seed, no secret
    runs: Counter[str] = field(default_factory=Counter)

    def __call__(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        return [self.one(*task) for task in tasks]

    def one(self, toolchain: Toolchain, suite: Suite) -> Run:
        names = suite.names or tuple(f"{number:04}.ll" for number in range(TESTS))
        self.runs[toolchain.name] += len(names)
        fails = (self.dice.random() < self.chances[toolchain.name] for _ in names)
        base_runs = [Outcome.FAIL if fail else Outcome.PASS for fail in fails]
        return Run(toolchain.name, tuple(map(result, names, base_runs)), 1.0)


def result(name: str, outcome: Outcome) -> TestResult:
    return TestResult(name, outcome, 0.0)


def judged(tmp_path: Path, runner: Unsteady) -> Counter[Verdict]:
    """How often each verdict is given, as the judge does it (judge.py)."""
    (tmp_path / "suite").mkdir()
    suite = Suite(tmp_path / "suite", 1)
    for number in range(TESTS):
        (suite.root / f"{number:04}.ll").touch()
    parts = PlannedRuns((Portion(suite, suite),))
    rounds = Rounds(
        tools("base"), tools("patched"), parts, BaseRuns(Store(tmp_path / "store")), runner, Silent()
    )
    (without,), (with_patch,) = rounds.run_first(apart=False)
    rounds.run_again(find_changed(without, with_patch), ())
    rounds.run_again(find_changed(without, with_patch, rounds.now), ())
    found = compare(without, with_patch, kind=SeriesKind.FIX, repeats=rounds.now)
    return Counter(one.verdict for one in found.verdicts)


def test_a_test_that_the_patch_makes_fail_at_random(tmp_path: Path) -> None:
    """Three of ten times: it is called `regressed` if it fails three times of three, and `flaky` if not."""
    found = judged(tmp_path, Unsteady({"base": 0.0, "patched": 0.3}))
    assert found.keys() == {Verdict.PASSES, Verdict.FLAKY, Verdict.REGRESSED}
    # 0.027, and four times the deviation of so many samples on top.
    assert 0 < found[Verdict.REGRESSED] < TESTS * 0.027 + 4 * (TESTS * 0.027) ** 0.5
    assert found[Verdict.FLAKY] > 0.25 * TESTS


def test_a_test_that_fails_at_random_on_both_sides(tmp_path: Path) -> None:
    """Called `fixed` or `regressed` if one side fails three times and the other passes thrice: 0.9 % each."""
    found = judged(tmp_path, Unsteady({"base": 0.3, "patched": 0.3}))
    assert Verdict.UNRESOLVED not in found
    for verdict in (Verdict.FIXED, Verdict.REGRESSED):
        assert found[verdict] < TESTS * 0.0093 + 4 * (TESTS * 0.0093) ** 0.5
    # One of two ways to differ in the first run; who fails on both sides is `still-failing`.
    assert found[Verdict.FLAKY] > 0.35 * TESTS


def test_what_differs_no_more_is_not_run_a_third_time(tmp_path: Path) -> None:
    runner = Unsteady({"base": 0.0, "patched": 0.3})
    judged(tmp_path, runner)
    # All once, 30 % a second time, 9 % a third time.
    assert TESTS * 1.36 < runner.runs["base"] < TESTS * 1.42


def test_what_never_differs_is_run_once(tmp_path: Path) -> None:
    runner = Unsteady({"base": 0.0, "patched": 0.0})
    assert judged(tmp_path, runner) == {Verdict.PASSES: TESTS}
    assert runner.runs == {"base": TESTS, "patched": TESTS}


# -- what is known of the base


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    root = tmp_path / "s"
    root.mkdir()
    for name in ("a.ll", "b.ll", "c.ll"):
        (root / name).touch()
    return Suite(root, 1)


def test_nothing_is_kept_of_a_run_whose_tests_changed_a_source(suite: Suite, tmp_path: Path) -> None:
    watch = SourceWatch()
    watch.begin([suite.root], lambda _: ())
    bases, theirs = BaseRuns(Store(tmp_path / "store"), watch), replace(suite, site="site", identity="i")
    ran = Run("base", (result("a.ll", Outcome.PASS),), 1.0)
    (suite.root / "b.ll").write_text("changed")
    with pytest.raises(SourceChangedError):
        bases.learn(tools("base"), theirs, None, ran)
    assert bases.known(tools("base"), theirs) is None


def learned(store: Store, suite: Suite, *outcomes: Outcome) -> tuple[BaseRuns, Run]:
    bases = BaseRuns(store)
    names = ("a.ll", "b.ll", "c.ll")
    ran = Run("base", tuple(map(result, names, outcomes)), 1.0)
    return bases, bases.learn(tools("base"), suite, None, ran)


@pytest.mark.parametrize(
    "outcome", [Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT, Outcome.XFAIL, Outcome.UNRESOLVED]
)
def test_a_failure_is_not_kept_but_known_for_this_call(
    tmp_path: Path, suite: Suite, outcome: Outcome
) -> None:
    """It may have been the machine: with it a patched side that fails too loses nothing."""
    store = Store(tmp_path / "store")
    bases, _ = learned(store, suite, Outcome.PASS, outcome, Outcome.UNSUPPORTED)
    now = bases.known(tools("base"), suite)
    assert now is not None
    unanswered = outcome is Outcome.UNRESOLVED
    assert now.unsure == (("b.ll",) if unanswered else ())
    later = BaseRuns(store).known(tools("base"), suite)
    assert later is not None
    assert later.unsure == ("b.ll",)
    assert [one.name for one in later.run.results] == ["a.ll", "c.ll"]


def test_what_is_run_now_counts(tmp_path: Path, suite: Suite) -> None:
    store = Store(tmp_path / "store")
    learned(store, suite, Outcome.PASS, Outcome.FAIL, Outcome.PASS)
    bases = BaseRuns(store)
    known = bases.known(tools("base"), suite)
    run = bases.learn(tools("base"), suite, known, Run("base", (result("b.ll", Outcome.PASS),), 1.0))
    assert {one.name: one.outcome for one in run.results} == dict.fromkeys(
        ("a.ll", "b.ll", "c.ll"), Outcome.PASS
    )


def test_a_key_names_what_linked_folders_hold(tmp_path: Path, suite: Suite) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.ll").write_text("one")
    (suite.root / "sub").symlink_to(other)
    (other / "back").symlink_to(suite.root)  # a circle
    before = key(tools("base"), suite)
    assert key(tools("base"), suite) == before
    (other / "x.ll").write_text("two")
    assert key(tools("base"), suite) != before


@pytest.mark.parametrize(
    ("name", "counts"), [("FILECHECK_OPTS", True), ("LD_PRELOAD", True), ("TMPDIR", False), ("ANY", False)]
)
def test_a_key_names_what_tests_see_of_the_environment(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, name: str, counts: bool
) -> None:
    monkeypatch.delenv(name, raising=False)
    before = key(tools("base"), suite)
    monkeypatch.setenv(name, "/x")
    assert (key(tools("base"), suite) != before) is counts


@pytest.mark.parametrize("checker", ["lit", "filecheck"])
def test_a_key_names_the_version_of_the_checkers(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, checker: str
) -> None:
    before = key(tools("base"), suite)
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0" if name == checker else real(name))
    monkeypatch.setattr(base_runs, "fingerprint", imports.fingerprint.__wrapped__)  # a process asks once
    assert key(tools("base"), suite) != before


def test_a_key_names_the_limits_of_the_machine(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(tools("base"), suite)
    monkeypatch.setattr("resource.getrlimit", lambda _which: (7, 7))
    assert key(tools("base"), suite) != before


def test_a_key_is_the_same_in_another_checkout(tmp_path: Path, suite: Suite) -> None:
    """The suite is the same files at the same place; the harness that runs it is a copy of this one."""
    shutil.copytree(PACKAGE, tmp_path / "elsewhere/harness", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "from pathlib import Path; from harness.check.base_runs import key;"
        "from harness.llvm import Toolchain; from harness.runner.runs import Suite;"
        f"print(key(Toolchain('base', '19', {{}}, '', 'base'), Suite(Path({str(suite.root)!r}), 1)))"
    )
    keys = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True
        ).stdout
        for place in (PACKAGE.parent, tmp_path / "elsewhere")
    ]
    assert keys[0] == keys[1] != ""


def test_a_key_is_the_same_for_another_path_of_python(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """LLVM's site configuration names it (llvm_tests.py), and each checkout has its own."""

    def of(executable: str) -> str:
        monkeypatch.setattr(sys, "executable", executable)
        return key(
            tools("base"), replace(suite, site=f'config.python_executable = "{executable}"', identity="i")
        )

    assert of("/one/.venv/bin/python") == of("/two/.venv/bin/python")


def test_the_scripts_of_the_suite_import_what_a_key_names() -> None:
    """They find the harness beside them (lit-tests/lit.cfg.py, `%python`)."""
    decides = {path.resolve() for path in closure(*base_runs._CODE)}
    scripts = [path for path in (PACKAGE.parent / "lit-tests").rglob("*.py") if path.name != "lit.cfg.py"]
    named = {
        str(node.module)
        for path in scripts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("harness.")
    }
    assert named
    places = (PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py") for name in named)
    assert [str(place) for place in places if place not in decides] == []


def test_the_code_of_a_key_is_what_decides() -> None:
    found = {path.relative_to(PACKAGE).as_posix() for path in closure(*base_runs._CODE)}
    assert {
        "runner/worker.py",
        "process/child.py",
        "runner/lit_shell.py",
        "crash/signature.py",
        "stackmaps/command.py",
        "stackmaps/roots/compare.py",
        "console/program.py",
        "__init__.py",
    } <= found
    assert {name for name in found if name.startswith("cli/")} == set()
    assert not found & {"authoring/lint.py", "authoring/index.py", "check/judge.py", "check/base_runs.py"}
