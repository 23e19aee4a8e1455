# -*- Python -*-
#
# Plain `lit lit-tests` runs the suite with the `llc` (and `lli`) found on PATH. Parameters, `--param NAME=VALUE`:
#
#   toolchain_bin=DIR   take the tools from DIR instead of PATH
#   features=a,b,c      what the toolchain can do; nothing is probed then
#   bounded=1           whoever drives lit bounds every program; do not wrap the tools
#   warm=N              programs inherit descriptor N, the channel to a server that has loaded what `%stackmap`
#                       runs (harness/warm)
#   filecheck=pypi|llvm the FileCheck to use: PyPI's `filecheck`, or the toolchain's `FileCheck`
#                       (default: PyPI's if this Python has it; with bounded=1 the command stays as written)
#   exec_root=DIR       where the tests write; two runs at the same time need two of them
#
# Every test is one file with one reason to exist; its first comment states it.

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys

import lit.formats

suite_root = os.path.dirname(os.path.abspath(__file__))
repository = os.path.dirname(suite_root)
if repository not in sys.path:
    sys.path.insert(0, repository)
from harness.litsite import bounds, execution  # noqa: E402
from harness.litsite import features as feature_names  # noqa: E402

# The harness that was imported, which need not be the one beside this suite: its programs run the tests too.
litsite = os.path.dirname(os.path.abspath(execution.__file__))
package_parent = os.path.dirname(os.path.dirname(litsite))

param = lit_config.params.get

bounded = param("bounded", "0") != "0"

config.name = "patchpoint"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = {".ll", ".test"}
config.excludes = {"Inputs", "Output"}
config.test_source_root = suite_root
config.test_exec_root = param("exec_root") or os.path.join(repository, "build", "lit-tests")

# For each stream and file; the harness reads it too. The most that a test needs is 450 KiB. Some wait for an llc that
# writes nops without end, and half a second for the 32 MiB that a tool of any suite may write.
config.max_output_mib = 2

toolchain_bin = param("toolchain_bin")
place = f"in {toolchain_bin}" if toolchain_bin else "on PATH"
if toolchain_bin:
    # The system's own folders are for `sed` and the like.
    config.environment["PATH"] = os.pathsep.join([toolchain_bin, "/usr/bin", "/bin"])


def find(name):
    """Where this tool of the toolchain is, or None. The system's LLVM never stands in for a missing tool."""
    return shutil.which(name, path=toolchain_bin or config.environment["PATH"])


def need(name, path, why):
    """The path of a program the suite cannot do without."""
    if path is None:
        lit_config.fatal(f"no `{name}` {place}: {why}")
    return path


def version_text(tool):
    """What a tool prints for --version, bounded like any other run of it."""
    ran = subprocess.run(
        [tool, "--version"],
        env=config.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=bounds.WALL_SECONDS,
    )
    return ran.stdout.decode("utf-8", "replace")


def probed_features(llc):
    """The features of the toolchain, from what its own tools say."""
    lli = find("lli")
    # Beside llc, or it is another LLVM's: a PATH that continues with the system's has tools of two.
    tools = frozenset(
        name
        for name in feature_names.OPTIONAL_TOOLS
        if (tool := find(name)) and os.path.dirname(tool) == os.path.dirname(llc)
    )
    try:
        return feature_names.suite_features(version_text(llc), version_text(lli) if lli else None, tools)
    except (ValueError, OSError, subprocess.TimeoutExpired) as error:
        lit_config.fatal(f"cannot tell what `{llc}` is: {error}; put an LLVM's bin folder first on PATH")


llc = need("llc", find("llc"), "put an LLVM's bin folder first on PATH, or pass --param toolchain_bin=DIR")
if param("features") is not None:
    available = frozenset(filter(None, param("features").split(",")))
else:
    available = probed_features(llc)
config.available_features.update(available)
# The IR of every test says `ptr`, which LLVM 13 cannot read: it is rewritten on the way there.
if "opaque-pointers" in available:
    typed = []
else:
    typed = [sys.executable, "-IS", os.path.join(litsite, "typed.py")]

# lit's own timeout can never be an expected failure, so the bounds are set around the tool: what runs into one
# just fails.
if bounded:
    bound = []
