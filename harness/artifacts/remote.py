"""Entries of the store as artifacts: a blob named by its SHA-256, and a ref from an entry's name to it.

    blobs/ab/abcd….tar.zst              what is in the entry, its manifest included
    refs/x86_64-linux/object/0123.json  the entry `object 0123`: the blob's digest and size

A blob is written before its ref, so a ref leads to a whole blob. Two machines that write one entry write
two blobs, or one twice, and the later ref stays: both are right, as the entry's key names all that it was
made from.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

from harness.artifacts.kinds import TRAVELS, TravelScope
from harness.artifacts.pack import BadArchiveError, pack, unpack
from harness.artifacts.place import ENDPOINT, URL, ArtifactPlace
from harness.errors import EnvironmentLacksError
from harness.store import MANIFEST, file_digest

_DIGEST = re.compile(r"[0-9a-f]{64}")
# Once again, if what arrives is not what was sent.
_TIMES = 2


class Artifacts:
    """The entries of all stores that know this place; the `Remote` of a store."""

    def __init__(self, place: ArtifactPlace, endpoint: str = "") -> None:
        self.place = place
        self.endpoint = endpoint

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which another process finds this place."""
        return {URL: self.place.url, ENDPOINT: self.endpoint}

    def carries(self, kind: str) -> bool:
        """Whether entries of this kind are kept here."""
        return kind in TRAVELS

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry is here."""
        return self.place.read(_ref(kind, key)) is not None

    def fetch(self, kind: str, key: str, folder: Path) -> bool:
        """Unpack an entry into an empty folder. Returns whether it is here.

        Raises EnvironmentLacksError if what is here is damaged; OSError if the disk of `folder` is full.
        """
        if (data := self.place.read(_ref(kind, key))) is None:
            return False
        known, size = self._parsed(kind, key, data)
        with _beside(folder) as aside:
            blob = Path(aside, "blob")
            for _time in range(_TIMES):
                if not self.place.download(_blob(known), blob):
                    return False  # whoever frees space there may remove any blob
                if blob.stat().st_size == size and file_digest(blob) == known:
                    break
            else:
                raise self._damaged(kind, key, f"the bytes of {_blob(known)} are not of this digest")
            try:
                unpack(blob, folder)
            except BadArchiveError as error:
                raise self._damaged(kind, key, f"{_blob(known)}: {error}") from error
        return True

    def send(self, kind: str, key: str, folder: Path) -> None:
        """Keep an entry for others. Raises EnvironmentLacksError if the place does not take it."""
        with _beside(folder) as aside:
            blob = Path(aside, "blob")
            pack(folder, blob)
            known = file_digest(blob)
            if not self.place.has(_blob(known)):
                self.place.upload(blob, _blob(known))
            content = json.loads((folder / MANIFEST).read_text()).get("content", "")
            size = blob.stat().st_size
        record = {"kind": kind, "key": key, "digest": known, "size": size, "content": content}
        self.place.write(_ref(kind, key), json.dumps(record).encode())

    def names(self, kind: str, key: str) -> list[str]:
        """The entries whose keys are this key, a dot and a word of their own."""
        folder = _ref(kind, f"{key}.").removesuffix("/.json")
        found = (
            name.removesuffix(".json") for name in self.place.list_names(folder) if name.endswith(".json")
        )
        return [f"{key}.{name}" for name in found]

    def damage(self, kind: str, key: str) -> EnvironmentLacksError:
        """The error for an entry that arrived, and is not what its manifest says."""
        return self._damaged(kind, key, "its files are not what its manifest says")

    def _parsed(self, kind: str, key: str, data: bytes) -> tuple[str, int]:
        """The digest and the size that a ref names."""
        try:
            record = json.loads(data)
            known, size = record["digest"], record["size"]
            mine = (record["kind"], record["key"]) == (kind, key)
        except (ValueError, KeyError, TypeError):
            mine = False
        if not mine or not isinstance(known, str) or not _DIGEST.fullmatch(known):
            raise self._damaged(kind, key, "its ref cannot be read")
        return known, size

    def _damaged(self, kind: str, key: str, why: str) -> EnvironmentLacksError:
        return EnvironmentLacksError(
            f"the artifact {kind}/{key} at {self.place.url} is damaged: {why}",
            f"remove {_ref(kind, key)} and that blob there: the entry will be made again",
        )


def _beside(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder that the store removes with what killed runs left of the entry."""
    return tempfile.TemporaryDirectory(prefix=f"{folder.name}.tmp-", dir=folder.parent)


def _blob(known: str) -> str:
    return f"blobs/{known[:2]}/{known}.tar.zst"


def _ref(kind: str, key: str) -> str:
    """Where an entry's ref is. Entries of one key, each with a word of its own, are in one folder."""
    machine = f"{platform.machine()}-{sys.platform}"
    if TRAVELS[kind] is TravelScope.ALIKE:
        machine = f"{machine}-{_processor()}"
    return f"refs/{machine}/{kind}/{key.replace('.', '/', 1)}.json"


@cache
def _processor() -> str:
    """What of this machine may change what a program that it compiles at run time does."""
    told = ("model name", "flags", "Features", "CPU part")
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = [platform.processor()]
    facts = {line for line in lines if line.startswith(told)}
    text = "\n".join([*sorted(facts), platform.release()])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
