"""Pure: what many different bugs have in common. Such messages and frames identify none alone.

How often fatal errors have which message was counted in 6,475 crashes of LLVM 19's llc, made by 430 small
programs on 32 targets (docs/crash-desk.md).
"""

from __future__ import annotations

import enum
import re
from functools import lru_cache

from harness.model import CrashKind, Signature


class Scope(enum.Enum):
    """What a message identifies: a bug, a bug on one target, or nothing without a place; in this order."""

    BUG = "bug"
    TARGET = "target"
    PLACE = "place"


# A pattern, and why it is here. Assertions in headers need no row: see `scope`.
_ANYWHERE = (
    (r'(?:isa<|detail::isPresent|isPresent).* && "(?:cast|dyn_cast|isa)', "cast<>: whoever casts"),
    (r'Val && "isa<> used on a null pointer', "isa<>: whoever casts"),
    (r'is\w+\(\) && "(?:Wrong MachineOperand|This is not)', "whoever reads an operand of an instruction"),
    (r"(?:idx|Index|N|i|__n|n) < (?:this->)?(?:size|Length|getNumOperands)\b", "whoever reads an element"),
    (r"begin\(\) \+ idx < end\(\)", "SmallVector's name for that"),
    (r"get(?:Active|Significant)Bits\(\) <= 64", "whoever reads a constant"),
    (r"assertion failed$|UNREACHABLE executed$", "no text at all"),
    (r"Broken (?:module|function) found(?:, compilation aborted!)?$", "without the verifier's reason"),
    (r"Found \d+ machine code errors?\.?$", "without the machine verifier's reason"),
    (r"LLVM ERROR$|libc\+\+abi$|std::terminate called$|pure virtual function called$", "no text at all"),
)
_ANY_TARGET = (
    (r"cannot select", "2,683 crashes, 260 programs, 32 targets"),
    (r"(?:do not|don't) know how to", "1,927 crashes, 152 programs, 32 targets"),
    (r"(?:unsupported|unimplemented) calling convention", "535 crashes, 63 programs, 11 targets"),
    (r"unsupported expression in static initializer", "125 crashes, 32 targets"),
    (r"unable to allocate function", "121 crashes, 96 programs, 9 targets"),
    (r"invalid register name|named registers not implemented", "110 crashes, 28 targets"),
    (r"invalid size request on|possible incorrect use of|scalarization of", "96 crashes, 32 targets"),
    (r"unsupported lib|undefined external symbol", "68 crashes, 17 programs, 26 targets"),
    (r"unknown special variable with appending linkage", "30 crashes, 30 targets"),
    (r"failed to perform tail call", "29 crashes, 13 targets"),
    (r"wrong result type for", "19 crashes, 17 targets"),
    (r"unimplemented (?:operand|opcode)", "15 crashes, 9 programs"),
    (r"segmented stacks|could not match memory address", "13 crashes, 11 targets"),
    (r"ran out of registers|no registers from class", "whatever needs too many, on any target"),
    (r"not supported instr|unsupported instruction", "any instruction that is not encoded"),
    (r"unable to (?:legalize|translate)", "GlobalISel's `cannot select`"),
)


def _any_of(rows: tuple[tuple[str, str], ...], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(pattern for pattern, _why in rows), flags)


_PLACE_MESSAGE = _any_of(_ANYWHERE)
_TARGET_MESSAGE = _any_of(_ANY_TARGET, re.IGNORECASE)
_HEADER = re.compile(r"\.(?:h|hpp|def|inc|td)(?::|$)")


def source_file(signature: Signature) -> str:
    """The name of the source file; empty if not known, or a header: many functions call it."""
    return "" if in_header(signature) else signature.location.rpartition("/")[2].rpartition(":")[0]


def in_header(signature: Signature) -> bool:
    """Whether it died in a header, such as Casting.h."""
    return bool(_HEADER.search(signature.location))


def scope(signature: Signature) -> Scope:
    """What a signature's message identifies."""
    if signature.kind in {CrashKind.SIGNAL, CrashKind.LIMIT} or _PLACE_MESSAGE.match(signature.message):
        return Scope.PLACE
    if signature.kind in {CrashKind.ASSERTION, CrashKind.UNREACHABLE}:
        return Scope.PLACE if in_header(signature) else Scope.BUG
    return Scope.TARGET if _TARGET_MESSAGE.match(signature.message) else Scope.BUG


