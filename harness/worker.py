"""The process that runs lit tests: names of tests come in, results go out, one line of JSON each.

A null asks for the names of all tests.

It is a process of its own because lit and FileCheck hold Python's lock, and because a test may take the
memory of whoever runs it: a worker that dies is one UNRESOLVED test.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from harness import process
from harness.crash.signature import signature
from harness.kill import kill_tree
from harness.model import Capture, Outcome, TestResult
from harness.suite.discovery import Orders, discover, lit_config
from harness.suite.shell import Watch, watching

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def run_test(config: Any, test: Any, name: str, orders: Orders) -> TestResult:
    """Run one test and say what it did."""
    import lit.Test
    import lit.worker

    start = time.monotonic()
    # A test may run again in the same worker; lit keeps a result on the test and refuses a second.
    test = lit.Test.Test(test.suite, test.path_in_suite, test.config, test.file_path)
    with watching(signature, in_process=orders.in_process) as watch:
        result = lit.worker._execute(test, config)
    if watch.stopped and result.code is lit.Test.PASS:
        # `! llc` takes any end for the failure it wants, and who outlives llc may hold its pipe for it.
        result.code = lit.Test.FAIL
    code = result.code
    if orders.expectations:
        test.setResult(result)
        code = test.result.code
    outcome = _outcome(code.name, watch)
    place = re.compile(re.escape(orders.exec_root))
    return TestResult(
        name=name,
        outcome=outcome,
        elapsed=time.monotonic() - start,
        signature=watch.signatures[0] if watch.signatures and outcome.failed else None,
        output="" if outcome is Outcome.PASS else place.sub("%t", result.output or ""),
        captures=tuple(Capture(place.sub("%t", c.command), place.sub("%t", c.text)) for c in watch.captures),
    )


def _outcome(code: str, watch: Watch) -> Outcome:
    if code == "FAIL" and watch.hung:
        return Outcome.TIMEOUT
    if code == "FAIL" and watch.signatures:
        return Outcome.CRASH
    known = {"FLAKYPASS": Outcome.PASS, "SKIPPED": Outcome.UNSUPPORTED, "EXCLUDED": Outcome.UNSUPPORTED}
    return known.get(code) or Outcome(code)


def _end_orphans() -> None:
    """Kill what a test left running in a session of its own: it has become a child of this process."""
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ended, a child that was reaped
            for word in (task / "children").read_text().split():
                kill_tree(int(word))
                os.waitpid(int(word), 0)


def main() -> None:
    """Serve until standard input ends."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    process.exit_on_sigterm()
    # lit prints notes; the channel to the parent must hold results alone.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    orders = msgspec.json.decode(sys.argv[1], type=Orders)
    config = lit_config(orders)
    tests = discover(config, orders)
    encoder = msgspec.json.Encoder()
    for line in sys.stdin.buffer:
        name = msgspec.json.decode(line, type=str | None)
        result: TestResult | list[str]
        if name is None:
            result = sorted(tests)
        elif name in tests:
            result = run_test(config, tests[name], name, orders)
            _end_orphans()
        else:
            where = Path(orders.root).name
            result = TestResult(name, Outcome.UNRESOLVED, 0.0, output=f"no such test in {where}")
        channel.write(encoder.encode(result) + b"\n")
        channel.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
