"""The text of every CI file, from what a recipe says of its LLVMs (pure but for the templates).

A template is the file itself, with `@{name}` for what is filled in. A script stands in a file of its own,
as several CI systems have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import __version__
from harness.ci_files.pins import reference

TEMPLATES = Path(__file__).parent / "templates"
FILES = {
    "action.yml": "action.yml",
    "ci/buildkite/pipeline.yml": "buildkite.yml",
    "ci/github/llvm-matrix.yml": "github-matrix.yml",
    "ci/github/llvm-patch-check.yml": "github-check.yml",
    "ci/github/llvm-patch-comment.yml": "github-comment.yml",
    "ci/gitlab/llvm-patch-check.gitlab-ci.yml": "gitlab.yml",
}
# Scripts that others contain: what each CI system does with a report, and at the end.
_PARTS: Mapping[str, Mapping[str, str]] = {
    "github-check": {"shown": "github-shown", "finish": "github-finish"},
    "buildkite-check": {"shown": "buildkite-shown"},
    "plain-check": {},
}
_HOLE = re.compile(r"@\{([a-z-]+)(?::([\w/-]+))?\}")
# Its `pipeline upload` fills in what follows a dollar sign; a shell is to do that later.
_FILLS_IN_DOLLARS = frozenset({"buildkite.yml"})


@dataclass(frozen=True, slots=True)
class CachedColumn:
    """A column of the nightly matrix. `cache` is what its key begins with, empty if nothing is cached."""

    llvm: str
    cache: str

    @property
    def name(self) -> str:
        """What artifacts may be called: `wheel-0.47`."""
        return self.llvm.replace(":", "-")


@dataclass(frozen=True, slots=True)
class CiPlan:
    """What the files are for: the versions that judge pull requests, and the columns of the nightly matrix.

    `recipe` is where the fork has its recipe; empty for the one that comes with the harness.
    """

    versions: Sequence[str]
    columns: Sequence[CachedColumn]
    recipe: str = ""


def render(plan: CiPlan) -> dict[str, str]:
    """The text of each file by its path."""
    return {path: _fill(template, plan) for path, template in FILES.items()}


def read_script(name: str) -> str:
    """A script as the files contain it."""
    if name not in _PARTS:
        (path,) = TEMPLATES.glob(f"{name}.[ps]*")
        return path.read_text()
    parts = _PARTS[name]
    lines = []
    for line in (TEMPLATES / "check.sh").read_text().splitlines():
        hole = _HOLE.fullmatch(line.strip())
        if hole is None:
            lines.append(line)
        elif hole[1] in parts:
            lines += _indent(read_script(parts[hole[1]]), line)
    return "".join(f"{line}\n" for line in lines)


def _fill(template: str, plan: CiPlan) -> str:
    """A template with everything filled in."""
    values = {
        "version": __version__,
        "versions": " ".join(plan.versions),
        "versions-json": json.dumps(list(plan.versions)),
        "recipe-json": json.dumps(plan.recipe),
        "written": f"Written by 'harness ci-files', version {__version__}, from the recipe: do not edit.",
    }
    columns = "".join(
        f"- {json.dumps({'llvm': one.llvm, 'name': one.name, 'cache': one.cache})}\n" for one in plan.columns
    )
    lines = []
    for line in (TEMPLATES / template).read_text().splitlines():
        hole = _HOLE.fullmatch(line.strip())
        if hole is not None and hole[1] == "script":
            script = read_script(hole[2])
            lines += _indent(script.replace("$", "$$") if template in _FILLS_IN_DOLLARS else script, line)
        elif hole is not None and hole[1] == "columns":
            lines += _indent(columns, line)
        else:
            lines.append(_HOLE.sub(lambda found: _value(found, values), line))
    return "".join(f"{line}\n" for line in lines)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    return reference(found[2]) if found[1] == "pin" else values[found[1]]


def _indent(text: str, place: str) -> list[str]:
    """The lines of a text, as far to the right as the line in whose place they come."""
    blanks = place[: len(place) - len(place.lstrip())]
    return [f"{blanks}{line}" if line else "" for line in text.splitlines()]
