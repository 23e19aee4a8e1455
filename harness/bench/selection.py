"""How long it takes to choose the tests that a change reaches, from maps of 30,000 tests.

The maps are made up: 7,000 of 100,000 functions a test, 3,000 of them in all tests, as in CodeGen/X86.
"""

from __future__ import annotations

import random
import time
from array import array

from harness.model import Outcome
from harness.reach.map.folder import Origin, WatchedTest
from harness.reach.map.format import read_map, read_table, write_map, write_table
from harness.reach.map.select import ReachMap, select
from harness.reach.map.table import FunctionTable
from harness.reach.names import FunctionName

_TESTS, _FOLDERS, _FUNCTIONS = 300, 100, 100_000
_CHANGED = 30


def selection_time() -> float:
    """Seconds of processor time to read the table and all maps, and to choose by 30 changed functions."""
    # The same each time; nothing secret depends on it.
    chance = random.Random(1)  # noqa: S311 - a seed, no secret
    table = FunctionTable().grown(
        FunctionName("Unit.cpp" if n % 2 else "", f"_ZN4llvm{n}E") for n in range(_FUNCTIONS)
    )
    common = chance.sample(range(_FUNCTIONS), 3000)
    parts = [chance.sample(range(_FUNCTIONS), 200) for _ in range(100)]
    tests = []
    for number in range(_TESTS):
        entered = {*common, *(one for part in chance.sample(parts, 20) for one in part)}
        tests.append(WatchedTest(f"{number}.ll", Outcome.PASS, {"llc": array("I", entered)}))
    origin = Origin("19.1.7", "", "", "", "", len(table), table.digest)
    files = write_table(table), write_map(origin, tests)
    changed = [table.name(number) for part in parts[:_CHANGED] for number in part[:1]]
    begun = time.process_time()
    maps = tuple(read_map(files[1], "map") for _ in range(_FOLDERS))
    select(ReachMap(read_table(files[0], "functions"), maps), changed)
    return time.process_time() - begun
