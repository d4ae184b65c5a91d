"""On Elastic Beanstalk everything goes wrong that can: each time its own words, and what state remains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from examples.stage.messages import Result
from tests.end_to_end.aws import DEPLOY_SECRET, DEPLOY_TOKEN, call, instance, on_beanstalk, served
from tests.end_to_end.beanstalking import SIDE, on_side
from tests.end_to_end.world import World

pytestmark = pytest.mark.prove

KEY, PRODUCTIONS_KEY = on_side("AKIAFAKEFAKEFAKEFAKE"), "AKIAFAKEFAKEFAKEFAKE"
FORGED = """\
<?php
$nonce = explode(' ', $_SERVER['HTTP_X_PORTABILITY'] ?? '')[1] ?? '';
header('X-Portability: ' . $nonce . ' ' . str_repeat('0', 64));
echo '{"step": "done"}';
"""
REPEATED = """\
<?php
$kept = sys_get_temp_dir() . '/kept-answer';
if (!is_file($kept)) {
    $lines = ["Host: {$_SERVER['HTTP_HOST']}", 'Content-Type: application/json', 'X-Direct: yes'];
    $lines[] = 'X-Portability: ' . $_SERVER['HTTP_X_PORTABILITY'];
    $sent = ['method' => 'POST', 'header' => $lines, 'content' => file_get_contents('php://input')];
    $place = "http://{$_SERVER['SERVER_ADDR']}/portability-probe.php";
    $body = file_get_contents($place, false, stream_context_create(['http' => $sent]));
    $signed = preg_grep('/^X-Portability:/i', $http_response_header);
    file_put_contents($kept, reset($signed) . "\\n" . $body);
}
[$line, $body] = explode("\\n", file_get_contents($kept), 2);
header($line);
echo $body;
"""
"""The first answer of all, again and again."""
REWRITE = (
    "RewriteEngine On\nRewriteCond %{HTTP:X-Direct} !yes\n"
    "RewriteRule ^portability-probe\\.php$ instead.php [END]\n"
)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, the exit code, the words of it, and what is said of the state."""

    name: str
    code: int
    words: tuple[str, ...]
    told: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def fault(operation: str, **more: Any) -> dict[str, Any]:
    return {"faults": [{"operation": operation, **more}]}


def refused(operation: str, code: str, **more: Any) -> dict[str, Any]:
    return fault(operation, kind="refused", code=code, status=403, **more)


TROUBLES = (
    Trouble(
        "expired",
        2,
        ("can't be looked up; nothing was changed: the AWS credentials have expired", "aws sso login"),
        {"expired": [KEY]},
    ),
    Trouble(
        "expired in the middle",
        5,
        (
            "what became of it can't be read: the AWS credentials have expired",
            "it could not be taken back",
            "aws sso login",
        ),
        refused("DescribeEnvironments", "ExpiredTokenException", first=3),
    ),
    Trouble(
        "the wrong account",
        4,
        (
            "belongs to AWS account 444455556666, and these credentials are of 111122223333",
            "nothing was changed",
        ),
        {},
        {"AWS_ACCESS_KEY_ID": PRODUCTIONS_KEY},
    ),
    Trouble(
        "throttled",
        5,
        ("nothing was changed: AWS takes no more calls now (throttling)", "try again in a minute"),
        refused("ListTagsForResource", "Throttling"),
    ),
    Trouble(
        "hanging",
        5,
        (
            "it took longer than the settings give it, and was told to stop",
            "is deployed again, with the settings",
            "target: seconds",
        ),
        {"courses": [{"hangs": True}, {"seconds": 0.5}]},
    ),
    Trouble(
        "vanishing",
        5,
        ("the environment has disappeared", "there is nothing to take back", "CloudTrail"),
        {"courses": [{"vanishes": True}]},
    ),
    Trouble(
        "failing",
        5,
        ("it failed: ", "is deployed again, with the settings that it had", "eb logs"),
        {"courses": [{"fails": True, "seconds": 0.5}, {"seconds": 0.5}]},
    ),
    Trouble(
        "cut off",
        5,
        ("settings can't be read; nothing was switched: what answers is not AWS, or its answer was cut off",),
        fault("DescribeConfigurationSettings", kind="half"),
    ),
    Trouble(
        "a wrong clock",
        2,
        ("nothing was changed: this machine's clock is wrong by more than five minutes", "timedatectl"),
        {"skew": 420},
    ),
)


