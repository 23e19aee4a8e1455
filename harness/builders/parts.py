"""What each part of LLVM's repository means for a verdict. Pure: by path alone.

A verdict is about what is compiled into LLVM's tools and about the tests that run. The report names what else
a series changes; if that is code, its effect is not judged here.
"""

from __future__ import annotations

import enum
import posixpath
from collections.abc import Collection, Iterable, Sequence

from harness.builders.plan import BUILT, GRAPH, UNIT_TESTS
from harness.builders.request import Built

_DOCUMENTS = (".md", ".rst", ".txt", ".TXT")
_OURS = ("llvm/", "cmake/", "third-party/", "libc/")
_NAMES_SHOWN = 5


class Part(enum.Enum):
    """What a changed file is, in words."""

    CODE = "compiled here"
    TEST = "a test of LLVM's own"
    DOCUMENT = "documentation"
    SETTING = "for other builds, editors and services"
    TEST_ELSEWHERE = "a test that is not run here"
    UNIT_TEST = "unit tests are not run here"
    LIT = "lit's own Python: tests are run by the harness's lit"
    ELSEWHERE = "not built and not run here"
    PROJECT = "not part of LLVM itself, left out"

    @property
    def is_unjudged(self) -> bool:
        """Whether it is code that nothing here compiles or runs."""
        return self in {Part.UNIT_TEST, Part.LIT, Part.ELSEWHERE, Part.PROJECT}

    @property
    def is_named(self) -> bool:
        """Whether it is not judged and need not be: it cannot change what LLVM does."""
        return self in {Part.DOCUMENT, Part.SETTING, Part.TEST_ELSEWHERE}


# The first that fits counts.
_PLACES = (
    (
        Part.SETTING,
        (
            *("llvm/utils/gn/", "llvm/utils/vim/", "llvm/utils/emacs/", "llvm/utils/vscode/"),
            *("llvm/utils/kate/", "llvm/utils/jedit/", "llvm/utils/textmate/", "llvm/utils/git/"),
            *("llvm/utils/docker/", "utils/bazel/", ".github/", ".ci/"),
        ),
    ),
    (Part.LIT, ("llvm/utils/lit/", "llvm/utils/llvm-lit/")),
    (Part.UNIT_TEST, ("llvm/unittests/",)),
    (Part.CODE, (*BUILT, *GRAPH)),
    (Part.ELSEWHERE, _OURS),
)


def part_of(path: str) -> Part:
    """What a file of llvm-project is."""
    name = posixpath.basename(path)
    if path.startswith("llvm/test/"):
        return Part.TEST
    if "/docs/" in path or (path.endswith(_DOCUMENTS) and name != "CMakeLists.txt"):
        return Part.DOCUMENT
    if name.startswith(".") or "/" not in path:
        return Part.SETTING
    found = next((part for part, places in _PLACES if path.startswith(places)), None)
    return found or (Part.TEST_ELSEWHERE if "/test/" in path else Part.PROJECT)


def list_unjudged(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that are code but that nothing here compiles or runs, each with the reason: `path: why`."""
    kinds = ((path, part_of(path)) for path in sorted(set(paths)))
    return tuple(f"{path}: {part.value}" for path, part in kinds if part.is_unjudged)


def find_unjudged(
    seeming: Iterable[str], built: tuple[Built, Built], changed: Collection[str]
) -> tuple[str, ...]:
    """What of the `changed` files is not judged, as the builds of base and patched say.

    For the other files, their names decide (`seeming`); an overlay compiles unit tests nevertheless. The
    patched side may read what base does not, but a unit test must exist on both sides.
    """
    base, patched = built
    lines = (*patched.unjudged, *(line for line in base.unjudged if line.startswith(UNIT_TESTS)))
    said = dict.fromkeys(line for line in lines if _about(line) in changed)
    known = {unit for one in built for unit in one.units}.union(map(_about, said))
    return (*(line for line in seeming if _about(line) not in known), *said)


def _about(line: str) -> str:
    return line.partition(": ")[0]


def describe_not_judged(paths: Iterable[str]) -> tuple[str, ...]:
    """Remarks on the files that are not judged and need not be, one for each part."""
    found: dict[Part, list[str]] = {}
    for path in sorted(set(paths)):
        found.setdefault(part_of(path), []).append(path)
    return tuple(
        f"not judged, {part.value}: {list_names(found[part])}"
        for part in Part
        if part.is_named and part in found
    )


def list_names(names: Sequence[str]) -> str:
    """The names; only the first few if there are many."""
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
