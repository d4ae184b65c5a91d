"""A side can serve a folder of releases, and be restarted and seeded apart from each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab import Lab, LabError
from examples.replica import Story, git, portability, prepare
from portability.settings import load
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


def test_each_job_of_the_story_works_in_the_replica(lab: Lab, story: Story) -> None:
    """By hand what a deploy does: an archive, with the load test's values over it."""
    before = lab.app("replica")
    made = story.target / "releases" / "by-hand"
    made.mkdir(parents=True)
    git(story.app, "archive", "--output", str(story.target / "release.tar"), "HEAD")
    lab.run("replica", ["tar", "-xf", str(story.target / "release.tar"), "-C", str(made)])
    portability(story.app, "render", "--env", "loadtest", "-o", str(made))
    (story.target / "current").symlink_to("releases/by-hand")
    lab.seed("replica", made)
    lab.serve_releases("replica", story.target)
    try:
        assert lab.fetch("replica", "http://www.lt-starclub.example/demo/fanclub").status == 200
        for job in load(story.app).verifying.jobs:
            done = lab.run("replica", job.command, cwd=made, timeout=job.seconds)
            assert done.code == (124 if job.worker else 0), (job.name, done)
    finally:
        lab.serve("replica", before)
