"""Pure: the names of passes and of options that LLVM has given another name."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.crash.text.invocation import Invocation

# The names that opt knows them by (lib/Passes/PassRegistry.def), where it is not the class name with hyphens.
_PASSES = {
    "InstCombinePass": "instcombine",
    "SROAPass": "sroa",
    "GVNPass": "gvn",
    "SLPVectorizerPass": "slp-vectorizer",
    "LICMPass": "licm",
    "EarlyCSEPass": "early-cse",
    "IndVarSimplifyPass": "indvars",
    "LoopUnrollPass": "loop-unroll",
    "JumpThreadingPass": "jump-threading",
    "DSEPass": "dse",
    "MemCpyOptPass": "memcpyopt",
    "SimplifyCFGPass": "simplifycfg",
    "SCCPPass": "sccp",
    "IPSCCPPass": "ipsccp",
    "ADCEPass": "adce",
    "BDCEPass": "bdce",
    "LoopIdiomRecognizePass": "loop-idiom",
    "LoopStrengthReducePass": "loop-reduce",
    "RewriteStatepointsForGC": "rewrite-statepoints-for-gc",
}


def pass_name(stage: str) -> str:
    """The name for `-passes=` of a pass as a trace writes it: `LoopVectorizePass`, `loop-vectorize<...>`."""
    if stage in _PASSES:
        return _PASSES[stage]
    if re.fullmatch(r"[a-z][a-z0-9-]*(?:<[\w;=-]*>)?", stage):
        return stage
    plain = re.fullmatch(r"(?P<name>[A-Z]\w*?)Pass", stage)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain["name"]).lower() if plain else ""


# Until LLVM 16, each pass was an option of opt. These are passes of modules (and of call graphs) and of
# functions (and of loops) whose names stayed.
OF_MODULES = frozenset(
    re.findall(
        r"\S+",
        """attributor constmerge deadargelim elim-avail-extern globaldce globalopt globalsplit
        hotcoldsplit inferattrs internalize ipsccp mergefunc partial-inliner rewrite-statepoints-for-gc
        rpo-function-attrs strip strip-dead-prototypes""",
    )
)
OF_CALLS = frozenset({"argpromotion", "inline", "function-attrs"})
OF_FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        """adce aggressive-instcombine bdce break-crit-edges callsite-splitting consthoist
        correlated-propagation dce
        div-rem-pairs dse early-cse float2int gvn gvn-hoist gvn-sink indvars infer-address-spaces instcombine
        instsimplify instnamer irce jump-threading lcssa libcalls-shrinkwrap licm load-store-vectorizer
        loop-data-prefetch loop-deletion loop-distribute loop-fusion loop-idiom loop-instsimplify
        loop-interchange loop-load-elim loop-predication loop-reduce loop-rotate loop-simplify
        loop-simplifycfg loop-sink loop-unroll loop-unroll-and-jam loop-vectorize loop-versioning lower-expect
        mem2reg memcpyopt mergereturn mldst-motion nary-reassociate newgvn partially-inline-libcalls
        place-safepoints reassociate reg2mem sccp scalarizer separate-const-offset-from-gep
        simple-loop-unswitch simplifycfg sink slp-vectorizer slsr
        speculative-execution sroa structurizecfg tailcallelim vector-combine""",
    )
)
RENAMED = {
    "functionattrs": "function-attrs",
    "early-cse-memssa": "early-cse<memssa>",
    "flattencfg": "flatten-cfg",
    "lowerswitch": "lower-switch",
    "lowerinvoke": "lower-invoke",
    "loweratomic": "lower-atomic",
    "mergeicmps": "mergeicmps",
    "scalarrepl": "sroa",
    "constprop": "instsimplify",
    "die": "dce",
    "loop-unswitch": "simple-loop-unswitch",
    "ipconstprop": "ipsccp",
    "prune-eh": "function-attrs",
}
# What opt no longer has to be told.
_DROPPED = frozenset(
    re.findall(
        r"\S+",
        """basicaa basic-aa tbaa scoped-noalias targetlibinfo tti domtree loops verify
        assumption-cache-tracker
        lazy-value-info memdep scalar-evolution no-aa datalayout enable-new-pm=0 enable-new-pm=1""",
    )
)
_LEVEL = re.compile(r"-O(?P<level>[0-3sz])")

# Of llc: what has another name or is the default; None if it is to be left out.
_OF_LLC: dict[str, str | None] = {
    "-disable-fp-elim": "-frame-pointer=all",
    "-disable-fp-elim=true": "-frame-pointer=all",
    "-disable-fp-elim=false": None,
    "-soft-float": "-float-abi=soft",
    "-relocation-model=default": None,
    "-code-model=default": None,
    "-enable-correct-eh-support": None,
    "-regalloc=linearscan": None,
}


def upgrade_options(step: Invocation) -> tuple[Invocation, str]:
    """The tool with options that it still has, and what was changed, in words."""
    options = _for_opt(step.options) if step.tool == "opt" else _for_llc(step.options)
    if options == step.options:
        return step, ""
    was, now = " ".join(step.options), " ".join(options)
    return replace(step, options=options), f"{step.tool} {was} is {step.tool} {now} since"


def _for_llc(options: tuple[str, ...]) -> tuple[str, ...]:
    newer = (_OF_LLC.get(option, option) for option in options)
    return tuple(option for option in newer if option is not None)


def _for_opt(options: tuple[str, ...]) -> tuple[str, ...]:
    """`-O1 -gvn -globalopt` as `-passes=default<O1>,function(gvn),globalopt`."""
    if any(option.startswith("-passes=") for option in options):
        return options
    kept: list[str] = []
    pipeline: list[str] = []
    passes = 0
    for option in options:
        name = RENAMED.get(option[1:], option[1:])
        level = _LEVEL.fullmatch(option)
        if option[1:] in _DROPPED:
            continue
        if name in OF_MODULES:
            pipeline.append(name)
        elif name in OF_CALLS:
            pipeline.append(f"cgscc({name})")
        elif name in OF_FUNCTIONS or option[1:] in RENAMED:
            pipeline.append(f"function({name})")
        elif level:
            pipeline.append(f"default<O{level['level']}>")
            kept.append(option)
            continue
        else:
            kept.append(option)
            continue
        passes += 1
    if not passes:
        return tuple(kept)
    return (f"-passes={','.join(pipeline)}", *(one for one in kept if not _LEVEL.fullmatch(one)))
