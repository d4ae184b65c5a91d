"""The committed `portability-decisions.yaml` in, what people decided about findings out, and back again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from portability.errors import UsageError
from portability.system.documents import Node, parse, scalar

FILE_NAME = "portability-decisions.yaml"


class Choice(StrEnum):
    """What may be decided about a finding."""

    KEY = "key"
    SKIP = "skip"
    ACCEPT = "accept"
    SHARED = "shared"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about the finding with this fingerprint; it counts through the day `until`.

    KEY names its environment key. SKIP leaves the place as it is; ACCEPT takes the finding into the
    baseline; both need a reason. SHARED says that other environments may hold production's value.
    SAFE lets an edit marked `review` be made like a safe one.
    """

    fingerprint: str
    rule: str
    path: str
    decision: Choice
    key: str = ""
    reason: str = ""
    until: date | None = None

    def counts(self, today: date) -> bool:
        """Whether it still holds on the day `today`."""
        return self.until is None or today <= self.until


def load(root: Path) -> tuple[Decision, ...]:
    """The decisions of the project at `root`, sorted; () without a file; UsageError for a bad one."""
    file = root / FILE_NAME
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {(error.strerror or 'unknown reason').lower()}") from None
    return loads(data, str(file))


def loads(data: bytes, file: str) -> tuple[Decision, ...]:
    """The same from the bytes of the file called `file` in messages."""
    found = {decision: None for decision, _ in entries(data, file)}
    return tuple(sorted(found, key=order))


def entries(data: bytes, file: str) -> list[tuple[Decision, int]]:
    """Every entry of the file as it stands, and the line on which it begins."""
    conflict = re.search(rb"^(<{7}|>{7}) ", data, re.MULTILINE)
    if conflict:
        line = data.count(b"\n", 0, conflict.start()) + 1
        raise UsageError(
            "a merge conflict is not resolved", where=f"{file}:{line}", hint="keep the entries of both sides"
        )
    parts = parse(data, file).mapping(("version", "decisions"))
    version = parts.get("version")
    if version is not None and version.integer() != 1:
        raise version.error("must be 1", hint="a newer file needs a newer portability")
    nodes = parts["decisions"].items() if "decisions" in parts else ()
    found = [(_decision(node), node) for node in nodes]
    _refuse_disagreement(found)
    return [(decision, node.line) for decision, node in found]


def dump(decisions: Iterable[Decision]) -> str:
    """The text of the file: a line for each finding and choice, sorted, the same for every order of input."""
    lines = [
        "# What people decided about findings of portability, sorted. What the program adds stands in its",
        "# place; comments and all that people wrote stay as they are.",
        "version: 1",
        "decisions:",
    ]
    lines += map(entry_line, sorted(set(decisions), key=order))
    return "\n".join(lines) + "\n"


def active(decisions: Iterable[Decision], today: date) -> tuple[Decision, ...]:
    """Those that count on the day `today`."""
    return tuple(decision for decision in decisions if decision.counts(today))


def expired(decisions: Iterable[Decision], today: date) -> tuple[Decision, ...]:
    """Those whose last day lies before `today`: to be reported, never to be followed."""
    return tuple(decision for decision in decisions if not decision.counts(today))


def unused(decisions: Iterable[Decision], fingerprints: Collection[str]) -> tuple[Decision, ...]:
    """Those that answer none of today's findings."""
    known = frozenset(fingerprints)
    return tuple(decision for decision in decisions if decision.fingerprint not in known)


ALONE = (Choice.SKIP, Choice.ACCEPT)
"""The choices with which no other goes together."""


def _decision(node: Node) -> Decision:
    parts = node.mapping(("fingerprint", "rule", "path", "decision", "key", "reason", "until"))
    for name in ("fingerprint", "rule", "path", "decision"):
        if name not in parts:
            raise node.error(f"lacks {name}")
    choice = Choice(parts["decision"].choice([choice.value for choice in Choice]))
    key = _optional(parts.get("key"))
    reason = _optional(parts.get("reason"))
    if choice in ALONE and not reason.strip():
        raise node.error("must say why", hint=f"{choice.value} needs a reason")
    if choice is Choice.KEY and not re.fullmatch(r"[A-Z][A-Z0-9_]{0,99}", key):
        raise parts.get("key", node).error("must name a key in capitals, digits and _", "such as DB_HOST")
    if key and choice is not Choice.KEY:
        raise parts["key"].error(f"belongs to decision: key, not to {choice.value}")
    return Decision(
        fingerprint=_needed(parts["fingerprint"]),
        rule=_needed(parts["rule"]),
        path=_needed(parts["path"]),
        decision=choice,
        key=key,
        reason=reason,
        until=None if "until" not in parts or parts["until"].is_null else parts["until"].day(),
    )


def _needed(node: Node) -> str:
    text = node.text(as_written=True)
    if not text.strip():
        raise node.error("must not be empty")
    return text


def _optional(node: Node | None) -> str:
    return "" if node is None or node.is_null else node.text(as_written=True)


def _refuse_disagreement(found: list[tuple[Decision, Node]]) -> None:
    """UsageError for two decisions that disagree; exact repetitions (a merge makes them) do not."""
    seen: dict[tuple[str, Choice], Decision] = {}
    alone: dict[str, Choice] = {}
    for decision, node in found:
        other = seen.setdefault((decision.fingerprint, decision.decision), decision)
        first = alone.setdefault(decision.fingerprint, decision.decision)
        clash = first is not decision.decision and (first in ALONE or decision.decision in ALONE)
        if other != decision or clash:
            raise node.error(
                f"disagrees with an earlier entry for {decision.fingerprint}", hint="keep one of them"
            )


def order(decision: Decision) -> tuple[str, ...]:
    """What the file is sorted by."""
    until = decision.until.isoformat() if decision.until else ""
    return (
        decision.path,
        decision.rule,
        decision.fingerprint,
        decision.decision.value,
        decision.key,
        decision.reason,
        until,
    )


def entry_line(decision: Decision) -> str:
    """One entry, without a line end; it is one line so that git merges by whole entries."""
    fields = [
        ("path", _writable(decision.path)),
        ("rule", decision.rule),
        ("fingerprint", decision.fingerprint),
        ("decision", decision.decision.value),
        ("key", decision.key),
        ("reason", _writable(decision.reason)),
    ]
    parts = [f"{name}: {scalar(text)}" for name, text in fields if text]
    if decision.until:
        parts.append(f"until: {decision.until.isoformat()}")
    return "  - {" + ", ".join(parts) + "}"


def _writable(text: str) -> str:
    """The text with bytes that are not UTF-8 (of a file's name) written as `\\xe9`."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
