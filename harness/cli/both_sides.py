"""What builds LLVM without and with the one series that a command names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options
from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.check.job import Job
    from harness.desk.repro.run import LlvmPlace
    from harness.llvm import Toolchain
    from harness.progress import Progress
    from harness.store import Store
    from harness.toolchain.provider import Provider


@dataclass(frozen=True, slots=True)
class SideOptions:
    """Where a series comes from and how it is built, as `--source` and `--max-units` say."""

    store: Store
    source: Path | None
    max_units: int

    def job(self, name: str, provider: Provider, tools: Collection[str], progress: Progress) -> Job:
        """The job of building a series over an LLVM with these tools. Raises UsageError."""
        from harness.builders.request import Options
        from harness.check.job import Job
        from harness.cli.series import load_given
        from harness.runner.selection import SuiteOptions

        given = load_given((name,), provider.prebuilt().version, self.source, progress)
        build = Options(jobs=options.default_jobs(), max_units=self.max_units, tools=frozenset(tools))
        where = ("auto", self.source, given.revision)
        return Job(self.store, provider, given.series, SuiteOptions(), build, *where)


def list_sides(
    name: str, providers: Sequence[Provider], sides: SideOptions, tools: frozenset[str], progress: Progress
) -> Iterator[LlvmPlace]:
    """LLVM without and with a series, over each LLVM that it can be built into. Raises what keeps it."""
    from harness.check.job import both_sides
    from harness.desk.repro.run import LlvmPlace

    buildable = [one for one in providers if one.buildable]
    if not buildable:
        raise UsageError(
            f"--series {name}: no patch can be built into any of these LLVMs", "add 19 to --llvm"
        )
    for provider in buildable:
        built = both_sides(sides.job(name, provider, tools, progress), progress)
        for side, what in zip(built, ("assertions", name), strict=True):
            yield LlvmPlace(f"{provider.kind} {provider.major} with {what}", partial(_itself, side))


def _itself(toolchain: Toolchain) -> Toolchain:
    return toolchain
