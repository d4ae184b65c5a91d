"""The findings of one application in, the key of each out, as production, people and the code have it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portability.model import Finding, Source, Span
from portability.planning.uses import Use, others
from portability.settings.decisions import Choice, Decision
from portability.settings.project import PRODUCTION, Settings
from portability.values import environments
from portability.values.environments import KeyInfo
from portability.values.naming import Known, NamedKey, name_keys

Telling = Callable[[Collection[str]], Iterable[Source]]
"""The files in which code may give one of these names a value."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The key of each finding, by fingerprint, and where the code gives a decided name another value."""

    named: Mapping[str, NamedKey]
    clashes: tuple[Use, ...] = ()


def keyed(
    settings: Settings,
    findings: Sequence[Finding],
    decisions: Iterable[Decision],
    proposed: Mapping[str, str],
    far: bool,
    telling: Telling | None,
) -> Keyed:
    """The keys of the findings of the application whose settings these are.

    `proposed` are the keys of rules, by id. What production keeps at AWS is asked for only if `far` says
    so, and a credential is among the findings. With `telling` no key gets a name to which the code gives
    another value, but for decided ones: told.
    """
    decided = {d.fingerprint: d.key for d in decisions if d.decision is Choice.KEY}
    known = _known(settings, far and any(finding.value.secret for finding in findings))
    named = name_keys(findings, decided, known, proposed)
    if telling is None:
        return Keyed(named)
    moved: dict[str, list[Span]] = {}
    for finding in findings:
        moved.setdefault(finding.path, []).append(finding.span)
    chosen = {*decided.values()}
    kept = {*chosen, *environments.load_keys(settings)}
    avoided: set[str] = set()
    while True:
        values = {one.key.name: one.value for one in named.values()}
        found = list(others(telling({*values} - avoided), values, moved))
        new = {use.name for use in found} - kept - avoided
        if not new:
            return Keyed(named, tuple(use for use in found if use.name in chosen))
        avoided |= new
        named = name_keys(findings, decided, known, proposed, avoided)


def _known(settings: Settings, far: bool) -> dict[str, Known]:
    """The keys that production has already."""
    production = environments.load(settings, PRODUCTION)
    infos = environments.load_keys(settings)
    nothing = KeyInfo("", "", "")
    found = {}
    for name, value in environments.held(settings, production, far).items():
        info = infos.get(name, nothing)
        secret = production.entries[name].secret is not None
        found[name] = Known(value, secret, info.service, info.role)
    return found
