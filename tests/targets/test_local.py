"""A release is served whole or not at all, and what fails leaves the one before in its place."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from portability import targets
from portability.delivery.guardian import guarding
from portability.delivery.undoing import living
from portability.errors import Refused, Unfinished, UsageError
from portability.values.rendering import RenderedFile
from tests.deploying import EXTRA, FILES, SERVES, Place, make_place

ROOT = Path(__file__).resolve().parents[2]
FAILS = ("/bin/sh", "-c", "echo 'no such site' >&2; exit 3")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_release_holds_the_commit_the_values_and_for_now_the_probe(place: Place) -> None:
    with place.deployed() as (deployment, guardian):
        current = place.folder / "current"
        assert current.readlink() == Path("releases") / deployment.label
        assert (current / "page").read_text() == "first"
        assert (mode(current / "bin/hook"), mode(current / "page"), mode(current / "public")) == (
            0o755,
            0o644,
            0o755,
        )
        assert (current / FILES[0].path).read_bytes() == FILES[0].data
        assert mode(current / FILES[0].path) == 0o640
        assert (current / "public/probe-fake.php").read_bytes() == EXTRA["public/probe-fake.php"]
        assert deployment.release == current.resolve() and not deployment.reused
        assert targets.settle(deployment, guardian) == ()
    assert place.page() == "first"
    assert place.extras() == []
    assert place.restarts() == [f"releases/{deployment.label}"]


def test_without_a_word_the_release_before_comes_back(place: Place) -> None:
    first = place.settle()
    place.change("second")
    with place.deployed() as (second, _):
        assert place.page() == "second"
    assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])
    served = [f"releases/{one.label}" for one in (first, second, first)]
    assert place.restarts() == served


def test_restore_puts_the_release_before_back(place: Place) -> None:
    first = place.settle()
    place.change("second")
    with place.deployed() as (second, guardian):
        assert targets.restore(second, guardian) == ()
        assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])
    assert place.restarts()[-1] == f"releases/{first.label}"
    assert len(place.restarts()) == 3


def test_a_server_of_another_user_can_read_it_whatever_our_umask_is(place: Place) -> None:
    before = os.umask(0o077)
    try:
        release = place.settle().release
    finally:
        os.umask(before)
    assert (mode(release.parent), mode(release), mode(release / "public/index.php")) == (0o755, 0o755, 0o644)


def test_the_values_and_the_probe_are_given_to_the_web_servers_group(place: Place) -> None:
    own = grp.getgrgid(os.getegid()).gr_name
    other = (
        next((one for one in grp.getgrall() if one.gr_name == "www-data"), None)
        if os.geteuid() == 0
        else None
    )
    group = other.gr_name if other else own
    with replace(place, target=replace(place.target, group=group)).deployed() as (deployment, guardian):
        for path in (FILES[0].path, "public/probe-fake.php"):
            found = deployment.release / path
            assert (found.group(), mode(found)) == (group, 0o640)
        targets.settle(deployment, guardian)


def test_a_group_that_is_not_there_is_told_before_anything_is_switched(place: Place) -> None:
    first = place.settle()
    place.change("second")
    named = replace(place, target=replace(place.target, group="no-such-group"))
    with pytest.raises(UsageError, match="no group no-such-group"), named.deployed():
        pass
    assert (place.page(), place.releases()) == ("first", [first.label])


def test_of_a_first_release_nothing_is_left_whatever_a_server_says_to_that(place: Place) -> None:
    with place.deployed():
        assert place.page() == "first"
    assert not (place.folder / "current").is_symlink()
    assert (place.releases(), place.restarts()[-1]) == ([], "nothing")


def test_a_link_that_a_person_made_elsewhere_is_put_back_as_it_was(place: Place, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "page").write_text("by hand")
    (place.folder / "current").symlink_to("../old/./")
    with place.deployed():
        assert place.page() == "first"
    assert str((place.folder / "current").readlink()) == "../old"
    assert place.page() == "by hand"


def test_the_same_release_again_is_reused_and_restarted(place: Place) -> None:
    first = place.settle()
    place.change("second")
    place.settle()
    subprocess.run(["git", "checkout", "-q", "--detach", "HEAD~1", "-f"], cwd=place.project, check=True)
    again = place.settle()
    assert (again.reused, again.label, place.page()) == (True, first.label, "first")
    assert place.restarts()[-1] == f"releases/{first.label}"
    assert len(place.releases()) == 2


def test_a_release_that_was_changed_is_made_anew_beside(place: Place) -> None:
    first = place.settle()
    (first.release / "public" / "cached.php").write_text("<?php // written by the server")
    again = place.settle()
    assert (again.reused, again.label) == (False, f"{first.label}-2")
    assert not (again.release / "public" / "cached.php").exists()
    assert place.settle().label == f"{first.label}-2"


def test_other_values_make_another_release_of_the_same_commit(place: Place) -> None:
    place.settle()
    other = [replace(FILES[0], data=b"<?php // another password\n")]
    with guarding(place.folder) as guardian:
        second = targets.deploy(place.target, place.pack(), other, {}, guardian)
        targets.settle(second, guardian)
    assert second.label.endswith("-2")
    assert (place.folder / "current" / FILES[0].path).read_bytes() == other[0].data


def test_old_releases_go_but_never_the_served_one_or_the_one_before(place: Place) -> None:
    stranger = place.folder / "releases" / "by-hand"
    stranger.mkdir(parents=True)
    target = replace(place.target, keep=2)
    place = replace(place, target=target)
    labels = []
    for text in ("1", "2", "3", "4"):
        place.change(text)
        labels.append(place.settle().label)
    assert place.releases() == sorted([*labels[1:], "by-hand"])
    place = replace(place, target=replace(target, keep=1))
    place.change("5")
    labels.append(place.settle().label)
    assert place.releases() == sorted([*labels[3:], "by-hand"])


def test_a_restart_that_fails_brings_the_release_before_back(place: Place) -> None:
    first = place.settle()
    place.change("second")
    with pytest.raises(Unfinished) as told:
        place.with_restart(
            ("/bin/sh", "-c", 'grep -q first current/page || { echo "no such site"; exit 3; }')
        ).settle()
    assert "exit code 3: no such site" in str(told.value)
    assert f"releases/{first.label} is served again, and was restarted" in str(told.value)
    assert (place.page(), place.releases(), place.extras()) == ("first", [first.label], [])


def test_where_the_way_back_fails_too_both_are_told(place: Place) -> None:
    place.settle()
    place.change("second")
    with pytest.raises(Unfinished) as told:
        place.with_restart(FAILS).settle()
    assert str(told.value).count("exit code 3: no such site") == 2
    assert "not as it was" in str(told.value)
    assert place.page() == "first"
    assert place.settle().before is not None


def test_a_restart_that_hangs_is_ended(place: Place) -> None:
    place.settle()
    place.change("second")
    hangs = ("/bin/sh", "-c", "grep -q first current/page || { echo $$ > pid; sleep 777; }")
    with pytest.raises(Unfinished, match="took longer than 3 s"):
        place.with_restart(hangs, seconds=3).settle()
    assert place.page() == "first"
    assert not living(int((place.folder / "pid").read_text()))


def test_what_a_restart_starts_goes_on_and_is_not_waited_for(place: Place) -> None:
    daemon = ("/bin/sh", "-c", "sleep 600 & echo $! > pid")
    place.with_restart(daemon).settle()
    pid = (place.folder / "pid").read_text().strip()
    assert Path(f"/proc/{pid}").exists()
    subprocess.run(["kill", pid], check=True)


def test_commands_run_in_the_order_in_which_they_stand_on_the_way_back_too(place: Place) -> None:
    one, two = (("/bin/sh", "-c", f"echo {word} >> said") for word in ("one", "two"))
    with place.with_restart(one, two).deployed():
        pass
    assert (place.folder / "said").read_text().split() == ["one", "two"] * 2


def test_a_command_that_is_not_there_is_told(place: Place) -> None:
    with pytest.raises(Unfinished, match="no-such-command now: it could not be started: no such file"):
        place.with_restart(("no-such-command", "now")).settle()
    assert place.page() is None


@pytest.mark.parametrize("path", ("/etc/shop/current.php", "../shop/current.php"))
def test_values_outside_the_project_are_refused(place: Place, path: str) -> None:
    with pytest.raises(Refused, match="outside the release") as told, guarding(place.folder) as guardian:
        targets.deploy(place.target, place.pack(), [RenderedFile(path, b"", 0o640)], {}, guardian)
    assert "rendered:" in told.value.hint
    assert (place.releases(), place.page()) == ([], None)


@pytest.mark.parametrize(
    ("path", "words"),
    (
        ("public/index.php", "has a file of this name"),
        ("nowhere/probe.php", "no such folder"),
        ("../probe.php", "outside the release"),
    ),
)
def test_an_extra_file_has_to_have_a_place_of_its_own(place: Place, path: str, words: str) -> None:
    with pytest.raises((Refused, UsageError), match=words), guarding(place.folder) as guardian:
        targets.deploy(place.target, place.pack(), FILES, {path: b""}, guardian)
    assert (place.releases(), place.page(), place.restarts()) == ([], None, [])


def test_a_folder_that_is_not_there_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder to deploy to") as told, guarding(tmp_path / "none"):
        pass
    assert told.value.hint.startswith("mkdir")


AS_NOBODY = """
import os, sys
from pathlib import Path
from portability.delivery.guardian import guarding
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with guarding(Path(sys.argv[1])): pass
"""


@pytest.mark.skipif(os.getuid() != 0, reason="without root nobody else can be played")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AS_NOBODY, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "the folder to deploy to can't be written: permission denied" in done.stderr, done.stderr


def test_a_current_that_is_a_folder_is_never_touched(place: Place) -> None:
    (place.folder / "current").mkdir()
    with pytest.raises(Refused, match="no symbolic link") as told:
        place.settle()
    assert "ln -s" in told.value.hint
    assert place.releases() == []


def test_a_probe_can_be_put_into_what_is_served_already(place: Place) -> None:
    first = place.settle()
    with guarding(place.folder) as guardian:
        attached = targets.attach(place.target, EXTRA, guardian)
        assert [file.read_bytes() for file in place.extras()] == list(EXTRA.values())
        assert targets.settle(attached, guardian) == ()
        assert place.extras() == []
    with guarding(place.folder) as guardian:
        targets.attach(place.target, EXTRA, guardian)
    assert (place.extras(), place.page(), place.releases()) == ([], "first", [first.label])
    assert len(place.restarts()) == 1


def test_a_probe_can_be_put_into_a_folder_that_is_no_link(place: Place) -> None:
    (place.folder / "current" / "public").mkdir(parents=True)
    with guarding(place.folder) as guardian:
        targets.attach(place.target, EXTRA, guardian)
        assert len(place.extras()) == 1
    assert (place.extras(), (place.folder / "current").is_dir()) == ([], True)


def test_without_anything_served_there_is_nothing_to_put_a_probe_into(place: Place) -> None:
    with pytest.raises(UsageError, match="nothing is deployed"), guarding(place.folder) as guardian:
        targets.attach(place.target, EXTRA, guardian)


def test_somebody_elses_switch_in_the_meantime_is_left_and_told(place: Place, tmp_path: Path) -> None:
    place.settle()
    place.change("second")
    with pytest.raises(Unfinished, match="it leads elsewhere by now"), place.deployed():
        (place.folder / "current").unlink()
        (place.folder / "current").symlink_to("releases/other")
    assert str((place.folder / "current").readlink()) == "releases/other"


FULL = """
set -e
mount -t tmpfs -o size=400k none "$1"
exec "$2" -c '
import sys
from pathlib import Path
from portability.errors import Unfinished
from tests.deploying import make_place
from dataclasses import replace
place = make_place(Path(sys.argv[2]))
small = Path(sys.argv[1]) / "target"
small.mkdir()
place = replace(place, target=replace(place.target, folder=str(small)))
place.settle()
place.change("second")
(place.project / "large").write_bytes(bytes(2_000_000))
place.change("third")
from portability import targets
from portability.delivery.bundle import pack
from portability.delivery.guardian import guarding
from tests.deploying import EXTRA, FILES
try:
    with guarding(small) as guardian:
        bundle = pack(place.project, "loadtest", Path(sys.argv[2]) / "large.tar")
        targets.deploy(place.target, bundle, FILES, EXTRA, guardian)
