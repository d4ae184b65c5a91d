"""Real load by Locust against a server of this machine: gated, guarded, judged, and kept."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portability.campaign.records import load
from portability.errors import Unfinished
from tests.campaign.loading import Ground, serving

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("--users", "4", "--rate", "4", "--time", "6s")
WHOLE = (*SHORT[:-1], "12s")


PRICES = """\
date: {day}
replica:
  - {{what: database db.r6g.large, hour: 0.313, count: 3}}
  - {{what: distribution, why: by use}}
"""


def test_a_run_is_measured_judged_and_kept(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    prices = ground.project.parent / "prices.yaml"
    prices.write_text(PRICES.format(day=datetime.now(UTC).date()))
    ground.settings(f"  prices: {prices}\n")
    assert (
        ground.run(*SHORT, "--processes", "2", "--focus", "=the page", "--link", "https://wiki.invalid/1")
        == 0
    )
    told = capsys.readouterr()
    record = ground.last
    (run,) = record.repetitions
    assert (run.problems, record.verdict) == ((), "held")
    assert run.figures.requests > 60
    assert len(ground.site.asked) - run.figures.requests in range(5)  # Those under way at the end.
    assert (run.figures.failures, run.blocked) == (0, ())
    assert [(one.name, one.method, one.figures.requests) for one in run.names] == [
        ("Page", "GET", run.figures.requests)
    ]
    assert sum(one.requests for one in run.seconds) == run.figures.requests
    assert max(one.users for one in run.seconds) == 4
    totals = json.loads((ground.store.run(record.id) / "totals-1.json").read_text())
    assert run.figures.p50 == pytest.approx(totals[0]["total_response_time"] / run.figures.requests, rel=0.8)
    row = ground.store.table().cells(record.id)
    assert (row["Users"], row["Users / Second"], row["Focus"]) == ("4", "4", "'=the page")
    assert row["Results"].startswith("held; ") and row["Results"] in told.out
    assert record.attestation.startswith("PASSED, ")
    assert record.cost is not None
    assert record.cost.window == pytest.approx(0.939 * 20 / 3600, rel=0.9)
    assert (
        "the replica is still running: 0.94 USD an hour, 22.54 USD a day, until it is taken down" in told.err
    )
    assert "without a price of an hour: distribution (by use)" in told.err
    assert load((ground.store.run(record.id) / "run.json").read_bytes(), "") == record
    assert list(ground.project.rglob("__pycache__")) == []  # The next deploy refuses what is not committed.


def test_without_a_fresh_pass_nothing_is_sent(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.gated.attest(ended=datetime.now(UTC) - timedelta(hours=5))
    assert ground.run(*SHORT) == 4
    assert "5 h ago; at most 4 h may be" in capsys.readouterr().err
    ground.gated.attest(ended=datetime.now(UTC))
    ground.gated.write("portability.yaml", (ground.project / "portability.yaml").read_text() + "# changed\n")
    assert ground.run(*SHORT) == 4
    ground.gated.file.unlink()
    assert ground.run(*SHORT) == 4
    assert "there is no attestation" in capsys.readouterr().err
    assert ground.site.asked == []


@pytest.mark.parametrize("options", [(), ("--processes", "2")])
def test_a_scenario_that_names_another_host_sends_nothing(
    options: tuple[str, ...], ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    other = 'class Fan(Visitor):\n    host = "http://www.shop.example"\n'
    ground.scenario(other)
    assert ground.run(*SHORT, *options) == 4
    told = capsys.readouterr().err
    assert "Fan: http://www.shop.example is not on the campaign's list of hosts" in told
    assert ground.site.asked == []


WAYS_OUT = {
    'self.client.get("http://127.0.0.2:{port}/direct")': "127.0.0.2:{port}",
    'self.client.get("http://127.0.0.3:{port}/other", headers={{"Host": "localhost"}})': "127.0.0.3:{port}",
    '__import__("socket").create_connection(("127.0.0.4", {port}))': "127.0.0.4:{port}",
    '__import__("urllib.request").request.urlopen("http://127.0.0.5:{port}/")': "127.0.0.5:{port}",
    '__import__("socket").socket(type=2).sendto(b"x", ("127.0.0.6", {port}))': "127.0.0.6:{port}",
    '__import__("subprocess").run(["true"])': "another program",
    'self.client.get("http://other.shop.invalid/")': "other.shop.invalid:80",
}

TRIED = """\
        try:
            {line}
        except OSError:
            pass
