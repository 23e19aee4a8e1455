"""`harness check` on real LLVM 19: real patches, real overlays, real tests. One base serves all of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import process
from harness.authoring import lint
from harness.store import default_root
from tests.command import ADDS_LIVE_OUTS, LIVENESS
from tests.known import run_unknown

if TYPE_CHECKING:
    from tests.command import Harness, Said, Source

pytestmark = [pytest.mark.needs_llvm, pytest.mark.builds, pytest.mark.xdist_group("overlay")]

REPOSITORY = Path(__file__).parents[2]
UNDERSIZED = REPOSITORY / "patches/x86-undersized-patchpoint/19.1.7"
FIX, MUTANT = "patchpoint-nonconstant-callee", "reintroduce-symbolic-callee-crash"
TRIVIAL = {"passes", "still-failing", "unsupported"}
# What each series does, as far as its claims do not say it: LLVM's own tests that it adds or changes.
OWN_FIXED = {
    FIX: {
        "llvm/test/CodeGen/AArch64/patchpoint-invalid-callee.ll",
        "llvm/test/CodeGen/PowerPC/patchpoint-invalid-callee.ll",
        "llvm/test/CodeGen/RISCV/patchpoint-invalid-callee.ll",
        "llvm/test/CodeGen/SystemZ/patchpoint-invalid-callee.ll",
        "llvm/test/CodeGen/X86/patchpoint-callee.ll",
        "llvm/test/CodeGen/X86/patchpoint-register-callee-undersized.ll",
        "llvm/test/CodeGen/X86/patchpoint-register-callee.ll",
        "llvm/test/CodeGen/X86/patchpoint-verify-operands.mir",
    },
    MUTANT: set(),
    "x86-undersized-patchpoint": {"llvm/test/CodeGen/X86/patchpoint-undersized.ll"},
}
# What runs for each that is judged here: of the fix all that it claims, of the mutant enough.
JUDGED = {
    FIX: "(register|computed|undef|phi|thread-local)-callee|callee-elsewhere",
    MUTANT: "^(X86|JIT|PowerPC)/patchpoint-(callee|symbol|thread|register)",
}
# One of each that no edit of the claims may lose.
ANCHORS = {
    FIX: {
        "JIT/patchpoint-register-callee.ll",
        "X86/patchpoint-register-callee.ll",
    },
    MUTANT: {"JIT/patchpoint-symbol-callee.ll", "X86/patchpoint-thread-2013.ll"},
    "x86-undersized-patchpoint": {"X86/patchpoint-zero-bytes-symbol-callee.ll"},
}
# As the report of December 2013 has them, innermost first.
FRAMES_2013 = ["visitPatchpoint", "visitIntrinsicCall", "visitCall", "visit", "SelectBasicBlock"]
# A terminal has shown ^C on the line before.
INTERRUPTED = "\nharness: interrupted; what was finished is kept, run the command again to go on"


def notable(series: dict[str, Any]) -> dict[str, str]:
    verdicts = series["comparison"]["verdicts"]
    return {v["name"]: v["verdict"] for v in verdicts if v["verdict"] not in TRIVIAL}


def claimed(series: dict[str, Any]) -> set[str]:
    """The tests that the claims of a series are about."""
    return {name for claim in series["comparison"]["claims"] for name in claim["tests"]}


def with_verdict(series: dict[str, Any], verdict: str) -> set[str]:
    return {name for name, found in notable(series).items() if found == verdict}


def essence(series: dict[str, Any]) -> dict[str, Any]:
    """A series' record without what differs from run to run: names, times, addresses in a trace."""
    changing = {"elapsed", "cpu", "output"}
    plain = [
        {
            **verdict,
            **{s: {k: x for k, x in verdict[s].items() if k not in changing} for s in ("base", "patched")},
        }
        for verdict in series["comparison"]["verdicts"]
    ]
    return {
        "kind": series["kind"],
        "error": series["error"],
        "comparison": {**series["comparison"], "verdicts": plain},
        "units": [build["units"] for build in series["builds"]],
    }


def series_of(report: Path) -> list[dict[str, Any]]:
    record = json.loads(report.read_text())
    assert record["version"] == 1
    found: list[dict[str, Any]] = record["report"]["series"]
    return found


# -- the series, and a mutant


@pytest.fixture(scope="module", params=JUDGED)
def checked(
    harness: Harness, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Said, Path]:
    """A series and a mutant, each once: what the command said, and the folder with its reports."""
    place = tmp_path_factory.mktemp("checked")
    args = ("--json", place / "r.json", "--junit", place / "r.xml", "--markdown", place / "r.md")
    part = ("--filter", JUDGED[request.param])
    return harness("check", "--all", "--llvm", "19", *args, *part, request.param, env={"CI": "1"}), place


