"""Refuse what the two FileChecks read differently, and what lit's own shell does not run.

The suite is run with PyPI's `filecheck` and with LLVM's FileCheck; a verdict that depends on which one it was
is worth nothing. Some of these mistakes LLVM's FileCheck reports itself, PyPI's none. What only the input can
show (a CHECK-NEXT whose pattern stands on the same line and on the next) is left to running both.

`python -m harness.authoring.lint lit-tests` prints `file:line: rule: message`
and ends with 1 if there is any.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.console.say import complain, say
from harness.faults import run_program
from harness.printable import safe_line
from harness.runner.testfile import SUFFIXES, Directive, TestText, parse

TEST_SUFFIXES = frozenset({".ll", ".test"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to change: `line` counts from 1, `instead` says what to write."""

    line: int
    rule: str
    message: str
    instead: str

    def __str__(self) -> str:
        return f"{self.line}: {self.rule}: {self.message}; {self.instead}"


def lint(text: str) -> list[Complaint]:
    """Everything wrong with one test file, by line."""
    test = parse(text)
    found = [finding for rule in _RULES for finding in rule(test)]
    return sorted(set(found), key=lambda f: (f.line, f.rule, f.message))


# The file as a whole


def _reason(test: TestText) -> Iterator[Complaint]:
    first = next((line for line in test.lines if line.strip()), "")
    words = re.match(r"\s*(?:;|#|//)+\s*(.*)", first)
    said = words[1] if words else ""
    keyword = re.match(r"(?:RUN|REQUIRES|UNSUPPORTED|XFAIL|ALLOW_RETRIES|DEFINE|REDEFINE)\s*:", said)
    if keyword or len(said.split()) < 3:
        yield Complaint(
            1, "no-reason", "no first comment says why this test exists", "begin with that sentence"
        )


def _form(test: TestText) -> Iterator[Complaint]:
    for number, line in enumerate(test.lines, 1):
        if "\t" in line:
            yield Complaint(number, "tab", "PyPI's filecheck takes a tab for a tab only", "write spaces")
    if not test.ends_with_newline:
        yield Complaint(len(test.lines), "final-newline", "no newline at the end of the file", "end the line")


def _runs(test: TestText) -> Iterator[Complaint]:
    if not test.runs:
        yield Complaint(1, "no-run", "lit cannot resolve a test without a RUN line", "write one")


# RUN lines: what lit's shell and `not` can do

_SHELL = (
    (re.compile(r"\$\(|`"), "lit passes `$(...)` on as it stands", "write the value, or a step of its own"),
    (re.compile(r"<<<"), "lit's shell has no here-strings", "write `echo ... | command`"),
    (
        re.compile(r"(?:^|[|&;])\s*(?:for|while|until|case)\s"),
        "lit's shell has no loops",
        "write a line for each",
    ),
    (re.compile(r"(?<![%$])\((?!\))"), "lit's shell has no subshells", "write one command per RUN line"),
)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")


def _shell(test: TestText) -> Iterator[Complaint]:
    for run in test.runs:
        if run.broken:
            yield Complaint(
                run.line, "run-syntax", f"cannot split the command: {run.broken}", "balance the quotes"
            )
        # Double quotes do not hide a command substitution, any quotes hide the rest.
        single_out = re.sub(r"'[^']*'", "''", run.command)
        for pattern, message, instead in _SHELL:
            text = single_out if "$(" in message else _QUOTED.sub("''", run.command)
            if pattern.search(text):
                yield Complaint(run.line, "shell", message, instead)
        if re.search(r"\bnot\s+--crash\b", run.command):
            yield Complaint(
                run.line, "not-crash", "not every toolchain has LLVM's `not`", "expect a diagnosed error"
            )
        if "FILECHECK_OPTS" in run.command:
            yield Complaint(
                run.line, "filecheck-opts", "only LLVM's FileCheck reads FILECHECK_OPTS", "pass options"
            )


# FileCheck's options

_OPTIONS = {
    "implicit-check-not": "write the CHECK-NOT lines",
    "ignore-case": "write both cases: {{[Ee]rror}}",
    "allow-unused-prefixes": "take the unused prefix away",
    "enable-var-scope": "give each function's variables names of their own",
}


def _options(test: TestText) -> Iterator[Complaint]:
    for run in test.checks:
        for name in run.options:
            if name in _OPTIONS:
                message = f"the FileChecks disagree about --{name}"
                yield Complaint(run.line, "option", message, _OPTIONS[name])
        if any(name.startswith("D#") for name in run.options):
            yield Complaint(
                run.line, "numeric-variable", "PyPI's filecheck has no numeric variables", "use [[NAME]]"
            )
        has_not = any(d.suffix == "NOT" for d in test.of(run.prefixes))
        if "match-full-lines" in run.options and has_not:
            message = "the FileChecks disagree about --match-full-lines with a NOT"
            yield Complaint(run.line, "option", message, "anchor the patterns with {{^}} and {{$}}")


