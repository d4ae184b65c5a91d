"""Files before and after in, what shows that production sees the same bytes (or does not) out; no writing.

Four things are shown of each PHP file: the bytes outside of the edits are the same; so are the tokens;
every edit gives, with production's values, what stood there, type included; the new file compiles.
With another environment's values an edit must run, and should hold no value of production's any more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from portability.model import HOLE, Claim, Scalar, Span
from portability.php import Php, TokenPair

SHORTEST = 5
"""Characters that a value of production must have to be looked for in another environment's texts."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after, the spans that its edits cover in each (in order), and what they claim.

    There is a claim, in the same order, for every span that replaces something; insertions have none.
    `is_php` False: only its bytes are compared.
    """

    path: str
    before: bytes
    after: bytes
    spans: tuple[tuple[Span, Span], ...]
    claims: tuple[Claim, ...]
    is_php: bool = True


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
class ProofReport:
    """How much was proven, and what was not: files, edits, claims evaluated (once per environment).

    `residues` are texts that still hold a value of production's under another environment.
    """

    files: int
    edits: int
    evaluated: int
    residues: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()
    php: str = field(default="", compare=False)

    @property
    def proven(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def sentence(self) -> str:
        """The report in a line for people."""
        files = len({failure.path for failure in self.failures})
        text = f"{self.edits} edits in {self.files} files, {self.evaluated} evaluations with PHP {self.php}: "
        if not self.failures:
            text += "production sees the same bytes."
        else:
            text += f"{len(self.failures)} failed in {files} files."
        if self.residues:
            text += f" {len(self.residues)} texts still name production elsewhere."
        return text


def together(reports: Sequence[ProofReport]) -> ProofReport:
    """The reports of several applications as one."""
    return ProofReport(
        files=sum(report.files for report in reports),
        edits=sum(report.edits for report in reports),
        evaluated=sum(report.evaluated for report in reports),
        residues=_sorted([one for report in reports for one in report.residues]),
        failures=_sorted([one for report in reports for one in report.failures]),
        php=reports[0].php,
    )


def prove(
    php: Php,
    changes: Sequence[FileChange],
    namespace: str,
    production: Mapping[str, Scalar],
    others: Mapping[str, Mapping[str, Scalar]],
    shown: Sequence[Shown] = (),
) -> ProofReport:
    """Proves `changes` under production's values and tries them under those of each of `others`.

    `shown` are files whose proof was made elsewhere; they are counted, and their failures reported.
    """
    failures = [Failure(one.path, 1, one.problem) for one in shown if one.problem]
    whole = []
    for change in changes:
        problem = _splice_problem(change)
        if problem is None:
            whole.append(change)
        else:
            failures.append(problem)
    code = [change for change in whole if change.is_php]
    claims = _Claims(code)
    residues: list[Failure] = []
    evaluated = 0
    for found, bad, left in (
        (len(claims.all), claims.under_production(php, namespace, production), []),
        *(claims.under(php, namespace, name, production, values) for name, values in others.items()),
    ):
        evaluated += found
        failures += bad
        residues += left
    failures += [*_token_problems(php, code), *_lint_problems(php, code)]
    return ProofReport(
        files=len({*(change.path for change in changes), *(one.path for one in shown)}),
        edits=sum(len(change.spans) for change in changes),
        evaluated=evaluated,
        residues=_sorted(residues),
        failures=_sorted(failures),
        php=php.version_text,
    )


class _Claims:
    """All claims of all files with the path and line of each, so that PHP is started once for them."""

    def __init__(self, changes: Sequence[FileChange]) -> None:
        self.all: list[Claim] = []
        self._places: list[tuple[FileChange, int]] = []
        for change in changes:
            replaced = [old for old, _ in change.spans if len(old)]
            for claim, span in zip(change.claims, replaced, strict=True):
                self.all.append(claim)
                self._places.append((change, span.start))

    def _failure(self, number: int, what: str) -> Failure:
        """What is wrong with a claim, at its line, which is counted only then."""
        change, start = self._places[number]
        return Failure(change.path, _line(change.before, start), what)

    def under_production(self, php: Php, namespace: str, values: Mapping[str, Scalar]) -> list[Failure]:
        """The claims that do not give, with production's values, what stood there before."""
        answers = php.evaluate(namespace, values, self.all)
        return [
            self._failure(n, answer.problem or "under production it would give another text")
            for n, answer in enumerate(answers)
            if not answer.equal
        ]

    def under(
        self,
        php: Php,
        namespace: str,
        name: str,
        production: Mapping[str, Scalar],
        values: Mapping[str, Scalar],
    ) -> tuple[int, list[Failure], list[Failure]]:
        """How many claims all of whose keys `values` has were run; which can't run; which hold residues."""
        read = [_keys_read(claim, namespace) for claim in self.all]
        missing = {key for key in production if key not in values}
        chosen = [n for n, keys in enumerate(read) if not keys & missing]
        answers = php.evaluate(namespace, values, [self.all[n] for n in chosen])
        failures, residues = [], []
        common = frozenset(values.values())
        for n, answer in zip(chosen, answers, strict=True):
            if answer.after is None:
                failures.append(self._failure(n, f"under {name}: {answer.problem}"))
                continue
            keys = sorted(read[n] & production.keys())
            for key in _left(answer.after, keys, production, common):
                residues.append(self._failure(n, f"under {name} it still holds production's {key}"))
        return len(chosen), failures, residues


