"""A mention of a host and whose it is in, whether it is a finding (of which rule, how sure, why) out: pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from portability.evidence import Domains
from portability.examine import Mention
from portability.hosts import AddressKind, address_kind, is_loopback, is_name, is_placeholder
from portability.model import Category, Encoder, Position, Whose
from portability.places import BROWSER, HOST_NAMES, TEXT, Place, is_prose, is_sample, is_test
from portability.rulebook import Judged, Role
from portability.services import DEFAULT_PORTS, named_service, normal, role_of, service_of
from portability.shapes import Shape

CONNECTIONS = frozenset(
    "mysql postgresql redis memcached rabbitmq mongodb elasticsearch solr smtp ldap ftp ssh beanstalkd gearman "
    "statsd syslog proxy sqs s3".split()
)
"""Services that code connects to by host, unlike a web site."""

_NO_SECOND_THOUGHT = {Position.KEY, Position.CASE, Position.COMPARISON}
_VERSION_NAMES = re.compile(
    r"(?:^|[._])(?:\w*version|\w*release|revision|oid|build|ver|netmask|\w+_mask|listen|bind)(?:_\w+)?$"
)
_DISPLAY_NAMES = re.compile(
    r"(?:^|[._])(?:title|label|text|message|msg|desc|description|author|copyright|caption|brand|heading|"
    r"site_?name|sitename|app_?name|company|organi[sz]ation|slogan|utm_\w+|notice|subject|body|content|help|hint)$"
)
_API_LABEL = re.compile(
    r"^(?:[\w-]+\.)*?(?:[\w-]*-)?(?:api|apis|rest|ws|webservices?|services?|gateway|hooks?|feeds?|soap|rpc|oauth|graph)\d*(?:-[\w-]+)?\."
)
_CALLED_NAMES = re.compile(r"(?:endpoint|api|host|server|gateway|webhook|wsdl|callback|base_?url|service)(?:_ur[il])?$")
_PACKAGE_FILES = re.compile(r"(?:^|/)(?:composer|package|bower)\.json$")
_FILE_ENDINGS = re.compile(
    r"\.(?:sh|py|pl|md|zip|mov|so|rs|ps|cc|ai|app|java|name|id|in|is|it|to|by|at|do|my|me|no|click|date|type|data|email|map|link|page|style|center|top|host|vi|st|so|info|table|target|total|select|call|map|download|report|watch|run|play|now|one|red|new|how|kim|world|zone|work|works|digital|media|network|support|help|tools|cx|mk|cs|vb|ml|mm|tf)$"
)
_PASSES_ON = re.compile(
    r"^(?:redirect|redirect_permanent|redirect_match|rewrite|rewrite_rule|return|proxy_pass|proxy_pass_reverse|"
    r"proxy_pass_match|balancer_member|fastcgi_pass|uwsgi_pass|upstream|server|backend|error_document|substitute)$"
)
"""Directives by which a web server sends a visitor or a request on."""

_FETCHES = frozenset(
    "curl wget http https lynx fetch nc telnet mysql mysqldump redis-cli ssh scp rsync ftp sftp lftp psql ping dig ab siege mongo php".split()
)
_GENERIC_NAMES = frozenset(
    "host hostname server localhost name user default database db mysql2 none null true false auto yes no on off "
    "ip address domain url redis_host tcp udp socket unix http https master slave primary replica main string text".split()
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A mention taken for a finding: what of it, how sure, and why."""

    judged: Judged
    category: Category
    kind: str
    service: str
    role: str
    whose: Whose
    confidence: float
    reason: str


