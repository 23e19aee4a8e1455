"""A series cannot hide what it breaks in LLVM's own tests: deleted, weakened, excluded and rewritten ones.

lit runs a miniature of LLVM's tests by LLVM's own configuration, on stand-ins for its tools. With the patch,
llc writes `other` instead of `code`, which `shows.ll` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.builders.choose import Pair
from harness.builders.request import Built, Side
from harness.check.judge import Judge
from harness.check.prepare import Prepared
from harness.llvm import Toolchain
from harness.model import Outcome, Series, SeriesKind, TestVerdict, Verdict
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.report.record import SeriesReport
from harness.runner import runs, selection
from harness.runner.pool import Pool
from harness.runner.selection import Selection, SuiteOptions
from harness.store import Store
from tests.runner.test_llvm_tests import CONFIG, TEMPLATE, TOOLS, VERSION, stand_ins, write

pytestmark = pytest.mark.slow

X86 = "llvm/test/CodeGen/X86"
SHOWS = f"{X86}/shows.ll"
RUN = "; RUN: llc %s | FileCheck %s\n"
TEXT = f"{RUN}; CHECK: code\n; CHECK: ret\n"
TREE = {
    "llvm/lib/X.cpp": "",
    "llvm/test/lit.site.cfg.py.in": TEMPLATE,
    "llvm/test/lit.cfg.py": CONFIG,
    f"{X86}/lit.local.cfg": "config.suffixes = ['.ll']\n",
    f"{X86}/Inputs/checks": "; CHECK: code\n",
    SHOWS: TEXT,
    # It shows nothing, so that there always is a test that passes.
    f"{X86}/ret.ll": f"{RUN}; CHECK: ret\n",
}
# Every check line's text has to be in the input, and there has to be one.
FILECHECK = (
    'input=$(cat); lines=$(sed -n "s/^; CHECK: //p" "$1"); [ -n "$lines" ] || exit 2\n'
    'echo "$lines" | while read -r line; do case "$input" in *"$line"*) ;; *) exit 1;; esac; done'
)
LLC = {"base": "echo code", "patched": "echo other"}


@dataclass
class Bench:
    """A judge over base's tree; `llc` is what the patched one does."""

    tmp: Path
    pool: Pool
    llc: str = "echo other"
    asked: bool = True
    tree: dict[str, str] = field(default_factory=lambda: dict(TREE))
    trees: int = 0

    def toolchain(self, side: str, llc: str) -> Toolchain:
        bodies = {**TOOLS, "FileCheck": FILECHECK, "llc": f"{VERSION}\n{llc}\necho ret"}
        return Toolchain(side, "19.1.7", stand_ins(self.tmp / f"tools-{side}", bodies), "made up", side)

    def judge(self, changes: Mapping[str, str | None], moved: Mapping[str, str] = {}) -> SeriesReport:
        """The verdict on a series that leaves files with these texts, or deletes them (None).

        `moved` are those that it adds and where they were.
        """
        self.trees += 1
        base = write(self.tmp / "base", self.tree)
        patched = write(
            self.tmp / f"patched-{self.trees}", {n: text for n, text in changes.items() if text is not None}
        )
        release = self.toolchain("release", "echo code")
        sides = {"base": self.toolchain("base", "echo code"), "demo": self.toolchain("demo", self.llc)}
        asked = SuiteOptions((), 1, ("llvm/test/CodeGen",))
        selected = selection.select(asked, release, base, "b", self.pool) if self.asked else Selection(())
        judge = Judge(
            Store(self.tmp / f"store-{self.trees}"),
            release,
            Side("base", base, "b"),
            selected,
            Silent(),
            lambda tasks: runs.run_all(tasks, Silent(), self.pool),
            features=lambda _: frozenset(),
        )

        def built(side: str) -> Built:
            return Built(sides[side].tools, (), (), side, 0.0, cached=False)

        kinds = {
            path: ChangeKind.DELETED
            if text is None
            else ChangeKind.MODIFIED
            if path in self.tree
            else ChangeKind.ADDED
            for path, text in changes.items()
        }
        listed = (
            Change("llvm/lib/X.cpp", ChangeKind.MODIFIED),
            *(Change(path, kind, moved.get(path, "")) for path, kind in kinds.items()),
        )
        series = Series("demo", "Demo", SeriesKind.FIX, ())
        return judge.report(
            Prepared(series, Side("demo", patched, str(self.trees)), listed, {}),
            Pair(built("base"), built("demo"), "overlay"),
        )


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1) as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path, pool: Pool) -> Bench:
    return Bench(tmp_path, pool)


