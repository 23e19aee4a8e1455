"""Suites through real workers, with compilers that hang, flood, eat memory, breed or kill the worker."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Run, Signature, TestResult
from harness.process.jail import python_paths
from harness.process.sandbox import VARIABLE, Mode
from harness.progress import Silent
from harness.runner import runs as lit_runner
from harness.runner.bounds import Bounds
from harness.runner.pool import Pool
from harness.runner.runs import OpenSuite, Suite

VERSION = "LLVM (http://llvm.org/):\n  LLVM version 19.1.7\n  Optimized build.\n  Registered Targets:\n"
CONFIG = """\
import lit.formats, os
config.name = "hostile"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
config.available_features.update(lit_config.params["features"].split(","))
"""
# An llc that does what its first argument says.
LLC = f"""\
#!{sys.executable} -S
import os, resource, signal, subprocess, sys, time
what = sys.argv[1]
def memory():
    while resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        time.sleep(0.01)  # whoever started it sets its limits just now
    try:
        bytearray(5 << 30)
    except MemoryError:
        print("LLVM ERROR: out of memory\\nAllocation failed", file=sys.stderr, flush=True)
        os.abort()
def spin():
    while True:
        pass
def flood():
    while True:
        os.write(1, b"nop\\n" * 4096)
def fill():
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    with open(sys.argv[2], "wb") as out:
        while True:
            out.write(b"\\x90" * (1 << 20))
def breed():
    quiet = subprocess.DEVNULL if "quiet" in sys.argv else None
    new = "session" in sys.argv
    subprocess.Popen(["sleep", "977.25"], stdout=quiet, stderr=quiet, start_new_session=new)
    print("ret")
def murder():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
does = {{
    "--version": lambda: print({VERSION!r}),
    "hang": lambda: time.sleep(600),
    "ret": lambda: print("ret"),
    "fail": lambda: sys.exit("error: no"),
    "trap": lambda: os.kill(os.getpid(), signal.SIGTRAP),
    "memory": memory, "spin": spin, "flood": flood, "fill": fill, "breed": breed, "murder": murder,
}}
does[what]()
"""
TESTS = {
    "bang-flood": "! llc flood",
    "bang-hang": "! llc hang %S",
    "breed": "llc breed quiet | FileCheck %s\nCHECK: ret",
    "breed-holding": "llc breed session | FileCheck %s\nCHECK: ret",
    "breed-session": "llc breed quiet session | FileCheck %s\nCHECK: ret",
    "fail": "llc fail | FileCheck %s\nCHECK: ret",
    "fill": "llc fill %t",
    "flood": "llc flood | FileCheck %s\nCHECK: ret",
    "good": "llc ret | FileCheck %s\nCHECK: ret",
    "good-not": "not llc fail",
    "hang": "llc hang %S | FileCheck %s\nCHECK: ret",
    "memory": "llc memory",
    "murder": "llc murder",
    "not-fill": "not llc fill %t",
    "not-flood": "not llc flood",
    "not-hang": "not llc hang %S",
    "not-murder": "not llc murder",
    "not-trap": "not llc trap",
    "spin": "llc spin",
    "trap": "llc trap",
    "unsupported": "llc hang\nREQUIRES: llvm-ge-20",
    "wrong": "llc ret | FileCheck %s\nCHECK: nop",
    "xfail-hang": "llc hang %S\nXFAIL: llvm-19",
    "xfail-pass": "llc ret\nXFAIL: llvm-19",
}
HANG = Signature(CrashKind.LIMIT, "ran longer than 3 s")
SPIN = Signature(CrashKind.LIMIT, "used more than 1 s of processor time")
# Once is enough. Each test runs into the one limit that it is about, however busy the machine is.
ONCE = Bounds(alone=0)
HANGING = replace(ONCE, program_wall=3)
SPINNING = replace(ONCE, program_cpu=1)
FLOOD = Signature(CrashKind.LIMIT, "wrote more than 32 MiB of output")
FILL = Signature(CrashKind.LIMIT, "wrote a file of more than 32 MiB")
MEMORY = Signature(CrashKind.LIMIT, "ran out of memory")
TRAP = Signature(CrashKind.SIGNAL, "SIGTRAP")
RAW = {
    "bang-flood": (Outcome.CRASH, FLOOD),
    "bang-hang": (Outcome.TIMEOUT, HANG),
    "breed": (Outcome.PASS, None),
    "breed-holding": (Outcome.TIMEOUT, HANG),
    "breed-session": (Outcome.PASS, None),
    "fail": (Outcome.FAIL, None),
    "fill": (Outcome.CRASH, FILL),
    "flood": (Outcome.CRASH, FLOOD),
    "good": (Outcome.PASS, None),
    "good-not": (Outcome.PASS, None),
    "hang": (Outcome.TIMEOUT, HANG),
    "memory": (Outcome.CRASH, MEMORY),
    "murder": (Outcome.UNRESOLVED, None),
    "not-fill": (Outcome.CRASH, FILL),
    "not-flood": (Outcome.CRASH, FLOOD),
    "not-hang": (Outcome.TIMEOUT, HANG),
    "not-murder": (Outcome.UNRESOLVED, None),
    "not-trap": (Outcome.CRASH, TRAP),
    "spin": (Outcome.TIMEOUT, SPIN),
    "trap": (Outcome.CRASH, TRAP),
    "unsupported": (Outcome.UNSUPPORTED, None),
    "wrong": (Outcome.FAIL, None),
    "xfail-hang": (Outcome.TIMEOUT, HANG),
    "xfail-pass": (Outcome.PASS, None),
}


def suite(root: Path, tests: Mapping[str, str] = TESTS, jobs: int = 4) -> Suite:
    """A lit suite of these tests; the first line of each is its RUN line."""
    place = root / "suite"
    place.mkdir()
    (place / "lit.cfg.py").write_text(CONFIG)
    for name, text in tests.items():
        (place / f"{name}.test").write_text(f"RUN: {text}\n")
    return Suite(place, jobs, bounds=ONCE)


def toolchain(root: Path, text: str = LLC) -> Toolchain:
    """A toolchain of one llc, a program of this text."""
    llc = root / "llc"
    llc.write_text(text)
    llc.chmod(0o755)
    return Toolchain("hostile", "19.1.7", {"llc": llc}, "made here", f"hostile {root}", homes=python_paths())


def results(run: Run) -> dict[str, TestResult]:
    return {r.name.removesuffix(".test"): r for r in run.results}


def seen(run: Run) -> dict[str, tuple[Outcome, Signature | None]]:
    return {name: (r.outcome, r.signature) for name, r in results(run).items()}


def commands() -> Iterator[tuple[int, str]]:
    """Every program that is running, with its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if state not in "ZX":
                yield int(entry.name), line