def judge(mention: Mention, domains: Domains, path: str) -> Verdict | None:
    """The verdict, or None where the mention is nothing that ties the code to production."""
    if mention.place in {Place.COMMENT, Place.NAMESPACE}:
        return None
    occurrence = mention.occurrence
    if occurrence.host in {"", "0.0.0.0"}:
        return None
    if is_loopback(occurrence.host):
        return _loopback(mention, path)
    if address_kind(occurrence.host):
        return _address(mention, path)
    if not occurrence.domain:
        return _short_name(mention, path)
    whose, why, service = domains.whose(occurrence.host, occurrence.path)
    if mention.occurrence.encoder in {Encoder.BASE64, Encoder.SERIALIZE} and whose is not Whose.OWN:
        return None
    if _AWS.search(occurrence.host) and whose is not Whose.OWN:
        return None
    deciders: dict[Whose, Callable[[Mention, str, str, str], Verdict | None]] = {
        Whose.OWN: _own,
        Whose.THIRD_PARTY: _third_party,
        Whose.UNKNOWN: _unknown,
    }
    decide = deciders.get(whose)
    return decide(mention, why, service, path) if decide else None


_AWS = re.compile(r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|cloudfront\.net|elasticbeanstalk\.com|on\.aws)$")


def _verdict(
    mention: Mention, judged: Judged, whose: Whose, confidence: float, reason: str,
    category: Category = Category.HOST, kind: str = "host", service: str = "",
) -> Verdict:  # fmt: skip
    occurrence = mention.occurrence
    named = service or service_of(
        mention.names, occurrence.scheme, occurrence.port, occurrence.host, mention.service
    )
    role = role_of(mention.names, occurrence.host, named)
    return Verdict(judged, category, kind, named, role, whose, confidence, reason)


def _connection_service(mention: Mention) -> str:
    """The service that the mention's place connects to, '' where it is no such place."""
    occurrence = mention.occurrence
    if mention.role in {Role.HOST, Role.DSN}:
        return mention.service or "http"
    if mention.role is Role.URL and mention.service in CONNECTIONS:
        return mention.service
    by_scheme = service_of((), occurrence.scheme) if occurrence.scheme else ""
    if by_scheme in CONNECTIONS:
        return by_scheme
    last = normal(tuple(n for n in mention.names if not n.isdigit())[-1:])
    service = named_service(mention.names)
    if service in CONNECTIONS and (HOST_NAMES.search(last) or _ends_as_host(last)):
        return service
    if (
        mention.place is Place.SETTING
        and service in CONNECTIONS
        and occurrence.scheme in {"", "tcp", "http", "https"}
    ):
        return service if HOST_NAMES.search(last) or re.search(r"(?:url|uri|dsn)$", last) else ""
    if occurrence.port in DEFAULT_PORTS.values() and _is_whole(mention):
        return service_of((), "", occurrence.port)
    return ""


def _ends_as_host(name: str) -> bool:
    """Whether a name with a service in it stands for the server itself (`redis`, `mysql_slave`)."""
    return name in {
        "redis",
        "memcached",
        "memcache",
        "mysql",
        "rabbitmq",
        "elasticsearch",
        "solr",
        "ldap",
        "smtp",
    }


def _is_whole(mention: Mention) -> bool:
    """Whether the literal is nothing but the host, with a port, a scheme or a list of them at most."""
    occurrence, text = mention.occurrence, mention.literal.text
    rest = text[: occurrence.start] + text[occurrence.end :]
    return not re.search(r"[\s/<>@=]", rest.strip()) or re.fullmatch(r"[\s,;:\d.*]*", rest) is not None


def _loopback(mention: Mention, path: str) -> Verdict | None:
    """The machine itself, where code connects to a service there: the replica's may stand elsewhere."""
    call = mention.literal.call
    from_environment = call is not None and call.name.lower() in {"getenv", "env"}
    if is_sample(path) or is_test(path) or from_environment or mention.literal.position in _NO_SECOND_THOUGHT:
        return None
    if mention.language in BROWSER or re.search(
        r"listen|bind|allow|trusted|whitelist|local_", normal(mention.names)
    ):
        return None
    if (
        mention.literal.position is Position.MARKUP
        or is_prose(mention.literal.text)
        or mention.place is Place.COMMAND
    ):
        return None
    service = _connection_service(mention)
    if not service or service == "proxy":
        return None
    if (
        mention.occurrence.shape is Shape.EMAIL
        or mention.literal.text[mention.occurrence.start - 1 : mention.occurrence.start] == "@"
    ):
        return None
    return _verdict(mention, Judged.LOOPBACK, Whose.OWN, 0.6, "a service on this machine", service=service)