def on(report: SeriesReport, name: str = SHOWS) -> TestVerdict:
    return next(v for v in report.verdicts if v.name == name)


# -- ways to hide a regression; each breaks what shows.ll says

PATCHED_LIT = """
import lit.worker, lit.Test
def run(test, _config):
    return lit.Test.Result(lit.Test.PASS, "")
lit.worker._execute = run
"""
HIDING: dict[str, tuple[dict[str, str | None], str]] = {
    "nothing is done to hide it": ({}, ""),
    "deleted": ({SHOWS: None}, "the series deletes it"),
    "renamed to no test": ({SHOWS: None, f"{X86}/shows.ll.old": TEXT}, "the series deletes it"),
    "RUN: true": (
        {SHOWS: TEXT.replace("llc %s | FileCheck %s", "true")},
        "its new text passes, but runs FileCheck, llc less often than before",
    ),
    "fewer check lines": (
        {SHOWS: TEXT.replace("; CHECK: code\n", "")},
        "its new text passes without the patch too, and has 1 check lines, before 2",
    ),
    "XFAIL": ({SHOWS: f"; XFAIL: *\n{TEXT}"}, "its new text does not pass either"),
    "no RUN line": ({SHOWS: "; CHECK: code\n"}, "its new text does not pass either"),
    "excluded by lit.local.cfg": (
        {f"{X86}/lit.local.cfg": "config.excludes = ['shows.ll']\n"},
        "no test any more with the series",
    ),
    "no suffix of a test any more": (
        {f"{X86}/lit.local.cfg": "config.suffixes = ['.mir']\n"},
        "no test any more with the series",
    ),
    "unsupported": (
        {f"{X86}/lit.local.cfg": "config.unsupported = True\n"},
        "no longer run with the series",
    ),
    "a substitution in lit.local.cfg": (
        {f"{X86}/lit.local.cfg": "config.substitutions.insert(0, ('FileCheck %s', 'cat'))\n"},
        "the series changes nothing but lit's configuration of it",
    ),
    "a substitution in lit.cfg.py": (
        {"llvm/test/lit.cfg.py": f"{CONFIG}\nconfig.substitutions.insert(0, ('FileCheck %s', 'cat'))\n"},
        "the series changes nothing but lit's configuration of it",
    ),
    "lit patched by lit.local.cfg": (
        {f"{X86}/lit.local.cfg": PATCHED_LIT},
        "the series changes nothing but lit's configuration of it",
    ),
    "lit patched by lit.cfg.py": (
        {"llvm/test/lit.cfg.py": CONFIG + PATCHED_LIT},
        "the series changes nothing but lit's configuration of it",
    ),
    "a substitution, and a new comment in the test": (
        {
            f"{X86}/lit.local.cfg": "config.substitutions.insert(0, ('FileCheck %s', 'cat'))\n",
            SHOWS: f"; new\n{TEXT}",
        },
        "its new text passes without the patch too, and lit's configuration of it is another",
    ),
}


