"""A release goes to another machine by OpenSSH whole or not at all, and only to the machine that is known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portability import targets
from portability.errors import Refused, Unfinished, UsageError
from portability.settings.destination import Ssh
from portability.settings.replica import Target
from tests.deploying import EXTRA, FILES, SERVES, Place, make_project
from tests.sshd import Server, sshd

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


class Far(Place):
    """A project and a folder that only the server writes into."""

    @property
    def folder(self) -> Path:
        assert self.target.ssh is not None
        return Path(self.target.ssh.folder)

    def to(self, **other: object) -> Far:
        assert self.target.ssh is not None
        return replace(self, target=replace(self.target, ssh=replace(self.target.ssh, **other)))  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path, server: Server) -> Far:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    ssh = Ssh(
        "127.0.0.1",
        server.user,
        str(tmp_path / "far"),
        str(server.key),
        str(server.known_hosts),
        server.port,
    )
    near = str(tmp_path / "near")
    return Far(make_project(tmp_path), Target("ssh", near, (SERVES,), seconds=5, ssh=ssh))


def deploy(place: Far, end: str = "settle") -> targets.Deployment:
    bundle = replace(place.pack(), file=place.pack().file)
    with targets.watching(place.target) as guardian:
        deployment = targets.deploy(place.target, bundle, FILES, EXTRA, guardian)
        if end:
            getattr(targets, end)(deployment, guardian)
        else:
            assert len(place.extras()) == 1
        return deployment


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_release_is_served_whole_and_the_probe_only_for_now(place: Far) -> None:
    deployment = deploy(place)
    current = place.folder / "current"
    assert current.readlink() == Path("releases") / deployment.label
    assert (place.page(), place.extras(), place.restarts()) == ("first", [], [f"releases/{deployment.label}"])
    assert (mode(current / "bin/hook"), mode(current / "page"), mode(current / FILES[0].path)) == (
        0o755,
        0o644,
        0o640,
    )
    assert (current / FILES[0].path).read_bytes() == FILES[0].data
    assert not list(place.folder.rglob("*.partial")) and not list(place.folder.rglob("*.tar"))


@pytest.mark.parametrize("end", ("restore", pytest.param("", marks=pytest.mark.prove)))
def test_the_release_before_comes_back(place: Far, end: str) -> None:
    first = deploy(place)
    place.change("second")
    second = deploy(place, end)
    assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])
    assert place.restarts() == [f"releases/{one.label}" for one in (first, second, first)]


@pytest.mark.prove
def test_of_a_first_release_nothing_is_left(place: Far) -> None:
    deploy(place, "restore")
    assert (place.page(), place.releases(), place.restarts()[-1]) == (None, [], "nothing")


@pytest.mark.prove
def test_the_same_release_is_reused_and_a_changed_one_made_anew_beside(place: Far) -> None:
    first = deploy(place)
    again = deploy(place)
    assert (again.label, again.reused, place.releases()) == (first.label, True, [first.label])
    (place.folder / "current" / "page").write_text("by hand")
    third = deploy(place)
    assert (third.label, third.reused, place.page()) == (f"{first.label}-2", False, "first")


@pytest.mark.prove
def test_old_releases_go_but_never_the_served_one_or_the_one_before(place: Far) -> None:
    place = replace(place, target=replace(place.target, keep=1))
    (place.folder / "releases" / "by-hand").mkdir(parents=True)
    labels = []
    for text in ("1", "2", "3"):
        place.change(text)
        labels.append(deploy(place).label)
    assert place.releases() == sorted([*labels[1:], "by-hand"])


def test_a_restart_that_fails_brings_the_release_before_back(place: Far) -> None:
    first = deploy(place)
    place.change("second")
    fails = ("/bin/sh", "-c", 'grep -q first current/page || { echo "no such site" >&2; exit 3; }')
    with pytest.raises(Unfinished, match=r"the restart failed: .*no such site") as told:
        deploy(replace(place, target=replace(place.target, restart=(fails,))))
    assert f"releases/{first.label} is served again" in told.value.message
    assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])


@pytest.mark.prove
def test_a_restart_that_hangs_is_ended(place: Far) -> None:
    deploy(place)
    place.change("second")
    hangs = ("/bin/sh", "-c", "grep -q first current/page || exec sleep 77")
    with pytest.raises(Unfinished, match="exit code 124 there"):
        deploy(replace(place, target=replace(place.target, restart=(hangs,), seconds=1)))
    assert place.page() == "first"


def test_a_current_that_is_a_folder_is_never_touched(place: Far) -> None:
    (place.folder / "current").mkdir()
    with pytest.raises(Refused, match="no symbolic link"):
        deploy(place)
    assert place.releases() == []


def test_somebody_elses_switch_is_left_and_told(place: Far) -> None:
    deploy(place)
    place.change("second")
    with targets.watching(place.target) as guardian:
        deployment = targets.deploy(place.target, place.pack(), FILES, EXTRA, guardian)
        (place.folder / "current").unlink()
        (place.folder / "current").symlink_to("releases/theirs")
        with pytest.raises(Unfinished, match=r"not as it was: could not serve .* exit code 44"):
            targets.restore(deployment, guardian)
    assert str((place.folder / "current").readlink()) == "releases/theirs"


def test_a_probe_can_be_put_into_what_is_served_already(place: Far) -> None:
    first = deploy(place)
    with targets.watching(place.target) as guardian:
        attached = targets.attach(place.target, EXTRA, guardian)
        assert [file.read_bytes() for file in place.extras()] == list(EXTRA.values())
        targets.settle(attached, guardian)
    assert (place.extras(), place.page(), place.releases()) == ([], "first", [first.label])


def test_the_seal_is_another_when_a_byte_or_a_mode_of_the_release_is(place: Far) -> None:
    assert targets.served(place.target).label == ""
    label = deploy(place).label
    sealed = targets.seal(place.target)
    assert sealed.label == label and sealed.seal and targets.served(place.target) == sealed
    page = place.folder / "current" / "page"
    page.write_text("First")
    assert targets.served(place.target).seal != sealed.seal
    page.write_text("first")
    assert targets.served(place.target).seal == sealed.seal
    page.chmod(0o755)
    assert targets.served(place.target).seal != sealed.seal


def test_a_machine_with_another_key_is_refused(place: Far, tmp_path: Path, server: Server) -> None:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")]
    subprocess.run(words, check=True)
    (tmp_path / "known").write_text(f"[127.0.0.1]:{server.port} {(tmp_path / 'other.pub').read_text()}")
    with pytest.raises(Refused, match="the machine's key is not the known one") as told:
        deploy(place.to(known_hosts=str(tmp_path / "known")))
    assert "compare the key" in told.value.hint
    (tmp_path / "known").write_text("")
    with pytest.raises(Refused, match="not the known one"):
        deploy(place.to(known_hosts=str(tmp_path / "known")))
    assert list(place.folder.iterdir()) == []


def test_a_key_that_it_does_not_know_is_told(place: Far, tmp_path: Path) -> None:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")]
    subprocess.run(words, check=True)
    with pytest.raises(UsageError, match="does not let this key in"):
        deploy(place.to(key=str(tmp_path / "other")))


def test_a_machine_that_does_not_answer_is_told(place: Far) -> None:
    with pytest.raises(Unfinished, match=r"it can't be reached: .*refused"):
        deploy(place.to(port=1))


def test_nothing_of_the_users_own_is_used(place: Far) -> None:
    from portability.targets.ssh import command  # noqa: PLC0415

    assert place.target.ssh is not None
    words = command(place.target.ssh, "true", ("a b", "$(id)", "'"))
    for option in ("BatchMode=yes", "StrictHostKeyChecking=yes", "IdentityAgent=none", "ForwardAgent=no"):
        assert option in words
    assert words[:3] == ("ssh", "-F", "none") and words[-1].startswith("sh -c true sh 'a b' '$(id)'")


KILLED = """
import os, signal, sys
from pathlib import Path
from portability import targets
from portability.delivery.bundle import pack
from portability.settings.destination import Ssh
from portability.settings.replica import Target
from tests.deploying import EXTRA, FILES, SERVES
project, near, *ssh = sys.argv[1:]
target = Target("ssh", near, (SERVES,), seconds=5, ssh=Ssh(*ssh[:5], int(ssh[5])))
with targets.watching(target) as guardian:
    targets.deploy(target, pack(Path(project), "loadtest", Path(near) / "b.tar"), FILES, EXTRA, guardian)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_is_killed_is_taken_back_all_the_same(place: Far) -> None:
    first = deploy(place)
    place.change("second")
    ssh = place.target.ssh
    assert ssh is not None
    arguments = [ssh.host, ssh.user, ssh.folder, ssh.key, ssh.known_hosts, str(ssh.port)]
    words = [sys.executable, "-c", KILLED, str(place.project), place.target.folder, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    record = Path(place.target.folder) / ".portability" / "undo.jsonl"
    while record.exists():
        time.sleep(0.01)
    assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])
