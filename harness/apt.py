"""Debian packages without root: apt-get with its own lists and cache. apt verifies what it fetches.

Nothing on the machine changes. Mirrors and keys come from the machine's apt configuration. Packages come from
its own Debian release, or from one other suite of the same mirror; each suite has lists of its own, so that
versions never mix. Sources also come from later suites: one may have lost a tarball that the next still has.
"""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.errors import AbsentError, EnvironmentLacksError
from harness.store import Store

FETCH_LIMITS = process.Limits(wall=1800, cpu=0, memory=0, output=0)
LATER_SUITES = ("trixie", "trixie-security", "forky", "sid")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LISTS_FRESH_FOR = 24 * 3600.0
# A file beside the lists for what was read from them: it goes when they are fetched again.
MADE_OF_LISTS = "made-of-lists.json"
# What apt says of a mirror, or of a proxy before it, that does not answer (apt's methods/connect.cc, http.cc,
# basehttp.cc). A file that a mirror does not have is a 404, or cannot be found.
_NO_ANSWER = re.compile(
    r"Could not (connect|resolve|handshake)|Unable to connect|Cannot initiate the connection|resolving '"
    r"|Connection (failed|timed out)|connection timed out|Error reading from server|from proxy|  5\d\d  "
)
_KINDS = ("deb", "deb-src")
Say = Callable[[str], None]


