"""`campaign workers --target` deploys nowhere but to machines that make load, and what it should."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from examples.beanstalk import ACCOUNT, Course
from portability.system import aws
from tests import clouding
from tests.beanstalk.test_policies import actions, policies
from tests.beanstalk.world import PRODUCTION_ACCOUNT, PRODUCTION_KEY
from tests.campaign.fleet import MASTER_KEY, Fleet, arn, fleet
from tests.campaign.loading import make_ground, serving

BRING = ("workers", "--env", "loadtest", "--target", "elastic_beanstalk")
NAMESPACE = "aws:elasticbeanstalk:application:environment"


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The environments, on a stand-in that runs nothing."""
    folder = tmp_path_factory.mktemp("machines")
    with serving() as site, fleet(make_ground(folder, site), folder / "fleet") as them:
        them.fake.deployer = None
        them.fake.state.accounts[PRODUCTION_KEY] = PRODUCTION_ACCOUNT
        yield them


@pytest.fixture
def them(machines: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    clouding.credentials(monkeypatch, machines.endpoint)
    for name, value in machines.variables.items():
        monkeypatch.setenv(name, value)
    machines.settings()
    file = machines.ground.project / "portability.yaml"
    before = file.read_bytes()
    machines.fake.faults.planned, machines.fake.faults.calls = [], []
    change(machines, f"    workers: {len(machines.workers)}\n", "")
    yield machines
    file.write_bytes(before)
    aws.forget()


def change(them: Fleet, old: str, new: str) -> None:
    file = them.ground.project / "portability.yaml"
    text = file.read_text()
    assert old in text, old
    file.write_text(text.replace(old, new))


def untouched(them: Fleet) -> bool:
    """Whether nothing was written to AWS."""
    return not {"UpdateEnvironment", "CreateApplicationVersion", "PutObject"} & set(them.fake.faults.calls)


def test_master_and_workers_get_the_bundle_their_role_and_the_key_and_nothing_else(
    them: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    code = them.ground.campaign(*BRING)
    told = capsys.readouterr()
    assert code == 0, told.err
    for role, name in (("master", "master"), ("worker", "workers")):
        one = them.fake.state.environments[f"load-{name}"]
        assert f"{name}  {one.label}" in told.out
        assert {key: value for key, value in one.variables.items() if key.startswith("PORTABILITY")} == {
            "PORTABILITY_ROLE": role,
            "PORTABILITY_MASTER": f"127.0.0.1:{them.place}",
            "PORTABILITY_CAMPAIGN_KEY": MASTER_KEY,
            **({"PORTABILITY_PROCESSES": "1"} if role == "worker" else {}),
        }
        version = them.fake.state.versions["shop-load", one.label]
        data = them.fake.stored(version.bucket, version.key)
        assert data is not None
        held = zipfile.ZipFile(BytesIO(data))
        assert held.read("Procfile") == b"web: python3 portability_launch.py\n"
        assert "scenario.sealed" in held.namelist()
        assert not any(MASTER_KEY.encode() in held.read(name) for name in held.namelist())
    assert MASTER_KEY not in told.out + told.err
    given = {
        action.partition(":")[2]
        for name in ("loadtest", "machines")
        for action in actions(policies()[name], "Allow")
    }
    asked = {"GetObject" if name == "HeadObject" else name for name in them.fake.faults.calls}
    assert asked - {"GetCallerIdentity"} <= given
    changed = next(one for one in policies()["machines"]["Statement"] if one["Sid"] == "ChangeTheMachines")
    assert {arn(f"load-{role}") for role in ("master", "workers")} == set(changed["Resource"])


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        (
            "allow: ['arn:aws:elasticbeanstalk:eu-west-1:444455556666:environment/shop-load/load-master']",
            "allow: ['arn:aws:elasticbeanstalk:eu-west-1:444455556666:environment/shop-load/load-other']",
            4,
            "load-master is not on the list of what may be deployed to",
        ),
        (ACCOUNT, PRODUCTION_ACCOUNT, 4, "an account of production's"),
        (
            "environment: load-master,",
            "environment: load-master, tag: {role: worker},",
            4,
            "it has no tag role",
        ),
        ("address: '127.0.0.1:", "address: 'www.shop.example:", 4, "names www.shop.example"),
        ("    url: http://127.0.0.1", "    url: http://www.shop.example", 4, "names www.shop.example"),
        ("env:CAMPAIGN_KEY", "env:NO_SUCH_KEY", 2, "NO_SUCH_KEY, which is not set"),
        ("    key: {secret: 'env:CAMPAIGN_KEY'}\n", "", 2, "the settings name no key"),
        ("{secret: 'env:CAMPAIGN_KEY'}", "Fake-Key-In-The-Clear", 2, "never the value itself"),
        ("    url: http://127.0.0.1", "    url: ftp://127.0.0.1", 2, "must be a URL without a path"),
        (
            "      master: {kind: elastic_beanstalk,",
            "      boss: {kind: elastic_beanstalk,",
            2,
            "unknown key",
        ),
    ],
)
def test_what_speaks_against_it_refuses_before_anything_is_written(
    old: str, new: str, code: int, words: str, them: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    change(them, "production: {hosts", f"production: {{accounts: ['{PRODUCTION_ACCOUNT}'], hosts")
    change(them, old, new)
    assert them.ground.campaign(*BRING) == code
    told = capsys.readouterr().err
    assert words in told and MASTER_KEY not in told and "In-The-Clear" not in told
    assert untouched(them)


def test_the_replica_itself_is_no_machine_for_load(them: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"application: shop-load, environment: load-master, allow: ['{arn('load-master')}']"
    other = "  other:\n    target: {kind: local"
    change(them, other, f"  mine:\n    target: {{kind: elastic_beanstalk, {place}}}\n{other}")
    assert them.ground.campaign(*BRING) == 4
    assert "load-master is the target of mine, whose release would be replaced" in capsys.readouterr().err
    assert untouched(them)


def test_an_environment_without_the_tag_of_its_role_is_refused(
    them: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = them.fake.state.environments["load-master"].tags
    tags["load"] = "workers"
    try:
        assert them.ground.campaign(*BRING) == 4
    finally:
        tags["load"] = "master"
    assert "not tagged load=master: it has load=workers" in capsys.readouterr().err
    assert untouched(them)


def test_credentials_of_production_are_refused(
    them: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", PRODUCTION_KEY)
    aws.forget()
    assert them.ground.campaign(*BRING) == 4
    assert f"these credentials are of {PRODUCTION_ACCOUNT}" in capsys.readouterr().err
    assert untouched(them)


def test_a_deploy_that_fails_is_taken_back(them: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    before = them.fake.state.environments["load-master"].label
    them.ground.gated.write("loadtest/more.py", "# another bundle\n")
    them.fake.state.courses = [Course(seconds=0.2, fails=True)]
    assert them.ground.campaign(*BRING) == 5
    assert "is deployed again" in capsys.readouterr().err
    assert them.fake.state.environments["load-master"].label == before
    assert "PORTABILITY_CAMPAIGN_KEY" in them.fake.state.environments["load-master"].variables


def test_it_is_said_where_it_goes(them: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert them.ground.campaign("workers", "--env", "loadtest") == 2
    assert "-o FILE, or --target elastic_beanstalk" in capsys.readouterr().err
    assert them.ground.campaign(*BRING, "-o", str(tmp_path / "w.zip")) == 2
    assert them.ground.campaign(*BRING, "--master-host", "no host") == 2
    change(them, f"    address: '127.0.0.1:{them.place}'\n", "")
    assert them.ground.campaign(*BRING) == 2
    assert "it is not said where workers find the master" in capsys.readouterr().err
    assert untouched(them)


def test_a_run_by_a_master_says_how_many_workers_and_where(
    them: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    load = ("--users", "4", "--rate", "4", "--time", "12s")
    assert them.ground.run(*load, "--master") == 2
    assert "--workers says how many" in capsys.readouterr().err
    assert them.ground.run(*load, "--master", "https://load.lt.example/path", "--workers", "1") == 2
    assert them.ground.run(*load, "--master", "http://www.shop.example", "--workers", "1") == 4
    assert "--master names www.shop.example:80, which is production's" in capsys.readouterr().err
    assert them.ground.run(*load, "--master", "--processes", "2") == 2
    change(them, f"    url: {them.url}\n", "")
    assert them.ground.run(*load, "--master", "--workers", "1") == 2
    assert "do not say where the master is" in capsys.readouterr().err
