"""Reading profiles with LLVM's own tools, which know their format and that of the mapping to source."""

from __future__ import annotations

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
        merged = _merge(tools, profiles, folder)
        export = ["export", "-format=text", "-skip-functions", "-skip-expansions"]
        first, *others = objects
        names = [word for one in others for word in ("-object", str(one))]
        argv = [*export, f"-compilation-dir={root}", *merged, str(first), *names, *sources]
        text = _run([str(tools.cov), *argv])
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
        _run([str(tools.profdata), "merge", "-sparse", "-o", str(target), *map(str, profiles)])


def _merge(tools: CoverageTools, profiles: Iterable[Path], folder: Path) -> list[str]:
    """The argument for llvm-cov that names all profiles, merged."""
    # One of them is of a function that nobody has: llvm-profdata refuses to merge nothing.
    inputs, merged, nobody = folder / "inputs", folder / "merged.profdata", folder / "nobody.proftext"
    nobody.write_text("nobody\n0\n1\n1\n")
    inputs.write_text("\n".join([str(nobody), *sorted(map(str, profiles))]))
    _run([str(tools.profdata), "merge", "-sparse", "-f", str(inputs), "-o", str(merged)])
    return [f"-instr-profile={merged}"]


def _run(argv: list[str]) -> bytes:
    done = process.run(argv, limits=_LIMITS)
    if not done.ok:
        what = f"{Path(argv[0]).name} cannot read the profiles"
        raise EnvironmentLacksError(what, "run without coverage", done.text[-2000:])
    return done.stdout


def require_profile(tool: Path) -> None:
    """Raise EnvironmentLacksError unless a tool that counts leaves a profile where it is told to."""
    with scratch.folder("coverage") as folder:
        done = process.run([tool, "--version"], env={VARIABLE: f"{folder}{PATTERN}"})
        if not list(folder.glob("*.profraw")):
            what = f"{tool.name} leaves no profile"
            raise EnvironmentLacksError(what, "run without coverage", done.text[-2000:])
