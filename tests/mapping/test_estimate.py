"""What the rest of a map takes."""

from __future__ import annotations

from harness.mapping.estimate import Estimating


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, text: str) -> None:
        self.said.append(text)

    def tick(self, done: int, total: int, what: str) -> None:
        self.said.append(f"[{done}/{total}] {what}")


def test_the_rest_is_told_when_enough_tests_have_run() -> None:
    clock = [0.0]
    heard = Heard()
    estimating = Estimating(heard, 1000, lambda: clock[0])
    estimating.step("mapping one")
    for done, clock[0] in ((10, 2.0), (50, 10.0), (100, 20.0)):
        estimating.tick(done, 100, "a.ll")
    estimating.leave(100)
    estimating.leave(300)  # was there
    for done, clock[0] in ((100, 40.0), (599, 140.0), (600, 141.0)):
        estimating.tick(done, 600, "b.ll")
    assert heard.said == [
        "mapping one",
        "[10/100] a.ll",
        "[50/100] a.ll; about 3 min left",
        "[100/100] a.ll; about 3 min left",
        "[100/600] b.ll; about 2 min left",
        "[599/600] b.ll; about 0 s left",
        "[600/600] b.ll",
    ]
