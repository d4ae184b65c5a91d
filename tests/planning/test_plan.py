"""Which edits a plan makes of findings and decisions, and which it leaves, each with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portability.applying import apply as work
from portability.errors import NothingExamined, Refused, UsageError
from portability.model import Rewrite, Safety, Span
from portability.planning.plan import Choices, make_plan
from portability.planning.plans import Plan, splice
from portability.planning.project import Wishes, planned, read_wishes
from portability.planning.survey import Survey, survey
from portability.settings import project as project_settings
from portability.settings.decisions import Choice, Decision, dump
from tests.shop import FILES, write

TODAY = date(2026, 1, 31)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        write(tmp_path, name, text)
    return tmp_path


def plan(root: Path, *only: str, paths: tuple[str, ...] = (), review: bool = False) -> tuple[Survey, Plan]:
    return planned(project_settings.load(root), Wishes(paths, only, review), TODAY)


def decide(root: Path, found_as: str, choice: Choice, **more: object) -> None:
    """Writes the one decision, about the finding that would get the key `found_as`."""
    (root / "portability-decisions.yaml").unlink(missing_ok=True)
    found = next(f for f in plan(root)[0].result.findings if f.key == found_as)
    decision = Decision(found.fingerprint, found.rule, found.path, choice)
    write(root, "portability-decisions.yaml", dump([replace(decision, **more)]))  # type: ignore[arg-type]


def names(made: Plan) -> list[str]:
    return [named.key.name for named in made.keys]


ALL = ["DB_HOST", "DB_PASSWORD", "SHOP_HOST", "SMTP_HOST", "SMTP_PASSWORD", "WWW_HOST"]


def test_a_host_of_nobody_known_makes_the_next_plan_no_longer(tmp_path: Path) -> None:
    write(tmp_path, "portability.yaml", "version: 1\nproduction: {hosts: [shop.example]}\n")
    write(tmp_path, "a.php", "<?php\ndefine('PROXY_HOST', 'bypass.partner.de');\n")
    write(tmp_path, "db.php", "<?php\ndefine('DB_HOST', 'db1.shop.example');\n")
    write(
        tmp_path,
        "b.php",
        "<?php\n$x = [['http://bypass.partner.de', 1], ['http://a.bypass.partner.de/', 2]];\n",
    )
    _, made = plan(tmp_path)
    assert [named.value for named in made.keys] == ["db1.shop.example", "bypass.partner.de"]
    work.write(project_settings.load(tmp_path), made)
    keys = (tmp_path / "config/portability/keys.yaml").read_text("utf-8")
    assert "PROXY_HOST: {service: proxy, category: host, kind: host, whose: unknown}" in keys
    assert "DB_HOST: {service: mysql, category: host, kind: host}" in keys
    assert plan(tmp_path)[1].files == ()


def test_the_whole_plan(root: Path) -> None:
    _, made = plan(root)
    assert names(made) == ALL
    assert [(file.path, file.target, file.inline) for file in made.files] == [
        ("config/mail.ini", "config/portability/templates/config/mail.ini", False),
        ("cron/go.sh", "cron/go.sh", True),
        ("public/index.php", "public/index.php", True),
    ]
    assert (made.edits, made.left) == (7, ())
    assert set(made.infos) == set(ALL)


@pytest.mark.parametrize(
    ("only", "keys"),
    [
        (("DB_HOST",), ["DB_HOST"]),
        (("smtp",), ["SMTP_HOST", "SMTP_PASSWORD"]),
        (("public",), ["DB_HOST", "DB_PASSWORD", "SHOP_HOST", "WWW_HOST"]),
        (("./public/",), ["DB_HOST", "DB_PASSWORD", "SHOP_HOST", "WWW_HOST"]),
        (("public/*.php",), ["DB_HOST", "DB_PASSWORD", "SHOP_HOST", "WWW_HOST"]),
        (("cron/go.sh", "DB_PASSWORD"), ["DB_PASSWORD", "WWW_HOST"]),
    ],
)
def test_only(root: Path, only: tuple[str, ...], keys: list[str]) -> None:
    assert names(plan(root, *only)[1]) == keys


def test_only_takes_a_path_from_the_root_of_the_disk(root: Path) -> None:
    assert names(plan(root, str(root / "cron"))[1]) == ["WWW_HOST"]


def test_only_nothing_is_no_success(root: Path) -> None:
    with pytest.raises(NothingExamined):
        plan(root, "NOPE")


def test_a_decided_name_is_taken(root: Path) -> None:
    decide(root, "SMTP_HOST", Choice.KEY, key="RELAY")
    assert "RELAY" in names(plan(root)[1])
    assert "SMTP_HOST" not in names(plan(root)[1])


def test_a_decided_name_is_free_for_nobody_else(root: Path) -> None:
    """www.shop.example would be called WWW_HOST, but somebody wants that name for the mail relay."""
    decide(root, "SMTP_HOST", Choice.KEY, key="WWW_HOST")
    _, made = plan(root)
    assert {named.key.name: named.value for named in made.keys}["WWW_HOST"] == "smtp.shop.example"
    assert len(names(made)) == len(ALL)


@pytest.mark.parametrize("name", ["PATH", "HTTP_HOST", "PORTABILITY_ENV", "LD_PRELOAD"])
def test_a_name_with_a_meaning_of_its_own_is_no_key(root: Path, name: str) -> None:
    decide(root, "SMTP_HOST", Choice.KEY, key=name)
    with pytest.raises(UsageError):
        plan(root)


@pytest.mark.parametrize(
    "held", ["DB: other.example", "DB: 5", "DB: {secret: 'env:NOT_SET_HERE'}", "DB: {secret: 'file:kept'}"]
)
def test_a_decided_name_that_holds_something_else_is_refused(root: Path, held: str) -> None:
    write(root, "kept", "Fake-Kept\n")
    decide(root, "DB_HOST", Choice.KEY, key="DB")
    write(root, "config/portability/environments/production.yaml", held + "\n")
    with pytest.raises(Refused) as raised:
        plan(root)
    assert "Fake" not in str(raised.value)


def test_skipped_accepted_and_shared(root: Path) -> None:
    decide(root, "SMTP_HOST", Choice.SKIP, reason="theirs")
    assert "SMTP_HOST" not in names(plan(root)[1])
    decide(root, "DB_HOST", Choice.ACCEPT, reason="known", until=TODAY)
    assert "DB_HOST" not in names(plan(root)[1])
    decide(root, "DB_PASSWORD", Choice.SHARED, reason="one server")
    assert plan(root)[1].shared == {"DB_PASSWORD": "one server"}
    decide(root, "DB_PASSWORD", Choice.SHARED)
    assert plan(root)[1].shared == {"DB_PASSWORD": "so decided in portability-decisions.yaml"}


def test_an_expired_decision_counts_no_more(root: Path) -> None:
    decide(root, "DB_HOST", Choice.ACCEPT, reason="known", until=date(2026, 1, 30))
    seen, made = plan(root)
    assert names(made) == ALL
    assert len(seen.stale) == 1


def test_a_name_with_a_line_break_is_left(root: Path) -> None:
    write(root, "a\nb.ini", '[a]\nu = "https://www.shop.example/"\n')
    _, made = plan(root)
    assert [(edit.path, edit.rewrite.safety) for edit in made.left] == [("a\nb.ini", Safety.REFUSED)]


def test_splice_tells_where_each_edit_lies_on_both_sides() -> None:
    rewrites = [Rewrite(Span(1, 2), b"XYZ"), Rewrite(Span(2, 2), b"+"), Rewrite(Span(4, 6), b"")]
    data, spans = splice(b"abcdef", rewrites)
    assert data == b"aXYZ+cd"
    assert spans == ((Span(1, 2), Span(1, 4)), (Span(2, 2), Span(4, 5)), (Span(4, 6), Span(7, 7)))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"3", b'{"portability": "plan"}', b"\xff", b"[" * 99999]
)
def test_what_is_no_plan(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(UsageError):
        read_wishes(tmp_path / "plan.json")


def test_a_name_to_which_the_code_gives_another_value_is_not_proposed(root: Path) -> None:
    write(
        root, "lib/old.php", "<?php\ndefine('DB_HOST', getenv('H') ?: 'x');\ndefine('SMTP_HOST', 'none');\n"
    )
    _, made = plan(root)
    assert {named.key.name for named in made.keys} >= {"DB_HOST"}
    assert "SMTP_HOST" not in names(made)
    assert "smtp.shop.example" in [named.value for named in made.keys]


def test_a_decided_name_to_which_the_code_gives_another_value_is_refused(root: Path) -> None:
    decide(root, "SMTP_HOST", Choice.KEY, key="RELAY")
    write(root, "lib/old.php", "<?php\n\ndefine('RELAY', 'none');\n")
    with pytest.raises(Refused) as raised:
        plan(root)
    assert (raised.value.where, "RELAY" in raised.value.message) == ("lib/old.php:3", True)


def test_a_file_that_goes_away_between_scan_and_plan_is_left(root: Path) -> None:
    seen, _ = plan(root)
    (root / "cron/go.sh").unlink()
    fresh = survey(project_settings.load(root), (), TODAY)
    assert "cron/go.sh" not in fresh.sources
    sources = {path: seen.sources[path] for path in ("public/index.php", "config/mail.ini")}
    made = make_plan(seen.settings, sources, seen.result.findings, seen.named, Choices())
    assert [(edit.path, edit.rewrite.safety) for edit in made.left] == [("cron/go.sh", Safety.REFUSED)]
    assert "went away" in made.left[0].rewrite.reason
    assert [file.path for file in made.files] == ["config/mail.ini", "public/index.php"]


@pytest.mark.parametrize(
    ("path", "text", "inline"),
    [
        ("jobs/a.js", "const fs = require('fs');\nload('https://www.shop.example/');\n", True),
        ("web/a.js", "load('https://www.shop.example/');\n", False),
        ("jobs/a.js", "const fs = require('fs');\nload(/^www\\.shop\\.example$/);\n", False),
        ("lib/a.sh", "curl https://www.shop.example/\n", False),
        ("lib/a.py", "class A:\n    url = 'https://www.shop.example/'\n", False),
        ("lib/a.py", "import os\nurl = 'https://www.shop.example/'\n", True),
    ],
)
def test_what_has_no_place_to_load_values_becomes_a_template(
    path: str, text: str, inline: bool, root: Path
) -> None:
    write(root, path, text)
    _, made = plan(root, path)
    assert [(file.path, file.inline) for file in made.files] == [(path, inline)]
    assert made.left == ()
