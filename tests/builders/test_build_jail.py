"""What a patch makes compilers, TableGen and cmake do to the machine: nothing, in each mode.

The victims are the test's own: a home with a secret, base's source and the store of the miniature LLVM.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.builders.full import Full
from harness.builders.graph import configure, graph_key
from harness.builders.jail import enclosure, find_missing, outermost, require_own, require_plain
from harness.builders.objects import Compiler
from harness.builders.request import Options
from harness.errors import HarnessError, PatchError
from harness.patch import Change, ChangeKind
from harness.process.sandbox import Mode
from harness.progress import Silent
from harness.store import Store, default_root
from harness.toolchain.debian.provider import Debian
from tests.sandboxes import SECRET

if TYPE_CHECKING:  # pytest finds the fixture, not the module
    from tests.miniature import Miniature

pytestmark = [pytest.mark.xdist_group("miniature"), pytest.mark.slow]
A, GEN, CMAKE = "llvm/lib/Foo/A.cpp", "llvm/lib/Foo/Gen.td", "llvm/CMakeLists.txt"


@pytest.fixture(autouse=True)
def leave_no_workspace(miniature: Miniature) -> Iterator[None]:
    """What a build that ends with an error leaves is for its next run: here there is none."""
    yield
    shutil.rmtree(miniature.store.root / "full-build", ignore_errors=True)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """A secret in a home: one that every language here takes for text of its own."""
    path = tmp_path / "home/token"
    path.parent.mkdir()
    path.write_text(f"// {SECRET}\n")
    path.parent.chmod(0o700)
    return path


def refusal(mini: Miniature, files: dict[str, str]) -> PatchError:
    with pytest.raises(PatchError) as caught:
        mini.build(files)
    assert SECRET not in str(caught.value)
    return caught.value


# -- what compilers and TableGen read


@pytest.mark.parametrize(
    "line",
    [
        '#include "{path}"',
        '#include "{up}{path}"',
        'asm(".incbin \\"{path}\\"");',
        'asm(".include \\"{path}\\"");',
    ],
)
def test_a_compiler_reads_nothing_outside(
    miniature: Miniature, token: Path, enclosing: Mode, line: str
) -> None:
    text = line.format(path=token, up="/".join([".."] * 40))
    error = refusal(miniature, {A: f"{miniature.text(A)}{text}\n"})
    assert str(error) == (
        f"{A} reads {token}: it is part of neither LLVM nor the system\n"
        "next: include files of LLVM's source and of the system alone"
    )


@pytest.mark.needs_llvm
def test_a_compiler_embeds_nothing_outside(miniature: Miniature, token: Path, enclosing: Mode) -> None:
    real = Debian(Store(default_root()), 19, lambda _text: None).prebuilt()
    prebuilt = replace(miniature.prebuilt, cc=real.cc, cxx=real.cxx, identity="miniature that embeds")
    text = f'{miniature.text(A)}const char all[] = {{\n#embed "{token}"\n}};\n'
    error = refusal(replace(miniature, prebuilt=prebuilt), {A: text})
    assert error.what == f"{A} reads {token}: it is part of neither LLVM nor the system"


def test_tablegen_reads_nothing_outside(miniature: Miniature, token: Path, enclosing: Mode) -> None:
    up = "/".join([".."] * 40)
    error = refusal(miniature, {GEN: f'include "{up}{token}"\n'})
    assert error.what == f"include/llvm/Gen.inc is made from {token}: it is not part of LLVM"


def test_a_header_that_nobody_has_is_a_mistake_of_the_patch(miniature: Miniature, enclosing: Mode) -> None:
    error = refusal(miniature, {A: f'#include "llvm/None.h"\n{miniature.text(A)}'})
    assert error.what == f"{A} does not compile: {A}:1: llvm/None.h: No such file or directory"
    assert error.next_step == "mend the patch and run it again"


def test_what_a_compiler_writes_stays_in_its_folder(
    miniature: Miniature, tmp_path: Path, any_mode: Mode
) -> None:
    release, options, store = miniature.release, Options(), miniature.store
    with configure(store, release, options, Silent()) as graph:
        key = graph_key(release, options)
        compiler = Compiler(store, key, graph.build, miniature.base, enclosure(miniature.prebuilt))
    side, _ = miniature.patched({A: f"{miniature.text(A)}// {any_mode.value} writes\n"})
    into = tmp_path / "aside"
    into.mkdir()
    victims = (miniature.base.root, side.root, graph.build, store.root, miniature.prebuilt.prefix, tmp_path)
    script = 'echo x > mine; touch "$TMPDIR/gone"; cd "$0"; for one; do echo x > "$one/written"; done; :'
    done = compiler.run(["sh", "-c", script, str(into), *map(str, victims)], side, into=into)
    assert done.ok, done.text
    written = [path for path in victims if (path / "written").exists()]
    for path in written:
        (path / "written").unlink()
    assert written == ([*victims] if any_mode is Mode.OFF else [])
    (graph.build / "mine").unlink(missing_ok=True)
    assert list(into.iterdir()) == []


# -- what a patch brings to cmake


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


ACTS = """
execute_process(COMMAND cat "{token}" OUTPUT_VARIABLE read)
execute_process(COMMAND sh -c [=[echo x > "{home}/written"]=])
execute_process(COMMAND sh -c [=[echo x > "{base}/llvm/written"]=])
execute_process(COMMAND sh -c [=[echo x > written]=] WORKING_DIRECTORY "${{CMAKE_SOURCE_DIR}}")
execute_process(COMMAND sh -c [=[echo x > "{store}/written"]=])
execute_process(COMMAND sh -c [=[echo x > "$CCACHE_DIR/written"]=])
execute_process(COMMAND bash -c [=[echo x > /dev/tcp/127.0.0.1/{port}]=])
execute_process(COMMAND sh -c [=[
  setsid sh -c 'echo $$ > pid; while :; do date +%N > alive; sleep 0.05; done' > /dev/null 2>&1 &
  until [ -s alive ]; do sleep 0.05; done]=] WORKING_DIRECTORY "${{CMAKE_BINARY_DIR}}")
