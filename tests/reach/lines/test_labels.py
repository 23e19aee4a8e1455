"""New labels of a switch: programs of one switch, run without and with an edit of their text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import assume, event, example, given, settings
from hypothesis import strategies as st

from harness.reach.lines.counts import Condition, CoverageSegment, LineCounts, count_lines
from harness.reach.lines.labels import find_labels
from harness.reach.lines.reached import find_edits, find_obstacle, find_reason, label_text

VALUES = range(7)
HEAD = "void f(int x) {\n  begin();\n  switch (x) {\n"
TAIL = "  }\n  end();\n}\n"
_PART = re.compile(r"case (\d+):|(default):|(break);|(\w+)\(\);")


@dataclass
class Machine:
    """Runs such a program and counts as clang does: jumps to labels, and how often a place was passed."""

    text: str
    value: int
    trace: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    segments: list[CoverageSegment] = field(default_factory=list)

    def run(self) -> Machine:
        lines = self.text.split("\n")
        labels = [part[1] or part[2] for line in lines for part in _PART.finditer(line) if part[1] or part[2]]
        value = str(self.value)
        target = value if value in labels else "default" if "default" in labels else ""
        in_switch, passing = False, 1
        for number, line in enumerate(lines, 1):
            if number == 1:
                self._segment(number, 1, 1)
            elif line == "  switch (x) {":
                in_switch, passing = True, 0
                self._segment(number, len(line), 0)
                continue
            for part in _PART.finditer(line):
                if (label := part[1] or part[2]) and in_switch:
                    here = int(label == target)
                    passing += here
                    place = (number, part.start() + 1, number, part.end() + 1)
                    self.conditions.append(Condition(*place, here, 1 - here))
                    self._segment(number, part.start() + 1, passing)
                elif passing and part[4]:
                    self.trace.append(part[4])
                elif part[3]:
                    passing = 0
                    self._segment(number, part.end() + 1, 0)
            if in_switch and line.endswith("}"):
                in_switch, passing = False, 1
                self._segment(number, len(line) + 1, 1)
        return self

    def _segment(self, line: int, column: int, count: int) -> None:
        self.segments.append(CoverageSegment(line, column, count, True, True))

    @property
    def counts(self) -> LineCounts:
        return LineCounts(count_lines(self.segments), tuple(self.conditions), tuple(self.segments))


def run(text: str, value: int) -> list[str]:
    return Machine(text, value).run().trace


Group = tuple[list[str], list[str], bool]
"""Labels, what is called behind them, and whether that leaves the switch."""


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    """Each label is there once at most."""
    labels = iter(draw(st.permutations([*map(str, VALUES), "default"])))
    sizes = draw(st.lists(st.integers(0, 2), min_size=1, max_size=4))
    calls = st.lists(st.sampled_from("abc"), max_size=2)
    return [([next(labels) for _ in range(size)], draw(calls), draw(st.booleans())) for size in sizes]


def write(program: list[Group]) -> str:
    found = []
    for labels, calls, leaves in program:
        found += [f"  {label}:" if label == "default" else f"  case {label}:" for label in labels]
        found += [f"    {call}();" for call in calls] + (["    break;"] if leaves else [])
    return HEAD + "".join(f"{line}\n" for line in found) + TAIL


def is_valid(text: str) -> bool:
    """Whether no label is last."""
    return not re.search(r":\n  \}", text)


FIRST = [(["1"], ["a"], True), (["default"], ["b"], True)]


@settings(deadline=None, max_examples=150)
@given(groups(), st.integers(0, 3), st.integers(1, 2))
@example([*FIRST, (["2"], ["c"], True)], 2, 1)
@example([(["1"], ["a"], False), (["2"], ["c"], True), (["3"], ["b"], True)], 1, 1)
@example([(["1"], [], False), (["2"], [], False), ([], ["a"], True), (["default"], [], True)], 1, 1)
def test_a_test_that_is_called_unreached_does_the_same(program: list[Group], at: int, size: int) -> None:
    """Either text may be that of base: labels may be added or removed."""
    one, other = write(program[:at] + program[at + size :]), write(program)
    assume(is_valid(one) and is_valid(other))
    for old, new in ((one, other), (other, one)):
        edits = find_edits(old, new)
        labelled = label_text(edits, old)
        base = labelled.text if labelled else old
        assert base.count("\n") == old.count("\n")
        for value in VALUES:
            assert run(base, value) == run(old, value), "a label where its values went before"
            counts = Machine(base, value).run().counts
            if not find_reason(edits, old, counts, labelled):
                event("unreached, with labels" if labelled and labelled.labels else "unreached")
                assert run(new, value) == run(old, value)


def reasons(old: str, new: str) -> list[int]:
    """The values whose runs may notice the edit."""
    edits = find_edits(old, new)
    labelled = label_text(edits, old)
    base = labelled.text if labelled else old
    found = ((value, Machine(base, value).run().counts) for value in VALUES)
    return [value for value, counts in found if find_reason(edits, old, counts, labelled)]


@pytest.mark.parametrize(
    ("before", "added", "after", "noticing"),
    [
        # Nobody else's values are noticed, though most go to default, or past the switch.
        ([(["1"], ["a"], True)], [(["2"], ["c"], True)], [(["default"], ["b"], True)], [2]),
        ([(["default"], ["b"], True)], [(["2"], ["c"], True)], [(["1"], ["a"], True)], [2]),
        ([(["1"], ["a"], True)], [(["2"], ["c"], True)], [], [2]),
        # What falls into it notices, too.
        ([(["1"], ["a"], False)], [(["2"], ["c"], True)], [(["3"], ["b"], True)], [1, 2]),
        # To pass a label does nothing.
        ([(["1"], [], False)], [(["2"], [], False)], [([], ["a"], True), (["default"], [], True)], [2]),
        ([(["1"], ["a"], True)], [(["default"], ["c"], True)], [], [0, 2, 3, 4, 5, 6]),
    ],
)
def test_the_values_that_a_new_label_is_for(
    before: list[Group],
    added: list[Group],
    after: list[Group],
    noticing: list[int],
) -> None:
    assert reasons(write([*before, *after]), write([*before, *added, *after])) == noticing


OLD = """\
void f(int x) {
  switch (x) { // default: no label
  case A::B:
    one(); /* case X: */
    break;
  default: two();
  }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            "  default: two();",
            "  case C: case A::D:\n    g();\n  default: two();",
            "  case C: case A::D: default: two();",
        ),
        ("    one();", "    one();\n    break;\n  case C:\n    g();", "  case C: default: two();"),
    ],
)
def test_where_labels_are_put(old: str, new: str, text: str) -> None:
    edits = find_edits(OLD, OLD.replace(old, new))
    labelled = label_text(edits, OLD)
    assert labelled is not None
    assert labelled.text == OLD.replace("  default: two();", text)
    lines = labelled.text.split("\n")
    for label in labelled.labels:
        assert lines[label.line - 1][label.column - 1 :].startswith(f"{label.text}:")
    assert find_obstacle(edits, OLD, labelled) == ""


