"""The recipe of a matrix: its cells, which of them `--only` names, and what is wrong with one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cell import Cell, Depth
from harness.errors import UsageError
from harness.matrix.recipe import MatrixRecipe, choose, parse, read

SMALL = b"""[matrix]
title = "small"
[[llvm]]
name = "19"
assertions = [true, false]
[[llvm]]
name = "9"
depth = "ports"
[[llvm]]
name = "wheel:0.47"
[[suite]]
name = "lit-tests"
targets = ["X86", "AArch64"]
[[series]]
name = "x86-undersized-patchpoint"
[[may-fail]]
row = "suite*"
llvm = "9"
why = "old"
"""


def small() -> MatrixRecipe:
    return parse("m.toml", SMALL)


def test_every_suite_on_every_llvm_and_every_series_where_it_can_be_built() -> None:
    assert [cell.name for cell in small().cells()] == [
        "suite X86 [llvm-19]",
        "suite X86 [llvm-9]",
        "suite X86 [wheel:0.47]",
        "suite AArch64 [llvm-19]",
        "suite AArch64 [llvm-9]",
        "suite AArch64 [wheel:0.47]",
        "x86-undersized-patchpoint [llvm-19]",
        "x86-undersized-patchpoint [llvm-19 release]",
        "x86-undersized-patchpoint [llvm-9]",
    ]


def test_what_may_fail_and_how_far_a_series_goes_is_of_the_cell() -> None:
    cells = {cell.name: cell for cell in small().cells()}
    assert cells["suite X86 [llvm-9]"].may_fail == "old"
    assert cells["suite X86 [llvm-19]"].may_fail == ""
    assert cells["x86-undersized-patchpoint [llvm-9]"].depth is Depth.PORTS


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("9",), {"suite X86 [llvm-9]", "suite AArch64 [llvm-9]", "x86-undersized-patchpoint [llvm-9]"}),
        (
            ("x86-*", "19"),
            {"x86-undersized-patchpoint [llvm-19]", "x86-undersized-patchpoint [llvm-19 release]"},
        ),
        (("19 release",), {"x86-undersized-patchpoint [llvm-19 release]"}),
        (("X86", "wheel*"), {"suite X86 [wheel:0.47]"}),
        (("suite X86 [llvm-9]",), {"suite X86 [llvm-9]"}),
        (("19", "9", "suite X86"), {"suite X86 [llvm-19]", "suite X86 [llvm-9]"}),
    ],
)
def test_words_of_one_kind_add_up_and_of_different_kinds_narrow(
    words: tuple[str, ...], names: set[str]
) -> None:
    assert {cell.name for cell in choose(small().cells(), words)} == names


def test_a_word_that_names_nothing_is_an_error() -> None:
    with pytest.raises(UsageError, match="--only 20: is no row, column or cell"):
        choose(small().cells(), ("20",))


@given(st.lists(st.sampled_from(["19", "9", "suite*", "X86", "*"]), max_size=4))
def test_only_never_adds_a_cell(words: list[str]) -> None:
    every = small().cells()
    assert set(choose(every, tuple(words))) <= set(every)


def edited(old: bytes, new: bytes) -> bytes:
    assert SMALL.count(old) >= 1
    return SMALL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (edited(b'"9"', b'"nine"'), "m.toml: line 7: llvm[1].name: nine: no LLVM is called that"),
        (edited(b'"9"', b'"19"'), "m.toml: line 7: llvm[1].name: LLVM 19 is there twice"),
        (edited(b'"ports"', b'"port"'), "m.toml: line 8: llvm[1].depth: 'port' is none of its values"),
        (
            edited(b"[true, false]", b"[]"),
            "m.toml: line 5: llvm[0].assertions must name a build, and none twice",
        ),
        (
            edited(b'"AArch64"', b'"../x"'),
            "m.toml: line 13: suite[0].targets: '../x' is not a folder of tests",
        ),
        (edited(b'"AArch64"', b'"X86"'), "m.toml: line 12: suite[0]: repeats a row before it"),
        (edited(b'llvm = "9"', b'llvm = "12"'), "m.toml: line 16: may-fail[0]: no cell is 'suite*' on '12'"),
        (edited(b'why = "old"', b'why = ""'), "m.toml: line 19: may-fail[0].why must be one line of text"),
        (
            edited(b'title = "small"', b'title = "a\\nb"'),
            "m.toml: line 2: matrix.title must be one line of text",
        ),
        (b'[matrix]\ntitle = "t"\nllvm = []\n', 'm.toml: line 3: unknown key "llvm" in matrix'),
        (
            b'[matrix]\ntitle = "t"\n[[llvm]]\nname = "19"\n',
            "m.toml: has neither [[suite]] nor [[series]], so no row",
        ),
        (b'llvm = []\n[matrix]\ntitle = "t"\n', "m.toml: has no [[llvm]], so no column"),
    ],
)
def test_errors_name_the_line_and_the_key(text: bytes, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse("m.toml", text)
    assert error.value.what == message
    assert error.value.next_step


def test_a_recipe_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read: No such file"):
        read(Path("none.toml"))


def test_the_recipe_of_this_repository_has_a_cell_for_the_suite_on_every_llvm() -> None:
    recipe = read(Path(__file__).parents[2] / "ci/matrix.toml")
    suites = {cell.llvm for cell in recipe.cells() if not cell.series}
    assert suites == {column.name for column in recipe.columns}
    assert isinstance(recipe.cells()[0], Cell)
