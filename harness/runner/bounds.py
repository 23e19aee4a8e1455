"""What things may take: each program of a test, the whole test, reading a suite's configuration.

Processor time counts first. On a busy machine everything takes longer, but uses no more of it; wall time is a
far backstop, for what sleeps.

A suite's configuration may lower the bound on output: an llc that writes nops without end writes them until
then. LLVM's own tests need the bound of all tools.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.process import MIB, TOOL_LIMITS, Limits


class BadBoundError(ValueError):
    """A suite's configuration sets a bound that cannot be one."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds: of a program (and of a FileCheck in process), of a whole test, of reading a configuration.

    `output` is how many bytes a program may write to each pipe and to each file.
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
    output: int = TOOL_LIMITS.output

    @property
    def of_program(self) -> Limits:
        """The limits on one program of a test."""
        return replace(TOOL_LIMITS, wall=self.program_wall, cpu=self.program_cpu, output=self.output)

    def of_config(self, most: object) -> Bounds:
        """The bounds of a test whose configuration sets `max_output_mib` to `most`; None if it does not.

        Raises BadBoundError if that is not a number of MiB, or is more than these bounds allow.
        """
        if most is None:
            return self
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= self.output // MIB:
            raise BadBoundError(
                f"config.max_output_mib is {most!r}: say a whole number of MiB, 1 to {self.output // MIB}"
            )
        return replace(self, output=most * MIB)


BOUNDS = Bounds()

# A worker with all that runs in it. It lives as long as its pool; time is bounded for each test.
WORKER_LIMITS = Limits(wall=0, cpu=0, memory=0, output=0, processes=512, resident=6 * 1024 * MIB, files=0)
# The bytes of all files that it has, which are looked at after each test, and how many each of its processes
# may have open.
WORKER_DISK = 4 * 1024 * MIB
WORKER_FILES = 4096
