"""Pure: a pipeline of opt's new pass manager, such as `function(sroa,gvn<>),dce`, with fewer passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from harness.desk.reduce.text import minimise

_NESTED = re.compile(r"(?P<head>[\w-]+(?:<[^()]*>)?)\((?P<inner>.*)\)", re.S)


def shorten_pipeline(pipeline: str, holds: Callable[[str], bool]) -> str:
    """The pipeline, which holds, without the passes that it holds without, at any depth."""

    def together(passes: Sequence[str]) -> bool:
        return bool(passes) and holds(",".join(passes))

    passes = minimise(list(split_passes(pipeline)), together)
    for place, one in enumerate(passes):
        if (nested := _NESTED.fullmatch(one)) is not None:
            before, head, after = passes[:place], nested["head"], passes[place + 1 :]

            def inside(
                inner: str, before: list[str] = before, head: str = head, after: list[str] = after
            ) -> bool:
                return together([*before, f"{head}({inner})", *after])

            passes[place] = f"{head}({shorten_pipeline(nested['inner'], inside)})"
    return ",".join(passes)


def split_passes(pipeline: str) -> Iterator[str]:
    """The passes of a pipeline at its top, each with what is in its brackets."""
    depth, start = 0, 0
    for place, letter in enumerate(pipeline):
        depth += (letter in "(<") - (letter in ")>")
        if letter == "," and depth == 0:
            yield pipeline[start:place]
            start = place + 1
    yield pipeline[start:]
