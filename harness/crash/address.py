"""Pure: at which instruction of which file a program died, where its functions have no names.

    ` #3 0x00007f... (/lib/x86_64-linux-gnu/libc.so.6+0x3c050)`                 the handler's return
    ` #4 0x00007f... (/usr/lib/llvm-19/lib/libLLVM.so.19.1+0x3b075ce)`          where it died

Two runs of one file that die there die in the same place. Of two builds it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.crash.death import LONGEST_LINE

_FRAME = re.compile(r"^\s*#(?P<number>\d{1,4})\s+0x[0-9A-Fa-f]+\s(?P<rest>.*)$")
_MODULE = re.compile(r"\((?P<file>[^()]+)\+(?P<offset>0x[0-9A-Fa-f]+)\)(?: \(BuildId: [0-9a-f]+\))?$")
_LIBC = re.compile(r"(?:^|/)(?:libc|libpthread|libc-\d[\d.]*|ld-linux[\w-]*|ld-musl[\w-]*)\.so")
_RETURN = re.compile(r"\b(?:__restore_rt|_sigtramp)\b")


def died_at(lines: Iterable[str]) -> str:
    """`libLLVM.so.19.1+0x3b075ce`: the innermost frame below the signal handler's that is not of libc."""
    handled, last = False, -1
    for line in lines:
        match = _FRAME.match(line) if len(line) < LONGEST_LINE else None
        if match is None:
            continue
        if int(match["number"]) <= last:
            break
        last = int(match["number"])
        module = _MODULE.search(match["rest"])
        if _RETURN.search(match["rest"]) or (module and _LIBC.search(module["file"])):
            handled = True
        elif handled and module:
            return f"{module['file'].rpartition('/')[2]}+{module['offset']}"
    return ""
