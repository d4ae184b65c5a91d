"""Machines that make the load are killed, started anew, fought over and misled: what comes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portability.campaign.templates import USERS
from tests.campaign.fleet import (
    LONG,
    MASTER_KEY,
    SHORT,
    Fleet,
    fleet,
    locusts,
    of,
    quiet,
    started,
    told,
    until,
    whole,
)
from tests.campaign.loading import make_ground, serving


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One fleet for all long stories; each leaves it as it was."""
    folder = tmp_path_factory.mktemp("fleet")
    with serving() as site:
        ground = make_ground(folder, site)
        with fleet(ground, folder / "machines") as them:
            code, said = them.bring()
            assert code == 0, said
            yield them


@pytest.mark.prove
def test_a_killed_worker_makes_it_invalid_and_nothing_begins_again(running: Fleet) -> None:
    whole(running)
    site, starts = running.ground.site, running.workers[0].starts
    before = len(site.asked)
    with started(running.start(*running.campaign("--users", "4", "--rate", "4", "--time", "25s"))) as process:
        until(lambda: len(site.asked) > before + 50)
        os.kill(locusts(running.workers[0])[0], signal.SIGKILL)
        code, said = told(process)
    assert code == 5, said
    assert any("worker" in one for one in of(running.ground.last)), of(running.ground.last)
    assert running.ground.last.verdict == "invalid"
    until(lambda: running.workers[0].starts > starts)
    whole(running)
    assert quiet(site, 5)


@pytest.mark.prove
def test_a_killed_master_ends_the_load_and_is_told(running: Fleet) -> None:
    whole(running)
    site, starts = running.ground.site, running.master.starts
    before = len(site.asked)
    with started(running.start(*running.campaign(*LONG))) as process:
        until(lambda: len(site.asked) > before + 50)
        os.kill(locusts(running.master)[0], signal.SIGKILL)
        begun = time.monotonic()
        code, said = told(process)
        until(lambda: quiet(site), 30)
    assert time.monotonic() - begun < 30
    assert code == 5, said
    assert of(running.ground.last)[0].startswith("the master "), of(running.ground.last)
    assert running.master.starts > starts
    whole(running)
    assert quiet(site, 5)


@pytest.mark.prove
def test_processes_that_are_started_anew_repeat_no_run(running: Fleet) -> None:
    whole(running)
    site = running.ground.site
    code, said = running.call(*running.campaign(*SHORT, "--repetitions", "2"))
    assert code == 0, said
    assert [one.problems for one in running.ground.last.repetitions] == [(), ()]
    for one in (running.master, *running.workers):
        assert one.process is not None
        os.kill(one.process.pid, signal.SIGKILL)  # The launcher: what it started ends too.
    time.sleep(1)
    whole(running)
    assert quiet(site, 5)


@pytest.mark.prove
def test_ctrl_c_and_a_kill_end_the_load_on_the_machines(running: Fleet) -> None:
    whole(running)
    site = running.ground.site
    before = len(site.asked)
    with started(running.start(*running.campaign(*LONG))) as process:
        until(lambda: len(site.asked) > before + 50)
        process.send_signal(signal.SIGINT)
        code, said = told(process)
    assert code == 130 and "what was measured is kept" in said, said
    assert running.ground.last.repetitions[0].figures.requests > 40
    assert quiet(site)
    whole(running)
    before = len(site.asked)
    with started(running.start(*running.campaign(*LONG))) as process:
        until(lambda: len(site.asked) > before + 50)
        process.kill()
        told(process)
    until(lambda: quiet(site), 40)


@pytest.mark.prove
def test_of_two_campaigns_the_second_is_refused(running: Fleet, tmp_path: Path) -> None:
    whole(running)
    site = running.ground.site
    before = len(site.asked)
    with started(running.start(*running.campaign("--users", "4", "--rate", "4", "--time", "20s"))) as process:
        until(lambda: len(site.asked) > before + 20)
        lock = running.ground.store.folder / ".campaign.lock"
        lock.rename(tmp_path / "elsewhere")  # Another machine has another lock.
        code, said = running.call(*running.campaign(*SHORT))
        assert code == 4 and "another campaign holds the master: " in said, said
        code, said = running.bring()
        assert code == 4 and "the master makes load now" in said, said
        code, said = told(process)
        assert code == 0, said


