"""The whole road on Elastic Beanstalk: it passes under AWS's own guard, tells no secret, and is attested."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from examples import replica
from portability.probes import KEY_VARIABLE
from tests.end_to_end import full_run
from tests.end_to_end.aws import instance, served, variables
from tests.end_to_end.beanstalking import ENVIRONMENT, SIDE, on_side
from tests.end_to_end.full_run import Run
from tests.end_to_end.world import ROOT, World
from tests.probes.conftest import TERRITORY
from tests.secrecy import Finder, Told

pytestmark = pytest.mark.prove

KNOWN = {
    "own/keys/lt.key": "the private key, in the one file that it is kept in",
    "instance/releases/*": "the rendered values of a release, without which the application could not run",
}
"""Where secrets have to stand, and why."""
FREE = {
    "predicate.portability.version": "which version signed",
    "predicate.portability.target": "the kind of target, which the settings' digest holds",
    "predicate.portability.startedOn": "when it began: its end is what its age is counted from",
    "subject.1.digest.sha256": "the archive's digest, for other readers: the gate asks for the seal's",
    "predicate.passedTests.0": "the name of a check that passed",
}
"""Fields that whoever has the private key may change: the gate has nothing to hold them against."""


@pytest.fixture(scope="module")
def full(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The road once, to its end."""
    with full_run.begun(world, tmp_path_factory.mktemp("full") / "own") as run:
        full_run.go(run)
        yield run


@pytest.fixture(scope="module")
def left(full: Run) -> Mapping[str, bytes]:
    return full.left()


def test_each_step_ends_as_it_has_to(full: Run) -> None:
    codes = {name: code for name, code in full.codes.items() if name not in ("inventory", "scan")}
    wanted = {"keygen": 0, "refused campaign": 4, "leak": 1, "leak on GitHub": 1, "verify": 0, "check": 0}
    assert codes == {**wanted, "campaign": 0, "again": 0}, full.printed
    assert full.codes["inventory"] in (0, 1) and full.codes["scan"] in (0, 1), full.printed


def test_the_values_that_were_missing_came_from_the_inventory(full: Run) -> None:
    values = (full.world.story.app / "config/portability/environments/loadtest.yaml").read_text("utf-8")
    for line in ("S3_BUCKET: starclub-lt-uploads", "SQS_QUEUE_ID: starclub-lt-mail"):
        assert line in values
    assert "444455556666/starclub-lt-mail" in values.partition("SQS_QUEUE_URL")[2].splitlines()[0]


def test_a_clean_release_passes_by_what_is_seen_from_afar(full: Run) -> None:
    said = full.said("verify")
    assert "PASS: " in said and "attested as WARNED" in said
    assert "VPC flow logs of 1 machine were read" in said
    assert "nothing was counted as it left, nor stopped" in said
    assert served(full.world) in said


def test_a_leak_is_told_by_the_accounts_logs_with_its_page_and_taken_back(full: Run) -> None:
    report = full_run.report(full)
    failed = [check for check in report["checks"] if check["result"] == "fail"]
    (flow,) = [check for check in failed if check["area"] == "logs" and "10.20.0.21:3306" in check["found"]]
    assert flow["production"] and "/leak.php" in flow["reason"]
    pages = [check for check in failed if check["area"] == "page"]
    assert {check["name"] for check in pages} == {"/leak.php", "/leak.php (logged in)"}
    assert all("db.starclub.example" in check["found"] for check in pages)
    assert any("the release was taken back" in note for note in report["notes"])
    assert not {check["area"] for check in report["checks"]} & {"background", "enforced"}


def test_every_format_is_there(full: Run) -> None:
    suites = xml.fromstring((full.folder / "verify.xml").read_bytes())
    assert {"identity", "page", "logs", "network"} <= {suite.get("name") for suite in suites}
    assert json.loads((full.folder / "scan.sarif").read_bytes())["version"] == "2.1.0"
    assert full.said("leak on GitHub").startswith("::error title=portability verify::FAIL of loadtest")
    runs = full.world.story.app / "campaigns" / "runs"
    assert list(runs.glob("*/report.html")) and (runs.parent / "journal.csv").exists()


def unexpected(told: list[Told]) -> list[Told]:
    return [one for one in told if not any(fnmatch(one.place, known) for known in KNOWN)]


