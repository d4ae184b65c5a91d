"""A database's login and an environment in, a session on it out, once it is shown not to be production."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from portability.asking.resolver import addresses_of
from portability.database import identity, server
from portability.database.server import Login, Session
from portability.errors import Refused
from portability.inventory.recorded import recorded
from portability.settings.cloned import Cloned
from portability.settings.project import Settings
from portability.system import secrets
from portability.values import environments
from portability.verification import fingerprint
from portability.verification.frontier import territory

_RIGHT = "GRANT SLAVE MONITOR lets it (MySQL: REPLICATION CLIENT)"


def login_of(settings: Settings, told: Cloned, url: str = "", defaults_file: Path | None = None) -> Login:
    """What to enter a clone with, as the settings say; another URL or defaults file wins."""
    file = defaults_file or (settings.root / told.defaults_file if told.defaults_file else None)
    login = server.login(url or told.url, file)
    if told.password is None or defaults_file is not None:
        return login
    found = secrets.resolve(told.password, "database.password", settings.root, told.where)
    return replace(login, password=found)


def login_at(settings: Settings, url: str, defaults_file: Path | None, environment: str = "") -> Login:
    """What to enter a database with; with the password of the settings where they name just this one.

    `environment` is whose clone it may be ('': any's). What a person gives comes before the settings.
    """
    plain = server.login(url, defaults_file)
    if plain.password:
        return plain
    for one in settings.environments:
        if one.cloned is None or environment not in ("", one.name):
            continue
        known = server.login(one.cloned.url, None)
        if _place(known) == _place(plain):
            return login_of(settings, one.cloned, url, defaults_file)
    return plain


def _place(login: Login) -> tuple[object, ...]:
    return login.host, login.port, login.database, login.user, login.options.get("socket")


class Unproven(Refused):
    """Neither is it shown that a server is production's, nor that it is none."""


def entered(
    settings: Settings, environment: str, login: Login, excuse: str, say: Callable[[str], object]
) -> tuple[Session, dict[str, str]]:
    """A session on a server that is none of production's, and its marks; Refused otherwise.

    `excuse` is why a server that can't be told from production is none. An address of production's is
    refused before anything is connected to.
    """
    applied = environments.applied(settings)
    land = territory(settings, environment, parts=applied, known=recorded(settings, environment))
    if "socket" not in login.options:
        _refuse(login, identity.by_address(login.host, addresses_of(login.host), land).against)
    session = server.connect(login)
    try:
        answer = identity.ask(session)
        standing = identity.by_marks(answer, fingerprint.marks_of(settings, "mysql"), land)
        _refuse(login, standing.against)
        which = " --application NAME" if settings.applications else ""
        if standing.unclear and not excuse.strip():
            raise Unproven(
                "it can't be told that this database is not production's",
                "\n         ".join(standing.unclear),
                f"on production: portability fingerprint --env production{which}; or --not-production REASON",
            )
        for reason in standing.unclear:
            say(f"warning: {reason}; taken for no production: {excuse}")
        if answer.source_hidden:
            say(f"warning: the account may not know whether this server replicates from production; {_RIGHT}")
        return session, dict(answer.marks)
    except BaseException:
        session.close()
        raise


def _refuse(login: Login, against: tuple[str, ...]) -> None:
    if against:
        raise Refused(
            f"{login.shown} is production's; nothing was written",
            "\n         ".join(against),
            "name the replica's own database",
        )
