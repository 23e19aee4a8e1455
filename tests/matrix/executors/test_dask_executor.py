"""Cells on a cluster of real processes: each has one result, whatever becomes of workers and scheduler."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness import __version__
from harness.artifacts.settings import open_artifacts
from harness.cell import CellResult, CellState
from harness.errors import EnvironmentLacksError, UsageError
from harness.matrix.executors.dask import Dask, Patience, Suites
from harness.matrix.executors.dask_parcel import this_code
from harness.matrix.task import CellTask
from harness.store import Store
from tests.clusters import REPOSITORY, Cluster, free_port
from tests.matrix.cluster_cells import PLAY, PLAY_APART
from tests.matrix.fake_cells import task

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dask")]


@dataclass
class Seen:
    """What a run told: results in their order, and texts."""

    results: list[CellResult] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    then: Callable[[int], None] = lambda count: None
    told: Callable[[CellTask, str], None] = lambda asked, text: None

    def done(self, asked: CellTask, result: CellResult) -> None:
        assert (result.cell, result.key) == (asked.cell, asked.key)
        self.threads.add(threading.current_thread().name)
        self.results.append(result)
        self.then(len(self.results))

    def tell(self, asked: CellTask, text: str) -> None:
        self.texts.append(text)
        self.told(asked, text)

    def states(self) -> Counter[CellState]:
        return Counter(result.state for result in self.results)


def run(
    cluster: Cluster, tasks: list[CellTask], seen: Seen | None = None, work: str = PLAY, **patience: float
) -> Seen:
    """Run the tasks. Each ends once, in this thread."""
    seen = seen or Seen()
    store = Store(cluster.folder / "client", open_artifacts())
    Dask(store, cluster.address, Patience(**patience), work).run(tasks, seen.done, seen.tell)
    assert sorted(result.key for result in seen.results) == sorted(one.key for one in tasks)
    assert seen.threads == {threading.current_thread().name}
    return seen


def test_cells_run_on_all_workers(calm: Cluster) -> None:
    seen = run(calm, [task("sleeps 0.1", str(number)) for number in range(20)])
    assert seen.states() == {CellState.OK: 20}
    assert {result.worker for result in seen.results} == {"one", "two"}
    assert "about to do: sleeps" in seen.texts
    assert Dask(Store(calm.folder), calm.address).at_once == 2


def test_a_cell_is_a_process_of_its_own_with_a_limit(calm: Cluster) -> None:
    asked = [task("ok"), task("dies"), task("hangs", seconds=2.0)]
    seen = run(calm, asked, work=PLAY_APART)
    found = {result.cell.suite: (result.state, result.reason) for result in seen.results}
    assert found == {
        "ok": (CellState.OK, ""),
        "dies": (CellState.NO_ANSWER, "its process ended with status -9"),
        "hangs": (CellState.NO_ANSWER, "ran longer than 2 s"),
    }


def test_what_a_cell_raises_is_its_reason(calm: Cluster) -> None:
    (result,) = run(calm, [task("raises")]).results
    assert result.state is CellState.NO_ANSWER
    fault = "this is a fault of the harness, and says nothing about the patch"
    assert result.reason == f"{fault}: ValueError: a cell must not do this"


def test_the_suite_goes_with_the_cells(calm: Cluster, tmp_path: Path) -> None:
    (tmp_path / "suite/X86").mkdir(parents=True)
    for text in ("as it was", "as it is now"):
        (tmp_path / "suite/X86/a.ll").write_text(text)
        folder = shutil.copytree(tmp_path / "suite", tmp_path / text)
        asked = [replace(task("reads X86/a.ll", str(number)), suite=str(folder)) for number in range(4)]
        seen = run(calm, asked)
        assert {result.reason for result in seen.results} == {text}


def test_a_suite_comes_from_the_artifacts_and_a_damaged_one_is_no_answer(
    calm: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_ARTIFACTS", str(tmp_path / "artifacts"))
    found = []
    for name in ("whole", "spoiled"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.ll").write_text(name)
        # Workers look there first: they get no files.
        Suites(Store(calm.folder / "client", open_artifacts())).key(str(tmp_path / name))
        if name == "spoiled":
            newest = max(
                (tmp_path / "artifacts/blobs").rglob("*.zst"), key=lambda path: path.stat().st_mtime_ns
            )
            newest.write_bytes(newest.read_bytes()[:-1] + b"?")
        found += run(calm, [replace(task("reads a.ll"), suite=str(tmp_path / name))]).results
    assert [result.state for result in found] == [CellState.OK, CellState.NO_ANSWER]
    assert found[0].reason == "whole"
    assert found[1].reason.startswith("the artifact suite/")
    assert ": the bytes of blobs/" in found[1].reason


def test_a_full_disk_of_one_worker_is_no_answer_of_a_cell(calm: Cluster) -> None:
    seen = run(calm, [task("fills one", str(number)) for number in range(6)])
    assert seen.states() == {CellState.OK: 6}
    assert {result.worker for result in seen.results} == {"two"}
    (result,) = run(calm, [task("fills one two")]).results
    assert (result.state, result.reason) == (
        CellState.NO_ANSWER,
        "cannot write object to the store: no space left on device",
    )


def test_an_interrupt_cancels_what_has_not_begun(calm: Cluster, tmp_path: Path) -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    asked = [task(f"logs {tmp_path}/log", str(number)) for number in range(200)]
    with pytest.raises(KeyboardInterrupt):
        run(calm, asked, Seen(then=interrupt))
    time.sleep(0.5)
    assert len((tmp_path / "log").read_text().splitlines()) < 20


def test_a_killed_worker_loses_no_cell_and_none_counts_twice(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("one", "two", "three", "four", "five")

    def kill(count: int) -> None:
        if count == 10:
            cluster.kill("one")

    asked = [
        *(task("sleeps 0.05", str(number)) for number in range(40)),
        task(f"kills {tmp_path}/log"),
        *(task("sleeps 0.05", str(number)) for number in range(40, 80)),
    ]
    seen = run(cluster, asked, Seen(then=kill))
    assert seen.states() == {CellState.OK: 80, CellState.NO_ANSWER: 1}
    (lost,) = [result for result in seen.results if result.state is not CellState.OK]
    assert lost.cell.suite.startswith("kills ")
    assert lost.reason == "lost its worker 3 times"
    assert len((tmp_path / "log").read_text().splitlines()) == 3
    assert any("is gone: it goes to another worker" in text for text in seen.texts)


def test_the_cell_of_a_killed_worker_does_not_run_on(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("one")
    said = tmp_path / "pid"

    def begun(_asked: CellTask, text: str) -> None:
        if text == "about to do: hangs" and "one" in cluster.workers:
            pids.append(int(wait_for(said)))
            cluster.kill("one")

    pids: list[int] = []
    run(cluster, [task("ok")])
    seen = Seen(told=begun)
    run(cluster, [task(f"hangs {said}", seconds=30)], seen, work=PLAY_APART, workers=1.0)
    assert not is_running(pids[0])


def wait_for(file: Path) -> str:
    for _ in range(100):
        if file.exists() and (text := file.read_text()):
            return text
        time.sleep(0.1)
    pytest.fail(f"{file} is not written")


def is_running(pid: int) -> bool:
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


def test_a_worker_that_hangs_loses_no_cell(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("one", "two")
    asked = [task(f"stops {tmp_path}/pid"), *(task("sleeps 0.05", str(number)) for number in range(20))]
    seen = run(cluster, asked, silence=4.0)
    assert seen.states() == {CellState.OK: 21}
    assert any("has said nothing for 4 s" in text for text in seen.texts)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGCONT)


def test_a_cell_that_its_worker_does_not_end_is_lost_with_it(cluster: Cluster) -> None:
    cluster.start("one")
    run(cluster, [task("ok")])
    seen = run(cluster, [task("hangs", seconds=1.0)], overtime=0.5, workers=1.0)
    assert any("does not end it" in text for text in seen.texts)
    assert [result.reason for result in seen.results] == [f"no worker of {cluster.address} is left"]


def test_a_scheduler_may_be_restarted(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("one", "two")

    def restart(count: int) -> None:
        if count == 15:
            cluster.stop_scheduler()
            cluster.start("three", "four")

    asked = [task(f"logs {tmp_path}/log", str(number)) for number in range(60)]
    seen = run(cluster, asked, Seen(then=restart))
    assert seen.states() == {CellState.OK: 60}
    assert {"three", "four"} & {result.worker for result in seen.results}
    # What had no result ran again; nothing else did.
    assert len((tmp_path / "log").read_text().splitlines()) < 60 + 6


def test_a_scheduler_that_stays_away_leaves_no_answer(cluster: Cluster) -> None:
    cluster.start("one")
    seen = Seen(then=lambda count: cluster.stop_scheduler() if count == 3 else None)
    run(cluster, [task("sleeps 0.05", str(number)) for number in range(20)], seen, reconnect=2.0)
    assert 3 <= seen.states()[CellState.OK] < 20
    reasons = {result.reason for result in seen.results if result.state is not CellState.OK}
    assert reasons == {f"no Dask scheduler answers at {cluster.address}"}


def test_a_scheduler_that_is_not_there_is_one_error_within_seconds(tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    begun = time.monotonic()
    with pytest.raises(EnvironmentLacksError) as caught:
        Dask(Store(tmp_path), address, Patience(connect=1.0)).run([task("ok")], Seen().done, Seen().tell)
    assert time.monotonic() - begun < 10
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        f"no Dask scheduler answers at {address}\n"
        "next: start one with 'dask scheduler', check the address, or use --executor local"
    )
    with pytest.raises(UsageError, match="next: give an address such as tcp://host:8786"):
        Dask(Store(tmp_path), "nowhere://x", Patience(connect=1.0)).run(
            [task("ok")], Seen().done, Seen().tell
        )


def another_harness(folder: Path) -> dict[str, str]:
    """The environment of a worker that runs another version of the package."""
    shutil.copytree(REPOSITORY / "harness", folder / "harness", ignore=shutil.ignore_patterns("*.reach"))
    about = folder / "harness/__init__.py"
    about.write_text(about.read_text().replace(__version__, "9.9.9"))
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(REPOSITORY)])}


def test_a_worker_with_another_harness_gets_no_cells(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("old", env=another_harness(tmp_path / "other"))
    with pytest.raises(EnvironmentLacksError) as caught:
        run(cluster, [task("ok")])
    told = str(caught.value).splitlines()
    assert told[0] == f"no worker of {cluster.address} runs this harness"
    assert " has harness 9.9.9 on Python " in told[1]
    assert told[1].endswith(f"; this is {this_code()}")
    assert told[2] == (
        f"next: install this harness ({this_code()}) on the workers, and start them with 'dask worker'"
    )
    cluster.start("new")
    while Dask(Store(tmp_path), cluster.address).at_once < 2:
        time.sleep(0.2)
    seen = run(cluster, [task("sleeps 0.05", str(number)) for number in range(10)])
    assert {result.worker for result in seen.results} == {"new"}
    assert any(" has harness 9.9.9 on " in text and str(this_code()) in text for text in seen.texts)


def test_a_scheduler_without_workers_is_an_error(cluster: Cluster) -> None:
    cluster.start()
    with pytest.raises(EnvironmentLacksError) as caught:
        run(cluster, [task("ok")], workers=1.0)
    assert str(caught.value).startswith(
        f"the scheduler at {cluster.address} has no workers\nnext: install this"
    )


BLOCKED = """
import sys
from pathlib import Path
sys.modules.update(dict.fromkeys(["dask", "distributed", "s3fs", "fsspec"]))
from harness.matrix.executors.local import Local
from harness.matrix.executors import dask
from harness.store import Store
from tests.matrix.cluster_cells import play
from tests.matrix.fake_cells import task
said = []
store = Store(Path(sys.argv[1]))
Local(store, 2, play).run([task("ok")], lambda one, result: said.append(result), lambda *_: None)
assert [result.state.value for result in said] == ["ok"], said
try:
    dask.Dask(store, "tcp://127.0.0.1:1").run([task("ok")], print, print)
except Exception as error:
    print(error)
"""


def test_local_cells_need_no_dask(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", BLOCKED, str(tmp_path)]
    ran = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert ran.stdout == (
        "--executor dask: import of distributed halted; None in sys.modules\n"
        "next: pip install 'llvm-patch-harness[dask]'\n"
    )
