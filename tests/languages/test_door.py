"""Every language of the room stands behind the same door and survives the same bad input."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portability.languages import LANGUAGES, Language, Mode, Sample, language
from portability.model import HOLE, Literal, Position, Region, Source, Span
from portability.syntax.literals import decode

NAMES = [name for name, known in LANGUAGES.items() if find_spec(known.module)]
"""The languages that exist; `test_every_language_exists` tells of the others."""

SAMPLES = [(name, index) for name in NAMES for index in range(len(language(name).SAMPLES))]

DEEP = {
    "php": b"<?php $a = " + b"[" * 20_000,
    "html": b"<div><p title='x'>" * 20_000,
    "javascript": b"a = " + b"[" * 20_000,
    "css": b"a{" * 20_000 + b"url(" * 20_000,
    "python": b"a = " + b"(" * 20_000,
    "shell": b"$(" * 20_000,
    "yaml": b"[" * 20_000,
    "json": b'{"a":[' * 20_000,
    "xml": b"<a b='c'>" * 20_000,
    "ini": b"[a]\nb[" * 20_000,
    "keyvalue": b"${" * 20_000,
    "apache": b"<A b>\n" * 20_000,
    "crontab": b"* * * * * $(\n" * 2_000,
    "sql": b"(" * 20_000 + b"'a'",
}


def read(name: str, data: bytes, path: str = "file", encoding: str = "utf-8") -> list[Literal]:
    """Every literal of a text, those of the languages inside it too."""
    return list(_read(name, Source(path, data, encoding, name)))


def _read(name: str, source: Source) -> Iterator[Literal]:
    regions = [source]
    while regions:
        current = regions.pop()
        for found in language(current.language).literals(current):
            if isinstance(found, Literal):
                yield found
            elif found.language in NAMES:
                assert len(found.data) == len(source.data)
                regions.append(Source(source.path, found.data, source.encoding, found.language))


def check(literal: Literal, data: bytes) -> None:
    """What must hold of any literal: ascending offsets inside its token, its token inside the file."""
    assert 0 <= literal.span.start <= literal.span.end <= len(data)
    last = 0
    for segment in literal.segments:
        assert last <= segment.start <= segment.end <= len(literal.text)
        last = segment.end
        table = [segment.byte(index) for index in range(segment.start, segment.end + 1)]
        assert table == sorted(table)
        assert segment.span.start <= table[0] and table[-1] <= segment.span.end
        assert HOLE not in literal.text[segment.start : segment.end]
    assert literal.text.count(HOLE) == len(literal.text) - sum(
        segment.end - segment.start for segment in literal.segments
    )
    literal.text.encode()


def test_every_language_exists() -> None:
    missing = [name for name in LANGUAGES if name not in NAMES]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_the_door_is_complete(name: str) -> None:
    module: Language = language(name)
    assert name == module.NAME
    assert isinstance(module.MODE, Mode)
    assert bool(module.WHY_NOT) is (module.MODE is Mode.REPORT)
    assert LANGUAGES[name].globs
    assert module.SAMPLES
    assert module.__doc__


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_samples_hold_what_they_promise(name: str, index: int) -> None:
    sample = language(name).SAMPLES[index]
    literals = read(name, sample.text, sample.path or "file")
    found = {(one_hole(literal.text), literal.names) for literal in literals}
    for text, names in sample.literals:
        assert (one_hole(text), names) in found
    for literal in literals:
        check(literal, sample.text)


def one_hole(text: str) -> str:
    """A text in which the outer language's blanked bytes count as one hole."""
    return re.sub(f"{HOLE}+", HOLE, text)


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_characters_stand_where_their_segment_says(name: str, index: int) -> None:
    sample = language(name).SAMPLES[index]
    for literal in read(name, sample.text, sample.path or "file"):
        for segment in literal.segments:
            for at in range(segment.start, segment.end):
                written = sample.text[segment.byte(at) : segment.byte(at + 1)]
                assert decode(written, "utf-8") == literal.text[at] or escapes(written)


def escapes(written: bytes) -> bool:
    """True for bytes that may write another character than they are."""
    return not written or written[:1] in b"\\&'\"{}\r\n \t%" or written[1:2] == b"\\" or written == b"$$"


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_any_beginning_of_a_sample_is_read(name: str, index: int) -> None:
    sample = language(name).SAMPLES[index]
    for end in range(len(sample.text)):
        for literal in read(name, sample.text[:end], sample.path or "file"):
            check(literal, sample.text[:end])


@pytest.mark.parametrize(("name", "index"), SAMPLES)
@pytest.mark.parametrize("change", ["crlf", "cr", "bom", "latin-1", "nul", "holes"])
def test_line_ends_marks_and_encodings_change_nothing(name: str, index: int, change: str) -> None:
    sample = language(name).SAMPLES[index]
    data, encoding = changed(sample, change)
    literals = read(name, data, sample.path or "file", encoding)
    for literal in literals:
        check(literal, data)
    if change in {"bom", "crlf"}:
        found = {one_end(literal.text) for literal in literals}
        assert {one_end(text) for text, _ in sample.literals} <= found


