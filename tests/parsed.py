"""The harness's own modules, parsed once in each process that asks for them."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "harness"


def name_of(path: Path) -> str:
    """`harness/builders/graph.py` -> `builders.graph`, `harness/builders/__init__.py` -> `builders`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Every module by its name. Not at import: each of pytest's workers imports all tests, and runs some."""
    return {name_of(path): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


@functools.cache
def nodes() -> tuple[ast.AST, ...]:
    """All nodes of all modules."""
    return tuple(node for tree in modules().values() for node in ast.walk(tree))
