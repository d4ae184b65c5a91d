"""However a run ends, what it began is taken back: by itself, by its guardian, or by the next run."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portability import targets
from portability.delivery.guardian import FOLDER, Guardian, guarding
from portability.delivery.undoing import Clear, PointBack, Remove, Run, group_of, living
from portability.errors import PortabilityError, Refused, Unfinished
from tests.deploying import EXTRA, FILES, Place, make_place
from tests.stopping import hooked, killed

ROOT = Path(__file__).resolve().parents[2]


def wait_until(what: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def unlocked(folder: Path) -> bool:
    """Whether no run and no guardian is at work on a folder."""
    try:
        handle = os.open(folder / FOLDER / "lock", os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def state(folder: Path) -> set[str]:
    """The files that the guardian keeps."""
    return {path.name for path in (folder / FOLDER).iterdir()}


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)


def runs(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


def test_what_is_not_withdrawn_is_taken_back_the_newest_first(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def step(word: str) -> Run:
        return Run(("/bin/sh", "-c", f"echo {word} >> {log}"), str(tmp_path), 5)

    with guarding(tmp_path) as guardian:
        first, second, third = guardian.add(step("first"), step("second"), step("third"))
        guardian.withdraw([second])
        assert not log.exists()
    assert log.read_text().split() == ["third", "first"]
    assert (first, third) == (1, 3)
    assert state(tmp_path) == {"lock"}


def test_a_step_can_be_taken_back_at_once_and_is_then_done(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with guarding(tmp_path) as guardian:
        numbers = guardian.add(Remove(str(file), str(tmp_path)))
        assert guardian.undo(numbers) == []
        assert not file.exists()
        file.touch()
    assert file.exists()


def test_a_process_group_ends_with_the_run(tmp_path: Path) -> None:
    job, kept = sleeper(), sleeper()
    with guarding(tmp_path) as guardian:
        guardian.register(job.pid)
        with guardian.group() as register:
            register(kept.pid)
        assert runs(job)
    assert job.wait(60) == -signal.SIGTERM
    assert runs(kept)
    os.killpg(kept.pid, signal.SIGKILL)
    kept.wait()


def test_an_error_of_the_run_comes_out_when_all_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with pytest.raises(Refused, match="too dangerous"), guarding(tmp_path) as guardian:
        guardian.add(Remove(str(file), str(tmp_path)))
        file.touch()
        raise Refused("too dangerous")
    assert not file.exists()


def test_what_cannot_be_taken_back_is_told_with_the_error_and_kept_for_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    with pytest.raises(Unfinished) as told, guarding(tmp_path) as guardian:
        guardian.add(PointBack(str(tmp_path / "link"), "before", "ours"))
        raise Refused("too dangerous")
    assert "too dangerous; the target is not as it was" in told.value.message
    assert "it leads elsewhere by now" in told.value.message
    assert "leads elsewhere" in (tmp_path / FOLDER / "guardian.log").read_text()
    with pytest.raises(Unfinished, match="can't be taken back"), guarding(tmp_path):
        pass
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("ours")
    with guarding(tmp_path) as guardian:
        assert "taken back, of a run that was killed" in guardian.notes[0]
    assert os.readlink(tmp_path / "link") == "before"  # noqa: PTH115
    assert state(tmp_path) == {"lock", "guardian.log"}


def test_a_command_that_fails_on_the_way_back_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(Unfinished, match="exit code 7: worse"), guarding(tmp_path) as guardian:
        guardian.add(Run(("/bin/sh", "-c", "echo worse; exit 7"), str(tmp_path), 5))
    with guarding(tmp_path) as guardian:
        assert guardian.notes == []


def test_litter_is_a_note(tmp_path: Path) -> None:
    with guarding(tmp_path) as guardian:
        guardian.add(Clear(str(tmp_path / ".." / "elsewhere"), str(tmp_path)))
    assert "does not lie in the folder" in guardian.notes[0]


def test_two_runs_at_once_are_refused_naming_the_other(tmp_path: Path) -> None:
    with guarding(tmp_path):
        script = "import sys; from pathlib import Path; from portability.delivery.guardian import guarding\n"
        script += "with guarding(Path(sys.argv[1])): pass"
        command = [sys.executable, "-c", script, str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"another run is at work on this target (process {os.getpid()})" in done.stderr
    with guarding(tmp_path):
        pass


def test_a_killed_run_is_named_while_its_guardian_still_works(tmp_path: Path) -> None:
    def action() -> None:
        with guarding(tmp_path) as guardian:
            guardian.add(Run(("sleep", "3"), str(tmp_path), 5))
            os.kill(os.getpid(), signal.SIGKILL)

    assert killed(action, lambda call: None)
    words = r"a run that was killed \(process \d+\) is still being taken back"
    with pytest.raises(Refused, match=words), guarding(tmp_path):
        pass
    wait_until(lambda: unlocked(tmp_path))


def test_a_guardian_that_was_killed_is_noticed_and_replaced_by_the_run_itself(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for file in (one, two):
        file.touch()
    with pytest.raises(Unfinished, match="the guardian has ended"), guarding(tmp_path) as guardian:
        guardian.add(Remove(str(one), str(tmp_path)))
        os.kill(guardian.pid, signal.SIGKILL)
        wait_until(lambda: Path(f"/proc/{guardian.pid}/stat").read_text().split()[2] == "Z")
        guardian.add(Remove(str(two), str(tmp_path)))
    assert (one.exists(), two.exists()) == (False, True)
    assert state(tmp_path) == {"lock"}


def test_signals_do_not_reach_the_guardian(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with guarding(tmp_path) as guardian:
        guardian.add(Remove(str(file), str(tmp_path)))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(guardian.pid, number)
        assert os.getsid(guardian.pid) == guardian.pid
    assert not file.exists()


def test_a_number_that_was_given_to_another_process_is_left_alone(tmp_path: Path) -> None:
    """A leftover from before a restart of the machine names processes that are somebody else's now."""
    job = sleeper()
    step = group_of(job.pid)
    for change in ({"born": step.born - 1}, {"boot": "another"}, {"namespace": "pid:[1]"}):
        fields = {"group": step.group, "born": step.born, "boot": step.boot, "namespace": step.namespace}
        type(step)(**{**fields, **change}).carry_out()  # type: ignore[arg-type]
    assert runs(job)
    step.carry_out()
    assert job.wait(60) == -signal.SIGTERM