message(FATAL_ERROR "read: ${{read}} $ENV{{TOKEN_OF_THE_USER}}")
"""


def test_cmake_does_nothing_outside_and_leaves_nothing_running(
    miniature: Miniature,
    token: Path,
    listener: socket.socket,
    any_mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_USER", "a-token-of-the-user")
    store, base = miniature.store.root, miniature.base.root
    places = {"token": token, "home": token.parent, "base": base, "store": store}
    acts = ACTS.format(port=listener.getsockname()[1], **places)
    side, content = miniature.patched({CMAKE: f"{miniature.text(CMAKE)}{acts}"})
    with pytest.raises(HarnessError, match="cmake cannot configure LLVM") as caught:
        full(miniature, CMAKE).build(side, content)
    said = str(caught.value)
    (home,) = (path.parents[1] for path in (store / "full-build").glob("*/build/alive"))
    try:
        # Each of these happens without a jail, but for what a build never sees of our environment.
        victims = [token.parent, base / "llvm", home / "src/llvm", store, store / "ccache"]
        did = [(path / "written").exists() for path in victims]
        did += [SECRET in said, connected(listener), beats(home / "build/alive")]
        assert did == [any_mode is Mode.OFF] * len(did), said
        assert "a-token-of-the-user" not in said
    finally:
        for path in victims:
            (path / "written").unlink(missing_ok=True)
        with suppress(ProcessLookupError):
            if any_mode is Mode.OFF:
                os.kill(int((home / "build/pid").read_text()), 9)


def full(mini: Miniature, path: str) -> Full:
    return Full(mini.store, mini.release, (Change(path, ChangeKind.MODIFIED),), Options(), Silent())


def connected(listener: socket.socket) -> bool:
    with suppress(TimeoutError):
        listener.accept()[0].close()
        return True
    return False


def beats(alive: Path) -> bool:
    before = alive.read_text()
    time.sleep(0.5)
    return alive.read_text() != before


def test_ccache_is_filled_by_base_alone(miniature: Miniature, enclosing: Mode, tmp_path: Path) -> None:
    write = '\nexecute_process(COMMAND sh -c [=[echo x > "$CCACHE_DIR/{name}"]=])\n'
    cache = miniature.store.root / "ccache"
    # The store keeps what was built in another mode.
    text = f"{miniature.text(CMAKE)}# {tmp_path}\n"
    files = {CMAKE: text + write.format(name="patched")}
    full(miniature, CMAKE).build(*miniature.patched(files))
    assert not (cache / "patched").exists()
    side, _ = miniature.patched({CMAKE: text + write.format(name="base")})
    source = replace(miniature.release.source, root=side.root, identity=side.identity)
    release = replace(miniature.release, source=source)
    base = replace(side, name="base", identity=source.identity)
    Full(miniature.store, release, (), Options(), Silent()).build(base, {})
    assert (cache / "base").exists()
    (cache / "base").unlink()


@pytest.mark.parametrize("tool", ["llc", "lli"])
def test_a_tool_that_is_a_link_is_not_taken(
    miniature: Miniature, token: Path, enclosing: Mode, tool: str
) -> None:
    """This process would copy what it leads to into the store, where the patch's tests read it."""
    path = f"llvm/tools/{tool}/CMakeLists.txt"
    swap = f'add_custom_command(TARGET {tool} POST_BUILD COMMAND ln -sf "{token}" $<TARGET_FILE:{tool}>)\n'
    side, content = miniature.patched({path: miniature.text(path) + swap})
    with pytest.raises(PatchError) as caught:
        full(miniature, path).build(side, content)
    assert str(caught.value) == (
        f"the build makes bin/{tool}, which is not a file of its own\n"
        "next: have the build make plain files there"
    )


