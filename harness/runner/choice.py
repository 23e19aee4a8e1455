"""Which tests a check runs: lit suites, and folders of LLVM's own tests, as `--suite` and `--filter` say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from harness.errors import UsageError
from harness.llvm import Toolchain
from harness.model import LeftOut
from harness.runner import llvm_tests, runs
from harness.runner.discovery import NoTestsError
from harness.runner.mirror import outermost
from harness.runner.pool import Pool
from harness.runner.runs import Suite
from harness.runner.tool_names import tools_of_suite

UPSTREAM = "upstream:"
_EXAMPLE = f"--suite {UPSTREAM}CodeGen/X86"


@dataclass(frozen=True, slots=True)
class Asked:
    """What `--suite`, `--filter` and `--grep` say: lit suites, folders or files of LLVM's own, patterns.

    `folders` are paths such as `llvm/test/CodeGen/X86`. `pattern` is one of names, `text` of what is in a
    test, which counts for LLVM's own alone. `unasked` is a suite that claims may be about and
    that is not among those asked for; `jobs` is how many tests run at once.
    """

    suites: tuple[Suite, ...] = ()
    jobs: int = 1
    folders: tuple[str, ...] = ()
    pattern: str = ""
    text: str = ""
    unasked: Suite | None = None

    @property
    def whole(self) -> tuple[str, ...]:
        """The folders of LLVM's own tests of which nothing is left out, such as `CodeGen/X86`."""
        if self.pattern or self.text:
            return ()
        return tuple(_below(folder) for folder in outermost(self.folders))


@dataclass(frozen=True, slots=True)
class Portion:
    """A suite, as a series needs it. `whole` runs on the base and is kept, `suite` on the patched side.

    Only `names` count of them, all if it is empty: of a folder of LLVM's own, what the series leaves alone,
    so that the base's outcomes are those of every series.
    """

    whole: Suite
    suite: Suite
    names: frozenset[str] = frozenset()

    def counts(self, name: str) -> bool:
        """Whether this result of the suite is one to compare."""
        return not self.names or name in self.names

    def holds(self, name: str) -> bool:
        """Whether a test of this name is run by this portion."""
        return name in self.names if self.names else self.whole.holds(name)


def of_names(whole: Suite, names: Collection[str]) -> Portion:
    """Some tests of a suite, of which the base runs all."""
    return Portion(whole, replace(whole, names=tuple(sorted(names))), frozenset(names))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What runs: lit suites, and LLVM's own tests on the source without a patch.

    `left_out` are tests that are not run, with the reason; `tools` what the tests name of LLVM's tools.
    """

    suites: tuple[Suite, ...]
    upstream: tuple[Portion, ...] = ()
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    jobs: int = 1
    tools: frozenset[str] = frozenset()


def reached(chosen: Chosen, tree: Path, touched: Collection[str]) -> Chosen:
    """Of what was chosen LLVM's own tests alone that a change of the files `touched` may reach."""
    below = [path for path in touched if path.startswith(f"{llvm_tests.TESTS}/")]
    portions = []
    for portion in chosen.upstream:
        if names := llvm_tests.select_reached(tree, portion.names, below):
            suite = replace(portion.whole, names=tuple(sorted(names)))
            portions.append(Portion(suite, suite, names))
    return replace(chosen, suites=(), upstream=tuple(portions), left_out={})


def folder_asked(text: str) -> str:
    """`upstream:CodeGen/X86` or `upstream:llvm/test/CodeGen/X86` -> `llvm/test/CodeGen/X86`.

    Raises UsageError if it cannot be a path below llvm/test.
    """
    given = text.removeprefix(UPSTREAM)
    path = PurePosixPath(given)
    if path.is_absolute():
        _, below, rest = given.partition(f"/{llvm_tests.TESTS}/")
        example = f"--suite {UPSTREAM}{rest}" if below and rest else _EXAMPLE
        raise UsageError(
            f"--suite {text}: is an absolute path", f"name it as below {llvm_tests.TESTS}: {example}"
        )
    if ".." in path.parts:
        raise UsageError(
            f"--suite {text}: leads out of {llvm_tests.TESTS}", f"name it without ..: {_EXAMPLE}"
        )
    if path.parts[:2] == ("llvm", "test"):
        path = path.relative_to(llvm_tests.TESTS)
    if not path.parts:
        raise UsageError(
            f"--suite {text}: names no tests", f"name a folder or a test below {llvm_tests.TESTS}: {_EXAMPLE}"
        )
    return f"{llvm_tests.TESTS}/{path}"


