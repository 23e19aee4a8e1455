"""Which entries of the store travel between machines, and between which."""

from __future__ import annotations

import enum


class TravelScope(enum.Enum):
    """For which machines an entry is right."""

    ANY = "any of the same architecture and system"
    ALIKE = "those with the same processor and kernel"


# What takes long to make for its size, and means the same in another store. Not here: workspaces (`apt`,
# `graph`, `full-build`, `reach`), which change and name their own folders; `patched` and `labelled`, which
# are hard links to a source; `preamble`, which knows the times of the headers it was made from; `full`, whose
# tools name folders of their store; and what takes no time to make.
TRAVELS = {
    "debian": TravelScope.ANY,
    "source": TravelScope.ANY,
    "object": TravelScope.ANY,
    "unarmable": TravelScope.ANY,
    "same-text": TravelScope.ANY,
    "same-unit": TravelScope.ANY,
    "overlay": TravelScope.ANY,
    "watched": TravelScope.ANY,
    "suite": TravelScope.ANY,
    "reach-export": TravelScope.ANY,
    # Tests compile and run code: what one does may depend on the processor.
    "outcomes": TravelScope.ALIKE,
    "base-reach": TravelScope.ALIKE,
}
