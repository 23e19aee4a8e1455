"""Everything of lit that the harness uses and lit does not promise. No other module imports lit.

lit is a program, not a library: what is public is its command line, and `lit.formats` and `lit.llvm` for
configurations. The harness runs its discovery, its shell and its tests one by one, so it depends on
names that any release may move. `require` looks for all of them, before a test runs.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from harness.errors import EnvironmentLacksError
from harness.process import PIPE, STDOUT

# As pyproject.toml has it; a test holds them together.
REQUIREMENT = "lit>=23.1,<24"
_OLDEST, _TOO_NEW = (23, 1), (24,)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "lit.LitConfig": ("LitConfig",),
    "lit.ShUtil": ("Pipeline",),
    "lit.Test": ("FAIL", "PASS", "Test"),
    "lit.TestRunner": (
        "InternalShellError",
        "ShellCommandResult",
        "_executeShCmd",
        "applySubstitutions",
        "getDefaultSubstitutions",
        "getTempPaths",
        "parseIntegratedTestScript",
        "subprocess",
    ),
    "lit.TestingConfig": ("TestingConfig",),
    "lit.discovery": ("find_tests_for_inputs",),
    "lit.worker": ("_execute",),
}
# What lit puts in front of every program after a `ulimit`. It starts the program and exits with its status,
# -6 as 250.
LAUNCHER = "_launch_with_limit.py"
# lit/TestRunner.py, _executeShCmd.
_NOT_FOUND = re.compile(r"^'(?P<name>.*)': command not found$")


class Command(Protocol):
    """A program of a pipeline and its arguments; a redirection is an operator and a file."""

    args: list[object]
    redirects: list[tuple[tuple[str, ...], object]]


class Pipeline(Protocol):
    """Commands with `|` between them."""

    commands: list[Command]
    negate: bool
    pipe_err: bool


class ShellEnvironment(Protocol):
    """Where lit's shell is, and the variables it has."""

    cwd: str
    env: dict[str, str]


class CommandResult(Protocol):
    """What one command of a pipeline wrote."""

    command: Command
    stdout: str
    stderr: str


class Config(Protocol):
    """lit's configuration of a folder of tests."""

    environment: dict[str, str]
    available_features: set[str]
    unsupported: bool


class Code(Protocol):
    """An outcome in lit's words: `PASS`, `XFAIL`, ..."""

    name: str


class LitResult(Protocol):
    """What became of a test."""

    code: Code
    output: str | None


class TestSuite(Protocol):
    """A folder with a configuration, and where its tests write: the path of a test is below both."""

    source_root: str
    exec_root: str


class Test(Protocol):
    """A test as lit found it."""

    suite: TestSuite
    path_in_suite: tuple[str, ...]
    config: Config
    file_path: str | None
    result: LitResult

    def getSourcePath(self) -> str:  # noqa: N802 - lit's name
        """The file."""

    def setResult(self, result: LitResult) -> None:  # noqa: N802 - lit's name
        """Settle the result: expected failures become XFAIL or XPASS. Once for each test."""


RunPipeline = Callable[[Pipeline, ShellEnvironment, list[CommandResult], object], int | None]


def require() -> None:
    """Raises EnvironmentLacksError if this lit is not one that the harness knows from the inside."""
    for name in _NAMES:
        _module(name)


@cache
def _check() -> None:
    import lit

    found = tuple(map(int, re.findall(r"\d+", lit.__version__)[:2]))
    if not _OLDEST <= found < _TOO_NEW:
        raise _not_supported("the harness uses what another version may have moved")
    missing = [f"{module}.{name}" for module, names in _NAMES.items() for name in _missing(module, names)]
    if not (Path(lit.__file__).parent / "builtin_commands" / LAUNCHER).is_file():
        missing.append(f"builtin_commands/{LAUNCHER}")
    if missing:
        raise _not_supported(f"it has no {', '.join(missing)}")


def _missing(module: str, names: Sequence[str]) -> list[str]:
    try:
        loaded = importlib.import_module(module)
    except ImportError:
        return list(names)
    return [name for name in names if not hasattr(loaded, name)]


def _not_supported(why: str) -> EnvironmentLacksError:
    import lit

    return EnvironmentLacksError(
        f"lit {lit.__version__} is not supported: {why}",
        f"type: {sys.executable} -m pip install '{REQUIREMENT}'",
    )


def _module(name: str) -> Any:
    _check()
    return importlib.import_module(name)


# Configuration and discovery


def new_config(params: Mapping[str, object]) -> Any:
    """lit's configuration of a run. lit ends the process (SystemExit) if a suite finds it wrong."""
    return _module("lit.LitConfig").LitConfig(
        progname="harness",
        path=[],
        diagnostic_level="note",
        useValgrind=False,
        valgrindLeakCheck=False,
        valgrindArgs=[],
        noExecute=False,
        debug=False,
        isWindows=False,
        order="smart",
        params=dict(params),
    )