@pytest.mark.parametrize("way", HIDING)
def test_no_way_to_hide_a_regression_is_ok(bench: Bench, way: str) -> None:
    changes, note = HIDING[way]
    report = bench.judge(changes)
    found = on(report)
    assert (found.verdict, found.note) == (Verdict.REGRESSED, note)
    assert (found.base.outcome, found.patched.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert f"regressed: {SHOWS}" in report.reasons
    assert not report.ok
    assert found in report.notable


@pytest.mark.parametrize("way", ["deleted", "RUN: true"])
def test_a_test_that_the_series_touches_is_run_as_it_was_though_nobody_asked(bench: Bench, way: str) -> None:
    bench.asked = False
    report = bench.judge(HIDING[way][0])
    assert on(report).verdict is Verdict.REGRESSED
    assert f"regressed: {SHOWS}" in report.reasons


# -- what a change of LLVM's output does to its tests


def test_a_test_whose_new_text_tells_the_difference_is_rewritten(bench: Bench) -> None:
    report = bench.judge({SHOWS: TEXT.replace("code", "other")})
    found = on(report)
    assert (found.verdict, found.renewed, found.note) == (
        Verdict.REWRITTEN,
        Verdict.FIXED,
        "its new text: FAIL -> PASS",
    )
    assert report.ok
    assert [v.name for v in report.notable] == [SHOWS]
    assert report.difference(SHOWS) == "--- base\n+++ patched\n@@\n-code\n+other\n ret"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT.replace("; CHECK: code\n", "; CHECK: r\n"), id="a line says less"),
        pytest.param(f"{RUN}{RUN}; CHECK: other\n", id="fewer lines, and it tells the difference"),
    ],
)
def test_a_rewritten_test_is_listed_whatever_its_new_text_says(bench: Bench, text: str) -> None:
    report = bench.judge({SHOWS: text})
    assert on(report).verdict is Verdict.REWRITTEN
    assert report.ok


def test_a_changed_input_is_a_changed_text_of_those_that_name_it(bench: Bench) -> None:
    bench.tree[f"{X86}/reads.ll"] = "; RUN: llc %s | FileCheck %S/Inputs/checks\n"
    report = bench.judge({f"{X86}/Inputs/checks": "; CHECK: other\n", SHOWS: TEXT.replace("code", "r")})
    assert on(report, f"{X86}/reads.ll").verdict is Verdict.REWRITTEN
    assert report.ok


def test_check_lines_that_an_input_loses_are_missed(bench: Bench) -> None:
    bench.tree[SHOWS] = "; RUN: llc %s | FileCheck %S/Inputs/checks\n"
    bench.tree[f"{X86}/Inputs/checks"] = "; CHECK: code\n; CHECK: ret\n"
    found = on(bench.judge({f"{X86}/Inputs/checks": "; CHECK: ret\n"}))
    assert found.verdict is Verdict.REGRESSED
    assert found.note == "its new text passes without the patch too, and has 1 check lines, before 2"


def test_a_changed_script_is_a_changed_text_of_those_that_name_it(bench: Bench) -> None:
    script = "import sys\nsys.exit(b'code' not in sys.stdin.buffer.read())\n"
    bench.tree[SHOWS] = "; RUN: llc %s | %python %S/look.py\n"
    bench.tree[f"{X86}/look.py"] = script
    report = bench.judge({f"{X86}/look.py": script.replace("code", "other")})
    assert on(report).verdict is Verdict.REWRITTEN
    # As lit's configuration could import it, a script that takes everything answers for nothing.
    report = bench.judge({f"{X86}/look.py": "import sys\nsys.stdin.buffer.read()\n"})
    assert on(report).verdict is Verdict.REGRESSED


@pytest.mark.parametrize("llc", ["echo other; kill -ABRT $$", "kill -SEGV $$"])
def test_no_new_text_answers_for_a_crash(bench: Bench, llc: str) -> None:
    bench.llc = llc
    report = bench.judge({SHOWS: "; RUN: not --crash llc %s | FileCheck %s\n; CHECK: {{}}\n; CHECK: {{}}\n"})
    found = on(report)
    assert found.verdict is Verdict.REGRESSED
    assert found.patched.outcome is Outcome.CRASH
    assert not report.ok


