"""The scripts of the CI files, run with bash: what they are given is data, and a verdict stays what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import process
from harness.ci_files.job import find_versions
from harness.matrix import recipe
from tests.ci_files.conftest import (
    ACTION,
    BUILDKITE,
    GITHUB_CHECK,
    GITHUB_MATRIX,
    GITLAB,
    REPOSITORY,
    Runner,
    load,
    steps,
)

# Names that would do something if a shell read them again.
NAMES = (
    "a b.patch",
    'it\'s "quoted".patch',
    "$(touch pwned).patch",
    "`touch pwned`.patch",
    "two\nlines; touch pwned",
    "*",
    "-o",
    "a;touch pwned",
    "${HOME}",
    "@{x}%0A::error::x",
)


def gitlab() -> str:
    return "".join(load(GITLAB)["llvm-patch-check"]["script"])


def buildkite() -> str:
    """The command of its one step, as its `pipeline upload` leaves it."""
    (step,) = load(BUILDKITE)["steps"]
    return str(step["command"]).replace("$$", "$")


def last(script: str) -> str:
    """The part of a job's script that checks: after LLVM's patch and the harness are there."""
    return script[script.index('PATH="$HARNESS_HOME/bin:$PATH"') :]


CHECKS: dict[str, Callable[[], str]] = {
    "github": lambda: str(steps(GITHUB_CHECK)["Check the patch"]["run"]),
    "action": lambda: str(steps(ACTION)["Check the patch"]["run"]),
    "gitlab": lambda: last(gitlab()),
    "buildkite": lambda: last(buildkite()),
}


@pytest.mark.parametrize("system", CHECKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_data(runner: Runner, system: str, name: str) -> None:
    done = runner(CHECKS[system](), PATCH=name, LLVM="19", REPORTS="reports and more")
    assert done.returncode == 0, done.text
    report = "reports and more/llvm-19"
    files = ["--json", f"{report}.json", "--junit", f"{report}.xml", "--markdown", f"{report}.md"]
    files += ["--annotations", f"{report}.annotations"]
    assert runner.checks == [["check", "--llvm", "19", *files, "--", name]]
    assert {path.name for path in runner.folder.iterdir()} == {"reports and more"}


@pytest.mark.parametrize("system", CHECKS)
@pytest.mark.parametrize(
    ("versions", "code", "result"),
    [
        ("19", 0, "ok"),
        ("19 22", 1, "not ok"),
        ("22 19", 1, "not ok"),
        ("16 22 19", 3, "does not apply or build"),
    ],
)
def test_it_ends_with_the_highest_code(
    runner: Runner, system: str, versions: str, code: int, result: str
) -> None:
    done = runner(CHECKS[system](), PATCH="a.patch", LLVM=versions, REPORTS="reports")
    assert done.returncode == code
    assert [call[2] for call in runner.checks] == versions.split()
    if system in {"github", "action"}:
        assert runner.outputs == {"result": result}
        assert runner.summary.read_text() == "".join(f"## report of {n}\n" for n in versions.split())
        lines = [f"::error file=llvm/a.cpp,line=1,endLine=1,title=t::of {n}" for n in versions.split()]
        assert done.stdout.decode().splitlines() == lines
    if system == "buildkite":
        styles = {"19": "success", "22": "error", "16": "error"}
        assert runner.annotated() == "".join(
            f"annotate --context llvm-{n} --style {styles[n]}\n## report of {n}\n" for n in versions.split()
        )


@pytest.mark.parametrize(("code", "result"), [(2, "bad input"), (4, "no verdict"), (130, "no verdict")])
def test_a_check_without_a_report_is_said_in_the_summary(runner: Runner, code: int, result: str) -> None:
    (runner.folder.parent / "home/bin/harness").write_text(f"#!/bin/sh\nexit {code}\n")
    done = runner(CHECKS["github"](), PATCH="a.patch", LLVM="19", REPORTS="reports")
    assert (done.returncode, done.stdout) == (code, b"")
    assert runner.summary.read_text() == f"## LLVM 19: no report, exit code {code}\n"
    assert runner.outputs == {"result": result}


MATRIX = "Evaluate the cells"


@pytest.mark.parametrize(
    ("llvm", "recipe", "code"),
    [("19", "", 0), ("22", "our $(touch pwned).toml", 1), ("wheel:0.47", "-x", 0), ("16", "", 3)],
)
def test_the_cells_of_a_column_are_evaluated(runner: Runner, llvm: str, recipe: str, code: int) -> None:
    history = runner.folder.parent / "a history/history.sqlite"
    env = {"LLVM": llvm, "RECIPE": recipe, "REPORTS": "the reports", "HARNESS_HISTORY": str(history)}
    done = runner(str(steps(GITHUB_MATRIX)[MATRIX]["run"]), **env)
    assert (done.returncode, done.text) == (code, "")
    files = [f"the reports/matrix.{kind}" for kind in ("json", "xml", "md")]
    asked = ["--only", llvm, *(["--recipe", recipe] if recipe else [])]
    written = ["--json", files[0], "--junit", files[1], "--markdown", files[2]]
    assert runner.calls == [["matrix", *asked, *written]]
    assert runner.summary.read_text() == f"## report of {llvm}\n"
    assert history.parent.is_dir()
    assert [path.name for path in runner.folder.iterdir()] == ["the reports"]


def test_cells_without_a_report_are_said_in_the_summary(runner: Runner) -> None:
    (runner.folder.parent / "home/bin/harness").write_text("#!/bin/sh\nexit 4\n")
    env = {"LLVM": "19", "RECIPE": "", "REPORTS": "reports", "HARNESS_HISTORY": "h/history.sqlite"}
    assert runner(str(steps(GITHUB_MATRIX)[MATRIX]["run"]), **env).returncode == 4
    assert runner.summary.read_text() == "## LLVM 19: no report, exit code 4\n"


def test_the_matrix_caches_by_what_it_fetches(runner: Runner) -> None:
    script = str(steps(GITHUB_MATRIX)["Name the cache"]["run"])
    assert runner(script, LLVM="trunk", CACHE="llvm-patch-ports").returncode == 0
    assert runner.outputs == {"key": "llvm-patch-ports-debian-trunk-0123456789"}


@pytest.mark.parametrize("path", [GITHUB_CHECK, ACTION])
def test_the_cache_is_named_by_the_store(runner: Runner, path: str) -> None:
    done = runner(str(steps(path)["Name the cache"]["run"]), LLVM="19 22")
    assert done.returncode == 0
    assert runner.outputs == {"key": "llvm-patch-harness-debian-19-0123456789-debian-22-0123456789"}
    (runner.folder.parent / "home/bin/harness").write_text("#!/bin/sh\nexit 4\n")
    assert runner(str(steps(path)["Name the cache"]["run"]), LLVM="19").returncode == 4


INPUTS = "Read the inputs"


@pytest.mark.parametrize("given", ["19", "19 22", " 19\n22 ", "19.1.7 9"])
def test_the_action_reads_its_inputs(runner: Runner, given: str) -> None:
    done = runner(str(steps(ACTION)[INPUTS]["run"]), PATCH="$(touch pwned)\n\"'", LLVM=given)
    assert (done.returncode, done.text) == (0, "")
    temp = runner.folder.parent / "temp/llvm-patch-harness"
    assert runner.outputs == {
        "llvm": " ".join(given.split()),
        "home": str(temp / "venv"),
        "store": str(temp / "store"),
        "reports": str(temp / "reports"),
    }
    assert list(runner.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("patch", "llvm", "said"),
    [
        ("", "19", "the input patch is empty; next: name a patch, a folder of patches or a series"),
        ("p", "19 $(id)", "the input llvm has a word that is no version; next: give versions such as 19 22"),
        ("p", "19;id", "the input llvm has a word that is no version; next: give versions such as 19 22"),
        ("p", "*", "the input llvm has a word that is no version; next: give versions such as 19 22"),
        ("p", " \n", "the input llvm names 0 versions; next: name 1 to 12"),
        ("p", "9 " * 13, "the input llvm names 13 versions; next: name 1 to 12"),
    ],
)
def test_the_action_refuses_other_inputs(runner: Runner, patch: str, llvm: str, said: str) -> None:
    (runner.folder / "19").touch()  # what `*` would become
    done = runner(str(steps(ACTION)[INPUTS]["run"]), PATCH=patch, LLVM=llvm)
    assert (done.returncode, done.text) == (2, f"::error title=LLVM patch check::{said}\n")
    assert runner.outputs == {}


def test_the_action_installs_what_it_was_checked_out_with(runner: Runner) -> None:
    script = str(steps(ACTION)["Install the harness"]["run"])
    done = runner(script, GITHUB_ACTION_PATH="/the action", HARNESS_HOME=str(runner.folder / "a venv"))
    assert done.returncode == 0, done.text
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    assert (runner.folder.parent / "fake.installed").read_text().splitlines() == [
        *(*install, "--require-hashes", "-r", "/the action/requirements.lock"),
        *(*install, "--no-deps", "--no-build-isolation", "/the action"),
    ]


def git(folder: Path, *args: str) -> str:
    author = [f"GIT_{who}_{what}=x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    env = dict(one.split("=") for one in author) | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    done = process.run(["git", *args], cwd=folder, env=env)
    assert done.ok, done.text
    return done.stdout.decode().strip()


ODD = "llvm/$(touch pwned) 'a'.ll"


@pytest.fixture
def fork(tmp_path: Path) -> Path:
    """A fork: `main` went on since `topic` began, and `merge` is `topic` merged into it."""
    fork = tmp_path / "fork"
    (fork / "llvm").mkdir(parents=True)
    git(fork, "init", "--quiet", "--initial-branch=main")
    text = "".join(f"line {n}\n" for n in range(30))
    (fork / "llvm/a.cpp").write_text(text)
    git(fork, "add", "."), git(fork, "commit", "--quiet", "--message=base")
    git(fork, "checkout", "--quiet", "-b", "topic")
    (fork / "llvm/a.cpp").write_text(text.replace("line 20", "LINE 20"))
    (fork / ODD).write_text("; RUN: true\n")
    git(fork, "add", "."), git(fork, "commit", "--quiet", "--message=topic")
    git(fork, "checkout", "--quiet", "main")
    (fork / "llvm/a.cpp").write_text(f"first\n{text}")
    git(fork, "commit", "--quiet", "--all", "--message=more")
    git(fork, "checkout", "--quiet", "-b", "merge"), git(fork, "merge", "--quiet", "--no-edit", "topic")
    return fork


def check_out(fork: Path, branch: str, runner: Runner, depth: int) -> str:
    """Put a branch into the runner's folder, as shallow as a CI system does; and its base's commit."""
    url = fork.as_uri()
    git(fork, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(runner.folder, "clone", "--quiet", f"--depth={depth}", f"--branch={branch}", url, ".")
    return git(fork, "merge-base", "main", "topic")


def changed(runner: Runner) -> list[str]:
    text = (runner.folder / "change.patch").read_text()
    return [line for line in text.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


CHANGE = {"-line 20", "+LINE 20", "+; RUN: true"}


def test_a_job_of_github_from_its_first_step_to_its_last(runner: Runner, fork: Path) -> None:
    check_out(fork, "merge", runner, depth=2)
    job = load(GITHUB_CHECK)["jobs"]["check"]
    env = {
        "PATCH": "change.patch",
        "LLVM": "19",
        "NUMBER": "7",
        "REPORTS": "llvm-patch-check",
        "HARNESS": "the-harness==1",
    }
    for step in job["steps"]:
        if "run" in step:
            done = runner(step["run"], **env)
            assert done.returncode == 0, done.text
    assert set(changed(runner)) == CHANGE
    assert "the-harness==1" in (runner.folder.parent / "fake.installed").read_text()
    assert [call[-1] for call in runner.checks] == ["change.patch"]
    assert runner.summary.read_text() == "## report of 19\n"
    assert not (runner.folder / "pwned").exists()


def test_a_scheduled_run_of_github_checks_a_new_text(runner: Runner, fork: Path) -> None:
    check_out(fork, "main", runner, depth=1)
    done = runner(str(steps(GITHUB_CHECK)["Write the patch"]["run"]), NUMBER="", PATCH="change.patch")
    assert done.returncode == 0
    assert changed(runner) == ["+Fills a cache."]
    git(runner.folder, "apply", "--check", "change.patch")


def test_a_job_of_gitlab(runner: Runner, fork: Path) -> None:
    base = check_out(fork, "topic", runner, depth=1)
    env = {"PATCH": "change.patch", "REPORTS": "reports", "HARNESS": "the-harness==1"}
    done = runner(gitlab(), LLVM="22", CI_MERGE_REQUEST_DIFF_BASE_SHA=base, **env)
    assert done.returncode == 1, done.text
    assert set(changed(runner)) == CHANGE
    assert [call[2] for call in runner.checks] == ["22"]


def test_a_job_of_buildkite(runner: Runner, fork: Path) -> None:
    check_out(fork, "topic", runner, depth=10)
    env = {"PATCH": "change.patch", "REPORTS": "reports", "HARNESS": "the-harness==1"}
    done = runner(buildkite(), ("bash", "-e"), LLVM="19", BUILDKITE_PULL_REQUEST_BASE_BRANCH="main", **env)
    assert done.returncode == 0, done.text
    assert set(changed(runner)) == CHANGE
    assert runner.annotated().startswith("annotate --context llvm-19 --style success\n")


def test_every_file_is_for_the_versions_of_the_recipe() -> None:
    versions = list(find_versions(recipe.read(REPOSITORY / "ci/matrix.toml")))
    job = load(GITHUB_CHECK)["jobs"]["check"]
    assert job["strategy"]["matrix"]["llvm"] == versions
    cells = load(GITHUB_MATRIX)["jobs"]["matrix"]["strategy"]["matrix"]["include"]
    columns = [column.name for column in recipe.read(REPOSITORY / "ci/matrix.toml").columns]
    assert [one["llvm"] for one in cells] == columns
    assert not any(":" in one["name"] for one in cells)  # artifacts may not be called so
    assert [one["llvm"] for one in cells if one["cache"] == "llvm-patch-harness"] == versions
    assert load(GITLAB)["llvm-patch-check"]["parallel"]["matrix"] == [{"LLVM": versions}]
    assert load(BUILDKITE)["steps"][0]["matrix"] == versions
    assert load(ACTION)["inputs"]["llvm"]["default"].split() == versions


@pytest.mark.parametrize("path", [GITHUB_CHECK, GITHUB_MATRIX, ACTION])
def test_no_script_of_github_has_an_expression_in_it(path: str) -> None:
    scripts = [str(step["run"]) for step in steps(path).values() if "run" in step]
    assert len(scripts) >= 4
    assert [script for script in scripts if "${{" in script] == []
