"""Which names in a file may lead to a value."""

from __future__ import annotations

import pytest

from portability.detection.namewords import PROGRAMS, NameWords, identifier
from portability.rulebook.matcher import matcher
from tests.scans import book, source

NAMES = NameWords(book())


def leads(text: str, name: str, path: str = "a.php") -> bool:
    """Whether the name leads to a text, by what is looked for in files of that language."""
    given = source(path, text)
    at = given.data.index(name.encode())
    start, stop = identifier(given.data, at, at + len(name))
    if given.language not in PROGRAMS:
        return NAMES.leads_on(given, start, stop)
    asked = {
        NAMES.signed(): NAMES.named,
        NAMES.function(): NAMES.given_back,
        NAMES.called(): NAMES.called_with,
    }
    return any(
        position > start
        for expression, ask in asked.items()
        for end, _ in matcher([expression]).find(given.data)
        for position in ask(given, end)
    )


def test_an_identifier_is_taken_whole() -> None:
    data = b"$my_db-password_2 = 1"
    assert identifier(data, 4, 6) == (1, 17)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<?php $db_password = 'x1y2z3';", "password"),
        ("<?php $c['password'] = $d ?: 'x1y2z3';", "password"),
        ("<?php $c = ['db' => ['password' =>\n 'x1y2z3']];", "password"),
        ("<?php define('DB_PASSWORD', 'x1y2z3');", "PASSWORD"),
        ("<?php $c['password'] = <<<A\nx\nA;", "password"),
        ("<?php mysqli_connect($a, $b, 'x1y2z3');", "mysqli_connect"),
        ("<?php $db_host = 'db1';", "host"),
        ("<?php function f($password = 'x1y2z3') {}", "password"),
        ("<?php function db_password() { return 'x1y2z3'; }", "password"),
        ("<?php $c['password'] = ['x1y2z3'];", "password"),
        ("<?php $c['password'] = 'x1' . 'y2z3';", "password"),
        ("<?php $c['password'] = getenv('A') ?: 'x1y2z3';", "password"),
        ("<?php $c['pwd'] = \"x1y2z3\";", "pwd"),
        ('<?php $db_host = "db1:3306";', "host"),
        ("<?php if ($db_password == 'x1y2z3') { f(); }", "password"),
        ("<?php if ($db_password !== 'x1y2z3') { f(); }", "password"),
    ],
)
def test_names_of_values_and_calls_do(text: str, name: str) -> None:
    assert leads(text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<?php if ($db_password) { f(); }", "password"),
        ("<?php $db_password = $request->get(1);", "password"),
        ("<?php echo 'your password please';", "password"),
        ("<?php $db_host = 'The host of it';", "host"),
        ("<?php // mysqli_connect is old", "mysqli_connect"),
        ("<?php mysqli_connect($a, $b, $_POST[$c]);", "mysqli_connect"),
        ("<?php $db_password = trim($_POST['x1y2z3']);", "password"),
        ("<?php if ($db_password == 'text') { f(); }", "password"),
        ('<?php $db_password = "$x1y2z3";', "password"),
        ("<?php $db_password = $a ? 'text' : 'hidden';", "password"),
        ("<?php function db_password() { return $this->password; }", "db_password"),
    ],
)
def test_names_without_a_value_do_not(text: str, name: str) -> None:
    assert not leads(text, name)


def test_translations_name_no_credentials() -> None:
    assert leads("<?php $l['password'] = 'Kennwort1';", "password", "app/a.php")
    assert not leads("<?php $l['password'] = 'Kennwort1';", "password", "lang/de.php")


def test_other_formats_always_do() -> None:
    assert leads("password: x1y2z3", "password", "a.yaml")
    assert leads('{"password": "x1y2z3"}', "password", "a.json")
    assert not leads('["password", "x1y2z3"]', "password", "a.json")
