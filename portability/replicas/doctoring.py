"""The settings of a replica in, the steps of bringing it up out, as far as each can be seen from here.

Production is not asked: its names are resolved, and an address of it is refused before it is connected to.
The replica's database is only read.
"""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from portability import targets
from portability.asking.verdicts import Result
from portability.attestation.gate import Ruling
from portability.database import ledger, replacements
from portability.database.ledger import Kind, Ledger
from portability.database.server import Session
from portability.errors import PortabilityError, Refused
from portability.inventory.judging import Wrong
from portability.inventory.mapfile import Map
from portability.inventory.recorded import recorded
from portability.replicas import preparing
from portability.replicas.entered import Unproven, entered
from portability.replicas.preparing import MAIL, PHONES, Wish, Work
from portability.replicas.testusers import users_digest, users_file
from portability.settings.project import PRODUCTION, Settings
from portability.system import git
from portability.values import environments
from portability.verification import values
from portability.verification.readiness import Checklist, State, Step

SHOWN = 3
"""Findings that a step names."""
_TABLES = (
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
    f"AND table_type = 'BASE TABLE' AND table_name <> '{ledger.TABLE}'"
)

Rule = Callable[[], Ruling | None]
"""What the gate says of an attestation; None where none was named."""


@dataclass(frozen=True, slots=True)
class _Clone:
    """What was seen of the clone: the step of it, and where it could be read, its ledger."""

    step: Step
    work: Work | None = None
    known: Ledger | None = None


def examine(settings: Settings, wish: Wish, today: date, rule: Rule, application: str = "") -> Checklist:
    """Every step in order; Refused for production. `application` is the one to verify, of several."""
    name = wish.environment
    if name == PRODUCTION:
        raise Refused("production is no replica", str(settings.file), "name the replica's environment")
    settings.environment(name)
    verify = _verify(settings, name, application)
    clone = _clone(settings, wish)
    deployed = _deploy(settings, name, verify)
    return Checklist(
        name,
        (
            _template(settings, name, today, verify),
            clone.step,
            _people(name, clone),
            _users(settings, name, clone),
            _rows(settings, name, clone),
            _values(settings, name),
            deployed,
            _verified(deployed, rule, verify),
        ),
    )


def _verify(settings: Settings, name: str, application: str) -> str:
    """The command that verifies the replica."""
    given = application or ("NAME" if settings.applications else "")
    return f"portability verify --env {name}" + (f" --application {given}" if given else "")


def _template(settings: Settings, name: str, today: date, verify: str) -> Step:
    step = Step("template", "everything that production has stands on the replica", State.UNKNOWN, "")
    again = f"portability inventory --env {name}"
    try:
        known = recorded(settings, name, today)
    except PortabilityError as error:
        return replace(step, why=error.message, next=again)
    if known is not None:
        return _compared(step, known, again)
    if any(one.aws.cloud.regions or one.aws.cloud.profile for one in settings.environments):
        return replace(step, why="there is no inventory of the AWS accounts", next=again)
    told = settings.environment(name).replica
    given = {"networks": told.networks, "endpoints": told.endpoints}
    if lacking := [word for word, held in given.items() if not held]:
        why = f"the settings name no AWS account, and of {name} no {' and no '.join(lacking)}"
        return replace(step, state=State.MISSING, why=why, next=f"{verify} --propose")
    count = len(told.endpoints)
    named = f"{count} service{'' if count == 1 else 's'}"
    why = f"the settings name {named} of {name}, and no AWS account to compare"
    return replace(step, state=State.DONE, why=why)


def _compared(step: Step, known: Map, again: str) -> Step:
    """The step of a replica whose account was compared with production's."""
    unpaired = [one.what for one in known.troubles if one.wrong is Wrong.UNPAIRED]
    if unpaired:
        why = f"the inventory of {known.taken} finds nothing for {_listed(unpaired)}"
        return replace(step, state=State.MISSING, why=why, next=f"{again} --missing -o replica.yaml")
    if known.troubles:
        others = [f"{one.wrong} {one.what}" for one in known.troubles]
        why = f"the inventory of {known.taken} has findings: {_listed(others)}"
        return replace(step, state=State.MISSING, why=why, next=again)
    why = f"{len(known.pairs)} resources are paired, by the inventory of {known.taken}"
    return replace(step, state=State.DONE, why=why)


