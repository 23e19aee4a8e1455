"""What runs outside of a jail, and why it may: everything else that starts a program has to enclose it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.parsed import modules

# Each module that starts a program without a jail, and why nothing that a series, a test or a report brings
# decides what that program does. `docs/security.md` says it to users.
OUTSIDE = {
    "apt": "apt-get and apt-cache: they fetch, and verify what they fetch",
    "bench.job": "git, and what it measures of programs of its own",
    "bench.reach": "what it measures of a release's tools, on tests that come with the harness",
    "git": "git reads patches as data; it runs no hooks and no filters of theirs",
    "matrix.child": "this program: a cell, whose own programs are enclosed",
    "process.bubblewrap": "bubblewrap itself, to see whether it works",
    "process.command": "what those that are listed here start by it",
    "process.sandbox": "what encloses, or what --no-sandbox does not",
    "runner.lit_shell": "in a worker's jail",
    "runner.one_worker": "chmod and rm: they remove what a worker leaves, and follow no links",
    "runner.reveal": "in a worker's jail",
    "soak.rounds": "this program: a check, which is killed, and whose own programs are enclosed",
    "toolchain.debian.source": "tar and dpkg-source on what Debian signs",
    "toolchain.debian.unpack": "dpkg-deb and tar on what Debian signs",
    "toolchain.enclosing": "unshare, to see whether namespaces work",
    "toolchain.wheel.package": "pip, which fetches a wheel and runs nothing of it",
    "warm.server": "the server of a worker, in its jail",
}
STARTING = frozenset({"run", "stream", "Child"})


def starts(tree: ast.Module) -> Iterator[int]:
    """The lines where a module starts a program of which it does not say what it may do."""
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness.process")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        by_name = isinstance(function, ast.Name) and function.id in STARTING & ours
        by_module = (
            isinstance(function, ast.Attribute)
            and function.attr in STARTING
            and isinstance(function.value, ast.Name)
            and function.value.id == "process"
        )
        if (by_name or by_module) and "jail" not in {keyword.arg for keyword in node.keywords}:
            yield node.lineno


def test_what_runs_outside_of_a_jail_is_listed() -> None:
    found = {name: list(starts(tree)) for name, tree in modules().items()}
    unlisted = {name: lines for name, lines in found.items() if lines and name not in OUTSIDE}
    assert unlisted == {}, "enclose it (harness.process.ask, run_enclosed), or say here why it need not be"
    gone = sorted(name for name in OUTSIDE if not found.get(name))
    assert gone == [], "nothing runs outside of a jail there any more"
    assert all(len(reason) > 10 for reason in OUTSIDE.values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("from harness import process\nprocess.run(['x'])\n", [2]),
        ("from harness import process\nprocess.run(['x'], jail=jail)\n", []),
        ("from harness import process\nprocess.stream(['x'], print)\n", [2]),
        ("from harness.process import Child as Child\n\nChild(['x'])\n", [3]),
        ("from harness.process import run, run_enclosed\nrun(['x'])\nrun_enclosed(['x'], place)\n", [2]),
        ("from harness.runner.runs import run\nrun(toolchain, suite)\n", []),
    ],
)
def test_a_start_is_seen(text: str, lines: list[int]) -> None:
    assert list(starts(ast.parse(text))) == lines