def test_no_secret_stands_in_anything_that_it_left(full: Run, left: Mapping[str, bytes]) -> None:
    secrets = full_run.secrets(full)
    assert len(secrets) > 45 and any(name.startswith("session ") for name in secrets)
    kinds = (
        "app/campaigns/",
        "app/config/portability/inventory/",
        "app/.git/",
        "own/",
        "lab/log/",
        "lab/tmp/",
    )
    assert [kind for kind in kinds if not any(place.startswith(kind) for place in left)] == []
    found = Finder(secrets).told(left)
    assert unexpected(found) == []
    silent = [known for known in KNOWN if not any(fnmatch(one.place, known) for one in found)]
    assert silent == [], "nothing stands there: it is no exception any more"


@pytest.mark.parametrize("place", ["verify: stdout", "own/verify.xml", "arguments"])
def test_a_secret_that_was_told_would_be_found(full: Run, left: Mapping[str, bytes], place: str) -> None:
    secrets = full_run.secrets(full)
    finder = Finder(secrets)
    for name, secret in secrets.items():
        raw = secret.encode() if isinstance(secret, str) else secret
        planted = {**left, place: left[place] + b" " + raw + b"\n"}
        assert [one.secret for one in unexpected(finder.told({place: planted[place]}))], name


def test_the_key_of_a_probe_is_another_each_time_and_gone_at_the_end(full: Run) -> None:
    lines = full.world.inside("cat", "/run/lab/given.jsonl").splitlines()
    assert KEY_VARIABLE not in json.loads(lines[-1])
    verified = [name for name in full.codes if name in ("leak", "leak on GitHub", "verify", "again")]
    assert len(full.given()) >= len(verified) == 4


def test_no_reply_of_the_deployed_probe_tells_a_secret(full: Run) -> None:
    """The file that lies in the release, with a key of ours, is asked about every service of the settings."""
    key, lab = "5a" * 32, full.world.lab
    probes = [
        {
            "name": name,
            "service": told["service"],
            "role": told.get("role", ""),
            "parameters": {
                one: f"key:{value['key']}" if isinstance(value, dict) else str(value)
                for one, value in told.items()
                if one not in ("service", "role")
            },
        }
        for name, told in replica.probes().items()
    ]
    order = {
        "url": f"http://{on_side('www.starclub.example')}/portability-probe.php",
        "address": lab.address(SIDE, "web"),
        "key": key,
        "territory": TERRITORY,
        "probes": probes,
    }
    lab.serve_releases(SIDE, instance(full.world), {KEY_VARIABLE: key})
    try:
        inside = [sys.executable, "-m", "tests.probes.inside"]
        done = lab.run(SIDE, inside, cwd=ROOT, stdin=json.dumps(order))
    finally:
        lab.serve_releases(SIDE, instance(full.world), {"STAGE": "campaign"})
    replies = json.loads(done.stdout)["replies"]
    assert {name: one["outcome"] for name, one in replies.items()} == dict.fromkeys(replies, "answered")
    assert len(replies) == len(probes) == 9
    secrets = {**full_run.secrets(full), "this probe's key": key}
    assert Finder(secrets).told({"replies": done.stdout, "errors": done.stderr}) == []


def test_nobody_of_production_is_asked_but_by_the_inventory(full: Run) -> None:
    """The inventory lists and describes; deploy, verification and campaign ask nothing of that account."""
    calls = full.calls()
    before, after = (
        [one for one in part if one["side"] == "production"]
        for part in (calls[: full.inventoried], calls[full.inventoried :])
    )
    assert len(before) > 20 and [one for one in before if not _reads(one)] == []
    assert after == []


def _reads(call: Mapping[str, str]) -> bool:
    """Whether a call only reads: by its name, or where its method is all that tells it, by that."""
    action = call["operation"].partition(":")[2] or call["path"].rpartition("/")[2]
    return action.title().startswith(("Describe", "List", "Get")) or call["method"] in ("GET", "HEAD")


def changed(full: Run, changes: str) -> Any:
    order = {
        "app": str(full.world.story.app),
        "file": str(full.attested),
        "key": str(full.key),
        "commit": replica.git(full.world.story.app, "rev-parse", "HEAD").strip(),
        "changes": changes,
    }
    command = [sys.executable, "-m", "tests.end_to_end.changed"]
    done = full.world.lab.run(
        SIDE, command, cwd=ROOT, environment=full.variables(), timeout=900, stdin=json.dumps(order)
    )
    assert done.code == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


def attest_again(full: Run) -> None:
    """Verifies as it is, for the run before attested nothing and so ended the attestation."""
    full.step(
        "verify anew", "verify", "--env", "loadtest", "--attest", str(full.attested), "--key", str(full.key)
    )
    assert full.codes["verify anew"] == 0, full.said("verify anew")


