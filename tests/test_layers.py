"""The rules of the code: which module may import which, how long one may be, who may start programs."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli import COMMANDS, module_of
from tests.parsed import PACKAGE, modules

REPOSITORY = Path(__file__).parents[1]
TESTS = REPOSITORY / "tests"
# Tests at the top that are of no module: of scripts, documents, the suite, and of how the tests run.
ABOUT_THE_REPOSITORY = frozenset(
    {"docs", "groups", "guard", "installed", "layers", "lit_config", "locks", "names", "outside_jails"}
)
# `bench` prints times, which no test can hold.
WITHOUT_TESTS = frozenset({"bench"})

# From the bottom up: names in one row never import each other, and import only from the rows before.
ROWS = (
    ("ir", "patch", "printable", "targets"),
    ("coverage", "litsite", "model", "llvm", "errors", "progress"),
    ("cell",),
    ("faults", "imports", "process", "resources", "store", "toml_text"),
    ("apt", "artifacts", "console", "crash", "git", "warm"),
    ("toolchain", "series", "builders", "runner", "reach", "report", "stackmaps", "history"),
    ("mapping",),
    ("authoring", "check", "fuzz"),
    ("compile_only", "desk", "mutation", "preflight", "selftest"),
    ("ledger", "matrix"),
    ("bench", "ci_files", "pytest_plugin", "soak"),
    ("cli",),
)
LEVELS = {name: level for level, row in enumerate(ROWS) for name in row}
# What importing the harness must not import: start-up stays under 0.3 s.
HEAVY = frozenset(
    {
        "rich",
        "lit",
        "llvmlite",
        "filecheck",
        "msgspec",
        "capstone",
        "elftools",
        "numpy",
        "tree_sitter",
        "zstandard",
        "sqlalchemy",
        "alembic",
        "fsspec",
        "distributed",
        "psycopg",
        "s3fs",
    }
)
# What prints for a user.
COMMAND = re.compile(r"^(cli|console)\.|^stackmaps\b.*\bcommand$")
MOST_MODULE_LINES = 400
MOST_FUNCTION_LINES = 60
ENTRIES = ("harness.cli", *(f"harness.cli.{module_of(name)}" for name in COMMANDS))

# The one module that may start programs. The others only need subprocess's constants for `process.Child`.
STARTS_PROGRAMS = "process.child"
# Other ways to start programs; forking and becoming another program are named where they are meant.
STARTERS = frozenset(
    f"os.{name}"
    for name in ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")
)
FORKS_ITSELF = frozenset({"process.enclosed", "toolchain.wheel.embedded", "warm.server"})
BECOMES_ANOTHER = frozenset(
    {
        "process.enclosed",
        "toolchain.wheel.client",
        "warm.client",
        "runner.symbolizer_client",
        "litsite.typed",
    }
)

# Programs that the harness or a test starts, and whose end it reads itself.
ENDS_ITSELF = frozenset({"process.enclosed", "runner.worker", "litsite.records", "litsite.typed"})


def imported(tree: ast.AST) -> set[str]:
    """The modules of the harness that a module imports, anywhere in it, as `builders.graph`.

    A string that is the name of a module counts: `python -m` and importlib take it.
    """
    found: set[str] = set()
    known = modules().keys()
    named = {f"harness.{name}" for name in known}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            of_ours = {name for name in inner if name.removeprefix("harness.") in known}
            found |= of_ours or {str(node.module)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {node.value} & named
    return {name.removeprefix("harness.") for name in found if name.startswith("harness.")}


def programs_imported(tree: ast.AST) -> bool:
    """Whether a module imports `subprocess` or another way to start programs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {str(node.module).split(".")[0]}
        else:
            continue
        if names & {"subprocess", "multiprocessing", "pty", "_posixsubprocess"}:
            return True
    return False


def os_calls(tree: ast.AST) -> set[str]:
    """The functions of `os` that a module calls: `os.fork`."""
    return {
        f"os.{node.func.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "os"
    }


def offences(importer: str, names: set[str]) -> Iterator[str]:
    """Imports of one module that do not point downwards."""
    package = importer.split(".", maxsplit=1)[0]
    for name in sorted(names):
        other = name.split(".")[0]
        if other not in LEVELS:
            yield f"harness.{importer} imports harness.{name}, which is in no layer"
        elif other != package and LEVELS[other] >= LEVELS[package]:
            yield f"harness.{importer} imports harness.{name}, which is not below it"


def test_every_module_is_in_a_layer() -> None:
    packages = {name.split(".")[0] for name in modules()} - {""}
    assert packages == set(LEVELS)


