"""What a test may take and what it may not do to its worker, through real workers."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from harness.errors import EXIT_USAGE
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Run, Signature
from harness.process.jail import python_paths
from harness.process.sandbox import VARIABLE, Mode
from harness.progress import Silent
from harness.runner import runs as lit_runner
from harness.runner import worker
from harness.runner.bounds import Bounds
from harness.runner.discovery import JobSpec, UnreadableSuiteError
from harness.runner.pool import Pool
from harness.runner.runs import Suite

pytestmark = [pytest.mark.xdist_group("bounds"), pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def mode() -> Iterator[None]:
    """Where a tool may stop its worker, and a configuration too. Where they cannot: test_one_worker.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, Mode.LANDLOCK.value)
        yield


CONFIG = """\
import lit.formats, os
config.name = "bounds"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""
# An llc that does what its first argument says; `late` hangs the first time it is given a file.
LLC = f"""\
#!{sys.executable} -S
import os, signal, sys, time
def late():
    if not os.path.exists(sys.argv[2]):
        open(sys.argv[2], "w").close()
        time.sleep(600)
does = {{
    "--version": lambda: print("LLVM version 19.1.7"),
    "line": lambda: print("a" * int(sys.argv[2])),
    "late": late,
    "nap": lambda: time.sleep(1.5),
    "ret": lambda: print("ret"),
    "stop": lambda: (os.kill(os.getppid(), signal.SIGSTOP), time.sleep(600)),
}}
does[sys.argv[1]]()
"""


def suite(root: Path, tests: Mapping[str, str], bounds: Bounds, config: str = CONFIG) -> Suite:
    root.mkdir(exist_ok=True)
    (root / "lit.cfg.py").write_text(config)
    for name, text in tests.items():
        (root / f"{name}.test").write_text(f"RUN: {text}\n")
    return Suite(root, 1, bounds=bounds)


@pytest.fixture
def llc(tmp_path: Path) -> Toolchain:
    program = tmp_path / "llc"
    program.write_text(LLC)
    program.chmod(0o755)
    return Toolchain(
        "bounds", "19.1.7", {"llc": program}, "made here", f"bounds {tmp_path}", homes=python_paths()
    )


def seen(run: Run) -> dict[str, tuple[Outcome, str]]:
    """Each test's outcome and the limit it ran into, if any."""
    limits = {CrashKind.LIMIT: lambda one: one.message}
    found = {}
    for one in run.results:
        said: Signature | None = one.signature
        found[one.name.removesuffix(".test")] = (
            one.outcome,
            limits[said.kind](said) if said is not None and said.kind in limits else "",
        )
    return found


def test_a_filecheck_that_never_ends_is_a_timeout(tmp_path: Path, llc: Toolchain) -> None:
    """Python interrupts the first; only the kernel ends the second, and its worker with it."""
    tests = {
        "backtracks": "llc line 60 | FileCheck %s\nCHECK: {{^(a+)+$}}b",
        "long-line": "llc line 9000000 | FileCheck %s\nCHECK: {{.*}}b{{.*}}c",
        "other": "llc ret | FileCheck %s\nCHECK: ret",
    }
    run = lit_runner.run(llc, suite(tmp_path / "s", tests, Bounds(program_cpu=1, alone=0)), Silent())
    spent = "used more than 1 s of processor time"
    assert seen(run) == {
        "backtracks": (Outcome.TIMEOUT, spent),
        "long-line": (Outcome.TIMEOUT, spent),
        "other": (Outcome.PASS, ""),
    }
    assert f"harness: FileCheck was stopped: it {spent}" in run.results[0].output
    assert f"harness: the test was stopped with its worker: it {spent}" in run.results[1].output


@pytest.mark.parametrize(
    ("bounds", "limit"),
    [
        (
            Bounds(test_cpu=0, alone=0),
            "used more than 0 s of processor time with those before it in the test",
        ),
        (Bounds(test_wall=1, alone=0), "ran longer than 1 s with those before it in the test"),
    ],
)
def test_a_whole_test_is_bounded(tmp_path: Path, llc: Toolchain, bounds: Bounds, limit: str) -> None:
    mine = suite(tmp_path / "s", {"many": "llc nap\nRUN: llc ret"}, bounds)
    assert seen(lit_runner.run(llc, mine, Silent())) == {"many": (Outcome.TIMEOUT, limit)}


def test_a_worker_that_does_not_answer_in_time_is_ended(tmp_path: Path, llc: Toolchain) -> None:
    """Whatever blocks it: here a FIFO that lit itself opens."""
    os.mkfifo(tmp_path / "fifo")
    tests = {"reads": f"llc ret < {tmp_path / 'fifo'}", "then": "llc ret"}
    bounds = Bounds(program_wall=1, test_wall=1, grace=1, alone=0)
    found = seen(lit_runner.run(llc, suite(tmp_path / "s", tests, bounds), Silent()))
    assert found == {"reads": (Outcome.TIMEOUT, "ran longer than 1 s"), "then": (Outcome.PASS, "")}


