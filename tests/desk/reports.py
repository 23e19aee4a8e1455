"""The reports in data/, each with what must be found in it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Report:
    name: str
    text: str
    facts: dict[str, Any]


REPORTS = [
    Report(path.stem, path.read_text(), tomllib.loads(path.with_suffix(".toml").read_text()))
    for path in sorted(DATA.glob("*.txt"))
]
