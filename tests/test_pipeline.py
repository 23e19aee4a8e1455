"""What of a series is judged: LLVM itself, and not the other projects of the repository."""

from __future__ import annotations

import pytest

from harness.model import PatchFile, Series, SeriesKind
from harness.pipeline import ours


def new_file(path: str) -> str:
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        "@@ -0,0 +1,1 @@\n+new\n"
    )


def series(*patches: str) -> Series:
    files = tuple(PatchFile(f"{n}.patch", text.encode()) for n, text in enumerate(patches))
    return Series("s", "t", SeriesKind.FIX, files)


def test_other_projects_are_left_out_and_named() -> None:
    mine = new_file("llvm/lib/A.cpp")
    found, left_out = ours(series(mine + new_file("clang/lib/B.cpp"), new_file("mlir/C.cpp")))
    assert [file.name for file in found.patches] == ["0.patch"]
    assert found.patches == series(mine).patches
    assert left_out == ("clang/lib/B.cpp", "mlir/C.cpp")
    binary = "diff --git a/clang/x.pcm b/clang/x.pcm\nBinary files a/clang/x.pcm and b/clang/x.pcm differ\n"
    assert ours(series(mine + binary)) == (series(mine), ("clang/x.pcm",))


@pytest.mark.parametrize("path", ["llvm/a", "cmake/a", "third-party/a", "libc/a"])
def test_what_llc_is_built_from_is_kept(path: str) -> None:
    one = series(new_file(path))
    assert ours(one) == (one, ())
