"""The programs that LLVM's own build graph links: of which objects and archives, and under which other names.

Pure: from what `ninja -t compdb` tells of a graph. Of several thousand commands a hundred link programs, so
that their words are taken apart when somebody asks.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.builders.request import CHECKERS

_PLACE, _TESTS = "bin/", "unittests/"
# Programs of LLVM's that are not in its own build: clang, the driver of many tools, a downstream's.
_WHOLE = re.compile(r"(?:clang|flang)(?:[-+].*)?$|llvm(?:-.+)?$")


@dataclass(frozen=True, slots=True)
class Programs:
    """`lines` are the commands that link programs, by the program's name; `aliases` name one of these.

    `llvm-readelf` is a link to `llvm-readobj`, and looks at the name it is called by. `tests` are the
    commands that link unit tests, where these are part of the build: `unittests/ADT/ADTTests`.
    """

    lines: Mapping[str, str]
    aliases: Mapping[str, str]
    tests: Mapping[str, str] = field(default_factory=dict)

    def real(self, name: str) -> str | None:
        """The program that runs under this name, or None if the graph links none such."""
        found = self.aliases.get(name, name)
        return found if found in self.lines else None

    def asked(self, names: Iterable[str]) -> frozenset[str]:
        """The programs that run under these names, without those that only check tests."""
        found = (self.real(name) for name in names if name not in CHECKERS)
        return frozenset(program for program in found if program is not None)

    def unknown(self, release: Iterable[str]) -> frozenset[str]:
        """The names of a release's tools that the graph does not link: all of LLVM may be in them."""
        return frozenset(n for n in release if _WHOLE.match(n) and self.real(n) is None and n not in CHECKERS)

    def words(self, program: str) -> list[str]:
        """The words of the command that links a program."""
        return shlex.split(self._line(program))

    def inputs(self, program: str) -> frozenset[str]:
        """The objects and archives a program is linked from, as the graph names them: relative, no blanks."""
        return frozenset(self._line(program).split())

    def _line(self, program: str) -> str:
        return self.tests[program] if program in self.tests else self.lines[program]

    def names(self, programs: Iterable[str]) -> dict[str, str]:
        """Every name that one of these programs has, with the program."""
        kept = set(programs)
        others = {name: program for name, program in self.aliases.items() if program in kept}
        return {**others, **{program: program for program in kept}}


def read_programs(compdb: str) -> Programs:
    """What `ninja -t compdb` says of the files below `bin/` that are linked, or are links to such."""
    lines: dict[str, str] = {}
    links: dict[str, str] = {}
    tests: dict[str, str] = {}
    for row in json.loads(compdb):
        output, source = row["output"], row["file"]
        if output.startswith(_TESTS) and source.endswith(".o") and not output.endswith((".o", ".a", ".so")):
            tests[output] = row["command"]
        if not output.startswith(_PLACE):
            continue
        name = output.removeprefix(_PLACE)
        if source.endswith(".o"):
            lines[name] = row["command"]
        elif source.startswith(_PLACE):
            links[name] = source.removeprefix(_PLACE)
    return Programs(lines, {name: program for name, program in links.items() if program in lines}, tests)
