"""Credentials that leave the code go to a store of AWS's, by moto's server: first stored, then replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portability.applying import transaction
from portability.cli import run
from portability.errors import Refused
from portability.settings.placement import SecretStore, Store
from portability.settings.project import Settings
from portability.system import aws
from portability.values import keeping
from tests import shop
from tests.clouding import ACCOUNT, credentials, moto
from tests.shop import ENVIRONMENTS, SECRETS, program, write

SETTINGS = shop.SETTINGS + "secrets: {prefix: shop}\n"
NAMES = ["shop/production/DB_PASSWORD", "shop/production/SMTP_PASSWORD"]
STORES = ["ssm", "secretsmanager"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with moto() as found:
        yield found


@pytest.fixture
def project(app: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shop, whose settings name a prefix, and an empty moto."""
    credentials(monkeypatch, address)
    write(app, "portability.yaml", SETTINGS)
    shop.commit(app)
    yield app
    for name in held("ssm"):
        aws.client("ssm").delete_parameter(Name="/" + name)
    for name in held("secretsmanager"):
        aws.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    aws.forget()


def held(store: str) -> dict[str, str]:
    """What moto holds, by name without a slash at its start."""
    if store == "ssm":
        client: Any = aws.client("ssm")
        names = [p["Name"] for p in client.describe_parameters()["Parameters"]]
        found = [client.get_parameter(Name=name, WithDecryption=True)["Parameter"] for name in names]
        return {one["Name"].lstrip("/"): one["Value"] for one in found}
    client = aws.client("secretsmanager")
    names = [one["Name"] for one in client.list_secrets()["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


def put(store: str, name: str, value: str) -> None:
    if store == "ssm":
        aws.client("ssm").put_parameter(Name="/" + name, Value=value, Type="SecureString")
    else:
        aws.client("secretsmanager").create_secret(Name=name, SecretString=value)


@pytest.mark.parametrize("store", STORES)
def test_the_whole_way(project: Path, store: str) -> None:
    done = program(project, "apply", "--yes", "--secrets-to", store)
    assert done.code == 0, done.err
    slash = "/" if store == "ssm" else ""
    assert held(store) == dict(zip(NAMES, SECRETS, strict=True))
    production = (project / ENVIRONMENTS / "production.yaml").read_text()
    assert f"DB_PASSWORD: {{secret: '{store}:{slash}{NAMES[0]}'}}" in production
    assert not (project / "config/portability/secrets").exists()
    assert f"Stored {store}:{slash}{NAMES[0]}" in done.out
    assert (
        "Rotate 2 credentials:\n   DB_PASSWORD    public/index.php:2\n   SMTP_PASSWORD  config/mail.ini:3"
        in done.out
    )
    for secret in SECRETS:
        assert secret not in done.out + done.err + production
    rendered = program(project, "render", "--env", "production")
    assert rendered.code == 0, rendered.err
    assert SECRETS[0] in (project / "config/portability/current/current.php").read_text()
    assert program(project, "check", "--env", "production").code == 0


@pytest.mark.parametrize("store", STORES)
def test_another_value_in_the_store_is_never_overwritten(project: Path, store: str) -> None:
    put(store, NAMES[1], "Fake-Somebody-Elses")
    before = shop.tree(project)
    done = program(project, "apply", "--yes", "--secrets-to", store)
    assert done.code == 4
    assert "with another value; nothing was stored or written" in done.err
    assert NAMES[1] in done.err
    assert "Fake" not in done.out + done.err
    assert held(store) == {NAMES[1]: "Fake-Somebody-Elses"}
    assert shop.tree(project) == before


@pytest.mark.parametrize("store", STORES)
def test_a_run_that_was_cut_off_after_storing_is_taken_up(
    project: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shop.tree(project)

    def stopped(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "commit", stopped)
        assert run(["-q", "-C", str(project), "apply", "--yes", "--secrets-to", store]) == 130
    assert shop.tree(project) == before
    assert held(store) == dict(zip(NAMES, SECRETS, strict=True))
    assert run(["-q", "-C", str(project), "apply", "--yes", "--secrets-to", store]) == 0
    assert held(store) == dict(zip(NAMES, SECRETS, strict=True))
    assert run(["-q", "-C", str(project), "scan"]) == 0


def test_a_credential_that_the_store_holds_gives_its_key_to_a_new_place(project: Path) -> None:
    write(project, "portability.yaml", shop.SETTINGS + "secrets: {store: ssm, prefix: shop}\n")
    shop.commit(project)
    assert run(["-q", "-C", str(project), "apply", "--yes"]) == 0
    write(project, "public/b.php", f"<?php\n$r = new mysqli(\\AppEnv\\DB_HOST, 'shop', '{SECRETS[0]}');\n")
    shop.commit(project)
    assert run(["-q", "-C", str(project), "apply", "--yes"]) == 0
    assert "\\AppEnv\\DB_PASSWORD)" in (project / "public/b.php").read_text()
    assert len(held("ssm")) == 2


def test_another_account_than_production_s_gets_nothing(project: Path) -> None:
    bound = "environments: {production: {binding: {account: '999999999999'}}}\n"
    write(project, "portability.yaml", SETTINGS + bound)
    shop.commit(project)
    before = shop.tree(project)
    done = program(project, "apply", "--yes", "--secrets-to", "ssm")
    assert done.code == 4
    assert f"belongs to AWS account 999999999999, and this is {ACCOUNT}" in done.err
    assert held("ssm") == {}
    assert shop.tree(project) == before


def test_a_store_without_names_is_asked_for_before_anything_is_written(project: Path) -> None:
    write(project, "portability.yaml", shop.SETTINGS)
    shop.commit(project)
    before = shop.tree(project)
    done = program(project, "apply", "--yes", "--secrets-to", "ssm")
    assert done.code == 2
    assert "say secrets: {prefix: shop}" in done.err
    assert shop.tree(project) == before


def test_what_is_only_tried_stores_nothing(project: Path) -> None:
    done = program(project, "apply", "--check", "--secrets-to", "ssm")
    assert done.code == 1
    assert "Secrets: ssm:/shop/production/DB_PASSWORD ssm:/shop/production/SMTP_PASSWORD" in done.out
    assert held("ssm") == {}


def test_variables_are_named_that_production_needs(app: Path) -> None:
    done = program(app, "apply", "--yes", "--secrets-to", "env")
    assert done.code == 0
    assert "DB_PASSWORD: {secret: 'env:DB_PASSWORD'}" in (app / ENVIRONMENTS / "production.yaml").read_text()
    assert "need these variables before render: DB_PASSWORD SMTP_PASSWORD" in done.out
    assert program(app, "render", "--env", "production").code == 2
    found = program(app, "render", "--env", "production", DB_PASSWORD=SECRETS[0], SMTP_PASSWORD=SECRETS[1])
    assert found.code == 0


def test_a_replica_with_production_s_secret_in_its_own_store_is_refused(project: Path) -> None:
    assert run(["-q", "-C", str(project), "apply", "--yes", "--secrets-to", "ssm"]) == 0
    put("secretsmanager", "lt/db", SECRETS[0])
    put("secretsmanager", "lt/smtp", "Fake-Lt-Smtp")
    text = shop.LOADTEST.replace(
        "file:config/portability/secrets/loadtest/DB_PASSWORD", "secretsmanager:lt/db"
    )
    text = text.replace("file:config/portability/secrets/loadtest/SMTP_PASSWORD", "secretsmanager:lt/smtp")
    write(project, f"{ENVIRONMENTS}/loadtest.yaml", text)
    done = program(project, "render", "--env", "loadtest")
    assert done.code == 4
    assert "DB_PASSWORD holds production's secret" in done.err
    assert SECRETS[0] not in done.out + done.err


@pytest.mark.parametrize("store", STORES)
def test_what_went_to_files_first_is_moved_later(project: Path, store: str) -> None:
    assert run(["-q", "-C", str(project), "apply", "--yes"]) == 0
    shop.commit(project)
    code = (project / "public/index.php").read_bytes()
    tried = program(project, "apply", "--check", "--secrets-to", store)
    assert (tried.code, held(store)) == (1, {})
    done = program(project, "apply", "--yes", "--secrets-to", store)
    assert done.code == 0, done.err
    assert held(store) == dict(zip(NAMES, SECRETS, strict=True))
    text = (project / ENVIRONMENTS / "production.yaml").read_text()
    assert text.count(f"{{secret: '{store}:") == 2
    assert "file:" not in text.replace("file:PATH", "")
    assert (project / "public/index.php").read_bytes() == code
    assert "then remove" in done.err
    for path in (project / "config/portability/secrets/production").iterdir():
        path.unlink()
    assert program(project, "render", "--env", "production").code == 0
    assert program(project, "apply", "--yes", "--secrets-to", store).out == "Plan: nothing to edit.\n"
    assert run(["-q", "-C", str(project), "apply", "--undo"]) == 0
    assert "file:config" in (project / ENVIRONMENTS / "production.yaml").read_text()


def test_a_line_that_a_person_wrote_otherwise_is_not_moved(project: Path) -> None:
    assert run(["-q", "-C", str(project), "apply", "--yes"]) == 0
    file = project / ENVIRONMENTS / "production.yaml"
    text = file.read_text().replace("DB_PASSWORD: {secret:", "DB_PASSWORD:\n  {secret:")
    file.write_text(text)
    done = program(project, "apply", "--yes", "--secrets-to", "ssm")
    assert done.code == 2
    assert "the line of DB_PASSWORD is written in another way" in done.err
    assert (file.read_text(), held("ssm")) == (text, {})


@pytest.mark.parametrize(
    ("value", "reason"),
    [("Fake-" + "x" * 9000, "is too long"), ("", "is empty"), ("Fake\udcff", "not UTF-8")],
)
def test_what_a_store_can_t_hold_is_refused_before_anything(tmp_path: Path, value: str, reason: str) -> None:
    settings = Settings(tmp_path, tmp_path / "s.yaml", secrets=SecretStore(Store.SSM, "shop"))
    with pytest.raises(Refused) as raised:
        keeping.store(settings, {"/shop/production/KEY": ("KEY", value)})
    assert f"the value of KEY {reason}" in raised.value.message.replace("is not UTF-8 text", "not UTF-8")
    assert "Fake" not in str(raised.value)


def test_a_replica_s_values_need_no_aws_where_only_production_s_are_there(
    applied: Path, tmp_path: Path
) -> None:
    """Production's secrets can't be compared from here; that keeps nobody from rendering the replica's."""
    file = applied / ENVIRONMENTS / "production.yaml"
    file.write_text(file.read_text().replace("file:config/portability/secrets/production/", "ssm:/shop/"))
    write(tmp_path / "none", "boto3.py", "raise ImportError('no boto3')\n")
    path = f"{tmp_path / 'none'}:{Path(__file__).parents[2]}"
    assert program(applied, "render", "--env", "loadtest", PYTHONPATH=path).code == 0
    done = program(applied, "render", "--env", "production", PYTHONPATH=path)
    assert done.code == 2
    assert "DB_PASSWORD refers to ssm:/shop/DB_PASSWORD, and the AWS part is not installed" in done.err
    assert "pip install 'portability-toolkit[aws]'" in done.err


def test_a_file_that_a_person_chose_stays_where_it_is(project: Path) -> None:
    assert run(["-q", "-C", str(project), "apply", "--yes"]) == 0
    file = project / ENVIRONMENTS / "production.yaml"
    kept = "config/portability/secrets/production/DB_PASSWORD"
    write(project, "mine/db", SECRETS[0])
    file.write_text(file.read_text().replace(kept, "mine/db"))
    assert run(["-q", "-C", str(project), "apply", "--yes", "--secrets-to", "ssm"]) == 0
    assert list(held("ssm")) == NAMES[1:]
    assert "DB_PASSWORD: {secret: 'file:mine/db'}" in file.read_text()
