"""What the smaller formats say of their values, where the samples don't show it."""

from __future__ import annotations

import time

import pytest

from portability.model import Position
from tests.languages.reading import called, literals, one, regions


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("json", '{"a": [{"b": "x"}], "c": 1}', ("a", "b")),
        ("json", '{"a": {}, "b": "x"}', ("b",)),
        ("json", '{"a": 1} {"b": "x"}', ("b",)),
        ("json", '["x"]', ()),
        ("yaml", "a: {b: [c, x]}", ("a", "b")),
        ("yaml", "a:\n - b: 1\n   c: x\n", ("a", "c")),
        ("yaml", "? [p, q]\n: x\nb: 1", ()),
        ("yaml", "a: &m {b: c}\nd: *m\ne: x", ("e",)),
        ("yaml", "a: b\n---\nc: x", ("c",)),
        ("xml", "<a><b/><c d='x'/></a>", ("a", "c", "d")),
        ("xml", "<add key='K' value='x'/>", ("add", "K", "value")),
        ("xml", "<a><b>y</a><c>x</c>", ("c",)),
        ("ini", "[a.b]\nc[d] = x", ("a", "b", "c", "d")),
        ("keyvalue", "export A=x", ("A",)),
        ("apache", "<A>\n<B y>\nC x\n</B>", ("A", "B", "C")),
        ("apache", "SetEnv K x", ("SetEnv", "K")),
        ("crontab", "A = x", ("A",)),
        ("sql", "INSERT INTO `t` (a, b) VALUES (1, 'y'), (2, 'x')", ("t", "b")),
        ("sql", "insert into t values (1, 'x')", ("t",)),
        ("sql", "REPLACE t (a) VALUES (concat('x', 'y'))", ("t", "a")),
        ("sql", "UPDATE t SET a = 'x'", ("a",)),
        ("sql", "ALTER USER u IDENTIFIED WITH p BY 'x'", ("IDENTIFIED BY",)),
        ("css", "a { b: c; d: url(x) }", ("d",)),
        ("css", "@import 'x';", ("@import",)),
    ],
)
def test_names(name: str, text: str, names: tuple[str, ...]) -> None:
    assert one(name, text, "x").names == names


def test_apache_calls_and_patterns() -> None:
    assert called("apache", "RewriteRule ^a$ x [L]", "x") == ("RewriteRule", 1, "", "")
    assert one("apache", "RewriteCond %{HTTP_HOST} ^www\\.x\\.y$", "^www\\.x\\.y$")
    assert one("apache", "ProxyPass / http://%{A}.x/", "http://*.x/")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("* * * * * cmd x", "cmd x"),
        ("*/5 0-3 1,2 jan mon root cmd x", "cmd x"),
        ("@reboot cmd x", "cmd x"),
        ("5 words are no schedule", ""),
    ],
)
def test_crontab_commands(line: str, command: str) -> None:
    assert [text for _, text in regions("crontab", line)] == ([command] if command else [])


def test_crontabs_of_the_system_name_a_user() -> None:
    assert regions("crontab", "* * * * * someone cmd x", "etc/cron.d/a") == [("shell", "cmd x")]


def test_yaml_types_and_comments() -> None:
    text = "a: 3306 # c\nb: '3306'\nd: 'x # y'\n"
    found = {(f.text, f.segments[0].form, f.position) for f in literals("yaml", text)}
    assert ("3306", "typed", Position.VALUE) in found
    assert ("3306", "single", Position.VALUE) in found
    assert (" c", "comment", Position.COMMENT) in found
    assert (" y", "comment", Position.COMMENT) not in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sql", "'a\\'" * 60_000),
        ("sql", "(1,'a')," * 60_000),
        ("json", '["' * 60_000),
        ("xml", '<a b="' * 60_000),
        ("xml", "<a></b>" * 60_000),
        ("html", "<a b='" * 60_000),
        ("css", "a{b:url(" * 60_000),
        ("ini", 'a="\\"\n' * 30_000),
        ("apache", "a \\" * 60_000),
        ("javascript", "a=" + "'x'+" * 60_000 + "1"),
    ],
)
def test_long_bad_files_take_no_more_than_their_length(name: str, text: str) -> None:
    start = time.process_time()
    literals(name, text)
    assert time.process_time() - start < 20
