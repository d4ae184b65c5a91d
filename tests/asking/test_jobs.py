"""A job runs as its settings say, its end is told, and nothing that it started outlives it."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portability.asking.jobs import GROUPS, JobRun, can_tag, group_ids, run
from portability.errors import Refused, Unfinished
from portability.settings.replica import Job
from portability.system import jobkeeper
from tests.system.test_processes import ROOT, alive, gone

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "APP_ENV": "loadtest"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a process another user")


def job(script: str, worker: bool = False, seconds: float = 20, user: str | None = None) -> Job:
    """A job that a shell runs."""
    return Job("nightly", ("/bin/sh", "-c", script), worker, seconds, user, {"QUEUE": "low"})


def ran(what: Job, folder: Path = Path("/"), gid: int | None = None) -> JobRun:
    return run(what, folder, ENVIRONMENT, gid, lambda group: None)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Half a second between asking and killing, where a test has to wait for the second."""
    copy = tmp_path / "keeper.py"
    text = Path(jobkeeper.__file__).read_text("utf-8")
    copy.write_text(text.replace("GRACE = 3.0", "GRACE = 0.5"))
    assert copy.read_text() != text
    monkeypatch.setattr(jobkeeper, "__file__", str(copy))


def test_a_job_sees_its_folder_and_its_environment_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "told")
    found = ran(job('pwd; echo "$APP_ENV $QUEUE [$OURS]"; cat; echo bad >&2'), tmp_path)
    assert (found.name, found.code, found.ended, found.well, found.left) == ("nightly", 0, False, True, ())
    assert found.output_tail == f"{tmp_path}\nloadtest low []\nbad\n"
    assert 0 < found.seconds < 10


@pytest.mark.parametrize(("script", "code"), (("exit 3", 3), ("kill -9 $$", -9), ("no-such-program", 127)))
def test_a_job_that_fails_tells_how(script: str, code: int) -> None:
    found = ran(job(script))
    assert (found.code, found.ended, found.well) == (code, False, False)


def test_a_cron_job_that_takes_too_long_is_ended_and_that_is_no_success() -> None:
    found = ran(job("echo begun; sleep 600", seconds=3))
    assert found.code in {-signal.SIGTERM, 128 + signal.SIGTERM}
    assert (found.ended, found.well) == (True, False)
    assert found.output_tail == "begun\n"
    assert found.seconds < 60


def test_a_worker_is_ended_after_its_time_and_that_is_success() -> None:
    script = "trap 'echo bye; exit 0' TERM; echo begun; while :; do sleep 0.05; done"
    found = ran(job(script, worker=True, seconds=3))
    assert (found.code, found.ended, found.well, found.left) == (0, True, True, ())
    assert found.output_tail.startswith("begun\n")
    assert found.output_tail.endswith("bye\n")


def test_a_worker_that_ends_by_itself_is_well_only_if_it_did_its_work() -> None:
    assert ran(job("exit 0", worker=True)).well
    assert not ran(job("exit 1", worker=True)).well


@pytest.mark.usefixtures("hasty")
def test_a_worker_that_will_not_end_is_killed() -> None:
    script = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
    found = ran(job(script, worker=True, seconds=3))
    assert (found.code, found.ended, found.well) == (-signal.SIGKILL, True, True)
    assert not alive(int(found.output_tail.split()[0]))


def test_what_a_job_leaves_running_is_ended_and_named(tmp_path: Path) -> None:
    found = ran(job("sleep 600 & echo $!; exit 0"), tmp_path)
    assert (found.code, found.ended, found.left) == (0, False, ("sleep",))
    assert not alive(int(found.output_tail.split()[0]))


def test_what_leaves_the_jobs_session_and_its_streams_is_ended_too(tmp_path: Path) -> None:
    script = (
        "setsid -f sh -c 'echo $$ > pid; exec sleep 600' > /dev/null 2>&1; while ! [ -s pid ]; do :; done"
    )
    found = ran(job(script), tmp_path)
    assert (found.code, found.left) == (0, ("sleep",))
    assert not alive(int((tmp_path / "pid").read_text()))


def test_a_child_that_ends_just_after_the_job_is_none_that_was_left() -> None:
    assert ran(job("sleep 0.05 & exit 0")).left == ()


def test_only_the_end_of_a_long_output_is_kept_and_the_job_never_waits() -> None:
    found = ran(job("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo the end"))
    assert found.code == 0
    assert found.output_tail.endswith("x\nthe end\n")
    assert len(found.output_tail) <= jobkeeper.TAIL


def test_output_that_is_no_text_is_told_as_far_as_it_goes() -> None:
    assert ran(job("printf 'caf\\351\\n'")).output_tail == "caf\ufffd\n"


