"""Which tests there are, by lit's own rules; and the messages between the pool and its workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import UsageError
from harness.model import Outcome, TestResult
from harness.runner import lit_internals
from harness.runner.bounds import BOUNDS, Bounds
from harness.runner.lit_internals import Test
from harness.runner.recording import Recording


class NoTestsError(UsageError):
    """There is nothing to run."""


class UnreadableSuiteError(UsageError):
    """lit cannot read a suite's configuration, or the configuration stops lit; `root` is the suite's."""

    def __init__(self, root: str, why: str) -> None:
        super().__init__(f"{root}: lit cannot read this suite", "mend its lit.cfg.py or lit.local.cfg", why)
        self.root = root


class JobSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to run tests: which suite, on which tools, with which of lit's parameters, within which bounds.

    `filecheck` is `pypi`, in process; `llvm`, the toolchain's own; or `both`, which must agree.
    `expectations`: XFAIL counts (a suite on its own); without it outcomes are raw (a comparison).
    `inputs`: folders and files below the root to look for tests in, empty for all; `site`: the file to read
    instead of the root's lit.cfg.py, empty for none; `prefix`: what every test's name begins with.
    `captures`: keep the input of LLVM's FileCheck. `outputs`: keep what LLVM's tools write. `copy`: where the
    tests run instead of in `tree`, the tree of the root; results name the tree.
    `stale`: the tools of the toolchain that are not built with the patch. `symbolizer`: what names the frames
    of a tool that dies, empty for none; no test runs it. `tools`: the folder that results name instead of the
    worker's own folder of tools (the parameter `toolchain_bin`). `recording`: what programs leave behind.
    `warm`: tests may run programs of ours; `server`: the module that serves the calls of the tools.
    `reads`: what the worker has to be able to read. A worker has an `exec_root` of its own.
    """

    root: str
    exec_root: str
    params: dict[str, str]
    filecheck: str
    expectations: bool
    inputs: tuple[str, ...] = ()
    site: str = ""
    prefix: str = ""
    captures: bool = False
    outputs: bool = False
    tree: str = ""
    copy: str = ""
    stale: tuple[str, ...] = ()
    symbolizer: str = ""
    tools: str = ""
    bounds: Bounds = BOUNDS
    recording: Recording | None = None
    warm: bool = False
    server: str = ""
    reads: tuple[str, ...] = ()


class WorkerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To a worker: run the test `name` of the spec in the file `spec`; without a name, list all names.

    `apart` is not empty if lit's configuration comes from a patch: the worker that reads it serves nothing
    else.
    """

    spec: str
    name: str
    apart: str = ""


_MISSING = "no such test in "


def no_such_test(spec: JobSpec, name: str) -> TestResult:
    """The result of a test that lit does not find in a suite."""
    return TestResult(name, Outcome.UNRESOLVED, 0.0, output=f"{_MISSING}{Path(spec.root).name}")


def is_missing(result: TestResult) -> bool:
    """Whether a result says that lit does not find such a test."""
    return result.outcome is Outcome.UNRESOLVED and result.output.startswith(_MISSING)


class WorkerAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a worker: the result of a test, or the names of a suite's tests, or why it cannot be read.

    `lacks` says what the environment lacks to run any test, and what to do next; empty if it lacks nothing.
    `worn`: something of the test still runs, and the worker cannot end it but with itself.
    """

    result: TestResult | None = None
    names: tuple[str, ...] = ()
    trouble: str = ""
    lacks: tuple[str, ...] = ()
    worn: bool = False


def lit_config(spec: JobSpec) -> Any:
    """lit's configuration of a run. lit ends the process (SystemExit) if it is wrong."""
    params: dict[str, Any] = {**spec.params, "exec_root": spec.exec_root}
    if spec.site:
        # lit looks a configuration up by its real path (lit/discovery.py, getTestSuite).
        params["config_map"] = {os.path.realpath(Path(spec.root) / "lit.cfg.py"): spec.site}
    return lit_internals.new_config(params)


def discover(config: Any, spec: JobSpec) -> dict[str, Test]:
    """All tests of a spec by name (the path below the suite's root), in lit's order."""
    inputs = [str(Path(spec.root) / one) for one in spec.inputs] or [spec.root]
    tests = lit_internals.find_tests(config, inputs)
    return {spec.prefix + "/".join(test.path_in_suite): test for test in tests}


def no_tests_error(spec: JobSpec, said: str) -> NoTestsError:
    """The error that there is nothing to run; `said` is what lit printed."""
    return NoTestsError(
        f"{', '.join(spec.inputs) or spec.root}: no tests there",
        "name a lit suite: a folder with lit.cfg.py and tests",
        said,
    )
