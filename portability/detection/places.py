"""A literal and its file in, the place that a value in it takes out: setting, call, link, asset, prose …"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath

from portability.detection.services import named_service, normal, words
from portability.detection.shapes import Occurrence
from portability.model import Literal, Position, Source

BROWSER = frozenset({"html", "javascript", "css"})
"""Languages that run in the visitor's browser, or may."""

TEXT = "text"
"""Lines of files that no language of the room reads."""

SERVERS = frozenset({"apache", "nginx", TEXT})
"""Languages of web servers and proxies."""

SHELL = frozenset({"shell", "crontab", "dockerfile"})


class Place(StrEnum):
    """What the text around a value does with it."""

    COMMENT = "a comment"
    NAMESPACE = "a namespace"
    LINK = "a link for people"
    ASSET = "an asset for the browser"
    FORM = "a form's target"
    SETTING = "a setting"
    COMMAND = "a command"
    PROSE = "a text for people"
    EXPRESSION = "an expression"


_CALLING = frozenset({"php", "javascript", "python"}) | SHELL
"""Languages in which a call makes something else of its arguments."""

_FALLBACKS = frozenset({"get", "pop", "setdefault", "getattr", "getenv", "env", "input", "param"})
"""Calls whose second argument stands in for a named value that is missing."""

_PASSED_ON = frozenset(
    "define ini_set putenv setenv set env getenv setoption set_option update_option add_option write "
    "trim rtrim ltrim strtolower setattribute config const setparameter set_config setconfig setvalue "
    "default get_option value new option variable_set setconst defineconstant add_config container "
    "php_value php_admin_value setcookie export declare local readonly defaultvalue scalarnode".split()
)
"""Calls that hand a value on under the name that stands before it."""

_TAG = re.compile(r"<(?P<tag>[A-Za-z][\w:-]*)\b[^<>]*?\s(?P<attribute>[\w:-]+)\s*=\s*\\?[\"']?[^\"'<>]*\Z")
_NAMESPACE = re.compile(
    r"(?:xmlns(?::\w+)?\s*=\s*[\"']?|<!DOCTYPE[^<>]*|schemaLocation\s*=\s*[\"'][^\"']*)"
    r"(?:https?://)?\Z",
    re.IGNORECASE,
)
_NAMESPACE_NAMES = re.compile(r"(?:^|[._])(?:xmlns|doctype|schema_?location|namespace|ns|xsi|dtd)(?:$|[._])")
_NAMESPACE_CALLS = re.compile(r"(?i:namespace)|(?:NS|XPath)\Z")
_LINK_NAMES = re.compile(
    r"(?:^|_)(?:href|link|links|homepage|website|license|licence|licenses|author|authors|author_?ur[il]|info_?url|"
    r"plugin_uri|"
    r"theme_uri|docs|doc|documentation|help|support|rights|copyright|credits|manual|readme|wiki|forum|issues|"
    r"source_?url|repository|repo|github|gitlab|bitbucket|twitter|facebook|instagram|youtube|linkedin|"
    r"pinterest|"
    r"social|terms|privacy|donate|more_info|learn_more|see|reference|referer|referrer|user_?agent|generator|"
    r"more|description|desc|about|demo|tutorial|download|downloads|info)"
    r"(?:_(?:url|uri|link|page|href))?$"
)
_ASSET_NAMES = re.compile(
    r"(?:^|_)(?:src|img|image|images|icon|favicon|logo|avatar|gravatar|thumb|thumbnail|css|js|script|scripts|"
    r"stylesheet|style|styles|font|fonts|video|embed|background)(?:_(?:url|uri|src|file|path))?$"
)
SETTING_NAMES = re.compile(
    r"(?:^|_)(?:hosts?|hostnames?|servers?|servername|endpoints?|addr|address|addresses|ips?|domains?|nodes?|"
    r"brokers?|sentinels?|clusters?|mirrors?|peers?|master|slaves?|replicas?|writer|reader|prox(?:y|ies)|upstream|backends?|"
    r"gateways?|origins?|relay|smarthost|urls?|uri|uris|api|base|baseurl|root|site|siteurl|home|dsn|"
    r"feeds?|rss|webhooks?|hook|callback|service|wsdl|connection|location|target|redirect|webroot|"
    r"http|https|cdn|save_path|"
    r"\w*(?:host|hostname|server|url|uri|endpoint|domain))(?:_?(?:\d+|names?|list|root|prod|production|live))?$"
)
HOST_NAMES = re.compile(
    r"(?:^|_)(?:hosts?|hostnames?|servers?|servername|endpoints?|addr|address|ips?|domains?|nodes?|brokers?|"
    r"sentinels?|clusters?|mirrors?|peers?|masters?|slaves?|replicas?|writers?|readers?|prox(?:y|ies)|upstreams?|backends?|"
    r"gateways?|origins?|relay|smarthost|save_path|bind|"
    r"\w*(?:host|hostname|server|endpoint|domain))(?:_?(?:\d+|name|names|list|read|write|master|slave))?$"
)


@lru_cache(maxsize=65536)
def names_a_host(names: tuple[str, ...]) -> bool:
    """Whether the last name, numbers aside, is that of a host or of a service that has one."""
    last = next((name for name in reversed(names) if not name.isdigit()), "")
    return bool(HOST_NAMES.search(normal((last,)))) or bool(named_service((last,)))


