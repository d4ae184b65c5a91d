"""On the lab: load on the fan club, only through the gate, seen by the replica's own servers."""

from __future__ import annotations

import json
import shlex
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.replica import git
from examples.stage import recipes
from examples.stage.messages import Result
from portability.campaign.journal import read
from tests.end_to_end.world import ROOT, World

SCENARIO = "locust/locustfile.py"
MACHINE_KEY = "Fake-Key-Of-The-Campaigns-Machines-0123456789"
FLEET = """\
set -e
export PYTHON=$1 PORTABILITY_CAMPAIGN_KEY=$CAMPAIGN_KEY
sh "$2/master/master.sh" 127.0.0.1:8089 127.0.0.1:5557 >"$2/master.log" 2>&1 & master=$!
sh "$2/one/work.sh" 1 >"$2/one.log" 2>&1 & one=$!
sh "$2/two/work.sh" 1 >"$2/two.log" 2>&1 & two=$!
folder=$2
shift 2
code=0
"$PYTHON" -m portability "$@" || code=$?
kill $master $one $two
wait
exit $code
"""
"""Starts a master and two workers from their unpacked bundle, makes a campaign by them, and ends them."""
RECIPE = (
    "INSERT INTO settings (name, value) VALUES ('resets', '1') ON DUPLICATE KEY UPDATE value = value + 1;\n"
)
MARKS = "WHERE Variable_name IN ('server_uid', 'server_id', 'hostname', 'datadir')"
WRITER = "db-writer.lt.starclub-lt.internal"
MIXED = "function db_reader()\n{"


