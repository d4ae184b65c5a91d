"""A long talk with a process: lines there, answers back, and an end to it whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from portability.errors import Unfinished
from portability.system.processes import conversation

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}
ROOT = Path(__file__).resolve().parents[2]


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody asked after doesn't."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    deadline = time.monotonic() + 60
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_each_line_gets_its_answer_from_one_process() -> None:
    script = 'n=0; while read -r line; do n=$((n+1)); echo "$n: $line"; echo more >&2; done'
    with conversation("counter", ["sh", "-c", script], Path("/"), ENVIRONMENT) as talk:
        talk.say("one")
        assert talk.hear("more\n", 60) == "1: one\nmore\n"
        talk.say("two")
        assert talk.hear("two", 60) == "2: two"
        assert talk.hear("more", 60) == "\nmore"
        assert talk.alive


def test_an_answer_of_many_pieces_is_heard_whole() -> None:
    script = "i=0; while [ $i -lt 3000 ]; do echo 'a line, again and again'; i=$((i+1)); done; echo end"
    with conversation("writer", ["sh", "-c", script], Path("/"), ENVIRONMENT) as talk:
        assert talk.hear("end\n", 60).count("again and again") == 3000


def test_the_end_of_the_block_is_the_end_of_the_process(tmp_path: Path) -> None:
    script = "trap 'echo no' TERM; while read -r line; do echo $$; done; touch left; sleep 600"
    with conversation("sleeper", ["sh", "-c", script], tmp_path, ENVIRONMENT, patience=3) as talk:
        talk.say("who?")
        pid = int(talk.hear("\n", 60))
    assert not alive(pid)
    assert (tmp_path / "left").exists(), "it had time to leave by itself"


def test_a_failure_in_the_block_ends_the_process_too() -> None:
    pid = 0
    with (
        pytest.raises(KeyboardInterrupt),
        conversation(
            "sleeper", ["sh", "-c", "echo $$; exec sleep 600"], Path("/"), ENVIRONMENT, patience=0.1
        ) as talk,
    ):
        pid = int(talk.hear("\n", 60))
        raise KeyboardInterrupt
    assert pid and not alive(pid)


def test_a_process_that_says_nothing_is_not_waited_for_forever() -> None:
    with conversation("mute", ["sleep", "600"], Path("/"), ENVIRONMENT, patience=0.1) as talk:
        with pytest.raises(Unfinished, match="mute took longer than"):
            talk.hear("x", 0.1)
        assert talk.alive


def test_a_process_that_ends_leaves_its_last_words() -> None:
    with conversation(
        "dying", ["sh", "-c", "echo first; echo out of ink >&2"], Path("/"), ENVIRONMENT
    ) as talk:
        with pytest.raises(Unfinished, match="dying has ended: out of ink"):
            talk.hear("never", 60)
        with pytest.raises(Unfinished, match="dying has ended"):
            for _ in range(100):
                talk.say("x" * 10_000)
        deadline = time.monotonic() + 60
        while talk.alive and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not talk.alive


def test_a_program_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(Unfinished, match="reader could not be started: no such file"),
        conversation("reader", ["no-such-program"], Path("/"), ENVIRONMENT),
    ):
        pass


def test_an_open_file_is_handed_on() -> None:
    with Path(__file__).open("rb") as file:
        descriptor = file.fileno()
        command = ["cat", f"/proc/self/fd/{descriptor}"]
        with conversation("cat", command, Path("/"), ENVIRONMENT, keep=[descriptor]) as talk:
            assert talk.hear("\n", 60).startswith('"""A long talk')


def test_a_kill_of_whoever_talks_ends_what_reads_to_the_end() -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom portability.system.processes import conversation\n"
        "with conversation('cat', ['sh', '-c', 'echo $$; exec cat'], Path('/'), {'PATH': '/bin'}) as talk:\n"
        "    print(talk.hear('\\n', 60), flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE) as talker:
        assert talker.stdout is not None
        pid = int(talker.stdout.readline())
        assert alive(pid)
        os.kill(talker.pid, signal.SIGKILL)
    assert gone(pid)
