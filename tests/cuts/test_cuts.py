"""Where each cutter cuts, and what it puts before the rest."""

from __future__ import annotations

import pytest

from portability.cuts import CUTTERS, Cut, cutter
from portability.languages import LANGUAGES


def cut(language: str, text: str) -> Cut | None:
    at = cutter(language)
    assert at is not None
    return at.cut(text.encode())


def lead(language: str, text: str) -> str:
    at = cutter(language)
    assert at is not None
    return at.lead(text.encode()).decode()


def test_cutters_are_for_languages_that_exist() -> None:
    assert set(CUTTERS) <= {*LANGUAGES, "text"}
    assert cutter("php") is None


@pytest.mark.parametrize(
    ("text", "before", "ahead"),
    [
        ("A; B", "A;", ""),
        ("A 'x;y'; /* ; */ B '", "A 'x;y';", ""),
        ("INSERT INTO t (a) VALUES (1),('),(2", "INSERT INTO t (a) VALUES (1),", "INSERT INTO t (a) VALUES "),
        ("INSERT INTO t (a) VALUES (1), (2", "INSERT INTO t (a) VALUES (1),", "INSERT INTO t (a) VALUES "),
        ("A; insert t values (f((1),(2))),\n(3,", "A; insert t values (f((1),(2))),", "insert t values "),
        ("COPY t (a) FROM stdin;\n1\n2", "COPY t (a) FROM stdin;\n1\n", "COPY t (a) FROM stdin;\n"),
        ("COPY t (a) FROM stdin;\n1;'\n\\.\nA; B", "COPY t (a) FROM stdin;\n1;'\n\\.\nA;", ""),
    ],
)
def test_sql_is_cut_between_statements_and_rows(text: str, before: str, ahead: str) -> None:
    found = cut("sql", text)
    assert found is not None
    assert (text[: found.end], found.lead.decode()) == (before, ahead)


@pytest.mark.parametrize("text", ["A", "INSERT INTO t VALUES (1", "COPY t FROM stdin;", "'a;b", "/* ;", ""])
def test_sql_without_an_end_is_not_cut(text: str) -> None:
    assert cut("sql", text) is None


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("INSERT INTO t (a, b) VALUES (1,'x", "INSERT INTO `t`(`a`,`b`) VALUES (,'"),
        ("INSERT INTO t (a, b) VALUES (1,f(2", "INSERT INTO `t`(`a`,`b`) VALUES (,("),
        ("A; CREATE USER x IDENTIFIED BY 'y", "IDENTIFIED BY '"),
        ("UPDATE t SET host='y", "`host` '"),
        ("COPY t (a, b) FROM stdin;\n1\t2\n3\tx", "COPY t (a, b) FROM stdin;\n\t"),
        ("/* a", "/*"),
    ],
)
def test_a_lead_opens_again_what_is_open(text: str, ahead: str) -> None:
    assert lead("sql", text) == ahead


@pytest.mark.parametrize(
    ("text", "before", "ahead"),
    [
        ('[{"a": 1}, {"b": "}, "', '[{"a": 1},', "["),
        ('{"x": {"y": [{"a": 1}, {"b"', '{"x": {"y": [{"a": 1},', '{"x": {"y": ['),
        ('{"a": 1}\n{"b"', '{"a": 1}', ""),
    ],
)
def test_json_is_cut_between_the_elements_of_lists(text: str, before: str, ahead: str) -> None:
    found = cut("json", text)
    assert found is not None
    assert (text[: found.end], found.lead.decode()) == (before, ahead)


def test_a_lead_of_json_has_the_key_of_an_open_string() -> None:
    assert lead("json", '{"a": [{"b": 1, "host": "www.sh') == '{"a": [{"host": "'
