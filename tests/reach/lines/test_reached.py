"""Whether a test can notice a change, judged by the lines that it executes without the change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reach.lines.counts import CoverageSegment, LineCounts, read_export
from harness.reach.lines.reached import (
    SourceEdit,
    apply_doubtful,
    find_edits,
    find_obstacles,
    find_reason,
    label_text,
)

DATA = Path(__file__).with_name("data")
OLD = (DATA / "sample.cpp").read_text()
COUNTS = read_export(json.loads((DATA / "export.json").read_text()))["/sample.cpp"]


def reason(old: str, new: str, counts: LineCounts = COUNTS) -> str:
    """Why the runs of sample.cpp may notice that a text in it, which is there once, is another."""
    assert OLD.count(old) == 1, old
    return find_reason(find_edits(OLD, OLD.replace(old, new)), OLD, counts)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    abort();\n", "    exit(1);\n"),
        ("    abort();\n", "    exit(1);\n    abort();\n"),
        ("    abort();\n", "    if (n)\n      exit(1);\n    abort();\n"),
        ("    abort();\n", ""),
        ("  default:\n    abort();\n", "  default:\n    exit(n);\n    abort();\n"),
        # A part of a statement that is executed as a whole or not at all.
        ("    abort();\n", "    n +\n    abort();\n"),
        ("    add(1);\n", "    add(2);\n"),  # which belongs to an `if`, and is replaced by one statement
        ("    sum += m;\n", "    sum -= m;\n"),
        ("  if (sum > 1000)\n", "  if (sum > 1000) // much\n"),
        ("  int sum = 0;\n", "  int sum  = 0;\n".replace("  = ", " = ")),
        ("// A comment between functions.\n", ""),
    ],
)
def test_what_no_run_can_notice(old: str, new: str) -> None:
    assert reason(old, new) == ""


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("  int sum = 0;\n", "  int sum = 1;\n", "line 21 is executed"),
        ("    sum += 2;\n", "    sum += 2;\n    abort();\n", "line 46 is where the test gets to"),
        ("  return sum;\n", "", "line 47 is executed"),
        # It makes the next line unconditional, though it is itself where nobody gets to.
        ("    add(1);\n", "    add(3);\n    add(1);\n", "line 43 belongs to the statement before it"),
        ("    add(1);\n", "", "line 43 belongs to the statement before it"),
        ("    add(1);\n", "    if (n)\n      add(1);\n", "line 43 belongs to the statement before it"),
        # Values that went elsewhere before.
        ("  default:\n", "  case Other:\n  default:\n", "line 32 may matter elsewhere"),
        ("    abort();\n", "    abort();\n  case Other:\n    break;\n", "line 34 is where the test gets to"),
        ("    abort();\n", "    static int x = f();\n    abort();\n", "line 33 may matter elsewhere"),
        ("    abort();\n", "    abort();\n  }\n  {\n", "line 35 is where the test gets to"),
        ("    abort();\n", "  }\n  {\n    abort();\n", "line 33 is executed"),
        ("    abort();\n", "    abort(\n", "line 33 is executed"),
        ("    abort();\n", "    abort()\n", "line 33 is executed"),
        (
            "enum Kind { Small, Large, Other };\n",
            "enum Kind { Large, Small };\n",
            "line 7 is not inside a function",
        ),
        ("  ((x) + (x))\n", "  ((x) - (x))\n", "line 4 is executed"),
        ("#if 0\n", "#if 1\n", "line 35 is not inside a function"),
        ("  sum = 0;\n#endif\n", "  sum = 1;\n#endif\n", "line 36 is not inside a function"),
        ("#include <cstdlib>\n", "", "line 2 is not inside a function"),
    ],
)
def test_what_a_run_may_notice(old: str, new: str, why: str) -> None:
    assert reason(old, new) == why


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("    break;", ""),
        ("    return f(x);", ""),
        ("    if (x)\n      break;", "line {} is where the test gets to"),
        ("    f();", "line {} is where the test gets to"),
    ],
)
def test_nothing_gets_to_what_follows_a_jump(before: str, why: str) -> None:
    """After `default: break;`, clang counts what went to the label."""
    old = f"f(x);\n{before}\n  case 1:\n    g();\n"
    edits = find_edits(old, old.replace("  case 1:", "    h();\n  case 1:"))
    counts = LineCounts({}, (), (CoverageSegment(1, 1, 1, True, True),))
    assert find_reason(edits, old, counts) == why.format(edits[0].first)


def test_the_text_of_a_literal_is_code() -> None:
    assert find_edits('f("a");\n', 'f("b");\n') == (SourceEdit(1, ('f("");',), ('f("");',)),)
    assert find_edits('f("a"); // x\n', 'f("a");\n') == (SourceEdit(1, ('f("");',), ('f("");',)),)
    assert find_edits("f(1); // x\n", "f(1);\n") == ()


lines = st.lists(
    st.sampled_from(
        ["", "// x", "/* y */", "f();", "g();", "if (x)", "{", "}", "case 1:", "#if 0", "#endif"]
    ),
    max_size=8,
).map("\n".join)


def code_of(text: str) -> list[str]:
    """The lines without comments; what is sampled above has none but of whole lines."""
    lines = ("" if line.startswith("/") else line for line in text.split("\n"))
    return [f"#{line}" if line.startswith("#") else line for line in lines]


@settings(deadline=None)
@given(lines, lines)
def test_edits_make_the_new_code_of_the_old(old: str, new: str) -> None:
    ours = code_of(old)
    for edit in reversed(find_edits(old, new)):
        place = slice(edit.first - 1, edit.first - 1 + len(edit.removed))
        assert ours[place] == list(edit.removed)
        ours[place] = edit.added
    assert [line for line in ours if line] == [line for line in code_of(new) if line]


@settings(deadline=None)
@given(lines, lines, st.integers(0, 3))
def test_a_test_that_executes_everything_may_notice_every_edit(old: str, new: str, more: int) -> None:
    number = old.count("\n") + 1
    counts = LineCounts(
        dict.fromkeys(range(1, number + 1), 1 + more), (), (CoverageSegment(0, 1, 1 + more, True, True),)
    )
    edits = find_edits(old, new)
    assert bool(find_reason(edits, old, counts)) == bool(edits)
    assert find_reason(find_edits(old, old), old, counts) == ""


@settings(deadline=None)
@given(lines, lines)
def test_more_executions_never_make_a_test_unreached(old: str, new: str) -> None:
    number = old.count("\n") + 1

    def counts(count: int) -> LineCounts:
        found = dict.fromkeys(range(1, number + 1), count)
        return LineCounts(found, (), (CoverageSegment(0, 1, count, True, True),))

    edits = find_edits(old, new)
    if not find_reason(edits, old, counts(1)):
        assert find_reason(edits, old, counts(0)) == ""


@settings(deadline=None)
@given(lines, lines)
def test_edits_that_lines_do_not_decide_are_applied_apart(old: str, new: str) -> None:
    edits = find_edits(old, new)
    ours = code_of(old)
    for edit, why in reversed([*find_obstacles(edits, old, label_text(edits, old))]):
        if why:
            ours[edit.first - 1 : edit.first - 1 + len(edit.removed)] = edit.added
    found = apply_doubtful(old, new)
    assert [line for line in code_of(found) if line] == [line for line in ours if line]
    assert apply_doubtful(old, old) == old


@pytest.mark.parametrize(("count", "why"), [(5, "line 5 is where the test gets to"), (0, "")])
def test_a_comment_before_an_edit_has_no_count(count: int, why: str) -> None:
    old = "void f() {\n  g();\n\n  // A comment.\n  h();\n}\n"
    places = ((1, 10, count, True, True), (3, 1, 0, False, True), (5, 3, count, True, True))
    segments = tuple(CoverageSegment(*place) for place in (*places, (6, 2, 0, False, False)))
    counts = LineCounts(dict.fromkeys((1, 2, 5, 6), count), (), segments)
    for new in (
        old.replace("  h();", "  k();\n  h();"),
        old.replace("  h();", "  k();\n\n  // More.\n  h();"),
    ):
        assert find_reason(find_edits(old, new), old, counts) == why
    # What `#if` turns off has none as well, and what it turns on is not known.
    assert (
        find_reason(
            find_edits(old.replace("\n\n", "\n#if 0\n"), new.replace("\n\n", "\n#if 0\n", 1)),
            old.replace("\n\n", "\n#if 0\n"),
            counts,
        )
        == "line 5 is not inside a function"
    )