class Ground:
    """A world whose release has just been attested."""

    def __init__(self, world: World) -> None:
        folder = world.story.app.parent / "campaign"
        self.world, self.key, self.file = world, folder / "lt.key", folder / "verified.json"

    def attest(self) -> None:
        if not self.key.exists():
            done = self.world.run("attest", "keygen", "-o", str(self.key))
            assert done.code == 0, done.stderr.decode()
        call = ["verify", "--env", "loadtest", "--attest", str(self.file), "--key", str(self.key)]
        done = self.world.run(*call)
        assert done.code == 0, done.stdout.decode() + done.stderr.decode()

    def run(self, *options: str) -> Result:
        files = ["--attestation", str(self.file), "--key", f"{self.key}.pub"]
        call = ["campaign", "run", "--env", "loadtest", *files, *options]
        return self.world.run(*call, timeout=300)

    @property
    def last(self) -> Any:
        folder = self.world.story.app / "campaigns" / "runs"
        return json.loads((max(folder.iterdir()) / "run.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def ground(world: World) -> Iterator[Ground]:
    ground = Ground(world)
    ground.attest()
    yield ground


def test_load_is_measured_and_the_replica_tells_what_it_did(ground: Ground) -> None:
    before = ground.world.to_production
    done = ground.run("--users", "20", "--rate", "10", "--time", "20s")
    assert done.code == 0, done.stdout.decode() + done.stderr.decode()
    record = ground.last
    (run,) = record["repetitions"]
    assert (record["verdict"], run["problems"], run["blocked"]) == ("held", [], [])
    assert ground.world.to_production == before
    names = {one["name"]: one["figures"] for one in run["names"]}
    assert names["Log In"]["failures"] == 0
    assert names["Log In"]["requests"] >= 10
    assert {"Logged In Store Page", "Logged In iframe: store", "Home", "Style"} <= set(names)
    series = {
        one["name"]: [value for _, value in one["points"] if value is not None] for one in record["series"]
    }
    assert max(series["reader reads"]) > max(series["reader writes"])
    for name in ("writer reads", "cache CPU", "sessions commands", "machine all", "machine MariaDB"):
        assert max(series[name]) > 0, name
    assert "orders ticket-orders waiting" in series
    assert record["skipped"] == []
    page = (ground.world.story.app / "campaigns" / "runs" / record["id"] / "report.html").read_text("utf-8")
    assert "Queries: writer against reader" in page
    table = read((ground.world.story.app / "campaigns" / "journal.csv").read_bytes(), "journal.csv")
    assert table.cells(record["id"])["Users"] == "20"


def test_a_production_host_in_the_scenario_sends_nothing(ground: Ground) -> None:
    before, asked = ground.world.to_production, len(ground.world.lab.lookups())
    with ground.world.restored():
        ground.world.replace(SCENARIO, "host = hosts.core_url", 'host = "http://www.starclub.example"')
        done = ground.run("--users", "20", "--rate", "10", "--time", "20s")
    assert done.code == 4
    assert "http://www.starclub.example is not on the campaign's list of hosts" in done.stderr.decode()
    assert ground.world.to_production == before
    names = [name for _, name in ground.world.lab.lookups()[asked:]]
    assert names.count("www.starclub.example.") + names.count("www.starclub.example") <= 2  # The tool's own.


def test_another_release_is_refused(ground: Ground) -> None:
    page = ground.world.story.target / "current" / "public" / "index.php"
    before = page.read_bytes()
    page.write_bytes(before + b"\n")
    try:
        done = ground.run("--users", "20", "--rate", "10", "--time", "20s")
    finally:
        page.write_bytes(before)
    assert done.code == 4
    assert "the release is not what was verified" in done.stderr.decode()


def test_a_scenario_is_made_of_the_pages_of_the_replica(ground: Ground) -> None:
    world = ground.world
    folder = world.story.app.parent / "made"
    done = world.run("campaign", "init", "--env", "loadtest", "-o", str(folder))
    assert done.code == 0, done.stderr.decode()
    text = (folder / "locustfile.py").read_text("utf-8")
    assert '"/demo/store", frames=[(hosts.url["widgets"], "/store")])' in text
    assert 'self.client.post("/login", data=form, name="Log In"' in text
    assert (folder / "users.csv").read_text() == "email,password\n"
    (folder / "users.csv").write_text("email,password\nfan0007@fans.example,fan-7-pw\n")
    done = ground.run(
        "--scenario", str(folder / "locustfile.py"), "--users", "5", "--rate", "5", "--time", "15s"
    )
    assert done.code == 0, done.stdout.decode() + done.stderr.decode()
    (run,) = ground.last["repetitions"]
    names = {one["name"]: one["figures"] for one in run["names"]}
    assert (names["Log In"]["failures"], run["figures"]["failures"]) == (0, 0)
    assert len(names) > 3


@pytest.mark.prove
def test_fifty_users_for_a_minute(ground: Ground) -> None:
    before = ground.world.to_production
    done = ground.run("--users", "50", "--rate", "10", "--time", "60s", "--processes", "2")
    assert done.code == 0, done.stdout.decode() + done.stderr.decode()
    record = ground.last
    (run,) = record["repetitions"]
    assert (run["problems"], run["blocked"]) == ([], [])
    assert max(one["users"] for one in run["seconds"]) == 50
    assert ground.world.to_production == before
    busy = {one["name"] for one in record["series"] if any(value for _, value in one["points"])}
    assert {"writer reads", "reader reads", "cache CPU", "sessions commands", "machine all"} <= busy
    assert "orders ticket-orders waiting" in {one["name"] for one in record["series"]}
    folder = ground.world.story.app / "campaigns"
    assert (folder / "runs" / record["id"] / "attestation.json").read_bytes() == ground.file.read_bytes()
    assert read((folder / "journal.csv").read_bytes(), "journal.csv").find(record["id"]) is not None
    assert git(ground.world.story.app, "status", "--porcelain") == ""  # Else the next verify would refuse.


def _resetting(ground: Ground, *options: str) -> None:
    """Gives the settings a clone with a recipe, and the campaign a reset that runs it; attests again."""
    world = ground.world
    marks = dict(
        line.split("\t")
        for line in world.lab.sql("production", f"SHOW GLOBAL VARIABLES {MARKS}").splitlines()
    )
    told = {"servers": {"writer": {"service": "mysql", "marks": marks}}}
    head = {"version": 1, "environment": "production", "taken": "2026-01-01"}
    world.write("config/portability/fingerprints/production.json", json.dumps({**head, **told}))
    clone = (
        f"    database:\n      url: mysql://starclub_app@{WRITER}/{recipes.DATABASE}\n"
        "      password: {secret: 'file:config/portability/secrets/inventory/starclub_app'}\n"
        "      recipes: [database/reset.sql]\n"
    )
    world.write("database/reset.sql", RECIPE)
    tool = ["portability", "-C", str(world.story.app), "database", "prepare", "--env", "loadtest"]
    words = shlex.join([sys.executable, "-m", *tool, "--again", "database/reset.sql", *options])
    reset = json.dumps(["/bin/sh", "-c", f"cd {shlex.quote(str(ROOT))} && {words}"])
    world.edit(
        "portability.yaml",
        lambda text: text.replace("  loadtest:\n", f"  loadtest:\n{clone}", 1).replace(
            "\ncampaign:\n", f"\ncampaign:\n  reset: {reset}\n"
        ),
    )
    world.commit()
    ground.attest()


@pytest.mark.prove
def test_data_is_put_back_before_each_run_by_a_recipe(ground: Ground) -> None:
    database = recipes.DATABASE
    with ground.world.restored() as undo:
        undo.callback(ground.world.lab.sql, "replica", f"DROP TABLE IF EXISTS {database}.portability_ledger")
        undo.callback(
            ground.world.lab.sql, "replica", f"DELETE FROM {database}.settings WHERE name = 'resets'"
        )
        _resetting(ground)
        done = ground.run("--users", "4", "--rate", "4", "--time", "12s", "--repetitions", "2")
        assert done.code == 0, done.stderr.decode()
        counted = ground.world.lab.sql(
            "replica", f"SELECT value FROM {database}.settings WHERE name = 'resets'"
        )
        assert counted.strip() == "2"
    ground.attest()


@pytest.mark.prove
def test_a_reset_of_a_server_that_is_not_the_replicas_is_refused(ground: Ground) -> None:
    before = ground.world.to_production
    place = ground.world.lab.address("production", "writer")
    with ground.world.restored():
        _resetting(ground, "--database", f"mysql://starclub_app@{place}/{recipes.DATABASE}")
        done = ground.run("--users", "4", "--rate", "4", "--time", "12s")
        assert done.code == 5
        told = done.stderr.decode()
        assert "campaign.reset failed: it ended with exit code 4" in told
        assert "is production's; nothing was written" in told
    assert ground.world.to_production == before
    ground.attest()


def by_machines(ground: Ground, folder: Path, *options: str) -> Result:
    """A campaign that a master and two workers of the team's make, on the replica's machine."""
    world, variables = ground.world, {"CAMPAIGN_KEY": MACHINE_KEY}
    base = ["-C", str(world.story.app), "campaign"]
    packing = ["workers", "--env", "loadtest", "-o", str(folder / "w.zip"), "--master-host", "127.0.0.1"]
    command = [sys.executable, "-m", "portability", *base, *packing]
    done = world.lab.run("replica", command, cwd=ROOT, environment=variables)
    assert done.code == 0, done.stderr.decode()
    for name in ("master", "one", "two"):
        zipfile.ZipFile(folder / "w.zip").extractall(folder / name)
    files = ["--attestation", str(ground.file), "--key", f"{ground.key}.pub"]
    asked = ["run", "--env", "loadtest", *files, "--master", "--workers", "2", *options]
    command = ["sh", "-c", FLEET, "fleet", sys.executable, str(folder), *base, *asked]
    return world.lab.run("replica", command, cwd=ROOT, environment=variables, timeout=300)


@pytest.mark.prove
def test_machines_of_their_own_log_fans_in_and_production_sees_none_of_it(
    ground: Ground, tmp_path: Path
) -> None:
    world = ground.world
    key = "  machines: {key: {secret: 'env:CAMPAIGN_KEY'}, url: 'http://127.0.0.1:8089'}\n"
    with world.restored():
        world.edit("portability.yaml", lambda text: text.replace("\ncampaign:\n", f"\ncampaign:\n{key}"))
        world.commit()
        ground.attest()
        before = world.to_production
        done = by_machines(ground, tmp_path / "well", "--users", "20", "--rate", "10", "--time", "20s")
        assert done.code == 0, done.stdout.decode() + done.stderr.decode()
        assert MACHINE_KEY not in (done.stdout + done.stderr).decode()
        (run,) = ground.last["repetitions"]
        assert (ground.last["processes"], run["problems"], run["blocked"]) == (2, [], [])
        names = {one["name"]: one["figures"] for one in run["names"]}
        assert (names["Log In"]["failures"], names["Log In"]["requests"] >= 10) == (0, True)
        assert {"Logged In Store Page", "Logged In iframe: store", "Home"} <= set(names)
        world.replace(SCENARIO, "host = hosts.core_url", 'host = "http://www.starclub.example"')
        done = by_machines(ground, tmp_path / "wrong", "--users", "20", "--rate", "10", "--time", "20s")
        assert done.code == 4
        assert "http://www.starclub.example is not on the campaign's list of hosts" in done.stderr.decode()
        assert world.to_production == before
    ground.attest()


@pytest.mark.prove
def test_reads_that_go_to_the_writer_show_in_the_queries(ground: Ground) -> None:
    """The environment is right, and so each probe passes; only the code asks the wrong server."""

    def reads() -> tuple[float, float]:
        found = {one["name"]: [v for _, v in one["points"] if v is not None] for one in ground.last["series"]}
        return sum(found["writer reads"]), sum(found["reader reads"])

    options = ("--users", "20", "--rate", "10", "--time", "20s", "--repetitions", "3")
    assert ground.run(*options).code == 0
    writer, reader = reads()
    assert reader > writer
    right = ground.last["id"]
    assert ground.last["facts"]["Reads"].startswith("reader ")
    with ground.world.restored():
        ground.world.edit(
            "lib/db.php", lambda text: text.replace(MIXED, MIXED + "\n    return db_writer();", 1)
        )
        ground.world.commit()
        ground.attest()
        done = ground.run(*options)
        assert done.code in (0, 1), done.stderr.decode()
        writer, reader = reads()
        assert writer > 5 * reader
        assert "does the code ask the reader?" in done.stdout.decode()
        told = ground.world.run("campaign", "compare", right, "last").stdout.decode()
        assert "reads moved from reader to writer: reader answered " in told
        folder = ground.world.story.app / "campaigns" / "runs" / ground.last["id"]
        assert "reads moved from reader to writer" in (folder / "report.html").read_text("utf-8")
    ground.attest()