def test_the_documents_show_these_layers() -> None:
    page = (REPOSITORY / "docs/architecture.md").read_text()
    table = page.split("| layer |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    shown = [frozenset(re.findall(r"`(\w+)`", line)) for line in table]
    assert shown == [frozenset(row) for row in reversed(ROWS)]


def test_imports_point_downwards_only() -> None:
    found = [line for name, tree in modules().items() if name for line in offences(name, imported(tree))]
    assert found == []


@pytest.mark.parametrize(
    ("importer", "text", "offence"),
    [
        ("store", "from harness.builders import graph", "harness.store imports harness.builders.graph, "),
        (
            "builders.graph",
            "import harness.runner.runs",
            "harness.builders.graph imports harness.runner.runs, ",
        ),
        (
            "runner.pool",
            "argv = ['-m', 'harness.check.job']",
            "harness.runner.pool imports harness.check.job, ",
        ),
        (
            "crash.frames",
            "def f():\n import harness.check.judge",
            "harness.crash.frames imports harness.check.judge, ",
        ),
        ("model", "from harness.errors import UsageError", "harness.model imports harness.errors, "),
    ],
)
def test_an_import_upwards_or_sideways_is_found(importer: str, text: str, offence: str) -> None:
    found = list(offences(importer, imported(ast.parse(text))))
    assert found == [f"{offence}which is not below it"]


def test_no_modules_import_each_other() -> None:
    graph = {name: imported(tree) & modules().keys() - {name} for name, tree in modules().items()}
    # An __init__ says what its package is and imports nothing, but for those of `cli` and `process`, whose
    # modules import their neighbours by name.
    tuple(graphlib.TopologicalSorter(graph).static_order())


def test_only_process_can_start_programs() -> None:
    assert [name for name, tree in modules().items() if programs_imported(tree)] == [STARTS_PROGRAMS]


def test_nobody_else_starts_programs_in_another_way() -> None:
    started = {name: os_calls(tree) & STARTERS for name, tree in modules().items() if name != STARTS_PROGRAMS}
    found = {name: calls for name, calls in started.items() if calls}
    assert found == {name: {"os.fork"} for name in FORKS_ITSELF}
    becoming = {
        name
        for name, tree in modules().items()
        if any(call.startswith(("os.exec", "os.spawn")) for call in os_calls(tree))
    }
    assert becoming == BECOMES_ANOTHER


def test_programs_of_ours_end_as_the_command_line_does() -> None:
    """Python ends an unforeseen exception with 1, and 1 means a verdict."""
    main, ended = 'if __name__ == "__main__":\n', "    sys.exit(run_program(lambda: main(sys.argv[1:])))\n"
    texts = {name: (PACKAGE / f"{name.replace('.', '/')}.py") for name in modules()}
    ends = {
        name: path.read_text().partition(main)[2]
        for name, path in texts.items()
        if path.is_file() and main in path.read_text()
    }
    assert {name for name, end in ends.items() if end == ended} > {
        "bench.job",
        "ledger.page",
        "authoring.lint",
    }
    assert {name for name, end in ends.items() if end != ended} == ENDS_ITSELF


def test_commands_print_through_one_module() -> None:
    """Otherwise the text of a tool, a patch or an object would reach the terminal as it is."""
    direct = re.compile(r"click\.s?echo\(|\bprint\(|sys\.std(out|err)\.write")
    paths = [PACKAGE / f"{name.replace('.', '/')}.py" for name in modules() if COMMAND.search(name)]
    found = {path.name for path in paths if path.is_file() and direct.search(path.read_text())}
    assert found == {"say.py"}


def test_no_module_is_too_long() -> None:
    paths = [path for folder in (PACKAGE, REPOSITORY / "tests") for path in folder.rglob("*.py")]
    lengths = {str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines()) for path in paths}
    assert {"harness/check/judge.py", "tests/test_layers.py"} <= lengths.keys()
    assert {name: lines for name, lines in lengths.items() if lines > MOST_MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{name}.{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 100
    assert {name: lines for name, lines in lengths.items() if lines > MOST_FUNCTION_LINES} == {}


def test_no_module_is_a_catch_all() -> None:
    catch_alls = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert [name for name in modules() if catch_alls & set(name.split("."))] == []


def subject_of(path: Path) -> str:
    """What a test file of a package is about, if it imports that or what its neighbours know of it."""
    folder = path.parent.relative_to(TESTS).parts[0]
    named = re.findall(r"^ *(?:from|import) (?:harness|tests)\.(\w+)", path.read_text(), re.MULTILINE)
    named += re.findall(r"^ *from harness import (\w+)", path.read_text(), re.MULTILINE)
    # The command line is run as a user runs it.
    return folder if folder in named or folder == "cli" else ""


def test_the_tests_lie_where_what_they_test_lies() -> None:
    tests = sorted(TESTS.rglob("test_*.py"))
    folders = {path.parent.relative_to(TESTS) for path in tests} - {Path()}
    assert [str(folder) for folder in folders if not (PACKAGE / folder / "__init__.py").is_file()] == []
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages - {folder.parts[0] for folder in folders} == WITHOUT_TESTS
    assert [str(path) for path in tests if path.parent != TESTS and not subject_of(path)] == []


def test_no_two_test_files_have_one_name() -> None:
    """pytest takes them for one module, and refuses the second."""
    counts = Counter(path.name for path in TESTS.rglob("test_*.py"))
    assert {name: count for name, count in counts.items() if count > 1} == {}


def test_a_test_at_the_top_is_of_a_module_at_the_top() -> None:
    known = {path.stem for path in PACKAGE.glob("*.py")} | ABOUT_THE_REPOSITORY
    names = [path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")]
    assert {"patch", "layers"} <= set(names)
    assert [name for name in names if not any(f"{name}_".startswith(f"{one}_") for one in known)] == []


def loaded(module: str) -> set[str]:
    """The top-level names of all modules that a fresh Python has loaded after importing `module`."""
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    argv = [sys.executable, "-c", code]
    ran = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("module", ENTRIES)
def test_the_command_line_starts_without_heavy_imports(module: str) -> None:
    assert loaded(module) & HEAVY == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert "msgspec" in loaded("msgspec, harness.cli")
