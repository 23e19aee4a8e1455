"""The folders of tests that can have a map: what they are called, and what identifies what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from harness.llvm import SourceTree, Toolchain
from harness.runner import runs
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.selection import UPSTREAM, SuiteOptions, option_of, parse_folder, suite_of_folder
from harness.store import digest, file_digest


@dataclass(frozen=True)
class MappableFolder:
    """A folder of tests: what `--suite` calls it, and its tests by name. `suite` runs all of them."""

    name: str
    suite: Suite
    tests: tuple[str, ...]

    @cached_property
    def shared(self) -> str:
        """Changes with what all of its tests share: configuration and inputs, or the source they are of."""
        suite = self.suite
        if suite.identity:
            return digest(suite.identity, *suite.inputs)
        own = {self._path(test) for test in self.tests}
        files = sorted(path for path in suite.root.rglob("*") if path not in own and _counts(path))
        return digest(*(f"{path.relative_to(suite.root)} {file_digest(path)}" for path in files))

    def content(self, test: str) -> str:
        """Changes with the text of a test; empty if the source that it belongs to never changes."""
        return "" if self.suite.identity else file_digest(self._path(test))[:16]

    @property
    def how(self) -> str:
        """Changes with its tests and with how they are run."""
        suite = self.suite
        texts = (f"{test} {self.content(test)}" for test in self.tests)
        return digest(suite.filecheck, str(suite.params), str(suite.bounds), *texts)

    def _path(self, test: str) -> Path:
        return self.suite.root / test.removeprefix(self.suite.prefix)


def _counts(path: Path) -> bool:
    """Whether a file of a suite is not one that running it leaves there, or that is about it."""
    return path.is_file() and path.suffix != ".md" and not {"__pycache__", "Output"} & set(path.parts)


def name_of_option(text: str) -> str:
    """What a folder is called that a value of `--suite` names. Raises UsageError if it cannot be one."""
    return option_of(parse_folder(text)) if text.startswith(UPSTREAM) else Path(text).name


def list_folders(
    options: SuiteOptions, toolchain: Toolchain, source: SourceTree, pool: Pool
) -> Iterator[MappableFolder]:
    """The folders that `--suite` names. Raises UsageError if one is not there or has no tests."""
    for suite in options.suites:
        yield _find(suite.root.name, suite, toolchain, pool)
    for folder in dict.fromkeys(options.folders):
        suite = suite_of_folder(options, toolchain, source.root, folder, source.identity)
        yield _find(option_of(folder), suite, toolchain, pool)


def _find(name: str, suite: Suite, toolchain: Toolchain, pool: Pool) -> MappableFolder:
    tests = runs.names(toolchain, suite, pool)
    return MappableFolder(name, replace(suite, names=tests), tests)
