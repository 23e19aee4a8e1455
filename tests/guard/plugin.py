"""Which tests run a real LLVM (`needs_llvm`), and which compile (`builds`): all others cannot.

A fixture that stands for an LLVM or for something that is built marks the tests that use it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store import default_root
from tests.guard import sitecustomize as guard

# What a fixture means for the tests that use it.
MEANS = {
    "llvm19": {guard.NEEDS_LLVM},
    "release": {guard.NEEDS_LLVM},
    "source": {guard.NEEDS_LLVM},
    "miniature": {guard.BUILDS},
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, before any are chosen by their marks."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            for marker in sorted(MEANS.get(fixture, ())):
                item.add_marker(marker)


def pytest_configure() -> None:
    """Have every Python that the tests start watch what it starts."""
    said = Path(tempfile.mkdtemp(prefix="forbidden-")) / "said"
    guard_folder = os.fspath(Path(__file__).parent)
    os.environ[guard.SAID] = os.fspath(said)
    os.environ[guard.STORE] = os.path.realpath(default_root())
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (guard_folder, others)))


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    said = Path(os.environ.pop(guard.SAID))
    said.unlink(missing_ok=True)
    said.parent.rmdir()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Forbid what the test is not marked for, from its first fixture to its last."""
    markers = (guard.NEEDS_LLVM, guard.BUILDS)
    os.environ[guard.FORBIDDEN] = " ".join(one for one in markers if not item.get_closest_marker(one))
    try:
        return (yield)
    finally:
        os.environ.pop(guard.FORBIDDEN, None)


def _check() -> None:
    said = Path(os.environ[guard.SAID])
    if said.exists():
        text = said.read_text(encoding="utf-8")
        said.unlink()
        pytest.fail(text.rstrip(), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Iterator[None]:
    """Fail a test whose fixtures did what it is not marked for."""
    try:
        return (yield)
    finally:
        _check()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a test that did what it is not marked for, whatever became of it."""
    try:
        return (yield)
    finally:
        _check()
