"""Which test is about which case: the catalogue `cases.toml`, the tests' comments, and a page from both.

A test names its case in its first comment (`L5`, `issue 55609`, `pull request 177453`); for a case without
a number the catalogue names the tests, by globs. `python -m harness.authoring.index lit-tests` writes
INDEX.md; with `--check` it only reports what is wrong. Exit code 1: the page is out of date; 2: the catalogue
is wrong, a case has no test, or a test has no case.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NoReturn

import msgspec

from harness.authoring.lint import tests_below
from harness.console.say import complain
from harness.errors import EXIT_OK, EXIT_USAGE, EXIT_VERDICT, HarnessError, UsageError
from harness.faults import run_program

CATALOGUE = "cases.toml"
PAGE = "INDEX.md"

_NAMED = re.compile(
    r"\b(?P<live>L[1-9]\d*)\b|\b(?P<kind>issue|pull request)s?\s+(?P<numbers>\d+(?:(?:, | and )\d+)*)",
    re.IGNORECASE,
)
_TRACKER = "https://github.com/llvm/llvm-project"
_HEAD = """\
# The cases of the suite, and their tests

Made from `cases.toml` and the tests' first comments by `make index`; do not edit.

| case | what | tests |
|---|---|---|
"""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: a bug or a rule. `tests` are globs of tests that do not name it themselves."""

    id: str
    what: str
    upstream: str = ""
    tests: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The address of a report, empty for other cases."""
        kind, _, number = self.id.rpartition(" ")
        folder = {"issue": "issues", "pull request": "pull"}.get(kind)
        return f"{_TRACKER}/{folder}/{number}" if folder else ""


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    cases: list[Case]


def read_catalogue(name: str, data: bytes) -> tuple[Case, ...]:
    """Read a cases.toml; `name` is its path. Raises UsageError naming the key."""
    try:
        cases = tuple(msgspec.convert(tomllib.loads(data.decode("utf-8")), _Catalogue).cases)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        _refuse(name, f"is not TOML: {error}", "correct that line; strings need quotes")
    except msgspec.ValidationError as error:
        keys = ", ".join(field.name for field in msgspec.structs.fields(Case))
        _refuse(name, str(error).replace("$.", ""), f"the keys of a case are {keys}")
    for place, case in enumerate(cases):
        if case.id in {other.id for other in cases[:place]}:
            _refuse(name, f"two cases are called {case.id}", "give one of them another id")
    return cases


def _refuse(name: str, what: str, next_step: str) -> NoReturn:
    raise UsageError(f"{name}: {what}", next_step)


def cases_named_in(text: str) -> tuple[str, ...]:
    """The cases that a test's first comment names: "L5", "issue 55609", "pull request 177453"."""
    comment = "\n".join(_first_comment(text))
    found: list[str] = []
    for match in _NAMED.finditer(comment):
        if match["live"]:
            found.append(match["live"].upper())
        else:
            found += [f"{match['kind'].lower()} {n}" for n in re.findall(r"\d+", match["numbers"])]
    return tuple(dict.fromkeys(found))


def _first_comment(text: str) -> Iterator[str]:
    """Its lines without comment marks. A line with only marks, or with a keyword of lit, ends it."""
    for line in text.splitlines():
        words = re.match(r"\s*(?:;|#|//)+\s*(.*)", line)
        if words is None or not words[1].strip() or re.match(r"[A-Z]+:", words[1]):
            return
        yield words[1]


def assign(name: str, cases: Sequence[Case], tests: Mapping[str, str]) -> dict[str, list[str]]:
    """The tests of each case, by id. `tests` are the texts by name, `name` the catalogue's path.

    Raises UsageError for a test that names an unknown case or has none, for a case without a test, and for a
    glob that matches nothing.
    """
    found: dict[str, list[str]] = {case.id: [] for case in cases}
    for test, text in sorted(tests.items()):
        ids = dict.fromkeys(cases_named_in(text))
        ids.update(dict.fromkeys(c.id for c in cases if any(fnmatchcase(test, glob) for glob in c.tests)))
        for case_id in ids:
            if case_id not in found:
                _refuse(test, f"its first comment names {case_id}, which is not a case", f"add it to {name}")
            found[case_id].append(test)
        if not ids:
            what = "it belongs to no case"
            _refuse(test, what, f"name the case in its first comment, or the test in {name}")
    for case in cases:
        for glob in case.tests:
            if not any(fnmatchcase(test, glob) for test in tests):
                _refuse(name, f'{case.id}: no test is called "{glob}"', "correct or remove it")
        if not found[case.id]:
            _refuse(name, f"{case.id} has no test", "write one, and name the case in its first comment")
    return found


def page(cases: Sequence[Case], found: Mapping[str, Sequence[str]]) -> str:
    """INDEX.md."""
    return _HEAD + "".join(
        f"| {_name(case)} | {_what(case)} | {_tests(found[case.id])} |\n".replace("  ", " ") for case in cases
    )


def _name(case: Case) -> str:
    return f"[{case.id}]({case.link})" if case.link else case.id


def _what(case: Case) -> str:
    place = f" (`{case.upstream}`)" if case.upstream else ""
    return f"{case.what}{place}"


def _tests(names: Sequence[str]) -> str:
    return ", ".join(f"[{name.removesuffix('.ll')}]({name})" for name in names)


def render(root: Path) -> str:
    """The page for the suite in a folder. Raises UsageError."""
    path = root / CATALOGUE
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: {error.strerror}", f"give the folder of a suite with {CATALOGUE}"
        ) from None
    cases = read_catalogue(str(path), data)
    tests = {str(test.relative_to(root)): test.read_text(encoding="utf-8") for test in tests_below(root)}
    return page(cases, assign(str(path), cases, tests))


def main(arguments: Sequence[str]) -> int:
    """Write the page of a suite, or check it."""
    folders = [argument for argument in arguments if argument != "--check"]
    if len(folders) != 1:
        complain("usage: python -m harness.authoring.index [--check] FOLDER")
        return EXIT_USAGE
    target = Path(folders[0]) / PAGE
    try:
        text = render(Path(folders[0]))
    except HarnessError as error:
        complain(str(error))
        return error.exit_code
    if "--check" not in arguments:
        target.write_text(text, encoding="utf-8")
    elif not target.exists() or target.read_text(encoding="utf-8") != text:
        complain(f"{target}: out of date\nnext: python -m harness.authoring.index {folders[0]}")
        return EXIT_VERDICT
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_program(lambda: main(sys.argv[1:])))
