"""Random modules: the same on every machine, valid for every LLVM, with the values that they claim."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import process
from harness.fuzz import interpreter, printer
from harness.fuzz.generate import HAZARDS, Shape, generate, module
from harness.fuzz.ir import CAPTURE, Literal, SymbolAddress, sites
from harness.fuzz.shrink import smaller_functions
from harness.fuzz.targets import find, names
from harness.stackmaps.roots.directives import directives
from harness.stackmaps.verify import ir
from tests.llvm import Llvm, llvm

MAJORS = (19, 22)


@cache
def tools(major: int) -> Llvm:
    return llvm(major)


def refused(major: int, text: str, folder: Path) -> str:
    """What LLVM's verifier says about IR; empty if it is valid."""
    path = folder / "module.ll"
    path.write_text(text)
    done = process.run([tools(major).tools / "opt", "-passes=verify", "-disable-output", path])
    return "" if done.ok else done.text


@pytest.mark.needs_llvm
@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("hazards", [frozenset[str](), frozenset(HAZARDS)], ids=("plain", "hazards"))
def test_every_llvm_accepts_the_modules(
    major: int, name: str, hazards: frozenset[str], tmp_path: Path
) -> None:
    for seed in range(6):
        assert refused(major, generate(seed, Shape(name, 50, hazards)), tmp_path) == ""


@pytest.mark.needs_llvm
@pytest.mark.parametrize("name", names())
def test_what_is_left_of_a_function_is_accepted_too(name: str, tmp_path: Path) -> None:
    """A hundred steps of shrinking, each from the one before."""
    made = module(3, Shape(name, 30))
    smallest = []
    for function in made.functions:
        one = function
        for step in range(20):
            choices = list(smaller_functions(one))
            if not choices:
                break
            one = choices[(7 * step) % len(choices)]
        smallest.append(one)
    small = printer.text(type(made)(3, name, made.level, made.live_outs, tuple(smallest)))
    assert len(small) < len(printer.text(made))
    assert refused(22, small, tmp_path) == ""


@pytest.mark.needs_llvm
def test_a_broken_module_would_be_refused(tmp_path: Path) -> None:
    text = generate(0, Shape("x86-64", 1)).replace("ret i64", "ret i32")
    assert "error" in refused(22, text, tmp_path)


def test_the_same_seed_is_the_same_module_on_every_machine() -> None:
    """The digest is a constant: another Python or machine that makes other modules fails here."""
    targets = ("x86-64", "aarch64", "riscv64", "ppc64le", "s390x")
    text = "".join(generate(seed, Shape(name)) for name in targets for seed in range(3))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "2897b5684bb27820"


def test_seeds_differ() -> None:
    assert len({generate(seed, Shape("x86-64", 5)) for seed in range(20)}) == 20


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**64), name=st.sampled_from(sorted(names())), most=st.integers(1, 8))
def test_sites_are_as_the_format_needs_them(seed: int, name: str, most: int) -> None:
    made = module(seed, Shape(name, most))
    found = [site for function in made.functions for site in sites(function.body)]
    assert len({site.id for site in found}) == len(found) >= most
    promised = {one.id: one.num_bytes for one in ir.reservations(printer.text(made))}
    assert promised == {site.id: site.num_bytes for site in found}
    for site in found:
        assert site.num_bytes % find(name).unit == 0
        if site.callee not in {None, Literal("ptr", 0)}:
            assert site.num_bytes >= find(name).call
        if site.callee in {SymbolAddress("capture"), Literal("ptr", CAPTURE)}:
            assert site.num_bytes > find(name).call


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**64), name=st.sampled_from(sorted(names())))
def test_directives_say_a_value_for_each_location(seed: int, name: str) -> None:
    made = module(seed, Shape(name, 4))
    stops = [stop for function in made.functions for stop in interpreter.run(function).stops]
    text = "\n".join(stop.directive() for stop in stops)
    by_id = {site.id: site for function in made.functions for site in sites(function.body)}
    for one in directives(text, "module.ll") if text else ():
        site = by_id[one.id]
        assert len(one.values) == len(site.recorded) + site.result_recorded


@pytest.mark.parametrize("hazard", ["L1", "L2", "issue 26431"])
def test_a_hazard_changes_what_is_generated(hazard: str) -> None:
    plain, other = Shape("x86-64", 10), Shape("x86-64", 10, frozenset({hazard}))
    assert generate(1, plain) != generate(1, other)
    assert "i128" not in generate(1, plain)
