"""`harness store`: what it prints, the record that it writes, how it ends; and what a killed run leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import click
import pytest

from harness.cli.store import command
from harness.errors import UsageError
from harness.store import MANIFEST, Store, survey
from harness.store.disk import measure

if TYPE_CHECKING:
    from tests.command import Harness

NOON = 1_796_040_000.0  # 2026-11-30 12:00 UTC
HOUR = 3600


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store at noon: two objects, a toolchain, what a killed run left, and what is none of the store's."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    time.tzset()
    store = Store(tmp_path / "store")
    for kind, key, size, hours in (
        ("object", "a", 3 << 20, 30),
        ("object", "b", 1 << 20, 6),
        ("debian", "llvm-19", 5 << 20, 99),
    ):
        make(store, kind, key, size, NOON - hours * HOUR)
    aside = store.root / "object/a.tmp-01234567"
    aside.write_bytes(bytes(4096))
    (store.root / "notes").symlink_to("elsewhere")
    for file in (store.root / "locks/runs").iterdir():
        os.utime(file, (NOON, NOON))
    os.utime(store.root / "locks", (NOON, NOON))
    (tmp_path / "harness-run-0123abcd").mkdir()
    os.utime(tmp_path / "harness-run-0123abcd", (1e9, 1e9))
    # What the disk takes for locks and folders is not the same everywhere.
    monkeypatch.setattr(survey, "measure", lambda path: measure(path) if path == aside else _Fixed())
    monkeypatch.setattr(time, "time", lambda: NOON)
    yield store
    monkeypatch.undo()
    time.tzset()


class _Fixed(SimpleNamespace):
    newest, own, whole = NOON, 0, 0


def make(store: Store, kind: str, key: str, size: int, used: float) -> None:
    """An entry of that size, whatever the disk takes for it."""

    def write(folder: Path) -> None:
        (folder / "file").write_bytes(bytes(size))

    place = store.make(kind, key, write)
    record = json.loads((place / MANIFEST).read_text())
    (place / MANIFEST).write_text(json.dumps({**record, "disk": size}))
    os.utime(place / MANIFEST, (used, used))


@pytest.fixture
def run(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints, and how it ends."""

    def call(*args: str) -> str:
        code = 0
        try:
            command.main([*args, "--quiet", "--store", str(store.root)], standalone_mode=False)
        except SystemExit as end:
            code = int(str(end.code))
        said = capsys.readouterr().out.replace(str(tmp_path), "/where")
        return f"$ harness store {' '.join(args)}\n{said}" + (f"(exit {code})\n" if code else "")

    return call


def test_what_is_printed(run: Callable[..., str], store: Store, golden: Callable[[str, str], None]) -> None:
    said = [
        run("show"),
        run("gc", "--max-size", "7M", "--dry-run"),
        run("gc", "--max-size", "100M"),
        run("gc", "--max-size", "7M", "--older-than", "2d"),
        run("gc", "--max-size", "1M", "--older-than", "20h"),
        run("gc", "--max-size", "0", "--older-than", "20h"),
        run("gc", "--max-size", "1G"),
    ]
    make(store, "object", "a", 300, NOON - 60)
    make(store, "overlay", "b", 5000, NOON - 9 * HOUR)
    said.append(run("gc", "--max-size", "100"))
    make(store, "object", "b", 200, NOON)
    (store.path("object", "a") / "file").write_text("other")
    said.append(run("verify"))
    with Store(store.root).lock("object", "b"):
        said.append(run("verify", "--repair"))
    said.append(run("verify"))
    golden("store.txt", "\n".join(said))


def test_the_records(run: Callable[..., str], store: Store, tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    run("show", "--json", str(file))
    record = json.loads(file.read_text())
    assert (record["version"], record["store"]["root"]) == (1, str(store.root))
    assert {one["kind"]: one["may_go"] for one in record["kinds"]}["object"] == 4 << 20
    assert {one["path"]: one["may_go"] for one in record["store"]["leftovers"]} == {
        "notes": False,
        "object/a.tmp-01234567": True,
    }
    run("gc", "--max-size", "6M", "--json", str(file))
    collected = json.loads(file.read_text())["collected"]
    assert [one["key"] for one in collected["removed"]] == ["a"]
    assert collected["after"] == 6 << 20
    run("verify", "--json", str(file))
    assert json.loads(file.read_text())["check"] == {"whole": 2, "damaged": [], "locked": []}


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (
            ["--max-size", "much"],
            "Invalid value for '--max-size': much is not a size: give 20G, 500M or 1.5T",
        ),
        (
            ["--max-size", "1G", "--older-than", "2y"],
            "Invalid value for '--older-than': 2y is not an age: give 36h, 7d or 4w",
        ),
        ([], "Missing option '--max-size'."),
    ],
)
def test_bad_input(args: list[str], what: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        command.main(["gc", *args], standalone_mode=False)
    assert caught.value.format_message() == what


@pytest.mark.parametrize(("size", "most"), [("0", 0), ("4GiB", 4 << 30), ("1.5T", 3 << 39), ("10KB", 10240)])
def test_sizes(size: str, most: int) -> None:
    from harness.cli.store import _Size

    assert _Size().convert(size, None, None) == most


def test_what_is_no_store(tmp_path: Path) -> None:
    for args in (["show"], ["gc", "--max-size", "1G"], ["verify"]):
        with pytest.raises(UsageError) as caught:
            command.main([*args, "--store", str(tmp_path)], standalone_mode=False)
        assert str(caught.value) == (
            f"{tmp_path}: is no store\nnext: name one by --store or HARNESS_STORE; the first build makes it"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.needs_llvm
@pytest.mark.slow
def test_a_killed_check_leaves_nothing_for_long(tmp_path: Path, harness: Harness) -> None:
    """The suite on the wheel: its workers, its mirrors and its server have folders in TMPDIR."""
    temporary, store = tmp_path / "tmp", tmp_path / "store"
    temporary.mkdir()
    check = ["check", "--toolchain", "wheel", "--filter", "^X86/patchpoint-c", "-q", "--history", "none"]
    argv = harness.argv(*check, "--store", store)
    env = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 60
        while not list(temporary.glob("harness-pool-*/places/*")) and run.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
    assert run.returncode == -signal.SIGKILL
    assert [path for path in temporary.iterdir() if path.is_dir()]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(temporary.iterdir()) == []
    assert not list(store.rglob("*.tmp-*"))
    assert not list((store / "locks").rglob("runs/*"))
