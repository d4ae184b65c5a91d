"""What all files mention in, whose domains they are as far as the evidence goes out: pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache

from portability.detection.examine import Examined, Mention, Said
from portability.detection.pages import pages, script
from portability.detection.places import SERVERS, SHELL, Place, is_test, is_wording
from portability.detection.services import named_service, normal
from portability.detection.shapes import Shape
from portability.model import Whose
from portability.rulebook.book import Role
from portability.rulebook.hosts import (
    Known,
    KnownHosts,
    address_kind,
    is_file_like,
    is_placeholder,
    registrable,
)


class Clue(Enum):
    """A reason to take a domain for the project's own: what it is, its weight, how often it counts."""

    SETTINGS = ("named as production's in the settings", 100, 1)
    SERVER_NAME = ("the name of a virtual host", 5, 1)
    COOKIE = ("a cookie's domain", 5, 1)
    SITE = ("the site's own address", 4, 1)
    CONNECTION = ("a server that is connected to", 4, 1)
    PAGE = ("one of its pages is a file of the project", 3, 1)
    FOLDER = ("a folder is named after it", 3, 1)
    PACKAGE = ("the project's own description names it", 3, 1)
    HOME = ("addresses of many of its hosts all over the code", 4, 1)
    SENDER = ("an e-mail address in a setting", 2, 1)
    AUTHOR = ("an author's e-mail address in a comment", 1, 2)
    SETTING = ("addresses of it in settings", 1, 2)
    SUBDOMAINS = ("several hosts below it", 2, 1)
    SPREAD = ("many files name it", 1, 2)

    @property
    def strong(self) -> bool:
        """Whether the clue can stand alone, given weight; mentions alone never make a domain one's own."""
        return self not in {Clue.AUTHOR, Clue.SETTING, Clue.SUBDOMAINS, Clue.SPREAD}


_OWNERS = frozenset({Clue.SERVER_NAME, Clue.COOKIE, Clue.SITE, Clue.CONNECTION, Clue.FOLDER, Clue.PAGE})
_SENDERS = 3
_SETTINGS = 3
_SITES = 5
"""Domains that one file can give as the site's own; one with more is a table of other people's."""

ENOUGH = 4
"""The sum of weights from which on a domain is the project's own."""

_SITE_NAMES = re.compile(
    r"^base_?url$|(?:^|[._])(?:site_?url|home_?url|app_?url|web_?url|root_?url|www_?root|canonical|"
    r"wg_server|server_?name|server_?alias|domain|cookie_?domain|site_?domain|main_?domain|base_?domain|"
    r"session_?domain|site_?host|http_?host|wp_?home|siteurl|site|base_href|our_?domain|public_?url)$"
)
_COOKIE_NAMES = re.compile(r"cookie_?domain|session_?domain")
_SERVER_NAMES = re.compile(r"server_(?:name|alias)")
_SENDER_NAMES = re.compile(
    r"(?:from|sender|reply_?to|admin|contact|support|webmaster|noreply|no_reply|mailto|e?mail(?:_address)?|"
    r"recipient|to|cc|bcc|bounce|errors?_to|address)(?:_?(?:e?mail|address))?$"
)
_HEADER = re.compile(r"(?:^|\n|\\n)(?:From|Reply-To|Sender|Return-Path|Errors-To):[^\r\n]*\Z", re.IGNORECASE)
_PACKAGE_NAMES = re.compile(r"^(?:homepage|name)|support|author")
_PACKAGE_FILES = re.compile(
    r"^(?:(?!(?:plugins?|libs?|js|themes?|assets|components|modules|packages|extensions|contrib)/)[^/]+/){0,2}"
    r"(?:composer|package|bower|info)\.json$|(?:^|/)CNAME$"
)
"""Descriptions of the project itself: those further down, or among parts, are of what it is made of."""


