"""Of the fan club's credentials none stands in what is printed, kept in version control, or logged."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

import portability.commands.scan as command
from portability.cli import run
from tests import shop
from tests.shop import program, write

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def credentials() -> list[str]:
    """Production's credentials and the load test's; `root` is a word of its own in many a path."""
    sections = yaml.safe_load((EXAMPLES / "stage/loadtest-values.yaml").read_text("utf-8"))["credentials"]
    return [value for pair in sections.items() for value in pair if value != "root"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each call printed, and what stands in the files that are meant to be committed or sent."""
    app = tmp_path_factory.mktemp("told") / "fanclub"
    shutil.copytree(EXAMPLES / "fanclub", app, symlinks=True)
    (app / "truth.yaml").unlink()
    shop.git(app, "init", "--quiet", "--template=")
    calls = [
        ["init"],
        ["scan", "--explain"],
        ["scan", "--format", "json", "--min-confidence", "0"],
        ["scan", "--format", "github"],
        *(["scan", "--by", group] for group in ("service", "file", "key")),
        ["plan", "--diff", "--review", "-o", str(app.parent / "plan.json")],
        ["apply", "--diff"],
        ["apply", "--yes", "--allow-dirty"],
        ["render", "--env", "production"],
        ["check", "--env", "production"],
        ["render", "--env", "loadtest"],
        ["check", "--env", "loadtest"],
        ["scan"],
    ]
    found = {}
    for call in calls:
        done = program(app, "--verbose", *call)
        assert done.code in (0, 1, 4), (call, done.err)
        found[" ".join(call[:3])] = done.out + done.err
    values = app / "config" / "portability"
    found["settings"] = (app / "portability.yaml").read_text()
    found["plan.json"] = (app.parent / "plan.json").read_text()
    found["manifest"] = (values / "current/manifest.json").read_text()
    for path in (*values.glob("environments/*"), values / "keys.yaml", *values.glob("templates/**/*")):
        if path.is_file():
            found[str(path.relative_to(app))] = path.read_text("latin-1")
    for path in app.glob(".portability/journal/*/manifest.json"):
        found[path.parent.name] = path.read_text()
    return found


@pytest.mark.parametrize("secret", credentials())
def test_no_secret_is_told(secret: str, told: dict[str, str]) -> None:
    assert len(told) > 40
    bare = re.escape(secret)
    assert [name for name, text in told.items() if re.search(bare, text)] == []


def test_the_secrets_went_where_only_their_owner_reads(tmp_path: Path) -> None:
    app = shop.make(tmp_path / "shop")
    assert run(["-q", "-C", str(app), "apply", "--yes"]) == 0
    kept = list((app / "config/portability/secrets/production").iterdir())
    assert sorted(file.read_text().strip() for file in kept) == sorted(shop.SECRETS)
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}


def test_a_bug_is_told_without_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log names places in the code, and no value that the error may speak of."""

    def breaks(*_: object) -> None:
        raise RuntimeError("Fake-Password-1")

    monkeypatch.setattr(command, "_scanned", breaks)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    write(tmp_path, "shop/a.php", "<?php\n")
    assert run(["-C", str(tmp_path / "shop"), "scan"]) == 5
    logs = list(tmp_path.glob("portability-error-*.log"))
    assert len(logs) == 1
    assert "RuntimeError" in logs[0].read_text()
    assert "Fake" not in logs[0].read_text()
    assert list((tmp_path / "shop").iterdir()) == [tmp_path / "shop/a.php"]
