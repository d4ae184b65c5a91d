"""`portability campaign journal`: shows, fills and exports the table of all campaigns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from portability.campaign import rows
from portability.campaign.journal import KEY, Table
from portability.campaign.store import Store
from portability.commands.campaign.common import store_of
from portability.console import Console, one_line
from portability.errors import ExitCode, NothingExamined, Refused, UsageError
from portability.system.files import write_atomic

_SHOWN = ("Date", "Time", "Focus", "Users", "Users / Second", "Results", KEY)


def called(
    console: Console,
    run: str | None,
    focus: str,
    notes: str,
    links: tuple[str, ...],
    over: bool,
    restore: bool,
    xlsx: Path | None,
    count: int,
) -> int:
    """What the command line asks for; the exit code."""
    store = store_of(console.settings())
    given = {"Focus": focus, "Notes": notes, "Links": " ".join(links)}
    if run or any(given.values()):
        fill(console, store, run or "last", given, over)
    if restore:
        _restore(console, store)
    table = store.table()
    if xlsx is not None:
        _export(console, table, xlsx)
        return ExitCode.OK
    return show(console, store, table, count)


def fill(console: Console, store: Store, run: str, given: dict[str, str], over: bool) -> None:
    """Fills cells of a campaign's row, and its record; asks for them where somebody is there to answer."""
    record = store.load(run)
    if not any(given.values()):
        if not console.can_ask():
            raise UsageError("nothing is said to fill in", hint="--focus, --notes, --link")
        asked = ("Focus", "Notes", "Links")
        given = {
            name: console.ask_text(f"{name} (Enter: none)?", f"--{name.lower()}", True) for name in asked
        }
    record = store.load(record.id)  # An answer may have taken long.
    if store.runs_now(record):
        raise Refused(f"the campaign {record.id} still runs", hint="its row can be filled when it has ended")
    words = {name.lower(): text for name, text in given.items() if text}
    kept = {name: text for name, text in words.items() if over or not getattr(record, name)}
    record = replace(record, **kept)  # type: ignore[arg-type]
    store.save(record)
    columns = tuple(name for name, text in given.items() if text) if over else ()
    cells = {**rows.cells(record), **{name: text for name, text in given.items() if text}}
    before = store.table().cells(record.id)
    store.change(lambda table: table.with_row(cells, columns))
    for name, text in given.items():
        if text and not over and before.get(name, "").strip():
            console.say(f"{name} says something already, and keeps it; --replace writes over it")


def _restore(console: Console, store: Store) -> None:
    every = [one for one in store.every() if not store.runs_now(one)]
    if not every:
        raise NothingExamined("there are no campaigns yet", str(store.folder))
    known = store.table()
    missing = [one for one in every if known.find(one.id) is None]

    def added(table: Table) -> Table:
        for one in missing:
            table = table.with_row(rows.cells(one))
        return table

    store.change(added)
    console.say(f"{len(missing)} rows were missing")


def _export(console: Console, table: Table, file: Path) -> None:
    try:
        from portability.campaign.spreadsheet import workbook

        data = workbook(table)
    except ImportError:
        hint = "pip install 'portability-toolkit[campaign]'"
        raise UsageError("openpyxl, which writes XLSX files, is not installed", hint=hint) from None
    write_atomic(file, data)
    console.say(f"{len(table.rows)} rows written to {file}")


def show(console: Console, store: Store, table: Table, count: int) -> int:
    """Prints the last rows, a block each."""
    if not table.rows:
        raise NothingExamined("there are no campaigns yet", str(store.journal), "portability campaign run")
    places = [(name, table.place(name)) for name in _SHOWN]
    for row in table.rows[-count:]:
        told = {name: row.cells[at] for name, at in places if at is not None and at < len(row.cells)}
        users = " users, ".join(filter(None, [told.get("Users"), told.get("Users / Second")]))
        head = [
            told.get("Date", ""),
            told.get("Time", ""),
            told.get(KEY, ""),
            f"{users}/s",
            told.get("Focus", ""),
        ]
        console.out(one_line("  ".join(part for part in head if part)))
        console.out(f"  {one_line(told.get('Results', ''))}")
    return ExitCode.OK
