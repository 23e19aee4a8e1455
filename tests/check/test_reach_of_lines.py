"""Tests that enter a changed function and do not get to the lines that change."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.builders.coverage import Counting, StandIn
from harness.builders.request import CompiledSide, CompileError, Side
from harness.check import lines
from harness.check.lines import KIND, LABELLED, EnteringTests, LineFinder, ReachByLines
from harness.check.prepare import Prepared
from harness.check.reached import Division
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools, Toolchain
from harness.model import Outcome, Run, Series, SeriesKind, TestResult
from harness.patch import Change, ChangeKind
from harness.progress import Silent
from harness.reach.changed.unit import Changed, Undecided
from harness.reach.lines.counts import CoverageSegment, LineCounts
from harness.reach.names import FunctionName
from harness.report.reach import LineReach, Reach, UpstreamReach
from harness.runner.runs import Suite
from harness.runner.selection import Portion
from harness.runner.sources import SourceChangedError
from harness.store import Store

UNIT = "llvm/lib/A.cpp"
OLD = "int f(int x) {\n  if (x)\n    return g(x);\n  return 0;\n}\n"
NEW = OLD.replace("g(x)", "g(x + 1)")
NONE = Path("/nonexistent")
TOOLS = CoverageTools(NONE, NONE, NONE, "t")
BASE = Toolchain("base", "19.1.7", {"llc": Path("/base/llc"), "opt": Path("/opt")}, "", "b")
GETTING_THERE = ("a.ll", "c.ll")
TESTS = ("a.ll", "b.ll", "c.ll", "d.ll")


def never(_some: LineReach) -> bool:
    return False


@dataclass
class Bench:
    """A series that changes line 3 of a file, a suite, and tools that are made up."""

    tmp: Path
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    ran: list[tuple[str, ...]] = field(default_factory=list)
    links: int = 0
    stand_in: StandIn | None = None
    error: Exception | None = None
    changed: Changed = field(default_factory=Changed)
    compiled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.tmp / "suite").mkdir()
        for name in TESTS:
            (self.tmp / "suite" / name).write_text("; RUN: llc %s\n")
        self.suite = Suite(self.tmp / "suite", 1)
        self.write("base", UNIT, OLD)

    def write(self, side: str, path: str, text: str) -> None:
        (self.tmp / side / path).parent.mkdir(parents=True, exist_ok=True)
        (self.tmp / side / path).write_text(text)

    def series(self, files: Mapping[str, str]) -> Prepared:
        for path, text in files.items():
            self.write("demo", path, text)
        changes = tuple(Change(path, ChangeKind.MODIFIED) for path in files)
        made = Series("demo", "Demo", SeriesKind.FIX, ())
        return Prepared(made, Side("demo", self.tmp / "demo", "d"), changes, dict.fromkeys(files, "1"))

    # What the finder asks for.

    @property
    def setup(self) -> Bench:
        return self

    @property
    def base(self) -> Side:
        return Side("base", self.tmp / "base", "b")

    side, root, identity = base, NONE, "counting"

    def counting_base(
        self, _one: Prepared, files: Mapping[str, str], tools: CoverageTools, stand_in: StandIn | None
    ) -> Bench:
        self.stand_in = stand_in
        assert (sorted(files), tools) == ([UNIT], TOOLS)
        if self.error is not None:
            raise self.error
        return self

    def objects(self, one: Prepared) -> tuple[CompiledSide, CompiledSide]:
        self.compiled.append((one.side.root / UNIT).read_text())
        assert sorted(one.content) == [UNIT]
        if self.error is not None:
            raise self.error
        return CompiledSide(()), CompiledSide(())

    def change(self, _base: object, _other: object) -> Changed:
        return self.changed

    def link(self, place: Path) -> Counting:
        assert not list(place.iterdir())
        self.links += 1
        return self.linked(place)

    def linked(self, _place: Path) -> Counting:
        return Counting({"llc": Path("/counting/llc")}, (NONE,), frozenset({UNIT}), "counting")

    def run(self, tasks: Sequence[tuple[Toolchain, Suite]]) -> list[Run]:
        ((toolchain, suite),) = tasks
        assert toolchain.tools == {"llc": Path("/counting/llc"), "opt": Path("/opt")}
        assert suite.recording is not None
        self.ran.append(suite.names)
        for name in suite.names:
            suite.recording.folder(name).mkdir(parents=True)
            if name not in self.silent:
                (suite.recording.folder(name) / "1.profraw").write_text(name)
        ends = ((name, self.outcomes.get(name, Outcome.PASS)) for name in suite.names)
        return [Run("x", tuple(TestResult(name, end, 0.1) for name, end in ends), 0.1)]

    def finder(self, few: int = 3) -> LineFinder:
        store = Store(self.tmp / "store")
        which = store, lambda: TOOLS, self, self.run, Silent(), self.change
        return LineFinder(*which, few)  # type: ignore[arg-type]  # it is enough

    def find(self, new: str = NEW, path: str = UNIT, **others: str) -> ReachByLines:
        those = EnteringTests(self.suite, dict.fromkeys(TESTS, Outcome.PASS))
        (found,) = self.finder().find(self.series({path: new, **others}), BASE, [[those]], never)
        return found

    def look(self, new: str) -> ReachByLines:
        those = EnteringTests(self.suite, dict.fromkeys(TESTS, Outcome.PASS))
        return self.finder().look(self.series({UNIT: new}), BASE, [those])


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose profiles are the names of the tests that left them."""

    def compact(_tools: CoverageTools, folder: Path, target: Path) -> None:
        for profile in folder.glob("*.profraw"):
            target.write_text(profile.read_text())

    def make_reader(
        _tools: CoverageTools, kept: Mapping[str, Sequence[Path]], *_: object
    ) -> Callable[[Iterable[str]], Mapping[str, LineCounts]]:
        def read(tests: Iterable[str]) -> Mapping[str, LineCounts]:
            names = [path.read_text() for test in tests for path in kept[test]]
            there = sum(name in GETTING_THERE for name in names)
            all_of_them = len(names)
            counts = {1: all_of_them, 2: all_of_them, 3: there, 4: all_of_them, 5: all_of_them}
            places = [CoverageSegment(n, 1, count, True, True) for n, count in counts.items()]
            after_the_condition = CoverageSegment(2, 8, there, True, True, gap=True)
            return {UNIT: LineCounts(counts, (), tuple(sorted([*places, after_the_condition])))}

        return read

    monkeypatch.setattr(lines, "compact", compact)
    monkeypatch.setattr(lines, "make_reader", make_reader)
    monkeypatch.setattr(lines, "require_profile", lambda _tool, _reads: None)
    return Bench(tmp_path)


