"""One name for one thing, and functions that say what they do."""

from __future__ import annotations

import ast
from collections import Counter

from tests.parsed import modules

# Participles that have another form than -ed. `read` is the verb.
IRREGULAR = frozenset(
    {
        *("told", "kept", "built", "seen", "said", "known", "found", "left", "given", "taken", "drawn"),
        *("written", "shown", "held", "lost", "gone", "done", "hidden", "made", "spoken"),
    }
)
# An adjective or a noun that looks like a participle.
NO_PARTICIPLES = frozenset({"speed", "seed", "feed", "need"})


def public(tree: ast.Module, kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> list[str]:
    """The public names of a module's own classes or functions."""
    return [node.name for node in tree.body if isinstance(node, kind) and not node.name.startswith("_")]


def is_participle(name: str) -> bool:
    """Whether a name is a participle, prepositions after it or not. `patched_copy` is a noun."""
    first, *others = name.split("_")
    verb = first in IRREGULAR or (first.endswith("ed") and first not in NO_PARTICIPLES)
    return verb and set(others) <= {"by", "for", "from", "in", "of", "on", "to", "with"}


def test_a_class_name_means_one_thing() -> None:
    counts = Counter(name for tree in modules().values() for name in public(tree, ast.ClassDef))
    assert len(counts) > 150
    assert {name: count for name, count in counts.items() if count > 1} == {}


def test_no_public_function_is_named_by_a_participle() -> None:
    names = {name for tree in modules().values() for name in public(tree, ast.FunctionDef)}
    assert len(names) > 300
    assert sorted(filter(is_participle, names)) == []
    assert is_participle("told")
    assert is_participle("asked_for")
    assert not is_participle("patched_copy")
