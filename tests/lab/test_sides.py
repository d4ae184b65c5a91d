"""Both sides work like two networks of real servers: apart in their data, joined by the router alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from examples.lab import SIDES, Lab, LabError
from examples.lab.addresses import PORTS, service_names
from examples.lab.rewriting import copy
from examples.stage.names import READER, load_values, on_side
from examples.stage.pages import pages
from tests.lab.conftest import ROOT

OTHER = dict(zip(SIDES, reversed(SIDES), strict=True))
CONNECT = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 2).close()
    except OSError as error:
        print(place, error)
"""


def refusals(lab: Lab, side: str, places: list[str]) -> str:
    """What a side cannot connect to, a line each."""
    done = lab.run(side, [sys.executable, "-c", CONNECT, *places])
    assert done.code == 0, done.stderr
    return done.stdout.decode()


def query(
    lab: Lab, side: str, host: str, text: str, owner: str, user: str = "starclub_app"
) -> tuple[int, str]:
    """What a server tells the account that `owner` has in the application."""
    passwords = {"starclub_app": "Fake-Pr0d-Writer-Pw", "starclub_ro": "Fake-Pr0d-Reader-Pw"}
    password = on_side(passwords[user], owner, load_values())
    client = ["mariadb", "--no-defaults", f"--host={host}", f"--user={user}", f"--password={password}"]
    done = lab.run(side, [*client, "--batch", "--skip-column-names", "-e", text])
    return done.code, (done.stdout + done.stderr).decode().strip()


def test_every_service_is_well(lab: Lab) -> None:
    found = lab.health()
    assert [one for one in found if not one.healthy] == []
    assert {(one.side, one.service) for one in found} >= {(s, service) for s in SIDES for service in PORTS}


@pytest.mark.parametrize("side", SIDES)
def test_services_answer_on_both_families_from_both_sides(lab: Lab, side: str) -> None:
    places = [
        f"{lab.address(owner, service, family)}:{port}"
        for owner in SIDES
        for service, port in PORTS.items()
        for family in (4, 6)
    ]
    assert refusals(lab, side, places) == ""


@pytest.mark.parametrize("side", SIDES)
def test_names_lead_to_the_side_that_they_belong_to(lab: Lab, side: str) -> None:
    for owner in SIDES:
        for service, names in service_names(owner, load_values()).items():
            for name in names:
                told = lab.run(side, ["getent", "ahosts", name]).stdout.decode().split()
                assert {lab.address(owner, service), lab.address(owner, service, 6)} <= set(told), name


def test_every_page_of_both_sides_answers_alike(lab: Lab) -> None:
    both = zip(pages("production", rabbitmq=True), pages("replica", rabbitmq=True), strict=True)
    answers = [(name, lab.send("production", p), lab.send("replica", r)) for (name, p), (_, r) in both]
    assert [(name, p.status, r.status) for name, p, r in answers if p.status != r.status] == []
    assert all(p.status < 500 for _, p, _ in answers)


@pytest.mark.parametrize("side", SIDES)
def test_an_order_goes_through_the_sides_own_broker_to_its_own_mail_sink(lab: Lab, side: str) -> None:
    order = dict(pages(side, rabbitmq=True))["order"]
    assert lab.send(side, order).status == 200
    mails = [one for one in lab.recorded() if one["side"] == side and one["method"] == "MAIL"]
    done = lab.run(side, ["php", "workers/tickets.php", "--drain"], cwd=lab.app(side))
    assert (done.code, b"mail failed" in done.stdout) == (0, False), done
    after = [one for one in lab.recorded() if one["side"] == side and one["method"] == "MAIL"]
    assert len(after) > len(mails)


@pytest.mark.parametrize("side", SIDES)
def test_the_reader_follows_its_own_writer_and_takes_no_writes(lab: Lab, side: str) -> None:
    lab.sql(side, f"REPLACE INTO starclub.settings VALUES ('mark', 'of {side}');")
    assert lab.catch_up(side)
    read = "SELECT value FROM starclub.settings WHERE name = 'mark'"
    assert lab.sql(side, read, "reader").strip() == f"of {side}"
    code, told = query(lab, side, lab.address(side, "reader"), "DELETE FROM starclub.settings", side)
    assert (code, "read-only" in told) == (1, True)


def test_the_two_sides_hold_different_data_under_different_passwords(lab: Lab) -> None:
    sites = {
        side: lab.sql(side, "SELECT value FROM starclub.settings WHERE name = 'site_url'") for side in SIDES
    }
    assert sites["production"].strip() == "http://www.starclub.example"
    assert sites["replica"].strip() == "http://www.lt-starclub.example"
    for side in SIDES:
        for role in ("writer", "reader"):
            host = lab.address(side, role)
            assert query(lab, side, host, "SELECT side FROM lab.owner", side) == (0, side)
            assert query(lab, side, host, "SELECT 1", OTHER[side])[0] == 1
        identity = "SELECT @@server_id, @@hostname"
        assert len({lab.sql(one, identity, role) for one in SIDES for role in ("writer", "reader")}) == 4


@pytest.mark.parametrize("family", (4, 6))
def test_the_replica_reaches_production_and_the_router_counts_it(lab: Lab, family: int) -> None:
    before = lab.packets()
    assert refusals(lab, "replica", [f"{lab.address('production', 'writer', family)}:3306"]) == ""
    after = lab.packets()
    assert after["replica", "production"] > before["replica", "production"]
    assert after["replica", "outside"] == before["replica", "outside"]


