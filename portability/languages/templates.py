"""A page template of Twig, Smarty, Blade or Mustache in, its page as a Region of HTML and its own texts out.

What is printed is a hole of the page, what only decides is blank, a comment of the template is none of
the page. The quoted texts inside of expressions are Literals of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portability.languages import Mode, Sample
from portability.model import HOLE, Call, Literal, Position, Region, Source, Span
from portability.syntax.literals import Piece, decode, decoded, escaped

NAME = "templates"
MODE = Mode.TEMPLATE
WHY_NOT = ""

_AT_MOST = rb"{0,4000}"
"""How long an expression may be, so that one without an end does not cost the rest of the file each time."""

_QUOTED = rb"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'"
_BRACES = re.compile(
    rb"\{\#(?P<comment>.*?)(?:\#\}|\Z)"
    rb"|\{%-?\s*(?:verbatim|raw)\s*-?%\}(?P<verbatim>.*?)\{%-?\s*end(?:verbatim|raw)\s*-?%\}"
    rb"|\{%(?P<tag>(?:" + _QUOTED + rb"|[^%\"']|(?!%\})%)" + _AT_MOST + rb")%\}"
    rb"|\{\{!--(?P<bar>.*?)(?:--\}\}|\Z)|\{\{!(?P<bang>[^}]*)\}\}"
    rb"|\{\{(?P<print>(?:" + _QUOTED + rb"|[^}\"']|(?!\}\})\})" + _AT_MOST + rb")\}\}+",
    re.S,
)
_SMARTY = re.compile(
    rb"\{\*(?P<comment>.*?)(?:\*\}|\Z)"
    rb"|\{literal\}(?P<verbatim>.*?)\{/literal\}"
    rb"|\{(?P<raw>[A-Z][A-Z0-9_.]*)\}"
    rb"|\{(?=\$|\#\w+\#\}|[\"'][^\"']*[\"'][|\}])(?P<print>(?:"
    + _QUOTED
    + rb"|[^{}\"']|\{[^{}]*\})"
    + _AT_MOST
    + rb")\}"
    rb"|\{(?P<tag>(?:/\w+|(?:if|elseif|else|foreach|foreachelse|section|sectionelse|for|while|assign|append|"
    rb"include|extends|block|capture|strip|nocache|function|call|break|continue|setfilter|ldelim|rdelim)\b|"
    rb"[a-z]\w*\s+\w+\s*=)(?:" + _QUOTED + rb"|[^{}\"']|\{[^{}]*\})" + _AT_MOST + rb")\}",
    re.S,
)
_BLADE = re.compile(
    rb"\{\{--(?P<comment>.*?)(?:--\}\}|\Z)"
    rb"|@verbatim\b(?P<verbatim>.*?)@endverbatim\b"
    rb"|@php\b(?!\s*\()(?P<code>.*?)(?:@endphp\b|\Z)"
    rb"|<\?(?:php\b|=)(?P<inline>.*?)(?:\?>|\Z)"
    rb"|\{!!(?P<raw>(?:" + _QUOTED + rb"|[^!\"']|(?!!!\})!)" + _AT_MOST + rb")!!\}"
    rb"|(?<!@)\{\{(?P<print>(?:" + _QUOTED + rb"|[^}\"']|(?!\}\})\})" + _AT_MOST + rb")\}\}"
    rb"|(?<![\w@])@(?P<tag>[a-z]\w*[ \t]*(?:\((?:"
    + _QUOTED
    + rb"|[^()\"']|\((?:"
    + _QUOTED
    + rb"|[^()\"']|\([^()]*\))*\))*\))?)",
    re.S,
)
_COMMENTS = {"comment", "bar", "bang"}
_PRINTED = {"print", "raw"}
_STRING = re.compile(rb"\"(?P<double>(?:[^\"\\]|\\.)*+)\"|'(?P<single>(?:[^'\\]|\\.)*+)'", re.S)
_ESCAPES = {
    "double": re.compile(rb"\\.|\#\{[^}]*\}|`[^`]*`|\$\w+(?:\.\w+)*", re.S),
    "single": re.compile(rb"\\[\\']"),
}
_NAMED = re.compile(
    rb"(?:var|name)\s*=\s*[\"']?(?P<smarty>\w+)[\"']?\s+value\s*=\s*\Z"
    rb"|(?P<path>[A-Za-z_][\w.]*)[\"']?(?:\[[\"']?(?P<index>\w+)[\"']?\])?\s*(?:=>|=(?!=)|(?<!:):)\s*\[?\s*\Z"
)
_CALLED = re.compile(rb"(?P<name>[A-Za-z_]\w*)\s*\((?P<before>[^()]*)\Z")
_COMPARED = re.compile(rb"(?:[=!]=|\beq|\bne|\bneq)\s*\Z")
_BLANK = bytes(code if code in b"\r\n" else 32 for code in range(256))
_HOLED = bytes(code if code in b"\r\n" else 26 for code in range(256))
_LETTERS = {b"n": "\n", b"r": "\r", b"t": "\t"}
_LONGEST_LOOK_BACK = 300


def literals(source: Source) -> Iterator[Literal | Region]:
    """Comments and the texts of expressions, then the page, then PHP that stands between."""
    page: list[bytes] = []
    code: list[bytes] = []
    at = 0
    for match in _syntax(source.path).finditer(source.data):
        kind = match.lastgroup or ""
        start, end = match.span()
        page.append(source.data[at:start])
        code.append(source.data[at:start].translate(_BLANK))
        at = end
        if kind in _COMMENTS:
            yield _comment(source, match, kind)
        elif kind not in {"verbatim", "code", "inline"}:
            yield from _texts(source, Span(*match.span(kind)))
        page.append(_on_the_page(source.data, match, kind))
        code.append(_as_php(source.data, match, kind))
    rest = source.data[at:]
    whole = b"".join([*page, rest])
    if whole.strip(b" \t\r\n\x1a"):
        yield Region("html", whole)
    php = b"".join([*code, rest.translate(_BLANK)])
    if php.strip():
        yield Region("php", php)


def encode(text: str, form: str) -> str | None:
    """The text between the quotes of an expression, or in a comment."""
    if form == "comment":
        return None if re.search(r"--|[#*}]", text) else text
    if form == "single":
        if re.search(r"\{[{!]", text):
            return None
        return text.replace("\\", "\\\\").replace("'", "\\'")
    if re.search(r"[$`#{}\r\n\x00]", text):
        return None
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _syntax(path: str) -> re.Pattern[bytes]:
    """The signs of the template's engine, by the file's name."""
    lower = path.lower()
    if lower.endswith(".blade.php"):
        return _BLADE
    return _SMARTY if lower.endswith((".tpl", ".latte")) else _BRACES


def _on_the_page(data: bytes, match: re.Match[bytes], kind: str) -> bytes:
    """What a browser sees of a piece of template: a hole, a blank, or the text that is left as it is."""
    start, end = match.span()
    if kind != "verbatim":
        return match[0].translate(_HOLED if kind in _PRINTED else _BLANK)
    first, last = match.span(kind)
    return data[start:first].translate(_BLANK) + data[first:last] + data[last:end].translate(_BLANK)


def _as_php(data: bytes, match: re.Match[bytes], kind: str) -> bytes:
    """The same bytes as PHP alone sees them: `@php` opens a block as `<?=` does, and a `;` closes it."""
    if kind not in {"code", "inline"}:
        return match[0].translate(_BLANK)
    first, last = match.span(kind)
    if kind == "inline" or not data[first:last].strip():
        return match[0] if kind == "inline" else match[0].translate(_BLANK)
    closing = b";" + b" " * (match.end() - last - 3) + b"?>" if match.end() > last else b""
    return b"<?= " + data[first:last] + closing


def _texts(source: Source, span: Span) -> Iterator[Literal]:
    """The quoted texts of one expression, with the name or the call that they stand in."""
    for match in _STRING.finditer(source.data, span.start, span.end):
        form = match.lastgroup or "single"
        before = source.data[max(span.start, match.start() - _LONGEST_LOOK_BACK) : match.start()]
        called = _CALLED.search(before)
        call = Call(decode(called["name"], "latin-1"), called["before"].count(b",")) if called else None
        yield decoded(
            source.data,
            Span(*match.span()),
            escaped(source.data, *match.span(form), _ESCAPES[form], _meaning),
            source.encoding,
            form,
            names=_names(before),
            call=call,
            position=Position.COMPARISON if _COMPARED.search(before) else Position.EXPRESSION,
            language=NAME,
        )


def _names(before: bytes) -> tuple[str, ...]:
    """What an expression says before a text: `set api =`, `var="api" value=`, `{host:`, `'host' =>`."""
    found = _NAMED.search(before)
    if found is None:
        return ()
    path = found["smarty"] or found["path"]
    names = decode(path, "latin-1").split(".")
    return tuple([*names, decode(found["index"], "latin-1")] if found["index"] else names)


def _comment(source: Source, match: re.Match[bytes], kind: str) -> Literal:
    piece = Piece(*match.span(kind))
    span, place = Span(*match.span()), Position.COMMENT
    return decoded(source.data, span, [piece], source.encoding, "comment", position=place, language=NAME)


def _meaning(match: re.Match[bytes]) -> str:
    """What an escape writes; a variable is known at run time only."""
    if match[0][:1] != b"\\":
        return HOLE
    body = match[0][1:]
    return (
        _LETTERS.get(body, decode(body, "latin-1"))
        if match.re is _ESCAPES["double"]
        else decode(body, "latin-1")
    )


SAMPLES = (
    Sample(
        b"""{# for www.shop.example #}
{% extends "base.html.twig" %}
{% set api = 'https://api.shop.example/v1' %}
{% if app.request.host == "m.shop.example" %}
<a href="https://{{ country }}.shop.example/">{{ link({ host: 'db1.shop.example' }) }}</a>
{% endif %}
<script>var ws = "wss://chat.shop.example/{{ room|e('js') }}";</script>
{% verbatim %}<img src="https://i.shop.example/{{ x }}">{% endverbatim %}
""",
        (
            (" for www.shop.example ", ()),
            ("base.html.twig", ()),
            ("https://api.shop.example/v1", ("api",)),
            ("m.shop.example", ()),
            (f"https://{HOLE}.shop.example/", ("a", "href")),
            ("db1.shop.example", ("host",)),
            (f"wss://chat.shop.example/{HOLE}", ("ws",)),
            ("https://i.shop.example/{{ x }}", ("img", "src")),
        ),
        "templates/page.html.twig",
    ),
    Sample(
        b"""{* for www.shop.example *}
{assign var="api" value="https://api.shop.example/$version/"}
{if $host eq 'm.shop.example'}<a href="https://{$lang|escape}.shop.example/">{#title#}</a>{/if}
<script>{literal}var a = {host: "db1.shop.example"};{/literal} function f(){return "x.shop.example"}</script>
{$banner = 'https://cdn.shop.example/b.png'}{include file='foot.tpl' home="https://www.shop.example/"}
<a href="{ROOT_URL}/x">x</a>
""",
        (
            (" for www.shop.example ", ()),
            (f"https://api.shop.example/{HOLE}/", ("api",)),
            ("m.shop.example", ()),
            (f"https://{HOLE}.shop.example/", ("a", "href")),
            ("db1.shop.example", ("a", "host")),
            ("x.shop.example", ()),
            ("https://cdn.shop.example/b.png", ("banner",)),
            ("https://www.shop.example/", ("home",)),
            (f"{HOLE}/x", ("a", "href")),
        ),
        "templates/page.tpl",
    ),
    Sample(
        b"""{{-- for www.shop.example --}}
@extends('layout', ['host' => 'a.shop.example'])
@php
    $api = 'https://api.shop.example/v1';
@endphp
@if (strpos($x, "m.shop.example") !== false)
<a href="https://{{ $lang }}.shop.example/">{!! link_to('https://go.shop.example/') !!}</a>
@endif
<?php $old = 'old.shop.example'; ?>
""",
        (
            (" for www.shop.example ", ()),
            ("a.shop.example", ("host",)),
            ("https://api.shop.example/v1", ("api",)),
            ("m.shop.example", ()),
            (f"https://{HOLE}.shop.example/", ("a", "href")),
            ("https://go.shop.example/", ()),
            ("old.shop.example", ("old",)),
        ),
        "resources/views/page.blade.php",
    ),
)
