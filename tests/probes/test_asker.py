"""Only the answer that is signed with our key for this very question is believed."""

from __future__ import annotations

import ipaddress
import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.asking.identity import Outcome, Reply, request
from portability.asking.questions import (
    HEADER,
    LIVES,
    Unanswered,
    read_answer,
    reply_signature,
    secret_digest,
    signature,
)
from portability.errors import UsageError
from portability.probes.asker import Asker
from portability.settings.parameters import Key, Parameter
from portability.system.secrets import Reference

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
FACTS = st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3).filter(
    lambda f: "step" not in f
)
NOW = 1_700_000_000.0


def answered(key: bytes, nonce: str, body: bytes, told: str | None = None, status: int = 200) -> object:
    headers = {HEADER: told if told is not None else f"{nonce} {reply_signature(key, nonce, body)}"}
    return read_answer(status, headers, body, key, nonce, NOW, "loadtest")


@given(KEYS, NONCES, FACTS)
def test_an_answer_to_this_question_is_read_as_it_was_written(
    key: bytes, nonce: str, facts: dict[str, str]
) -> None:
    assert answered(key, nonce, json.dumps(facts).encode()) == facts


@given(KEYS, NONCES, FACTS, st.data())
def test_an_answer_that_was_changed_anywhere_is_forged(
    key: bytes, nonce: str, facts: dict[str, str], data: st.DataObject
) -> None:
    body = bytearray(json.dumps(facts).encode())
    at = data.draw(st.integers(0, len(body) - 1))
    told = f"{nonce} {reply_signature(key, nonce, bytes(body))}"
    body[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unanswered) as error:
        answered(key, nonce, bytes(body), told)
    assert error.value.outcome is Outcome.FORGED


@given(KEYS, KEYS, NONCES, NONCES)
def test_another_key_forges_and_another_nonce_is_stale(
    key: bytes, other: bytes, nonce: str, earlier: str
) -> None:
    body = b"{}"
    if key != other:
        with pytest.raises(Unanswered) as error:
            answered(key, nonce, body, f"{nonce} {reply_signature(other, nonce, body)}")
        assert error.value.outcome is Outcome.FORGED
    if nonce != earlier:
        with pytest.raises(Unanswered) as error:
            answered(key, nonce, body, f"{earlier} {reply_signature(key, earlier, body)}")
        assert error.value.outcome is Outcome.STALE


@given(KEYS, NONCES, st.text(max_size=80))
def test_whatever_stands_in_the_header_never_passes_for_a_signature(
    key: bytes, nonce: str, told: str
) -> None:
    with pytest.raises(Unanswered):
        answered(key, nonce, b"{}", told)


@given(KEYS, NONCES, st.integers(1, 10**10), st.binary(max_size=40), st.binary(max_size=40))
def test_a_requests_signature_holds_for_its_expiry_nonce_and_body_only(
    key: bytes, nonce: str, expires: int, body: bytes, other: bytes
) -> None:
    made = signature(key, expires, nonce, body)
    assert made != signature(key, expires + 1, nonce, body)
    assert made != signature(key, expires, nonce[::-1] + "0", body)
    assert (made == signature(key, expires, nonce, other)) == (body == other)
    assert made != reply_signature(key, nonce, body)


def test_a_secrets_digest_is_salted_by_question_and_key() -> None:
    digests = {secret_digest(key, nonce, "pw") for key in (b"a" * 32, b"b" * 32) for nonce in ("1", "2")}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("status", "ahead", "outcome"),
    (
        (404, 0, Outcome.NOT_FOUND),
        (404, LIVES - 10, Outcome.NOT_FOUND),
        (404, LIVES + 10, Outcome.CLOCK),
        (404, -300, Outcome.CLOCK),
        (503, 300, Outcome.BROKEN),
        (302, 0, Outcome.BROKEN),
    ),
)
def test_a_404_is_laid_to_the_clock_only_where_that_explains_it(
    status: int, ahead: int, outcome: Outcome
) -> None:
    headers = {"Date": formatdate(NOW + ahead, usegmt=True)}
    with pytest.raises(Unanswered) as error:
        read_answer(status, headers, b"", b"k", "n", NOW, "loadtest")
    assert error.value.outcome is outcome


@pytest.mark.parametrize("date", ("", "yesterday", "Tue, 99 Foo 2026 00:00:00 GMT"))
def test_a_date_that_is_none_explains_nothing(date: str) -> None:
    with pytest.raises(Unanswered) as error:
        read_answer(404, {"Date": date}, b"", b"k", "n", NOW, "loadtest")
    assert error.value.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("body", (b"[]", b"null", b"<html>", b"\xff"))
def test_a_signed_answer_that_is_no_object_is_broken(body: bytes) -> None:
    with pytest.raises(Unanswered) as error:
        answered(b"k" * 32, "0" * 32, body)
    assert error.value.outcome is Outcome.BROKEN


def test_keys_and_references_are_sent_by_their_names() -> None:
    parameters: dict[str, Parameter] = {
        "host": Key("DB_HOST"),
        "password": Reference("env", "DB_PW"),
        "port": "3306",
    }
    sent = request("identify", "mysql", parameters, {"db": [ipaddress.ip_address("10.30.0.21")]}, None)
    assert sent["parameters"] == {
        "host": {"key": "DB_HOST"},
        "password": {"env": "DB_PW"},
        "port": {"text": "3306"},
    }
    assert sent["approved"] == {"db": ["10.30.0.21"]}


@pytest.mark.parametrize("url", ("ftp://x/", "http:///x", "x"))
def test_an_url_that_cannot_be_asked_is_a_mistake_of_the_settings(url: str) -> None:
    with pytest.raises(UsageError):
        Asker(url, [ipaddress.ip_address("10.30.0.10")], b"k" * 32, 1.0, "loadtest")
    with pytest.raises(UsageError):
        Asker("http://x/", [], b"k" * 32, 1.0, "loadtest")


def test_a_told_digest_shows_whether_the_application_has_a_secret() -> None:
    asker = Asker("http://x/", [ipaddress.ip_address("10.30.0.10")], b"k" * 32, 1.0, "loadtest")
    digest = secret_digest(b"k" * 32, "0f", "Fake-Pw")
    reply = Reply(Outcome.ANSWERED, {"given": {"password": {"digest": digest}, "host": "db"}}, nonce="0f")
    assert asker.holds(reply, "password", "Fake-Pw") is True
    assert asker.holds(reply, "password", "Fake-Other-Pw") is False
    assert asker.holds(reply, "host", "db") is None
    assert asker.holds(Reply(Outcome.SILENT), "password", "Fake-Pw") is None
