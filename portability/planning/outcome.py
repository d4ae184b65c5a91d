"""A scan's result and the plan that would follow in, everything that a report of the scan tells out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portability.model import Edit, Finding, Note, Safety, Skipped
from portability.planning.plans import Plan
from portability.scanning.concluding import Summary


@dataclass(frozen=True, slots=True)
class Treatment:
    """Whether a value can be moved out of the code where it stands, and if not, why."""

    safety: Safety
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan came to, as reports tell it.

    `treatments` are by fingerprint. `accepted` findings are in the baseline, `stale` decisions answer
    nothing any more; `seconds` is how long the scan took; `existing` are keys that the project has already;
    `steady`: nothing was left out for a reason that may be gone the next time.
    """

    findings: tuple[Finding, ...]
    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    summary: Summary = field(default_factory=Summary)
    own_domains: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accepted: int = 0
    stale: int = 0
    seconds: float = 0.0
    existing: frozenset[str] = frozenset()
    steady: bool = True

    def count(self, safety: Safety) -> int:
        """How many of the findings are treated so; one without a treatment can't be moved."""
        return sum(1 for f in self.findings if self.treatment(f).safety is safety)

    def treatment(self, finding: Finding) -> Treatment:
        """The treatment of a finding; refused where the plan says nothing of it."""
        return self.treatments.get(finding.fingerprint, _NOT_PLANNED)

    def advice(self, finding: Finding) -> str:
        """The key that the value belongs under, in words; '' where it has none."""
        if not finding.key:
            return ""
        return (
            f"use the existing key {finding.key}"
            if finding.key in self.existing
            else f"would be {finding.key}"
        )

    @property
    def files(self) -> int:
        return len({finding.path for finding in self.findings})


_NOT_PLANNED = Treatment(Safety.REFUSED, "not planned: less sure than usual, or left out")


def treatments(plan: Plan) -> dict[str, Treatment]:
    """What the plan does with each finding, by fingerprint."""
    found: dict[str, Treatment] = {}
    for edit in _all_edits(plan):
        for fingerprint in edit.fingerprints:
            found[fingerprint] = Treatment(edit.rewrite.safety, edit.rewrite.reason)
    return found


def _all_edits(plan: Plan) -> Iterable[Edit]:
    yield from plan.left
    for file in plan.files:
        yield from file.edits
