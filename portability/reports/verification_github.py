"""A verification in, annotations for a pull request (GitHub's workflow commands) out, the worst first.

GitHub shows ten errors and ten warnings of a step: the verdict and what points at production come first.
"""

from __future__ import annotations

import re

from portability.asking.verdicts import Check, Result, Verdict, Verification
from portability.system.annotations import annotation

_LEVELS = {
    Result.FAIL: "error",
    Result.INCONCLUSIVE: "warning",
    Result.SKIP: "warning",
    Result.WAIVED: "notice",
}
_VERDICTS = {Verdict.PASS: "notice", Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "error"}


def render(report: Verification) -> str:
    """The verdict's line, then one a check that did not pass."""
    counts = [f"{report.count(result)} {result}" for result in Result if report.count(result)]
    pointing = report.pointing_at_production
    words = [f"{report.verdict} of {report.environment}: {', '.join(counts) or 'no checks'}"]
    words += [f"{pointing} {'points' if pointing == 1 else 'point'} at production"] if pointing else []
    words += ["do not start the campaign"] if report.verdict is not Verdict.PASS else []
    lines = [annotation(_VERDICTS[report.verdict], "; ".join(words), {"title": "portability verify"})]
    told = [check for check in report.checks if check.result in _LEVELS]
    levels = list(_LEVELS)
    lines += map(_line, sorted(told, key=lambda c: (levels.index(c.result), not c.production)))
    return "".join(line + "\n" for line in lines)


def _line(check: Check) -> str:
    pairs = (("", check.found), ("expected ", check.expected), ("", check.reason))
    words = [f"{label}{text}" for label, text in pairs if text]
    words += ["it points at production"] if check.production else []
    words += [f"stands in {', '.join(check.places)}"] if check.places else []
    subject = f"{check.subject}: " if check.subject else ""
    message = subject + ("; ".join(words) or check.result.value)
    return annotation(_LEVELS[check.result], message, {**_place(check), "title": check.identity})


def _place(check: Check) -> dict[str, str]:
    """File and line of the first place that is known."""
    for place in (*check.places, check.subject):
        found = re.fullmatch(r"([^:\n]+):(\d+)", place)
        if found:
            return {"file": found[1], "line": found[2]}
    return {}
