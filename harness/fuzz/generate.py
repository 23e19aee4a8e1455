"""Random modules: the same seed gives the same bytes on every machine. Pure.

What LLVM is known to fail on is not generated unless the shape asks for it: HAZARDS.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from harness.fuzz import numbers, printer, targets
from harness.fuzz.ir import (
    CAPTURE,
    Alloca,
    Binary,
    Branch,
    Call,
    Convert,
    IRFunction,
    IRModule,
    Literal,
    Loop,
    Name,
    Operand,
    Parameter,
    Site,
    Statement,
    SymbolAddress,
)

# Cases of lit-tests/cases.toml that are generated only on request.
HAZARDS = {
    "L1": "reservations smaller than the call",
    "L2": "callees that are known only at run time",
    "L3": "symbol callees on AArch64",
    "L4": "symbol callees on RISC-V",
    "L5": "functions that call through patch points only, on RISC-V",
    "issue 26431": "integers of odd widths and of 128 bits",
    "issue 53828": "calls and floating-point arithmetic where live-outs are recorded",
    "issue 55193": "objects of a realigned frame",
    "issue 55586": "x86_fp80",
    "issue 55588": "bfloat",
    "issue 56880": "more live values than registers at -O0",
}
FUNCTIONS = 50
_SCALARS = ("i64", "i64", "i64", "i64", "i32", "i32", "i16", "i8", "ptr", "ptr", "double", "float")
_INTEGERS = ("i64", "i64", "i32", "i16", "i8")
_ODD = {
    "issue 26431": ("i37", "i128"),
    "issue 55586": ("x86_fp80",),
    "issue 55588": ("bfloat",),
}
_CONSTANTS = (0, 1, -1, 7, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**32, -(2**31) - 1, 99999999999, 2**63 - 1)
_ELEMENTS = (("i64", 8), ("i64", 8), ("[5 x i32]", 20), ("[30 x i64]", 240), ("{ i64, i8 }", 16))
_MOST_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Shape:
    """What to generate: the target's name, the number of functions in a module, and which of HAZARDS."""

    target: str
    functions: int = FUNCTIONS
    hazards: frozenset[str] = frozenset()


def generate(seed: int, shape: Shape) -> str:
    """Generate the IR of a seed."""
    return printer.text(module(seed, shape))


def module(seed: int, shape: Shape) -> IRModule:
    """The module of a seed. Each function depends only on seed, target, hazards and its number."""
    name = f"{seed} {shape.target} {' '.join(sorted(shape.hazards))}"
    chance = random.Random(name)  # noqa: S311 - repeatable on purpose
    level = chance.choice((0, 1, 2, 2, 2, 3))
    live_outs = chance.random() < 0.4
    functions = tuple(
        _Generator(random.Random(f"{name} {number}"), shape, level, live_outs).function(number)  # noqa: S311 - as above
        for number in range(shape.functions)
    )
    return IRModule(seed, shape.target, level, live_outs, functions)