def test_without_default_labels_are_put_at_the_end() -> None:
    old = OLD.replace("  default: two();\n", "")
    labelled = label_text(find_edits(old, old.replace("  case A", "  case C:\n    g();\n  case A")), old)
    assert labelled is not None
    assert labelled.text == old.replace("    break;\n  }\n", "    break;\n  case C: break; }\n")


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("  case A::B:", "  case C: {\n    for (;;) {\n  case D:\n    g(); } }\n  case A::B:"),
        OLD.replace("  case A::B:", "#if X\n  case C:\n    g();\n#endif\n  case A::B:"),
        OLD.replace("  case A::B:", "  CASE(C)\n    g();\n  case A::B:"),
        f"{OLD}\nswitch (x) {{ case C: g(); }}\n".replace(
            "  switch (x) {", "  if (x) {\n  case C:\n    g();"
        ),
    ],
)
def test_what_is_not_decided(new: str) -> None:
    edits = find_edits(OLD, new)
    assert find_obstacle(edits, OLD, label_text(edits, OLD)) != ""


def test_where_a_switch_begins_and_ends_is_known() -> None:
    """That of Verifier::visitIntrinsicCall includes labels, with `#define` before and `#undef` after."""
    inside = '#define NAME(X) \\\n  case X: default: {\n#include "names.def"\n#undef NAME\n'
    old = OLD.replace("  default:", f"{inside}  default:")
    labelled = label_text(find_edits(old, old.replace("  case A", "  case C:\n    g();\n  case A")), old)
    assert labelled is not None
    assert labelled.text == old.replace("  default: two", "  case C: default: two")
    old = OLD.replace("    one();", "#if Y\n  case Z:\n#endif\n    one();")
    edits = find_edits(old, old.replace("  default:", "  case C:\n    g();\n  default:"))
    assert label_text(edits, old) is None
    assert find_obstacle(edits, old, None) == f"line {edits[0].first} may matter elsewhere"


def test_a_macro_that_holds_a_label_is_one() -> None:
    old = f"#define Handle(x) \\\n  case x: return\n{OLD}"
    edits = find_edits(old, old.replace("    break;", "    Handle(E);\n    break;"))
    assert find_obstacle(edits, old, label_text(edits, old)).endswith(
        "has a macro in it, which may hold a label"
    )


@pytest.mark.parametrize(
    ("line", "is_far"),
    [
        ("    int n;", True),
        ("    const llvm::SmallVector<int, 4> Ops;", True),
        ("    unsigned *p, q[3];", True),
        ("    { int n; g(n); }", False),
        ("    if (x) {\n      int n;\n    }", False),
        ("    n = 1;", False),
        ("    return n;", False),
        ("    g(n);", False),
        ("    int n = 1;", False),  # no jump may pass it
    ],
)
def test_a_variable_of_one_label_may_be_that_of_another(line: str, *, is_far: bool) -> None:
    """`case 1: int n; ...; case 2: n = 3;`: the type of `n` matters to both."""
    edits = find_edits(OLD, OLD.replace("    one();", f"{line}\n    one();"))
    why = f"line {edits[0].first} declares what other labels may use"
    assert find_obstacle(edits, OLD) == (why if is_far else "")
    inside = OLD.replace("  case A::B:", "  case A::B: if (x) {").replace("    break;", "    break; }")
    edits = find_edits(inside, inside.replace("    one();", f"{line}\n    one();"))
    assert find_obstacle(edits, inside) == ""


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (["case A::B: case C :", "f(x ? y : z);", "default:"], ("case A::B", "case C", "default")),
        (["switch (g(1)) {", "case A:", "f();", "}"], ()),
        (["case A: {", "switch (x) { case B: f(); }", "}"], ("case A",)),
        (["{", "case A:", "f();", "}"], None),
        (["for (;;) { switch (x) { default: { case A: f(); } } }"], None),
    ],
)
def test_the_labels_of_the_switch_around_lines(lines: list[str], labels: tuple[str, ...] | None) -> None:
    assert find_labels(lines) == labels
