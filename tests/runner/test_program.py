"""`not` and `not --crash` without the program `not`, and what dying programs said into a pipe or a file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.llvm import Toolchain
from harness.model import CrashKind, Outcome, Run, Signature
from harness.process.jail import python_paths
from harness.progress import Silent
from harness.runner import runs as lit_runner
from harness.runner.bounds import Bounds
from harness.runner.program import Program
from harness.runner.runs import Suite
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve

pytestmark = pytest.mark.xdist_group("not")

CONFIG = """\
import lit.formats, os
config.name = "not"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".test"}
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""
# An llc that does what its first argument says, and leaves no crash report, as LLVM's with `not --crash`.
LLC = f"""\
#!{sys.executable} -S
import os, resource, signal, sys, time
def die(text, by=signal.SIGABRT):
    sys.stderr.write(text)
    sys.stderr.flush()
    os.kill(os.getpid(), by)
def memory():
    while resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
        time.sleep(0.01)  # whoever started it sets its limits just now
    try:
        bytearray(5 << 30)
    except MemoryError:
        die("terminate called after throwing an instance of 'std::bad_alloc'\\n")
def spin():
    while True:
        pass
def fill():
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    with open(sys.argv[2], "wb") as out:
        while True:
            out.write(b"\\x90" * (1 << 20))
def flood():
    while True:
        os.write(1, b"nop\\n" * 4096)
does = {{
    "--version": lambda: print("LLVM version 19.1.7"),
    "assert": lambda: die(
        "llc: /src/llvm/lib/A.cpp:12: void llvm::f(int): Assertion `N > 0 && \\"no\\"' failed.\\n"
        "Stack dump:\\n0.\\tProgram arguments: llc\\n"
        " #0 0x0000000000000001 raise (/lib/libc.so.6+0x1)\\n"
        " #1 0x0000000000000002 llvm::f(int) (/lib/libLLVM.so+0x2)\\n"
        " #2 0x0000000000000003 llvm::g() (/lib/libLLVM.so+0x3)\\n"
    ),
    "environment": lambda: die(os.environ["LLVM_DISABLE_CRASH_REPORT"] + "\\n"),
    "late": lambda: (time.sleep(1), does["assert"]()),
    "hang": lambda: time.sleep(600),
    "ret": lambda: print("ret"),
    "fail": lambda: sys.exit("LLVM ERROR: no"),
    "memory": memory, "spin": spin, "fill": fill, "flood": flood,
}}
does[sys.argv[1]]()
"""
HANG = Signature(CrashKind.LIMIT, "ran longer than 3 s")
SPIN = Signature(CrashKind.LIMIT, "used more than 1 s of processor time")
FILL = Signature(CrashKind.LIMIT, "wrote a file of more than 32 MiB")
FLOOD = Signature(CrashKind.LIMIT, "wrote more than 32 MiB of output")
MEMORY = Signature(CrashKind.LIMIT, "ran out of memory")
ASSERT = Signature(CrashKind.ASSERTION, 'N > 0 && "no"')
FATAL = Signature(CrashKind.FATAL_ERROR, "no")
# %not is what LLVM's configuration makes of a `not` in the midst of a pipeline: a path, which lit runs.
TESTS = {
    "crash": ("not --crash llc assert", Outcome.PASS, None),
    "crash-checked": ("not --crash llc assert 2>&1 | FileCheck %s\nCHECK: failed.", Outcome.PASS, None),
    "crash-wrong": ("not --crash llc assert 2>&1 | FileCheck %s\nCHECK: other{{$}}", Outcome.FAIL, None),
    "crash-path": ("cat %s | %not --crash llc assert", Outcome.PASS, None),
    "environment": ("not --crash llc environment 2>&1 | FileCheck %s\nCHECK: {{^1$}}", Outcome.PASS, None),
    "environment-set": (
        "env LLVM_DISABLE_CRASH_REPORT=0 not --crash llc environment 2>&1 | FileCheck %s\nCHECK: {{^0$}}",
        Outcome.PASS,
        None,
    ),
    "no-crash": ("not --crash llc ret", Outcome.FAIL, None),
    "no-crash-error": ("not --crash llc fail", Outcome.CRASH, FATAL),
    "not-path": ("cat %s | %not llc fail", Outcome.PASS, None),
    "not-path-crash": ("cat %s | %not llc assert", Outcome.CRASH, ASSERT),
    "no-program": ("not --crash nosuch", Outcome.FAIL, None),
    "hang": ("not --crash llc hang", Outcome.TIMEOUT, HANG),
    "spin": ("not --crash llc spin", Outcome.TIMEOUT, SPIN),
    "spin-path": ("cat %s | %not --crash llc spin", Outcome.TIMEOUT, SPIN),
    "spin-ulimit": ("ulimit -n 99\nRUN: not --crash llc spin", Outcome.TIMEOUT, SPIN),
    "fill": ("not --crash llc fill %t", Outcome.CRASH, FILL),
    "fill-echo": ("echo x | not --crash llc fill %t", Outcome.CRASH, FILL),
    "fill-ulimit": ("ulimit -n 99\nRUN: not llc fill %t", Outcome.CRASH, FILL),
    "flood": ("not --crash llc flood | FileCheck %s\nCHECK: nop", Outcome.CRASH, FLOOD),
    "memory": ("not --crash llc memory", Outcome.CRASH, MEMORY),
    "memory-file": ("not --crash llc memory > %t 2>&1", Outcome.CRASH, MEMORY),
    "memory-nowhere": ("not --crash llc memory > /dev/null 2>&1", Outcome.CRASH, MEMORY),
    "memory-pipe": ("not --crash llc memory 2>&1 | FileCheck %s\nCHECK: bad_alloc", Outcome.CRASH, MEMORY),
    "said-pipe": ("llc assert 2>&1 | FileCheck %s\nCHECK: failed.", Outcome.CRASH, ASSERT),
    "said-pipes": ("llc assert 2>&1 | cat | FileCheck %s\nCHECK: failed.", Outcome.CRASH, ASSERT),
    "said-error-pipe": ("llc assert 2>&1 > %t | FileCheck %s\nCHECK: failed.", Outcome.CRASH, ASSERT),
    "said-file": ("llc assert > %t 2>&1", Outcome.CRASH, ASSERT),
    "said-early": ("llc assert 2>&1 | true", Outcome.CRASH, ASSERT),
    "said-late": ("llc late | true", Outcome.CRASH, ASSERT),
    "said-late-pipe": ("llc late 2>&1 | true", Outcome.CRASH, ASSERT),
    "said-late-pipes": ("llc late | cat | true", Outcome.CRASH, ASSERT),
}
SLOW = {name for name, (_, _, signature) in TESTS.items() if signature in {SPIN, HANG}}


