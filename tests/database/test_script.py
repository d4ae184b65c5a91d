"""A recipe's text is cut into statements as MySQL's own client cuts it, and each is known for what it does."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portability.database.script import NoScript, statements


def cut(text: str) -> list[tuple[str, int]]:
    return [(one.text, one.line) for one in statements(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("-- nothing\n# at all\n/* here */ ;;", []),
        ("SELECT 1", [("SELECT 1", 1)]),
        ("SELECT 1;\n\n  SELECT 2 ;\n", [("SELECT 1", 1), ("SELECT 2", 3)]),
        ("-- first; not\nDO 1; # ; not\nDO 2", [("DO 1", 2), ("DO 2", 3)]),
        (
            "DO 'a;b''c\\';' ; DO \"x;\"\"\" ;DO `a;b`",
            [("DO 'a;b''c\\';'", 1), ('DO "x;"""', 1), ("DO `a;b`", 1)],
        ),
        ("DO 5--1;DO 1", [("DO 5--1", 1), ("DO 1", 1)]),
        ("DO /* ; */ 1;", [("DO /* ; */ 1", 1)]),
        (
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN DO 1; DO 2; END//\ndelimiter ;\nDO 3;",
            [("CREATE PROCEDURE p() BEGIN DO 1; DO 2; END", 2), ("DO 3", 4)],
        ),
        ("\ufeffDO 1", [("DO 1", 1)]),
    ],
)
def test_statements_are_cut_as_the_client_does(text: str, parts: list[tuple[str, int]]) -> None:
    assert cut(text) == parts


@pytest.mark.parametrize(
    ("text", "title", "commits"),
    [
        ("update ignore users set a = 1", "UPDATE users", False),
        ("INSERT INTO `shop`.`users` VALUES (1)", "INSERT shop.users", False),
        ("replace users values (1)", "REPLACE users", False),
        ("DELETE QUICK FROM users", "DELETE users", False),
        ("/* why */ WITH x AS (SELECT 1) SELECT * FROM x", "WITH", False),
        ("(SELECT 1)", "SELECT", False),
        ("SET @a = 1", "SET", False),
        ("CREATE TABLE IF NOT EXISTS t (a int)", "CREATE TABLE t", True),
        ("CREATE TEMPORARY TABLE t (a int)", "CREATE TEMPORARY t", False),
        ("DROP TEMPORARY TABLE t", "DROP TEMPORARY t", False),
        ("TRUNCATE t", "TRUNCATE t", True),
        ("ALTER TABLE t ADD a int", "ALTER TABLE t", True),
        ("SET PASSWORD = PASSWORD('Fake-1')", "SET", True),
        ("GRANT ALL ON a.* TO b", "GRANT", True),
        ("/*!50001 INSERT INTO t VALUES (1) */", "a comment that the server runs", True),
    ],
)
def test_each_is_known_by_what_it_does_and_whether_it_commits(text: str, title: str, commits: bool) -> None:
    (found,) = statements(text)
    assert (found.title, found.commits) == (title, commits)
    assert "Fake-1" not in found.title


def test_a_procedure_may_commit() -> None:
    (found,) = statements("CALL clean('Fake-1')")
    assert (found.title, found.unsure) == ("CALL clean", True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("DO 1;\nDO 'x", 2, "has no end"),
        ("\n/* never closed", 2, "a comment has no end"),
        ("DO 1;\nSTART TRANSACTION;", 2, "leave it out"),
        ("BEGIN;", 1, "leave it out"),
        ("COMMIT", 1, "leave it out"),
        ("SET autocommit = 0", 1, "leave it out"),
        ("USE other;", 1, "another database"),
        ("source more.sql", 1, "the client's"),
        ("\\. more.sql", 1, "no SQL"),
    ],
)
def test_what_can_not_be_run_as_one_transaction_here_is_told_with_its_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(NoScript, match=words) as error:
        statements(text)
    assert error.value.line == line


@given(st.lists(st.sampled_from(["DO 1", "DO 'a;b'", "DO `;`", "DO /*;*/ 2", 'DO "--;"']), max_size=6))
def test_nothing_is_lost_between_statements(parts: list[str]) -> None:
    assert [one.text for one in statements(" ;\n-- x;\n".join(parts))] == parts


@given(st.text(max_size=60))
def test_any_text_is_statements_or_told(text: str) -> None:
    try:
        found = statements(text)
    except NoScript:
        return
    assert all(one.text in text and one.line >= 1 for one in found)


def test_a_long_statement_takes_no_longer_than_its_length() -> None:
    rows = ", ".join(f"({number}, 'text of {number}')" for number in range(60_000))
    begun = time.process_time()
    (found,) = statements(f"INSERT INTO t VALUES {rows};")
    assert found.title == "INSERT t"
    assert time.process_time() - begun < 5