def _clone(settings: Settings, wish: Wish) -> _Clone:
    """Reads what the clone tells of itself, once it is shown to be none of production's."""
    name = wish.environment
    step = Step("data", "a clone of production's rows is on the replica", State.UNKNOWN, "")
    if settings.environment(name).cloned is None:
        example = "{url: 'mysql://USER@HOST/DATABASE', password: {secret: 'env:NAME'}}"
        hint = f"name it in the settings: environments.{name}.database: {example}"
        return _Clone(replace(step, why="the settings name no database", next=hint))
    step = replace(step, next=f"portability database prepare --env {name} --check")
    try:
        work = preparing.read(settings, wish)
        session, _ = entered(settings, name, work.login, wish.not_production, lambda text: None)
    except Unproven as error:
        return _Clone(replace(step, why=f"{error.message}: {_reasons(error)}", next=error.hint))
    except Refused as error:
        why = f"{error.message.partition(';')[0]}: {_reasons(error)}"
        return _Clone(replace(step, state=State.MISSING, why=why, next="name the replica's own database"))
    except PortabilityError as error:
        return _Clone(replace(step, why=_line(error)))
    try:
        return _looked_into(step, work, session)
    except PortabilityError as error:
        return _Clone(replace(step, why=_line(error)), work)
    finally:
        session.close()


def _looked_into(step: Step, work: Work, session: Session) -> _Clone:
    tables = int((session.rows(_TABLES)[0][0] or b"0").decode())
    if not tables:
        why, hint = f"{work.login.shown} has no table", "clone production's data into it"
        return _Clone(replace(step, state=State.MISSING, why=why, next=hint), work)
    why = f"{work.login.shown}, {tables} tables, and it is not production's"
    return _Clone(replace(step, state=State.DONE, why=why), work, ledger.read(session))


def _reasons(error: PortabilityError) -> str:
    return "; ".join(line.strip() for line in error.where.splitlines())


def _line(error: PortabilityError) -> str:
    return f"{error.message} ({error.where})" if error.where else error.message


def _unread(step: Step, clone: _Clone) -> Step:
    """A step of a clone that could not be looked into."""
    if clone.step.state is State.MISSING:
        return replace(step, state=State.MISSING, why="there is no clone yet", next=clone.step.next)
    return replace(step, why="the clone can't be looked into", next=clone.step.next)


def _people(name: str, clone: _Clone) -> Step:
    step = Step("people", "mail addresses and phones of people are harmless", State.UNKNOWN, "")
    if clone.known is None or clone.work is None:
        return _unread(step, clone)
    step = replace(step, next=f"portability database prepare --env {name}")
    told, known = clone.work.cloned, clone.known
    for recipe in clone.work.recipes:
        why, entry = preparing.standing(recipe, known)
        if entry is None or entry.state is not ledger.State.DONE or entry.digest != recipe.digest:
            again = f" --again {recipe.name}" if why else ""
            why = f"{recipe.name} {why or 'has not run'}"
            return replace(step, state=State.MISSING, why=why, next=step.next + again)
    looked = []
    for kind, wanted in ((MAIL, told.mail), (PHONES, told.phones)):
        if wanted is None:
            continue
        entry = known.get((Kind.CHECK, kind))
        if entry is None or entry.digest != preparing.contacts_digest(told, kind):
            return replace(step, state=State.MISSING, why=f"{kind}: nobody has counted since")
        if entry.amount:
            why = f"{kind}: {entry.amount:,} values were left on {entry.day}"
            hint = f"one more recipe, in environments.{name}.database.recipes, that changes them; then "
            hint += step.next
            return replace(step, state=State.MISSING, why=why, next=hint)
        looked.append(f"{kind}: none was left on {entry.day}")
    if told.mail is None:
        ran = f"{len(clone.work.recipes)} recipes ran; " if clone.work.recipes else ""
        hint = f"name it in the settings: environments.{name}.database.mail: {{allowed: […]}}"
        return replace(step, why=f"{ran}nobody counts mail addresses", next=hint)
    return replace(step, state=State.DONE, why="; ".join(looked))


def _users(settings: Settings, name: str, clone: _Clone) -> Step:
    step = Step("users", "there is a pool of test users", State.UNKNOWN, "")
    told = settings.environment(name).cloned
    if told is None or told.users is None:
        hint = f"name them in the settings: environments.{name}.database.users: {{query: SELECT …}}"
        return replace(step, why="the settings name no query of test users", next=hint)
    if clone.known is None:
        return _unread(step, clone)
    step = replace(step, next=f"portability database prepare --env {name}")
    path = users_file(settings, name, told.users)
    entry = clone.known.get((Kind.USERS, path.name))
    if entry is None:
        return replace(step, state=State.MISSING, why="the clone tells of none that were written")
    if entry.digest != users_digest(told.users):
        return replace(step, state=State.MISSING, why="they were written by another query")
    problem = _file_problem(path, entry.amount)
    if problem:
        return replace(step, state=State.MISSING, why=f"{path}: {problem}")
    return replace(step, state=State.DONE, why=f"{entry.amount:,} in {path}, of {entry.day}")


