"""The CI files are those that the recipe makes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from harness.ci_files.job import find_columns, find_drift, find_versions
from harness.ci_files.pins import PINS
from harness.ci_files.render import FILES, TEMPLATES, CachedColumn, CiPlan, render
from harness.errors import EXIT_ENVIRONMENT, EXIT_OK, EXIT_USAGE, UsageError
from harness.matrix import recipe
from tests.ci_files.conftest import REPOSITORY

if TYPE_CHECKING:
    from tests.command import Harness

RECIPE = """\
[matrix]
title = "ours"
[[suite]]
name = "lit-tests"
"""

PLAN = CiPlan(("19", "22"), (CachedColumn("22", "c"), CachedColumn("wheel:0.47", "")), 'a "b".toml')


def test_those_of_the_repository_are_current() -> None:
    """Else: make ci-files."""
    assert list(find_drift(recipe.read(REPOSITORY / "ci/matrix.toml"), REPOSITORY)) == []


@pytest.mark.parametrize("path", FILES)
def test_one_that_was_edited_is_seen(tmp_path: Path, path: str) -> None:
    ours = recipe.read(REPOSITORY / "ci/matrix.toml")
    for name, text in render(CiPlan(find_versions(ours), find_columns(ours))).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}#\n" if name == path else text)
    assert list(find_drift(ours, tmp_path)) == [tmp_path / path]


def test_nothing_is_left_to_fill_in() -> None:
    for path, text in render(PLAN).items():
        assert "@{" not in text, path
        assert re.search(r'"19", "22"|19 22|"llvm": "22"', text), path


def test_every_template_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    found, read_text = set[str](), Path.read_text

    def note(path: Path) -> str:
        found.add(path.name)
        return read_text(path)

    monkeypatch.setattr(Path, "read_text", note)
    render(PLAN)
    assert found == {path.name for path in TEMPLATES.iterdir()}


def test_every_action_is_named_by_a_commit() -> None:
    uses = re.findall(r"uses: (.*)", "".join(render(PLAN).values()))
    assert {"/".join(line.partition("@")[0].split("/")[:2]) for line in uses} == set(PINS)
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+[.]\d+[.]\d+", line) for line in uses)


def test_versions_are_the_released_ones_with_verdicts() -> None:
    columns = [
        *('[[llvm]]\nname = "19"', '[[llvm]]\nname = "22"\ndepth = "compiles"', '[[llvm]]\nname = "trunk"'),
        *('[[llvm]]\nname = "wheel:0.47"', '[[llvm]]\nname = "9"\nassertions = [false]'),
    ]
    read = recipe.parse("r.toml", "\n".join([RECIPE, *columns]).encode())
    assert find_versions(read) == ("19", "9")
    caches = [("19", "llvm-patch-harness"), ("22", "llvm-patch-ports"), ("trunk", "llvm-patch-harness")]
    caches += [("wheel:0.47", ""), ("9", "llvm-patch-harness")]
    assert [(one.llvm, one.cache) for one in find_columns(read)] == caches
    assert "system" not in str(find_columns(recipe.parse("r", f'{RECIPE}[[llvm]]\nname = "system"'.encode())))


def test_a_path_with_quotes_is_one_value() -> None:
    assert YAML(typ="safe").load(render(PLAN)["ci/github/llvm-matrix.yml"])["env"]["RECIPE"] == PLAN.recipe


def test_a_recipe_without_any_is_refused() -> None:
    read = recipe.parse("r.toml", f'{RECIPE}[[llvm]]\nname = "wheel"\n'.encode())
    with pytest.raises(UsageError) as caught:
        find_versions(read)
    assert str(caught.value) == (
        "r.toml: no released LLVM has the depth verdict, so a pull request has nothing to run on\n"
        'next: add one: [[llvm]] with name = "19"'
    )


def test_a_team_writes_its_own(harness: Harness, tmp_path: Path) -> None:
    ours = tmp_path / "ours.toml"
    ours.write_text(f'{RECIPE}[[llvm]]\nname = "17"\n')
    out = tmp_path / "new"
    said = harness("ci-files", "--recipe", ours, "--out", out)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [f"wrote {out / path}" for path in FILES]
    assert 'llvm: ["17"]' in (out / "ci/github/llvm-patch-check.yml").read_text()
    # It comes from elsewhere, so the fork has it at its top; else where it is.
    assert '  RECIPE: "ours.toml"\n' in (out / "ci/github/llvm-matrix.yml").read_text()
    whole = harness("ci-files", "--recipe", ours, "--out", tmp_path)
    assert whole.code == 0
    inner = harness("ci-files", "--recipe", "../ours.toml", "--out", tmp_path, "--check", cwd=out)
    assert inner.code == EXIT_OK
    again = harness("ci-files", "--recipe", ours, "--out", out)
    assert (again.code, again.out) == (0, "")
    assert harness("ci-files", "--check", "--recipe", ours, "--out", out).code == 0
    (out / "action.yml").write_text("mine")
    drifted = harness("ci-files", "--check", "--recipe", ours, "--out", out)
    assert (drifted.code, drifted.out) == (EXIT_USAGE, "")
    assert drifted.err == (
        f"harness: error: {out}/action.yml: not what 'harness ci-files' writes from {ours}\n"
        "next: change the recipe or the templates in harness/ci_files, then run 'make ci-files'\n"
    )
    assert (out / "action.yml").read_text() == "mine"


def test_without_a_recipe_it_is_ours_in_any_folder(harness: Harness, tmp_path: Path) -> None:
    said = harness("ci-files", cwd=tmp_path)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [f"wrote {path}" for path in FILES]
    assert (tmp_path / "action.yml").read_text() == (REPOSITORY / "action.yml").read_text()


def test_a_folder_that_cannot_be_written(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "ci").write_text("a file")
    said = harness("ci-files", "--out", tmp_path)
    assert said.code == EXIT_ENVIRONMENT
    assert said.err == (
        f"harness: error: cannot write {tmp_path}/ci/buildkite/pipeline.yml: not a directory\n"
        "next: name a folder that can be written with --out\n"
    )
