"""What environments say of the services of others in, what may not stand so and what `off` reads as out.

A replica must not pay, mail, push or count anything: it talks to a sandbox, to a sink of its own, or to
nobody. An endpoint of production's is refused there like a host of production's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from portability.model import Category, Scalar, Whose
from portability.values.entries import Entry

OFF = "off.invalid"
"""A name that nobody can ever register (RFC 2606), so that looking it up fails at once, everywhere."""

OFF_PORT = 9
"""The port `discard`, for a key that holds a port."""

READ_ONLY = frozenset({"files", "http", "search", ""})
"""Services of others that may be shared with production: those that are not known to act on anything."""

_HINT = "say {sandbox: VALUE}, {sink: VALUE} or {off: reason}"


class Info(Protocol):
    """What is known of a key."""

    @property
    def service(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def whose(self) -> str: ...


def endpoint(value: Scalar | None) -> str:
    """The host that a value names, without scheme, user, port, path and case; '' for what names none."""
    if not isinstance(value, str):
        return ""
    text = value.strip().lower()
    try:
        host = urlsplit(text if "://" in text else f"//{text.removeprefix('//')}").hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".")


def off_value(key: str, info: Info, production: Scalar | None) -> Scalar:
    """What code reads for a key that is off: of production's type, told apart by the key, leading nowhere."""
    if isinstance(production, bool | int | float):
        return False if isinstance(production, bool) else OFF_PORT
    if info.category == Category.CREDENTIAL or info.kind == "port":
        return "off" if info.category == Category.CREDENTIAL else str(OFF_PORT)
    host = f"{key.lower().replace('_', '-').strip('-')}.{OFF}"
    text = production if isinstance(production, str) else ""
    if "@" in text and "://" not in text:
        return f"off@{host}"
    scheme, slashes, _ = text.partition("//")
    if info.kind == "url" or (slashes and (not scheme or scheme.endswith(":"))):
        return f"{scheme if slashes else 'https:'}//{host}"
    return f".{host}" if text.startswith(".") else host


def problems(
    entries: Mapping[str, Entry], production: Mapping[str, Entry], keys: Mapping[str, Info]
) -> Iterator[str]:
    """What an environment other than production may not say of services of others, each with its place.

    Where nobody knows whose a host is, a value of the replica's own is as good as a sandbox.
    """
    theirs = {
        endpoint(entry.value): key
        for key, entry in production.items()
        if key in keys and keys[key].category == Category.THIRD_PARTY and "." in endpoint(entry.value)
    }
    for key, entry in entries.items():
        info = keys.get(key)
        if info is None:
            continue
        not_ours = info.category == Category.THIRD_PARTY
        outside = not_ours and info.whose != Whose.UNKNOWN
        host = endpoint(entry.value)
        if entry.off and not (not_ours or info.category == Category.CREDENTIAL or info.service == "smtp"):
            yield f"{entry.where}: {key} is no third party's and can't be off: give the replica's own"
        elif outside and entry.shared and info.service not in READ_ONLY:
            yield f"{entry.where}: {key} is a third party's ({info.service}) and can't be shared: {_HINT}"
        elif host and host in theirs and not entry.by:
            yield (
                f"{entry.where}: {key} leads to production's third party ({theirs[host]}): {_HINT}, "
                "or {sandbox: VALUE, by: KEY} where only a credential tells them apart"
            )
        elif entry.by:
            yield from _by(key, entry, entries, keys)
        elif outside and entry.value is not None and not entry.word:
            yield f"{entry.where}: {key} is a third party's: {_HINT}"


def _by(key: str, entry: Entry, entries: Mapping[str, Entry], keys: Mapping[str, Info]) -> Iterator[str]:
    """A sandbox at production's own endpoint needs a credential of its own; same_secrets compares it."""
    other = entries.get(entry.by)
    known = entry.by in keys and keys[entry.by].category == Category.CREDENTIAL
    if not known or other is None or (other.secret is None and not other.off):
        yield f"{entry.where}: {key} is told apart by {entry.by}, which is no secret of its own here"
