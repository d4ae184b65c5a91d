"""Decisions of a team: they survive apply, merges, rebases, and moved files; nothing decided is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from portability import settings as project_settings
from portability.cli import run
from portability.decisions import Choice, Decision, dump, load
from portability.survey import Survey, survey
from tests import shop
from tests.shop import program, write

DECISIONS = "portability-decisions.yaml"
TODAY = date(2026, 1, 31)


def looked_at(app: Path) -> Survey:
    return survey(project_settings.load(app), (), TODAY)


def decide(app: Path, found_as: str, choice: Choice, **more: object) -> None:
    """Adds a decision about each finding that would get the key `found_as`."""
    found = [f for f in looked_at(app).result.findings if f.key == found_as]
    new = [replace(Decision(f.fingerprint, f.rule, f.path, choice), **more) for f in found]  # type: ignore[arg-type]
    write(app, DECISIONS, dump([*load(app), *new]))


def portability(app: Path, *arguments: str) -> int:
    return run(["-q", "-C", str(app), *arguments])


def test_what_apply_has_followed_is_not_stale(app: Path) -> None:
    decide(app, "WWW_HOST", Choice.KEY, key="SITE_HOST")
    decide(app, "SMTP_HOST", Choice.SHARED, reason="one relay")
    decide(app, "DB_HOST", Choice.SAFE)
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    assert looked_at(app).stale == ()
    assert "SITE_HOST" in (app / "public/index.php").read_text()
    (app / "config/portability/templates/config/mail.ini").unlink()
    write(app, "public/index.php", "<?php\n")
    assert sorted(d.decision for d in looked_at(app).stale) == [Choice.SAFE, Choice.SHARED]


def test_a_skip_holds_in_the_template_that_its_file_became(app: Path) -> None:
    write(
        app, "config/mail.ini", shop.FILES["config/mail.ini"] + '[other]\nhome = "https://www.shop.example"\n'
    )
    decide(app, "WWW_HOST", Choice.SKIP, reason="a legal text")
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    template = (app / "config/portability/templates/config/mail.ini").read_text()
    assert 'home = "https://www.shop.example"' in template
    assert "www.shop.example" in (app / "cron/go.sh").read_text()
    seen = looked_at(app)
    assert seen.stale == ()
    assert program(app, "plan").out.startswith("Plan: 0 edits")
