"""The LLVMs whose llvm-reduce may work on a case, the best first."""

from __future__ import annotations

from harness.desk.reduce.server import TOOL
from harness.desk.repro.llvms import place_of
from harness.desk.repro.run import LlvmPlace
from harness.llvm import Toolchain
from harness.store import Store
from harness.toolchain.provider import Provider, Request, Say
from harness.toolchain.registry import DEFAULT, PROVIDERS, resolve

_MOST = 3


def find_reducers(store: Store, provider: Provider, toolchain: Toolchain, say: Say) -> list[LlvmPlace]:
    """Its own; that of the LLVM it is built over; those in the store, the next older and newer ones first.

    What a newer one writes an older one may not read. If the store has none, the one of its version.
    """
    if TOOL in toolchain.tools:
        return [LlvmPlace(toolchain.name, lambda: toolchain)]
    places = [place_of(provider)] if provider.buildable else []
    rows = PROVIDERS[DEFAULT].survey(store, say, offline=True)
    there = [int(row.version.partition(".")[0]) for row in rows if row.run]
    near = sorted(there, key=lambda major: (abs(major - toolchain.major), major))
    for major in near[:_MOST] or [toolchain.major]:
        places.append(place_of(resolve(store, Request(DEFAULT, major, None), say)))
    return places
