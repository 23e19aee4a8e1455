"""What a child in a jail can do to files, what it starts with, and how its end is told.

Every act succeeds without a jail, and is held off in each mode. The victims are the test's own.
"""

from __future__ import annotations

import os
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness import process
from harness.errors import EXIT_ENVIRONMENT, EnvironmentLacksError, UsageError
from harness.process import Jail, JailKind, bubblewrap, landlock, sandbox
from harness.process.jail import PASSED
from harness.process.sandbox import VARIABLE, Mode
from tests.sandboxes import LIMITS, SECRET, Scene

pytestmark = pytest.mark.slow


# -- files


@pytest.mark.parametrize(
    "act",
    [
        "open(place + '/new', 'w').write('x')",
        "open(place + '/token', 'a').write('x')",
        "os.truncate(place + '/token', 0)",
        "os.open(place + '/token', os.O_RDONLY | os.O_TRUNC)",
        "os.remove(place + '/token')",
        "os.rename(place + '/token', place + '/moved')",
        "os.symlink('/', place + '/link')",
        "os.mkdir(place + '/folder')",
        "os.mkfifo(place + '/fifo')",
        "os.link(place + '/token', 'mine'); open('mine', 'w').write('x')",
        "os.symlink(place, 'way'); open('way/new', 'w').write('x')",
        "shutil.rmtree(place)",
        "subprocess.run(['rm', '-rf', place], check=True)",
    ],
)
def test_nothing_outside_is_changed(scene: Scene, any_mode: Mode, act: str) -> None:
    done = scene.run(f"import os, shutil, subprocess, sys\nplace = sys.argv[1]\n{act}", scene.home)
    held = (
        (
            [path.name for path in scene.home.iterdir()] == ["token"]
            and (scene.home / "token").read_text() == SECRET
        )
        if scene.home.exists()
        else False
    )
    assert held is (any_mode is not Mode.OFF), done.text


@pytest.mark.parametrize(
    "act",
    ["open(place + '/token').read()", "os.listdir(place)[0] * 2"],
)
def test_nothing_outside_is_read(scene: Scene, enclosing: Mode, act: str) -> None:
    done = scene.run(f"import os, sys\nplace = sys.argv[1]\nprint({act})", scene.home)
    assert not done.ok
    assert SECRET not in done.text


def test_landlock_shows_what_links_say(scene: Scene, enclosing: Mode) -> None:
    """A gap that `doctor` and docs/security.md tell of: names and metadata are not hidden."""
    (scene.home / "link").symlink_to("elsewhere")
    done = scene.run("import os, sys; print(os.readlink(sys.argv[1]))", scene.home / "link")
    assert ("elsewhere" in done.text) is (enclosing is Mode.LANDLOCK)


def test_what_a_jail_may_read_it_may_not_write(scene: Scene, any_mode: Mode) -> None:
    jail = Jail(JailKind.PROGRAM, reads=(scene.home,), writes=(scene.out,))
    done = process.run(
        ["sh", "-c", 'cat "$0/token"; echo x > "$0/new"', scene.home], cwd=scene.out, jail=jail
    )
    assert SECRET in done.text
    assert (scene.home / "new").exists() is (any_mode is Mode.OFF)


def test_what_a_jail_may_write_stays(scene: Scene, any_mode: Mode) -> None:
    done = scene.run("import os; os.mkdir('a'); open('a/b', 'w').write('x'); os.rename('a/b', 'c')")
    assert done.ok, done.text
    assert (scene.out / "c").read_text() == "x"


def test_another_workers_folder_and_tmp_are_not_there(scene: Scene, enclosing: Mode) -> None:
    path = Path(tempfile.gettempdir(), f"harness-test-{os.getpid()}")
    for place in (path, scene.other / "x"):
        scene.run("import sys; open(sys.argv[1], 'w').write('x')", place)
    assert not path.exists()
    assert list(scene.other.iterdir()) == []


def test_shadow_is_closed_even_to_root(scene: Scene, enclosing: Mode) -> None:
    done = scene.run("print(open('/etc/shadow').read())")
    assert not done.ok
    assert b"root:" not in done.stdout


# -- rights


def test_a_jail_has_no_capability_and_gains_none(scene: Scene, enclosing: Mode) -> None:
    done = scene.run("print(open('/proc/self/status').read())")
    fields = dict(line.split(":", 1) for line in done.text.splitlines() if ":" in line)
    held = {name: int(fields[f"Cap{name}"], 16) for name in ("Inh", "Prm", "Eff", "Amb")}
    assert held == dict.fromkeys(held, 0)
    assert fields["NoNewPrivs"].strip() == "1"


