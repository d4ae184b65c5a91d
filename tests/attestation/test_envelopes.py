"""An envelope is accepted in the one form in which it was written; any byte changed, and it is refused."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.attestation import signing
from portability.attestation.envelopes import LARGEST, Forged, encoded, unwrap, wrap

KEY, OTHER = signing.generate(), signing.generate()
BODY = b'{"_type": "https://in-toto.io/Statement/v1", "subject": []}'
ENVELOPE = wrap(BODY, KEY)


def reason(data: bytes) -> str:
    with pytest.raises(Forged) as caught:
        unwrap(data, KEY.public)
    return caught.value.reason


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(ENVELOPE)
    change(content)
    return (json.dumps(content) + "\n").encode()


def test_the_encoding_that_is_signed_is_that_of_the_specification() -> None:
    """The test vector of DSSE's protocol.md."""
    told = encoded("http://example.com/HelloWorld", b"hello world")
    assert told == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(st.binary(max_size=300))
def test_what_was_signed_comes_back(body: bytes) -> None:
    assert unwrap(wrap(body, KEY), KEY.public) == body


def test_openssl_finds_the_signature_good(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(KEY.public.pem)
    content = json.loads(ENVELOPE)
    (tmp_path / "signature").write_bytes(base64.b64decode(content["signatures"][0]["sig"]))
    (tmp_path / "signed").write_bytes(encoded(content["payloadType"], base64.b64decode(content["payload"])))
    command = "openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in signed -sigfile signature"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "Signature Verified Successfully", done.stderr


def test_every_bit_of_an_envelope_counts() -> None:
    for place in range(len(ENVELOPE)):
        for bit in range(8):
            data = bytearray(ENVELOPE)
            data[place] ^= 1 << bit
            with pytest.raises(Forged):
                unwrap(bytes(data), KEY.public)


@given(st.integers(0, len(ENVELOPE)), st.integers(0, 3), st.binary(max_size=3))
def test_nothing_put_in_or_taken_out_goes_unseen(place: int, gone: int, put: bytes) -> None:
    data = ENVELOPE[:place] + put + ENVELOPE[place + gone :]
    if data == ENVELOPE:
        assert unwrap(data, KEY.public) == BODY
    else:
        with pytest.raises(Forged):
            unwrap(data, KEY.public)


def test_base64_that_stands_for_the_same_bytes_is_refused() -> None:
    """The last letter before the padding holds bits that nothing reads."""
    signature = json.loads(ENVELOPE)["signatures"][0]["sig"]
    assert signature.endswith("==")
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
        other = signature[:-3] + letter + "=="
        if other != signature and base64.b64decode(other) == base64.b64decode(signature):
            data = ENVELOPE.replace(signature.encode(), other.encode())
            assert reason(data) == "the signature is not base64 in its canonical spelling"


@pytest.mark.parametrize("spelling", ["{}=", "{} ", "{}\n", "={}", "{}\u0430"])
def test_other_spellings_of_base64_are_refused(spelling: str) -> None:
    data = changed(lambda c: c.update(payload=spelling.format(c["payload"])))
    assert "canonical" in reason(data)


def test_another_type_of_payload_is_refused() -> None:
    data = changed(lambda c: c.update(payloadType="application/json"))
    assert "another type" in reason(data)


def test_the_type_is_signed_too() -> None:
    signature = base64.b64encode(KEY.sign(encoded("application/json", BODY))).decode()
    data = changed(lambda c: c["signatures"][0].update(sig=signature))
    assert reason(data) == "the signature is not the trusted key's over these bytes"


def test_exactly_one_signature_is_accepted() -> None:
    assert reason(changed(lambda c: c["signatures"].append(c["signatures"][0]))).startswith("it has 2 sign")
    assert reason(changed(lambda c: c["signatures"].clear())).startswith("it has 0 signatures")
    assert reason(changed(lambda c: c.update(signatures=None))).startswith("it has no list of signatures")


def test_another_key_is_refused_by_its_name_and_by_its_signature() -> None:
    assert "names another key" in reason(wrap(BODY, OTHER))
    forged = json.loads(wrap(BODY, OTHER))["signatures"][0]["sig"]
    assert "not the trusted key's" in reason(changed(lambda c: c["signatures"][0].update(sig=forged)))
    assert "names another key" in reason(changed(lambda c: c["signatures"][0].update(keyid="")))


@pytest.mark.parametrize("field", ["payload", "payloadType", "signatures"])
def test_a_field_that_is_named_twice_is_refused(field: str) -> None:
    value = json.dumps(json.loads(ENVELOPE)[field])
    data = ENVELOPE.replace(b"{", f'{{"{field}": {value}, '.encode(), 1)
    assert json.loads(data) == json.loads(ENVELOPE)
    assert reason(data) == "a field is named twice"


def test_a_field_more_is_refused_as_is_another_order_or_layout() -> None:
    assert "and no others" in reason(changed(lambda c: c.update(note="x")))
    assert "and no others" in reason(changed(lambda c: c["signatures"][0].update(cert="x")))
    content = json.loads(ENVELOPE)
    turned = json.dumps(dict(reversed(content.items()))).encode() + b"\n"
    for data in (turned, json.dumps(content, indent=1).encode(), ENVELOPE + b"\n", ENVELOPE.strip()):
        assert reason(data) == "the file is spelt otherwise than it was written"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b"[" * 100_000,
        b"1" * 5_000,
        b"{}" + b" " * LARGEST,
        changed(lambda c: c.update(payload=None)),
        changed(lambda c: c.update(payload=7)),
        changed(lambda c: c["signatures"].__setitem__(0, [])),
        changed(lambda c: c["signatures"][0].update(sig="")),
        changed(lambda c: c["signatures"][0].update(sig="AAAA")),
    ],
)
def test_what_is_no_envelope_is_refused(data: bytes) -> None:
    assert reason(data)
