"""run_sanitized.py tells leaks of ours from those of the interpreter."""

from __future__ import annotations

from run_sanitized import split_reports

REPORT = """
=================================================================
==7==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 64 byte(s) in 1 object(s) allocated from:
    #0 0x7f in malloc (/usr/lib/libasan.so+0xb89cf)
    #1 0x55 in _PyUnicode_New Objects/unicodeobject.c:1417
    #2 0x55 in PyDict_New (/usr/bin/python3.11+0x1)
{interpreter}
    #12 0x7f in call (/x/sightline/_native.cpython-311-x86_64-linux-gnu.so+0x2)

Indirect leak of 16 byte(s) in 1 object(s) allocated from:
    #0 0x7f in operator new(unsigned long) (/usr/lib/libasan.so+0xba2c1)
    #1 0x7f in operator() ../python/src/encoder.cpp:86 (/x/sightline/_native.cpython-311-x86_64-linux-gnu.so+0x3)

SUMMARY: AddressSanitizer: 80 byte(s) leaked in 2 allocation(s).
==8==ERROR: AddressSanitizer: heap-use-after-free on address 0x60
    #0 0x7f in memcpy
../src/base/file.cpp:7:3: runtime error: signed integer overflow
"""


def test_reports_are_told_apart() -> None:
    frames = "\n".join(f"    #{i} 0x55 in _PyEval_EvalFrameDefault (/usr/bin/python3.11+0x1)" for i in range(3, 12))
    leaks, others = split_reports(REPORT.replace("{interpreter}", frames))
    assert len(leaks) == 1 and "encoder.cpp" in leaks[0] and "16 byte" in leaks[0]
    assert len(others) == 2 and "heap-use-after-free" in others[0] and "overflow" in others[1]
    assert len(split_reports("==9==LeakSanitizer has encountered a fatal error.\n")[1]) == 1
    assert split_reports("") == ([], [])
