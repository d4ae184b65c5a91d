"""Each format on its whole way: what apply makes of a file, and what its real reader sees of it then.

Under production the reader sees what it saw before; under the load test everything is another's, and
nothing of production's is left. `UPDATE_GOLDEN=1` writes the golden files anew.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portability.cli import run
from portability.model import Scalar
from portability.settings.project import load
from portability.system.documents import scalar
from portability.values import environments
from tests.formats.programs import Seen
from tests.formats.rows import ROWS, How, Row
from tests.shop import commit, git, write

GOLDEN = Path(__file__).parents[1] / "golden" / "formats"
TEMPLATES = "config/portability/templates"
SETTINGS = "version: 1\nproduction: {hosts: [shop.example, '*.shop.example']}\n"
READ = {name: row for name, row in ROWS.items() if row.read is not None}
PROGRAMS = {"Terraform": "terraform", "properties": "java"}
"""What Debian's packages for the tests do not bring."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The shop as it was, and as it is when it is rendered for production and for the load test."""

    before: Path
    production: Path
    loadtest: Path


def other(value: str) -> str:
    """What the load test has in a text's place."""
    return value.replace("shop.example", "shop-lt.test").replace("Fake", "Other").replace("10.20.", "10.99.")


def _fill(app: Path) -> None:
    """What a person writes for the load test: a value of its own for each key."""
    settings = load(app)
    lines = []
    for key, entry in environments.load(settings, "production").entries.items():
        if entry.secret is None:
            assert entry.value is not None
            lines.append(f"{key}: {_other_scalar(entry.value)}")
            continue
        secret = (app / f"config/portability/secrets/production/{key}").read_text()
        write(app, f"config/portability/secrets/loadtest/{key}", other(secret))
        lines.append(f"{key}: {{secret: 'file:config/portability/secrets/loadtest/{key}'}}")
    write(app, "config/portability/environments/loadtest.yaml", "\n".join(lines) + "\n")


def _other_scalar(value: Scalar) -> str:
    return scalar(other(value)) if isinstance(value, str) else str(value + 1)


@pytest.fixture(scope="session")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    """One shop with a file of each format, through apply and render."""
    folder = tmp_path_factory.mktemp("formats")
    before = folder / "before"
    write(before, "portability.yaml", SETTINGS)
    for row in ROWS.values():
        write(before, row.path, row.text)
    git(before, "init", "--quiet", "--template=")
    commit(before)
    applied = folder / "applied"
    shutil.copytree(before, applied)
    assert run(["-q", "-C", str(applied), "apply", "--yes"]) == 0
    _fill(applied)
    for name in ("production", "loadtest"):
        shutil.copytree(applied, folder / name)
        assert run(["-q", "-C", str(folder / name), "render", "--env", name]) == 0
    yield Ways(before, folder / "production", folder / "loadtest")


@pytest.mark.parametrize("name", ROWS)
def test_what_apply_makes_of_it(name: str, ways: Ways) -> None:
    row = ROWS[name]
    template = ways.production / TEMPLATES / row.path
    assert template.is_file() == (row.how is How.TEMPLATE)
    after = (template if template.is_file() else ways.production / row.path).read_text("utf-8")
    where = f"{TEMPLATES}/{row.path}" if template.is_file() else row.path
    text = f"===== before: {row.path}\n{row.text}===== after ({row.how}): {where}\n{after}"
    file = GOLDEN / f"{re.sub(r'[^a-z]+', '-', name.lower()).strip('-')}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")
    assert after.count("\n") == row.text.count("\n")
    if row.how is How.TEMPLATE:
        assert (ways.production / row.path).read_text("utf-8") == row.text


@pytest.mark.parametrize("name", ROWS)
def test_nothing_of_production_is_left(name: str, ways: Ways) -> None:
    row = ROWS[name]
    text = (ways.loadtest / row.path).read_text("utf-8")
    left = [line for line in text.splitlines() if re.search(r"shop\\?\.example|Fake|@@", line)]
    assert [line for line in left if "this line stays" not in line] == []


def _seen(row: Row, root: Path) -> Seen:
    assert row.read is not None
    return row.read([root / row.path])[0]


@pytest.mark.parametrize("name", READ)
def test_its_reader_sees_the_same_in_production_and_other_values_elsewhere(name: str, ways: Ways) -> None:
    if name in PROGRAMS and not shutil.which(PROGRAMS[name]):
        pytest.skip(f"{PROGRAMS[name]} is not installed")
    row = READ[name]
    before = _seen(row, ways.before)
    assert _seen(row, ways.production) == before
    elsewhere = _seen(row, ways.loadtest)
    assert elsewhere == _others(before)
    assert elsewhere != before


def _others(seen: Seen) -> Seen:
    """What is to be seen under the load test."""
    if isinstance(seen, dict):
        return {_others(key): _others(value) for key, value in seen.items()}
    if isinstance(seen, list):
        return [_others(item) for item in seen]
    return other(seen) if isinstance(seen, str) else seen


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.how is How.IN_PLACE])
def test_without_its_values_it_stops(name: str, ways: Ways, tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(ways.production, app)
    shutil.rmtree(app / "config/portability/current")
    with pytest.raises(AssertionError, match="no environment is rendered here"):
        _seen(ROWS[name], app)


def test_there_is_no_golden_file_too_many() -> None:
    expected = {re.sub(r"[^a-z]+", "-", name.lower()).strip("-") for name in ROWS}
    assert {file.stem for file in GOLDEN.glob("*.txt")} == expected
