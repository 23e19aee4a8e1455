"""What has been judged of every series, small enough to be kept in the repository.

Records of checks are megabytes, and some take an hour to make: whole folders of LLVM's own tests. The ledger
keeps of each series and version what a reader is shown: each verdict that is not trivial, how many there are
of the trivial ones, and which claims held. Verdicts belong to the patches they were made with, so an entry
names these, and one about other patches is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from harness.errors import UsageError
from harness.model import TestVerdict
from harness.report.record import TRIVIAL, CheckReport, SeriesReport, told

LEDGER_VERSION = 1
OWN_SUITE = "lit-tests"
_UPSTREAM = "llvm/test/"


@dataclass(frozen=True, slots=True)
class Line:
    """One verdict that is not trivial."""

    base: str
    patched: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What one folder of tests said: the verdicts that are not trivial, and counts of those that are."""

    lines: dict[str, Line]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many tests there are verdicts on."""
        return len(self.lines) + sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Judged:
    """One series on one version. `patches` is a digest of these, `claims` tells which held."""

    patches: str
    folders: dict[str, Folder] = field(default_factory=dict)
    claims: dict[str, bool] = field(default_factory=dict)


Key = tuple[str, str]
"""A series and an LLVM version."""
Ledger = Mapping[Key, Judged]


def folder_of(test: str) -> str:
    """`lit-tests`, or of LLVM's own tests the folder below `llvm/test`, two levels of it: `CodeGen/X86`."""
    if not test.startswith(_UPSTREAM):
        return OWN_SUITE
    return "/".join(test.removeprefix(_UPSTREAM).split("/")[:-1][:2])


def merged(known: Ledger, patches: Mapping[Key, str], reports: Iterable[CheckReport]) -> dict[Key, Judged]:
    """The ledger with what `reports` say, the oldest first. `patches` has the digest of each series as it is.

    Of a folder the call that judged most of its tests counts, of calls that judged as many the last. What
    `known` has about other patches than those in `patches` is dropped. Raises UsageError if a series of a
    report came to no verdict.
    """
    found = {key: one for key, one in known.items() if patches.get(key) == one.patches}
    for report in reports:
        for series in report.series:
            key = (series.name, report.llvm_version)
            if key in patches:
                found[key] = _with(found.get(key, Judged(patches[key])), series, report.llvm_version)
    return found


def _with(known: Judged, series: SeriesReport, version: str) -> Judged:
    if series.error:
        raise UsageError(f"{series.name} on LLVM {version}: {series.reasons[0]}", "mend it first")
    tests: dict[str, list[TestVerdict]] = {}
    for one in series.verdicts:
        tests.setdefault(folder_of(one.name), []).append(one)
    folders = dict(known.folders)
    for name, verdicts in tests.items():
        new = _folder(verdicts)
        if name not in folders or new.total >= folders[name].total:
            folders[name] = new
    checked = {told(result.claim): result.held for result in series.claims if result.checked}
    claims = known.claims | checked
    return Judged(known.patches, dict(sorted(folders.items())), dict(sorted(claims.items())))


def _folder(verdicts: Iterable[TestVerdict]) -> Folder:
    lines, counts = {}, Counter[str]()
    for one in sorted(verdicts, key=lambda each: each.name):
        if one.verdict in TRIVIAL:
            counts[one.verdict.value] += 1
        else:
            outcomes = one.base.outcome.value, one.patched.outcome.value
            lines[one.name] = Line(*outcomes, one.verdict.value)
    return Folder(lines, {what.value: counts[what.value] for what in TRIVIAL if counts[what.value]})


class _File(msgspec.Struct):
    version: int
    series: dict[str, dict[str, Judged]]


def encode(ledger: Ledger) -> bytes:
    """The ledger as indented JSON with a final newline, in an order of its own."""
    series: dict[str, dict[str, Judged]] = {}
    for (name, version), judged in sorted(ledger.items()):
        series.setdefault(name, {})[version] = judged
    return msgspec.json.format(msgspec.json.encode(_File(LEDGER_VERSION, series)), indent=1) + b"\n"


def decode(data: bytes, name: str) -> dict[Key, Judged]:
    """The ledger that `encode` wrote. Raises UsageError if it is none, or of another version."""
    try:
        read = msgspec.json.decode(data, type=_File)
    except msgspec.DecodeError as error:
        raise UsageError(f"{name}: is no ledger", "take it from git", str(error)) from None
    if read.version != LEDGER_VERSION:
        raise UsageError(f"{name}: of version {read.version}, not {LEDGER_VERSION}", "make upstream")
    return {
        (series, version): judged
        for series, versions in read.series.items()
        for version, judged in versions.items()
    }
