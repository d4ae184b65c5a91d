"""A response in, for each character of its body the place it stands in out, and how much that matters.

| place | weight |
|---|---|
| any header | active |
| an attribute (href, src, srcset, action, style, on…, data-…, value, …) | active |
| an attribute that is only read (alt, title, class, id, aria-…, xmlns, …) | mention |
| meta refresh and other meta | active; description, keywords, author, title and the like: mention |
| script, JSON, style sheet | active; a comment in one: mention |
| text of a page, comment | mention |
| text of an XML element, plain text | a URL or what is no host: active; a bare host: mention |
| robots.txt: Sitemap, Host | active |
| anywhere, behind the @ of an e-mail address | mention |
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from portability.crawl.markup import Attribute, Kind, Part, parts
from portability.crawl.responses import Response, Weight

_READ = re.compile(
    r"alt|title|placeholder|label|summary|abbr|class|id|name|for|lang|rel|role|aria-.*|xmlns(?::.*)?|itemprop|"
    r"itemtype|typeof|vocab|prefix"
)
_READ_META = re.compile(
    r"description|keywords|author|copyright|generator|title|application-name|(?:og|twitter):(?:title|"
    r"description|site_name|site|creator|image:alt)|article:author|dc\..*"
)
_SCRIPT = re.compile(r"|module|.*(?:java|ecma)script.*|text/babel")
_JS_COMMENT = re.compile(
    r"(?P<comment>(?:(?<![^\s;{}(),])/\*(?:[^*]|\*(?!/))*(?:\*/)?)|(?<![^\s;{}(),])//[^\n]*+)"
    r"|\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n])*+'?|`(?:\\.|[^`\\])*+`?|\\.",
    re.DOTALL,
)
_CSS_COMMENT = re.compile(
    r"(?P<comment>/\*(?:[^*]|\*(?!/))*(?:\*/)?)|\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n])*+'?"
)
_CSS_URL = re.compile(r"url\(\s*+[\"']?[^)\"']*+$", re.IGNORECASE)
_CSS_IMPORT = re.compile(r"@import[^;{}]*+$", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\s*(sitemap|host)\s*:", re.IGNORECASE)
_LOOKBACK = 2_000
_FORMS = {
    "html": "html",
    "json": "json",
    "javascript": "javascript",
    "ecmascript": "javascript",
    "css": "css",
    "xml": "xml",
}
_HEADS = {"<?xml": "xml", "<": "html", "{": "json", "[": "json"}


class Place(NamedTuple):
    """Where something stands, in words, and how much it matters there.

    `bare` is the weight of a host that stands there without `//` in front.
    """

    where: str
    weight: Weight
    bare: Weight | None = None


_ACTIVE, _MENTION = Weight.ACTIVE, Weight.MENTION


class Places:
    """The places of one body."""

    def __init__(self, response: Response, text: str) -> None:
        self._text = text
        self._form = form(response, text)
        self._robots = response.url.partition("?")[0].endswith("/robots.txt")
        xml = self._form == "xml"
        self._parts = list(parts(text, xml)) if self._form in ("html", "xml") else []
        self._starts = [part.start for part in self._parts]
        tags = [part.tag for part in self._parts[:20] if part.kind is Kind.TAG]
        self._comments: dict[int, _Comments] = {}
        self._xml = "sitemap" if {"urlset", "sitemapindex"} & set(tags) else "XML"

    def at(self, position: int) -> Place:
        """The place of character `position`."""
        if self._parts:
            return self._in_markup(position)
        if self._form in ("javascript", "css"):
            where = "script" if self._form == "javascript" else "css"
            return self._code(where, position, 0, len(self._text))
        if self._form == "json":
            return Place("JSON", _ACTIVE)
        return self._plain(position) if self._form == "text" else Place("body", _ACTIVE)

    def _plain(self, position: int) -> Place:
        if not self._robots:
            return Place("plain text", _ACTIVE, _MENTION)
        line = self._text.rfind("\n", 0, position) + 1
        directive = _DIRECTIVE.match(self._text, line)
        name = f"robots.txt {directive[1].capitalize()}" if directive else "robots.txt"
        return Place(name, _ACTIVE if directive else _MENTION)

    def _code(self, where: str, position: int, start: int, end: int) -> Place:
        """The place in a script or a style sheet that stands from `start` to `end`."""
        if where not in ("script", "inline script", "css", "inline css"):
            return Place(where, _ACTIVE)
        style = where.endswith("css")
        if start not in self._comments:
            pattern = _CSS_COMMENT if style else _JS_COMMENT
            self._comments[start] = _Comments(pattern, self._text, start, end)
        if self._comments[start].hold(position):
            return Place(f"comment in {where}", _MENTION)
        return _style(self._text, start, position, where) if style else Place(where, _ACTIVE)

    def _in_markup(self, position: int) -> Place:
        at = bisect_right(self._starts, position) - 1
        part = self._parts[at] if at >= 0 else self._parts[0]
        if position >= part.end:
            return Place(f"closing tag after <{part.tag}>" if part.tag else "markup", _ACTIVE)
        if part.kind is Kind.TAG:
            return _in_tag(part, position)
        if part.kind is Kind.RAW:
            kind = part.attribute("type").strip().lower()
            where = "inline css" if part.tag == "style" else _script_kind(kind)
            return self._code(where, position, part.start, part.end)
        if part.kind is Kind.COMMENT:
            return Place("comment", _MENTION)
        if self._form == "xml":
            return Place(f"{self._xml} <{part.tag}>" if part.tag else self._xml, _ACTIVE, _MENTION)
        return Place(f"text of <{part.tag}>" if part.tag else "text", _MENTION)


def form(response: Response, text: str) -> str:
    """What a body is: html, xml, css, javascript, json, text, or '' for anything else.

    Where the type isn't told, or only that it is text, the first characters decide.
    """
    kind = response.content_type
    for sign, name in _FORMS.items():
        if sign in kind:
            return name
    if kind not in ("", "text/plain", "application/octet-stream"):
        return "text" if kind.startswith("text/") else ""
    head = text[:1_000].lstrip()
    return next((name for sign, name in _HEADS.items() if head.startswith(sign)), "text")


def unread(response: Response) -> bool:
    """Whether the body is a picture, a sound, a film or a font, in which nobody looks for names."""
    kind = response.content_type
    return kind.startswith(("image/", "font/", "audio/", "video/")) and "svg" not in kind


def _in_tag(part: Part, position: int) -> Place:
    found = next((a for a in part.attributes if a.start <= position < a.end), None)
    if found is None:
        return Place(f"<{part.tag}>", _ACTIVE)
    if part.tag == "meta" and found.name == "content":
        return _meta(part)
    if found.name == "style":
        return Place(f"<{part.tag} style>", _ACTIVE)
    weight = _MENTION if _READ.fullmatch(found.name) else _ACTIVE
    return Place(_attribute(part, found), weight)


def _attribute(part: Part, attribute: Attribute) -> str:
    rel = part.attribute("rel") if part.tag == "link" else ""
    return f"<{part.tag} rel={rel} {attribute.name}>" if rel else f"<{part.tag} {attribute.name}>"


def _meta(part: Part) -> Place:
    name = part.attribute("http-equiv") or part.attribute("property") or part.attribute("name")
    weight = _MENTION if _READ_META.fullmatch(name.lower()) else _ACTIVE
    return Place(f"<meta {name.lower()}>" if name else "<meta content>", weight)


def _script_kind(kind: str) -> str:
    """What a script element of that type holds: inline script, JSON, or something of its own."""
    if kind == "application/ld+json":
        return "JSON-LD"
    if "json" in kind or kind in ("importmap", "speculationrules"):
        return "inline JSON"
    return "inline script" if _SCRIPT.fullmatch(kind.partition(";")[0]) else f"<script type={kind}>"


def _style(text: str, start: int, position: int, where: str) -> Place:
    before = text[max(start, position - _LOOKBACK) : position]
    before = before[max(before.rfind(";"), before.rfind("}"), before.rfind("{")) + 1 :]
    if "@import" in before and _CSS_IMPORT.search(before):
        return Place(f"{where} @import", _ACTIVE)
    at = before.lower().rfind("url(")
    return Place(f"{where} url()" if at >= 0 and _CSS_URL.match(before, at) else where, _ACTIVE)


class _Comments:
    """The comments of one script or style sheet, which begins at character `start` of its page."""

    def __init__(self, pattern: re.Pattern[str], text: str, start: int = 0, end: int | None = None) -> None:
        matches = pattern.finditer(text, start, len(text) if end is None else end)
        self._spans = [match.span() for match in matches if match["comment"] is not None]
        self._starts = [start for start, _ in self._spans]

    def hold(self, position: int) -> bool:
        """Whether a comment holds character `position`; what may be code is taken for code."""
        at = bisect_right(self._starts, position) - 1
        return at >= 0 and position < self._spans[at][1]
