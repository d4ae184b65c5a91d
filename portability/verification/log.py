"""Checks as they come in, the report of them all out; says on the way what is being done."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from portability.asking.verdicts import Area, Check, Deployed, Result, Verification, unused_waivers, waive
from portability.crawl.masking import MASK, spellings
from portability.settings.replica import Waiver


class Log:
    """Gathers the checks, notes and times of one run."""

    def __init__(
        self, environment: str, root: str, only: Iterable[str], tell: Callable[[str], object]
    ) -> None:
        """`root` with its slash is taken off paths: people know their project's files without it."""
        self.environment = environment
        self._root = root
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.strength: list[str] = []
        self.release = ""
        self.deployed: Deployed | None = None
        self._only = tuple(only)
        self.tell = tell
        self.hidden: tuple[str, ...] = ()
        self._blotted: tuple[str, ...] = ()
        self._phases: list[tuple[str, float]] = []
        self._started = time.monotonic()

    def add(self, *checks: Check) -> None:
        """Takes checks in."""
        for check in checks:
            self.checks.append(
                replace(
                    check,
                    name=self._blot(check.name),
                    subject=self._short(check.subject),
                    expected=self._blot(check.expected),
                    found=self._blot(check.found),
                    reason=self._short(check.reason),
                    places=tuple(map(self._short, check.places)),
                )
            )

    def hide(self, secrets: Iterable[str]) -> None:
        """Lets no check and no note tell these either, whatever a page, a job or a service shows."""
        self.hidden = tuple(dict.fromkeys((*self.hidden, *secrets)))
        self._blotted = spellings(self.hidden)

    def _short(self, text: str) -> str:
        return self._blot(text.replace(self._root, ""))

    def _blot(self, text: str) -> str:
        for secret in self._blotted:
            text = text.replace(secret, MASK)
        return text

    @contextmanager
    def phase(self, name: str, words: str = "") -> Iterator[None]:
        """Says what begins, where there are words for it, and keeps how long it took."""
        if words:
            self.tell(f"{words} …")
        started = time.monotonic()
        try:
            yield
        finally:
            self._phases.append((name, time.monotonic() - started))

    def wants(self, area: Area, name: str) -> bool:
        """Whether a check was asked for; one that was not is noted as skipped, which is no PASS."""
        if not self._only or any(
            fnmatch.fnmatchcase(area, one) or fnmatch.fnmatchcase(f"{area} {name}", one) for one in self._only
        ):
            return True
        self.add(Check(area, name, Result.SKIP, reason="left out by --only"))
        return False

    @property
    def failed(self) -> bool:
        """Whether any check failed so far."""
        return any(check.result is Result.FAIL for check in self.checks)

    @property
    def at_production(self) -> bool:
        """Whether a service that the application is configured with, a variable or a site is production's."""
        areas = (Area.VALUES, Area.BEACON, Area.DNS, Area.IDENTITY)
        return any(c.production and c.result is Result.FAIL and c.area in areas for c in self.checks)

    def report(self, target: str, waivers: tuple[Waiver, ...], today: date) -> Verification:
        """All of it, waivers taken into account."""
        checks = waive(self.checks, waivers, today)
        unused = [
            f"the waiver of {w.check} names no check of this run" for w in unused_waivers(checks, waivers)
        ]
        return Verification(
            self.environment,
            target,
            self.release,
            checks,
            tuple(map(self._blot, self.strength)),
            tuple(map(self._blot, (*self.notes, *unused))),
            time.monotonic() - self._started,
            tuple(self._phases),
            self.deployed,
        )
