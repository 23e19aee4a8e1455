"""Making room: what was used least recently goes, and what killed runs left."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import EnvironmentLacksError
from harness.store.aside import ASIDE
from harness.store.choose import Stay, StoredEntry, choose
from harness.store.store import Store
from harness.store.survey import Leftover, StoreSurvey


@dataclass(frozen=True, slots=True)
class Collected:
    """What went, or would go; the bytes of the store before and after, and how many must stay."""

    removed: tuple[StoredEntry, ...]
    leftovers: tuple[Leftover, ...]
    before: int
    after: int
    must_stay: int


def collect(
    store: Store,
    found: StoreSurvey,
    most: int,
    *,
    before: float | None = None,
    dry_run: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Collected:
    """Remove what killed runs left, then entries until no more than `most` bytes remain.

    With `before`, only entries that were used last before that time. Whatever comes into use meanwhile stays,
    and others go in its place. Raises EnvironmentLacksError if something cannot be removed.
    """
    gone_leftovers = tuple(
        one for one in found.leftovers if one.may_go and (dry_run or _remove_leftover(store, one))
    )
    others = sum(one.bytes for one in found.leftovers) - sum(one.bytes for one in gone_leftovers)
    left = {one.name: one for one in found.entries}
    gone: dict[str, StoredEntry] = {}
    while chosen := choose(left.values(), most, others=others, before=before):
        for one in chosen:
            say(f"removing {one.name}")
            if dry_run or _evict(store, one):
                gone[one.name] = left.pop(one.name)
            else:
                left[one.name] = dataclasses.replace(one, stay=Stay.USED)
                break
    must_stay = others + sum(one.bytes for one in left.values() if one.stay is not Stay.NOT)
    after = others + sum(one.bytes for one in left.values())
    return Collected(tuple(gone.values()), gone_leftovers, found.bytes, after, must_stay)


def _evict(store: Store, one: StoredEntry) -> bool:
    try:
        return store.evict(one.kind, one.key, one.used)
    except OSError as error:
        raise _cannot_remove(one.name, error) from error


def _remove_leftover(store: Store, one: Leftover) -> bool:
    """Whether it is gone: another may have come to use it, or have removed it."""
    path = store.root / one.path
    kind, key = (path.parent.name, path.name) if "/" in one.path else (path.name, "")
    try:
        if ASIDE in path.name:
            return store.remove_aside(kind.partition(ASIDE)[0], key.partition(ASIDE)[0], path)
        if key:
            return store.evict(kind, key)
        shutil.rmtree(path)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _cannot_remove(one.path, error) from error
    return True


def _cannot_remove(name: str, error: OSError) -> EnvironmentLacksError:
    return EnvironmentLacksError(
        f"cannot remove {name} from the store: {(error.strerror or str(error)).lower()}",
        "make the store writable for this user, or run this as its owner; "
        "nothing half-removed is taken for an entry",
    )


def remove(store: Store, kind: str, key: str) -> bool:
    """Remove an entry, however lately it was used, if no run holds its lock. Returns whether it is gone."""
    try:
        return store.evict(kind, key)
    except OSError as error:
        raise _cannot_remove(f"{kind}/{key}", error) from error
