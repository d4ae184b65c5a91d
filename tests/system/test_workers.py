"""Work in several processes: order, errors, deaths, interruption, and a limit of time."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from portability.errors import Unfinished, UsageError
from portability.system.workers import TookTooLong, each, limited

SLOW_FIRST = """
import os, time
from portability.system.workers import each
def work(chunk):
    os.write(1, b"%d\\n" % chunk)
    time.sleep(60)
list(each(work, [1, 2, 3, 4], 2))
"""


def square(chunk: Sequence[int]) -> list[int]:
    time.sleep(0.05 if 0 in chunk else 0)
    return [number * number for number in chunk]


@pytest.mark.parametrize("processes", [1, 2, 3, 9])
def test_results_come_in_the_order_of_the_chunks(processes: int) -> None:
    chunks = [range(start, start + 3) for start in range(0, 30, 3)]
    assert [n for part in each(square, chunks, processes) for n in part] == [n * n for n in range(30)]


def test_another_process_does_the_work_where_two_help() -> None:
    assert os.getpid() not in set(each(lambda _: os.getpid(), [1, 2, 3, 4], 2))
    assert set(each(lambda _: os.getpid(), [1], 2)) == {os.getpid()}


def test_a_worker_is_replaced_after_so_many_chunks() -> None:
    workers = list(each(lambda _: os.getpid(), list(range(12)), 2, lasts=2))
    assert len(workers) == 12
    assert len(set(workers)) in (6, 7)
    assert max(map(workers.count, workers)) == 2


TIDIED = """
import sys, time
from pathlib import Path
from portability.system.workers import each
def work(name):
    try:
        (Path(sys.argv[1]) / name).touch()
        if name == "a":
            while not (Path(sys.argv[1]) / "b").exists():
                time.sleep(0.01)
            return name
        time.sleep(60)
    finally:
        (Path(sys.argv[1]) / name).unlink(missing_ok=True)
for name in each(work, ["a", "b", "c"], 2, gently=True):
    break
"""


def test_a_worker_that_is_stopped_gently_tidies_up(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TIDIED, str(tmp_path)], timeout=30, check=False)
    assert done.returncode == 0
    assert not list(tmp_path.iterdir())


def test_the_collector_of_a_worker_leaves_alone_what_it_was_given() -> None:
    kept = [[number] for number in range(1000)]
    assert min(each(lambda _: gc.get_freeze_count(), [1, 2], 2)) >= len(kept)


def fails(_: int) -> int:
    raise UsageError("this is wrong", hint="that is right")


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_of_the_work_is_the_callers(processes: int) -> None:
    with pytest.raises(UsageError, match="this is wrong"):
        list(each(fails, [1, 2, 3], processes))


def dies(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def leaves(_: int) -> int:
    os._exit(7)


@pytest.mark.parametrize(("work", "told"), [(dies, "by signal 9"), (leaves, "with exit code 7")])
def test_a_worker_that_dies_is_told(work: Callable[[int], int], told: str) -> None:
    with pytest.raises(Unfinished, match=told):
        list(each(work, [1, 2, 3], 2))


def test_no_worker_outlives_a_caller_that_stops_early() -> None:
    found = each(lambda _: os.getpid(), [1, 2, 3, 4], 2)
    worker = next(found)
    found.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


@pytest.mark.parametrize("struck", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_an_interrupted_program(struck: signal.Signals) -> None:
    done = subprocess.Popen(
        [sys.executable, "-c", SLOW_FIRST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert done.stdout is not None
    assert sorted([done.stdout.readline(), done.stdout.readline()]) == [b"1\n", b"2\n"]
    if struck is signal.SIGINT:
        os.killpg(done.pid, struck)
        done.communicate(timeout=60)
        assert not _group(done.pid)
    else:
        workers = _group(done.pid) - {done.pid}
        assert len(workers) == 2
        done.kill()
        done.wait(timeout=60)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        done.communicate(timeout=60)


def _group(leader: int) -> set[int]:
    """The processes of a group that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(group) == leader and state != "Z":
                found.add(int(entry.name))
    return found


def test_what_takes_too_long_is_stopped() -> None:
    start = time.process_time()
    with pytest.raises(TookTooLong), limited(0.2):
        while True:
            pass
    assert time.process_time() - start < 60


def test_a_library_that_catches_it_is_told_again() -> None:
    caught = 0
    with pytest.raises(TookTooLong), limited(0.1):
        while True:
            try:
                while True:
                    pass
            except TookTooLong:
                caught += 1
                if caught > 1:
                    raise


def test_what_is_quick_enough_is_left_alone() -> None:
    with limited(5):
        total = sum(range(1000))
    assert total == 499500
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
