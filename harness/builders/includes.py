"""What the files of a tree include, as their text says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def read_includes(
    root: Path, prefix: str, suffixes: tuple[str, ...], names: Callable[[bytes], tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """The `names` in every file below `root` with one of `suffixes`, by `prefix` and its path there.

    `root` is LLVM's source or its build tree; its `lib`, `include` and `tools` are read.
    """
    found: dict[str, tuple[str, ...]] = {}
    for top in ("lib", "include", "tools"):
        for folder, _folders, files in os.walk(root / top):
            for name in files:
                if name.endswith(suffixes):
                    path = Path(folder) / name
                    found[f"{prefix}{path.relative_to(root)}"] = names(path.read_bytes())
    return found