_SENTENCE = re.compile(r"[^\W\d_]{2,}[,.:;!?]?\s+[^\W\d_]{2,}[,.:;!?]?\s")
_SAMPLE = re.compile(
    r"(?:^|[._-])(?:sample|example|examples|dist|default|defaults|template|tmpl|tpl|skel|stub|demo)(?:[._-]|"
    r"$)",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|specs?|fixtures?|__tests__|testing|mocks?|phpunit[^/]*|bench(?:marks?)?)/|(?:^|/)tests?[-_]|"
    r"(?:^|/)tests\.\w+$|(?:^|/)bench(?:[-_]|marks?\b|(?-i:[A-Z]))|"
    r"[-_.](?:test|spec)s?\.\w+$|(?-i:(?:[a-z0-9](?:Test|Spec)|Fixture)s?\.\w+$)|"
    r"(?:^|/)phpunit\.xml|\.github/|\.travis|\.circleci/|\.gitlab-ci|(?:^|/)(?:ci/|Vagrantfile|\.scrutinizer)|"
    r"(?:^|/)docker-compose[^/]*(?:test|dev|local|ci|override)[^/]*\.ya?ml",
    re.IGNORECASE,
)
_WORDING = re.compile(
    r"(?:^|/)(?:lang|langs|language|languages|locale|locales|i18n|l10n|translations?|intl)/|"
    r"(?:_lang|\.lang)\.\w+$",
    re.IGNORECASE,
)
_BEFORE = re.compile(rb"(?:=>|[:=])\s*[\"'`]?\Z")


@lru_cache(maxsize=1024)
def is_sample(path: str) -> bool:
    """Whether the file is one that people copy and fill in (`config.php.dist`, `sample.env`)."""
    return bool(_SAMPLE.search(PurePosixPath(path).name))


@lru_cache(maxsize=1024)
def is_test(path: str) -> bool:
    """Whether the file is part of tests, or sets up a container for them."""
    return bool(_TESTS.search(path))


@lru_cache(maxsize=1024)
def is_wording(path: str) -> bool:
    """Whether the file holds translations."""
    return bool(_WORDING.search(path))


def named(source: Source, literal: Literal) -> tuple[str, ...]:
    """The names that name the literal itself, not the result of a call that it goes into."""
    call = literal.call
    language = literal.language or source.language
    if call is None or call.keyword or call.name.lower() in _PASSED_ON or language not in _CALLING:
        return literal.names
    if language in SHELL or (call.argument == 1 and call.name.lower() in _FALLBACKS):
        return literal.names
    start = literal.span.start
    return literal.names if _BEFORE.search(source.data[max(0, start - 40) : start]) else ()


def place_of(literal: Literal, occurrence: Occurrence, names: tuple[str, ...]) -> Place:
    """The place that the occurrence takes in the literal; `names` as `named` gives them."""
    if literal.position is Position.COMMENT:
        return Place.COMMENT
    before = literal.text[max(0, occurrence.start - 400) : occurrence.start]
    if _is_namespace(literal, before):
        return Place.NAMESPACE
    markup = _in_markup(literal, before)
    return markup if markup is not None else _in_program(literal, names)


def _is_namespace(literal: Literal, before: str) -> bool:
    by_call = literal.call is not None and _NAMESPACE_CALLS.search(literal.call.name)
    by_name = _NAMESPACE_NAMES.search(normal(literal.names[-1:]))
    return bool(by_call or by_name or _NAMESPACE.search(before))


def _in_program(literal: Literal, names: tuple[str, ...]) -> Place:
    """The place outside of any markup: by the command, by the names, by the text itself."""
    is_shell = literal.language in SHELL and (not names or _is_mere_flag(names))
    if literal.position is Position.COMMAND or literal.language == TEXT or is_shell:
        return Place.COMMAND
    found = _by_name(names)
    if found is Place.EXPRESSION and is_prose(literal.text):
        return Place.PROSE
    return found


def _is_mere_flag(names: tuple[str, ...]) -> bool:
    """Whether the name is a command's flag that says nothing of what comes after it (`curl -s …`)."""
    return names[-1].startswith("-") and _by_name(names) is Place.EXPRESSION


@lru_cache(maxsize=65536)
def _by_name(names: tuple[str, ...]) -> Place:
    last = next((name for name in reversed(names) if not name.isdigit()), "")
    name = normal((last,))
    if _LINK_NAMES.search(name):
        return Place.LINK
    if _ASSET_NAMES.search(name):
        return Place.ASSET
    return Place.SETTING if SETTING_NAMES.search(name) else Place.EXPRESSION


def _in_markup(literal: Literal, before: str) -> Place | None:
    """The place inside a page or a page's part in a program's text; None outside of markup."""
    if literal.language == "html":
        is_attribute = len(literal.names) == 2
        return _of_tag(literal.names[0].lower(), literal.names[1].lower()) if is_attribute else Place.PROSE
    tag = _TAG.search(before)
    return _of_tag(tag.group("tag").lower(), tag.group("attribute").lower()) if tag else None


_NAMING = frozenset("rdf:about rdf:resource profile itemtype vocab".split())
_LOADING = frozenset("src srcset data poster background style data-src".split())


def _of_tag(tag: str, attribute: str) -> Place:
    if attribute.startswith("xmlns") or attribute in _NAMING:
        return Place.NAMESPACE
    if attribute in {"action", "formaction"}:
        return Place.FORM
    if attribute in _LOADING or (tag == "link" and attribute == "href"):
        return Place.ASSET
    if tag in {"a", "area", "base"} or attribute in {"cite", "content", "href"}:
        return Place.LINK
    is_setting = attribute.startswith("data-") and SETTING_NAMES.search("_".join(words(attribute)))
    return Place.SETTING if is_setting else Place.PROSE


def is_prose(text: str) -> bool:
    """Whether the text is a sentence: words of letters with spaces between them."""
    return len(text) > 20 and bool(_SENTENCE.search(text))