def check(full: Run, *options: str) -> tuple[int, str]:
    call = ("attest", "check", str(full.attested), "--key", f"{full.key}.pub", "--env", "loadtest")
    full.plain("check again", *call, *options)
    return full.codes["check again"], full.said("check again")


def test_the_verification_that_came_after_it_ends_an_attestation(full: Run) -> None:
    code, told = check(full)
    assert code == 1 and "it was verified again since, and that attested nothing" in told


def test_any_byte_that_is_another_is_refused(full: Run) -> None:
    told = changed(full, "bytes")
    assert told["let"] == []
    assert told["count"] > told["length"] > 4000


def test_any_field_that_is_another_is_refused_though_it_is_signed(full: Run) -> None:
    attest_again(full)
    assert check(full)[0] == 0
    told = changed(full, "fields")
    let = {name for name, (code, *_) in told.items() if code == "0"}
    free = {f"{name} another" for name in FREE}
    assert let == free | {f"predicate.{kind}.0 missing" for kind in ("passedTests", "warnedTests")}, told
    words = {name: " ".join(lines) for name, (_, *lines) in told.items()}
    assert (
        "it is of the environment loadtestx, not of loadtest"
        in words["predicate.portability.environment another"]
    )
    assert "is served now, and lt-" in words["predicate.portability.release another"]
    assert "at most 24 h may be" in words["predicate.portability.finishedOn another"]
    assert "it is of the commit" in words["subject.0.digest.gitCommit another"]
    assert "the release is not what was verified" in words["subject.2.digest.hmacSha256 another"]
    mapped = [text for name, text in words.items() if "map of endpoints was changed" in text]
    assert mapped, words


def eb(full: Run, operation: str, **arguments: Any) -> None:
    """Somebody else calls Elastic Beanstalk with the team's own rights."""
    script = (
        "import boto3, json, sys; c = boto3.client('elasticbeanstalk', region_name='eu-west-1');"
        "getattr(c, sys.argv[1])(**json.loads(sys.argv[2]))"
    )
    command = [sys.executable, "-c", script, operation, json.dumps(arguments)]
    done = full.world.lab.run(SIDE, command, cwd=ROOT, environment=variables())
    assert done.code == 0, done.stderr.decode()


def deployed(full: Run, **arguments: Any) -> None:
    """Another one's change of the environment, and the time that it takes."""
    eb(full, "update_environment", EnvironmentName=ENVIRONMENT, **arguments)
    script = (
        "import boto3, time; c = boto3.client('elasticbeanstalk', region_name='eu-west-1')\n"
        "while c.describe_environments()['Environments'][0]['Status'] != 'Ready': time.sleep(0.1)"
    )
    done = full.world.lab.run(SIDE, [sys.executable, "-c", script], cwd=ROOT, environment=variables())
    assert done.code == 0, done.stderr.decode()


def test_label_and_settings_are_read_again_where_they_are_served(full: Run) -> None:
    """By the check and by the campaign; each change is taken back, and then the attestation holds again."""
    attest_again(full)
    label = served(full.world)
    space = {"Namespace": "aws:elasticbeanstalk:application:environment", "OptionName": "STAGE"}
    deployed(full, VersionLabel="first")
    code, told = check(full)
    assert code == 1 and f"first is served now, and {label} was verified" in told
    assert refused(full) == f"first is served now, and {label} was verified"
    deployed(full, VersionLabel=label)
    assert check(full)[0] == 0
    deployed(full, OptionSettings=[{**space, "Value": "another"}])
    code, told = check(full)
    assert code == 1 and "the release is not what was verified, to the byte" in told
    deployed(full, OptionSettings=[{**space, "Value": "campaign"}])
    assert check(full)[0] == 0
    full.world.lab.trouble(courses=[{"hangs": True}])
    eb(full, "update_environment", EnvironmentName=ENVIRONMENT, VersionLabel="first")
    code, told = check(full)
    assert code == 5 and "is Updating, so what it serves can't be told yet" in told, told
    full.world.lab.trouble()
    assert check(full)[0] == 0


def refused(full: Run) -> str:
    """Why a campaign does not start."""
    gated = ("campaign", "run", "--env", "loadtest", "--attestation", str(full.attested))
    full.plain(
        "campaign again", *gated, "--key", f"{full.key}.pub", "--users", "1", "--rate", "1", "--time", "15s"
    )
    assert full.codes["campaign again"] == 4, full.said("campaign again")
    return full.said("campaign again").partition("not attested: ")[2].splitlines()[0]
