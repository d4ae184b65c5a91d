"""`portability campaign prices`: what the replica that stands there costs, written as a dated table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from portability.campaign import billing, pricelist, pricetable
from portability.campaign.billing import Part, Product
from portability.campaign.cost import cost, counted, money
from portability.campaign.pricelist import Price
from portability.campaign.pricetable import Table
from portability.console import Console, one_line
from portability.errors import ExitCode, NothingExamined, UsageError
from portability.inventory.making import side
from portability.inventory.resource import Inventory
from portability.inventory.taking import own, take
from portability.settings.project import PRODUCTION, Settings
from portability.system.aws import Session
from portability.system.files import write_atomic

DAYS = 7
"""Days for which the prices of a table are taken again; what runs is always looked at."""
_NOT_COUNTED = (
    "not counted: disks, input and output, backups, traffic, logs; nor reservations, discounts and taxes"
)


def run(console: Console, name: str, output: Path | None, fresh: bool) -> int:
    """Reads the account, asks for prices, tells and writes them."""
    settings = console.settings()
    if name == PRODUCTION:
        raise UsageError("this counts a replica; production's bill is its own", hint="--env loadtest")
    file = output or (settings.root / settings.campaign.prices if settings.campaign.prices else None)
    before = _before(file)
    console.say(f"reading the account of {one_line(name)}; nothing is changed there")
    where = side(settings, name)
    found = _own(console, settings, take(where))
    parts = billing.parts(found.resources)
    if not parts:
        raise NothingExamined(f"nothing that costs runs in {_place(found)}", str(settings.file))
    today = datetime.now(UTC).date()
    table = _table(parts, found, where.session(), today, before, fresh)
    _tell(console, table, found)
    if file is None:
        console.say("written nowhere: campaign.prices of the settings, or -o, names the table")
    else:
        write_atomic(file, pricetable.dump(table))
        console.say(f"written to {file}")
    return ExitCode.OK


def _before(file: Path | None) -> Table | None:
    """The table that is there; UsageError where people wrote it, since it would be written over."""
    if file is None or not file.exists():
        return None
    table = pricetable.load(file)
    if not table.source:
        hint = "-o names another file; lines of yours in it stay if they say `by: hand`"
        raise UsageError("this table was written by hand, and is left alone", str(file), hint)
    return table


def _own(console: Console, settings: Settings, inventory: Inventory) -> Inventory:
    """The resources that are the replica's."""
    environment = settings.environment(inventory.environment)
    theirs = settings.environment(PRODUCTION).binding.account
    if theirs is None and not environment.aws.cloud.chooses:
        console.say(
            f"everything in {_place(inventory)} is counted: say environments.production.binding.account, "
            f"or which resources are {inventory.environment}'s, if production may be in there"
        )
    return own(inventory, environment.aws.cloud, theirs)


def _place(found: Inventory) -> str:
    return f"account {found.account}, {', '.join(found.regions)}"


def _table(
    parts: Sequence[Part],
    found: Inventory,
    session: Session,
    today: date,
    before: Table | None,
    fresh: bool,
) -> Table:
    """What stands there, by the prices of a young table if it knows all of them, else by the list."""
    kept = [one for one in before.lines if one.by_hand] if before else []
    source = f"AWS Price List, on demand; what ran in {_place(found)} on {today.isoformat()}"
    products = dict.fromkeys(one.product for one in parts if one.product)
    same = before is not None and f" {_place(found)} on " in before.source
    if before and same and not fresh and (today - before.day).days < DAYS:
        known = _known(parts, before)
        if set(known) == set(products):
            return pricetable.made(parts, known, before.day, source, kept)
    return pricetable.made(parts, pricelist.prices(session, products), today, source, kept)


def _known(parts: Sequence[Part], before: Table) -> Mapping[Product, Price]:
    """The prices that a table has of such parts."""
    lines = {one.what: one for one in before.lines if not one.by_hand and one.hour is not None}
    return {
        one.product: Price(lines[one.what].hour, before.currency)
        for one in parts
        if one.product and one.units == one.most and one.what in lines
    }


def _tell(console: Console, table: Table, found: Inventory) -> None:
    """The table, in words: the dearest first."""
    told = cost(table, 0)
    console.out(f"what runs in {_place(found)}, by the prices of {table.day}, {table.currency}")
    console.out(f"{'an hour':>10} {'a day':>10}")
    for one in table.lines:
        if one.hour is not None:
            amount = one.count * one.hour
            names = f": {', '.join(one.names)}" if one.names else ""
            console.out(one_line(f"{amount:>10.4f} {24 * amount:>10.2f}  {counted(one)}{names}"))
    console.out(f"{told.hour:>10.4f} {24 * told.hour:>10.2f}  all that has a price of an hour")
    if told.most > told.hour:
        console.out(f"{told.most:>10.4f} {24 * told.most:>10.2f}  the same, with all that grows at its most")
    for one in table.lines:
        if one.hour is None:
            console.out(one_line(f"{'':>21}  {counted(one)}: {one.why or 'no price'}"))
    if told.hour:
        console.out(f"it goes on costing {money(told, 24 * told.hour)} a day until it is taken down")
    console.say(_NOT_COUNTED)
