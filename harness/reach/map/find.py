"""Which function is meant: by its linkage name, its demangled name, or a part of it that names one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.crash.frames import function_name
from harness.errors import UsageError
from harness.reach.map.demangle import demangle
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

_ANONYMOUS = "(anonymous namespace)::"
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# In demangled names, and not in linkage names, or not as they are.
_WORDS = frozenset(
    {
        *("anonymous", "namespace", "operator", "std", "const", "volatile", "void", "bool", "char", "short"),
        *("int", "long", "unsigned", "signed", "float", "double", "new", "delete", "lambda"),
    }
)
_CLONE = re.compile(r" \[\.[^\]]*\]$")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class FoundFunction:
    """A function that was asked for: how it is shown, and the names it has in tools, clones included."""

    shown: str
    names: frozenset[FunctionName]


def find_function(table: FunctionTable, text: str) -> FoundFunction:
    """The function that a text names. Raises UsageError if there is none or there are several."""
    exact = list(table.matching(rb"(?m:^)" + re.escape(text.encode()) + rb"(?=[\t\n])"))
    if text and exact:
        shown = demangle([text])[text]
        return FoundFunction(shown, frozenset(exact))
    groups = _groups(_candidates(table, text))
    for fits in (_is_whole, _is_end, _has_part):
        found = {shown: names for shown, names in groups.items() if fits(shown, text)}
        if len(found) == 1:
            ((shown, names),) = found.items()
            return FoundFunction(shown, frozenset(names))
        if found:
            raise _ambiguous(text, found)
    raise UsageError(
        f"{text}: no function of LLVM's tools is called so",
        "give its linkage name, that of the source (SelectionDAGBuilder::visitPatchpoint), or FILE.cpp:LINE",
    )


def find_named(table: FunctionTable, names: Iterable[str], unit: str) -> frozenset[FunctionName]:
    """The functions of these qualified names, overloads included; local ones of the unit only."""
    found: set[FunctionName] = set()
    for text in names:
        for shown, group in _groups(_candidates(table, text)).items():
            if _is_end(shown, text):
                found |= {name for name in group if name.unit in {"", unit} or not _is_internal(name)}
    return frozenset(found)


def _is_internal(name: FunctionName) -> bool:
    """Whether a function is static or in no named namespace: others are local where they are hidden."""
    return not name.name.startswith("_Z") or name.name.startswith("_ZL") or "_GLOBAL__N_" in name.name


def _candidates(table: FunctionTable, text: str) -> Iterable[FunctionName]:
    """The functions whose linkage names have all identifiers of the text in them, by length if possible."""
    words = [word for word in _IDENTIFIER.findall(function_name(text) or text) if word not in _WORDS]
    if not words:
        return ()
    longest = max(words, key=len)
    rest = [word.encode() for word in words]
    found = list(table.matching(b"%d%b" % (len(longest), longest.encode())))
    found = found or list(table.matching(re.escape(longest.encode())))
    return [name for name in found if all(word in name.name.encode() for word in rest)]


def _groups(names: Iterable[FunctionName]) -> dict[str, set[FunctionName]]:
    """Functions by how they are shown: clones, and the copies of a constructor, are one function."""
    listed = list(names)
    shown = demangle(name.name for name in listed)
    groups: dict[str, set[FunctionName]] = {}
    for name in listed:
        groups.setdefault(_CLONE.sub("", shown[name.name]), set()).add(name)
    return groups


def _plain(text: str) -> str:
    return text.replace(_ANONYMOUS, "").replace(" ", "")


def _qualified(shown: str) -> str:
    return _plain(function_name(shown) or shown).replace("<...>", "")


def _is_whole(shown: str, text: str) -> bool:
    return _plain(text) in {_plain(shown), _qualified(shown)}


def _is_end(shown: str, text: str) -> bool:
    """Whether the text is the name, or the last parts of it: `A::f` of `llvm::A::f(int)`."""
    wanted = _plain(text)
    whole = _plain(shown) if "(" in wanted else _qualified(shown)
    return whole == wanted or whole.endswith(f"::{wanted}")


def _has_part(shown: str, text: str) -> bool:
    return _plain(text) in _plain(shown)


def _ambiguous(text: str, found: dict[str, set[FunctionName]]) -> UsageError:
    lines = sorted(found)
    more = [f"... {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return UsageError(
        f"{text}: names {len(lines)} functions", "give one of them", "\n".join([*lines[:_SHOWN], *more])
    )
