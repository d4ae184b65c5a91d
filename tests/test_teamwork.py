"""Decisions of a team: they survive apply, merges, rebases, and moved files; nothing decided is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portability.cli import run
from portability.planning.survey import Survey, survey
from portability.settings import project as project_settings
from portability.settings.decisions import Choice, Decision, dump, load
from tests import shop
from tests.shop import ENVIRONMENTS, program, write

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


def test_a_new_environment_gets_a_line_for_each_key(applied: Path) -> None:
    environments = "environments: {production: {}, loadtest: {}, development: {}, test: {}, staging: {}}\n"
    write(applied, "portability.yaml", shop.SETTINGS + environments)
    done = program(applied, "render", "--env", "staging")
    assert (done.code, "portability apply adds the lines" in done.err) == (4, True)
    done = program(applied, "plan")
    assert (done.code, f"+ {ENVIRONMENTS}/staging.yaml  6 keys to add" in done.out) == (1, True)
    assert portability(applied, "apply", "--dry-run") == 1
    assert not (applied / ENVIRONMENTS / "staging.yaml").exists()
    assert portability(applied, "apply") == 0
    lines = (applied / ENVIRONMENTS / "staging.yaml").read_text().splitlines()
    assert lines[-6:] == [f"{line.split(':')[0]}:" for line in shop.LOADTEST.splitlines()]
    assert program(applied, "plan").out.startswith("Plan: 0 edits")
    assert portability(applied, "plan") == 0


def test_only_takes_an_owner_of_codeowners_and_tells_what_is_left(app: Path) -> None:
    done = program(app, "plan", "--only", "@web")
    assert (done.code, "there is no CODEOWNERS" in done.err) == (2, True)
    write(app, ".github/CODEOWNERS", "* @shop/all\n/public/ @shop/Web\n*.ini @mail\n")
    shop.commit(app)
    done = program(app, "plan", "--only", "@shop/web")
    assert done.out.startswith("Plan: 4 edits, 1 file, 4 keys, 0 templates")
    assert "3 values in 2 files not asked for (--only): left for later" in done.out
    assert program(app, "plan", "--only", "@shop/web", "--only", "@mail").out.startswith(
        "Plan: 6 edits, 2 files"
    )
    assert program(app, "plan", "--only", "@nobody").code == 3
    assert portability(app, "apply", "--yes", "--only", "@shop/web") == 0
    assert "smtp.shop.example" in (app / "config/mail.ini").read_text()
    assert program(app, "plan").out.startswith("Plan: 3 edits, 2 files")


def test_an_owner_is_looked_up_from_the_top_of_the_repository(tmp_path: Path) -> None:
    app = shop.make(tmp_path / "all" / "shop", with_git=False)
    write(app.parent, "CODEOWNERS", "/shop/public/ @web\n")
    shop.git(app.parent, "init", "--quiet")
    assert program(app, "plan", "--only", "@web").out.startswith("Plan: 4 edits, 1 file")


def test_decide_by_words_as_people_name_things(app: Path) -> None:
    assert portability(app, "decide", "skip", "cron/go.sh:2") == 2
    assert portability(app, "decide", "skip", "cron/go.sh:1", "--reason", "x") == 3
    assert portability(app, "decide", "skip", "cron/go.sh:2", "--reason", "goes in March") == 0
    assert portability(app, "decide", "share", "SMTP_HOST", "--reason", "one relay") == 0
    assert portability(app, "rename", "SMTP_HOST", "RELAY_HOST") == 0
    assert portability(app, "decide", "accept", "DB_HOST", "--reason", "later", "--until", "2099-01-31") == 0
    found = {(d.path, d.decision, d.key, d.reason) for d in load(app)}
    assert found == {
        ("cron/go.sh", Choice.SKIP, "", "goes in March"),
        ("config/mail.ini", Choice.SHARED, "", "one relay"),
        ("config/mail.ini", Choice.KEY, "RELAY_HOST", ""),
        ("public/index.php", Choice.ACCEPT, "", "later"),
    }
    out = program(app, "plan").out
    assert "RELAY_HOST     smtp.shop.example  (smtp host, 1 file)  shared: one relay" in out
    assert "cron/go.sh" not in out
    assert portability(app, "decide", "skip", "RELAY_HOST", "--reason", "or not") == 0
    assert {d.decision for d in load(app) if d.path == "config/mail.ini"} == {Choice.SKIP}


def branch(app: Path, name: str, *commands: tuple[str, ...]) -> None:
    """A branch from `main` with the decisions of one person."""
    shop.git(app, "checkout", "--quiet", "-b", name, "main")
    for words in commands:
        assert portability(app, *words) == 0
    shop.commit(app)


JOIN = {"merge": ["merge", "--quiet", "--no-edit", "ann"], "rebase": ["rebase", "--quiet", "ann"]}


@pytest.mark.parametrize("way", JOIN)
def test_decisions_of_two_branches_come_together(app: Path, way: str) -> None:
    for number in range(8):
        write(app, f"src/page{number}.php", f"<?php\n$u{number} = 'https://p{number}.shop.example/';\n")
    write(app, DECISIONS, dump([]))
    assert portability(app, "decide", "accept", "src/page3.php", "src/page4.php", "--reason", "known") == 0
    shop.commit(app)
    shop.git(app, "branch", "-M", "main")
    skip = ("decide", "skip", "src/page1.php", "--reason", "dead")
    branch(app, "ann", skip, ("rename", "DB_HOST", "MAIN_HOST"))
    share = ("decide", "share", "SMTP_HOST", "--reason", "one relay")
    branch(app, "bob", ("decide", "skip", "src/page6.php", "--reason", "dead, too"), share)
    shop.git(
        app, *(["merge", "--quiet", "--no-edit", "ann"] if way == "merge" else ["rebase", "--quiet", "ann"])
    )
    found = {(d.path, d.decision) for d in load(app)}
    assert found == {
        ("src/page1.php", Choice.SKIP),
        ("src/page3.php", Choice.ACCEPT),
        ("src/page4.php", Choice.ACCEPT),
        ("src/page6.php", Choice.SKIP),
        ("public/index.php", Choice.KEY),
        ("config/mail.ini", Choice.SHARED),
    }
    assert sorted((app / DECISIONS).read_text().splitlines()) == sorted(dump(load(app)).splitlines())
    out = program(app, "plan").out
    assert "MAIN_HOST" in out
    assert "src/page1.php" not in out


@pytest.mark.parametrize("way", JOIN)
def test_two_pull_requests_that_apply_parts_come_together(app: Path, way: str) -> None:
    assert portability(app, "decide", "skip", "SHOP_HOST", "--reason", "not yet") == 0
    shop.commit(app)
    shop.git(app, "branch", "-M", "main")
    branch(app, "ann", ("apply", "--yes", "--only", "cron"))
    branch(app, "bob", ("apply", "--yes", "--only", "config"))
    shop.git(app, *JOIN[way])
    assert portability(app, "apply", "--yes") == 0
    shop.fill(app, "".join(line for line in shop.LOADTEST.splitlines(True) if "SHOP_HOST" not in line))
    for name in ("loadtest", "production"):
        assert portability(app, "render", "--env", name) == 0
        assert portability(app, "check", "--env", name) == 0
    text = (app / ".gitignore").read_text()
    assert "/config/mail.ini" in text


def test_two_people_who_decide_otherwise_about_one_place_are_told(app: Path) -> None:
    assert portability(app, "decide", "accept", "DB_HOST", "--reason", "known") == 0
    shop.commit(app)
    shop.git(app, "branch", "-M", "main")
    branch(app, "ann", ("decide", "skip", "WWW_HOST", "--reason", "dead"))
    branch(app, "bob", ("decide", "skip", "WWW_HOST", "--reason", "a legal text"))
    shop.git(app, *JOIN["merge"])
    done = program(app, "scan")
    assert (done.code, "disagrees with an earlier entry" in done.err) == (2, True)


def test_what_stands_beside_an_edit_keeps_its_decision(app: Path) -> None:
    lines = ["<?php", "$hosts = [", *(f"    'h{n}.shop.example'," for n in range(4)), "];"]
    lines += [
        "$u = 'https://www.shop.example/a https://www2.shop.example/b';",
        "?>",
        "<b>see www3.shop.example</b>",
    ]
    write(app, "lib/hosts.php", "\n".join([*lines, ""]))
    write(app, "lib/one.php", "<?php $u = 'https://www.shop.example/'; $v = 'https://www9.shop.example/';\n")
    write(app, "lib/page.php", "<i>www4.shop.example</i><b>www5.shop.example</b>\n<?php echo 1;\n")
    write(
        app, "bin/a.py", "import os\n\nfetch('https://www6.shop.example/x', 'https://www7.shop.example/y')\n"
    )
    kept = [f"h{n}.shop.example" for n in (1, 3)] + [f"www{n}.shop.example" for n in (2, 9, 5, 7)]
    kept += ["smtp.shop.example", "Fake-Password-1"]
    seen = looked_at(app)
    chosen = [f for f in seen.result.findings if f.value.text in kept]
    assert len(chosen) == len(kept)
    write(
        app, DECISIONS, dump(Decision(f.fingerprint, f.rule, f.path, Choice.SKIP, "", "no") for f in chosen)
    )
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    seen = looked_at(app)
    assert seen.stale == ()
    assert sorted(f.value.text for f in seen.result.findings) == sorted(kept)
    assert {f.fingerprint for f in seen.result.findings} == {f.fingerprint for f in chosen}
