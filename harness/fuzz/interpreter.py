"""Interprets a module: the values at each stop, and what each function returns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.fuzz import numbers
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
    Operand,
    Parameter,
    Site,
    Statement,
    SymbolAddress,
)

# What @blob begins with: the object that byval parameters are copies of.
BLOB = 0x0123456789ABCDEF


@dataclass(frozen=True, slots=True)
class Value:
    """A value at run time: its bits, or the symbol whose address it is, or the 64 bits at that address.

    With none of these it is unknown.
    """

    type: str
    bits: int | None = None
    symbol: str = ""
    pointee: int | None = None

    def directive(self) -> str:
        """The value as in a ROOTS directive: harness/stackmaps/roots/directives.py."""
        if self.symbol:
            return f"ptr @{self.symbol}"
        if self.pointee is not None:
            return f"ptr to i64 {self.pointee:#x}"
        # bfloat, vectors and odd widths have no directive.
        if self.bits is None or self.type not in _COMPARED:
            return "any"
        # A half has the same 16 bits in a register and in memory.
        return f"{'i16' if self.type == 'half' else self.type} {self.bits:#x}"


_COMPARED = {"i8", "i16", "i32", "i64", "half", "float", "double", "ptr"}
_INTEGER: Mapping[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "xor": lambda a, b: a ^ b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
}
_FLOAT: Mapping[str, Callable[[float, float], float]] = {
    "fadd": lambda a, b: a + b,
    "fsub": lambda a, b: a - b,
}


@dataclass(frozen=True, slots=True)
class PredictedStop:
    """One stop at the site `id`, with the values of its locations."""

    id: int
    values: tuple[Value, ...]

    def directive(self) -> str:
        """The ROOTS line of the test."""
        return f"; ROOTS: {self.id}: {', '.join(one.directive() for one in self.values)}"


@dataclass(frozen=True, slots=True)
class Execution:
    """One call of a function: its stops in order, the sites it reached, and its result."""

    stops: tuple[PredictedStop, ...]
    reached: tuple[Site, ...]
    result: Value


def run(function: IRFunction) -> Execution:
    """Call a function as its module's `main` does."""
    mind = _Mind()
    environment = {one.number: _parameter(one) for one in function.parameters}
    mind.run(function.body, environment)
    return Execution(
        tuple(mind.stops), tuple(mind.reached.values()), mind.value(function.result, environment)
    )


def directives(module: IRModule) -> Iterator[str]:
    """The directives of all functions."""
    for function in module.functions:
        yield from (stop.directive() for stop in run(function).stops)


def _parameter(one: Parameter) -> Value:
    if one.byval:
        return Value("ptr", pointee=BLOB)
    if isinstance(one.value, SymbolAddress):
        return Value("ptr", symbol=one.value.name)
    return Value(one.type, one.value.bits)


class _Mind:
    """Runs a body statement by statement."""

    def __init__(self) -> None:
        self.stops: list[PredictedStop] = []
        self.reached: dict[int, Site] = {}

    def value(self, operand: Operand, environment: Mapping[int, Value]) -> Value:
        if isinstance(operand, SymbolAddress):
            return Value("ptr", symbol=operand.name)
        if isinstance(operand, Literal):
            return Value(operand.type, operand.bits)
        return environment.get(operand.number, Value(operand.type, 0))

    def run(self, body: Iterable[Statement], environment: dict[int, Value]) -> None:
        for one in body:
            self._step(one, environment)

    def _step(self, one: Statement, environment: dict[int, Value]) -> None:
        match one:
            case Alloca():
                content = self.value(one.content, environment).bits
                environment[one.number] = Value("ptr", pointee=content)
            case Binary():
                left, right = (self.value(each, environment) for each in (one.left, one.right))
                environment[one.number] = _binary(one, left.bits, right.bits)
            case Convert():
                environment[one.number] = _convert(one, self.value(one.operand, environment).bits)
            case Call():
                pass
            case Site():
                self._site(one, environment)
            case Branch():
                taken = self.value(one.operand, environment).bits == one.wanted
                within = dict(environment)
                if taken:
                    self.run(one.body, within)
                chosen = one.inside if taken else one.outside
                environment[one.number] = self.value(chosen, within if taken else environment)
            case Loop():
                self._loop(one, environment)

    def _loop(self, one: Loop, environment: dict[int, Value]) -> None:
        current, step = (self.value(each, environment).bits for each in (one.start, one.step))
        for turn in range(one.count):
            if turn:
                current = None if current is None or step is None else (current + step) % 2**64
            environment[one.number] = Value("i64", current)
            self.run(one.body, dict(environment))

    def _site(self, one: Site, environment: dict[int, Value]) -> None:
        self.reached[one.id] = one
        if one.callee is not None:
            callee = self.value(one.callee, environment)
            if callee.bits == CAPTURE or callee.symbol == "capture":
                result = (Value("i64"),) if one.result_recorded else ()
                recorded = tuple(self.value(each, environment) for each in one.recorded)
                self.stops.append(PredictedStop(one.id, (*result, *recorded)))
        if one.number is not None:
            environment[one.number] = Value("i64")


def _binary(one: Binary, left: int | None, right: int | None) -> Value:
    if left is None or right is None:
        return Value(one.type)
    if one.opcode in _FLOAT:
        # One operation on doubles, rounded, equals that on floats: they have less than half the bits.
        result = _FLOAT[one.opcode](numbers.from_bits(one.type, left), numbers.from_bits(one.type, right))
        return Value(one.type, numbers.to_bits(one.type, result))
    return Value(one.type, _INTEGER[one.opcode](left, right) % (1 << numbers.width(one.type)))


def _convert(one: Convert, bits: int | None) -> Value:
    if bits is None:
        return Value(one.type)
    if one.opcode == "fpext":
        return Value(one.type, numbers.to_bits(one.type, numbers.from_bits(one.operand.type, bits)))
    if one.opcode == "sext":
        bits = numbers.to_signed(bits, numbers.width(one.operand.type))
    return Value(one.type, bits % (1 << numbers.width(one.type)))