@dataclass(slots=True)
class Dossier:
    """What speaks for one domain."""

    clues: dict[Clue, int] = field(default_factory=lambda: defaultdict(int))
    hosts: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def weight(self) -> int:
        """The sum of the clues' weights, each counted at most as often as it may."""
        return sum(clue.value[1] * min(count, clue.value[2]) for clue, count in self.clues.items())

    @property
    def is_own(self) -> bool:
        by_mail_alone = set(self.clues) <= {Clue.SENDER, Clue.AUTHOR, Clue.SPREAD}
        return self.weight() >= ENOUGH and any(c.strong for c in self.clues) and not by_mail_alone

    @property
    def is_beyond_doubt(self) -> bool:
        """Whether two clues that only an owner leaves speak for it, so that no list can say otherwise.

        Many senders at a domain whose hosts are all over the code are as good, and so are two of its pages.
        """
        at_home = self.clues.get(Clue.SENDER, 0) >= _SENDERS and len(self.hosts) >= 5 and len(self.files) >= 8
        at_home = at_home or self.clues.get(Clue.PAGE, 0) >= 2
        return at_home or sum(clue in _OWNERS for clue in self.clues) >= 2

    @property
    def is_everywhere(self) -> bool:
        """Whether it may be the project's home where nothing else is: many hosts, all over the code."""
        set_in = self.clues.get(Clue.SETTING, 0)
        return len(self.hosts) >= 5 and len(self.files) >= 8 and set_in >= _SETTINGS

    def reasons(self) -> list[str]:
        """The clues in words, the weightiest first."""
        return [clue.value[0] for clue in sorted(self.clues, key=lambda c: (-c.value[1], c.name))]


@dataclass(frozen=True, slots=True)
class Domains:
    """Which domains are the project's own and why, and which hosts production's settings name."""

    own: dict[str, tuple[str, ...]]
    production: tuple[str, ...]
    known: KnownHosts

    def whose(self, host: str, path: str = "") -> tuple[Whose, str, str]:
        """(whose the host is, why, its service where a list knows it)."""
        if any(fnmatchcase(host, pattern) for pattern in self.production):
            return Whose.OWN, Clue.SETTINGS.value[0], ""
        domain = registrable(host)
        if domain in self.own:
            return Whose.OWN, f"{domain} is the project's own: {self.own[domain][0]}", ""
        if is_placeholder(host):
            return Whose.PLACEHOLDER, "stands for a name to be filled in", ""
        known = self.known.find(host, path)
        if known:
            return known.whose, f"{known.host} is on a list", known.service
        return Whose.UNKNOWN, "nothing says whose it is", ""


def learn(files: Collection[Examined], production: Sequence[str], known: KnownHosts) -> Domains:
    """Weigh every file's clues. `production` are hosts or globs of them, as the settings give them."""
    dossiers = _dossiers(files)
    named = {d for pattern in production if (d := _own_domain(pattern.lower().lstrip("*."), known))}
    for domain in named:
        dossiers[domain].clues[Clue.SETTINGS] += 1
    for dossier in dossiers.values():
        _add_up(dossier)
    own = _own(dossiers, named, known)
    if not own:
        for dossier in dossiers.values():
            if dossier.is_everywhere:
                dossier.clues[Clue.HOME] += 1
        own = _own(dossiers, named, known)
    return Domains(own, tuple(pattern.lower() for pattern in production), known)


def _own(
    dossiers: Mapping[str, Dossier], named: Collection[str], known: KnownHosts
) -> dict[str, tuple[str, ...]]:
    """The domains for which enough speaks, and what does; no list speaks against those `named`."""
    own = {}
    for domain, dossier in sorted(dossiers.items()):
        listed = known.find(domain)
        disproved = listed is not None and listed.whose is Whose.REFERENCE and dossier.is_beyond_doubt
        foreign = (listed is not None and not disproved) or is_placeholder(domain)
        if dossier.is_own and (not foreign or domain in named):
            own[domain] = tuple(dossier.reasons())
    return own


def _dossiers(files: Collection[Examined]) -> dict[str, Dossier]:
    dossiers: dict[str, Dossier] = defaultdict(Dossier)
    known = pages(tuple(file.path for file in files))
    led_to: dict[str, set[str]] = defaultdict(set)
    for file in files:
        if not (file.mentions or file.authors or _folders(file.path.rpartition("/")[0])):
            continue
        said = file.said = file.said or said_by(file)
        for domain, clue in said.clues:
            dossiers[domain].clues[Clue[clue]] += 1
        for domain, page in said.pages:
            if known.knows(page):
                led_to[domain].add(page)
        for domain, host in said.hosts:
            dossiers[domain].hosts.add(host)
            dossiers[domain].files.add(file.path)
    for domain, found in led_to.items():
        sure = len(found) > 1 or any("/" in page for page in found)
        dossiers[domain].clues[Clue.PAGE if sure else Clue.SETTING] += len(found)
    return dossiers


