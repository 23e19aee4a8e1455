"""Prints a module as textual IR; its `main` calls every function and checks the result. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.fuzz import numbers
from harness.fuzz.interpreter import BLOB, run
from harness.fuzz.ir import (
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

_STACKMAP = "llvm.experimental.stackmap"
_PATCHPOINT = "llvm.experimental.patchpoint"
_SYMBOL = re.compile(r"@([\w.]+)")
# Declarations that a module may need, by name.
_DECLARATIONS = {
    _STACKMAP: f"declare void @{_STACKMAP}(i64, i32, ...)\n",
    f"{_PATCHPOINT}.void": f"declare void @{_PATCHPOINT}.void(i64, i32, ptr, i32, ...)\n",
    f"{_PATCHPOINT}.i64": f"declare i64 @{_PATCHPOINT}.i64(i64, i32, ptr, i32, ...)\n",
    "capture": "declare void @capture()\n",
    "global": "@global = global i64 0\n",
    "sink": "@sink = global [64 x i8] zeroinitializer\n",
    "turns1": "@turns1 = global i64 1\n",
    "turns2": "@turns2 = global i64 2\n",
    "turns3": "@turns3 = global i64 3\n",
    "blob": f"@blob = global [8 x i64] [i64 {BLOB}, i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7]\n",
    "outside": "define void @outside() noinline {\n  ret void\n}\n",
}
# Passing an object by value may call this; there is no C library.
_MEMCPY = """\
define ptr @memcpy(ptr %to, ptr %from, i64 %size) noinline {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %source = getelementptr i8, ptr %from, i64 %i
  %byte = load volatile i8, ptr %source
  %goal = getelementptr i8, ptr %to, i64 %i
  store volatile i8 %byte, ptr %goal
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %size
  br i1 %more, label %loop, label %end
end:
  ret ptr %to
}
"""


def text(module: IRModule) -> str:
    """The whole module, without the directives."""
    code = "\n".join((*(_Writer(one).text() for one in module.functions), _main(module)))
    used = set(_SYMBOL.findall(code))
    declared = "".join(line for name, line in _DECLARATIONS.items() if name in used)
    return "\n".join((*filter(None, (declared, _MEMCPY if "blob" in used else "")), code))


def _main(module: IRModule) -> str:
    """`main` returns the number, from 1, of the last function with a wrong result; 0 if there is none."""
    lines, status = ["define i32 @main() {"], "0"
    for number, function in enumerate(module.functions, 1):
        arguments = ", ".join(_argument(one) for one in function.parameters)
        lines.append(f"  %r{number} = call {_spaced(function.convention)}i64 @{function.name}({arguments})")
        bits = run(function).result.bits
        if bits is not None:
            lines.append(f"  %c{number} = icmp ne i64 %r{number}, {numbers.to_signed(bits, 64)}")
            lines.append(f"  %s{number} = select i1 %c{number}, i32 {number}, i32 {status}")
            status = f"%s{number}"
    return "\n".join((*lines, f"  ret i32 {status}", "}")) + "\n"


def _spaced(word: str) -> str:
    return f"{word} " if word else ""


def _argument(one: Parameter) -> str:
    return f"ptr byval({one.byval}) @blob" if one.byval else f"{one.type} {constant(one.value)}"


def constant(one: Literal | SymbolAddress) -> str:
    """A constant as an operand, without its type."""
    if isinstance(one, SymbolAddress):
        return f"@{one.name}"
    if one.bits is None:
        return "undef"
    match one.type:
        case "ptr":
            return f"inttoptr (i64 {one.bits} to ptr)" if one.bits else "null"
        case "half":
            text = f"0xH{one.bits:04X}"
        case "float":
            # LLVM prints a float as the double of the same value.
            text = f"0x{numbers.to_bits('double', numbers.from_bits('float', one.bits)):016X}"
        case "double":
            text = f"0x{one.bits:016X}"
        case "i8" | "i16" | "i32" | "i64":
            text = str(numbers.to_signed(one.bits, numbers.width(one.type)))
        case _:
            text = "zeroinitializer"
    return text


class _Writer:
    """One function, while it is printed."""

    def __init__(self, function: IRFunction) -> None:
        self.function = function
        self.defined = {one.number for one in function.parameters}
        self.block = "entry"
        self.labels = 0

    def text(self) -> str:
        function = self.function
        head = ", ".join(
            f"{one.type}{f' byval({one.byval})' if one.byval else ''} %v{one.number}"
            for one in function.parameters
        )
        attributes = " ".join(("noinline", *function.attributes))
        start = f"define {_spaced(function.convention)}i64 @{function.name}({head}) {attributes} {{"
        body = list(self._body(function.body))
        body += [f"store volatile {self._typed(one)}, ptr @sink" for one in function.kept]
        body.append(f"ret {self._typed(function.result)}")
        lines = (line if line.endswith(":") else f"  {line}" for line in body)
        return "\n".join((start, "entry:", *lines, "}")) + "\n"

    def _of(self, operand: Operand) -> str:
        if isinstance(operand, Name):
            if operand.number in self.defined:
                return f"%v{operand.number}"
            return constant(Literal(operand.type, 0))
        return constant(operand)

    def _typed(self, operand: Operand) -> str:
        return f"{operand.type} {self._of(operand)}"

    def _body(self, body: tuple[Statement, ...]) -> Iterator[str]:
        for one in body:
            yield from self._statement(one)

    def _statement(self, one: Statement) -> Iterator[str]:
        match one:
            case Alloca():
                count = f", i64 %n{one.number}" if one.count else ""
                if one.count:
                    yield f"%n{one.number} = load volatile i64, ptr @turns{one.count}"
                yield f"%v{one.number} = alloca {one.element}{count}, align {one.align}"
                yield f"store volatile {self._typed(one.content)}, ptr %v{one.number}"
            case Binary():
                left, right = self._typed(one.left), self._of(one.right)
                yield f"%v{one.number} = {one.opcode} {left}, {right}"
            case Convert():
                yield f"%v{one.number} = {one.opcode} {self._typed(one.operand)} to {one.type}"
            case Call():
                yield "call void @outside()"
            case Site():
                destroyed = f'call void asm sideeffect "", "~{{{one.destroyed}}}"()'
                yield from (destroyed,) * bool(one.destroyed)
                yield self._site(one)
                yield from (destroyed,) * bool(one.destroyed)
            case Branch():
                yield from self._branch(one)
            case Loop():
                yield from self._loop(one)
        if isinstance(one, Alloca | Binary | Convert | Site | Branch) and one.number is not None:
            self.defined.add(one.number)

    def _site(self, one: Site) -> str:
        operands = [f"i64 {numbers.to_signed(one.id % 2**64, 64)}", f"i32 {one.num_bytes}"]
        live = [self._typed(each) for each in (*one.arguments, *one.live)]
        if one.callee is None:
            return f"call void (i64, i32, ...) @{_STACKMAP}({', '.join((*operands, *live))})"
        operands += [self._typed(one.callee), f"i32 {len(one.arguments)}", *live]
        result = "void" if one.number is None else "i64"
        call = f"call {_spaced(one.convention)}{result} (i64, i32, ptr, i32, ...) @{_PATCHPOINT}.{result}"
        name = "" if one.number is None else f"%v{one.number} = "
        return f"{name}{call}({', '.join(operands)})"

    def _label(self) -> int:
        self.labels += 1
        return self.labels

    def _branch(self, one: Branch) -> Iterator[str]:
        label = self._label()
        before, outside = self.block, self._of(one.outside)
        wanted = numbers.to_signed(one.wanted % 2**64, 64)
        yield f"%b{label} = icmp eq {self._typed(one.operand)}, {wanted}"
        yield f"br i1 %b{label}, label %then{label}, label %end{label}"
        yield f"then{label}:"
        self.block = f"then{label}"
        defined = set(self.defined)
        yield from self._body(one.body)
        inside, self.defined = self._of(one.inside), defined
        after = self.block
        yield f"br label %end{label}"
        yield f"end{label}:"
        self.block = f"end{label}"
        yield f"%v{one.number} = phi {one.inside.type} [ {inside}, %{after} ], [ {outside}, %{before} ]"

    def _loop(self, one: Loop) -> Iterator[str]:
        label = self._label()
        before, start, step = self.block, self._of(one.start), self._of(one.step)
        # The latch is a block of its own: its name is known before the body's blocks are.
        yield f"br label %loop{label}"
        yield f"loop{label}:"
        yield f"%v{one.number} = phi i64 [ {start}, %{before} ], [ %next{label}, %latch{label} ]"
        yield f"%i{label} = phi i64 [ 1, %{before} ], [ %j{label}, %latch{label} ]"
        self.block = f"loop{label}"
        self.defined.add(one.number)
        defined = set(self.defined)
        yield from self._body(one.body)
        self.defined = defined
        yield f"br label %latch{label}"
        yield f"latch{label}:"
        yield f"%next{label} = add i64 %v{one.number}, {step}"
        yield f"%j{label} = add i64 %i{label}, 1"
        # The count is a constant that the compiler does not know.
        yield f"%t{label} = load volatile i64, ptr @turns{one.count}"
        yield f"%b{label} = icmp ult i64 %i{label}, %t{label}"
        yield f"br i1 %b{label}, label %loop{label}, label %after{label}"
        yield f"after{label}:"
        self.block = f"after{label}"
