"""Pure: why a test failed, and what differs between two results of it, in a few lines.

What a program that died said of itself comes first, then what differs in what the tools wrote, then what the
command that failed complained of.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.check.compare import PERHAPS
from harness.crash.similar import Degree, compare_signatures
from harness.model import Comparison, Outcome, Run, TestResult, Verdict
from harness.printable import printable

_LINES = 12
_WIDEST = 160
_FRAMES_SHOWN = 6
_NAMES_SHOWN = 5
# Enough for any hunk that is shown; difflib takes quadratic time and more, a runaway's capture has 1 MiB.
_WINDOW = 200


def find_differences(comparison: Comparison, lines: int = _LINES) -> dict[str, str]:
    """The evidence for each verdict that is not trivial, by test, where there is any."""
    shown = [v for v in comparison.verdicts if v.verdict.has_evidence or v.is_unmet]
    found = {v.name: describe_difference(v.base, v.patched, lines) for v in shown}
    return {name: text for name, text in found.items() if text}


def describe_unseen(comparison: Comparison) -> tuple[str, ...]:
    """That no test saw anything of the patch, in one line; none where a verdict shows it."""
    seen = (v for v in comparison.verdicts if v.verdict is not Verdict.UNREACHED)
    both = [v for v in seen if v.base.outcome.ran and v.patched.outcome.ran]
    if not both or any(_shows(v.verdict) for v in comparison.verdicts):
        return ()
    return (f"none of the {len(both)} tests that ran shows the patch: they end with it as they do without",)


def describe_untold(comparison: Comparison) -> tuple[str, ...]:
    """The tests of which it is not known whether they fail with the patch as they do without, in one line."""
    names = [v.name for v in comparison.verdicts if v.note.startswith(PERHAPS)]
    if not names:
        return ()
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return (
        f"not known whether it is the same failure on both sides: {', '.join(names[:_NAMES_SHOWN])}{more}",
    )


def _shows(verdict: Verdict) -> bool:
    """Whether a verdict shows that the patch does something: the test does not just pass on both sides."""
    return verdict.has_evidence and not (verdict.base and verdict.patched)


def describe_difference(base: TestResult, patched: TestResult, lines: int = _LINES) -> str:
    """What differs between two results of one test, in about `lines` lines; empty if nothing is known.

    Two different ends (a crash on one side, or another crash) are put side by side: what a dying tool
    wrote until then would differ in everything that is missing. Otherwise the first differing hunks of
    what the tools wrote, as a unified diff; otherwise the first lines of what FileCheck complained of.
    """
    if _end_apart(base, patched):
        return "\n".join([*_end("base", base), *_end("patched", patched)])
    for one, other in zip(base.captures, patched.captures, strict=False):
        if one.text != other.text:
            return show_diff(one.text, other.text, lines)
    for result in (patched, base):
        if not result.passed:
            return "\n".join(find_complaint(result.output, lines))
    return ""


def _end_apart(base: TestResult, patched: TestResult) -> bool:
    """Whether two results end in different ways, as far as signatures tell."""
    one, other = base.signature, patched.signature
    if one is None or other is None or one != other:
        return one is not other
    return compare_signatures(one, other).degree is Degree.DIFFERENT


def explain_failures(run: Run, llvm: str) -> dict[str, str]:
    """Why each test of a run without a patch is red, by test; `llvm` is what runs, such as `LLVM 22.1.0`."""
    red = [r for r in run.results if r.outcome.is_red]
    return {result.name: "\n".join(_failure(result, llvm)) for result in red}


def _failure(result: TestResult, llvm: str) -> Iterator[str]:
    signature = result.signature
    if signature is not None:
        # A path is of a program that is not of the toolchain.
        which = f"{signature.tool} of {llvm}: " if signature.tool and "/" not in signature.tool else ""
        yield f"{which}{signature.description if not which else signature.cause}"
        yield from (f"  {_cut(frame)}" for frame in signature.frames[:_FRAMES_SHOWN])
    elif result.outcome is Outcome.XPASS:
        yield "passes, though it says XFAIL"
    else:
        yield from find_complaint(result.output, _LINES)


def _end(side: str, result: TestResult) -> Iterator[str]:
    """How one side ended: one line, then the innermost frames, or what the failed command complained of."""
    signature = result.signature
    yield f"{side + ':':<9}{result.ending}"
    for frame in signature.frames[:_FRAMES_SHOWN] if signature else ():
        yield f"           {_cut(frame)}"
    if signature is None and not result.passed:
        yield from (f"           {line}" for line in find_complaint(result.output, _FRAMES_SHOWN))


def show_diff(base: str, patched: str, lines: int) -> str:
    """The first hunks of a unified diff, `lines` lines after its two headers."""
    ours, theirs = base.splitlines(), patched.splitlines()
    pairs = zip(ours, theirs, strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))
    start = max(same - 3, 0)
    hunks = list(_hunks(ours[start : start + _WINDOW], theirs[start : start + _WINDOW]))
    if max(len(ours), len(theirs)) > start + _WINDOW:
        # Where the window cuts one side short, lines seem to be missing from it: the first hunk is sure.
        del hunks[1:]
    shown = [line for hunk in hunks for line in ("@@", *hunk)] or ["(only line ends differ)"]
    more = ["..."] if len(shown) > lines else []
    return "\n".join(["--- base", "+++ patched", *shown[:lines], *more])


def _hunks(ours: Sequence[str], theirs: Sequence[str]) -> Iterator[list[str]]:
    """Groups of changed lines with three lines around them, each line with its sign."""
    # Nops repeat: without autojunk=False difflib takes frequent lines for noise and pairs none of them.
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for group in matcher.get_grouped_opcodes(3):
        hunk: list[str] = []
        for tag, start, end, start2, end2 in group:
            if tag == "equal":
                hunk += [_cut(" " + line) for line in ours[start:end]]
            else:
                hunk += [_cut("-" + line) for line in ours[start:end]]
                hunk += [_cut("+" + line) for line in theirs[start2:end2]]
        yield hunk


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else line[: _WIDEST - 3] + "..."


@dataclass(slots=True)
class _Command:
    """One program of a RUN line as lit tells of it: what it wrote, and its status if that is wrong."""

    words: str
    wrote: list[str] = field(default_factory=list)
    failed: str = ""


_EXECUTED = "# executed command: "
_WROTE = "# |"
_FAILED = re.compile(r"^# error: command (?P<how>failed with exit status: .*|reached timeout: .*)$")
# The file and the line tell all of a place, and the name of a tool; the folder may be far down a cache.
_FOLDERS = re.compile(r"(?<![^\s'\"])/(?:[^\s/'\":]+/)+(?=[^\s/'\":]+:)")
_NOISE = "FileCheck command line: "
_ERROR = re.compile(r"\berror:", re.IGNORECASE)


def find_complaint(output: str, lines: int) -> list[str]:
    """What the commands that failed said, of a test's output as lit tells it; at most `lines` lines.

    FileCheck's complaint names the expected text and what was there instead; a `not` that got no failure, and
    others that fail without a word, have none, so it is said for them.
    """
    failed = [command for command in _commands(output) if command.failed]
    said = [line for command in failed for line in _words_of(command)]
    if not said:
        plain = output.rstrip().splitlines()
        end = max(len(plain) - lines, 0)
        said = plain[next((i for i, line in enumerate(plain) if "error:" in line), end) :]
    return [_cut(line) for line in said[:lines]]


def _commands(output: str) -> Iterator[_Command]:
    command: _Command | None = None
    # lit puts a colour that a tool set before its own marks on the next lines.
    for line in printable(output).split("\n"):
        if line.startswith(_EXECUTED):
            if command is not None:
                yield command
            command = _Command(line.removeprefix(_EXECUTED))
        elif command is not None and line.startswith(_WROTE):
            command.wrote.append(line.removeprefix(_WROTE).removeprefix(" "))
        elif command is not None and (failed := _FAILED.match(line)):
            command.failed = failed["how"].removeprefix("failed with ")
    if command is not None:
        yield command


def _words_of(command: _Command) -> Iterator[str]:
    """The command's own account of its failure from its first error on, or one for it."""
    start = next((i for i, line in enumerate(command.wrote) if _ERROR.search(line)), None)
    if start is not None:
        # FileCheck ends what it says with a blank line and a dump of its input.
        told = command.wrote[start:]
        end = next((i for i, line in enumerate(told) if i and not line.strip()), len(told))
        yield from (_FOLDERS.sub("", line) for line in told[:end] if not line.startswith(_NOISE))
    elif command.words.startswith("not "):
        yield f"{command.words}: it did not fail"
    else:
        yield f"{command.words}: {command.failed}"
        yield from command.wrote
