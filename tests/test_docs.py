"""The documentation is true: links lead somewhere, commands parse, files exist, messages are in the code."""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import click
import msgspec
import pytest

from harness.authoring import lint
from harness.cli import app
from harness.litsite import features
from harness.model import Outcome, SeriesKind, Verdict
from harness.series import catalogue, recipe
from tests.parsed import nodes

REPOSITORY = Path(__file__).parents[1]
PAGES = (
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
)
FOLDERS = ("harness/", "lit-tests/", "patches/", "docs/", "tests/", "ci/")
MOST_README_LINES = 100
MESSAGES = REPOSITORY / "docs/troubleshooting.md"

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    """The inline code of a page; in a table `\\|` stands for a bar."""
    return [span.replace("\\|", "|") for span in _SPAN.findall(prose(text))]


def shell_lines(text: str) -> Iterator[str]:
    """The command lines of a page: shell blocks (in a `console` block, what follows `$ `) and inline code."""
    for block in _FENCE.finditer(text):
        lines = block["body"].replace("\\\n", " ").splitlines()
        if block["language"] == "console":
            yield from (line.removeprefix("$ ") for line in lines if line.startswith("$ "))
        elif block["language"] == "sh":
            yield from lines
    yield from spans(text)


def commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a shell line, in words, without assignments and redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
    lexer.whitespace_split = True
    try:
        words = [*lexer, ";"]
    except ValueError:  # inline code that is not a shell command: an unbalanced quote
        return
    command: list[str] = []
    for word in words:
        if word.strip(";&|"):
            command.append(word)
            continue
        while command and (command[0] in {"do", "then", "time"} or re.match(r"[A-Z_]+=", command[0])):
            command.pop(0)
        redirected = next((i for i, w in enumerate(command) if set(w) <= set("<>")), len(command))
        if command[:redirected]:
            yield command[:redirected]
        command = []


def called(program: str) -> list[tuple[str, list[str]]]:
    """Every call of a program in the pages: the page, and the arguments."""
    return [
        (page.name, command[1:])
        for page in PAGES
        for line in shell_lines(page.read_text())
        for command in commands(line)
        if command[0] == program and len(command) > 1
    ]


