"""Programs that know the CI systems accept the files, and refuse what is wrong with a file on purpose."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import check_jsonschema
import pytest
from click.testing import CliRunner, Result

from harness import process
from tests.ci_files.conftest import (
    ACTION,
    BUILDKITE,
    GITHUB_CHECK,
    GITHUB_COMMENT,
    GITHUB_MATRIX,
    GITLAB,
    REPOSITORY,
)

PROGRAMS = Path(sys.executable).parent
SCHEMAS = {
    ACTION: "github-actions",
    BUILDKITE: "buildkite",
    GITHUB_CHECK: "github-workflows",
    GITHUB_COMMENT: "github-workflows",
    GITHUB_MATRIX: "github-workflows",
    GITLAB: "gitlab-ci",
}
# Whoever asks the network, asks nobody.
OFFLINE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def run(*argv: str | Path) -> process.Completed:
    name, *rest = argv
    return process.run([PROGRAMS / name, *rest], env={**OFFLINE, "NO_COLOR": "1"})


def place(folder: Path, path: str, old: str = "", new: str = "") -> Path:
    """A copy of a file where the CI system has it, with something else in it."""
    text = (REPOSITORY / path).read_text()
    assert old in text
    copy = folder / ("action.yml" if path == ACTION else f".github/workflows/{Path(path).name}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text.replace(old, new, 1))
    return copy


def actionlint(path: Path) -> process.Completed:
    return run("actionlint", "-shellcheck", str(PROGRAMS / "shellcheck"), path)


def schema(path: Path, of: str) -> Result:
    """What check-jsonschema says. In this process: to start takes it longer than to check."""
    argv = ["--builtin-schema", f"vendor.{SCHEMAS[of]}", "--color=never", str(path)]
    return CliRunner().invoke(check_jsonschema.main, argv)


def zizmor(path: Path) -> process.Completed:
    """With the persona that tells most but guesses."""
    return run("zizmor", "--offline", "--quiet", "--persona=pedantic", "--strict-collection", path)


@pytest.mark.parametrize("path", [GITHUB_CHECK, GITHUB_COMMENT, GITHUB_MATRIX])
def test_actionlint_accepts_the_workflows(path: str) -> None:
    done = actionlint(REPOSITORY / path)
    assert (done.returncode, done.text) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("matrix.llvm", "matrix.lvm", 'property "lvm" is not defined'),
        ("runs-on: ubuntu-24.04", "runs-on: ubuntu-1", "label"),
        # shellcheck is asked about scripts.
        ('git -c safe.directory="$PWD"', "git -c safe.directory=$PWD", "SC2086"),
        ("cancel-in-progress: true", "cancel-in-progres: true", 'unexpected key "cancel-in-progres"'),
    ],
)
def test_actionlint_refuses_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    done = actionlint(place(tmp_path, GITHUB_CHECK, old, new))
    assert done.returncode == 1
    assert said in done.text


@pytest.mark.parametrize("path", SCHEMAS)
def test_every_file_is_of_its_schema(path: str) -> None:
    done = schema(REPOSITORY / path, path)
    assert (done.exit_code, done.output) == (0, "ok -- validation done\n")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (ACTION, "using: composite", "using: composit"),
        (BUILDKITE, "timeout_in_minutes: 240", "timeout_in_minutes: soon"),
        (GITHUB_CHECK, "contents: read", "contents: reads"),
        (GITHUB_COMMENT, "actions: read", "actions: reads"),
        (GITLAB, "expire_in: 2 weeks", "expire_in: [2]"),
        (GITLAB, "interruptible: true", "interruptible: perhaps"),
    ],
)
def test_a_file_that_is_not_is_refused(tmp_path: Path, path: str, old: str, new: str) -> None:
    done = schema(place(tmp_path, path, old, new), path)
    assert done.exit_code == 1
    assert "Schema validation errors were encountered." in done.output


@pytest.mark.parametrize("path", [GITHUB_CHECK, GITHUB_COMMENT, GITHUB_MATRIX, ACTION])
def test_zizmor_finds_nothing(tmp_path: Path, path: str) -> None:
    done = zizmor(place(tmp_path, path))
    assert done.returncode == 0, done.text
    assert "No findings to report" in done.text


@pytest.mark.parametrize(
    ("path", "old", "new", "audit"),
    [
        (GITHUB_CHECK, "          persist-credentials: false\n", "", "artipacked"),
        (GITHUB_CHECK, "permissions: {}", "permissions: write-all", "excessive-permissions"),
        (GITHUB_CHECK, "diff --binary", "diff ${{ github.event.pull_request.title }}", "template-injection"),
        (GITHUB_CHECK, "de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "v6", "unpinned-uses"),
        (GITHUB_CHECK, " # zizmor: ignore[unpinned-images]", "", "unpinned-images"),
        (GITHUB_COMMENT, "# zizmor: ignore[dangerous-triggers]", "#", "dangerous-triggers"),
        (ACTION, '[ -n "$PATCH" ]', '[ -n "${{ inputs.patch }}" ]', "template-injection"),
    ],
)
def test_zizmor_finds_what_is_wrong(tmp_path: Path, path: str, old: str, new: str, audit: str) -> None:
    done = zizmor(place(tmp_path, path, old, new))
    assert done.returncode > 10  # its codes for findings
    assert f"[{audit}]" in done.text


def test_the_only_findings_that_are_ignored_have_a_reason() -> None:
    ignored = [
        line.strip()
        for path in (GITHUB_CHECK, GITHUB_COMMENT, GITHUB_MATRIX, ACTION)
        for line in (REPOSITORY / path).read_text().splitlines()
        if "zizmor: ignore" in line
    ]
    assert ignored == [
        "container: debian:bookworm # zizmor: ignore[unpinned-images]",
        "workflow_run: # zizmor: ignore[dangerous-triggers] nothing of the pull request runs here",
        "container: debian:bookworm # zizmor: ignore[unpinned-images]",
    ]


def test_the_programs_are_installed() -> None:
    names = ("actionlint", "check-jsonschema", "shellcheck", "zizmor")
    assert [name for name in names if shutil.which(name, path=str(PROGRAMS)) is None] == []
