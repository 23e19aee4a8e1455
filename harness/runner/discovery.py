"""Which tests there are, by lit's own rules; and what a worker is told to run them with."""

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


class NoTestsError(UsageError):
    """There is nothing to run."""


class UnreadableSuiteError(UsageError):
    """lit cannot read a suite's configuration, or it does not let lit go on; `root` is the suite's."""

    def __init__(self, root: str, why: str) -> None:
        super().__init__(f"{root}: lit cannot read this suite", "mend its lit.cfg.py or lit.local.cfg", why)
        self.root = root


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to run tests: which suite, on which tools, with which of lit's parameters, within which bounds.

    `filecheck` is `pypi`, in process; `llvm`, the toolchain's own; or `both`, which must agree.
    `expectations`: XFAIL counts (a suite on its own); without it outcomes are raw (a comparison).
    `inputs`: folders and files below the root to look for tests in, empty for all; `site`: the file to read
    instead of the root's lit.cfg.py, empty for none; `prefix`: what every test's name begins with.
    `captures`: what LLVM's FileCheck was given is kept. `copy`: where the tests run instead of the `tree` of
    the root; results tell of the tree.
    `stale`: the tools of the toolchain that are not built with the patch. `symbolizer`: what names the frames
    of a tool that dies, empty for none: it is not what a test runs. `tools`: the folder of the toolchain's
    tools that results tell of instead of the process' own (the parameter `toolchain_bin`).
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
    tree: str = ""
    copy: str = ""
    stale: tuple[str, ...] = ()
    symbolizer: str = ""
    tools: str = ""
    bounds: Bounds = BOUNDS


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker is asked: to run a test of the orders in a file, or, without a name, for all names.

    `apart`: lit's configuration is a patch's; the worker that reads it serves nothing else. Empty if not.
    """

    orders: str
    name: str
    apart: str = ""


_MISSING = "no such test in "


def no_such_test(orders: Orders, name: str) -> TestResult:
    """The result of a test that lit does not find in a suite."""
    return TestResult(name, Outcome.UNRESOLVED, 0.0, output=f"{_MISSING}{Path(orders.root).name}")


def is_missing(result: TestResult) -> bool:
    """Whether a result says that lit does not find such a test."""
    return result.outcome is Outcome.UNRESOLVED and result.output.startswith(_MISSING)


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker says: the result of a test, or the names of a suite's, or why it cannot be read.

    `lacks` is what the environment lacks to run any test, and what to do about it; empty for nothing.
    """

    result: TestResult | None = None
    names: tuple[str, ...] = ()
    trouble: str = ""
    lacks: tuple[str, ...] = ()


def lit_config(orders: Orders) -> Any:
    """lit's configuration for these orders. lit ends the process (SystemExit) if it is wrong."""
    params: dict[str, Any] = {**orders.params, "exec_root": orders.exec_root}
    if orders.site:
        # lit looks a configuration up by its real path (lit/discovery.py, getTestSuite).
        params["config_map"] = {os.path.realpath(Path(orders.root) / "lit.cfg.py"): orders.site}
    return lit_internals.new_config(params)


def discover(config: Any, orders: Orders) -> dict[str, Test]:
    """All tests the orders are about, by name (the path below the suite's root), in lit's order."""
    inputs = [str(Path(orders.root) / one) for one in orders.inputs] or [orders.root]
    tests = lit_internals.find_tests(config, inputs)
    return {orders.prefix + "/".join(test.path_in_suite): test for test in tests}


def no_tests(orders: Orders, said: str) -> NoTestsError:
    """The error that there is nothing to run; `said` is what lit said to it."""
    return NoTestsError(
        f"{', '.join(orders.inputs) or orders.root}: no tests there",
        "name a lit suite: a folder with lit.cfg.py and tests",
        said,
    )