# Patterns

_POSIX_CLASS = re.compile(r"\[\[:\w+:\]|\[[^\]]*\[:\w+:\]")
_BRACKET_PAREN = re.compile(r"\[[^\]]*[()][^\]]*\]")
_PYTHON_ONLY = re.compile(r"\\[dDwWsSbBAZ]|[*+?}]\?|\(\?")
_CAPTURE = re.compile(r"\[\[(\$?[A-Za-z_]\w*):")


def _patterns(test: TestText) -> Iterator[Complaint]:
    for d in test.directives:
        if d.literal:
            continue
        if "[[#" in d.text:
            yield Complaint(
                d.line, "numeric-variable", "PyPI's filecheck reads `[[#` its own way", "use [[NAME:...]]"
            )
        if re.search(r"\[\[\s*@LINE", d.text):
            yield Complaint(
                d.line, "line-variable", "PyPI's filecheck has no [[@LINE]]", "write the line's number"
            )
        for regex in _regexes(d.text):
            yield from _regex(d.line, regex)
        if d.suffix == "NEXT" and _CAPTURE.search(d.text) and not d.text.startswith("{{^"):
            message = "PyPI's filecheck captures the rightmost match of a NEXT"
            yield Complaint(d.line, "next-capture", message, "begin the pattern with {{^ *}}")


def _regex(line: int, regex: str) -> Iterator[Complaint]:
    if _POSIX_CLASS.search(regex):
        yield Complaint(
            line, "posix-regex", "PyPI's filecheck has no [[:class:]]", "write the characters: [a-z]"
        )
    if _BRACKET_PAREN.search(_POSIX_CLASS.sub("", regex)):
        yield Complaint(
            line, "posix-regex", "PyPI's filecheck misreads ( inside brackets", "write {{\\(}} outside"
        )
    if _shadowed_alternative(regex):
        message = "LLVM takes the longest alternative, PyPI's filecheck the first"
        yield Complaint(line, "posix-regex", message, "put the longer one first")
    if _PYTHON_ONLY.search(regex):
        message = f"LLVM's FileCheck refuses `{regex}`: only Python reads it"
        yield Complaint(line, "python-regex", message, "write [0-9], [^ ]* and plain groups")


def _regexes(text: str) -> Iterator[str]:
    for found in re.finditer(r"\{\{(.+?)\}\}(?!\})|\[\[\$?[A-Za-z_]\w*:(.+?)\]\](?!\])", text):
        yield found[1] or found[2]


def _shadowed_alternative(regex: str) -> bool:
    for group in re.split(r"[()]", regex):
        options = group.split("|")
        for place, early in enumerate(options):
            if any(late.startswith(early) and late != early for late in options[place + 1 :]):
                return True
    return False


# Directives: which are read, which are not, which hold nothing


def _order(test: TestText) -> Iterator[Complaint]:
    for run in test.checks:
        matched = False
        for d in test.of(run.prefixes):
            if d.suffix in {"NEXT", "SAME", "EMPTY"} and not matched:
                message = f"{d.name} has no match before it to stand beside"
                yield Complaint(d.line, "next-first", message, f"begin with {d.prefix}:")
                break
            matched = matched or d.suffix != "NOT"
        yield from _nots(test.of(run.prefixes), test.ends_with_newline)


def _nots(directives: Sequence[Directive], ends_with_newline: bool) -> Iterator[Complaint]:
    pending: list[Directive] = []
    for d in directives:
        if d.suffix == "NOT":
            pending.append(d)
            continue
        for no in pending:
            if no.text and no.text in d.text and "{{" not in no.text:
                message = f"PyPI's filecheck looks for it in what {d.name} of line {d.line} matches, too"
                yield Complaint(no.line, "not-in-match", message, "make the NOT more exact")
        pending = []
    if pending and not ends_with_newline:
        message = "a NOT at the end misses the last character of a text without a final newline"
        yield Complaint(pending[-1].line, "final-not", message, "end the file with a newline")


def _prefixes(test: TestText) -> Iterator[Complaint]:
    for run in test.checks:
        for prefix in run.prefixes:
            if not test.of((prefix,)):
                message = f"no line begins with {prefix}:, so nothing is checked"
                yield Complaint(run.line, "unused-prefix", message, "take the prefix away or write its lines")
    for d in test.directives:
        hidden = re.search(r"RUN|COM", d.before)
        if hidden:
            message = f"PyPI's filecheck skips a check line with {hidden[0]} before the prefix"
            yield Complaint(d.line, "skipped-check", message, "put nothing before the prefix")


