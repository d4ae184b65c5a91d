"""The inventory of two accounts in, one file out, and back: pairs, endpoint map, deny list, findings.

It holds no secret, and production's names; it lies beside the values, in version control. What changes
in it is what changed in the accounts: it is sorted, and holds a day but no time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from portability.errors import UsageError
from portability.inventory.denying import Denied
from portability.inventory.judging import Trouble, Wrong
from portability.inventory.mapping import Mapped
from portability.inventory.pairing import Pairing
from portability.inventory.resource import Form
from portability.model import Skipped
from portability.settings.project import PRODUCTION, Settings

VERSION = 1


@dataclass(frozen=True, slots=True)
class PairLine:
    """One pair as it is written down."""

    type: str
    production: str
    replica: str
    rule: str


@dataclass(frozen=True, slots=True)
class Account:
    """One side: its account's number and the regions that were read."""

    account: str
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """What the inventory says of one environment's replica.

    `deny` are production's names, `own` the replica's; `endpoints` maps the first to the second.
    """

    environment: str
    taken: date
    production: Account
    replica: Account
    pairs: tuple[PairLine, ...] = ()
    endpoints: tuple[Mapped, ...] = ()
    deny: tuple[Denied, ...] = ()
    own: tuple[Denied, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    excused: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()


def path_of(settings: Settings, environment: str) -> Path:
    """Where the map of an environment is kept: beside the values, unless the settings say where."""
    told = settings.environment(environment).aws.recorded.file
    if told is not None:
        return settings.root / told
    return settings.values_folder / "inventory" / f"{environment}.json"


def pair_lines(pairing: Pairing) -> tuple[PairLine, ...]:
    """The pairs as they are written down, sorted."""
    lines = [
        PairLine(one.production.type, one.production.title, one.replica.title, one.rule.value)
        for one in pairing.pairs
    ]
    return tuple(sorted(lines, key=lambda line: (line.type, line.production, line.replica)))


def dump(found: Map) -> bytes:
    """The file's bytes: JSON, one line a pair, an endpoint or a name."""
    head = {
        "portability": "inventory",
        "version": VERSION,
        "environment": found.environment,
        "taken": found.taken.isoformat(),
        PRODUCTION: {"account": found.production.account, "regions": list(found.production.regions)},
        "replica": {"account": found.replica.account, "regions": list(found.replica.regions)},
    }
    parts: dict[str, list[dict[str, str]]] = {
        "pairs": [
            {"type": p.type, "production": p.production, "replica": p.replica, "rule": p.rule}
            for p in found.pairs
        ],
        "endpoints": [
            {
                "production": e.production,
                "replica": e.replica,
                "form": e.form.value,
                "role": e.role,
                "of": e.of,
                "rule": e.rule,
            }
            for e in found.endpoints
        ],
        "deny": [_name(one) for one in found.deny],
        "own": [_name(one) for one in found.own],
        "findings": [
            {"wrong": t.wrong.value, "what": t.what, "why": t.why, "hint": t.hint} for t in found.troubles
        ],
        "excused": [{"what": what, "reason": why} for what, why in sorted(found.excused.items())],
        "skipped": [{"what": s.what, "reason": s.reason} for s in found.skipped],
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    for key, items in parts.items():
        inside = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in items)
        lines.append(f" {json.dumps(key)}: [{chr(10)}{inside}{chr(10)} ]" if items else f' "{key}": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _name(one: Denied) -> dict[str, str]:
    return {"name": one.text, "form": one.form.value, "of": one.of}


def load(path: Path) -> Map:
    """The map in a file; UsageError for one that is not there or is no such file."""
    hint = "make one: portability inventory --env loadtest"
    try:
        told = json.loads(path.read_bytes())
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"cannot read the inventory: {reason}", str(path), hint) from None
    except ValueError:
        raise UsageError("this is no inventory", str(path), hint) from None
    try:
        return _read(told)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UsageError("this is no inventory of this version", str(path), hint) from None


def _read(told: Any) -> Map:
    if told["portability"] != "inventory" or told["version"] != VERSION:
        raise ValueError("another file")
    return Map(
        str(told["environment"]),
        date.fromisoformat(told["taken"]),
        _account(told[PRODUCTION]),
        _account(told["replica"]),
        tuple(PairLine(p["type"], p["production"], p["replica"], p["rule"]) for p in told["pairs"]),
        tuple(
            Mapped(e["production"], e["replica"], Form(e["form"]), e["role"], e["of"], e["rule"])
            for e in told["endpoints"]
        ),
        _names(told["deny"]),
        _names(told["own"]),
        tuple(Trouble(Wrong(t["wrong"]), t["what"], t["why"], t["hint"]) for t in told["findings"]),
        {str(one["what"]): str(one["reason"]) for one in told["excused"]},
        tuple(Skipped(one["what"], one["reason"]) for one in told["skipped"]),
    )


def _account(told: Any) -> Account:
    return Account(str(told["account"]), tuple(map(str, told["regions"])))


def _names(told: Any) -> tuple[Denied, ...]:
    return tuple(Denied(str(one["name"]), Form(one["form"]), str(one["of"])) for one in told)