def test_pages_and_commands_of_the_replica_send_nothing_to_production(lab: Lab) -> None:
    before = lab.packets()["replica", "production"]
    for _, request in pages("replica"):
        lab.send("replica", request)
    assert lab.packets()["replica", "production"] == before


def test_an_alias_in_the_replicas_own_zone_can_lead_to_production(lab: Lab) -> None:
    name = service_names("replica", load_values())["reader"][0]
    lab.dns(name, READER)
    text = "SELECT side FROM lab.owner"
    try:
        told = query(lab, "replica", name, text, "production", "starclub_ro")
        assert told == (0, "production")
        assert (lab.address("replica", "web"), name) in lab.lookups()
    finally:
        lab.dns(name, None)
    assert query(lab, "replica", name, "SELECT side FROM lab.owner", "replica", "starclub_ro") == (
        0,
        "replica",
    )


def test_a_name_can_get_an_address_and_lose_it(lab: Lab) -> None:
    for address in ("10.20.0.99", "fd00:20::99"):
        lab.dns("new.lt-starclub.example", address)
        assert address.encode() in lab.run("replica", ["getent", "ahosts", "new.lt-starclub.example"]).stdout
    lab.dns("new.lt-starclub.example", None)
    assert lab.run("replica", ["getent", "ahosts", "new.lt-starclub.example"]).code == 2


@pytest.mark.parametrize("name", ("two words", "a\nserver=/x/y", "", "-x"))
def test_what_is_no_name_is_refused(lab: Lab, name: str) -> None:
    with pytest.raises(LabError, match="no name"):
        lab.dns(name, "10.20.0.99")
    with pytest.raises(LabError, match="no name"):
        lab.dns("fine.example", name)


@pytest.mark.parametrize("side", (*SIDES, "router"))
def test_nothing_leads_out(lab: Lab, side: str) -> None:
    links = json.loads(lab.run(side, ["ip", "-json", "-details", "link"]).stdout)
    kinds = {one["ifname"]: one.get("linkinfo", {}).get("info_kind") for one in links}
    assert set(kinds) <= {"lo", "eth0", "production", "replica"}
    assert {kind for name, kind in kinds.items() if name != "lo"} == {"veth"}
    if side == "router":
        routes = lab.run(side, ["sh", "-c", "ip route; ip -6 route"]).stdout
        assert b"default" not in routes
    before = lab.packets()
    told = refusals(lab, side, ["192.0.2.1:80", "2001:db8::1:80"])
    assert told.count("nreachable") == 2, told
    if side in SIDES:
        assert lab.packets()[side, "outside"] > before[side, "outside"]


def test_the_access_key_tells_the_account_whatever_the_endpoint(lab: Lab) -> None:
    """A replica that kept production's key writes into production's queue through its own endpoint."""
    script = (
        "import boto3, sys; sts = boto3.client('sts', endpoint_url=sys.argv[1]); "
        "print(sts.get_caller_identity()['Account'])"
    )

    def account(key: str) -> bytes:
        environment = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "fake"}
        environment["AWS_DEFAULT_REGION"] = "eu-west-1"
        endpoint = f"http://{lab.address('replica', 'sqs')}"
        done = lab.run("replica", [sys.executable, "-c", script, endpoint], environment=environment)
        return done.stdout.strip() or done.stderr[-300:]

    assert account("AKIAFAKEFAKEFAKEFAKE") == b"111122223333"
    assert account("AKIAFAKELOADTESTFAKE") == b"444455556666"
    assert b"InvalidClientTokenId" in account("AKIAFAKENOBODYFAKE00")


def test_another_application_is_served_with_its_own_data_and_environment(lab: Lab, tmp_path: Path) -> None:
    app = tmp_path / "app"
    copy(ROOT / "examples" / "fanclub", app, load_values())
    (app / "public" / "told.php").write_text("<?php echo getenv('TOLD');")
    with (app / "database" / "seed.sql").open("a") as seed:
        seed.write("INSERT INTO settings VALUES ('told', 'by the seed');\n")
    tmp_path.chmod(0o755)
    served = lab.app("replica")
    lab.serve("replica", app, {"TOLD": "by the environment"})
    try:
        assert lab.fetch("replica", "http://www.lt-starclub.example/told.php").body == b"by the environment"
        told = lab.sql("replica", "SELECT value FROM starclub.settings WHERE name = 'told'", "reader")
        assert told.strip() == "by the seed"
    finally:
        lab.serve("replica", served)


@pytest.mark.parametrize(
    ("command", "seconds", "code"),
    ((["sh", "-c", "exit 3"], 60, 3), (["no-such-program"], 60, 127), (["sleep", "900"], 0.5, 124)),
)
def test_a_command_tells_how_it_ended(lab: Lab, command: list[str], seconds: float, code: int) -> None:
    assert lab.run("replica", command, timeout=seconds).code == code


def test_wrong_orders_are_told_and_the_lab_goes_on(lab: Lab) -> None:
    with pytest.raises(LabError, match="production, replica"):
        lab.serve("staging", ROOT)
    with pytest.raises(LabError, match="no folder inside the lab"):
        lab.serve("replica", "/run/nothing")
    with pytest.raises(LabError):
        lab.fetch("replica", "http://no.such.name/")
    assert all(one.healthy for one in lab.health())
