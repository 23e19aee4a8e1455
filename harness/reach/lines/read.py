"""Reading profiles with LLVM's own tools, which know their format and that of the mapping to source."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness import process
from harness.errors import EnvironmentLacksError
from harness.llvm import CoverageTools
from harness.process import scratch
from harness.reach.lines.counts import LineCounts, read_export
from harness.reach.lines.reaching import Read

# `%c`: counters are in the file itself, whatever becomes of the process. `%m`: processes share a file, for
# each tool another.
PATTERN = "/%c%m.profraw"
VARIABLE = "LLVM_PROFILE_FILE"
_LIMITS = process.Limits(wall=600, cpu=600, memory=0, output=0)


def read_counts(
    tools: CoverageTools, profiles: Iterable[Path], objects: Sequence[Path], root: Path, paths: Iterable[str]
) -> dict[str, LineCounts]:
    """What the profiles say of files, by their paths below the source's `root`.

    `objects` are the units' own, which hold the mapping; without a profile no line was executed. Raises
    EnvironmentLacksError if LLVM's tools cannot read them.
    """
    import msgspec

    sources = {str(root / path): path for path in paths if (root / path).is_file()}
    if not objects or not sources:
        return {}
    with scratch.folder("coverage") as folder:
        merged = _merge(tools, tuple(profiles), folder)
        export = ["export", "-format=text", "-skip-functions", "-skip-expansions"]
        first, *others = objects
        names = [word for one in others for word in ("-object", str(one))]
        argv = [*export, f"-compilation-dir={root}", *merged, str(first), *names, *sources]
        # Of each file of source: a checkout's root would show all of its history.
        reads = {path.parent for path in (*objects, *map(Path, sources))}
        text = _run(tools, [str(tools.cov), *argv], folder, reads)
    try:
        found = read_export(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        raise EnvironmentLacksError(f"llvm-cov wrote no JSON: {error}", "run without coverage") from None
    return {sources[name]: counts for name, counts in found.items() if name in sources}


def make_reader(
    tools: CoverageTools,
    kept: Mapping[str, Sequence[Path]],
    objects: Sequence[Path],
    root: Path,
    paths: Iterable[str],
) -> Read:
    """What reads the counts of several tests together; `kept` are the profiles of each."""
    wanted = tuple(paths)

    def read(tests: Iterable[str]) -> dict[str, LineCounts]:
        profiles = (profile for test in tests for profile in kept[test])
        return read_counts(tools, profiles, objects, root, wanted)

    return read


def compact(tools: CoverageTools, folder: Path, target: Path) -> None:
    """Make one small file of the profiles in a folder; none if it has none."""
    if profiles := sorted(folder.glob("*.profraw")):
        with scratch.folder("coverage") as place:
            made = place / target.name
            words = ["merge", "-sparse", "-o", str(made), *map(str, profiles)]
            _run(tools, [str(tools.profdata), *words], place, [folder])
            if process.is_regular(made):
                shutil.move(made, target)


def _merge(tools: CoverageTools, profiles: Sequence[Path], folder: Path) -> list[str]:
    """The argument for llvm-cov that names all profiles, merged."""
    # One of them is of a function that nobody has: llvm-profdata refuses to merge nothing.
    inputs, merged, nobody = folder / "inputs", folder / "merged.profdata", folder / "nobody.proftext"
    nobody.write_text("nobody\n0\n1\n1\n")
    inputs.write_text("\n".join([str(nobody), *sorted(map(str, profiles))]))
    argv = [str(tools.profdata), "merge", "-sparse", "-f", str(inputs), "-o", str(merged)]
    _run(tools, argv, folder, {profile.parent for profile in profiles})
    return [f"-instr-profile={merged}"]


def _run(tools: CoverageTools, argv: list[str], folder: Path, reads: Iterable[Path]) -> bytes:
    """What one of LLVM's tools writes, which reads files that a patch's tools and compiler made."""
    places = (*tools.homes, Path(argv[0]).parent, *reads)
    done = process.run_enclosed(argv, folder, places, limits=_LIMITS)
    if not done.ok:
        what = f"{Path(argv[0]).name} cannot read the profiles"
        raise EnvironmentLacksError(what, "run without coverage", done.text[-2000:])
    return done.stdout


def require_profile(tool: Path, reads: Iterable[Path]) -> None:
    """Raise EnvironmentLacksError unless a tool that counts leaves a profile where it is told to.

    `reads` are the folders that it needs, with its own.
    """
    with scratch.folder("coverage") as folder:
        env = {VARIABLE: f"{folder}{PATTERN}"}
        done = process.run_enclosed([tool, "--version"], folder, reads, env=env)
        if not list(folder.glob("*.profraw")):
            what = f"{tool.name} leaves no profile"
            raise EnvironmentLacksError(what, "run without coverage", done.text[-2000:])
