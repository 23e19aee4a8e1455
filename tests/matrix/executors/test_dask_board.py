"""Who has which cell: each ends once, and only who was alone with a lost worker is blamed for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.matrix.executors.dask_board import MOST_LOSSES, Attempt, Board


def given_out(board: Board) -> list[Attempt]:
    out = []
    while (attempt := board.give()) is not None:
        out.append(attempt)
    return out


def short(cells: int) -> Board:
    """A board whose cells are known to be short, as one more has ended at once."""
    board = Board(cells + 1)
    board.join("first", 1)
    for attempt in given_out(board):
        board.finish(attempt.number, 0.1)
        board.close(attempt.cell)
    board.leave("first")
    return board


def test_cells_go_to_whoever_has_least() -> None:
    board = short(5)
    board.join("a", 1)
    board.join("b", 2)
    assert sorted(one.worker for one in given_out(board)) == ["a", "a", "b", "b", "b"]


def test_only_short_cells_are_given_ahead() -> None:
    board = Board(9)
    board.join("a", 2)
    assert len(given_out(board)) == 2
    for seconds, more in ((0.1, 2), (60.0, 0), (60.0, 1)):
        attempt = board.attempts_of("a")[0]
        board.finish(attempt.number, seconds)
        board.close(attempt.cell)
        assert len(given_out(board)) == more


def test_who_is_known_to_be_guilty_is_blamed_alone() -> None:
    board = short(2)
    board.join("a", 1)
    first, second = given_out(board)
    assert board.lose("a", [first.number]) == []
    assert board.find(first.number) is None
    assert board.finish(second.number, 1.0) is None
    board.join("b", 1)
    (again,) = given_out(board)
    assert (again.cell, again.by_itself) == (first.cell, True)
    board.finish(again.number, 0.1)
    board.close(again.cell)
    (other,) = given_out(board)
    assert (other.cell, other.by_itself) == (second.cell, False)


def test_neighbours_of_a_death_run_by_themselves_and_are_not_blamed() -> None:
    board, killer = Board(2), 1
    board.join("a", 2)
    first, second = given_out(board)
    # The other says that it began; the killer's worker dies before.
    board.begin(first.number if first.cell != killer else second.number, 0.0)
    assert board.lose("a") == []
    runs = []
    for name in "bcdef":
        board.join(name, 2)
        while (one := board.give()) is not None:
            assert one.by_itself
            runs.append(one.cell)
            if one.cell == killer:
                for cell in board.lose(name):
                    board.close(cell)
            else:
                board.finish(one.number, 1.0)
                board.close(one.cell)
    assert board.open == set()
    assert sorted(runs) == [0, killer, killer]  # and once with the other


def test_a_cell_that_loses_its_workers_ends() -> None:
    board = Board(1)
    for losses in range(1, MOST_LOSSES + 1):
        board.join(f"w{losses}", 1)
        (attempt,) = given_out(board)
        assert board.lose(attempt.worker) == ([0] if losses == MOST_LOSSES else [])


def test_who_left_is_nobody_s_fault() -> None:
    board = Board(1)
    for number in range(2 * MOST_LOSSES):
        board.join(f"w{number}", 1)
        (attempt,) = given_out(board)
        board.leave(attempt.worker)
        assert not attempt.by_itself


def test_a_cell_avoids_a_worker() -> None:
    board = Board(1)
    board.join("a", 1)
    (attempt,) = given_out(board)
    board.take_back(attempt.number, avoid=True)
    assert given_out(board) == []
    assert board.is_stuck(0)
    board.join("b", 1)
    assert not board.is_stuck(0)
    (again,) = given_out(board)
    assert (attempt.worker, again.worker) == ("a", "b")
    assert not board.is_stuck(0)
    board.leave("b")
    assert board.is_stuck(0)


def test_what_runs_too_long_is_told() -> None:
    board = Board(2)
    board.join("a", 2)
    first, second = given_out(board)
    board.begin(first.number, 100.0)
    assert board.overdue([10.0, 10.0], 109.0) == []
    assert board.overdue([10.0, 10.0], 111.0) == [first]
    board.begin(second.number, 105.0)
    assert board.overdue([10.0, 10.0], 111.0) == [first]


WHAT = st.sampled_from(["join", "begin", "finish", "lose", "leave", "back", "avoid"])
EVENTS = st.lists(st.tuples(WHAT, st.integers(0, 5)), max_size=60)


@given(st.integers(1, 8), st.integers(1, 3), EVENTS)
def test_whatever_happens_every_cell_ends_once(
    cells: int, threads: int, events: list[tuple[str, int]]
) -> None:
    board, ended = Board(cells), list[int]()

    def close(cell: int | None) -> None:
        if cell is not None:
            ended.append(cell)
            board.close(cell)

    running: list[Attempt] = []
    for what, which in events:
        worker = f"w{which}"
        one = running[which % len(running)] if running else None
        if what == "join":
            board.join(worker, threads)
        elif what == "lose":
            for cell in board.lose(worker):
                close(cell)
        elif what == "leave":
            board.leave(worker)
        elif one is not None and what == "begin":
            board.begin(one.number, 0.0)
        elif one is not None and what == "finish":
            close(board.finish(one.number, float(which)))
        elif one is not None:
            board.take_back(one.number, avoid=what == "avoid")
        running += given_out(board)
        counting = [one for one in running if board.find(one.number)]
        assert len({one.cell for one in counting}) == len(counting)
        for seat in board.seats.values():
            assert len(seat.attempts) <= threads + 1
            assert len(seat.attempts) == 1 or not any(one.by_itself for one in seat.attempts)
    board.join("the last", 1)
    while board.open:
        attempt = given_out(board) or [one for one in running if board.find(one.number)]
        running += attempt
        close(board.finish(attempt[0].number, 1.0))
    assert sorted(ended) == list(range(cells))
