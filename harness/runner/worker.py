"""The process that runs lit tests: requests come in, results go out, one line of JSON each.

It is a process of its own because lit and FileCheck hold Python's lock, and because a test may take the
memory of whoever runs it: a worker that dies is one UNRESOLVED test. It is in a jail with all that it runs
(one_worker.py). Within the jail no tool can write to the channel that the results go through.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import gc
import importlib
import itertools
import os
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from harness import process
from harness.errors import EnvironmentLacksError
from harness.faults import explain_fault
from harness.model import Capture, Outcome, Signature, TestResult
from harness.process.kill import kill_tree
from harness.process.secluded import seclude
from harness.runner import lit_internals
from harness.runner.bounds import WORKER_FILES, BadBoundError
from harness.runner.discovery import JobSpec, WorkerAnswer, WorkerRequest, discover, lit_config, no_such_test
from harness.runner.filecheck import OutOfTimeError, within
from harness.runner.gate import SAID, Gate, StandIns, furnish
from harness.runner.lit_internals import Config, Test
from harness.runner.lit_shell import Checker, Watch, watch_test
from harness.runner.outputs import Names, OutputLog, sort_names
from harness.runner.recording import BESIDE, Recorder
from harness.runner.reveal import Revealer
from harness.runner.servers import Servers
from harness.runner.symbolizer_client import CHANNEL
from harness.warm.client import TOOLS, WARM

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2
_PR_SET_CHILD_SUBREAPER = 36
# So often what a test left running is looked for: it may start others faster than it is killed.
_ROUNDS = 50
_FILES = resource.RLIMIT_NOFILE


def run_test(  # noqa: PLR0913, PLR0917 - what lit has of the test, and what is around it
    config: Any,
    test: Test,
    name: str,
    spec: JobSpec,
    gate: Gate,
    recorder: Recorder | None = None,
    names: Names = (),
    spared: Collection[int] = (),
) -> TestResult:
    """Run one test. `names` are hidden in what its tools write; the children `spared` outlive it."""
    start = time.monotonic()
    # A test may run again in the same worker.
    test = lit_internals.fresh_copy(test, _guard(test.config, gate, recorder))
    checker = Checker(spec.filecheck, spec.params.get("toolchain_bin", ""))
    bounds = spec.bounds.of_config(lit_internals.max_output_mib(test.config))
    reveal = Revealer(gate.bin, gate.stale, spec.bounds).reveal if spec.outputs else None
    log = OutputLog(spec.exec_root, names, reveal)
    with watch_test(_signature, checker, bounds, gate, log) as watch:
        result = lit_internals.execute(test, config)
    _end_orphans(spared)  # what they start from here on would count for the next test
    if recorder is not None:
        recorder.keep(name)
    refusals = (*watch.refusals, *gate.take_refusals())
    if watch.stopped:
        # `! llc` takes any end for the failure it wants, and a child that outlives llc may hold its pipe.
        lit_internals.turn_pass_into_fail(result)
    code = result.code
    # As with lit, XFAIL does not cover a test that is stopped at its time limit.
    if spec.expectations and not watch.hung:
        test.setResult(result)
        code = test.result.code
    outcome = _outcome(code.name, watch)
    hide_paths = _path_hider(spec)
    output = hide_paths(result.output or "")
    if refusals:
        # Part of a test is not an answer, whatever lit made of it.
        refusal = max(refusals, key=lambda one: one.outcome is Outcome.UNRESOLVED)
        return TestResult(
            name, refusal.outcome, time.monotonic() - start, output=f"{refusal.why}\n{output}".rstrip()
        )
    if watch.disagreement:
        return TestResult(
            name, Outcome.UNRESOLVED, time.monotonic() - start, output=hide_paths(watch.disagreement)
        )
    captures = watch.captures if spec.filecheck != "llvm" or spec.captures else ()
    found = watch.signatures[0] if watch.signatures and outcome.failed else None
    return TestResult(
        name=name,
        outcome=outcome,
        elapsed=time.monotonic() - start,
        signature=found and replace(found, tool=hide_paths(found.tool)),
        output="" if outcome is Outcome.PASS else output,
        captures=tuple(Capture(hide_paths(c.command), hide_paths(c.text)) for c in captures),
        cpu=round(watch.cpu, 3),
        wrote=log.digest,
        outputs=tuple(log.outputs),
    )


def _signature(text: str, returncode: int, limit: str) -> Signature | None:
    """How a program died. Importing what reads it is a tenth of a worker's start, and most see none die."""
    from harness.crash.signature import signature

    return signature(text, returncode, limit) if returncode or limit else None


