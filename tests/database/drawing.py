"""Random values as PHP's serialize() writes them, with a host in some of their strings: written by this file.

A value is drawn as a recipe, and written once with production's host and once with the replica's: the
second is what a rewriting of the first must give, byte for byte.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

OLD, NEW = "www.fans.example", "www.lt-fans.example"
Recipe = Callable[["Writer"], bytes]


@dataclass
class Writer:
    """Writes recipes with one host; `slots` counts values as PHP does, for references to earlier ones."""

    host: str
    slots: int = 0
    texts: tuple[int, ...] = ()
    objects: tuple[int, ...] = ()

    def take(self) -> int:
        self.slots += 1
        return self.slots


def counted(data: bytes) -> bytes:
    return b's:%d:"%s";' % (len(data), data)


def written(recipe: Recipe, host: str) -> bytes:
    """A value whole."""
    return recipe(Writer(host))


_WORDS = st.sampled_from(
    [
        "",
        "x",
        "Grüße ",
        "☃",
        "日本語 ",
        "a\0b",
        '"',
        "\\",
        "';",
        's:5:"',
        "é" * 3,
        "}",
        "\U0001f600",
        "%2F",
        "\n",
        "&amp;",
    ]
)
_PLAIN = st.lists(_WORDS, max_size=3).map("".join)
_FORMS: dict[str, Callable[[str], str]] = {
    "host": lambda host: host,
    "url": lambda host: f"https://{host}/a?b=1#c",
    "relative": lambda host: f"//{host}/a.js",
    "escaped": lambda host: f"https:\\/\\/{host}\\/a",
    "twice escaped": lambda host: f"https:\\\\\\/\\\\\\/{host}\\\\\\/a",
    "percent": lambda host: f"u=https%3A%2F%2F{host}%2Fa",
    "html": lambda host: f"<a href=&quot;https:&#x2F;&#x2F;{host}/&quot;>",
    "two": lambda host: f"http://{host} and http://{host}:8443/",
}
_FORM = st.sampled_from(list(_FORMS))
_SAFE = st.lists(st.sampled_from(["", "x ", "Grüße ", "☃ ", "日本語 ", "é ", "\U0001f600 "]), max_size=2).map(
    "".join
)


def _text(make: Callable[[str], bytes]) -> Recipe:
    def recipe(writer: Writer) -> bytes:
        writer.texts = (*writer.texts, writer.take())
        return counted(make(writer.host))

    return recipe


def _scalar(data: bytes) -> Recipe:
    def recipe(writer: Writer) -> bytes:
        writer.take()
        return data

    return recipe


_SCALARS = st.one_of(
    st.integers(-(2**62), 2**62).map(lambda n: b"i:%d;" % n),
    st.sampled_from(
        [b"N;", b"b:0;", b"b:1;", b"d:0.5;", b"d:-1.5;", b"d:INF;", b"d:-INF;", b"d:NAN;", b"d:1.0E+25;"]
    ),
    st.just(b'E:11:"Suit:Hearts";'),
).map(_scalar)
_OTHERS = _PLAIN.filter(lambda text: "s:5" not in text).map(lambda text: _text(lambda host: text.encode()))
_HOSTS = st.tuples(_SAFE, _FORM, _SAFE).map(
    lambda drawn: _text(lambda host: (drawn[0] + _FORMS[drawn[1]](host) + " " + drawn[2]).encode())
)
_JSON = st.tuples(_SAFE, st.booleans(), st.booleans()).map(
    lambda drawn: _text(
        lambda host: _as_json({"a": f"https://{host}/{drawn[0]}", "b": [1, None]}, *drawn[1:])
    )
)


def _as_json(value: object, ascii_only: bool, slashes: bool) -> bytes:
    text = json.dumps(value, ensure_ascii=ascii_only)
    return (text.replace("/", "\\/") if slashes else text).encode()


def _reference(writer: Writer) -> bytes:
    """A reference to a text before it, where there is one: it takes no slot of its own."""
    if not writer.texts:
        return _scalar(b"N;")(writer)
    return b"R:%d;" % writer.texts[-1]


def _same_object(writer: Writer) -> bytes:
    """An object that stood before, again."""
    if not writer.objects:
        return _scalar(b"N;")(writer)
    writer.take()
    return b"r:%d;" % writer.objects[-1]


def _array(items: list[tuple[str, Recipe]]) -> Recipe:
    """An array; of its keys, some are numbers and some hold the host."""

    def recipe(writer: Writer) -> bytes:
        writer.take()
        parts = []
        for number, (kind, item) in enumerate(items):
            keys = {"number": b"i:%d;" % number, "name": counted(b"k%d" % number)}
            keys["host"] = counted(f"{writer.host}/{number}".encode())
            parts.append(keys[kind] + item(writer))
        return b"a:%d:{%s}" % (len(items), b"".join(parts))

    return recipe


def _object(drawn: tuple[str, list[tuple[str, Recipe]]]) -> Recipe:
    """An object: of a class that is missing, mostly, with private and protected properties."""
    name, items = drawn

    def recipe(writer: Writer) -> bytes:
        number = writer.take()
        parts = []
        for index, (kind, item) in enumerate(items):
            key = {"private": f"\0{name}\0p{index}", "protected": f"\0*\0p{index}", "public": f"p{index}"}[
                kind
            ]
            parts.append(counted(key.encode()) + item(writer))
        writer.objects = (*writer.objects, number)
        head = b'O:%d:"%s":%d:' % (len(name.encode()), name.encode(), len(items))
        return head + b"{" + b"".join(parts) + b"}"

    return recipe


def _inside(wrap: Callable[[bytes], bytes]) -> Callable[[Recipe], Recipe]:
    """A value that is written on its own and stands in a text."""
    return lambda inner: _text(lambda host: wrap(written(inner, host)))


def _custom(inner: Recipe) -> Recipe:
    """An object that writes itself."""

    def recipe(writer: Writer) -> bytes:
        writer.take()
        data = inner(writer)  # PHP counts its values on, inside of it and behind it.
        return b'C:5:"Boxed":%d:{%s}' % (len(data), data)

    return recipe


def _json_around(inner: bytes) -> bytes:
    return json.dumps({"state": inner.decode("latin-1")}).encode() if inner.isascii() else inner


def _compound(children: st.SearchStrategy[Recipe]) -> st.SearchStrategy[Recipe]:
    keys = st.sampled_from(["number", "name", "name", "host"])
    shown = st.sampled_from(["private", "protected", "public"])
    names = st.sampled_from(["Gone", "Gone\\Further", "stdClass"])
    return st.one_of(
        st.lists(st.tuples(keys, children), max_size=4).map(_array),
        st.tuples(names, st.lists(st.tuples(shown, children), max_size=3)).map(_object),
        children.map(_inside(bytes)),
        _FLAT.map(_inside(b64encode)),
        children.map(_inside(_json_around)),
        children.map(_custom),
    )


_LEAVES = st.one_of(_SCALARS, _OTHERS, _HOSTS, _HOSTS, _JSON, st.just(_reference), st.just(_same_object))
_FLAT = st.lists(st.tuples(st.sampled_from(["number", "name"]), _LEAVES), max_size=3).map(_array)
"""What is put into base64: what is inside of that twice is not seen."""

VALUES = st.recursive(_LEAVES, _compound, max_leaves=12)
"""Recipes of values."""
