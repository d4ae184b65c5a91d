"""A verification in, JUnit XML for any CI out: a suite an area; what is undecided is an error."""

from __future__ import annotations

import re
from xml.etree import ElementTree as xml

from portability.asking.verdicts import Area, Check, Result, Verification

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Verification) -> str:
    """The document; waived checks are skipped ones with the waiver's reason."""
    root = xml.Element("testsuites", name=f"portability verify {report.environment}")
    _count(root, report.checks)
    root.set("time", f"{report.seconds:.3f}")
    for area in Area:
        checks = [check for check in report.checks if check.area is area]
        if checks:
            suite = xml.SubElement(root, "testsuite", name=area.value)
            _count(suite, checks)
            for check in checks:
                _case(suite, check)
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _count(element: xml.Element, checks: tuple[Check, ...] | list[Check]) -> None:
    results = [check.result for check in checks]
    element.set("tests", str(len(results)))
    element.set("failures", str(results.count(Result.FAIL)))
    element.set("errors", str(results.count(Result.INCONCLUSIVE) + results.count(Result.SKIP)))
    element.set("skipped", str(results.count(Result.WAIVED)))


def _case(suite: xml.Element, check: Check) -> None:
    case = xml.SubElement(suite, "testcase", classname=f"verify.{check.area}", name=_clean(check.name))
    if check.milliseconds is not None:
        case.set("time", f"{check.milliseconds / 1000:.3f}")
    if check.result is Result.PASS:
        return
    kind = {Result.FAIL: "failure", Result.WAIVED: "skipped"}.get(check.result, "error")
    words = check.found or check.reason or check.result.value
    told = xml.SubElement(case, kind, message=_clean(words))
    lines = [
        f"{label}: {text}"
        for label, text in (
            ("subject", check.subject),
            ("expected", check.expected),
            ("found", check.found),
            ("why", check.reason),
            ("stands in", ", ".join(check.places)),
            ("points at", "production" if check.production else ""),
        )
        if text
    ]
    told.text = _clean("\n".join(lines))


def _clean(text: str) -> str:
    """The text without what XML can't hold."""
    return _FORBIDDEN.sub("�", text)
