"""A master on a machine of its own: whom it obeys, for how long, and what it tells. See inside_locust."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portability.campaign import bundle
from portability.campaign.reach import Reach
from tests.campaign.inside_locust import CASES, HOST

ROOT = Path(__file__).resolve().parents[2]


def unpacked(folder: Path) -> None:
    """The files of a bundle for a site of nobody's."""
    (folder / "user.py").write_text("from locust import HttpUser\n")
    reach = Reach(("www.lt.example:80",), ("10.20.0.0/16",), {"www": HOST}, {})
    for name, data in bundle.pack(folder / "user.py", reach, "2.47.0").files.items():
        (folder / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bundle" / name).write_bytes(data)


def test_a_master_obeys_its_keys_holder_alone(tmp_path: Path) -> None:
    unpacked(tmp_path)
    command = [sys.executable, "-m", "tests.campaign.inside_locust", str(tmp_path / "bundle")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTABILITY")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [one.__name__ for one in CASES], done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("worker",), "PORTABILITY_MASTER, or the second word, says where the master is: HOST[:PORT]"),
        (("worker", "10.0.0.5", "10.0.0.9"), "the word after the master, is a number, and not 10.0.0.9"),
        (("both",), "PORTABILITY_ROLE, or the first word, is master or worker"),
        (("master",), "PORTABILITY_CAMPAIGN_KEY is not set"),
    ],
)
def test_a_wrong_call_of_the_launcher_is_told_in_a_line(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    unpacked(tmp_path)
    command = [sys.executable, str(tmp_path / "bundle" / "portability_launch.py"), *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTABILITY")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: ") and told in done.stderr