def test_the_process_group_is_told_while_the_job_runs(tmp_path: Path) -> None:
    told = []

    def register(group: int) -> None:
        told.append(group)
        assert alive(group)
        (tmp_path / "go").touch()

    script = "echo $$; while ! [ -e go ]; do sleep 0.02; done"
    found = run(job(script), tmp_path, ENVIRONMENT, None, register)
    assert [int(found.output_tail)] == told
    assert not alive(told[0])


def test_a_failure_while_it_is_registered_ends_the_job() -> None:
    groups = []

    def register(group: int) -> None:
        groups.append(group)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job("sleep 600"), Path("/"), ENVIRONMENT, None, register)
    assert gone(groups[0])


def test_a_kill_of_verify_ends_the_job_and_what_it_started(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! >> pids; setsid -f sh -c 'echo $$ >> pids; exec sleep 600'; wait"
    text = (
        "import sys\nfrom pathlib import Path\nfrom portability.asking.jobs import run\n"
        "from portability.settings.replica import Job\n"
        "job = Job('nightly', ('/bin/sh', '-c', sys.argv[2]), seconds=600)\n"
        "run(job, Path(sys.argv[1]), {'PATH': '/usr/bin:/bin'}, None, print)\n"
    )
    pids = tmp_path / "pids"
    with subprocess.Popen([sys.executable, "-c", text, str(tmp_path), script], cwd=ROOT) as verify:
        deadline = time.monotonic() + 60
        while not (pids.exists() and pids.read_text().count("\n") == 2) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(verify.pid, signal.SIGKILL)
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) == 2
    assert all(gone(pid) for pid in started)


@pytest.mark.parametrize(
    ("command", "folder", "reason"),
    (
        (("no-such-program",), "/", "no such file or directory"),
        (("/etc/passwd",), "/", "permission denied"),
        (("true",), "/no/such/folder", "no such file or directory"),
    ),
)
def test_a_job_that_cannot_start_says_why(command: tuple[str, ...], folder: str, reason: str) -> None:
    with pytest.raises(Unfinished, match=f"job nightly could not be started: {reason}") as told:
        run(Job("nightly", command), Path(folder), ENVIRONMENT, None, lambda group: None)
    assert told.value.where == folder


def test_a_user_whom_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="runs as no-such-user"):
        ran(job("true", user="no-such-user"))


def test_a_keeper_that_fails_is_an_error_and_no_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "keeper.py"
    broken.write_text("raise SystemExit('no room')")
    monkeypatch.setattr(jobkeeper, "__file__", str(broken))
    with pytest.raises(Unfinished, match="job nightly"):
        ran(job("true"))


@as_root
def test_a_job_runs_as_its_user_with_the_users_home_and_groups() -> None:
    user = pwd.getpwnam("nobody")
    found = ran(job('id -u; id -g; echo "$HOME $USER"', user="nobody"))
    assert found.output_tail.split() == [str(user.pw_uid), str(user.pw_gid), user.pw_dir, "nobody"]


@as_root
def test_a_group_of_its_own_comes_first_and_the_users_groups_stay() -> None:
    if not can_tag():
        pytest.skip("this user namespace has no group ids to give")
    user = pwd.getpwnam("nobody")
    found = ran(job("id -g; id -G", user="nobody"), gid=GROUPS[7])
    primary, groups = found.output_tail.splitlines()
    assert int(primary) == GROUPS[7]
    assert set(map(int, groups.split())) == {GROUPS[7], user.pw_gid}
    ours = ran(job("id -g; id -G"), gid=GROUPS[7]).output_tail.splitlines()
    assert int(ours[0]) == GROUPS[7]
    assert {os.getgid(), *os.getgroups()} <= set(map(int, ours[1].split()))


def test_without_the_right_no_group_is_given_and_the_probe_says_so_before() -> None:
    text = (
        "from pathlib import Path\nfrom portability.errors import Unfinished\n"
        "from portability.asking.jobs import *\n"
        "from portability.settings.replica import Job\nprint(can_tag())\n"
        "try:\n    run(Job('nightly', ('true',)), Path('/'), {}, 58000, print)\n"
        "except Unfinished as error:\n    print(error)\n"
    )
    drop = ["setpriv", "--bounding-set", "-setgid", "--inh-caps", "-setgid"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*drop, sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "False",
        "error: job nightly could not be started: operation not permitted",
    ]


def test_each_job_gets_a_group_id_that_the_machine_does_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = grp.struct_group(("taken", "x", GROUPS[1], []))
    monkeypatch.setattr(grp, "getgrall", lambda: [taken])
    assert group_ids(["nightly", "mailer"]) == {"nightly": GROUPS[0], "mailer": GROUPS[2]}
    assert group_ids([]) == {}
