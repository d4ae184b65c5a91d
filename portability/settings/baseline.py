"""Findings and the decisions file as it stands in, the file with them accepted out: no other line changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from portability.errors import UsageError
from portability.model import Finding
from portability.settings.decisions import (
    ALONE,
    FILE_NAME,
    Choice,
    Decision,
    dump,
    entries,
    entry_line,
    loads,
    order,
)


def accepting(
    known: Iterable[Decision], findings: Iterable[Finding], reason: str, today: date
) -> tuple[list[Decision], list[Finding]]:
    """The new entries that accept the findings, and the findings of which people decided otherwise."""
    others = {d.fingerprint for d in known if d.counts(today)}
    kept = [finding for finding in findings if finding.fingerprint in others]
    new = [
        Decision(f.fingerprint, f.rule, f.path, Choice.ACCEPT, reason=reason)
        for f in findings
        if f.fingerprint not in others
    ]
    return new, kept


def added(data: bytes | None, new: Sequence[Decision]) -> bytes:
    """The file with the new entries in their places; `data` None: there was none.

    An entry of the same finding that says otherwise, or said the same, makes way. UsageError for a file
    that is written in a way that entries can't be added to.
    """
    if data is None:
        return dump(new).encode("utf-8")
    if not new:
        return data
    there = entries(data, FILE_NAME)
    coming = _by_fingerprint(new)
    wanted = [*(d for d, _ in there if not _makes_way(d, coming)), *new]
    text = data.decode("utf-8")
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    made = (_inserted(lines, there, new, end) if there else _begun(lines, new, end)).encode("utf-8")
    try:
        proven = loads(made, FILE_NAME) == loads(dump(wanted).encode("utf-8"), FILE_NAME)
    except UsageError:
        proven = False
    if not proven:
        hint = "begin each entry with - on a line of its own"
        raise UsageError("no entries can be added to the decisions as they are written", FILE_NAME, hint)
    return made


def _by_fingerprint(new: Iterable[Decision]) -> dict[str, set[Choice]]:
    found: dict[str, set[Choice]] = {}
    for decision in new:
        found.setdefault(decision.fingerprint, set()).add(decision.decision)
    return found


def _makes_way(old: Decision, coming: Mapping[str, set[Choice]]) -> bool:
    """Whether a new entry stands in the place of this one: of the same choice, or of one that is alone."""
    choices = coming.get(old.fingerprint, set())
    return bool(choices) and (old.decision in {*choices, *ALONE} or bool(choices & {*ALONE}))


def _begun(lines: list[str], new: Sequence[Decision], end: str) -> str:
    """The text of a file that holds no entry yet, with the new ones."""
    at = next(
        (i for i, line in enumerate(lines) if re.match(r"decisions:[ \t]*(\[[ \t]*\])?\s*(#|$)", line)), None
    )
    if at is None:
        lines = [*lines, f"decisions:{end}"]
        at = len(lines) - 1
    lines[at] = re.sub(r"\[[ \t]*\]", "", lines[at])
    written = [entry_line(decision) + end for decision in sorted(new, key=order)]
    return "".join([*lines[: at + 1], *written, *lines[at + 1 :]])


def _inserted(
    lines: Sequence[str], there: Sequence[tuple[Decision, int]], new: Sequence[Decision], end: str
) -> str:
    """The text with each new entry before the first that comes after it, comments above that one included."""
    starts = [line - 1 for _, line in there]
    ends = [_content_end(lines, start, stop) for start, stop in zip(starts, [*starts[1:], None], strict=True)]
    indent = re.match(r"[ \t]*", lines[starts[0]])
    prefix = indent.group() if indent else ""
    before: dict[int, list[str]] = {}
    for decision in sorted(new, key=order):
        later = next((i for i, (other, _) in enumerate(there) if order(other) > order(decision)), None)
        at = ends[-1] if later is None else _lead(lines, starts[later], ends[later - 1] if later else 0)
        before.setdefault(at, []).append(prefix + entry_line(decision).removeprefix("  ") + end)
    coming = _by_fingerprint(new)
    gone = {
        number
        for (decision, _), start, stop in zip(there, starts, ends, strict=True)
        if _makes_way(decision, coming)
        for number in range(start, stop)
    }
    made: list[str] = []
    for number in range(len(lines) + 1):
        made += before.get(number, [])
        if number < len(lines) and number not in gone:
            made.append(lines[number])
    return "".join(made)


def _content_end(lines: Sequence[str], start: int, stop: int | None) -> int:
    """Where the entry that begins on line `start` ends: before blank lines and comments, or the next key."""
    dash = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    for number in range(start + 1, len(lines) if stop is None else stop):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(line) - len(line.lstrip()) <= dash:
            break
        end = number + 1
    return end


def _lead(lines: Sequence[str], start: int, floor: int) -> int:
    """Where the comments begin that stand right above line `start`."""
    while start > floor and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return start
