"""Findings in, for each the key that a person would have chosen out: one key a value, service and role.

The names follow what is in use: Laravel's DB_HOST, REDIS_PASSWORD, MAIL_HOST; DB_READ_HOST where a
reader stands beside the writer; SESSION_DOMAIN-like words for the rest.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from portability.model import Category, EnvKey, Finding, Scalar
from portability.rulebook.hosts import is_loopback

PREFIXES = {
    "mysql": "DB", "postgresql": "PG", "mongodb": "MONGO", "redis": "REDIS", "memcached": "MEMCACHED",
    "rabbitmq": "RABBITMQ", "s3": "S3", "sqs": "SQS", "sns": "SNS", "cloudfront": "CDN", "smtp": "SMTP",
    "elasticbeanstalk": "EB", "aws": "AWS", "ldap": "LDAP", "ftp": "FTP", "elasticsearch": "ELASTICSEARCH",
    "slack": "SLACK",
}  # fmt: skip
ROLES = {"reader": "READ", "writer": "", "cache": "", "session": "SESSION", "": ""}
SUFFIXES = {
    "host": "HOST", "domain": "DOMAIN", "url": "URL", "port": "PORT", "bucket": "BUCKET", "arn": "ARN",
    "account": "ACCOUNT_ID", "region": "REGION", "network": "NETWORK", "identifier": "ID", "queue": "QUEUE",
    "email": "EMAIL", "ip": "HOST", "address": "HOST", "endpoint": "HOST", "cookie-domain": "DOMAIN",
}  # fmt: skip
_WORDS = {
    "pass": "PASSWORD", "pw": "PASSWORD", "pwd": "PASSWORD", "passwd": "PASSWORD", "password": "PASSWORD",
    "passphrase": "PASSWORD", "user": "USER", "username": "USER", "login": "USER", "secret": "SECRET",
    "token": "TOKEN", "key": "KEY", "salt": "SALT", "auth": "PASSWORD", "credential": "PASSWORD",
}  # fmt: skip
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_FLAG = re.compile(r"-\w.*")
_TWICE = re.compile(r"(?<![A-Z0-9])([A-Z0-9]+)_(?=\1_)")
_KEY = re.compile(r"[A-Z][A-Z0-9_]*")
_RESERVED = re.compile(
    r"(?:HTTP_|PHP_|LD_|CURLOPT_|LC_|AMQP_|SOAP_|PORTABILITY_)|(?:PATH|HOME|USER|SHELL|ENV|TZ)\Z"
)
"""Names that the web server, the shell or PHP gives a meaning (Symfony skips HTTP_*: any client sets it)."""
_TAILS = re.compile(r"_(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|ENDPOINT|URL|URI|DSN|BASE|BASEURL|DOMAIN)\Z")


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key, what production holds for it, and what it is of.

    `alias_of` is another key that holds the same in production, in another role ('': none).
    """

    key: EnvKey
    value: Scalar
    category: Category
    kind: str
    role: str
    alias_of: str = ""

    @property
    def shown(self) -> str:
        return "********" if self.key.secret else str(self.value)


def reserved(name: str) -> bool:
    """Whether the web server, the shell, PHP or portability itself gives this name a meaning."""
    return _RESERVED.match(name) is not None


