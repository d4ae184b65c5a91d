"""A name in YAML and what stands around it in, whether it may name a value, and which, out: pure.

A text gets its names from keys, from `name: X` beside `value: …`, from `X=…` and from `${X:-…}`: a word
anywhere else in a text names nothing.
"""

from __future__ import annotations

import re

from portability.detection.given import Test
from portability.syntax.yamlislands import NAMES

_KEY = re.compile(rb"[^:\r\n]{0,200}:|\s*:")
_VARIABLE = re.compile(rb"[\w.-]*(?:=|:?-)")
_NAMING = re.compile(
    rb"(?:" + b"|".join(sorted(name.encode() for name in NAMES)) + rb")[\"']?\s*:\s[^\r\n]*\Z"
)
_VALUE = re.compile(
    rb"[\"']?[ ]*:[ ]+(?:'(?P<single>[^'\r\n]*)'|\"(?P<double>[^\"\\\r\n]*)\""
    rb"|(?P<plain>[^\s\"'\[\]{}&*!|>%@`#,?:-](?:[^\r\n#\[\]{},:]|:(?=\S))*))"
    rb"[ ]*\r?(?:\n\s*?(?P<indent>[ ]*)(?=\S)|\n?\s*\Z)"
)
_LINE = 400


def may_name(data: bytes, start: int, stop: int, test: Test) -> bool:
    """Whether the name in bytes `start` to `stop` may name a value that passes the test."""
    if _KEY.match(data, stop):
        return _may_have(data, start, stop, test)
    if _VARIABLE.match(data, stop):
        return True
    line = data.rfind(b"\n", max(0, start - _LINE), start) + 1
    return _NAMING.search(data[line or max(0, start - _LINE) : start]) is not None


def _may_have(data: bytes, start: int, stop: int, test: Test) -> bool:
    """Whether the key may have such a value, as far as its line tells."""
    value = _VALUE.match(data, stop)
    if value is None:
        return True
    column = start - (data.rfind(b"\n", 0, start) + 1)
    if value["indent"] is not None and len(value["indent"]) > column:
        return True
    text = next(value[form] for form in ("single", "double", "plain") if value[form] is not None)
    return test.fits(text.rstrip())
