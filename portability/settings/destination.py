"""What the settings say of a target that is no folder of this machine in, checked dataclasses out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portability.settings.fields import command, each, needed, path, read, seconds, text
from portability.system.documents import Node

_ARN = re.compile(
    r"arn:aws[\w-]*:elasticbeanstalk:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    r":environment/(?P<application>[^/\s]{1,100})/(?P<environment>[A-Za-z0-9-]{4,40})"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]*")
_USER = re.compile(r"[a-z_][a-z0-9_.-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Arn:
    """The name of an Elastic Beanstalk environment for all of AWS, and what it says."""

    text: str
    region: str
    account: str
    application: str
    environment: str


@dataclass(frozen=True, slots=True)
class Beanstalk:
    """An environment of Elastic Beanstalk, by name, and all those that may be deployed to, by ARN.

    `tag` it must have (None: `env` with the name that the settings give the environment). `options` are
    settings by namespace and name; `current` is where its instances have the release. `poll` is how many
    seconds lie between two looks: AWS takes about two calls a second of an account, everybody's together.
    """

    application: str
    environment: str
    allow: tuple[Arn, ...]
    tag: tuple[str, str] | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    current: str = "/var/app/current"
    poll: float = 10.0

    @property
    def arn(self) -> Arn | None:
        """The one on the list that has this application and name."""
        fitting = (self.application, self.environment)
        return next((one for one in self.allow if (one.application, one.environment) == fitting), None)


@dataclass(frozen=True, slots=True)
class Script:
    """The team's own way to deploy: a program that is told what to do, and where the release stands then."""

    command: tuple[str, ...]
    current: str = ""


@dataclass(frozen=True, slots=True)
class Ssh:
    """A folder on another machine: where, as whom, and the files of the key and of the known hosts."""

    host: str
    user: str
    folder: str
    key: str
    known_hosts: str
    port: int = 22


DESTINATIONS = {
    "elastic_beanstalk": (
        "application",
        "environment",
        "allow",
        "tag",
        "options",
        "variables",
        "current",
        "poll",
    ),
    "command": ("command", "current", "variables"),
    "ssh": ("host", "port", "user", "key", "known_hosts", "folder", "restart", "keep"),
}
"""The settings of each kind of target beside `kind` and `seconds`."""

SECONDS = {"elastic_beanstalk": 1800.0, "command": 900.0, "ssh": 60.0}
"""How long a deploy may take, in seconds; with ssh: each restart."""


def beanstalk(node: Node, parts: Mapping[str, Node]) -> Beanstalk:
    """A target of the kind `elastic_beanstalk`."""
    allow = each(_arn)(needed(node, parts, "allow"))
    if not allow:
        raise parts["allow"].error("must name the environments that may be deployed to, by ARN")
    return Beanstalk(
        text(needed(node, parts, "application")),
        text(needed(node, parts, "environment")),
        allow,
        read(parts.get("tag"), _tag, None),
        read(parts.get("options"), _options, {}),
        read(parts.get("current"), _absolute, "/var/app/current"),
        read(parts.get("poll"), seconds, 10.0),
    )


def _arn(node: Node) -> Arn:
    found = _ARN.fullmatch(text(node))
    if not found:
        example = "arn:aws:elasticbeanstalk:eu-west-1:444455556666:environment/shop/shop-lt"
        raise node.error("must be the ARN of an environment", f"such as {example}; no pattern")
    return Arn(found[0], **found.groupdict())


def _tag(node: Node) -> tuple[str, str]:
    tags = list(node.mapping().items())
    if len(tags) != 1:
        raise node.error("must be one tag, such as {env: loadtest}")
    return tags[0][0], text(tags[0][1], as_written=True)


def _options(node: Node) -> dict[str, dict[str, str]]:
    found = {}
    for space, part in node.mapping().items():
        if space == "aws:elasticbeanstalk:application:environment":
            raise part.error("must not stand here", "give the application its variables under variables:")
        if not space.startswith("aws:"):
            raise part.error(
                "must be a namespace of Elastic Beanstalk's, such as aws:elasticbeanstalk:command"
            )
        found[space] = {name: text(value, as_written=True) for name, value in part.mapping().items()}
    return found


def script(node: Node, parts: Mapping[str, Node]) -> Script:
    """A target of the kind `command`."""
    words = command(needed(node, parts, "command"))
    return Script(words, read(parts.get("current"), _absolute, ""))


def ssh(node: Node, parts: Mapping[str, Node]) -> Ssh:
    """A target of the kind `ssh`."""
    port = read(parts.get("port"), Node.integer, 22)
    if not 0 < port < 65_536:
        raise parts["port"].error("must be a port")
    return Ssh(
        _fitting(needed(node, parts, "host"), _HOST, "a host name or an address"),
        _fitting(needed(node, parts, "user"), _USER, "the name of a user"),
        _absolute(needed(node, parts, "folder")),
        path(needed(node, parts, "key")),
        path(needed(node, parts, "known_hosts")),
        port,
    )


def _fitting(node: Node, pattern: re.Pattern[str], what: str) -> str:
    found = text(node, as_written=True)
    if not pattern.fullmatch(found):
        raise node.error(f"must be {what}")
    return found


def _absolute(node: Node) -> str:
    found = path(node)
    if not found.startswith("/"):
        raise node.error("must be an absolute path")
    return found


def variable(node: Node, name: str) -> None:
    """Raises where `name` is no name of an environment variable, or one that is ours."""
    if not _NAME.fullmatch(name):
        raise node.error("must be named as an environment variable is: letters, digits and _")
    if name.startswith("PORTABILITY_"):
        raise node.error("must not begin with PORTABILITY_, which is portability's own")