def test_every_claim_holds_and_the_verdicts_are_these(checked: tuple[Said, Path]) -> None:
    said, place = checked
    assert (said.code, said.err) == (0, ""), said.out
    (one,) = series_of(place / "r.json")
    name, mutant = one["name"], one["kind"] == "mutant"
    assert with_verdict(one, "fixed") == OWN_FIXED[name] | (set() if mutant else claimed(one))
    # Known bugs of the release fail without the mutant too; what it claims of these is how they do.
    already = with_verdict(one, "fails-differently")
    assert with_verdict(one, "regressed") == (claimed(one) - already if mutant else set())
    assert ANCHORS[name] <= claimed(one) - already
    assert set(notable(one).values()) <= {"fixed", "regressed", "fails-differently"}
    claims = one["comparison"]["claims"]
    assert all(claim["held"] for claim in claims if claim["checked"] or not mutant)
    record = json.loads((place / "r.json").read_text())["report"]
    assert (record["llvm_version"], record["builder"], record["assertions"]) == ("19.1.7", "overlay", True)


@pytest.mark.parametrize("checked", [MUTANT], indirect=True)
def test_the_mutant_shows_the_crash_of_2013(checked: tuple[Said, Path]) -> None:
    _, place = checked
    (mutant,) = series_of(place / "r.json")
    broken = [v for v in mutant["comparison"]["verdicts"] if v["verdict"] == "regressed"]
    for verdict in broken:
        assert verdict["base"]["outcome"] == "PASS"
        signature = verdict["patched"]["signature"]
        assert verdict["patched"]["outcome"] == "CRASH"
        assert signature["kind"] == "assertion"
        assert signature["message"] == 'isa<To>(Val) && "cast<Ty>() argument of incompatible type!"'
        frames = [frame.rpartition("::")[2] for frame in signature["frames"]]
        assert [f for n, f in enumerate(frames) if f not in frames[:n]][:5] == FRAMES_2013
    assert {verdict["name"] for verdict in broken} >= ANCHORS[mutant["name"]]


def test_the_table_and_the_reports_are_written(checked: tuple[Said, Path]) -> None:
    said, place = checked
    lines = said.out.splitlines()
    assert lines[-1].startswith("OK in ")
    (one,) = series_of(place / "r.json")
    claims = [claim for claim in one["comparison"]["claims"] if claim["checked"]]
    row = lines[-3].split()
    assert row[:5] + row[-1:] == [
        one["name"],
        one["kind"],
        str(len(with_verdict(one, "fixed"))),
        str(len(with_verdict(one, "regressed"))),
        "{0}/{0}".format(len(claims)),
        "OK",
    ]
    assert len(claims) > 3
    junit = (place / "r.xml").read_text()
    assert junit.count("<testcase ") >= len(one["comparison"]["verdicts"])
    assert "<failure" not in junit
    assert one["name"] in (place / "r.md").read_text()


# -- one patch, named in three ways


def checkout(source: Source, patch: Path, place: Path) -> None:
    """A git repository with the files that a patch touches, and the patch as its last commit."""
    who = {f"GIT_{r}_{f}": "x@example.org" for r in ("AUTHOR", "COMMITTER") for f in ("NAME", "EMAIL")}
    env = {**who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*args: str | Path) -> None:
        done = process.run(["git", *args], cwd=place, env=env)
        assert done.ok, done.text

    place.mkdir()
    git("init", "-q", "-b", "main")
    for line in patch.read_text().splitlines():
        path = line.removeprefix("--- a/")
        if path != line:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.root / path, place / path)
    git("add", "-A")
    git("commit", "-q", "-m", "Base")
    git("apply", patch)
    git("add", "-A")
    git("commit", "-q", "-m", "Change")


def test_path_stdin_and_range_give_the_same_verdict(harness: Harness, source: Source, tmp_path: Path) -> None:
    (patch,) = UNDERSIZED.glob("*.patch")
    checkout(source, patch, tmp_path / "git")
    report = tmp_path / "r.json"
    words = ("check", "-q", "--all", "--filter", "^X86/patchpoint-(undersized|zero)", "--json", report)
    three = (patch, "-", "HEAD~1..HEAD")
    said = harness(*words, *three, cwd=tmp_path / "git", stdin=patch.read_bytes())
    assert (said.code, said.err) == (0, "")
    by_path, *others = series_of(report)
    assert by_path["comparison"]["ok"]
    assert with_verdict(by_path, "fixed") == claimed(by_path) | OWN_FIXED[by_path["name"]]
    assert ANCHORS[by_path["name"]] <= claimed(by_path)
    assert [essence(one) for one in others] == [essence(by_path)] * 2


# -- killed runs


