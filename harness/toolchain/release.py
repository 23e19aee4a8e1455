"""What patches are built over: a provider's archives and LLVM's source of their version.

The source is the provider's own, or what `--source` names.
"""

from __future__ import annotations

import re
from pathlib import Path

from harness.errors import EnvironmentLacksError, UsageError
from harness.llvm import Release, SourceTree
from harness.store import Store
from harness.toolchain.provider import Provider, Request, Say
from harness.toolchain.registry import kinds, resolve
from harness.toolchain.source import checkout, tarball


def given_source(store: Store, path: Path, revision: str, say: Say) -> SourceTree:
    """The source at a path: a commit of a checkout, or a tarball. Raises UsageError if it is neither."""
    if path.is_dir():
        return checkout.source(store, path, revision, say)
    return tarball.source(store, path, say)


def named_source(store: Store, name: str, say: Say) -> SourceTree:
    """The source at a path, or of a kind and version: `debian:23`. There need not be archives of it."""
    kind, colon, major = name.partition(":")
    if not colon or kind not in kinds(packaged=True):
        return given_source(store, Path(name), "HEAD", say)
    if not re.fullmatch("[0-9]{1,3}", major):
        raise UsageError(f"--source {name}: no version after {kind}:", f"write it as {kind}:23")
    return resolve(store, Request(kind, int(major), None), say).source(matching=False)


def find_release(store: Store, provider: Provider, given: Path | None, revision: str, say: Say) -> Release:
    """What patches are built over: the provider's archives, and the source of their version."""
    prebuilt = provider.prebuilt()
    return Release(prebuilt, find_source(store, provider, prebuilt.version, given, revision, say))


def find_source(
    store: Store, provider: Provider, version: str, given: Path | None, revision: str, say: Say
) -> SourceTree:
    """LLVM's source of this version: the given one, else the provider's.

    Raises EnvironmentLacksError if it has another version, and what the provider raises.
    """
    found = provider.source() if given is None else given_source(store, given, revision, say)
    if found.version != version:
        raise EnvironmentLacksError(
            f"the source is LLVM {found.version}, the libraries are LLVM {version}",
            "name a source of that version with --source, or libraries of the source's with --prefix",
        )
    return found
