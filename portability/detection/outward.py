"""A mention of somebody else's host in, a verdict (or None) on whether the code calls it out: pure."""

from __future__ import annotations

import re

from portability.detection.examine import Mention
from portability.detection.places import (
    BROWSER,
    HOST_NAMES,
    SERVERS,
    SHELL,
    TEXT,
    Place,
    is_sample,
    is_test,
    is_wording,
)
from portability.detection.services import normal
from portability.detection.shapes import Shape
from portability.detection.verdicts import (
    ASIDE,
    COMPARED,
    CONNECTIONS,
    Verdict,
    connection,
    is_whole,
    last_name,
    verdict,
)
from portability.model import Category, Position, Whose
from portability.rulebook.book import Judged, Role
from portability.rulebook.hosts import is_file_like

_API_LABEL = re.compile(
    r"(?:^|[.-])(?:api|apis|rest|ws|webservices?|services?|gateway|hooks?|feeds?|soap|rpc|oauth|graph)\d*"
    r"(?:[.-]|$)"
)
_API_PATH = re.compile(
    r"^/(?:[\w.-]+/)*(?:api|apis|rest|soap|rpc|xmlrpc|oauth2?|v\d[\d.]*|ws|services?|webservices?|wsdl|"
    r"hooks?|macros|"
    r"webhooks?|feeds?|rss|graphql|collect|siteverify|json|xml|callback|notify|ipn)(?:[/.?]|$)|"
    r"[?&](?:wsdl|format=json)",
    re.IGNORECASE,
)
_DATA_PATH = re.compile(r"\.(?:json|xml|rss|atom|rdf|csv|ics|txt)(?:$|\?)", re.IGNORECASE)
_CALLED_NAMES = re.compile(
    r"(?:endpoint|api|host|server|gateway|webhook|wsdl|callback|base_?url|service)(?:_ur[il])?$"
)
_PASSES_ON = re.compile(
    r"^(?:redirect|redirect_permanent|redirect_match|rewrite|rewrite_rule|return|proxy_pass|"
    r"proxy_pass_reverse|"
    r"proxy_pass_match|balancer_member|fastcgi_pass|uwsgi_pass|upstream|server|backend|error_document|"
    r"substitute)$"
)
"""Directives by which a web server sends a visitor or a request on."""

FETCHES = frozenset(
    "curl wget http https lynx fetch nc telnet mysql mysqldump redis-cli ssh scp rsync ftp sftp lftp psql "
    "ping "
    "dig ab siege mongo".split()
)
"""Commands that reach out to the hosts they are given, unlike `git clone` or `apt-get`."""

_DATA = frozenset({"json", "xml", "sql"})
"""Languages in which data stands more often than settings."""


def third_party(mention: Mention, why: str, service: str, path: str) -> Verdict | None:
    """A service that a list knows, where the code calls it and does not only link to it."""
    if mention.occurrence.shape is Shape.EMAIL or mention.place in ASIDE or _is_download(mention):
        return None
    if not _is_called_there(mention) and not (service == "files" and _is_given(mention)):
        return None
    if _is_told(mention) or is_wording(path):
        return None
    confidence = 0.8 - (0.35 if is_test(path) else 0.0)
    reason = f"a service of others that the code calls: {why}"
    whose, category = Whose.THIRD_PARTY, Category.THIRD_PARTY
    return verdict(mention, Judged.THIRD_PARTY, whose, confidence, reason, category, service=service)


def _is_given(mention: Mention) -> bool:
    """Whether a program names the address and nothing else, so that it can read what lies there."""
    in_program = mention.language not in BROWSER | SHELL | _DATA and mention.place is Place.EXPRESSION
    return in_program and bool(mention.names) and mention.literal.text.startswith(("http://", "https://"))


_INSTALLED = re.compile(
    r"\.(?:tar\.\w+|tgz|t[bx]z|deb|rpm|apk|phar|jar|whl|gem|sh|run|bin|exe|msi|gpg|asc|pub|key|list|repo)(?:$|[?#&])|"
    r"/gpg(?:/|$)|/(?:key|keys)/public|/debian/|/ubuntu/|/rpm/|/apt/|/yum/|/setup_\w+"
)
_STORES = re.compile(
    r"^(?:packages?|mirrors?|downloads?|repos?|apt|yum|archives?|releases|keyserver|registry|deb|rpms?)\d*\."
)


def _is_download(mention: Mention) -> bool:
    """Whether a script that sets a machine up fetches a program or its key from there."""
    occurrence = mention.occurrence
    in_script = mention.language in SHELL or (mention.language == TEXT and mention.place is Place.COMMAND)
    return in_script and bool(_INSTALLED.search(occurrence.path) or _STORES.match(occurrence.host))


def _is_called_there(mention: Mention) -> bool:
    """Whether the code calls a known service here: by a call, its door, or the setting's name."""
    place = mention.place
    if mention.role is not None or place is Place.FORM:
        return True
    if mention.language == "javascript" and place is Place.SETTING and mention.occurrence.shape is Shape.URL:
        return _is_api(mention) or bool(_CALLED_NAMES.search(normal(mention.names)))
    if mention.language in BROWSER or (place is Place.COMMAND and not _fetches(mention)):
        return False
    is_setting = place is Place.SETTING
    if mention.occurrence.shape is Shape.BARE and not (is_setting or connection(mention)):
        return False
    if mention.language in _DATA and is_setting:
        is_setting = bool(_CALLED_NAMES.search(normal(mention.names)))
    return is_setting or _is_api(mention) or place is Place.COMMAND


