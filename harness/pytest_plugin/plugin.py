"""What pytest loads at every start: options, and the rest only if a run is about lit tests.

Every pytest of an environment that has the harness loads this module, so it imports nothing else.
"""

from __future__ import annotations

import pytest

from harness.pytest_plugin import WORKER_INPUT


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options."""
    _leave_asserts_alone(pluginmanager)
    group = parser.getgroup("llvm-patch-harness", "LLVM's lit tests (llvm-patch-harness)")
    group.addoption(
        "--llvm",
        metavar="N,N",
        help="Run lit tests on these LLVMs: 19, trunk, wheel, wheel:0.47, system, tree:DIR "
        "[default: 19, or what the ids on the command line name].",
    )
    group.addoption(
        "--patch",
        metavar="SERIES",
        help="Run lit tests without and with a patch: an item fails by what the patch does to its test.",
    )
    group.addoption("--matrix", metavar="RECIPE", help="Run the cells of a matrix, such as ci/matrix.toml.")
    group.addoption(
        "--no-sandbox",
        action="store_true",
        help="Run what patches and tests bring with all of your rights [default: HARNESS_SANDBOX].",
    )
    group.addoption("--matrix-json", metavar="FILE", help="Write what `harness matrix --json` writes.")


def pytest_configure(config: pytest.Config) -> None:
    """Start what the run asks for; mostly nothing."""
    option = config.option
    explicit = config.args_source is pytest.Config.ArgsSource.ARGS
    if not (explicit or option.llvm or option.patch or option.matrix or option.matrix_json):
        return
    # A worker of pytest-xdist does as its controller, which may have had no path on its command line.
    if WORKER_INPUT not in getattr(config, "workerinput", {WORKER_INPUT: ""}):
        return
    from harness.pytest_plugin import activation

    activation.activate(config)


def _leave_asserts_alone(pluginmanager: pytest.PytestPluginManager) -> None:
    """Have pytest import the harness as Python does.

    pytest rewrites the asserts of all modules of a package that has a plugin (_pytest/config/__init__.py,
    _mark_plugins_for_rewrite): half a second for a run of lit tests, and more for our own tests, in each of
    their processes. What is private of it may change; then it only takes longer.
    """
    marked = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        marked.discard("harness")
