"""An attestation, a trusted key and the target in, every reason not to start a campaign out.

statement = gate.require(settings, Path("verified.json"), public_key, "loadtest", now)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from portability import targets
from portability.asking.verdicts import Verdict, last_day
from portability.attestation import attested
from portability.attestation import statement as attestation
from portability.attestation.envelopes import LARGEST, Forged, Verifies, unwrap
from portability.attestation.statement import Statement
from portability.console import one_line
from portability.errors import NothingExamined, Refused, UsageError
from portability.settings.project import PRODUCTION, Settings
from portability.settings.replica import Target

MAX_AGE = timedelta(hours=24)
SKEW = timedelta(minutes=5)
"""How far the clock of the machine that signed may be ahead of this one's."""
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a gate asks for: an environment ('': the attested one), an age, a commit ('': any), no waivers.

    `application` must be said where the settings name several: an attestation is of one of them.
    """

    environment: str = ""
    max_age: timedelta = MAX_AGE
    commit: str = ""
    waivers: bool = True
    application: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the gate: refused if it has a reason; `told` is what was found, where it passed."""

    name: str
    told: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """All the answers; `statement` is None where the signature already is not to be believed."""

    answers: tuple[Answer, ...]
    statement: Statement | None = None

    @property
    def refusals(self) -> tuple[str, ...]:
        """The reasons, in words."""
        return tuple(answer.refused for answer in self.answers if answer.refused)


def require(
    settings: Settings, file: Path, key: Verifies, environment: str, now: datetime, wanted: Wanted = Wanted()
) -> Statement:
    """The statement of a fresh PASS of what is served now; Refused, with every reason, for anything else."""
    named = f" --application {wanted.application}" if wanted.application else ""
    hint = f"portability verify --env {environment}{named} --attest {file}"
    try:
        ruling = ask(settings, file, key, now, replace(wanted, environment=environment))
    except NothingExamined as error:
        raise Refused(error.message, error.where, hint) from None
    if ruling.statement is None or ruling.refusals:
        raise Refused(f"not attested: {'; '.join(ruling.refusals)}", str(file), hint)
    return ruling.statement


def ask(settings: Settings, file: Path, key: Verifies, now: datetime, wanted: Wanted = Wanted()) -> Ruling:
    """Every answer, the signature's first; what is in the file is not believed before that.

    NothingExamined without a file, Refused for production or on another machine than the replica's;
    UsageError where the settings name several applications and `wanted` none of them.
    """
    data = _data(file)
    one = settings.of(wanted.application)
    if wanted.environment:
        _target(settings, wanted.environment)
    try:
        found = attestation.load(unwrap(data, key))
    except Forged as forged:
        return Ruling((Answer("signature", refused=f"it is not to be believed: {forged.reason}"),))
    name = wanted.environment or found.environment
    answers = [
        Answer("signature", f"key {key.keyid[:16]}"),
        _environment(found, name),
        *_application(found, one.application),
        _verdict(found),
        *_waivers(found, one, now.astimezone().date(), wanted),
        _age(found, now, wanted.max_age),
        _commit(found, wanted.commit),
        *_served(found, targets.served(_target(settings, name))),
        *_configuration(found.configuration, attested.configuration(settings, name, one.application)),
    ]
    return Ruling(tuple(answers), found)


