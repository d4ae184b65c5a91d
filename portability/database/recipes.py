"""A recipe's statements and a session on the replica in, each done and counted, all or what is told, out.

A recipe whose statements leave a transaction open is one transaction, its entry in the ledger included.
One with a statement that commits (CREATE TABLE, TRUNCATE, …) can't be: the ledger keeps how far it came.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from portability.database import ledger
from portability.database.ledger import Entry, Kind, State
from portability.database.rows import same_server
from portability.database.script import Statement
from portability.database.server import Again, Failed, Problem, Session
from portability.errors import PortabilityError, Unfinished

_NOT_BACK = 1196
"""MySQL's warning that tables without transactions keep what was changed in them."""
_NOTHING = "nothing of it is kept"
_UNKNOWN = (
    "the connection was lost while it was committed: all of it is kept, or nothing; the ledger knows, and "
    "the same command goes on from there"
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A file's name as the settings have it, the digest of its text, its statements."""

    name: str
    digest: str
    statements: tuple[Statement, ...]

    @property
    def whole(self) -> bool:
        """Whether one transaction holds all of it together: no statement commits, or may."""
        return not any(one.commits or one.unsure for one in self.statements)


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that was done: how many rows it found, in how many seconds."""

    statement: Statement
    rows: int
    seconds: float


class Stopped(Exception):
    """A recipe that did not come to its end: at which statement, why, and what state remains, in words."""

    def __init__(self, recipe: Recipe, number: int, reason: str, line: int, remains: str) -> None:
        super().__init__(reason)
        self.recipe = recipe
        self.number = number
        self.reason = reason
        self.line = line
        self.remains = remains


Tell = Callable[[Step], object]


def run(
    session: Session,
    recipe: Recipe,
    variables: Mapping[str, str],
    marks: Mapping[str, str],
    environment: str,
    tell: Tell,
) -> Entry:
    """Does all of a recipe and notes it; Stopped where that can't be done, with what state remains.

    Refused, with nothing done, where the server is another than the one whose `marks` were asked for.
    """
    done = Entry(Kind.RECIPE, recipe.name, recipe.digest, State.DONE, 0, len(recipe.statements), environment)
    if not recipe.whole:
        return _in_steps(session, recipe, variables, marks, done, tell)
    with _transaction(session, recipe) as at:
        same_server(session, marks)
        for step in _steps(session, recipe, variables, at):
            done = replace(done, amount=done.amount + step.rows)
            tell(step)
        ledger.note(session, done)
    return done


@contextmanager
def rehearsal(session: Session, marks: Mapping[str, str]) -> Iterator[None]:
    """One transaction around all that is tried in the block; whatever happens, it is taken back."""
    session.change("START TRANSACTION")
    try:
        same_server(session, marks)
        yield
    finally:
        _taken_back(session)


def tried(session: Session, recipe: Recipe, variables: Mapping[str, str], tell: Tell) -> None:
    """Does all of a whole recipe, in a rehearsal; Stopped where it could not be done."""
    at = _At()
    try:
        for step in _steps(session, recipe, variables, at):
            tell(step)
    except _StatementFailed as error:
        raise error.stopped(recipe, _NOTHING) from None
    except (Unfinished, Problem, Again) as problem:
        raise at.stopped(recipe, problem, _NOTHING) from None


@dataclass(slots=True)
class _At:
    """The number of the statement that is being done, from 1; 0 before the first."""

    number: int = 0

    def stopped(self, recipe: Recipe, error: Exception, remains: str) -> Stopped:
        """The error of what is done around the statements, at the place that was reached."""
        number = max(1, self.number)
        reason = error.message if isinstance(error, PortabilityError) else str(error) or type(error).__name__
        return Stopped(recipe, number, reason, recipe.statements[number - 1].line, remains)


@contextmanager
def _transaction(session: Session, recipe: Recipe) -> Iterator[_At]:
    """One transaction around a recipe, taken back at any error; a statement's becomes Stopped.

    An interrupt is left to the end of the connection: the server takes back what was not committed.
    """
    session.change("START TRANSACTION")
    at = _At()
    try:
        yield at
    except _StatementFailed as error:
        raise error.stopped(recipe, _taken_back(session)) from None
    except (Unfinished, Problem, Again) as error:
        raise at.stopped(recipe, error, _taken_back(session)) from None
    except Exception:
        _taken_back(session)
        raise
    try:
        session.run("COMMIT")
    except Failed as failed:
        remains = _UNKNOWN if failed.lost else _taken_back(session)
        last = recipe.statements[-1].line
        raise Stopped(recipe, len(recipe.statements), failed.reason, last, remains) from None


def _taken_back(session: Session) -> str:
    """Takes back what is not committed; what state remains, in words."""
    try:
        session.run("ROLLBACK")
        warned = any(row[1] == b"%d" % _NOT_BACK for row in session.rows("SHOW WARNINGS"))
    except (Failed, PortabilityError):
        return "nothing of it is kept: the server takes back what was not committed"
    if warned:
        return (
            "it was taken back, but for rows of tables without transactions (MyISAM, Aria …): "
            "they stay as they are now"
        )
    return _NOTHING


class _StatementFailed(Exception):
    def __init__(self, number: int, failed: Failed, line: int) -> None:
        super().__init__(failed.reason)
        self.number = number
        self.failed = failed
        self.line = line

    def stopped(self, recipe: Recipe, remains: str) -> Stopped:
        """The same, with what state remains."""
        return Stopped(recipe, self.number, self.failed.reason, self.line, remains)


def _steps(session: Session, recipe: Recipe, variables: Mapping[str, str], at: _At) -> Iterator[Step]:
    """Does one statement after the other."""
    for name, value in variables.items():
        session.change(f"SET @{name} = %s", (value,))
    for number, statement in enumerate(recipe.statements, 1):
        at.number, started = number, time.monotonic()
        try:
            rows = session.run(statement.text)
        except Failed as failed:
            raise _StatementFailed(number, failed, statement.line + failed.line - 1) from None
        yield Step(statement, rows, time.monotonic() - started)


def _in_steps(
    session: Session,
    recipe: Recipe,
    variables: Mapping[str, str],
    marks: Mapping[str, str],
    done: Entry,
    tell: Tell,
) -> Entry:
    """Does each statement by itself: the ledger says before it that it begins, and after it how far it is."""
    same_server(session, marks)
    begun = replace(done, state=State.BEGUN, steps=0)
    ledger.note(session, begun)
    at = _At()
    try:
        for step in _steps(session, recipe, variables, at):
            begun = replace(begun, steps=begun.steps + 1, amount=begun.amount + step.rows)
            ledger.step(session, begun)
            tell(step)
    except _StatementFailed as error:
        raise error.stopped(recipe, _kept(error.number - 1, error.failed.lost)) from None
    except (Unfinished, Problem, Again) as error:
        raise at.stopped(recipe, error, _kept(begun.steps, True)) from None
    done = replace(done, amount=begun.amount)
    ledger.note(session, done)
    return done


def _kept(count: int, lost: bool) -> str:
    """What state a recipe is in that was done statement by statement."""
    first = _NOTHING if not count else "its first statement is kept"
    words = first if count < 2 else f"its first {count} statements are kept"
    return f"{words}; whether the next was done too is not known" if lost else words
