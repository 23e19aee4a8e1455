"""What builds LLVM without and with the one series that a command names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.check.job import Job
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