_COMMENT = re.compile(
    r"\s*(?:;|#|//)+\s*(?P<token>[A-Za-z][\w-]*(?: (?:" + "|".join(SUFFIXES) + r"))?)(?P<end>\s*:?)"
)


def _misspelled(test: TestText) -> Iterator[Complaint]:
    known = {p for run in test.checks for p in run.prefixes}
    if not known:
        return
    for number, line in enumerate(test.lines, 1):
        found = _COMMENT.match(line)
        if found is None:
            continue
        token, colon = found["token"], found["end"].strip()
        meant = _meant(token, known, bool(colon), found["end"])
        if meant:
            message = f"`{token}{found['end'].rstrip()}` is read by no FileCheck"
            yield Complaint(number, "misspelled", message, f"write {meant}:")
        elif colon and token.isupper() and _unknown_prefix(token, known):
            message = f"no RUN line has the prefix of `{token}:`"
            yield Complaint(number, "unchecked", message, "name the prefix in a RUN line")


def _unknown_prefix(token: str, known: set[str]) -> bool:
    base, _, suffix = token.rpartition("-")
    return suffix in SUFFIXES and base not in known


def _meant(token: str, known: Iterable[str], colon: bool, end: str) -> str:
    """The directive that `token` was probably meant to be, or nothing if it is one or is another word."""
    directives = [p + s for p in sorted(known) for s in ("", *(f"-{s}" for s in SUFFIXES))]
    if re.fullmatch("|".join(rf"{re.escape(p)}-COUNT-\d+" for p in known), token):
        return "" if colon and end == ":" else token
    if token in directives:
        # Without a colon it is a word of a sentence, unless it has a suffix; a colon must follow at once.
        return token if (colon and end != ":") or (not colon and "-" in token) else ""
    if not colon or (token != token.upper() and "-" not in token and "_" not in token):
        return ""
    plain = re.sub(r"[_ ]", "-", token).upper()
    close = [one for one in directives if plain == one.upper() or _is_near(plain, one)]
    return next(iter(difflib.get_close_matches(plain, close, 1, 0)), "")


def _is_near(word: str, directive: str) -> bool:
    """Whether at most one letter of a short directive is wrong, or two of a long one."""
    size = len(directive)
    wrong = 1 if size <= 5 else 2
    cutoff = max((size - wrong) / size, 2 / 3)
    return abs(len(word) - size) <= wrong and bool(difflib.get_close_matches(word, [directive], 1, cutoff))


_RULES: tuple[Callable[[TestText], Iterator[Complaint]], ...] = (
    _reason,
    _form,
    _runs,
    _shell,
    _options,
    _patterns,
    _order,
    _prefixes,
    _misspelled,
)


_START = re.compile(r"^_start:[^\n]*\n(?:[ \t]*(?:#|//)[^\n]*\n)*", re.M)
_BOUNDED = re.compile(r"(?:#|//) setitimer\(ITIMER_PROF\b")


def lint_assembly(text: str) -> list[Complaint]:
    """What is wrong with a file of assembly: start code has to bound the program before all else.

    A program that is lost runs into the limit on tools, tenfold what the whole suite needs for the others.
    """
    start = _START.search(text)
    if start is None or _BOUNDED.search(start[0]):
        return []
    message = "a program that is lost runs for ever"
    instead = "call setitimer first, as lit-tests/AOT/Inputs/x86_64.s does, and say so in a comment"
    return [Complaint(text.count("\n", 0, start.start()) + 1, "unbounded", message, instead)]


def assembly_below(path: Path) -> list[Path]:
    """The assembly below a folder, of which some is start code."""
    return sorted(path.rglob("*.s")) if path.is_dir() else []


def tests_below(path: Path) -> list[Path]:
    """The test files at or below a path; `Inputs` and `Output` folders hold none."""
    if path.is_file():
        return [path]
    found = (p for p in path.rglob("*") if p.suffix in TEST_SUFFIXES and p.is_file())
    return sorted(p for p in found if not {"Inputs", "Output"} & set(p.relative_to(path).parts))


def main(arguments: Sequence[str]) -> int:
    """Lint files and folders: 0 if clean, 1 with findings, 2 if there is nothing to look at."""
    if not arguments:
        complain("usage: python -m harness.authoring.lint FILE_OR_FOLDER...")
        return 2
    count = 0
    for argument in arguments:
        tests = tests_below(Path(argument)) if Path(argument).exists() else []
        if not tests:
            complain(f"{argument}: no tests there; give a test file or a folder of them")
            return 2
        files = [(path, lint) for path in tests]
        files += [(path, lint_assembly) for path in assembly_below(Path(argument))]
        for path, rules in files:
            for finding in rules(path.read_text(encoding="utf-8")):
                say(safe_line(f"{path}:{finding}"))
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
