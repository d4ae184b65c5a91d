"""Findings and an inventory in, the same findings out, each told whose its value is: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from portability.inventory.denying import Denied
from portability.inventory.mapfile import Map
from portability.inventory.mapping import Mapped
from portability.inventory.resource import Form
from portability.model import Category, Finding, Whose
from portability.rulebook.hosts import address_kind
from portability.settings.project import Settings
from portability.values.thirdparties import endpoint

SURE = 0.95
"""The least confidence of a finding whose value is a name of production's."""

CLOUDS = (".amazonaws.com", ".amazonaws.com.cn", ".cloudfront.net", ".elasticbeanstalk.com", ".on.aws")
"""Domains whose names the rules find by themselves."""

_BARE = {"s3": "bucket", "sqs": "queue", "sns": "topic", "secretsmanager": "secret", "ssm": "parameter"}
"""Services whose resources code names by a bare word."""


@dataclass(frozen=True)
class _Index:
    """One side's names by their text; names with a star, and networks, apart."""

    names: Mapping[str, Denied]
    bare: Mapping[str, Denied]
    stars: Mapping[str, Denied]
    networks: tuple[Denied, ...] = field(default_factory=tuple)

    @classmethod
    def of(cls, names: Iterable[Denied]) -> _Index:
        listed = list(names)
        whole = {d.text: d for d in listed if d.form not in (Form.NAME, Form.NETWORK)}
        return cls(
            {text: one for text, one in whole.items() if not text.startswith("*.")},
            {d.text: d for d in listed if d.form is Form.NAME},
            {text[1:]: one for text, one in whole.items() if text.startswith("*.")},
            tuple(d for d in listed if d.form is Form.NETWORK),
        )

    def find(self, finding: Finding) -> Denied | None:
        """The name that a finding's value is, or that its host is."""
        text = finding.value.text.strip()
        host = endpoint(text)
        found = self.names.get(text) or self.names.get(text.rstrip("/")) or self.names.get(host)
        if found is None and finding.value.service in _BARE:
            found = self.bare.get(text)
        if found is None and host:
            _, dot, rest = host.partition(".")
            found = self.stars.get(dot + rest)
        return found or self._by_network(host)

    def _by_network(self, host: str) -> Denied | None:
        if not self.networks or not address_kind(host):
            return None
        address = ip_address(host)
        return next((d for d in self.networks if address in ip_network(d.text, strict=False)), None)


def expecting(settings: Settings, known: Map) -> Settings:
    """The settings of a scan that takes every host of production's for its own, whatever its domain."""
    hosts = [d.text for d in known.deny if d.form is Form.HOST and not d.text.endswith(CLOUDS)]
    production = replace(
        settings.production, hosts=tuple(dict.fromkeys((*settings.production.hosts, *hosts)))
    )
    return replace(settings, production=production)


def judged(findings: Iterable[Finding], known: Map) -> tuple[Finding, ...]:
    """Each finding with whose it is and why, as far as the inventory knows."""
    theirs, ours = _Index.of(known.deny), _Index.of(known.own)
    mapped = {one.production: one for one in known.endpoints}
    return tuple(_judged(one, theirs, ours, mapped, known.environment) for one in findings)


def _judged(
    one: Finding, theirs: _Index, ours: _Index, mapped: Mapping[str, Mapped], environment: str
) -> Finding:
    if one.value.category is Category.CREDENTIAL:
        return one
    if found := theirs.find(one):
        pair = mapped.get(found.text)
        instead = f"; {environment} has {pair.replica}" if pair else f"; {environment} has none"
        return replace(
            one,
            value=replace(one.value, whose=Whose.OWN),
            confidence=max(one.confidence, SURE),
            reason=f"production's {found.of}{instead}",
        )
    if found := ours.find(one):
        value = replace(one.value, whose=Whose.ENVIRONMENT)
        return replace(one, value=value, reason=f"{environment}'s {found.of}")
    if endpoint(one.value.text).endswith(CLOUDS):
        return replace(one, reason=f"{one.reason}; neither production's account nor {environment}'s has it")
    return one