def unknown(mention: Mention, why: str, _service: str, path: str) -> Verdict | None:
    """A host of which nothing is known: a server in a setting, or one that the code calls."""
    occurrence, place = mention.occurrence, mention.place
    told = mention.literal.position in COMPARED or _is_told(mention)
    told = told or is_wording(path) or (occurrence.shape is Shape.URL and _is_download(mention))
    if occurrence.shape is Shape.EMAIL or told:
        return None
    lowered = 0.35 if is_test(path) else 0.05 if is_sample(path) else 0.0
    service = connection(mention)
    if service in CONNECTIONS and place not in ASIDE:
        if occurrence.shape is Shape.BARE and is_file_like(occurrence.host) and mention.role is None:
            return None
        reason = f"a {service} server that is connected to"
        return verdict(mention, Judged.SERVICE, Whose.UNKNOWN, 0.85 - lowered, reason, service=service)
    if occurrence.shape in {Shape.SHARE, Shape.LOGIN} and place is Place.COMMAND:
        reason = "a machine that is logged into"
        return verdict(mention, Judged.SERVICE, Whose.UNKNOWN, 0.75 - lowered, reason)
    confidence = _called(mention) - lowered
    if confidence <= 0 or mention.titled:
        return None
    category = Category.HOST if occurrence.shape is Shape.BARE else Category.THIRD_PARTY
    return verdict(mention, Judged.UNKNOWN, Whose.UNKNOWN, confidence, why, category)


_MANUALS = re.compile(r"(?:^|\.)(?:docs?|faq|help|wiki|manuals?|forums?|community|blog|support)\.")
_POLICIES = re.compile(r"(?:^|[._])(?:\w*csp|\w*content_security_policy|\w+_src)(?:$|[._])")
_IN_A_QUERY = re.compile(r"[?&][\w\[\]-]+=(?:https?:)?/{0,2}\Z")


def _is_told(mention: Mention) -> bool:
    """Whether the host is only told: to the browser as a policy, to another page, to people as a manual.

    A pattern of hosts or of links (`https://*.fans.example`, `https://fans.example/$1`) is told, too.
    """
    occurrence, text = mention.occurrence, mention.literal.text
    before = text[: occurrence.start]
    if before.endswith("*.") or "$1" in occurrence.path or _IN_A_QUERY.search(before):
        return True
    is_manual = mention.role is None and not connection(mention) and _MANUALS.search(occurrence.host)
    return bool(is_manual) or bool(_POLICIES.search(normal(mention.names)))


def _called(mention: Mention) -> float:
    """How sure it is that the program itself calls the unknown host; 0 for a mere mention."""
    place, is_url = mention.place, mention.occurrence.shape is Shape.URL
    if mention.role is Role.URL and not is_url and is_file_like(mention.occurrence.host):
        return 0.0
    if mention.role is not None:
        return 0.75
    if place in ASIDE or mention.literal.position is Position.TRANSLATION:
        return 0.0
    sent_on = mention.language in SERVERS and _PASSES_ON.search(normal(mention.names[-1:]))
    chances = (
        (0.7, place is Place.FORM),
        (0.6, is_url and bool(sent_on)),
        (0.6, place is Place.COMMAND and is_url and mention.literal.call is not None and _fetches(mention)),
        (_setting(mention), place is Place.SETTING),
        (0.55, is_url and _is_api(mention) and mention.language not in BROWSER | _DATA),
        (0.55, is_url and _is_data(mention)),
    )
    return max((chance for chance, holds in chances if holds), default=0.0)


def _setting(mention: Mention) -> float:
    """How sure a setting is one that the program calls: an address, or a name for a host."""
    if mention.occurrence.shape is Shape.URL:
        strong = mention.language not in _DATA | {"html", "templates"} or _CALLED_NAMES.search(
            normal(mention.names)
        )
        return 0.6 if strong else 0.45
    host_like = HOST_NAMES.search(last_name(mention)) and is_whole(mention)
    return 0.55 if host_like and not is_file_like(mention.occurrence.host) else 0.0


def _is_api(mention: Mention) -> bool:
    """Whether the host or the path is one that programs call."""
    occurrence = mention.occurrence
    labels = occurrence.host.removesuffix(occurrence.domain)
    return bool(_API_LABEL.search(labels)) or bool(_API_PATH.search(occurrence.path))


def _is_data(mention: Mention) -> bool:
    """Whether a program names what only a program reads: a feed, a table, a list of versions."""
    is_program = mention.language not in BROWSER | SHELL | _DATA and " " not in mention.literal.text
    return is_program and bool(_DATA_PATH.search(mention.occurrence.path))


def is_feed(mention: Mention) -> bool:
    """Whether a program names the door for programs of a host that is mostly linked to."""
    occurrence, place = mention.occurrence, mention.place
    if mention.language in BROWSER | SHELL | _DATA or place in ASIDE or occurrence.shape is not Shape.URL:
        return False
    labels = occurrence.host.removesuffix(occurrence.domain)
    by_path = bool(_DATA_PATH.search(occurrence.path)) and place is Place.SETTING
    return by_path or (bool(_API_LABEL.search(labels)) and occurrence.path.count("/") > 1)


def _fetches(mention: Mention) -> bool:
    call = mention.literal.call
    return call is None or call.name.lower() in FETCHES
