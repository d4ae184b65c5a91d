"""What a commit or a pull request adds: pre-commit's hook, the line for CI, and keys that exist already."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from portability.cli import run
from tests import shop
from tests.shop import write

Out = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
HOST = "shop.cluster-c1x2.eu-west-1.rds.amazonaws.com"


@pytest.fixture(scope="module")
def hook() -> dict[str, Any]:
    (only,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert isinstance(only, dict)
    return only


def call(hook: dict[str, Any], app: Path) -> list[str]:
    program, *words = shlex.split(hook["entry"])
    assert program == "portability" and not hook["pass_filenames"]
    return ["-C", str(app), *words]


def test_the_hook_lets_a_commit_through_that_adds_nothing(hook: dict[str, Any], app: Path) -> None:
    write(app, "lib/new.php", "<?php\n$x = 1;\n")
    shop.git(app, "add", "--all")
    assert run(call(hook, app)) == 0


def test_the_hook_stops_a_new_literal_and_names_the_key_that_exists(
    hook: dict[str, Any], applied: Path, capsys: Out
) -> None:
    write(applied, "lib/new.php", f"<?php\n$pdo = new PDO('mysql:host={HOST};dbname=shop');\n")
    shop.git(applied, "add", "--all")
    capsys.readouterr()
    assert run(call(hook, applied)) == 1
    out = capsys.readouterr().out
    assert out.startswith("lib/new.php:2:") and "-> DB_HOST (exists: use it)" in out
    assert "public/index.php" not in out


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_reports_for_a_pull_request_name_it_too(form: str, applied: Path, capsys: Out) -> None:
    write(applied, "lib/new.php", f"<?php\n$pdo = new PDO('mysql:host={HOST};dbname=shop');\n")
    capsys.readouterr()
    assert run(["-C", str(applied), "scan", "--since", "HEAD", "--format", form]) == 1
    assert "use the existing key DB_HOST" in capsys.readouterr().out


def test_the_documentation_shows_the_hook_and_the_line(hook: dict[str, Any]) -> None:
    text = (ROOT / "docs/scan.md").read_text("utf-8")
    assert f"id: {hook['id']}" in text and "scan --since origin/main --format github" in text


APART = {
    "vendor/acme/client.php": "<?php\n$u = 'https://api.shop.example/v1';\n",
    "public/app.min.js": "var u='https://api.shop.example/v1';\n",
    "public/bundle.js": "var u='https://api.shop.example/v1';" + "a();" * 4000 + "\n",
}


def test_what_others_wrote_or_a_tool_made_is_scanned_apart(app: Path, capsys: Out) -> None:
    for path, text in APART.items():
        write(app, path, text)
    capsys.readouterr()
    assert run(["-C", str(app), "scan"]) == 1
    out = capsys.readouterr().out
    assert not any(path in out for path in APART)
    assert "3 files or folders left out, 3 of them third-party, minified or generated: scan --apart" in out
    assert run(["-C", str(app), "scan", "--apart"]) == 1
    out = capsys.readouterr().out
    assert all(path in out for path in APART) and "public/index.php" not in out
    assert "3 values in 3 files; 0 rewritable, 0 review, 3 cannot" in out


def test_what_was_left_out_is_named_where_it_is_asked_for(app: Path, capsys: Out) -> None:
    (app / "data.php").write_bytes(b"<?php\0")
    (app / "link.php").symlink_to("public/index.php")
    capsys.readouterr()
    assert run(["-C", str(app), "scan"]) == 1
    assert "2 files or folders left out; which and why: scan --explain" in capsys.readouterr().out
    for command in (["scan", "--explain"], ["-v", "scan"]):
        assert run(["-C", str(app), *command]) == 1
        out = capsys.readouterr().out
        assert "data.php: left out: not text\n" in out and "link.php: left out: a symbolic link\n" in out


def test_the_hosts_of_what_lies_apart_are_told_by_the_projects_own_code(tmp_path: Path, capsys: Out) -> None:
    write(tmp_path, "a.php", "<?php\nsetcookie('a', 'b', 0, '/', '.fans-abroad.de');\n")
    write(tmp_path, "vendor/x/a.php", "<?php\n$l = '<a href=\"https://www.fans-abroad.de/\">us</a>';\n")
    assert run(["-C", str(tmp_path), "scan", "--apart"]) == 1
    assert "vendor/x/a.php:2" in capsys.readouterr().out


def test_commented_out_credentials_are_notes_without_their_value(tmp_path: Path, capsys: Out) -> None:
    write(tmp_path, "a.php", "<?php\n// define('DB_PASSWORD', 'Fake-0001-Pw');\n// $token = 'your token';\n")
    assert run(["-C", str(tmp_path), "scan", "--explain"]) == 0
    out = capsys.readouterr().out
    assert "a.php:2 note: commented out: a credential (DB_PASSWORD)" in out
    assert "Fake-0001-Pw" not in out and "a.php:3" not in out
