"""A PostgreSQL of the tests' own: Debian's, installed or unpacked in the store, on a socket in a folder."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from harness import apt
from harness.errors import EnvironmentLacksError
from harness.store import Store, default_root, digest
from harness.toolchain.debian import unpack

INSTEAD = "install Debian's postgresql: the tests of the history need one"
NOBODY = 65534


class Server:
    """A server of an empty database in a folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.url = f"postgresql://harness@/postgres?host={top}"
        programs, self.env = find_programs(top)
        if as_root := os.geteuid() == 0:  # as whom it refuses to run
            os.chown(top, NOBODY, NOBODY)
        user = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if as_root else []
        argv = ["setpriv", "--pdeathsig", "QUIT", *user]
        data = os.fspath(top / "data")
        initdb = [*argv, os.fspath(programs / "initdb"), "-D", data, "-U", "harness"]
        # Not by harness.process: root of a container may not bound a program of another user.
        initdb += ["-E", "UTF8", "--no-locale", "-A", "trust", "--no-sync"]
        made = subprocess.run(initdb, env=self.env, cwd=top, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        options = {"listen_addresses": "", "unix_socket_directories": os.fspath(top), "fsync": "off"}
        self.argv = [*argv, os.fspath(programs / "postgres"), "-D", data]
        self.argv += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = self.top / "log"
        with log.open("ab") as said:
            # In a group of its own, so that Ctrl-C on the tests does not end it before them.
            self.running = subprocess.Popen(
                self.argv, stdout=said, stderr=said, cwd=self.top, env=self.env, process_group=0
            )
        end = time.monotonic() + 60
        while not self.answers():
            if self.running.poll() is not None or time.monotonic() > end:
                pytest.fail(f"PostgreSQL does not start:\n{log.read_text()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it takes connections; its socket is there before."""
        try:
            psycopg.connect(host=os.fspath(self.top), user="harness", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it, with all connections."""
        self.running.send_signal(signal.SIGINT)
        self.running.wait()


@contextlib.contextmanager
def serve() -> Iterator[Server]:
    """A server that ends with the block, or with this process."""
    # Its user has to get there, which pytest's folders of root do not allow; and a socket's path is short.
    top = Path(tempfile.mkdtemp(prefix="history-"))
    try:
        server = Server(top)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(top)


def find_programs(top: Path) -> tuple[Path, dict[str, str]]:
    """The folder with `initdb` and `postgres`, and the environment for them; fetched if need be."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts)
    if installed:
        return installed[-1].parent, dict(os.environ)
    try:
        home = fetch(Store(default_root()), lambda text: None)
    except EnvironmentLacksError as error:
        pytest.fail(f"no PostgreSQL for the tests of the history: {error}")
    # The store may be in root's home, where its user does not get.
    shutil.copytree(home, top / "server", symlinks=True)
    (found,) = (top / "server").glob("root/usr/lib/postgresql/*/bin/initdb")
    return found.parent, {**os.environ, "LD_LIBRARY_PATH": os.fspath(top / "server/libs")}


def fetch(store: Store, say: apt.Say) -> Path:
    """Debian's server unpacked in the store."""
    key = f"postgresql-{digest('1', apt.codename())}"

    def make(aside: Path) -> None:
        with store.workspace("apt", "lists"):
            source = apt.open_apt(store, say, INSTEAD)
            numbers = [int(name.rpartition("-")[2]) for name in source.available(r"postgresql-\d+")]
            if not numbers:
                raise EnvironmentLacksError("apt knows no postgresql", INSTEAD)
            unpack.fetch(source, [f"postgresql-{max(numbers)}"], aside / "root", say, "PostgreSQL")
        # It compiles nothing of ours: without LLVM it is half as large.
        for part in aside.glob("root/usr/lib/*/libLLVM*"):
            part.unlink()
        for part in aside.glob("root/usr/lib/postgresql/*/lib/bitcode"):
            shutil.rmtree(part)
        unpack.link_libraries(aside)

    return store.get("debian", key) or store.make("debian", key, make)


def schema_url(url: str, schema: str) -> str:
    """A URL whose tables are in a schema of their own."""
    assert re.fullmatch(r"\w+", schema)
    return f"{url}&options=-csearch_path%3D{schema}"
