"""What is compiled of one side, before it is linked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.builders.graph import Graph
from harness.builders.objects import Compiler, Object
from harness.builders.planner import Plan


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the tools of a side are made of: `objects` by their names in the graph's link lines.

    `compiler` compiles for this side; `changed` are its changes, with those of what TableGen makes of them.
    """

    graph: Graph
    plan: Plan
    compiler: Compiler
    objects: Mapping[str, Object]
    changed: Mapping[str, str]
