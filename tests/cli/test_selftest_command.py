"""`harness selftest`: what it says of a command line that it cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.command import Harness


def test_a_series_is_named_for_reach_alone(harness: Harness) -> None:
    said = harness("selftest", "--watched", "x86-undersized-patchpoint")
    assert (said.code, said.out, said.err) == (
        2,
        "",
        "harness: error: x86-undersized-patchpoint: only --reach is about single series\nnext: leave it out, "
        "or add --reach\n",
    )