class _Generator:
    """Makes one function."""

    def __init__(self, chance: random.Random, shape: Shape, level: int, live_outs: bool) -> None:
        self.chance = chance
        self.target = targets.find(shape.target)
        self.hazards = shape.hazards
        self.level = level
        # What is read after a patch point has a number on these.
        safe = not live_outs or "issue 53828" in self.hazards
        self.calls = safe or self.target.live_calls
        self.floats = safe
        self.fresh = 0
        self.sites = 0
        self.number = 0
        self.values: list[Name] = []
        self.conditions: list[tuple[Name, int]] = []
        self.pointer: Name | None = None

    def function(self, number: int) -> IRFunction:
        chance = self.chance
        self.number = number
        parameters = tuple(self._parameters())
        self.values = [Name(one.type, one.number) for one in parameters]
        # Branch conditions: the generator knows the value, the compiler does not.
        self.conditions = [
            (Name("i64", one.number), one.value.bits)
            for one in parameters
            if isinstance(one.value, Literal) and one.type == "i64" and one.value.bits is not None
        ]
        attributes = tuple(self._attributes())
        body: list[Statement] = list(self._objects(attributes))
        body += self._body(0, chance.randrange(3, 9), True)
        if not any(isinstance(one, Site) for one in body):
            body.append(self._site(True))
        kept = tuple(chance.sample(self.values, min(len(self.values), chance.randrange(8))))
        result = self._some("i64")
        convention = chance.choice(("", "", "", "fastcc"))
        return IRFunction(f"f{number}", convention, attributes, parameters, tuple(body), kept, result)

    def _new(self, type_name: str) -> Name:
        self.fresh += 1
        return Name(type_name, self.fresh)

    def _parameters(self) -> Iterator[Parameter]:
        types = list(_SCALARS)
        if self.target.half:
            types.append("half")
        types += self.target.vectors
        for hazard in sorted(self.hazards & _ODD.keys()):
            types += _ODD[hazard] * 4
        for _ in range(self.chance.choice((0, 1, 2, 3, 4, 5, 6, 8, 12, 16))):
            name = self._new(self.chance.choice(types))
            yield Parameter(name.number, self._constant(name.type))
        if "L2" in self.hazards:
            self.pointer = self._new("ptr")
            yield Parameter(self.pointer.number, Literal("ptr", CAPTURE))
        if self.target.byval and self.chance.random() < 0.1:
            size = self.chance.choice((1, 3, 8))
            yield Parameter(self._new("ptr").number, SymbolAddress("blob"), f"[{size} x i64]")

    def _constant(self, type_name: str) -> Literal | SymbolAddress:
        chance = self.chance
        if type_name == "ptr":
            return chance.choice(
                (SymbolAddress("global"), Literal("ptr", chance.randrange(1, 2**47)), Literal("ptr", 0))
            )
        if type_name in numbers.FLOATS:
            # Small enough that sums of them stay finite, even as half.
            value = chance.choice((0.0, -0.0, 1.0, -2.5, 0.1, chance.randrange(-999, 999) / 7))
            return Literal(type_name, numbers.to_bits(type_name, value))
        if type_name not in _INTEGERS:
            return Literal(type_name, 0)
        size = numbers.width(type_name)
        value = chance.choice((*_CONSTANTS, chance.randrange(2**64), chance.randrange(2**64)))
        return Literal(type_name, value % (1 << size))

    def _attributes(self) -> Iterator[str]:
        chance = self.chance
        if chance.random() < 0.25:
            yield '"frame-pointer"="all"'
        if chance.random() < 0.15:
            yield chance.choice(("optsize", "minsize optsize"))
        if chance.random() < 0.1:
            yield "noredzone"
        if chance.random() < 0.05:
            yield "alignstack(64)"

    def _objects(self, attributes: tuple[str, ...]) -> Iterator[Statement]:
        chance, used = self.chance, 0
        realigned = any(one.startswith("alignstack") for one in attributes)
        found: list[Alloca] = []
        for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 5))):
            element, size = chance.choice(_ELEMENTS)
            align = chance.choice((8, 8, 8, 16, 32, 64))
            used += size + align
            if used > _MOST_BYTES:
                break
            realigned = realigned or align > 16
            found.append(Alloca(self._new("ptr").number, element, align, 0, self._some("i64")))
        if chance.random() < 0.15:
            found.append(Alloca(self._new("ptr").number, "i64", 8, chance.randrange(1, 4), self._some("i64")))
        yield from found
        if not realigned or "issue 55193" in self.hazards:
            self.values += (Name("ptr", one.number) for one in found)

    def _some(self, type_name: str) -> Operand:
        """A value of a type, or a constant."""
        found = [one for one in self.values if one.type == type_name]
        return (
            self.chance.choice(found) if found and self.chance.random() < 0.9 else self._constant(type_name)
        )

    def _body(self, depth: int, length: int, executed: bool) -> Iterator[Statement]:
        chance = self.chance
        for _ in range(length):
            kind = chance.random()
            if kind < 0.4:
                yield self._site(executed)
            elif kind < 0.7:
                yield self._compute()
            elif kind < 0.78 and self.calls:
                yield Call()
            elif kind < 0.9 and depth < 2 and self.conditions:
                yield self._branch(depth, executed)
            elif kind < 0.97 and depth < 2:
                yield self._loop(depth, executed)

    def _compute(self) -> Statement:
        chance = self.chance
        kind = chance.random()
        if self.floats and kind < 0.25:
            if kind < 0.05:
                operand = self._some("float")
                return self._defined(Convert(self._new("double").number, "double", "fpext", operand))
            type_name = chance.choice(("double", "float"))
            left, right = self._some(type_name), self._some(type_name)
            return self._defined(
                Binary(self._new(type_name).number, type_name, chance.choice(("fadd", "fsub")), left, right)
            )
        if kind < 0.45:
            wide, narrow = chance.choice((("i64", "i32"), ("i64", "i8"), ("i32", "i16"), ("i16", "i8")))
            opcode = chance.choice(("zext", "sext", "trunc"))
            source, result = (wide, narrow) if opcode == "trunc" else (narrow, wide)
            operand = self._some(source)
            return self._defined(Convert(self._new(result).number, result, opcode, operand))
        type_name = chance.choice(_INTEGERS)
        opcode = chance.choice(("add", "sub", "mul", "xor", "and", "or"))
        left, right = self._some(type_name), self._some(type_name)
        return self._defined(Binary(self._new(type_name).number, type_name, opcode, left, right))

    def _defined(self, one: Binary | Convert) -> Statement:
        self.values.append(Name(one.type, one.number))
        return one

    def _branch(self, depth: int, executed: bool) -> Branch:
        chance = self.chance
        operand, value = chance.choice(self.conditions)
        taken = chance.random() < 0.6
        outside_values = list(self.values)
        body = tuple(self._body(depth + 1, chance.randrange(1, 4), executed and taken))
        inside = self._some("i64")
        self.values = outside_values
        outside = self._some("i64")
        wanted = value if taken else value ^ 1
        merged = self._new("i64")
        self.values.append(merged)
        return Branch(merged.number, operand, wanted, inside, outside, body)

    def _loop(self, depth: int, executed: bool) -> Loop:
        chance = self.chance
        start, step = self._some("i64"), self._some("i64")
        carried = self._new("i64")
        self.values.append(carried)
        outside = list(self.values)
        body = tuple(self._body(depth + 1, chance.randrange(1, 4), executed))
        self.values = outside
        return Loop(carried.number, chance.randrange(1, 4), start, step, body)

    def _site(self, executed: bool) -> Site:
        chance, target = self.chance, self.target
        number = self._id()
        live = self._live()
        if chance.random() < 0.25:
            size = target.unit * chance.choice((0, 0, 1, 2, 5))
            return Site(number, size, None, "", None, (), live)
        callee, runs = self._callee(executed)
        size = target.unit * chance.choice((0, 1, 2, 5, 12))
        if callee != Literal("ptr", 0):
            size += -(-target.call // target.unit) * target.unit
            if "L1" in self.hazards and chance.random() < 0.3:
                size = target.unit * chance.randrange(target.call // target.unit)
            elif runs:
                # A call that ends where the next site begins returns to that site's record.
                size += target.unit
        convention = chance.choice(target.conventions)
        arguments = self._arguments(convention)
        result = self._new("i64") if chance.random() < 0.4 else None
        if result is not None:
            self.values.append(result)
        if self.level == 0 and "issue 56880" not in self.hazards:
            live = live[: max(0, target.registers - len(arguments))]
        destroyed = "" if "L5" in self.hazards else target.return_register
        name = result.number if result else None
        return Site(number, size, callee, convention, name, arguments, live, destroyed)

    def _id(self) -> int:
        """An id that no other site of the module has."""
        self.sites += 1
        number = 1000 * self.number + self.sites
        return number + self.chance.choice((0, 0, 0, 0, 2**31, 2**32, 2**63, 2**64 - 10**6))

    def _callee(self, executed: bool) -> tuple[Operand, bool]:
        """A callee, and whether the call is executed: an executed call has to be of `capture`."""
        chance, target = self.chance, self.target
        symbols = target.symbols or bool({"L3", "L4"} & self.hazards)
        if self.pointer is not None and chance.random() < 0.5:
            return self.pointer, executed
        if chance.random() < 0.2:
            return Literal("ptr", 0), False
        if executed:
            capture = Literal("ptr", CAPTURE)
            return (SymbolAddress("capture") if symbols and chance.random() < 0.5 else capture), True
        if symbols and chance.random() < 0.5:
            return SymbolAddress("outside"), False
        return Literal("ptr", chance.randrange(1, 2**47)), False

    def _arguments(self, convention: str) -> tuple[Operand, ...]:
        # GHC's argument registers are the caller's frame and base pointers; anyregcc takes any register.
        most = {"ghccc": self.target.ghc_arguments, "anyregcc": 4}.get(convention, 7)
        found = (self._some(self.chance.choice(("i64", "i64", "ptr"))) for _ in range(most))
        return tuple(found)[: self.chance.randrange(most + 1)]

    def _live(self) -> tuple[Operand, ...]:
        chance = self.chance
        most = chance.choice((0, 2, 4, 8, 20))
        if self.level == 0 and "issue 56880" not in self.hazards:
            most = min(most, self.target.registers)
        return tuple(self._live_value() for _ in range(chance.randrange(most + 1)))

    def _live_value(self) -> Operand:
        chance = self.chance
        if self.values and chance.random() < 0.85:
            return chance.choice(self.values)
        kind = chance.choice((*_INTEGERS, "ptr"))
        return Literal(kind, None) if chance.random() < 0.1 else self._constant(kind)
