"""The application's sites in, where each really stands out: names resolved, and only the replica's taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portability.asking.resolver import Resolver
from portability.asking.territory import Territory, Zone
from portability.asking.verdicts import Area, Check, Result
from portability.model import Scalar
from portability.settings.parameters import Key
from portability.settings.project import Settings
from portability.settings.replica import Address, Site
from portability.verification import values


@dataclass(frozen=True, slots=True)
class Standing:
    """A site by its name: the scheme and host of its URL, its addresses (all the replica's), its folder."""

    name: str
    scheme: str
    host: str
    addresses: tuple[Address, ...]
    document_root: str

    @property
    def url(self) -> str:
        """The site's root, without a slash at its end."""
        return f"{self.scheme}://{self.host}"


def standing(
    wanted: Iterable[Site],
    held: Mapping[str, Scalar],
    settings: Settings,
    territory: Territory,
    resolve: Resolver,
) -> tuple[tuple[Standing, ...], tuple[Check, ...]]:
    """The sites that may be connected to, and a check for each that may not."""
    found, checks = [], []
    for site in wanted:
        host = values.text(site.host, f"the site {site.name}", held, settings, site.where)
        addresses = tuple(sorted(resolve(host), key=lambda one: (one.version, one.packed)))
        problem = _problem(site, host, addresses, territory)
        if problem is None:
            found.append(Standing(site.name, site.scheme, host, addresses, site.document_root))
        else:
            checks.append(problem)
    return tuple(found), tuple(checks)


def _problem(site: Site, host: str, addresses: tuple[Address, ...], territory: Territory) -> Check | None:
    subject = site.host.name if isinstance(site.host, Key) else site.where
    name = f"site {site.name}"
    owner = territory.production_name(host)
    if owner:
        reason = f"the name is production's ({territory.production_names[owner]})"
        return Check(Area.DNS, name, Result.FAIL, subject, "a name of the replica's", host, reason, (), True)
    if not addresses:
        reason = f"{host} does not resolve on this machine"
        return Check(Area.DNS, name, Result.INCONCLUSIVE, subject, reason=reason)
    for address in addresses:
        zone = territory.zone(address)
        if zone not in (Zone.REPLICA, Zone.ALLOWED):
            found = f"{host} -> {address}"
            expected = "an address of the replica's networks"
            theirs = zone is Zone.PRODUCTION
            return Check(Area.DNS, name, Result.FAIL, subject, expected, found, production=theirs)
    return None
