"""A series applied to a copy of the source: LLVM itself, and not the other projects of the repository."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from harness import process
from harness.check.prepare import leave_out_projects, prepare
from harness.llvm import SourceTree
from harness.model import Series, SeriesKind
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.series.parse import read_patch
from harness.store import Store

REPOSITORY = Path(__file__).parents[2]


def new_file(path: str) -> str:
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        "@@ -0,0 +1,1 @@\n+new\n"
    )


def series(*patches: str) -> Series:
    read = tuple(read_patch(f"{n}.patch", text.encode()) for n, text in enumerate(patches))
    return Series("s", "t", SeriesKind.FIX, read)


def test_other_projects_are_left_out_and_named() -> None:
    mine = new_file("llvm/lib/A.cpp")
    found, left_out = leave_out_projects(series(mine + new_file("clang/lib/B.cpp"), new_file("mlir/C.cpp")))
    assert [file.name for file in found.patches] == ["0.patch"]
    assert found.patches == series(mine).patches
    assert left_out == ("clang/lib/B.cpp", "mlir/C.cpp")
    binary = "diff --git a/clang/x.pcm b/clang/x.pcm\nBinary files a/clang/x.pcm and b/clang/x.pcm differ\n"
    assert leave_out_projects(series(mine + binary)) == (series(mine), ("clang/x.pcm",))


@pytest.mark.parametrize("path", ["llvm/a", "cmake/a", "third-party/a", "libc/a"])
def test_what_llc_is_built_from_is_kept(path: str) -> None:
    one = series(new_file(path))
    assert leave_out_projects(one) == (one, ())


def source_in(store: Store) -> SourceTree:
    """A source with one test in it."""

    def make(aside: Path) -> None:
        (aside / "llvm/test").mkdir(parents=True)
        (aside / "llvm/test/a.ll").write_text("; RUN: llc %s\n")

    return SourceTree(store.make("source", "1", make), "19.1.7", "1", "made up")


KILLED = """\
import os, signal, sys
from pathlib import Path
from harness.progress import Silent
from harness.check.prepare import prepare
from harness.store import Store
from tests.check.test_prepare import THREE, series, source_in

store, nth = Store(Path(sys.argv[1])), int(sys.argv[2])
source, write, written = source_in(store), Path.write_bytes, []

def die(path, data):
    if "patched" in path.parts:
        written.append(path)
        if len(written) == nth:
            write(path, data[:1])
            os.kill(os.getpid(), signal.SIGKILL)
    return write(path, data)

Path.write_bytes = die
prepare(store, source, series(THREE), Silent())
"""
THREE = "".join(new_file(f"llvm/lib/{name}.cpp") for name in "ABC")


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_run_that_is_killed_in_the_middle_leaves_nothing_that_another_sees(
    tmp_path: Path, nth: int
) -> None:
    """A tree is changed aside, where nobody looks: no file of it needs to be put back."""
    place = tmp_path / "store"
    done = process.run([sys.executable, "-c", KILLED, place, str(nth)], env={"PYTHONPATH": str(REPOSITORY)})
    assert done.returncode == -signal.SIGKILL, done.text
    assert (
        sorted(path.name for path in (place / "patched").rglob("?.cpp")) == ["A.cpp", "B.cpp", "C.cpp"][:nth]
    )
    store = Store(place)
    names = [path.name for path in (place / "patched").iterdir() if path.is_dir()]
    assert [store.get("patched", name) for name in names] == [None]
    found = prepare(store, source_in(store), series(THREE), Silent())
    assert {path: (found.side.root / path).read_text() for path in found.content} == {
        f"llvm/lib/{name}.cpp": "new\n" for name in "ABC"
    }


def test_a_moved_file_is_known_by_where_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = source_in(store)
    moves = (
        "diff --git a/llvm/test/a.ll b/llvm/test/b.ll\n"
        "similarity index 100%\nrename from llvm/test/a.ll\nrename to llvm/test/b.ll\n"
    )
    # The second time its record is read from the store.
    for _ in range(2):
        found = prepare(store, tree, series(moves), Silent())
        assert set(found.changes) == {
            Change("llvm/test/a.ll", ChangeKind.DELETED),
            Change("llvm/test/b.ll", ChangeKind.ADDED, "llvm/test/a.ll"),
        }
