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
from dataclasses import dataclass

import msgspec

from harness.model import Claim, ClaimKind, SeriesKind
from harness.toml_text import TomlText

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


def parse_recipe(name: str, data: bytes) -> Recipe:
    """Read a series.toml; `name` is its path. Raises UsageError naming line, key and what is allowed."""
    text = TomlText(name, data)
    table = text.read(_Series)
    if not table.title.strip() or "\n" in table.title:
        text.refuse("title", "title must be one line of text", "say in one line what the series does")
    versions = _versions(text, "llvm.versions", table.llvm.versions)
    if not versions:
        text.refuse(
            "llvm.versions",
            "llvm.versions is empty",
            'list the LLVM versions it has patches for, as ["19.1.7"]',
        )
    compiled = _versions(text, "llvm.compiled", table.llvm.compiled)
    for version in compiled:
        if version in versions:
            text.refuse(
                "llvm.compiled", f"llvm.compiled: {version} is in llvm.versions too", "remove one of them"
            )
    claims = tuple(_claim(text, f"claims[{i}]", c, table.kind, versions) for i, c in enumerate(table.claims))
    for index, claim in enumerate(claims):
        if claim in claims[:index]:
            text.refuse(
                f"claims[{index}]",
                f"claims[{index}] repeats claims[{claims.index(claim)}]",
                "remove one of them",
            )
    equivalent = _equivalent(text, table)
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


def _versions(text: TomlText, key: str, versions: list[str]) -> tuple[str, ...]:
    for version in versions:
        if not VERSION.fullmatch(version):
            text.refuse(
                key, f"{key}: {version!r} is not an LLVM version", 'write all three numbers, as "19.1.7"'
            )
        if versions.count(version) > 1:
            text.refuse(key, f"{key} has {version} twice", "remove one of them")
    return tuple(versions)


def _equivalent(text: TomlText, table: _Series) -> str:
    """Why no test can tell a mutant from LLVM; empty if one can."""
    if table.equivalent is None:
        return ""
    if table.kind is not SeriesKind.MUTANT:
        text.refuse(
            "equivalent", "equivalent: only a mutant can be equivalent", "remove it, or make its kind mutant"
        )
    if not table.equivalent.strip():
        text.refuse("equivalent", "equivalent is empty", "say why no test can tell, or remove it")
    if table.claims:
        text.refuse(
            "equivalent",
            "equivalent says that no test can tell, claims say that some break",
            "remove the one that is wrong",
        )
    return table.equivalent.strip()


def _claim(
    text: TomlText, key: str, given: _Claim, kind: SeriesKind, versions: tuple[str, ...]
) -> VersionedClaim:
    if (given.fixes is None) == (given.breaks is None):
        has = "neither fixes nor breaks" if given.fixes is None else "both fixes and breaks"
        text.refuse(key, f"{key} has {has}", "give each claim exactly one of fixes, breaks")
    if kind is SeriesKind.MUTANT and given.breaks is None:
        text.refuse(
            key, f"{key}: a mutant fixes nothing", "claim what it breaks, or make its kind fix or feature"
        )
    if kind is not SeriesKind.MUTANT and given.fixes is None:
        text.refuse(
            key,
            f"{key}: only a mutant breaks tests",
            f"claim what the {kind.value} fixes, or make its kind mutant",
        )
    test = given.fixes if given.breaks is None else given.breaks
    assert test is not None
    if not test or test.startswith("/") or "\\" in test or any(p in {"", ".", ".."} for p in test.split("/")):
        text.refuse(
            f"{key}.{'breaks' if given.fixes is None else 'fixes'}",
            f"{key}: {test!r} is not a test name",
            'name a test below the suite\'s root, as "X86/a-test.ll"',
        )
    if given.message is not None and given.breaks is None:
        text.refuse(
            f"{key}.message",
            f"{key}: message is only for breaks",
            "remove it: a test that passes has no message",
        )
    if given.message is not None and not given.message.strip():
        text.refuse(
            f"{key}.message", f"{key}: message is empty", "remove it, or give part of the assertion's text"
        )
    only = _versions(text, f"{key}.versions", given.versions or [])
    if given.versions is not None and not only:
        text.refuse(
            f"{key}.versions",
            f"{key}.versions is empty",
            "remove it: without it the claim is for every version",
        )
    for version in only:
        if version not in versions:
            text.refuse(
                f"{key}.versions",
                f"{key}.versions: {version} is not in llvm.versions",
                f"use one of {', '.join(versions)}",
            )
    claim = Claim(ClaimKind.FIXES if given.breaks is None else ClaimKind.BREAKS, test, given.message or "")
    return VersionedClaim(claim, only)