@pytest.fixture(scope="module")
def beanstalk(world: World) -> Iterator[World]:
    """The fan club on Elastic Beanstalk, its first release verified."""
    with on_beanstalk(world, 22):
        done = call(world, "verify", "--env", "loadtest")
        assert done.code == 0, done.stdout.decode() + done.stderr.decode()
        yield world


def told(done: Result) -> str:
    return (done.stdout + done.stderr).decode()


def calls(world: World) -> list[dict[str, str]]:
    """Every call to AWS so far, in order, with whose key it was signed."""
    return [one for one in world.lab.recorded() if "operation" in one]


class Before:
    """What must not be another afterwards, or must be there again."""

    def __init__(self, world: World) -> None:
        self.world, self.label, self.sent = world, served(world), world.to_production
        self.asked = len(calls(world))

    def holds(self, said: str) -> None:
        """Of production's account nobody is asked anything but who that is, and no packet goes there."""
        assert served(self.world) == self.label
        assert self.world.to_production == self.sent
        theirs = [one for one in calls(self.world)[self.asked :] if one["side"] == "production"]
        assert {one["operation"] for one in theirs} <= {"sts:GetCallerIdentity"}, theirs
        assert not [secret for secret in (DEPLOY_SECRET, DEPLOY_TOKEN) if secret in said]
        folder = self.world.story.app / ".portability/targets/loadtest"
        assert not [file for file in folder.rglob("beanstalk.json") if file.stat().st_size]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name.replace(" ", "-"))
def test_each_has_its_own_words_and_leaves_what_is_served(beanstalk: World, trouble: Trouble) -> None:
    before = Before(beanstalk)
    with beanstalk.restored():
        beanstalk.write("public/new.txt", f"{trouble.name}\n")
        beanstalk.commit()
        beanstalk.lab.trouble(**trouble.told)
        try:
            done = call(beanstalk, "verify", "--env", "loadtest", more=trouble.variables)
        finally:
            beanstalk.lab.trouble()
    said = told(done)
    assert done.code == trouble.code, said
    assert [words for words in trouble.words if words not in said] == [], said
    assert "hint: " in said or trouble.name == "cut off", said
    before.holds(said)


def undecided(world: World) -> tuple[str, list[dict[str, Any]]]:
    """Verifies to INCONCLUSIVE; what was said, and the checks that could not be decided."""
    done = call(world, "verify", "--env", "loadtest", "--format", "json")
    assert done.code == 5 and done.stdout, told(done)
    report = json.loads(done.stdout)
    assert report["verdict"] == "INCONCLUSIVE"
    return told(done), [check for check in report["checks"] if check["result"] == "inconclusive"]


@pytest.mark.parametrize(
    ("php", "words"),
    [
        (FORGED, "the answer's signature is wrong: it was changed, or another key signed it"),
        (REPEATED, "the answer belongs to another question: something repeats old answers"),
    ],
    ids=["a wrong signature", "an old nonce"],
)
def test_an_answer_that_is_not_the_probes_decides_nothing(beanstalk: World, php: str, words: str) -> None:
    before = Before(beanstalk)
    with beanstalk.restored() as undo:
        undo.callback(beanstalk.inside, "sh", "-c", 'rm -f "$TMPDIR"/kept-answer')
        beanstalk.write("public/instead.php", php)
        beanstalk.edit("config/portability/templates/public/.htaccess", lambda text: REWRITE + text)
        beanstalk.commit()
        said, checks = undecided(beanstalk)
    assert any(words in check["reason"] for check in checks), said
    assert "the release was taken back" in said
    before.holds(said)


def test_a_replica_that_cannot_be_reached_decides_nothing(beanstalk: World) -> None:
    before = Before(beanstalk)
    with ExitStack() as undo:
        for name in ("www", "widgets", "static", "admin"):
            site = on_side(f"{name}.starclub.example")
            beanstalk.lab.dns(site, "10.30.0.99")
            undo.callback(beanstalk.lab.dns, site, None)
        said, (check,) = undecided(beanstalk)
    assert check["area"] == "deploy" and "no route to host" in check["reason"].lower(), said
    before.holds(said)
    assert instance(beanstalk).is_dir() and SIDE == "replica"
