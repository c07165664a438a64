#!/usr/bin/env python3
"""Runs pytest on a build with AddressSanitizer: run_sanitized.py LIBASAN [PYTEST ARGUMENTS].

The interpreter has no sanitizers, so the runtime LIBASAN is preloaded. It leaks on purpose what lives until its end,
and so do packages; only leaks with a frame of ours count, which must be among the first FRAMES after the allocation:
frames of the interpreter further down call us. Exit code: that of pytest, or 1 with the reports.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OURS = re.compile(r"/(_native\.|libsightline)[^/]*\+0x")  # the module of a frame
FRAMES = 8
FORMAT = "stack_trace_format='    #%n %p in %f %s:%l (%m+%o)'"
FATAL = "LeakSanitizer has encountered a fatal error"


def split_reports(text: str) -> tuple[list[str], list[str]]:
    """Returns the leaks of ours, and all other reports."""
    parts = re.split(r"^(?=(?:Direct|Indirect) leak of|==\d+==ERROR|SUMMARY:|.*runtime error:)", text, flags=re.MULTILINE)
    leaks = [part for part in parts if "leak of" in part and OURS.search("\n".join(part.splitlines()[1 : FRAMES + 1]))]
    others = [
        part
        for part in parts
        if ("==ERROR" in part and "detected memory leaks" not in part) or "runtime error:" in part or FATAL in part
    ]
    return leaks, others


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ,
            LD_PRELOAD=sys.argv[1],
            PYTHONMALLOC="malloc",  # the arenas of the interpreter would hide what objects refer to
            SIGHTLINE_SANITIZED="1",
            ASAN_OPTIONS=f"detect_leaks=1:log_path={folder}/asan:allocator_may_return_null=1:{FORMAT}",
            # Thread-local storage of libraries that were loaded at run time ends the search for leaks with a fault.
            LSAN_OPTIONS="exitcode=0:max_leaks=0:use_tls=0",
            UBSAN_OPTIONS=f"print_stacktrace=1:log_path={folder}/ubsan",
        )
        result = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[2:]], env=environment, check=False)
        text = "\n".join(file.read_text(errors="replace") for file in sorted(Path(folder).iterdir()))
    leaks, others = split_reports(text)
    for report in [*others, *leaks]:
        print(report)
    allocations = len(re.findall(r"leak of", text))
    print(f"sanitizers: {len(others)} errors, {len(leaks)} leaks of ours, {allocations - len(leaks)} of others")
    return result.returncode or int(bool(leaks or others))


if __name__ == "__main__":
    sys.exit(main())
