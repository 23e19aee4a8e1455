"""A patch that changes what a tool says of itself, or how it ends, is not OK in silence."""

from __future__ import annotations

from harness.check.versions import describe_features
from harness.model import Verdict
from harness.process.sandbox import Mode
from harness.report.record import Result
from tests.check.test_series_apart import VERSION, Place, place
from tests.llvm import Llvm

__all__ = ["place"]


def test_the_same_features_say_nothing() -> None:
    assert describe_features(frozenset({"asserts"}), frozenset({"asserts"})) == ()


def test_what_is_lost_and_new_is_named() -> None:
    base = frozenset({"asserts", "llvm-19", *(f"llvm-ge-{n}" for n in range(10, 20))})
    patched = frozenset({"llvm-9"})
    assert describe_features(base, patched) == (
        "--version: with the patch LLVM lacks asserts, llvm-19, llvm-ge-10, llvm-ge-11, llvm-ge-12, "
        "llvm-ge-13 and 6 more and has llvm-9 besides, and tests are chosen by that",
    )


def test_a_patch_without_a_target_is_not_judged(place: Place) -> None:
    """No test of the suite asks for the target: every test that runs passes."""
    place.says["lies"] = f"echo '{VERSION.splitlines()[0]}'"
    lies, fine = place.check("lies", "fine").series
    assert (lies.ok, lies.result) == (False, Result.NOT_JUDGED)
    assert lies.reasons == (
        "--version: with the patch LLVM lacks x86-registered-target, and tests are chosen by that",
    )
    assert (fine.ok, fine.unjudged) == (True, ())


def test_a_test_that_the_version_turns_off_is_red(place: Place) -> None:
    (place.suite / "a.ll").write_text("; REQUIRES: x86-registered-target\n; RUN: llc %s\n")
    with (place.suite / "lit.cfg.py").open("a") as configuration:
        configuration.write('config.available_features.update(lit_config.params["features"].split(","))\n')
    place.says["lies"] = f"echo '{VERSION.splitlines()[0]}'"
    (lies,) = place.check("lies").series
    assert not lies.ok
    assert any("not run on one side" in reason for reason in lies.reasons)


def test_the_right_text_and_a_wrong_status_is_regressed(place: Place, llvm19: Llvm, enclosing: Mode) -> None:
    """Of a real llc: what it prints is what FileCheck wants, and then it says that it failed."""
    real = llvm19.tools / "llc"
    place.homes = (llvm19.tools.parent,)
    (place.suite / "a.ll").write_text(
        "; RUN: llc -mtriple=x86_64 -o - %s | FileCheck %s\n; CHECK: retq\n"
        "define void @f() {\n  ret void\n}\n"
    )
    place.says["base"] = f'exec {real} "$@"'
    place.says["lies"] = f'{real} "$@"; status=$?; [ "$1" = --version ] && exit $status; exit 1'
    lies, fine = place.check("lies", "fine").series
    assert [one.verdict for one in lies.verdicts] == [Verdict.REGRESSED], enclosing
    assert not lies.ok
    assert [one.verdict for one in fine.verdicts] == [Verdict.PASSES]
    assert fine.ok
