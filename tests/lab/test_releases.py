"""A side can serve a folder of releases, and be restarted and seeded apart from each other."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab import Lab, LabError
from examples.replica import Story, commit, git, portability, prepare
from examples.stage.messages import Result
from portability.settings.project import load
from tests.lab.conftest import ROOT

CONFIG = """\
<VirtualHost *:80>
    DocumentRoot /var/www/starclub.example/public
    <Directory /var/www/starclub.example/public>
        Require all granted
    </Directory>
</VirtualHost>
"""
RESTART = [sys.executable, "-m", "examples.lab", "restart", "replica"]
URL = "http://www.lt-starclub.example/told.php"


def release(folder: Path, name: str) -> Path:
    """A release whose one page tells its name and its environment, made the current one."""
    made = folder / "releases" / name
    for file, text in {
        "deploy/apache/site.conf": CONFIG,
        "public/told.php": f"<?php echo '{name} ', getenv('TOLD');",
    }.items():
        (made / file).parent.mkdir(parents=True)
        (made / file).write_text(text)
    link = folder / "new"
    link.symlink_to(f"releases/{name}")
    link.rename(folder / "current")
    return made


@pytest.fixture
def served(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """A folder that the replica serves releases from, as long as the test takes."""
    before = lab.app("replica")
    tmp_path.chmod(0o755)
    folder = tmp_path / "target"
    folder.mkdir()
    lab.serve_releases("replica", folder, {"TOLD": "here"})
    yield folder
    lab.serve("replica", before)


def test_a_restart_from_inside_shows_the_release_that_the_link_leads_to(lab: Lab, served: Path) -> None:
    release(served, "first")
    assert lab.run("replica", RESTART, cwd=ROOT).code == 0
    assert lab.fetch("replica", URL).body == b"first here"
    release(served, "second")
    assert lab.fetch("replica", URL).body == b"first here"
    assert lab.run("replica", RESTART, cwd=ROOT).code == 0
    assert lab.fetch("replica", URL).body == b"second here"


def test_without_a_release_nothing_is_served(lab: Lab, served: Path) -> None:
    with pytest.raises(LabError):
        lab.fetch("replica", URL)
    release(served, "first")
    lab.restart("replica")
    assert lab.fetch("replica", URL).status == 200
    (served / "current").unlink()
    assert lab.run("replica", RESTART, cwd=ROOT).code == 0
    with pytest.raises(LabError):
        lab.fetch("replica", URL)


def test_a_restart_keeps_the_data_and_a_seed_keeps_the_server(lab: Lab, served: Path) -> None:
    release(served, "first")
    lab.sql("replica", "REPLACE INTO starclub.settings VALUES ('mark', 'kept');")
    read = "SELECT value FROM starclub.settings WHERE name = 'mark'"
    lab.restart("replica")
    assert lab.sql("replica", read).strip() == "kept"
    lab.seed("replica", ROOT / "examples" / "fanclub")
    assert lab.sql("replica", read).strip() == ""
    assert lab.fetch("replica", URL).body == b"first here"


def test_a_server_that_does_not_start_fails_the_restart(lab: Lab, served: Path) -> None:
    made = release(served, "broken")
    (made / "deploy" / "apache" / "site.conf").write_text("NoSuchDirective on\n")
    done = lab.run("replica", RESTART, cwd=ROOT)
    assert (done.code, b"NoSuchDirective" in done.stderr) == (5, True), done


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story")
    folder.chmod(0o755)
    return prepare(folder)


def test_the_story_is_committed_whole_and_names_no_value_of_production(story: Story) -> None:
    assert git(story.app, "status", "--porcelain") == ""
    assert "nothing found" in portability(story.app, "scan")
    held = git(story.app, "ls-files").splitlines()
    assert not [path for path in held if path.startswith("config/portability/secrets/")]


def test_the_storys_settings_name_each_probe_in_the_inventory_too(story: Story) -> None:
    settings = load(story.app)
    endpoints = settings.environment("loadtest").replica.endpoints
    assert {probe.name for probe in settings.verifying.probes} == set(endpoints)


@pytest.fixture
def replica(lab: Lab, story: Story) -> Iterator[Story]:
    """The story, with its folder of releases served by the replica."""
    before = lab.app("replica")
    lab.serve_releases("replica", story.target)
    yield story
    lab.serve("replica", before)


def deploy(lab: Lab, story: Story, what: str) -> Result:
    command = [sys.executable, "-m", "tests.lab.deploying", str(story.app), what]
    return lab.run("replica", command, cwd=ROOT)


def page(lab: Lab) -> int:
    """How the replica answers for its first page; 0 where nothing answers."""
    try:
        return lab.fetch("replica", "http://www.lt-starclub.example/demo/fanclub").status
    except LabError:
        return 0


def probes(lab: Lab) -> list[int]:
    sites = ("www.lt", "widgets.lt", "static.lt", "admin.lt")
    return [lab.fetch("replica", f"http://{site}-starclub.example/probe-fake.php").status for site in sites]


def test_a_deploy_serves_the_replica_until_it_is_taken_back_or_kept(lab: Lab, replica: Story) -> None:
    assert page(lab) == 0
    done = deploy(lab, replica, "restore")
    assert (done.code, page(lab)) == (0, 0), done.stderr
    done = deploy(lab, replica, "settle")
    assert (done.code, page(lab)) == (0, 200), done.stderr
    assert probes(lab) == [404] * 4
    label = done.stdout.decode().strip()
    (replica.app / "public" / "new.php").write_text("<?php")
    commit(replica.app, "One page more", force=False)
    done = deploy(lab, replica, "kill")
    assert done.code == -9
    deadline = time.monotonic() + 60
    while (replica.target / ".portability" / "undo.jsonl").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (replica.target / "current").readlink() == Path("releases") / label
    assert (page(lab), probes(lab)) == (200, [404] * 4)


def test_each_job_of_the_story_works_in_the_replica(lab: Lab, replica: Story) -> None:
    assert deploy(lab, replica, "settle").code == 0
    served = replica.target / "current"
    lab.seed("replica", served)
    for job in load(replica.app).verifying.jobs:
        done = lab.run("replica", job.command, cwd=served, timeout=job.seconds)
        assert done.code == (124 if job.worker else 0), (job.name, done)