# -- what is looked at of a jail, and what is said of it


def test_a_folder_of_files_alone_is_plain(tmp_path: Path) -> None:
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/file").write_text("")
    require_plain(tmp_path)
    for name, make in (
        ("link", lambda path: path.symlink_to("/etc/passwd")),
        ("folder", lambda path: path.symlink_to("/etc")),
        ("pipe", os.mkfifo),
    ):
        make(tmp_path / "deep/er" / name)
        with pytest.raises(PatchError, match=f"the build makes deep/er/{name}, which is not a file"):
            require_plain(tmp_path)
        (tmp_path / "deep/er" / name).unlink()


def test_a_file_of_a_tree_leads_not_out_of_it(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    for folder in (tree / "bin", outside):
        folder.mkdir(parents=True)
    (outside / "llc").write_text(SECRET)
    (tree / "bin/llc").write_text("")
    (tree / "bin/alias").symlink_to("llc")
    require_own(tree, ["bin/llc", "bin/alias", "missing"])
    (tree / "out").symlink_to(outside)
    (tree / "lost").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    for name in ("out/llc", "lost", "pipe", "bin"):
        with pytest.raises(PatchError, match=f"the build makes {name}, which is not a file of its own"):
            require_own(tree, [name])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a.cpp:1:10: fatal error: '/x/a.h' file not found", "/x/a.h"),
        ("a.cpp:1:10: fatal error: cannot open file '/x/a.h': Permission denied", "/x/a.h"),
        ("a.cpp:1:10: fatal error: /x/a b.h: Permission denied", "/x/a b.h"),
        ("a.cpp:1:10: fatal error: ../../x/a.h: No such file or directory", "/x/a.h"),
        ("<inline asm>:1:9: error: Could not find incbin file '/x/a'", "/x/a"),
        ("c.s:4: Error: file not found: /x/a", "/x/a"),
        ("c.s:4: Error: can't open /x/a for reading: Permission denied", "/x/a"),
        ("G.td:1:9: error: could not find include file '../../x/a.td'", "/x/a.td"),
        ("a.cpp:1:10: fatal error: 'llvm/No.h' file not found", ""),
        ("a.cpp:1:10: error: 'x' was not declared", ""),
    ],
)
def test_what_is_not_there_is_read_from_messages(line: str, found: str) -> None:
    assert find_missing(f"before\n{line}\nafter\n", Path("/s/lib")) == ((found,) if found else ())


def test_places_inside_others_are_left_out() -> None:
    paths = [Path(word) for word in ("/a/b/c", "/a/b", "/a/bc", "/usr/lib/x", "/a/b")]
    assert outermost(paths, [Path("/usr")]) == (Path("/a/b"), Path("/a/bc"))
