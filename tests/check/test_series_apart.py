"""One series must not end the call: whatever becomes of it, the others have a verdict, and all a report."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.builders.choose import Chooser, Pair
from harness.builders.request import Built, Options
from harness.check import job
from harness.check.job import Job
from harness.check.prepare import Prepared
from harness.errors import EXIT_ENVIRONMENT, EXIT_PATCH
from harness.llvm import CoverageTools, Prebuilt, SourceTree, Toolchain
from harness.model import Series, SeriesKind
from harness.patch import Patch
from harness.progress import Silent
from harness.report.record import CheckReport
from harness.runner.runs import Suite, toolchain_features
from harness.runner.selection import SuiteOptions
from harness.series.parse import read_patch
from harness.store import Store

VERSION = "LLVM version 19.1.7\n  Registered Targets:\n    x86-64 - 64-bit X86\n"
UNIT = "llvm/lib/X.cpp"
# What a second option of one name does, in the words of llvm/lib/Support/CommandLine.cpp.
TWICE = """\
: CommandLine Error: Option 'align' registered more than once!
LLVM ERROR: inconsistency in registered CommandLine options
"""
CONFIGURATION = """\
import lit.formats
config.name = "s"
config.test_format = lit.formats.ShTest(False)
config.suffixes = [".ll"]
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


def patch(old: str) -> Patch:
    text = f"--- a/{UNIT}\n+++ b/{UNIT}\n@@ -1 +1 @@\n-{old}\n+new\n"
    return read_patch("1.patch", text.encode())


@dataclass
class Place:
    """A source of one file, a suite of one test, an LLVM of shell scripts."""

    tmp: Path

    def __post_init__(self) -> None:
        self.store = Store(self.tmp / "store")

        def source(aside: Path) -> None:
            (aside / "llvm/lib").mkdir(parents=True)
            (aside / UNIT).write_text("old\n")

        self.tree = SourceTree(self.store.make("source", "s", source), "19.1.7", "s", "made up")
        self.suite = self.tmp / "suite"
        self.suite.mkdir()
        (self.suite / "lit.cfg.py").write_text(CONFIGURATION)
        (self.suite / "a.ll").write_text("; RUN: llc %s\n")
        self.homes: tuple[Path, ...] = ()
        self.says = {"base": f"echo '{VERSION}'"}

    @property
    def kind(self) -> str:
        return "made up"

    @property
    def buildable(self) -> bool:
        return True

    @property
    def major(self) -> int:
        return 19

    def llc(self, name: str) -> Path:
        return script(self.tmp / name / "llc", self.says.get(name, self.says["base"]))

    def toolchain(self) -> Toolchain:
        tools = {"llc": self.llc("release")}
        return Toolchain("made-up", "19.1.7", tools, "made up", "release", homes=self.homes)

    @contextmanager
    def session(self) -> Iterator[Toolchain]:
        yield self.toolchain()

    def prebuilt(self) -> Prebuilt:
        none = Path("/dev/null")
        return Prebuilt(none, "19.1.7", none, none, None, none, None, None, "", True, "p", "made up")

    def coverage_tools(self) -> CoverageTools:
        raise NotImplementedError  # no test here asks for coverage

    def source(self, *, matching: bool = True) -> SourceTree:
        assert matching
        return self.tree

    def fetch(self, *, build: bool) -> tuple[Path, ...]:
        raise NotImplementedError(build)  # a check of made-up sides has nothing to fetch

    def cache_key(self) -> str:
        raise NotImplementedError  # nor to cache

    def both(self, one: Prepared) -> Pair:
        if one.side.name == "boom":
            raise KeyError("a mistake of ours")
        return Pair(self.built("base"), self.built(one.side.name), "overlay")

    def built(self, side: str) -> Built:
        return Built({"llc": self.llc(side)}, (UNIT,), (), f"{side}{self.tmp}", 0.0, cached=False)

    def check(self, *names: str) -> CheckReport:
        series = tuple(
            Series(name, name, SeriesKind.FIX, (patch("other" if name == "stale" else "old"),))
            for name in names
        )
        asked = SuiteOptions((Suite(self.suite, 1),))
        return job.check(Job(self.store, self, series, asked, Options()), Silent())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)

    monkeypatch.setattr(job, "find_same", lambda *_: None)
    monkeypatch.setattr(Chooser, "__init__", lambda *_: None)
    monkeypatch.setattr(Chooser, "both", made.both)
    return made


