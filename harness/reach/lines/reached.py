"""Whether a test can notice a change, from the lines that it executes without it (pure).

A test that executes no line which a change removes, and does not get to where it inserts one, does the same
with the change. That holds of changes inside a function that keep the structure of what is around them. All
others are not decided here, and the test may notice them:

- outside functions, in directives and macros, of types and constants;
- labels whose values went elsewhere before, unless it is known where (`labels.py`); macros that may hold one;
- unbalanced brackets, and statements that belong to another: after `if (x)` and before `f();` a new line
  makes `f()` unconditional.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from harness.reach.lines.alike import find_replaced
from harness.reach.lines.counts import LineCounts
from harness.reach.lines.executable import find_directives, strip_comments
from harness.reach.lines.labels import LABEL, LabelledText, add_labels, find_labels, is_in_switch

# What may matter to code that is executed though it is not itself, or is no code.
_FAR = re.compile(
    r"\b(?:case|default|goto|static|thread_local|constexpr|consteval|using|typedef|template|namespace|struct"
    r"|class|enum|union|extern|friend|asm|__asm__|private|protected|public)\b|^\w+\s*:(?!:)|#"
)
# A macro of a header may hold one as well; those in capitals do, if any.
_CAPITALS = re.compile(r"(?!(?:LLVM_DEBUG|LLVM_FALLTHROUGH|DEBUG_WITH_TYPE)\b)[A-Z][A-Z0-9_]{2,}\s*(?:\(|$)")
_DEFINE = re.compile(r"#+\s*define\s+(\w+)")
# Words, and nothing that is done.
_DECLARATION = re.compile(
    r"(?!(?:return|delete|throw|goto|else|do)\b)[\w:]+[\w:<>,*&\s\[\]]*[\s*&>][\w,*\s\[\]]*[\w\]]"
)
_HEAD = re.compile(r"\b(?:if|else|for|while|do|switch|try|catch)\b")
_JUMP = re.compile(r"(?:break|continue|return|return [^;]*)\s*;")
_LABEL = re.compile(r".*\b(?:default|case\b[^?]*)\s*:")
# A statement of more lines than this is not looked at as a whole.
_MOST_LINES = 60
# Each test that is looked at asks for the code of the same files: of both texts of so many.
_KEPT = 32
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """Lines of the base's file that a change removes, from number `first` on, and those it puts there.

    The lines are without comments and literals; one of a directive begins with `#`. `shown` is the line to
    show to a reader: the first with code that the change adds, in its file, or the first that it removes.
    """

    first: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    shown: int = field(default=0, compare=False)


def find_edits(old: str, new: str) -> tuple[SourceEdit, ...]:
    """What a change does to a file, but for comments and the white space around lines."""
    edits = (edit for _, edit in _find_edits(old, new))
    return tuple(edit for edit in edits if any((*edit.removed, *edit.added)))


def _find_edits(old: str, new: str) -> Iterator[tuple[tuple[int, int, int, int], SourceEdit]]:
    """All edits; lines `i` to `j` (from 0) of the one file are replaced by `k` to `m` of the other."""
    ours, theirs = _code(old), _code(new)
    for i, j, k, m in find_replaced(_texts(old, ours), _texts(new, theirs)):
        shown = _find_code(theirs, k, m) or _find_code(ours, i, j) or k + 1
        yield (i, j, k, m), SourceEdit(i + 1, tuple(ours[i:j]), tuple(theirs[k:m]), shown)


def apply_doubtful(old: str, new: str) -> str:
    """The base's file with those edits of a change that lines do not decide, and without the others."""
    edits = [*_find_edits(old, new)]
    code, labelled = _code(old), label_text(find_edits(old, new), old)
    lines, theirs = old.split("\n"), new.split("\n")
    found: list[str] = []
    at = 0
    for (i, j, k, m), edit in edits:
        doubts = _doubts(edit, _whole_statements(edit, code), code, labelled)
        found += [*lines[at:i], *(theirs[k:m] if next(doubts, "") else lines[i:j])]
        at = j
    return "\n".join([*found, *lines[at:]])


