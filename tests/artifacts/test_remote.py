"""Stores that share artifacts: what one made, the other need not; nothing damaged is used."""

from __future__ import annotations

import errno
import json
import shutil
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.artifacts import pack, remote
from harness.artifacts.place import ArtifactPlace, open_place
from harness.artifacts.remote import Artifacts
from harness.artifacts.settings import open_artifacts
from harness.errors import EnvironmentLacksError
from harness.store import Store, file_digest
from tests.buckets import Bucket


def write(folder: Path) -> None:
    (folder / "bin").mkdir()
    (folder / "bin/llc").write_text("#!/bin/sh\n")
    (folder / "bin/llc").chmod(0o755)
    (folder / "llc").symlink_to("bin/llc")


def write_much(folder: Path) -> None:
    """An entry that is checked by its files' sizes and times."""
    write(folder)
    (folder / "archive.a").write_bytes(b"a" * 9_000_000)


def never(_folder: Path) -> None:
    raise AssertionError("it was there")


@pytest.fixture(params=["folder", "memory", "s3"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Artifacts:
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return Artifacts(open_place(bucket.url, bucket.endpoint))
    url = f"memory://{uuid.uuid4().hex}" if request.param == "memory" else str(tmp_path / "artifacts")
    return Artifacts(open_place(url))


@pytest.fixture
def local(tmp_path: Path) -> Artifacts:
    return Artifacts(open_place(str(tmp_path / "artifacts")))


def stored(artifacts: Artifacts, what: str) -> list[Path]:
    return sorted(path for path in Path(artifacts.place.url, what).rglob("*") if path.is_file())


@pytest.mark.parametrize("build", [write, write_much])
def test_what_one_store_made_the_other_has(
    artifacts: Artifacts, tmp_path: Path, build: Callable[[Path], None]
) -> None:
    one, two, three = (Store(tmp_path / name, artifacts) for name in ("one", "two", "three"))
    assert one.get("overlay", "key") is None
    made = one.make("overlay", "key", build)
    assert two.get("overlay", "key") == tmp_path / "two/overlay/key"
    there = three.make("overlay", "key", never)
    assert there == three.get("overlay", "key")
    assert (there / "llc").resolve() == there / "bin/llc"
    assert (there / "bin/llc").stat().st_mode == (made / "bin/llc").stat().st_mode
    # As intact as what this store made, to others that know no remote.
    assert Store(tmp_path / "three").get("overlay", "key") == there
    assert sorted(path.name for path in there.parent.iterdir()) == ["key"]


def test_an_entry_that_is_checked_later_arrives(local: Artifacts, tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one", local), Store(tmp_path / "two", local)
    one.make("source", "key", write_much, lazily=["bin/llc"])
    there = two.make("source", "key", never, lazily=["bin/llc"])
    assert Store(tmp_path / "two").make("source", "key", never, lazily=["bin/llc"]) == there
    Store(tmp_path / "two").require_whole("source", there)


def test_a_kind_that_does_not_travel_stays(local: Artifacts, tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one", local), Store(tmp_path / "two", local)
    one.make("preamble", "key", write)
    assert two.get("preamble", "key") is None
    assert two.find("preamble", "key") == []
    assert not Path(local.place.url).exists()


def test_what_stays_is_not_sent(local: Artifacts, tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one", local), Store(tmp_path / "two", local)
    one.make("overlay", "patched", write, stays=True)
    one.make("overlay", "base", write)
    assert two.get("overlay", "patched") is None
    assert two.get("overlay", "base") is not None


def test_what_a_store_had_before_is_shared_once(artifacts: Artifacts, tmp_path: Path) -> None:
    old = Store(tmp_path / "one").make("debian", "key", write)
    one = Store(tmp_path / "one", artifacts)
    assert not artifacts.has("debian", "key")
    one.share(old)
    assert artifacts.has("debian", "key")
    assert Store(tmp_path / "two", artifacts).make("debian", "key", never).is_dir()
    one.share(old)
    one.share(tmp_path / "elsewhere/debian/key")  # none of its entries
    Store(tmp_path / "one").share(old)  # and there is nowhere to share it


def test_a_damaged_entry_is_not_shared(artifacts: Artifacts, tmp_path: Path) -> None:
    old = Store(tmp_path / "one").make("debian", "key", write)
    (old / "bin/llc").write_text("other")
    Store(tmp_path / "one", artifacts).share(old)
    assert not artifacts.has("debian", "key")


def test_entries_of_one_key_are_found(artifacts: Artifacts, tmp_path: Path) -> None:
    one, two = Store(tmp_path / "one", artifacts), Store(tmp_path / "two", artifacts)
    for name in ("key.1", "key.2", "keys.3"):
        one.make("outcomes", name, write)
    two.make("outcomes", "key.4", write)
    assert [path.name for path in two.find("outcomes", "key")] == ["key.1", "key.2", "key.4"]
    assert [path.name for path in Store(tmp_path / "two").find("outcomes", "key")] == [
        "key.1",
        "key.2",
        "key.4",
    ]


def test_a_damaged_entry_is_fetched_again(local: Artifacts, tmp_path: Path) -> None:
    one = Store(tmp_path / "one", local)
    made = one.make("overlay", "key", write)
    (made / "bin/llc").write_text("other")
    assert one.get("overlay", "key") == made
    assert (made / "bin/llc").read_text() == "#!/bin/sh\n"


class Spoiling(ArtifactPlace):
    """A place whose first answers arrive spoiled."""

    spoiled = 0
    downloads = 0

    def download(self, name: str, file: Path) -> bool:
        there = super().download(name, file)
        self.downloads += 1
        if self.spoiled:
            self.spoiled -= 1
            data = bytearray(file.read_bytes())
            data[len(data) // 2] ^= 1
            file.write_bytes(data)
        return there


@pytest.mark.parametrize(("spoiled", "arrives"), [(1, True), (2, False)])
def test_what_arrives_damaged_is_fetched_once_again(
    bucket: Bucket, tmp_path: Path, spoiled: int, arrives: bool
) -> None:
    plain = open_place(bucket.url, bucket.endpoint)
    place = Spoiling(bucket.url, plain._files, plain._root)
    Store(tmp_path / "one", Artifacts(place)).make("overlay", "key", write)
    place.spoiled = spoiled
    two = Store(tmp_path / "two", Artifacts(place))
    if arrives:
        assert two.get("overlay", "key") is not None
    else:
        with pytest.raises(EnvironmentLacksError) as caught:
            two.get("overlay", "key")
        record = json.loads(place.read(remote._ref("overlay", "key")) or b"")
        blob = f"blobs/{record['digest'][:2]}/{record['digest']}.tar.zst"
        assert str(caught.value) == (
            f"the artifact overlay/key at {bucket.url} is damaged: "
            f"the bytes of {blob} are not of this digest\n"
            f"next: remove {remote._ref('overlay', 'key')} and that blob there: the entry will be made again"
        )
        assert list((tmp_path / "two/overlay").iterdir()) == []
    assert place.downloads == 2


def spoil(local: Artifacts, how: str, tmp_path: Path) -> None:
    (ref,) = stored(local, "refs")
    record = json.loads(ref.read_text())
    if how == "no JSON":
        ref.write_bytes(b"\xff{")
    elif how == "a list":
        ref.write_text("[]")
    elif how == "another's":
        ref.write_text(json.dumps({**record, "key": "other"}))
    elif how == "a path":
        ref.write_text(json.dumps({**record, "digest": "../../../etc/passwd"}))
    else:
        folder = tmp_path / "hostile"
        folder.mkdir()
        (folder / "evil").write_text("x")
        blob = tmp_path / "blob"
        pack.pack(folder, blob) if how == "no manifest" else blob.write_bytes(b"no archive")
        known = file_digest(blob)
        local.place.upload(blob, remote._blob(known))
        ref.write_text(json.dumps({**record, "digest": known, "size": blob.stat().st_size}))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("no JSON", "its ref cannot be read"),
        ("a list", "its ref cannot be read"),
        ("another's", "its ref cannot be read"),
        ("a path", "its ref cannot be read"),
        ("no archive", "blobs/.*: it is no archive: "),
        ("no manifest", "its files are not what its manifest says"),
    ],
)
def test_a_wrong_artifact_is_told_and_not_used(local: Artifacts, tmp_path: Path, how: str, says: str) -> None:
    Store(tmp_path / "one", local).make("overlay", "key", write)
    spoil(local, how, tmp_path)
    two = Store(tmp_path / "two", local)
    told = rf"^the artifact overlay/key at .* is damaged: {says}"
    with pytest.raises(EnvironmentLacksError, match=told):
        two.get("overlay", "key")
    with pytest.raises(EnvironmentLacksError, match=told):
        two.make("overlay", "key", never)
    assert list((tmp_path / "two/overlay").iterdir()) == []


def test_a_ref_without_its_blob_is_as_none(local: Artifacts, tmp_path: Path) -> None:
    Store(tmp_path / "one", local).make("overlay", "key", write)
    shutil.rmtree(Path(local.place.url, "blobs"))
    two = Store(tmp_path / "two", local)
    assert two.get("overlay", "key") is None
    two.make("overlay", "key", write)
    assert Store(tmp_path / "three", local).get("overlay", "key") is not None


def test_stores_that_write_at_once_leave_one_whole_entry(artifacts: Artifacts, tmp_path: Path) -> None:
    ready = threading.Barrier(4)

    def build(folder: Path) -> None:
        ready.wait(30)  # all have asked, and nobody had it
        (folder / "by").write_text(f"{folder.parents[1].name}\n" * 100_000)

    def run(name: str) -> None:
        Store(tmp_path / name, artifacts).make("object", "key", build)

    names = ["a", "b", "c", "d"]
    threads = [threading.Thread(target=run, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = Store(tmp_path / "e", artifacts).get("object", "key")
    assert there is not None
    assert len(set((there / "by").read_text().split())) == 1


def test_a_full_disk_is_told_when_an_entry_arrives(
    local: Artifacts, tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    Store(tmp_path / "one", local).make("overlay", "key", write_much)
    small = small_disk(512)
    with pytest.raises(EnvironmentLacksError) as caught:
        Store(small, local).get("overlay", "key")
    assert str(caught.value) == (
        f"cannot write overlay to the store {small}: no space left on device\n"
        "next: free some space there or set HARNESS_STORE to a directory on another disk; "
        "nothing half-written was kept"
    )
    assert list((small / "overlay").iterdir()) == []


def test_a_disk_without_room_for_the_archive_is_told(
    local: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_folder: Path, out: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    monkeypatch.setattr(remote, "pack", full)
    one = Store(tmp_path / "one", local)
    with pytest.raises(
        EnvironmentLacksError, match=r"^cannot write overlay to the store .*: no space left on device"
    ):
        one.make("overlay", "key", write)
    # It was made all the same, and is not made again.
    assert one.make("overlay", "key", never)
    assert [path.name for path in (tmp_path / "one/overlay").iterdir()] == ["key"]


class Counting:
    """A remote that is asked nothing for kinds it does not carry."""

    def __init__(self, artifacts: Artifacts) -> None:
        self.artifacts, self.asked = artifacts, 0

    def fetch(self, kind: str, key: str, folder: Path) -> bool:
        self.asked += 1
        return self.artifacts.fetch(kind, key, folder)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.artifacts, name)


def test_a_remote_is_asked_once_for_what_is_then_made(local: Artifacts, tmp_path: Path) -> None:
    counting = Counting(local)
    one = Store(tmp_path / "one", counting)
    assert one.get("object", "key") is None
    one.make("object", "key", write)
    one.get("object", "key")
    assert counting.asked == 1


def test_where_outcomes_go_depends_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    here = remote._ref("outcomes", "key.word")
    assert here.endswith("/outcomes/key/word.json")
    monkeypatch.setattr(remote, "_processor", lambda: "other")
    assert remote._ref("outcomes", "key.word") != here
    assert "other" not in remote._ref("overlay", "key")


def test_the_environment_names_artifacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bucket: Bucket
) -> None:
    monkeypatch.delenv("HARNESS_ARTIFACTS", raising=False)
    assert open_artifacts() is None
    monkeypatch.setenv("HARNESS_ARTIFACTS", bucket.url)
    monkeypatch.setenv("HARNESS_ARTIFACTS_ENDPOINT", bucket.endpoint)
    found = open_artifacts()
    assert found is not None
    found.place.write("refs/a", b"x")
    given = open_artifacts(str(tmp_path))
    assert given is not None
    assert given.environment == {
        "HARNESS_ARTIFACTS": str(tmp_path),
        "HARNESS_ARTIFACTS_ENDPOINT": bucket.endpoint,
    }
