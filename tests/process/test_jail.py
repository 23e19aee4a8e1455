"""What a jail is made of, without entering one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.process import Jail, JailKind
from harness.process.jail import _path_folders, python_paths, with_real


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(ValueError, match="a jail needs absolute paths: here"):
        Jail(JailKind.BUILD, reads=(Path("here"),))


def test_nothing_to_read_lies_in_what_is_written() -> None:
    """Landlock only gives: what lies in a folder that may be written may be written, too."""
    with pytest.raises(ValueError, match="/a/b/c would be writable: it is below /a/b"):
        Jail(JailKind.BUILD, reads=(Path("/a/b/c"),), writes=(Path("/a/b"),))
    Jail(JailKind.BUILD, reads=(Path("/a"),), writes=(Path("/a/b"),))


def test_the_environment_is_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setenv("TOKEN", "secret")
    jail = Jail(JailKind.PROGRAM, writes=(Path("/out"),), temporary=Path("/out/tmp"))
    assert jail.environment({"A": "1", "TZ": None}) == {
        "PATH": "/usr/bin",
        "HOME": "/out",
        "TMPDIR": "/out/tmp",
        "LC_ALL": "C.UTF-8",
        "A": "1",
    }


def test_without_a_folder_of_its_own_home_is_nowhere() -> None:
    assert Jail(JailKind.PROGRAM).environment({})["HOME"] == "/nonexistent"


def test_what_a_user_has_on_path_stays_closed(tmp_path: Path) -> None:
    home, shared = tmp_path / "home", tmp_path / "opt"
    for folder in (home / ".local/bin", shared):
        folder.mkdir(parents=True)
    path = f"{home}/.local/bin:{home}:{tmp_path}::bin:{shared}:{tmp_path}/missing"
    assert _path_folders(path, home) == (shared,)


def test_this_python_and_this_package_are_readable() -> None:
    assert any(path in Path(__file__).parents or (path / "process").is_dir() for path in python_paths())


def test_a_path_by_way_of_a_link_is_there_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert with_real([tmp_path / "link"]) == (tmp_path / "link", tmp_path / "real")
