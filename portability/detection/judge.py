"""A mention of a host and whose it is in, whether it is a finding, how sure and why, out: pure."""

from __future__ import annotations

import re

from portability.detection.evidence import Domains
from portability.detection.examine import Mention
from portability.detection.machines import address, loopback, short_name
from portability.detection.outward import FETCHES, is_feed, third_party, unknown
from portability.detection.places import BROWSER, SHELL, Place, is_prose
from portability.detection.services import normal
from portability.detection.shapes import Shape
from portability.detection.verdicts import Verdict, connection, is_whole, verdict
from portability.model import Encoder, Position, Whose
from portability.rulebook.book import Judged, Role
from portability.rulebook.hosts import address_kind, is_loopback

_DISPLAY_NAMES = re.compile(
    r"(?:^|[._])(?:title|label|text|message|msg|desc|description|author|copyright|caption|brand|heading|"
    r"site_?name|sitename|app_?name|company|organi[sz]ation|slogan|utm_\w+|notice|subject|body|content|help|"
    r"hint)$"
)
_TERMS = re.compile(
    r"^/(?:[\w.-]+/)*(?:ns|schemas?|terms|ontology|ontologies|vocab|dtd|xmlns)(?:/[\w-]*)?(?:#[\w-]*)?/?$"
)
"""Paths of addresses that only name a term, as those of vocabularies do."""

_SHOWN = re.compile(r"(?:^|_)(?:placeholder|tooltip|sample|example)$")
"""Names of texts that only show people what to fill in."""

_PACKAGE_FILES = re.compile(r"(?:^|/)(?:composer|package|bower)\.json$")
_LICENCES = re.compile(r"(?:^|[._])licen[sc]es?(?:[._]|$)")
_NO_HOSTS = re.compile(r"(?:^|_)(?:repo|repository|project|package|branch|theme|db_?name|database|user)$")
"""Names of what a program calls by its own domain, as it would by any other word."""

_AWS = re.compile(r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|cloudfront\.net|elasticbeanstalk\.com|on\.aws)$")
_PATH_CALLS = frozenset(
    "join abspath realpath dirname basename path is_dir is_file file_exists mkdir chdir rmdir opendir "
    "scandir include require include_once require_once open cd ls rm cp mv ln chown chmod tail cat find "
    "tar".split()
)
_UNITS = frozenset({Encoder.BASE64, Encoder.SERIALIZE})
_DECIDERS = {Whose.THIRD_PARTY: third_party, Whose.UNKNOWN: unknown}


def judge(mention: Mention, domains: Domains, path: str) -> Verdict | None:
    """The verdict, or None where the mention is nothing that ties the code to production."""
    host = mention.occurrence.host
    if _is_nothing(mention):
        return None
    if is_loopback(host):
        return loopback(mention, path)
    if address_kind(host):
        return address(mention, path)
    if not mention.occurrence.domain:
        return short_name(mention, path)
    return _named(mention, domains, path)


def _is_nothing(mention: Mention) -> bool:
    """Whether the mention is a comment, a term of a vocabulary, or shows people what to fill in."""
    if mention.place in {Place.COMMENT, Place.NAMESPACE} or mention.occurrence.host in {"", "0.0.0.0"}:
        return True
    is_term = mention.role is None and is_whole_url(mention) and _TERMS.search(mention.occurrence.path)
    return bool(is_term or _SHOWN.search(normal(mention.names[-1:])))


def _named(mention: Mention, domains: Domains, path: str) -> Verdict | None:
    """The verdict on a host with a domain. AWS's own have rules of their own."""
    occurrence = mention.occurrence
    whose, why, service = domains.whose(occurrence.host, occurrence.path)
    if whose is Whose.OWN:
        return _own(mention, why, path)
    if occurrence.encoder in _UNITS or _AWS.search(occurrence.host):
        return None
    if whose is Whose.REFERENCE and (_is_fetched(mention) or is_feed(mention) or _is_base(mention)):
        return third_party(mention, "the code fetches it", service, path)
    if whose not in _DECIDERS:
        return None
    return _DECIDERS[whose](mention, why, service, path)


_BASES = re.compile(r"(?:^|[._])(?:\w+_base_?ur[il]|\w*endpoint|\w*api_?ur[il]|\w*mirror|\w*webservice)$")


def _is_base(mention: Mention) -> bool:
    """Whether a program's setting says that requests begin with this address."""
    is_program = mention.language not in BROWSER | SHELL and mention.occurrence.shape is Shape.URL
    return is_program and mention.place is Place.SETTING and bool(_BASES.search(normal(mention.names[-1:])))