def running(word: str) -> list[str]:
    """The command lines of running programs that have this word in them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if word in line:
                found.append(line)
    return found


def holds(entry: Path, mark: bytes) -> bool:
    return any(
        mark in path.read_bytes() for path in entry.rglob("*") if path.is_file() and path.stat().st_nlink == 1
    )


@pytest.fixture
def fresh(source: Source, tmp_path: Path) -> Iterator[Path]:
    """A patch that no store has seen: its text is in the object, so nothing can stand in for compiling it."""
    mark = f"fresh-{uuid.uuid4().hex}"
    start = time.time() - 1
    edit = f'        if (MI.getNumOperands() == 0)\n          report_fatal_error("{mark}");\n'
    path = tmp_path / "fresh.patch"
    path.write_bytes(source.diff({LIVENESS: (ADDS_LIVE_OUTS, edit + ADDS_LIVE_OUTS)}))
    yield path
    for kind in ("overlay", "object", "patched"):
        for entry in (default_root() / kind).iterdir():
            with suppress(FileNotFoundError):  # another run's, which is being made
                if entry.stat().st_mtime >= start and holds(entry, mark.encode()):
                    shutil.rmtree(entry)


def compiling(parent: int) -> str:
    """Where a run of the harness is compiling the patched file to, or an empty string."""
    tree = {parent}
    for pid in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            stat = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
            words = Path("/proc", str(pid), "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if int(stat[1]) in tree:
            tree.add(pid)
            if any("/patched/" in word and word.endswith(LIVENESS) for word in words):
                return next((word for word in words if "/object/" in word and word.endswith("unit.o")), "")
    return ""


def killed(harness: Harness, patch: Path, signum: signal.Signals) -> tuple[int, str, str]:
    """Stop a run with a signal while it compiles: its status, its words, and what it was compiling."""
    log = patch.with_suffix(f".{signum.name}")
    argv = harness.argv("check", "-q", "--all", patch)
    with log.open("wb") as out:
        child = process.Child(argv, process.Limits(wall=600, cpu=0, memory=0, output=0), stderr=out)
    end = time.monotonic() + 500
    while not (place := compiling(child.pid)):
        assert child.poll() is None, "it ended before it compiled anything"
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(child.pid, signum)
    while (code := child.poll()) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    child.wait()
    return code, log.read_text(), place


def still_running(word: str, within: float) -> list[str]:
    """The programs with this word in their command line that do not end in some seconds."""
    end = time.monotonic() + within
    while (left := running(word)) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def test_a_killed_run_leaves_nothing_and_can_be_run_again(
    harness: Harness, fresh: Path, tmp_path: Path
) -> None:
    for signum in (signal.SIGINT, signal.SIGTERM):
        code, words, place = killed(harness, fresh, signum)
        assert (code, words, still_running(place, 5)) == (130, INTERRUPTED + "\n", [])
    # SIGKILL leaves nobody to stop the compiler: it ends what it is at, in a folder that is of no
    # use to anyone, beside the runs that come after.
    code, words, orphan = killed(harness, fresh, signal.SIGKILL)
    assert (code, words) == (-signal.SIGKILL, "")

    def again(number: int) -> Said:
        report = tmp_path / f"{number}.json"
        return harness("check", "-q", "--all", "--filter", "X86/patchpoint-call", "--json", report, fresh)

    # Two at the same time on one store: the same verdict.
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(again, range(2)))
    assert [(one.code, one.err) for one in said] == [(0, "")] * 2
    first, second = (series_of(tmp_path / f"{number}.json")[0] for number in range(2))
    assert essence(first) == essence(second)
    assert notable(first) == {}
    assert {v["verdict"] for v in first["comparison"]["verdicts"]} == {"passes", "still-failing"}
    built = sorted(
        build["cached"] for one in (first, second) for build in one["builds"] if build["name"] != "base"
    )
    assert built[0] is False
    assert still_running(orphan, 60) == []


# -- no patch


# Seconds of processor time that a test of the suite may take: the slowest takes half of it, and most a tenth.
MOST_CPU = 3


def test_the_suite_is_green_on_debians_llvm_and_both_filechecks_agree() -> None:
    """PyPI's and LLVM's say the same of every text that they are given."""
    from harness.runner.runs import Suite
    from harness.store import Store
    from harness.toolchain.debian import packages

    toolchain = packages.toolchain(Store(default_root()), 19, lambda _text: None)
    suite = Suite(REPOSITORY / "lit-tests", 2, "both", expectations=True)
    results = run_unknown(toolchain, suite).results
    assert len(results) == len(list(lint.tests_below(REPOSITORY / "lit-tests")))
    outcomes = Counter(result.outcome.value for result in results)
    # If they disagree, there is no answer, whatever the test expects.
    green = {"PASS", "XFAIL", "UNSUPPORTED"}
    assert {r.name: (r.outcome, r.output) for r in results if r.outcome.value not in green} == {}
    assert outcomes["PASS"] > outcomes["XFAIL"] > 15
    # What a test takes is the same on a busy machine, as far as processor time tells.
    assert {r.name: r.cpu for r in results if r.cpu > MOST_CPU} == {}


def test_a_part_of_the_suite_on_debians_llvm(harness: Harness, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    part = ("--filter", "^(X86|JIT)/patchpoint-[a-c]")
    said = harness("check", "-q", "--no-patch", "--llvm", "19", *part, "--json", report)
    assert (said.code, said.err) == (0, "")
    found = json.loads(report.read_text())["report"]
    assert (found["builder"], found["series"]) == ("none", [])
    outcomes = Counter(result["outcome"] for result in found["suite"]["results"])
    assert outcomes.keys() <= {"PASS", "XFAIL", "UNSUPPORTED"}
    assert outcomes["PASS"] > outcomes["XFAIL"] > 0
