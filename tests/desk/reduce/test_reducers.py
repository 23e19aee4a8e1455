"""Whose llvm-reduce is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.desk.reduce.reducers import find_reducers
from harness.store import Store
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from tests.desk.places import make_place


def names(tmp_path: Path, kind: str, version: str, *held: int, **tools: str) -> list[str]:
    store = Store(tmp_path / "store")
    for major in held:
        (store.root / f"debian/llvm-{major}-tools-0123").mkdir(parents=True)
    provider = resolve(store, Request(kind, None, None), lambda _text: None)
    toolchain = make_place(tmp_path / "bin", "its own", version, **tools).find()
    return [one.name for one in find_reducers(store, provider, toolchain, lambda _text: None)]


@pytest.mark.parametrize(
    ("version", "held", "found"),
    [
        ("22.1.0", (13, 19, 22), ["debian 22", "debian 19", "debian 13"]),
        ("17.0.6", (13, 16, 18, 22), ["debian 16", "debian 18", "debian 13"]),
        ("17.0.6", (), ["debian 17"]),
    ],
)
def test_the_nearest_in_the_store_are_tried(
    tmp_path: Path, version: str, held: tuple[int, ...], found: list[str]
) -> None:
    assert names(tmp_path, "wheel", version, *held, llc="true") == found


def test_its_own_is_taken(tmp_path: Path) -> None:
    assert names(tmp_path, "wheel", "19.1.7", 22, **{"llvm-reduce": "true"}) == ["its own"]


def test_what_a_series_is_built_over_has_one(tmp_path: Path) -> None:
    assert names(tmp_path, "debian", "19.1.7", 13, llc="true") == ["debian 19", "debian 13"]
