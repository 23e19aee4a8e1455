"""What all tests share: groups that stay in one worker, a disk that is soon full, and golden files."""

from __future__ import annotations

import difflib
import gc
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from harness import process
from harness.store import Store, default_root
from harness.toolchain.debian import jailer

# Fixtures that tests of several packages use.
pytest_plugins = (
    "tests.clusters",
    "tests.buckets",
    "tests.command",
    "tests.guard.plugin",
    "tests.llvm",
    "tests.miniature",
    "tests.sandboxes",
)

REPOSITORY = Path(__file__).parents[1]

# Runs of the tests are none of the user's: those of the history name one of their own.
os.environ["HARNESS_HISTORY"] = "none"

# A bubblewrap for all tests, so that none fetches its own into a store that it makes. Without one they go on
# with Landlock, but for those of bubblewrap.
if shutil.which("bwrap") is None:
    provided = jailer.fetch(Store(default_root()), lambda _text: None)
    if provided is not None:
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), str(provided.parent)])
    else:
        os.environ.setdefault("HARNESS_SANDBOX", "landlock")

# How long an example takes says only how busy the machine is.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Nothing that is imported and collected is garbage: see pytest_collection_finish.
gc.disable()

# Programs that a shell started in the background ignore Ctrl-C, and so do all they start. The tests send it.
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    and threading.current_thread() is threading.main_thread()
):
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of an `xdist_group` in one worker.

    pytest-xdist 3.8 writes the group into `Item._nodeid`, which pytest 9.2 no longer reads: without a word,
    groups are spread over all workers (pytest-xdist issue 1386), and share neither fixtures nor turns.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and "@" not in item.nodeid.rpartition("]")[2] and hasattr(item, "_id"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group.args[0]}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep all that is imported and collected out of every later collection of garbage."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Give it a number of KiB: a folder on a file system of its own, of that size."""
    # Nothing but a file system that is full says so to a writer: a bound on files is another error.
    if os.getuid() != 0:
        pytest.skip("mounting a small file system needs root")  # only a mount gives a real ENOSPC
    mounted: list[Path] = []

    def mount(kib: int) -> Path:
        place = tmp_path / f"disk-{len(mounted)}"
        place.mkdir()
        if not process.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", place]).ok:
            pytest.skip("this machine does not let us mount")  # root of a container may not
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        # This process has a file open there while it uses a store.
        assert process.run(["umount", "--lazy", place]).ok


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file in golden/ beside the test; UPDATE_GOLDEN=1 writes the file instead."""
    folder = request.path.parent

    def check(name: str, text: str) -> None:
        path = folder / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        expected = path.read_text()
        if text != expected:
            diff = "\n".join(
                difflib.unified_diff(expected.splitlines(), text.splitlines(), name, "now", lineterm="")
            )
            accept = f"UPDATE_GOLDEN=1 pytest {folder.relative_to(REPOSITORY)}"
            pytest.fail(f"{diff}\nto accept: {accept}", pytrace=False)

    return check
