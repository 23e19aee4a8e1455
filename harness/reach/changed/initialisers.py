"""What runs before main: it is run by every process, so whatever differs there reaches every test."""

from __future__ import annotations

from harness.reach.changed.pairs import ObjectComparison


def explain_started(comparison: ObjectComparison) -> list[str]:
    """Why all that runs the unit's initialisers counts as changed; empty if these are the same."""
    base, patched = comparison.base, comparison.patched
    if [name for name, _ in base.started] != [name for name, _ in patched.started]:
        return ["it has other initialisers"]
    differing = [
        name
        for _, number in base.started
        for _, _, target, _ in base.blocks[number].edges
        if isinstance(target, int) and comparison.is_changed(target)
        for name in base.blocks[target].own
    ]
    differing += [name for name, number in base.started if comparison.is_changed(number)]
    return [f"{name} differs, which runs before main" for name in differing]