def _find_code(code: Sequence[str], start: int, stop: int) -> int:
    """The number of the first line that says something, from `start` (from 0) to `stop`; 0 without any."""
    return next((at + 1 for at in range(start, stop) if re.search(r"\w", code[at])), 0)


def label_text(edits: Sequence[SourceEdit], old: str) -> LabelledText | None:
    """The base's file with the labels that the edits add, put where their values go without them.

    None if that place is not clear. A label that is removed in one place and added in another is not new.
    """
    code = _code(old)
    wanted: list[tuple[int, str]] = []
    for part in edits:
        edit = _whole_statements(part, code)
        ours, theirs = find_labels(edit.removed), find_labels(edit.added)
        if ours is None or theirs is None:
            return None
        wanted += [(part.first, label) for label in theirs if label not in ours]
    return add_labels(old, code, wanted)


def find_reason(
    edits: Sequence[SourceEdit], old: str, counts: LineCounts, labelled: LabelledText | None = None
) -> str:
    """Why a test that executes these lines of the base's file may notice the edits; empty if it cannot.

    With new labels in the edits, the counts are those of `labelled`, else it may.
    """
    return next((why for _, why in find_reasons(edits, old, counts, labelled) if why), "")


def find_reasons(
    edits: Sequence[SourceEdit], old: str, counts: LineCounts, labelled: LabelledText | None = None
) -> Iterator[tuple[SourceEdit, str]]:
    """The same for each of the edits."""
    code = _code(old)
    return ((edit, next(_reasons(edit, code, counts, labelled), "")) for edit in edits)


def find_obstacle(edits: Sequence[SourceEdit], old: str, labelled: LabelledText | None = None) -> str:
    """Why the edits are of a kind that lines do not decide, as far as their text tells; empty if they may."""
    return next((why for _, why in find_obstacles(edits, old, labelled) if why), "")


def find_obstacles(
    edits: Sequence[SourceEdit], old: str, labelled: LabelledText | None = None
) -> Iterator[tuple[SourceEdit, str]]:
    """The same for each of the edits."""
    code = _code(old)
    return ((edit, next(_doubts(edit, _whole_statements(edit, code), code, labelled), "")) for edit in edits)


def _reasons(
    part: SourceEdit, code: Sequence[str], counts: LineCounts, labelled: LabelledText | None
) -> Iterator[str]:
    place = f"line {part.first}"
    edit = _whole_statements(part, code)
    lines = [edit.first + n for n, line in enumerate(edit.removed) if line]
    before = counts.before(_find_end(edit.first, code))
    if any(counts.lines.get(line) for line in lines):
        yield f"{place} is executed"
    if before is None or any(line not in counts.lines for line in lines):
        yield f"{place} is not inside a function"
    labels = [label for label in labelled.labels if label.edit == part.first] if labelled else []
    for label in labels:
        times = counts.times(label.line, label.column)
        if times != 0:
            yield f"{place}: {label.text} is {'where the test goes' if times else 'not inside a function'}"
    # To pass a label and nothing else makes no difference.
    passes = bool(labels) and not any(LABEL.sub("", line) for line in (*edit.removed, *edit.added))
    if before and not passes and not _follows_jump(edit.first, code):
        yield f"{place} is where the test gets to"
    yield from _doubts(part, edit, code, labelled)


def _doubts(
    part: SourceEdit, edit: SourceEdit, code: Sequence[str], labelled: LabelledText | None
) -> Iterator[str]:
    """Why what an edit changes may matter elsewhere; `edit` is the same with its whole statements."""
    place = f"line {part.first}"
    lines = (*part.removed, *part.added)
    macros = _find_label_macros(code)
    bare = lines if labelled is None else [LABEL.sub("", line) for line in lines]
    if any(_FAR.search(line) for line in bare):
        yield f"{place} may matter elsewhere"
    if (_declares(edit.removed) or _declares(edit.added)) and is_in_switch(code, edit.first):
        yield f"{place} declares what other labels may use"
    if any(_CAPITALS.match(line) or macros & {*re.findall(r"\w+", line)} for line in bare):
        yield f"{place} has a macro in it, which may hold a label"
    if any(map(_count_open, (edit.removed, edit.added))):
        yield f"{place} changes what is around it"
    if not (_ends(edit.removed) and _ends(edit.added)):
        yield f"{place} is a part of a statement"
    alike = _is_one_statement(edit.removed) and _is_one_statement(edit.added)
    if not (alike or _ends(code[: edit.first - 1])):
        yield f"{place} belongs to the statement before it"