def _file_problem(path: Path, count: int) -> str:
    """What is wrong with the file of users; '' for nothing."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open(newline="", encoding="utf-8") as stream:
            held = sum(1 for _ in csv.reader(stream)) - 1
    except OSError as error:
        return (error.strerror or "it can't be read").lower()
    except (UnicodeDecodeError, csv.Error):
        return "it is no table of users"
    if mode & 0o077:
        return f"others may read it (mode {mode:04o})"
    return f"it holds {held:,} users, and {count:,} were written" if held != count else ""


def _rows(settings: Settings, name: str, clone: _Clone) -> Step:
    step = Step("rows", "the rows hold the replica's hosts in place of production's", State.UNKNOWN, "")
    if clone.known is None or clone.work is None:
        return _unread(step, clone)
    url = clone.work.wish.url or clone.work.cloned.url
    step = replace(step, next=f"portability apply --database '{url}' --env {name}")
    entry = clone.known.get((Kind.REWRITTEN, name))
    if entry is None:
        return replace(step, state=State.MISSING, why="the clone tells of no rewriting")
    try:
        digest = replacements.digest(settings, name)
    except PortabilityError as error:
        return replace(step, why=_line(error))
    if entry.digest != digest:
        why = f"they were rewritten on {entry.day}, and the values are others since"
        return replace(step, state=State.MISSING, why=why)
    if entry.amount:
        why = f"{entry.amount:,} values were left on {entry.day}, each with its reason"
        return replace(step, why=why, next=f"portability scan --database '{url}'")
    return replace(step, state=State.DONE, why=f"rewritten on {entry.day}, with the values of today")


def _values(settings: Settings, name: str) -> Step:
    step = Step("values", "each key has a value of the replica's own", State.UNKNOWN, "")
    found: list[str] = []
    keys = 0
    try:
        for part in environments.applied(settings):
            keys += len(environments.load_keys(part))
            checks = values.checks(part, name)
            found += [f"{one.name} {one.found}" for one in checks if one.result is Result.FAIL]
    except PortabilityError as error:
        return replace(step, why=_line(error), next=f"portability check --env {name}")
    if not keys:
        return replace(
            step, state=State.MISSING, why="no value was moved out of the code yet", next="portability apply"
        )
    if found:
        file = environments.path_of(settings, name)
        return replace(step, state=State.MISSING, why=f"{len(found)}: {_listed(found)}", next=f"edit {file}")
    return replace(
        step, state=State.DONE, why=f"{keys} keys, none with production's value but those declared shared"
    )


def _deploy(settings: Settings, name: str, verify: str) -> Step:
    step = Step("deploy", "a release serves", State.UNKNOWN, "", verify)
    wanted, here = settings.environment(name), os.uname().nodename
    target = targets.prepared(settings, name)
    if target is None:
        why = f"the settings say nothing of environments.{name}.target"
        return replace(step, state=State.MISSING, why=why, next=f"{step.next} --propose")
    if not wanted.is_for(here):
        why = f"{name} is for machines named {wanted.binding.host}, this is {here}"
        return replace(step, why=why, next=f"there: portability doctor --env {name}")
    try:
        served = targets.served(target)
    except PortabilityError as error:
        return replace(step, why=_line(error))
    if not served.label:
        return replace(step, state=State.MISSING, why="nothing is served")
    repository = git.find(settings.root)
    head = None if isinstance(repository, git.NoRepository) else repository.head()
    if head is not None and head[:12] not in served.label:
        why = f"{served.label} is served, and the last commit is {head[:12]}"
        return replace(step, state=State.MISSING, why=why)
    return replace(step, state=State.DONE, why=served.label)


def _verified(deployed: Step, rule: Rule, verify: str) -> Step:
    again = f"{verify} --attest verified.json"
    step = Step("verify", "a fresh PASS of what is served is attested", State.UNKNOWN, "", again)
    if deployed.state is State.MISSING:
        return replace(step, state=State.MISSING, why="nothing was deployed")
    try:
        ruling = rule()
    except PortabilityError as error:
        return replace(step, state=State.MISSING, why=_line(error))
    if ruling is None:
        ask = verify.replace(" verify ", " doctor ")
        hint = f"{again}; then {ask} --attestation verified.json --key KEY.pub"
        return replace(step, why="no attestation was named", next=hint)
    if ruling.refusals:
        return replace(step, state=State.MISSING, why=_listed(ruling.refusals))
    answers = len(ruling.answers)
    return replace(step, state=State.DONE, why=f"accepted by the gate: {answers} answers, none refuses it")


def _listed(found: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    every = list(found)
    rest = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return "; ".join(every[:SHOWN]) + rest
