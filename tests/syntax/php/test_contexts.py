"""Each row of the table of PHP contexts: applied for real, then run under production and a load test.

The golden files hold the truth, `UPDATE_GOLDEN=1` writes them anew; `make prove` runs them on each PHP.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from portability.errors import Refused
from portability.planning.project import Wishes, planned
from portability.proving.php import Php
from tests.php_contexts import (
    FOLDER,
    PLACES,
    Applied,
    Row,
    applied,
    left_of_production,
    native,
    printed,
    rows,
    table,
    write_golden,
)

CONTEXTS = 47


@pytest.fixture(scope="module")
def php() -> Php:
    return Php.find()


@pytest.mark.parametrize("row", [*rows(FOLDER), *rows(PLACES)], ids=lambda row: row.name)
def test_production_gives_the_same_and_a_load_test_its_own(row: Row, php: Php, tmp_path: Path) -> None:
    runs = row.runs_on(php.version)
    done = applied(row, tmp_path / "app", php if runs else None)
    if runs:
        (tmp_path / "before").mkdir()
        written = tmp_path / "before" / row.path
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_bytes(row.before.encode(row.encoding))
        before = native(tmp_path / "before", row.path) if row.is_php else row.before
        production, loadtest = printed(done, "production", native), printed(done, "loadtest", native)
        assert production == before
        assert list(left_of_production(done, loadtest)) == []
        found = replace(done.row, production=production, loadtest=loadtest)
    else:
        found = replace(done.row, production=row.production, loadtest=row.loadtest)
    if os.environ.get("UPDATE_GOLDEN"):
        write_golden(found)
    assert found == row
    _second(done)


def _second(done: Applied) -> None:
    """A second look at what was written finds nothing more to do there."""
    _, plan = planned(done.settings, Wishes((), (), True), date(2020, 1, 1))
    written = {file.target for file in done.proven.plan.files}
    assert written.isdisjoint(file.path for file in plan.files)


def test_the_table_is_whole() -> None:
    assert {row.row for row in rows(FOLDER)} == set(range(1, CONTEXTS + 1))
    assert {row.verdict for row in rows(FOLDER)} <= {"safe", "refused", "nothing"}


DOCS = Path(__file__).parents[3] / "docs" / "apply.md"


@pytest.mark.parametrize(("mark", "folder"), [("contexts", FOLDER), ("places", PLACES)])
def test_the_manual_shows_the_tables(mark: str, folder: Path) -> None:
    text = DOCS.read_text("utf-8")
    head, begin, rest = text.partition(f"<!-- {mark}: made by the tests -->\n")
    _, end, tail = rest.partition("<!-- end -->\n")
    assert begin and end
    made = f"{head}{begin}{table(rows(folder))}{end}{tail}"
    if os.environ.get("UPDATE_GOLDEN"):
        DOCS.write_text(made, "utf-8")
    assert made == text


SAME = {"M_HOST": "one.lt.test", "WWW_HOST": "one.lt.test", "DB_HOST": "one.lt.test"}


@pytest.mark.parametrize("name", ["09-enum", "12-match", "13-switch", "15-array-key"])
def test_texts_that_tell_cases_apart_must_differ_everywhere(name: str, php: Php, tmp_path: Path) -> None:
    (row,) = [row for row in rows(FOLDER) if row.name == name]
    done = applied(replace(row, loadtest_values=SAME), tmp_path, php)
    with pytest.raises(Refused) as refused:
        printed(done, "loadtest", native)
    assert "must differ" in str(refused.value.where)