def _keys_read(claim: Claim, namespace: str) -> frozenset[str]:
    """The names below the namespace that a claim reads."""
    constant = re.escape(f"\\{namespace}\\".encode()) + rb"([A-Za-z0-9_\x80-\xff]+)"
    return frozenset(name.decode("utf-8", "replace") for name in re.findall(constant, claim.after))


def _left(
    text: bytes, keys: Sequence[str], production: Mapping[str, Scalar], values: Collection[Scalar]
) -> Iterator[str]:
    """The keys of `keys` whose production value stands in `text`, and is none of the environment's values."""
    for key in keys:
        value = production[key]
        if not isinstance(value, str) or len(value) < SHORTEST or value in values:
            continue
        found = re.escape(value.encode("utf-8", "surrogateescape"))
        if re.search(rb"(?<![A-Za-z0-9_])" + found + rb"(?![A-Za-z0-9_])", text):
            yield key


def _splice_problem(change: FileChange) -> Failure | None:
    """Why the new bytes are not the old ones with the edits' spans replaced, and with a claim for each."""
    end = (Span(len(change.before), len(change.before)), Span(len(change.after), len(change.after)))
    at_old = at_new = 0
    replaced = []
    for old, new in [*change.spans, end]:
        line = _line(change.before, at_old)
        if not (at_old <= old.start <= old.end and at_new <= new.start <= new.end):
            return Failure(change.path, line, "its edits overlap")
        if change.before[at_old : old.start] != change.after[at_new : new.start]:
            return Failure(change.path, line, "bytes outside of the edits would change")
        at_old, at_new = old.end, new.end
        if len(old):
            replaced.append((old, new))
    if not change.is_php:
        return None
    if len(replaced) != len(change.claims):
        return Failure(change.path, 1, f"{len(replaced)} edits came with {len(change.claims)} claims")
    for (old, new), claim in zip(replaced, change.claims, strict=True):
        if not _belongs(claim, change.before[old.start : old.end], change.after[new.start : new.end]):
            return Failure(change.path, _line(change.before, old.start), "its claim is of another text")
    return None


def _belongs(claim: Claim, old: bytes, new: bytes) -> bool:
    """Whether a claim is of these very bytes, each run-time part put back where its hole is."""
    if claim.markup:
        rest = claim.before.removeprefix(old)
        return claim.before == old + rest and claim.after == new + rest and not rest.strip()
    after = _filled(claim.after, claim.holes)
    return _filled(claim.before, claim.holes) == old and new in (after, b"(" + after + b")")


def _filled(text: bytes, holes: Sequence[bytes]) -> bytes:
    """`text` with its holes filled in order; b'' where they are not as many."""
    parts = text.split(HOLE.encode("ascii"))
    if len(parts) != len(holes) + 1:
        return b""
    return b"".join(part + hole for part, hole in zip(parts, (*holes, b""), strict=True))


def _token_problems(php: Php, changes: Sequence[FileChange]) -> Iterator[Failure]:
    pairs = [TokenPair(change.before, change.after, change.spans) for change in changes]
    for change, problem in zip(changes, php.tokens_equal(pairs), strict=True):
        if problem is not None:
            line = _line(change.before, problem.at)
            yield Failure(
                change.path, line, f"PHP would read the code around it otherwise: {problem.message}"
            )


def _lint_problems(php: Php, changes: Sequence[FileChange]) -> Iterator[Failure]:
    """The new files that do not compile; of each, whether the old one did."""
    with TemporaryDirectory(prefix="portability-") as name:
        folder = Path(name)
        files = {folder / f"{number}.php": change for number, change in enumerate(changes)}
        for file, change in files.items():
            file.write_bytes(change.after)
        for problem in php.lint(list(files)):
            change = files[problem.file]
            problem.file.write_bytes(change.before)
            now = bool(php.lint([problem.file]))
            what = "does not compile as it stands" if now else "would not compile"
            yield Failure(change.path, max(problem.line, 1), f"it {what}: {problem.message}")


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _sorted(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    return tuple(sorted(set(failures), key=lambda failure: (failure.path, failure.line, failure.what)))
