"""Which function holds a line of a C++ source, by its text alone.

tree-sitter's grammar needs no build, as a compiler would, and takes milliseconds. It expands no macros: a
line that one makes a function of is in no function. Overloads have one name here, and a lambda is a part of
its function.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTION = "function_definition"
_SCOPES = frozenset({"class_specifier", "struct_specifier", "union_specifier", "namespace_definition"})
# What a function's name is, at the end of its declarators.
_NAMES = frozenset(
    {
        *("identifier", "field_identifier", "qualified_identifier", "destructor_name"),
        *("operator_name", "operator_cast", "template_function"),
    }
)


def function_at(text: bytes, line: int) -> str:
    """The qualified name of the function that holds a line, from 1: `X86AsmPrinter::LowerPATCHPOINT`.

    Without the namespaces around it; empty if no function holds the line.
    """
    import tree_sitter_cpp
    from tree_sitter import Language, Parser

    part, row = _part(text, line - 1)
    tree = Parser(Language(tree_sitter_cpp.language())).parse(part)
    function: Node | None = None
    scopes: list[str] = []
    for node in _path(tree.root_node, row):
        if node.type == _FUNCTION and function is None:
            function = node
        elif node.type in _SCOPES and function is None:
            scopes += _scope(node)
    name = _name(function) if function is not None else ""
    return "::".join([*scopes, name]) if name else ""


def _part(text: bytes, row: int) -> tuple[bytes, int]:
    """What stands between two lines that begin with a brace, where LLVM's style ends a function or a class.

    And the row in it. X86ISelLowering.cpp has 57,000 lines, and takes half a second as a whole.
    """
    lines = text.splitlines(keepends=True)
    begin = next((at + 1 for at in range(min(row, len(lines)) - 1, -1, -1) if lines[at][:1] == b"}"), 0)
    end = next((at + 1 for at in range(row, len(lines)) if lines[at][:1] == b"}"), len(lines))
    return b"".join(lines[begin:end]), row - begin


def _path(root: Node, row: int) -> Iterator[Node]:
    """The nodes that hold a row, from the outside in: of several that do, the last."""
    node: Node | None = root
    while node is not None:
        inside = [one for one in node.named_children if one.start_point[0] <= row <= one.end_point[0]]
        functions = [one for one in inside if one.type == _FUNCTION]
        node = (functions or inside)[-1] if inside else None
        if node is not None:
            yield node


def _scope(node: Node) -> list[str]:
    name = node.child_by_field_name("name")
    return [_text(name)] if name is not None else []


def _name(function: Node) -> str:
    """The name in a function's declarator, which may be that of a pointer to what it returns."""
    node = function.child_by_field_name("declarator")
    while node is not None and node.type not in _NAMES:
        inner = node.child_by_field_name("declarator")
        node = inner or next((one for one in node.named_children if one.type.endswith("declarator")), None)
    return _text(node) if node is not None else ""


def _text(node: Node) -> str:
    return "".join((node.text or b"").decode("utf-8", "replace").split())
