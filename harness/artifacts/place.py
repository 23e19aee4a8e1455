"""Where artifacts are: a folder of fsspec, such as a local one or a bucket of an S3-compatible server."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import EnvironmentLacksError, UsageError
from harness.printable import safe_line

URL, ENDPOINT = "HARNESS_ARTIFACTS", "HARNESS_ARTIFACTS_ENDPOINT"
# A server that is not there is told in seconds: one connection is tried that often, for so many seconds.
_TRIES, _CONNECT, _READ = 2, 5, 60
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
# They have no folders to make; s3fs would try to make the bucket.
_WITHOUT_FOLDERS = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"})


class ArtifactPlace:
    """A folder that several machines see. A name is such as `refs/object/0123.json`.

    Whoever reads sees a whole file or none: a local one is renamed to its name, and a server keeps what was
    sent when all of it has arrived. Every method raises EnvironmentLacksError if the place does not answer.
    """

    def __init__(self, url: str, files: Any, root: str) -> None:
        self.url = url
        self._files = files
        self._root = root.rstrip("/")
        protocols = files.protocol if isinstance(files.protocol, tuple | list) else (files.protocol,)
        self._is_local = "file" in protocols
        self._has_folders = _WITHOUT_FOLDERS.isdisjoint(protocols)

    def read(self, name: str) -> bytes | None:
        """The bytes of a small file; None if it is not there."""
        with self._telling("read", name):
            try:
                data: bytes = self._files.cat_file(self._at(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
            return data

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        with self._telling("read", name):
            return bool(self._files.exists(self._at(name)))

    def list_names(self, folder: str) -> list[str]:
        """The names of the files of a folder, sorted; none if it is not there."""
        with self._telling("list", folder):
            try:
                found = self._files.ls(self._at(folder), detail=False, refresh=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
            return sorted(PurePosixPath(path).name for path in found)

    def download(self, name: str, file: Path) -> bool:
        """Copy it to a local file. Returns whether it is there."""
        with self._telling("read", name, file):
            try:
                self._files.get_file(self._at(name), os.fspath(file))
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def upload(self, file: Path, name: str) -> None:
        """Keep a copy of a local file, whole or not at all."""
        with self._telling("write", name, file), self._renamed(name) as path:
            self._files.put_file(os.fspath(file), path)

    def write(self, name: str, data: bytes) -> None:
        """Keep these bytes, whole or not at all."""
        with self._telling("write", name), self._renamed(name) as path:
            self._files.pipe_file(path, data)

    @contextlib.contextmanager
    def _renamed(self, name: str) -> Iterator[str]:
        """Where to write a file to, that gets its name at the end."""
        path = self._at(name)
        if not self._is_local:
            if self._has_folders:
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            yield path
            return
        aside = Path(f"{path}.tmp-{uuid.uuid4().hex[:8]}")
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield os.fspath(aside)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _telling(self, doing: str, name: str, file: Path | None = None) -> Iterator[None]:
        """Tell whatever the place answers as one error that names the file there.

        Servers' clients raise what they like. What is about the local file is left to its owner, who knows
        what to do with a full disk.
        """
        try:
            yield
        except Exception as error:
            local = isinstance(error, OSError) and str(error.filename or "") == os.fspath(file or "/")
            if local or (file is not None and doing == "read" and getattr(error, "errno", 0) in _DISK):
                raise
            why = safe_line(str(error)) or type(error).__name__
            raise EnvironmentLacksError(
                f"cannot {doing} {name} at {self.url}: {why}",
                "check the URL, the endpoint, the credentials and the room there, "
                f"or run without {URL} and --artifacts",
            ) from error


def open_place(url: str, endpoint: str = "") -> ArtifactPlace:
    """The place of a URL: a folder, `s3://bucket/prefix`, `memory://name`. Nothing is asked yet.

    `endpoint` is the URL of an S3-compatible server; Amazon's if it is empty. Raises UsageError for a URL
    of another kind, and EnvironmentLacksError if what its kind needs is not installed.
    """
    import fsspec

    protocol = url.partition("://")[0] if "://" in url else "file"
    if protocol == "file":
        local = Path(url.removeprefix("file://")).absolute()
        return ArtifactPlace(os.fspath(local), fsspec.filesystem("file"), os.fspath(local))
    options = _of_s3(endpoint) if protocol == "s3" else {}
    try:
        files, root = fsspec.url_to_fs(url, **options)
    except ImportError as error:
        install = "pip install 'llvm-patch-harness[s3]'" if protocol == "s3" else "install it"
        raise EnvironmentLacksError(f"artifacts at {url}: {error}", install) from error
    except ValueError as error:
        raise UsageError(
            f"artifacts at {url}: {error}", "give a folder, s3://bucket/prefix or memory://name"
        ) from error
    return ArtifactPlace(url, files, root)


def _of_s3(endpoint: str) -> dict[str, Any]:
    """What s3fs is told: to ask the server every time, as others write there too, and not to wait long."""
    retries = {"max_attempts": _TRIES}
    config = {"connect_timeout": _CONNECT, "read_timeout": _READ, "retries": retries}
    return {"endpoint_url": endpoint or None, "use_listings_cache": False, "config_kwargs": config}
