"""The words of LLVM IR by which its text is told from prose, of LLVM 3.0 and later."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


# Instructions that have a result, and those that have none; `call` and `invoke` may have one.
WITH_RESULT = _words(
    """add fadd sub fsub mul fmul udiv sdiv fdiv urem srem frem shl lshr ashr and or xor fneg
    extractelement insertelement shufflevector extractvalue insertvalue alloca load cmpxchg atomicrmw
    getelementptr trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr
    bitcast addrspacecast icmp fcmp phi select freeze va_arg landingpad catchpad cleanuppad catchswitch call
    invoke callbr tail musttail notail"""
)
WITHOUT_RESULT = _words(
    """ret br switch indirectbr invoke callbr resume catchret cleanupret unreachable store fence call tail
    musttail notail"""
)
TERMINATORS = _words(
    "ret br switch indirectbr invoke callbr resume catchret cleanupret catchswitch unreachable"
)
# With which a line of IR may begin besides.
_OTHERS = _words(
    """define declare target source_filename module attributes ptr void float double half bfloat label
    metadata token to unwind align nounwind null undef poison zeroinitializer true false x c catch
    cleanup filter personality inbounds volatile atomic nsw nuw exact fast blockaddress section
    comdat gc prefix within from nonnull noundef signext zeroext noalias nocapture readonly readnone
    inreg sret byval opaque type unnamed_addr local_unnamed_addr dso_local global constant alias
    private internal external weak linkonce_odr linkonce weak_odr available_externally hidden
    protected seq_cst acquire release monotonic acq_rel unordered syncscope ssp uwtable addrspace eq
    ne slt sgt sle sge ult ugt ule uge fp128 x86_fp80 asm sideeffect"""
)
KNOWN = WITH_RESULT | WITHOUT_RESULT | _OTHERS