def parse(arguments: list[str]) -> None:
    """Parse a call of `harness` as the command line does; nothing is run. Raises click's UsageError."""
    command: click.Command = app
    context = click.Context(app)
    rest = list(arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            raise click.UsageError(f"no command {name}")
        command = found
    if isinstance(command, click.Group) and not rest:
        return  # the name of a group, in a sentence
    # An option may stand for a variable of the environment, which is that of the tests to come.
    with mock.patch.dict(os.environ), contextlib.suppress(click.exceptions.Exit):  # --help and --version
        command.make_context(command.name, rest)


def slug(heading: str) -> str:
    """The anchor GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a file of the repository or a heading of a page."""

    page: Path
    target: str

    @property
    def path(self) -> Path:
        """The file it leads to."""
        file = self.target.partition("#")[0]
        return self.page.parent / file if file else self.page

    @property
    def anchor(self) -> str:
        """The heading it leads to, or an empty string."""
        return self.target.partition("#")[2]


def links() -> list[Link]:
    """The links of all pages that stay in the repository."""
    found = [Link(page, target) for page in PAGES for target in _LINK.findall(prose(page.read_text()))]
    return [link for link in found if not re.match(r"[a-z]+:", link.target)]


@functools.cache
def templates() -> set[str]:
    """Every string in the code; `…` stands for what is filled in."""
    found = set()
    for node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
            found.add("".join(map(str, parts)))
    return found


def messages() -> list[str]:
    """The messages that docs/troubleshooting.md explains: the code in the first cells of its tables."""
    rows = [line for line in MESSAGES.read_text().splitlines() if line.startswith("| `")]
    return [span for row in rows for span in spans(row.split(" | ")[0])]


def test_links_lead_somewhere() -> None:
    found = links()
    assert len(found) > 20
    assert [f"{one.page.name}: {one.target}" for one in found if not one.path.exists()] == []


def test_anchors_are_headings() -> None:
    found = [one for one in links() if one.anchor]
    assert found
    wrong = [
        f"{one.page.name}: {one.target}"
        for one in found
        if one.anchor not in map(slug, _HEADING.findall(one.path.read_text()))
    ]
    assert wrong == []


def test_every_page_is_reached_from_the_readme() -> None:
    readme = REPOSITORY / "README.md"
    reached = {one.path.resolve() for one in links() if one.page == readme}
    pages = {page.resolve() for page in PAGES if page.parent == REPOSITORY / "docs"}
    assert pages - reached == set()


CALLS = called("harness")


@pytest.mark.parametrize(
    ("page", "arguments"), CALLS, ids=[f"{page} {' '.join(words)}" for page, words in CALLS]
)
def test_commands_parse(page: str, arguments: list[str]) -> None:
    parse(arguments)


def test_a_parsed_command_changes_nothing() -> None:
    before = dict(os.environ)
    parse(["check", "--no-sandbox", "--artifacts", "file:///nowhere"])
    assert dict(os.environ) == before


def test_the_commands_are_found() -> None:
    """Else the test before this one would pass on nothing."""
    pages = {page for page, _ in CALLS}
    assert {"README.md", "series.md", "toolchains.md"} <= pages
    assert ("README.md", ["check", "-"]) in CALLS  # after a pipe
    assert any("$version" in words for _, words in CALLS)  # in a loop


@pytest.mark.parametrize(
    "line",
    [
        "harness chek",
        "harness check --bogus",
        "harness check --toolchain gentoo",
        "harness toolchain fetch x",
    ],
)
def test_a_wrong_command_is_refused(line: str) -> None:
    with pytest.raises(click.UsageError):
        parse(next(commands(line))[1:])


def test_make_targets_and_variables_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \??=", makefile, re.MULTILINE))
    calls = called("make")
    assert {"check", "test", "lint"} <= {words[0] for _, words in calls}
    for page, words in calls:
        given = {word.partition("=")[0] for word in words if "=" in word}
        assert {word for word in words if "=" not in word} <= targets, page
        assert given <= variables, page
    named = {span for page in PAGES for span in spans(page.read_text()) if re.fullmatch(r"[A-Z]+=", span)}
    assert {span.rstrip("=") for span in named} <= variables


def test_files_exist() -> None:
    named = [
        (page.name, span)
        for page in PAGES
        for span in spans(page.read_text())
        if span.startswith(FOLDERS) and " " not in span
    ]
    assert len(named) > 30
    missing = [
        f"{page}: {name}"
        for page, name in named
        # <series> stands for any name.
        if not any(REPOSITORY.glob(re.sub(r"<[^>]+>", "*", name.rstrip("/"))))
    ]
    assert missing == []


def test_messages_are_those_of_the_code() -> None:
    known = templates()
    found = messages()
    assert len(found) > 60
    # The code builds the reason of a verdict from a word and a list: `flaky: …`.
    known |= {f"{word}: …" for word in known if re.fullmatch(r"[a-z ]+", word)}
    assert [message for message in found if not any(message in template for template in known)] == []


def test_a_message_that_is_gone_would_be_seen() -> None:
    assert not any("no static archives of LLVM" in template for template in templates())


def test_every_verdict_and_outcome_is_explained() -> None:
    explained = set(spans((REPOSITORY / "docs/verdicts.md").read_text()))
    assert {one.value for one in (*Verdict, *Outcome)} - explained == set()


def test_every_key_of_a_series_is_explained() -> None:
    explained = set(spans((REPOSITORY / "docs/series.md").read_text()))
    keys = {
        prefix + field.name
        for prefix, table in (("", recipe._Series), ("llvm.", recipe._Llvm), ("claims.", recipe._Claim))
        for field in msgspec.structs.fields(table)
    }
    assert (keys - {"llvm"} | {kind.value for kind in SeriesKind}) - explained == set()


def test_every_feature_of_a_target_is_explained() -> None:
    explained = set(spans((REPOSITORY / "docs/suite.md").read_text()))
    targets = {target for _, target in features._TARGETS} - {"x86"}
    assert (targets | features.OPTIONAL_TOOLS) - explained == set()


def test_every_option_of_check_is_somewhere() -> None:
    words = " ".join(page.read_text() for page in PAGES)
    check = app.get_command(click.Context(app), "check")
    assert check is not None
    options = {max(p.opts, key=len) for p in check.params if isinstance(p, click.Option)}
    assert len(options) > 10
    assert {option for option in options if option not in words} == set()


def test_the_changelog_counts_the_tests_that_are_there() -> None:
    tests = lint.tests_below(REPOSITORY / "lit-tests")
    assert f"{len(tests)} tests" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_every_series_has_a_row_in_its_page() -> None:
    """With its kind, its cases and its title, as the page is where a reader looks for a series."""
    page = (REPOSITORY / "docs/series.md").read_text()
    rows = set(re.findall(r"^\| `patches/.*$", page, re.MULTILINE))
    entries = catalogue.Catalogue(REPOSITORY / "patches").entries(mutants=False)
    assert len(entries) > 30
    assert rows == {
        f"| `patches/{one.folder.name}` | {one.recipe.kind.value} | {', '.join(one.recipe.cases)} "
        f"| {one.recipe.title} |"
        for one in entries
    }


def test_a_change_needs_few_files() -> None:
    """The limits are the most that a change of its kind may need."""
    page = (REPOSITORY / "docs/architecture.md").read_text()
    table = page.split("## Where to change what", 1)[1].split("\n## ", 1)[0]
    rows = [row.split(" | ") for row in table.splitlines() if row.startswith("| ")][1:]
    counts = [sum("/" in span for span in spans(files)) for _, files in rows]
    most = [2, 2, 4, 2, 1, 2, 3, 2, 2, 1, 3, 2, 1, 2]
    assert all(0 < count <= limit for count, limit in zip(counts, most, strict=True)), counts


def test_the_readme_is_read_in_a_minute() -> None:
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= MOST_README_LINES
