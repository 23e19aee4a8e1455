"""What programs are assembled, linked and run with, as it depends on what there is."""

from __future__ import annotations

import platform

import pytest

from harness.litsite import execution

TOOLS = frozenset({"llvm-mc", "ld.lld"})


def found(toolchain: frozenset[str], machine: frozenset[str]) -> dict[str, dict[str, list[str]]]:
    """The machines, with the name of a tool for its place."""
    return {
        name: dict(parts)
        for name, parts in execution.machines(
            lambda tool: f"T/{tool}" if tool in toolchain else None,
            lambda tool: f"M/{tool}" if tool in toolchain | machine else None,
        )
    }


@pytest.fixture(autouse=True)
def native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def test_the_toolchains_own_tools_come_first() -> None:
    assert found(TOOLS, frozenset({"as", "ld"})) == {
        "x86_64": {
            "as": ["T/llvm-mc", "-filetype=obj", "-triple=x86_64-unknown-linux-gnu"],
            "ld": ["T/ld.lld", "-static"],
            "run": [],
        }
    }


def test_another_machine_needs_an_emulator_and_the_toolchains_tools() -> None:
    with_emulators = frozenset({"as", "ld", "qemu-s390x", "qemu-arm"})
    assert list(found(TOOLS, with_emulators)) == ["x86_64", "s390x"]
    assert found(TOOLS, with_emulators)["s390x"]["run"] == ["M/qemu-s390x"]
    assert list(found(frozenset(), with_emulators)) == ["x86_64"]


def test_without_them_the_machines_own_do_for_itself() -> None:
    own = {"x86_64": {"as": ["M/as"], "ld": ["M/ld", "-static"], "run": []}}
    assert found(frozenset(), frozenset({"as", "ld"})) == own
    assert found(frozenset({"llvm-mc"}), frozenset({"as", "ld"})) == own
    assert found(frozenset(), frozenset({"as"})) == {}


def test_nothing_is_native_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert found(TOOLS, frozenset({"as", "ld"})) == {}
    assert list(found(TOOLS | {"qemu-x86_64"}, frozenset())) == ["x86_64"]
