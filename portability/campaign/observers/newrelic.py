"""A window of time in, what New Relic's APM holds of the application out: time per subsystem, slow pages.

Source: New Relic's NerdGraph documentation. Errors come inside an answer of status 200.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portability.campaign.observers.door import Observed, Window
from portability.campaign.records import Series
from portability.errors import Unfinished, UsageError

ENDPOINTS = {"us": "https://api.newrelic.com/graphql", "eu": "https://api.eu.newrelic.com/graphql"}
TRIES, TIMEOUT = 4, 90.0
PASSING = ("TIMEOUT", "SERVER_ERROR", "INTERNAL_SERVER_ERROR", "TOO_MANY_REQUESTS", "429")
"""Classes of errors after which it is tried again."""
WAIT, AGAIN = 120.0, 20.0
"""Seconds for which the last minutes are waited for, and between two questions."""
MOST_BUCKETS = 366
"""Buckets that a TIMESERIES may have."""
SLOWEST = 10
_QUERY = (
    "query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql, timeout: 60) "
    "{ results metadata { timeWindow { begin end } } } } } }"
)


@dataclass(slots=True)
class NewRelic:
    """One application of an account."""

    name: str
    account: int
    application: str
    key: str = field(repr=False)
    endpoint: str = ENDPOINTS["us"]
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, name: str, given: Mapping[str, str], lists: Mapping[str, tuple[str, ...]]) -> NewRelic:
        """The observer of the settings' part."""
        missing = [one for one in ("account", "application", "key") if not given.get(one)]
        if missing or not given["account"].isdigit():
            raise UsageError(f"the observer {name} must say its {', '.join(missing or ['account (digits)'])}")
        region = given.get("region", "us").lower()
        if region not in ENDPOINTS:
            raise UsageError(f"the observer {name} has region us or eu, not {region}")
        endpoint = given.get("endpoint", ENDPOINTS[region])
        return cls(name, int(given["account"]), given["application"], given["key"], endpoint)

    def begin(self) -> None:
        """There is nothing to do before."""

    def observe(self, window: Window) -> Observed:
        """Time per subsystem over the window, and the slowest transactions."""
        start, end = int(window.start * 1000), int(window.end * 1000)
        who = quoted(self.application)
        bucket = max(-(-(end - start) // 60_000 // MOST_BUCKETS), 1)
        minutes = "1 minute" if bucket == 1 else f"{bucket} minutes"
        when = f"SINCE {start} UNTIL {end}"
        spent, late = self._settled(
            "SELECT average(convert(apm.service.overview.web, unit, 'ms')) AS ms FROM Metric "
            f"WHERE appName = {who} FACET segmentName TIMESERIES {minutes} {when} LIMIT MAX",
            window.end - 120 * bucket,
        )
        slow = self.ask(
            "SELECT average(convert(apm.service.transaction.duration, unit, 'ms')) AS ms FROM Metric "
            f"WHERE appName = {who} FACET transactionName {when} LIMIT {SLOWEST}"
        )
        notes = []
        if not spent["results"]:
            notes.append(f"no data of the application {self.application} in the window")
        if late:
            notes.append(f"the last minutes had not come after {WAIT:.0f} s")
        snapped = (spent.get("metadata") or {}).get("timeWindow") or {}
        begin, finish = int(snapped.get("begin") or start), int(snapped.get("end") or end)
        if abs(begin - start) > 60_000 or abs(finish - end) > 60_000:
            notes.append(
                f"the window was moved by {(begin - start) / 1000:+.0f} and {(finish - end) / 1000:+.0f} s"
            )
        return Observed(tuple(self._series(spent["results"])), tuple(notes), _facts(slow["results"]))

    def _settled(self, nrql: str, last: float) -> tuple[Mapping[str, Any], bool]:
        """The answer once it has data from `last` on, or after WAIT seconds; and whether that is missing."""
        waited = 0.0
        while True:
            found = self.ask(nrql)
            known = [float(row["beginTimeSeconds"]) for row in found["results"] if row.get("ms") is not None]
            late = bool(known) and max(known) < last
            if not late or waited >= WAIT:
                return found, late
            self.sleep(AGAIN)
            waited += AGAIN

    def _series(self, results: list[Mapping[str, Any]]) -> list[Series]:
        found: dict[str, list[tuple[float, float | None]]] = {}
        for row in results:
            at, value = float(row["beginTimeSeconds"]), row.get("ms")
            point = (at, None if value is None else float(value))
            found.setdefault(_facet(row, "segmentName"), []).append(point)
        return [
            Series(name, "Time per subsystem", "ms", self.name, tuple(sorted(points, key=lambda one: one[0])))
            for name, points in sorted(found.items())
        ]

    def ask(self, nrql: str) -> Mapping[str, Any]:
        """The answer to one query; Unfinished, or UsageError for a key that is refused."""
        import requests

        body = {"query": _QUERY, "variables": {"account": self.account, "nrql": nrql}}
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                self.sleep(2.0**attempt)
            try:
                told = self._post(requests, body)
            except requests.RequestException as error:
                problem = f"no answer ({type(error).__name__})"
                continue
            if isinstance(told, Mapping):
                return told
            kind, problem = told
            if kind in ("BAD_API_KEY", "FORBIDDEN", "401", "403"):
                raise UsageError(f"New Relic refuses the key: {problem}", hint="a user key, of that account")
            if kind not in PASSING and not kind.startswith("5"):
                break
        raise Unfinished(f"New Relic could not be read: {problem}")

    def _post(self, requests: Any, body: Mapping[str, Any]) -> Mapping[str, Any] | tuple[str, str]:
        """The part of the answer that was asked for, or the class and the words of its error."""
        headers = {"API-Key": self.key, "Content-Type": "application/json"}
        answer = requests.post(
            self.endpoint, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
        try:
            told = answer.json()
        except ValueError:
            return f"{answer.status_code}", f"status {answer.status_code}, no JSON"
        if not isinstance(told, Mapping):
            return f"{answer.status_code}", f"status {answer.status_code}, no object of JSON"
        errors = told.get("errors") or []
        if errors:
            first = errors[0]
            kind = (first.get("extensions") or {}).get("errorClass") or f"{answer.status_code}"
            return str(kind), f"{kind}: {str(first.get('message', ''))[:200]}"
        if answer.status_code != 200:
            return f"{answer.status_code}", f"status {answer.status_code}"
        found = (((told.get("data") or {}).get("actor") or {}).get("account") or {}).get("nrql")
        if not isinstance(found, Mapping) or not isinstance(found.get("results"), list):
            return "EMPTY", "an answer without results: is the account's number right?"
        return found


def quoted(text: str) -> str:
    """A text as NRQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _facet(row: Mapping[str, Any], name: str) -> str:
    told = row.get(name) or row.get("facet") or "other"
    return ", ".join(map(str, told)) if isinstance(told, list) else str(told)


def _facts(results: list[Mapping[str, Any]]) -> dict[str, str]:
    rows = [
        (float(row["ms"]), _facet(row, "transactionName")) for row in results if row.get("ms") is not None
    ]
    return {
        f"slow transaction {n}": f"{name}: {ms:.0f} ms" for n, (ms, name) in enumerate(sorted(rows)[::-1], 1)
    }
