"""A table of prices and a window of time in, what the replica costs out: an hour, and the campaign.

date: 2026-11-01
currency: USD
replica:                       # what an hour of each costs, and how many there are
  - {what: database db.r6g.large, hour: 0.313, count: 3}
  - {what: load balancer}      # no price yet: it is told
"""

from __future__ import annotations

from pathlib import Path

from portability.campaign.records import Cost
from portability.documents import Node, parse
from portability.errors import UsageError
from portability.fields import read, text


def cost(file: Path, seconds: float) -> Cost:
    """The cost by the file's prices; UsageError where it is no such table."""
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the table of prices can't be read: {reason}", str(file)) from None
    document = parse(data, str(file))
    parts = document.mapping(("date", "currency", "replica"))
    for needed in ("date", "replica"):
        if needed not in parts:
            raise document.error(f"must say its {needed}")
    lines, unpriced = [], []
    for item in parts["replica"].items():
        entry = item.mapping(("what", "hour", "count"))
        if "what" not in entry:
            raise item.error("must say what it is")
        what = text(entry["what"], as_written=True)
        count = read(entry.get("count"), Node.integer, 1)
        price = read(entry.get("hour"), _price, None)
        if price is None:
            unpriced.append(what)
        else:
            lines.append((f"{count} x {what}" if count != 1 else what, round(count * price, 6)))
    hour = sum(amount for _, amount in lines)
    currency = read(parts.get("currency"), text, "USD")
    day = parts["date"].day().isoformat()
    return Cost(currency, hour, hour * seconds / 3600, day, tuple(lines), tuple(unpriced))


def _price(node: Node) -> float:
    try:
        found = float(node.text(as_written=True))
    except ValueError:
        raise node.error("must be a price") from None
    if not 0 <= found < 1e9:
        raise node.error("must be a price, 0 or more")
    return found
