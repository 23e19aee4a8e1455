"""Tests of one group run in one worker: what they share is made once."""

from __future__ import annotations

import os

import pytest

_WORKERS: list[str] = []


@pytest.mark.xdist_group("alone")
@pytest.mark.parametrize("number", range(4))
def test_a_group_stays_in_one_worker(number: int, request: pytest.FixtureRequest) -> None:
    """Each finds all before it in this process."""
    chosen = [item for item in request.session.items if item.name.startswith("test_a_group_stays")]
    if len(chosen) == 4:
        assert len(_WORKERS) == number
    _WORKERS.append(os.environ.get("PYTEST_XDIST_WORKER", "one"))
