"""A finding as a lit test: it fails as long as the defect is there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.fuzz import interpreter, oracles, printer, targets
from harness.fuzz.dedup import Symptom
from harness.fuzz.ir import Literal, Module, sites
from harness.fuzz.numbers import signed, width

# In the folder of the findings: the suite's own configuration, for tests that are elsewhere.
CONFIGURATION = """\
# The tests of this folder are run as those of the suite are.
import os

lit_config.load_config(config, {suite!r})
config.name = "findings"
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(config.test_source_root, "Output")
"""


def name(target: str, symptom: Symptom) -> str:
    """The file's name: `aarch64-roots-register-sp-another-value.ll`."""
    words = re.findall(r"[a-z0-9]+", symptom.key.lower())[:10]
    return "-".join((target, symptom.oracle, *words)) + ".ll"


def text(module: Module, symptom: Symptom, replay: str) -> str:
    """The whole test."""
    runs = list(_runs(module, symptom))
    target = targets.find(module.target)
    requires = [f"{target.registered}-registered-target"]
    if any("%stackmap" in line for line in runs):
        requires.append("roots-oracle")
    if any("%run-" in line for line in runs):
        requires.append(f"run-{target.runtime.machine}")
    head = [
        f"; {_sentence(module, symptom)}",
        f"; Found by `{replay}`. In the suite it is an expected failure until LLVM is mended.",
        ";",
        f"; REQUIRES: {', '.join(requires)}",
        *(f"; RUN: {line}" for line in runs),
        "",
        *interpreter.directives(module),
        *(_checks(module, symptom) if symptom.oracle == "records" else ()),
    ]
    return "\n".join(head).rstrip() + "\n\n" + printer.text(module)


def _sentence(module: Module, symptom: Symptom) -> str:
    said = symptom.text.splitlines()[0]
    oracle = {
        "crash": "llc dies",
        "refused": "llc refuses it",
        "verify": "what the stack map says cannot be",
        "records": "the stack map does not hold what the sites say",
        "run": "the program does not run as it should",
        "roots": "a live value is not where the stack map says",
    }
    return f"{module.target}, -O{module.level}: {oracle[symptom.oracle]}: {said}"


def _runs(module: Module, symptom: Symptom) -> Iterator[str]:
    options = " ".join(oracles.options(module))
    yield f"llc {options} -filetype=obj -o %t.o %s"
    if symptom.oracle == "verify":
        yield "%stackmap verify --ir %s %t.o"
    if symptom.oracle == "records":
        yield "%stackmap show %t.o > %t.records"
        yield "FileCheck --input-file=%t.records %s"
    if symptom.oracle in {"run", "roots"}:
        machine = targets.find(module.target).runtime.machine
        yield f"%as-{machine} -o %t.run.o %S/Inputs/{machine}.s"
        yield f"%ld-{machine} {oracles.CAPTURE_ADDRESS} -o %t.exe %t.o %t.run.o"
        yield f"%run-{machine} %t.exe > %t.capture"
        if any(interpreter.directives(module)):
            yield "%stackmap roots --capture %t.capture --expect %s %t.exe"


def _checks(module: Module, symptom: Symptom) -> Iterator[str]:
    """The record of the symptom, with a line for each of its locations."""
    for function in module.functions:
        for site in sites(function.body):
            if site.id != symptom.id:
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
                    number = signed(value.bits, width(value.type))
                    yield f"; CHECK-NEXT: #{index} Constant{{{{.*[ (]}}}}{number}{{{{[,)]}}}}"
                else:
                    yield f"; CHECK-NEXT: #{index} "
            yield f"; CHECK-NOT: #{first + len(site.recorded)} "