else:
    why = "it bounds the tools; or pass --param bounded=1 if something else does"
    bound = [
        need("timeout", shutil.which("timeout"), why),
        "-k",
        str(bounds.CPU_GRACE_SECONDS),
        str(bounds.WALL_SECONDS),
        need("prlimit", shutil.which("prlimit"), why),
        f"--cpu={bounds.CPU_SECONDS}:{bounds.CPU_SECONDS + bounds.CPU_GRACE_SECONDS}",
        f"--as={bounds.MEMORY_BYTES}",
        f"--fsize={config.max_output_mib << 20}",
        "--core=0",
    ]
    # Nobody reads the frames of an expected crash here, and naming them takes longer than the rest of the test.
    config.environment["LLVM_DISABLE_SYMBOLIZATION"] = "1"
options = list(feature_names.extra_options(available))


def substitute(name, command):
    """Replace a program's name, standing alone in a RUN line, by a command."""
    text = " ".join(map(shlex.quote, command)).replace("\\", "\\\\")
    config.substitutions.append((rf"(?<![\w./%=<>-])\b{name}\b(?![\w./=-])", text))


# One line for each location instead of six directives. -I -S: it needs no more, and starts faster so.
config.substitutions.append(
    ("%records", shlex.join([sys.executable, "-IS", os.path.join(litsite, "records.py")]))
)
# These first: what they stand for contains `lli`, which is replaced in turn.
config.substitutions.append(("%mcjit", "lli -jit-kind=mcjit"))
# Before, ORC only compiled lazily.
orc = "orc" if "llvm-ge-13" in available else "orc-lazy"
config.substitutions.append(("%orc", f"lli -jit-kind={orc}"))
if find("lli") and find("llvm-as"):
    # The wheel's stand-in for lli, which has no other tools of LLVM beside it, reads one module only.
    config.available_features.add("extra-module")
if bound or options or typed:
    # Without them, the names stay as written and lit finds them on PATH.
    substitute("llc", [*bound, *typed, llc, *options])
    for name in ("lli", "opt"):
        tool = find(name)
        if tool:
            substitute(name, [*bound, *typed, tool, *options])

# Programs made of the tested llc's objects are run for real. What they are assembled, linked and run with is
# never under test: it is the release's, or the machine's own.
for machine, parts in execution.machines(find, lambda name: shutil.which(name, path=config.environment["PATH"])):
    config.available_features.add(f"run-{machine}")
    for name, command in parts.items():
        prefix = bound if name == "run" else []
        config.substitutions.append((f"%{name}-{machine}", " ".join(map(shlex.quote, [*prefix, *command]))))
if execution.has_oracle():
    config.available_features.add("roots-oracle")
    # Not by PYTHONPATH: lit sets it to a folder of its own for the rest of a test that runs its `cat`.
    path = f'import sys; sys.path.insert(0, "{package_parent}")'
    if param("warm"):
        from harness.warm import client

        config.environment[client.WARM] = param("warm")
        # -I -S: it needs no more, and is the command itself if there is no server.
        oracle = [sys.executable, "-IS", "-c", f"{path}; from harness.warm.client import main; main()"]
        oracle += ["harness.stackmaps.command"]
    else:
        oracle = [sys.executable, "-c", f"{path}; from harness.stackmaps.command import main; main()"]
    config.substitutions.append(("%stackmap", shlex.join(oracle)))
    # The program is the first argument; it finds the harness too, and the llvmlite whose LLVM is tested, which need not
    # be the installed one (PACKAGE of harness/toolchain/wheel/tool.py).
    other = os.path.join(os.path.dirname(llc), ".llvmlite")
    package = f'; sys.path.insert(0, "{os.path.realpath(other)}")' if os.path.islink(other) else ""
    program = f"{path}{package}; import runpy; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"
    config.substitutions.append(("%python", shlex.join([*bound, sys.executable, "-c", program])))

filecheck = param("filecheck")
if filecheck not in {None, "pypi", "llvm"}:
    lit_config.fatal(f"--param filecheck={filecheck}: say pypi or llvm")
if filecheck is None and not bounded:
    filecheck = "pypi" if importlib.util.find_spec("filecheck") else "llvm"
if filecheck == "pypi":
    if importlib.util.find_spec("filecheck") is None:
        lit_config.fatal(f"--param filecheck=pypi, but {sys.executable} has no `filecheck`: pip install filecheck")
    substitute("FileCheck", [sys.executable, "-m", "filecheck"])
elif filecheck == "llvm" and find("FileCheck") is None:
    lit_config.fatal(f"no `FileCheck` {place}: it comes with LLVM's tools, or pip install filecheck")
