"""A team's own deploy command is told by variables, and believed as far as its contract goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from portability import targets
from portability.delivery.undoing import living
from portability.errors import Unfinished, UsageError
from portability.settings.destination import Script
from portability.settings.replica import Target
from portability.targets import Given
from tests.deploying import EXTRA, FILES, Place, make_project

ROOT = Path(__file__).resolve().parents[2]
SECRET = "Fake-Deploy-Password"

DEPLOYS = """\
#!/bin/sh
# A deploy command as the manual shows it: releases in $FAR, and a link to the served one.
set -eu
cd "$FAR"
echo "$PORTABILITY_ACTION" >> actions
now() { readlink current 2>/dev/null || true; }
case "$PORTABILITY_ACTION" in
deploy)
    echo "$PORTABILITY_BUNDLE_SHA256  $PORTABILITY_BUNDLE" | sha256sum -c --status
    rm -rf "$PORTABILITY_LABEL"
    mkdir "$PORTABILITY_LABEL"
    tar -xpf "$PORTABILITY_BUNDLE" -C "$PORTABILITY_LABEL" --no-same-owner
    printf '{"event": "unpacked with %s"}\\n' "$DB_PASSWORD"
    [ ! -e fails ] || { echo "no space for $DB_PASSWORD" >&2; exit "$(cat fails)"; }
    ln -sfn "$PORTABILITY_LABEL" current
    [ ! -e hangs ] || { echo $$ > pid; sleep 77; }
    [ ! -e lies ] || { cat lies; exit 0; }
    printf '{"label": "%s"}\\n' "$PORTABILITY_LABEL"
    ;;
attach)
    tar -xpf "$PORTABILITY_BUNDLE" -C current/ --no-same-owner
    printf '{"label": "%s"}\\n' "$PORTABILITY_LABEL"
    ;;
restore)
    [ ! -e stuck ] || exit 1
    if [ -n "$PORTABILITY_BEFORE" ]; then ln -sfn "$PORTABILITY_BEFORE" current; else rm -f current; fi
    ;;
settle)
    echo "$PORTABILITY_EXTRA" | while read -r name; do rm -f "current/$name"; done
    ;;
served)
    digest=$(tar -cf - --sort=name --mtime=@0 "$(now)" 2>/dev/null | sha256sum | cut -c1-64)
    printf '{"label": "%s", "digest": "%s"}\\n' "$(now)" "$digest"
    ;;