SERVERS = frozenset("mysql postgresql mongodb redis memcached rabbitmq smtp ldap ftp elasticsearch".split())
"""Services that run on a machine of a replica's own; what else has a name is told by it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A key that production has already: its value (None: not known here), whose service and role it is."""

    value: Scalar | None
    secret: bool = False
    service: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Findings that one key is for: of one value and type, one service and role; '' where it is any."""

    text: str
    type: str
    service: str
    role: str


def name_keys(
    findings: Sequence[Finding],
    decided: Mapping[str, str] | None = None,
    existing: Mapping[str, Known] | None = None,
    proposed: Mapping[str, str] | None = None,
    avoided: Collection[str] = (),
) -> dict[str, NamedKey]:
    """The key of each finding, by fingerprint.

    `decided` are names that people chose, by fingerprint: they hold for all findings of that value and
    role, unless people chose several. `existing` are the keys that production has already; a finding of
    the same value, service and role takes one over, a credential only a secret one. `proposed` are the
    keys of rules, by id (`DB_{role}HOST`); `avoided` are names that mean something else to the code.
    """
    decided, existing, proposed = decided or {}, existing or {}, proposed or {}
    taken = {name.upper() for name in (*existing, *decided.values(), *avoided)}
    named: dict[str, NamedKey] = {}
    groups = _grouped(findings, decided)
    for (group, choice), members in sorted(groups.items(), key=lambda pair: pair[0][0].type == "int"):
        value: Scalar = int(group.text) if group.type == "int" else group.text
        first = members[0].value
        secret = any(member.value.secret for member in members)
        candidates = partial(_proposals, members, group.role, group.type, proposed)
        name = choice or _existing(value, group, secret, candidates, existing)
        if not name:
            name = _free(candidates(), taken)
        taken.add(name.upper())
        key = EnvKey(name, _served(members), secret, group.type)
        one = NamedKey(key, value, first.category, first.kind, group.role)
        named |= dict.fromkeys((member.fingerprint for member in members), one)
    return _with_aliases(named, existing)


def _grouped(
    findings: Sequence[Finding], decided: Mapping[str, str]
) -> dict[tuple[_Group, str], list[Finding]]:
    """The findings of each key, with the name that people chose for it ('': none).

    Where people chose names for some findings of a group only, the others follow the most frequent.
    """
    groups: dict[_Group, list[Finding]] = {}
    for group, finding in _in_groups(list(findings)):
        groups.setdefault(group, []).append(finding)
    parted: dict[tuple[_Group, str], list[Finding]] = {}
    for group, members in groups.items():
        names = Counter(decided[m.fingerprint] for m in members if m.fingerprint in decided)
        usual = min(names, key=lambda name: (-names[name], name), default="")
        for member in members:
            parted.setdefault((group, decided.get(member.fingerprint, usual)), []).append(member)
    return parted


def _in_groups(findings: Sequence[Finding]) -> list[tuple[_Group, Finding]]:
    """Each finding with its group; one that knows no service or role joins what others know of its value."""
    values = [(finding.value.text, _type(finding)) for finding in findings]
    services: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for finding, value in zip(findings, values, strict=True):
        services[value][finding.value.service] += 1
    parts = {value: _parts(value[0], counted) for value, counted in services.items()}
    known = [
        (*value, finding.value.service or parts[value][0] if parts[value] else "")
        for finding, value in zip(findings, values, strict=True)
    ]
    roles: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for finding, one in zip(findings, known, strict=True):
        roles[one][finding.value.role] += 1
    usual = {
        one: next((name for name, _ in counted.most_common() if name), "") for one, counted in roles.items()
    }
    return [
        (_Group(*one, finding.value.role or usual[one]), finding)
        for finding, one in zip(findings, known, strict=True)
    ]


def _parts(text: str, services: Counter[str]) -> list[str]:
    """The services by which the keys of a value are told apart, the most frequent first; [] for one key.

    An address of the machine itself is of one service each. Anything else is so only where several kinds
    of servers are meant: `http` is also what is said where nothing is known.
    """
    strict = is_loopback(text)
    parts = [name for name, _ in services.most_common() if name and (strict or name in SERVERS)]
    return parts if len(parts) > 1 else []


def _served(members: Sequence[Finding]) -> str:
    """The service that a key is of: what most of its findings say, `http` only where none says more."""
    services = Counter(member.value.service for member in members if member.value.service)
    return min(services, key=lambda name: (name == "http", -services[name]), default="")


def _with_aliases(named: Mapping[str, NamedKey], existing: Mapping[str, Known]) -> dict[str, NamedKey]:
    """The same keys, each but the first of a value told what it is an alias of."""
    first: dict[tuple[str, Scalar], str] = {}
    for name, known in existing.items():
        if known.value is not None:
            first.setdefault((type(known.value).__name__, known.value), name)
    told: dict[int, NamedKey] = {}
    for one in named.values():
        if id(one) not in told:
            other = first.setdefault((type(one.value).__name__, one.value), one.key.name)
            told[id(one)] = one if other == one.key.name else replace(one, alias_of=other)
    return {fingerprint: told[id(one)] for fingerprint, one in named.items()}


def _type(finding: Finding) -> str:
    number = finding.site.literal.segments and finding.site.literal.segments[0].form == "number"
    return "int" if number and finding.value.text.isdigit() else "string"


def _existing(
    value: Scalar,
    group: _Group,
    secret: bool,
    names: Callable[[], Iterable[str]],
    existing: Mapping[str, Known],
) -> str:
    """The key that production has for this value in this role, '' if none; of several the likeliest name."""
    same = [
        name
        for name, known in existing.items()
        if known.value == value
        and type(known.value) is type(value)
        and known.secret is secret
        and _agree(known.service, group.service)
        and _agree(known.role, group.role)
    ]
    return next((name for name in names() if name in same), same[0]) if same else ""


def _agree(one: str, other: str) -> bool:
    """Whether two services or roles may be the same: one is not known, or both are."""
    return not one or not other or one == other


def _proposals(
    members: Sequence[Finding], role: str, kind: str, proposed: Mapping[str, str]
) -> Iterable[str]:
    """Names for a value, the best first."""
    for name in _spelled(members, role, proposed):
        yield f"{name}_NUMBER" if kind == "int" and not name.endswith("_PORT") else name


def _telling(finding: Finding) -> list[str]:
    """The names that say what a finding is: no short flag of a shell, none that tells a credential."""
    names = [name for name in finding.names if not (name.startswith("-") and _FLAG.fullmatch(name))]
    if not finding.value.secret:
        return names
    plain = _normal(finding.value.text)
    return [name for name in names if not plain or plain not in _normal(name)]


def _normal(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _spelled(members: Sequence[Finding], role: str, proposed: Mapping[str, str]) -> Iterable[str]:
    constants = Counter(name for m in members if (name := _constant(m)))
    yield from (name for name, _ in constants.most_common())
    yield from _of_rules(members, role, proposed)
    first = members[0]
    prefix = _prefix(first)
    suffix = _suffix(members)
    middle = ROLES.get(role, _snake(role))
    label = _label(first)
    if prefix:
        yield _joined(prefix, middle, suffix)
        if label:
            yield _joined(prefix, middle, label, suffix)
    elif label:
        yield _joined(label, suffix)
    for member in members:
        spoken = _spoken(member, suffix)
        yield _joined(prefix, spoken) if prefix and not spoken.startswith(prefix) else spoken
    yield _joined(prefix or _snake(first.value.service) or "APP", middle, suffix)


def _of_rules(members: Sequence[Finding], role: str, proposed: Mapping[str, str]) -> Iterable[str]:
    """The keys that the findings' rules name outright, the most frequent first."""
    part = ROLES.get(role, _snake(role))
    named = Counter(
        _TWICE.sub("", key.replace("{role}", f"{part}_" if part else ""))
        for member in members
        if (key := proposed.get(member.rule, "")) and _fits(key, member)
    )
    yield from (name for name, _ in named.most_common() if _KEY.fullmatch(name))


