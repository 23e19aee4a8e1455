"""Every kind of provider, and the provider for a request. A new kind is a row here."""

from __future__ import annotations

import re
from pathlib import Path

from harness.errors import UsageError
from harness.store import Store
from harness.toolchain.debian.provider import Debian
from harness.toolchain.provider import TRUNK, Need, Provider, ProviderKind, Request, Say, SurveyRow
from harness.toolchain.tree.provider import System, Tree
from harness.toolchain.wheel.provider import Wheel

# In the order in which `harness doctor` lists them.
PROVIDERS: dict[str, ProviderKind] = {one.kind: one for one in (Wheel, System, Debian, Tree)}
DEFAULT = Debian.kind


def kinds(*, packaged: bool = False) -> tuple[str, ...]:
    """The values of `--toolchain`, or only those that a version number completes."""
    return tuple(kind for kind, one in PROVIDERS.items() if one.packaged or not packaged)


def named_kinds() -> tuple[str, ...]:
    """The kinds of which `KIND:VERSION` names one by the version of its package, not of LLVM."""
    return (Wheel.kind,)


def default_kind(prefix: Path | None) -> str:
    """The kind if `--toolchain` is not given."""
    return Tree.kind if prefix is not None else DEFAULT


def resolve(store: Store, request: Request, say: Say) -> Provider:
    """The provider for a request. Raises UsageError if the request contradicts itself."""
    provider = PROVIDERS[request.kind]
    if request.prefix is not None and provider is not Tree:
        raise UsageError(
            f"--toolchain {request.kind} takes no --prefix",
            f"leave out one of them; --prefix alone means --toolchain {Tree.kind}",
        )
    if request.named == TRUNK and provider is not Debian:
        raise UsageError(
            f"--toolchain {request.kind} has no {TRUNK}", f"use --toolchain {Debian.kind}, or give a version"
        )
    return provider.find(store, request, say)


_COLUMN = re.compile(r"(?:(?P<kind>[a-z]+):)?(?P<version>[0-9]{1,3}(?:[.][0-9]{1,3}){0,2})")


def read_column(column: str) -> Request:
    """What a column of a matrix asks for: `19`, `trunk`, `wheel`, `wheel:0.47`, `system`, `system:19`.

    Raises UsageError if it asks for nothing that there could be.
    """
    kind, colon, rest = column.partition(":")
    if column in {TRUNK, f"{DEFAULT}:{TRUNK}"}:
        return Request(DEFAULT, None, None, named=TRUNK)
    if kind == Tree.kind and rest:
        return Request(kind, None, Path(rest))
    if not colon and kind in PROVIDERS and kind != Tree.kind:
        return Request(kind, None, None)
    found = _COLUMN.fullmatch(column)
    kind = (found["kind"] or DEFAULT) if found is not None else ""
    if found is None or kind not in PROVIDERS or kind == Tree.kind:
        raise UsageError(
            f"{column[:40]}: no LLVM is called that",
            f"give a version such as 19, {TRUNK}, wheel, wheel:0.47, system:19 or tree:DIR",
        )
    if kind in named_kinds():
        return Request(kind, None, None, named=found["version"])
    return Request(kind, int(found["version"].partition(".")[0]), None)


def resolve_column(store: Store, column: str, say: Say) -> Provider:
    """The provider for a column of a matrix. Raises UsageError, and what making the provider raises."""
    return resolve(store, read_column(column), say)


def survey(store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
    """Every LLVM that can be used on this machine, and what each can do here."""
    return tuple(row for one in PROVIDERS.values() for row in one.survey(store, say, offline=offline))


def needs() -> tuple[Need, ...]:
    """The programs that the providers run."""
    return tuple(need for one in PROVIDERS.values() for need in one.needs)
