"""The wheel's tools in a folder, with a server and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.toolchain.wheel import library


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    with library.serve(tmp_path_factory.mktemp("served")) as tools:
        yield tools


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return library.write_tools(tmp_path_factory.mktemp("plain"))


@pytest.fixture(params=["served", "plain"])
def tools(request: pytest.FixtureRequest) -> dict[str, Path]:
    found: dict[str, Path] = request.getfixturevalue(request.param)
    return found
