"""`series.toml`: what a series says about itself (pure).

title = "one line"
kind = "fix"                        # fix, feature or mutant
upstream = "link or sentence"       # optional
cases = ["L7", "issue 55609"]       # optional: the cases of lit-tests/cases.toml it is about
since = "LLVM 3.7, r235483"         # optional: the age of the bug
equivalent = "why no test can tell" # optional, only for a mutant
[llvm]
versions = ["19.1.7", "22.1.8"]     # each a folder beside series.toml with NNNN-*.patch files
compiled = ["23.1.1"]               # optional: folders too, of patches that are only applied and compiled
[[claims]]
fixes = "X86/some-test.ll"          # or `breaks`, for a mutant; a test below the suite's root, globs allowed
message = "part of the assertion"   # optional, only with breaks
versions = ["19.1.7"]               # optional: the claim is for these only
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from harness.errors import UsageError
from harness.model import Claim, ClaimKind, SeriesKind

VERSION = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class VersionedClaim:
    """A claim and the LLVM versions it is for; empty: all of the series."""

    claim: Claim
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """The checked contents of one series.toml."""

    title: str
    kind: SeriesKind
    versions: tuple[str, ...]
    upstream: str = ""
    claims: tuple[VersionedClaim, ...] = ()
    equivalent: str = ""
    cases: tuple[str, ...] = ()
    since: str = ""
    compiled: tuple[str, ...] = ()

    def claims_for(self, version: str) -> tuple[Claim, ...]:
        """The claims that are for this LLVM version."""
        return tuple(c.claim for c in self.claims if not c.versions or version in c.versions)


class _Llvm(msgspec.Struct, forbid_unknown_fields=True):
    versions: list[str]
    compiled: list[str] = []


class _Claim(msgspec.Struct, forbid_unknown_fields=True):
    fixes: str | None = None
    breaks: str | None = None
    message: str | None = None
    versions: list[str] | None = None


class _Series(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    kind: SeriesKind
    llvm: _Llvm
    upstream: str = ""
    cases: list[str] = []
    since: str = ""
    equivalent: str | None = None
    claims: list[_Claim] = []


_KEYS: dict[str, type[msgspec.Struct]] = {"": _Series, "llvm": _Llvm, "claims[]": _Claim}


def parse_recipe(name: str, data: bytes) -> Recipe:
    """Read a series.toml; `name` is its path. Raises UsageError naming the key and what is allowed."""
    table = _convert(name, _toml(name, data))
    if not table.title.strip() or "\n" in table.title:
        _refuse(name, "title must be one line of text", "say in one line what the series does")
    versions = _versions(name, "llvm.versions", table.llvm.versions)
    if not versions:
        _refuse(name, "llvm.versions is empty", 'list the LLVM versions it has patches for, as ["19.1.7"]')
    compiled = _versions(name, "llvm.compiled", table.llvm.compiled)
    for version in compiled:
        if version in versions:
            _refuse(name, f"llvm.compiled: {version} is in llvm.versions too", "remove one of them")
    claims = tuple(_claim(name, f"claims[{i}]", c, table.kind, versions) for i, c in enumerate(table.claims))
    for index, claim in enumerate(claims):
        if claim in claims[:index]:
            _refuse(name, f"claims[{index}] repeats claims[{claims.index(claim)}]", "remove one of them")
    equivalent = _equivalent(name, table)
    return Recipe(
        table.title.strip(),
        table.kind,
        versions,
        table.upstream,
        claims,
        equivalent,
        tuple(table.cases),
        table.since,
        compiled,
    )


def _refuse(name: str, what: str, next_step: str) -> NoReturn:
    raise UsageError(f"{name}: {what}", next_step)


def _toml(name: str, data: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        _refuse(name, f"line {line} is not UTF-8", "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        _refuse(name, f"is not TOML: {error}", "correct that line; strings need quotes")
    except RecursionError:
        _refuse(name, "is not TOML: nested too deeply", "write it as the other series.toml files are")


def _convert(name: str, table: dict[str, object]) -> _Series:
    try:
        return msgspec.convert(table, _Series)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        where = path.rstrip("`").lstrip(".")
        kind = re.sub(r"\[\d+\]", "[]", where)
        allowed = ", ".join(field.name for field in msgspec.structs.fields(_KEYS.get(kind, _Series)))
        inside = f" in {where}" if where else ""
        if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL):
            _refuse(name, f'unknown key "{unknown[1]}"{inside}', f"use one of {allowed}")
        if missing := re.fullmatch(r"Object missing required field `(.*)`", message):
            _refuse(name, f'key "{missing[1]}" is missing{inside}', f"add it; the keys are {allowed}")
        if where == "kind":
            kinds = ", ".join(kind.value for kind in SeriesKind)
            _refuse(name, f"kind {table['kind']!r} is not a kind of series", f"use one of {kinds}")
        _refuse(name, f"{where}: {message[:1].lower()}{message[1:]}", "give it a value of that type")


def _versions(name: str, key: str, versions: list[str]) -> tuple[str, ...]:
    for version in versions:
        if not VERSION.fullmatch(version):
            _refuse(
                name, f"{key}: {version!r} is not an LLVM version", 'write all three numbers, as "19.1.7"'
            )
        if versions.count(version) > 1:
            _refuse(name, f"{key} has {version} twice", "remove one of them")
    return tuple(versions)


def _equivalent(name: str, table: _Series) -> str:
    """Why no test can tell a mutant from LLVM; empty if one can."""
    if table.equivalent is None:
        return ""
    if table.kind is not SeriesKind.MUTANT:
        _refuse(name, "equivalent: only a mutant can be equivalent", "remove it, or make its kind mutant")
    if not table.equivalent.strip():
        _refuse(name, "equivalent is empty", "say why no test can tell, or remove it")
    if table.claims:
        _refuse(
            name,
            "equivalent says that no test can tell, claims say that some break",
            "remove the one that is wrong",
        )
    return table.equivalent.strip()


def _claim(name: str, key: str, given: _Claim, kind: SeriesKind, versions: tuple[str, ...]) -> VersionedClaim:
    if (given.fixes is None) == (given.breaks is None):
        has = "neither fixes nor breaks" if given.fixes is None else "both fixes and breaks"
        _refuse(name, f"{key} has {has}", "give each claim exactly one of fixes, breaks")
    if kind is SeriesKind.MUTANT and given.breaks is None:
        _refuse(
            name, f"{key}: a mutant fixes nothing", "claim what it breaks, or make its kind fix or feature"
        )
    if kind is not SeriesKind.MUTANT and given.fixes is None:
        _refuse(
            name,
            f"{key}: only a mutant breaks tests",
            f"claim what the {kind.value} fixes, or make its kind mutant",
        )
    test = given.fixes if given.breaks is None else given.breaks
    assert test is not None
    if not test or test.startswith("/") or "\\" in test or any(p in {"", ".", ".."} for p in test.split("/")):
        _refuse(
            name,
            f"{key}: {test!r} is not a test name",
            'name a test below the suite\'s root, as "X86/a-test.ll"',
        )
    if given.message is not None and given.breaks is None:
        _refuse(name, f"{key}: message is only for breaks", "remove it: a test that passes has no message")
    if given.message is not None and not given.message.strip():
        _refuse(name, f"{key}: message is empty", "remove it, or give part of the assertion's text")
    only = _versions(name, f"{key}.versions", given.versions or [])
    if given.versions is not None and not only:
        _refuse(name, f"{key}.versions is empty", "remove it: without it the claim is for every version")
    for version in only:
        if version not in versions:
            _refuse(
                name,
                f"{key}.versions: {version} is not in llvm.versions",
                f"use one of {', '.join(versions)}",
            )
    claim = Claim(ClaimKind.FIXES if given.breaks is None else ClaimKind.BREAKS, test, given.message or "")
    return VersionedClaim(claim, only)
