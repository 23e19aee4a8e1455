"""Which tests a check runs: what `--suite`, `--filter` and `--grep` select."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
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
# LLVM's own tests that enter what a series changes, of all folders with a map, and at most how many of them.
REACHED = f"{UPSTREAM}reached"
MOST_UPSTREAM = 200
_EXAMPLE = f"--suite {UPSTREAM}CodeGen/X86"


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """The values of `--suite`, `--filter` and `--grep`: lit suites, paths of LLVM's own tests, patterns.

    `folders` are paths such as `llvm/test/CodeGen/X86`. `pattern` matches names; `text` matches the text of a
    test, and applies only to LLVM's own. `unselected` is a suite that is not among `suites` although claims
    may be about it; `jobs` is how many tests run at once. `reached`: of LLVM's own, also those that a series
    reaches, the nearest `most` of them.
    """

    suites: tuple[Suite, ...] = ()
    jobs: int = 1
    folders: tuple[str, ...] = ()
    pattern: str = ""
    text: str = ""
    unselected: Suite | None = None
    reached: bool = False
    most: int = MOST_UPSTREAM

    @property
    def whole(self) -> tuple[str, ...]:
        """The folders of LLVM's own tests that run completely, such as `CodeGen/X86`."""
        if self.pattern or self.text:
            return ()
        return tuple(_below(folder) for folder in outermost(self.folders))


def pattern_of(names: Iterable[str]) -> str:
    """The pattern that matches these names and no other."""
    return f"^(?:{'|'.join(map(re.escape, sorted(names)))})$"


@dataclass(frozen=True, slots=True)
class Portion:
    """A suite, as a series needs it. `whole` runs on the base and is kept; `suite` runs on the patched side.

    Only the tests in `names` count, all if it is empty. In a folder of LLVM's own these are the tests that
    the series leaves alone, so that all series share the base's outcomes.
    """

    whole: Suite
    suite: Suite
    names: frozenset[str] = frozenset()

    def counts(self, name: str) -> bool:
        """Whether the result of this test is compared."""
        return not self.names or name in self.names

    def holds(self, name: str) -> bool:
        """Whether this portion runs a test of this name."""
        return name in self.names if self.names else self.whole.holds(name)


def portion_of(whole: Suite, names: Collection[str]) -> Portion:
    """Some tests of a suite; the base runs all of it."""
    return Portion(whole, replace(whole, names=tuple(sorted(names))), frozenset(names))


@dataclass(frozen=True, slots=True)
class Selection:
    """What runs: lit suites, and LLVM's own tests on the source without a patch.

    `left_out` are tests that do not run, with the reason; `tools` are LLVM's tools that the tests name.
    """

    suites: tuple[Suite, ...]
    llvm_tests: tuple[Portion, ...] = ()
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    jobs: int = 1
    tools: frozenset[str] = frozenset()


def keep_reached(selected: Selection, tree: Path, touched: Collection[str]) -> Selection:
    """Only those of LLVM's own tests that a change of the files `touched` may reach."""
    below = [path for path in touched if path.startswith(f"{llvm_tests.TESTS}/")]
    portions = []
    for portion in selected.llvm_tests:
        if names := llvm_tests.select_reached(tree, portion.names, below):
            suite = replace(portion.whole, names=tuple(sorted(names)))
            portions.append(Portion(suite, suite, names))
    return replace(selected, suites=(), llvm_tests=tuple(portions), left_out={})


def parse_folder(text: str) -> str:
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


