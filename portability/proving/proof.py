"""Files before and after in, what shows that production sees the same bytes (or does not) out; no writing.

Four things are shown of each PHP file: the bytes outside of the edits are the same; so are the tokens;
every edit gives, with production's values, what stood there, type included; the new file compiles.
With another environment's values an edit must give what stood there with those values in it, and tell
apart what it told apart; it should hold no value of production's any more. Without PHP the bytes remain.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from portability.model import HOLE, Claim, Scalar, Span
from portability.proving.php import Evaluation, Php, TokenPair
from portability.proving.proofs import Elsewhere, Failure, FileChange, ProofReport, Shown, in_order, together
from portability.syntax.php.expected import expected
from portability.syntax.php.lexer import short_tag
from portability.system.workers import each, processors

PORTION = 8_000
"""Edits that are proven together, in one run of PHP for each question."""

LASTS = 8
"""Portions that a process proves until another takes its place."""

SHORTEST = 5
"""Characters that a value of production must have to be looked for in another environment's texts."""


class Provable(Protocol):
    """A change that is made when it is proven, so that not all of them are there at once."""

    @property
    def path(self) -> str:
        """The file's."""

    @property
    def edits(self) -> int:
        """How many spans it has."""

    def made(self) -> FileChange:
        """The change."""


def prove(
    php: Php | None,
    changes: Sequence[Provable],
    namespace: str,
    production: Mapping[str, Scalar],
    others: Mapping[str, Mapping[str, Scalar]],
    shown: Sequence[Shown] = (),
) -> ProofReport:
    """Proves `changes` under production's values and tries them under those of each of `others`.

    `shown` are files whose proof was made elsewhere; they are counted, and their failures reported.
    Without `php` only bytes are compared. Many changes are proven in portions, by several processes.
    """

    def work(portion: range) -> ProofReport:
        made = [changes[number].made() for number in portion]
        return _proven(php, namespace, production, others, made)

    reports = list(each(work, _portions(changes), processors(), LASTS, gently=True))
    whole = together(reports)
    failures = [Failure(one.path, 1, one.problem) for one in shown if one.problem]
    return replace(
        whole,
        files=len({*(change.path for change in changes), *(one.path for one in shown)}),
        failures=in_order([*failures, *whole.failures]),
        php=php.version_text if php is not None else "",
    )


def _portions(changes: Sequence[Provable]) -> list[range]:
    """The numbers of the changes, in runs of about PORTION edits each."""
    found: list[range] = []
    first = edits = 0
    for number, change in enumerate(changes, 1):
        edits += change.edits
        if edits >= PORTION or number == len(changes):
            found.append(range(first, number))
            first, edits = number, 0
    return found


def _proven(
    php: Php | None,
    namespace: str,
    production: Mapping[str, Scalar],
    others: Mapping[str, Mapping[str, Scalar]],
    changes: Sequence[FileChange],
) -> ProofReport:
    """The proof of one portion."""
    failures = []
    whole = []
    for change in changes:
        problem = _splice_problem(change)
        if problem is None:
            whole.append(change)
        else:
            failures.append(problem)
    residues: list[Failure] = []
    elsewhere: list[Elsewhere] = []
    if php is not None:
        code = [change for change in whole if change.is_php]
        claims = _Claims(php, code, namespace, production)
        failures += claims.under_production()
        for name, values in others.items() if claims.all else ():
            other, bad, left = claims.under(name, values)
            elsewhere.append(other)
            failures += bad
            residues += left
        failures += [*_unread(php, code), *_token_problems(php, code), *_lint_problems(php, code)]
    return ProofReport(
        files=len(changes),
        edits=sum(len(change.spans) for change in changes),
        replaced=sum(len(change.claims) for change in changes),
        elsewhere=tuple(elsewhere),
        residues=in_order(residues),
        failures=in_order(failures),
        unshown=sum(len(change.claims) for change in changes if change.is_php and php is None),
    )


