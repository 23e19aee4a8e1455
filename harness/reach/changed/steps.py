"""What code that runs before main does, step by step: which calls with which arguments, which stores.

Such code is one function for a whole unit: a variable more moves all others to other registers and places on
the stack. So instructions are followed with the values that registers hold, as far as they are known, and
what comes out of it is compared. Only what is common in initialisers is followed; all else is an Unfollowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.reach.changed.blocks import BlockGraph, Target
from harness.reach.changed.lines import is_place, without_text

if TYPE_CHECKING:
    from capstone import CsInsn
    from capstone.x86 import X86Op

# A value: a number, an address, or what an operation makes of others, as nested tuples.
Value = tuple[object, ...]
_ARGUMENTS = ("rdi", "rsi", "rdx", "rcx", "r8", "r9", *(f"xmm{n}" for n in range(8)))
_LOST = ("rax", "r10", "r11", *_ARGUMENTS, *(f"xmm{n}" for n in range(8, 16)))
_WIDE = re.compile(r"^r(?:(\d+)|[a-d]x|[sd]i|[sb]p)$")
_FAILURES = re.compile(r"patch_harness|__assert_fail|llvm_unreachable_internal")
_MOVES = frozenset(
    {"mov", "movabs", "movups", "movaps", "movq", "movd", "movss", "movsd", "movdqa", "movdqu"}
)
_OPERATIONS = frozenset(
    {
        "and",
        "or",
        "xor",
        "add",
        "sub",
        "shl",
        "shr",
        "movzx",
        "movsx",
        "movsxd",
        "xorps",
        "pxor",
        "neg",
        "not",
    }
)
_SLOTS = frozenset({9, 41, 42})  # R_X86_64_GOTPCREL, GOTPCRELX, REX_GOTPCRELX
_FREES = frozenset({"free", "_ZdlPv", "_ZdlPvm"})
_MOST_FAILING = 24  # instructions of a failing assertion


class UnfollowedError(Exception):
    """Code does something that is not followed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done: `kind` is call, store or check; `about` says to what, `values` with what."""

    kind: str
    about: Value
    values: tuple[Value, ...]


@dataclass(slots=True)
class _State:
    registers: dict[str, Value] = field(default_factory=dict)
    flags: Value = ("none",)
    written: set[str] = field(default_factory=set)


def follow(graph: BlockGraph, number: int) -> list[Step]:
    """The steps of a function that runs from its start to its end. Raises UnfollowedError."""
    return _Follower(graph, number).run()


class _Follower:
    """Follows one function."""

    def __init__(self, graph: BlockGraph, number: int) -> None:
        from capstone import CS_ARCH_X86, CS_MODE_64, Cs

        block = graph.blocks[number]
        decoder = Cs(CS_ARCH_X86, CS_MODE_64)
        decoder.detail = True
        self.graph = graph
        self.targets = {edge[0]: (edge[2], edge[3]) for edge in block.edges if edge[0] >= 0}
        self.slots = {edge[0] for edge in block.edges if edge[1] in _SLOTS}
        self.code = {one.address: one for one in decoder.disasm(block.content or b"", 0)}
        self.steps: list[Step] = []

    def run(self) -> list[Step]:
        state = _State({"rsp": ("stack", 0)})
        at = 0
        while True:
            one = self._at(at)
            at += one.size
            if one.mnemonic == "ret":
                return self.steps
            if one.mnemonic.startswith("j"):
                if one.mnemonic == "jmp":
                    raise UnfollowedError("jmp in it")
                freed = self._skips_free(at, _immediate(one))
                # Else only an assertion that fails leaves the way.
                if not freed and not self._fails(_immediate(one)):
                    raise UnfollowedError(f"{one.mnemonic} in it")
                self.steps.append(Step("check", (one.mnemonic,), (state.flags,)))
                if freed:
                    at = _immediate(one)
                    self._lose(state)
            elif one.mnemonic == "call":
                self._call(one, state)
            else:
                self._execute(one, state)

    def _at(self, address: int) -> CsInsn:
        found = self.code.get(address)
        if found is None:
            raise UnfollowedError("code that cannot be decoded")
        return found

    def _fails(self, address: int) -> bool:
        """Whether the code at an address does nothing but fail an assertion."""
        for _ in range(_MOST_FAILING):
            one = self._at(address)
            if one.mnemonic == "call":
                target, _rest = self.targets.get(address + 1, ("", 0))
                return isinstance(target, str) and bool(_FAILURES.search(target))
            if one.mnemonic not in {"lea", "mov", "xor", "jmp"}:
                return False
            address = _immediate(one) if one.mnemonic == "jmp" else address + one.size
        return False

    def _skips_free(self, at: int, to: int) -> bool:
        """Whether there is nothing but a call of `free` on the way: a SmallVector that may have grown."""
        one = self._at(at)
        return one.mnemonic == "call" and at + one.size == to and self.targets.get(at + 1, ("",))[0] in _FREES

    def _call(self, one: CsInsn, state: _State) -> None:
        found = self.targets.get(one.address + 1)
        if found is None:
            raise UnfollowedError("a call through a register")
        given = sorted(state.written.intersection(_ARGUMENTS))
        values = tuple((name, state.registers[name]) for name in given)
        self.steps.append(Step("call", self._address(found[0], 0), values))
        self._lose(state)
        state.registers["rax"] = ("result",)

    def _lose(self, state: _State) -> None:
        """Forget what a call need not keep."""
        for name in _LOST:
            state.registers[name] = ("lost",)
        state.written.clear()

    def _execute(self, one: CsInsn, state: _State) -> None:
        name, operands = one.mnemonic, one.operands

        def read(operand: X86Op) -> Value:
            return self._read(one, operand, state)

        if name == "push":
            state.registers["rsp"] = _plus(state.registers["rsp"], -8)
            if (value := read(operands[0])) != ("entry", one.op_str):
                self.steps.append(Step("store", state.registers["rsp"], (value,)))
        elif name == "pop":
            self._write(one, operands[0], ("popped",), state)
            state.registers["rsp"] = _plus(state.registers["rsp"], 8)
        elif name == "lea":
            self._write(one, operands[0], self._place(one, operands[1], state), state)
        elif name in _MOVES:
            self._write(one, operands[0], read(operands[1]), state)
        elif name in {"cmp", "test"}:
            state.flags = (name, operands[0].size, read(operands[0]), read(operands[1]))
        elif name in {"xor", "xorps", "pxor"} and one.op_str.split(", ")[0] == one.op_str.split(", ")[1]:
            self._write(one, operands[0], ("number", 0), state)
        elif name in {"add", "sub"} and one.op_str.startswith("rsp"):
            sign = 1 if name == "add" else -1
            state.registers["rsp"] = _plus(state.registers["rsp"], sign * operands[1].imm)
        elif name in _OPERATIONS:
            values = tuple(read(operand) for operand in operands)
            self._write(one, operands[0], (name, operands[0].size, *values), state)
        elif name != "nop":
            raise UnfollowedError(f"{name} in it")

    def _read(self, one: CsInsn, operand: X86Op, state: _State) -> Value:
        from capstone.x86 import X86_OP_IMM, X86_OP_REG

        if operand.type == X86_OP_IMM:
            return ("number", operand.imm)
        if operand.type == X86_OP_REG:
            name = _wide(one.reg_name(operand.reg))
            value = state.registers.get(name, ("entry", name))
            return value if operand.size >= 4 else ("low", operand.size, value)
        if one.disp_offset and one.address + one.disp_offset in self.slots:
            # The linker's table of addresses (GOT) has that of the target.
            return self._address(self.targets[one.address + one.disp_offset][0], 0)
        # What is there depends on what was done before.
        return ("load", operand.size, self._place(one, operand, state), len(self.steps))

    def _write(self, one: CsInsn, operand: X86Op, value: Value, state: _State) -> None:
        from capstone.x86 import X86_OP_REG

        if operand.type != X86_OP_REG:
            self.steps.append(
                Step("store", self._place(one, operand, state), (("size", operand.size), value))
            )
            return
        name = _wide(one.reg_name(operand.reg))
        old = state.registers.get(name, ("entry", name))
        state.registers[name] = value if operand.size >= 4 else ("part", operand.size, old, value)
        state.written.add(name)

    def _place(self, one: CsInsn, operand: X86Op, state: _State) -> Value:
        """The address that a memory operand means."""
        place = one.address + one.disp_offset
        mem = operand.mem
        if place in self.targets and one.disp_offset:
            if one.reg_name(mem.base) != "rip" or mem.index:
                raise UnfollowedError("an address with an index")
            target, rest = self.targets[place]
            # The addend has the way to the next instruction.
            return self._address(target, rest + one.size - one.disp_offset)
        if mem.index or mem.segment:
            raise UnfollowedError("an address with an index")
        name = _wide(one.reg_name(mem.base))
        return _plus(state.registers.get(name, ("entry", name)), mem.disp)

    def _address(self, target: Target, rest: int) -> Value:
        """An address, in a way that both sides have in common."""
        return ("address", describe(self.graph, target), rest)


def describe(graph: BlockGraph, target: Target, depth: int = 4) -> Value:
    """A target by its name, or by its content if the compiler numbered it."""
    if isinstance(target, bytes):
        return ("constant", without_text(target))
    if isinstance(target, str):
        return ("name", target)
    block = graph.blocks[target]
    if block.names or block.own:
        return ("name", *block.names, *block.own)
    if is_place(block):
        return ("place",)
    if not depth:
        raise UnfollowedError("data that lead too far")
    edges = tuple((at, kind, describe(graph, to, depth - 1), rest) for at, kind, to, rest in block.edges)
    return ("data", block.content, edges)


def _plus(value: Value, number: int) -> Value:
    if not number:
        return value
    if value[0] in {"stack", "number"} and isinstance(value[1], int):
        return (value[0], value[1] + number)
    if value[0] == "address" and isinstance(value[2], int):
        return (*value[:2], value[2] + number)
    return ("plus", value, number)


def _immediate(one: CsInsn) -> int:
    from capstone.x86 import X86_OP_IMM

    if one.operands[0].type != X86_OP_IMM:
        raise UnfollowedError("a jump through a register")
    return int(one.operands[0].imm)


def _wide(name: str) -> str:
    """The 64-bit register that a part is of."""
    if _WIDE.match(name) or name.startswith("xmm"):
        return name
    if number := re.match(r"^r(\d+)[dwb]$", name):
        return f"r{number[1]}"
    core = name.removeprefix("e") if len(name) == 3 and name[0] == "e" else name
    core = core.removesuffix("l") if core in {"sil", "dil", "bpl", "spl"} else core
    return f"r{core[0]}x" if core in {"al", "bl", "cl", "dl"} else f"r{core}"
