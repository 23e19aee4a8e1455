"""Input without an end, absurdly long, or in bytes that are no text: one clear error, and nothing else."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import process
from harness.cli import series
from harness.cli.options import version_number
from harness.errors import EXIT_ENVIRONMENT, EXIT_USAGE, UsageError
from harness.progress import Silent
from harness.stackmaps import files

if TYPE_CHECKING:
    from tests.command import Harness

NINES = "9" * 5000
SITE = """\
import lit.formats
config.name = "s"
config.test_format = lit.formats.ShTest(False)
config.suffixes = [".ll"]
config.test_exec_root = lit_config.params["exec_root"]
"""


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (
            ("stackmap", "show", "/dev/zero"),
            EXIT_USAGE,
            "/dev/zero: is larger than 256 MiB\nnext: name a smaller file\n",
        ),
        (
            ("stackmap", "show", "--json", b"\xff.o"),
            EXIT_USAGE,
            "\\xff.o: No such file or directory\nnext: name a file that can be read\n",
        ),
        (
            ("stackmap", "verify", "--reserved", f"{NINES}=1", "x.o"),
            EXIT_USAGE,
            f"--reserved {'9' * 489}...{'9' * 476}=1: not an id and a size\n"
            "next: give one such as --reserved 7=15\n",
        ),
        (
            ("check", "--suite", "x" * 300),
            EXIT_USAGE,
            f"a name is longer than the file system takes: {'x' * 80}...{'x' * 80}\nnext: shorten it\n",
        ),
        (
            ("check", "--json", "x" * 300),
            EXIT_USAGE,
            f"{'x' * 300}: cannot be written: File name too long\nnext: give another file\n",
        ),
        (
            ("check", "--store", "/proc/x", "-q", "x86-undersized-patchpoint"),
            EXIT_ENVIRONMENT,
            "cannot write apt to the store /proc/x: no such file or directory\n"
            "next: free some space there or set HARNESS_STORE to a directory on another disk; "
            "nothing half-written was kept\n",
        ),
        (
            ("toolchain", "show", "--toolchain", "wheel", "--llvm", "3"),
            EXIT_USAGE,
            "wheel:3: no llvmlite that is known has LLVM 3\n"
            "next: use one of wheel:0.43 (LLVM 14.0.6), wheel:0.44 (LLVM 15.0.7), "
            "wheel:0.47 (LLVM 20.1.8), wheel:0.50 (LLVM 22.1.0)\n",
        ),
    ],
    ids=["zero", "bytes", "reserved", "suite", "json", "proc", "wheel"],
)
def test_one_error(harness: Harness, args: tuple[str | bytes, ...], code: int, message: str) -> None:
    done = process.run([harness.path, *map(os.fsdecode, args)], env={"CI": "1"})
    assert (done.returncode, done.stdout.decode()) == (code, "")
    assert done.stderr.decode() == f"harness: error: {message}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("²", "²"), ("٣", "٣"), (NINES, f"{'9' * 40}..."), ("19.", "19."), ("1.2.3.4", "1.2.3.4"), ("", "")],
)
def test_no_version(text: str, shown: str) -> None:
    with pytest.raises(UsageError) as raised:
        version_number(text, "--llvm")
    assert str(raised.value) == f"--llvm {shown}: not a version\nnext: give a number such as 19 or 19.1.7"


def test_standard_input_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """`yes | harness check -`: it used to be read until there was no memory left."""
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr("sys.stdin", endless)
        with pytest.raises(UsageError) as raised:
            series.load_given(("-",), "19.1.7", None, Silent())
    assert str(raised.value).startswith("stdin: is larger than 64 MiB, which is too much for a patch\n")


def test_a_file_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    monkeypatch.setattr(files, "MOST", 5)
    assert files.read(tmp_path / "x") == b"12345"
    monkeypatch.setattr(files, "MOST", 4)
    with pytest.raises(UsageError) as raised:
        files.read(tmp_path / "x", "--ir ")
    assert raised.value.what == f"--ir {tmp_path}/x: is larger than 0 MiB"


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("commands")
@pytest.mark.parametrize(
    ("suite", "test", "message"),
    [
        (b"s\xff", b"a.ll", "a name in bytes that are not UTF-8: {folder}/s\\xff\nnext: rename it\n"),
        (
            b"s",
            b"a\xff.ll",
            "{folder}/s: lit cannot read this suite\n"
            "  the name of a test is not UTF-8, rename it: a\\xff.ll\n"
            "next: mend its lit.cfg.py or lit.local.cfg\n",
        ),
    ],
)
def test_suites_and_tests_whose_names_are_not_utf8(
    harness: Harness, tmp_path: Path, suite: bytes, test: bytes, message: str
) -> None:
    folder = tmp_path / os.fsdecode(suite)
    folder.mkdir()
    (folder / "lit.cfg.py").write_text(SITE)
    (folder / os.fsdecode(test)).write_text("; RUN: true\n")
    argv = [harness.path, "check", "--toolchain", "wheel", "-q", "--suite", str(folder)]
    done = process.run(argv, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (EXIT_USAGE, b"")
    assert done.stderr.decode() == f"harness: error: {message.format(folder=tmp_path)}"


@pytest.mark.needs_llvm
@pytest.mark.xdist_group("commands")
def test_too_few_open_files(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "lit.cfg.py").write_text(SITE)
    for name in "abcdefghijklmnop":  # a worker for each
        (tmp_path / f"{name}.ll").write_text("; RUN: true\n")
    line = f"ulimit -n 20; exec {shlex.quote(harness.path)} check --toolchain wheel -q --suite . -j 16"
    done = process.run(["bash", "-c", line], cwd=tmp_path)
    assert (done.returncode, done.stdout) == (EXIT_ENVIRONMENT, b"")
    first, last = done.stderr.decode().splitlines()
    assert first.startswith("harness: error: more files are open than this shell allows")
    assert last == "next: raise the limit: ulimit -n 1024"