def said_by(file: Examined) -> Said:
    """What a file's mentions say of domains: each thing once."""
    mentions = [mention for mention in file.mentions if mention.occurrence.domain]
    read = (mention for mention in mentions if mention.place not in {Place.COMMENT, Place.NAMESPACE})
    pages_of = ((mention.occurrence.domain, script(mention.occurrence.path)) for mention in mentions)
    return Said(
        tuple((domain, clue.name) for domain, clue in _clues(file)),
        tuple(dict.fromkeys(pair for pair in pages_of if pair[1])),
        tuple(dict.fromkeys((mention.occurrence.domain, mention.occurrence.host) for mention in read)),
    )


def spoken_for(files: Collection[Examined], known: KnownHosts) -> frozenset[str]:
    """The domains that may be the project's own, as far as the files tell."""
    return frozenset(d for d, dossier in _dossiers(files).items() if _may_be_own(dossier, known.find(d)))


def suspected(files: Collection[Examined], known: KnownHosts) -> frozenset[str]:
    """Domains passed over that may be the project's own after all: all of their hosts are to be looked at."""
    passed = frozenset[str]().union(*(file.passed for file in files))
    dossiers = _dossiers(files) if passed else {}
    return frozenset(d for d in passed & set(dossiers) if _may_be_own(dossiers[d], known.find(d)))


def _may_be_own(dossier: Dossier, listed: Known | None) -> bool:
    """Whether the part of a domain's clues that is known could be part of enough."""
    if listed is None:
        return any(clue.strong for clue in dossier.clues) or dossier.clues.get(Clue.SETTING, 0) >= _SETTINGS
    sent = dossier.clues.get(Clue.SENDER, 0) >= _SENDERS
    return listed.whose is Whose.REFERENCE and (sent or any(clue in _OWNERS for clue in dossier.clues))


def _own_domain(host: str, known: KnownHosts) -> str:
    """The domain that a host of production's makes one's own; '' for a machine at a provider's domain."""
    domain = registrable(host)
    rented = host != domain and (known.find(host) or known.find(domain) or host.endswith(CLOUDS))
    return "" if rented else domain


CLOUDS = (".amazonaws.com", ".cloudfront.net", ".elasticbeanstalk.com")
"""Domains under which every customer of a provider has names."""


def _add_up(dossier: Dossier) -> None:
    if len(dossier.hosts) >= 3:
        dossier.clues[Clue.SUBDOMAINS] += 1
    if len(dossier.files) >= 4:
        dossier.clues[Clue.SPREAD] += 1 + (len(dossier.files) >= 10)


def _clues(file: Examined) -> Iterator[tuple[str, Clue]]:
    """Every (domain, clue) of a file, once."""
    found = _spoken(file) if file.mentions else set()
    found |= {(domain, Clue.AUTHOR) for domain in file.authors}
    found |= {(domain, Clue.FOLDER) for domain in _folders(file.path.rpartition("/")[0])}
    yield from sorted(found, key=lambda pair: (pair[0], pair[1].name))


def _spoken(file: Examined) -> set[tuple[str, Clue]]:
    """What the mentions of a file say."""
    found: set[tuple[str, Clue]] = set()
    in_tests = is_test(file.path) or is_wording(file.path)
    for mention in file.mentions:
        domain = mention.occurrence.domain
        clue = clue_of(mention, file.path)
        if domain and clue and not (in_tests and clue is not Clue.SERVER_NAME):
            found.add((domain, clue))
    sites = {domain for domain, clue in found if clue is Clue.SITE}
    if len(sites) > _SITES:
        found = {(domain, clue) for domain, clue in found if clue is not Clue.SITE}
    return found


