"""The suite on a real LLVM, where the store does not know yet what it does there."""

from __future__ import annotations

from dataclasses import replace

from harness.check.base_runs import BaseRuns
from harness.llvm import Toolchain
from harness.model import Run
from harness.progress import Silent
from harness.runner import runs
from harness.runner.runs import Suite
from harness.store import Store, default_root


def run_unknown(toolchain: Toolchain, suite: Suite) -> Run:
    """The run of a suite. Tests that passed with the same tools, texts and code do not run again."""
    known = BaseRuns(Store(default_root()))
    before = known.known(toolchain, suite)
    if before is None:
        return known.learn(toolchain, suite, None, runs.run(toolchain, suite, Silent()))
    fresh = runs.run(toolchain, replace(suite, names=before.unsure), Silent()) if before.unsure else None
    return known.learn(toolchain, suite, before, fresh)
