"""What a jail is made of, without entering one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.process import Jail, JailKind
from harness.process.jail import _path_folders, program_paths, python_paths, with_real


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


def installed(top: Path, *names: str, script: str = "") -> Path:
    """A program in `top`/bin, with folders beside that."""
    for name in ("bin", *names):
        (top / name).mkdir(parents=True)
    (top / "bin/cc").write_text(script)
    return top / "bin/cc"


def test_of_an_installation_programs_alone_are_readable(tmp_path: Path) -> None:
    """~/bin is one, and ~/.ssh is beside it."""
    program = installed(tmp_path / "home", "lib", "include", ".ssh", "root")
    assert program_paths(program) == tuple(tmp_path / "home" / name for name in ("bin", "lib", "include"))


def test_a_program_behind_a_link_reads_where_it_is(tmp_path: Path) -> None:
    real = installed(tmp_path / "real", "lib")
    link = installed(tmp_path / "links").with_name("c++")
    link.symlink_to(real)
    places = {tmp_path / "links/bin", tmp_path / "real/bin", tmp_path / "real/lib"}
    assert set(program_paths(link)) == places


def test_a_script_reads_all_of_where_it_and_its_program_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / "tool chain"
    named = f'LIBS="{top}/libs${{LIBS:+:$LIBS}}" exec "{top}/root/bin/cc" "$@"\n'
    script = installed(top, "libs", script=f"#!/bin/sh\n{named}")
    assert program_paths(script)[0] == top
    monkeypatch.setenv("HOME", str(top / "user"))  # all of a home, and more, is not for a build
    assert top not in program_paths(script)
    assert top / "libs" in program_paths(script)


def test_a_script_for_a_program_elsewhere_adds_that_alone(tmp_path: Path) -> None:
    other = installed(tmp_path / "other")
    script = installed(tmp_path / "mine", "data", script=f'#!/bin/sh\nexec "{other}" "$@"\n')
    assert set(program_paths(script)) == {other, tmp_path / "mine/bin"}


def test_packages_elsewhere_are_readable_and_other_modules_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's own packages are in HOME; a checkout that is on the path may hold a token."""
    (tmp_path / "lib/site-packages").mkdir(parents=True)
    monkeypatch.setattr("sys.path", [str(tmp_path), str(tmp_path / "lib/site-packages"), ""])
    found = python_paths.__wrapped__()
    assert tmp_path / "lib/site-packages" in found
    assert tmp_path not in found
