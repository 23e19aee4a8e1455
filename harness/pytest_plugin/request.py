"""What `--patch` asks of a check on one LLVM: the chosen tests of the suites, and the same as a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.pytest_plugin.suites import AskedSuite, LitSession
from harness.runner.selection import UPSTREAM, SuiteOptions, pattern_of
from harness.store import Store
from harness.toolchain.provider import Provider

if TYPE_CHECKING:
    from harness.check.job import Job
    from harness.model import Series
    from harness.pytest_plugin.items import LitItem


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A check. `pattern` is empty if all tests of the suites are chosen; `command` asks for the same."""

    suites: tuple[AskedSuite, ...]
    pattern: str
    jobs: int
    command: tuple[str, ...]

    @classmethod
    def of(
        cls, patch: str, column: str, session: LitSession, items: Sequence[LitItem], jobs: int
    ) -> CheckRequest:
        """The check of the chosen items of a column."""
        chosen = {item.asked.root: item.asked for item in items}
        suites = tuple(chosen.values())
        names = {item.test for item in items}
        everything = {name for asked in suites for name in session.names(asked)}
        whole = everything == names and not any(asked.folders for asked in suites)
        pattern = "" if whole else pattern_of(names)
        command = ["harness", "check", patch, *_llvm_options(column)]
        for asked in suites:
            command += [word for one in _options(asked) for word in ("--suite", one)]
        if pattern:
            command += ["--filter", pattern]
        return cls(suites, pattern, jobs, tuple(command))

    def job(self, store: Store, provider: Provider, series: Series) -> Job:
        """The job of `harness check` for it."""
        from harness.builders.request import Options
        from harness.check.job import Job
        from harness.runner.runs import Suite

        mine = tuple(Suite(one.root, self.jobs) for one in self.suites if not one.is_llvms_own)
        folders = tuple(
            f"{one.prefix}{folder}"
            for one in self.suites
            if one.is_llvms_own
            for folder in one.list_folders()
        )
        options = SuiteOptions(mine, self.jobs, folders, self.pattern)
        return Job(store, provider, (series,), options, Options(jobs=self.jobs), reach=True)


def _options(asked: AskedSuite) -> list[str]:
    """The values of `--suite` for a suite."""
    if not asked.is_llvms_own:
        here = Path.cwd()
        return [str(asked.root.relative_to(here) if asked.root.is_relative_to(here) else asked.root)]
    return [f"{UPSTREAM}{folder}" for folder in asked.list_folders()]


def _llvm_options(column: str) -> list[str]:
    """The options of `harness check` for a column."""
    kind, _, version = column.partition(":")
    if kind == "tree":
        return ["--prefix", version]
    if kind.isdigit():
        return ["--llvm", kind]
    return ["--toolchain", kind, *(["--llvm", version] if version else [])]
