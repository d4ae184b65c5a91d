"""YAML written by a person, or by an enemy, is read exactly or refused with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.errors import UsageError
from portability.system.documents import Node, parse, scalar


def _doc(text: str) -> Node:
    return parse(text.encode(), "a.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "this is not valid YAML"),
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [id]\n", "tags"),
        ("a: 1\na: 2\n", "a stands here twice"),
        ("a: 1\n---\nb: 2\n", "only one YAML document"),
        ("? [a]\n: 1\n", "a key must be a text"),
        ("[" * 100_000, "nested too deeply"),
        ("{a: " * 5_000, "nested too deeply"),
        ("a: \x01", "a character that YAML forbids"),
        ("\ta: 1", "this is not valid YAML"),
    ],
)
def test_hostile_text_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        _doc(text)
    assert message in caught.value.message
    assert caught.value.where.startswith("a.yaml")


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(UsageError) as caught:
        parse(b"a: 1\nb: caf\xe9\n", "a.yaml")
    assert caught.value.where == "a.yaml:2"


@given(st.binary(max_size=60) | st.text(alphabet="ab:-[]{}&*!'\" \n#|>?%@`,0", max_size=60).map(str.encode))
def test_any_bytes_give_a_node_or_a_usage_error(data: bytes) -> None:
    try:
        assert isinstance(parse(data, "a.yaml"), Node)
    except UsageError as error:
        assert error.where.startswith("a.yaml")


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "22:22", "1.5e+3", "0x1f", "2026-01-01", "~", "null", "1_000"]
)
def test_a_text_that_yaml_reads_as_something_else_must_be_quoted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        _doc(f"a: {text}").mapping()["a"].text()
    assert caught.value.hint == "put the value in quotes"
    assert text not in caught.value.message.split("YAML reads")[0]
    assert _doc(f"a: '{text}'").mapping()["a"].text() == text


def test_an_unknown_key_proposes_the_near_one() -> None:
    with pytest.raises(UsageError) as caught:
        _doc("top:\n  pahts: []\n").mapping(("top",))["top"].mapping(("paths", "skip"))
    assert str(caught.value) == "error: unknown key top.pahts\n  where: a.yaml:2\n  hint: did you mean paths?"


@pytest.mark.parametrize("text", ["'5'", "05", "5.0", "0x5", "1_0", "five", "-x", "[]", "٣"])
def test_an_integer_is_plain_digits_only(text: str) -> None:
    with pytest.raises(UsageError, match="must be a whole number"):
        _doc(f"a: {text}").mapping()["a"].integer()


def test_scalars_of_every_kind() -> None:
    parts = _doc("a: 0\nb: -12\nc: true\nd: 2026-12-31\ne: [x, 'y']\nf:\n").mapping()
    assert (parts["a"].integer(), parts["b"].integer(), parts["c"].boolean()) == (0, -12, True)
    assert parts["d"].day().isoformat() == "2026-12-31"
    assert [node.text() for node in parts["e"].items()] == ["x", "y"]
    assert parts["e"].items()[1].path == "e[1]"
    assert parts["f"].is_null
    assert parts["f"].items() == ()


def test_a_quoted_boolean_is_no_boolean() -> None:
    with pytest.raises(UsageError, match="must be true or false"):
        _doc("a: 'true'").mapping()["a"].boolean()


def test_an_empty_document_is_null_and_a_byte_order_mark_is_no_part_of_it() -> None:
    assert _doc("").is_null
    assert _doc("# nothing\n").mapping(()) == {}
    assert list(_doc("\ufeffa: 1").mapping()) == ["a"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_scalar_reads_back_as_the_same_text_on_one_line(text: str) -> None:
    written = scalar(text)
    assert "\n" not in written
    assert _doc(f"a: {written}\n").mapping()["a"].text() == text
    assert _doc(f"a: [{written}]\n").mapping()["a"].items()[0].text() == text
    assert next(iter(_doc(f"{written}: 1\n").mapping())) == text
