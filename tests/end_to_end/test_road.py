"""Down the whole road on the fan club: nobody in production notices, and the replica names only itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from portability.applying import transaction
from tests.end_to_end.conftest import FANCLUB, Road, fresh_copy, portability, snapshot

BOUNDARY = rb"(?<![\w-])"
"""The load test's own apex ends in production's; a name begins where no letter, digit or hyphen stands."""


def production_values() -> list[str]:
    """Every value of production that names a machine, an account or a secret, the longest first."""
    sections = yaml.safe_load((FANCLUB.parent / "stage" / "loadtest-values.yaml").read_text("utf-8"))
    values = [value for name, section in sections.items() if name != "edge" for value in section]
    return sorted((value for value in values if len(value) > 7), key=len, reverse=True)


def test_every_page_answers_the_same_bytes_under_production(road: Road) -> None:
    assert len(road.before) > 40
    changed = [name for (name, old), (_, new) in zip(road.before, road.after, strict=True) if old != new]
    assert changed == []


def test_under_loadtest_no_page_header_cookie_or_script_names_production(road: Road) -> None:
    assert [r.status for _, r in road.loadtest] == [r.status for _, r in road.before]
    leaks = []
    for name, response in road.loadtest:
        text = b"\n".join(f"{k}: {v}".encode() for k, v in response.headers) + b"\n" + response.body
        leaks += [(name, v) for v in production_values() if re.search(BOUNDARY + re.escape(v.encode()), text)]
    assert leaks == []


def test_no_production_value_is_left_but_in_comments_and_other_peoples_code(road: Road) -> None:
    truth = yaml.safe_load((FANCLUB / "truth.yaml").read_text("utf-8"))["files"]
    listed = [
        (path, entry["line"])
        for path, entries in truth.items()
        for entry in entries
        if "not" in entry or entry.get("tier") == "edge"
    ]
    allowed = {*listed, *((path, line_of(path, number)) for path, number in listed)}
    left = []
    for path, (data, _) in road.applied.items():
        if path.startswith(("config/portability/environments/production", "config/portability/secrets/")):
            continue
        for number, line in enumerate(data.split(b"\n"), 1):
            found = [v for v in production_values() if re.search(BOUNDARY + re.escape(v.encode()), line)]
            origin = path.removeprefix("config/portability/templates/")
            known = {(origin, line.strip()), (origin, number)} & allowed
            if found and not known and path != "portability.yaml":
                left.append((path, number, found))
    assert left == []


def line_of(path: str, number: int) -> bytes:
    return (FANCLUB / path).read_bytes().split(b"\n")[number - 1].strip()


def test_a_scan_of_the_applied_tree_finds_nothing(road: Road) -> None:
    assert portability(road.app, "scan") == 0


def test_every_changed_php_file_passes_the_compile_lint(road: Road, tmp_path: Path) -> None:
    changed = [p for p, v in road.applied.items() if p.endswith(".php") and road.original.get(p) != v]
    assert len(changed) > 30
    for path in changed:
        done = subprocess.run(
            ["php", "-n", "-l", str(road.app / path)], capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout


def test_line_numbers_do_not_change(road: Road) -> None:
    """A stack trace of production still names the lines that developers know, but behind split heredocs."""
    for path, (data, _) in road.applied.items():
        if path.endswith(".php") and path in road.original and b"<<<" not in road.original[path][0]:
            assert data.count(b"\n") == road.original[path][0].count(b"\n"), path


def test_a_second_apply_makes_no_edit(road: Road, tmp_path: Path) -> None:
    copy = tmp_path / "again"
    shutil.copytree(road.app, copy, symlinks=True)
    before = snapshot(copy)
    assert portability(copy, "apply", "--yes", "--allow-dirty") == 0
    assert snapshot(copy) == before


def test_undo_restores_every_byte(tmp_path: Path) -> None:
    app = fresh_copy(tmp_path)
    original = snapshot(app)
    assert portability(app, "apply", "--yes") == 0
    assert snapshot(app) != original
    assert portability(app, "render", "--env", "production") == 0
    assert portability(app, "apply", "--undo") == 0
    assert snapshot(app) == original
    assert transaction.recover(app) == ()


def test_what_is_refused_is_left_alone_and_said(tmp_path: Path, capsys: object) -> None:
    app = fresh_copy(tmp_path, by_hand=False)
    tool = app / "ops" / "tools" / "dns_check.php"
    before = tool.read_bytes()
    assert portability(app, "apply", "--yes") == 0
    assert tool.read_bytes() == before
    assert portability(app, "scan") == 1


def test_production_values_without_names_stay_typed(road: Road) -> None:
    values = yaml.safe_load((road.app / "config/portability/environments/production.yaml").read_text("utf-8"))
    assert any(isinstance(value, int) for value in values.values())
    secret_files = road.app / "config/portability/secrets/production"
    assert all(
        (secret_files / key).stat().st_mode & 0o077 == 0
        for key, value in values.items()
        if isinstance(value, dict)
    )


def test_a_project_that_is_served_whole_keeps_its_secrets_outside(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "index.php").write_text("<?php $db_pass = 'Fake-Sh0p-Pw-77'; echo $db_pass;\n")
    assert portability(root, "init") == 0
    assert portability(root, "apply", "--yes") == 0
    left = [p for p in root.rglob("*") if p.is_file() and ".portability" not in p.parts]
    assert not [p for p in left if b"Fake-Sh0p-Pw-77" in p.read_bytes()]
    assert portability(root, "render", "--env", "production") == 0
    assert not [p for p in root.rglob("*.php") if b"Fake-Sh0p-Pw-77" in p.read_bytes()]
    assert portability(root, "check", "--env", "production") == 0
    done = subprocess.run(
        ["php", "-n", str(root / "index.php")], capture_output=True, timeout=60, check=False
    )
    assert done.stdout == b"Fake-Sh0p-Pw-77"