def choose(asked: Asked, release: Toolchain, tree: Path, identity: str, pool: Pool) -> Chosen:
    """Find the tests that were asked for, LLVM's own in a source tree, which `identity` names.

    Raises UsageError if a folder is not there or has no tests, or the filter leaves nothing in any suite,
    and EnvironmentLacksError if the toolchain lacks what LLVM's own tests need.
    """
    suites: list[Suite] = []
    portions: list[Portion] = []
    left_out: dict[str, LeftOut] = {}
    total = 0

    def matching(names: Sequence[str]) -> list[str]:
        nonlocal total
        total += len(names)
        found = [name for name in names if re.search(asked.pattern, name)]
        left_out.update(dict.fromkeys(set(names).difference(found), LeftOut.FILTER))
        return found

    for suite in asked.suites:
        if not asked.pattern or matching(runs.names(release, suite, pool)):
            suites.append(replace(suite, pattern=asked.pattern))
    for folder in outermost(asked.folders):
        own = folder_suite(asked, release, tree, folder, identity)
        found = matching(_names(release, own, folder, pool))
        if asked.text:
            says = _saying(tree, found, asked.text)
            left_out.update(dict.fromkeys(set(found).difference(says), LeftOut.GREP))
            found, own = says, replace(own, pattern="", names=tuple(says))
        if found:
            portions.append(of_names(own, found))
    if asked.text and not portions:
        raise _none_says(asked)
    if not (suites or portions):
        raise runs.no_match_error(asked.pattern, total)
    if asked.unasked is not None:
        for name in runs.names(release, asked.unasked, pool):
            left_out.setdefault(name, LeftOut.SUITE)
    named = map(tools_of_suite, (*asked.suites, *(portion.suite for portion in portions)))
    tools = frozenset[str]().union(*named)
    return Chosen(tuple(suites), tuple(portions), left_out, asked.jobs, tools)


def folder_suite(asked: Asked, toolchain: Toolchain, tree: Path, folder: str, identity: str = "") -> Suite:
    """A folder or file of LLVM's own tests, as a suite. Raises UsageError if the source has none such."""
    if not _is_there(tree / folder):
        raise UsageError(
            f"--suite {short(folder)}: LLVM {toolchain.version} has no {folder}", _closest(tree, folder)
        )
    if any((tree / llvm_tests.TESTS / p / "lit.cfg.py").is_file() for p in _way(folder)):
        raise UsageError(
            f"--suite {short(folder)}: is a suite of its own, of programs that are not built here",
            f"name another folder: {_EXAMPLE}",
        )
    suite = llvm_tests.suite(toolchain, tree, [folder], jobs=asked.jobs, identity=identity)
    return replace(suite, pattern=asked.pattern)


def folder_alone(asked: Asked, toolchain: Toolchain, tree: Path) -> Suite:
    """The one folder that was asked for, to be run without a patch. Raises as `choose` does."""
    suite = folder_suite(asked, toolchain, tree, asked.folders[0])
    with Pool(1) as pool:
        names = _names(toolchain, suite, asked.folders[0], pool)
    if not asked.text:
        return suite
    if not (says := _saying(tree, [n for n in names if re.search(asked.pattern, n)], asked.text)):
        raise _none_says(asked)
    return replace(suite, pattern="", names=tuple(says))


def _names(toolchain: Toolchain, suite: Suite, folder: str, pool: Pool) -> tuple[str, ...]:
    try:
        return runs.names(toolchain, suite, pool)
    except NoTestsError:
        raise UsageError(
            f"--suite {short(folder)}: no tests there", f"name a folder with tests, or a test: {_EXAMPLE}"
        ) from None


def short(folder: str) -> str:
    """`llvm/test/CodeGen/X86` -> `upstream:CodeGen/X86`."""
    return f"{UPSTREAM}{_below(folder)}"


def _below(folder: str) -> str:
    return folder.removeprefix(f"{llvm_tests.TESTS}/")


def _way(folder: str) -> list[PurePosixPath]:
    """A folder and those it lies in, below llvm/test and without it."""
    path = PurePosixPath(folder).relative_to(llvm_tests.TESTS)
    return [path, *path.parents[:-1]]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a name can be
        return False


def _closest(tree: Path, folder: str) -> str:
    """What to type instead of a path that the tree does not have."""
    here = PurePosixPath(llvm_tests.TESTS)
    for part in PurePosixPath(folder).relative_to(here).parts:
        if _is_there(tree / here / part):
            here /= part
            continue
        there = {entry.name.lower(): entry.name for entry in (tree / here).iterdir()}
        close = difflib.get_close_matches(part.lower(), there, n=1)
        if not close:
            return f"look into {tree / here}"
        here /= there[close[0]]
        if not (tree / here).is_dir():
            break
    return f"did you mean --suite {short(str(here))}?"


def _saying(tree: Path, names: Sequence[str], pattern: str) -> list[str]:
    """Those tests of a source tree, sorted, that hold a match of the pattern."""
    holds = re.compile(pattern.encode()).search
    return sorted(name for name in names if holds((tree / name).read_bytes()))


def _none_says(asked: Asked) -> UsageError:
    return UsageError(
        f"--grep {asked.text}: no test of LLVM's own that was asked for holds a match",
        f"give another, and folders with such tests: {_EXAMPLE}",
    )
