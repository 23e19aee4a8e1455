"""Programs in LLVM's assembly, and what the tests of the wheel do with them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from harness.process import Completed

Run = Callable[..., Completed]
PATCHPOINT = """\
target triple = "x86_64-unknown-linux-gnu"
define i64 @callee(i64 %a) {{
  %r = add i64 %a, 5
  ret i64 %r
}}
declare i64 @llvm.experimental.patchpoint.i64(i64, i32, ptr, i32, ...)
define i32 @main() {{
  %r = call i64 (i64, i32, ptr, i32, ...) @llvm.experimental.patchpoint.i64(
         i64 42, i32 {size}, ptr @callee, i32 1, i64 37)
  %t = trunc i64 %r to i32
  ret i32 %t
}}
"""
OK = "define void @f() {\n  ret void\n}\n"
# Tells who it is, then waits for ever.
HANG = """\
@.fmt = private constant [4 x i8] c"%d\\0A\\00"
declare i32 @printf(ptr, ...)
declare i32 @fflush(ptr)
declare i32 @getpid()
declare i32 @pause()
define i32 @main() {
  %pid = call i32 @getpid()
  %a = call i32 (ptr, ...) @printf(ptr @.fmt, i32 %pid)
  %b = call i32 @fflush(ptr null)
  br label %again
again:
  %c = call i32 @pause()
  br label %again
}
"""


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return name


def gone(pid: int) -> bool:
    """Whether the process ends within five seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