def _path_hider(spec: JobSpec) -> Callable[[str], str]:
    """What takes out of a text the folders that differ from run to run."""
    names = {spec.exec_root: "%t", **({spec.copy: spec.tree} if spec.copy else {})}
    if spec.tools:
        names[spec.params["toolchain_bin"]] = spec.tools
    places = re.compile("|".join(map(re.escape, names)))
    return lambda text: places.sub(lambda found: names[found[0]], text)


def _hidden_names(spec: JobSpec, gate: Gate, run: Path) -> Names:
    """What stands for folders that are others in the next run, or on the other side."""
    return sort_names(
        {
            str(run): "%run",
            **dict.fromkeys((spec.tree, spec.copy), "%source"),
            **dict.fromkeys((str(gate.bin), spec.tools, *gate.places), "%bin"),
            spec.exec_root: "%t",
        }
    )


def _guard(config: Config, gate: Gate, recorder: Recorder | None) -> Config:
    """A test's configuration, with stand-ins first on PATH for LLVM's tools that scripts may not start."""
    guarded = copy.copy(config)
    guarded.environment = gate.guard(config.environment) | (recorder.environment if recorder else {})
    return guarded


def _outcome(code: str, watch: Watch) -> Outcome:
    if code == "FAIL" and watch.hung:
        return Outcome.TIMEOUT
    if code == "FAIL" and watch.signatures:
        return Outcome.CRASH
    known = {"FLAKYPASS": Outcome.PASS, "SKIPPED": Outcome.UNSUPPORTED, "EXCLUDED": Outcome.UNSUPPORTED}
    return known.get(code) or Outcome(code)


