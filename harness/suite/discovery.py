"""Which tests there are, by lit's own rules; and what a worker is told to run them with."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import msgspec

from harness.errors import UsageError


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker is started with: lit's parameters, and how to run.

    `expectations`: XFAIL counts (a suite on its own); without it outcomes are raw (a comparison).
    """

    root: str
    exec_root: str
    params: dict[str, str]
    in_process: bool
    expectations: bool


def lit_config(orders: Orders) -> Any:
    """lit's configuration for these orders. lit ends the process (SystemExit) if it is wrong."""
    import lit.LitConfig

    return lit.LitConfig.LitConfig(
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
        params={**orders.params, "exec_root": orders.exec_root},
    )


def discover(config: Any, inputs: list[str]) -> dict[str, Any]:
    """All tests below the inputs, by name (the path below the suite's root), in lit's order."""
    import lit.discovery

    tests = lit.discovery.find_tests_for_inputs(config, inputs)
    return {"/".join(test.path_in_suite): test for test in tests}


def names(orders: Orders) -> tuple[str, ...]:
    """The names of a suite's tests, sorted. Raises UsageError if lit refuses the suite or there are none."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            found = discover(lit_config(orders), [orders.root])
    except SystemExit:
        raise UsageError(
            f"{orders.root}: lit cannot read this suite", "mend its lit.cfg.py", said.getvalue()[-2000:]
        ) from None
    if not found:
        raise UsageError(
            f"{orders.root}: no tests there",
            "name a lit suite: a folder with lit.cfg.py and tests",
            said.getvalue(),
        )
    return tuple(sorted(found))
