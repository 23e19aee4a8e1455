"""The targets for which functions are generated."""

from __future__ import annotations

from harness.errors import UsageError
from harness.targets import registry
from harness.targets.target import Generation


def names() -> tuple[str, ...]:
    """What `--target` takes."""
    return tuple(one.generation.name for one in registry.TARGETS if one.generation)


def find(name: str) -> Generation:
    """What the generator needs to know of a target. Raises UsageError."""
    for one in registry.TARGETS:
        if one.generation and one.generation.name == name:
            return one.generation
    raise UsageError(f"--target {name}: no such target", f"use one of {', '.join(names())}")