# Frames below are without `llvm::` and anonymous namespaces. Accessors and containers: they die of their
# callers' mistakes.
_ACCESSOR = re.compile(
    r"""^(?:
        (?:dyn_)?cast(?:_or_null|_if_present)? | isa(?:_and_\w+)? | (?:Cast|isa|simplify)\w*<.*
      | (?:dyn_)?cast\w*<\.\.\.> | isa\w*<\.\.\.>
      | (?:Mutable)?ArrayRef<.* | Small(?:Vector|Ptr|Set|String|DenseMap|BitVector)\w*(?:<\.\.\.>)?::.*
      | (?:Dense(?:Map|Set)|StringMap|ilist|iplist|simple_ilist|iterator_range|PointerUnion|PointerIntPair
          |FixedOrScalableQuantity)\w*(?:<\.\.\.>)?::.*
      | (?:BitVector|DataLayout|StringRef|Twine|APInt|APFloat|EVT|MVT|LLT|TypeSize)::.*
      | (?:SDNode|SDValue|SDUse|User|Type)::.*
      | details?::.* | MachineOperand::(?:get|set|is)\w+ | (?:MachineInstr|MCInst)::(?:getOperand|addOperand)
      | MachineRegisterInfo::addRegOperandToUseList | MCOperand::(?:get|is)\w+
      | (?:function_ref|unique_function)<.*
    )$""",
    re.VERBOSE,
)
# How LLVM and libraries say that something is wrong, and what copies memory.
_MESSENGER = re.compile(
    r"""^(?:
        SelectionDAGISel::CannotYetSelect | reportGISel\w+ | report\w*Error | reportInvalidSizeRequest
      | (?:\w+::)*CheckFailed | raw_\w*ostream::.* | (?:std|__gnu_cxx|__gnu_debug)::.*
      | (?:__)?(?:mem(?:cpy|move|set|cmp|chr)|str\w+|malloc|calloc|realloc|free|write|read)\w*
      | operator\ (?:new|delete)\S* | _{1,2}(?:mem|str|libc|GI_)\w+
    )$""",
    re.VERBOSE,
)
# What runs all passes, or all of instruction selection.
_DRIVER = re.compile(
    r"""^(?:
        (?:FP|MP|BB|LP|RGP|CG)?PassManager(?:Impl|<\.\.\.>)?::.* | legacy::.* | \w+PassManager::.*
      | MachineFunctionPass::runOnFunction | \w*To\w*PassAdaptor(?:<\.\.\.>)?::run | runPassPipeline
      | SelectionDAGISel(?:Legacy)?::(?:runOnMachineFunction|SelectAllBasicBlocks|CodeGenAndEmitDAG|run)
      | main | optMain | compileModule | runImpl | clang_main | cc1_main | clang::.* | ExecuteCC1Tool.*
      | (?:PyObject|_Py|Py|ffi_|LLVMPY_|start_thread|clone)\w*
    )$""",
    re.VERBOSE,
)
# What instruction selection and printing are made of: such a part says little more than the pass.
_PHASE = re.compile(
    r"^(?:SelectionDAG::(?:LegalizeTypes|Legalize|LegalizeVectors|Combine)"
    r"|SelectionDAGISel::(?:DoInstructionSelection|SelectBasicBlock)|AsmPrinter::emitFunctionBody)$"
)
# Code that does what a target says: that it died says nothing about another target.
_OF_TARGET = re.compile(
    r"^(?:DAGTypeLegalizer|SelectionDAGLegalize|VectorLegalizer|SelectionDAGISel|CCState|TargetLowering|SelectionDAG"
    r"|ScheduleDAGSDNodes)::"
)
_BUILDER = re.compile(r"^SelectionDAGBuilder::")


@lru_cache(maxsize=1024)
def telling(frames: tuple[str, ...]) -> tuple[str, ...]:
    """The frames that tell bugs apart, innermost first: each once, without those that all bugs share."""
    names = dict.fromkeys(map(_plain, frames))
    common = (_ACCESSOR, _MESSENGER, _DRIVER, _PHASE)
    return tuple(name for name in names if name and not any(form.match(name) for form in common))


def phase(frames: tuple[str, ...]) -> str:
    """The part of instruction selection or printing that ran; empty if no frame says so."""
    return next((name for frame in frames if _PHASE.match(name := _plain(frame))), "")


def serves_targets(frame: str, kind: CrashKind) -> bool:
    """Whether a telling frame does what the target says. A signal in the DAG's builder may be too."""
    return bool(_OF_TARGET.match(frame) or (kind is CrashKind.SIGNAL and _BUILDER.match(frame)))


def _plain(frame: str) -> str:
    return frame.replace("(anonymous namespace)::", "").removeprefix("llvm::")
