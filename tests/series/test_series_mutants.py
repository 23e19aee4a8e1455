"""Mutants: a folder of their own, found by name like any series, chosen by `harness mutants`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.errors import EXIT_USAGE, UsageError
from harness.model import Series, SeriesKind
from harness.series.catalogue import Catalogue
from harness.series.load import load_all, load_mutants
from tests.series.known import PATCH, RECIPE, Loader, essence

VERSION = "19.1.7"
DATA = "0001-X86-Diagnose-it.patch"


def mutant(folder: Path, kind: str = "mutant", more: str = "") -> None:
    """A copy of the series as a mutant, or with another kind."""
    shutil.copytree("patches/diagnose", folder)
    text = RECIPE.partition("[[claims]]")[0].replace('"fix"', f'"{kind}"')
    (folder / "series.toml").write_text(more + text)


def refused(patches: Path, message: str, *named: str, version: str = VERSION) -> None:
    with pytest.raises(UsageError) as raised:
        load_mutants(Catalogue(patches), version, named)
    assert (str(raised.value), raised.value.exit_code) == (message, EXIT_USAGE)


def test_a_mutant_is_loaded_like_a_series(loading: Loader, patches: Path) -> None:
    mutant(patches / "mutants/slip", more='equivalent = "Same bytes"\n')
    shutil.rmtree(patches / "diagnose")
    assert load_all(Catalogue(patches), VERSION) == ()
    (found,) = load_all(Catalogue(patches), VERSION, mutants=True)
    assert (found.name, found.kind, len(found.patches)) == ("slip", SeriesKind.MUTANT, 1)
    assert found.equivalent == "Same bytes"
    expected = essence(found)
    for argument in ("slip", "patches/mutants/slip", "./patches/mutants/slip/"):
        assert essence(loading(argument)) == expected, argument
    assert load_all(Catalogue(patches), "16.0.6", mutants=True)[0].patches == ()


def plain(series: Series) -> tuple[object, ...]:
    return (series.kind, series.claims, series.equivalent, len(series.patches))


FOREIGN = (SeriesKind.FIX, (), "", 1)


def test_a_patch_that_equals_a_mutant_is_not_a_mutant(loading: Loader, patches: Path) -> None:
    """What a mutant breaks is right: nobody who gives a patch, however, means that."""
    mutant(patches / "mutants/slip", more='equivalent = "Same bytes"\n')
    data = Path(PATCH).read_bytes()
    shutil.rmtree(patches / "diagnose")
    Path("my.patch").write_bytes(data)
    ways = [
        ("my", "my.patch"),
        ("19.1.7", "patches/mutants/slip/19.1.7"),
        ("0001-X86-Diagnose-it", f"patches/mutants/slip/19.1.7/{DATA}"),
        ("HEAD", "HEAD"),
    ]
    found = [(name, loading(argument)) for name, argument in ways]
    for name, one in [*found, ("stdin", loading("-", stdin=data))]:
        assert plain(one) == FOREIGN, name
        assert one.remarks == (
            f"{name}: has the changes of the mutant slip, and is judged as any other patch; "
            "name the mutant to judge it: harness check slip",
        )


def test_a_patch_that_equals_a_series_and_a_mutant_is_the_series(loading: Loader, patches: Path) -> None:
    mutant(patches / "mutants/slip")
    found = loading("-", stdin=Path(PATCH).read_bytes())
    assert found.name == "diagnose"
    assert found.remarks == ("stdin: is the series diagnose: its claims apply",)


def test_a_folder_elsewhere_that_says_it_is_a_mutant(loading: Loader, patches: Path) -> None:
    mutant(Path("theirs/mutants/slip"), more='equivalent = "Same bytes"\n')
    mutant(patches / "mutants/slip")
    (patches / "mutants/link").symlink_to("../../theirs/mutants/slip")
    note = ": says that it is a mutant, but is not one of patches/mutants: it is judged as any other patch"
    for argument in ("theirs/mutants/slip", "theirs/mutants/../mutants/slip"):
        found = loading(argument)
        assert (found.name, plain(found)) == ("slip", FOREIGN)
        assert found.remarks == (f"{argument}{note}",)
    (patches / "mutants/link").unlink()
    assert loading(f"theirs/mutants/slip/19.1.7/{DATA}").kind is SeriesKind.FIX
    shutil.rmtree(patches / "mutants")
    assert plain(loading("theirs/mutants/slip")) == FOREIGN


def test_a_mutant_and_a_series_of_one_name(loading: Loader, patches: Path) -> None:
    mutant(patches / "mutants/diagnose")
    message = "patches/mutants/diagnose: patches/diagnose has that name too\nnext: rename one of them"
    for call in (
        lambda: loading("diagnose"),
        lambda: load_all(Catalogue(patches), VERSION),
        lambda: load_all(Catalogue(patches), VERSION, mutants=True),
    ):
        with pytest.raises(UsageError) as raised:
            call()
        assert str(raised.value) == message


def test_what_is_in_the_wrong_place(patches: Path) -> None:
    mutant(patches / "slip")
    mutant(patches / "mutants/mend", "fix")
    with pytest.raises(UsageError) as raised:
        load_all(Catalogue(patches), VERSION)
    assert str(raised.value) == (
        "patches/slip: is a mutant (its kind is mutant), and patches is for fixes and features\n"
        "next: git mv patches/slip patches/mutants/slip, or correct its kind"
    )
    refused(
        patches,
        "patches/mutants/mend: is not a mutant (its kind is fix), and patches/mutants is for mutants\n"
        "next: git mv patches/mutants/mend patches/mend, or correct its kind",
    )


def test_a_mutant_mistyped(loading: Loader, patches: Path) -> None:
    mutant(patches / "mutants/forget-the-nops")
    with pytest.raises(UsageError) as raised:
        loading("forget-the-nop", repo=None)
    assert str(raised.value) == (
        "forget-the-nop: is not a series, file or folder, and no git repository was given to find commits "
        "in\n"
        "  series here: diagnose\n"
        "next: did you mean forget-the-nops?"
    )
    listed = "\n  mutants here: forget-the-nops\n"
    what = ": is not a mutant of patches/mutants"
    refused(patches, f"forget-the-nop{what}{listed}next: did you mean forget-the-nops?", "forget-the-nop")
    refused(patches, f"x{what}{listed}next: name one of these", "forget-the-nops", "x")
    refused(patches, "diagnose: is a series, not a mutant\nnext: harness check diagnose", "diagnose")


def test_there_is_none(patches: Path) -> None:
    message = (
        "patches/mutants: there is no mutant\n"
        "next: put one there: patches/mutants/NAME/series.toml and its patches"
    )
    refused(patches, message)
    (patches / "mutants").mkdir()
    refused(patches, message, "slip")


def test_there_is_none_for_this_llvm(patches: Path) -> None:
    mutant(patches / "mutants/slip")
    refused(
        patches,
        "no mutant in patches/mutants is for LLVM 16.0.6\n"
        "next: rebase one and list the version in its series.toml",
        version="16.0.6",
    )
    refused(
        patches,
        "patches/mutants/slip: has no patches for LLVM 16.0.6, only for 19.1.7, 22.1.8\n"
        "next: choose one of these versions, or put rebased patches into patches/mutants/slip/16.0.6 and "
        "list it",
        "slip",
        version="16.0.6",
    )


def test_those_named_and_the_others(patches: Path) -> None:
    for name in ("a", "b", "c", "d"):
        mutant(patches / "mutants" / name)
    shutil.rmtree(patches / "mutants/d/19.1.7")
    recipe = patches / "mutants/d/series.toml"
    recipe.write_text(recipe.read_text().replace('"19.1.7", ', ""))

    def names(*named: str) -> list[list[str]]:
        return [[one.name for one in part] for part in load_mutants(Catalogue(patches), VERSION, named)]

    assert names() == [["a", "b", "c"], []]
    assert names("c", "a", "c") == [["c", "a"], ["b"]]