esac
"""


class Near(Place):
    """A project, and the folder that the team's command deploys to."""

    @property
    def folder(self) -> Path:
        return Path(os.environ["FAR"])

    @property
    def served(self) -> str:
        current = self.folder / "current"
        return str(current.readlink()) if current.is_symlink() else ""

    @property
    def actions(self) -> list[str]:
        return (self.folder / "actions").read_text().split()

    def says(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Near:
    monkeypatch.setenv("FAR", str(tmp_path / "far"))
    for name in ("far", "near"):
        (tmp_path / name).mkdir()
    (tmp_path / "deploy.sh").write_text(DEPLOYS)
    script = Script(("/bin/sh", str(tmp_path / "deploy.sh")), str(tmp_path / "far" / "current"))
    given = {"DB_PASSWORD": SECRET}
    target = Target("command", str(tmp_path / "near"), seconds=20, script=script, given=given)
    return Near(make_project(tmp_path), replace(target, environment="loadtest"))


def deploy(place: Near, end: str = "settle", told: list[str] | None = None) -> targets.Deployment:
    given = Given(tell=(told if told is not None else []).append)
    with targets.watching(place.target) as guardian:
        deployment = targets.deploy(place.target, place.pack(), FILES, EXTRA, guardian, given)
        assert [file.read_bytes() for file in place.extras()] == list(EXTRA.values())
        if end:
            getattr(targets, end)(deployment, guardian)
        return deployment


def test_the_command_gets_the_whole_release_and_its_events_are_told_without_secrets(place: Near) -> None:
    told: list[str] = []
    deployment = deploy(place, told=told)
    current = place.folder / "current"
    assert place.served == deployment.label and deployment.label.startswith("lt-")
    assert deployment.here and deployment.release == current
    assert (current / FILES[0].path).read_bytes() == FILES[0].data
    assert os.access(current / "bin/hook", os.X_OK) and place.extras() == []
    assert told == ["unpacked with ********"]
    assert place.actions == ["served", "deploy", "settle", "served"]


@pytest.mark.parametrize("end", ("restore", ""))
def test_what_was_served_before_is_served_again(place: Near, end: str) -> None:
    first = deploy(place)
    place.change("second")
    deploy(place, end)
    assert (place.served, place.actions[-1]) == (first.label, "restore")


def fails(place: Near, words: str) -> str:
    with pytest.raises(Unfinished, match=words) as told, targets.watching(place.target) as guardian:
        targets.deploy(place.target, place.pack(), FILES, EXTRA, guardian)
    assert SECRET not in str(told.value)
    assert not (Path(place.target.folder) / ".portability" / "undo.jsonl").exists()
    return told.value.message


def test_a_command_that_fails_is_told_to_restore(place: Near) -> None:
    first = deploy(place)
    place.change("second")
    place.says("fails", "3")
    said = fails(place, r"\(deploy\) ended with exit code 3: no space for \*{8}; ")
    assert f"{first.label} is served again" in said
    assert (place.served, place.actions[-1]) == (first.label, "restore")


def test_a_command_that_took_it_back_itself_is_believed(place: Near) -> None:
    first = deploy(place)
    place.says("fails", "10")
    said = fails(place, "exit code 10")
    assert f"it says that {first.label} is served again" in said
    assert place.actions[-1] == "deploy"


def test_where_restore_fails_too_both_are_told(place: Near) -> None:
    place.says("fails", "3")
    place.says("stuck")
    said = fails(place, "exit code 3")
    assert "and it could not be taken back: the deploy command (restore) ended with exit code 1" in said


def test_a_command_that_hangs_is_ended_with_its_whole_group_and_taken_back(place: Near) -> None:
    deploy(place)
    first = place.served
    place.change("second")
    place.says("hangs")
    place = replace(place, target=replace(place.target, seconds=3))
    fails(place, "took longer than 3 s")
    assert place.served == first
    assert not living(int((place.folder / "pid").read_text()))


@pytest.mark.parametrize(
    ("lie", "words"),
    (
        ("deployed\n", "line 2 of the deploy command's output is not of the contract"),
        ('{"label": "x", "colour": "red"}\n', "line 2 .* not of the contract"),
        ('["x"]\n', "line 2 .* not of the contract"),
        ('{"label": 3}\n', "line 2 .* holds more than texts"),
        ('{"label": "other"}\n', "it says that it deployed other, not lt-"),
        ("", "it says that it deployed nothing, not lt-"),
        ('{"event": "' + "x" * 10_001 + '"}\n', "line 2 .* not of the contract"),
    ),
)
def test_a_command_that_breaks_the_contract_has_failed(place: Near, lie: str, words: str) -> None:
    place.says("lies", lie)
    fails(place, words)
    assert (place.served, place.actions[-1]) == ("", "restore")


def test_a_command_that_is_not_there_is_told(place: Near) -> None:
    script = Script(("no-such-deploy",))
    fails(replace(place, target=replace(place.target, script=script)), "could not be started: no such file")


def test_a_probe_can_be_put_into_what_is_served_already(place: Near) -> None:
    with pytest.raises(UsageError, match="nothing is deployed"), targets.watching(place.target) as guardian:
        targets.attach(place.target, EXTRA, guardian)
    first = deploy(place)
    for end in ("settle", "restore", ""):
        with targets.watching(place.target) as guardian:
            attached = targets.attach(place.target, EXTRA, guardian)
            assert len(place.extras()) == 1
            if end:
                getattr(targets, end)(attached, guardian)
        assert (place.extras(), place.served) == ([], first.label)


def test_the_seal_is_another_when_the_command_says_another_digest(place: Near) -> None:
    label = deploy(place).label
    assert targets.served(place.target) == targets.Served(label)
    sealed = targets.seal(place.target)
    assert sealed.seal and targets.served(place.target) == sealed
    (place.folder / label / "page").write_text("changed")
    assert targets.served(place.target).seal not in ("", sealed.seal)
    targets.unseal(place.target)
    assert targets.served(place.target).seal == ""


KILLED = """
import os, signal, sys
from pathlib import Path
from dataclasses import replace
from tests.targets.test_script import *
from portability.delivery.bundle import pack
folder = Path(sys.argv[1])
script = Script(("/bin/sh", str(folder / "deploy.sh")))
target = Target("command", str(folder / "near"), seconds=20, script=script, given={"DB_PASSWORD": SECRET})
with targets.watching(target) as guardian:
    targets.deploy(target, pack(folder / "project", "loadtest", folder / "b.tar"), FILES, EXTRA, guardian)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_is_killed_is_taken_back_and_no_variable_of_the_settings_is_written_down(
    place: Near, tmp_path: Path
) -> None:
    first = deploy(place)
    place.change("second")
    words = [sys.executable, "-c", KILLED, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    record = Path(place.target.folder) / ".portability" / "undo.jsonl"
    while record.exists():
        assert SECRET not in record.read_text()
        time.sleep(0.01)
    assert place.served == first.label