def test_no_new_namespace_gives_them_back(scene: Scene, enclosing: Mode) -> None:
    # bubblewrap's child may make namespaces of its own, and has no use for them; Landlock's makes none.
    code = """
        import ctypes, sys
        libc = ctypes.CDLL(None)
        made = libc.unshare(0x10000000) == 0
        sys.exit(made and (sys.argv[1] == "landlock" or libc.mount(b"none", b"/usr", b"tmpfs", 0, None) == 0))
    """
    assert scene.run(code, enclosing.value).ok


def test_the_environment_is_clean(scene: Scene, any_mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    done = process.run(
        ["env"], cwd=scene.out, env={"GIVEN": "1"}, jail=Jail(JailKind.PROGRAM, writes=(scene.out,))
    )
    names = {line.partition("=")[0] for line in done.stdout.decode().splitlines()}
    # PWD is the shell's or bubblewrap's own.
    assert names - {"PWD"} == {*PASSED, "HOME", "TMPDIR", "LC_ALL", "TZ", "GIVEN"}
    assert SECRET not in done.text


# -- how it ends is told as without a jail


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGTERM])
def test_a_signal_is_told(scene: Scene, any_mode: Mode, signum: signal.Signals) -> None:
    done = scene.run("import os, sys; os.kill(os.getpid(), int(sys.argv[1]))", int(signum))
    assert (done.returncode, done.limit) == (-signum, "")


@pytest.mark.parametrize("status", [0, 1, 77, 128])
def test_a_status_is_told(scene: Scene, any_mode: Mode, status: int) -> None:
    assert scene.run("import sys; sys.exit(int(sys.argv[1]))", status).returncode == status


def test_processor_time_is_bounded_and_counted(scene: Scene, any_mode: Mode) -> None:
    done = scene.run("while True: pass", limits=replace(LIMITS, cpu=1))
    assert done.limit == "used more than 1 s of processor time"


def test_a_wall_limit_is_told(scene: Scene, any_mode: Mode) -> None:
    done = scene.run("import time; time.sleep(60)", limits=replace(LIMITS, wall=1))
    assert done.limit == "ran longer than 1 s"
    assert done.returncode < 0


def test_a_missing_program_is_told_as_without_a_jail(scene: Scene, any_mode: Mode) -> None:
    with pytest.raises(FileNotFoundError):
        process.run(["no-such-program"], jail=Jail(JailKind.PROGRAM, writes=(scene.out,)))


def test_streams_and_input_are_those_of_the_child(scene: Scene, any_mode: Mode) -> None:
    jail = Jail(JailKind.PROGRAM, writes=(scene.out,))
    done = process.run(["sh", "-c", "cat; echo no >&2"], stdin=b"yes", cwd=scene.out, jail=jail)
    assert (done.stdout, done.stderr) == (b"yes", b"no\n")
    assert done.argv == ("sh", "-c", "cat; echo no >&2")


# -- which mode it is


def test_a_mode_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jail", "landlock:x", "bubblewrap:2"):
        monkeypatch.setenv(VARIABLE, name)
        with pytest.raises(UsageError, match=f"{VARIABLE}={name}: no such sandbox"):
            sandbox.current()


def test_a_machine_that_can_enclose_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")
    monkeypatch.setattr(sandbox, "_found", {})
    monkeypatch.setattr(bubblewrap, "probe", lambda: ("", "bwrap: not found"))
    monkeypatch.setattr(landlock, "probe", lambda: (0, "this kernel has none"))
    with pytest.raises(EnvironmentLacksError, match="nothing here can enclose") as error:
        sandbox.current()
    assert error.value.exit_code == EXIT_ENVIRONMENT
    assert "--no-sandbox" in error.value.next_step
    assert error.value.detail == "bubblewrap: bwrap: not found\nlandlock: this kernel has none"


def test_bubblewrap_comes_first_and_landlock_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")
    monkeypatch.setattr(sandbox, "_found", {})
    monkeypatch.setattr(bubblewrap, "probe", lambda: ("/usr/bin/bwrap", ""))
    assert sandbox.current() == sandbox.Sandbox(Mode.BUBBLEWRAP, bwrap="/usr/bin/bwrap")
    monkeypatch.setattr(sandbox, "_found", {})
    monkeypatch.setattr(bubblewrap, "probe", lambda: ("/usr/bin/bwrap", "Operation not permitted"))
    assert sandbox.current().mode is Mode.LANDLOCK
    assert sandbox.current().gaps


def test_without_a_place_it_starts_in_its_home(
    scene: Scene, any_mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller's current directory need not be in the jail, and bubblewrap cannot go where nothing is."""
    monkeypatch.chdir(scene.home)
    assert any_mode in Mode
    done = process.run(["pwd"], jail=Jail(JailKind.PROGRAM, writes=(scene.out,)))
    assert (done.returncode, done.text) == (0, f"{scene.out}\n"), done.text
    assert process.run(["pwd"], jail=Jail(JailKind.PROGRAM)).text == "/\n"
