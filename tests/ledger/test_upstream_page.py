"""The page for LLVM's reviewers: made of the series' words and of records, never of guesses."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from harness.compile_only.record import CompilationReport, CompiledSeries
from harness.errors import NO_FAILURE, Failure, UsageError
from harness.ledger import page
from harness.ledger import record as ledger
from harness.model import (
    Claim,
    ClaimKind,
    ClaimResult,
    Comparison,
    Outcome,
    SeriesKind,
    TestResult,
    TestVerdict,
    Verdict,
)
from harness.patch import Patch
from harness.report.record import CheckReport, SeriesReport
from harness.series.catalogue import Catalogue, Entry
from harness.series.parse import read_patches
from harness.series.recipe import Recipe, VersionedClaim

REPOSITORY = Path(__file__).parents[2]
ENTRY = Entry(
    Path("patches/a-fix"),
    Recipe(
        "Mend it",
        SeriesKind.FIX,
        ("19.1.7",),
        upstream="not reported",
        claims=(VersionedClaim(Claim(ClaimKind.FIXES, "X86/a.ll")),),
        cases=("L1",),
        since="LLVM 3.7, 2015",
    ),
    {"19.1.7": ()},
)
PATCHES = {("a-fix", "19.1.7"): "1a2b"}
FIXED = Verdict.FIXED


def verdict(name: str, what: Verdict = Verdict.PASSES) -> TestVerdict:
    base = Outcome.CRASH if what is FIXED else Outcome.PASS
    return TestVerdict(name, what, TestResult(name, base, 0.1), TestResult(name, Outcome.PASS, 0.1))


def record(
    *verdicts: TestVerdict,
    held: bool = True,
    version: str = "19.1.7",
    error: Failure = NO_FAILURE,
    whole: tuple[str, ...] = (),
) -> CheckReport:
    claim = ClaimResult(Claim(ClaimKind.FIXES, "X86/a.ll"), held, ("X86/a.ll",))
    comparison = None if error else Comparison(verdicts, (claim,), held, ())
    series = SeriesReport("a-fix", "Mend it", SeriesKind.FIX, comparison, error)
    return CheckReport("0", version, "debian-19", "Debian", "overlay", True, (series,), whole=whole)


def compiled(error: str = "") -> CompilationReport:
    one = CompiledSeries("a-fix", "Mend it", "19.1.7", ("llvm/lib/A.cpp",), Failure(error))
    return CompilationReport("0", "23.1.1", "a tarball", (one,))


def known(*records: CheckReport | CompilationReport, before: ledger.Ledger | None = None) -> ledger.Ledger:
    return ledger.merge(before or ledger.Ledger(), PATCHES, records)


def test_a_series_has_its_bug_its_verdicts_and_the_way_to_send_it() -> None:
    ours = record(verdict("X86/a.ll", FIXED), verdict("X86/b.ll"))
    theirs = record(verdict("llvm/test/CodeGen/X86/p.ll"), verdict("llvm/test/CodeGen/X86/q/r.ll"))
    text = page.page([ENTRY], known(ours, theirs))
    assert "| [a-fix](#a-fix) | L1 | 19.1.7 | 1 | 0 | 1/1 | 2 |  |" in text
    section = text[text.index("## a-fix") :]
    assert "- Since: LLVM 3.7, 2015\n- Upstream: not reported\n" in section
    assert "| `X86/a.ll` | CRASH | PASS | fixed |\n" in section
    assert "Lit-tests: 1 passes besides.\n" in section
    assert "LLVM's own (CodeGen/X86 2): 2 passes besides.\n" in section
    assert "git am -3 $HARNESS/patches/a-fix/19.1.7/*.patch\n" in section


def test_of_a_folder_and_a_claim_the_last_record_counts() -> None:
    fixed, not_fixed = record(verdict("X86/a.ll", FIXED)), record(verdict("X86/a.ll"), held=False)
    assert "| 19.1.7 | 0 | 0 | 0/1 | 0 |  |" in page.page([ENTRY], known(fixed, not_fixed))
    assert "| 19.1.7 | 1 | 0 | 1/1 | 0 |  |" in page.page([ENTRY], known(not_fixed, fixed))


def test_a_call_about_part_of_a_folder_does_not_hide_one_about_all_of_it() -> None:
    names = [f"llvm/test/CodeGen/X86/{n}.ll" for n in "abc"]
    whole = record(*(verdict(name) for name in names[:2]), verdict(names[2], FIXED))
    part = record(verdict(names[0]))
    for records in ((whole, part), (part, whole)):
        folder = known(*records).judged["a-fix", "19.1.7"].folders["CodeGen/X86"]
        assert (folder.total, folder.counts, list(folder.lines)) == (3, {"passes": 2}, [names[2]])


def test_where_every_test_of_a_folder_was_judged_the_page_says_so() -> None:
    part = record(*(verdict(f"llvm/test/CodeGen/X86/{name}.ll") for name in "abc"))
    whole = record(verdict("llvm/test/CodeGen/X86/a.ll"), verdict("X86/a.ll"), whole=("CodeGen/X86",))
    for records in ((whole, part), (part, whole)):
        text = page.page([ENTRY], known(*records))
        assert "| 0 | 0 | 1/1 | 1 | X86 |\n" in text
        assert "LLVM's own (all of CodeGen/X86 1): 1 passes besides.\n" in text


def test_a_test_that_the_series_brings_and_does_not_pass_is_listed() -> None:
    fails = TestResult("llvm/test/CodeGen/X86/a.ll", Outcome.FAIL, 0.1)
    one = TestVerdict(fails.name, Verdict.STILL_FAILING, fails, fails)
    for own, lines in ((True, 1), (False, 0)):
        folder = known(record(replace(one, own=own))).judged["a-fix", "19.1.7"].folders["CodeGen/X86"]
        assert (len(folder.lines), folder.total) == (lines, 1)


@pytest.mark.parametrize(
    ("asked", "complete"),
    [
        (("CodeGen/X86",), True),
        (("CodeGen",), True),
        (("CodeGen/X86/GlobalISel",), False),
        (("CodeGen/X8",), False),
        ((), False),
    ],
)
def test_a_folder_is_whole_if_it_or_one_that_holds_it_was_asked_for(
    asked: tuple[str, ...], complete: bool
) -> None:
    judged = known(record(verdict("llvm/test/CodeGen/X86/GlobalISel/a.ll"), whole=asked)).judged
    assert judged["a-fix", "19.1.7"].whole == (("CodeGen/X86",) if complete else ())


def patch_of(*files: str) -> Patch:
    text = "".join(f"--- a/{f}\n+++ b/{f}\n@@ -1 +1 @@\n-a\n+b\n" for f in files)
    return read_patches("a.patch", text.encode()).patches[0]


def test_the_folders_a_series_touches_are_its_tests_and_those_of_its_targets() -> None:
    files = (
        "llvm/lib/Target/PowerPC/PPCAsmPrinter.cpp",
        "llvm/lib/CodeGen/StackMaps.cpp",
        "llvm/test/CodeGen/X86/GlobalISel/a.ll",
        "llvm/test/Verifier/b.ll",
        "llvm/docs/StackMaps.rst",
    )
    assert page.folders_of_change([patch_of(*files)]) == {"CodeGen/PowerPC", "CodeGen/X86", "Verifier"}


def test_what_is_left_to_judge_is_what_a_series_touches_and_was_not_judged_on_in_full() -> None:
    mine = patch_of("llvm/test/CodeGen/X86/a.ll", "llvm/test/CodeGen/ARM/a.ll")
    entry = replace(ENTRY, patches={"19.1.7": (mine,)})
    part, whole = verdict("llvm/test/CodeGen/ARM/a.ll"), verdict("llvm/test/CodeGen/X86/a.ll")
    assert page.missing_runs([entry], known(record(part))) == {
        ("19.1.7", "CodeGen/ARM"): ["a-fix"],
        ("19.1.7", "CodeGen/X86"): ["a-fix"],
    }
    judged = known(record(part), record(whole, whole=("CodeGen/X86",)))
    assert page.missing_runs([entry], judged) == {("19.1.7", "CodeGen/ARM"): ["a-fix"]}


def test_what_was_said_of_other_patches_is_dropped() -> None:
    kept = known(record(verdict("X86/a.ll")), compiled())
    before = ledger.Ledger(
        {key: replace(one, patches="other") for key, one in kept.judged.items()},
        {key: replace(one, patches="other") for key, one in kept.compiled.items()},
    )
    assert known(before=before) == ledger.Ledger()
    assert known(record(verdict("X86/a.ll", FIXED)), before=before) == known(
        record(verdict("X86/a.ll", FIXED))
    )


def test_a_series_that_is_no_more_is_dropped() -> None:
    before = known(record(verdict("X86/a.ll")))
    assert ledger.merge(before, {}, [record(verdict("X86/a.ll")), compiled()]) == ledger.Ledger()


def test_a_ledger_is_read_as_it_was_written() -> None:
    one = known(record(verdict("X86/a.ll", FIXED), verdict("llvm/test/Verifier/b.ll")), compiled())
    data = ledger.encode(one)
    assert ledger.decode(data, "ledger") == one
    assert ledger.encode(ledger.decode(data, "ledger")) == data


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 9, "series": {}, "compiled": {}}']
)
def test_what_is_no_ledger_is_an_error(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"^patches/ledger.json: (not a ledger|of version 9, not 1)\n"):
        ledger.decode(data, "patches/ledger.json")


def test_where_a_series_was_only_compiled_the_page_says_so() -> None:
    text = page.page([ENTRY], known(record(verdict("X86/a.ll", FIXED)), compiled()))
    assert "- 23.1.1: the patches for 19.1.7 apply and compile; nothing was run there\n" in text
    assert "| 23.1.1 |" not in text


def test_a_claim_that_nobody_checked_does_not_hold() -> None:
    other = VersionedClaim(Claim(ClaimKind.FIXES, "b.ll"))
    recipe = replace(ENTRY.recipe, claims=(*ENTRY.recipe.claims, other))
    text = page.page([replace(ENTRY, recipe=recipe)], known(record(verdict("X86/a.ll", FIXED))))
    assert "| 19.1.7 | 1 | 0 | 1/2 | 0 |  |" in text


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        (
            [record(version="22.1.8")],
            "no record has a-fix on LLVM 19.1.7 as it is now\n"
            "next: harness check a-fix --all --llvm 19.1.7 --json FILE, "
            "then python -m harness.ledger.page FILE",
        ),
        (
            [record(error=Failure("it does not apply"))],
            "a-fix on LLVM 19.1.7: it does not apply\nnext: mend it first",
        ),
        ([compiled("no\nsuch")], "a-fix on LLVM 23.1.1: no\nnext: mend it first"),
    ],
)
def test_what_was_not_judged_is_an_error(
    reports: list[CheckReport | CompilationReport], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        page.page([ENTRY], known(*reports))
    assert str(error.value) == message


def test_the_page_is_made_of_the_ledger_and_of_the_patches_as_they_are() -> None:
    found = Catalogue(REPOSITORY / "patches").entries(mutants=False)
    kept = ledger.decode((REPOSITORY / page.LEDGER).read_bytes(), str(page.LEDGER))
    now = page.patch_digests(found)
    judged = {(e.folder.name, version) for e in found for version in e.recipe.versions}
    assert {key: one.patches for key, one in kept.judged.items()} == {key: now[key] for key in judged}
    assert {one.patches for one in kept.compiled.values()} <= set(now.values())
    assert page.page(found, kept) == (REPOSITORY / page.PAGE).read_text()


def test_in_the_ledger_every_test_that_a_series_brings_passes_and_nothing_regressed() -> None:
    kept = ledger.decode((REPOSITORY / page.LEDGER).read_bytes(), str(page.LEDGER))
    for entry in Catalogue(REPOSITORY / "patches").entries(mutants=False):
        for version in entry.recipe.versions:
            lines = {
                name: line
                for folder in kept.judged[entry.folder.name, version].folders.values()
                for name, line in folder.lines.items()
            }
            own = {diff.path for patch in entry.patches[version] for diff in patch.diffs} & lines.keys()
            # A rewritten test's line is about its old text; the new one passed, or the series is red.
            own = {name for name in own if lines[name].verdict != "rewritten"}
            assert {name: lines[name] for name in own if lines[name].patched != "PASS"} == {}
            assert [name for name, line in lines.items() if line.verdict == "regressed"] == []


def test_the_cases_of_a_series_are_in_the_catalogue() -> None:
    cases = {case["id"] for case in tomllib.loads((REPOSITORY / "lit-tests/cases.toml").read_text())["cases"]}
    for entry in Catalogue(REPOSITORY / "patches").entries(mutants=False):
        assert set(entry.recipe.cases) <= cases, entry.folder
        if entry.recipe.kind is SeriesKind.FIX:
            assert entry.recipe.cases, entry.folder
            assert entry.recipe.since, entry.folder
