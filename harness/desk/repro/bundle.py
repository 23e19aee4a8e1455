"""A case as an archive for somebody else: the input, what is expected, a script that needs bash and llc."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator

from harness.desk.repro.record import ReproReport, encode
from harness.desk.repro.run import INPUT, Reproducer
from harness.model import CrashKind, Signature
from harness.printable import one_line, safe_line, safe_text

# What `normalise` puts in place of what differs between runs.
_PLACEHOLDER = re.compile(r"0x\.\.\.|(?<= )\.\.\.")
_SCRIPT = r"""#!/usr/bin/env bash
# {command}
#
# Usage: bash repro.sh [FOLDER]. Runs the tools in FOLDER, or on PATH, also as llc-19 and the like.
# Ends with 0 if this is seen, 1 if not, 2 if a tool is missing:
#   {expected}
here=${{BASH_SOURCE[0]%/*}}
[[ $here == "${{BASH_SOURCE[0]}}" ]] && here=.
folder=${{1:-}}
needle={needle}
statuses=({statuses})
# Which of the tools that are joined by pipes ends so; all if it is not known.
stages=({stages})

find_tool() {{
  local name
  for name in "$1" "$1"-{{9..40}}; do
    if [[ -n $folder ]]; then
      [[ -x $folder/$name ]] && {{ tool=$folder/$name; return; }}
    else
      tool=$(type -P "$name") && return
    fi
  done
  echo "repro.sh: $1: not found${{folder:+ in $folder}}" >&2
  exit 2
}}

{tools}
run() {{
  ulimit -c 0 -t {seconds} -v {kilobytes}
  {pipeline}
  status=("${{PIPESTATUS[@]}}")
  printf '\nstatus %s\n' "${{status[*]}}"
}}

# Standard output is what the tools write; only messages are looked at.
exec 3>&1
output=$(run 2>&1 3>&-)
printf '%s\n' "$output" >&3
ended=(${{output##*status }})
seen=1
if [[ -n $needle ]]; then
  [[ $output == *"$needle"* ]] && seen=0
else
  for stage in "${{stages[@]}}"; do
    [[ " ${{statuses[*]}} " == *" ${{ended[stage]}} "* ]] && seen=0
  done
fi
[[ $seen == 0 ]] && echo "repro.sh: reproduced" || echo "repro.sh: not reproduced"
exit $seen
"""


def make_bundle(case: Reproducer, report: ReproReport, expected: Signature) -> bytes:
    """The archive (.tar.gz). Its names are below a folder that is called as the input is."""
    top = case.name.partition(".")[0]
    files = {
        case.name: (case.text, 0o644),
        "repro.sh": (script(case, expected).encode(), 0o755),
        "record.json": (encode(report), 0o644),
        "expected.txt": (f"{safe_text(expected.description)}\n".encode(), 0o644),
        "toolchains.txt": ("".join(f"{line}\n" for line in _manifest(report)).encode(), 0o644),
    }
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def _manifest(report: ReproReport) -> Iterator[str]:
    for one in report.reproductions:
        yield safe_line(f"{one.place}: LLVM {one.version} ({one.provenance}): {one.observation.description}")


def script(case: Reproducer, expected: Signature) -> str:
    """The text of repro.sh."""
    from shlex import quote

    from harness.litsite.bounds import CPU_SECONDS, MEMORY_BYTES

    tools = dict.fromkeys(step.tool for step in case.steps)
    variables = {tool: f"tool{number}" for number, tool in enumerate(tools)}
    found = "\n".join(f"find_tool {quote(tool)}; {name}=$tool" for tool, name in variables.items())
    source = f'"$here"/{quote(case.name)}'
    parts = []
    for number, step in enumerate(case.steps):
        words = [quote(word).replace(INPUT, "'" + source + "'") for word in step.options]
        named = any(INPUT in word for word in step.options)
        given = [] if named else [source if number == 0 else "-"]
        output = "/dev/null" if number == len(case.steps) - 1 else "-"
        parts.append(" ".join([f'"${variables[step.tool]}"', *words, *given, "-o", output]))
    return _SCRIPT.format(
        command=one_line(case.command.replace(INPUT, case.name)),
        expected=one_line(expected.description),
        needle=quote(_needle(expected)),
        statuses=" ".join(map(str, _statuses(expected))),
        stages=" ".join(map(str, _stages(case, expected))),
        tools=found,
        seconds=CPU_SECONDS,
        kilobytes=MEMORY_BYTES >> 10,
        pipeline=" | ".join(parts),
    )


def _stages(case: Reproducer, expected: Signature) -> list[int]:
    """The places of the tool that fails; of all tools if none is named."""
    every = list(range(len(case.steps)))
    return [at for at in every if case.steps[at].tool == expected.tool] or every


def _needle(expected: Signature) -> str:
    """The longest piece of the message that every run prints; empty if the status says it."""
    if expected.kind in {CrashKind.SIGNAL, CrashKind.LIMIT}:
        return ""
    return max((part.strip() for part in _PLACEHOLDER.split(expected.message)), key=len)


def _statuses(expected: Signature) -> tuple[int, ...]:
    """What a shell says of the program's end."""
    import signal

    if expected.kind is CrashKind.LIMIT:
        return 128 + signal.SIGXCPU, 128 + signal.SIGKILL
    if expected.kind is CrashKind.SIGNAL and expected.message in signal.Signals.__members__:
        return (128 + signal.Signals[expected.message],)
    return tuple(range(129, 160))
