"""`harness mutants` on real LLVM 19: one unit, two tests; and what it says to bad input."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import EXIT_PATCH, EXIT_USAGE, EXIT_VERDICT
from harness.store import default_root
from tests.command import ADDS_LIVE_OUTS, LIVENESS

if TYPE_CHECKING:
    from tests.command import Harness, Said, Source

REPOSITORY = Path(__file__).parents[2]
TESTS = ("X86/patchpoint-live-outs-call.ll", "X86/patchpoint-thread-2013.ll")
# What stands for the call that adds the live-outs, and the rest of series.toml.
MUTANTS = {
    "add-nothing": (
        ADDS_LIVE_OUTS.replace(" MI)", " *&MI)"),
        'equivalent = "What a pointer to it points to"\n',
    ),
    "break-the-build": (ADDS_LIVE_OUTS.replace(" MI)", " NoSuchThing)"), ""),
    "forget-the-live-outs": ("", ""),
    "skip-an-odd-number": (f"        if (MI.getNumOperands() != 1234)\n  {ADDS_LIVE_OUTS}", ""),
}


def put(checkout: Path, source: Source, *names: str) -> None:
    for name in names:
        new, more = MUTANTS[name]
        folder = checkout / "patches/mutants" / name / "19.1.7"
        folder.mkdir(parents=True)
        (folder / "0001-mutant.patch").write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, new)}))
        (folder.parent / "series.toml").write_text(
            f'title = "The mutant {name}"\nkind = "mutant"\n{more}[llvm]\nversions = ["19.1.7"]\n'
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "patches").mkdir()
    (tmp_path / "lit-tests").symlink_to(REPOSITORY / "lit-tests")
    return tmp_path


@pytest.fixture
def pattern() -> Iterator[str]:
    """A filter that no run has had, so that nothing is known; what is known then is forgotten again."""
    place = default_root() / "trial"
    before = set(place.glob("*/trial.json"))
    names = "|".join(name.removesuffix(".ll") for name in TESTS)
    yield f"({names})\\.ll|{uuid.uuid4().hex}"
    for path in set(place.glob("*/trial.json")) - before:
        if json.loads(path.read_bytes())["tests"] == len(TESTS):
            shutil.rmtree(path.parent)


def mutants_of(report: Path) -> dict[str, dict[str, Any]]:
    record = json.loads(report.read_text())
    assert record["version"] == 1
    return {one["name"]: {**one, "fate": record["fates"][one["name"]]} for one in record["report"]["mutants"]}


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
class TestReal:
    def test_mutants_are_tried_once(
        self, harness: Harness, source: Source, checkout: Path, pattern: str
    ) -> None:
        report = checkout / "r.json"

        def run(*names: str) -> tuple[Said, dict[str, dict[str, Any]]]:
            said = harness("mutants", "-q", "--filter", pattern, "--json", report, *names, cwd=checkout)
            return said, mutants_of(report)

        put(checkout, source, "forget-the-live-outs", "add-nothing")
        said, found = run()
        assert (said.code, said.err) == (0, ""), said.out
        assert said.out.splitlines()[-1] == "1 of 1 mutant killed (100 %), 1 equivalent"
        assert {name: (one["fate"], one["known"]) for name, one in found.items()} == {
            "add-nothing": ("equivalent", False),
            "forget-the-live-outs": ("killed", False),
        }
        (broken,) = found["forget-the-live-outs"]["trial"]["broken"]
        assert (broken["name"], broken["verdict"]) == ("X86/patchpoint-live-outs-call.ll", "regressed")
        assert found["add-nothing"]["trial"]["tests"] == len(TESTS)

        # More mutants of the same unit: what is known stays known, what is new is tried, the bad are told.
        put(checkout, source, "break-the-build", "skip-an-odd-number")
        stale = checkout / "patches/mutants/stale/19.1.7/0001-mutant.patch"
        shutil.copytree(checkout / "patches/mutants/forget-the-live-outs", stale.parents[1])
        stale.write_text(stale.read_text().replace("addLiveOutSetToMI(MF", "addLiveOuts(MF"))
        said, found = run()
        assert (said.code, said.err) == (EXIT_PATCH, "")
        assert {name: (one["fate"], one["known"]) for name, one in found.items()} == {
            "add-nothing": ("equivalent", True),
            "break-the-build": ("error", False),
            "skip-an-odd-number": ("survived", False),
            "forget-the-live-outs": ("killed", True),
            "stale": ("error", False),
        }
        assert said.out.splitlines()[-1] == (
            "1 of 4 mutants killed (25 %), 1 equivalent, 2 without a verdict"
        )
        assert (
            "\nskip-an-odd-number:\n  none of 2 tests notices it: The mutant skip-an-odd-number\n" in said.out
        )
        assert "use of undeclared identifier 'NoSuchThing'" in said.out
        assert f"\nstale:\n  0001-mutant.patch: hunk 1 of {LIVENESS} does not apply at line " in said.out

        # By name, and the rest not at all.
        said, found = run("skip-an-odd-number")
        assert (said.code, said.err) == (EXIT_VERDICT, "")
        assert [(one["name"], one["known"]) for one in found.values()] == [("skip-an-odd-number", True)]
        assert said.out.splitlines()[-1] == "0 of 1 mutant killed (0 %)"

    def test_a_name_that_is_none(self, harness: Harness, source: Source, checkout: Path) -> None:
        put(checkout, source, "forget-the-live-outs")
        place = checkout / "patches/mutants"
        said = harness("mutants", "-q", "forget-the-live-out", cwd=checkout)
        assert (said.code, said.out, said.err) == (
            EXIT_USAGE,
            "",
            f"harness: error: forget-the-live-out: is not a mutant of {place}\n"
            "  mutants here: forget-the-live-outs\n"
            "next: did you mean forget-the-live-outs?\n",
        )

    def test_there_is_none(self, harness: Harness, checkout: Path) -> None:
        place = checkout / "patches/mutants"
        said = harness("mutants", "-q", cwd=checkout)
        assert (said.code, said.out, said.err) == (
            EXIT_USAGE,
            "",
            f"harness: error: {place}: there is no mutant\n"
            f"next: put one there: {place}/NAME/series.toml and its patches\n",
        )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ("--llvm", "nineteen"),
            "--llvm nineteen: not a version\nnext: give a number such as 19 or 19.1.7\n",
        ),
        (
            ("--filter", "("),
            "--filter (: missing ), unterminated subpattern at position 0\n"
            "next: give a regular expression of Python\n",
        ),
        (
            ("--json", "gone/r.json"),
            "gone/r.json: cannot be written: No such file or directory\nnext: give another file\n",
        ),
        (
            ("--toolchain", "wheel"),
            "the wheel's LLVM is one shared library: no patch can be built into it\n"
            "next: use --toolchain debian; the wheel can only run the suite as it is\n",
        ),
    ],
)
def test_wrong_options(harness: Harness, checkout: Path, args: tuple[str, ...], message: str) -> None:
    said = harness("mutants", *args, cwd=checkout)
    assert (said.code, said.out, said.err) == (EXIT_USAGE, "", f"harness: error: {message}")
