"""Maps of a release that no tool was run for."""

from __future__ import annotations

from pathlib import Path

from harness.model import Outcome
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import write_map
from harness.reach.map.store import MappedRelease, Maps
from harness.reach.names import FunctionName
from harness.store import Store

RELEASE = MappedRelease("19.1.7", "0123456789", "a Debian")
VISIT = FunctionName("", "_ZN4llvm19SelectionDAGBuilder15visitPatchpointERKNS_8CallBaseEPKNS_10BasicBlockE")
LOWER = FunctionName("X86MCInstLower.cpp", "_ZL5lowerv")
MAIN = FunctionName("", "main")
NAMES = (VISIT, LOWER, MAIN)


def watched(
    name: str, *functions: FunctionName, tool: str = "llc", unknown: str = "", passes: bool = True
) -> tuple[str, Outcome, dict[str, tuple[FunctionName, ...]], str]:
    return name, Outcome.PASS if passes else Outcome.FAIL, {tool: functions} if functions else {}, unknown


FOLDERS = {
    "lit-tests": (
        watched("X86/a.ll", *NAMES),
        watched("AOT/b.ll", unknown="runs clang, which is not watched"),
    ),
    "upstream:CodeGen/X86": (
        watched("llvm/test/CodeGen/X86/c.ll", VISIT, MAIN),
        watched("llvm/test/CodeGen/X86/d.ll", VISIT, LOWER, MAIN, passes=False),
        watched("llvm/test/CodeGen/X86/e.ll", MAIN, tool="opt"),
    ),
}


def made_maps(root: Path, names: tuple[FunctionName, ...] = NAMES, release: MappedRelease = RELEASE) -> Maps:
    """The maps of FOLDERS, in a store; its table has grown by these names one by one."""
    maps = Maps(Store(root), release)
    for name in names:
        table = maps.grow([name])
    places = table.places(names)
    for folder, tests in FOLDERS.items():
        origin = Origin(release.version, release.identity, folder, "suite", "made", len(table), table.digest)
        found = [
            WatchedTest(
                name,
                outcome,
                {tool: frozenset(places[one] for one in functions) for tool, functions in entered.items()},
                unknown,
            )
            for name, outcome, entered, unknown in tests
        ]
        maps.put(folder, write_map(origin, found))
    return maps
