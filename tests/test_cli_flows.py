"""Whole ways through the command line that a person goes: again, back, elsewhere, with odd names."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from portability.cli import run
from tests import shop
from tests.shop import ENVIRONMENTS, SECRETS, commit, fill, program, tree, write

SETS = "config/portability/secrets/production"
REDIS = "$r = new mysqli('logs.cluster-c1x2.eu-west-1.rds.amazonaws.com', 'shop', 'Fake-Other-7');\n"


def portability(app: Path, *arguments: str) -> int:
    return run(["-q", "-C", str(app), *arguments])


def append(app: Path, name: str, text: str) -> None:
    write(app, name, (app / name).read_text("utf-8") + text)


def ignored(app: Path, *names: str) -> list[str]:
    """Those of `names` that git would not add."""
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        input=b"".join(b"./" + os.fsencode(name) + b"\0" for name in names),
        cwd=app,
        capture_output=True,
        check=False,
    )
    return [os.fsdecode(name[2:]) for name in done.stdout.split(b"\0") if name]


def test_the_next_apply_adds_keys_and_leaves_alone_what_people_wrote(applied: Path) -> None:
    values = applied / ENVIRONMENTS / "loadtest.yaml"
    values.write_text("# ask Ann\n" + values.read_text().rstrip("\n") + "   # ours")
    write(applied, f"{ENVIRONMENTS}/test.yaml", b"WWW_HOST: t.example\r\nDB_HOST:\r\n")
    before = values.read_text()
    append(applied, "public/index.php", "$again = 'https://www.shop.example/new';\n" + REDIS)
    commit(applied)
    assert portability(applied, "apply", "--yes") == 0
    text = (applied / "public/index.php").read_text()
    assert r"'https://' . \AppEnv\WWW_HOST . '/new'" in text
    after = values.read_text()
    assert after.startswith(before + "\n")
    added = after.removeprefix(before).split()
    assert all(line.endswith(":") for line in added)
    assert b"\n" not in (applied / ENVIRONMENTS / "test.yaml").read_bytes().replace(b"\r\n", b"")
    assert portability(applied, "scan") == 0
    assert portability(applied, "check", "--env", "production") == 1
    assert portability(applied, "render", "--env", "production") == 0
    assert portability(applied, "check", "--env", "production") == 0


def test_a_new_secret_never_takes_the_key_of_another_one(applied: Path) -> None:
    append(applied, "public/index.php", REDIS)
    commit(applied)
    assert portability(applied, "apply", "--yes") == 0
    line = (applied / "public/index.php").read_text().splitlines()[-1]
    key = re.findall(r"AppEnv\\(\w+)", line)[1]
    assert key != "DB_PASSWORD"
    assert (applied / SETS / key).read_text() == "Fake-Other-7\n"
    assert (applied / SETS / "DB_PASSWORD").read_text() == f"{SECRETS[0]}\n"


def test_a_secret_that_is_known_already_is_read_again(applied: Path) -> None:
    append(applied, "public/index.php", f"$r = new mysqli(\\AppEnv\\DB_HOST, 'shop', '{SECRETS[0]}');\n")
    commit(applied)
    assert portability(applied, "apply", "--yes") == 0
    assert (applied / "public/index.php").read_text().splitlines()[-1].endswith(r"\AppEnv\DB_PASSWORD);")


def test_a_secret_that_cannot_be_read_here_is_not_taken_for_the_same(applied: Path) -> None:
    shutil.rmtree(applied / SETS)
    append(applied, "public/index.php", f"$r = new mysqli(\\AppEnv\\DB_HOST, 'shop', '{SECRETS[0]}');\n")
    commit(applied)
    assert portability(applied, "apply", "--yes") == 0
    assert not (applied / "public/index.php").read_text().splitlines()[-1].endswith(r"\AppEnv\DB_PASSWORD);")


def test_undo_goes_back_one_apply_at_a_time(app: Path) -> None:
    trees = [tree(app)]
    for only in (("--only", "smtp"), ("--only", "DB_HOST"), ()):
        assert portability(app, "apply", "--yes", "--allow-dirty", *only) == 0
        trees.append(tree(app))
    assert portability(app, "scan") == 0
    for expected in reversed(trees[:-1]):
        assert portability(app, "apply", "--undo") == 0
        assert tree(app) == expected
    assert portability(app, "apply", "--undo") == 3


def test_undo_of_a_later_apply_leaves_what_was_rendered_before(applied: Path) -> None:
    append(applied, "public/index.php", REDIS)
    commit(applied)
    before = tree(applied)
    assert portability(applied, "apply", "--yes") == 0
    assert portability(applied, "apply", "--undo") == 0
    assert tree(applied) == before
    assert portability(applied, "check", "--env", "production") == 0


def test_undo_keeps_values_that_people_edited_and_git_still_ignores_the_secrets(app: Path) -> None:
    original = tree(app)
    assert portability(app, "apply", "--yes") == 0
    fill(app)
    done = program(app, "apply", "--undo")
    assert done.code == 0
    assert f"! {ENVIRONMENTS}/loadtest.yaml  edited since: it stays" in done.out
    found = tree(app)
    assert {name: found.get(name) for name in original} == original
    assert "db.lt.internal" in (app / ENVIRONMENTS / "loadtest.yaml").read_text()
    assert ignored(app, f"{SETS}/DB_PASSWORD") == [f"{SETS}/DB_PASSWORD"]
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "render", "--env", "loadtest") == 0


def test_undo_says_that_what_was_rendered_outside_stays(app: Path) -> None:
    write(app, "portability.yaml", shop.SETTINGS + "rendered: ../values\n")
    commit(app)
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "render", "--env", "production") == 0
    assert (app.parent / "values/current.php").stat().st_mode & 0o777 == 0o640
    assert "! ../values  stays" in program(app, "apply", "--undo").out


def test_a_plan_and_a_report_in_the_project_are_no_part_of_it(app: Path) -> None:
    plan = str(app / "plan.json")
    assert portability(app, "plan", "-o", plan) == 1
    assert portability(app, "scan", "--format", "json", "-o", str(app / "report.json")) == 1
    assert portability(app, "apply", "--yes", plan) == 0
    assert portability(app, "scan") == 0


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_no_report_is_scanned_by_the_next_run(app: Path, form: str) -> None:
    assert portability(app, "scan", "--format", form, "-o", str(app / f"report.{form}")) == 1
    first = (app / f"report.{form}").read_bytes()
    for name in (f"twice.{form}", f"thrice.{form}"):
        write(app, name, program(app, "scan", "--no-cache", "--format", form).out)
        assert first[:60] == (app / name).read_bytes()[:60]
    assert program(app, "scan", "--format", "json").out.count(f"report.{form}") == 1
    write(app, "plan.txt", program(app, "plan", "--diff").out)
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "scan") == 0


def test_what_is_shared_needs_no_value_elsewhere(app: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    portability(app, "scan", "--format", "json", "-o", str(report))
    found = next(f for f in json.loads(report.read_bytes())["findings"] if f["key"] == "SMTP_HOST")
    entry = f"fingerprint: {found['fingerprint']}, rule: {found['rule']}, path: config/mail.ini"
    decisions = f"decisions:\n- {{{entry}, decision: shared, reason: 'one relay: for all #1'}}\n"
    write(app, "portability-decisions.yaml", decisions)
    assert portability(app, "apply", "--yes") == 0
    for name in ("loadtest", "development", "test"):
        values = yaml.safe_load((app / ENVIRONMENTS / f"{name}.yaml").read_text())
        assert values["SMTP_HOST"] == {"shared": "one relay: for all #1"}
        assert values["DB_HOST"] is None
    production = yaml.safe_load((app / ENVIRONMENTS / "production.yaml").read_text())
    assert production["SMTP_HOST"] == "smtp.shop.example"
    lines = [line for line in shop.LOADTEST.splitlines() if not line.startswith("SMTP_HOST")]
    fill(app, "\n".join([*lines, "SMTP_HOST: {shared: 'one relay: for all #1'}", ""]))
    assert portability(app, "render", "--env", "loadtest") == 0
    assert 'smtp_host = "smtp.shop.example"' in (app / "config/mail.ini").read_text()


@pytest.mark.parametrize(
    "text", [b"vendor\r\nnode_modules\r\n", b"vendor", b"caf\xe9\n", b"", b"\xef\xbb\xbfvendor\n"]
)
def test_gitignore_keeps_what_it_holds(app: Path, text: bytes) -> None:
    write(app, ".gitignore", text)
    commit(app)
    assert portability(app, "apply", "--yes", "--only", "public") == 0
    assert portability(app, "apply", "--yes", "--allow-dirty") == 0
    found = (app / ".gitignore").read_bytes()
    assert found.startswith(text)
    assert found.count(b"# portability: end") == 1
    assert (b"\r\n" in text) is (b"\n" not in found.replace(b"\r\n", b""))
    names = [f"{SETS}/DB_PASSWORD", "config/mail.ini", "config/portability/current/current.php"]
    assert ignored(app, *names) == names
    assert portability(app, "apply", "--undo") == portability(app, "apply", "--undo") == 0
    assert (app / ".gitignore").read_bytes() == text


ODD = [
    *("-dash", "--help", "quo'te", 'dou"ble', "sp ace", "$(id)", "`id`", "back\\slash", "tab\tx", "a:b"),
    *("star*[x]?", "{br,ace}", "\x1b[31mred", "hash#x", "!bang", "umläut", "trail ", ".hidden", "l\udce9tin"),
]


def test_odd_names_go_down_the_whole_road(app: Path) -> None:
    for name in ODD:
        for folder in ("", f"d/{name}/"):
            write(app, f"{folder}{name}.php", "<?php echo 'https://www.shop.example/a';\n")
            write(app, f"{folder}{name}.ini", '[a]\nurl = "https://www.shop.example/b"\n')
            write(app, f"{folder}{name}.sh", "#!/bin/sh\necho https://www.shop.example/c\n")
    write(app, "new\nline.ini", '[a]\nurl = "https://www.shop.example/b"\n')
    commit(app)
    before = tree(app)
    plan = str(app.parent / "plan.json")
    done = program(app, "plan", "--diff", "-o", plan)
    assert done.code == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\udc80-\udcff]", done.out)
    json.loads(program(app, "scan", "--format", "json").out)
    assert portability(app, "apply", "--yes", plan) == 0
    assert tree(app)["new\nline.ini"] == before["new\nline.ini"]
    assert portability(app, "render", "--env", "production") == 0
    assert portability(app, "check", "--env", "production") == 0
    for name in ODD:
        for path in (app / f"{name}.ini", app / f"d/{name}/{name}.ini"):
            assert path.read_bytes() == before[str(path.relative_to(app))][0]
            assert ignored(app, str(path.relative_to(app)))
        script = subprocess.run(["sh", str(app / f"d/{name}/{name}.sh")], capture_output=True, check=False)
        assert script.stdout == b"https://www.shop.example/c\n"
        page = subprocess.run(["php", "-n", str(app / f"{name}.php")], capture_output=True, check=False)
        assert page.stdout == b"https://www.shop.example/a"
    assert portability(app, "apply", "--undo") == 0
    assert tree(app) == before


def test_a_project_inside_a_larger_repository(tmp_path: Path) -> None:
    app = shop.make(tmp_path / "all" / "shop", with_git=False)
    write(app.parent, "other/a.php", "<?php\n")
    shop.git(app.parent, "init", "--quiet")
    commit(app.parent)
    write(app.parent, "other/a.php", "<?php // changed\n")
    before = tree(app)
    assert portability(app, "apply", "--yes") == 0
    names = [f"shop/{SETS}/DB_PASSWORD", "shop/config/mail.ini"]
    assert ignored(app.parent, *names) == names
    assert portability(app, "apply", "--undo") == 0
    assert tree(app) == before
    append(app, "cron/go.sh", "# changed\n")
    assert portability(app, "apply", "--yes") == 4


def test_without_git_or_without_a_repository(app: Path, tmp_path: Path) -> None:
    before = tree(app)
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    php = shutil.which("php")
    assert php
    (bin_folder / "php").symlink_to(Path(php).resolve())
    assert program(app, "apply", "--yes", PATH=str(bin_folder)).code == 4
    assert tree(app) == before
    assert program(app, "apply", "--yes", "--allow-dirty", PATH=str(bin_folder)).code == 0
    assert program(app, "apply", "--undo", PATH=str(bin_folder)).code == 0
    shutil.rmtree(app / ".git")
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "apply", "--undo") == 0
    assert tree(app) == before


def test_without_php_on_path_the_hint_leads_on(app: Path) -> None:
    before = tree(app)
    done = program(app, "apply", "--yes", "--allow-dirty", PATH="/nowhere")
    assert done.code == 5
    assert "--without-php" in done.err
    assert tree(app) == before
    done = program(app, "apply", "--yes", "--allow-dirty", "--without-php", PATH="/nowhere")
    assert done.code == 0
    assert "could not be evaluated, nor compiled, without PHP: only the bytes around them" in done.out


def test_a_file_that_does_not_compile_is_left_alone(app: Path) -> None:
    broken = "<?php\n$a = 'https://www.shop.example/';\nfunction ( {\n"
    write(app, "public/broken.php", broken)
    commit(app)
    done = program(app, "apply", "--yes")
    assert done.code == 0
    assert (
        "public/broken.php:2  not touched: not proven (line 3): it does not compile as it stands" in done.out
    )
    assert (app / "public/broken.php").read_text() == broken
    assert "AppEnv" in (app / "public/index.php").read_text()
    again = program(app, "apply", "--yes", "--allow-dirty")
    assert again.code == 5
    assert again.err.startswith("error: no edit could be proven; nothing was written")


def test_links_are_passed_by_and_a_linked_root_is_entered(app: Path) -> None:
    write(app.parent, "outside/o.php", "<?php $x = 'https://www.shop.example/';\n")
    (app / "lib").symlink_to("../outside")
    (app / "web").symlink_to("public")
    (app / "loop").symlink_to("loop")
    commit(app)
    before = tree(app)
    linked = app.parent / "linked"
    linked.symlink_to("shop")
    assert portability(linked, "apply", "--yes") == 0
    assert (app.parent / "outside/o.php").read_text() == "<?php $x = 'https://www.shop.example/';\n"
    assert portability(linked, "scan", "lib") == 2
    assert portability(linked, "apply", "--undo") == 0
    assert tree(app) == before


def test_where_everything_is_served_values_are_rendered_outside(tmp_path: Path) -> None:
    app = tmp_path / "site" / "www"
    write(app, "index.php", shop.FILES["public/index.php"])
    assert portability(app, "init") == 0
    settings = yaml.safe_load((app / "portability.yaml").read_text())
    assert (settings["document_root"], settings["rendered"]) == (".", "../portability-values")
    assert portability(app, "apply", "--yes") == 0
    assert portability(app, "render", "--env", "production") == 0
    assert portability(app, "check", "--env", "production") == 0
    assert (tmp_path / "site/portability-values/current.php").is_file()
    private = list((tmp_path / "site/portability-values/secrets/production").iterdir())
    assert private
    assert all(p.stat().st_mode & 0o077 == 0 for p in private)


def test_other_folders_and_a_namespace_of_two_levels(app: Path) -> None:
    more = "namespace: AppEnv\\Shop\nvalues: etc/our values\nrendered: var/here\n"
    write(app, "portability.yaml", shop.SETTINGS + more)
    write(app, "public/host.php", "<?php echo 'https://www.shop.example/';\n")
    commit(app)
    assert portability(app, "apply", "--yes") == 0
    assert r"\AppEnv\Shop\WWW_HOST" in (app / "public/host.php").read_text()
    assert portability(app, "render", "--env", "production") == 0
    assert portability(app, "check", "--env", "production") == 0
    page = subprocess.run(["php", "-n", "public/host.php"], cwd=app, capture_output=True, check=False)
    assert page.stdout == b"https://www.shop.example/"
    names = ["etc/our values/secrets/production/DB_PASSWORD", "var/here/current.php"]
    assert ignored(app, *names) == names
    assert portability(app, "scan") == 0


def test_render_elsewhere_leaves_the_project_alone(applied: Path, tmp_path: Path) -> None:
    before = tree(applied)
    assert portability(applied, "render", "--env", "loadtest", "-o", str(tmp_path / "bundle")) == 0
    assert tree(applied) == before
    assert "db.lt.internal" in (tmp_path / "bundle/config/portability/current/current.php").read_text()
    assert "smtp.shop-lt.example" in (tmp_path / "bundle/config/mail.ini").read_text()
    leak = [p for p in (tmp_path / "bundle").rglob("*") if p.is_file() and b".shop.example" in p.read_bytes()]
    assert leak == []


def test_render_that_cannot_write_all_writes_nothing(applied: Path) -> None:
    before = tree(applied)
    (applied / "config/mail.ini").unlink()
    (applied / "config/mail.ini").mkdir()
    write(applied, "config/mail.ini/in-the-way", "x")
    assert portability(applied, "render", "--env", "loadtest") in (4, 5)
    shutil.rmtree(applied / "config/mail.ini")
    found = tree(applied)
    assert {**before, **found} == before


def test_an_environment_named_by_the_shell_is_heard(applied: Path) -> None:
    done = program(applied, "check", "--env", "production", PORTABILITY_ENV="loadtest")
    assert done.code == 1
    assert "PORTABILITY_ENV is loadtest in this shell: code run from here stops" in done.out
    assert "but PORTABILITY_ENV is loadtest" in done.out
    assert program(applied, "check", "--env", "production", PORTABILITY_ENV="").code == 0


def test_a_diff_shows_no_secret_that_stays_where_it_is(app: Path) -> None:
    write(
        app,
        "public/mixed.php",
        "<?php\n$l = new mysqli('x.cluster-c1x2.eu-west-1.rds.amazonaws.com', 'shop', 'Fake-Stays-Here-3');\n"
        "$o = `mysql --password=Fake-Stays-Here-3 -h x.cluster-c1x2.eu-west-1.rds.amazonaws.com`;\n"
        "$u = 'https://www.shop.example/';\n",
    )
    commit(app)
    done = program(app, "plan", "--diff", "--only", "WWW_HOST")
    assert "public/mixed.php" in done.out
    assert "Fake-Stays" not in done.out


@pytest.mark.parametrize(
    "name", ["scan", "plan", "apply", "render", "check", "verify", "fingerprint", "rules", "init"]
)
def test_every_command_has_help_that_names_its_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "--help" in capsys.readouterr().out


def test_nothing_heavy_is_imported_for_help() -> None:
    code = "import sys, portability.cli; print([m for m in %r if m in sys.modules])"
    heavy = [
        "tree_sitter",
        "hyperscan",
        "jinja2",
        "portability.scanning.scan",
        "portability.proving.php",
        "subprocess",
    ]
    done = subprocess.run(
        [sys.executable, "-c", code % heavy],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