def select(
    options: SuiteOptions,
    release: Toolchain,
    tree: Path,
    identity: str,
    pool: Pool,
    later: Collection[str] = (),
) -> Selection:
    """Find the tests that the options select, LLVM's own in a source tree, which `identity` names.

    `later` are names of tests some of which may be chosen for a series when it is known what it changes.

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
        found = [name for name in names if re.search(options.pattern, name)]
        left_out.update(dict.fromkeys(set(names).difference(found), LeftOut.FILTER))
        return found

    for suite in options.suites:
        if not options.pattern or matching(runs.names(release, suite, pool)):
            suites.append(replace(suite, pattern=options.pattern))
    for folder in outermost(options.folders):
        own = suite_of_folder(options, release, tree, folder, identity)
        found = matching(_names(release, own, folder, pool))
        if options.text:
            says = list_with_text(tree, found, options.text)
            left_out.update(dict.fromkeys(set(found).difference(says), LeftOut.GREP))
            found, own = says, replace(own, pattern="", names=tuple(says))
        if found:
            portions.append(portion_of(own, found))
    chosen_later = any(re.search(options.pattern, name) for name in later)
    if options.text and not portions and not chosen_later:
        raise _no_text_error(options)
    if not (suites or portions or chosen_later):
        raise runs.no_match_error(options.pattern, total)
    if options.unselected is not None:
        for name in runs.names(release, options.unselected, pool):
            left_out.setdefault(name, LeftOut.SUITE)
    named = map(tools_of_suite, (*options.suites, *(portion.suite for portion in portions)))
    tools = frozenset[str]().union(*named)
    return Selection(tuple(suites), tuple(portions), left_out, options.jobs, tools)


def suite_of_folder(
    options: SuiteOptions, toolchain: Toolchain, tree: Path, folder: str, identity: str = ""
) -> Suite:
    """A folder or file of LLVM's own tests, as a suite. Raises UsageError if the source does not have it."""
    if not _is_there(tree / folder):
        raise UsageError(
            f"--suite {option_of(folder)}: LLVM {toolchain.version} has no {folder}", _closest(tree, folder)
        )
    if any((tree / llvm_tests.TESTS / p / "lit.cfg.py").is_file() for p in _ancestors(folder)):
        raise UsageError(
            f"--suite {option_of(folder)}: is a suite of its own, of programs that are not built here",
            f"name another folder: {_EXAMPLE}",
        )
    suite = llvm_tests.suite(toolchain, tree, [folder], jobs=options.jobs, identity=identity)
    return replace(suite, pattern=options.pattern)


def suite_without_patch(options: SuiteOptions, toolchain: Toolchain, tree: Path) -> Suite:
    """The only folder of the options, to run without a patch. Raises as `select` does."""
    suite = suite_of_folder(options, toolchain, tree, options.folders[0])
    with Pool(1) as pool:
        names = _names(toolchain, suite, options.folders[0], pool)
    if not options.text:
        return suite
    if not (says := list_with_text(tree, [n for n in names if re.search(options.pattern, n)], options.text)):
        raise _no_text_error(options)
    return replace(suite, pattern="", names=tuple(says))


def _names(toolchain: Toolchain, suite: Suite, folder: str, pool: Pool) -> tuple[str, ...]:
    try:
        return runs.names(toolchain, suite, pool)
    except NoTestsError:
        raise UsageError(
            f"--suite {option_of(folder)}: no tests there", f"name a folder with tests, or a test: {_EXAMPLE}"
        ) from None


def option_of(folder: str) -> str:
    """`llvm/test/CodeGen/X86` -> `upstream:CodeGen/X86`."""
    return f"{UPSTREAM}{_below(folder)}"


def _below(folder: str) -> str:
    return folder.removeprefix(f"{llvm_tests.TESTS}/")


def _ancestors(folder: str) -> list[PurePosixPath]:
    """A folder and those above it, below llvm/test."""
    path = PurePosixPath(folder).relative_to(llvm_tests.TESTS)
    return [path, *path.parents[:-1]]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a name can be
        return False


def _closest(tree: Path, folder: str) -> str:
    """What to type instead of a path that is not in the tree."""
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
    return f"did you mean --suite {option_of(str(here))}?"


def list_with_text(tree: Path, names: Sequence[str], pattern: str) -> list[str]:
    """The tests of a source tree, sorted, whose text matches the pattern; all if it is empty."""
    if not pattern:
        return sorted(names)
    holds = re.compile(pattern.encode()).search
    return sorted(name for name in names if holds((tree / name).read_bytes()))


def _no_text_error(options: SuiteOptions) -> UsageError:
    return UsageError(
        f"--grep {options.text}: no test of LLVM's own that was asked for holds a match",
        f"give another, and folders with such tests: {_EXAMPLE}",
    )
