"""Every kind of provider, and the provider for a request. A new kind is a row here."""

from __future__ import annotations

from pathlib import Path

from harness.errors import UsageError
from harness.store import Store
from harness.toolchain.debian.provider import Debian
from harness.toolchain.provider import Need, Provider, ProviderKind, Request, Say, SurveyRow
from harness.toolchain.tree.provider import System, Tree
from harness.toolchain.wheel.provider import Wheel

# In the order in which `harness doctor` lists them.
PROVIDERS: dict[str, ProviderKind] = {one.kind: one for one in (Wheel, System, Debian, Tree)}
DEFAULT = Debian.kind


def kinds(*, packaged: bool = False) -> tuple[str, ...]:
    """The values of `--toolchain`, or only those that a version number completes."""
    return tuple(kind for kind, one in PROVIDERS.items() if one.packaged or not packaged)


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
    return provider.find(store, request, say)


def survey(store: Store, say: Say, *, offline: bool) -> tuple[SurveyRow, ...]:
    """Every LLVM that can be used on this machine, and what each can do here."""
    return tuple(row for one in PROVIDERS.values() for row in one.survey(store, say, offline=offline))


def needs() -> tuple[Need, ...]:
    """The programs that the providers run."""
    return tuple(need for one in PROVIDERS.values() for need in one.needs)


def resolve_column(store: Store, column: str, say: Say) -> Provider:
    """The provider of an LLVM by its short name: `19`, `wheel`, `system`, `system:19`. Raises UsageError."""
    kind, _, version = column.partition(":")
    if kind.isdigit() and not version:
        return resolve(store, Request(Debian.kind, int(kind), None), say)
    if kind == System.kind and (version.isdigit() or not version):
        return resolve(store, Request(kind, int(version) if version else None, None), say)
    if column == Wheel.kind:
        return resolve(store, Request(kind, None, None), say)
    raise UsageError(f"{column}: is no LLVM", "write it as 19, wheel, system or system:19")
