"""A database or a dump and what a person asked of it in, looked at or rewritten, the exit code out.

A server is written to only once it is shown to be none of production's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from portability.console import Console
from portability.database import catalogue, dumps, identity, ledger, replacements, rows, server
from portability.database.ledger import Entry, Kind, State
from portability.database.names import Names
from portability.database.options import Asked
from portability.database.rows import Work
from portability.database.server import Login, Session
from portability.database.tally import Tally
from portability.errors import ExitCode, NothingExamined, Unfinished, UsageError
from portability.model import Skipped
from portability.replicas.entered import entered, login_at
from portability.reports import database as report
from portability.settings.project import Settings
from portability.system.files import write_atomic, writing
from portability.verification import fingerprint

STANDARD = "-"


def scan(console: Console, asked: Asked, form: str, output: Path | None, exit_zero: bool) -> int:
    """Tells what of production's the rows hold; 1 where they hold something. Only reads."""
    if form not in ("text", "json"):
        raise UsageError(f"--database is told as text or json, not as {form}")
    settings = console.settings()
    names = replacements.known(settings, asked.mapped, asked.mail)
    tally = Tally()
    if server.is_url(asked.target):
        with _session(login_at(settings, asked.target, asked.defaults_file)) as session:
            _say_whose(console, settings, session)
            _look_at_all(console, session, Work(names), tally, asked)
    else:
        with _opened(asked.target) as stream:
            dumps.rewrite(stream, names, tally, lambda data: None, asked.skips)
    lines = (
        [report.as_json(tally).rstrip()]
        if form == "json"
        else report.text(tally, console, "hold production's hosts")
    )
    if output is not None:
        write_atomic(output, ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
        console.say(f"written to {output}")
    else:
        _print(console, lines)
    return ExitCode.FINDINGS if (tally.values or tally.left) and not exit_zero else ExitCode.OK


def apply(console: Console, asked: Asked, dry: bool, yes: bool) -> int:
    """Gives the rows the environment's hosts, once a person agreed; `dry` tells what would change."""
    if not asked.environment:
        raise UsageError("--database needs the environment whose values it gets", hint="--env loadtest")
    settings = console.settings()
    names = replacements.replacing(settings, asked.environment, asked.mapped, asked.mail)
    if not server.is_url(asked.target):
        return _apply_to_dump(console, asked, names, dry)
    if asked.output is not None:
        raise UsageError("-o names the new dump; a database is changed where it is")
    if not (dry or yes or console.can_ask()):
        raise UsageError("there is nobody to ask; nothing was written", hint="say it with --yes or --check")
    login = login_at(settings, asked.target, asked.defaults_file, asked.environment)
    session, marks = entered(settings, asked.environment, login, asked.not_production, console.say)
    try:
        work = Work(names, marks, asked.run_triggers)
        return _rewritten(console, settings, asked, login, session, work, dry, yes)
    finally:
        session.close()


def _rewritten(
    console: Console,
    settings: Settings,
    asked: Asked,
    login: Login,
    session: Session,
    work: Work,
    dry: bool,
    yes: bool,
) -> int:
    if dry or not yes:
        planned = Tally()
        _look_at_all(console, session, Work(work.names), planned, asked)
        _print(console, report.text(planned, console, "would change"))
        if dry or not planned.values:
            return ExitCode.FINDINGS if planned.values else ExitCode.OK
        question = f"Rewrite {planned.values:,} values of {login.shown}?"
        if console.ask(question, {"y": "yes", "n": "no"}, "--yes") != "y":
            console.say("nothing was written")
            return ExitCode.FINDINGS
    tally = Tally()
    _tables(console, session, work, tally, asked)
    _print(console, report.text(tally, console, f"rewritten for {asked.environment}"))
    _note(console, settings, session, asked, tally)
    return ExitCode.OK


def _note(console: Console, settings: Settings, session: Session, asked: Asked, tally: Tally) -> None:
    """Writes into the clone's ledger that its rows have these values; a hint where that is not allowed."""
    left = sum(column.left for column in tally.columns.values())
    entry = Entry(
        Kind.REWRITTEN,
        asked.environment,
        replacements.digest(settings, asked.environment),
        State.DONE,
        left,
        0,
        asked.environment,
    )
    try:
        ledger.prepare(session)
        ledger.note(session, entry)
    except Unfinished as error:
        console.say(f"note: it could not be written into {ledger.TABLE}, where doctor looks: {error.message}")


def _say_whose(console: Console, settings: Settings, session: Session) -> None:
    """Says on standard error where the server that is read is production's."""
    mine = identity.marks(session)
    for name, theirs in (fingerprint.marks_of(settings, "mysql") or {}).items():
        shared = mine.keys() & theirs.keys()
        if shared and all(mine[one] == theirs[one] for one in shared):
            console.say(f"note: this is production's {name}; it is only read")


@contextmanager
def _session(login: Login) -> Iterator[Session]:
    session = server.connect(login)
    try:
        yield session
    finally:
        session.close()


def _look_at_all(console: Console, session: Session, work: Work, tally: Tally, asked: Asked) -> None:
    """Reads all tables as they are at one moment; the server is told that nothing may be written."""
    session.change("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    session.change("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    _tables(console, session, work, tally, asked)
    session.change("COMMIT")


def _tables(console: Console, session: Session, work: Work, tally: Tally, asked: Asked) -> None:
    found = list(catalogue.read(session, asked.skips))
    tables = [one for one in found if isinstance(one, catalogue.Table) and one.name != ledger.TABLE]
    for one in found:
        if isinstance(one, Skipped):
            tally.skip(one.what, one.reason)
    if not tables:
        raise NothingExamined("the database has no table that could hold a host")
    with console.progress("looking at", "tables") as told:
        for number, table in enumerate(tables):
            if told:
                told(number, len(tables))
            rows.look(session, table, work, tally)
    rows.definitions(session, work.names, tally)


def _apply_to_dump(console: Console, asked: Asked, names: Names, dry: bool) -> int:
    if asked.output is None and not dry:
        raise UsageError(
            "a dump is not changed where it is", hint="-o NEW.sql, -o - for standard output, or --check"
        )
    if asked.output is not None and asked.output.exists() and str(asked.output) == asked.target:
        raise UsageError("the new dump would take the place of the old one", str(asked.output))
    tally = Tally()
    is_piped = str(asked.output) == STANDARD
    with _opened(asked.target) as stream:
        if dry or asked.output is None:
            _passed(stream, names, tally, asked, lambda data: None)
        elif is_piped:
            _passed(stream, names, tally, asked, sys.stdout.buffer.write)
        else:
            with writing(asked.output) as new:
                _passed(stream, names, tally, asked, new.write)
    for line in report.text(tally, console, "would change" if dry else f"rewritten for {asked.environment}"):
        (console.say if is_piped else console.out)(line)
    return ExitCode.FINDINGS if dry and tally.values else ExitCode.OK


def _passed(
    stream: BinaryIO, names: Names, tally: Tally, asked: Asked, write: Callable[[bytes], object]
) -> None:
    dumps.rewrite(stream, names, tally, write, asked.skips)


@contextmanager
def _opened(target: str) -> Iterator[BinaryIO]:
    """The dump's bytes; NothingExamined where there is none."""
    if target == STANDARD:
        yield sys.stdin.buffer
        return
    path = Path(target)
    if not path.is_file():
        raise NothingExamined(
            "there is no such dump", target, "--database takes a mysql:// URL or a dump's path"
        )
    with path.open("rb") as stream:
        yield stream


def _print(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.out(line)
