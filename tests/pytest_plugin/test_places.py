"""Which suite a path is of, where a test is, and what an argument of a command line names."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cell import label
from harness.errors import UsageError
from harness.pytest_plugin.columns import find_column, parse_columns
from harness.pytest_plugin.places import TestPlace, find_place, find_root, for_pytest, split_id
from harness.pytest_plugin.suites import AskedSuite, gather


@pytest.mark.parametrize(
    ("argument", "parts", "pytests"),
    [
        ("a/b.ll", ("a/b.ll", "", ""), "a/b.ll"),
        ("a/b.ll[llvm-19]", ("a/b.ll", "", "19"), "a/b.ll::b.ll[llvm-19]"),
        ("b.ll[wheel:0.47]", ("b.ll", "", "wheel:0.47"), "b.ll::b.ll[wheel:0.47]"),
        ("a/lit.cfg.py::u/0[trunk]", ("a/lit.cfg.py", "u/0", "trunk"), "a/lit.cfg.py::u/0[trunk]"),
        ("a.py::test_a", ("a.py", "test_a", ""), "a.py::test_a"),
        ("a.py::test_a[x[1]]", ("a.py", "test_a[x[1]]", ""), "a.py::test_a[x[1]]"),
    ],
)
def test_what_an_argument_names(argument: str, parts: tuple[str, str, str], pytests: str) -> None:
    assert split_id(argument) == parts
    assert for_pytest(argument) == pytests


def test_a_file_may_have_a_name_like_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a[1]").touch()
    assert split_id("a[1]") == ("a[1]", "", "")


@pytest.mark.parametrize("name", ["lit.site.cfg.py", "lit.site.cfg", "lit.cfg.py", "lit.cfg"])
def test_the_nearest_folder_with_a_configuration_is_the_root(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "a/b/c"
    inner.mkdir(parents=True)
    assert find_root(inner) is None
    (tmp_path / name).touch()
    (tmp_path / "a/lit.local.cfg").touch()
    assert find_root(inner / "x.ll") == tmp_path
    (tmp_path / "a/b" / name).touch()
    assert find_root(inner) == tmp_path / "a/b"


def test_a_test_is_a_file_or_a_part_of_one_or_of_its_suite(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("lit.cfg.py", "a/b.ll", "a/gen.py"):
        (tmp_path / name).touch()
    assert find_place(tmp_path, "a/b.ll") == TestPlace(tmp_path / "a/b.ll")
    assert find_place(tmp_path, "a/gen.py/one/two.cpp") == TestPlace(tmp_path / "a/gen.py", "one/two.cpp")
    assert find_place(tmp_path, "unit/Tests/0") == TestPlace(tmp_path / "lit.cfg.py", "unit/Tests/0")


def test_what_was_asked_for_of_a_suite(tmp_path: Path) -> None:
    for folder in ("X86/deep", "AArch64", "other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "X86/a.ll").touch()
    (tmp_path / "X86/deep/b.ll").touch()
    paths = [tmp_path / "X86/deep/b.ll", tmp_path / "X86/a.ll", tmp_path / "AArch64"]
    assert gather((tmp_path, path) for path in paths) == (AskedSuite(tmp_path, ("AArch64", "X86")),)
    assert gather((tmp_path, path) for path in (*paths, tmp_path)) == (AskedSuite(tmp_path),)


def test_labels_and_columns() -> None:
    names = ("19", "trunk", "wheel:0.47", "system:19", "tree:/opt/llvm")
    assert [find_column(label(name)) for name in names] == list(names)
    assert parse_columns(None, []) == ("19",)
    assert parse_columns(None, ["22", "22", "wheel"]) == ("22", "wheel")
    assert parse_columns("llvm-22, 19,22", ["wheel"]) == ("22", "19")
    with pytest.raises(UsageError, match="one of them is empty"):
        parse_columns("", [])
