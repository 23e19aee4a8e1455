"""An S3-compatible server on loopback, and buckets of it."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness import process
from tests.clusters import LIMITS, free_port, wait_for_server


@dataclass(frozen=True)
class Bucket:
    """A bucket that only this test uses: where it is, and the server."""

    url: str
    endpoint: str


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The URL of moto's server, a process of its own: its sockets are none of the tests'."""
    port = free_port()
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = process.Child(
        argv, LIMITS, stdin=process.DEVNULL, stdout=process.DEVNULL, stderr=process.DEVNULL
    )
    try:
        wait_for_server(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def bucket(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A new bucket, with credentials for it in the environment."""
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    s3fs.S3FileSystem(endpoint_url=s3_endpoint).mkdir(name)
    yield Bucket(f"s3://{name}/prefix", s3_endpoint)
    for one in list(s3fs.S3FileSystem._cache.values()):
        if one._s3 is not None:
            s3fs.S3FileSystem.close_session(one.loop, one._s3)
    s3fs.S3FileSystem.clear_instance_cache()
