"""`portability doctor` tells each step of bringing a replica up: done, missing, or not to be told."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portability import targets
from portability.asking.verdicts import Area, Check, Deployed, Result, Verification
from portability.attestation import signing
from portability.attestation.attested import configuration
from portability.attestation.envelopes import wrap
from portability.attestation.statement import dump, statement
from portability.cli import run
from portability.inventory.judging import Trouble, Wrong
from portability.settings.project import load
from portability.settings.replica import Target
from portability.targets.deployment import Served
from tests import shop
from tests.database.mariadb import Pair
from tests.inventory.recording import CUSTOM, deny, made, record
from tests.replicas.test_preparing import ANONYMISE, ROWS, SETTINGS, USERS

REPLICA = """\
    networks: [127.0.0.0/8]
    endpoints: {{writer: {{host: localhost}}}}
    target: {{kind: local, folder: {folder}}}
"""


@pytest.fixture
def ready(both: Pair, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop with everything written down, and a fresh clone to which nothing was done."""
    monkeypatch.setenv("LT_PW", "Fake-Users-Pw")
    both.production.fresh(ROWS)
    both.replica.fresh(ROWS)
    more = SETTINGS.format(url=both.replica.url) + REPLICA.format(folder=tmp_path / "target")
    shop.write(project, "portability.yaml", shop.SETTINGS + more)
    shop.write(project, "sql/anonymise.sql", ANONYMISE)
    shop.write(project, "sql/users.sql", USERS)
    shop.commit(project)
    return project


def doctor(app: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["-C", str(app), "doctor", "--env", "loadtest", "--format", "json", *more])
    told = capsys.readouterr()
    assert "Fake-" not in told.out + told.err
    return code, json.loads(told.out)


def states(told: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["state"] for step in told["steps"]}


def step(told: dict[str, Any], name: str) -> dict[str, str]:
    (found,) = [one for one in told["steps"] if one["name"] == name]
    return dict(found)


def call(app: Path, *arguments: str) -> int:
    return run(["-C", str(app), *arguments])


def serve(app: Path, target: Path) -> str:
    """A release of the last commit in the target, as a deploy leaves it."""
    commit = (app / ".git/refs/heads").joinpath(_branch(app)).read_text().strip()
    label = f"loadtest-{commit[:12]}-00000000"
    (target / "releases" / label).mkdir(parents=True)
    (target / "current").symlink_to(f"releases/{label}")
    return label


def _branch(app: Path) -> str:
    return (app / ".git/HEAD").read_text().strip().rpartition("/")[2]