class _Claims:
    """All claims of all files with the path and line of each, so that PHP is started once for them."""

    def __init__(
        self, php: Php, changes: Sequence[FileChange], namespace: str, production: Mapping[str, Scalar]
    ) -> None:
        self.all: list[Claim] = []
        self._places: list[tuple[FileChange, int]] = []
        self._read: list[list[str]] = []
        self._php, self._namespace, self._production = php, namespace, production
        prefix = re.escape(f"\\{namespace}\\".encode())
        constant = re.compile(prefix + rb"([A-Za-z_][A-Za-z0-9_\x80-\xff]*)")
        for change in changes:
            replaced = [old for old, _ in change.spans if len(old)]
            for claim, span in zip(change.claims, replaced, strict=True):
                self.all.append(claim)
                self._places.append((change, span.start))
                names = [name.decode("utf-8", "replace") for name in constant.findall(claim.after)]
                self._read.append([name for name in dict.fromkeys(names) if name in production])

    def _failure(self, number: int, what: str) -> Failure:
        """What is wrong with a claim, at its line, which is counted only then."""
        change, start = self._places[number]
        return Failure(change.path, _line(change.before, start), what)

    def under_production(self) -> list[Failure]:
        """The claims that do not give, with production's values, what stood there before."""
        answers = self._php.evaluate(self._namespace, self._production, self.all)
        found = []
        for n, (claim, answer) in enumerate(zip(self.all, answers, strict=True)):
            if not answer.equal:
                what = answer.problem or "under production it would give another text"
                found.append(self._failure(n, what))
            elif claim.parts and self._expected(claim, answer, self._production) != answer.after:
                found.append(self._failure(n, "PHP reads another text there than was looked at"))
        return found

    def under(
        self, name: str, values: Mapping[str, Scalar]
    ) -> tuple[Elsewhere, list[Failure], list[Failure]]:
        """What the claims give all of whose keys `values` has; which fail; which hold residues."""
        chosen = [n for n, read in enumerate(self._read) if all(key in values for key in read)]
        answers = self._php.evaluate(self._namespace, values, [self.all[n] for n in chosen])
        everywhere = set(values.values())
        failures, residues = [], []
        for n, answer in zip(chosen, answers, strict=True):
            claim = self.all[n]
            if answer.after is None:
                failures.append(self._failure(n, f"under {name}: {answer.problem}"))
            elif claim.parts and self._expected(claim, answer, values) != answer.after:
                failures.append(
                    self._failure(n, f"under {name} it would not be the same text with its values")
                )
            elif answer.broken:
                failures.append(self._failure(n, f"under {name} PHP could not unserialise what it holds"))
            for key in _left(answer.after or b"", self._read[n], self._production, everywhere):
                residues.append(self._failure(n, f"under {name} it still holds production's {key}"))
        failures += self._merged(name, dict(zip(chosen, answers, strict=True)))
        changed = sum(1 for answer in answers if answer.after not in (None, answer.before))
        return Elsewhere(name, len(chosen), changed), failures, residues

    def _expected(self, claim: Claim, answer: Evaluation, values: Mapping[str, Scalar]) -> bytes | None:
        return expected(claim.parts, answer.before or b"", self._production, values)

    def _merged(self, name: str, answers: Mapping[int, Evaluation]) -> Iterator[Failure]:
        """The claims whose text becomes another's of the same construct, though it was one of its own."""
        groups: dict[tuple[str, Span], list[int]] = {}
        for n in answers:
            among = self.all[n].apart
            if among is not None:
                groups.setdefault((self._places[n][0].path, among.place), []).append(n)
        for members in groups.values():
            seen: dict[bytes | None, bytes | None] = {}
            moved = {answers[n].before for n in members}
            among = self.all[members[0]].apart
            for text in among.texts if among is not None else ():
                if text not in moved:
                    seen[text] = text
            for n in members:
                before = seen.setdefault(answers[n].after, answers[n].before)
                if before != answers[n].before:
                    yield self._failure(n, f"under {name} two cases that it tells apart are the same")


def _left(
    text: bytes, keys: Sequence[str], production: Mapping[str, Scalar], held: Collection[Scalar]
) -> Iterator[str]:
    """The keys of `keys` whose production value stands in `text`, unless the environment has it (`held`)."""
    for key in keys:
        value = production[key]
        if not isinstance(value, str) or len(value) < SHORTEST or value in held:
            continue
        written = value.encode("utf-8", "surrogateescape")
        if written not in text:
            continue
        found = re.escape(written)
        if re.search(rb"(?<![A-Za-z0-9_])" + found + rb"(?![A-Za-z0-9_])", text):
            yield key


def _splice_problem(change: FileChange) -> Failure | None:
    """Why the new bytes are not the old ones with the edits' spans replaced, and with a claim for each."""
    end = (Span(len(change.before), len(change.before)), Span(len(change.after), len(change.after)))
    at_old = at_new = 0
    replaced = []
    for old, new in [*change.spans, end]:
        if not (at_old <= old.start <= old.end and at_new <= new.start <= new.end):
            return Failure(change.path, _line(change.before, at_old), "its edits overlap")
        if change.before[at_old : old.start] != change.after[at_new : new.start]:
            line = _line(change.before, at_old)
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
    return _filled(claim.before, claim.holes) == old and new.strip(b" ") in (after, b"(" + after + b")")


def _filled(text: bytes, holes: Sequence[bytes]) -> bytes:
    """`text` with its holes filled in order; b'' where they are not as many."""
    parts = text.split(HOLE.encode("ascii"))
    if len(parts) != len(holes) + 1:
        return b""
    return b"".join(part + hole for part, hole in zip(parts, (*holes, b""), strict=True))


def _unread(php: Php, changes: Sequence[FileChange]) -> Iterator[Failure]:
    """The files that this PHP takes for text, in part at least: they begin PHP with `<?`."""
    for change in changes if not php.short_open_tag else ():
        tag = short_tag(change.before)
        if tag is not None:
            line = _line(change.before, tag)
            yield Failure(change.path, line, "PHP begins with <? there, and short_open_tag is off")


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