def _fits(key: str, finding: Finding) -> bool:
    """Whether a rule's key is meant for this value: a rule for calls finds the host and its password."""
    kind = finding.value.kind
    if finding.value.secret:
        return not key.endswith(("HOST", "URL", "DOMAIN", "BUCKET", "PORT", "EMAIL"))
    return kind not in ("arn", "port") or (kind == "port" and key.endswith("PORT"))


def _prefix(finding: Finding) -> str:
    """The service as names begin with it; an ARN tells its own (arn:PARTITION:SERVICE:…)."""
    parts = finding.value.text.split(":")
    if finding.value.kind == "arn" and len(parts) > 2:
        return _snake(parts[2])
    return PREFIXES.get(finding.value.service, "")


def _constant(finding: Finding) -> str:
    """The name of the constant that holds the value and nothing else, if it is written like a key already."""
    name = next(iter(_telling(finding)[-1:]), "")
    if not _CONSTANT.match(name) or _RESERVED.match(name):
        return ""
    whole = finding.site.start == 0 and finding.site.end == len(finding.site.literal.text)
    if whole:
        return name
    stem = _TAILS.sub("", name)
    if finding.value.service in PREFIXES and stem not in PREFIXES.values():
        return ""
    return _joined(stem, _suffix([finding]))


def _suffix(members: Sequence[Finding]) -> str:
    """What kind of value it is, as the end of a name; credentials are called as their own names say."""
    value = members[0].value
    if value.kind in SUFFIXES:
        return SUFFIXES[value.kind]
    for member in members:
        words = _snake(" ".join(_telling(member)[-1:])).lower().split("_")
        for word in reversed(words):
            known = next((w for w in sorted(_WORDS, key=len, reverse=True) if word.endswith(w)), "")
            if known and not (value.secret and _WORDS[known] == "USER"):
                return "API_KEY" if known == "key" and "api" in words else _WORDS[known]
    if value.secret:
        return "TOKEN" if value.kind == "token" else "PASSWORD"
    return _snake(value.kind) or "VALUE"


def _label(finding: Finding) -> str:
    """The first label of a host's name: `www` of www.shop.example, SITE for a domain by itself."""
    value = finding.value
    if value.secret or value.kind not in ("host", "domain", "cookie-domain", "url", "email"):
        return ""
    host = value.text.partition("//")[2] or value.text
    labels = host.partition("/")[0].partition(":")[0].strip(".").split(".")
    if re.fullmatch(r"[\d.]+", host) or len(labels) == 1 or not labels[0]:
        return ""
    return "SITE" if value.kind != "host" and len(labels) == 2 else _snake(labels[0])


def _spoken(finding: Finding, suffix: str) -> str:
    """A name out of the variable or key that holds the value: `legacyReportHost` is LEGACY_REPORT_HOST."""
    words = [word for name in _telling(finding)[-2:] if (word := _snake(name))]
    text = "_".join(words) or _snake(finding.path.rpartition("/")[2].partition(".")[0])
    for word, meaning in _WORDS.items():
        if meaning == suffix:
            text = re.sub(rf"_?{word.upper()}\Z", "", text)
    text = _TAILS.sub("", text).removesuffix("_" + suffix)
    return _joined(text, suffix) if text != suffix else suffix


def _snake(text: str) -> str:
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub(r"[^A-Za-z0-9]+", "_", parts).strip("_").upper()


def _joined(*parts: str) -> str:
    """The parts as one name; a part that repeats the end of what stands is said once."""
    name = ""
    for part in parts:
        if part and not (name == part or name.endswith("_" + part)):
            name = f"{name}_{part}" if name else part
    name = name if name[:1].isalpha() else "APP_" + name
    return "APP_" + name if _RESERVED.match(name) else name


def _free(proposals: Iterable[str], taken: Collection[str]) -> str:
    """The first proposal that no other value has; else the first with a number."""
    first = ""
    for name in proposals:
        if name.upper() not in taken:
            return name
        first = first or name
    name, number = first or "APP_VALUE", 2
    while f"{name}_{number}".upper() in taken:
        number += 1
    return f"{name}_{number}"
