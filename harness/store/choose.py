"""Pure: which entries of a store go, so that the rest fits."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Stay(enum.Enum):
    """Why an entry must stay."""

    NOT = "may go"
    LOCKED = "a run holds its lock"
    USED = "a run may be using it"
    KEPT = "it is never removed"


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry or a workspace of a store: its `bytes` on the disk, when it was `used` last.

    `is_last`: it goes after all others.
    """

    kind: str
    key: str
    bytes: int
    used: float
    is_last: bool = False
    stay: Stay = Stay.NOT

    @property
    def name(self) -> str:
        """Its path in the store."""
        return f"{self.kind}/{self.key}" if self.key else self.kind


def choose(
    entries: Iterable[StoredEntry], most: int, *, others: int = 0, before: float | None = None
) -> tuple[StoredEntry, ...]:
    """What goes, in this order, until no more than `most` bytes remain: the least recently used first.

    `others` are bytes that are no entry's. With `before`, only what was used last before that time goes. Less
    than asked goes if the rest must stay.
    """
    known = tuple(entries)
    rest = others + sum(one.bytes for one in known)
    chosen: list[StoredEntry] = []
    for one in sorted(known, key=lambda one: (one.is_last, one.used, one.kind, one.key)):
        if rest <= most:
            break
        if one.stay is Stay.NOT and (before is None or one.used < before):
            chosen.append(one)
            rest -= one.bytes
    return tuple(chosen)
