"""What a proof is given and what it says: files before and after, failures, and the report in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from portability.model import Claim, Span


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after, the spans that its edits cover in each (in order), and what they claim.

    There is a claim, in the same order, for every span that replaces something; insertions have none.
    `is_php` False: only its bytes are compared.
    """

    path: str
    before: bytes
    after: bytes
    spans: Sequence[tuple[Span, Span]]
    claims: tuple[Claim, ...]
    is_php: bool = True

    @property
    def edits(self) -> int:
        """How many spans there are."""
        return len(self.spans)

    def made(self) -> FileChange:
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be shown, or is left of production, at a line (1-based, of the old file)."""

    path: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof that was made elsewhere, such as a template that renders back: `problem` '' if it holds."""

    path: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the edits do with an environment's values: how many were run, and how many give another text."""

    name: str
    evaluated: int
    changed: int


@dataclass(frozen=True, slots=True)
class ProofReport:
    """How much was proven, and what was not: files, edits, and those of them that replace something.

    `residues` are texts that still hold a value of production's under another environment; `unshown`
    counts the replacements that only PHP could have shown. `php` is the version that ran them, or ''.
    """

    files: int
    edits: int
    replaced: int = 0
    elsewhere: tuple[Elsewhere, ...] = ()
    residues: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    unshown: int = 0
    php: str = field(default="", compare=False)

    @property
    def proven(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def sentence(self) -> str:
        """The report in a few lines' worth of words for people."""
        head = f"{_count(self.replaced, 'replacement')} in {_count(self.files, 'file')}"
        with_php = f" (PHP {self.php})" if self.php else ""
        if self.failures:
            failed = len({failure.path for failure in self.failures})
            head += f"; {_count(failed, 'file')} could not be proven{with_php}"
        elif not self.unshown:
            head += f", each equal under production, as is all around them{with_php}"
        if self.unshown:
            head += (
                f"; {self.unshown} of PHP could not be evaluated, nor compiled, without PHP: "
                "only the bytes around them are shown to be the same"
            )
        return "".join([head, *map(self._told, self.elsewhere), "."])

    def _told(self, other: Elsewhere) -> str:
        left = [residue for residue in self.residues if residue.what.startswith(f"under {other.name} ")]
        named = f"{len(left)} still {'names' if len(left) == 1 else 'name'}" if left else "none names"
        return f"; under {other.name} {other.changed} of {other.evaluated} change, {named} production"


def together(reports: Sequence[ProofReport]) -> ProofReport:
    """The reports of several applications as one."""
    by_name: dict[str, list[Elsewhere]] = {}
    for other in [other for report in reports for other in report.elsewhere]:
        by_name.setdefault(other.name, []).append(other)
    return ProofReport(
        files=sum(report.files for report in reports),
        edits=sum(report.edits for report in reports),
        replaced=sum(report.replaced for report in reports),
        elsewhere=tuple(
            Elsewhere(name, sum(one.evaluated for one in many), sum(one.changed for one in many))
            for name, many in by_name.items()
        ),
        residues=in_order([one for report in reports for one in report.residues]),
        failures=in_order([one for report in reports for one in report.failures]),
        unshown=sum(report.unshown for report in reports),
        php=next((report.php for report in reports if report.php), ""),
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def in_order(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    """The failures by path and line, each once."""
    return tuple(sorted(set(failures), key=lambda failure: (failure.path, failure.line, failure.what)))
