"""What is said of how long a build takes: from this machine's own figures, or nothing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.pace import Pace, duration, estimate, note, pace
from harness.store import Store

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature


def test_the_pace_is_the_mean_of_what_was_compiled(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert pace(store) is None
    for key, seconds in (("a", 1.0), ("b", 6.0)):
        store.make("object", key, partial(note, seconds=seconds))
    assert pace(store) == Pace(3.5, 2)


@pytest.mark.parametrize(
    ("units", "measured", "jobs", "said"),
    [
        (100, None, 2, "no estimate yet: nothing was compiled here"),
        (20, Pace(4.0, 7), 1, "about 80 s (4.0 s each, from 7 compiled here)"),
        (300, Pace(4.0, 7), 2, "about 10 min (4.0 s each, 2 at once, from 7 compiled here)"),
        (3000, Pace(4.0, 7), 1, "about 3 h 20 min (4.0 s each, from 7 compiled here)"),
    ],
)
def test_an_estimate_says_what_it_rests_on(units: int, measured: Pace | None, jobs: int, said: str) -> None:
    assert estimate(units, measured, jobs) == said


def test_durations() -> None:
    assert [duration(s) for s in (0.2, 99, 100, 5900, 6000)] == [
        "1 s",
        "99 s",
        "2 min",
        "98 min",
        "1 h 40 min",
    ]


@pytest.mark.xdist_group("miniature")
def test_each_object_says_how_long_it_took(miniature: Miniature) -> None:
    path = "llvm/lib/Foo/A.cpp"
    miniature.build({path: miniature.text(path).replace("DEEP", "4711")})
    measured = pace(miniature.store)
    assert measured is not None
    assert measured.units == len(list((miniature.store.root / "object").glob("*/unit.o")))
    assert measured.seconds > 0
