"""Smaller functions, and the loop that keeps the smallest one for which a predicate is true. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from harness.fuzz.ir import Branch, IRFunction, Literal, Loop, Site, Statement

T = TypeVar("T")
MOST_TRIES = 500
# Ids below this are not shrunk further.
_SMALL = 2**20


def reduce(start: IRFunction, holds: Callable[[IRFunction], bool], most: int = MOST_TRIES) -> IRFunction:
    """The smallest function found for which `holds`, called `most` times at most, is true.

    It has to be true for `start`. Greedy: what is removed stays removed, and the search continues from there.
    """
    current, at, since = start, 0, 0
    for _ in range(most):
        candidate = next(islice(smaller_functions(current), at, None), None)
        if candidate is None:
            if since == 0:
                break
            at = since = 0
            continue
        if holds(candidate):
            current = candidate
            since += 1
        else:
            at += 1
    return current


def smaller_functions(function: IRFunction) -> Iterator[IRFunction]:
    """Every valid function that is one step smaller, big steps first."""
    for body in _bodies(function.body):
        yield replace(function, body=body)
    for kept in _without(function.kept):
        yield replace(function, kept=kept)
    for parameters in _without(function.parameters):
        yield replace(function, parameters=parameters)
    for attributes in _without(function.attributes):
        yield replace(function, attributes=attributes)
    if function.convention:
        yield replace(function, convention="")
    if function.result != Literal("i64", 0):
        yield replace(function, result=Literal("i64", 0))


def _without(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """A sequence without a part of it: all, halves, quarters, down to single items."""
    size = len(items)
    while size:
        for start in range(0, len(items), size):
            yield (*items[:start], *items[start + size :])
        size //= 2


def _bodies(body: tuple[Statement, ...]) -> Iterator[tuple[Statement, ...]]:
    yield from _without(body)
    for index, one in enumerate(body):
        before, after = body[:index], body[index + 1 :]
        if isinstance(one, Branch | Loop):
            yield (*before, *one.body, *after)
        for other in _statements(one):
            yield (*before, other, *after)


def _statements(one: Statement) -> Iterator[Statement]:
    if isinstance(one, Branch | Loop):
        for body in _bodies(one.body):
            yield replace(one, body=body)
    if isinstance(one, Loop) and one.count > 1:
        yield replace(one, count=1)
    if isinstance(one, Site):
        for live in _without(one.live):
            yield replace(one, live=live)
        for arguments in _without(one.arguments):
            yield replace(one, arguments=arguments)
        if one.convention:
            yield replace(one, convention="")
        if one.number is not None:
            yield replace(one, number=None)
        if one.id > _SMALL:
            yield replace(one, id=one.id % _SMALL)
