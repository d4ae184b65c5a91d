"""Keys renamed, merged and split, in the plan and once code reads them: every place follows, or none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from portability.cli import run
from tests import shop
from tests.shop import ENVIRONMENTS, program, tree, write

DECISIONS = "portability-decisions.yaml"


def portability(app: Path, *arguments: str) -> int:
    return run(["-q", "-C", str(app), *arguments])


def values(app: Path, name: str) -> dict[str, object]:
    return dict(yaml.safe_load((app / ENVIRONMENTS / f"{name}.yaml").read_text()))


def keys_of(app: Path, value: str) -> list[str]:
    """The keys that a plan gives to a value."""
    return [line.split()[0] for line in program(app, "plan").out.splitlines() if f"  {value}  (" in line]


def test_a_planned_key_is_renamed_once_and_every_place_follows(app: Path) -> None:
    assert portability(app, "rename", "WWW_HOST", "SITE_HOST", "--check") == 1
    assert not (app / DECISIONS).exists()
    assert portability(app, "rename", "WWW_HOST", "SITE_HOST") == 0
    write(app, "src/later.php", "<?php\n$u = 'https://www.shop.example/later';\n")
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    for path in ("public/index.php", "cron/go.sh", "src/later.php"):
        assert "SITE_HOST" in (app / path).read_text()
    assert values(app, "production")["SITE_HOST"] == "www.shop.example"
    assert "WWW_HOST" not in values(app, "production")


def test_a_planned_key_is_split_by_path_and_new_places_stay_with_most(app: Path) -> None:
    write(app, "legacy/a.php", "<?php\n$u = 'https://www.shop.example/a';\n")
    shop.commit(app)
    assert portability(app, "rename", "WWW_HOST", "LEGACY_HOST", "--in", "legacy/*") == 0
    write(app, "src/later.php", "<?php\n$u = 'https://www.shop.example/later';\n")
    done = program(app, "plan")
    assert " legacy/a.php      1 edit    LEGACY_HOST" in done.out
    assert " src/later.php     1 edit    WWW_HOST" in done.out
    assert "also the value of" in done.out


def test_planned_keys_are_merged_only_if_asked_and_only_if_they_hold_the_same(app: Path) -> None:
    write(app, "lib/all.php", "<?php\n$link = new mysqli('all.shop.example', 'shop', 'Fake-Password-9');\n")
    write(app, "config/more.ini", '[mail]\nsmtp_host = "all.shop.example"\n')
    shop.commit(app)
    keys = keys_of(app, "all.shop.example")
    assert len(keys) == 2
    assert portability(app, "rename", *keys) == 4
    assert portability(app, "rename", keys[0], "WWW_HOST", "--merge") == 4
    assert portability(app, "rename", *keys, "--merge") == 0
    assert keys_of(app, "all.shop.example") == [keys[1]]


@pytest.mark.parametrize(("new", "code"), [("PATH", 2), ("db", 2), ("SMTP_HOST", 4), ("HTTP_X", 2)])
@pytest.mark.parametrize("state", ["app", "applied"])
def test_a_name_that_is_not_free_is_refused(
    new: str, code: int, state: str, request: pytest.FixtureRequest
) -> None:
    app = request.getfixturevalue(state)
    before = tree(app)
    assert portability(app, "rename", "DB_HOST", new) == code
    assert tree(app) == before
    assert portability(app, "rename", "NOT_THERE", "OTHER") == 3


def test_a_key_that_code_reads_is_renamed_everywhere_and_back(applied: Path) -> None:
    before = tree(applied)
    for old, new in (("WWW_HOST", "SITE_HOST"), ("SMTP_PASSWORD", "MAIL_PASSWORD")):
        assert portability(applied, "rename", old, new, "--yes", "--allow-dirty") == 0
    code = {name: data for name, (data, _) in tree(applied).items() if "/current/" not in name}
    assert not any(b"WWW_HOST" in data for data in code.values())
    assert b"${AppEnv_SITE_HOST:?}" in code["cron/go.sh"]
    assert b"\\AppEnv\\SITE_HOST" in code["public/index.php"]
    assert b"@@MAIL_PASSWORD|" in code["config/portability/templates/config/mail.ini"]
    assert values(applied, "loadtest")["SITE_HOST"] == "www.shop-lt.example"
    assert values(applied, "production")["MAIL_PASSWORD"] == {
        "secret": "file:config/portability/secrets/production/SMTP_PASSWORD"
    }
    assert portability(applied, "scan") == 0
    for name in ("loadtest", "production"):
        assert portability(applied, "render", "--env", name) == 0
        assert portability(applied, "check", "--env", name) == 0
    script = subprocess.run(["sh", "cron/go.sh"], cwd=applied, capture_output=True, check=True)
    assert script.stdout == b"https://www.shop.example/cron\n"
    assert portability(applied, "apply", "--undo") == portability(applied, "apply", "--undo") == 0
    assert portability(applied, "render", "--env", "production") == 0
    assert tree(applied) == before


NODE = "const fs = require('fs');\nconsole.log(`https://www.shop.example/${fs.sep || ''}`);\n"


def test_a_script_of_node_follows_and_another_way_to_read_the_key_stops_it(app: Path) -> None:
    write(app, "jobs/a.js", NODE)
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    assert "AppEnv.WWW_HOST" in (app / "jobs/a.js").read_text()
    assert portability(app, "rename", "WWW_HOST", "SITE_HOST", "--yes", "--allow-dirty") == 0
    script = (app / "jobs/a.js").read_text()
    assert ("AppEnv.SITE_HOST" in script, "WWW_HOST" in script) == (True, False)
    for other in ("AppEnv['SITE_HOST']", "AppEnv?.SITE_HOST", "(({SITE_HOST} = AppEnv), SITE_HOST)"):
        (app / "jobs/a.js").write_text(script.replace("AppEnv.SITE_HOST", other))
        before = tree(app)
        done = program(app, "rename", "SITE_HOST", "HOME_HOST", "--yes", "--allow-dirty")
        assert (done.code, "jobs/a.js" in done.err) == (4, True), other
        assert tree(app) == before


def test_a_key_that_code_reads_is_split_and_merged_again(applied: Path) -> None:
    before = tree(applied)
    assert portability(applied, "rename", "WWW_HOST", "CRON_HOST", "--in", "cron", "--yes") == 0
    assert "${AppEnv_CRON_HOST:?}" in (applied / "cron/go.sh").read_text()
    assert "WWW_HOST" in (applied / "public/index.php").read_text()
    for name in ("loadtest", "production"):
        assert values(applied, name)["CRON_HOST"] == values(applied, name)["WWW_HOST"]
        assert portability(applied, "render", "--env", name) == 0
    back = ("rename", "CRON_HOST", "WWW_HOST", "--yes", "--allow-dirty")
    assert portability(applied, *back) == 4
    assert portability(applied, *back, "--merge") == 0
    assert portability(applied, "render", "--env", "production") == 0
    assert tree(applied) == before


def test_keys_that_differ_somewhere_are_not_merged(applied: Path) -> None:
    assert portability(applied, "rename", "WWW_HOST", "CRON_HOST", "--in", "cron", "--yes") == 0
    file = applied / ENVIRONMENTS / "loadtest.yaml"
    file.write_text(file.read_text().replace("CRON_HOST: www.", "CRON_HOST: cron."))
    before = tree(applied)
    done = program(applied, "rename", "CRON_HOST", "WWW_HOST", "--yes", "--allow-dirty", "--merge")
    assert (done.code, "hold different values in loadtest" in done.err) == (4, True)
    assert tree(applied) == before


def test_a_place_that_names_the_key_in_another_way_stops_it_all(applied: Path) -> None:
    write(
        applied,
        "lib/odd.php",
        "<?php\nif (defined('AppEnv\\\\WWW_HOST')) { echo constant('AppEnv\\WWW_HOST'); }\n",
    )
    shop.commit(applied)
    before = tree(applied)
    done = program(applied, "rename", "WWW_HOST", "SITE_HOST", "--yes")
    assert (done.code, "where: lib/odd.php:2" in done.err) == (4, True)
    assert tree(applied) == before


def test_what_is_not_committed_is_not_renamed(applied: Path) -> None:
    write(applied, "cron/go.sh", (applied / "cron/go.sh").read_text() + "# mine\n")
    before = tree(applied)
    assert portability(applied, "rename", "WWW_HOST", "SITE_HOST", "--yes") == 4
    assert portability(applied, "rename", "WWW_HOST", "SITE_HOST") == 4
    assert tree(applied) == before


def test_the_names_of_probes_and_decisions_follow(app: Path) -> None:
    assert portability(app, "rename", "WWW_HOST", "SITE_HOST") == 0
    probe = "probes:\n  www: {service: redis, host: {key: SITE_HOST}}\n"
    write(app, "portability.yaml", shop.SETTINGS + probe)
    shop.commit(app)
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "rename", "SITE_HOST", "PAGE_HOST", "--yes", "--allow-dirty") == 0
    decisions = (app / DECISIONS).read_text()
    assert "PAGE_HOST" in decisions
    assert "SITE_HOST" not in decisions
    assert "key: PAGE_HOST" in (app / "portability.yaml").read_text()
    assert portability(app, "plan") == 0
