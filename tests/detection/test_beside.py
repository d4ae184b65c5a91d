"""A host of no kind is a database's where a user, a password and a database stand beside it."""

from __future__ import annotations

import pytest

from tests.scans import scanned

SETTINGS = [
    ("a.php", "<?php\nreturn ['host' => 'db1', 'user' => 'fans', 'pass' => '', 'database' => 'fans'];"),
    ("a.php", "<?php\nclass ConnectInfo {\n private $_host = 'db1';\n private $_user = 'root';\n"
     " private $_pswd = '';\n private $_name = 'fans';\n private $_port = '3306';\n}"),
    ("a.php", "<?php\n$c['hostname'] = 'db1';\n$c['user'] = 'x';\n$c['password'] = '';\n$c['db'] = 'x';"),
    ("a.json", '{"host": "db1", "user": "fans", "password": "Fake-sunflower", "db": "fans"}'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), SETTINGS)
def test_the_server_of_a_database_is_found_by_what_stands_beside_it(path: str, text: str) -> None:
    hosts = [f for f in scanned({path: text + "\n"}).findings if f.value.kind == "host"]
    assert [(f.value.text, f.value.service) for f in hosts] == [("db1", "mysql")]


@pytest.mark.parametrize(
    "text",
    [
        "['host' => 'db1', 'user' => 'fans', 'charset' => 'utf8']",
        "['host' => 'mx1', 'user' => 'fans', 'pass' => '', 'database' => 'x', 'auth' => 'smtp']",
        "['host' => 'Host', 'user' => 'User', 'pass' => 'Password', 'database' => 'Name of the database']",
        "['sort' => 'db1', 'user' => 'fans', 'pass' => 'Fake-sunflower', 'database' => 'fans']",
    ],
)
def test_others_are_not_taken_for_one(text: str) -> None:
    assert [f for f in scanned({"a.php": f"<?php\n$x = {text};\n"}).findings if f.value.kind == "host"] == []
