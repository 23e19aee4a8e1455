"""Pure: what the tools say of themselves. It decides which tests run, and a patch can change it."""

from __future__ import annotations

from collections.abc import Iterable

_SHOWN = 6


def describe_features(base: frozenset[str], patched: frozenset[str]) -> tuple[str, ...]:
    """How lit's features differ with a series; nothing if they do not.

    A series that says of a tool that it lacks a target, or is of another version, has tests not run, on this
    side or on none: nobody judged what they are about.
    """
    lost, new = base - patched, patched - base
    said = [
        *([f"lacks {_names(lost)}"] if lost else []),
        *([f"has {_names(new)} besides"] if new else []),
    ]
    if not said:
        return ()
    return (f"--version: with the patch LLVM {' and '.join(said)}, and tests are chosen by that",)


def _names(features: Iterable[str]) -> str:
    names = sorted(features)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