def _is_fetched(mention: Mention) -> bool:
    """Whether a program, not a script that sets a machine up, asks a host that is mostly linked to."""
    return mention.role in {Role.URL, Role.HOST} and mention.language not in BROWSER | SHELL


def _own(mention: Mention, why: str, path: str) -> Verdict | None:
    occurrence = mention.occurrence
    if _PACKAGE_FILES.search(path) and (mention.place is Place.LINK or _is_package_name(mention)):
        return None
    if _LICENCES.search(normal(mention.names)):
        return None
    if occurrence.shape is Shape.EMAIL and not _is_login(mention):
        reason = f"an own e-mail address; {why}"
        return verdict(mention, Judged.EMAIL, Whose.OWN, 0.4, reason, kind="email", service="smtp")
    cookie = mention.role is Role.COOKIE_DOMAIN or "cookie_domain" in normal(mention.names)
    kind = "cookie-domain" if cookie else "host"
    service = connection(mention)
    at_home = occurrence.shape in {Shape.URL, Shape.SHARE, Shape.LOGIN, Shape.EMAIL}
    if at_home or service or cookie:
        return verdict(mention, Judged.OWN, Whose.OWN, 0.9, why, kind=kind, service=service)
    if path.endswith(".svg") or not _is_meant_as_host(mention):
        return None
    return verdict(mention, Judged.OWN, Whose.OWN, 0.8, why, kind=kind)


def _is_package_name(mention: Mention) -> bool:
    """Whether it is part of what a package is called (`fans.example/shop`), by which others ask for it."""
    return mention.occurrence.shape is not Shape.URL and normal(mention.names) == "name"


_LOGINS = re.compile(
    r"(?:^|_)(?:remote|host|server|user|target|dest|destination|deploy|ssh|login|machine|node)(?:_|$)"
)


def _is_login(mention: Mention) -> bool:
    """Whether `user@host` is what a script logs in by, not an address for mail."""
    occurrence, text = mention.occurrence, mention.literal.text
    whole = occurrence.end == len(text) and " " not in text
    return mention.language in SHELL and whole and bool(_LOGINS.search(normal(mention.names[-1:])))


def _is_meant_as_host(mention: Mention) -> bool:
    """Whether a bare own name is a host, not the product's name or part of a path."""
    occurrence, literal = mention.occurrence, mention.literal
    named = is_whole(mention) and _NO_HOSTS.search(normal(mention.names[-1:]))
    if named or _is_path_part(mention):
        return False
    if mention.place in {Place.ASSET, Place.LINK}:
        return mention.language not in BROWSER and is_whole(mention)
    written = literal.text[occurrence.start : occurrence.end]
    for_people = mention.place is Place.PROSE or literal.position is Position.TRANSLATION
    if for_people or _DISPLAY_NAMES.search(normal(mention.names)):
        return occurrence.host != occurrence.domain and written.islower()
    if _MAILER.search(literal.text[: occurrence.start]):
        return False
    if _is_in_a_query(mention) or (not written.islower() and mention.place is not Place.SETTING):
        return False
    used = mention.place in {Place.SETTING, Place.COMMAND} or mention.role is not None
    encoded = occurrence.encoder is not Encoder.PLAIN or occurrence.partial
    return used or encoded or is_whole(mention) or not is_prose(literal.text)


_MAILER = re.compile(r"(?:X-Mailer|User-Agent|X-Powered-By|Organization):[^\r\n]*\Z", re.IGNORECASE)
"""Headers in which a program says what it is called."""


def is_whole_url(mention: Mention) -> bool:
    """Whether the literal is an address of a page and nothing else."""
    text = mention.literal.text
    return (
        mention.occurrence.shape is Shape.URL and text.startswith("http") and not any(map(str.isspace, text))
    )


def _is_path_part(mention: Mention) -> bool:
    """Whether the name is part of a file's path: by the call, or as a script that a command is given."""
    call = mention.literal.call
    if call is None or mention.role is not None:
        return False
    in_shell = mention.language in SHELL and mention.occurrence.path.startswith("/")
    return call.name.lower() in _PATH_CALLS or (in_shell and call.name.lower() not in FETCHES)


def _is_in_a_query(mention: Mention) -> bool:
    """Whether it is only told to another page (`?utm_source=fans.example`)."""
    before = mention.literal.text[: mention.occurrence.start]
    in_url = "://" in before and re.search(r"[?&=][\w-]*=?\Z", before)
    return bool(in_url) or (mention.language == "html" and before.endswith(("/", "=")))
