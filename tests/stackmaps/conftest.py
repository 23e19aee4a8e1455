"""How many random objects the tests of stack maps compile."""

from __future__ import annotations

import pytest

DEFAULT_OBJECTS = 240


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--objects",
        type=int,
        default=DEFAULT_OBJECTS,
        help="how many random objects the stack map tests compile (of each LLVM)",
    )
    parser.addoption("--first-seed", type=int, default=0, help="the seed of the first of them")
