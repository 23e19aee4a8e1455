"""What runs before main: every process runs it, so what differs there reaches every test, but for options.

The steps of both sides are compared object by object. An option that is new reaches nobody but who reads its
variable; one with another default, only those that read it. That is shown, not assumed: such an initialiser
stores into its own object and calls what belongs to `llvm::cl` or the standard library, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.reach.changed.blocks import BlockGraph
from harness.reach.changed.elf import SectionFlag
from harness.reach.changed.pairs import ObjectComparison
from harness.reach.changed.steps import Step, UnfollowedError, Value, follow
from harness.reach.names import FunctionName

# Who lists all options: what `-help` runs.
LISTS_OPTIONS = frozenset({FunctionName("CommandLine.cpp", "_ZN12_GLOBAL__N_111HelpPrinter9printHelpEv")})
_MAIN = "_GLOBAL__sub_I_"
# Calls that do nothing but to the object that is initialised, and enter it in the list of options. Functions
# of llvm::cl that do more (AddExtraVersionPrinter) are not among them.
_HARMLESS = re.compile(
    r"^(?:_ZNK?4llvm2cl\d+(?:opt|list|bits|alias|apply|Option|parser|generic_parser_base|getGeneralCategory)"
    r"|_ZNK?St|_ZSt(?!\d+set_)|__cxa_atexit$|_Zn[wa]|_Zd[la]|mem(?:cpy|set|move)$|strlen$"
    r"|_ZNK?4llvm\d\dSmall(?:Vector|PtrSet))"
)
_OPTION, _DEFAULT = "_ZN4llvm2cl6Option", "_ZTVN4llvm2cl11OptionValue"
_POINTER = 8


@dataclass(frozen=True, slots=True)
class Started:
    """What differs before main: `reasons` to count all of the unit, else base's `readers` of what does.

    `listed`: the list of all options is another one.
    """

    reasons: tuple[str, ...] = ()
    readers: frozenset[int] = frozenset()
    listed: bool = False
    initialisers: frozenset[int] = frozenset()


def compare_started(comparison: ObjectComparison) -> Started:
    """What differs of what both sides run before main."""
    base, patched = _functions(comparison.base), _functions(comparison.patched)
    differing = [n for n in base if comparison.is_changed(n)]
    if not differing and len(base) == len(patched):
        return Started()
    ours, others = _split(comparison.base, base)
    theirs, further = _split(comparison.patched, patched)
    if len(others) != len(further) or any(comparison.is_changed(n) for n in others):
        return Started((_describe(comparison.base, differing),))
    try:
        return _Objects(comparison).compare(ours, theirs)
    except UnfollowedError as why:
        return Started((f"{_describe(comparison.base, differing)}: {why}",))


def _functions(graph: BlockGraph) -> list[int]:
    """The functions that run before main or at the end, in order."""
    return [
        target
        for _, number in graph.started
        for _, _, to, _ in graph.blocks[number].edges
        if (target := graph.defined.get(to) if isinstance(to, str) else to) is not None
        and isinstance(target, int)
    ]


def _split(graph: BlockGraph, numbers: Iterable[int]) -> tuple[list[int], list[int]]:
    """The function that initialises the unit's objects, and those of single members of templates."""
    main = [n for n in numbers if any(name.startswith(_MAIN) for name in graph.blocks[n].own)]
    return main, [n for n in numbers if n not in main]


def _describe(graph: BlockGraph, numbers: Sequence[int]) -> str:
    names = sorted({name for n in numbers for name in (*graph.blocks[n].own, *graph.blocks[n].names)})
    return f"{', '.join(names)} differs, which runs before main" if names else "it has other initialisers"


@dataclass(frozen=True, slots=True)
class _Objects:
    """Compares the steps of two sides, object by object."""

    comparison: ObjectComparison

    def compare(self, ours: list[int], theirs: list[int]) -> Started:
        """What differs. Raises UnfollowedError where the steps cannot be told."""
        base, patched = self.comparison.base, self.comparison.patched
        mine = _group(base, [step for n in ours for step in follow(base, n)])
        his = _group(patched, [step for n in theirs for step in follow(patched, n)])
        if [name for name in mine if name in his] != [name for name in his if name in mine]:
            raise UnfollowedError("objects are initialised in another order")
        changed: set[str] = set()
        for name in [*mine, *(name for name in his if name not in mine)]:
            if name not in his:
                raise UnfollowedError(f"{name} is not initialised any more")
            if mine.get(name) != his[name]:
                self._require_harmless(name, mine.get(name), his[name])
                changed.add(name)
            elif any(self._is_other_data(used) for step in his[name] for used in _names(step)):
                raise UnfollowedError(f"{name} is initialised with other data")
        readers = self._readers({name for name in changed if name in mine}) - {*ours}
        return Started(readers=readers, listed=bool(changed), initialisers=frozenset(ours))

    def _require_harmless(self, name: str, old: Sequence[Step] | None, new: Sequence[Step]) -> None:
        """Raise UnfollowedError unless nobody notices but who reads the object."""
        patched = self.comparison.patched
        for step in (*(old or ()), *new):
            called = step.about[1] if step.kind == "call" else ("name", "__cxa_atexit")
            if not isinstance(called, tuple) or not _HARMLESS.search(str(called[-1])):
                raise UnfollowedError(f"{name} is initialised by other code than an option's")
            for used in _names(step):
                if used != name and _is_variable(patched, used):
                    raise UnfollowedError(f"{name} is initialised together with {used}")
        if old is not None and not _is_other_default(old, new):
            raise UnfollowedError(f"{name} is initialised in another way")
        if old is not None and name in self.comparison.base.defined:
            raise UnfollowedError(f"{name} differs, which other units may read")

    def _is_other_data(self, name: str) -> bool:
        """Whether a name is a constant's or table's that has another content."""
        for number in self._numbers(name):
            block = self.comparison.base.blocks[number]
            if not block.is_code and not _is_variable(self.comparison.base, name):
                return self.comparison.is_changed(number)
        return False

    def _numbers(self, name: str) -> tuple[int, ...]:
        base = self.comparison.base
        return base.local.get(name, ()) or tuple(n for n in (base.defined.get(name),) if n is not None)

    def _readers(self, names: Iterable[str]) -> frozenset[int]:
        """The functions of base that refer to these objects, directly or through data."""
        found = {number for name in names for number in self._numbers(name)}
        referrers: dict[int, set[int]] = {}
        for number, block in enumerate(self.comparison.base.blocks):
            for _, _, target, _ in block.edges:
                if isinstance(target, int):
                    referrers.setdefault(target, set()).add(number)
        pending, functions = list(found), set()
        while pending:
            for number in referrers.get(pending.pop(), ()):
                if self.comparison.base.blocks[number].is_code:
                    functions.add(number)
                elif number not in found:
                    found.add(number)
                    pending.append(number)
        return frozenset(functions)


