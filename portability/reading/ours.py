"""The bytes of a file in, whether they are a plan or report of portability's out: no code of the project.

Such a file holds production's values, and would be scanned by the next run.
"""

from __future__ import annotations

import re

_BEGINNINGS = (b'{\n "portability": "plan",', b'{\n "version": 1,\n "findings": [')
_SARIF = re.compile(rb'\{\n "\$schema": "[^"]+",\n "version": "[^"]+",\n "runs": \[\s*\{\s*"tool": \{')
_SUM = re.compile(rb"^[\d,]+ values? in [\d,]+ files?; \d+ rewritable, \d+ review, \d+ cannot", re.MULTILINE)
_PLAN = re.compile(rb"^Plan: \d+ edits?, .*; production keeps every value\.$", re.MULTILINE)
_END = 2_000
"""Bytes in which the last lines of a report of a scan stand."""


def is_report(data: bytes, language: str) -> bool:
    """Whether a file holds what `scan` or `plan` printed or wrote; `language` is what its name tells."""
    if data.startswith(_BEGINNINGS):
        return True
    if data.startswith(b'{\n "$schema"'):
        return _SARIF.match(data) is not None and b'"name": "portability"' in data[:_END]
    if data.startswith(b"::warning file="):
        return b"\n::notice title=portability::" in data[-_END:]
    if language != "text":
        return False
    return _SUM.search(data, max(len(data) - _END, 0)) is not None or _PLAN.search(data) is not None
