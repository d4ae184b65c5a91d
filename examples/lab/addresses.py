"""The address plan: a side and a service in, its addresses and its names out.

network      IPv4           IPv6            what
production   10.20.0.0/24   fd00:20::/64    production; its report database is the literal 10.20.0.15
replica      10.30.0.0/24   fd00:30::/64    the load-test replica; 10.30.0.15
outside      10.40.0.0/24   fd00:40::/64    on the router: the name server, AWS's regional endpoints

A service has the same last part on both sides and in both families (.21 and ::21 are the writer);
.1 and ::1 are the router.
"""

from __future__ import annotations

from collections.abc import Mapping

from examples.stage import names

PRODUCTION = "production"
REPLICA = "replica"
OUTSIDE = "outside"
SIDES = (PRODUCTION, REPLICA)
NETWORKS: Mapping[str, tuple[str, str]] = {
    PRODUCTION: ("10.20.0.", "fd00:20::"),
    REPLICA: ("10.30.0.", "fd00:30::"),
    OUTSIDE: ("10.40.0.", "fd00:40::"),
}
SERVICES: Mapping[str, int] = {
    "web": 10,
    "report": 15,
    "writer": 21,
    "reader": 22,
    "cache": 31,
    "sessions": 32,
    "rabbitmq": 41,
    "smtp": 51,
    "s3": 61,
    "sqs": 61,
    "payment": 62,
    "chat": 63,
}
PORTS: Mapping[str, int] = {
    "web": 80,
    "report": 3306,
    "writer": 3306,
    "reader": 3306,
    "cache": 6379,
    "sessions": 6379,
    "rabbitmq": 5672,
    "smtp": 25,
    "s3": 443,
    "sqs": 443,
    "payment": 443,
    "chat": 443,
}
ROUTER, NAME_SERVER, AWS = 1, 53, 61
# The replica's application and environment of Elastic Beanstalk.
BEANSTALK = ("starclub", "starclub-lt")
# The account that owns what a side has in AWS, and the access key that acts for it, by side.
ACCOUNT, ACCESS_KEY = "111122223333", "AKIAFAKEFAKEFAKEFAKE"


def number_address(network: str, number: int, family: int = 4) -> str:
    """Return the address with a last part in a network; `family` is 4 or 6."""
    return f"{NETWORKS[network][0 if family == 4 else 1]}{number}"


def both(network: str, number: int) -> tuple[str, str]:
    """Return the IPv4 and the IPv6 address with a last part."""
    return number_address(network, number, 4), number_address(network, number, 6)


def address(side: str, service: str, family: int = 4) -> str:
    """Return where a side's service listens; KeyError names an unknown side or service."""
    return number_address(side, SERVICES[service], family)


def prefixes(network: str) -> tuple[str, str]:
    """Return a network's IPv4 and IPv6 range."""
    v4, v6 = NETWORKS[network]
    return f"{v4}0/24", f"{v6}/64"


def service_names(side: str, values: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the DNS names of each service of a side; the report database has an address only."""
    found: dict[str, list[str]] = {service: [] for service in SERVICES}
    for name, number in names.SERVICES.items():
        service = next(one for one, last in SERVICES.items() if last == number)
        found[service].append(names.on_side(name, side, values))
    return found


def records(values: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return every name that the lab knows with its IPv4 and IPv6 address."""
    found = {
        names.on_side(name, side, values): both(side, number)
        for side in SIDES
        for name, number in names.SERVICES.items()
    }
    return found | {name: both(OUTSIDE, AWS) for name in names.SHARED}