def _address(mention: Mention, path: str) -> Verdict | None:
    occurrence = mention.occurrence
    kind = address_kind(occurrence.host)
    names = normal(mention.names)
    if kind is AddressKind.NOBODY or _VERSION_NAMES.search(names):
        return None
    if mention.language in {"sql", "css"} or mention.place in {Place.PROSE, Place.ASSET, Place.LINK}:
        if occurrence.shape is not Shape.URL:
            return None
    call = mention.literal.call
    if call and re.search(r"version|ip2long|long2ip|inet_", call.name.lower()):
        return None
    private = kind is AddressKind.PRIVATE
    placed = mention.place in {Place.SETTING, Place.COMMAND, Place.FORM} or mention.role is not None
    if not (placed or _is_whole(mention) or occurrence.shape in {Shape.URL, Shape.LOGIN, Shape.SHARE}):
        return None
    confidence = (0.85 if private else 0.75) - (0.3 if is_test(path) else 0.0)
    reason = "a private address" if private else "a machine's address"
    what = "network" if occurrence.cidr else "host"
    return _verdict(
        mention,
        Judged.ADDRESS,
        Whose.OWN,
        confidence,
        reason,
        kind=what,
        service=_connection_service(mention),
    )


def _short_name(mention: Mention, path: str) -> Verdict | None:
    """One label: a machine of a private network, where a connection is made."""
    host, names = mention.occurrence.host, mention.names
    if mention.literal.position in _NO_SECOND_THOUGHT | {Position.MARKUP, Position.TRANSLATION}:
        return None
    if not is_name(host) or host in _GENERIC_NAMES or is_placeholder(host) or mention.language in BROWSER:
        return None
    service = _connection_service(mention)
    last = normal(names[-1:])
    in_setting = mention.role in {Role.HOST} or (
        HOST_NAMES.search(last) and named_service(names) in CONNECTIONS
    )
    in_url = mention.occurrence.shape in {Shape.URL, Shape.PAIR} and service in CONNECTIONS
    if service in {"", "proxy"} or not (in_setting or in_url) or mention.occurrence.partial:
        return None
    unnamed = not mention.names and mention.literal.call is not None
    if unnamed and mention.role not in {Role.HOST, Role.DSN, Role.URL}:
        return None
    if is_sample(path) or is_test(path):
        return None
    return _verdict(
        mention, Judged.SERVICE, Whose.OWN, 0.6, f"the name of a {service} server", service=service
    )


def _own(mention: Mention, why: str, _service: str, path: str) -> Verdict | None:
    occurrence = mention.occurrence
    service = _connection_service(mention)
    if _PACKAGE_FILES.search(path) and mention.place is Place.LINK:
        return None
    if occurrence.shape is Shape.EMAIL:
        return _verdict(
            mention,
            Judged.EMAIL,
            Whose.OWN,
            0.4,
            f"an own e-mail address; {why}",
            kind="email",
            service="smtp",
        )
    cookie = mention.role is Role.COOKIE_DOMAIN or "cookie_domain" in normal(mention.names)
    kind = "cookie-domain" if cookie else "host"
    if occurrence.shape in {Shape.URL, Shape.SHARE, Shape.LOGIN} or service or cookie:
        return _verdict(mention, Judged.OWN, Whose.OWN, 0.9, why, kind=kind, service=service)
    if not _is_bare_value(mention):
        return None
    return _verdict(mention, Judged.OWN, Whose.OWN, 0.8, why, kind=kind)


def _is_bare_value(mention: Mention) -> bool:
    """Whether a bare own name is meant as a host, not as the product's name or part of a path."""
    occurrence, literal = mention.occurrence, mention.literal
    text, names = literal.text, normal(mention.names)
    if mention.place in {Place.ASSET, Place.LINK}:
        return mention.language not in BROWSER and _is_whole(mention)
    if mention.place is Place.PROSE or _DISPLAY_NAMES.search(names) or literal.position is Position.TRANSLATION:
        return occurrence.host != occurrence.domain and text[occurrence.start : occurrence.end].islower()
    written = text[occurrence.start : occurrence.end]
    if any(c.isupper() for c in written) and mention.place is not Place.SETTING:
        return False
    if re.search(r"[?&=][\w-]*=?\Z", text[: occurrence.start]) and "://" in text[: occurrence.start]:
        return False
    if text[: occurrence.start].endswith(("/", "=")) and mention.language == "html":
        return False
    if (
        occurrence.encoder is not Encoder.PLAIN
        or occurrence.partial
        or mention.place in {Place.SETTING, Place.COMMAND}
    ):
        return True
    if occurrence.encoder in {Encoder.BASE64, Encoder.SERIALIZE}:
        return True
    return _is_whole(mention) or mention.role is not None or not is_prose(text)


