"""What the tools wrote differently in tests that pass on both sides: found, compared, smallest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.check.compare import compare
from harness.check.silent import Again, describe_silent, find_silent
from harness.model import Outcome, Output, TestResult
from harness.report.changes import SilentChange, SilentChanges
from tests.check.made import FAIL, FIX, PASS, run

ASSEMBLY = "\t.text\nf:\n\tpushq\t%rax\n\tretq\n\t.size\tf, 2\ng:\n\tretq\n\t.size\tg, 1\n"


def wrote(text: str, name: str = "a.ll", outcome: Outcome = PASS) -> TestResult:
    """A test that ran llc once."""
    outputs = (Output("llc", 1, "stdout", f"digest of {text}", len(text), text),)
    return TestResult(name, outcome, 0.1, wrote=f"all of {text}", outputs=outputs)


def silent(*again: Again) -> SilentChanges:
    found = describe_silent([one[0].name for one in again], {one[0].name: one for one in again})
    assert found is not None
    return found


def test_only_tests_that_pass_on_both_sides_are_silent() -> None:
    base = run(wrote("x", "a.ll"), wrote("x", "b.ll"), wrote("x", "c.ll", FAIL), wrote("x", "d.ll"))
    patched = run(wrote("y", "a.ll"), wrote("x", "b.ll"), wrote("y", "c.ll"), wrote("y", "d.ll", FAIL))
    assert find_silent(compare(base, patched, kind=FIX)) == ("a.ll",)


def test_a_side_of_which_nothing_is_known_is_not_silent() -> None:
    base, patched = run(wrote("x")), run(TestResult("a.ll", PASS, 0.1))
    assert find_silent(compare(base, patched, kind=FIX)) == ()
    assert describe_silent((), {}) is None


def test_a_change_is_shown_by_function() -> None:
    base, patched = wrote(ASSEMBLY), wrote(ASSEMBLY.replace("pushq\t%rax", "nop\n\tpushq\t%rax"))
    diff = "--- base\n+++ patched\n@@\n f:\n+\tnop\n \tpushq\t%rax\n \tretq"
    change = SilentChange("a.ll", "llc", "stdout", "f", 1, (2, 3), None, diff)
    assert silent((base, base, patched)) == SilentChanges(("a.ll",), changes=(change,))


def test_what_varies_by_itself_is_counted_apart() -> None:
    varies = (wrote("1"), wrote("2"), wrote("3"))
    gone = (wrote("1", "b.ll"), wrote("1", "b.ll"), wrote("1", "b.ll"))
    fails = (wrote("1", "c.ll"), wrote("1", "c.ll", FAIL), wrote("2", "c.ll"))
    assert silent(varies, gone, fails) == SilentChanges((), ("a.ll", "b.ll", "c.ll"))


def test_one_output_that_varies_does_not_hide_another() -> None:
    def both(time: str, text: str) -> TestResult:
        found = wrote(text)
        more = Output("llc", 1, "stderr", time, 1, time)
        return TestResult("a.ll", PASS, 0.1, outputs=(*found.outputs, more))

    found = silent((both("1", "x"), both("2", "x"), both("3", "y")))
    assert [(c.place, c.diff) for c in found.changes] == [("stdout", "--- base\n+++ patched\n@@\n-x\n+y")]


def test_what_was_not_run_again_is_not_called_silent() -> None:
    again = (wrote("x"), wrote("x"), wrote("y"))
    found = describe_silent(("a.ll", "b.ll", "c.ll"), {"a.ll": again})
    assert found is not None
    assert (found.tests, found.unsteady, found.unchecked) == (("a.ll",), (), ("b.ll", "c.ll"))


def test_sizes_are_shown_where_they_are_known() -> None:
    def sized(text: str, size: int) -> TestResult:
        output = Output("llc", 1, "a.o", text, 100, ASSEMBLY.replace("%rax", text), {"f": size, "g": 1})
        return TestResult("a.ll", PASS, 0.1, outputs=(output,))

    (change,) = silent((sized("%r8", 3), sized("%r8", 3), sized("%rbx", 2))).changes
    assert change.title == "a.ll: f (llc, a.o): 2 -> 2 instructions, 3 -> 2 bytes"


def test_an_object_that_cannot_be_shown_tells_its_size() -> None:
    def written(digest: str, size: int) -> TestResult:
        return TestResult("a.ll", PASS, 0.1, outputs=(Output("llc", 1, "a.o", digest, size),))

    (change,) = silent((written("1", 40), written("1", 40), written("2", 41))).changes
    assert change.title == "a.ll: (llc, a.o): 40 -> 41 bytes"
    assert change.diff == "not shown: it is not text, or differs after its first MiB"


def test_a_difference_in_no_function_is_shown_too() -> None:
    base, patched = wrote(ASSEMBLY), wrote(ASSEMBLY.replace(".size\tg, 1", ".size\tg, 2"))
    (change,) = silent((base, base, patched)).changes
    assert (change.function, change.lines) == ("", 2)
    assert "+\t.size\tg, 2" in change.diff


def test_a_function_that_only_one_side_has() -> None:
    base, patched = wrote(ASSEMBLY), wrote(ASSEMBLY + "h:\n\tnop\n\tnop\n\t.size\th, 2\n")
    (change,) = silent((base, base, patched)).changes
    assert (change.function, change.instructions, change.lines) == ("h", (0, 2), 3)


def test_the_smallest_change_comes_first_and_the_same_one_once() -> None:
    small, large = ASSEMBLY.replace("%rax", "%rbx"), ASSEMBLY.replace("pushq\t%rax", "nop\n" * 5)
    one, other = (wrote(ASSEMBLY, "a.ll"),) * 2, (wrote(ASSEMBLY, "b.ll"),) * 2
    found = silent((*one, wrote(large, "a.ll")), (*other, wrote(small, "b.ll")))
    assert [change.test for change in found.changes] == ["b.ll", "a.ll"]

    def twice(text: str) -> TestResult:
        lines = tuple(Output("llc", number, "stdout", text, 1, text) for number in (1, 2))
        return TestResult("a.ll", PASS, 0.1, outputs=lines)

    assert len(silent((twice(ASSEMBLY), twice(ASSEMBLY), twice(small))).changes) == 1


TEXTS = st.lists(st.sampled_from([ASSEMBLY, "x\ny", "y\nx", ASSEMBLY.replace("f", "h"), ""]), max_size=3)


@given(TEXTS, TEXTS, TEXTS)
def test_all_outputs_compare(base: list[str], again: list[str], patched: list[str]) -> None:
    """A test is silent only if base agrees with itself where the patched side does not."""

    def made(texts: list[str]) -> TestResult:
        outputs = tuple(
            Output("llc", i, "stdout", f"d{text}", len(text), text) for i, text in enumerate(texts)
        )
        return TestResult("a.ll", PASS, 0.1, outputs=outputs)

    found = silent((made(base), made(again), made(patched)))
    width = max(map(len, (base, again, patched)))
    padded = [[*texts, *([None] * (width - len(texts)))] for texts in (base, again, patched)]
    differs = any(one == two != three for one, two, three in zip(*padded, strict=True))
    assert (found.tests, found.unsteady) == ((("a.ll",), ()) if differs else ((), ("a.ll",)))
    sizes = [change.lines for change in found.changes]
    assert sizes == sorted(sizes)
    assert all(size > 0 for size in sizes)
