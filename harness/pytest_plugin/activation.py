"""What a run of pytest is about: nothing of ours, lit suites, a patch, or a matrix.

This looks at the paths of every command line, so what it needs for a run of ours is imported when it is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import HarnessError, UsageError
from harness.pytest_plugin import WORKER_INPUT, places
from harness.pytest_plugin.columns import parse_columns

if TYPE_CHECKING:
    from harness.pytest_plugin.distribution import Distribution
    from harness.pytest_plugin.pairs import Pairs
    from harness.pytest_plugin.suites import LitSession

_NAME = "llvm-patch-harness"
_DISTRIBUTION = f"{_NAME}-distribution"


def activate(config: pytest.Config) -> None:
    """Register what the run needs. Raises pytest.UsageError."""
    option = config.option
    if option.no_sandbox:
        from harness.process.sandbox import VARIABLE, Mode

        os.environ[VARIABLE] = Mode.OFF.value
    forced = bool(option.llvm or option.patch)
    explicit = config.args_source is pytest.Config.ArgsSource.ARGS
    paths = list(_lit_paths(config, forced=forced)) if explicit or forced else []
    try:
        if paths:
            _collect_tests(config, paths)
        elif forced:
            raise pytest.UsageError(
                f"{'--patch' if option.patch else '--llvm'}: no path on the command line is a lit suite, "
                "or in one\nnext: name a folder with lit.cfg.py, such as lit-tests"
            )
        if option.matrix or option.matrix_json:
            _collect_cells(config, explicit=explicit)
        if config.pluginmanager.hasplugin(_DISTRIBUTION):
            from harness.pytest_plugin.items import ReportedReasons

            config.pluginmanager.register(ReportedReasons(), f"{_NAME}-skips")
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from None


def _lit_paths(config: pytest.Config, *, forced: bool) -> Iterator[tuple[Path, Path]]:
    """The paths of the command line that are in a suite, each with the suite's root.

    A module of Python in a suite's folder is pytest's own, unless it is said what the run is about.
    """
    for argument in config.args:
        given, _, column = places.split_id(argument)
        path = _absolute(config, given)
        if not path.exists() or (path.suffix == ".py" and not (forced or column)):
            continue
        if (root := places.find_root(path)) is not None:
            yield root, path


def _collect_tests(config: pytest.Config, paths: list[tuple[Path, Path]]) -> None:
    """Have the tests of these paths collected for the LLVMs of the run."""
    from harness.pytest_plugin.collection import Collection
    from harness.pytest_plugin.distribution import Distribution
    from harness.pytest_plugin.items import RUNNER, SESSION, Alone
    from harness.pytest_plugin.suites import LitSession, gather
    from harness.store import Store, default_root
    from harness.toolchain.enclosing import require_sandbox
    from harness.toolchain.registry import read_column

    store = Store(default_root())
    require_sandbox(store)
    named = [column for argument in config.args if (column := places.split_id(argument)[2])]
    columns = parse_columns(config.option.llvm, named)
    for column in columns:
        read_column(column)
    session = LitSession(store, columns, gather(paths))
    distribution = Distribution(columns, getattr(config, "workerinput", {}).get(WORKER_INPUT, ""))
    config.stash[SESSION] = session
    config.stash[RUNNER] = Alone()
    config.args[:] = map(places.for_pytest, config.args)
    config.pluginmanager.register(Collection(session), f"{_NAME}-collection")
    config.pluginmanager.register(distribution, _DISTRIBUTION)
    pairs = _judge_pairs(config, session, distribution) if config.option.patch else None
    from harness.pytest_plugin.recording import RunRecorder

    recorder = RunRecorder(session, pairs, is_worker=hasattr(config, "workerinput"))
    config.pluginmanager.register(recorder, f"{_NAME}-recorder")


def _collect_cells(config: pytest.Config, *, explicit: bool) -> None:
    """Have the cells of a recipe collected, alone if no path on the command line asks for more."""
    from harness.matrix.recipe import read
    from harness.pytest_plugin.cells import NUMBER_INPUT, MatrixHooks
    from harness.pytest_plugin.distribution import Distribution
    from harness.pytest_plugin.matrix import MatrixRun
    from harness.store import Store, default_root
    from harness.toolchain.enclosing import require_sandbox

    option, given = config.option, getattr(config, "workerinput", None)
    if not option.matrix:
        raise UsageError("--matrix-json without --matrix", "name a recipe: --matrix ci/matrix.toml")
    path = _absolute(config, option.matrix)
    recipe = read(Path(option.matrix))
    if not explicit:
        config.args[:] = []
    if not any(argument.partition("::")[0] in {option.matrix, str(path)} for argument in config.args):
        config.args.append(str(path))
    distribution = config.pluginmanager.get_plugin(_DISTRIBUTION)
    if distribution is None:
        distribution = Distribution((), (given or {}).get(WORKER_INPUT, ""))
        config.pluginmanager.register(distribution, _DISTRIBUTION)
    processors = len(os.sched_getaffinity(0))
    jobs = max(1, processors // int((given or {}).get("workercount", 1)))
    store = Store(default_root())
    require_sandbox(store)
    matrix = MatrixRun(store, recipe, jobs, distribution, (given or {}).get(NUMBER_INPUT))
    json_file = _absolute(config, option.matrix_json) if option.matrix_json else None
    hooks = MatrixHooks(matrix, path, json_file, is_worker=given is not None)
    config.pluginmanager.register(hooks, f"{_NAME}-matrix")


def _judge_pairs(config: pytest.Config, session: LitSession, distribution: Distribution) -> Pairs:
    """Have the items judged by what a patch does to their tests."""
    from harness.pytest_plugin.items import RUNNER
    from harness.pytest_plugin.pairs import PairHooks, Pairs, require_sense

    patch = config.option.patch
    require_sense(patch, session)
    workers = int(getattr(config, "workerinput", {}).get("workercount", 0))
    processors = workers or len(os.sched_getaffinity(0))
    # As many checks run at once as there are LLVMs and workers for them.
    at_once = min(workers, len(session.columns)) or 1
    pairs = Pairs(patch, session, max(1, processors // at_once), distribution)
    config.stash[RUNNER] = pairs
    config.pluginmanager.register(PairHooks(pairs), f"{_NAME}-pairs")
    return pairs


def _absolute(config: pytest.Config, path: str) -> Path:
    """A path of the command line, from where pytest was started."""
    return Path(os.path.abspath(config.invocation_params.dir / path))  # noqa: PTH100 - links stay