def test_a_stubborn_group_is_killed(tmp_path: Path) -> None:
    job = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, 1); print(flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert job.stdout is not None
    job.stdout.readline()
    with guarding(tmp_path) as guardian:
        guardian.register(job.pid)
    assert job.wait(60) == -signal.SIGKILL
    job.stdout.close()


def test_a_folder_of_another_user_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir(mode=0o755)
    with pytest.raises(Refused, match="not made by this user's portability"), guarding(tmp_path):
        pass


def test_a_record_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    (tmp_path / FOLDER).mkdir(mode=0o700)
    said = {"number": 1, "do": "remove", "path": str(file), "inside": str(tmp_path)}
    (tmp_path / FOLDER / "undo.jsonl").write_text(json.dumps(said) + '\n{"number": 2, "do": "rem')
    with guarding(tmp_path) as guardian:
        assert len(guardian.notes) == 1
    assert not file.exists()


def waiting_deploy(place: Place, restart: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A run in a session of its own that deploys and then waits."""
    script = (
        "import sys, time; from pathlib import Path; from tests.deploying import *\n"
        "place = Place(Path(sys.argv[1]), Target('local', sys.argv[2], (tuple(sys.argv[3:]),), seconds=60))\n"
        "with place.deployed(): print('deployed', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(place.project), str(place.folder), *restart]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)


def test_a_ctrl_c_on_the_terminal_reaches_the_run_alone(tmp_path: Path) -> None:
    place = fresh(tmp_path / "place")
    run = waiting_deploy(place, ("true",))
    assert run.stdout is not None
    assert run.stdout.readline() == b"deployed\n"
    assert place.page() == "new"
    os.killpg(run.pid, signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert b"KeyboardInterrupt" in errors
    assert (place.page(), place.extras(), unlocked(place.folder)) == ("old", [], True)


@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP))
def test_a_restart_that_is_under_way_ends_with_the_run(tmp_path: Path, number: signal.Signals) -> None:
    place = fresh(tmp_path / "place")
    file = place.folder / "pid"
    words = f"grep -q old current/page || {{ echo $$ > {file}.new; mv {file}.new {file}; sleep 55; }}"
    run = waiting_deploy(place, ("/bin/sh", "-c", words))
    wait_until(file.exists)
    os.kill(run.pid, number)
    run.communicate(timeout=60)
    wait_until(lambda: unlocked(place.folder))
    assert not living(int(file.read_text()))
    assert (place.page(), place.extras(), len(place.releases())) == ("old", [], 2)


# A deploy that is stopped at each call of the system


def deploying(place: Place, settle: bool) -> Callable[[Callable[[Guardian], None]], None]:
    """A whole run; it hands its guardian over as soon as there is one."""

    def action(told: Callable[[Guardian], None]) -> None:
        with guarding(place.folder) as guardian:
            told(guardian)
            deployment = targets.deploy(place.target, place.pack(), FILES, EXTRA, guardian)
            if settle:
                targets.settle(deployment, guardian)
            else:
                targets.restore(deployment, guardian)

    return action


class Stopper:
    """Counts calls once a guardian is there, and stops the run at one of them."""

    def __init__(self, step: int, stop: Callable[[int], None]) -> None:
        self.step, self.stop, self.count, self.guardian = step, stop, 0, 0

    def told(self, guardian: Guardian) -> None:
        self.guardian = guardian.pid

    def hook(self, call: str) -> None:
        if self.guardian:
            self.count += 1
            if self.count == self.step:
                self.stop(self.guardian)


def kill_run(guardian: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_both(guardian: int) -> None:
    os.kill(guardian, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_guardian(guardian: int) -> None:
    os.kill(guardian, signal.SIGKILL)


def interrupt(guardian: int) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def calls(place: Place, settle: bool) -> int:
    """How many calls a run makes that nobody stops."""
    stopper = Stopper(-1, kill_run)
    with hooked(stopper.hook):
        deploying(place, settle)(stopper.told)
    return stopper.count


def fresh(folder: Path) -> Place:
    """A place where the old release is served, an older one is to go, and a new one can be made."""
    folder.mkdir()
    place = make_place(folder)
    place = replace(place, target=replace(place.target, keep=1))
    for text in ("older", "old"):
        place.change(text)
        place.settle()
    place.change("new")
    return place


def stopped(place: Place, settle: bool, stopper: Stopper) -> bool:
    """Runs a deploy in a process of its own until it and its guardian are gone; whether a signal ended it."""

    def action() -> None:
        try:
            deploying(place, settle)(stopper.told)
        except (KeyboardInterrupt, PortabilityError):
            os._exit(1)

    was_killed = killed(action, stopper.hook)
    wait_until(lambda: unlocked(place.folder))
    return was_killed


def check(place: Place) -> None:
    """Either all is as before, or all is new and settled; nothing else is left."""
    assert place.extras() == []
    assert not [name for name in place.releases() if name.startswith(".")]
    assert state(place.folder) <= {"lock", "releases"}
    assert place.page() in ("old", "new")
    assert place.restarts()[-1] == str((place.folder / "current").readlink())
    assert len(place.releases()) in ((2,) if place.page() == "old" else (2, 3))


@pytest.mark.prove
@pytest.mark.parametrize("settle", (True, False))
@pytest.mark.parametrize("stop", (kill_run, kill_both, kill_guardian, interrupt))
def test_stopped_anywhere_the_release_before_is_served(
    tmp_path: Path, stop: Callable[[int], None], settle: bool
) -> None:
    number = calls(fresh(tmp_path / "trial"), settle)
    assert number > 30
    ends = set()
    place = fresh(tmp_path / "0")
    for step in range(1, number + 1):
        assert stopped(place, settle, Stopper(step, stop)) == (stop in (kill_run, kill_both)), step
        with guarding(place.folder):
            pass
        check(place)
        ends.add(place.page())
        if place.page() == "new":
            place = fresh(tmp_path / str(step))
    assert ends == ({"old", "new"} if settle else {"old"})


def test_a_deploy_that_is_killed_is_taken_back_by_its_guardian(tmp_path: Path) -> None:
    """The short form of the long test."""
    place = fresh(tmp_path / "place")
    number = calls(fresh(tmp_path / "trial"), settle=False)
    for step in (number // 4, number // 2, 3 * number // 4):
        assert stopped(place, False, Stopper(step, kill_run))
        check(place)
        assert place.page() == "old"
