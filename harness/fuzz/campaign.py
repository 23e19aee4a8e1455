"""Seeds through the oracles, findings told apart, reduced and kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import EnvironmentLacksError
from harness.fuzz.oracles import Llvm, Machine
from harness.process import BUILD_LIMITS, run
from harness.suite.execution import machines
from harness.toolchain.provider import Provider


@contextmanager
def opened(provider: Provider, runtimes: Path, folder: Path) -> Iterator[Llvm]:
    """An LLVM ready to be tested. `runtimes` holds the suite's runtimes, `folder` gets them assembled."""
    with provider.running() as toolchain:
        found: dict[str, Machine] = {}
        tools = {name: os.fspath(path) for name, path in toolchain.tools.items()}
        for machine, parts in machines(tools.get, lambda name: tools.get(name) or shutil.which(name)):
            made = folder / f"{toolchain.name}-{machine}.o"
            done = run([*parts["as"], "-o", made, runtimes / f"{machine}.s"], limits=BUILD_LIMITS)
            if not done.ok:
                raise EnvironmentLacksError(
                    f"{runtimes / machine}.s cannot be assembled: {done.text.strip()}", "harness doctor"
                )
            found[machine] = Machine(tuple(parts["ld"]), tuple(parts["run"]), made)
        yield Llvm(f"{toolchain.name} {toolchain.version}", toolchain.tools["llc"], found)
