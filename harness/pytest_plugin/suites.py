"""The suites that a run is about: what of each was asked for, and what stays open for the whole session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.errors import HarnessError
from harness.llvm import Toolchain
from harness.pytest_plugin.places import TestPlace, find_configuration, find_place
from harness.runner import llvm_tests
from harness.runner.discovery import NoTestsError, UnreadableSuiteError
from harness.runner.mirror import outermost
from harness.runner.pool import Pool
from harness.runner.runs import OpenSuite, Suite
from harness.store import Store
from harness.toolchain.registry import resolve_column

_LLVMS_OWN = "lit.site.cfg.py.in"


K = TypeVar("K")
V = TypeVar("V")


def _once(made: dict[K, V | HarnessError], key: K, make: Callable[[], V]) -> V:
    """What was made for a key the first time that it was asked for, or the error that ended that."""
    if key not in made:
        try:
            made[key] = make()
        except HarnessError as error:
            made[key] = error
    found = made[key]
    if isinstance(found, HarnessError):
        raise found
    return found


@dataclass(frozen=True, slots=True)
class AskedSuite:
    """A suite, and the folders below its root that were asked for; none for all of it."""

    root: Path
    folders: tuple[str, ...] = ()

    @property
    def is_llvms_own(self) -> bool:
        """Whether it is `llvm/test` of LLVM's source, whose configuration needs another that cmake makes."""
        return self.root.parts[-2:] == ("llvm", "test") and (self.root / _LLVMS_OWN).is_file()

    @property
    def name(self) -> str:
        """What a cell of a matrix calls it."""
        return f"upstream:{','.join(self.folders)}" if self.is_llvms_own else self.root.name

    @property
    def prefix(self) -> str:
        """What the harness has before the names of its tests."""
        return f"{llvm_tests.TESTS}/" if self.is_llvms_own else ""

    def on(self, toolchain: Toolchain) -> Suite:
        """The suite for a toolchain, with its expectations. Raises EnvironmentLacksError."""
        if not self.is_llvms_own:
            return Suite(self.root, 1, expectations=True, inputs=self.folders)
        tree = self.root.parents[1]
        inputs = [f"{self.prefix}{folder}" for folder in self.list_folders()]
        return llvm_tests.suite(toolchain, tree, inputs, jobs=1, expectations=True)

    def list_folders(self) -> tuple[str, ...]:
        """The folders that were asked for, or all of LLVM's own that are no suites of their own."""
        if self.folders:
            return self.folders
        folders = (path for path in self.root.iterdir() if path.is_dir() and find_configuration(path) is None)
        return tuple(sorted(path.name for path in folders))

    def place(self, name: str) -> TestPlace:
        """Where a test is."""
        return find_place(self.root, name.removeprefix(self.prefix))


def gather(paths: Iterable[tuple[Path, Path]]) -> tuple[AskedSuite, ...]:
    """The suites of paths, each given with the root of its suite."""
    asked: dict[Path, list[str]] = {}
    for root, path in paths:
        folder = path if path.is_dir() else path.parent
        asked.setdefault(root, []).append(folder.relative_to(root).as_posix())
    return tuple(
        AskedSuite(root, () if "." in folders else tuple(outermost(folders)))
        for root, folders in asked.items()
    )


@dataclass(slots=True)
class LitSession:
    """What a process of pytest keeps open to its end: one pool, LLVMs, and suites on them.

    What an LLVM lacks is remembered: asking for it again takes as long.
    """

    store: Store
    columns: tuple[str, ...]
    suites: tuple[AskedSuite, ...]
    _stack: ExitStack = field(default_factory=ExitStack)
    _pool: Pool | None = None
    _toolchains: dict[str, Toolchain | HarnessError] = field(default_factory=dict)
    _open: dict[tuple[str, Path], OpenSuite | HarnessError] = field(default_factory=dict)
    _names: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def toolchain(self, column: str) -> Toolchain:
        """The tools of a column. Raises HarnessError if they cannot be had."""

        def start() -> Toolchain:
            provider = resolve_column(self.store, column, lambda _text: None)
            return self._stack.enter_context(provider.session())

        return _once(self._toolchains, column, start)

    def open(self, column: str, asked: AskedSuite) -> OpenSuite:
        """A suite on a column, to run tests of. Raises HarnessError if that cannot be."""
        return _once(self._open, (column, asked.root), lambda: self._read(column, asked))

    def _read(self, column: str, asked: AskedSuite) -> OpenSuite:
        if self._pool is None:
            self._pool = self._stack.enter_context(Pool(1))
            self._pool.start()
        toolchain = self.toolchain(column)
        return OpenSuite(toolchain, asked.on(toolchain), self._pool)

    def names(self, asked: AskedSuite) -> tuple[str, ...]:
        """The names of a suite's tests, from the first column that can be had: lit reads it once for all.

        Raises HarnessError, that of the first column, if none can.
        """
        if asked.root not in self._names:
            self._names[asked.root] = self._list_names(asked)
        return self._names[asked.root]

    def _list_names(self, asked: AskedSuite) -> tuple[str, ...]:
        errors: list[HarnessError] = []
        for column in self.columns:
            try:
                return self.open(column, asked).names
            except HarnessError as error:
                errors.append(error)
                if isinstance(error, (UnreadableSuiteError, NoTestsError)):
                    break  # the suite is wrong, not an LLVM
        raise errors[0]

    def close(self) -> None:
        """End all of it. Raises SourceChangedError if a test has changed LLVM's source."""
        try:
            for one in self._open.values():
                if isinstance(one, OpenSuite):
                    one.require_unchanged()
        finally:
            self._stack.close()
