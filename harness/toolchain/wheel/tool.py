"""The two tools by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from harness.toolchain.wheel import embedded, llc, lli

TOOLS: dict[str, Callable[[Sequence[str]], int]] = {"llc": llc.run, "lli": lli.run}


def main(tool: str, argv: Sequence[str]) -> NoReturn:
    """Be the tool: this process ends with its status."""
    embedded.leave(TOOLS[tool](argv))
