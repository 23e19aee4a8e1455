"""The LLVM that reads pointers with types: one that is at hand, else Debian's, fetched."""

from __future__ import annotations

from harness.desk.importing.translate import TYPED_UNTIL
from harness.errors import HarnessError
from harness.llvm import Toolchain
from harness.store import Store
from harness.toolchain.provider import Request, Say
from harness.toolchain.registry import DEFAULT, resolve


def find_old_llvm(store: Store, say: Say) -> Toolchain:
    """Debian's, as the store has it, or the system's; Debian's again, fetched. Raises HarnessError."""
    try:
        system = resolve(store, Request("system", None, None), say).toolchain()
        if system.major == TYPED_UNTIL and "llvm-as" in system.tools:
            return system
    except HarnessError:
        pass  # there is none, which is what the next one is for
    return resolve(store, Request(DEFAULT, TYPED_UNTIL, None), say).toolchain()
