"""A table of prices and a window of time in, what the replica costs out: an hour, a day, and the campaign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from portability.campaign.pricetable import Line, Table
from portability.campaign.records import Cost

OLD = 60
"""Days after which a table of prices says how old it is."""
MOST = 6
"""Lines that a reminder names."""


def cost(table: Table, seconds: float) -> Cost:
    """The cost by the table's prices, over a window of so many seconds."""
    priced = [(one, one.hour) for one in table.lines if one.hour is not None and one.count]
    lines = tuple((counted(one), round(one.count * hour, 6)) for one, hour in priced)
    hour = sum(amount for _, amount in lines)
    most = sum(one.count * (hour if one.most is None else one.most) for one, hour in priced)
    unpriced = tuple(
        f"{counted(one)} ({one.why})" if one.why else counted(one)
        for one in table.lines
        if one.hour is None and one.count
    )
    day = table.day.isoformat()
    window = hour * seconds / 3600
    return Cost(table.currency, hour, window, day, lines, unpriced, most, most * seconds / 3600)


def counted(one: Line) -> str:
    """How many of what."""
    return f"{one.count} x {one.what}" if one.count != 1 else one.what


def told(found: Cost, today: date) -> Iterator[str]:
    """What it costs as long as nobody takes it down, in words; the dearest first."""
    if found.hour:
        yield (
            f"the replica is still running: {money(found, found.hour)} an hour, "
            f"{money(found, 24 * found.hour)} a day, until it is taken down (prices of {found.day})"
        )
        if found.most > found.hour:
            yield f"under load it may be up to {money(found, found.most)} an hour: a part of it grows"
        dearest = sorted(found.lines, key=lambda one: -one[1])
        for words, amount in dearest[:MOST]:
            yield f"  {money(found, 24 * amount)} a day: {words}"
        if rest := dearest[MOST:]:
            amount = sum(one for _, one in rest)
            yield f"  {money(found, 24 * amount)} a day: {len(rest)} more"
    if found.unpriced:
        yield f"without a price of an hour: {'; '.join(found.unpriced)}"
    age = (today - date.fromisoformat(found.day)).days
    if age > OLD:
        yield f"these prices are {age} days old: portability campaign prices asks for new ones"


def money(found: Cost, amount: float) -> str:
    """An amount with its currency."""
    return f"{amount:,.2f} {found.currency}"