def _end_orphans(spared: Collection[int] = ()) -> bool:
    """Kill what a test left running in a session of its own: it has become a child of this process.

    Returns whether nothing is left but what is `spared`.
    """
    for _round in range(_ROUNDS):
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True  # after almost every test there is no child at all
        left = [pid for pid in _children() if pid not in spared]
        if not left:
            return True
        for pid in left:
            kill_tree(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return False


def _children() -> Iterator[int]:
    """The children of this process, whichever thread started them."""
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended
            yield from map(int, (task / "children").read_text().split())


class _Home:
    """Where this worker may write, and what of it serves all of its suites."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.scripts = StandIns(place / "stand-ins")
        self.servers = Servers()
        self._count = itertools.count()

    def new_folder(self) -> Path:
        """A folder for one suite."""
        return self.place / str(next(self._count))


class _Suite:
    """One suite on one toolchain as lit reads it, below a folder of this worker's own."""

    def __init__(self, path: str, home: _Home) -> None:
        read = msgspec.json.decode(Path(path).read_bytes(), type=JobSpec)
        self.home = home
        self.tests: dict[str, Test] = {}
        shared = Path(read.params["toolchain_bin"])
        self.folder = mine = home.new_folder()
        stand_ins = mine / "stand-ins"
        tools = furnish(mine / "bin", shared, read.stale, home.scripts, stand_ins / SAID)
        channels = self._channels(read, shared)
        params = {**read.params, "toolchain_bin": str(tools)}
        if WARM in channels:
            params["warm"] = str(channels[WARM])
        self.spec = msgspec.structs.replace(
            read, exec_root=str(mine / "out"), params=params, tools=str(shared)
        )
        self.gate = Gate(
            bin=tools,
            own=(Path(self.spec.copy or self.spec.root), Path(self.spec.exec_root)),
            stand_ins=stand_ins,
            scripts=home.scripts,
            stale=frozenset(self.spec.stale),
            symbolizer=self.spec.symbolizer,
            channels=channels,
        )
        kept = read.recording and read.recording.below(home.place)
        self.recorder = Recorder(kept, mine / BESIDE) if kept else None
        self.names = _hidden_names(self.spec, self.gate, mine)

    def _channels(self, spec: JobSpec, tools: Path) -> dict[str, int]:
        """The descriptors that the programs of tests inherit, by the variables that tell of them."""
        servers, found = self.home.servers, {}
        if spec.symbolizer and CHANNEL in os.environ:
            found[CHANNEL] = int(os.environ[CHANNEL])
        if spec.warm:
            found[WARM] = servers.channel("harness.warm.modules")
        if spec.server:
            real = Path(os.path.realpath(tools / "llc")).parent
            found[TOOLS] = servers.channel(spec.server, real)
        return found

    def read(self) -> WorkerAnswer:
        """Have lit read the suite. A configuration is Python, and may do whatever Python can."""
        try:
            return self._read()
        finally:
            # LLVM's starts llvm-readobj; the next test has not done that.
            self.gate.take_refusals()
            # The suite stays to the end. Looking at it again and again took a tenth of this process' time.
            gc.freeze()

    def _read(self) -> WorkerAnswer:
        try:
            with within(self.spec.bounds.reading_cpu):
                self.config = lit_config(self.spec)
                self.tests = discover(self.config, self.spec)
                lit_internals.write_below(self.tests.values(), self.spec.root, self.spec.exec_root)
                if trouble := self._trouble_with_tests():
                    return WorkerAnswer(trouble=trouble)
                return WorkerAnswer(names=tuple(sorted(self.tests)))
        except OutOfTimeError:
            return WorkerAnswer(
                trouble=f"it used more than {self.spec.bounds.reading_cpu} s of processor time"
            )
        except EnvironmentLacksError as error:
            return WorkerAnswer(lacks=(error.what, error.next_step))
        except SystemExit as ended:
            return WorkerAnswer(trouble=f"it ended with status {ended.code}")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return WorkerAnswer(
                trouble=f"{type(error).__name__}: {error}\nin {place.filename}:{place.lineno}"
            )

    def _trouble_with_tests(self) -> str:
        """Why a test cannot run as it is called or configured; empty if all can."""
        for name, test in self.tests.items():
            if (shown := os.fsencode(name).decode("utf-8", "backslashreplace")) != name:
                return f"the name of a test is not UTF-8, rename it: {shown}"
            try:
                self.spec.bounds.of_config(lit_internals.max_output_mib(test.config))
            except BadBoundError as error:
                return str(error)
        return ""

    def answer(self, name: str) -> WorkerAnswer:
        if not name:
            return self.read()
        if name not in self.tests:
            return WorkerAnswer(no_such_test(self.spec, name))
        path = Path(self.tests[name].getSourcePath())
        if path.exists() and not path.is_file():
            return WorkerAnswer(TestResult(name, Outcome.UNRESOLVED, 0.0, output="is not a regular file"))
        try:
            around = self.spec, self.gate, self.recorder, self.names, self.home.servers.pids
            result = run_test(self.config, self.tests[name], name, *around)
        except OSError as error:  # the machine: no room for what running it writes
            result = TestResult(name, Outcome.UNRESOLVED, 0.0, output=str(explain_fault(error)))
        return WorkerAnswer(result, worn=not _end_orphans(self.home.servers.pids))


def _bind() -> None:
    """End with who started this process, be closed to its tools, and adopt what they leave running."""
    seclude()
    libc = ctypes.CDLL(None)
    bound = ctypes.c_int()
    libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(bound))
    if not bound.value:  # who keeps it in its jail has seen to that
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    process.exit_on_sigterm()
    # The first process of a namespace would not end of this signal. Python's own handlers have to wait until
    # the engine for regular expressions lets them; a function of C has not.
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal(signal.SIGXCPU, ctypes.cast(libc._exit, ctypes.c_void_p))
    soft, hard = (min(WORKER_FILES, bound % (1 << 64)) for bound in resource.getrlimit(_FILES))
    resource.setrlimit(_FILES, (soft, hard))


def _forget_old(suites: dict[str, _Suite]) -> None:
    """Make room: who asked for these suites has removed their specs."""
    for path in [path for path in suites if not Path(path).exists()]:
        shutil.rmtree(suites.pop(path).folder, ignore_errors=True)


def main() -> None:
    """Serve until standard input ends. The argument is the folder of this worker."""
    _bind()
    # What every test needs is imported before there is one.
    importlib.import_module("filecheck.matcher")
    with contextlib.suppress(EnvironmentLacksError):  # reading a suite reports it
        lit_internals.require()
    # lit prints notes, and a configuration starts programs: the channels to the parent must be ours alone.
    requests, channel = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    home = _Home(Path(sys.argv[1]))
    suites: dict[str, _Suite] = {}
    encoder = msgspec.json.Encoder()
    for line in requests:
        request = msgspec.json.decode(line, type=WorkerRequest)
        try:
            if request.spec not in suites:
                _forget_old(suites)
                suites[request.spec] = _Suite(request.spec, home)
            answer = suites[request.spec].answer(request.name)
        except OSError as error:  # the machine: no room for what stands in for tools
            why = str(explain_fault(error))
            lost = TestResult(request.name, Outcome.UNRESOLVED, 0.0, output=why) if request.name else None
            answer = WorkerAnswer(lost, trouble="" if lost else why)
        channel.write(encoder.encode(answer) + b"\n")
        channel.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