@pytest.fixture(scope="module")
def release() -> Toolchain:
    """Debian's LLVM 19, for its `not` and its FileCheck."""
    return resolve(Store(default_root()), Request("debian", 19, None), lambda _text: None).toolchain()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, release: Toolchain) -> Mapping[str, Run]:
    place = tmp_path_factory.mktemp("not")
    llc = place / "llc"
    llc.write_text(LLC)
    llc.chmod(0o755)
    root = place / "suite"
    root.mkdir()
    path = release.tools["not"]
    (root / "lit.cfg.py").write_text(f"{CONFIG}config.substitutions.append(('%not', {str(path)!r}))\n")
    for name, (text, _, _) in TESTS.items():
        (root / f"{name}.test").write_text(f"RUN: {text}\n")
    tools = {"llc": llc, "not": path, "FileCheck": release.tools["FileCheck"]}
    toolchain = Toolchain("not", "19.1.7", tools, "made here", f"not {place}", homes=python_paths())
    suite = Suite(root, 4, "llvm", bounds=Bounds(alone=0))

    def run(names: Iterable[str], bounds: Bounds, filecheck: str = "llvm") -> Run:
        some = replace(suite, names=tuple(f"{n}.test" for n in names), bounds=bounds, filecheck=filecheck)
        return lit_runner.run(toolchain, some, Silent())

    # Each runs into the one limit that it is about, however busy the machine is: the others are far away.
    fast = [name for name in TESTS if name not in SLOW]
    hangs = run((n for n in SLOW if TESTS[n][2] is HANG), Bounds(program_wall=3, alone=0))
    spins = run((n for n in SLOW if TESTS[n][2] is SPIN), Bounds(program_cpu=1, alone=0))
    others = run(fast, suite.bounds)
    results = (*hangs.results, *spins.results, *others.results)
    return {"llvm": replace(others, results=results), "pypi": run(fast, suite.bounds, "pypi")}


@pytest.mark.parametrize("filecheck", ["llvm", "pypi"])
def test_a_limit_is_not_a_crash_and_a_crash_has_its_frames(runs: Mapping[str, Run], filecheck: str) -> None:
    found = {r.name.removesuffix(".test"): (r.outcome, r.signature) for r in runs[filecheck].results}
    expected = {
        name: (outcome, signature)
        for name, (_, outcome, signature) in TESTS.items()
        if filecheck == "llvm" or name not in SLOW
    }
    assert found == expected


def test_what_a_program_wrote_into_a_pipe_has_place_and_frames(runs: Mapping[str, Run]) -> None:
    for run in runs.values():
        for result in run.results:
            if result.signature == ASSERT:
                assert result.signature.location == "lib/A.cpp:12", result.name
                assert result.signature.frames == ("llvm::f", "llvm::g"), result.name


ENDS = [*(f"exit {code}" for code in (0, 1, 2, 125, 126, 127, 128, 134, 255)), "kill -ABRT $$", "kill -9 $$"]


@pytest.mark.parametrize("words", ["", "--crash", "not", "--crash not --crash"])
def test_every_end_is_turned_as_llvms_not_turns_it(release: Toolchain, words: str) -> None:
    path = str(release.tools["not"])
    argv = [path, *(path if word == "not" else word for word in words.split()), "sh", "-c"]
    theirs = {end: process.run([*argv, end]).returncode for end in ENDS}
    assert {end: Program([*argv, end], stderr=process.DEVNULL).wait() for end in ENDS} == theirs


def test_the_program_of_not_is_found_as_not_finds_it(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "tool").chmod(0o755)
    for name, path in (("tool", str(tmp_path)), ("./tool", "/nowhere")):
        child = Program(["not", name], executable="/nowhere/not", env={"PATH": path}, cwd=tmp_path)
        assert child.wait() == 0
    with pytest.raises(FileNotFoundError):
        Program(["not", "tool"], executable="/nowhere/not", env={"PATH": "/nowhere"}, cwd=tmp_path)


def test_pipes_take_threads_that_stay() -> None:
    def talk() -> bytes | None:
        program = Program(["echo", "said"], stdout=process.PIPE)
        assert program.stdout is not None
        with program.pipe_into_next(program.stdout) as end:
            assert end.read() == b"said\n"
        program.wait()
        return program.piped_bytes()

    def threads() -> int:
        return sum(thread.name == "background" for thread in threading.enumerate())

    assert talk() == b"said\n"
    before = threads()
    assert {talk() for _ in range(20)} == {b"said\n"}
    assert threads() == before