except Unfinished as error:
    print(error)
assert place.page() == "first", place.page()
assert len(place.releases()) == 1, place.releases()
assert not list(small.rglob("*.partial")) and place.extras() == []
' "$1" "$3"
"""


def test_a_full_disk_leaves_the_release_before(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-Urm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here: a small file system cannot be mounted")
    for name in ("small", "work"):
        (tmp_path / name).mkdir()
    command = [unshare, "-Urm", "sh", "-c", FULL, "sh", str(tmp_path / "small"), sys.executable]
    done = subprocess.run(
        [*command, str(tmp_path / "work")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "no space left on device; nothing was switched" in done.stdout) == (0, True), (
        done
    )


def test_the_folder_is_left_to_people(place: Place) -> None:
    """Whoever puts files of their own beside the releases keeps them."""
    (place.folder / "notes.txt").write_text("ours")
    place.with_restart(SERVES).settle()
    assert {path.name for path in place.folder.iterdir()} == {
        ".portability",
        "current",
        "notes.txt",
        "releases",
        "restarts",
    }


def test_a_seal_tells_the_release_apart_from_every_other(place: Place) -> None:
    assert targets.served(place.target) == targets.Served()
    first = place.settle()
    assert targets.served(place.target) == targets.Served(first.label)
    sealed = targets.seal(place.target)
    assert (sealed.label, len(sealed.seal)) == (first.label, 64)
    assert targets.served(place.target).seal == sealed.seal
    (first.release / "page").write_text("patched")
    assert targets.served(place.target).seal not in ("", sealed.seal)
    (first.release / "page").write_text("first")
    assert targets.served(place.target).seal == sealed.seal
    place.change("second")
    second = place.settle()
    assert targets.served(place.target).label == second.label
    assert targets.served(place.target).seal != sealed.seal
    targets.unseal(place.target)
    targets.unseal(place.target)
    assert targets.served(place.target) == targets.Served(second.label)


def test_each_seal_is_another_and_only_its_owner_reads_it(place: Place) -> None:
    place.settle()
    assert targets.seal(place.target).seal != targets.seal(place.target).seal
    (file,) = place.folder.glob(".portability/seal")
    assert (mode(file), file.stat().st_size) == (0o600, 32)
