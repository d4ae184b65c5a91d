"""A table of prices in, its lines out, and back: what an hour of each part of the replica costs, and its day.

date: 2026-11-01
currency: USD
replica:                       # what an hour of each costs, and how many there are
  - {what: database db.r6g.large, hour: 0.313, count: 3}
  - {what: serverless database, hour: 0.07, most: 2.24}
  - {what: load balancer}      # no price yet: it is told
  - {what: bucket, count: 2, why: 'by use: gigabytes and requests'}

`campaign prices` writes such a table, and says so by `source`. Lines with `by: hand` stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from portability.campaign.billing import Part, Product
from portability.campaign.pricelist import Price
from portability.errors import UsageError
from portability.settings.fields import each, read, text
from portability.system.documents import Node, parse

HAND = "hand"
_SHOWN = 12
"""Names that a line keeps."""


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of part: an hour of one (None: unknown, `why` says why), at the most `most`, and how many."""

    what: str
    hour: float | None = None
    count: int = 1
    most: float | None = None
    why: str = ""
    names: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """All lines, the day of their prices, and where they come from ('': people wrote it)."""

    day: date
    currency: str
    lines: tuple[Line, ...]
    source: str = ""


def load(file: Path) -> Table:
    """The table of a file; UsageError where it is none."""
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        hint = "write it by hand (docs/campaign.md), or by portability campaign prices"
        raise UsageError(f"the table of prices can't be read: {reason}", str(file), hint) from None
    document = parse(data, str(file))
    parts = document.mapping(("date", "currency", "replica", "source"))
    for needed in ("date", "replica"):
        if needed not in parts:
            raise document.error(f"must say its {needed}")
    lines = tuple(_line(item) for item in parts["replica"].items())
    currency, source = read(parts.get("currency"), text, "USD"), read(parts.get("source"), text, "")
    return Table(parts["date"].day(), currency, lines, source)


def _line(item: Node) -> Line:
    entry = item.mapping(("what", "hour", "count", "most", "why", "names", "by"))
    if "what" not in entry:
        raise item.error("must say what it is")
    count = read(entry.get("count"), Node.integer, 1)
    if count < 0:
        raise entry["count"].error("must be 0 or more")
    hour, most = (read(entry.get(name), _price, None) for name in ("hour", "most"))
    if hour is not None and most is not None and most < hour:
        raise entry["most"].error("must be at least its hour")
    return Line(
        text(entry["what"], as_written=True),
        hour,
        count,
        most,
        read(entry.get("why"), lambda node: text(node, as_written=True), ""),
        read(entry.get("names"), each(lambda node: text(node, as_written=True)), ()),
        read(entry.get("by"), lambda node: node.choice((HAND,)), "") == HAND,
    )


def _price(node: Node) -> float:
    try:
        found = float(node.text(as_written=True))
    except ValueError:
        raise node.error("must be a price") from None
    if not 0 <= found < 1e9:
        raise node.error("must be a price, 0 or more")
    return found


def made(
    parts: Sequence[Part], prices: Mapping[Product, Price], day: date, source: str, kept: Iterable[Line] = ()
) -> Table:
    """The table of what stands there now; `kept` are lines by hand, which are taken instead of ours."""
    own = tuple(kept)
    ours = [*_priced(parts, prices)]
    taken = {one.what for one in own}
    lines = [one for one in ours if one.what not in taken]
    currencies = {prices[one.product].currency for one in parts if one.product and one.product in prices}
    currency = next(iter(currencies)) if len(currencies) == 1 else "USD"
    lines.sort(key=lambda one: (one.hour is None, -(one.hour or 0) * one.count, one.what))
    return Table(day, currency, (*lines, *own), source)


def _priced(parts: Sequence[Part], prices: Mapping[Product, Price]) -> Iterator[Line]:
    """A line for all parts of one kind, at one price."""
    found: dict[tuple[str, Product | None, str], list[Part]] = {}
    for one in parts:
        found.setdefault((one.what, one.product, one.why), []).append(one)
    for (what, product, why), same in found.items():
        names = tuple(dict.fromkeys(one.name for one in same))[:_SHOWN]
        one, price = same[0], prices.get(product) if product else None
        line = Line(what, None, len(same), None, why or (price.why if price else ""), names)
        if price is not None and price.amount is not None:
            if one.units == one.most:
                count = round(sum(part.units for part in same))
                line = replace(line, hour=price.amount, count=count)
            else:
                least, most = (round(price.amount * units, 6) for units in (one.units, one.most))
                line = replace(line, hour=least, most=most)
        yield line


def dump(table: Table) -> bytes:
    """The bytes of a table, a line each."""
    head = [
        "# What the replica costs an hour: portability campaign prices writes it anew.",
        "# A line of your own stays if it says `by: hand`; give one to what has no price.",
        f"date: {table.day.isoformat()}",
        f"currency: {table.currency}",
        f"source: {json.dumps(table.source, ensure_ascii=False)}",
        "replica:" if table.lines else "replica: []",
    ]
    return "\n".join([*head, *(f"  - {_spelt(one)}" for one in table.lines)]).encode() + b"\n"


def _spelt(one: Line) -> str:
    told: dict[str, object] = {"what": one.what}
    told |= {"hour": one.hour} if one.hour is not None else {}
    told |= {"most": one.most} if one.most is not None else {}
    told |= {"count": one.count} if one.count != 1 else {}
    told |= {"why": one.why} if one.why else {}
    told |= {"names": list(one.names)} if one.names else {}
    told |= {"by": HAND} if one.by_hand else {}
    pairs = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in told.items())
    return "{" + ", ".join(pairs) + "}"
