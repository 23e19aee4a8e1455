"""A finding as a lit test, which fails while LLVM has the defect. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.fuzz import interpreter, oracles, printer, targets
from harness.fuzz.dedup import Defect
from harness.fuzz.ir import IRModule, Literal, sites
from harness.fuzz.numbers import to_signed, width


def name(target: str, defect: Defect) -> str:
    """The file's name: `aarch64-roots-register-sp-another-value.ll`."""
    words = re.findall(r"[a-z0-9]+", defect.key.lower())[:10]
    return "-".join((target, defect.oracle, *words)) + ".ll"


def text(module: IRModule, defect: Defect, replay: str) -> str:
    """The whole test."""
    runs = list(_runs(module, defect))
    target = targets.find(module.target)
    requires = [f"{target.registered}-registered-target"]
    if any("%stackmap" in line for line in runs):
        requires.append("roots-oracle")
    if any("%run-" in line for line in runs):
        requires.append(f"run-{target.runtime.machine}")
    head = [
        f"; {_sentence(module, defect)}",
        f"; Found by `{replay}`. In the suite it is an expected failure until LLVM is fixed.",
        ";",
        f"; REQUIRES: {', '.join(requires)}",
        *(f"; RUN: {line}" for line in runs),
        "",
        *interpreter.directives(module),
        *(_checks(module, defect) if defect.oracle == "records" else ()),
    ]
    return "\n".join(head).rstrip() + "\n\n" + printer.text(module)


def _sentence(module: IRModule, defect: Defect) -> str:
    said = defect.text.splitlines()[0]
    oracle = {
        "crash": "llc dies",
        "refused": "llc refuses it",
        "verify": "the stack map cannot be right",
        "records": "the stack map does not record what the sites pass",
        "run": "the program does not run as it should",
        "roots": "a live value is not where the stack map says",
    }
    return f"{module.target}, -O{module.level}: {oracle[defect.oracle]}: {said}"


def _runs(module: IRModule, defect: Defect) -> Iterator[str]:
    options = " ".join(oracles.options(module))
    yield f"llc {options} -filetype=obj -o %t.o %s"
    if defect.oracle == "verify":
        yield "%stackmap verify --ir %s %t.o"
    if defect.oracle == "records":
        yield "%stackmap show %t.o > %t.records"
        yield "FileCheck --input-file=%t.records %s"
    if defect.oracle in {"run", "roots"}:
        machine = targets.find(module.target).runtime.machine
        yield f"%as-{machine} -o %t.run.o %S/Inputs/{machine}.s"
        yield f"%ld-{machine} {oracles.CAPTURE_ADDRESS} -o %t.exe %t.o %t.run.o"
        yield f"%run-{machine} %t.exe > %t.capture"
        if any(interpreter.directives(module)):
            yield "%stackmap roots --capture %t.capture --expect %s %t.exe"


def _checks(module: IRModule, defect: Defect) -> Iterator[str]:
    """The record of the defect, with a line for each of its locations."""
    for function in module.functions:
        for site in sites(function.body):
            if site.id != defect.id:
                continue
            yield f"; CHECK: record id {site.id},"
            first = int(site.result_recorded)
            if first:
                yield "; CHECK-NEXT: #0 "
            for index, value in enumerate(site.recorded, first):
                constant = (
                    isinstance(value, Literal) and value.bits is not None and value.type.startswith("i")
                )
                if constant:
                    assert isinstance(value, Literal)
                    assert value.bits is not None
                    number = to_signed(value.bits, width(value.type))
                    yield f"; CHECK-NEXT: #{index} Constant{{{{.*[ (]}}}}{number}{{{{[,)]}}}}"
                else:
                    yield f"; CHECK-NEXT: #{index} "
            yield f"; CHECK-NOT: #{first + len(site.recorded)} "