def reached(*names: str, unsure: int = 0, missed: tuple[str, ...] = ()) -> ReachByLines:
    """Those of the four tests that may get to a changed line."""
    said = LineReach(len(TESTS), len(names) - unsure, unsure, missed)
    return ReachByLines((frozenset(names),), said=said)


def test_the_tests_that_get_to_a_changed_line(bench: Bench) -> None:
    assert bench.find() == reached("a.ll", "c.ll")
    # What they executed is known of the next edit of the same file, and no tool is linked for it.
    assert bench.find(OLD.replace("g(x)", "h(x)")) == reached("a.ll", "c.ll")
    assert bench.find(OLD.replace("return 0", "return 1")) == reached(*TESTS)
    assert (bench.ran, bench.links) == ([TESTS], 1)
    (bench.suite.root / "a.ll").write_text("; RUN: opt %s")
    bench.find()
    assert len(bench.ran) == 2, "a test has changed"


def test_the_places_that_no_test_gets_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "GETTING_THERE", ())
    place = f"{UNIT}:3"
    assert bench.find() == reached(missed=(place,))
    more = OLD.replace("    return g(x);", "    return h(x) +\n      g(x);")
    assert bench.find(more) == reached(missed=(place,))
    # Lines of the patched file, where it has any; those that every test gets to are none of them.
    both = OLD.replace("  if (x)", "  // A comment.\n  if (x)").replace("g(x)", "g(x + 1)")
    assert bench.find(both) == reached(missed=(f"{UNIT}:4",))
    straight = "void f() {\n  g();\n  g(3);\n  h();\n  g(5);\n}\n"
    bench.write("base", UNIT, straight)
    assert bench.find(straight.replace("  g(3", "\n  g(4")) == reached(missed=(f"{UNIT}:4",))
    found = bench.find(straight.replace("  g(3", "\n  g(4").replace("5", "6"))
    assert found == reached(*TESTS, missed=(f"{UNIT}:4",))
    # Of what is removed, those of base.
    assert bench.find(straight.replace("  g(3);\n", "")) == reached(missed=(f"{UNIT}:3",))


