"""What is kept of a scan, and when: no secret, nothing in doubt, nothing that somebody else put there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from portability.planning import recording
from portability.planning.survey import survey
from portability.system import replay, watch
from portability.system.workers import TookTooLong
from tests.replaying import CODE, LATER, Asker, linked, replaced, timeless


def test_an_answer_is_the_users_own_and_holds_no_secret(asker: Asker) -> None:
    for words in ((), ("--format", "json"), ("--explain", "--min-confidence", "0.1")):
        asker.scan(*words)
    assert len(asker.kept) == 3
    assert stat.S_IMODE(asker.folder.stat().st_mode) == 0o700
    for file in asker.kept:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"fans.example" in file.read_bytes() and b"Fake-" not in file.read_bytes()


@pytest.mark.parametrize(
    "words",
    [("--no-cache",), ("--since", "HEAD"), ("-o", "report"), ("gone.php",), ("--rule", "none")],
    ids=" ".join,
)
def test_what_is_not_kept(words: tuple[str, ...], asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(asker.root.parent)
    for line in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@a.example", "commit", "-q", "--allow-empty", "-m", "a"],
    ):
        subprocess.run(["git", *line], cwd=asker.root, check=True)
    asker.scan(*words)
    assert asker.kept == []


def test_what_another_scanner_says_is_not_kept(asker: Asker) -> None:
    (asker.root / "portability.yaml").write_text("scan: {engine: true}\n")
    asker.scan("clean.php")
    asker.scan()
    assert asker.kept == []


def test_taking_findings_into_the_decisions_is_not_kept(asker: Asker) -> None:
    assert asker.scan("--accept", "--reason", "known").code == 0
    assert asker.kept == []
    assert asker.scan().code == asker.again().code == 0


def test_the_variable_turns_it_off(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTABILITY_NO_CACHE", "1")
    assert replay.asked(["scan"]) is None


@pytest.mark.parametrize("words", [["plan"], ["rules", "list"], ["--help"], []])
def test_no_other_command_is_answered(words: list[str], asker: Asker) -> None:
    assert replay.asked(words) is None


def test_a_file_that_is_new_may_change_without_a_trace_and_so_nothing_is_kept(asker: Asker) -> None:
    asker.scan()
    asked = asker.asked("lib")
    asked.began = (asker.root / "a.php").stat().st_ctime_ns + 10_000_000
    asker.scan_as(asked, "lib")
    assert len(asker.kept) == 1
    asked.began = (asker.root / "a.php").stat().st_ctime_ns + LATER
    asker.scan_as(asked, "lib")
    assert len(asker.kept) == 2


def test_where_times_are_whole_seconds_the_last_two_are_in_doubt(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = max(path.lstat().st_ctime_ns for path in asker.root.parent.rglob("*"))
    whole = -(-newest // 1_000_000_000) * 1_000_000_000
    monkeypatch.setattr(watch, "changes", lambda row: (whole,))
    asked = asker.asked()
    for began, kept in ((whole + 1_900_000_000, 0), (whole + 2_100_000_000, 1)):
        asked.began = began
        asker.scan_as(asked)
        assert len(asker.kept) == kept


During = Callable[[Path], object]


@pytest.mark.parametrize(
    "during",
    [
        lambda root: (root / "lib/new.php").write_text(CODE),
        lambda root: (root / "a.php").write_text(CODE + "\n"),
        lambda root: (root / "lib/b.php").unlink(),
        lambda root: (root / "portability.yaml").touch(),
        lambda root: (root / "own-rules/aws-arn.yaml").unlink(),
        lambda root: ((root / "lib/new.php").touch(), (root / "lib/new.php").unlink()),
    ],
    ids=["new", "changed", "gone", "settings", "rule", "came and went"],
)
def test_nothing_is_kept_of_a_tree_that_changes_meanwhile(
    during: During, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:

    def disturbed(*arguments: object) -> object:
        found = survey(*arguments)  # type: ignore[arg-type]
        during(asker.root)
        return found

    monkeypatch.setattr("portability.commands.scan.survey", disturbed)
    asker.scan()
    assert asker.kept == []


def test_nothing_is_kept_where_something_was_left_out_that_may_be_there_next_time(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portability.commands.scan.survey", lambda *a: replace(survey(*a), steady=False))
    asker.scan()
    assert asker.kept == []


def test_a_file_that_took_too_long_is_a_passing_reason(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> object:
        raise TookTooLong

    monkeypatch.setattr("portability.scanning.scan.examine", late)
    asker.scan("--format", "json")
    assert asker.kept == []


def test_a_secret_that_a_variable_holds_leaves_no_trace(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = asker.root / "config/portability/environments/production.yaml"
    values.write_text("MAIL_TOKEN: {secret: 'env:FAKE_TOKEN'}\n")
    monkeypatch.delenv("FAKE_TOKEN", raising=False)
    asker.scan()
    assert asker.answer()
    monkeypatch.setenv("FAKE_TOKEN", "Fake-0005-Token")
    assert asker.answer() is None
    before = asker.kept[0].stat()
    asker.scan()
    assert asker.kept[0].stat() == before


Damage = Callable[[Path], object]
DAMAGES: dict[str, Damage] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "longer": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "a byte": lambda file: file.write_bytes(file.read_bytes().replace(b"fans", b"band")),
    "another form": lambda file: file.write_bytes(file.read_bytes().replace(b"answer 1", b"answer 2")),
    "a head alone": lambda file: file.write_bytes(replay.FORM),
    "group may write": lambda file: file.chmod(0o660),
    "everybody may write": lambda file: file.chmod(0o606),
    "the folder is everybody's": lambda file: file.parent.chmod(0o777),
    "a link": lambda file: linked(file, file.with_name("other")),
    "a folder": lambda file: replaced(file, Path.mkdir),
    "a pipe": lambda file: replaced(file, os.mkfifo),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_answer_is_none(damage: Damage, asker: Asker) -> None:
    asker.scan()
    (file,) = asker.kept
    damage(file)
    assert asker.answer() is None
    assert asker.scan().code == 1


def test_every_byte_of_an_answer_is_checked(asker: Asker) -> None:
    asker.scan()
    (file,) = asker.kept
    data = file.read_bytes()
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert asker.answer() is None
    file.write_bytes(data)
    assert asker.answer()


def test_an_answer_to_another_question_is_none(asker: Asker) -> None:
    asker.scan()
    (file,) = asker.kept
    file.rename(asker.asked("--explain").file)
    assert asker.answer("--explain") is None


def test_an_answer_of_somebody_else_is_none(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    asker.scan()
    asked = asker.asked()
    assert replay.recall(asked)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert replay.recall(asked) is None


def test_without_a_place_nothing_is_kept_and_nothing_said(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.folder.parent.parent.mkdir()
    asker.folder.parent.write_text("a file where the folder should be")
    said = asker.scan()
    assert (said.code, said.err) == (1, "next: portability plan --diff\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(asker.root / "cache"))
    asker.scan()
    assert not (asker.root / "cache").exists()
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert timeless(asker.scan()) == timeless(said)


def test_old_answers_go(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST", 2)
    for number in ("0.1", "0.2", "0.3"):
        asker.scan("--min-confidence", number)
    assert len(asker.kept) == 2
    assert asker.answer("--min-confidence", "0.3")
    monkeypatch.setattr(recording, "LARGEST", 100)
    asker.scan("--explain")
    assert asker.answer("--explain") is None


HEARD = """
import os, sys
seen = set()
def plain(path):
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)
def hear(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and arguments and isinstance(arguments[0], (str, bytes)):
        seen.add(plain(os.fsdecode(arguments[0])))
from pathlib import Path
from portability.planning import recording
from portability.system import replay
from portability.cli import run
real = recording.begin
def begin(*arguments):
    global begun
    begun = real(*arguments)
    sys.addaudithook(hear)
    return begun
import portability.commands.scan as command
command.begin = begin
run(sys.argv[1:], replay.asked(sys.argv[1:]))
tops = [top for top, _ in begun.folders]
tops += [plain(file) for file in begun.files if os.path.islink(file) or not os.path.isdir(file)]
tops += [os.path.realpath(p) for p in (sys.prefix, sys.base_prefix, "/usr", "/etc", "/lib", "/dev", "/proc")]
tops += [os.path.dirname(begun.asked.folder)]
tops = tuple(top.rstrip("/") + "/" for top in tops)
print("UNWATCHED", sorted(path for path in seen if not (path + "/").startswith(tops)))
print("SEEN", sum(s.endswith("a.php") for s in seen))
"""


@pytest.mark.parametrize("where", ["{scan: {paths: [lib]}}", "{rules: {extra: [own-rules, linked-rules]}}"])
def test_whatever_a_scan_opens_is_watched(where: str, asker: Asker) -> None:
    (asker.root / "portability.yaml").write_text(where)
    (asker.root / "lib/a.php").write_text(CODE)
    done = subprocess.run(
        [sys.executable, "-c", HEARD, "-C", str(asker.root), "scan"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[-2] == "UNWATCHED []", done.stderr
    assert done.stdout.splitlines()[-1] != "SEEN 0"
