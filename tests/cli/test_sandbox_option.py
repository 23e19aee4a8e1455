"""`--no-sandbox`: which commands have it, what it chooses, and what they say where nothing can enclose."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli import COMMANDS, app, module_of
from harness.cli import options as shared
from harness.errors import EXIT_ENVIRONMENT
from harness.process import sandbox
from harness.process.sandbox import NO_SANDBOX, VARIABLE, Mode
from tests.command import Harness

# They read and print, or show what is in the store.
RUN_NOTHING = frozenset({"ci-files", "history", "series", "stackmap", "store"})


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """A command, or those of a group, by their names."""
    if isinstance(command, click.Group):
        for each in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), each)
            assert found is not None
            yield from commands(found, f"{name} {each}")
    else:
        yield name, command


def test_every_command_that_runs_what_others_bring_has_the_option() -> None:
    found = {}
    for name in COMMANDS:
        whole = app.get_command(click.Context(app), name)
        assert whole is not None
        for words, command in commands(whole, name):
            found[words] = any(NO_SANDBOX in option.opts for option in command.params)
    without = {words for words, has in found.items() if not has}
    assert {words for words in without if words.split()[0] not in RUN_NOTHING} == {"doctor"}
    assert {words for words, has in found.items() if has and words.split()[0] in RUN_NOTHING} == set()
    assert len(found) - len(without) > 12


@pytest.mark.parametrize("name", sorted({*COMMANDS} - RUN_NOTHING - {"doctor"}))
def test_a_command_with_the_option_opens_its_store_with_it(name: str) -> None:
    module = importlib.import_module(f"harness.cli.{module_of(name)}")
    assert module.__file__ is not None
    assert "open_enclosed(" in Path(module.__file__).read_text()


def test_it_turns_the_sandbox_off_for_all_that_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")
    seen = []

    @click.command
    @shared.sandbox
    def command() -> None:
        seen.append((os.environ[VARIABLE], sandbox.current().mode is Mode.OFF))

    assert CliRunner().invoke(command, []).exit_code == 0
    assert CliRunner().invoke(command, [NO_SANDBOX]).exit_code == 0
    assert seen == [("auto", False), ("off", True)]


@pytest.mark.slow
def test_where_nothing_can_enclose_it_is_said_before_anything_runs(harness: Harness, tmp_path: Path) -> None:
    nowhere = {VARIABLE: "bubblewrap", "PATH": str(tmp_path)}
    said = harness("check", "--no-patch", "--toolchain", "wheel", env=nowhere)
    assert said.code == EXIT_ENVIRONMENT
    assert said.out == ""
    assert "nothing here can enclose what a patch runs" in said.err
    assert NO_SANDBOX in said.err
    assert "running" not in said.err


@pytest.mark.slow
def test_doctor_says_what_encloses(harness: Harness, tmp_path: Path) -> None:
    words = ("doctor", "--offline", "--store", tmp_path / "store")
    said = {
        mode: harness(*words, env={VARIABLE: mode, "CI": "1"}) for mode in ("bubblewrap", "landlock", "off")
    }
    assert "ok       sandbox: enclosed by bubblewrap\n" in said["bubblewrap"].out
    assert "ok       sandbox: enclosed by Landlock (ABI " in said["landlock"].out
    assert "next: apt-get install bubblewrap" in said["landlock"].out
    assert "low      sandbox: NOT ENCLOSED: --no-sandbox" in said["off"].out
    lacking = harness(*words, env={VARIABLE: "bubblewrap", "PATH": str(tmp_path), "CI": "1"})
    assert "missing  sandbox: nothing here can enclose what a patch runs; next: install" in lacking.out
    assert "         bubblewrap: bwrap: not found\n" in lacking.out
    assert lacking.code == EXIT_ENVIRONMENT