def test_the_first_few_may_tell_enough(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{n:03}.ll" for n in range(100)]
    for name in names:
        (bench.suite.root / name).write_text("; RUN: llc %s\n")
    monkeypatch.setattr(sys.modules[__name__], "GETTING_THERE", (names[25],))
    those = EnteringTests(bench.suite, dict.fromkeys(names, Outcome.PASS))
    found = bench.finder().look(bench.series({UNIT: NEW}), BASE, [those])
    assert found == ReachByLines((frozenset(names),), said=LineReach(16, 1, missed=()))
    assert sum(map(len, bench.ran)) == 16
    monkeypatch.setattr(sys.modules[__name__], "GETTING_THERE", (names[26],))
    found = bench.finder().look(bench.series({UNIT: NEW}), BASE, [those])
    assert found == ReachByLines((frozenset({names[26]}),), said=LineReach(100, 1))


def test_a_test_that_ends_otherwise_or_leaves_nothing_may_notice(bench: Bench) -> None:
    bench.outcomes["b.ll"] = Outcome.FAIL
    bench.silent = frozenset({"d.ll"})
    assert bench.find() == reached(*TESTS, unsure=2)


@pytest.mark.parametrize("line", ["env -i llc %s", "env -u X llc %s", "unset LLVM_PROFILE_FILE && llc %s"])
def test_a_test_that_takes_the_place_to_count_away_may_notice(bench: Bench, line: str) -> None:
    (bench.suite.root / "b.ll").write_text(f"; RUN: {line}\n")
    assert bench.find() == reached("a.ll", "b.ll", "c.ll", unsure=1)


@pytest.mark.parametrize(
    ("path", "new", "why"),
    [
        (UNIT, f"#define X\n{OLD}", f"{UNIT}: line 1 may matter elsewhere"),
        ("llvm/lib/X.td", "def X;\n", "llvm/lib/X.td: its lines are not counted"),
        ("llvm/lib/B.cpp", "int x;\n", "llvm/lib/B.cpp: the file is new"),
        (UNIT, OLD.replace(";", "; // a comment"), "no line of code differs"),
    ],
)
def test_where_lines_do_not_tell_nothing_is_built(bench: Bench, path: str, new: str, why: str) -> None:
    assert bench.find(new, path) == ReachByLines((frozenset(TESTS),), why)
    assert not bench.ran


def test_tests_and_documents_are_no_lines_to_get_to(bench: Bench) -> None:
    others = {"llvm/test/x.ll": "x", "llvm/docs/x.rst": "x", "llvm/utils/x.py": "x"}
    others["llvm/unittests/x.cpp"] = "x"
    assert bench.find(**others) == reached("a.ll", "c.ll")
    assert bench.find(**{"llvm/lib/data.txt": "x"}).why == "llvm/lib/data.txt: its lines are not counted"


@pytest.mark.parametrize(("getting_there", "asked", "some"), [(80, 16, 13), (40, 16, 7), (20, 100, 0)])
def test_where_many_get_to_a_changed_line_some_tell(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, getting_there: int, asked: int, some: int
) -> None:
    names = [f"{n:03}.ll" for n in range(100)]
    for name in names:
        (bench.suite.root / name).write_text("; RUN: llc %s\n")
    there = frozenset(names[:getting_there])
    monkeypatch.setattr(sys.modules[__name__], "GETTING_THERE", there)
    division = Division(
        Portion(bench.suite, bench.suite), frozenset(names), outcomes=dict.fromkeys(names, Outcome.PASS)
    )
    (found,), said = bench.finder().narrow(bench.series({UNIT: NEW}), BASE, [division], Reach())
    assert sum(map(len, bench.ran)) == asked
    if asked == 16:
        why = f"{some} of 16 tests looked at get to a changed line"
        assert (found, said.undecided) == (division, why)
        assert said.by_lines == LineReach(16, some)
    else:
        assert (there <= found.reached < frozenset(names), said.undecided) == (True, "")
        assert said.by_lines == LineReach(100, len(found.reached))


def test_new_labels_are_counted_in_a_copy_of_base(bench: Bench) -> None:
    old = OLD.replace(
        "  return 0;", "  switch (x) {\n  case 1:\n    return 0;\n  default:\n    return 1;\n  }"
    )
    bench.write("base", UNIT, old)
    bench.write("base", "llvm/lib/B.cpp", "int b;")
    bench.find(old.replace("  case 1:", "  case 2:\n    return 2;\n  case 1:"))
    assert bench.stand_in is not None
    side = bench.stand_in.side
    assert side.root.parent.name == LABELLED
    assert (side.root / UNIT).read_text() == old.replace("  default:", "  case 2: default:")
    assert (side.root / "llvm/lib/B.cpp").read_text() == "int b;"
    assert (bench.base.root / UNIT).read_text() == old
    assert list(bench.stand_in.content) == [UNIT]


def test_whatever_goes_wrong_all_tests_may_notice(bench: Bench) -> None:
    bench.error = EnvironmentLacksError("no compiler-rt", "install it")
    assert bench.find() == ReachByLines((frozenset(TESTS),), "no compiler-rt")
    bench.error = SourceChangedError("x", "y")
    with pytest.raises(SourceChangedError):
        bench.find()


def test_a_suite_that_nothing_names_is_run_as_it_is(bench: Bench) -> None:
    those = EnteringTests(Suite(bench.suite.root, 1, site="x"), dict.fromkeys(TESTS, Outcome.PASS))
    (found,) = bench.finder().find(bench.series({UNIT: NEW}), BASE, [[those]], never)
    assert found == reached(*TESTS, unsure=4, missed=(f"{UNIT}:3",))
    assert not (bench.tmp / "store" / KIND).exists()


def test_what_a_report_says(bench: Bench) -> None:
    portion = Portion(bench.suite, bench.suite)
    outcomes = dict.fromkeys([*TESTS, "e.ll"], Outcome.PASS)
    division = Division(portion, frozenset(TESTS), unknown=frozenset({"e.ll"}), outcomes=outcomes)
    one, note = bench.series({UNIT: NEW}), Reach(("f",))
    (found,), said = bench.finder().narrow(one, BASE, [division], note)
    assert found.kept == {"a.ll", "c.ll", "e.ll"}
    assert found.unreached == tuple(TestResult(name, Outcome.PASS, 0.0) for name in ("b.ll", "d.ll"))
    assert said == Reach(("f",), by_functions=4, by_lines=LineReach(4, 2, unsure=1))
    assert bench.finder(few=4).narrow(one, BASE, [division], note) == ([division], note)
    other = bench.series({UNIT: f"#define X\n{OLD}"})
    (same,), said = bench.finder().narrow(other, BASE, [division], note)
    assert same == division
    assert said == Reach(("f",), by_functions=4, undecided=f"{UNIT}: line 1 may matter elsewhere")


def test_those_of_llvms_tests_that_were_chosen_are_narrowed_with_the_others(bench: Bench) -> None:
    """If the others are many; what a report says of them stays true."""
    portion = Portion(bench.suite, bench.suite)
    outcomes = dict.fromkeys(TESTS, Outcome.PASS)
    ours = Division(portion, frozenset({"a.ll", "d.ll"}), outcomes=outcomes)
    theirs = Division(portion, frozenset({"b.ll", "c.ll"}), outcomes=outcomes)
    one, note = bench.series({UNIT: NEW}), Reach(upstream=UpstreamReach(90, 80, 2))
    (_, found), said = bench.finder(few=1).narrow(one, BASE, [ours, theirs], note, theirs.reached)
    assert found.reached == {"c.ll"}
    assert found.unreached == (TestResult("b.ll", Outcome.PASS, 0.0),)
    assert said.upstream == UpstreamReach(90, 80, 1, nearest=2)
    assert (said.by_functions, said.by_lines) == (4, LineReach(4, 2))
    assert bench.finder(few=0).narrow(one, BASE, [theirs], note, theirs.reached) == ([theirs], note)
    assert bench.finder(few=2).narrow(one, BASE, [ours, theirs], note, theirs.reached)[1] == note


HELPER = "\nstatic int h(int x) {\n  return x + 1;\n}\n"


def test_what_makes_no_difference_by_itself_is_a_part_of_base(bench: Bench) -> None:
    """A function that is new, and called where two of the tests get to."""
    new = OLD.replace("g(x)", "h(x)") + HELPER
    doubt = f"{UNIT}: line 5 may matter elsewhere"
    assert bench.find(new) == ReachByLines((frozenset(TESTS),), doubt)
    assert (bench.compiled, bench.ran) == ([], [])
    assert bench.look(new) == reached("a.ll", "c.ll")
    assert bench.compiled == [OLD + HELPER]
    assert bench.stand_in is not None
    assert (bench.stand_in.side.root / UNIT).read_text() == OLD + HELPER


@pytest.mark.parametrize(
    "changed",
    [Changed(frozenset({FunctionName("", "f")})), Changed(everything=(Undecided(UNIT, "x"),)), None],
)
def test_what_makes_a_difference_or_does_not_compile_leaves_lines_undecided(
    bench: Bench, changed: Changed | None
) -> None:
    bench.changed = changed or bench.changed
    bench.error = None if changed else CompileError("it does not compile", "mend it")
    new = OLD.replace("g(x)", "h(x)") + HELPER
    assert bench.look(new) == ReachByLines((frozenset(TESTS),), f"{UNIT}: line 5 may matter elsewhere")
    assert (len(bench.compiled), bench.ran) == (1, [])


@pytest.mark.parametrize("getting_there", [100, 0])
def test_each_suite_is_looked_at_by_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, getting_there: int
) -> None:
    """All of the one get to the line, and none of the other; or none of both."""
    ours, theirs = ([f"{which}{n:03}.ll" for n in range(100)] for which in "ab")
    for name in (*ours, *theirs):
        (bench.suite.root / name).write_text("; RUN: llc %s\n")
    monkeypatch.setattr(sys.modules[__name__], "GETTING_THERE", ours[:getting_there])
    divisions = [
        Division(
            Portion(bench.suite, bench.suite), frozenset(some), outcomes=dict.fromkeys(some, Outcome.PASS)
        )
        for some in (ours, theirs, ())
    ]
    one, note = bench.series({UNIT: NEW}), Reach(upstream=UpstreamReach(900, 800, 100))
    found, said = bench.finder().narrow(one, BASE, divisions, note, divisions[1].reached)
    assert [len(each.reached) for each in found] == [getting_there, 0, 0]
    assert (said.by_functions, said.undecided) == (200, "")
    assert said.upstream == UpstreamReach(900, 800, nearest=100)
    if getting_there:
        assert [*map(len, bench.ran)] == [16, 16, 84]
        assert said.by_lines == LineReach(116, 16)
        # If it were the other one, it would run as a whole, and nothing would be said of its lines.
        _, said = bench.finder().narrow(one, BASE, divisions, note, divisions[0].reached)
        assert said.upstream == UpstreamReach(900, 800, 100)
    else:
        assert [*map(len, bench.ran)] == [16, 84, 16, 84]
        assert said.by_lines == LineReach(200, missed=(f"{UNIT}:3",))
