"""How long things may take: each program of a test, the whole test, reading a suite's configuration.

Processor time counts first. On a busy machine everything takes longer, but uses no more of it; wall time is a
far backstop, for what sleeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.process import TOOL_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: of a program (and of a FileCheck in process), of a whole test, of reading a configuration.

    `grace` is what a worker gets on top of the test's bound, to report itself what it stopped. `alone` is how
    many tests of one run that reached a bound on time run again, with nothing beside them.
    """

    program_cpu: int = TOOL_LIMITS.cpu
    program_wall: float = TOOL_LIMITS.wall
    test_cpu: int = 60
    test_wall: float = 300
    reading_cpu: int = 60
    reading_wall: float = 300
    grace: float = 30
    alone: int = 10

    @property
    def of_program(self) -> Limits:
        """The limits on one program of a test."""
        return replace(TOOL_LIMITS, wall=self.program_wall, cpu=self.program_cpu)


BOUNDS = Bounds()