@lru_cache(maxsize=1024)
def _folders(path: str) -> frozenset[str]:
    """The domains that folders of the path are named after."""
    found = {registrable(folder.lower().partition("_")[0]) for folder in path.split("/") if "." in folder}
    return frozenset(domain for domain in found if len(domain) > 5)


def clue_of(mention: Mention, path: str) -> Clue | None:
    """What a mention says for its domain's being the project's own."""
    name = normal(tuple(mention.names))
    if mention.occurrence.shape is Shape.EMAIL:
        return _sender_clue(mention, name, path)
    if mention.place in _ASIDE:
        return None
    if mention.role is Role.COOKIE_DOMAIN or ("domain" in name and _COOKIE_NAMES.search(name)):
        return Clue.COOKIE
    if mention.language in SERVERS and _SERVER_NAMES.search(name):
        return Clue.SERVER_NAME
    if _PACKAGE_FILES.search(path):
        return Clue.PACKAGE if _PACKAGE_NAMES.search(name) else None
    return None if address_kind(mention.occurrence.host) else _host_clue(mention, name)


def _sender_clue(mention: Mention, name: str, path: str) -> Clue | None:
    """What an e-mail address says: by a mail's header around it, or by its own name."""
    if mention.place in _ASIDE and not _is_in_a_header(mention):
        return None
    if _PACKAGE_FILES.search(path):
        return Clue.PACKAGE if "support" in name else None
    return Clue.SENDER if _is_in_a_header(mention) or _SENDER_NAMES.search(name) else None


_ASIDE = frozenset({Place.COMMENT, Place.NAMESPACE, Place.ASSET, Place.PROSE})


def _is_in_a_header(mention: Mention) -> bool:
    """Whether the address stands in the text of a mail's own header."""
    return bool(_HEADER.search(mention.literal.text[: mention.occurrence.start]))


def _host_clue(mention: Mention, name: str) -> Clue | None:
    """The same for a host's name: as a server, as the site's own address, or just in a setting."""
    shape, place, host = mention.occurrence.shape, mention.place, mention.occurrence.host
    if shape is Shape.SHARE:
        return Clue.SETTING
    if (
        shape is Shape.BARE
        and is_file_like(host)
        and host.count(".") == 1
        and mention.language not in SERVERS
    ):
        return None
    by_call = mention.role in {Role.HOST, Role.DSN} and mention.service not in {"", "http", "smtp", "ftp"}
    is_page = mention.occurrence.scheme in {"http", "https"}
    by_name = place is Place.SETTING and not is_page and named_service(mention.names[-3:]) in _BACKENDS
    by_shape = place is Place.COMMAND and shape is Shape.LOGIN
    if by_call or by_name or by_shape:
        return Clue.CONNECTION
    if place is not Place.SETTING:
        return None
    return Clue.SITE if _is_site(mention, name.rpartition(".")[2]) else Clue.SETTING


def _is_site(mention: Mention, last: str) -> bool:
    """Whether the setting by that name gives the site's own address, not the root of what a program reads."""
    occurrence = mention.occurrence
    if _FOR_PROGRAMS.match(occurrence.host) or "/api/" in occurrence.path:
        return False
    if last == "domain":
        at_home = occurrence.host in {occurrence.domain, f"www.{occurrence.domain}"} or occurrence.partial
        return at_home and not occurrence.scheme
    is_root = mention.language in SHELL and last in {"base_url", "baseurl", "root_url", "rooturl"}
    return not is_root and bool(_SITE_NAMES.search(last))


_FOR_PROGRAMS = re.compile(r"(?:api|ws|rest|data|webservices?|services?|soap|rpc|feeds?)\d*\.")
"""Labels of hosts that programs call: a project names those of others in its settings, too."""


_BACKENDS = frozenset("mysql postgresql redis memcached rabbitmq mongodb ldap".split())
"""Services that nobody offers to the public: a project's own stand behind them."""


def commented_values(file: Examined, domains: Domains) -> Iterator[tuple[int, str]]:
    """(position, host) of each own host that stands in commented-out code."""
    for position, host in file.commented:
        if host.endswith(CLOUDS) or domains.whose(host)[0] is Whose.OWN:
            yield position, host
