"""Bounds on a child that runs already, and has bounds of its own."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from harness.process.limits import Limits, set_limits


def test_a_bound_that_a_child_has_set_itself_stays() -> None:
    """As `ulimit -f 0` of a RUN line. It may come first: a child runs before it is bounded."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 9)); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        set_limits(child.pid, Limits())
        assert resource.prlimit(child.pid, resource.RLIMIT_FSIZE) == (0, 9)
        assert resource.prlimit(child.pid, resource.RLIMIT_AS)[1] == Limits().memory


@pytest.mark.parametrize("times", [1, 100])
def test_a_bound_that_a_child_sets_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Who is not root may not raise it any more. A bound that nobody may set is an error all the same."""
    real = resource.prlimit
    refused: list[object] = []

    def refuse(pid: int, what: int, *bounds: tuple[int, int]) -> tuple[int, int]:
        if bounds and what == resource.RLIMIT_FSIZE and len(refused) < times:
            refused.append(bounds)
            raise PermissionError
        return real(pid, what, *bounds)

    with subprocess.Popen(["sleep", "600"]) as child:
        monkeypatch.setattr(resource, "prlimit", refuse)
        try:
            if times == 1:
                set_limits(child.pid, Limits())
                assert real(child.pid, resource.RLIMIT_FSIZE)[1] == Limits().output
            else:
                with pytest.raises(PermissionError):
                    set_limits(child.pid, Limits())
        finally:
            child.kill()
    assert len(refused) == min(times, 8)