class Apt:
    """apt-get as this machine would use it, but below the store. Callers hold its lock.

    `instead` is what errors propose where apt cannot help: the caller knows what else there is.
    """

    def __init__(
        self, root: Path, say: Say, instead: str, *, later: bool = False, suites: Sequence[str] = ()
    ) -> None:
        self.root = root
        self.say = say
        self.instead = instead
        self.later = later
        self.suites = tuple(suites)

    @property
    def env(self) -> dict[str, str]:
        """The environment in which every apt program uses these lists and this cache."""
        return {"APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C"}

    def prepare(self) -> bool:
        """Write the configuration, and fetch the lists if they are missing or older than a day.

        Returns whether the mirror has the suites that were named. It always has the machine's own.
        """
        stamp = self.root / "updated"
        sources = suite_sources(self.suites, self.instead) if self.suites else machine_sources(self.instead)
        current, absent = self.root / "wanted", self.root / "absent"
        fresh = stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_FRESH_FOR
        if fresh and current.exists() and current.read_text() == sources:
            return not absent.exists()
        # Lists of other mirrors, or half of the lists, are not fresh, however new they are.
        for old in (stamp, absent, self.root / MADE_OF_LISTS):
            old.unlink(missing_ok=True)
        for folder in ("lists/partial", "cache/archives/partial", "state"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        (self.root / "apt.conf").write_text(_configuration(self.root))
        current.write_text(sources)
        self.say(f"fetching Debian's package lists{f' of {self.suites[0]}' if self.suites else ''}")
        own = sources if self.suites else _without_later_suites(sources)
        for text in (sources, own) if self.later else (own,):  # some mirrors have only one release
            (self.root / "sources.list").write_text(text)
            result = self._apt("apt-get", "update")
            if result.ok and b"Failed to fetch" not in result.stderr:
                stamp.touch()
                return True
            if b"does not have a Release file" not in result.stderr:
                break  # not a mirror that lacks a suite
            if self.suites:
                absent.touch()
                stamp.touch()
                return False
        raise self._unreachable("fetch Debian's package lists", result.text)

    def available(self, pattern: str) -> tuple[str, ...]:
        """The packages whose whole name matches the regular expression, sorted."""
        names = self._apt("apt-cache", "pkgnames").stdout.decode().split()
        return tuple(sorted(n for n in names if re.fullmatch(pattern, n)))

    def version(self, package: str) -> str:
        """The version of a package that would be fetched, or an empty string if there is none."""
        return self.versions([package]).get(package, "")

    def versions(self, packages: Sequence[str]) -> dict[str, str]:
        """The versions of the packages that can be fetched. One call for all: each takes a second."""
        if not packages:
            return {}
        text = self._apt("apt-cache", "show", "--no-all-versions", *packages).stdout.decode()
        stanzas = (dict(re.findall(r"^(Package|Version): (.*)$", part, re.M)) for part in text.split("\n\n"))
        return {stanza["Package"]: stanza["Version"] for stanza in stanzas if len(stanza) == 2}

    def fetch(self, packages: Sequence[str]) -> tuple[Path, ...]:
        """Download packages and all their dependencies. Returns the files, sorted."""
        self.say(f"fetching {', '.join(packages)} and what they depend on")
        archives = self.root / "cache/archives"
        for old in archives.glob("*.deb"):
            old.unlink()
        result = self._apt(
            "apt-get", "install", "-y", "--no-install-recommends", "--download-only", *packages
        )
        if not result.ok:
            raise self._unreachable(f"fetch {', '.join(packages)}", result.text)
        return tuple(sorted(archives.glob("*.deb")))

    def fetch_alone(self, package: str, target: Path) -> Path:
        """Download a package to a folder, without what it depends on. apt verifies it."""
        self.say(f"fetching {package}")
        result = self._apt("apt-get", "download", package, cwd=target)
        found = sorted(target.glob("*.deb"))
        if not result.ok or not found:
            raise self._unreachable(f"fetch {package}", result.text)
        return found[0]

    def source_records(self, package: str) -> tuple[SourceRecord, ...]:
        """Every version of a source package in any list, in the order of the lists."""
        text = self._apt("apt-cache", "showsrc", "--only-source", package).stdout.decode()
        return tuple(_source_record(package, stanza) for stanza in text.split("\n\n") if stanza.strip())

    def fetch_source(self, package: str, version: str, target: Path) -> tuple[Path, ...]:
        """Download the files of a source package that the mirror still has. apt verifies them.

        Some mirrors have a tarball but not its .dsc, so the files that could be fetched are returned. Raises
        EnvironmentLacksError if there is no space for them, or the mirror does not answer: then nothing is
        known of what it has.
        """
        self.say(f"fetching the source of {package} {version}")
        what = f"{package}={version}"
        result = self._apt("apt-get", "source", "--download-only", "--only-source", what, cwd=target)
        if result.limit or (not result.ok and (_is_full(result.text) or _NO_ANSWER.search(result.text))):
            raise self._unreachable(f"fetch the source of {package}", result.text)
        return tuple(sorted(p for p in target.iterdir() if p.is_file()))

    def _apt(self, *argv: str, cwd: Path | None = None) -> process.Completed:
        try:
            return process.run(argv, env=self.env, cwd=cwd, limits=FETCH_LIMITS)
        except FileNotFoundError:
            raise EnvironmentLacksError(
                f"{argv[0]}: not found; this is not a Debian machine", self.instead
            ) from None

    def _unreachable(self, doing: str, text: str) -> EnvironmentLacksError:
        tail = "\n".join(line for line in text.splitlines() if line.startswith(("E:", "W:", "Err:")))[-2000:]
        if _is_full(text):
            return EnvironmentLacksError(
                f"cannot {doing}: no space left on the disk of the store",
                "free some space or set HARNESS_STORE to a directory on another disk",
                tail,
            )
        if "Unable to locate package" in text:
            return AbsentError(
                f"cannot {doing}: this Debian release does not have them",
                "run 'harness toolchain list' for the LLVM versions there are",
                tail,
            )
        return EnvironmentLacksError(
            f"cannot {doing}",
            f"check the network ('apt-get update' must work), or {self.instead}",
            tail,
        )


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One version of a source package. `files` maps a file's name to its SHA-256."""

    package: str
    version: str
    files: dict[str, str]


def _source_record(package: str, stanza: str) -> SourceRecord:
    version = re.search(r"^Version: (.*)$", stanza, re.M)
    files = {name: sha256 for sha256, name in re.findall(r"^ ([0-9a-f]{64}) \d+ (\S+)$", stanza, re.M)}
    return SourceRecord(package, version[1] if version else "", files)


def open_apt(store: Store, say: Say, instead: str) -> Apt:
    """The apt of this store, with its lists fetched. Callers hold `store.workspace('apt', 'lists')`."""
    apt = Apt(store.path("apt", "lists"), say, instead)
    apt.prepare()
    return apt


def open_later_apt(store: Store, say: Say, instead: str) -> Apt:
    """An apt that also knows the sources of later suites. Callers hold `store.workspace('apt', 'later')`.

    Their lists take ten seconds to fetch, and are only needed where a suite has lost a tarball.
    """
    apt = Apt(store.path("apt", "later"), say, instead, later=True)
    apt.prepare()
    return apt


def open_suite(store: Store, suites: Sequence[str], say: Say, instead: str) -> Apt | None:
    """An apt of another suite and those it builds on; None if the mirror lacks one of them.

    Callers hold `store.workspace('apt', suites[0])`.
    """
    apt = Apt(store.path("apt", suites[0]), say, instead, suites=suites)
    return apt if apt.prepare() else None


def codename() -> str:
    """The Debian release of this machine (VERSION_CODENAME of os-release), or an empty string."""
    try:
        text = Path("/etc/os-release").read_text()
    except OSError:
        return ""
    found = re.search(r'^VERSION_CODENAME="?([a-z]+)"?$', text, re.M)
    return found[1] if found else ""


def machine_sources(instead: str) -> str:
    """A sources.list made from the machine's own: its Debian release, and later suites for sources.

    Raises EnvironmentLacksError if the machine has no apt or no entry for its release. The error proposes to
    add one, or `instead`.
    """
    lines: list[str] = []
    for place, tail in _machine_mirrors(instead):
        lines.append(f"deb {place} {codename()}{tail} main")
        lines.append(f"deb-src {place} {codename()}{tail} main")
        lines += [
            f"deb-src {place} {later} main"
            for later in LATER_SUITES
            if ("-security" in later) == (tail == "-security") and tail in {"", "-security"}
        ]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def suite_sources(suites: Sequence[str], instead: str) -> str:
    """A sources.list of other suites of the machine's own mirror. Raises as `machine_sources`."""
    places = [place for place, tail in _machine_mirrors(instead) if not tail]
    lines = [f"{kind} {place} {suite} main" for place in places for suite in suites for kind in _KINDS]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _machine_mirrors(instead: str) -> list[tuple[str, str]]:
    """Where the machine's own release comes from: key and URI, and `-security` or the like of the suite."""
    listed = _index_targets(os.environ.get("APT_CONFIG", ""), os.environ.get("PATH", ""))
    release = codename()
    # indextargets does not show the key. Debian's lists are signed with a key in Debian's keyring.
    option = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    found: list[tuple[str, str]] = []
    for row in sorted(set(listed.split("\n"))):
        uri, suite, component = (*row.split("|"), "", "")[:3]
        if component != "main" or not release or not suite.startswith(release):
            continue
        # apt does not download from file:, but reads the packages in place. copy: downloads them.
        uri = re.sub("^file:", "copy:", uri)
        found.append((f"{option}{uri}", suite.removeprefix(release)))
    if not found:
        raise EnvironmentLacksError(
            "apt knows no Debian mirror on this machine",
            f"add your release to /etc/apt/sources.list, or {instead}",
        )
    return found


@functools.cache  # each suite asks
def _index_targets(_config: str, _path: str) -> str:
    """What the machine's apt knows, one line a list; nothing if there is no apt."""
    fields = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    try:
        # A new machine or a container has no lists yet, hence no release info.
        argv = ["apt-get", "indextargets", "--no-release-info", "--format", fields]
        return process.run(argv).stdout.decode()
    except FileNotFoundError:
        return ""


def _without_later_suites(sources: str) -> str:
    lines = sources.splitlines(keepends=True)
    return "".join(line for line in lines if line.split()[-2] not in LATER_SUITES)


def _configuration(root: Path) -> str:
    settings = {
        "Dir::State": root / "state",
        "Dir::State::Lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        # Images for containers turn them off, and then every question reads all lists again: a second.
        "Dir::Cache::pkgcache": "pkgcache.bin",
        "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
        "Dir::Etc::SourceList": root / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        # The machine's pins are about what is installed on it. Nothing is installed here.
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "APT::Sandbox::User": "",  # apt's own user may not be able to write to the store
    }
    return "".join(f'{name} "{value}";\n' for name, value in settings.items())


def _is_full(text: str) -> bool:
    """Whether apt ran out of space, or saw in advance that it would."""
    return "No space left" in text or "enough free space" in text
