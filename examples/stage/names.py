"""Which name and which address belongs to which side; from loadtest-values.yaml to /etc/hosts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

SIDES = ("production", "loadtest")
NETWORKS = {"production": "127.1.0", "loadtest": "127.2.0"}
VALUES_FILE = Path(__file__).with_name("loadtest-values.yaml")

WRITER = "starclub-prod.cluster-cfake0000001.eu-west-1.rds.amazonaws.com"
READER = "starclub-prod.cluster-ro-cfake0000001.eu-west-1.rds.amazonaws.com"
REPORT = "10.20.0.15"
CACHE = "starclub-cache.fake01.0001.euw1.cache.amazonaws.com"
SESSIONS = "starclub-sess.fake01.0001.euw1.cache.amazonaws.com"
RABBIT = "rabbit.prod.starclub.internal"
SMTP = "smtp.starclub.example"

# The last byte of the address, by what answers there.
SERVICES: Mapping[str, int] = {
    "www.starclub.example": 10,
    "starclub.example": 10,
    "starclub-prod.eu-west-1.elasticbeanstalk.com": 10,
    "admin.starclub.example": 10,
    "widgets.starclub.example": 10,
    "static.starclub.example": 10,
    WRITER: 21,
    READER: 22,
    CACHE: 31,
    SESSIONS: 32,
    RABBIT: 41,
    SMTP: 51,
    "starclub-prod-uploads.s3.eu-west-1.amazonaws.com": 61,
    "d1fakestarclub.cloudfront.net": 61,
    "api.ticketpay.example": 62,
    "hooks.slack.com": 63,
}
# Names that both sides share (a regional AWS endpoint): they answer on the shared address.
SHARED = (
    "sqs.eu-west-1.amazonaws.com",
    "sns.eu-west-1.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
)
SHARED_ADDRESS = "127.3.0.61"

_LINE = re.compile(r"^\s+'([^']*)':\s*'([^']*)'\s*$")


def load_values(path: Path = VALUES_FILE) -> dict[str, str]:
    """Return production value -> load-test value, from the flat YAML file."""
    matches = map(_LINE.match, path.read_text("utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


def on_side(value: str, side: str, values: Mapping[str, str]) -> str:
    """Return what a production value is called on a side."""
    return value if side == "production" else values[value]


def address(name: str, side: str) -> str:
    """Return the address on which a side answers for a production name."""
    if name == REPORT:
        return REPORT if side == "production" else load_values()[REPORT]
    return f"{NETWORKS[side]}.{SERVICES[name]}"


def hosts_file(values: Mapping[str, str]) -> str:
    """Return the text of /etc/hosts in the namespace."""
    lines = ["127.0.0.1 localhost"]
    for side in SIDES:
        for name in SERVICES:
            lines.append(f"{address(name, side)} {on_side(name, side, values)}")
    lines += [f"{SHARED_ADDRESS} {name}" for name in SHARED]
    return "\n".join(lines) + "\n"
