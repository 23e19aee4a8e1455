"""How a column of a matrix and the options of the command line name an LLVM."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import options
from harness.errors import EnvironmentLacksError, UsageError
from harness.store import Store
from harness.toolchain.provider import Request
from harness.toolchain.registry import read_column, resolve, resolve_column


@pytest.mark.parametrize(
    ("column", "request_"),
    [
        ("19", Request("debian", 19, None)),
        ("19.1.7", Request("debian", 19, None)),
        ("debian:9", Request("debian", 9, None)),
        ("trunk", Request("debian", None, None, named="trunk")),
        ("debian:trunk", Request("debian", None, None, named="trunk")),
        ("wheel", Request("wheel", None, None)),
        ("wheel:0.47", Request("wheel", None, None, named="0.47")),
        ("wheel:14", Request("wheel", None, None, named="14")),
        ("system", Request("system", None, None)),
        ("system:19", Request("system", 19, None)),
        ("tree:/opt/llvm", Request("tree", None, Path("/opt/llvm"))),
    ],
)
def test_a_column_is_a_request(column: str, request_: Request) -> None:
    assert read_column(column) == request_


@pytest.mark.parametrize(
    "column", ["", "x", "llvm-19", "19..22", "wheel:", "wheel:x", "tree", "tree:", "gentoo:19"]
)
def test_what_is_no_column_is_told(column: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_column(column)
    assert str(caught.value) == (
        f"{column}: no LLVM is called that\n"
        "next: give a version such as 19, trunk, wheel, wheel:0.47, system:19 or tree:DIR"
    )


def test_a_column_costs_nothing_before_it_is_used(tmp_path: Path) -> None:
    provider = resolve_column(Store(tmp_path / "store"), "18", print)
    assert (provider.kind, provider.major) == ("debian", 18)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("kind", ["system", "wheel", "tree"])
def test_only_debian_has_a_trunk(tmp_path: Path, kind: str) -> None:
    prefix = tmp_path if kind == "tree" else None
    with pytest.raises(UsageError) as caught:
        resolve(Store(tmp_path), options.request(kind, "trunk", prefix), print)
    assert str(caught.value) == (
        f"--toolchain {kind} has no trunk\nnext: use --toolchain debian, or give a version"
    )


def test_the_options_name_the_same(tmp_path: Path) -> None:
    assert options.request(None, "trunk", None) == read_column("trunk")
    assert options.request("wheel:0.47", None, None) == read_column("wheel:0.47")
    assert options.request(None, "18", None) == read_column("18")


def test_a_version_is_what_was_asked_for() -> None:
    for asked in (None, "trunk", "24", "24.0.0"):
        options.require_version(asked, "24.0.0~++20261025", "debian")
    with pytest.raises(EnvironmentLacksError, match=r"^--llvm 24.1: the toolchain debian has LLVM 24.0.0~"):
        options.require_version("24.1", "24.0.0~++20261025", "debian")
