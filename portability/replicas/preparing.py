"""The replica's clone and the team's recipes in; run once its identity is proven, people's addresses counted.

Nothing is connected to before the settings, the recipes and the references of secrets are all read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portability.console import Console, one_line
from portability.database import contacts, dryness, ledger, recipes, script
from portability.database.contacts import Found
from portability.database.ledger import Entry, Kind, Ledger, State
from portability.database.recipes import Recipe, Step, Stopped
from portability.database.script import NoScript
from portability.database.server import Failed, Login, Session
from portability.errors import ExitCode, Interrupted, NothingExamined, Refused, Unfinished, UsageError
from portability.replicas.entered import entered, login_of
from portability.replicas.testusers import as_csv, users_file
from portability.settings.cloned import Cloned
from portability.settings.parameters import Key
from portability.settings.project import PRODUCTION, Settings
from portability.system import git, secrets
from portability.system.files import write_atomic
from portability.values import environments

MAIL, PHONES = "mail", "phones"
_LOCK = "portability_prepare"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for: the environment, another URL than the settings', what is run once more.

    `look`: nothing is run at all, so that no secret of recipes and users is needed.
    """

    environment: str
    url: str = ""
    defaults_file: Path | None = None
    again: tuple[str, ...] = ()
    check: bool = False
    not_production: str = ""
    look: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """All that a run needs, read and checked."""

    settings: Settings
    wish: Wish
    cloned: Cloned
    login: Login
    recipes: tuple[Recipe, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    password: str = field(default="", repr=False)

    @property
    def users_file(self) -> Path:
        """Where the test users go."""
        return users_file(self.settings, self.wish.environment, self.cloned.users)


def prepare(console: Console, wish: Wish) -> int:
    """Runs what was not run yet, looks for addresses of people, writes the users; 1 where any is left."""
    work = read(console.settings(), wish)
    session, marks = entered(work.settings, wish.environment, work.login, wish.not_production, console.say)
    try:
        _lock(session, work)
        if wish.check:
            left = _rehearse(console, session, work, marks)
            left |= _look(console, session, work)
        else:
            ledger.prepare(session)
            left = _run_all(console, session, work, marks)
            left |= _look(console, session, work)
            left |= _write_users(console, session, work)
        return ExitCode.FINDINGS if left else ExitCode.OK
    finally:
        session.close()


def read(settings: Settings, wish: Wish) -> Work:
    """Everything that is needed, with an error for what is wrong in it, before anything is connected to."""
    if wish.environment == PRODUCTION:
        raise Refused(
            "production's rows are never prepared", str(settings.file), "name the replica's environment"
        )
    told = settings.environment(wish.environment).cloned
    if told is None:
        hint = (
            f"environments.{wish.environment}.database: {{url: 'mysql://USER@HOST/DATABASE', recipes: […]}}"
        )
        raise UsageError(f"the settings name no database of {wish.environment}", str(settings.file), hint)
    known = dict.fromkeys(told.recipes)
    if unknown := [one for one in wish.again if one not in known]:
        raise UsageError(f"there is no recipe {unknown[0]}", told.where, f"known: {', '.join(known)}")
    empty = not told.recipes and told.users is None and told.mail is None and told.phones is None
    if empty and not wish.look:
        raise NothingExamined("the settings name no recipe, no users and no mail to look for", told.where)
    login = login_of(settings, told, wish.url, wish.defaults_file)
    password = ""
    if told.users is not None and told.users.password is not None and not wish.look:
        password = secrets.resolve(told.users.password, "users.password", settings.root, told.users.where)
    return Work(
        settings,
        wish,
        told,
        login,
        tuple(_recipe(settings, name) for name in told.recipes),
        {} if wish.look else _variables(settings, wish.environment, told),
        password,
    )


def _variables(settings: Settings, environment: str, told: Cloned) -> dict[str, str]:
    keyed = any(isinstance(given, Key) for given in told.variables.values())
    applied = environments.applied(settings) if keyed else ()
    held = [environments.values(part, environment) for part in applied]
    found = {}
    for name, given in told.variables.items():
        if isinstance(given, Key):
            texts = {str(values[given.name]) for values in held if given.name in values}
            if len(texts) != 1:
                words = "applications have different values of it" if texts else "there is no such key"
                raise UsageError(f"{name} reads {given.name}, and {words}", told.where)
            found[name] = texts.pop()
        elif isinstance(given, secrets.Reference):
            found[name] = secrets.resolve(given, name, settings.root, told.where)
        else:
            found[name] = given
    return found


def _recipe(settings: Settings, name: str) -> Recipe:
    path = settings.root / name
    try:
        data = path.read_bytes()
        text = data.decode()
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the recipe can't be read: {reason}", name) from None
    except UnicodeDecodeError:
        raise UsageError("the recipe is no UTF-8 text", name) from None
    try:
        found = script.statements(text)
    except NoScript as error:
        raise UsageError(f"{error.reason}; nothing was run", f"{name}:{error.line}") from None
    if not found:
        raise UsageError("the recipe holds no statement", name)
    return Recipe(name, hashlib.sha256(data).hexdigest(), found)


def _lock(session: Session, work: Work) -> None:
    """Unfinished where another run prepares the same clone."""
    got = session.rows(f"SELECT GET_LOCK(CONCAT('{_LOCK} ', MD5(DATABASE())), 0)")
    if got[0][0] != b"1":
        raise Unfinished(
            f"somebody else prepares {work.login.shown}; nothing was written", hint="wait for them, then look"
        )


def _afresh(session: Session) -> None:
    """Takes back what a recipe before may have set, so that none depends on another's session."""
    session.change("SET NAMES utf8mb4")
    for name in ("sql_mode", "foreign_key_checks", "unique_checks"):
        session.change(f"SET SESSION {name} = @@GLOBAL.{name}")


def standing(recipe: Recipe, known: Ledger) -> tuple[str, Entry | None]:
    """What the ledger says of a recipe: "" where it is to be run, else why it isn't, in words."""
    entry = known.get((Kind.RECIPE, recipe.name))
    if entry is None:
        return "", None
    if entry.state is State.BEGUN:
        words = f"stopped on {entry.day} after statement {entry.steps} of {len(recipe.statements)}"
        return words, entry
    if entry.digest != recipe.digest:
        return f"ran on {entry.day}, and its text is another since", entry
    return f"ran on {entry.day}", entry


def _open(work: Work, known: Ledger) -> Iterator[tuple[Recipe, str]]:
    """Each recipe, and why it is not run ('' where it is)."""
    for recipe in work.recipes:
        why, _ = standing(recipe, known)
        yield recipe, "" if recipe.name in work.wish.again else why


def _run_all(console: Console, session: Session, work: Work, marks: Mapping[str, str]) -> bool:
    """Runs what is open, in order; whether anything is left that a person must decide."""
    left = False
    known = ledger.read(session)
    for recipe, why in _open(work, known):
        if why:
            again = "" if _done(recipe, known) else f"  (--again {recipe.name})"
            left = left or bool(again)
            console.out(f"{one_line(recipe.name)}  {why}{again}")
            if again and known[Kind.RECIPE, recipe.name].state is State.BEGUN:
                raise Refused(
                    f"{recipe.name} {why}; the recipes after it are not run either",
                    f"{recipe.name}:{_next_line(recipe, known)}",
                    f"look what state it left, then --again {recipe.name}, or make the clone anew",
                )
            continue
        done = _run(console, session, work, recipe, marks)
        words = f"{_count(done.steps, 'statement')}, {_count(done.amount, 'row')}"
        console.out(f"{one_line(recipe.name)}  done  {words}")
    return left


def _done(recipe: Recipe, known: Ledger) -> bool:
    entry = known.get((Kind.RECIPE, recipe.name))
    return entry is not None and entry.state is State.DONE and entry.digest == recipe.digest


def _next_line(recipe: Recipe, known: Ledger) -> int:
    steps = known[Kind.RECIPE, recipe.name].steps
    return recipe.statements[min(steps, len(recipe.statements) - 1)].line


def _run(console: Console, session: Session, work: Work, recipe: Recipe, marks: Mapping[str, str]) -> Entry:
    environment = work.wish.environment
    _afresh(session)
    try:
        return recipes.run(session, recipe, work.variables, marks, environment, _teller(console, recipe))
    except Stopped as stopped:
        raise _stopped(stopped, work) from None
    except KeyboardInterrupt:
        remains = "nothing of it is kept" if recipe.whole else "the ledger knows after which statement"
        raise Interrupted(
            f"interrupted in {recipe.name}: {remains}", hint=f"{_before(work, recipe)}".lstrip("; ")
        ) from None


def _before(work: Work, recipe: Recipe) -> str:
    """Which recipes ran, or had run, before one."""
    before = [one.name for one in work.recipes[: work.recipes.index(recipe)]]
    return f"; what ran before it stays: {', '.join(before)}" if before and not work.wish.check else ""


def _stopped(stopped: Stopped, work: Work) -> Unfinished:
    name, total = stopped.recipe.name, len(stopped.recipe.statements)
    kept = _before(work, stopped.recipe)
    return Unfinished(
        f"{name} stopped at statement {stopped.number} of {total}: {stopped.reason}",
        f"{name}:{stopped.line}",
        f"{stopped.remains}{kept}",
    )


def _teller(console: Console, recipe: Recipe, after: str = "") -> recipes.Tell:
    def tell(step: Step) -> None:
        place = f"{recipe.name}:{step.statement.line}"
        rows = _count(step.rows, "row")
        console.out(one_line(f"{place}  {step.statement.title}  {rows}  {step.seconds:.1f} s{after}"))

    return tell


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rehearse(console: Console, session: Session, work: Work, marks: Mapping[str, str]) -> bool:
    """Does what can be taken back, takes it back, and tells the rest; whether anything would be run.

    Each recipe meets what those before it left, so nothing is tried after one that was not.
    """
    known = ledger.read(session)
    would, lasting, untried = False, dryness.lasting(session), ""
    with recipes.rehearsal(session, marks):
        for recipe, why in _open(work, known):
            if why:
                console.out(f"{one_line(recipe.name)}  {why}")
                would = would or not _done(recipe, known)
                continue
            would = True
            reason = dryness.reason(recipe, lasting)
            if untried and not reason:
                reason = f"it comes after {untried}, which was not"
            if reason:
                untried = untried or recipe.name
                _tell_untried(console, recipe, reason)
                continue
            _afresh(session)
            try:
                recipes.tried(session, recipe, work.variables, _teller(console, recipe, "  taken back"))
            except Stopped as stopped:
                raise _stopped(stopped, work) from None
            console.out(f"{one_line(recipe.name)}  would run; all of it is taken back")
    return would


def _tell_untried(console: Console, recipe: Recipe, reason: str) -> None:
    for statement in recipe.statements:
        console.out(one_line(f"{recipe.name}:{statement.line}  {statement.title}  not tried"))
    console.out(one_line(f"{recipe.name}  would run, and was not tried: {reason}"))


def _look(console: Console, session: Session, work: Work) -> bool:
    """Counts addresses and phones of people; whether any is left."""
    told = work.cloned
    left = False
    _afresh(session)
    if told.mail is None:
        console.say("mail addresses are not looked for: the settings name no database.mail")
    else:
        found = contacts.mail(session, told.mail.allowed, told.mail.columns, told.mail.skip)
        left = _tell_found(
            console, session, work, MAIL, found, f"of other domains than {', '.join(told.mail.allowed)}"
        )
    if told.phones is not None:
        found = contacts.phones(session, told.phones.allowed, told.phones.columns)
        left |= _tell_found(console, session, work, PHONES, found, "other than those allowed")
    return left


def _tell_found(console: Console, session: Session, work: Work, name: str, found: Found, words: str) -> bool:
    for one in found.counts:
        row = f"  e.g. {one.example}" if one.example else ""
        console.out(one_line(f"{name}  {one.table}.{one.column}  {_count(one.values, 'value')} {words}{row}"))
    for skipped in found.skipped:
        console.say(one_line(f"not looked at: {skipped.what}: {skipped.reason}"))
    left = f"{found.values:,} {'is' if found.values == 1 else 'are'} left" if found.values else "none is left"
    console.out(f"{name}  {left}, in {_count(found.columns, 'column')}")
    if not work.wish.check:
        digest, environment = contacts_digest(work.cloned, name), work.wish.environment
        ledger.note(session, Entry(Kind.CHECK, name, digest, State.DONE, found.values, 0, environment))
    return bool(found.values)


def contacts_digest(told: Cloned, name: str) -> str:
    """What a look rested on: other settings make it another look."""
    return hashlib.sha256(repr(told.mail if name == MAIL else told.phones).encode()).hexdigest()


def _write_users(console: Console, session: Session, work: Work) -> bool:
    """Writes the file of test users, for its owner alone; whether there was none."""
    users = work.cloned.users
    if users is None:
        return False
    try:
        session.run("SET TRANSACTION READ ONLY")
        session.run("START TRANSACTION")
        names, rows = session.table(users.query)
        session.run("COMMIT")
    except Failed as failed:
        raise Unfinished(f"the query of the test users: {failed.reason}", users.where) from None
    data = as_csv(users, names, rows, work.password)
    path = work.users_file
    if not rows:
        console.out("users  none: the query gives no row, and no file is written")
        return True
    write_atomic(path, data, 0o600)
    digest = hashlib.sha256(users.query.encode()).hexdigest()
    ledger.note(
        session, Entry(Kind.USERS, path.name, digest, State.DONE, len(rows), 0, work.wish.environment)
    )
    _warn_of_git(console, work.settings, path)
    console.out(f"users  {len(rows):,} written to {one_line(str(path))}, for you alone (0600)")
    return False


def _warn_of_git(console: Console, settings: Settings, path: Path) -> None:
    """Says so where the file, which holds passwords, would be committed with the next change."""
    repository = git.find(settings.root)
    if isinstance(repository, git.NoRepository) or not path.is_relative_to(settings.root):
        return
    name = path.relative_to(settings.root).as_posix()
    if name not in repository.ignored(name):
        console.say(f"warning: git does not ignore {one_line(name)}, which holds passwords")
