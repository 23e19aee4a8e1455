"""The CI files as they are in the repository, and the scripts of their steps, run as a runner runs them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness import process

REPOSITORY = Path(__file__).parents[2]
GITHUB_CHECK = "ci/github/llvm-patch-check.yml"
GITHUB_MATRIX = "ci/github/llvm-matrix.yml"
GITHUB_COMMENT = "ci/github/llvm-patch-comment.yml"
ACTION = "action.yml"
GITLAB = "ci/gitlab/llvm-patch-check.gitlab-ci.yml"
BUILDKITE = "ci/buildkite/pipeline.yml"
# How each CI system starts a script.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")

# Notes how it was called, writes the reports that it was asked for, and fails for some versions.
FAKE = r"""#!/usr/bin/env bash
printf '%s\0' "$#" "$@" >> "$CALLS"
[ "$1" != toolchain ] || { echo "debian-$4-0123456789"; exit 0; }
[ "$1" != matrix ] || set -- "$@" --
version=$3
while [ "$1" != -- ]; do
  case $1 in
    --markdown) echo "## report of $version" > "$2" ;;
    --annotations) echo "::error file=llvm/a.cpp,line=1,endLine=1,title=t::of $version" > "$2" ;;
    --junit) echo "<testsuites/>" > "$2" ;;
  esac
  shift
done
case $version in 22) exit 1 ;; 16) exit 3 ;; esac
"""
# `python3 -m venv HOME`: the Python there notes what it is asked to install.
VENV = """#!/bin/sh
mkdir -p "$3/bin"
cp {fake} "$3/bin/harness"
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$@" >> {fake}.installed\\n' > "$3/bin/python"
chmod +x "$3/bin/python"
"""


def load(path: str) -> Any:  # what YAML has is anything
    return YAML(typ="safe").load((REPOSITORY / path).read_text())


def steps(path: str) -> dict[str, dict[str, Any]]:
    """The steps of a GitHub file by their names."""
    data = load(path)
    found = data["runs"]["steps"] if "runs" in data else next(iter(data["jobs"].values()))["steps"]
    return {one["name"]: one for one in found}


@dataclass(frozen=True)
class Runner:
    """A folder in which scripts run, with a harness that only notes its calls."""

    folder: Path

    def __call__(self, script: str, by: tuple[str, ...] = BASH, /, **env: str) -> process.Completed:
        path = self.folder.parent / "script"
        path.write_text(script)
        known = {
            "HARNESS_HOME": str(self.folder.parent / "home"),
            "CALLS": str(self.folder.parent / "calls"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.folder.parent / "temp"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "HOME": str(self.folder.parent),
            "PATH": f"{self.folder.parent / 'bin'}:{os.environ['PATH']}",
        }
        return process.run([*by, path], cwd=self.folder, env={**known, **env})

    @property
    def output(self) -> Path:
        return self.folder.parent / "output"

    @property
    def summary(self) -> Path:
        return self.folder.parent / "summary"

    @property
    def outputs(self) -> dict[str, str]:
        """What the step gives to others."""
        lines = self.output.read_text().splitlines() if self.output.exists() else []
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every call of the harness."""
        path = self.folder.parent / "calls"
        words = path.read_text().split("\0")[:-1] if path.exists() else []
        found = []
        while words:
            number = int(words[0])
            found.append(words[1 : number + 1])
            words = words[number + 1 :]
        return found

    @property
    def checks(self) -> list[list[str]]:
        """Those that check something."""
        return [call for call in self.calls if call[0] == "check"]

    def annotated(self) -> str:
        """What was given to Buildkite to show."""
        return (self.folder.parent / "annotated").read_text()


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine whose apt-get does nothing, and whose venv has nothing but that harness."""
    (tmp_path / "work").mkdir()
    program(tmp_path / "fake", FAKE)
    program(tmp_path / "bin/apt-get", "#!/bin/sh\n")
    program(tmp_path / "bin/python3", VENV.format(fake=tmp_path / "fake"))
    program(tmp_path / "bin/buildkite-agent", f'#!/bin/sh\n{{ echo "$@"; cat; }} >> {tmp_path}/annotated\n')
    runner = Runner(tmp_path / "work")
    runner('python3 -m venv "$HARNESS_HOME"')
    return runner
