"""Texts that can be credentials, and the words that stand under the same names."""

from __future__ import annotations

import pytest

from portability.detection.secrets_shape import is_password, is_token, is_wordy
from portability.model import HOLE
from tests.scans import scanned


@pytest.mark.parametrize(
    "text", ["kitten", "root", "fake#fans!2031", "n0t-a-real-one", "12345", "Fake-Pr0d-Pw", "mypassword1234"]
)
def test_passwords_weak_ones_too(text: str) -> None:
    assert is_password(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "password",
        "your password here",
        "YOUR_PASSWORD_HERE",
        "changeme",
        "********",
        "${DB_PASSWORD}",
        "%env(DB_PASSWORD)%",
        "{{ password }}",
        "<password>",
        "required|min:8",
        "auth/reset/set_password",
        "user_password",
        "varchar",
        "Passwort",
        "비밀번호",
        "Forgot your password?",
        "App\\Rules\\Password",
        "/etc/secret",
        "ssm:/fans/db",
        f"{HOLE}x",
    ],
)
def test_what_is_no_password(text: str) -> None:
    assert not is_password(text)


@pytest.mark.parametrize(
    "text", ["00fake11fake22fake33fake44fake55", "fk-9aQ2mZ7fake4Xw1", "Fake-Pr0d-Aws-Secret-0000"]
)
def test_tokens(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize(
    "text", ["csrf_test_name", "numbers/token", "short1", "application", "YOUR_API_KEY_HERE"]
)
def test_what_is_no_token(text: str) -> None:
    assert not is_token(text)


def test_identifiers_are_wordy() -> None:
    assert is_wordy("function.odbc-connect") and not is_wordy("kitten") and not is_wordy("cat-2031")


def test_the_hash_of_a_visitors_password_in_a_row_is_no_credential() -> None:
    rows = "(1, '81dc9bdb52d04dc20036dbd8313ed055'), (2, '$2y$10$fakefakefakefake'), (3, 'Fake-sunflower')"
    files = {"a.sql": f"INSERT INTO `users` (`id`, `password`) VALUES {rows};\n"}
    assert [f.value.text for f in scanned(files).findings] == ["Fake-sunflower"]