"""


def test_whatever_leads_elsewhere_is_blocked_and_told(ground: Ground) -> None:
    with serving("0.0.0.0") as production:
        lines = [line.format(port=production.port) for line in WAYS_OUT]
        told = {whom.format(port=production.port) for whom in WAYS_OUT.values()}
        tried = "".join(TRIED.format(line=line) for line in lines)
        ground.scenario(f"\n    def on_start(self):\n{tried}")
        assert ground.run(*SHORT) == 4
        assert production.asked == []
    assert {whom.rpartition(" (")[0] for whom in ground.last.repetitions[0].blocked} == told


@pytest.mark.parametrize(
    "line",
    [
        *(pytest.param(line, marks=[pytest.mark.prove] * (at > 0)) for at, line in enumerate(WAYS_OUT)),
        pytest.param(
            '__import__("multiprocessing").get_context("spawn").Process(target=print).start()',
            marks=pytest.mark.prove,
        ),
    ],
)
def test_what_leads_elsewhere_stops_it(line: str, ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    with serving("0.0.0.0") as production:
        task = f"\n    @task\n    def leak(self):\n        {line.format(port=production.port)}\n"
        ground.scenario(task)
        assert ground.run(*SHORT) == 4
        assert production.asked == []
    record = ground.last
    assert record.verdict == "invalid"
    assert record.repetitions[0].blocked
    told = "wanted to start another program" if "subprocess" in line or "multi" in line else "wanted to reach"
    assert f"the scenario {told}" in capsys.readouterr().err


@pytest.mark.parametrize("client", ["HttpUser", "FastHttpUser"])
def test_a_redirect_to_production_is_not_followed(client: str, ground: Ground) -> None:
    file = ground.project / "loadtest" / "user.py"
    file.write_text(file.read_text().replace("HttpUser", client))
    with serving("127.0.0.2") as production:
        ground.site.status = 302
        ground.site.headers = {"Location": f"http://127.0.0.2:{production.port}/"}
        assert ground.run(*SHORT) == 4
        assert (production.asked, ground.site.asked != []) == ([], True)


def test_an_allowed_host_that_is_production_is_refused(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.settings("")
    file = ground.project / "portability.yaml"
    file.write_text(file.read_text().replace("allow: [", "allow: ['www.shop.example:80', "))
    ground.gated.attest(ended=datetime.now(UTC))
    assert ground.run(*SHORT) == 4
    assert "campaign.allow names www.shop.example:80, which is production's" in capsys.readouterr().err


def test_failures_break_the_objective(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.site.status = 500
    assert ground.run(*SHORT) == 1
    assert " x GET Page: " in capsys.readouterr().err
    record = ground.last
    assert record.verdict == "broken"
    assert record.broke == ("100.00 % failed, and at most 1 % may",)
    assert record.repetitions[0].errors[0].count == record.repetitions[0].figures.failures > 30


def test_users_who_leave_make_it_invalid(ground: Ground) -> None:
    ground.scenario(
        "\n    @task\n    def leave(self):\n        raise __import__('locust').exception.StopUser()\n"
    )
    assert ground.run(*SHORT) == 5
    assert ground.last.verdict == "invalid"
    assert any("users" in problem for problem in ground.last.repetitions[0].problems)


def test_an_error_of_the_scenario_makes_it_invalid(ground: Ground) -> None:
    ground.scenario("\n    @task\n    def wrong(self):\n        raise KeyError('Fake')\n")
    assert ground.run(*SHORT) == 5
    assert any("an error in the scenario" in one for one in ground.last.repetitions[0].problems)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("import no_such_module\n", 5, ("No module named 'no_such_module'", "user.py:1\n")),
        ("class A(\n", 2, ("the scenario is no Python: '(' was never closed", "user.py:1\n")),
        pytest.param("x = 1\n", 5, ("the scenario has no class of users",), marks=pytest.mark.prove),
        (
            "\nimport requests\nrequests.get('http://www.shop.invalid')\n",
            4,
            ("while it was loaded", "user.py:3\n"),
        ),
        pytest.param(
            "import os\nos.system('true')\n",
            4,
            ("another program", "while it was loaded", "user.py:2\n"),
            marks=pytest.mark.prove,
        ),
    ],
)
def test_a_scenario_that_does_not_load_is_told_with_its_line(
    text: str, code: int, told: tuple[str, ...], ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.gated.write("loadtest/user.py", text)
    assert ground.run(*SHORT) == code
    said = capsys.readouterr().err
    assert [words for words in told if words not in said] == []
    assert "Traceback" not in said
    assert list((ground.project / "loadtest").rglob("__pycache__")) == []


@pytest.mark.prove
def test_a_scenario_without_a_host_is_told(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    file = ground.project / "loadtest" / "user.py"
    file.write_text(file.read_text().replace("    host =", "    other ="))
    assert ground.run(*SHORT) == 5
    told = capsys.readouterr()
    assert "Locust says: You must specify the base host" in told.err
    assert "no requests" in told.err


def test_without_room_nothing_is_sent(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("portability.campaign.store.ROOM", 1 << 60)
    assert ground.run(*SHORT) == 5
    assert "there is no room to keep a campaign" in capsys.readouterr().err
    assert ground.site.asked == []


@pytest.mark.prove
def test_a_report_that_cannot_be_written_takes_nothing_else(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*words: object) -> None:
        raise Unfinished("no space left on device")

    monkeypatch.setattr("portability.commands.campaign.report.write", full)
    assert ground.run(*SHORT) == 5
    told = capsys.readouterr()
    assert f"portability campaign report {ground.last.id} writes it" in told.err
    assert ground.store.table().cells(ground.last.id)["Results"] in told.out


def test_a_load_that_cannot_be_is_refused_at_once(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    assert ground.run("--users", "100", "--rate", "1", "--time", "60s") == 2
    assert "100 users at 1 a second are there after 100 s of 60 s" in capsys.readouterr().err
    assert ground.run("--users", "10") == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--bind", "*:5557"), "--workers says how many"),
        (("--workers", "2", "--bind", "10.0.0.5"), "must be HOST:PORT, not 10.0.0.5"),
    ],
)
def test_where_workers_come_to_is_said_with_how_many_and_a_port(
    options: tuple[str, ...], words: str, ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ground.run(*SHORT, *options) == 2
    assert words in capsys.readouterr().err


def started(ground: Ground, background: bool = False) -> subprocess.Popen[str]:
    """A campaign in a process of its own, once load has come; in the `background`, SIGINT is not heard."""
    words = [
        "-m",
        "portability",
        "--no-input",
        "-C",
        str(ground.project),
        "campaign",
        "run",
        "--env",
        "loadtest",
    ]
    options = ["--users", "4", "--rate", "4", "--time", "60s", "--processes", "2"]
    command = ["setsid", "sh", "-c", 'trap "" INT; exec "$@"', "sh"] if background else []
    process = subprocess.Popen(
        [*command, sys.executable, *words, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: len(ground.site.asked) > 50)
    return process


def until(condition: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def quiet(ground: Ground) -> bool:
    """Whether no request comes any more."""
    before = len(ground.site.asked)
    time.sleep(0.6)
    return len(ground.site.asked) == before


def test_an_interrupt_ends_it_cleanly_and_keeps_what_was_measured(ground: Ground) -> None:
    process = started(ground)
    assert ground.run(*SHORT) == 4
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, "what was measured is kept" in told) == (130, True)
    record = ground.last
    assert record.verdict == "interrupted"
    assert record.repetitions[0].figures.requests > 50
    assert ground.store.table().cells(record.id)["Results"].startswith("interrupted")
    assert quiet(ground)


@pytest.mark.prove
def test_a_background_job_is_ended_by_a_wish_and_keeps_its_totals(ground: Ground) -> None:
    process = started(ground, background=True)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert ground.last.repetitions[0].problems[0] == "it was interrupted"
    assert "Locust wrote no totals" not in ground.last.repetitions[0].problems


def test_a_generator_does_not_outlive_a_tool_that_was_killed(ground: Ground) -> None:
    process = started(ground)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    until(lambda: quiet(ground), 30)


def test_a_person_on_a_terminal_sees_how_it_goes(ground: Ground) -> None:
    words = [
        "-m",
        "portability",
        "--no-input",
        "-C",
        str(ground.project),
        "campaign",
        "run",
        "--env",
        "loadtest",
    ]
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "CI": ""}
    process = subprocess.Popen(
        [sys.executable, *words, *WHOLE], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, env=environment
    )
    os.close(theirs)
    told = b""
    try:
        while more := os.read(ours, 65_536):
            told += more
    except OSError:
        pass  # A terminal ends with an error.
    process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert b"\r" in told
    kept = re.sub(rb"[^\n]*\r(?=[^\n])", b"", told).decode()  # As a terminal shows it in the end.
    assert re.search(r"(?m)^(\x1b\[K)*run 1 of 1: [0-9.]+/s, p50", kept)
    assert re.search(rb"0:0[5-9] of 0:12   4 users   [0-9.]+/s   p95 [0-9]+ ms   0 failed", told)


@pytest.mark.prove
def test_a_slower_page_is_a_regression_against_the_last_campaign(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.site.delay = 0.05
    assert ground.run(*WHOLE, "--repetitions", "5") == 0
    assert ground.last.comparison is None
    ground.site.delay = 0.075
    assert ground.run(*WHOLE, "--repetitions", "5") == 1
    assert ground.last.comparison is not None
    assert ground.last.comparison.verdict == "worse"
    assert "worse than" in capsys.readouterr().out
    assert ground.campaign("compare", ground.store.names()[0], "last") == 1


UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
FULL = """
mount -t tmpfs -o size=$1 tmpfs "$2" || exit 99
folder=$2
shift 2
{
    while ! ls "$folder"/runs/*/intervals-1.jsonl; do sleep 0.2; done
    cat /dev/zero > "$folder/ballast"
} >/dev/null 2>&1 &
"$@"
code=$?
ls -A campaigns/runs/* | grep -c '^\\.portability-'
exit $code
"""


def test_a_full_disk_ends_the_load_and_is_told(ground: Ground) -> None:
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    folder = ground.project / "campaigns"
    folder.mkdir()
    words = [sys.executable, "-m", "portability", "--no-input", "-C", str(ground.project), "campaign", "run"]
    words += ["--env", "loadtest", "--users", "20", "--rate", "20", "--time", "600s"]
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", FULL, "sh", "24m", str(folder), *words],
        cwd=ground.project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert "no space left on device" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == "0"
    assert quiet(ground)
