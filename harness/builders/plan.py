"""Which translation units a series touches. Pure: paths and texts in, units out.

An overlay compiles these and nothing else, so a missed unit would make base and patched equal where they
differ. Three rules keep it exact. What the graph does not list (new sources, CMake, TableGen itself) needs a
full build. The units that include a touched header are over-estimated from the text of all include lines,
then confirmed by the compiler. A new header counts as touched, because it may hide another one of the same
name.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.patch import Change

UNIT_SUFFIXES = (".cpp", ".c", ".cc")
HEADER_SUFFIXES = (".h", ".def", ".inc", ".hpp")
TABLE_SUFFIXES = (".td",)
UNIT_TESTS = "llvm/unittests/"
BUILT = ("llvm/lib/", "llvm/include/", "llvm/tools/")
# What TableGen is made of: with another one any header that it makes may be another.
TABLEGEN = ("llvm/utils/TableGen/", "llvm/lib/TableGen/")
# Inputs of a build in a way that only cmake itself follows. LLVM 20's APFloat.h includes headers of libc.
GRAPH = (
    *("cmake/", "third-party/", "llvm/cmake/", "llvm/CMakeLists.txt"),
    *TABLEGEN,
    *("libc/shared/", "libc/src/", "libc/include/", "libc/hdr/"),
)
_NAMED = rb'["<]([^">\n]+)[">]'
_INCLUDE = re.compile(
    rb"^[ \t]*#[ \t]*(?:include(?:_next)?|import)[ \t]*(?:%b|([A-Za-z_]\w*))" % _NAMED
    + rb"|__has_include(?:_next)?[ \t]*\([ \t]*%b" % _NAMED,
    re.M,
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A series' changes sorted by what they mean for a build.

    `units` are sources to compile. Every unit that includes one of `headers`, or a header that TableGen makes
    from one of `tables`, is compiled too. `inert` is no input of llc or lli: tests, documentation, other
    projects. `full` are the reasons why an overlay cannot be exact. `unit_tests` are sources of LLVM's unit
    tests.
    """

    units: tuple[str, ...]
    headers: tuple[str, ...]
    tables: tuple[str, ...]
    inert: tuple[str, ...]
    full: tuple[str, ...]
    unit_tests: tuple[str, ...] = ()

    @property
    def shares(self) -> bool:
        """Whether an overlay can serve this series together with others.

        A whole target reads what TableGen makes, so an overlay of several series would have too many units.
        Unit tests are compiled in a build tree of their own.
        """
        return not (self.full or self.tables or self.unit_tests)


def classify(changes: Iterable[Change]) -> Touched:
    """Sort changes by what they mean for a build."""
    names = ("units", "headers", "tables", "inert", "full", "unit_tests")
    found: dict[str, list[str]] = {name: [] for name in names}
    for change in sorted(set(changes)):
        meaning, why = _meaning(change)
        found[meaning].append(f"{change.path}: {why}" if why else change.path)
    return Touched(**{meaning: tuple(paths) for meaning, paths in found.items()})


def is_prose(path: str) -> bool:
    """Whether a file is one of LLVM's tests, or documentation, which no compiler reads.

    If a compiler reads one all the same, compiling the unit shows it.
    """
    return path.startswith(("llvm/test/", "llvm/docs/")) or path.endswith((".md", ".rst"))


def _meaning(change: Change) -> tuple[str, str]:
    """The field of Touched that a change belongs to, and why if that is `full`."""
    path, kind = change.path, change.kind
    name = posixpath.basename(path)
    if path.startswith(GRAPH) or (path.startswith(BUILT) and name.endswith((".cmake", "CMakeLists.txt"))):
        return "full", "cmake's input"
    if path.startswith(UNIT_TESTS) and path.endswith(UNIT_SUFFIXES) and kind == "modified":
        return "unit_tests", ""
    if not path.startswith(BUILT) or path.endswith((".txt", ".md", ".rst")):
        return "inert", ""
    if path.endswith(UNIT_SUFFIXES):
        return ("units", "") if kind == "modified" else ("full", f"source {kind}")
    for suffixes, meaning, what in (
        (HEADER_SUFFIXES, "headers", "header"),
        (TABLE_SUFFIXES, "tables", "TableGen's input"),
    ):
        if path.endswith(suffixes):
            return ("full", f"{what} deleted") if kind == "deleted" else (meaning, "")
    return "full", "not a kind of file an overlay knows"


def find_included_names(text: bytes) -> tuple[str, ...]:
    """The names that a source includes or asks for (`__has_include`); `*` for one that a macro computes."""
    return tuple(
        "*" if computed else (literal or asked).decode("utf-8", "replace")
        for literal, computed, asked in _INCLUDE.findall(text)
    )


def may_include(headers: Sequence[str], includes: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Every file that may include one of `headers`, directly or not: perhaps too many, never too few.

    `includes` maps each file of the tree to the names in its include lines. A name may mean any file whose
    path ends with it, whatever the include path is. A computed name may mean any .def or .inc file: it is
    TargetPassRegistry.inc, and the only other computed name is a header of the system.
    """
    by_tail: dict[str, list[str]] = defaultdict(list)
    computed = [file for file, names in includes.items() if "*" in names]
    for file, names in includes.items():
        for name in names:
            by_tail[posixpath.basename(name)].append(file)
    found: set[str] = set()
    pending = list(headers)
    while pending:
        header = pending.pop()
        chosen = computed if header.endswith((".def", ".inc")) else []
        candidates = [
            file
            for file in by_tail.get(posixpath.basename(header), [])
            if any(_means(name, header) for name in includes[file])
        ]
        for file in (*chosen, *candidates):
            if file not in found:
                found.add(file)
                pending.append(file)
    return frozenset(found)


def _means(name: str, header: str) -> bool:
    plain = re.sub(r"^(?:\.\.?/)+", "", posixpath.normpath(name))
    return header == plain or header.endswith("/" + plain)


def find_relevant_changes(
    unit: str, dependencies: frozenset[str], changed: Mapping[str, str], hiding: frozenset[str]
) -> dict[str, str]:
    """The changes that an object of `unit` may depend on; empty if it depends on none.

    `dependencies` is what the unpatched unit reads. `hiding` are the files that may read a new header
    (`may_include` of the new headers). A unit has the unpatched object if it reads no changed file, and no
    file that may now read a new one. Otherwise it depends on the changed sources that it reads and on all
    changed headers, because one may now include another. Headers may have any name, but are no tests or
    documentation.
    """
    reads = {unit, *dependencies}
    if not reads & changed.keys() and not reads & hiding:
        return {}
    headers = {path for path in changed if not path.endswith(UNIT_SUFFIXES) and not is_prose(path)}
    sources = {path for path in changed if path in reads}
    return {path: changed[path] for path in sorted(headers | sources)}
