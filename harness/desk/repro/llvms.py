"""Which LLVMs a case runs on: `19`, `9..23`, `trunk`, `wheel`, `wheel:*`, `system:14`, `tree:DIR`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.desk.repro.run import LlvmPlace
from harness.errors import UsageError
from harness.store import Store
from harness.toolchain.provider import TRUNK, Provider, Request, Say, SurveyRow
from harness.toolchain.registry import DEFAULT, PROVIDERS, named_kinds, read_column, resolve

_ITEM = re.compile(
    r"(?:(?P<kind>[a-z]+):)?(?:(?P<all>\*)|(?P<first>\d{1,3})(?:[.]\d+)*(?:[.][.](?P<last>\d{1,3}))?)"
)
_TREE = "tree:"
_GRAMMAR = (
    "give versions such as 19 and trunk, ranges such as 13..22, wheel, wheel:0.47, wheel:*, system:14 or "
    "tree:DIR, with commas between"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """LLVMs that were asked for: of one kind from version `first` to `last`, or all if these are None.

    `asked` is how the user wrote it; `prefix` is the folder of a tree, `named` what has a name instead of a
    version: `trunk`, or a version of llvmlite.
    """

    asked: str
    kind: str
    first: int | None = None
    last: int | None = None
    prefix: Path | None = None
    named: str = ""

    @property
    def is_one(self) -> bool:
        """Whether one version was named, which is an error if it is not there."""
        return (
            self.prefix is not None
            or bool(self.named)
            or self.asked == self.kind
            or (self.first is not None and self.first == self.last)
        )


def read_wanted(text: str, option: str = "--llvm") -> tuple[Wanted, ...]:
    """What an option asks for, in the order in which it does. Raises UsageError."""
    return tuple(_read(item.strip(), option) for item in text.split(","))


def _read(item: str, option: str) -> Wanted:
    if item.startswith(_TREE):
        return Wanted(item, "tree", prefix=Path(item.removeprefix(_TREE)))
    if (
        item == TRUNK
        or item in named_kinds()
        or (item.partition(":")[0] in named_kinds() and "." in item and ".." not in item)
    ):
        request = read_column(item)
        return Wanted(item, request.kind, named=request.named)
    found = _ITEM.fullmatch(item)
    if found is None:
        raise UsageError(f"{option} {item[:40]}: no version of LLVM", _GRAMMAR)
    kind = found["kind"] or DEFAULT
    if kind not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        raise UsageError(f"{option} {item[:40]}: there is no kind {kind} of LLVM", f"use one of {known}")
    if found["all"]:
        return Wanted(item, kind)
    first = int(found["first"])
    last = int(found["last"] or first)
    if last < first:
        raise UsageError(f"{option} {item[:40]}: the range ends before it begins", f"write {last}..{first}")
    return Wanted(item, kind, first, last)


def find_llvms(store: Store, wanted: Sequence[Wanted], say: Say) -> tuple[list[Provider], list[str]]:
    """The LLVMs that were asked for, each once, and what is said of versions in a range that are not there.

    Raises UsageError if there is none at all.
    """
    found: dict[Request, Provider] = {}
    notes: list[str] = []
    for one in wanted:
        if one.is_one:
            majors: list[int | None] = [one.first]
        else:
            rows = PROVIDERS[one.kind].survey(store, say, offline=False)
            there = [major for row in rows for major in _major(row)]
            majors = [major for major in dict.fromkeys(there) if _is_in(one, major)]
            notes += _list_absent(one, there)
        for major in majors:
            request = Request(one.kind, None if one.prefix else major, one.prefix, named=one.named)
            if request not in found:
                found[request] = resolve(store, request, say)
    if not found:
        raise UsageError(
            f"--llvm {','.join(one.asked for one in wanted)}: there is none here",
            "run 'harness toolchain list' for what there is",
        )
    return list(found.values()), notes


def place_of(provider: Provider) -> LlvmPlace:
    """The place to run on that a provider is."""
    return LlvmPlace(f"{provider.kind} {provider.major}", provider.toolchain)


def _major(row: SurveyRow) -> Iterator[int]:
    if number := re.match(r"\d+", row.version):
        yield int(number[0])


def _is_in(one: Wanted, major: int) -> bool:
    return one.first is None or one.last is None or one.first <= major <= one.last


def _list_absent(one: Wanted, there: Sequence[int]) -> Iterator[str]:
    if one.first is None or one.last is None:
        return
    absent = [str(major) for major in range(one.first, one.last + 1) if major not in there]
    if absent:
        yield f"{one.asked}: {one.kind} has no LLVM {', '.join(absent)} here"