def _group(graph: BlockGraph, steps: Sequence[Step]) -> dict[str, tuple[Step, ...]]:
    """The steps of each object, in order: each is about the first variable it names, or as the one before."""
    runs: list[tuple[str, int, list[Step]]] = []
    waiting: list[Step] = []
    for at, step in enumerate(steps):
        named = next((name for name in _names(step) if _is_variable(graph, name)), "")
        if named and (not runs or named != runs[-1][0]):
            runs.append((named, at - len(waiting), waiting))
            waiting = []
        # A call that names no variable makes the value of one; what is put on the stack is for a call.
        if not named and (step.kind == "call" or step.about[0] == "stack"):
            waiting.append(step)
        elif runs:
            runs[-1][2].extend([*waiting, step])
            waiting = []
        else:
            waiting.append(step)
    if waiting and not runs:
        raise UnfollowedError("code that initialises no object")
    if waiting:
        runs[-1][2].extend(waiting)
    found: dict[str, tuple[Step, ...]] = {}
    for name, start, mine in runs:
        found[name] = (*found.get(name, ()), *_relative(mine, start))
    return found


def _is_variable(graph: BlockGraph, name: str) -> bool:
    """Whether a name is that of data of the unit that can be written."""
    number = graph.defined.get(name, next(iter(graph.local.get(name, ())), None))
    if number is None:
        return False
    block = graph.blocks[number]
    return bool(block.flags & SectionFlag.WRITE) and not block.section.startswith(".data.rel.ro")


def _names(step: Step) -> Iterator[str]:
    """The names in a step, in order, but for that of what is called."""
    pending: list[object] = [*reversed(step.values), *([step.about] if step.kind != "call" else [])]
    while pending:
        one = pending.pop()
        if isinstance(one, tuple):
            if one and one[0] == "name":
                yield str(one[-1])
            else:
                pending.extend(reversed(one))


def _relative(steps: Sequence[Step], start: int) -> tuple[Step, ...]:
    """Steps with places on the stack, and what was loaded when, counted from where they begin."""
    lowest = min((n for step in steps for n in _offsets((step.about, *step.values))), default=0)

    def moved(value: object) -> object:
        if not isinstance(value, tuple):
            return value
        if value and value[0] == "stack" and len(value) == 2:
            return ("stack", int(value[1]) - lowest)
        if value and value[0] == "load":
            return (*value[:2], moved(value[2]), int(value[3]) - start)
        return tuple(moved(one) for one in value)

    def again(value: Value) -> Value:
        found = moved(value)
        assert isinstance(found, tuple)
        return found

    return tuple(Step(s.kind, again(s.about), tuple(again(value) for value in s.values)) for s in steps)


def _offsets(value: object) -> Iterator[int]:
    if isinstance(value, tuple):
        if value and value[0] == "stack" and len(value) == 2:
            yield int(value[1])
        else:
            for one in value:
                yield from _offsets(one)


def _is_other_default(old: Sequence[Step], new: Sequence[Step]) -> bool:
    """Whether two initialisers of an option differ in nothing but the numbers its value begins with.

    These follow what each option has: the value, then the default, which begins with the table of its class.
    """
    if len(old) != len(new) or not any(_calls(step).startswith(_OPTION) for step in old):
        return False
    starts = [
        step.about[2]
        for step in old
        if step.kind == "store" and step.about[0] == "address" and _DEFAULT in "".join(_names(step))
    ]
    if not starts:
        return False
    first = min(int(str(start)) for start in starts) - _POINTER
    for one, other in zip(old, new, strict=True):
        if one == other:
            continue
        is_store = (one.kind, other.kind) == ("store", "store") and one.about == other.about
        if not is_store or one.about[0] != "address" or int(str(one.about[2])) < first:
            return False
        if one.values[0] != other.values[0] or {one.values[1][0], other.values[1][0]} != {"number"}:
            return False
    return True


def _calls(step: Step) -> str:
    called = step.about[1] if step.kind == "call" else ()
    return str(called[-1]) if isinstance(called, tuple) and called else ""
