"""A large file in windows: the same findings as in the whole, whatever the windows, the file or a person does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portability.detection import gathering, streamed as streaming
from portability.formats import detect
from portability.model import Skipped
from portability.sources import Large
from portability.streams import CHANGED, Sizes, Window, windows
from tests.streaming import facts, streamed

OWN = ("shop.example", "*.shop.example")
CODE = b"<?php\n$db_host = 'db1.shop.example';\n$db_password = 'Fake-0001-Pw';\n"

VALUES = (
    *(
        "1",
        "NULL",
        "'x'",
        "-1.5",
        "'it''s'",
        "'a\\'b'",
        "'a),(b'",
        "'a;\nb'",
        "'-- c'",
        "'/* d'",
        "'#e'",
        '"dq),("',
    ),
    *(
        "'https://www.shop.example/a'",
        "'me@shop.example'",
        "'caf\u00e9 https://img.shop.example'",
        "'db1.shop.example'",
    ),
    *(
        "'10.20.0.5'",
        "'Fake-0001-Pw'",
        "'Fake-0002-Pw'",
        "CONCAT('a','//cdn.shop.example')",
        "'https://api.pay-x.de/v1'",
    ),
    *(
        "'s:24:\"https://www.shop.example\";'",
        "'aHR0cHM6Ly93d3cuc2hvcC5leGFtcGxlL2E='",
        "'php.net'",
        "'http://www.php.net'",
    ),
)
COLUMNS = ("id", "siteurl", "db_password", "smtp_host", "`post_content`", "ip", '"Value"', "cookie_domain")
COMMENTS = (
    *(
        "-- a'b of db1.shop.example\n",
        "# $x = 'www.shop.example'\n",
        "/* portability: ignore[own-host] why */",
    ),
    *("-- portability: ignore[own-host] a reason\n", "/*!40000 ALTER TABLE t DISABLE KEYS */;\n", "\n", ""),
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement of a dump, with rows or without."""
    comment = draw(st.sampled_from(COMMENTS))
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3))
    table = draw(st.sampled_from(("wp_options", "`users`", "public.mail", '"Mail"')))
    kind = draw(st.sampled_from(("insert", "insert", "insert", "bare", "copy", "other")))
    if kind == "other":
        value = draw(st.sampled_from(VALUES))
        return comment + draw(
            st.sampled_from((f"UPDATE t SET smtp_host={value};\n", f"SET @x = {value};", "DROP t;\n"))
        )
    if kind == "copy":
        rows = draw(st.lists(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3), max_size=5))
        plain = ["\t".join(v.strip("'").replace("\n", "\\n") for v in row) + "\n" for row in rows]
        return f"{comment}COPY {table} ({', '.join(columns)}) FROM stdin;\n{''.join(plain)}\\.\n"
    rows = draw(st.lists(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3), min_size=1, max_size=6))
    between = draw(st.sampled_from((",", ",\n", " , ", ",\n/* x */ ")))
    head = f"INSERT INTO {table} " + ("" if kind == "bare" else f"({', '.join(columns)}) ") + "VALUES"
    end = draw(st.sampled_from((";\n", ";", " ON DUPLICATE KEY UPDATE a=VALUES(a), b='www.shop.example';\n")))
    return (
        comment
        + head
        + draw(st.sampled_from((" ", "\n")))
        + between.join(f"({','.join(r)})" for r in rows)
        + end
    )


def compared(root: Path, name: str, data: bytes, sizes: Sizes, processes: int = 1) -> None:
    """The same findings and notes in windows as in the whole."""
    files = {"a.php": CODE, name: data}
    whole = streamed(root, files, (), sizes, OWN)
    parts = streamed(root, files, (name,), sizes, OWN, processes)
    assert [facts(f) for f in parts.findings] == [facts(f) for f in whole.findings]
    assert [facts(f) for f in parts.unsure] == [facts(f) for f in whole.unsure]
    assert sorted(map(repr, parts.notes)) == sorted(map(repr, whole.notes))
    assert parts.own_domains == whole.own_domains
    assert parts.summary.suppressed == whole.summary.suppressed
    assert parts.skipped == whole.skipped


@pytest.fixture
def all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place of a value is told, so that all can be compared."""
    for module in (streaming, gathering):
        monkeypatch.setattr(module, "PLACES", 10_000)
    monkeypatch.setattr("portability.detection.recurring.PLACES", 10_000)


@pytest.mark.usefixtures("all_places")
@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(statements(), max_size=6), st.integers(1, 400))
def test_a_dump_in_tiny_windows_holds_what_the_whole_holds(
    tmp_path: Path, dump: list[str], usual: int
) -> None:
    compared(tmp_path, "d.sql", "".join(dump).encode(), Sizes(usual, 1_000_000, 100))