def test_the_whole_road_step_by_step(
    ready: Path, both: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = doctor(ready, capsys)
    assert code == 1
    assert states(told) == {
        "template": "done",
        "data": "done",
        "people": "missing",
        "users": "missing",
        "rows": "missing",
        "values": "done",
        "deploy": "missing",
        "verify": "missing",
    }
    assert told["next"] == step(told, "people")["next"] == "portability database prepare --env loadtest"
    assert step(told, "people")["why"] == "sql/anonymise.sql has not run"
    assert call(ready, "database", "prepare", "--env", "loadtest") == 0
    code, told = doctor(ready, capsys)
    assert [states(told)[name] for name in ("people", "users", "rows")] == ["done", "done", "missing"]
    rewrite = step(told, "rows")["next"]
    assert told["next"] == rewrite == f"portability apply --database '{both.replica.url}' --env loadtest"
    assert call(ready, "apply", "--database", both.replica.url, "--env", "loadtest", "--yes") == 0
    code, told = doctor(ready, capsys)
    assert states(told)["rows"] == "done" and code == 1
    serve(ready, tmp_path / "target")
    code, told = doctor(ready, capsys)
    assert (code, states(told)["deploy"], states(told)["verify"]) == (5, "done", "unknown")
    code, told = doctor(ready, capsys, *attested(ready, tmp_path))
    assert (code, told["next"], set(states(told).values())) == (0, "", {"done"})
    shop.write(ready, "more.php", "<?php")
    shop.commit(ready)
    code, told = doctor(ready, capsys)
    assert "is served, and the last commit is " in step(told, "deploy")["why"]


def attested(app: Path, tmp_path: Path) -> list[str]:
    """An attestation of what is served, and the options that name it."""
    settings = load(app)
    target = settings.environment("loadtest").replica.target
    assert target is not None
    (app / "config/portability/current").mkdir(exist_ok=True)
    served = targets.seal(target)
    key = signing.generate()
    checks = (Check(Area.VALUES, "loadtest", Result.PASS),)
    report = Verification("loadtest", "local", served.label, checks)
    now = datetime.now(UTC)
    deployed = Deployed("0" * 40, "0" * 64, served.seal)
    found = statement(report, deployed, configuration(settings, "loadtest"), now, now)
    (tmp_path / "verified.json").write_bytes(wrap(dump(found), key))
    (tmp_path / "key.pub").write_bytes(key.public.pem)
    return ["--attestation", str(tmp_path / "verified.json"), "--key", str(tmp_path / "key.pub")]


def test_a_clone_that_is_made_anew_has_everything_to_be_done_again(
    ready: Path, both: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(ready, "database", "prepare", "--env", "loadtest") == 0
    both.replica.fresh(ROWS)
    _, told = doctor(ready, capsys)
    assert [states(told)[name] for name in ("people", "users", "rows")] == ["missing"] * 3


def test_what_was_changed_since_is_missing_again(
    ready: Path, both: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(ready, "database", "prepare", "--env", "loadtest") == 0
    assert call(ready, "apply", "--database", both.replica.url, "--env", "loadtest", "--yes") == 0
    shop.write(ready, "sql/anonymise.sql", ANONYMISE + "DO 1;")
    shop.fill(ready, shop.LOADTEST.replace("www.shop-lt", "www2.shop-lt"))
    file = ready / "config/portability/secrets/loadtest/users.csv"
    file.chmod(0o644)
    _, told = doctor(ready, capsys)
    assert step(told, "people")["why"].endswith("and its text is another since")
    assert step(told, "people")["next"].endswith(" --again sql/anonymise.sql")
    assert step(told, "users")["why"] == f"{file}: others may read it (mode 0644)"
    assert step(told, "rows")["why"].endswith("and the values are others since")
    file.chmod(0o600)
    file.write_text("name,password\n")
    _, told = doctor(ready, capsys)
    assert step(told, "users")["why"] == f"{file}: it holds 0 users, and 2 were written"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_addresses_that_are_left_are_missing(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write(ready, "sql/anonymise.sql", "DO 1;")
    assert call(ready, "database", "prepare", "--env", "loadtest") == 1
    _, told = doctor(ready, capsys)
    assert step(told, "people")["why"].startswith("mail: 2 values were left on ")
    assert step(told, "people")["next"].startswith("one more recipe, in environments.loadtest.database.rec")


def test_the_target_is_asked_with_all_that_the_settings_say_of_it(
    ready: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target of AWS is refused without the tag of its environment."""
    asked: list[Target] = []

    def served(target: Target) -> Served:
        asked.append(target)
        return Served("")

    monkeypatch.setattr(targets, "served", served)
    doctor(ready, capsys)
    assert asked == [targets.prepared(load(ready), "loadtest")]
    assert asked[0].environment == "loadtest"


def test_productions_own_server_is_never_the_clone(
    ready: Path, both: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = doctor(ready, capsys, "--database", both.production.url)
    assert code == 1
    data = step(told, "data")
    assert data["state"] == "missing" and "its marks are those of production's writer" in data["why"]
    assert data["next"] == "name the replica's own database"
    code, told = doctor(
        ready, capsys, "--database", "mysql://a@shop.cluster-c1x2.eu-west-1.rds.amazonaws.com/shop"
    )
    assert "its address is production's" in step(told, "data")["why"]


@pytest.mark.parametrize("case", ["unreachable", "wrong password", "no fingerprint", "no secret"])
def test_what_can_not_be_looked_at_is_not_told_for_missing(
    ready: Path, both: Pair, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    more: list[str] = []
    words = {
        "unreachable": "cannot open the database",
        "wrong password": "the login was refused",
        "no fingerprint": "it can't be told that this database is not production's",
        "no secret": "which is not set",
    }[case]
    if case == "unreachable":
        more = ["--database", "mysql://shop@127.0.0.1:1/shop"]
    elif case == "wrong password":
        monkeypatch.setenv("PORTABILITY_DATABASE_PASSWORD", "Fake-Wrong-Pw")
    elif case == "no fingerprint":
        (ready / "config/portability/fingerprints/production.json").unlink()
    else:
        file = ready / "portability.yaml"
        file.write_text(
            file.read_text().replace(
                "      recipes:", "      password: {secret: 'env:NOT_SET'}\n      recipes:"
            )
        )
    code, told = doctor(ready, capsys, *more)
    assert words in step(told, "data")["why"]
    assert [states(told)[name] for name in ("data", "people", "users", "rows")] == ["unknown"] * 4
    assert code == 1


def test_the_template_is_told_by_the_inventory(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told_of(*troubles: Trouble, days: int = 0) -> dict[str, str]:
        found = made(deny(CUSTOM), taken=date.today() - timedelta(days=days))
        record(ready, type(found)(**{**_fields(found), "troubles": troubles}))
        return step(doctor(ready, capsys)[1], "template")

    assert told_of()["state"] == "done"
    unpaired = Trouble(Wrong.UNPAIRED, "bucket shop-reports", "nothing stands for it", "")
    told = told_of(unpaired)
    assert (told["state"], told["why"].partition("finds ")[2]) == (
        "missing",
        "nothing for bucket shop-reports",
    )
    assert told["next"] == "portability inventory --env loadtest --missing -o replica.yaml"
    told = told_of(Trouble(Wrong.PEERING, "pcx-1", "it reaches production", ""))
    assert (told["state"], told["next"]) == ("missing", "portability inventory --env loadtest")
    told = told_of(days=90)
    assert (told["state"], "90 days ago" in told["why"]) == ("unknown", True)


def _fields(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}


def test_another_machine_and_missing_values_are_told(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ready / "portability.yaml"
    file.write_text(
        file.read_text().replace("  loadtest:\n", "  loadtest:\n    binding: {host: 'lt-web-*'}\n")
    )
    shop.fill(ready, shop.LOADTEST.replace("www.shop-lt.example", "www.shop.example"))
    code, told = doctor(ready, capsys)
    assert (
        step(told, "deploy")["why"]
        == f"loadtest is for machines named lt-web-*, this is {os.uname().nodename}"
    )
    assert step(told, "deploy")["next"] == "there: portability doctor --env loadtest"
    assert "WWW_HOST" in step(told, "values")["why"]
    assert states(told)["values"] == "missing" and code == 1


def test_with_nothing_in_the_settings_each_step_says_what_to_write(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = doctor(app, capsys)
    assert code == 1
    assert states(told) == {
        "template": "missing",
        "data": "unknown",
        "people": "unknown",
        "users": "unknown",
        "rows": "unknown",
        "values": "missing",
        "deploy": "missing",
        "verify": "missing",
    }
    assert all(one["next"] for one in told["steps"])
    assert step(told, "values")["next"] == "portability apply"


def test_people_read_the_same(ready: Path, both: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(ready, "doctor", "--env", "loadtest") == 1
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == (
        "1 template  done        the settings name 1 service of loadtest, and no AWS account to compare"
    )
    assert lines[2:4] == [
        "3 people    missing     sql/anonymise.sql has not run",
        "    next: portability database prepare --env loadtest",
    ]
    assert lines[-1] == "loadtest: 3 done, 5 missing"
    assert told.err == "next: portability database prepare --env loadtest\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--env", "production"], 4), (["--env", "nowhere"], 2), (["--env", "loadtest", "--key", "x"], 2)],
)
def test_a_wrong_call_is_told(app: Path, arguments: list[str], code: int) -> None:
    assert call(app, "doctor", *arguments) == code
