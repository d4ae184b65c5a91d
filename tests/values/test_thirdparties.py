"""What an environment says of the services of others: a sandbox, a sink, off, and never production's."""

from __future__ import annotations

from pathlib import Path

import pytest

from portability.errors import Refused, UsageError
from portability.model import Scalar
from portability.settings.project import Settings
from portability.values import environments, thirdparties
from portability.values.environments import KeyInfo
from tests.shop import write

KEYS = (
    "PAY_URL: {service: payment, category: third-party, kind: url}\n"
    "PAY_KEY: {service: payment, category: credential, kind: token}\n"
    "TILES_HOST: {service: http, category: third-party, kind: host}\n"
    "DB_HOST: {service: mysql, category: host, kind: host}\n"
)
PRODUCTION = (
    "PAY_URL: https://api.pay.example/v1\nPAY_KEY: {secret: 'env:PAY'}\n"
    "TILES_HOST: tiles.maps.example\nDB_HOST: db.shop.example\n"
)
REST = "PAY_KEY: {secret: 'env:PAY_LT'}\nTILES_HOST: {off: no maps}\nDB_HOST: db.lt\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAY", "Fake-Live")
    monkeypatch.setenv("PAY_LT", "Fake-Test")
    write(tmp_path, "config/portability/keys.yaml", KEYS)
    write(tmp_path, "config/portability/environments/production.yaml", PRODUCTION)
    return tmp_path


def values(root: Path, text: str, name: str = "loadtest") -> dict[str, Scalar]:
    write(root, f"config/portability/environments/{name}.yaml", text)
    return environments.values(Settings(root, root / "portability.yaml"), name)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("{sandbox: 'https://sandbox.pay.example/v1'}", "https://sandbox.pay.example/v1"),
        ("{sink: 'http://127.0.0.1:8025'}", "http://127.0.0.1:8025"),
        ("{off: 'nobody pays in a load test'}", "https://pay-url.off.invalid"),
        ("{sandbox: 'https://api.pay.example/v1', by: PAY_KEY}", "https://api.pay.example/v1"),
    ],
)
def test_what_code_reads(root: Path, said: str, read: str) -> None:
    assert values(root, f"PAY_URL: {said}\n{REST}")["PAY_URL"] == read


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("https://mine.example", ":1: PAY_URL is a third party's: say {sandbox: VALUE}"),
        ("https://api.pay.example/v1", ":1: PAY_URL leads to production's third party (PAY_URL)"),
        (
            "{sandbox: 'https://API.pay.example:443/v2'}",
            ":1: PAY_URL leads to production's third party (PAY_URL)",
        ),
        ("{sink: api.pay.example}", ":1: PAY_URL leads to production's third party (PAY_URL)"),
        ("{sink: tiles.maps.example}", ":1: PAY_URL leads to production's third party (TILES_HOST)"),
        ("{shared: 'no sandbox there'}", ":1: PAY_URL is a third party's (payment) and can't be shared"),
        ("{sandbox: 'https://api.pay.example/v1', by: DB_HOST}", "told apart by DB_HOST, which is no secret"),
        ("", ":1: PAY_URL has no value"),
    ],
)
def test_production_s_third_party_is_refused_like_a_host_of_its_own(
    root: Path, said: str, problem: str
) -> None:
    with pytest.raises(Refused) as raised:
        values(root, f"PAY_URL: {said}\n{REST}")
    assert problem in raised.value.where
    assert raised.value.message.startswith("loadtest can't be rendered: 1 problem in")


def test_a_host_of_the_replica_s_own_may_not_lead_there_either(root: Path) -> None:
    with pytest.raises(Refused) as raised:
        values(root, "PAY_URL: {off: x}\n" + REST.replace("db.lt", "api.pay.example"))
    assert "DB_HOST leads to production's third party (PAY_URL)" in raised.value.where


def test_a_sandbox_told_apart_by_a_credential_needs_another_credential(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAY_LT", "Fake-Live")
    with pytest.raises(Refused) as raised:
        values(root, "PAY_URL: {sandbox: 'https://api.pay.example/v1', by: PAY_KEY}\n" + REST)
    assert "PAY_KEY holds production's secret" in raised.value.where


def test_what_only_gives_may_be_shared_with_a_reason(root: Path) -> None:
    text = "PAY_URL: {off: x}\n" + REST.replace("{off: no maps}", "{shared: 'tiles are only read'}")
    assert values(root, text)["TILES_HOST"] == "tiles.maps.example"


def test_a_credential_of_a_third_party_that_is_off_is_off_too(root: Path) -> None:
    text = "PAY_URL: {off: x}\n" + REST.replace("{secret: 'env:PAY_LT'}", "{off: x}")
    assert values(root, text)["PAY_KEY"] == "off"


def test_a_server_of_one_s_own_can_t_be_off(root: Path) -> None:
    with pytest.raises(Refused) as raised:
        values(root, "PAY_URL: {off: x}\n" + REST.replace("db.lt", "{off: x}"))
    assert "DB_HOST is no third party's and can't be off" in raised.value.where


@pytest.mark.parametrize(
    "said", ["{off: ''}", "{sandbox: }", "{sink: []}", "{off: a, sink: b}", "{sink: a, by: B}"]
)
def test_what_says_nothing_or_two_things_is_asked_about(root: Path, said: str) -> None:
    with pytest.raises(UsageError):
        values(root, f"PAY_URL: {said}\n{REST}")


def test_production_has_no_switch(root: Path) -> None:
    with pytest.raises(Refused) as raised:
        values(root, PRODUCTION.replace("https://api.pay.example/v1", "{off: x}"), "production")
    assert "PAY_URL can't be off in production" in raised.value.where


@pytest.mark.parametrize(
    ("kind", "production", "read"),
    [
        ("host", "api.pay.example", "a-key.off.invalid"),
        ("url", "http://api.pay.example/x", "http://a-key.off.invalid"),
        ("url", "//api.pay.example/x", "//a-key.off.invalid"),
        ("url", None, "https://a-key.off.invalid"),
        ("email", "pay@pay.example", "off@a-key.off.invalid"),
        ("cookie-domain", ".pay.example", ".a-key.off.invalid"),
        ("port", "443", "9"),
        ("port", 443, 9),
        ("switch", True, False),
    ],
)
def test_off_has_production_s_type_and_leads_nowhere(
    kind: str, production: Scalar | None, read: Scalar
) -> None:
    found = thirdparties.off_value("A_KEY", KeyInfo("payment", "third-party", kind), production)
    assert (found, type(found)) == (read, type(read))


def test_a_host_of_nobody_known_gets_a_value_of_the_replicas_own(root: Path) -> None:
    write(
        root, "config/portability/keys.yaml", KEYS.replace("TILES_HOST: {", "TILES_HOST: {whose: unknown, ")
    )
    rest = REST.replace("{off: no maps}", "tiles.lt")
    assert values(root, f"PAY_URL: {{sink: 'http://127.0.0.1'}}\n{rest}")["TILES_HOST"] == "tiles.lt"
