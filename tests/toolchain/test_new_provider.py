"""A package system that the harness does not know: one class and one row are all that it needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness import process
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, EXIT_USAGE, EnvironmentLacksError
from harness.store import Store
from harness.toolchain import registry
from harness.toolchain.provider import Request
from harness.toolchain.release import find_source, named_source
from tests.toolchain.fedora import Fedora

# The other kinds are listed beside it, and they say what LLVM there is.
pytestmark = pytest.mark.needs_llvm
REPOSITORY = Path(__file__).parents[2]


def harness(store: Path, *args: str) -> tuple[int, list[str], str]:
    """Run the command line with Fedora's row in the registry."""
    argv = [sys.executable, "-m", "tests.toolchain.fedora", *args]
    env = {"HARNESS_STORE": str(store), "CI": "1", "COLUMNS": "200"}
    done = process.run(argv, cwd=REPOSITORY, env=env)
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


@pytest.fixture
def fedora(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, Fedora.kind, Fedora)


@pytest.mark.needs_llvm  # the machine's own is listed too
def test_it_is_listed(tmp_path: Path) -> None:
    code, lines, _err = harness(tmp_path, "toolchain", "list", "--offline")
    assert code == EXIT_OK
    assert lines[-2:] == ["fedora  21.1.5   Fedora", "fedora  22.1.0   Fedora"]


@pytest.mark.needs_llvm  # the machine's own is listed too
def test_the_doctor_looks_at_it(tmp_path: Path) -> None:
    code, lines, _err = harness(tmp_path, "doctor", "--offline")
    assert "missing  rpm2cpio: unpacks Fedora's packages; next: dnf install rpm" in lines
    assert any(line.startswith("ok       sh ") for line in lines)
    assert code == EXIT_ENVIRONMENT
    assert [line.split() for line in lines[-4:]] == [
        *(["21.1.5", "fedora", "no", "no", "no", "Fedora"], ["next:", "harness", "toolchain", "fetch", "21"]),
        *(["22.1.0", "fedora", "no", "no", "no", "Fedora"], ["next:", "harness", "toolchain", "fetch", "22"]),
    ]


def test_it_is_fetched_and_shown(tmp_path: Path) -> None:
    code, lines, _err = harness(tmp_path, "toolchain", "fetch", "--toolchain", "fedora", "21", "22")
    homes = [tmp_path / "fedora/llvm-21", tmp_path / "fedora/llvm-22"]
    assert (code, lines) == (EXIT_OK, [str(home) for home in homes])
    code, lines, err = harness(tmp_path, "toolchain", "show", "--toolchain", "fedora", "--llvm", "22")
    assert (code, err) == (EXIT_OK, "")
    assert lines[:3] == ["name       fedora-22", "version    22.1.0", "from       Fedora"]


def test_what_it_lacks_is_said_in_its_words(tmp_path: Path) -> None:
    assert harness(tmp_path, "check", "--toolchain", "fedora", "no.patch") == (
        EXIT_ENVIRONMENT,
        [],
        "harness: error: Fedora has no archives of LLVM\nnext: use --toolchain debian\n",
    )


@pytest.mark.usefixtures("fedora")
def test_its_source_is_found(tmp_path: Path) -> None:
    store, said = Store(tmp_path), list[str]()
    provider = registry.resolve(store, Request("fedora", 21, None), said.append)
    tree = find_source(store, provider, "21.1.5", None, "HEAD", said.append)
    assert (tree.version, tree.provenance) == ("21.1.5", "Fedora's")
    assert named_source(store, "fedora:22", said.append).provenance == "of any Fedora"
    with pytest.raises(EnvironmentLacksError) as caught:
        find_source(store, provider, "21.1.6", None, "HEAD", said.append)
    assert caught.value.what == "the source is LLVM 21.1.5, the libraries are LLVM 21.1.6"


@pytest.mark.needs_llvm  # the machine's own is listed too
def test_without_its_row_nobody_knows_it(tmp_path: Path) -> None:
    """Else the tests before this one prove nothing."""
    command = str(Path(sys.executable).parent / "harness")
    done = process.run(
        [command, "toolchain", "list", "--offline"], env={"HARNESS_STORE": str(tmp_path), "CI": "1"}
    )
    assert done.returncode == EXIT_OK
    assert b"wheel" in done.stdout
    assert b"fedora" not in done.stdout + done.stderr
    done = process.run([command, "toolchain", "show", "--toolchain", "fedora"])
    assert done.returncode == EXIT_USAGE
