"""Debian's source package: the upstream tarball, with Debian's patches to what llc and lli are built from.

apt fetches and verifies the tarball and the patches. Some mirrors have lost files of a version, even its
.dsc. The same upstream tarball is then taken from another suite of the mirror: its SHA-256 must be the one
in the first list. The provenance says what was used.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness import apt, git, process
from harness.errors import AbsentError, EnvironmentLacksError
from harness.llvm import SourceTree
from harness.store import Store, digest, disk_full, file_digest, no_space
from harness.toolchain.debian import packages, suites
from harness.toolchain.debian.suites import Offer
from harness.toolchain.source.tarball import UNPACK_LIMITS, unpack
from harness.toolchain.source.tree import COMPONENTS, VERSION_FILES, check_tree, version_of

INSTEAD = "give LLVM's source with --source DIR or --source TARBALL"
_HEADS = (*VERSION_FILES, "provenance.json")


def find(store: Store, major: int, say: apt.Say, *, matching: bool, offer: Offer | None = None) -> SourceTree:
    """The source of Debian's packages of `major`; unless `matching`, that of any suite of the mirror.

    `offer` says which packages; without it they are those that would be fetched. Raises AbsentError if
    there is no source, and EnvironmentLacksError if it cannot be had.
    """
    if offer is None and store.path("source", cache_key(major)).is_dir():
        return source(store, major, say)
    if offer is None and (held := _held(store, major)) is not None:
        return source_of_offer(store, held, say, matching=True)
    if offer is None and not matching:
        try:
            return source_of_any_suite(store, major, say)
        except AbsentError as error:
            if (offer := _offer(store, major, say)) is None:
                raise error from None
    offer = offer or _offer(store, major, say)
    if offer is None or offer.suite.is_own:
        return source(store, major, say)
    return source_of_offer(store, offer, say, matching=matching)


def _held(store: Store, major: int) -> Offer | None:
    """The packages of `major` in another suite whose source the store has."""
    there = (Offer(suite, major, "") for suite in suites.others(apt.codename()))
    return next((one for one in there if store.path("source", _key(one, matching=True)).is_dir()), None)


def _key(offer: Offer, *, matching: bool) -> str:
    rest = digest("1", offer.suite.name, offer.lasting.version)
    return f"debian-{offer.major}-{offer.suite.name}{'' if matching else '-anywhere'}-{rest}"


def _offer(store: Store, major: int, say: apt.Say) -> Offer | None:
    """The packages of `major` in the store, else those that would be fetched; None if there are none.

    Raises EnvironmentLacksError if the mirror does not answer.
    """
    if (home := packages.find_entry(store, major, build=False)) is not None:
        return packages.read_offer(home, major)
    try:
        return suites.find(store, major, say, INSTEAD)
    except AbsentError:
        return None


def source_of_offer(store: Store, offer: Offer, say: apt.Say, *, matching: bool) -> SourceTree:
    """The source of an LLVM in another suite; unless `matching`, without Debian's patches if these are lost.

    Raises AbsentError if the mirror does not have it.
    """

    def build(aside: Path) -> None:
        _fetch_offered(store, offer, aside, say, matching=matching)

    return _tree(store.make("source", _key(offer, matching=matching), build, lazily=_HEADS))


def _fetch_offered(store: Store, offer: Offer, aside: Path, say: apt.Say, *, matching: bool) -> None:
    package = f"llvm-toolchain-{'snapshot' if offer.is_snapshot else offer.major}"
    with _folder_beside(aside) as fetched, suites.open_lists(store, offer.suite, say, INSTEAD) as source:
        records = () if source is None else source.source_records(package)
        built = re.sub(r"\+b\d+$", "", offer.version)  # built again, of the same source
        first = next((r for r in records if r.version == built), records[0] if records else None)
        if source is None or first is None:
            raise _no_package(package)
        if matching:
            orig, patches, used = _collect(store, source, first, fetched)
            _unpack(first, orig, patches, used, aside, say)
            return
        _unpack_any(source, records, fetched, aside, say)


def _unpack_any(
    place: apt.Apt, records: Sequence[apt.SourceRecord], fetched: Path, aside: Path, say: apt.Say
) -> None:
    """Unpack the first version whose upstream tarball is there, with Debian's patches if they are."""
    for record in records:
        orig, patches = (fetched / name for name in _names(record))
        place.fetch_source(record.package, record.version, fetched)
        if _whole(orig, record.files[orig.name]):
            whole = patches if _whole(patches, record.files[patches.name]) else None
            _unpack(record, orig, whole, orig.name, aside, say)
            return
    tried = ", ".join(record.version for record in records)
    raise AbsentError(
        f"the mirror has no upstream tarball of {records[0].package} (tried versions {tried})",
        f"check the network, or {INSTEAD}",
    )


def cache_key(major: int) -> str:
    """Changes whenever the entry with the source of Debian's LLVM `major` would be another one."""
    return f"debian-{major}-{digest('1', apt.codename())}"


def source(store: Store, major: int, say: apt.Say) -> SourceTree:
    """The source from which Debian built its LLVM `major`. Raises AbsentError if there is none."""
    root = store.make(
        "source", cache_key(major), lambda aside: _fetch(store, major, aside, say), lazily=_HEADS
    )
    return _tree(root)


def source_of_any_suite(store: Store, major: int, say: apt.Say) -> SourceTree:
    """A source of LLVM `major` that the mirror has, for this Debian release or a later suite.

    There may be no packages of it for this machine, and the mirror may have nothing but the upstream tarball:
    it can be compiled, but not judged. Raises AbsentError if there is none.
    """
    key = f"debian-{major}-anywhere-{digest('1', apt.codename())}"
    root = store.make("source", key, lambda aside: _fetch_later(store, major, aside, say), lazily=_HEADS)
    return _tree(root)


