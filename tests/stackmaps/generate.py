"""Seeded random IR with patch points, stack maps and statepoints that every target compiles.

What is left out is what LLVM 19 is known to fail on: symbols as callees on AArch64 and RISC-V, integers wider
than a register, sizes below that of the call, calls after patch points whose live-outs are recorded (SSP of
x86-64 and FPC of SystemZ have no DWARF number: issue 53828), and shadows on RISC-V with compressed
instructions that are not a multiple of 4 (LowerSTACKMAP subtracts 4 from 2, unsigned).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Triple:
    """A target: the size a call from an immediate address needs, a nop's unit, and what it supports.

    `live_calls`: calls are compiled in functions whose patch points record live-outs.
    """

    name: str
    call: int
    unit: int
    symbols: bool = False
    statepoints: bool = True
    live_calls: bool = True
    options: tuple[str, ...] = ()


TRIPLES = (
    Triple("x86_64-unknown-linux-gnu", 13, 1, symbols=True, live_calls=False),
    Triple("x86_64-apple-darwin", 13, 1, symbols=True, live_calls=False),
    Triple("x86_64-pc-windows-msvc", 13, 1, symbols=True, live_calls=False),
    Triple("aarch64-unknown-linux-gnu", 16, 4),
    Triple("aarch64_be-unknown-linux-gnu", 16, 4),
    Triple("arm64-apple-darwin", 16, 4),
    Triple("aarch64-pc-windows-msvc", 16, 4),
    Triple("powerpc64-unknown-linux-gnu", 40, 4, symbols=True, statepoints=False),
    Triple("powerpc64le-unknown-linux-gnu", 32, 4, symbols=True, statepoints=False),
    Triple("s390x-unknown-linux-gnu", 14, 2, symbols=True, statepoints=False, live_calls=False),
    Triple("riscv64-unknown-linux-gnu", 36, 4, options=("-mattr=+m,+d",)),
    Triple("riscv64-unknown-linux-gnu", 36, 2, options=("-mattr=+m,+d,+c,+relax",)),
)
_PROLOGUE = """\
declare void @llvm.experimental.stackmap(i64, i32, ...)
declare void @llvm.experimental.patchpoint.void(i64, i32, ptr, i32, ...)
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
declare token @llvm.experimental.gc.statepoint.p0(i64, i32, ptr, i32, i32, ...)
declare void @outside()
declare i64 @callee(i64, i64)
"""
_SCALARS = ("i64", "i64", "i64", "i32", "i16", "i8", "ptr", "double", "float")
_IDS = (0, 1, 7, 2**31, 2**32, 2**63 - 1, -1, -(2**63))
_STATEPOINT_BYTES = (0, 0, 1, 3, 10)


@dataclass(frozen=True, slots=True)
class Module:
    """IR, and how llc is to compile it."""

    triple: Triple
    text: str
    options: tuple[str, ...]


def module(seed: int, triple: Triple, functions: int = 12) -> Module:
    """A module of functions with at least one site each."""
    chance = random.Random(f"{seed} {triple.name} {triple.options}")  # noqa: S311 - a test, not a secret
    live = chance.random() < 0.5
    calls = triple.live_calls or not live
    bodies = [_Function(chance, triple, f"f{number}", calls).text() for number in range(functions)]
    level = chance.choice(("-O0", "-O2", "-O2"))
    liveness = () if live else ("-enable-patchpoint-liveness=false",)
    options = (f"-mtriple={triple.name}", level, *liveness, *triple.options)
    return Module(triple, _PROLOGUE + "".join(bodies), options)


@dataclass
class _Function:
    """One function, while it is written."""

    chance: random.Random
    triple: Triple
    name: str
    calls: bool
    lines: list[str] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    fresh: int = 0
    fresh_id: int = 0

    def text(self) -> str:
        chance = self.chance
        params = [(chance.choice(_SCALARS), f"%p{i}") for i in range(chance.randrange(11))]
        self.values = list(params)
        collected = self.calls and self.triple.statepoints and chance.random() < 0.3
        for _ in range(chance.randrange(3)):
            self._alloca()
        if chance.random() < 0.15:
            self._line("alloca i8, i64 " + self._some("i64", "5"), "ptr")
        for _ in range(chance.randrange(12)):
            self._arithmetic()
        for _ in range(chance.randrange(1, 4)):
            self._step(collected)
        self._branch(collected)
        kept = [v for v in self.values if v[0] == "i64"]
        for _, value in kept[: chance.randrange(1, 8)]:
            self.lines.append(f"  store volatile i64 {value}, ptr null")
        attributes = ' "frame-pointer"="all"' if chance.random() < 0.25 else ""
        gc = ' gc "statepoint-example"' if collected else ""
        head = ", ".join(f"{kind} {name}" for kind, name in params)
        body = "\n".join(self.lines)
        result = self._some("i64", "0")
        return f"define i64 @{self.name}({head}){attributes}{gc} {{\n{body}\n  ret i64 {result}\n}}\n"

    def _line(self, expression: str, kind: str) -> str:
        name = f"%v{self.fresh}"
        self.fresh += 1
        self.lines.append(f"  {name} = {expression}")
        self.values.append((kind, name))
        return name

    def _alloca(self) -> None:
        align = self.chance.choice(("", "", "", ", align 16", ", align 64"))
        self._line(f"alloca {self.chance.choice(('i64', 'i8', '[5 x i32]', '[300 x i64]'))}{align}", "ptr")

    def _some(self, kind: str, otherwise: str) -> str:
        found = [name for k, name in self.values if k == kind]
        return self.chance.choice(found) if found else otherwise

    def _arithmetic(self) -> None:
        operation = self.chance.choice(("add", "xor", "sub", "mul"))
        kind = self.chance.choice(("i64", "i64", "i32", "i16"))
        self._line(f"{operation} {kind} {self._some(kind, '3')}, {self._some(kind, '5')}", kind)

    def _branch(self, collected: bool) -> None:
        """Sometimes a conditional site: its block may be placed anywhere."""
        if self.chance.random() < 0.4:
            seen = list(self.values)
            condition = self._line(f"icmp eq i64 {self._some('i64', '1')}, 77", "i1")
            self.lines += [f"  br i1 {condition}, label %then, label %end", "then:"]
            self._step(collected)
            self.lines += ["  br label %end", "end:"]
            self.values = seen

    def _step(self, collected: bool) -> None:
        sites = [self._stackmap, self._patchpoint, self._patchpoint]
        if collected:
            sites += [self._statepoint, self._statepoint]
        if self.calls and self.chance.random() < 0.3:
            self.lines.append("  call void @outside()")
        self.chance.choice(sites)()
        if self.chance.random() < 0.3:
            self._arithmetic()

    def _live(self, most: int) -> Iterator[str]:
        for _ in range(self.chance.randrange(most)):
            if self.values and self.chance.random() < 0.75:
                kind, name = self.chance.choice(self.values)
                yield f"{kind} {name}"
            else:
                constants = ("i32 -1", "i64 99999999999", "i8 7", "i64 undef", "ptr null", "i64 -2147483649")
                yield self.chance.choice((*constants, f"i64 {self.chance.randrange(-(2**63), 2**62)}"))

    def _id(self) -> int:
        # Each id once: two sites with one id in one function cannot be told apart.
        special = [number for number in _IDS if number not in self.used]
        if special and self.chance.random() < 0.2:
            self.used.add(chosen := self.chance.choice(special))
            return chosen
        self.fresh_id += 1
        return 1000 * self.fresh_id + self.chance.randrange(1000)

    def _stackmap(self) -> None:
        # RISC-V's compressed instructions: 4, not 2.
        unit = 4 if self.triple.name.startswith("riscv") else self.triple.unit
        size = unit * self.chance.choice((0, 0, 1, 2, 5))
        operands = ", ".join((f"i64 {self._id()}", f"i32 {size}", *self._live(12)))
        self.lines.append(f"  call void (i64, i32, ...) @llvm.experimental.stackmap({operands})")

    def _patchpoint(self) -> None:
        chance, unit = self.chance, self.triple.unit
        callees = ["ptr null", f"ptr inttoptr (i64 {chance.randrange(1, 2**47)} to ptr)"]
        if self.triple.symbols:
            callees.append("ptr @callee")
        callee = chance.choice(callees)
        size = unit * chance.randrange(12)
        if callee != "ptr null":
            size += -(-self.triple.call // unit) * unit
        live = list(self._live(14))
        arguments = [one for one in live if one.startswith(("i64", "ptr"))][: chance.randrange(4)]
        rest = [one for one in live if one not in arguments]
        operands = (f"i64 {self._id()}", f"i32 {size}", callee, f"i32 {len(arguments)}", *arguments, *rest)
        convention = chance.choice(("", "", "anyregcc "))
        kind = chance.choice(("void", "i64"))
        call = (
            f"call {convention}{kind} (i64, i32, ptr, i32, ...) "
            f"@llvm.experimental.patchpoint.{kind}({', '.join(operands)})"
        )
        if kind == "void":
            self.lines.append(f"  {call}")
        else:
            self._line(call, "i64")

    def _statepoint(self) -> None:
        size = self.triple.unit * self.chance.choice(_STATEPOINT_BYTES)
        deopt = ", ".join(one for one in self._live(8) if one.startswith(("i64", "i32")))
        roots = ", ".join(self._roots())
        bundles = [f'"deopt"({deopt})'] * bool(deopt) + [f'"gc-live"({roots})'] * bool(roots)
        after = f" [{', '.join(bundles)}]" if bundles else ""
        token = f"%t{self.fresh}"
        self.fresh += 1
        self.lines.append(
            f"  {token} = call token (i64, i32, ptr, i32, i32, ...) "
            f"@llvm.experimental.gc.statepoint.p0(i64 {self._id()}, i32 {size}, "
            f"ptr elementtype(void ()) @outside, i32 0, i32 0, i32 0, i32 0){after}"
        )

    def _roots(self) -> Sequence[str]:
        pointers = [name for kind, name in self.values if kind == "ptr" and name.startswith("%p")]
        return [f"ptr {name}" for name in pointers[: self.chance.randrange(4)]]
