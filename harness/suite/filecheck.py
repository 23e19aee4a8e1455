"""PyPI's filecheck inside this process: a process of its own costs more than most tests do."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checked:
    """What FileCheck said: its exit code (0: the checks hold), its messages, and the text it was given."""

    returncode: int
    message: str
    text: str


def check(arguments: Sequence[str], stdin: str | None, cwd: Path) -> Checked:
    """Run FileCheck on `stdin`, or on the file of --input-file if there is one.

    `arguments` are those after the program's name; relative files are meant from `cwd`. A FileCheck that
    breaks down raises; lit makes that an UNRESOLVED test.
    """
    from filecheck.finput import FInput
    from filecheck.matcher import Matcher
    from filecheck.options import parse_argv_options
    from filecheck.parser import Parser

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        options = parse_argv_options(["FileCheck", *arguments])
        options.match_filename = str(cwd / options.match_filename)
        if options.input_file == "-":
            text = stdin or ""
        else:
            options.input_file = str(cwd / options.input_file)
            try:
                text = Path(options.input_file).read_bytes().decode("utf-8", "replace")
            except OSError as error:
                # As LLVM's does it: the checks fail, the tool is not broken.
                return Checked(2, f"Could not open input file '{options.input_file}': {error.strerror}", "")
        code = Matcher(options, FInput(options.input_file, text), Parser.from_opts(options)).run()
    return Checked(code, said.getvalue(), text)
