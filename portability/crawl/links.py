"""A response in, the links that a browser or a visitor would follow from it out, and its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from portability.crawl.markup import Kind, Part, parts
from portability.crawl.places import form, unread
from portability.crawl.responses import Response

_CSS = re.compile(
    r"url\(\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s)\"']*+))|@import\s++(?:\"([^\"]*+)\"|'([^']*+)')", re.I
)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
_HEADER_LINK = re.compile(
    r"<([^>]*)>[^,]*\brel\s*=\s*\"?(?:next|prev|preload|stylesheet|modulepreload|canonical)"
)
_SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_A_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_HEAD = 2_000
_SINGLE = {
    ("a", "href"),
    ("area", "href"),
    ("iframe", "src"),
    ("frame", "src"),
    ("script", "src"),
    ("img", "src"),
    ("input", "src"),
    ("source", "src"),
    ("video", "src"),
    ("video", "poster"),
    ("audio", "src"),
    ("track", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("body", "background"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("use", "href"),
    ("use", "xlink:href"),
}
_LINK_RELS = {"preconnect", "dns-prefetch", "pingback", "edituri", "wlwmanifest", "search"}
_NEVER = ("javascript:", "mailto:", "tel:", "data:", "about:", "blob:", "#")


@dataclass(slots=True)
class Form:
    """A form of a page: where it is sent, how, its fields as they stand there, which of them are hidden."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


class _Found(NamedTuple):
    links: list[str]
    forms: list[Form]
    base: str


def links(response: Response) -> list[str]:
    """The links of a response as written there, each once, in their order; of forms those sent by GET."""
    found = list(_in_headers(response))
    if not unread(response) and response.body:
        found += _in_body(response)
    return [
        link for link in dict.fromkeys(found) if link.strip() and not link.strip().lower().startswith(_NEVER)
    ]


def forms(response: Response) -> list[Form]:
    """The forms of a page."""
    text = response.text
    return _page(text).forms if form(response, text) == "html" else []


def meta_of(response: Response, name: str) -> str:
    """The content of a page's <meta> of that name; '' for none."""
    text = response.text
    if form(response, text) != "html":
        return ""
    for part in parts(text):
        if part.kind is Kind.TAG and part.tag == "meta" and part.attribute("name") == name:
            return part.attribute("content")
    return ""


def base_of(response: Response) -> str:
    """What the links of a page are relative to, as written: its <base>, else ''."""
    text = response.text
    return _page(text).base if "<base" in text.lower() and form(response, text) == "html" else ""


def _in_headers(response: Response) -> Iterator[str]:
    for name, value in response.headers:
        lower = name.lower()
        if lower in ("location", "content-location"):
            yield value
        elif lower == "refresh" and (match := _REFRESH.match(value)):
            yield match[1]
        elif lower == "link":
            yield from _HEADER_LINK.findall(value)


def _in_body(response: Response) -> list[str]:
    text = response.text
    kind = form(response, text)
    if kind == "html":
        return _page(text).links
    if kind == "css":
        return _style(text)
    if kind == "xml":
        return list(_locations(text))
    if response.url.partition("?")[0].endswith("/robots.txt"):
        return _SITEMAP.findall(text)
    return text.split() if _is_list(response, text) else []


def lists_pages(response: Response) -> bool:
    """Whether it is a sitemap that lists pages, as XML or as text, and no index of sitemaps."""
    if unread(response) or not response.body:
        return False
    text = response.text
    return _is_list(response, text) or (form(response, text) == "xml" and "<urlset" in text[:_HEAD])


def _is_list(response: Response, text: str) -> bool:
    """Whether a text is nothing but URLs, one a line."""
    plain = response.url.partition("?")[0].endswith(".txt") and form(response, text) == "text"
    lines = text.split("\n") if plain else []
    return any(lines) and all(_A_URL.fullmatch(line.strip()) for line in lines if line.strip())


def _style(text: str) -> list[str]:
    return ["".join(groups) for groups in _CSS.findall(text)]


def _locations(text: str) -> Iterator[str]:
    """What a sitemap lists."""
    for part in parts(text, xml=True):
        if part.kind is Kind.TEXT and part.tag == "loc":
            yield unescape(text[part.start : part.end]).removesuffix("]]>").strip()


def _page(text: str) -> _Found:
    found = _Found([], [], "")
    for part in parts(text):
        if part.kind is Kind.RAW and part.tag == "style":
            found.links.extend(_style(text[part.start : part.end]))
        elif part.kind is Kind.TAG:
            found.links.extend(_tag(part))
            _field(part, found.forms)
            if part.tag == "base" and not found.base:
                found = found._replace(base=part.attribute("href"))
    sent = (form for form in found.forms if form.method == "get" and form.action)
    found.links.extend(form.action for form in sent)
    return found


def _tag(part: Part) -> Iterator[str]:
    for attribute in part.attributes:
        pair = (part.tag, attribute.name)
        if pair in _SINGLE:
            yield attribute.value
        elif attribute.name in ("srcset", "imagesrcset"):
            yield from (piece.split()[0] for piece in attribute.value.split(",") if piece.split())
        elif attribute.name == "style":
            yield from _style(attribute.value)
        elif pair == ("link", "href") and not _LINK_RELS & set(part.attribute("rel").lower().split()):
            yield attribute.value
        elif pair == ("meta", "content") and part.attribute("http-equiv").lower() == "refresh":
            match = _REFRESH.match(attribute.value)
            if match and "url" in attribute.value.lower():
                yield match[1]


def _field(part: Part, found: list[Form]) -> None:
    """Takes a form, or a field of the one that was opened last."""
    if part.tag == "form":
        method = part.attribute("method").strip().lower() or "get"
        found.append(Form(part.attribute("action"), method))
    elif part.tag in ("input", "textarea", "select", "button") and found:
        name = part.attribute("name")
        if name:
            found[-1].fields[name] = part.attribute("value")
        if name and part.attribute("type").lower() == "hidden":
            found[-1].hidden.add(name)
