"""`apply --interactive` on a terminal: each edit is asked about, and what is decided is kept."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from portability.settings.decisions import Choice, load
from tests import shop
from tests.shop import Tree, command, environment, program, tree

ASKS = ("[?]: ", "good? ", "called? ")
"""How a line ends on which somebody is asked."""


def typed(app: Path, answers: Sequence[str], *options: str) -> tuple[int, str]:
    """Runs apply on a terminal of its own and gives an answer each time it asks; exit code and screen."""
    main, side = pty.openpty()
    child = subprocess.Popen(
        ["setsid", "--ctty", *command(app, "apply", "--interactive", *options)],
        env=environment(TERM="dumb"),
        stdin=side,
        stdout=side,
        stderr=side,
    )
    os.close(side)
    screen, waiting, asked = "", list(answers), 0
    try:
        while select.select([main], [], [], 60)[0]:
            try:
                screen += os.read(main, 65536).decode()
            except OSError:
                break
            if screen.endswith(ASKS) and sum(map(screen.count, ASKS)) > asked and waiting:
                asked = sum(map(screen.count, ASKS))
                os.write(main, waiting.pop(0).encode())
    finally:
        os.close(main)
    assert not waiting, screen
    return child.wait(timeout=60), screen


def changed(before: Tree, after: Tree) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def test_edits_are_taken_left_skipped_and_renamed_one_by_one(app: Path) -> None:
    before = tree(app)
    # config/mail.ini: host, password; cron/go.sh; public/index.php: host, password, domain, www
    answers = ["n\n", "?\n", "n\n", "e\n", "PATH\n", "e\n", "CRON_HOST\n", "y\n", "s\n", "\n", "s\n", "old\n"]
    code, screen = typed(app, [*answers, "q\n"])
    assert code == 0, screen
    assert "(1/7) Read SMTP_HOST here?" in screen
    assert "a make it and all others of this file" in screen
    assert "PATH already means something" in screen
    assert not any(secret in screen for secret in shop.SECRETS)
    assert "Applied: 2 edits in 2 files" in screen
    assert "${AppEnv_CRON_HOST:?}" in (app / "cron/go.sh").read_text()
    code_after = (app / "public/index.php").read_text()
    assert "\\AppEnv\\DB_HOST" in code_after
    assert "Fake-Password-1" in code_after
    assert before["config/mail.ini"] == tree(app)["config/mail.ini"]
    found = {(d.decision, d.key, d.reason) for d in load(app)}
    assert found == {(Choice.KEY, "CRON_HOST", ""), (Choice.SKIP, "", "old")}
    out = program(app, "plan").out
    assert "CRON_HOST" in out
    assert "DB_PASSWORD" not in out


def test_a_whole_file_is_taken_or_left_at_once(app: Path) -> None:
    code, screen = typed(app, ["d\n", "y\n", "a\n"])
    assert code == 0, screen
    assert "Applied: 5 edits in 2 files" in screen
    assert program(app, "plan").out.startswith("Plan: 2 edits, 1 file")


@pytest.mark.parametrize(("answers", "code"), [(["q\n"], 1), (["y\n", "\x04"], 2), (["y\n", "\x03"], 130)])
def test_who_quits_at_once_or_goes_away_changes_nothing(app: Path, answers: list[str], code: int) -> None:
    before = tree(app)
    found, screen = typed(app, answers)
    assert found == code, screen
    assert changed(before, tree(app)) == set()


def test_without_a_terminal_the_flag_is_named(app: Path) -> None:
    done = program(app, "apply", "--interactive")
    assert (done.code, "--interactive asks about each edit" in done.err) == (2, True)
