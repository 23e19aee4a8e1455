"""The catalogue of cases: strict keys, each case with a test, each test with a case, the page up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.authoring import lint
from harness.authoring.index import Case, assign, cases_named_in, main, page, read_catalogue
from harness.errors import UsageError

SUITE = Path(__file__).parents[2] / "lit-tests"
TEST = "; L1: something must hold.\n;\n; RUN: true\n; L2 is not part of it.\n"


def test_the_page_of_the_suite_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(SUITE)]) == 0
    assert capsys.readouterr().err == ""


def test_every_test_of_the_suite_is_on_the_page() -> None:
    text = (SUITE / "INDEX.md").read_text()
    names = [str(path.relative_to(SUITE)) for path in lint.tests_below(SUITE)]
    assert [name for name in names if f"({name})" not in text] == []


@pytest.mark.parametrize(
    ("comment", "cases"),
    [
        ("; L5: ra is lost.", ("L5",)),
        ("; Issue 55609: a constant.\n; L2 as well (issue 55609).", ("issue 55609", "L2")),
        ("; Issues 26431 and 55957: a value.", ("issue 26431", "issue 55957")),
        ("# Issues 1, 2 and 3.", ("issue 1", "issue 2", "issue 3")),
        ("; (pull request 177453, LLVM 22).", ("pull request 177453",)),
        ("; A rule.\n;\n; L9: of another comment.", ()),
        ("; A rule.\n; XFAIL: *\n; L9", ()),
        ("; LLVM 5, L0, XL1, L1a and 26431 are none.", ()),
        ("define void @L1() {", ()),
        ("", ()),
    ],
)
def test_the_cases_that_a_comment_names(comment: str, cases: tuple[str, ...]) -> None:
    assert cases_named_in(comment) == cases


def test_a_page() -> None:
    cases = (
        Case("L1", "Nops.", "X86MCInstLower.cpp"),
        Case("issue 7", "Number."),
        Case("size", "Sizes.", tests=("*/size*.ll",)),
    )
    tests = {"X86/a.ll": TEST, "X86/size.ll": "; See issue 7.\n"}
    text = page(cases, assign("cases.toml", cases, tests))
    assert text.splitlines()[4:] == [
        "| case | what | tests |",
        "|---|---|---|",
        "| L1 | Nops. (`X86MCInstLower.cpp`) | [X86/a](X86/a.ll) |",
        "| [issue 7](https://github.com/llvm/llvm-project/issues/7) | Number. | [X86/size](X86/size.ll) |",
        "| size | Sizes. | [X86/size](X86/size.ll) |",
    ]
    assert Case("pull request 8", "").link == "https://github.com/llvm/llvm-project/pull/8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[cases]]\nid = "L1"\nwhat = "a"\nlink = "b"\n',
            "cases.toml: Object contains unknown field `link` - at `cases[0]`\n"
            "next: the keys of a case are id, what, upstream, tests",
        ),
        (
            '[[cases]]\nid = "L1"\n',
            "cases.toml: Object missing required field `what` - at `cases[0]`\n"
            "next: the keys of a case are id, what, upstream, tests",
        ),
        (
            "cases = 1 2\n",
            "cases.toml: is not TOML: Expected newline or end of document after a statement "
            "(at line 1, column 11)\nnext: correct that line; strings need quotes",
        ),
        (
            '[[cases]]\nid = "L1"\nwhat = "a"\n[[cases]]\nid = "L1"\nwhat = "b"\n',
            "cases.toml: two cases are called L1\nnext: give one of them another id",
        ),
    ],
)
def test_a_catalogue_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_catalogue("cases.toml", text.encode())
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("cases", "tests", "message"),
    [
        (
            (Case("L1", "a"), Case("L3", "b")),
            {"X86/a.ll": TEST},
            "cases.toml: L3 has no test\nnext: write one, and name the case in its first comment",
        ),
        (
            (Case("L3", "a"),),
            {"X86/a.ll": TEST},
            "X86/a.ll: its first comment names L1, which is not a case\nnext: add it to cases.toml",
        ),
        (
            (Case("size", "a", tests=("X86/b.ll",)),),
            {"X86/a.ll": "; A rule.\n", "X86/b.ll": "; Another.\n"},
            "X86/a.ll: it belongs to no case\n"
            "next: name the case in its first comment, or the test in cases.toml",
        ),
        (
            (Case("L1", "a", tests=("X86/gone*.ll",)),),
            {"X86/a.ll": TEST},
            'cases.toml: L1: no test is called "X86/gone*.ll"\nnext: correct or remove it',
        ),
    ],
)
def test_cases_without_tests_and_tests_without_cases(
    cases: tuple[Case, ...], tests: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        assign("cases.toml", cases, tests)
    assert str(error.value) == message


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "X86").mkdir()
    (tmp_path / "X86" / "a.ll").write_text(TEST)
    catalogued = tmp_path / "cases.toml"
    assert main([str(tmp_path)]) == 2
    catalogued.write_text('[[cases]]\nid = "L1"\nwhat = "Nops."\n')
    assert main(["--check", str(tmp_path)]) == 1
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    catalogued.write_text('[[cases]]\nid = "L1"\nwhat = "No nops."\n')
    assert main(["--check", str(tmp_path)]) == 1
    assert main([]) == 2
    late = f"{tmp_path / 'INDEX.md'}: out of date\nnext: python -m harness.authoring.index {tmp_path}\n"
    assert capsys.readouterr().err == (
        f"{catalogued}: No such file or directory\nnext: give the folder of a suite with cases.toml\n"
        f"{late}{late}"
        "usage: python -m harness.authoring.index [--check] FOLDER\n"
    )