def _third_party(mention: Mention, why: str, service: str, path: str) -> Verdict | None:
    occurrence = mention.occurrence
    if occurrence.shape is Shape.EMAIL or mention.place in {Place.LINK, Place.ASSET, Place.PROSE}:
        return None
    if mention.language in BROWSER and mention.place not in {Place.FORM} and mention.role is None:
        return None
    if occurrence.shape is Shape.BARE and not (
        _connection_service(mention) or mention.place is Place.SETTING
    ):
        return None
    if mention.place is Place.COMMAND and not _fetches(mention):
        return None
    confidence = 0.8 - (0.35 if is_test(path) else 0.0)
    reason = f"a service of others that the code calls: {why}"
    return _verdict(
        mention,
        Judged.THIRD_PARTY,
        Whose.THIRD_PARTY,
        confidence,
        reason,
        Category.THIRD_PARTY,
        service=service,
    )


def _fetches(mention: Mention) -> bool:
    call = mention.literal.call
    return call is None or call.name.lower() in _FETCHES


def _unknown(mention: Mention, why: str, _service: str, path: str) -> Verdict | None:
    occurrence = mention.occurrence
    service = _connection_service(mention)
    if occurrence.shape is Shape.EMAIL or mention.literal.position in _NO_SECOND_THOUGHT:
        return None
    lowered = 0.3 if is_test(path) or is_sample(path) else 0.0
    if service in CONNECTIONS:
        if occurrence.shape is Shape.BARE and _FILE_ENDINGS.search(occurrence.host) and mention.role is None:
            return None
        reason = f"a {service} server that is connected to"
        return _verdict(mention, Judged.SERVICE, Whose.UNKNOWN, 0.85 - lowered, reason, service=service)
    if occurrence.shape in {Shape.SHARE, Shape.LOGIN} and mention.place is Place.COMMAND:
        return _verdict(
            mention, Judged.SERVICE, Whose.UNKNOWN, 0.75 - lowered, "a machine that is logged into"
        )
    confidence = _called(mention)
    if not confidence:
        return None
    return _verdict(mention, Judged.UNKNOWN, Whose.UNKNOWN, confidence - lowered, why, Category.THIRD_PARTY)


def _called(mention: Mention) -> float:
    """How sure it is that the program itself calls the unknown host; 0 for a mere mention."""
    occurrence, place = mention.occurrence, mention.place
    is_url = occurrence.shape is Shape.URL
    if mention.role is not None:
        return 0.75
    if place is Place.FORM:
        return 0.7
    if is_url and mention.language in {"apache", TEXT} and _PASSES_ON.search(normal(mention.names[-1:])):
        return 0.6
    if place is Place.COMMAND:
        return 0.6 if is_url and _fetches(mention) and mention.literal.call else 0.0
    if place in {Place.LINK, Place.ASSET, Place.PROSE} or mention.literal.position is Position.TRANSLATION:
        return 0.0
    if place is Place.SETTING:
        if is_url:
            strong = mention.language not in {"json", "xml", "sql"} or _CALLED_NAMES.search(normal(mention.names))
            return 0.6 if strong else 0.45
        host_like = HOST_NAMES.search(normal(tuple(n for n in mention.names if not n.isdigit())[-1:]))
        return 0.55 if host_like and _is_whole(mention) and not _FILE_ENDINGS.search(occurrence.host) else 0.0
    if is_url and _API_LABEL.match(occurrence.host) and mention.language not in BROWSER:
        return 0.55
    return 0.0
