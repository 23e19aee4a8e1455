"""Patch coverage in reports: as lines for a person, as lcov's tracefile."""

from __future__ import annotations

from harness.coverage import PatchCoverage
from harness.printable import one_line
from harness.report.record import CheckReport

_SHOWN = 20


def describe_coverage(coverage: PatchCoverage) -> list[str]:
    """What was executed, in lines; those that go into detail are indented."""
    if coverage.trouble:
        return [f"coverage unknown: {one_line(coverage.trouble)}"]
    missed, one_sided = list(coverage.missed), list(coverage.one_sided)
    found = []
    if coverage.total:
        rest = "; never executed:" if missed else ""
        found.append(f"patch coverage {coverage.covered} of {coverage.total} lines{rest}")
    elif coverage.files:
        found.append("patch coverage: no line that the patch adds can execute")
    found += _shortened([f"{path}:{line.number}  +{line.text}" for path, line in missed])
    if one_sided:
        found.append("branches never taken:")
        found += _shortened(
            [f"{p}:{one.number}  never {one.lacking}: {one.condition}" for p, one in one_sided]
        )
    return found + [f"coverage unknown of {line}" for line in coverage.unknown]


def _shortened(lines: list[str]) -> list[str]:
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"  {line}" for line in (*lines[:_SHOWN], *more)]


def percentage(coverage: PatchCoverage | None) -> str:
    """`84 %` for a table; a dash if there is none."""
    percent = coverage.percent if coverage is not None else None
    return "-" if percent is None else f"{percent} %"


def write_lcov(report: CheckReport) -> str:
    """lcov's tracefile of the lines and branches that the series add (geninfo(1)): what genhtml reads."""
    out = []
    for series in report.series:
        for file in (series.coverage or PatchCoverage()).files:
            out += [f"TN:{one_line(series.name)}", f"SF:{one_line(file.path)}"]
            for number, one in enumerate(file.branches):
                evaluated = one.true or one.false
                for side, count in enumerate((one.true, one.false)):
                    out.append(f"BRDA:{one.number},{number},{side},{count if evaluated else '-'}")
            out += [f"BRF:{2 * len(file.branches)}"]
            out += [f"BRH:{sum(bool(count) for one in file.branches for count in (one.true, one.false))}"]
            out += [f"DA:{line.number},{line.count}" for line in file.lines]
            out += [f"LF:{len(file.lines)}", f"LH:{sum(bool(line.count) for line in file.lines)}"]
            out.append("end_of_record")
    return "".join(f"{line}\n" for line in out)
