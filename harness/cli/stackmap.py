"""`harness stackmap`. The command stands beside what it shows: the suite's `%stackmap` runs it too."""

from __future__ import annotations

from harness.stackmaps.command import command

__all__ = ["command"]
