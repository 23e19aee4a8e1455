"""What is said of kinds is true of the code that uses them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from harness.store import kinds
from tests.parsed import modules


def named(methods: set[str]) -> Iterator[str]:
    """The kinds that the code names where it calls these methods of a store."""
    for name, tree in modules().items():
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(ast.Attribute(attr=method), [kind, *_]) if method in methods:
                    value = constants.get(kind.id) if isinstance(kind, ast.Name) else None
                    value = kind.value if isinstance(kind, ast.Constant) else value
                    if isinstance(value, str) and not name.startswith("store"):
                        yield value


def test_every_workspace_is_known() -> None:
    """What is not known as one would be taken for an entry without a manifest."""
    assert set(named({"workspace"})) == kinds.WORKSPACES


def test_what_goes_last_is_what_is_made_or_fetched_under_that_name() -> None:
    used = set(named({"workspace", "make", "path"}))
    assert used >= kinds.LAST
    assert {"overlay", "object"}.isdisjoint(kinds.LAST)
