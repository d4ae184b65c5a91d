"""A run that is killed in the middle of a deploy is taken back by the process that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from examples.beanstalk import KEY, Course, found, fresh, serving
from tests.deploying import make_project

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
from portability import targets
from portability.delivery.bundle import pack
from portability.settings.destination import Arn, Beanstalk
from portability.settings.replica import Target
from portability.targets import Given
from tests.beanstalk.world import GIVEN, PROBE, SECRET, arn
from tests.deploying import FILES
folder = Path(sys.argv[1])
target = Target(
    "elastic_beanstalk", str(folder / "state"), seconds=20, environment="loadtest", given={"DB": SECRET},
    beanstalk=Beanstalk("shop", "shop-lt", (arn(),), poll=0.05),
)
with targets.watching(target) as guardian:
    bundle = pack(folder / "project", "loadtest", folder / "b.tar")
    targets.deploy(target, bundle, FILES, PROBE, guardian, Given(GIVEN))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_is_killed_is_taken_back_all_the_same(tmp_path: Path) -> None:
    make_project(tmp_path)
    state = fresh()
    state.clock = time.time
    environment = found("shop", "shop-lt", state, {"env": "loadtest"})
    before = dict(environment.settings)
    state.processing, state.course = (0.05, "PROCESSED"), Course(seconds=0.1)
    with serving(state) as (_, endpoint):
        variables = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": "Fake-Secret-Key",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
        }
        words = [sys.executable, "-c", KILLED, str(tmp_path)]
        done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        home = tmp_path / "state" / ".portability"
        assert environment.label.startswith("lt-") and environment.variables["PORTABILITY_PROBE_KEY"]
        while (home / "undo.jsonl").exists():
            time.sleep(0.01)
    assert not (home / "guardian.log").exists()
    assert (environment.label, environment.settings) == ("first", before)
    assert not (home / "beanstalk.json").exists()
