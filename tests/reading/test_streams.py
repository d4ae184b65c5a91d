"""A large file in windows: the findings of the whole, whatever the windows, the file or a person does."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portability.detection import gathering
from portability.detection import streamed as streaming
from portability.detection.prefilter import Prefilter, Seen
from portability.model import Focus, Skipped
from portability.reading.formats import detect
from portability.reading.sources import COMPRESSED, Large
from portability.reading.streams import CHANGED, Sizes, windows
from tests.scans import scanned
from tests.streaming import facts, streamed

OWN = ("shop.example", "*.shop.example")
CODE = b"<?php\n$db_host = 'db1.shop.example';\n$db_password = 'Fake-0001-Pw';\n"
FANS = b"<?php\nsetcookie('a', 'b', 0, '/', '.fans.example');\n"
TINY = Sizes(100, 1_000_000, 100)

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
    *(
        "'<a href=\\\"https://img.fans.example/a\\\">x</a>'",
        "'<img src=\"http://www.shop.example/b.png\">, see www.fans.example'",
        "'https://www.fans.example/tools/export.php?x=1'",
        "'https://www.pay-x.de/'",
        "'https://www.apache.org/'",
        "'ops@fans.example'",
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


def compared(
    root: Path,
    name: str,
    data: bytes,
    sizes: Sizes,
    processes: int = 1,
    own: Sequence[str] = OWN,
    code: bytes = CODE,
) -> None:
    """The same findings and notes in windows as in the whole."""
    files = {"a.php": code, name: data}
    whole = streamed(root, files, (), sizes, own)
    parts = streamed(root, files, (name,), sizes, own, processes)
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


@pytest.mark.usefixtures("all_places")
@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(statements(), max_size=6), st.integers(1, 400), st.sampled_from((b"<?php 1;", CODE, FANS)))
def test_what_makes_a_domain_the_projects_own_counts_alike_in_windows(
    tmp_path: Path, dump: list[str], usual: int, code: bytes
) -> None:
    compared(tmp_path, "d.sql", "".join(dump).encode(), Sizes(usual, 1_000_000, 100), own=(), code=code)


@hypothesis_settings(max_examples=100, deadline=None)
@given(st.lists(statements(), max_size=4))
def test_a_dump_gives_the_same_with_fewer_bytes_looked_at(dump: list[str]) -> None:
    files = {"a.php": CODE, "d.sql": "".join(dump).encode()}
    few = scanned(files, OWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prefilter, "look", lambda *_: Seen(Focus(everything=True)))
        every = scanned(files, OWN)
    assert (few.findings, few.unsure, few.notes) == (every.findings, every.unsure, every.notes)


@st.composite
def values(draw: st.DrawFn) -> object:
    """JSON as exports hold it."""
    text = st.sampled_from(
        ("x", "https://www.shop.example/a", 'it"s [a], {b}', "\u00e9\\", "10.20.0.5", "db1.shop.example")
    )
    leaf = st.one_of(text, st.integers(0, 9), st.none())
    keys = st.sampled_from(("host", "url", "db_password", "a b", "x"))
    return draw(
        st.recursive(
            leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3)
        )
    )


@pytest.mark.usefixtures("all_places")
@hypothesis_settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(values(), max_size=5), st.integers(1, 200), st.sampled_from((None, 2)), st.booleans())
def test_json_in_tiny_windows_holds_what_the_whole_holds(
    tmp_path: Path, found: list[object], usual: int, indent: int | None, lines: bool
) -> None:
    texts = [json.dumps(value) for value in found] if lines else [json.dumps({"all": found}, indent=indent)]
    compared(tmp_path, "d.json", "\n".join(texts).encode(), Sizes(usual, 1_000_000, 100))


@pytest.mark.usefixtures("all_places")
def test_lines_in_tiny_windows_hold_what_the_whole_holds(tmp_path: Path) -> None:
    line = "# old_host=old.shop.example\ncafé = 1\nHOST_%d=db%d.shop.example\nURL=http://www.shop.example/\n"
    data = "".join(line % (number, number) for number in range(20)).encode()
    compared(tmp_path, ".env", data, TINY)
    compared(tmp_path, "app.conf", data, TINY)


@pytest.mark.usefixtures("all_places")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_several_processes_find_what_one_does(tmp_path: Path, processes: int) -> None:
    rows = ",".join(f"({n},'a{n}','http://h{n % 7}.shop.example/','Fake-0001-Pw')" for n in range(200))
    data = f"INSERT INTO t (id, a, url, note) VALUES {rows};\n".encode()
    compared(tmp_path, "d.sql", data, TINY, processes)


@pytest.mark.parametrize("usual", [50, 333, 1000])
@pytest.mark.parametrize("filling", ["lorem ipsum ", "a\\'b ", "café ", "x''y "])
def test_a_text_longer_than_any_window_is_cut_where_no_value_is_lost_or_told_twice(
    tmp_path: Path, filling: str, usual: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PLACES", 10_000)
    monkeypatch.setattr(gathering, "PLACES", 10_000)
    long = "".join(filling * 7 + f"http://h{number}.shop.example/ " for number in range(60))
    data = f"INSERT INTO t (id, body, url) VALUES (1,'{long}','{long}'),(2,'{long}','x');\n".encode()
    sizes = Sizes(usual, 2_000, 400)
    whole = streamed(tmp_path, {"d.sql": data}, (), sizes, OWN)
    parts = streamed(tmp_path, {"d.sql": data}, ("d.sql",), sizes, OWN)
    assert len(whole.findings) == 180
    assert [facts(f)[:6] for f in parts.findings] == [facts(f)[:6] for f in whole.findings]


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 50_000 + b" http://www.shop.example",
        b"INSERT INTO t VALUES (" + b"(" * 20_000 + b"'http://www.shop.example'",
        b"'" * 20_001 + b"http://www.shop.example",
        b"/*" * 20_000,
        b"COPY t FROM stdin;\n" + b"a\t" * 20_000 + b"http://www.shop.example",
        b"\\" * 20_000,
        b"INSERT INTO " * 4_000,
        bytes(range(1, 256)) * 200,
    ],
)
def test_text_that_is_no_dump_ends(tmp_path: Path, data: bytes) -> None:
    sizes = Sizes(500, 4_000, 600)
    result = streamed(tmp_path, {"d.sql": data, "d.json": data}, ("d.sql", "d.json"), sizes, OWN)
    assert result.summary.files == 2


def test_the_first_places_of_a_value_are_told_and_the_others_counted(tmp_path: Path) -> None:
    rows = ",\n".join(f"({n},'http://www.shop.example/{n}','Fake-{n:04}-Pw')" for n in range(500))
    data = f"INSERT INTO users (id, site_url, password) VALUES\n{rows};\nINSERT INTO o (id) VALUES ('http://img.shop.example/');".encode()
    result = streamed(tmp_path, {"d.sql": data}, ("d.sql",), TINY, OWN)
    assert [(f.value.text, f.line) for f in result.findings] == [
        ("www.shop.example", 2),
        ("www.shop.example", 3),
        ("www.shop.example", 4),
        ("img.shop.example", 502),
    ]
    notes = {note.what for note in result.notes}
    assert "www.shop.example (own-host) stands in 497 more places of the file" in notes
    assert any("so many credentials under one name that they are data" in what for what in notes)


def test_what_is_kept_of_a_file_is_bounded_and_what_is_left_out_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_VALUES", 20)
    monkeypatch.setattr(gathering, "MOST_HOSTS", 30)
    rows = [f"('http://www.other{n}.de/','http://10.20.{n}.5/')" for n in range(100)]
    data = f"INSERT INTO t (body, url) VALUES {','.join(rows)}, ('http://www.shop.example/', '');".encode()
    result = streamed(tmp_path, {"a.php": CODE, "d.sql": data}, ("d.sql",), TINY)
    told = [f.value.text for f in result.findings if f.path == "d.sql"]
    assert len(told) <= 21
    assert any(s.reason.startswith("holds more than 20 different values:") for s in result.skipped)
    assert any(
        n.what.startswith("more than 30 hosts that nothing else names: 70 places") for n in result.notes
    )


def test_many_addresses_under_one_name_are_visitors_and_leave_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_VALUES", 40)
    rows = [{"ip": f"10.20.{n}.5"} for n in range(100)] + [{"host": "10.20.1.5"}, {"host": "10.20.250.5"}]
    result = streamed(tmp_path, {"d.json": json.dumps(rows).encode()}, ("d.json",), TINY)
    assert [(f.names[-1], f.value.text) for f in result.findings] == [
        ("host", "10.20.1.5"),
        ("host", "10.20.250.5"),
    ]
    assert not result.skipped


def test_own_links_are_told_after_any_number_of_links_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_HOSTS", 10)
    link = "('<a href=\"https://www.%s/\">x</a>')"
    rows = [link % f"a{n}.de" for n in range(100)] + [link % "shop.example"]
    data = (
        f"INSERT INTO t (x) VALUES {','.join(rows)}; INSERT INTO o (cookie_domain) VALUES ('.shop.example');"
    )
    result = streamed(tmp_path, {"d.sql": data.encode()}, ("d.sql",), TINY)
    assert [f.value.text for f in result.findings] == ["www.shop.example", "shop.example"]


def test_a_host_that_the_code_speaks_for_is_told_after_any_number_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_HOSTS", 10)
    rows = [f"('see http://www.other{n}.de/')" for n in range(100)]
    data = f"INSERT INTO t (body) VALUES {','.join(rows)}, ('see http://www.shop.example/');".encode()
    code = b"<?php setcookie('a', 'b', 0, '/', '.shop.example'); $db_host = 'db1.shop.example';"
    result = streamed(tmp_path, {"a.php": code, "d.sql": data}, ("d.sql",), TINY)
    assert [f.value.text for f in result.findings if f.path == "d.sql"] == ["www.shop.example"]


def test_own_hosts_are_told_after_any_number_of_other_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_VALUES", 5)
    rows = [f"('http://10.20.{n}.5/')" for n in range(50)]
    data = f"INSERT INTO t (url) VALUES {','.join(rows)}, ('http://www.shop.example/');".encode()
    code = b"<?php setcookie('a', 'b', 0, '/', '.shop.example'); $db_host = 'db1.shop.example';"
    result = streamed(tmp_path, {"a.php": code, "d.sql": data}, ("d.sql",), TINY)
    told = [f.value.text for f in result.findings if f.path == "d.sql"]
    assert (len(told), told[-1]) == (6, "www.shop.example")
    assert [s.reason for s in result.skipped] == [
        "holds more than 5 different values: 45 places are not told"
    ]


def seen(root: Path, data: bytes, sizes: Sizes = TINY, name: str = "d.sql") -> list[Skipped]:
    """What could not be read of a large file."""
    (root / name).write_bytes(data)
    large = Large.of(name, "larger than 8 MB", (root / name).stat())
    return [item for item in windows(root, large, detect, sizes) if isinstance(item, Skipped)]


def test_what_is_no_text_is_left_out_at_once(tmp_path: Path) -> None:
    row = b"INSERT INTO t VALUES ('http://www.shop.example/');\n"
    assert seen(tmp_path, gzip.compress(os.urandom(500))) == [Skipped("d.sql", COMPRESSED)]
    assert seen(tmp_path, b"PGDMP\1\0" + row * 50) == [Skipped("d.sql", "not text")]
    assert seen(tmp_path, row.decode().encode("utf-16") * 50) == [
        Skipped("d.sql", "larger than 8 MB, in utf-16-le")
    ]
    assert seen(tmp_path, b"<?php $a = 1;\n" * 50, name="a.php") == [Skipped("a.php", "larger than 8 MB")]
    (left,) = seen(tmp_path, row * 50 + b"INSERT INTO t VALUES ('\0');\n" + row * 50)
    assert left.reason.startswith("not text in part: ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + b"more;\n"), CHANGED),
        (lambda path: os.truncate(path, 300), CHANGED),
        (lambda path: path.unlink(missing_ok=True), None),
    ],
    ids=["grows", "shrinks", "goes away"],
)
def test_a_file_that_changes_while_it_is_read_ends_and_is_told(
    tmp_path: Path, change: Callable[[Path], object], told: str | None
) -> None:
    data = b"INSERT INTO t (url) VALUES ('http://www.shop.example/');\n" * 100
    result = streamed(
        tmp_path, {"d.sql": data}, ("d.sql",), TINY, OWN, during=lambda: change(tmp_path / "d.sql")
    )
    assert [f.line for f in result.findings] == [1, 2, 3]
    assert [s.reason for s in result.skipped] == ([told] if told else [])


def test_a_file_that_is_gone_before_it_is_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "d.sql").write_bytes(b"x")
    large = Large.of("d.sql", "larger than 8 MB", (tmp_path / "d.sql").stat())
    (tmp_path / "d.sql").unlink()
    assert list(windows(tmp_path, large, detect)) == [
        Skipped("d.sql", "cannot be read: no such file or directory")
    ]
