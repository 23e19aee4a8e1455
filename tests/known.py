"""The suite on a real LLVM, where the store does not know yet what it does there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.check.base_runs import BaseRuns
from harness.llvm import Toolchain
from harness.model import Run
from harness.progress import Silent
from harness.runner import runs
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.store import Store, default_root


def run_unknown(toolchain: Toolchain, suite: Suite) -> Run:
    """The run of a suite. Tests that passed with the same tools, texts and code do not run again."""

    def run(missing: Sequence[Suite]) -> list[Run]:
        return runs.run_all([(toolchain, one) for one in missing], Silent()) if missing else []

    (found,) = BaseRuns(Store(default_root())).complete(toolchain, [Portion(suite, suite)], run)
    return found
