"""References between functions of one section, which the assembler resolves and leaves no relocation for.

Functions of one section are rare: each has a section of its own, but for what runs before main
(.text.startup) and what a source places itself.
"""

from __future__ import annotations

import bisect

from harness.reach.changed.blocks import Block
from harness.reach.changed.elf import ObjectError

# Stands for the type of relocation that the assembler would have left.
RESOLVED = -1
_SIZE = 4  # of a displacement


def add_relative_edges(content: bytes, members: list[Block], numbers: list[int]) -> None:
    """Make edges of the members' references to each other, and zero the bytes that hold them.

    `content` is that of the section, `members` are its blocks in order, with their `numbers`.
    """
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs
    from capstone.x86 import X86_OP_IMM, X86_OP_MEM, X86_REG_RIP

    decoder = Cs(CS_ARCH_X86, CS_MODE_64)
    decoder.detail = True
    starts = [one.start for one in members]
    for block in members:
        if block.content is None:
            continue
        relocated = {offset for offset, *_ in block.edges}
        changed = bytearray(block.content)
        end = 0
        for one in decoder.disasm(block.content, block.start):
            at, size = one.address - block.start, one.size
            end = at + size
            if any(offset in relocated for offset in range(at, end)):
                continue
            place = way = -1
            for operand in one.operands:
                if operand.type == X86_OP_MEM and operand.mem.base == X86_REG_RIP:
                    place, way = at + one.disp_offset, operand.mem.disp
                elif operand.type == X86_OP_IMM and one.group(7):  # CS_GRP_BRANCH_RELATIVE
                    place, way = at + one.imm_offset, operand.imm - one.address - size
            target = one.address + size + way
            if place < 0 or block.start <= target < block.start + block.size:
                continue
            if not 0 <= target < len(content) or place + _SIZE > end:
                raise ObjectError(
                    f"{block.section}: code that leaves its function in another way",
                    "compile with -ffunction-sections",
                )
            to = bisect.bisect_right(starts, target) - 1
            changed[place : place + _SIZE] = bytes(_SIZE)
            block.edges.append((place, RESOLVED, numbers[to], target - members[to].start))
        if end < len(block.content):
            raise ObjectError(
                f"{block.section}: bytes that are no instructions", "compile with -ffunction-sections"
            )
        block.content = bytes(changed)
        block.edges.sort(key=lambda edge: edge[0])