def left(word: str, within: float = 5.0) -> list[str]:
    """The command lines with this word that are still running after some time."""
    end = time.monotonic() + within
    while found := [line for pid, line in commands() if word in line and pid != os.getpid()]:
        if time.monotonic() > end:
            return found
        time.sleep(0.05)
    return []


pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def mode() -> Iterator[None]:
    """Where a tool may kill its worker. Where it cannot: test_one_worker.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, Mode.LANDLOCK.value)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def runs(place: Path) -> tuple[Run, Run]:
    """All tests raw, and with expectations, at the same time: a hang is mostly waiting."""
    mine, llc = suite(place), toolchain(place)

    def part(end: Signature, bounds: Bounds) -> Suite:
        names = tuple(f"{name}.test" for name, seen in RAW.items() if seen[1] == end)
        return replace(mine, names=names, bounds=bounds, jobs=len(names))

    slow = (part(HANG, HANGING), part(SPIN, SPINNING))
    fast = {f"{name}.test" for name in TESTS} - {name for one in slow for name in one.names}
    expected = replace(
        mine, names=("xfail-hang.test", "xfail-pass.test"), bounds=HANGING, expectations=True, jobs=2
    )
    suites = (*slow, replace(mine, names=tuple(sorted(fast))), expected)
    with ThreadPoolExecutor() as pool:
        *raw, last = pool.map(lambda one: lit_runner.run(llc, one, Silent()), suites)
    return replace(raw[0], results=tuple(result for run in raw for result in run.results)), last


@pytest.fixture(scope="module")
def raw(runs: tuple[Run, Run]) -> Run:
    return runs[0]


def test_no_hostile_compiler_passes_and_each_limit_is_named(raw: Run) -> None:
    assert seen(raw) == RAW


def test_the_output_says_which_program_was_stopped(raw: Run) -> None:
    for name in ("hang", "not-hang", "spin", "flood", "fill", "not-fill", "not-flood"):
        found = results(raw)[name]
        assert found.signature is not None
        assert f"harness: the program was stopped: it {found.signature.message}" in found.output, name


def test_a_worker_that_dies_is_one_unresolved_test(raw: Run) -> None:
    for name in ("murder", "not-murder"):
        assert results(raw)[name].output.startswith("the worker running it died of SIGKILL\n")


def test_nothing_is_left_running(raw: Run, place: Path) -> None:
    assert [results(raw)[name].outcome for name in ("breed", "breed-session")] == [Outcome.PASS] * 2
    assert left(str(place)) == []
    assert left("sleep 977.25") == []


def test_a_hang_is_not_an_expected_failure(runs: tuple[Run, Run]) -> None:
    """As with lit: a test that expects a failure must not wait for a hang in every run."""
    assert seen(runs[1]) == {"xfail-hang": (Outcome.TIMEOUT, HANG), "xfail-pass": (Outcome.XPASS, None)}


def test_a_worker_that_died_is_replaced(tmp_path: Path) -> None:
    names = ("good", "murder", "good-not", "not-murder", "wrong")
    mine = suite(tmp_path, {name: TESTS[name] for name in names}, jobs=1)
    assert seen(lit_runner.run(toolchain(tmp_path), mine, Silent())) == {name: RAW[name] for name in names}


def test_results_are_sorted_and_name_no_temporary_folder(tmp_path: Path) -> None:
    mine = suite(tmp_path, {n: f"llc ret | tee %t | FileCheck %s\nCHECK: {n}" for n in ("b", "ret", "a")})
    run = lit_runner.run(toolchain(tmp_path), mine, Silent())
    assert [(r.name, r.outcome) for r in run.results] == [
        ("a.test", Outcome.FAIL),
        ("b.test", Outcome.FAIL),
        ("ret.test", Outcome.PASS),
    ]
    assert run.results[2].output == ""
    for result in run.results:
        assert [capture.text for capture in result.captures] == ["ret\n"]
        assert "harness-pool-" not in result.output + result.captures[0].command


def test_only_named_and_matching_tests_run(tmp_path: Path) -> None:
    mine = suite(tmp_path)
    llc = toolchain(tmp_path)
    named = lit_runner.run(llc, replace(mine, names=("good.test", "gone.test")), Silent())
    assert [(r.name, r.outcome, r.output) for r in named.results] == [
        ("gone.test", Outcome.UNRESOLVED, "no such test in suite"),
        ("good.test", Outcome.PASS, ""),
    ]
    matching = lit_runner.run(llc, replace(mine, pattern="^good"), Silent())
    assert [r.name for r in matching.results] == ["good-not.test", "good.test"]
    with pytest.raises(UsageError) as raised:
        lit_runner.run(llc, replace(mine, pattern="no such"), Silent())
    assert str(raised.value) == (
        f"--filter no such: none of {len(TESTS)} tests matches\nnext: try a part of a test's path"
    )


def test_the_tests_of_an_open_suite_run_one_by_one(tmp_path: Path) -> None:
    """Its configuration is read once, and a late test runs once more."""
    tests = {name: TESTS[name] for name in ("good", "murder", "wrong")}
    tests["late"] = "sh -c 'echo once >> $HOME/late; exec llc hang'"
    tests["shows"] = "sh -c 'cat $HOME/read $HOME/late; false'"
    mine = replace(suite(tmp_path, tests), bounds=Bounds(program_wall=1))
    count = "open(os.environ['HOME'] + '/read', 'a').write('read\\n')\n"
    (mine.root / "lit.cfg.py").write_text(CONFIG + count)
    with Pool(1) as pool:
        opened = OpenSuite(toolchain(tmp_path), mine, pool)
        assert opened.names == ("good.test", "late.test", "murder.test", "shows.test", "wrong.test")
        found = {name: opened.run(f"{name}.test").outcome for name in ("good", "wrong", "late")}
        shown = opened.run("shows.test").output
        found |= {name: opened.run(f"{name}.test").outcome for name in ("murder", "good")}
        opened.require_unchanged()
    assert found == {
        "good": Outcome.PASS,
        "wrong": Outcome.FAIL,
        "late": Outcome.TIMEOUT,
        "murder": Outcome.UNRESOLVED,
    }
    assert "# | read\n# | once\n# | once\n# `-" in shown


def test_a_suite_that_lit_refuses_is_an_error(tmp_path: Path) -> None:
    mine = suite(tmp_path)
    (mine.root / "lit.cfg.py").write_text("config.name = undefined_name\n")
    with pytest.raises(UsageError) as raised:
        lit_runner.run(toolchain(tmp_path), mine, Silent())
    assert raised.value.what == f"{mine.root}: lit cannot read this suite"
    assert "undefined_name" in raised.value.detail


def test_an_llc_without_a_version_is_an_error(tmp_path: Path) -> None:
    mute = toolchain(tmp_path, "#!/bin/sh\necho hello\n")
    with pytest.raises(EnvironmentLacksError) as raised:
        lit_runner.toolchain_features(mute)
    assert str(raised.value) == (
        f"{mute.tools['llc']} does not run: no LLVM version in what `llc --version` prints: hello\n"
        "next: check that it runs by itself"
    )
    with pytest.raises(EnvironmentLacksError) as raised:
        lit_runner.toolchain_features(Toolchain("bare", "19.1.7", {}, "", "bare"))
    assert str(raised.value) == ("bare has no llc\nnext: name an LLVM that has one, or use --toolchain wheel")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_harness(tmp_path: Path, signum: signal.Signals) -> None:
    """A killed harness cannot clean up; its workers notice, and end what they run."""
    mine = suite(tmp_path, {"hang": TESTS["hang"]}, jobs=1)
    llc = toolchain(tmp_path)
    code = (
        "from pathlib import Path; from harness import process; from harness.llvm import Toolchain;"
        "from harness.process.jail import python_paths;"
        "from harness.progress import Silent; from harness.runner import runs as lit_runner;"
        f"process.exit_on_sigterm(); print(flush=True);"
        f"tools = {{'llc': Path({str(llc.tools['llc'])!r})}};"
        "llc = Toolchain('h', '19.1.7', tools, '', 'h', homes=python_paths());"
        "lit_runner.run(llc,"
        f"lit_runner.Suite(Path({str(mine.root)!r}), 1), Silent())"
    )
    parent = process.Child([sys.executable, "-c", code], stderr=None)
    end = time.monotonic() + 30
    while not any("llc hang" in line and str(mine.root) in line for _, line in commands()):
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(parent.pid, signum)
    while parent.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    survivors = left(str(mine.root))
    parent.wait()
    assert survivors == []
