"""What has been judged of every series, small enough to be kept in the repository.

Records of checks are megabytes, and some take an hour to make: whole folders of LLVM's own tests. The ledger
keeps of each series and version what a reader is shown: each verdict that is not trivial, how many there are
of the trivial ones, and which claims held. Verdicts belong to the patches they were made with, so an entry
names these, and one about other patches is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from harness.compile_only.record import CompilationReport
from harness.errors import UsageError
from harness.model import TestVerdict, Verdict
from harness.report.record import CheckReport, SeriesReport, describe_claim

LEDGER_VERSION = 1
OWN_SUITE = "lit-tests"
T = TypeVar("T")
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
    """One series on one version. `patches` is a digest of these, `claims` tells which held.

    `whole` are the folders of which every test was judged.
    """

    patches: str
    folders: dict[str, Folder] = field(default_factory=dict)
    claims: dict[str, bool] = field(default_factory=dict)
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledOn:
    """One series on a version that it was only compiled on: a digest of the patches, and which version's."""

    patches: str
    made_for: str


Key = tuple[str, str]
"""A series and an LLVM version."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of each series and version."""

    judged: dict[Key, Judged] = field(default_factory=dict)
    compiled: dict[Key, CompiledOn] = field(default_factory=dict)


def folder_of(test: str) -> str:
    """`lit-tests`, or of LLVM's own tests the folder below `llvm/test`, two levels of it: `CodeGen/X86`."""
    if not test.startswith(_UPSTREAM):
        return OWN_SUITE
    return "/".join(test.removeprefix(_UPSTREAM).split("/")[:-1][:2])


def merge(
    known: Ledger, patches: Mapping[Key, str], reports: Iterable[CheckReport | CompilationReport]
) -> Ledger:
    """The ledger with what `reports` say, the oldest first. `patches` has the digest of each series as it is.

    Of a folder the call that judged all or most of its tests counts, of calls that judged as many the last.
    What `known` has about other patches than those in `patches` is dropped. Raises UsageError if a series of
    a report came to no verdict, or did not compile.
    """
    judged = {key: one for key, one in known.judged.items() if patches.get(key) == one.patches}
    compiled = {
        (name, version): one
        for (name, version), one in known.compiled.items()
        if patches.get((name, one.made_for)) == one.patches
    }
    for report in reports:
        version = report.llvm_version
        if isinstance(report, CompilationReport):
            for one in report.series:
                _refuse_error(one.name, version, one.error)
                if (made_of := patches.get((one.name, one.made_for))) is not None:
                    compiled[one.name, version] = CompiledOn(made_of, one.made_for)
            continue
        for series in report.series:
            if (key := (series.name, version)) in patches:
                _refuse_error(series.name, version, series.error)
                judged[key] = _with(judged.get(key, Judged(patches[key])), series, report.whole)
    return Ledger(judged, compiled)


def _refuse_error(name: str, version: str, error: str) -> None:
    if error:
        raise UsageError(f"{name} on LLVM {version}: {error.splitlines()[0]}", "mend it first")


def _with(known: Judged, series: SeriesReport, whole: Collection[str]) -> Judged:
    tests: dict[str, list[TestVerdict]] = {}
    for one in series.verdicts:
        tests.setdefault(folder_of(one.name), []).append(one)
    folders, complete = dict(known.folders), set(known.whole)
    for name, verdicts in tests.items():
        new = _folder(verdicts)
        all_of_it = any(f"{name}/".startswith(f"{folder}/") for folder in whole)
        if name not in folders or (all_of_it, new.total) >= (name in complete, folders[name].total):
            folders[name] = new
            if all_of_it:
                complete.add(name)
    checked = {describe_claim(result.claim): result.held for result in series.claims if result.checked}
    return Judged(
        known.patches,
        folders=dict(sorted(folders.items())),
        claims=dict(sorted((known.claims | checked).items())),
        whole=tuple(sorted(complete)),
    )


def _folder(verdicts: Iterable[TestVerdict]) -> Folder:
    lines, counts = {}, Counter[str]()
    for one in sorted(verdicts, key=lambda each: each.name):
        if one.verdict.is_trivial and not (one.is_unmet or one.gone):
            counts[one.verdict.value] += 1
        else:
            outcomes = one.base.outcome.value, one.patched.outcome.value
            lines[one.name] = Line(*outcomes, one.verdict.value)
    return Folder(lines, {what.value: counts[what.value] for what in Verdict if counts[what.value]})


class _File(msgspec.Struct):
    version: int
    series: dict[str, dict[str, Judged]]
    compiled: dict[str, dict[str, CompiledOn]]


def encode(ledger: Ledger) -> bytes:
    """The ledger as indented JSON with a final newline, in an order of its own."""
    file = _File(LEDGER_VERSION, _nested(ledger.judged), _nested(ledger.compiled))
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def decode(data: bytes, name: str) -> Ledger:
    """The ledger that `encode` wrote. Raises UsageError if it is not one, or of another version."""
    try:
        read = msgspec.json.decode(data, type=_File)
    except msgspec.DecodeError as error:
        raise UsageError(f"{name}: not a ledger", "take it from git", str(error)) from None
    if read.version != LEDGER_VERSION:
        raise UsageError(f"{name}: of version {read.version}, not {LEDGER_VERSION}", "make upstream")
    return Ledger(_flat(read.series), _flat(read.compiled))


def _nested(rows: Mapping[Key, T]) -> dict[str, dict[str, T]]:
    found: dict[str, dict[str, T]] = {}
    for (series, version), row in sorted(rows.items(), key=lambda item: item[0]):
        found.setdefault(series, {})[version] = row
    return found


def _flat(rows: Mapping[str, Mapping[str, T]]) -> dict[Key, T]:
    return {(series, version): row for series, versions in rows.items() for version, row in versions.items()}