def test_a_stopped_worker_is_noticed(tmp_path: Path, llc: Toolchain) -> None:
    run = lit_runner.run(llc, suite(tmp_path / "s", {"a": "llc stop", "b": "llc ret"}, Bounds()), Silent())
    assert seen(run) == {"a": (Outcome.UNRESOLVED, ""), "b": (Outcome.PASS, "")}
    assert run.results[0].output == "the worker running it was stopped by a signal\n"


def test_a_machine_that_cannot_run_a_test_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, for example, which used to kill the worker."""

    def run_test(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/disk/x")

    monkeypatch.setattr(worker, "run_test", run_test)
    spec = JobSpec("s", str(tmp_path), {"toolchain_bin": str(tmp_path / "bin")}, "pypi", expectations=False)
    (tmp_path / "bin").mkdir()
    (tmp_path / "spec").write_bytes(msgspec.json.encode(spec))
    one = worker._Suite(str(tmp_path / "spec"), worker._Home(tmp_path / "place"))
    one.config = None
    one.tests["a"] = SimpleNamespace(getSourcePath=lambda: str(tmp_path / "spec"))
    result = one.answer("a").result
    assert result is not None
    assert (result.outcome, result.output) == (
        Outcome.UNRESOLVED,
        "no space is left on the disk: /disk/x\nnext: free some there; TMPDIR names another disk for it",
    )


def test_a_test_that_is_not_a_file_is_not_opened(tmp_path: Path, llc: Toolchain) -> None:
    mine = suite(tmp_path / "s", {"a": "llc ret"}, Bounds())
    os.mkfifo(mine.root / "b.test")
    run = lit_runner.run(llc, mine, Silent())
    assert [(r.outcome, r.output) for r in run.results] == [
        (Outcome.PASS, ""),
        (Outcome.UNRESOLVED, "is not a regular file"),
    ]


def test_a_program_has_an_empty_standard_input(tmp_path: Path, llc: Toolchain) -> None:
    tests = {"first": "cat | FileCheck --allow-empty %s\nCHECK-NOT: {{.}}", "alone": "cat"}
    run = lit_runner.run(llc, suite(tmp_path / "s", tests, Bounds(alone=0)), Silent())
    assert seen(run) == dict.fromkeys(tests, (Outcome.PASS, ""))


def test_a_test_that_is_late_once_runs_again_alone(
    tmp_path: Path, llc: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, Mode.OFF.value)  # each worker has to see what another's llc wrote
    tests = {name: f"llc late {tmp_path / name}" for name in ("a", "b", "c")}
    mine = suite(tmp_path / "s", tests, Bounds(program_wall=3, alone=2))
    run = lit_runner.run(llc, replace(mine, jobs=3), Silent())
    outcomes = sorted(outcome.value for outcome, _ in seen(run).values())
    assert outcomes == ["PASS", "PASS", "TIMEOUT"]  # no more than two are tried again


def test_every_result_has_its_processor_time(tmp_path: Path, llc: Toolchain) -> None:
    run = lit_runner.run(
        llc, suite(tmp_path / "s", {"a": "llc ret | FileCheck %s\nCHECK: ret"}, Bounds()), Silent()
    )
    assert 0 < run.results[0].cpu < 10


def test_a_suite_lowers_the_bound_on_output_and_a_folder_sets_its_own(tmp_path: Path, llc: Toolchain) -> None:
    tests = {"few": "llc line 900000", "pipe": "llc line 1100000", "file": "llc line 1100000 > %t"}
    mine = suite(tmp_path / "s", tests, Bounds(alone=0), f"{CONFIG}config.max_output_mib = 1\n")
    (mine.root / "sub").mkdir()
    (mine.root / "sub" / "lit.local.cfg").write_text("config.max_output_mib = 2\n")
    (mine.root / "sub" / "more.test").write_text("RUN: llc line 1100000 > %t\n")
    # Python ignores the signal of the limit on files, and ends with an error.
    assert seen(lit_runner.run(llc, mine, Silent())) == {
        "few": (Outcome.PASS, ""),
        "pipe": (Outcome.CRASH, "wrote more than 1 MiB of output"),
        "file": (Outcome.FAIL, ""),
        "sub/more": (Outcome.PASS, ""),
    }


@pytest.mark.parametrize("most", ["0", "33", "True", "'2 MiB'"])
def test_a_bound_that_cannot_be_one_is_an_error_of_the_suite(
    tmp_path: Path, llc: Toolchain, most: str
) -> None:
    mine = suite(tmp_path / "s", {"a": "llc ret"}, Bounds(), f"{CONFIG}config.max_output_mib = {most}\n")
    with pytest.raises(UnreadableSuiteError) as raised:
        lit_runner.run(llc, mine, Silent())
    assert raised.value.detail == f"config.max_output_mib is {most}: say a whole number of MiB, 1 to 32"


# -- configurations

BROKEN = {
    "it ended the process with status 0": "os._exit(0)",
    "it died of SIGKILL": "os.kill(os.getpid(), 9)",
    "it was stopped by a signal": "os.kill(os.getpid(), 19)",
    "it ended with status 2": "raise ZeroDivisionError",
    "it ended with status 3": "import sys; sys.exit(3)",
    "AttributeError: 'int' object has no attribute 'getTestsInDirectory'": "config.test_format = 42",
    "TypeError: 'NoneType' object is not iterable": "config.suffixes = None",
    "it did not end in time": "import time; time.sleep(600)",
}


@pytest.mark.parametrize("place", ["lit.cfg.py", "sub/lit.local.cfg"])
@pytest.mark.parametrize("why", BROKEN)
def test_a_broken_configuration_is_an_error_of_the_suite(
    tmp_path: Path, llc: Toolchain, place: str, why: str
) -> None:
    # The start of the worker is in it: on a busy machine that takes seconds.
    wall = 3 if "sleep" in BROKEN[why] else 60
    mine = suite(tmp_path / "s", {"a": "llc ret"}, Bounds(reading_wall=wall, reading_cpu=1))
    path = mine.root / place
    path.parent.mkdir(exist_ok=True)
    path.write_text((CONFIG if place == "lit.cfg.py" else "import os\n") + BROKEN[why] + "\n")
    with pytest.raises(UnreadableSuiteError) as raised:
        lit_runner.run(llc, mine, Silent())
    error = raised.value
    assert (error.what, error.exit_code) == (f"{mine.root}: lit cannot read this suite", EXIT_USAGE)
    assert error.next_step == "mend its lit.cfg.py or lit.local.cfg"
    assert error.detail.splitlines()[0] == why


def test_a_configuration_that_never_ends_is_stopped(tmp_path: Path, llc: Toolchain) -> None:
    bounds = Bounds(reading_cpu=1)
    with pytest.raises(UnreadableSuiteError) as raised:
        lit_runner.run(
            llc, suite(tmp_path / "s", {"a": "llc ret"}, bounds, CONFIG + "while True: pass\n"), Silent()
        )
    assert "OutOfTimeError" in raised.value.detail


def test_where_names_are_known_a_broken_configuration_is_one_answer_for_each(
    tmp_path: Path, llc: Toolchain
) -> None:
    mine = suite(tmp_path / "s", {"a": "llc ret", "b": "llc ret"}, Bounds(), "import os; os._exit(0)\n")
    run = lit_runner.run(llc, replace(mine, names=("a.test", "b.test")), Silent())
    said = "lit cannot read the suite: it ended the process with status 0"
    assert [(r.outcome, r.output) for r in run.results] == [(Outcome.UNRESOLVED, said)] * 2


def test_what_a_configuration_starts_reads_none_of_our_requests(tmp_path: Path, llc: Toolchain) -> None:
    config = CONFIG + "import subprocess; assert subprocess.run(['cat'], capture_output=True).stdout == b''\n"
    run = lit_runner.run(llc, suite(tmp_path / "s", {"a": "llc ret"}, Bounds(), config), Silent())
    assert seen(run) == {"a": (Outcome.PASS, "")}


FORGED = """
import sys
from harness.model import Outcome, TestResult
sys.modules["__main__"].run_test = lambda _config, _test, name, *_rest: TestResult(name, Outcome.PASS, 0.0)
"""


def test_the_configuration_of_a_patch_has_workers_of_its_own(tmp_path: Path, llc: Toolchain) -> None:
    """It is Python, and can make every test of its own pass; no other's."""
    tests = {"a": "false"}
    forged = replace(suite(tmp_path / "forged", tests, Bounds(), CONFIG + FORGED), apart=True)
    honest = suite(tmp_path / "honest", tests, Bounds())
    with Pool(1) as pool:
        tasks = [(llc, honest), (llc, forged), (llc, honest), (llc, forged)]
        runs = lit_runner.run_all(tasks, Silent(), pool)
        runs += lit_runner.run_all([(llc, honest)], Silent(), pool)
    outcomes = [run.results[0].outcome for run in runs]
    assert outcomes == [Outcome.FAIL, Outcome.PASS, Outcome.FAIL, Outcome.PASS, Outcome.FAIL]
