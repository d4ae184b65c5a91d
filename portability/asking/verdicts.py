"""Checks of a deployed replica in, one verdict out: PASS only where every check that counts passed."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from portability.settings.replica import Waiver


class Area(StrEnum):
    """The part of a verification that a check belongs to, in the order in which they run."""

    VALUES = "values"
    DEPLOY = "deploy"
    CONTROL = "control"
    NETWORK = "network"
    BACKGROUND = "background"
    BEACON = "beacon"
    DNS = "dns"
    IDENTITY = "identity"
    JOB = "job"
    PAGE = "page"
    ENFORCED = "enforced"
    LOGS = "logs"


class Result(StrEnum):
    """How one check ended; WAIVED is a skipped or undecided one that people took upon themselves."""

    PASS = "pass"
    FAIL = "FAIL"
    SKIP = "skip"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"


class Verdict(StrEnum):
    """What a whole verification came to."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Check:
    """One question about the replica and its answer.

    `name` says what was asked (`mysql writer`, `/legacy.php`, `cron nightly`), `subject` the key, file
    or place that answers for it; `production` that the answer points at production. No field ever
    holds a credential.
    """

    area: Area
    name: str
    result: Result
    subject: str = ""
    expected: str = ""
    found: str = ""
    reason: str = ""
    places: tuple[str, ...] = ()
    production: bool = False
    milliseconds: float | None = None

    @property
    def identity(self) -> str:
        """The check as a waiver names it: `identity mysql writer`."""
        return f"{self.area} {self.name}"


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was deployed, by its digests.

    `commit` is git's, `bundle` the sha256 of the commit's archive; `seal` is what the target's own seal
    makes of the release as it is served after a PASS, and '' where that was not asked for.
    """

    commit: str
    bundle: str
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All that a run found out: its checks in order, what it was run on, and how far it may be trusted."""

    environment: str
    target: str
    release: str
    checks: tuple[Check, ...]
    strength: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    phases: tuple[tuple[str, float], ...] = field(default=())
    deployed: Deployed | None = None

    @property
    def verdict(self) -> Verdict:
        """FAIL if any check failed; PASS if all of them, at least one, passed or were waived."""
        results = {check.result for check in self.checks}
        if Result.FAIL in results:
            return Verdict.FAIL
        if Result.PASS not in results or results & {Result.SKIP, Result.INCONCLUSIVE}:
            return Verdict.INCONCLUSIVE
        return Verdict.PASS

    def count(self, result: Result) -> int:
        """How many checks ended so."""
        return sum(1 for check in self.checks if check.result is result)

    @property
    def pointing_at_production(self) -> int:
        """How many failed checks point at production."""
        return sum(1 for check in self.checks if check.production and check.result is Result.FAIL)


def waive(checks: Iterable[Check], waivers: Sequence[Waiver], today: date) -> tuple[Check, ...]:
    """The checks with those waived that were skipped or undecided and that a waiver names.

    A FAIL can't be waived. An expired waiver changes nothing but the reason, and the control can never
    be waived: without it nothing is known.
    """
    return tuple(_waived(check, waivers, today) for check in checks)


def _waived(check: Check, waivers: Sequence[Waiver], today: date) -> Check:
    if check.result not in (Result.SKIP, Result.INCONCLUSIVE) or check.area is Area.CONTROL:
        return check
    fitting = [waiver for waiver in waivers if fnmatch.fnmatchcase(check.identity, waiver.check)]
    for waiver in fitting:
        if today <= waiver.until:
            reason = f"{check.reason}; waived until {waiver.until}: {waiver.reason}"
            return replace(check, result=Result.WAIVED, reason=reason.removeprefix("; "))
    if fitting:
        last = last_day(check.identity, waivers)
        return replace(check, reason=f"{check.reason}; its waiver ended on {last}".removeprefix("; "))
    return check


def last_day(identity: str, waivers: Sequence[Waiver]) -> date | None:
    """The last day on which a waiver holds for the check of that identity; None where none names it."""
    return max((w.until for w in waivers if fnmatch.fnmatchcase(identity, w.check)), default=None)


def unused_waivers(checks: Iterable[Check], waivers: Sequence[Waiver]) -> tuple[Waiver, ...]:
    """The waivers that name no check of this run."""
    names = [check.identity for check in checks]
    return tuple(w for w in waivers if not any(fnmatch.fnmatchcase(name, w.check) for name in names))
