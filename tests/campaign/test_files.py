"""The spreadsheet that is exported, the bundle for other machines, the settings."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from portability.campaign import bundle, comparison, journal, loads, rows, scenario
from portability.campaign.journal import Row, Table
from portability.campaign.portability_key import unseal
from portability.campaign.reach import Reach
from portability.campaign.records import Cost, dump, load
from portability.campaign.spreadsheet import workbook
from portability.cli import run
from portability.errors import NothingExamined, UsageError
from portability.settings.project import load as settings
from tests.campaign.loading import Ground
from tests.campaign.made import record

REACH = Reach(
    ("www.lt.example:80",), ("10.20.0.0/16",), {"www": "http://www.lt.example"}, {"K": "Fake-Secret"}
)


def test_the_spreadsheet_holds_texts_and_numbers_and_no_formula() -> None:
    table = Table().with_row({**rows.cells(record("r1", (1.0,))), "Notes": "=1+1", "Focus": "a\x07b"})
    table = Table(table.head, (*table.rows, Row(("short",))))
    sheet = load_workbook(io.BytesIO(workbook(table))).active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    row = dict(zip(header, sheet[2], strict=True))
    assert header == list(journal.COLUMNS)
    assert (row["Users"].value, row["Notes"].value, row["Notes"].data_type) == (50, "=1+1", "s")
    assert row["Focus"].value == "ab"
    assert sheet.freeze_panes == "A2"


def test_a_number_with_a_comma_is_one_where_semicolons_part_the_cells() -> None:
    for delimiter, value in ((";", 1.5), (",", "1,5")):
        table = Table(delimiter=delimiter).with_row({"Run": "r1"})
        table = Table(table.head, (Row(("1,5",)),), delimiter=delimiter)
        sheet = load_workbook(io.BytesIO(workbook(table))).active
        assert sheet is not None
        assert sheet["A2"].value == value


def test_what_other_machines_get_is_the_scenario_its_guard_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "load" / "user.py"
    (file.parent / "data" / "__pycache__").mkdir(parents=True)
    file.write_text("from locust import HttpUser\n")
    (file.parent / "data" / "users.csv").write_text("a,b\n")
    (file.parent / "data" / "__pycache__" / "x.pyc").write_text("")
    data = bundle.pack(file, REACH, "2.47.0").zip()
    assert data == bundle.pack(file, REACH, "2.47.0").zip()
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert sorted(archive.namelist()) == [
        "Procfile",
        "campaign.json",
        "master.sh",
        "portability_hooks.py",
        "portability_key.py",
        "portability_launch.py",
        "portability_remote.py",
        "requirements.txt",
        "scenario/data/users.csv",
        "scenario/user.py",
        "variables.json",
        "work.sh",
    ]
    assert json.loads(archive.read("campaign.json"))["allow"] == ["www.lt.example:80"]
    assert json.loads(archive.read("variables.json")) == {"PORTABILITY_SITE_WWW": "http://www.lt.example"}
    assert not any(b"Fake-Secret" in archive.read(name) for name in archive.namelist())


def test_with_a_key_the_scenario_and_its_users_are_sealed(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text("from locust import HttpUser\n")
    (tmp_path / "users.csv").write_text("fan,Fake-Password\n")
    key = "Fake-Key-Of-The-Campaigns-Machines-0123456789"
    packed = bundle.pack(tmp_path / "user.py", REACH, "2.47.0", key)
    assert packed.zip() == bundle.pack(tmp_path / "user.py", REACH, "2.47.0", key).zip()
    assert not any(
        text in data for data in packed.files.values() for text in (b"Fake-Password", key.encode())
    )
    assert b"cryptography==" in packed.files["requirements.txt"]
    opened = zipfile.ZipFile(io.BytesIO(unseal(key, packed.files["scenario.sealed"])))
    assert opened.read("users.csv") == b"fan,Fake-Password\n"
    with pytest.raises(ValueError, match="the key is not the one"):
        unseal(key + "!", packed.files["scenario.sealed"])
    with pytest.raises(ValueError, match="the key is not the one"):
        unseal(key, packed.files["scenario.sealed"] + b"!")
    with pytest.raises(UsageError, match="less than 32 characters"):
        bundle.checked("Fake-Password", "portability.yaml:9")


def test_a_bundle_is_another_when_whom_it_reaches_is_but_not_when_a_load_balancer_moved(
    tmp_path: Path,
) -> None:
    file = tmp_path / "user.py"
    file.write_text("from locust import HttpUser\n")

    def digest(**changes: Any) -> str:
        return bundle.pack(file, replace(REACH, **changes), "2.47.0").digest

    before = digest()
    assert digest(denied=("10.20.0.0/16", "192.0.2.7")) == before
    assert len({before, digest(denied=()), digest(allow=("lt.example:443",)), digest(urls={})}) == 4
    file.write_text("from locust import HttpUser, task\n")
    assert digest() != before


def test_a_scenario_is_another_as_soon_as_a_file_of_it_is(tmp_path: Path) -> None:
    file = tmp_path / "user.py"
    with pytest.raises(NothingExamined):
        scenario.digest(file)
    file.write_text("1\n")
    first = scenario.digest(file)
    (tmp_path / "users.csv").write_text("a\n")
    second = scenario.digest(file)
    (tmp_path / "users.csv").rename(tmp_path / "fans.csv")
    assert len({first, second, scenario.digest(file)}) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{userss: 5}", "unknown key campaign.userss"),
        ("{users: 0}", "at least 1"),
        ("{allow: [www.shop.example]}", "a host with its port"),
        ("{max_age: soon}", "a time such as"),
        ("{shape: wave}", "must be ramp or spike or steps"),
        ("{objective: {p95: fast}}", "must be a number"),
        ("{machines: {key: Fake-Key-In-The-Clear}}", "never the value itself"),
        ("{machines: {url: 'http://load.lt.example/page'}}", "a URL without a path"),
        ("{machines: {address: load.lt.example}}", "a host with its port"),
        ("{machines: {targets: {boss: {kind: local}}}}", "unknown key"),
        ("{machines: {targets: {master: {kind: local, folder: /srv/x}}}}", "of the kind elastic_beanstalk"),
        ("{observers: {aws: {region: eu-west-1}}}", "must say its kind"),
        ("{observers: {apm: {kind: newrelic, key: NRAK-FAKE}}}", "never the value itself"),
    ],
)
def test_settings_that_are_wrong_are_told_with_their_place(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "portability.yaml").write_text(f"version: 1\ncampaign: {text}\n")
    with pytest.raises(UsageError, match=words) as told:
        settings(tmp_path)
    assert "portability.yaml:2" in str(told.value)
    assert "NRAK" not in str(told.value)


def test_shapes() -> None:
    spike = loads.load("spike", 3000, 1, 60)
    assert (spike.rate, spike.steps[0].rate) == (3000, 3000)
    steps = loads.load("steps", 100, 10, 400)
    assert [step.users for step in steps.steps] == list(range(10, 101, 10))
    for wrong in (("steps", 100, 1, 100), ("ramp", 0, 1, 1)):
        with pytest.raises(UsageError):
            loads.load(*wrong)
    with pytest.raises(UsageError, match="steps go up"):
        loads.load("steps", 5, 10, 600, (20, 10, 5))


@pytest.mark.parametrize(
    ("load", "problem", "least"),
    [
        (("ramp", 4, 4, 8), "are there after 1 s of 8 s, and at least 10 s more are needed", 11),
        (("ramp", 10, 3, 13), "are there after 3 s of 13 s, and at least 10 s more", 14),
        (("steps", 10, 3, 10, (4, 8, 12)), "a step of 3 s is too short for 4 more users at 3 a second", 34),
    ],
)
def test_a_load_that_is_too_short_says_how_long_it_has_to_be(
    load: tuple[Any, ...], problem: str, least: int
) -> None:
    with pytest.raises(UsageError, match=problem) as told:
        loads.load(*load)
    assert told.value.hint.startswith(f"--time {least}s or more")
    shape, users, rate, _, *levels = load
    assert loads.load(shape, users, rate, least, *levels).seconds == least


def test_a_command_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["campaign", "journl"]) == 2
    assert "did you mean journal?" in capsys.readouterr().err
    assert run(["campaign", "--help"]) == 0
    assert "calibrate" in capsys.readouterr().out


def test_a_record_that_is_none_is_told() -> None:
    for data in (b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1, "id": 5}'):
        with pytest.raises(UsageError):
            load(data, "run.json")


def test_a_record_of_before_has_what_came_later_as_its_default() -> None:
    found = comparison.compare(record("a", (1.0, 2.0, 3.0)), record("b", (1.0, 2.0, 3.0)))
    made = record("b", comparison=found, cost=Cost("USD", 1.0, 0.1, "2026-11-01", (), (), 2.0, 0.2))
    told = json.loads(dump(made))
    for part, names in (("comparison", ("notes",)), ("cost", ("most", "window_most"))):
        for name in names:
            del told[part][name]
    del told["application"]
    again = load(json.dumps(told).encode(), "run.json")
    assert again == replace(made, cost=Cost("USD", 1.0, 0.1, "2026-11-01"))
    del told["cost"]["hour"]
    with pytest.raises(UsageError):
        load(json.dumps(told).encode(), "run.json")


def test_a_campaign_that_runs_has_no_row_yet(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    for name, verdict in (("20261130-1", "held"), ("20261130-2", "")):
        ground.store.save(record(name, (1.0, 2.0, 3.0), verdict=verdict))
    before = ground.store.run("20261130-2").joinpath("run.json").read_bytes()
    with ground.store.campaign():
        assert ground.campaign("journal", "last", "--focus", "the store") == 4
        assert "the campaign 20261130-2 still runs" in capsys.readouterr().err
        assert ground.campaign("journal", "--restore") == 0
    assert ground.store.run("20261130-2").joinpath("run.json").read_bytes() == before
    assert [row.cells[-1] for row in ground.store.table().rows] == ["20261130-1"]
    assert ground.campaign("journal", "last", "--focus", "the store") == 0  # It was killed.
    assert ground.store.load("last").focus == "the store"


def test_the_journal_by_the_command_line(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert ground.campaign("journal") == 3
    for name in ("20261130-1", "20261130-2"):
        made = record(name, (1.0, 2.0, 3.0))
        ground.store.save(made)
        ground.store.change(lambda table, made=made: table.with_row(rows.cells(made)))  # type: ignore[misc]
    assert ground.campaign("journal", "last", "--focus", "the store", "--link", "https://a.invalid") == 0
    assert ground.campaign("journal", "20261130-2", "--focus", "another") == 0
    assert "Focus says something already" in capsys.readouterr().err
    assert ground.store.table().cells("20261130-2")["Focus"] == "the store"
    assert ground.campaign("journal", "last", "--focus", "another", "--replace") == 0
    assert ground.store.table().cells("20261130-2")["Focus"] == "another"
    assert ground.store.load("last").focus == "another"
    text = ground.store.journal.read_text()
    ground.store.journal.write_text("".join(text.splitlines(True)[:-1]))
    assert ground.campaign("journal", "--restore") == 0
    assert ground.store.table().cells("20261130-2")["Links"] == "https://a.invalid"
    file = ground.project / "journal.xlsx"
    assert ground.campaign("journal", "--xlsx", str(file)) == 0
    assert len(list(load_workbook(file).active.rows)) == 3  # type: ignore[union-attr]
    assert "20261130-1" in capsys.readouterr().out


def test_a_release_that_changes_while_it_runs_ends_the_campaign(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ground.gated.place.folder / "current" / "page"
    ground.settings(f"  reset: ['/bin/sh', '-c', 'test -e mark && echo more >> {page}; touch mark']\n")
    ground.gated.attest(ended=datetime.now(UTC))
    assert ground.run("--users", "2", "--rate", "2", "--time", "5s", "--repetitions", "3") == 4
    told = capsys.readouterr().err
    assert "it was not gone on with: not attested: the release is not what was verified" in told
    record = ground.last
    assert (record.verdict, len(record.repetitions)) == ("invalid", 1)
    assert "not attested" in ground.store.table().cells(record.id)["Results"]


def test_a_release_that_was_attested_meanwhile_is_another_campaigns(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    gated, other = ground.gated, ground.project.parent / "other.json"
    ground.settings(f"  reset: [cp, {other}, {gated.file}]\n")
    found = gated.statement(ended=datetime.now(UTC))
    gated.sign(replace(found, deployed=replace(found.deployed, commit="ef" * 20)))
    gated.file.rename(other)
    gated.sign(found)
    assert ground.run("--users", "2", "--rate", "2", "--time", "5s") == 4
    assert "another release is served now" in capsys.readouterr().err
    assert ground.site.asked == []


def test_a_reset_that_fails_stops_it_before_any_load(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.settings("  reset: 'echo the dump is gone; exit 3'\n")
    assert ground.run("--users", "2", "--rate", "2", "--time", "5s") == 5
    assert "campaign.reset failed: it ended with exit code 3: the dump is gone" in capsys.readouterr().err
    assert ground.site.asked == []
