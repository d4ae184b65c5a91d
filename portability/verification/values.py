"""An environment's values in, the checks of what must hold before anything is deployed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from portability.asking.verdicts import Area, Check, Result
from portability.errors import UsageError
from portability.model import Scalar
from portability.settings.parameters import Key, Parameter
from portability.settings.project import PRODUCTION, Settings
from portability.system import secrets
from portability.values import environments


def checks(settings: Settings, name: str) -> tuple[Check, ...]:
    """A failed check for each value that is missing or production's; one that passed if none is."""
    environment = environments.load(settings, name)
    keys = environments.load_keys(settings)
    problems = environments.problems(settings, environment, keys)
    problems += environments.same_secrets(settings, environment)
    if problems:
        return tuple(_failed(problem) for problem in problems)
    found = f"{len(keys)} keys, none with production's value but those declared shared"
    of = f"{environment.name} {settings.application}".rstrip()
    return (Check(Area.VALUES, of, Result.PASS, environment.file, found=found),)


def hidden(
    held_parts: Sequence[Settings], rendered: Mapping[str, Mapping[str, Scalar]], name: str
) -> Iterator[str]:
    """Every secret that the application has, and of production's whatever can be read on this machine."""
    for part in held_parts:
        for key, entry in environments.load(part, name).entries.items():
            if entry.secret is not None and key in rendered[part.application]:
                yield str(rendered[part.application][key])
        production = environments.load(part, PRODUCTION)
        theirs = environments.held(part, production)
        for key, entry in production.entries.items():
            if entry.secret is not None and theirs[key] is not None:
                yield str(theirs[key])


def secret(given: Mapping[str, Parameter], texts: Mapping[str, str]) -> Iterator[str]:
    """Those of the parameters' texts that the settings keep as secrets."""
    for name, parameter in given.items():
        if isinstance(parameter, secrets.Reference) and name in texts:
            yield texts[name]


def _failed(problem: str) -> Check:
    where, _, words = problem.partition(": ")
    key, _, rest = words.partition(" ")
    return Check(
        Area.VALUES,
        key,
        Result.FAIL,
        where,
        expected="a value of the replica's own, or {shared: reason}",
        found=rest,
        production="production" in rest,
    )


def resolved(
    given: Mapping[str, Parameter], values: Mapping[str, Scalar], settings: Settings, where: str
) -> dict[str, str]:
    """The parameters as texts, keys and secrets looked up here; UsageError names what isn't there."""
    return dict(_resolved(given, values, settings, where))


def _resolved(
    given: Mapping[str, Parameter], values: Mapping[str, Scalar], settings: Settings, where: str
) -> Iterator[tuple[str, str]]:
    for name, parameter in given.items():
        yield name, text(parameter, name, values, settings, where)


def text(
    parameter: Parameter, name: str, values: Mapping[str, Scalar], settings: Settings, where: str
) -> str:
    """One parameter as text."""
    if isinstance(parameter, Key):
        if parameter.name not in values:
            raise UsageError(f"{name} reads {parameter.name}, and there is no such key", where)
        return str(values[parameter.name])
    if isinstance(parameter, secrets.Reference):
        return secrets.resolve(parameter, name, settings.root, where)
    return parameter
