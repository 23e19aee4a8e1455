"""Which tests run a real LLVM (`needs_llvm`), and which compile (`builds`): all others cannot.

A fixture that stands for an LLVM or for something that is built marks the tests that use it. All other tests
see no LLVM of the machine on PATH either: they mean the same on every machine, and no worker writes a
stand-in for each of a hundred tools, for each suite that it reads.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.runner import enclosure
from harness.runner.gate import llvm_name
from harness.store import default_root
from tests.guard import sitecustomize as guard

_PROGRAMS = "programs"
# What a fixture means for the tests that use it.
MEANS = {
    "llvm14": {guard.NEEDS_LLVM},
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
    (said.parent / _PROGRAMS).mkdir()
    said.parent.chmod(0o755)  # a test that is another user looks into it
    guard_folder = os.fspath(Path(__file__).parent)
    os.environ[guard.SAID] = os.fspath(said)
    os.environ[guard.STORE] = os.path.realpath(default_root())
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (guard_folder, others)))
    # Workers are in jails, with an environment of their own.
    enclosure.ENVIRONMENT = (*enclosure.ENVIRONMENT, guard.FORBIDDEN, guard.SAID, guard.STORE)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(Path(os.environ.pop(guard.SAID)).parent)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Forbid what the test is not marked for, from its first fixture to its last."""
    markers = (guard.NEEDS_LLVM, guard.BUILDS)
    forbidden = [one for one in markers if not item.get_closest_marker(one)]
    os.environ[guard.FORBIDDEN] = " ".join(forbidden)
    path = os.environ["PATH"]
    if forbidden == list(markers):
        os.environ["PATH"] = without_llvm(path)
    try:
        return (yield)
    finally:
        os.environ["PATH"] = path
        os.environ.pop(guard.FORBIDDEN, None)


@cache
def without_llvm(path: str) -> str:
    """A PATH without tools of LLVM: for a folder that has some, one with links to its other programs."""
    place = Path(os.environ[guard.SAID]).with_name(_PROGRAMS)
    folders: dict[str, str] = {}
    for folder in filter(os.path.isdir, path.split(os.pathsep)):
        real = os.path.realpath(folder)
        names = () if real in folders else os.listdir(folder)  # noqa: PTH208 - names alone
        folders.setdefault(real, folder)  # /bin may be /usr/bin
        if any(map(llvm_name, names)):
            aside = Path(tempfile.mkdtemp(dir=place))
            aside.chmod(0o755)
            for name in names:
                if not llvm_name(name):
                    (aside / name).symlink_to(Path(folder, name))
            folders[real] = os.fspath(aside)
    return os.pathsep.join(folders.values())


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