def max_output_mib(config: Config) -> object:
    """What a configuration sets `max_output_mib` to, which is ours and not lit's; None if it does not."""
    return getattr(config, "max_output_mib", None)


def find_tests(config: Any, inputs: Sequence[str]) -> list[Test]:
    """All tests at or below paths, in lit's order."""
    found: list[Test] = _module("lit.discovery").find_tests_for_inputs(config, list(inputs))
    return found


def write_below(tests: Iterable[Test], root: str, folder: str) -> None:
    """Have tests of the suite at `root` write below `folder`, wherever their configuration puts that.

    Many put it beside the tests, lit itself does if they say nothing.
    """
    for suite in {id(test.suite): test.suite for test in tests}.values():
        if not Path(suite.exec_root).is_relative_to(folder):
            inner = os.path.relpath(os.path.realpath(suite.source_root), os.path.realpath(root))
            suite.exec_root = folder if inner.startswith("..") else os.path.normpath(Path(folder, inner))


def environment_of_tests() -> dict[str, str]:
    """The variables of this process that lit passes on to every test, and those it sets."""
    config = SimpleNamespace(path=[], useValgrind=False, valgrindLeakCheck=False, maxIndividualTestTime=0)
    found: dict[str, str] = _module("lit.TestingConfig").TestingConfig.fromdefaults(config).environment
    return found


# A test


def fresh_copy(test: Test, config: Config) -> Test:
    """A test without a result, with another configuration: lit refuses a second result."""
    copy: Test = _module("lit.Test").Test(test.suite, test.path_in_suite, config, test.file_path)
    return copy


def execute(test: Test, config: Any) -> LitResult:
    """Run a test as lit's own workers do. What breaks down in its format is UNRESOLVED."""
    result: LitResult = _module("lit.worker")._execute(test, config)
    return result


def turn_pass_into_fail(result: LitResult) -> None:
    """Make a test that passed one that failed."""
    codes = _module("lit.Test")
    if result.code is codes.PASS:
        result.code = codes.FAIL


def commands_of(test: Test) -> list[str]:
    """The RUN lines of a test, everything substituted, its folder made; empty if lit would not run them."""
    runner = _module("lit.TestRunner")
    lines = None if test.config.unsupported else runner.parseIntegratedTestScript(test)
    if not isinstance(lines, list):
        return []
    folder, base = runner.getTempPaths(test)
    Path(folder).mkdir(parents=True, exist_ok=True)
    replaced = runner.getDefaultSubstitutions(test, folder, base)
    conditions = dict.fromkeys(test.config.available_features, True)
    return list(map(str, runner.applySubstitutions(lines, replaced, conditions)))


# The shell


def pipeline(commands: Sequence[Command], negate: bool, pipe_err: bool) -> Pipeline:
    """A pipeline for lit's shell."""
    made: Pipeline = _module("lit.ShUtil").Pipeline(list(commands), negate, pipe_err)
    return made


def command_result(command: Command, stderr: str, code: int) -> CommandResult:
    """The result of a command that lit did not run itself."""
    made: CommandResult = _module("lit.TestRunner").ShellCommandResult(command, "", stderr, code, False, [])
    return made


def missing_program(error: Exception) -> str:
    """The program that lit's shell did not find, if that is what an error says; empty if not."""
    if not isinstance(error, _module("lit.TestRunner").InternalShellError):
        return ""
    missing = _NOT_FOUND.match(str(error.message))
    return missing["name"] if missing else ""


@contextlib.contextmanager
def replace_pipelines(wrap: Callable[[RunPipeline], RunPipeline]) -> Iterator[None]:
    """Have lit's shell run its pipelines as `wrap` says, in this block; it is given lit's own way.

    lit has no hook for that, so the module's global is replaced.
    """
    runner = _module("lit.TestRunner")
    pipeline_class = _module("lit.ShUtil").Pipeline
    original = runner._executeShCmd
    ours = wrap(original)

    def execute(cmd: Any, shenv: ShellEnvironment, results: list[CommandResult], timeout: object) -> Any:
        run = ours if isinstance(cmd, pipeline_class) else original
        return run(cmd, shenv, results, timeout)

    runner._executeShCmd = execute
    try:
        yield
    finally:
        runner._executeShCmd = original


@contextlib.contextmanager
def replace_popen(start: Callable[..., object]) -> Iterator[None]:
    """Have lit's shell start its programs by `start`, in this block.

    lit.TestRunner reaches Popen and two constants through its global `subprocess`; nothing of the real module
    changes for anyone else.
    """
    runner = _module("lit.TestRunner")
    original = runner.subprocess
    runner.subprocess = types.SimpleNamespace(Popen=start, PIPE=PIPE, STDOUT=STDOUT)
    try:
        yield
    finally:
        runner.subprocess = original
