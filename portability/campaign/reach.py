"""The settings and an environment in, whom the generator may reach out: the attested sites, and the list.

All of it is part of what is attested: the settings are, and so is the map of endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from portability.asking.resolver import Resolver, addresses_of
from portability.asking.territory import Territory, Zone
from portability.errors import Refused, UsageError
from portability.inventory.recorded import recorded
from portability.model import Scalar
from portability.settings.project import Settings
from portability.values import parts
from portability.verification import frontier, sites


@dataclass(frozen=True, slots=True)
class Reach:
    """Names with ports that may be reached, networks that never may, the sites' URLs, and the values."""

    allow: tuple[str, ...]
    denied: tuple[str, ...]
    urls: Mapping[str, str]
    values: Mapping[str, Scalar] = field(repr=False)


def reach(
    settings: Settings,
    name: str,
    application: str = "",
    resolve: Resolver = addresses_of,
    machines: Mapping[str, str] = MappingProxyType({}),
) -> Reach:
    """Whom a campaign against the environment may reach; Refused where a name of it leads to production.

    So is one of `machines`, by what names them: those that make the load (name:port). UsageError where the
    settings name several applications and `application` is none of them.
    """
    if not settings.of(application).verifying.sites:
        raise UsageError("the settings name no sites", str(settings.file), "portability verify --propose")
    released, held = parts.of(settings, application, name)
    mine, known = released[0], recorded(settings, name)
    territory = frontier.territory(mine, name, resolve, released, known)
    found, wrong = sites.standing(mine.verifying.sites, held, mine, territory, resolve)
    if wrong:
        told = [f"{one.name}: {one.reason or f'{one.found}, not {one.expected}'}" for one in wrong]
        raise Refused(f"a site is not the replica's: {'; '.join(told)}", str(settings.file))
    where = settings.campaign.where
    for one in settings.campaign.allow:
        _refuse_production("campaign.allow", one, territory, resolve, where)
    for what, one in machines.items():
        _refuse_production(what, one, territory, resolve, where)
    allow = [_with_port(site.host, site.scheme) for site in found]
    urls = {site.name: site.url for site in found}
    return Reach(
        tuple(dict.fromkeys([*allow, *settings.campaign.allow])), tuple(_denied(territory)), urls, held
    )


def variables(reach: Reach) -> dict[str, str]:
    """Each site's URL as a scenario reads it: PORTABILITY_SITE_WWW for the site www."""
    return {f"PORTABILITY_SITE_{name.upper().replace('-', '_')}": url for name, url in reach.urls.items()}


def _with_port(host: str, scheme: str) -> str:
    host = host.lower()
    if ":" in host.rpartition("]")[2]:
        return host
    return f"{host}:{443 if scheme == 'https' else 80}"


def _refuse_production(what: str, one: str, territory: Territory, resolve: Resolver, where: str) -> None:
    host = one.rpartition(":")[0].strip("[]")
    name = territory.production_name(host)
    if name:
        reason = territory.production_names[name]
        raise Refused(f"{what} names {one}, which is production's ({reason})", where)
    for address in sorted(resolve(host), key=str):
        if territory.zone(address) is Zone.PRODUCTION:
            raise Refused(f"{what} names {one}, which leads to production: {address}", where)


def _denied(territory: Territory) -> Iterator[str]:
    """Production's networks, where they are not the replica's too, and the addresses of its names."""
    for network in territory.production_networks:
        if not any(
            network.overlaps(ours) for ours in territory.replica_networks if ours.version == network.version
        ):
            yield str(network)
    for address in territory.production_addresses:
        yield str(address)