def _tree(root: Path) -> SourceTree:
    record = json.loads((root / "provenance.json").read_text())
    return SourceTree(root, version_of(root), record["identity"], record["provenance"])


def _fetch(store: Store, major: int, aside: Path, say: apt.Say) -> None:
    package = f"llvm-toolchain-{major}"
    with _folder_beside(aside) as fetched, store.workspace("apt", "lists"):
        source = apt.open_apt(store, say, INSTEAD)
        binary = source.version(f"llvm-{major}")
        records = source.source_records(package)
        first = next((r for r in records if r.version == binary), records[0] if records else None)
        if first is None:
            raise _no_package(package)
        orig, patches, used = _collect(store, source, first, fetched)
        _unpack(first, orig, patches, used, aside, say)


def _fetch_later(store: Store, major: int, aside: Path, say: apt.Say) -> None:
    package = f"llvm-toolchain-{major}"
    with _folder_beside(aside) as fetched, store.workspace("apt", "later"):
        later = apt.open_later_apt(store, say, INSTEAD)
        records = later.source_records(package)
        if not records:
            raise _no_package(package)
        _unpack_any(later, records, fetched, aside, say)


@contextmanager
def _folder_beside(aside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=aside.parent, prefix=f"{aside.name}.tmp-") as folder:
        yield Path(folder)


def _no_package(package: str) -> AbsentError:
    return AbsentError(f"Debian's lists have no source package {package}", INSTEAD)


def _unpack(
    record: apt.SourceRecord, orig: Path, patches: Path | None, used: str, aside: Path, say: apt.Say
) -> None:
    """Fill `aside` with the tarball, Debian's changes to it if `patches` is given, and their origin."""
    say(f"unpacking {orig.name}")
    unpack(orig, aside)
    check_tree(aside, orig.name)
    applied = "without the" if patches is None else _apply_debian_patches(patches, aside, orig.parent)
    provenance = f"Debian's {record.package} {record.version}: {used}, {applied} Debian patches"
    theirs = "" if patches is None else record.files[patches.name]
    identity = digest("debian", record.files[orig.name], theirs)
    (aside / "provenance.json").write_text(json.dumps({"provenance": provenance, "identity": identity}))


def _names(record: apt.SourceRecord) -> tuple[str, str]:
    """The names of the upstream tarball and of Debian's patches."""
    orig = next(name for name in record.files if ".orig.tar." in name and not name.endswith(".asc"))
    return orig, next(name for name in record.files if ".debian.tar." in name)


def _collect(store: Store, source: apt.Apt, first: apt.SourceRecord, folder: Path) -> tuple[Path, Path, str]:
    """The upstream tarball and Debian's patches of `first`, from any suite of the mirror."""
    orig, patches = _names(first)
    tried: list[str] = []
    for place, record in _places(store, source, first, orig):
        if record.version in tried:
            continue
        tried.append(record.version)
        place.fetch_source(record.package, record.version, folder)
        if all(_whole(folder / name, first.files[name]) for name in (orig, patches)):
            used = orig if len(tried) == 1 else f"{orig} (as of {record.version})"
            return folder / orig, folder / patches, used
    missing = [name for name in (orig, patches) if not _whole(folder / name, first.files[name])]
    raise AbsentError(
        f"the mirror has no {' and no '.join(missing)} (tried versions {', '.join(tried)})",
        f"check the network, or {INSTEAD}",
    )


def _places(
    store: Store, source: apt.Apt, first: apt.SourceRecord, orig: str
) -> Iterator[tuple[apt.Apt, apt.SourceRecord]]:
    """Where the files of `first` may be: in its own suite, then in all suites with the same tarball."""
    yield source, first
    with store.workspace("apt", "later"):
        later = apt.open_later_apt(store, source.say, INSTEAD)
        for record in later.source_records(first.package):
            if record.files.get(orig) == first.files[orig]:
                yield later, record


def _whole(path: Path, sha256: str) -> bool:
    return path.is_file() and file_digest(path) == sha256


def _apply_debian_patches(tarball: Path, root: Path, folder: Path) -> int:
    """Apply Debian's patches to the unpacked components, in their order. Returns how many."""
    unpacked = process.run(
        ["tar", "-x", "-f", tarball, "-C", folder], env={"LC_ALL": "C"}, limits=UNPACK_LIMITS
    )
    if disk_full(unpacked.text):
        raise no_space(f"unpack {tarball.name}")
    patches = folder / "debian/patches"
    if not unpacked.ok or not (patches / "series").is_file():
        raise EnvironmentLacksError(
            f"{tarball.name}: has no debian/patches that can be read",
            INSTEAD,
            unpacked.text[-2000:],
        )
    names = [line.split()[0] for line in (patches / "series").read_text().splitlines() if line.strip()]
    applied = 0
    present = [component for component in COMPONENTS if (root / component).is_dir()]
    for name in names:
        if name.startswith("#"):
            continue
        data = (patches / name).read_bytes()
        if not any(f"/{component}/".encode() in data for component in present):
            continue
        included = [f"--include={component}/*" for component in present]
        result = git.apply(data, root, *included)
        if not result.ok:
            raise EnvironmentLacksError(
                f"Debian's patch {name} does not apply to {root.name}",
                INSTEAD,
                result.text,
            )
        applied += 1
    return applied
