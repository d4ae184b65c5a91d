"""Of the parameters of the settings, those kept as secrets are known as such."""

from __future__ import annotations

from portability.settings.parameters import Key, Parameter
from portability.system.secrets import Reference
from portability.verification import values


def test_only_what_is_given_by_a_reference_is_a_secret() -> None:
    given: dict[str, Parameter] = {
        "name": "tester",
        "password": Reference("env", "FAKE_PW"),
        "host": Key("DB_HOST"),
    }
    texts = {"name": "tester", "password": "Fake-Login-Pw", "host": "db.lt.example"}
    assert list(values.secret(given, texts)) == ["Fake-Login-Pw"]
