"""A template renders back to production's very bytes, and refuses whatever it could not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.languages import LANGUAGES, language
from portability.model import Encoder, Literal, Region, Scalar, Site, Source
from portability.values.templates import make_template, placeholders, render_template

TEXT_LANGUAGES = [name for name in LANGUAGES if name != "php"]


def literals(source: Source) -> Iterator[Literal]:
    """The literals of a file, those of the languages inside it too."""
    for found in language(source.language).literals(source):
        if isinstance(found, Region):
            yield from literals(Source(source.path, found.data, source.encoding, found.language))
        else:
            yield found


def site(source: Source, value: str, encoder: Encoder = Encoder.PLAIN) -> Site:
    """Where `value` stands in a file."""
    found = next(literal for literal in literals(source) if value in literal.text)
    start = found.text.index(value)
    return Site(found, start, start + len(value), encoder)


def source(text: str, name: str, encoding: str = "utf-8") -> Source:
    """A file of a language."""
    return Source("file", text.encode(encoding), encoding, name)


def test_a_value_leaves_a_file_and_comes_back() -> None:
    file = source('{"db": {"host": "db1.shop.example", "port": 3306}}', "json")
    sites = [
        (site(file, "db1.shop.example"), "DB_HOST", "db1.shop.example"),
        (site(file, "3306"), "DB_PORT", "3306"),
    ]
    made = make_template(file, sites)
    assert made.data == b'{"db": {"host": "@@DB_HOST|json.string@@", "port": @@DB_PORT|json.number@@}}'
    assert made.refused == ()
    values: dict[str, Scalar] = {"DB_HOST": "db1.shop.example", "DB_PORT": 3306}
    assert render_template(made.data, values, "utf-8") == file.data


def test_a_value_is_written_by_the_rules_of_its_place() -> None:
    file = source("a: 'x.shop.example'\nb: \"x.shop.example\"\n", "yaml")
    template = b"a: '@@P|yaml.single@@'\nb: \"@@P|yaml.double@@\"\n"
    assert (
        render_template(template, {"P": 'it\'s "q"'}, "utf-8") == b'a: \'it\'\'s "q"\'\nb: "it\'s \\"q\\""\n'
    )
    assert make_template(file, [(site(file, "x.shop"), "P", "x.shop")]).refused == ()


def test_a_part_of_a_plain_scalar_may_look_like_a_number() -> None:
    file = source("url: http://x.shop.example:8080/\nport: 8080\nname: abc\n", "yaml")
    made = make_template(file, [(site(file, "8080"), "PORT", "8080"), (site(file, "abc"), "NAME", "abc")])
    assert b"http://x.shop.example:@@PORT|yaml.plain-part@@/" in made.data
    assert b"8081/" in render_template(made.data, {"PORT": 8081, "NAME": "b"}, "utf-8")
    with pytest.raises(UsageError, match="NAME can't be written"):
        render_template(made.data, {"PORT": 8081, "NAME": "12"}, "utf-8")


def test_encoded_units_are_counted_anew() -> None:
    file = source("""x = 's:23:"http://db1.shop.example";'\ny = /^db1\\.shop\\.example$/""", "javascript")
    unit = 's:23:"http://db1.shop.example";'
    pattern = r"db1\.shop\.example"
    serialized = site(file, unit, Encoder.SERIALIZE)
    made = make_template(
        file,
        [
            (
                Site(serialized.literal, serialized.start, serialized.end, Encoder.SERIALIZE, "http://"),
                "H",
                "db1.shop.example",
            ),
            (site(file, pattern, Encoder.REGEX), "H", "db1.shop.example"),
        ],
    )
    assert made.refused == ()
    rendered = render_template(made.data, {"H": "r.x"}, "utf-8")
    assert rendered == b"""x = 's:10:"http://r.x";'\ny = /^r\\.x$/"""
    assert render_template(made.data, {"H": "db1.shop.example"}, "utf-8") == file.data


def test_another_spelling_is_refused() -> None:
    file = source('{"a": "h\\u006fst.example", "b": "x.example"}', "json")
    made = make_template(
        file, [(site(file, "host.example"), "A", "host.example"), (site(file, "x.example"), "B", "x.example")]
    )
    assert [index for index, _ in made.refused] == [0]
    assert "spells" in made.refused[0][1]
    assert b"@@B|" in made.data and b"@@A" not in made.data


def test_values_that_overlap_or_cross_strings_are_refused() -> None:
    file = source("u = 'db1.' + 'shop.example';", "javascript")
    whole = site(file, "db1.shop.example")
    part = site(file, "shop.example")
    made = make_template(
        file, [(whole, "A", "db1.shop.example"), (part, "B", "shop.example"), (part, "C", "shop.example")]
    )
    assert [reason for _, reason in made.refused] == [
        "the value is written by several strings",
        "another value stands in the same place",
    ]


def test_a_file_with_placeholders_of_its_own_is_refused() -> None:
    file = source('{"a": "@@THEIRS@@", "b": "x.example"}', "json")
    edits = [(site(file, "x.example"), "B", "x.example")]
    made = make_template(file, edits)
    assert (made.data, len(made.refused)) == (file.data, 1)
    assert make_template(file, edits, existing=True).data == b'{"a": "@@THEIRS@@", "b": "@@B|json.string@@"}'


def test_signs_that_would_become_a_placeholder_are_refused() -> None:
    file = source('{"b": "@@FOOx.example"}', "json")
    made = make_template(file, [(site(file, "x.example"), "B", "x.example")])
    assert (made.data, len(made.refused)) == (file.data, 1)


def test_at_signs_beside_a_value_stay() -> None:
    file = source("AMQP=amqp://u:fake@mq.example/\n", "keyvalue")
    made = make_template(
        file, [(site(file, "fake"), "P", "fake"), (site(file, "mq.example"), "H", "mq.example")]
    )
    assert made.refused == ()
    assert render_template(made.data, {"P": "fake", "H": "mq.example"}, "utf-8") == file.data


def test_a_missing_value_names_key_and_line() -> None:
    with pytest.raises(UsageError) as error:
        render_template(b"\n\na=@@DB_HOST@@", {}, "utf-8")
    assert "DB_HOST" in error.value.message
    assert error.value.where == "line 3"


@pytest.mark.parametrize(
    "template", [b"@@A|klingon.single@@", b"@@A|python.sextuple@@", b"@@A|json.number@@"]
)
def test_a_place_that_cannot_hold_the_value_is_told_without_it(template: bytes) -> None:
    with pytest.raises(UsageError) as error:
        render_template(template, {"A": "fake-secret"}, "utf-8")
    assert "fake-secret" not in str(error.value)
    assert "A" in error.value.message


def test_latin_1_stays_latin_1() -> None:
    file = source("host = bücher.example ; é", "ini", "latin-1")
    made = make_template(file, [(site(file, "bücher.example"), "H", "bücher.example")])
    assert render_template(made.data, {"H": "bücher.example"}, "latin-1") == file.data
    with pytest.raises(UsageError, match="latin-1"):
        render_template(made.data, {"H": "\u20ac.example"}, "latin-1")


@pytest.mark.parametrize("name", TEXT_LANGUAGES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_choice_of_values_comes_back(name: str, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(language(name).SAMPLES))
    file = Source(sample.path or "file", sample.text, "utf-8", name)
    edits: list[tuple[Site, str, str]] = []
    for literal in literals(file):
        for segment in literal.segments:
            if segment.start < segment.end and data.draw(st.booleans()):
                start = data.draw(st.integers(segment.start, segment.end - 1))
                end = data.draw(st.integers(start + 1, segment.end))
                edits.append((Site(literal, start, end), f"KEY_{len(edits)}", literal.text[start:end]))
    made = make_template(file, edits)
    refused = {index for index, _ in made.refused}
    values = {key: value for index, (_, key, value) in enumerate(edits) if index not in refused}
    assert len(placeholders(made.data)) == len(values)
    assert render_template(made.data, values, "utf-8") == file.data


@pytest.mark.parametrize("name", TEXT_LANGUAGES)
def test_hosts_of_the_samples_can_leave(name: str) -> None:
    for sample in language(name).SAMPLES:
        file = Source(sample.path or "file", sample.text, "utf-8", name)
        for literal in literals(file):
            start = literal.text.find("shop.example")
            if start >= 0:
                made = make_template(file, [(Site(literal, start, start + 12), "HOST", "shop.example")])
                spelled = sample.text[literal.bytes_of(start, start + 12).start :].startswith(b"shop.example")
                assert bool(made.refused) is not spelled
