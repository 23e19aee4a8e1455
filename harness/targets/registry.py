"""The targets. To add one, write a module in this folder and add a line here."""

from __future__ import annotations

from harness.targets import aarch64, loongarch, powerpc64, riscv, systemz, x86_64
from harness.targets.target import Target

TARGETS: tuple[Target, ...] = (
    x86_64.TARGET,
    aarch64.TARGET,
    powerpc64.TARGET,
    systemz.TARGET,
    riscv.TARGET,
    loongarch.TARGET,
)


def find(name: str) -> Target | None:
    """The target with a name, None if there is none."""
    return next((one for one in TARGETS if one.name == name), None)