def _declares(lines: Sequence[str]) -> bool:
    """Whether a variable is declared outside of blocks in these lines, without a value: jumps may pass it."""
    outside = "\n".join(lines)
    while (inner := re.sub(r"\{[^{}]*\}", ";", outside)) != outside:
        outside = inner
    statements = (LABEL.sub("", one).strip() for one in re.split(r"[;{}]", outside))
    return any(_DECLARATION.fullmatch(one) for one in statements)


def _find_label_macros(code: Sequence[str]) -> frozenset[str]:
    """The names of macros in a file that hold a label."""
    found: set[str] = set()
    name = ""
    for line in code:
        if line.startswith("#"):
            define = _DEFINE.match(line)
            name = define[1] if define else name
            if name and re.search(r"\b(?:case|default|goto)\b", line):
                found.add(name)
        else:
            name = ""
    return frozenset(found)


@lru_cache(_KEPT)
def _code(text: str) -> tuple[str, ...]:
    """The lines without comments, literals and white space around them, with a mark in all of a directive."""
    code = [line.strip() for line in strip_comments(text)]
    directives = set(find_directives(code))
    return tuple(f"#{line}" if n in directives else line for n, line in enumerate(code, 1))


def _texts(text: str, code: Sequence[str]) -> list[str]:
    """What tells a line from another: its code, and where a literal is in it, all of it."""
    lines = text.split("\n")
    return [f"{bare}\n{line}" if '""' in bare else bare for bare, line in zip(code, lines, strict=True)]


def _whole_statements(edit: SourceEdit, code: Sequence[str]) -> SourceEdit:
    """The edit with the lines around it that belong to the same statements, if they can be found."""
    if any(line.startswith("#") for line in (*edit.removed, *edit.added)):
        return edit
    start, stop = edit.first - 1, edit.first - 1 + len(edit.removed)
    for _ in range(_MOST_LINES):
        before, after = code[start : edit.first - 1], code[edit.first - 1 + len(edit.removed) : stop]
        grown = [(*before, *lines, *after) for lines in (edit.removed, edit.added)]
        if any(_count_open(lines) < 0 for lines in grown) and start > 0:
            start -= 1
        elif any(_count_open(lines) or not _ends(lines) for lines in grown) and stop < len(code):
            stop += 1
        else:
            return replace(edit, first=start + 1, removed=grown[0], added=grown[1])
    return edit


def _count_open(lines: Sequence[str]) -> int:
    """How many brackets are open at the end; -1 if one is closed that is not open, or by another one."""
    open_ones: list[str] = []
    for sign in re.findall(r"[()\[\]{}]", "".join(lines)):
        if sign not in _BRACKETS:
            open_ones.append(sign)
        elif not open_ones or open_ones.pop() != _BRACKETS[sign]:
            return -1
    return len(open_ones)


def _ends(lines: Sequence[str]) -> bool:
    """Whether a statement may begin after these lines."""
    last = next((line for line in reversed(lines) if line), ";")
    return last.endswith((";", "{", "}")) or _LABEL.fullmatch(last) is not None


def _find_end(line: int, code: Sequence[str]) -> int:
    """The line that begins where the code before a line ends, if nothing but comments is in between.

    For clang, comments and blank lines are regions without a count, as what `#if` turns off.
    """
    last = next((n for n in range(line - 2, -1, -1) if code[n]), None)
    return line if last is None or code[last].startswith("#") else last + 2


def _follows_jump(line: int, code: Sequence[str]) -> bool:
    """Whether nothing gets to a line but what goes to a label there.

    After `default: break;`, clang counts what went to the label.
    """
    last = next((n for n in range(line - 2, -1, -1) if code[n]), None)
    return last is not None and _JUMP.fullmatch(code[last]) is not None and _ends(code[:last])


def _is_one_statement(lines: Sequence[str]) -> bool:
    text = " ".join(lines)
    return text.count(";") == 1 and not _HEAD.search(text)