def test_a_series_that_breaks_nothing_changes_tests_as_it_likes(bench: Bench) -> None:
    bench.llc = "echo code"
    changes = {
        SHOWS: None,
        f"{X86}/ret.ll": f"{RUN}; CHECK: code\n",
        f"{X86}/lit.local.cfg": "config.suffixes = ['.ll']\n# a comment\n",
    }
    report = bench.judge(changes)
    assert report.ok
    assert {v.name: (v.verdict, v.gone) for v in report.verdicts} == {
        f"{X86}/ret.ll": (Verdict.PASSES, ""),
        SHOWS: (Verdict.PASSES, "the series deletes it"),
    }
    assert [v.name for v in report.notable] == [SHOWS]


def test_a_configuration_that_breaks_tests_beside_it_is_a_regression(bench: Bench) -> None:
    """With it the test fails on both sides, so that it seems to have failed before."""
    bench.llc = "echo code"
    report = bench.judge({f"{X86}/lit.local.cfg": "config.substitutions.insert(0, ('llc', 'false'))\n"})
    assert report.reasons == (f"regressed: {X86}/ret.ll, {SHOWS}",)
    assert on(report).note == "what the series changes beside it makes it fail"


def test_what_a_patch_does_to_lit_stays_in_its_own_workers(bench: Bench) -> None:
    assert not bench.judge(HIDING["lit patched by lit.local.cfg"][0]).ok
    # The same pool, and the next series: it would pass if a worker had kept what was done to lit.
    assert on(bench.judge({})).verdict is Verdict.REGRESSED


def test_an_added_file_that_lit_takes_for_no_test_is_told(bench: Bench) -> None:
    report = bench.judge({f"{X86}/notes.txt": "words\n", f"{X86}/new.ll": f"{RUN}; CHECK: other\n"})
    assert on(report, f"{X86}/new.ll").verdict is Verdict.FIXED
    assert report.remarks == (f"{X86}/notes.txt: lit does not take it for a test",)
    assert f"{X86}/notes.txt" not in {v.name for v in report.verdicts}


def test_a_file_that_filecheck_is_given_is_evidence_too(bench: Bench) -> None:
    run = "; RUN: llc %s > %t\n; RUN: FileCheck %s < %t\n"
    bench.tree[SHOWS] = f"{run}; CHECK: code\n"
    report = bench.judge({SHOWS: f"{run}; CHECK: other\n"})
    assert report.difference(SHOWS) == "--- base\n+++ patched\n@@\n-code\n+other\n ret"


@pytest.mark.parametrize(
    ("text", "verdict", "note"),
    [
        (TEXT.replace("code", "other"), Verdict.REWRITTEN, "its new text: FAIL -> PASS"),
        (
            "; RUN: true\n",
            Verdict.REGRESSED,
            "its new text passes, but runs FileCheck, llc less often than before",
        ),
        (TEXT, Verdict.REGRESSED, "its new text does not pass either"),
    ],
)
def test_the_new_text_of_a_moved_test_is_where_it_is_now(
    bench: Bench, text: str, verdict: Verdict, note: str
) -> None:
    there = f"{X86}/sub/told.ll"
    found = on(bench.judge({SHOWS: None, there: text}, {there: SHOWS}))
    assert (found.verdict, found.note) == (verdict, f"the series moves it to {there}: {note}")


def test_a_moved_test_that_still_passes_is_listed(bench: Bench) -> None:
    bench.llc = "echo code"
    there = f"{X86}/sub/told.ll"
    report = bench.judge({SHOWS: None, there: TEXT}, {there: SHOWS})
    assert (on(report).verdict, on(report).gone) == (Verdict.PASSES, f"the series moves it to {there}")
    assert report.ok


def test_a_test_that_is_moved_to_where_it_is_none_is_gone(bench: Bench) -> None:
    there = f"{X86}/shows.ll.old"
    found = on(bench.judge({SHOWS: None, there: TEXT}, {there: SHOWS}))
    assert (found.verdict, found.gone) == (
        Verdict.REGRESSED,
        f"the series moves it to {there}, where it is not a test",
    )