def test_the_others_go_on(place: Place) -> None:
    place.says["dies"] = f'printf "%s{TWICE}" "$0" >&2; kill -ABRT $$'
    place.says["mute"] = f"printf '{'y' * 1000}\\033[2J\\nmore\\n'"
    report = place.check("dies", "boom", "stale", "mute", "fine")
    dies, boom, stale, mute, fine = report.series
    assert [one.ok for one in report.series] == [False, False, False, False, True]
    codes = [EXIT_PATCH, EXIT_ENVIRONMENT, EXIT_PATCH, EXIT_PATCH]
    assert [one.error.exit_code for one in report.series if one.error] == codes
    assert report.exit_code == EXIT_ENVIRONMENT
    assert dies.error == (
        "llc does not start with the patch: fatal error: inconsistency in registered CommandLine options\n"
        "  llc --version says:\n"
        f"  {place.tmp}/dies/llc: CommandLine Error: Option 'align' registered more than once!\n"
        "  LLVM ERROR: inconsistency in registered CommandLine options\n"
        "next: mend the patch: `llc --version` fails with it already"
    )
    assert boom.error.startswith(
        "this is a fault of the harness, and says nothing about the patch: KeyError: 'a mistake of ours'\n"
    )
    assert stale.error.startswith("1.patch: hunk 1 of llvm/lib/X.cpp does not apply at line 1\n")
    assert mute.error == (
        "llc does not start with the patch: it names no version (exit code 0)\n"
        "  llc --version says:\n"
        f"  {'y' * 200}\n"
        "  more\n"
        "next: mend the patch: `llc --version` fails with it already"
    )
    assert not fine.error
    assert [one.name for one in dies.builds] == ["base", "dies"]


def test_a_base_that_does_not_start_is_the_machine_s(place: Place) -> None:
    place.says["base"] = "exit 1"
    place.says["release"] = f"echo '{VERSION}'"
    report = place.check("fine", "also")
    assert [one.error.exit_code for one in report.series] == [EXIT_ENVIRONMENT] * 2
    for one in report.series:
        assert one.error == (
            f"{place.tmp}/base/llc does not run: no LLVM version in what `llc --version` prints: nothing\n"
            "next: check that it runs by itself"
        )


def test_what_a_tool_starts_to_say_its_version_ends_with_it(place: Place) -> None:
    """In a session of its own, its parent dead, nothing of ours held open: it used to outlive the harness."""
    seconds = str(10_000_000 + os.getpid())
    started = "sh -c 'echo $$ > pid; exec sleep " + seconds + "'"
    place.says["base"] = f"setsid {started} >/dev/null 2>&1 </dev/null &\n"
    place.says["base"] += f"while ! [ -s pid ]; do :; done; echo '{VERSION}'"
    assert "llvm-19" in toolchain_features(place.toolchain())
    alive = [text for path in Path("/proc").glob("[0-9]*/cmdline") if seconds in (text := read_text(path))]
    assert alive == []


def test_a_version_that_is_none_is_quoted_in_part(place: Place) -> None:
    place.says["base"] = f"printf '\\033]0;x\\007{'y' * 5000}'"
    report = place.check("fine")
    quoted = f"]0;x{'y' * 194}..."
    assert report.series[0].error == (
        f"{place.tmp}/base/llc does not run: no LLVM version in what `llc --version` prints: {quoted}\n"
        "next: check that it runs by itself"
    )
