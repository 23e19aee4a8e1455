"""What one run of a tool under test may take: more than this, and it is hung or broken, not slow.

Processor time shows that on a busy machine too; wall time is a far backstop, for what sleeps: twelve times as
long. Standard library only: `lit-tests/lit.cfg.py` imports this outside our own
environment, and `harness.process` takes the same numbers.
"""

from __future__ import annotations

WALL_SECONDS = 120
CPU_SECONDS = 10
# Between SIGXCPU, which a program may ignore, and SIGKILL.
CPU_GRACE_SECONDS = 2
# Of address space, for each process.
MEMORY_BYTES = 4096 * 1024 * 1024
# Into each pipe, and into each file.
OUTPUT_BYTES = 32 * 1024 * 1024
