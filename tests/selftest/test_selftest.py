"""The self-test of overlays: what it compares, what it overlooks, and a real run on a sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.builders.request import Built, Options
from harness.errors import UsageError
from harness.llvm import Prebuilt, Release, SourceTree, Toolchain
from harness.model import Capture, CrashKind, Outcome, Run, Series, SeriesKind, Signature, TestResult
from harness.patch import Change, ChangeKind
from harness.process.sandbox import Mode
from harness.progress import Silent
from harness.runner.runs import Suite
from harness.selftest import job
from harness.selftest.job import Deviation, Report, SelftestSubject
from harness.series.catalogue import Catalogue
from harness.series.load import load_all
from harness.series.parse import read_patch
from harness.store import Store, default_root
from harness.toolchain.provider import Request
from harness.toolchain.registry import resolve
from harness.toolchain.release import find_release
from tests.cli.test_check import OWN_FIXED
from tests.sandboxes import force

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]


def result(name: str, outcome: Outcome, *texts: str) -> TestResult:
    return TestResult(name, outcome, 0.0, captures=tuple(Capture("llc", text) for text in texts))


def run_of(*results: TestResult) -> Run:
    return Run("one", results, 0.0)


PASS, FAIL, CRASH, XFAIL = Outcome.PASS, Outcome.FAIL, Outcome.CRASH, Outcome.XFAIL


# -- comparing


def test_outcomes_are_compared_and_texts_are_not() -> None:
    release = run_of(result("a", PASS, "nop"), result("b", PASS), result("c", XFAIL))
    overlay = run_of(result("a", PASS, "ret"), result("b", FAIL), result("c", XFAIL))
    assert job.outcome_differences(release, overlay) == (
        Deviation("b", release.results[1], overlay.results[1]),
    )


def test_a_test_without_an_answer_on_both_sides_is_a_difference() -> None:
    nothing = run_of(result("a", Outcome.UNRESOLVED))
    assert [one.name for one in job.outcome_differences(nothing, nothing)] == ["a"]


def test_a_test_missing_on_one_side_is_a_difference() -> None:
    both, one = run_of(result("a", PASS), result("b", PASS)), run_of(result("a", PASS))
    (missing,) = job.outcome_differences(both, one)
    assert str(missing) == "b: PASS on the release, UNRESOLVED on the overlay"
    (missing,) = job.outcome_differences(one, both)
    assert str(missing) == "b: UNRESOLVED on the release, PASS on the overlay"


def test_bytes_must_be_equal_where_both_pass() -> None:
    release = run_of(result("a", PASS, "nop\n", "ret\n"), result("b", PASS, "nop"))
    overlay = run_of(result("a", PASS, "nop\n", "ret"), result("b", PASS, "nop"))
    (found,) = job.assembly_differences(release, overlay)
    assert str(found) == "a: PASS on both, but the tools write something else"
    assert job.explain(found) == f"{found}\n--- base\n+++ patched\n(only line ends differ)"
    assert [one.name for one, _ in job.passing_on_both(release, overlay)] == ["a", "b"]


def test_a_bug_that_an_assertion_ends_earlier_is_not_a_difference() -> None:
    release = run_of(result("a", Outcome.TIMEOUT, "nop"), result("b", FAIL, "x"))
    overlay = run_of(result("a", CRASH), result("b", CRASH))
    assert job.assembly_differences(release, overlay) == ()
    assert job.passing_on_both(release, overlay) == ()


def test_an_assertion_that_a_test_says_it_fails_by_is_no_difference(tmp_path: Path) -> None:
    (tmp_path / "says.ll").write_text("; XFAIL: llvmlite, asserts\n")
    (tmp_path / "not.ll").write_text("; XFAIL: llvmlite\n; asserts that it passes\n")
    release = run_of(result("not.ll", PASS), result("says.ll", PASS))
    assert job.asserting(tmp_path, release) == {"says.ll"}
    for kind, told in ((CrashKind.ASSERTION, ["not.ll"]), (CrashKind.SIGNAL, ["not.ll", "says.ll"])):
        died = (
            replace(result(name, CRASH), signature=Signature(kind, "x")) for name in ("not.ll", "says.ll")
        )
        found = job.assembly_differences(release, run_of(*died), frozenset({"says.ll"}))
        assert [one.name for one in found] == told


@pytest.mark.parametrize("other", [outcome for outcome in Outcome if outcome is not PASS])
def test_passing_on_one_side_alone_is_a_difference(other: Outcome) -> None:
    one, two = run_of(result("a", PASS, "nop")), run_of(result("a", other, "nop"))
    assert len(job.assembly_differences(one, two)) == 1
    assert len(job.assembly_differences(two, one)) == 1


@pytest.mark.parametrize(
    ("every", "names"), [(1, ("a", "b", "c", "d")), (2, ("a", "c")), (3, ("a", "d")), (9, ("a",))]
)
def test_a_sample_is_the_same_each_time(every: int, names: tuple[str, ...]) -> None:
    assert job.sample(Suite(Path(), 1), ("a", "b", "c", "d"), every).names == names


# -- what is overlaid


def diff(path: str, kind: str = "modified") -> str:
    old, new = f"a/{path}", f"b/{path}"
    if kind == "added":
        return f"diff --git {old} {new}\nnew file mode 100644\n--- /dev/null\n+++ {new}\n@@ -0,0 +1 @@\n+x\n"
    if kind == "deleted":
        return (
            f"diff --git {old} {new}\ndeleted file mode 100644\n--- {old}\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        )
    return f"diff --git {old} {new}\n--- {old}\n+++ {new}\n@@ -1 +1 @@\n-x\n+y\n"


def series(*diffs: str) -> Series:
    patches = tuple(read_patch(f"{n}.patch", text.encode()) for n, text in enumerate(diffs))
    return Series("one", "One", SeriesKind.FIX, patches)


def test_a_series_that_needs_a_full_build_is_left_out() -> None:
    unit = "llvm/lib/CodeGen/A.cpp"
    assert job.exact_changes(series(diff(unit))) == (Change(unit, ChangeKind.MODIFIED),)
    assert job.exact_changes(series(diff(unit), diff("llvm/lib/Target/X86/X86.td"))) == ()


def toolchain(folder: Path, name: str, **scripts: str) -> Toolchain:
    tools = {}
    for tool, body in scripts.items():
        path = folder / name / tool.replace("_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        tools[path.name] = path
    return Toolchain(name, "19.1.7", tools, "stand-in", name)


VERSION = 'if [ "$1" = --version ]; then echo "LLVM version 19.1.7"; echo "  Registered Targets:"; exit; fi'
SITE = """\
@LIT_SITE_CFG_IN_HEADER@
config.llvm_src_root = path(r"@LLVM_SOURCE_DIR@")
config.llvm_obj_root = path(r"@LLVM_BINARY_DIR@")
config.llvm_tools_dir = lit_config.substitute(path(r"@LLVM_TOOLS_DIR@"))
import lit.llvm
lit.llvm.initialize(lit_config, config)
lit_config.load_config(config, os.path.join(config.llvm_src_root, "test/lit.cfg.py"))
"""
CONFIG = """\
import lit.formats
config.name, config.suffixes, config.test_format = "LLVM", [".ll"], lit.formats.ShTest(False)
config.test_source_root = os.path.join(config.llvm_src_root, "test")
config.test_exec_root = config.llvm_obj_root
config.environment["PATH"] = config.llvm_tools_dir + ":/usr/bin:/bin"
"""
OWN = """\
import lit.formats, os
config.name, config.suffixes, config.test_format = "own", [".ll"], lit.formats.ShTest(False)
config.test_exec_root = lit_config.params["exec_root"]
config.environment["PATH"] = lit_config.params["toolchain_bin"] + ":/usr/bin:/bin"
"""


@pytest.fixture
def subject(tmp_path: Path) -> SelftestSubject:
    """LLVM's four tests and one of ours on stand-ins; nothing in it can be built."""
    tests = tmp_path / "source/llvm/test"
    files = {
        tests / "lit.site.cfg.py.in": SITE,
        tests / "lit.cfg.py": f"import os\n{CONFIG}",
        **{tests / f"CodeGen/X86/{name}.ll": f"; RUN: llc {name}\n" for name in "abcd"},
        tmp_path / "own/lit.cfg.py": OWN,
        tmp_path / "own/ours.ll": "; RUN: llc ours | FileCheck %s\n; CHECK: code\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    config = 'printf "X86\\nx86_64-pc-linux-gnu\\n/usr/lib\\n/nowhere\\n19.1.7\\n"'
    release = toolchain(
        tmp_path,
        "release",
        llc=f"{VERSION}\necho code for $1",
        llvm_config=config,
        FileCheck="exit 1",
        count="exit 1",
    )
    release = replace(release, tools={**release.tools, "not": release.tools["count"]})
    nowhere = tmp_path / "nowhere"
    prebuilt = Prebuilt(
        *(nowhere, "19.1.7", nowhere, nowhere, nowhere, nowhere, None, None, "", False, "none", "none")
    )
    source = SourceTree(tmp_path / "source", "19.1.7", "source", "stand-in")
    return SelftestSubject(Store(tmp_path / "store"), release, Release(prebuilt, source), (), Options(jobs=1))


def overlaid(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path, llc: str, every: int = 1
) -> Report:
    """The report where the overlay's llc is the given script."""
    other = toolchain(tmp_path, "overlay", llc=f"{VERSION}\n{llc}")
    tools = {**subject.toolchain.tools, **other.tools}
    built = Built(other.tools, ("llvm/lib/A.cpp",), ("a note",), "0", 0.0, cached=False)
    monkeypatch.setattr(job, "empty_overlay", lambda *_: (replace(other, name="overlay", tools=tools), built))
    return job.run(subject, tmp_path / "own", Silent(), every=every)


def test_an_overlay_that_does_the_same_is_the_release(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path
) -> None:
    report = overlaid(monkeypatch, subject, tmp_path, "echo code for $1")
    assert report.ok
    assert report.release == report.overlay == {PASS: 4}
    assert job.summary(report) == [
        "LLVM 19.1.7, 1 units overlaid: llvm/lib/A.cpp",
        "a note",
        "LLVM's own tests: 4 run",
        "  on the release: 4 PASS",
        "  on the overlay: 4 PASS",
        "  no differences",
        "our suite: 1 tests pass on both, 1 texts compared",
        "  no differences",
    ]


def test_an_overlay_that_fails_one_of_llvms_tests_is_not_the_release(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path
) -> None:
    report = overlaid(monkeypatch, subject, tmp_path, 'echo code for $1; [ "$1" != c ]')
    assert not report.ok
    assert report.overlay == {PASS: 3, FAIL: 1}
    (found,) = report.differences
    assert str(found) == "llvm/test/CodeGen/X86/c.ll: PASS on the release, FAIL on the overlay"
    assert report.assembly == ()
    assert "  1 difference" in job.summary(report)
    assert overlaid(monkeypatch, subject, tmp_path, '[ "$1" != c ] && echo code for $1', every=3).ok


def test_an_overlay_that_writes_another_byte_is_not_the_release(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path
) -> None:
    report = overlaid(monkeypatch, subject, tmp_path, "echo code  for $1")
    assert report.ok
    report = overlaid(monkeypatch, subject, tmp_path, "echo code For $1")
    assert not report.ok
    assert report.differences == ()
    (found,) = report.assembly
    assert job.explain(found) == (
        "ours.ll: PASS on both, but the tools write something else\n"
        "--- base\n+++ patched\n@@\n-code for ours\n+code For ours"
    )


def test_what_differs_once_and_not_again_is_told_and_no_difference(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path
) -> None:
    force(Mode.OFF.value, monkeypatch)  # the tool notes outside of its folder what it has done
    once = tmp_path / "once"
    llc = f'echo code for $1; if [ "$1" = b ] && [ ! -e {once} ]; then touch {once}; exit 1; fi'
    report = overlaid(monkeypatch, subject, tmp_path, llc)
    assert report.ok
    assert report.unsteady == ("llvm/test/CodeGen/X86/b.ll",)
    assert "  differed once, not again: llvm/test/CodeGen/X86/b.ll" in job.summary(report)


def test_where_nothing_passes_nothing_is_proved(
    monkeypatch: pytest.MonkeyPatch, subject: SelftestSubject, tmp_path: Path
) -> None:
    release = toolchain(tmp_path, "broken", llc=f"{VERSION}\nexit 1")
    broken = replace(
        subject,
        toolchain=replace(subject.toolchain, tools={**subject.toolchain.tools, **release.tools}),
    )
    report = overlaid(monkeypatch, broken, tmp_path, "exit 1")
    assert report.differences == ()
    assert report.assembly == ()
    assert not report.ok


def test_tests_that_are_not_there_are_told_before_anything_is_built(
    subject: SelftestSubject, tmp_path: Path
) -> None:
    """Nothing in the subject can be built: trying it would raise something else."""
    with pytest.raises(UsageError) as error:
        job.run(subject, tmp_path / "own", Silent(), inputs=("llvm/test/nosuch",))
    assert str(error.value) == (
        "llvm/test/nosuch: LLVM's source has no such test or folder\n"
        f"next: look into {tmp_path}/source/llvm/test"
    )


def test_series_that_touch_no_unit_are_an_error(subject: SelftestSubject) -> None:
    with pytest.raises(UsageError) as error:
        job.empty_overlay(replace(subject, series=(series(diff("llvm/docs/A.rst")),)), Silent())
    assert str(error.value) == (
        "no unit to overlay: the series (one) touch none of llc or lli that an overlay is exact for\n"
        "next: name series that have patches for this LLVM"
    )


# -- the real thing


def real_subject() -> SelftestSubject:
    """Debian's LLVM 19 under the overlay of those series that tests/cli/test_check.py judges: one base."""
    store = Store(default_root())
    provider = resolve(store, Request("debian", 19, None), Silent().step)
    release = find_release(store, provider, None, "HEAD", Silent().step)
    catalogue, version = Catalogue(TOP / "patches"), release.version
    every = (*load_all(catalogue, version), *load_all(catalogue, version, mutants=True))
    known = tuple(one for one in every if one.name in OWN_FIXED)
    return SelftestSubject(store, provider.toolchain(), release, known, Options())


@pytest.mark.needs_llvm
@pytest.mark.builds
@pytest.mark.xdist_group("overlays")
def test_an_overlay_of_nothing_is_debians_llvm_on_a_sample() -> None:
    # `make overlay-selftest` takes all series and tests. A wrong NDEBUG fails every sixth: an eighth of the
    # sample of the command shows it too.
    subject = real_subject()
    report = job.run(subject, TOP / "lit-tests", Silent(), every=8 * job.SAMPLE, own_every=32)
    told = "\n".join(map(job.explain, (*report.differences, *report.assembly)))
    assert report.ok, told
    assert "llvm/lib/CodeGen/SelectionDAG/SelectionDAGBuilder.cpp" in report.units
    assert not [note for note in report.notes if "not enabled" in note]
    assert report.tests == 25
    assert report.release[PASS] > 20
    assert report.compared > 2
