"""Where artifacts are: whole files or none, and one error for whatever does not answer."""

from __future__ import annotations

import errno
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
from fsspec.registry import _registry

from harness.artifacts.place import ArtifactPlace, open_place
from harness.errors import EnvironmentLacksError, UsageError
from tests.buckets import Bucket

KINDS = ("folder", "memory", "s3")
REMEDY = (
    "next: check the URL, the endpoint, the credentials and the room there, "
    "or run without HARNESS_ARTIFACTS and --artifacts"
)


def place_of(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> ArtifactPlace:
    if kind == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return open_place(bucket.url, bucket.endpoint)
    return open_place(f"memory://{uuid.uuid4().hex}" if kind == "memory" else str(tmp_path / "place"))


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_kept(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = place_of(kind, tmp_path, request)
    there, again = tmp_path / "there", tmp_path / "again"
    there.write_bytes(b"blob")
    assert place.read("refs/a.json") is None
    assert not place.has("blobs/b")
    assert not place.download("blobs/b", again)
    assert place.list_names("refs") == []
    place.write("refs/a.json", b"one")
    place.write("refs/a.json", b"two")
    place.write("refs/c/d.json", b"three")
    place.upload(there, "blobs/b")
    assert place.read("refs/a.json") == b"two"
    assert place.has("blobs/b")
    assert place.download("blobs/b", again)
    assert again.read_bytes() == b"blob"
    assert place.list_names("refs/c") == ["d.json"]
    # Others write there too: what was asked once is asked again.
    place.write("refs/c/e.json", b"four")
    assert place.list_names("refs/c") == ["d.json", "e.json"]


def test_who_reads_a_folder_sees_whole_files(tmp_path: Path) -> None:
    place = open_place(f"file://{tmp_path}/place")
    texts = [letter * 300_000 for letter in (b"a", b"b")]
    place.write("name", texts[0])

    def keep(text: bytes) -> None:
        for _ in range(20):
            place.write("name", text)

    writing = [threading.Thread(target=keep, args=[text]) for text in texts]
    for thread in writing:
        thread.start()
    while any(thread.is_alive() for thread in writing):
        assert place.read("name") in texts
    assert [path.name for path in (tmp_path / "place").iterdir()] == ["name"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "place").write_text("a file")
    place = open_place(str(tmp_path / "place"))
    with pytest.raises(EnvironmentLacksError) as caught:
        place.write("refs/a.json", b"x")
    assert str(caught.value) == (
        f"cannot write refs/a.json at {tmp_path}/place: [Errno 20] Not a directory: '{tmp_path}/place/refs'\n"
        f"{REMEDY}"
    )
    assert place.read("refs/a.json") is None


def test_a_server_that_is_not_there_is_told_in_seconds(bucket: Bucket) -> None:
    place = open_place("s3://bucket/prefix", "http://127.0.0.1:9")
    begun = time.monotonic()
    with pytest.raises(EnvironmentLacksError) as caught:
        place.read("refs/a.json")
    assert time.monotonic() - begun < 20
    assert str(caught.value) == (
        "cannot read refs/a.json at s3://bucket/prefix: "
        f'Could not connect to the endpoint URL: "http://127.0.0.1:9/bucket/prefix/refs/a.json"\n{REMEDY}'
    )


def test_a_bucket_that_is_not_there_is_told(bucket: Bucket) -> None:
    place = open_place("s3://no-such-bucket", bucket.endpoint)
    with pytest.raises(EnvironmentLacksError) as caught:
        place.write("refs/a.json", b"x")
    assert str(caught.value) == (
        "cannot write refs/a.json at s3://no-such-bucket: The specified bucket does not exist\n" + REMEDY
    )


class Full:
    """A file system with no room for what is read."""

    protocol = "full"

    def get_file(self, _name: str, file: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", file)


def test_a_full_disk_of_this_machine_is_told_by_its_owner(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        ArtifactPlace("full://", Full(), "").download("blobs/b", tmp_path / "b")
    assert caught.value.errno == errno.ENOSPC


def test_a_url_of_no_known_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as caught:
        open_place("carrier-pigeon://loft")
    assert str(caught.value) == (
        "artifacts at carrier-pigeon://loft: Protocol not known: carrier-pigeon\n"
        "next: give a folder, s3://bucket/prefix or memory://name"
    )
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)  # what it has imported before
    with pytest.raises(EnvironmentLacksError) as lacks:
        open_place("s3://bucket")
    assert str(lacks.value) == (
        "artifacts at s3://bucket: Install s3fs to access S3\nnext: pip install 'llvm-patch-harness[s3]'"
    )
