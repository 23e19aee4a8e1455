"""Real cells on a cluster: a worker with an empty store comes to what this machine comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.matrix.executors.dask_worker import SUITE
from tests.clusters import Cluster
from tests.command import Harness
from tests.matrix.small import write_matrix

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dask")]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a suite that no package has, and a recipe."""
    write_matrix(tmp_path / "here")
    return tmp_path / "here"


def cells(harness: Harness, place: Path, *args: str) -> list[dict[str, Any]]:
    """What a matrix comes to, without what differs each time."""
    out = place / "out.json"
    said = harness(
        *("matrix", "-q", "--history", "none", "--json", out, "--store", place / "store"), *args, cwd=place
    )
    assert said.code == 1, said.err
    found: list[dict[str, Any]] = json.loads(out.read_text())["matrix"]["cells"]
    for cell in found:
        for name in ("seconds", "cpu", "begun"):
            cell.pop(name, None)
        for test in cell.get("tests", ()):
            test.pop("seconds", None)
    return found


@pytest.mark.needs_llvm
def test_a_cluster_comes_to_the_same_grid(cluster: Cluster, harness: Harness, place: Path) -> None:
    here = cells(harness, place)
    cluster.start("far")
    there = cells(harness, place, "--executor", "dask", "--scheduler", cluster.address)
    assert [cell.pop("worker", "") for cell in there] == ["far", "", "far", ""]
    assert [cell.pop("worker", "") for cell in here] == [""] * 4
    assert there == here
    # It had nothing, and got our suite with the cells.
    assert len(list((cluster.folder / "far" / SUITE).iterdir())) == 1


def test_options_of_executors_that_do_not_fit_are_told(harness: Harness, place: Path) -> None:
    said = harness("matrix", "--executor", "dask", cwd=place)
    assert (said.code, said.err) == (
        2,
        "harness: error: --executor dask: which scheduler?\nnext: give --scheduler tcp://HOST:8786\n",
    )
    said = harness("matrix", "--scheduler", "tcp://x:1", cwd=place)
    assert (said.code, said.err) == (
        2,
        "harness: error: --scheduler is of --executor dask\nnext: give both, or none\n",
    )
