"""Tells known defects of LLVM from new ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.fuzz import targets
from harness.fuzz.dedup import Defect
from harness.fuzz.ir import IRModule, Literal, Name, Site, SymbolAddress, sites


@dataclass(frozen=True, slots=True)
class Known:
    """A defect with a test: `case` is its id in lit-tests/cases.toml, or the test's path.

    `defect` is a pattern for `oracle: key: text`; `shape`, if any, must be true of the reduced module.
    """

    case: str
    target: str
    defect: str
    shape: Callable[[IRModule], bool] | None = None


def _any_site(holds: Callable[[Site, str], bool]) -> Callable[[IRModule], bool]:
    def shape(module: IRModule) -> bool:
        return any(holds(site, module.target) for f in module.functions for site in sites(f.body))

    return shape


def _undersized(site: Site, target: str) -> bool:
    null = site.callee is None or site.callee == Literal("ptr", 0)
    return not null and site.num_bytes < targets.find(target).call


_UNDERSIZED = _any_site(_undersized)
_COMPUTED = _any_site(lambda site, _target: isinstance(site.callee, Name))
_UNPROTECTED = _any_site(lambda site, _target: site.callee is not None and not site.destroyed)
_ANYREG = _any_site(lambda site, _target: site.convention == "anyregcc")
_GHC = _any_site(lambda site, _target: site.convention == "ghccc")
_SYMBOL = _any_site(lambda site, _target: isinstance(site.callee, SymbolAddress))


def _parameter(*types: str) -> Callable[[IRModule], bool]:
    return lambda module: any(one.type in types for f in module.functions for one in f.parameters)


KNOWN = (
    Known("L1", ".*", ".*", _UNDERSIZED),
    Known("L2", ".*", ".*", _COMPUTED),
    Known("L3", "aarch64", ".*", _SYMBOL),
    Known("L4", "riscv64", ".*", _SYMBOL),
    # A value in ra at or across a patch point, or a return address that is gone.
    Known("L5", "riscv64", r"^roots: Register ra: "),
    Known("L5", "riscv64", ".*", _UNPROTECTED),
    # A return address is found: the value was in ra, and the code is linked after `capture`.
    Known("L5", "riscv64", r"^roots: Register: .* found 0x2000[0-9a-f]{4}$"),
    # The low bytes of one, for a narrow value. patches/riscv-patchpoint-return-address mends it.
    Known("L5", "riscv64", r"^roots: Register: .* expected i(8|16) .* found 0x[0-9a-f]{1,4}$"),
    Known("L5", "riscv64", r"^roots: the program never stopped at id"),
    Known("L17", "riscv64", r"^roots: Indirect s0: .* expected i(8|16|32) "),
    # Zero as an anyregcc argument.
    Known("L13", "aarch64", r"^roots: Register sp: another value", _ANYREG),
    # Since LLVM 20, in realigned frames.
    Known("pull request 81048", "x86-64", r"^roots: Indirect rsp: another value", _GHC),
    Known("issue 26431", ".*", ".*", _parameter("i37", "i128")),
    Known("issue 55586", ".*", ".*", _parameter("x86_fp80")),
    Known("issue 55588", ".*", ".*", _parameter("bfloat")),
    # A value that is spilled in a realigned frame.
    Known("issue 55193", "x86-64", r"^crash: assertion: BasePtr == FramePtr"),
    Known("issue 56880", ".*", r"ran out of registers"),
    Known(
        "issue 85828",
        "s390x|aarch64|riscv64",
        r"^verify: R# is not a register|^crash: .*(getDwarfRegNum|Invalid Dwarf register)",
    ),
    Known("L14", "riscv64", r"^crash: assertion: isRegMask\(\)"),
    Known("L15", "s390x", r"^crash: .*Missing size value for instruction"),
    # The number of a register of the SPE extension for a 32-bit value.
    Known("L19", "ppc64le", r"^verify: registers of the SPE extension"),
    # Slots beyond an instruction's displacement.
    Known("L18", "riscv64|s390x", r"^verify: R# is neither stack, frame nor base"),
    # LowerSTACKMAP counts what emits no code.
    Known("L20", "riscv64", r"^verify: N bytes are reserved at N, the function ends at N"),
)


def find_known(target: str, defect: Defect, reduced: IRModule | None = None) -> str:
    """The case of a defect, empty if it is new. An entry with a shape needs the reduced module."""
    said = f"{defect.oracle}: {defect.key}: {defect.text}"
    for one in KNOWN:
        if not re.fullmatch(one.target, target) or not re.search(one.defect, said):
            continue
        if one.shape is None or (reduced is not None and one.shape(reduced)):
            return one.case
    return ""