@pytest.mark.prove
@pytest.mark.parametrize(
    "options",
    [
        ("--shape", "spike", "--users", "40", "--time", "15s"),
        ("--steps", "2,4", "--rate", "4", "--time", "30s"),
    ],
)
def test_each_shape_is_made_by_the_workers(options: tuple[str, ...], running: Fleet) -> None:
    whole(running)
    code, said = running.call(*running.campaign(*options))
    assert code == 0, said
    assert of(running.ground.last) == ()


@pytest.mark.prove
def test_a_redirect_to_production_is_followed_by_no_worker(running: Fleet) -> None:
    whole(running)
    site = running.ground.site
    with serving("127.0.0.2") as production:
        before = len(site.asked)
        site.status, site.headers = 302, {"Location": f"http://127.0.0.2:{production.port}/"}
        try:
            code, said = running.call(*running.campaign(*SHORT))
        finally:
            site.status, site.headers = 200, {}
        assert (code, production.asked, len(site.asked) > before) == (4, [], True), said
        assert f"127.0.0.2:{production.port}" in said


@pytest.mark.prove
def test_a_scenario_of_productions_is_deployed_and_sends_nothing(running: Fleet) -> None:
    whole(running)
    site, file = running.ground.site, running.ground.project / "loadtest" / "user.py"
    before, text = len(site.asked), file.read_text()
    try:
        file.write_text(text + '\nclass Fan(Visitor):\n    host = "http://www.shop.example"\n')
        code, said = running.call(*running.campaign(*SHORT))
        assert code == 4 and "the master has another scenario" in said, said
        code, said = running.bring()
        assert code == 4 and "Fan: http://www.shop.example is not on the campaign's list" in said, said
        code, said = running.call(*running.campaign(*SHORT))
        assert code == 4 and "Fan: http://www.shop.example is not on the campaign's list" in said, said
        assert len(site.asked) == before
    finally:
        file.write_text(text)
        assert running.bring()[0] == 0


@pytest.mark.prove
def test_users_are_shared_out_and_workers_of_the_teams_are_as_good(tmp_path: Path) -> None:
    with serving() as site:
        ground = make_ground(tmp_path, site)
        rows = "".join(f"fan{number}\n" for number in range(8))
        ground.gated.write("loadtest/users.csv", "name\n" + rows)
        ground.gated.write("loadtest/users.py", USERS.replace("FIXED", "{}"))
        ground.scenario(
            "    def on_start(self):\n"
            "        import users\n"
            "        self.client.get('/login/' + users.get_random_for_login()['name'], name='Login')\n"
        )
        with fleet(ground, tmp_path / "unused") as them:
            them.settings(machines="    # started by hand\n")
            code, said = them.call(
                *("campaign", "workers", "--env", "loadtest", "-o", str(tmp_path / "w.zip")),
                *("--master-host", f"127.0.0.1:{them.place}"),
            )
            assert code == 0 and "sealed" in said, said
            processes = []
            try:
                for name, words in (
                    ("master", ("master.sh", f"127.0.0.1:{them.web}", f"127.0.0.1:{them.place}")),
                    ("one", ("work.sh", "1")),
                    ("two", ("work.sh", "1")),
                ):
                    folder = tmp_path / name
                    zipfile.ZipFile(tmp_path / "w.zip").extractall(folder)
                    variables = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "HOME": str(folder)}
                    variables["PORTABILITY_CAMPAIGN_KEY"] = MASTER_KEY
                    command = ["sh", str(folder / words[0]), *words[1:]]
                    with (folder / "log").open("wb") as log:
                        processes.append(
                            subprocess.Popen(command, env=variables, stdout=log, stderr=log, cwd="/")
                        )
                users = ("--users", "8", "--rate", "8", "--time", "12s")
                code, said = them.call(*them.campaign(*users))
                assert code == 0, said
                assert of(ground.last) == ()
                logins = [one for one in site.asked if one.startswith("/login/")]
                assert sorted(logins) == [f"/login/fan{number}" for number in range(8)]
                code, said = them.call(*them.campaign(*users, "--workers", "1"))
                assert code == 4 and "2 workers are there, and 1 are wanted" in said, said
            finally:
                for process in processes:
                    process.terminate()
                    process.wait(30)
