"""Which files of a run are lit tests: pytest asks for each, as it walks the folders."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from harness.cell import label
from harness.errors import HarnessError
from harness.pytest_plugin.items import BrokenPlace, LitFile
from harness.pytest_plugin.places import TestPlace
from harness.pytest_plugin.suites import AskedSuite, LitSession

_Tests = dict[Path, tuple[AskedSuite, list[tuple[str, TestPlace]]]]


class Collection:
    """pytest's hooks that collect lit tests."""

    def __init__(self, session: LitSession) -> None:
        self._session = session
        self._files: _Tests = {}
        self._broken: dict[Path, str] = {}
        self._folders: frozenset[Path] = frozenset()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Have lit read each suite, once for all LLVMs. The controller of pytest-xdist collects nothing."""
        if session.config.pluginmanager.hasplugin("dsession"):
            return
        for asked in self._session.suites:
            try:
                names = self._session.names(asked)
            except HarnessError as error:
                self._broken[asked.root] = str(error)
                continue
            for name in names:
                place = asked.place(name)
                self._files.setdefault(place.file, (asked, []))[1].append((name, place))
        self._folders = frozenset(folder for path in self._files for folder in path.parents)

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """lit says what is a test: folders that pytest passes over (`build`) too, and none without tests."""
        if collection_path in self._files or collection_path in self._folders:
            return False
        inside = any(collection_path.is_relative_to(asked.root) for asked in self._session.suites)
        return True if inside and collection_path.is_dir() and not self._broken else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Say of a folder that was asked for why lit finds no tests there."""
        return self._find_broken(path, parent)

    def _find_broken(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        if not (self._broken and parent.session.isinitpath(path)):
            return None
        roots = (root for root in self._broken if path.is_relative_to(root))
        return next((BrokenPlace.make(parent, path, self._broken[root]) for root in roots), None)

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, object, object]:
        """A file of lit's is collected by us alone: `test_a.py` may be one."""
        found = yield
        if (broken := self._find_broken(file_path, parent)) is not None:
            return [broken]
        if file_path not in self._files:
            return found
        asked, tests = self._files[file_path]
        return [LitFile.make(parent, file_path, asked, tests)]

    def pytest_report_header(self) -> str:
        """The LLVMs of the run."""
        return f"LLVM: {', '.join(map(label, self._session.columns))}"

    def pytest_unconfigure(self) -> None:
        """Close what is open."""
        self._session.close()