def _data(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise NothingExamined("there is no attestation", str(file)) from None
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise UsageError(f"the attestation can't be read: {reason}", str(file)) from None


def _target(settings: Settings, name: str) -> Target:
    where = str(settings.file)
    if name == PRODUCTION:
        raise Refused("production is never verified, so nothing can attest it", where)
    wanted, here = settings.environment(name), os.uname().nodename
    if not wanted.is_for(here):
        hint = "the gate reads again what is served, on the replica's own machine"
        raise Refused(f"{name} is for machines named {wanted.binding.host}, this is {here}", where, hint)
    target = targets.prepared(settings, name)
    if target is None:
        raise UsageError(f"the settings say nothing of environments.{name}.target", where)
    return target


def _environment(found: Statement, name: str) -> Answer:
    if found.environment != name:
        words = f"it is of the environment {_shown(found.environment)}, not of {name}"
        return Answer("environment", refused=words)
    return Answer("environment", name)


def _application(found: Statement, name: str) -> Iterator[Answer]:
    if found.application != name:
        attested_one = (
            f"the application {_shown(found.application)}" if found.application else "no application"
        )
        yield Answer("application", refused=f"it is of {attested_one}, not of {name or 'the whole project'}")
    elif name:
        yield Answer("application", name)


def _verdict(found: Statement) -> Answer:
    if found.verdict is not Verdict.PASS:
        words = f"the verification ended with {found.verdict}"
        return Answer("verdict", refused=f"{words}: {_list(found.failed)}" if found.failed else words)
    if not found.passed:
        return Answer("verdict", refused="no check passed in it")
    return Answer("verdict", f"{found.result}, {len(found.passed)} checks passed")


def _waivers(found: Statement, settings: Settings, today: date, wanted: Wanted) -> Iterator[Answer]:
    if not found.warned:
        return
    last = {name: last_day(name, settings.verifying.waivers) for name in found.warned}
    over = [name for name, day in last.items() if day is None or day < today]
    if not wanted.waivers:
        yield Answer("waivers", refused=f"it rests on waivers, and none is wanted: {_list(found.warned)}")
    elif over:
        yield Answer("waivers", refused=f"it rests on waivers that hold no longer: {_list(over)}")
    else:
        until = min(day for day in last.values() if day is not None)
        yield Answer("waivers", f"{_list(found.warned)}, until {until}")


def _age(found: Statement, now: datetime, most: timedelta) -> Answer:
    age = now.astimezone(UTC) - found.finished
    ended = f"it ended on {found.finished:%Y-%m-%d at %H:%M} UTC"
    if age < -SKEW:
        words = f"{ended}, which is {told(-age)} ahead of this machine's clock; at most {told(SKEW)} may be"
        return Answer("age", refused=words)
    if age > most:
        return Answer("age", refused=f"{ended}, {told(age)} ago; at most {told(most)} may be")
    if age < timedelta(0):
        return Answer("age", f"{told(-age)} ahead of this machine's clock: up to {told(SKEW)} is let pass")
    return Answer("age", f"{told(age)}, of at most {told(most)}")


def _commit(found: Statement, wanted: str) -> Answer:
    commit = found.deployed.commit
    if wanted and not (len(wanted) >= 7 and commit.startswith(wanted.lower())):
        return Answer("commit", refused=f"it is of the commit {commit[:12]}, not of {_shown(wanted)}")
    return Answer("commit", commit[:12])


def _served(found: Statement, served: targets.Served) -> Iterator[Answer]:
    if served.label != found.release:
        now = f"{served.label} is served now" if served.label else "nothing is served now"
        yield Answer("release", refused=f"{now}, and {_shown(found.release)} was verified")
        return
    yield Answer("release", served.label)
    if not served.seal:
        words = "the seal of the release is gone: it was verified again since, and that attested nothing"
        yield Answer("contents", refused=words)
    elif served.seal != found.deployed.seal:
        words = (
            f"written since: {_list(served.later)}"
            if served.later
            else "a file of it is gone, or it was verified again (this attests the time before), or it is "
            "another machine's"
        )
        yield Answer("contents", refused=f"the release is not what was verified, to the byte: {words}")
    else:
        yield Answer("contents", "every file is as it was verified")


def _configuration(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Answer]:
    for name in dict.fromkeys((*then, *now)):
        shown = _shown(name)
        if name not in now:
            yield Answer("configuration", refused=f"{shown} was verified, and is gone")
        elif name not in then:
            yield Answer("configuration", refused=f"{shown} is there now, and was not when it was verified")
        elif then[name] != now[name]:
            yield Answer("configuration", refused=f"{shown} was changed since it was verified")
    if then == now:
        yield Answer("configuration", f"{len(now) - 1} files and the map of endpoints are as they were")


def told(span: timedelta) -> str:
    """A time in the largest unit that fits: `3 h`."""
    seconds = int(span.total_seconds())
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _list(names: Iterable[str]) -> str:
    every = [_shown(name) for name in names]
    rest = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + rest


def _shown(text: str) -> str:
    return one_line(text)