def one_end(text: str) -> str:
    """A text without what makes line ends differ; a shell keeps a carriage return in its word."""
    return one_hole(text).replace("\r\n", "\n").rstrip("\r")


def changed(sample: Sample, change: str) -> tuple[bytes, str]:
    """The sample in another guise, and how that decodes."""
    text = sample.text
    if change == "crlf":
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "utf-8"
    if change == "cr":
        return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r"), "utf-8"
    if change == "bom":
        return b"\xef\xbb\xbf" + text.removeprefix(b"\xef\xbb\xbf"), "utf-8-sig"
    if change == "latin-1":
        return text.replace(b"e", b"\xe9"), "latin-1"
    return text.replace(b"s", b"\0" if change == "nul" else HOLE.encode()), "utf-8"


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_has_nothing(name: str) -> None:
    assert read(name, b"") == []


@pytest.mark.parametrize("name", NAMES)
def test_deep_nesting_is_survived(name: str) -> None:
    data = DEEP.get(name, b"a{b [c (d <e '" * 20_000)
    assert all(literal.span.end <= len(data) for literal in read(name, data))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=60))
@settings(max_examples=30, deadline=None)
def test_random_bytes_are_survived(name: str, data: bytes) -> None:
    for literal in read(name, data):
        check(literal, data)


@pytest.mark.parametrize(("name", "index"), SAMPLES)
def test_damaged_samples_are_survived(name: str, index: int) -> None:
    sample = language(name).SAMPLES[index]
    chance = random.Random(f"{name} {index}")
    for _ in range(40):
        data = bytearray(sample.text)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 3)] = bytes(
                chance.choices(b"\"'`\\{}[]()<>$#\n\x00\x1a\xff =:", k=2)
            )
        for literal in read(name, bytes(data), sample.path or "file"):
            check(literal, bytes(data))


@cache
def forms(name: str) -> dict[str, tuple[bytes, Span]]:
    """Each form of a language in its samples, with a literal that is written so, quotes excluded."""
    found: dict[str, tuple[bytes, Span]] = {}
    for sample in language(name).SAMPLES:
        for literal in read(name, sample.text, sample.path or "file"):
            segment = literal.segments[0] if len(literal.segments) == 1 else None
            if literal.language == name and segment and len(segment.span) > 2 and HOLE not in literal.text:
                inner = Span(segment.byte(segment.start), segment.byte(segment.end))
                if literal.text and literal.text == literal.text.strip():
                    found.setdefault(segment.form, (sample.text, inner))
    return found


PATHS = {name: {form: "" for form in forms(name)} for name in NAMES if name != "php"}

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="ab.:/@-_ '\"\\$%{}#&;<>=!?*()[]|^~`,\n\t\r\u00e9\u2028", max_size=20),
    st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z]{2,8}){1,3}(:[0-9]{2,4})?", fullmatch=True),
)


@pytest.mark.parametrize(("name", "form"), [(n, f) for n, found in PATHS.items() for f in found])
@given(text=TEXTS)
@example(text="'")
@settings(max_examples=150, deadline=None)
def test_what_is_encoded_is_read_back(name: str, form: str, text: str) -> None:
    if HOLE in text or "\ufffd" in text or (form.startswith("heredoc") and re.search("[=:]", text)):
        return
    written = language(name).encode(text, form)
    if written is None:
        return
    data, inner = forms(name)[form]
    path = next(s.path for s in language(name).SAMPLES if s.text == data)
    replaced = data[: inner.start] + written.encode() + data[inner.end :]
    found = read(name, replaced, path or "file")
    texts = [literal.text for literal in found]
    texts += [f"{literal.names[-1]}={literal.text}" for literal in found if literal.names]
    if form.startswith("heredoc"):
        text, texts = text.lstrip(" \t"), [one.lstrip(" \t") for one in texts]
    assert text in texts or not text.strip()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "php"])
def test_a_host_can_be_encoded_in_every_form(name: str) -> None:
    for form in forms(name):
        sample = "3307" if form in {"number", "typed"} else "www.shop.example"
        assert language(name).encode(sample, form) == sample


@pytest.mark.parametrize("name", NAMES)
def test_comments_are_told_apart(name: str) -> None:
    seen = {
        literal.position
        for sample in language(name).SAMPLES
        for literal in read(name, sample.text, sample.path or "file")
    }
    assert Position.COMMENT in seen or name == "php"


def test_regions_keep_line_ends_and_offsets() -> None:
    data = b"<p>\r\n<script>var a = 'b.shop.example';</script>\n"
    regions = [r for r in language("html").literals(Source("x.html", data)) if isinstance(r, Region)]
    assert regions == [Region("javascript", b"   \r\n        var a = 'b.shop.example';         \n")]
