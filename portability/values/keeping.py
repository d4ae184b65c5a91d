"""Production's credentials that leave the code in, where each is kept and its reference out.

A store of AWS's is written to before the code is: what is there already is read first, and one other
value in it refuses them all. So a run that is cut off leaves the old code running, and the next run
finds what was stored and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portability.errors import Refused, Unfinished, UsageError
from portability.settings import bindings
from portability.settings.placement import Store
from portability.settings.project import PRODUCTION, Settings
from portability.system import awssecrets
from portability.system.aws import Failure
from portability.system.awssecrets import Unread
from portability.system.secrets import AWS, Reference
from portability.values.naming import NamedKey

LARGEST = {"ssm": 8192, "secretsmanager": 65_536}
"""Bytes that a value may have in each store."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The references of credentials that are in a store of AWS's now, and those that were there before."""

    new: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


def folder(settings: Settings) -> str:
    """Where production's secrets are put when they leave the code, relative to the root; never in git.

    Where rendered values lie outside the root (the web server serves all of it), so do secrets.
    """
    inside = not settings.rendered.startswith(("/", ".."))
    return f"{settings.values if inside else settings.rendered}/secrets/{PRODUCTION}"


def reference(settings: Settings, key: str) -> Reference:
    """Where production's credential `key` is kept, by the settings' store."""
    store = settings.secrets.store
    if store is Store.FILE:
        return Reference("file", f"{folder(settings)}/{key}")
    if store is Store.ENV:
        return Reference("env", key)
    if settings.secrets.prefix is None:
        raise UsageError(
            f"credentials are to go to {store.value}, and nothing says under which names",
            where=settings.file.name,
            hint="say secrets: {prefix: shop}, and they are called shop/production/KEY",
        )
    parts = (settings.secrets.prefix, settings.application, PRODUCTION, key)
    name = "/".join(part for part in parts if part)
    return Reference(store.value, f"/{name}" if store is Store.SSM else name)


def refuse_unready(settings: Settings) -> None:
    """Refused or UsageError where the store can't take production's credentials: no name, another account."""
    if settings.secrets.store.value in AWS:
        reference(settings, "KEY")
        bindings.refuse_other_account(settings, PRODUCTION)


def targets(keys: Sequence[tuple[Settings, NamedKey]]) -> dict[str, tuple[str, str]]:
    """The key and value of each credential by the name that it gets in the store; see `store`.

    `keys` come with the settings of their application.
    """
    return {
        reference(part, named.key.name).target: (named.key.name, str(named.value)) for part, named in keys
    }


def store(settings: Settings, wanted: Mapping[str, tuple[str, str]]) -> Stored:
    """Puts credentials, each (key, value) by its name, into the store of AWS's that the settings name.

    Nothing where they name another. Refused where one is there with another value or can't be held;
    Unfinished where the store can't be reached or doesn't give them back.
    """
    kind = settings.secrets.store.value
    if kind not in AWS or not wanted:
        return Stored()
    values = {name: _fitting(key, value, kind) for name, (key, value) in wanted.items()}
    refuse_unready(settings)
    before = _read(settings, kind, list(values))
    others = [name for name, value in before.items() if isinstance(value, str) and value != values[name]]
    if others:
        raise Refused(
            f"{_some(others)} in {kind} with another value; nothing was stored or written",
            where=", ".join(others),
            hint="see which one is production's; choose another key or prefix, or remove what is stale",
        )
    missing = {name: values[name] for name, value in before.items() if isinstance(value, Unread)}
    for name, value in missing.items():
        try:
            awssecrets.put(kind, name, value, settings.region(PRODUCTION), settings.secrets.key)
        except Failure as failure:
            raise failure.error(f"{name} can't be stored in {kind}; no code was written") from None
    after = _read(settings, kind, list(missing))
    late = [name for name, value in after.items() if isinstance(value, Unread)]
    if late:
        hint = "run it again: what is stored is found then"
        raise Unfinished(f"{kind} doesn't give back yet what was stored", ", ".join(late), hint)
    wrong = [name for name, value in after.items() if value != missing[name]]
    if wrong:
        raise Unfinished(
            f"{_some(wrong)} not what was stored", ", ".join(wrong), "does somebody else write there?"
        )
    known = tuple(f"{kind}:{name}" for name in before if name not in missing)
    return Stored(tuple(f"{kind}:{name}" for name in missing), known)


def _read(settings: Settings, kind: str, names: Sequence[str]) -> Mapping[str, str | Unread]:
    """What the store holds under those names; UsageError where that can't be seen."""
    read = awssecrets.parameters if kind == "ssm" else awssecrets.secrets
    found = read(names, settings.region(PRODUCTION))
    for name, value in found.items():
        if isinstance(value, Unread) and not value.missing:
            raise Unfinished(
                f"what {kind} holds as {name} can't be seen, and {value.problem}; nothing was stored",
                hint=value.hint,
            )
    return found


def _fitting(key: str, text: str, kind: str) -> str:
    """The same text; Refused where the store can't hold it."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        size = -1
    if not 0 < size <= LARGEST[kind]:
        reason = "is not UTF-8 text" if size < 0 else "is empty" if not size else "is too long"
        raise Refused(
            f"the value of {key} {reason}, and {kind} can't hold it",
            hint=f"apply it by itself to another store: --only {key} --secrets-to file",
        )
    return text


def _some(names: Sequence[str]) -> str:
    return "1 credential is" if len(names) == 1 else f"{len(names)} credentials are"


def unset(settings: Settings, keys: Sequence[NamedKey]) -> list[str]:
    """The variables that production's machines need, and this one does not have."""
    if settings.secrets.store is not Store.ENV:
        return []
    return [n.key.name for n in keys if n.key.secret and os.environ.get(n.key.name) != str(n.value)]
